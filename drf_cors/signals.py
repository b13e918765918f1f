"""Signals."""

from __future__ import annotations

from django.dispatch import Signal

#: Asked, with `request`, whether to admit a cross-origin request that the settings do not admit, as in
#: django-cors-headers. Any truthy answer that is neither an exception nor an awaitable admits it. It never
#: opens a view that declares a policy of its own.
check_request_enabled = Signal()
