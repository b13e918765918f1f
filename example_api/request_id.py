"""A middleware that numbers the answers, so that a customer can tell the support which one went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import uuid4

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Sync = Callable[[HttpRequest], HttpResponseBase]
    Async = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def request_id(get_response: Sync | Async) -> Sync | Async:
    """Send ``X-Request-Id``. Scripts on other origins see it because ``CORS_EXPOSE_HEADERS`` names it."""
    if iscoroutinefunction(get_response):
        get_awaitable = cast("Async", get_response)

        async def numbered_async(request: HttpRequest) -> HttpResponseBase:
            response = await get_awaitable(request)
            response["X-Request-Id"] = uuid4().hex
            return response

        return numbered_async

    get_answer = cast("Sync", get_response)

    def numbered(request: HttpRequest) -> HttpResponseBase:
        response = get_answer(request)
        response["X-Request-Id"] = uuid4().hex
        return response

    return numbered
