"""Signals."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["check_request_enabled", "cors_refused"]

#: Asked, with `request`, whether to admit a cross-origin request that the settings do not admit, as in
#: django-cors-headers. Any truthy answer that is neither an exception nor an awaitable admits it. It never
#: opens a view that declares a policy of its own.
check_request_enabled = Signal()

#: Told of each refusal that is logged, for metrics; the sender is `CorsMiddleware`. Arguments: `request`, and as text
#: the fields of the log record: `reason`, `view`, `source`, `method`, `origin`, `path`. Of these the first three are
#: the site's own and few; the others are what a client sent, quoted and cut. What receivers return or raise changes
#: nothing.
cors_refused = Signal()
