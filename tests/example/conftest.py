"""Runs the example's URLs, middleware and settings inside the tests' own Django, with its data in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.test import AsyncClient, Client, override_settings
from rest_framework.settings import api_settings
from rest_framework.views import APIView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpResponse

BORROWED = (
    "CORS_",
    "CSRF_",
    "SESSION_",
    "MIDDLEWARE",
    "ROOT_URLCONF",
    "REST_FRAMEWORK",
)


class Send(Protocol):
    """Sends one request through the whole stack."""

    client: Client | AsyncClient

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: str = "") -> HttpResponse: ...


@pytest.fixture(scope="module", autouse=True)
def example_settings() -> Iterator[None]:
    from example_api import settings as example

    borrowed = {name: value for name, value in vars(example).items() if name.startswith(BORROWED)}
    with override_settings(**borrowed), pytest.MonkeyPatch.context() as patch:
        # DRF reads these two when rest_framework.views is imported, and some test may have been earlier.
        patch.setattr(APIView, "authentication_classes", api_settings.DEFAULT_AUTHENTICATION_CLASSES)
        patch.setattr(APIView, "permission_classes", api_settings.DEFAULT_PERMISSION_CLASSES)
        patch.setattr(APIView, "parser_classes", api_settings.DEFAULT_PARSER_CLASSES)
        patch.setattr(APIView, "renderer_classes", api_settings.DEFAULT_RENDERER_CLASSES)
        yield


@pytest.fixture
def shop(db: None) -> None:
    call_command("seed", verbosity=0)


@pytest.fixture(params=["wsgi", "asgi"])
def send(request: pytest.FixtureRequest, shop: None) -> Send:
    if request.param == "wsgi":
        return SyncSend(Client())
    return AsyncSend(AsyncClient())


class SyncSend:
    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: str = "") -> Any:
        return self.client.generic(method, path, body, "application/json", headers=headers)


class AsyncSend:
    def __init__(self, client: AsyncClient) -> None:
        self.client = client

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: str = "") -> Any:
        return async_to_sync(self.request)(method, path, headers, body)

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: str) -> Any:
        return await self.client.generic(method, path, body, "application/json", headers=headers)
