"""Reports refusals: log lines, the signal `cors_refused`, and the reason code for developers."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Final

from django.core.exceptions import DisallowedHost

from drf_cors.callables import PendingCall
from drf_cors.core import fetch
from drf_cors.core.errors import logged, logged_text
from drf_cors.core.verdict import DECIDING_FIELDS, Reason
from drf_cors.explain_command import explain_command
from drf_cors.signals import check_request_enabled, cors_refused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from drf_cors.callables import PendingCalls
    from drf_cors.conf import CorsSettings
    from drf_cors.core.verdict import Verdict
    from drf_cors.resolver import ViewPolicies

logger = logging.getLogger("drf_cors")

#: Reasons that need an allowed origin.
_AFTER_CREDENTIALS: Final = frozenset({Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW, Reason.HEADER_NOT_ALLOWED})


def has_observers(conf: CorsSettings) -> bool:
    """Return whether a refusal may reach a receiver, the log, or a developer under DEBUG.

    Args:
        conf: The settings.
    """
    if check_request_enabled.receivers or cors_refused.receivers or conf.debug:
        return True
    return logger.isEnabledFor(logging.INFO)


def is_same_origin(request: HttpRequest, origin: str | None) -> bool:
    """Return whether a request comes from the site's own origin. Then it is not refused.

    Args:
        request: The request.
        origin: Its `Origin` header.
    """
    sec_fetch_site = request.META.get("HTTP_SEC_FETCH_SITE")
    host = ""
    if sec_fetch_site is None:
        try:
            host = request.get_host()
        except DisallowedHost:
            return False
    return fetch.is_same_origin(origin, request.scheme or "", host, sec_fetch_site)


def log_fields(
    request: HttpRequest, origin: str | None, method: str, reason: Reason, view: ViewPolicies
) -> dict[str, str]:
    """Return the fields of a log record and of the signal.

    All are ASCII. What the client sent is quoted and shortened.

    Args:
        request: The request.
        origin: Its `Origin` header.
        method: The method that was judged.
        reason: Of the refusal.
        view: The policies of the URL.
    """
    return {
        "reason": str(reason),
        "origin": logged(origin),
        "path": logged(request.path),
        "method": logged(method),
        "view": logged_text(view.layers.name),
        "source": logged_text(str(view.policies.of(method).who_source)),
    }


def log_refusal(conf: CorsSettings, verdict: Verdict, fields: dict[str, str], details: str = "") -> None:
    """Log a refusal, once for each request.

    Args:
        conf: The settings.
        verdict: The refusal.
        fields: What `log_fields` returned.
        details: What `details_for_developers` returned, under DEBUG.
    """
    level = logging.WARNING if conf.debug else logging.INFO
    if not logger.isEnabledFor(level):
        return
    culprit = ""
    if verdict.culprit:
        culprit = f", because of {logged(verdict.culprit)}"
    logger.log(
        level,
        "%s: %s %s from origin %s%s%s",
        fields["reason"],
        fields["method"],
        fields["path"],
        fields["origin"],
        culprit,
        details,
        extra=fields,
    )


def details_for_developers(request: HttpRequest, origin: str, method: str, reason: Reason, view: ViewPolicies) -> str:
    """Return the source that decided a refusal, and the command that explains it.

    Args:
        request: The request.
        origin: Its `Origin` header.
        method: The method that was judged.
        reason: Of the refusal.
        view: The policies of the URL.
    """
    policy = view.policies.of(method)
    field = DECIDING_FIELDS.get(reason)
    source = policy.who_source if field is None else policy.sources[field]
    details = f", by {logged_text(str(source))}"
    # Browsers refuse credentials that the policy does not allow before they compare these lists.
    is_reached = reason not in _AFTER_CREDENTIALS or policy.credentials_for(origin)
    credentials = is_reached and bool(request.META.get("HTTP_COOKIE"))
    command = explain_command(request, origin, method, credentials=credentials)
    return f"{details}. Explained by: {command}" if command else details


def log_error(reason: Reason, called: str, error: Exception, fields: dict[str, str]) -> None:
    """Log an exception of the project's own code.

    Args:
        reason: Of the refusal that follows.
        called: What was called.
        error: The exception.
        fields: What `log_fields` returned.
    """
    logger.error(
        "%s: %s raised; the origin is refused.",
        reason,
        logged_text(called),
        exc_info=error,
        extra=fields,
    )


def send_refused(sender: type, request: HttpRequest, fields: dict[str, str]) -> PendingCalls[None]:
    """Send `cors_refused` to its receivers.

    Args:
        sender: The class of the middleware.
        request: The request that was refused.
        fields: What `log_fields` returned.
    """
    result = yield PendingCall(
        functools.partial(cors_refused.send_robust, sender, request=request, **fields),
        functools.partial(cors_refused.asend_robust, sender, request=request, **fields),
    )
    # Django itself logs the exception of a receiver, but that fails for a receiver without a name.
    if isinstance(result, Exception):
        logger.error(
            "A receiver of cors_refused failed; the receivers after it were not called.",
            exc_info=result,
        )
