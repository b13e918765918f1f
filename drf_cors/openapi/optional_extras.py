"""What an operation tells of its policy besides the extension: a line, a badge, the headers of its answers.

Each is opt-in, and made for tools that show no extensions. Operations are never changed, but copied: the project may
have written them by hand.
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

#: Redoc's key for badges: a list of objects with a name and a colour.
BADGES: Final = "x-badges"

#: Backgrounds for white text, dark enough to read it on (WCAG 2, contrast over 4.5).
COLOURS: Final[Mapping[str, str]] = {"none": "#5f6673", "any": "#9a4b00", "listed": "#1b5fa8", "dynamic": "#6b3fa0"}

#: Descriptions of the response headers.
RESPONSE_HEADERS: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "The origin whose scripts may read the answer, or '*' for any; absent for others.",
    "Access-Control-Allow-Credentials": "Sent to origins that may send credentials (cookies).",
    "Access-Control-Expose-Headers": "Response headers that scripts of another origin may read.",
}

#: Stands for the origin of the caller where none may be named, or none can.
CALLER: Final = "https://caller.example"


def with_line(operation: Operation, line: str) -> dict[str, Any]:
    """Return an operation whose description ends with a line of its own."""
    description = operation.get("description")
    return {**operation, "description": f"{description}\n\n{line}" if description else line}


def with_badge(operation: Operation, text: str, colour: str) -> dict[str, Any]:
    """Return an operation with one more badge for Redoc, after those it has."""
    present = operation.get(BADGES)
    badges = present if isinstance(present, list) else []
    return {**operation, BADGES: [*badges, {"name": text, "color": colour}]}


def colour(static_policy: StaticPolicy, method: str) -> str:
    """Return the colour of a method's badge."""
    return COLOURS[audience(static_policy) if static_policy.policy.permits_method(method) else "none"]


def with_headers(operation: Operation, headers: Mapping[str, str], registry: ComponentRegistry) -> dict[str, Any]:
    """Return an operation whose responses have headers.

    Args:
        operation: A response in it that is a reference is left as it is: nothing may stand beside one.
        headers: Name -> example.
        registry: Of the schema. What is not registered there is lost to drf-spectacular's hooks.
    """
    if not headers or "responses" not in operation:
        return dict(operation)
    references = {name: _registered(name, example, registry) for name, example in headers.items()}
    responses = {
        status: response
        if "$ref" in response
        else {**response, "headers": {**response.get("headers", {}), **references}}
        for status, response in operation["responses"].items()
    }
    return {**operation, "responses": responses}


def response_headers(static_policy: StaticPolicy, method: str, *, with_names: bool) -> dict[str, str]:
    """Return the CORS headers that an origin gets that is admitted: name -> example.

    Args:
        static_policy: What is known of the method.
        method: Upper-case.
        with_names: Whether an example may name an origin.
    """
    if not static_policy.is_enabled:
        return {}
    headers = dict(judge_request(static_policy.policy, method, _a_caller(static_policy.policy), Reason.ALLOWED).headers)
    if not with_names and headers.get(ALLOW_ORIGIN, "*") != "*":
        headers[ALLOW_ORIGIN] = CALLER
    return headers


def _a_caller(policy: EffectivePolicy) -> str:
    """Return an origin that the policy admits, with credentials if any has them."""
    credentials = policy.allow_credentials
    listed = policy.allowed_origins if isinstance(credentials, bool) else credentials
    named = next((origin for origin in listed if origin not in OPAQUE_ORIGINS), None) or next(iter(listed), CALLER)
    return named.replace("://*.", "://app.").removesuffix(":*")


def _registered(name: str, example: str, registry: ComponentRegistry) -> dict[str, str]:
    """Return a reference to a header of `components`. Each example has a component of its own."""
    header = {
        "description": RESPONSE_HEADERS[name],
        "schema": {"type": "string", **({"enum": ["true"]} if name == ALLOW_CREDENTIALS else {})},
        "example": example,
    }
    label = "any" if example == "*" else re.sub(r"[^A-Za-z0-9.-]+", "_", example)
    identity = ComponentIdentity(example)  # type: ignore[no-untyped-call]  # drf-spectacular has no types
    component = ResolvedComponent(  # type: ignore[no-untyped-call]  # as above
        name=f"{name}_{label}", type=ResolvedComponent.HEADER, schema=header, object=identity
    )
    registry.register_on_missing(component)
    reference: dict[str, str] = component.ref
    return reference
