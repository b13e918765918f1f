"""The operations of a schema as one user sees it, each with the endpoint behind it.

Each user may see another schema: the schema view, the generator and hooks decide that. So the
schema is made for that user. Each operation gets a number, and the number of each operation that is
still there at the end gives its endpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from drf_cors.openapi.generator import OPERATION_ID_KEY, CorsSchemaGeneratorMixin
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
        path: The path in the schema: `/api/orders/{id}/`. It may lack a prefix.
        method: Upper-case.
        endpoint: The endpoint that its requests reach; None if a hook invented the operation.
        media_types: The media types of its request body. Empty if it has none, or if the body is
            a reference.
    """

    path: str
    method: str
    endpoint: Endpoint | None
    media_types: frozenset[str] = frozenset()


class RecordedSchema:
    """What a recording generator noted about the schemas that it made.

    Attributes:
        operations: The operations, in the order of the schema.
        server: The URL of the first of `servers`, relative or absolute; "" if there is none.
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.server = ""


def recording_generator(generator_class: type[SchemaGenerator], recorded: RecordedSchema) -> type[SchemaGenerator]:
    """Return a subclass of a generator that notes the operations of each schema it makes."""
    is_ours = issubclass(generator_class, CorsSchemaGeneratorMixin)
    bases = (CorsSchemaGeneratorMixin, generator_class)
    base: Any = generator_class if is_ours else type("", bases, {})

    class Recording(base):  # type: ignore[misc]  # whatever class the project chose
        def get_schema(self, request: Any = None, public: bool = False) -> Any:
            endpoints: list[Endpoint | None] = []
            self.cors_endpoints = endpoints
            schema = super().get_schema(request=request, public=public)
            recorded.operations.extend(_operations(schema, endpoints))
            recorded.server = next((server["url"] for server in schema.get("servers", ())), "")
            return schema

    return Recording


def _operations(schema: Any, endpoints: list[Endpoint | None]) -> Iterator[Operation]:
    for path, item in schema["paths"].items():
        for method in _METHODS:
            # Remove the number: a project's generator may keep the schema and show it to others.
            operation = item.get(method, {})
            number = operation.pop(OPERATION_ID_KEY, None)
            if number is not None and KEY in operation:
                media_types = frozenset(operation.get("requestBody", {}).get("content", ()))
                yield Operation(path, method.upper(), endpoints[number], media_types)
