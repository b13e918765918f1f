"""Middleware for the tests: what may stand above and below ours. Sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.utils.decorators import sync_and_async_middleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

SEEN: list[str] = []


def changing(change: Callable[[HttpRequest], HttpResponse | None]) -> Any:
    """Return middleware that lets `change` look at each request, and answer it."""

    @sync_and_async_middleware
    def middleware(get_response: Any) -> Any:
        if iscoroutinefunction(get_response):

            async def handle_async(request: HttpRequest) -> Any:
                return change(request) or await get_response(request)

            return handle_async

        def handle(request: HttpRequest) -> Any:
            return change(request) or get_response(request)

        return handle

    return middleware


@changing
def counting(request: HttpRequest) -> None:
    """Note every request that comes this far."""
    SEEN.append(f"{request.method} {request.path}")


@changing
def overriding_method(request: HttpRequest) -> None:
    """Take the method from a header."""
    request.method = request.headers.get("x-http-method-override", request.method)


@changing
def making_meta_anew(request: HttpRequest) -> None:
    """Keep of the request's META what a server and a browser put there, and nothing else."""
    request.META = {name: value for name, value in request.META.items() if name.isupper()}


@changing
def choosing_urlconf(request: HttpRequest) -> None:
    """Take the URLs of tenants from a module of their own."""
    if "x-tenant" in request.headers:
        request.urlconf = "tests.web.tenant_urls"


@changing
def refusing(request: HttpRequest) -> HttpResponse:
    """Answer before any view is reached."""
    return HttpResponse("no", status=403)


@changing
def redirecting(request: HttpRequest) -> HttpResponse:
    """Send visitors elsewhere before any view is reached."""
    return HttpResponse(status=302, headers={"Location": request.headers["x-redirect"]})


@changing
def raising(request: HttpRequest) -> None:
    """Fail before any view is reached."""
    raise RuntimeError("a fault of some middleware")
