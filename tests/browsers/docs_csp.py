"""A Content Security Policy for single pages: Django's own where it has one (6.0), else a stand-in that works alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.crypto import get_random_string
from django.utils.functional import SimpleLazyObject, empty

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]

try:
    from django.middleware.csp import ContentSecurityPolicyMiddleware
    from django.utils.csp import CSP
    from django.views.decorators.csp import csp_override
except ImportError:
    CSP = None

NONCE = "<nonce>" if CSP is None else CSP.NONCE
IS_DJANGOS = CSP is not None


class LazyNonce(SimpleLazyObject):
    """Made when printed, and false until then: as Django's."""

    def __init__(self) -> None:
        super().__init__(lambda: get_random_string(22))

    def __bool__(self) -> bool:
        return self._wrapped is not empty


def middleware(get_response: View) -> View:
    """Give requests a nonce, and answers the policy of their view."""
    if IS_DJANGOS:
        return ContentSecurityPolicyMiddleware(get_response)

    def respond(request: HttpRequest) -> HttpResponse:
        request._csp_nonce = nonce = LazyNonce()
        response = get_response(request)
        if config := getattr(response, "_csp_config", None):
            # A nonce that nobody printed stands for nothing, and goes.
            said = {name: [f"'nonce-{nonce}'" if v == NONCE else v for v in values] for name, values in config.items()}
            response["Content-Security-Policy"] = "; ".join(f"{name} {' '.join(said[name])}" for name in said)
        return response

    return respond


def under(config: dict[str, list[Any]], view: View) -> View:
    """Return a view whose answers carry a policy."""
    if IS_DJANGOS:
        return csp_override(config)(view)

    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response._csp_config = config
        return response

    return respond
