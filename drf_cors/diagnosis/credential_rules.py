"""Causes in credentials: the policy, the cookies, and Django's CSRF protection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from drf_cors.conf import SETTINGS
from drf_cors.core.errors import shown
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin, parse_valid
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.declaration_rules import about_merge, about_misspelt
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.proposals import allow_credentials, alternatives
from drf_cors.explain.public_suffixes import is_local, is_same_site
from drf_cors.explain.sessions import (
    CSRF_SAFE,
    is_rest_view,
    is_trusted,
    reads_session,
    wants_csrf_token,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drf_cors.diagnosis.case import Case
    from drf_cors.diagnosis.changes import Change


class CredentialCause(Cause):
    """Causes in credentials."""

    NOT_ALLOWED = (
        Reason.CREDENTIALS_NOT_ALLOWED,
        "The policy admits {origin}, but not with credentials.",
        "{edit}.",
    )
    NOT_ALLOWED_TO_ANY = (
        Reason.CREDENTIALS_NOT_ALLOWED,
        (
            "The policy allows any origin, so the response has '*', and browsers refuse that for "
            "requests with credentials."
        ),
        "{edit}.",
    )
    ANY_ORIGIN = (
        "any-origin-credentials",
        (
            "{any_origin} and {credentials} are both on: every site can send requests with the "
            "cookies of its visitors, and read the responses."
        ),
        (
            "List the origins: CORS_ALLOWED_ORIGINS = ['{origin}'] instead of CORS_ALLOW_ALL_ORIGINS "
            "(this changes every endpoint under the global settings)."
        ),
    )
    COOKIE_SAME_SITE = (
        "cookie-same-site",
        "{setting} is {value}: browsers do not send the cookie from {origin}, which is another site.",
        "Set {setting} = 'None' and {secure} = True, and serve the API over https (this is for the whole site).",
    )
    COOKIE_NOT_SECURE = (
        "cookie-not-secure",
        "{setting} is 'None' but {secure} is off: browsers refuse to keep the cookie.",
        "Set {secure} = True, and serve the API over https.",
    )
    COOKIE_OVER_HTTP = (
        "cookie-over-http",
        "{setting} is on: browsers send the cookie over https only, and {url} is not.",
        "Serve the API over https, and fetch {secure_url}.",
    )
    CSRF_NOT_TRUSTED = (
        "csrf-not-trusted",
        "CSRF protection refuses {method} from {origin} with 403: CSRF_TRUSTED_ORIGINS does not list it.",
        "Add '{origin}' to CSRF_TRUSTED_ORIGINS (for the whole site), and send the X-CSRFToken header.",
    )
    CSRF_NOT_TRUSTED_NOR_LISTED = (
        "csrf-not-trusted",
        "CSRF protection refuses {method} from {origin} with 403: CSRF_TRUSTED_ORIGINS does not list it.",
        (
            "Add '{origin}' to CSRF_TRUSTED_ORIGINS (for the whole site), and send the X-CSRFToken "
            "header, which allow_headers has to list."
        ),
    )


def about_credentials(case: Case) -> Iterator[Finding]:
    """Yield what keeps credentials out, or the request with them."""
    is_in_force = not (case.is_unread or case.is_in_wrong_case)
    if case.reason is Reason.CREDENTIALS_NOT_ALLOWED and is_in_force:
        yield from _about_policy(case)
    callback, origin = case.callback, case.query.origin
    if callback is None or origin is None:
        return
    if case.policy.allow_all_origins and case.policy.allow_credentials is True:
        yield _open_to_all(case, origin)
    if case.query.request.includes_credentials and not case.query.is_received:
        yield from _about_cookies(case, callback)
    if _is_untrusted(case, callback, origin):
        yield _csrf(case)


def _about_policy(case: Case) -> Iterator[Finding]:
    """Yield why the policy does not allow credentials."""
    source = case.policy.sources["allow_credentials"]
    if source.is_site_wide and case.policy.who_source.is_site_wide:
        yield from about_misspelt(case, SETTINGS["allow_credentials"])
    faults = list(about_merge(case))
    yield from faults
    if not faults:
        yield _denied(case)


def _denied(case: Case) -> Finding:
    origin = str(case.query.origin)
    changes: tuple[Change, ...] = ()
    edit = "Serve the page from a web server, so that it has an origin"
    if origin not in OPAQUE_ORIGINS:
        changes, edit = allow_credentials(case)
    cause = CredentialCause.NOT_ALLOWED
    if case.policy.allow_all_origins and not case.policy.allow_credentials:
        cause = CredentialCause.NOT_ALLOWED_TO_ANY
    return case.finding(
        cause,
        source=case.policy.sources["allow_credentials"],
        changes=changes,
        origin=origin,
        edit=alternatives([edit, "fetch with credentials: 'omit'"]),
    )


def _open_to_all(case: Case, origin: str) -> Finding:
    """Return that every origin may send credentials. Only the global settings can say so."""
    sources = case.policy.sources
    return case.finding(
        CredentialCause.ANY_ORIGIN,
        blocks=False,
        source=sources["allow_all_origins"],
        any_origin=sources["allow_all_origins"],
        credentials=sources["allow_credentials"],
        origin=origin,
    )


def _needs_csrf_token(case: Case, callback: Callable[..., Any]) -> bool:
    """Whether the view refuses the request without a CSRF token."""
    return case.query.request.method not in CSRF_SAFE and wants_csrf_token(callback)


def _is_untrusted(case: Case, callback: Callable[..., Any], origin: str) -> bool:
    """Whether CSRF protection refuses the request because of its origin."""
    if not _needs_csrf_token(case, callback):
        return False
    # Django's middleware checks the origin of every request; REST framework only where there is a
    # session.
    is_checked = case.reason is Reason.ALLOWED and not is_rest_view(callback)
    if not case.query.request.includes_credentials and not is_checked:
        return False
    return not all(map(is_trusted, parse_valid([origin])))


def _csrf(case: Case) -> Finding:
    cause = CredentialCause.CSRF_NOT_TRUSTED_NOR_LISTED
    if case.policy.permits_header("x-csrftoken"):
        cause = CredentialCause.CSRF_NOT_TRUSTED
    return case.finding(
        cause,
        method=case.query.request.method,
        origin=case.query.origin,
    )


def _about_cookies(case: Case, callback: Callable[..., Any]) -> Iterator[Finding]:
    """Yield which of the cookies that the view needs browsers do not send."""
    if not reads_session(callback):
        return
    yield from _about_cookie(case, "SESSION_COOKIE")
    if _needs_csrf_token(case, callback) and not settings.CSRF_USE_SESSIONS:
        yield from _about_cookie(case, "CSRF_COOKIE")


def _about_cookie(case: Case, prefix: str) -> Iterator[Finding]:
    """Yield why browsers do not send a cookie."""
    same_site_setting, secure_setting = f"{prefix}_SAMESITE", f"{prefix}_SECURE"
    same_site, is_secure = getattr(settings, same_site_setting), getattr(settings, secure_setting)
    origin, url = str(case.query.origin), case.query.request.url
    if is_secure and url.scheme == "http" and not is_local(url.host):
        yield case.finding(
            CredentialCause.COOKIE_OVER_HTTP,
            culprit=secure_setting,
            setting=secure_setting,
            url=url,
            secure_url=f"https{str(url).removeprefix('http')}",
        )
    page = parse_origin(origin)
    if page is not None and is_same_site((page.scheme, page.host), (url.scheme, url.host)):
        return
    if not isinstance(same_site, str) or same_site.lower() != "none":
        yield case.finding(
            CredentialCause.COOKIE_SAME_SITE,
            culprit=same_site_setting,
            setting=same_site_setting,
            value=shown(same_site),
            secure=secure_setting,
            origin=origin,
        )
    elif not is_secure:
        yield case.finding(
            CredentialCause.COOKIE_NOT_SECURE,
            culprit=same_site_setting,
            setting=same_site_setting,
            secure=secure_setting,
        )
