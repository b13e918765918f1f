"""Optional additions to an operation: a line in the description, a badge, response headers.

They are for tools that do not show the extension `x-cors-policy`. Operations are copied, never
changed, because the project may have written them by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.plumbing import ComponentIdentity, ResolvedComponent

from drf_cors.core.origins import OPAQUE_ORIGINS
from drf_cors.core.verdict import ALLOW_CREDENTIALS, ALLOW_ORIGIN, Reason, judge_request
from drf_cors.policy_json import audience

if TYPE_CHECKING:
    from drf_spectacular.plumbing import ComponentRegistry

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.endpoints import StaticPolicy

Operation = Mapping[str, Any]

#: The key for badges: a list of objects with a name and a colour.
BADGES: Final = "x-badges"

#: Backgrounds of badges. The text is white in Redoc 2, and dark in Redoc 3, which has the variables:
#: no single colour is readable with both. Contrasts are over 4.5 (WCAG 2).
COLOURS: Final[Mapping[str, str]] = {
    "none": "var(--color-warm-grey-2, #5f6673)",
    "any": "var(--color-orange-2, #9a4b00)",
    "listed": "var(--color-blue-2, #1b5fa8)",
    "dynamic": "var(--color-purple-2, #6b3fa0)",
}

#: Descriptions of the response headers.
RESPONSE_HEADERS: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "The origin whose scripts may read the response, or '*' for any; absent for others.",
    "Access-Control-Allow-Credentials": "Sent to origins that may send credentials (cookies).",
    "Access-Control-Expose-Headers": "Response headers that scripts of another origin may read.",
}

#: Example of an origin, if no real one may be shown or is known.
CALLER: Final = "https://caller.example"


def with_line(operation: Operation, line: str) -> dict[str, Any]:
    """Return an operation whose description ends with a line of its own."""
    description = operation.get("description")
    return {**operation, "description": f"{description}\n\n{line}" if description else line}


def with_badge(operation: Operation, text: str, colour: str) -> dict[str, Any]:
    """Return an operation with one more badge, after those it has.

    Redoc and Scalar show the name, RapiDoc the label: it shows no operation at all if a badge has
    none. Spaces are no-break spaces, because Redoc would break a badge at the end of a line.
    """
    present = operation.get(BADGES)
    badges = present if isinstance(present, list) else []
    name = text.replace(" ", "\N{NO-BREAK SPACE}")
    return {**operation, BADGES: [*badges, {"name": name, "label": name, "color": colour}]}


def colour(static_policy: StaticPolicy, method: str) -> str:
    """Return the colour of a method's badge."""
    kind = audience(static_policy) if static_policy.policy.permits_method(method) else "none"
    return COLOURS[kind]


def with_headers(operation: Operation, headers: Mapping[str, str], registry: ComponentRegistry) -> dict[str, Any]:
    """Return an operation whose responses have headers.

    Args:
        operation: The operation. Responses that are references stay as they are: OpenAPI allows no
            other keys beside `$ref`.
        headers: Name -> example.
        registry: The components of the schema. The headers are registered here, so that hooks of
            drf-spectacular keep them.
    """
    if not headers or "responses" not in operation:
        return dict(operation)
    references = {name: _registered(name, example, registry) for name, example in headers.items()}
    responses = {}
    for status, response in operation["responses"].items():
        if "$ref" in response:
            responses[status] = response
        else:
            own_headers = response.get("headers", {})
            responses[status] = {**response, "headers": {**own_headers, **references}}
    return {**operation, "responses": responses}


def response_headers(static_policy: StaticPolicy, method: str, *, with_names: bool) -> dict[str, str]:
    """Return the CORS response headers for an allowed origin: name -> example.

    Args:
        static_policy: The policy of the method.
        method: Upper-case.
        with_names: Whether an example may name an origin.
    """
    if not static_policy.is_enabled:
        return {}
    policy = static_policy.policy
    verdict = judge_request(policy, method, _example_origin(policy), Reason.ALLOWED)
    headers = dict(verdict.headers)
    if not with_names and headers.get(ALLOW_ORIGIN, "*") != "*":
        headers[ALLOW_ORIGIN] = CALLER
    return headers


def _example_origin(policy: EffectivePolicy) -> str:
    """Return an allowed origin, one that may send credentials if there is any."""
    credentials = policy.allow_credentials
    listed = policy.allowed_origins if isinstance(credentials, bool) else credentials
    transparent = [origin for origin in listed if origin not in OPAQUE_ORIGINS]
    named = next(iter(transparent or listed), CALLER)
    return named.replace("://*.", "://app.").removesuffix(":*")


def _registered(name: str, example: str, registry: ComponentRegistry) -> dict[str, str]:
    """Return a reference to a header of `components`. Each example has its own component."""
    schema: dict[str, Any] = {"type": "string"}
    if name == ALLOW_CREDENTIALS:
        schema["enum"] = ["true"]
    header = {"description": RESPONSE_HEADERS[name], "schema": schema, "example": example}
    label = "any"
    if example != "*":
        label = re.sub(r"[^A-Za-z0-9.-]+", "_", example)
    # drf-spectacular has no types.
    identity = ComponentIdentity(example)  # type: ignore[no-untyped-call]
    component = ResolvedComponent(  # type: ignore[no-untyped-call]
        name=f"{name}_{label}", type=ResolvedComponent.HEADER, schema=header, object=identity
    )
    registry.register_on_missing(component)
    reference: dict[str, str] = component.ref
    return reference
