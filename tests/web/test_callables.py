"""The project's own code in a verdict: `is_origin_allowed`, and receivers of `check_request_enabled`."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path
from django.utils.asyncio import async_unsafe
from django.views import View

from drf_cors import INHERITED, NO_CORS, CorsPolicy, cors
from drf_cors.signals import check_request_enabled
from tests.tables import named_rows
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP, STRANGER, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

ADMITTED = {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"}
REFUSED = {"Vary": "origin"}

#: Origins that nobody is asked about.
UNASKED = [None, "null", "file://", "", "]", f"{SHOP}/", "https://Shop.example", f"{SHOP}:443", "shop.example"]


@pytest.fixture(autouse=True)
def bare_site(settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = CORS_ONLY


class Test:
    """An `is_origin_allowed` that notes whom it was asked about."""

    __test__ = False  # pytest would collect it by its name

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked: list[tuple[str, HttpRequest]] = []

    def __call__(self, origin: str, request: HttpRequest) -> Any:
        self.asked.append((origin, request))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class AsyncTest(Test):
    """The same as a coroutine."""

    async def __call__(self, origin: str, request: HttpRequest) -> Any:
        return super().__call__(origin, request)


def as_function(test: Test) -> Callable[[str, HttpRequest], Any]:
    def is_origin_allowed(origin: str, request: HttpRequest) -> Any:
        return test(origin, request)

    return is_origin_allowed


def as_async_function(test: Test) -> Callable[[str, HttpRequest], Any]:
    async def is_origin_allowed(origin: str, request: HttpRequest) -> Any:
        return test(origin, request)

    return is_origin_allowed


def as_object(test: Test) -> Test:
    return test


def as_async_object(test: Test) -> Test:
    awaited = AsyncTest(test.answer)
    awaited.asked = test.asked
    return awaited


def as_function_that_returns_an_awaitable(test: Test) -> Callable[[str, HttpRequest], Any]:
    awaited = as_async_function(test)

    def is_origin_allowed(origin: str, request: HttpRequest) -> Any:
        return awaited(origin, request)

    return is_origin_allowed


KINDS = [as_function, as_async_function, as_object, as_async_object, as_function_that_returns_an_awaitable]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Callable[[Test], Any]:
    """A way to write an `is_origin_allowed`."""
    return request.param


def page(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse("page")


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


# is_origin_allowed


def test_true_admits_and_each_request_asks_once(kind: Callable[[Test], Any], routes: Routes, visitor: Visitor) -> None:
    test = Test(True)
    routes(path("", cors(is_origin_allowed=kind(test), allow_credentials=True)(page)))
    preflight = visitor.preflight("/", "PUT")
    assert [origin for origin, _ in test.asked] == [SHOP]
    response = visitor.get("/")
    assert [origin for origin, _ in test.asked] == [SHOP, SHOP]

    assert preflight["Access-Control-Allow-Origin"] == SHOP
    assert preflight["Access-Control-Allow-Credentials"] == "true"
    assert wire(response) == {**ADMITTED, "Access-Control-Allow-Credentials": "true"}


@pytest.mark.parametrize(
    "answer", [False, None, 0, 1, "yes", [SHOP], pytest.param(object(), id="an object"), HttpResponse()], ids=repr
)
def test_anything_but_true_refuses(
    answer: object, kind: Callable[[Test], Any], routes: Routes, visitor: Visitor
) -> None:
    test = Test(answer)
    routes(path("", cors(is_origin_allowed=kind(test))(page)))

    assert wire(visitor.preflight("/")) == wire(visitor.get("/")) == REFUSED
    assert len(test.asked) == 2


def test_an_exception_refuses_is_logged_with_its_traceback_and_the_request_is_served(
    kind: Callable[[Test], Any], routes: Routes, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    fault = LookupError("no database today")
    routes(path("", cors(is_origin_allowed=kind(Test(fault)))(page)))
    preflight, response = visitor.preflight("/"), visitor.get("/")

    assert preflight.status_code == response.status_code == 200
    assert response.content == b"page"
    assert wire(preflight) == wire(response) == REFUSED
    assert len(errors(caplog)) == 2
    for record in errors(caplog):
        assert record.name == "drf_cors"
        assert record.exc_info is not None
        assert record.exc_info[1] is fault
        assert fault.__traceback__ is not None
        assert record.reason == "callable-failed"
        assert record.origin == repr(SHOP)


@pytest.mark.parametrize("origin", UNASKED)
def test_nobody_is_asked_about_what_is_no_origin(
    origin: str | None, kind: Callable[[Test], Any], routes: Routes, visitor: Visitor
) -> None:
    test = Test(True)
    routes(path("", cors(is_origin_allowed=kind(test))(page)))

    assert wire(visitor.get("/", origin=origin)) == REFUSED
    assert not [name for name in wire(visitor.preflight("/", origin=origin)) if name != "Vary"]
    assert test.asked == []


def test_origins_in_the_lists_need_no_asking(routes: Routes, visitor: Visitor) -> None:
    test = Test(False)
    policy = CorsPolicy(
        allowed_origins=[SHOP, "https://*.partner.example"],
        allowed_origin_regexes=[r"https://pr-\d+\.example"],
        is_origin_allowed=test,
    )
    routes(path("", cors(policy)(page)))

    for origin in (SHOP, "https://eu.partner.example", "https://pr-7.example"):
        assert visitor.get("/", origin=origin)["Access-Control-Allow-Origin"] == origin
    assert test.asked == []
    assert wire(visitor.get("/", origin=STRANGER)) == REFUSED
    assert len(test.asked) == 1


def test_a_callable_may_be_unhashable(routes: Routes, visitor: Visitor) -> None:
    @dataclass
    class Listed:
        origins: list[str]

        def __call__(self, origin: str, request: HttpRequest) -> bool:
            return origin in self.origins

    @cors(is_origin_allowed=Listed([SHOP]))
    class Asking(View):
        @cors(allowed_origins=[INHERITED], is_origin_allowed=Listed([PARTNER]))
        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

    routes(path("", Asking.as_view()))

    assert wire(visitor.get("/")) == ADMITTED
    assert visitor.get("/", origin=PARTNER)["Access-Control-Allow-Origin"] == PARTNER
    assert wire(visitor.get("/", origin=STRANGER)) == REFUSED


def test_the_callable_decides_for_its_own_method_only(routes: Routes, visitor: Visitor) -> None:
    for_get, for_put = Test(True), Test(True)

    class Two(View):
        @cors(is_origin_allowed=for_get)
        def get(self, request: HttpRequest) -> HttpResponse: ...

        @cors(is_origin_allowed=for_put)
        def put(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

    routes(path("", Two.as_view()))
    visitor.preflight("/", "PUT")
    visitor.send("PUT", "/")

    assert for_get.asked == []
    assert len(for_put.asked) == 2


def test_the_callable_sees_which_view_is_meant(kind: Callable[[Test], Any], routes: Routes, visitor: Visitor) -> None:
    test = Test(True)
    view = cors(is_origin_allowed=kind(test))(page)
    routes(path("tenants/", include(([path("<slug:tenant>", view, name="page")], "shops"))))
    visitor.preflight("/tenants/acme")
    visitor.get("/tenants/acme")

    for _, request in test.asked:
        assert request.resolver_match.view_name == "shops:page"
        assert request.resolver_match.kwargs == {"tenant": "acme"}


def test_inherited_callables_are_asked_until_one_says_true(routes: Routes, visitor: Visitor) -> None:
    first, second, third = Test(False), Test(True), Test(True)

    @cors(is_origin_allowed=first)
    class Parent(View):
        pass

    @cors(allowed_origins=[INHERITED], is_origin_allowed=second)
    class Child(Parent):
        @cors(allowed_origins=[INHERITED], is_origin_allowed=third)
        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

    routes(path("", Child.as_view()))

    assert wire(visitor.get("/")) == ADMITTED
    assert [len(test.asked) for test in (first, second, third)] == [1, 1, 0]


def test_a_request_whose_method_is_overridden_asks_each_callable_once(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    test = Test(True)

    @cors(is_origin_allowed=test)
    class Overridden(View):
        def put(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

        @cors(allow_headers=["x-other"])
        def post(self, request: HttpRequest) -> HttpResponse: ...

    settings.MIDDLEWARE = [*CORS_ONLY, "tests.web.below.overriding_method"]
    routes(path("", Overridden.as_view()))

    assert wire(visitor.send("POST", "/", headers={"x-http-method-override": "PUT"})) == ADMITTED
    assert len(test.asked) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("is_async", [False, True])
def test_the_callable_may_use_the_database(is_async: bool, routes: Routes, visitor: Visitor) -> None:
    from django.contrib.auth.models import User

    User.objects.create(username=SHOP)

    def known(origin: str, request: HttpRequest) -> bool:
        return User.objects.filter(username=origin).exists()

    async def known_async(origin: str, request: HttpRequest) -> bool:
        return await User.objects.filter(username=origin).aexists()

    routes(path("", cors(is_origin_allowed=known_async if is_async else known)(page)))

    assert wire(visitor.get("/")) == ADMITTED
    assert wire(visitor.get("/", origin=STRANGER)) == REFUSED


# Threads and loops


class Here:
    """Where something ran."""

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.loops: list[object] = []

    def note(self) -> None:
        self.threads.append(threading.get_ident())
        try:
            self.loops.append(asyncio.get_running_loop())
        except RuntimeError:
            self.loops.append(None)


async def page_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def run_async(visit: Callable[[AsyncClient], Any]) -> tuple[int, object]:
    """Run `visit` in an event loop on another thread; return which thread and which loop those were."""
    found: list[Any] = []

    async def main() -> None:
        found.extend((threading.get_ident(), asyncio.get_running_loop()))
        await visit(AsyncClient())

    def run() -> None:
        asyncio.run(main())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0], found[1]


PREFLIGHT = {"origin": SHOP, "access-control-request-method": "GET"}


def test_an_async_callable_runs_in_the_servers_own_loop_and_thread(routes: Routes) -> None:
    here = Here()

    async def is_origin_allowed(origin: str, request: HttpRequest) -> bool:
        here.note()
        return True

    class Asked:
        async def __call__(self, origin: str, request: HttpRequest) -> bool:
            here.note()
            return True

    routes(
        path("function", cors(is_origin_allowed=is_origin_allowed)(page_async)),
        path("object", cors(is_origin_allowed=Asked())(page_async)),
    )

    async def visit(client: AsyncClient) -> None:
        for address in ("/function", "/object"):
            await client.options(address, headers=PREFLIGHT)
            await client.get(address, headers={"origin": SHOP})

    thread, loop = run_async(visit)

    assert here.threads == [thread] * 4
    assert here.loops == [loop] * 4


def test_a_sync_callable_does_not_block_the_loop(routes: Routes) -> None:
    here = Here()

    def is_origin_allowed(origin: str, request: HttpRequest) -> bool:
        here.note()
        return True

    routes(path("", cors(is_origin_allowed=is_origin_allowed)(page_async)))

    async def visit(client: AsyncClient) -> None:
        await client.options("/", headers=PREFLIGHT)
        await client.get("/", headers={"origin": SHOP})

    thread, _ = run_async(visit)

    assert thread not in here.threads
    assert here.loops == [None] * 2


def test_requests_that_need_no_asking_start_no_thread(routes: Routes, monkeypatch: pytest.MonkeyPatch) -> None:
    from drf_cors import callables

    monkeypatch.delattr(callables, "sync_to_async")
    routes(path("", cors(allowed_origins=[SHOP])(page_async)))

    async def visit(client: AsyncClient) -> None:
        assert wire(await client.get("/", headers={"origin": SHOP})) == ADMITTED
        assert wire(await client.get("/", headers={"origin": STRANGER})) == REFUSED

    run_async(visit)


def test_concurrent_requests_are_judged_apart(routes: Routes) -> None:
    async def is_origin_allowed(origin: str, request: HttpRequest) -> bool:
        await asyncio.sleep(0.01 if origin == SHOP else 0)
        return origin == SHOP

    routes(path("", cors(is_origin_allowed=is_origin_allowed)(page_async)))
    answers: list[Any] = []

    async def visit(client: AsyncClient) -> None:
        answers.extend(
            await asyncio.gather(*(client.get("/", headers={"origin": origin}) for origin in (SHOP, STRANGER) * 10))
        )

    run_async(visit)

    assert [wire(answer) for answer in answers] == [ADMITTED, REFUSED] * 10


# check_request_enabled


class Receiver:
    """A receiver that notes what it was asked about."""

    def __init__(self, answer: object = True) -> None:
        self.answer = answer
        self.asked: list[HttpRequest] = []

    def __call__(self, sender: object, request: HttpRequest, **_: Any) -> Any:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def connect() -> Iterator[Callable[[Any], Any]]:
    connected = []

    def do(receiver: Any) -> Any:
        check_request_enabled.connect(receiver)
        connected.append(receiver)
        return receiver

    yield do
    for receiver in connected:
        check_request_enabled.disconnect(receiver)


def as_sync_receiver(receiver: Receiver) -> Callable[..., Any]:
    def handler(sender: object, request: HttpRequest, **_: Any) -> Any:
        return receiver(sender, request)

    return handler


def as_async_receiver(receiver: Receiver) -> Callable[..., Any]:
    async def handler(sender: object, request: HttpRequest, **_: Any) -> Any:
        return receiver(sender, request)

    return handler


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("answer", [True, 1, "yes", [SHOP], pytest.param(object(), id="an object")], ids=repr)
def test_a_truthy_receiver_admits_and_is_asked_once(
    answer: object,
    is_async: bool,
    routes: Routes,
    visitor: Visitor,
    connect: Callable[[Any], Any],
) -> None:
    receiver = Receiver(answer)
    connect(as_async_receiver(receiver) if is_async else receiver)
    routes(path("", page))
    preflight = visitor.preflight("/", "PUT")
    assert len(receiver.asked) == 1
    response = visitor.get("/")
    assert len(receiver.asked) == 2

    assert preflight["Access-Control-Allow-Origin"] == SHOP
    assert "PUT" in preflight["Access-Control-Allow-Methods"]
    assert wire(response) == ADMITTED


@pytest.mark.parametrize("answer", [False, None, 0, "", [], ValueError("returned, not raised")], ids=repr)
def test_a_receiver_that_says_no_refuses(
    answer: object, routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]
) -> None:
    def receiver(sender: object, request: HttpRequest, **_: Any) -> object:
        return answer

    connect(receiver)
    routes(path("", page))

    assert wire(visitor.preflight("/")) == wire(visitor.get("/")) == REFUSED


class Awaitable:
    """Not a coroutine: nothing to close."""

    def __await__(self) -> Any: ...


async def forgotten() -> bool: ...


@pytest.mark.parametrize("answer", [forgotten, Awaitable])
def test_a_receiver_that_returns_an_awaitable_refuses(
    answer: Callable[[], object], routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]
) -> None:
    def receiver(sender: object, request: HttpRequest, **_: Any) -> object:
        return answer()

    connect(receiver)
    routes(path("", page))

    assert wire(visitor.preflight("/")) == wire(visitor.get("/")) == REFUSED


@pytest.mark.parametrize("is_async", [False, True])
def test_a_failing_receiver_refuses_is_logged_and_the_next_is_asked(
    is_async: bool,
    routes: Routes,
    visitor: Visitor,
    connect: Callable[[Any], Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fault = LookupError("no database today")
    failing, fine = Receiver(fault), Receiver(False)
    connect(as_async_receiver(failing) if is_async else as_sync_receiver(failing))
    connect(fine)
    routes(path("", page))

    assert wire(visitor.get("/")) == REFUSED
    assert len(fine.asked) == 1
    (record,) = [record for record in errors(caplog) if record.name == "drf_cors"]
    assert record.exc_info is not None
    assert record.exc_info[1] is fault

    fine.answer = True
    assert wire(visitor.get("/")) == ADMITTED


class Found:
    """An answer like a query set: whether it is true is asked of a database, which async code must not do."""

    def __init__(self, found: bool | Exception) -> None:
        self.found = found

    def __bool__(self) -> bool:
        if isinstance(self.found, Exception):
            raise self.found
        return async_unsafe(lambda: self.found)()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("found", "expected"), [(True, ADMITTED), (False, REFUSED), (LookupError("no"), REFUSED)])
def test_an_answer_may_be_a_query(
    is_async: bool,
    found: bool | Exception,
    expected: dict[str, str],
    routes: Routes,
    visitor: Visitor,
    connect: Callable[[Any], Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = Receiver(Found(found))
    connect(as_async_receiver(receiver) if is_async else as_sync_receiver(receiver))
    routes(path("", page))

    answer = visitor.get("/")
    assert answer.content == b"page"
    assert wire(answer) == expected
    assert len(errors(caplog)) == isinstance(found, Exception)


def test_a_failing_receiver_without_a_name_refuses_and_is_logged(
    routes: Routes, visitor: Visitor, connect: Callable[[Any], Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Django cannot name it in its own log, and raises in turn."""
    fault = LookupError("no database today")
    connect(Receiver(fault))
    routes(path("", page))

    assert wire(visitor.get("/")) == REFUSED
    (record,) = [record for record in errors(caplog) if record.name == "drf_cors"]
    assert record.exc_info is not None
    assert fault in (record.exc_info[1], record.exc_info[1].__context__)


@named_rows(
    "policy",
    {
        "origins": CorsPolicy(allowed_origins=[PARTNER]),
        "nobody": NO_CORS,
        "only HOW": CorsPolicy(preflight_max_age=5),
        "a callable": CorsPolicy(is_origin_allowed=Test(False)),
        "an unknown name": "no-such-policy",
    },
)
def test_a_view_that_declares_is_never_opened_by_a_receiver(
    policy: Any, routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]
) -> None:
    receiver = connect(Receiver())
    routes(path("", cors(policy)(page)))

    assert wire(visitor.get("/")) == REFUSED
    assert "Access-Control-Allow-Origin" not in visitor.preflight("/").headers
    assert receiver.asked == []


def test_one_marked_method_makes_the_view_a_declaring_one(
    routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]
) -> None:
    class Partly(View):
        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

        @cors(NO_CORS)
        def post(self, request: HttpRequest) -> HttpResponse: ...

    receiver = connect(Receiver())
    routes(path("", Partly.as_view()))

    assert wire(visitor.get("/")) == REFUSED
    assert receiver.asked == []


@pytest.mark.parametrize("origin", UNASKED)
def test_receivers_are_not_asked_about_what_is_no_origin(
    origin: str | None, routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]
) -> None:
    receiver = connect(Receiver())
    routes(path("", page))

    assert wire(visitor.get("/", origin=origin)) == REFUSED
    assert not [name for name in wire(visitor.preflight("/", origin=origin)) if name != "Vary"]
    assert receiver.asked == []


@pytest.mark.parametrize(
    ("origin", "headers"), [("http://testserver", {}), (STRANGER, {"sec-fetch-site": "same-origin"})]
)
def test_receivers_are_not_asked_about_same_origin_requests(
    origin: str,
    headers: dict[str, str],
    routes: Routes,
    visitor: Visitor,
    connect: Callable[[Any], Any],
) -> None:
    receiver = connect(Receiver())
    routes(path("", page))

    assert wire(visitor.send("POST", "/", origin=origin, headers=headers)) == REFUSED
    assert receiver.asked == []


def test_receivers_are_not_asked_where_the_settings_admit(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, connect: Callable[[Any], Any]
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    receiver = connect(Receiver(False))
    routes(path("", page))

    assert wire(visitor.get("/")) == ADMITTED
    assert receiver.asked == []


def test_a_receiver_opens_a_url_that_the_regex_leaves_out(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, connect: Callable[[Any], Any]
) -> None:
    settings.CORS_URLS_REGEX = r"^/api/"
    settings.CORS_ALLOW_CREDENTIALS = True
    settings.CORS_EXPOSE_HEADERS = ["x-told"]
    receiver = connect(Receiver())
    routes(path("", page))

    assert wire(visitor.get("/")) == {
        **ADMITTED,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "x-told",
    }
    assert visitor.preflight("/").content == b""
    receiver.answer = False
    assert wire(visitor.get("/")) == {}
    assert visitor.preflight("/").content == b"page"


def test_an_ungoverned_preflight_asks_receivers_for_the_preflight_and_the_answer_at_most_once_each(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, connect: Callable[[Any], Any]
) -> None:
    settings.CORS_URLS_REGEX = r"^/api/"
    receiver = connect(Receiver(False))
    routes(path("", page))
    visitor.preflight("/")

    assert len(receiver.asked) == 1


def test_a_receiver_admits_an_origin_not_every_method_and_header(
    routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]
) -> None:
    connect(Receiver())
    routes(path("", page))

    assert wire(visitor.send("BREW", "/")) == REFUSED
    assert "BREW" not in visitor.preflight("/", "BREW")["Access-Control-Allow-Methods"]
    assert "x-unknown" not in visitor.preflight("/", asks="x-unknown")["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origins", [[], [PARTNER]])
def test_receivers_admit_with_the_credentials_of_the_settings(
    origins: list[str],
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    connect: Callable[[Any], Any],
) -> None:
    settings.CORS_ALLOWED_ORIGINS = origins
    settings.CORS_ALLOW_CREDENTIALS = True
    connect(Receiver())
    routes(path("", page))

    assert wire(visitor.get("/")) == {**ADMITTED, "Access-Control-Allow-Credentials": "true"}


def test_receivers_see_which_view_is_meant(routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]) -> None:
    receiver = connect(Receiver())
    routes(path("tenants/<slug:tenant>", page, name="page"))
    visitor.preflight("/tenants/acme")
    visitor.get("/tenants/acme")

    assert [request.resolver_match.kwargs for request in receiver.asked] == [{"tenant": "acme"}] * 2


def test_receivers_are_asked_about_unresolvable_paths(
    routes: Routes, visitor: Visitor, connect: Callable[[Any], Any]
) -> None:
    receiver = connect(Receiver())
    routes()

    assert visitor.get("/nowhere")["Access-Control-Allow-Origin"] == SHOP
    assert len(receiver.asked) == 1


def test_an_async_receiver_runs_in_the_servers_own_loop_and_thread(
    routes: Routes, connect: Callable[[Any], Any]
) -> None:
    here = Here()

    async def receiver(sender: object, request: HttpRequest, **_: Any) -> bool:
        here.note()
        return True

    connect(receiver)
    routes(path("", page_async))

    async def visit(client: AsyncClient) -> None:
        await client.options("/", headers=PREFLIGHT)
        await client.get("/", headers={"origin": SHOP})

    thread, loop = run_async(visit)

    assert here.threads == [thread] * 2
    assert here.loops == [loop] * 2


@pytest.mark.parametrize("is_async", [False, True])
def test_callables_run_under_wsgi_inside_a_running_loop(is_async: bool, routes: Routes) -> None:
    """A sync server in a thread of an async program; a notebook."""

    async def allowed_async(origin: str, request: HttpRequest) -> bool:
        return True

    routes(path("", cors(is_origin_allowed=allowed_async if is_async else Test(True))(page)))

    async def main() -> Any:
        return await asyncio.to_thread(Client().get, "/", headers={"origin": SHOP})

    assert wire(async_to_sync(main)()) == ADMITTED
