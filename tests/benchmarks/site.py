"""The site that all contestants stand before: trivial views behind Django's own handler.

Each contestant is a middleware. What it costs is the time of a request through the handler, less the time through the
handler with a middleware that does nothing, measured in the same round.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import clear_url_caches, path

SHOP: Final = "https://shop.example"
STRANGER: Final = "https://stranger.example"

#: A plain site has that many routes; requests go to the one in the middle.
ROUTES: Final = 50
MIDDLE: Final = f"/route-{ROUTES // 2}/"

HERE: Final = __name__

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        CORS_ALLOWED_ORIGINS=[SHOP],
        MIDDLEWARE=[],
        ROOT_URLCONF=HERE,
        SECRET_KEY="benchmark",
    )
    django.setup()


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok")


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok")


def routes(view: Callable[..., Any] = page) -> list[Any]:
    from drf_cors import cors

    return [
        *(path(f"route-{number}/", view) for number in range(ROUTES)),
        path("own/", cors(allowed_origins=[SHOP])(view)),
    ]


urlpatterns: list[Any] = routes()


class Empty:
    """The middleware that all others are compared with."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        from asgiref.sync import iscoroutinefunction, markcoroutinefunction

        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)


class Minimal:
    """The least a correct middleware can do through Django's public names: one set of origins for the whole site."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.origins = frozenset(settings.CORS_ALLOWED_ORIGINS)

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        headers = response.headers
        headers["Vary"] = f"{headers['Vary']}, origin" if "Vary" in headers else "origin"
        origin = request.META.get("HTTP_ORIGIN")
        if origin in self.origins:
            headers["Access-Control-Allow-Origin"] = origin
        return response


CONTESTANTS: Final = {
    "empty": f"{HERE}.Empty",
    "minimal": f"{HERE}.Minimal",
    "django-cors-headers": "corsheaders.middleware.CorsMiddleware",
    "drf-cors": "drf_cors.middleware.CorsMiddleware",
}


@contextmanager
def standing(**changed: Any) -> Iterator[None]:
    """Change settings. django-cors-headers reads them on every request, so they must hold while it is measured."""
    with override_settings(**changed):
        clear_url_caches()
        yield
    clear_url_caches()


def handler(name: str, *, is_async: bool = False) -> Callable[[HttpRequest], Any]:
    """Return Django's handler with one contestant installed."""
    with override_settings(MIDDLEWARE=[CONTESTANTS[name]]):
        base = BaseHandler()
        base.load_middleware(is_async=is_async)
    return base.get_response_async if is_async else base.get_response


def requests(number: int, method: str, address: str, headers: dict[str, str]) -> list[HttpRequest]:
    """Return requests that no handler has seen."""
    extra = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return [
        WSGIRequest(
            {
                "HTTP_HOST": "api.example",
                "PATH_INFO": address,
                "REQUEST_METHOD": method,
                "SERVER_NAME": "api.example",
                "SERVER_PORT": "80",
                "wsgi.input": io.BytesIO(),
                "wsgi.url_scheme": "http",
                **extra,
            }
        )
        for _ in range(number)
    ]


def async_requests(number: int, method: str, address: str, headers: dict[str, str]) -> list[HttpRequest]:
    """Return the same for the asynchronous handler."""
    sent = {"host": "api.example", **headers}
    scope = {
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "http_version": "1.1",
        "method": method,
        "path": address,
        "query_string": b"",
        "scheme": "http",
        "server": ("api.example", 80),
        "type": "http",
    }
    return [ASGIRequest(scope, io.BytesIO()) for _ in range(number)]


GET: Final = ("GET", MIDDLE)
PREFLIGHT: Final = {
    "origin": SHOP,
    "access-control-request-method": "PUT",
    "access-control-request-headers": "content-type",
}

#: Name -> method, address, headers.
CASES: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "no Origin": (*GET, {}),
    "allowed GET": (*GET, {"origin": SHOP}),
    "blocked GET": (*GET, {"origin": STRANGER}),
    "preflight": ("OPTIONS", MIDDLE, PREFLIGHT),
    "allowed GET, own policy": ("GET", "/own/", {"origin": SHOP}),
}
