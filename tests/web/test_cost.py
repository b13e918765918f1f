"""What a request may cost, counted in look-ups, writes and tries. How long they take, `make bench` says."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.urls import path, resolve
from django.views import View

from drf_cors import CorsPolicy, CorsPolicyMixin, cors, resolver
from drf_cors.middleware import CorsMiddleware
from drf_cors.signals import check_request_enabled
from drf_cors.testing import Browser
from drf_cors.view_layers import UrlName
from tests.tables import named_rows
from tests.web.conftest import PARTNER, SHOP, STRANGER

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


class Counted(NamedTuple):
    """What is counted while a request passes the middleware, the view left out."""

    resolutions: int = 0
    look_ups: int = 0
    merges: int = 0
    writes: int = 0
    regex_tries: int = 0
    hops: int = 0


NAMES = {
    "Resolver.find_path": "resolutions",
    "Resolver.for_match": "look_ups",
    "Resolver._merge": "merges",
    "ResponseHeaders.__setitem__": "writes",
    "SyncToAsync.__call__": "hops",
}


class Meter:
    """Counts calls by `sys.setprofile`, which coverage does not use."""

    def __init__(self, regex: re.Pattern[str] | None = None) -> None:
        self.regex = regex
        self.calls: Counter[str] = Counter()
        self.python_calls = 0

    def _see(self, frame: Any, event: str, arg: Any) -> None:  # pragma: no cover - a profiler is not traced
        if event == "call":
            self.python_calls += 1
            holder = type(frame.f_locals.get("self")).__name__
            self.calls[NAMES.get(f"{holder}.{frame.f_code.co_name}", "")] += 1
        elif event == "c_call" and self.regex is not None and getattr(arg, "__self__", None) is self.regex:
            self.calls["regex_tries"] += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        before = sys.getprofile()
        gc.disable()  # what other tests have left behind is not taken away in the midst of this one
        sys.setprofile(self._see)
        try:
            yield
        finally:
            sys.setprofile(before)
            gc.enable()

    def counted(self) -> Counted:
        return Counted(**{name: self.calls[name] for name in Counted._fields})


def measure(
    send: dict[str, Any], *, is_async: bool = False, regex: re.Pattern[str] | None = None
) -> tuple[Meter, HttpResponse]:
    """Send a request through the middleware twice, and count at the second: the first merges the policies."""
    meters = [Meter(), Meter(regex)]
    for meter in meters:
        response = _pass(meter, is_async=is_async, **send)
    return meters[-1], response


def _pass(
    meter: Meter, *, is_async: bool, method: str = "GET", address: str = "/", headers: dict[str, str] | None = None
) -> HttpResponse:
    factory: Any = AsyncRequestFactory() if is_async else RequestFactory()
    request = factory.generic(method, address, headers=headers or {})
    answer = HttpResponse("page")

    def below(request: HttpRequest) -> HttpResponse:
        request.resolver_match = match
        return answer

    async def async_below(request: HttpRequest) -> HttpResponse:
        return below(request)

    match = resolve(address)
    middleware: Any = CorsMiddleware(async_below if is_async else below)
    if is_async:
        return asyncio.run(_run(meter, middleware, request))
    with meter.running():
        return middleware(request)


async def _run(meter: Meter, middleware: Any, request: HttpRequest) -> HttpResponse:
    with meter.running():
        return await middleware(request)


def actual(origin: str | None = SHOP, **more: Any) -> dict[str, Any]:
    return {"headers": {} if origin is None else {"origin": origin}, **more}


def preflight(origin: str = SHOP, **more: Any) -> dict[str, Any]:
    asking = {"access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
    return {"method": "OPTIONS", "headers": {"origin": origin, **asking}, **more}


#: Content-Type, which Django checks. All other headers are written without a check.
OF_A_PREFLIGHT = 1

KINDS = {
    "without an origin": (actual(None), Counted()),
    "allowed": (actual(), Counted()),
    "blocked": (actual(STRANGER), Counted()),
    "malformed": (actual("]"), Counted()),
    "under its own policy": (actual(PARTNER, address="/own"), Counted()),
    "an OPTIONS that asks nothing": (actual(method="OPTIONS"), Counted()),
    "a preflight": (preflight(), Counted(resolutions=1, look_ups=1, writes=OF_A_PREFLIGHT)),
    "a refused preflight": (preflight(STRANGER), Counted(resolutions=1, look_ups=1, writes=OF_A_PREFLIGHT)),
}


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper, routes: Routes) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    routes(path("", page), path("own", cors(allowed_origins=[PARTNER])(page)))


@named_rows("is_async", {"sync": False, "async": True})
@named_rows("sent, expected", KINDS)
def test_each_kind_of_request_costs_this_and_no_more(
    sent: dict[str, Any], expected: Counted, *, is_async: bool
) -> None:
    meter, _ = measure(sent, is_async=is_async)

    assert meter.counted() == expected


@named_rows("sent", [(name, sent) for name, (sent, _) in KINDS.items()])
def test_no_setting_is_read(sent: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    measure(sent)
    plain = object.__getattribute__

    def spy(self: LazySettings, name: str) -> Any:
        read.append(name)
        return plain(self, name)

    middleware = CorsMiddleware(lambda request: HttpResponse("page", content_type="text/plain"))
    resolver.current()
    request = RequestFactory().generic(sent.get("method", "GET"), sent.get("address", "/"), headers=sent["headers"])
    request.resolver_match = resolve(sent.get("address", "/"))
    monkeypatch.setattr(LazySettings, "__getattribute__", spy)
    middleware(request)
    monkeypatch.undo()

    # What Django reads for any response, and when it resolves a URL. The names of ours begin with CORS_.
    assert set(read) <= {"DEFAULT_CHARSET", "USE_I18N"}


REGEX = re.compile(r"https://.*\.regex\.example")

TRIES = {
    "an exact origin": (SHOP, 0),
    "a subdomain that a pattern admits": ("https://eu.pattern.example", 0),
    "any port that a pattern admits": ("http://localhost:3000", 0),
    "one that the expression has admitted before": ("https://a.regex.example", 0),
    "one that nothing admits": (STRANGER, 1),
    "a malformed one": ("https://]", 0),
    "an opaque one": ("null", 0),
}


@named_rows("origin, tries", TRIES)
def test_regular_expressions_are_tried_last(origin: str, tries: int, settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP, "https://*.pattern.example", "http://localhost:*"]
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [REGEX]
    meter, _ = measure(actual(origin), regex=REGEX)

    assert meter.calls["regex_tries"] == tries


def named(count: int) -> list[str]:
    return [f"https://site-{number}.example" for number in range(count)]


def with_origins(count: int, settings: SettingsWrapper, routes: Routes) -> None:
    settings.CORS_ALLOWED_ORIGINS = [*named(count), SHOP]


def with_patterns(count: int, settings: SettingsWrapper, routes: Routes) -> None:
    patterns = [origin.replace("://", "://*.") for origin in named(count)]
    settings.CORS_ALLOWED_ORIGINS = [*patterns, "https://*.example.com", SHOP]


def with_routes(count: int, settings: SettingsWrapper, routes: Routes) -> None:
    several = [path(f"{number}", cors(allowed_origins=[origin])(page)) for number, origin in enumerate(named(count))]
    routes(path("", page), path("own", cors(allowed_origins=[PARTNER])(page)), *several)


def with_named_policies(count: int, settings: SettingsWrapper, routes: Routes) -> None:
    settings.CORS_POLICIES = {origin: {"allowed_origins": [origin]} for origin in named(count)}


def with_classes(count: int, settings: SettingsWrapper, routes: Routes) -> None:
    view: type[View] = type("Base", (CorsPolicyMixin, View), {"get": lambda self, request: page(request)})
    for number in range(min(count, 100)):  # Python itself allows no deep ancestry
        view = type(f"Child{number}", (view,), {"cors_policy": cors_policy()})
    routes(path("", view.as_view()), path("own", view.as_view()))


def cors_policy() -> Any:
    return CorsPolicy(allowed_origins=[SHOP, PARTNER])


GROWING = {
    "origins": with_origins,
    "patterns": with_patterns,
    "routes": with_routes,
    "named policies": with_named_policies,
    "classes": with_classes,
}


@pytest.mark.parametrize("sent", [actual(), actual(STRANGER), actual(None), preflight()], ids=str)
@named_rows("grow", GROWING)
def test_nothing_grows(
    grow: Callable[[int, Any, Any], None], sent: dict[str, Any], settings: SettingsWrapper, routes: Routes
) -> None:
    calls = []
    for count in (1, 1_000):
        grow(count, settings, routes)
        meter, _ = measure(sent)
        # Django itself tries one route after the other.
        calls.append(meter.counted() if grow is with_routes and "method" in sent else meter.python_calls)

    assert calls[0] == calls[1]


@pytest.mark.parametrize("receiver", ["sync", "async"])
def test_only_sync_code_of_the_project_costs_a_thread(receiver: str) -> None:
    def allow(sender: object, request: HttpRequest, **_: object) -> bool:
        return True

    async def allow_async(sender: object, request: HttpRequest, **_: object) -> bool:
        return True

    connected = allow if receiver == "sync" else allow_async
    check_request_enabled.connect(connected)
    try:
        meter, response = measure(actual(STRANGER), is_async=True)
    finally:
        check_request_enabled.disconnect(connected)

    assert response["Access-Control-Allow-Origin"] == STRANGER
    assert (meter.counted().hops > 0) is (receiver == "sync")


def test_a_urlconf_per_request_is_not_remembered(settings: SettingsWrapper) -> None:
    remembered = len(resolver.current()._views)
    for _ in range(20):
        view = cors(allowed_origins=[SHOP])(partial(page))
        for_view = resolver.current().for_callback
        assert for_view(view, UrlName(), is_covered=True).declares
        del view

    assert len(resolver.current()._views) == len(resolver.current()._alive) == remembered


class Apart(CorsPolicyMixin, View):
    """Everybody may read, the shop may write with credentials."""

    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_credentials=True)

    @cors(allow_all_origins=True)
    def get(self, request: HttpRequest) -> HttpResponse:
        return page(request)

    put = delete = lambda self, request: page(request)


class Aligned(Apart):
    """The same, but whoever writes with credentials may also read with them."""

    @cors(allow_all_origins=True, allow_credentials=[SHOP])
    def get(self, request: HttpRequest) -> HttpResponse:
        return page(request)


@named_rows("view, preflights", {"apart": (Apart, 20), "aligned": (Aligned, 1)})
def test_preflights_of_a_browsing_session(view: type[View], preflights: int, routes: Routes) -> None:
    """`drf_cors.I002` advises to align the policies of one URL: their preflights are then kept."""
    routes(path("orders", view.as_view()))
    browser = Browser(SHOP, Client())
    for _ in range(10):
        browser.fetch("/orders")
        browser.fetch("/orders", method="PUT", json={}, credentials="include")
        browser.fetch("/orders", method="DELETE", json={}, credentials="include")

    assert [exchange.kind for exchange in browser.log].count("preflight") == preflights
