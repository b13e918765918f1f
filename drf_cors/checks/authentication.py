"""Check W031: request headers that the authentication of a view needs, and its policy refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import HttpHeaders

from drf_cors.checks.findings import Finding
from drf_cors.drf_views import bases, is_open_to_anonymous
from drf_cors.explain.sessions import CSRF_SAFE, reads_session, wants_csrf_token
from drf_cors.view_facts import definer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.checks.site_endpoints import EndpointView
    from drf_cors.core.merge import EffectivePolicy

_BASIC: Final = "rest_framework.authentication.BasicAuthentication"
_SESSION: Final = "rest_framework.authentication.SessionAuthentication"

#: Classes whose `authenticate` reads the header `Authorization`.
_READ_AUTHORIZATION: Final = (
    _BASIC,
    "rest_framework.authentication.TokenAuthentication",
    "rest_framework_simplejwt.authentication.JWTAuthentication",
    "knox.auth.TokenAuthentication",
    "oauth2_provider.contrib.rest_framework.authentication.OAuth2Authentication",
)


def unsendable_headers(entry: EndpointView) -> Iterator[Finding]:
    """Report headers that the authentication of a view needs, and scripts cannot send to it."""
    if not entry.attribute("authentication_classes"):
        return
    for method, name in entry.named_methods:
        policy = entry.policies.of(method)
        if policy.is_nobody or not policy.permits_method(method):
            continue
        for header, why in _needed(entry, method, policy):
            if not policy.permits_header(header):
                yield _finding(entry, policy, f"{entry.name}.{name}", header, why)


def _finding(entry: EndpointView, policy: EffectivePolicy, place: str, header: str, why: str) -> Finding:
    source = policy.sources["allow_headers"]
    where = "" if source.is_site_wide else f" of {source.edited}"
    return Finding(
        id="drf_cors.W031",
        cause=(source.cause, header),
        place=place,
        text=f"{source.edited} has no {header!r} in allow_headers, but {place} needs it: {why}.",
        hint=f"Add {header!r} to allow_headers{where}. If these views need no login, set "
        "permission_classes = [AllowAny] on them.",
        route=entry.endpoint.route,
        source=source,
    )


def _needed(entry: EndpointView, method: str, policy: EffectivePolicy) -> Iterator[tuple[str, str]]:
    """Yield each header without which a method refuses the requests of its users, and why."""
    callback = entry.endpoint.callback
    if policy.allow_credentials and method not in CSRF_SAFE and wants_csrf_token(callback):
        header = HttpHeaders.parse_header_name(settings.CSRF_HEADER_NAME) or "X-CSRFToken"
        yield header.lower(), "SessionAuthentication reads the CSRF token in it"
    classes = entry.attribute("authentication_classes")
    if policy.allow_credentials and reads_session(callback):
        return
    usable = [klass for klass in classes if _SESSION not in bases(klass)]
    is_default = len(classes) > len(usable) and all(_BASIC in bases(klass) for klass in usable)
    if is_default or not all(map(_reads_authorization, usable)):
        return
    if not is_open_to_anonymous(callback, method):
        yield "authorization", f"{usable[0].__name__} reads it"


def _reads_authorization(klass: Any) -> bool:
    """Whether a class authenticates by `Authorization`. One that overrides that may not."""
    if not isinstance(klass, type):
        return False
    return bases(definer_of(klass, "authenticate"))[0] in _READ_AUTHORIZATION
