"""The pytest plugin: `pytest_plugins = ["drf_cors.testing.plugin"]` in `conftest.py`."""

from typing import Protocol, overload

import pytest
from django.test import AsyncClient, Client

from drf_cors.fetch_model.profiles import FETCH, Profile
from drf_cors.testing.browser import AsyncBrowser, Browser

__all__ = ["OpenBrowser", "cors_browser"]


class OpenBrowser(Protocol):
    """The type of the `cors_browser` fixture."""

    @overload
    def __call__(
        self,
        origin: str,
        client: Client | None = None,
        *,
        profile: Profile = ...,
        server: str = ...,
    ) -> Browser: ...
    @overload
    def __call__(
        self, origin: str, client: AsyncClient, *, profile: Profile = ..., server: str = ...
    ) -> AsyncBrowser: ...


@pytest.fixture
def cors_browser() -> OpenBrowser:
    """Open browsers: `cors_browser("https://shop.example")`, or an `AsyncBrowser`.

    The fixture needs no database. If the views need one, mark the test with `django_db`.
    """

    @overload
    def open_browser(
        origin: str, client: Client | None = None, *, profile: Profile = ..., server: str = ...
    ) -> Browser: ...
    @overload
    def open_browser(
        origin: str, client: AsyncClient, *, profile: Profile = ..., server: str = ...
    ) -> AsyncBrowser: ...
    def open_browser(
        origin: str,
        client: Client | AsyncClient | None = None,
        *,
        profile: Profile = FETCH,
        server: str = "http://testserver",
    ) -> Browser | AsyncBrowser:
        if isinstance(client, AsyncClient):
            return AsyncBrowser(origin, client, profile=profile, server=server)
        return Browser(origin, client, profile=profile, server=server)

    return open_browser
