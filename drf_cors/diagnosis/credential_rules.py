"""8: credentials, by the policy, and by the cookies and the CSRF protection of Django's."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from drf_cors.conf import SETTINGS
from drf_cors.core.errors import shown
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin, parse_valid
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.case import Case, is_of_site
from drf_cors.diagnosis.changes import told
from drf_cors.diagnosis.policy_rules import about_merge, about_misspelt, credentialing
from drf_cors.explain.messages import EDITS, Cause, Finding
from drf_cors.explain.public_suffixes import is_local, is_same_site
from drf_cors.explain.sessions import CSRF_SAFE, is_rest_view, is_trusted, reads_session, wants_csrf_token


def about_credentials(case: Case) -> Iterator[Finding]:
    """Yield what keeps credentials out, or the request with them."""
    request, callback = case.query.request, case.callback
    if case.reason is Reason.CREDENTIALS_NOT_ALLOWED and not (case.is_unread or case.is_in_wrong_case):
        if is_of_site(case.policy.who_source) and is_of_site(case.policy.sources["allow_credentials"]):
            yield from about_misspelt(case, SETTINGS["allow_credentials"])
        yield from list(about_merge(case)) or [_denied(case)]
    origin = case.query.origin
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
    origin = str(case.query.origin)
    found, edit = ((), EDITS["no-credentials"]) if origin in OPAQUE_ORIGINS else credentialing(case)
    omit = EDITS["omit"]
    edit = told([edit, omit])
    source = case.policy.sources["allow_credentials"]
    return case.finding(case.reason, source=source, changes=found, origin=origin, edit=edit)


def _untrusted(case: Case) -> Finding:
    edit = "" if case.policy.permits_header("x-csrftoken") else EDITS["list-token"]
    method, origin = case.query.request.method, case.query.origin
    return case.finding(Cause.CSRF_NOT_TRUSTED, method=method, origin=origin, edit=edit)


def _about_cookie(case: Case, prefix: str, origin: str) -> Iterator[Finding]:
    setting, secure = f"{prefix}_SAMESITE", f"{prefix}_SECURE"
    value, is_secure = getattr(settings, setting), getattr(settings, secure)
    url, page = case.query.request.url, parse_origin(origin)
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
