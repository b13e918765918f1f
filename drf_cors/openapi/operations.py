"""The operations of a schema as one user sees it, each with the endpoint behind it.

What a user sees is up to the schema view, the generator, and hooks before and after it. So the schema is made, as for
that user, and every operation that is still in it at the end leads back to its endpoint by a number it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from drf_cors.openapi.generator import NUMBER, CorsSchemaGeneratorMixin
from drf_cors.policy_json import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_spectacular.generators import SchemaGenerator

    from drf_cors.endpoints import Endpoint

#: The fields of a path item that are operations (OpenAPI 3.1, § 4.8.9.1).
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Operation(NamedTuple):
    """One operation.

    Attributes:
        path: As in the schema: `/api/orders/{id}/`; a prefix may be left out.
        method: Upper-case.
        endpoint: What requests for it reach; None where a hook made it up.
        media_types: Of the body it takes; empty where it takes none, or where that stands elsewhere.
    """

    path: str
    method: str
    endpoint: Endpoint | None
    media_types: frozenset[str] = frozenset()


class Made:
    """What was found in the schemas that a generator made.

    Attributes:
        operations: In their order.
        server: The address of the first of `servers`, relative or not; "" where none is named.
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.server = ""


def recording(generator_class: type[SchemaGenerator], made: Made) -> type[SchemaGenerator]:
    """Return a generator class like another one, that notes the operations of each schema it makes."""
    is_ours = issubclass(generator_class, CorsSchemaGeneratorMixin)
    base: Any = generator_class if is_ours else type("", (CorsSchemaGeneratorMixin, generator_class), {})

    class Recording(base):  # type: ignore[misc]  # whatever class the project chose
        def get_schema(self, request: Any = None, public: bool = False) -> Any:
            endpoints: list[Endpoint | None] = []
            self.cors_endpoints = endpoints
            schema = super().get_schema(request=request, public=public)
            made.operations.extend(_operations(schema, endpoints))
            made.server = next((server["url"] for server in schema.get("servers", ())), "")
            return schema

    return Recording


def _operations(schema: Any, endpoints: list[Endpoint | None]) -> Iterator[Operation]:
    for path, item in schema["paths"].items():
        for method in _METHODS:
            # Taken out again: a project's generator may keep the schema, and show it to others.
            operation = item.get(method, {})
            number = operation.pop(NUMBER, None)
            if number is not None and KEY in operation:
                media_types = frozenset(operation.get("requestBody", {}).get("content", ()))
                yield Operation(path, method.upper(), endpoints[number], media_types)
