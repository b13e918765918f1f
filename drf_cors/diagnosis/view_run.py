"""Runs views in a dry run: `manage.py cors explain --run`. Django's own handler calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.handlers.base import BaseHandler
from django.urls import set_urlconf

from drf_cors.core.fetch import REDIRECT_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

#: Methods that change nothing. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class ViewRunner(BaseHandler):
    """Calls the view of a request as Django does, between the middleware that it is given.

    `process_view` is not among it: the dry run calls it, to record which one answers.
    """

    def __init__(self) -> None:
        super().__init__()
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []

    def add(self, middleware: Any) -> None:
        """Add a middleware. The innermost one is the first."""
        for name, hooks in (
            ("process_template_response", self._template_response_middleware),
            ("process_exception", self._exception_middleware),
        ):
            hook = getattr(middleware, name, None)
            if hook is not None:
                hooks.append(as_sync(hook))

    def run(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the view. What the view raises is not caught."""
        try:
            response: HttpResponseBase = self._get_response(request)  # type: ignore[attr-defined]  # not in the stubs
            return response
        finally:
            set_urlconf(None)


def as_sync(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Return a hook of a middleware for a sync call."""
    return async_to_sync(hook) if iscoroutinefunction(hook) else hook


def leads_to_login(response: HttpResponseBase) -> bool:
    """Whether a response is a redirect to a login page, as Django makes it."""
    if response.status_code not in REDIRECT_STATUSES:
        return False
    return REDIRECT_FIELD_NAME in parse_qs(urlsplit(response.get("Location", "")).query)
