"""The methods that the response to the preflight of an operation names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors.core.judge import judge
from drf_cors.core.verdict import ALLOW_METHODS, CorsRequest, Reason
from drf_cors.endpoints import Coverage

if TYPE_CHECKING:
    from drf_cors.endpoints import Endpoint

#: The key in an operation. It is beside the policy, which methods of other paths may share.
METHODS_KEY: Final = "x-cors-methods"

#: Any origin: the verdict on it is given.
_ORIGIN: Final = "https://caller.example"


def preflight_methods(endpoint: Endpoint | None, method: str) -> list[str]:
    """Return what `Access-Control-Allow-Methods` names for an allowed origin, in that order.

    Args:
        endpoint: The endpoint of the operation; None if no request reaches it.
        method: Upper-case.
    """
    if endpoint is None:
        return []
    if endpoint.places:
        enabled = [place for place in endpoint.places if place.static_policy(method).is_enabled]
        return preflight_methods(enabled[0] if enabled else None, method)
    if not endpoint.static_policy(method).is_enabled:
        return []
    view = endpoint.policies(is_covered=endpoint.coverage is not Coverage.NONE)
    preflight = CorsRequest(origin=_ORIGIN, method=method).preflight()
    named = dict(judge(view.policies, preflight, Reason.ALLOWED).headers).get(ALLOW_METHODS, "")
    return named.split(", ") if named else []
