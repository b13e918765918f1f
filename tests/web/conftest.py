"""What the tests of this folder speak in: `wire` reads an answer, `visitor` is a browser's network stack.

Every test that takes `visitor` runs twice, over WSGI and over ASGI; it never sees the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from django.utils import translation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http.response import HttpResponseBase
    from django.urls import URLPattern, URLResolver
    from pytest_django.fixtures import SettingsWrapper

    Routes = Callable[..., None]

SHOP = "https://shop.example"
PARTNER = "https://partner.example"
STRANGER = "https://stranger.example"

CORS_ONLY = ["drf_cors.middleware.CorsMiddleware"]


def wire(response: HttpResponseBase) -> dict[str, str]:
    """Return all that CORS is about in an answer: every Access-Control-* header, and Vary."""
    return {
        name: value
        for name, value in response.headers.items()
        if name.lower().startswith("access-control-") or name.lower() == "vary"
    }


class Visitor:
    """Sends requests as a browser on some origin would, through Django's test client."""

    def __init__(self, client: Client | AsyncClient) -> None:
        self.client = client
        self.is_async = isinstance(client, AsyncClient)

    def send(
        self,
        method: str,
        path: str,
        *,
        origin: str | None = SHOP,
        headers: dict[str, str] | None = None,
        body: str = "",
    ) -> Any:
        sent = dict(headers or {})
        if origin is not None:
            sent["origin"] = origin

        def start() -> Any:
            return self.client.generic(method, path, body, "application/json", headers=sent)

        async def run() -> Any:
            return await start()

        return async_to_sync(run)() if self.is_async else start()

    def get(self, path: str, **more: Any) -> Any:
        return self.send("GET", path, **more)

    def preflight(
        self,
        path: str,
        method: str = "GET",
        *,
        asks: str | None = None,
        origin: str | None = SHOP,
        headers: dict[str, str] | None = None,
    ) -> Any:
        sent = {**(headers or {}), "access-control-request-method": method}
        if asks is not None:
            sent["access-control-request-headers"] = asks
        return self.send("OPTIONS", path, origin=origin, headers=sent)


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Leave no language behind: `LocaleMiddleware` sets that of the thread."""
    yield
    translation.deactivate()


@pytest.fixture(params=["wsgi", "asgi"])
def visitor(request: pytest.FixtureRequest) -> Visitor:
    return Visitor(Client() if request.param == "wsgi" else AsyncClient())


@pytest.fixture
def routes(settings: SettingsWrapper) -> Routes:
    """Make the given patterns the site's URLs."""

    def use(*patterns: URLPattern | URLResolver) -> None:
        settings.ROOT_URLCONF = patterns

    return use
