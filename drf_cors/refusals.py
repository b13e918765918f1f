"""Reports refusals: log lines, the signal `cors_refused`, and the reason code for developers."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from drf_cors.callables import PendingCall
from drf_cors.core.errors import logged, logged_text
from drf_cors.signals import check_request_enabled, cors_refused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from drf_cors.conf import CorsSettings
    from drf_cors.core.verdict import Reason, Verdict
    from drf_cors.resolver import ViewPolicies

logger = logging.getLogger("drf_cors")


def has_observers(conf: CorsSettings) -> bool:
    """Whether a refusal may be overridden by receivers, or sent to any, or seen in a log or by a developer."""
    if check_request_enabled.receivers or cors_refused.receivers or conf.debug:
        return True
    return logger.isEnabledFor(logging.INFO)


def log_fields(
    request: HttpRequest, origin: str | None, method: str, reason: Reason, view: ViewPolicies
) -> dict[str, str]:
    """Return the fields of a log record, and of the signal. All are ASCII. What a client sent is quoted and cut."""
    return {
        "reason": str(reason),
        "origin": logged(origin),
        "path": logged(request.path),
        "method": logged(method),
        "view": logged_text(view.layers.name),
        "source": logged_text(str(view.policies.of(method).who_source)),
    }


def log_refusal(conf: CorsSettings, verdict: Verdict, fields: dict[str, str]) -> None:
    """Log a refusal, once for each request."""
    level = logging.WARNING if conf.debug else logging.INFO
    if not logger.isEnabledFor(level):
        return
    logger.log(
        level,
        "%s: %s %s from origin %s%s",
        fields["reason"],
        fields["method"],
        fields["path"],
        fields["origin"],
        f", because of {logged(verdict.culprit)}" if verdict.culprit else "",
        extra=fields,
    )


def log_error(reason: Reason, called: str, error: Exception, fields: dict[str, str]) -> None:
    """Log that the project's own code raised."""
    logger.error("%s: %s raised; the origin is refused.", reason, logged_text(called), exc_info=error, extra=fields)


def send_refused(sender: type, request: HttpRequest, fields: dict[str, str]) -> PendingCall:
    """Return the call that sends `cors_refused`."""
    return PendingCall(
        functools.partial(cors_refused.send_robust, sender, request=request, **fields),
        functools.partial(cors_refused.asend_robust, sender, request=request, **fields),
    )


def log_receiver_error(result: object) -> None:
    """Log that sending failed. Django itself logs a receiver that raises, but fails for one without a name."""
    if isinstance(result, Exception):
        logger.error("A receiver of cors_refused failed; those after it were not told.", exc_info=result)
