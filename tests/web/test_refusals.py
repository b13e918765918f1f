"""`cors_refused`: metrics are told of what the log tells, and can break nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from drf_cors import cors
from drf_cors.middleware import CorsMiddleware
from drf_cors.signals import cors_refused
from tests.tables import named_rows
from tests.web.conftest import CORS_ONLY, SHOP, STRANGER, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

FIELDS = ("reason", "view", "source", "method", "origin", "path")


@cors(allowed_origins=[SHOP], allow_methods=["GET"])
def orders(request: HttpRequest) -> HttpResponse:
    return HttpResponse("orders")


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper, routes: Routes) -> None:
    settings.MIDDLEWARE = CORS_ONLY
    settings.ALLOWED_HOSTS = ["testserver"]
    routes(path("orders/", orders))


@pytest.fixture
def connect() -> Iterator[Callable[..., None]]:
    connected: list[Any] = []

    def connect(receiver: Any, **more: Any) -> None:
        cors_refused.connect(receiver, weak=False, **more)
        connected.append(receiver)

    yield connect
    for receiver in connected:
        cors_refused.disconnect(receiver)
        cors_refused.disconnect(receiver, sender=CorsMiddleware)


@pytest.fixture(params=["sync", "async"])
def told(request: pytest.FixtureRequest, connect: Callable[..., None]) -> list[dict[str, Any]]:
    """What a receiver was told."""
    calls: list[dict[str, Any]] = []

    def receiver(**told: Any) -> None:
        calls.append(told)

    async def async_receiver(**told: Any) -> None:
        calls.append(told)

    connect(receiver if request.param == "sync" else async_receiver, sender=CorsMiddleware)
    return calls


def refused(reason: str, method: str, origin: str = STRANGER) -> dict[str, str]:
    return {
        "reason": reason,
        "view": "orders",
        "source": "@cors on orders",
        "method": repr(method),
        "origin": repr(origin),
        "path": "'/orders/'",
    }


@named_rows(
    "send, expected",
    {
        "a request": (lambda visitor: visitor.get("/orders/", origin=STRANGER), refused("origin-not-allowed", "GET")),
        "a preflight": (
            lambda visitor: visitor.preflight("/orders/", origin=STRANGER),
            refused("origin-not-allowed", "GET"),
        ),
        "a method": (lambda visitor: visitor.preflight("/orders/", "PUT"), refused("method-not-allowed", "PUT", SHOP)),
        "a header": (
            lambda visitor: visitor.preflight("/orders/", asks="x-evil"),
            refused("header-not-allowed", "GET", SHOP),
        ),
        "an origin that is none": (
            lambda visitor: visitor.get("/orders/", origin="no\r\norigin"),
            refused("origin-malformed", "GET", "no\r\norigin"),
        ),
    },
)
def test_a_refusal_is_told_with_the_fields_of_the_log(
    send: Callable[[Visitor], Any], expected: dict[str, str], visitor: Visitor, told: list[dict[str, Any]]
) -> None:
    answer = send(visitor)

    (call,) = told
    assert {name: call[name] for name in FIELDS} == expected
    assert set(call) == {*FIELDS, "signal", "sender", "request"}
    assert call["sender"] is CorsMiddleware
    assert call["request"].path == "/orders/"
    assert answer.status_code == 200


@named_rows(
    "send",
    {
        "allowed": lambda visitor: visitor.get("/orders/"),
        "no origin": lambda visitor: visitor.get("/orders/", origin=None),
        "an allowed preflight": lambda visitor: visitor.preflight("/orders/"),
        "its own origin": lambda visitor: visitor.get("/orders/", origin="http://testserver"),
        "same-origin by Fetch Metadata": lambda visitor: visitor.get(
            "/orders/", origin=STRANGER, headers={"sec-fetch-site": "same-origin"}
        ),
    },
)
def test_what_is_no_refusal_is_not_told(
    send: Callable[[Visitor], Any], visitor: Visitor, told: list[dict[str, Any]]
) -> None:
    send(visitor)

    assert told == []


def refuse(origin: str, request: HttpRequest) -> bool:
    return False


def test_a_refusal_by_a_callable_is_told(visitor: Visitor, told: list[dict[str, Any]], routes: Routes) -> None:
    routes(path("orders/", cors(is_origin_allowed=refuse)(lambda request: HttpResponse())))

    assert wire(visitor.get("/orders/", origin=STRANGER)) == {"Vary": "origin"}
    assert wire(visitor.preflight("/orders/", origin=STRANGER)) == {"Vary": "origin"}
    assert [call["reason"] for call in told] == ["origin-not-allowed"] * 2


def test_it_is_told_where_the_log_is_silent(visitor: Visitor, told: list[dict[str, Any]]) -> None:
    logger = logging.getLogger("drf_cors")
    logger.setLevel(logging.CRITICAL)
    try:
        visitor.get("/orders/", origin=STRANGER)
    finally:
        logger.setLevel(logging.NOTSET)

    assert [call["reason"] for call in told] == ["origin-not-allowed"]


class Unnamed:
    """A receiver without `__qualname__`, over which Django's own log stumbles."""

    def __call__(self, **_: Any) -> None:
        raise LookupError("no metrics today")


def fails(**_: Any) -> None:
    raise LookupError("no metrics today")


async def fails_async(**_: Any) -> None:
    raise LookupError("no metrics today")


@named_rows("receiver", {"sync": fails, "async": fails_async, "without a name": Unnamed()})
def test_a_receiver_that_fails_changes_nothing(
    receiver: Any, visitor: Visitor, connect: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    quiet = wire(visitor.get("/orders/", origin=STRANGER))
    connect(receiver)

    answer = visitor.get("/orders/", origin=STRANGER)

    assert answer.content == b"orders"
    assert wire(answer) == quiet == {"Vary": "origin"}
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert {record.name for record in errors} <= {"drf_cors", "django.dispatch"}
    assert len(errors) == 1
