"""drf-spectacular: each operation of the schema gets the CORS policy of its method.

`SPECTACULAR_SETTINGS["DEFAULT_GENERATOR_CLASS"] = "drf_cors.openapi.CorsSchemaGenerator"`

The generator is imported on first use. `import drf_cors.openapi` works without drf-spectacular.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drf_cors.openapi.generator import CorsSchemaGenerator, CorsSchemaGeneratorMixin

__all__ = ["CorsSchemaGenerator", "CorsSchemaGeneratorMixin"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from drf_cors.openapi import generator  # noqa: PLC0415 - needs drf-spectacular

        return getattr(generator, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
