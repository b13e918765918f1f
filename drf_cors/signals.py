"""Signals."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["check_request_enabled", "cors_refused"]

#: Sent with `request` before a cross-origin request is refused that the settings do not allow, as
#: in django-cors-headers. If a receiver returns a truthy value that is neither an exception nor an
#: awaitable, the request is allowed. The signal is not sent for views that declare a policy.
check_request_enabled = Signal()

#: Sent for each refusal that is logged, for metrics. The sender is `CorsMiddleware`. The arguments
#: are `request`, and the fields of the log record as text: `reason`, `view`, `source`, `method`,
#: `origin`, `path`. The first three have few different values, all from the site's own code. The
#: other three come from the client; they are quoted and shortened. What receivers return or raise
#: has no effect.
cors_refused = Signal()
