"""8: credentials, by the policy, and by the cookies and the CSRF protection of Django's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings

from drf_cors.conf import SETTINGS
from drf_cors.cookies import CSRF_SAFE, is_rest_view, is_trusted, reads_session, wants_csrf_token
from drf_cors.core.errors import shown
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin, parse_valid
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.changes import told
from drf_cors.diagnosis.policies import about_merge, about_misspelt, credentialing
from drf_cors.explain import EDITS, Cause, Finding
from drf_cors.sites import is_local, is_same_site

if TYPE_CHECKING:
    from drf_cors.diagnosis.case import Case


def about_credentials(case: Case) -> Iterator[Finding]:
    """Yield what keeps credentials out, or the request with them."""
    request, callback = case.ask.request, case.callback
    if case.reason is Reason.CREDENTIALS_NOT_ALLOWED and not (case.is_unread or case.is_in_wrong_case):
        if case.policy.who_source.is_site_wide and case.policy.sources["allow_credentials"].is_site_wide:
            yield from about_misspelt(case, SETTINGS["allow_credentials"])
        yield from list(about_merge(case)) or [_denied(case)]
    origin = case.ask.origin
    if callback is None or origin is None:
        return
    changes = request.method not in CSRF_SAFE and wants_csrf_token(callback)
    is_untrusted = changes and not all(map(is_trusted, parse_valid([origin])))
    if not request.includes_credentials:
        # Django's middleware looks at the origin of every request; REST framework, where there is a session.
        if is_untrusted and not is_rest_view(callback) and case.reason is Reason.ALLOWED:
            yield _untrusted(case)
        return
    if reads_session(callback):
        yield from _about_cookie(case, "SESSION_COOKIE", origin)
        if changes and not settings.CSRF_USE_SESSIONS:
            yield from _about_cookie(case, "CSRF_COOKIE", origin)
    if is_untrusted:
        yield _untrusted(case)


def _denied(case: Case) -> Finding:
    origin = str(case.ask.origin)
    found, edit = ((), str(EDITS["no-credentials"])) if origin in OPAQUE_ORIGINS else credentialing(case)
    omit = str(EDITS["omit"])
    edit = told([edit, omit])
    source = case.policy.sources["allow_credentials"]
    return case.finding(case.reason, source=source, changes=found, origin=origin, edit=edit)


def _untrusted(case: Case) -> Finding:
    edit = "" if case.policy.permits_header("x-csrftoken") else EDITS["list-token"]
    method, origin = case.ask.request.method, case.ask.origin
    return case.finding(Cause.CSRF_NOT_TRUSTED, method=method, origin=origin, edit=edit)


def _about_cookie(case: Case, prefix: str, origin: str) -> Iterator[Finding]:
    setting, secure = f"{prefix}_SAMESITE", f"{prefix}_SECURE"
    value, is_secure = getattr(settings, setting), getattr(settings, secure)
    url, page = case.ask.request.url, parse_origin(origin)
    if is_secure and url.scheme == "http" and not is_local(url.host):
        secure_url = f"https{str(url).removeprefix('http')}"
        yield case.finding(Cause.COOKIE_OVER_HTTP, culprit=secure, setting=secure, url=url, secure_url=secure_url)
    if page is not None and is_same_site((page.scheme, page.host), (url.scheme, url.host)):
        return
    if not isinstance(value, str) or value.lower() != "none":
        yield case.finding(
            Cause.COOKIE_SAME_SITE,
            culprit=setting,
            setting=setting,
            value=shown(value),
            secure=secure,
            origin=origin,
        )
    elif not is_secure:
        yield case.finding(Cause.COOKIE_NOT_SECURE, culprit=setting, setting=setting, secure=secure)
