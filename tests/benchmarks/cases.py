"""What is measured in this process: the cases, the growth, the memory, the parts of our cost."""

from __future__ import annotations

import asyncio
import gc
import time
import timeit
import tracemalloc
from contextlib import contextmanager
from functools import partial
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from django.http import HttpResponse
from django.test import Client
from django.urls import path, resolve
from django.views import View

from drf_cors import cors, endpoint_list, middleware, resolver
from drf_cors.conf import load
from drf_cors.core.judge import judge
from drf_cors.core.verdict import CorsRequest
from drf_cors.testing import Browser
from drf_cors.view_layers import UrlName
from tests.benchmarks import site
from tests.benchmarks.rounds import MICRO, async_turn, costs, per_call, turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS: Final = 60
MANY_ROUNDS: Final = 250  # where small costs are told apart
BATCH: Final = 100

THEIRS: Final = "django-cors-headers"
OURS: Final = "drf-cors"
OURS_PATH: Final = site.CONTESTANTS[OURS]


def requests_of(case: str) -> Callable[[int], list[Any]]:
    return partial(_made, site.requests, case)


def _made(make: Callable[..., list[Any]], case: str, number: int) -> list[Any]:
    return make(number, *site.CASES[case])


def sync_costs() -> dict[str, dict[str, float]]:
    """Return case -> contestant -> microseconds over an empty middleware."""
    handlers = {name: site.handler(name) for name in site.CONTESTANTS}
    return _in_turns(
        {
            case: {name: turn(handle, requests_of(case), BATCH) for name, handle in handlers.items()}
            for case in site.CASES
        }
    )


def _in_turns(turns: dict[str, dict[str, Callable[[], float]]]) -> dict[str, dict[str, float]]:
    """Return case -> contestant -> cost. All cases take turns too, so that one can be compared with another."""
    flat = {(case, name): run for case, contestants in turns.items() for name, run in contestants.items()}
    taken = per_call(MANY_ROUNDS, flat)
    return {case: costs({name: taken[case, name] for name in contestants}) for case, contestants in turns.items()}


def async_costs() -> dict[str, dict[str, float]]:
    """Return the same through the asynchronous handler, to an asynchronous view."""
    with site.standing(ROOT_URLCONF=SimpleUrls(site.routes(site.async_page))):
        handlers = {name: site.handler(name, is_async=True) for name in ("empty", THEIRS, OURS)}
        makers = {case: partial(_made, site.async_requests, case) for case in site.CASES}
        return _in_turns(
            {
                case: {name: async_turn(handle, make, BATCH) for name, handle in handlers.items()}
                for case, make in makers.items()
            }
        )


def session_preflights() -> dict[str, int]:
    """Return the preflights of ten rounds of a public GET and two writes with credentials on one URL."""
    found = {}
    for name, readers in {"apart": {}, "aligned": {"allow_credentials": [site.SHOP]}}.items():
        with site.standing(ROOT_URLCONF=SimpleUrls([path("orders", _orders(readers))]), MIDDLEWARE=[OURS_PATH]):
            browser = Browser(site.SHOP, Client())
            for _ in range(10):
                browser.fetch("/orders")
                for method in ("PUT", "DELETE"):
                    browser.fetch("/orders", method=method, json={}, credentials="include")
            found[name] = [exchange.kind for exchange in browser.log].count("preflight")
    return found


def _orders(readers: dict[str, Any]) -> Callable[..., Any]:
    """Return a view that all may read, and the shop may write. `readers` says more of GET's policy."""

    @cors(allowed_origins=[site.SHOP], allow_credentials=True)
    class Orders(View):
        @cors(allow_all_origins=True, **readers)
        def get(self, request: Any) -> HttpResponse:
            return HttpResponse(b"ok")

        put = delete = lambda self, request: HttpResponse(b"ok")

    return Orders.as_view()


def starlette_costs() -> dict[str, float] | str:
    """Return what Starlette's middleware adds to its own application, or why that was not measured."""
    try:
        from starlette.applications import Starlette
        from starlette.middleware.cors import CORSMiddleware
        from starlette.responses import PlainTextResponse
        from starlette.routing import Route
    except ImportError:
        return "starlette is not installed"

    async def page(request: Any) -> Any:
        return PlainTextResponse("ok")

    bare = Starlette(routes=[Route("/", page)])
    dressed = CORSMiddleware(bare, allow_origins=[site.SHOP], allow_methods=["*"])

    async def send(message: Any) -> None:
        pass

    def served(app: Any, case: str) -> Callable[[], float]:
        method, _, headers = site.CASES[case]
        scope = {
            "type": "http", "method": method, "path": "/", "query_string": b"", "root_path": "", "http_version": "1.1",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip

        async def run() -> float:
            started = time.perf_counter()
            for _ in range(BATCH):
                await app(dict(scope), receive, send)
            return (time.perf_counter() - started) / BATCH * MICRO

        return lambda: asyncio.run(run())

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    found = {}
    for case in ("no Origin", "allowed GET", "blocked GET"):
        turns = {"empty": served(bare, case), "starlette": served(dressed, case)}
        found[case] = costs(per_call(ROUNDS, turns))["starlette"]
    return found


class SimpleUrls(list[Any]):
    """A URLconf that is a list, and can be a key of Django's caches."""

    def __hash__(self) -> int:  # type: ignore[override]  # a list has none
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def origins(number: int) -> list[str]:
    return [*(f"https://site-{count}.example" for count in range(1, number)), site.SHOP]


def growth_in_origins() -> list[dict[str, Any]]:
    """Return the cost of an allowed GET for growing lists of origins, theirs and ours."""
    points = []
    for number in (1, 10, 100, 1_000, 10_000, 100_000):
        with site.standing(CORS_ALLOWED_ORIGINS=origins(number)):
            slow = number > 100
            contestants = ("empty", OURS) if number > 10_000 else ("empty", THEIRS, OURS)
            turns = {}
            for name in contestants:
                batch = max(2, 2_000 // number) if name == THEIRS and slow else BATCH
                turns[name] = turn(site.handler(name), requests_of("allowed GET"), batch)
            found = costs(per_call(15 if slow else MANY_ROUNDS, turns))
            if slow:  # theirs is slow and upsets the caches of the processor; ours is measured without it too
                turns.pop(THEIRS, None)
                found[OURS] = costs(per_call(MANY_ROUNDS, turns))[OURS]
            points.append({"number": number, **found})
    return points


def growth_in_patterns() -> list[dict[str, Any]]:
    """Return the same for growing lists of subdomain patterns; ours only."""
    points = []
    for number in (1, 10, 100, 1_000, 10_000):
        listed = [f"https://*.site-{count}.example" for count in range(1, number)]
        policy = cors(allowed_origins=[*listed, "https://*.shop.example"])
        urls = SimpleUrls([path("own/", policy(site.page))])
        points.append({"number": number, OURS: _own_cost(urls, "https://eu.shop.example")})
    return points


def many_routes(number: int) -> SimpleUrls:
    """Return a URLconf in which each route has a policy of its own. The first is the one that is asked for."""
    return SimpleUrls(
        path("own/" if not count else f"route-{count}/", _policied(count)(_view())) for count in range(number)
    )


def _policied(count: int) -> Any:
    return cors(allowed_origins=[site.SHOP, f"https://site-{count}.example"])


def _view() -> Callable[..., Any]:
    return lambda request: HttpResponse(b"ok")


def growth_in_routes() -> list[dict[str, Any]]:
    """Return the same for growing numbers of routes, each with its own policy, all resolved before."""
    points = []
    for number in (1, 10, 100, 1_000, 5_000):
        urls = many_routes(number)
        points.append({"number": number, OURS: _own_cost(urls, site.SHOP, resolve_first=True)})
    return points


def _own_cost(urls: SimpleUrls, origin: str, *, resolve_first: bool = False) -> float:
    with site.standing(ROOT_URLCONF=urls):
        if resolve_first:
            resolve_all(urls)
        make = partial(site.requests, method="GET", address="/own/", headers={"origin": origin})
        turns = {name: turn(site.handler(name), make, BATCH) for name in ("empty", OURS)}
        return costs(per_call(MANY_ROUNDS, turns))[OURS]


def resolve_all(urls: SimpleUrls) -> None:
    """Resolve the policies of all routes, as the first request to each would."""
    current = resolver.current()
    for pattern in urls:
        current.for_callback(pattern.callback, UrlName(), is_covered=True)


def start_up() -> dict[str, float]:
    """Return the seconds it takes to resolve the policies of 5,000 routes, and to list them as the command does."""
    urls = many_routes(5_000)
    with site.standing(ROOT_URLCONF=urls):
        current = resolver.current()
        at_import = len(current._views)
        resolving = _seconds(lambda: resolve_all(urls))
        listing = _seconds(lambda: endpoint_list.of_patterns(urls))
    return {"resolved at import": at_import, "resolve 5,000 routes, s": resolving, "list 5,000 routes, s": listing}


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def memory() -> dict[str, float]:
    """Return bytes: of an origin in a plain set and in ours, and of a policy of a route."""
    listed = origins(100_000)
    with _traced() as plain:
        kept: object = frozenset(listed)
    with site.standing(CORS_ALLOWED_ORIGINS=listed):
        with _traced() as ours:
            conf = load()
            built = resolver.Resolver(conf)
            built.for_match(None, is_covered=True).policies.general.origins  # noqa: B018 - it is made when first asked
        del conf, built
    del kept
    urls = many_routes(5_000)
    with site.standing(ROOT_URLCONF=urls), _traced() as policies:
        resolve_all(urls)
        for pattern in urls:
            resolver.current().for_callback(pattern.callback, UrlName(), is_covered=True).policies.general.origins  # noqa: B018 - as above
    return {
        "plain set, bytes per origin": plain.bytes / 100_000,
        "drf-cors, bytes per origin": ours.bytes / 100_000,
        "drf-cors, bytes per policy": policies.bytes / 5_000,
    }


@contextmanager
def _traced() -> Iterator[SimpleNamespace]:
    taken = SimpleNamespace(bytes=0)
    gc.collect()
    tracemalloc.start()
    yield taken
    gc.collect()
    taken.bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()


def parts() -> dict[str, float]:
    """Return the microseconds of each step of an allowed GET, each measured alone and warm."""
    (request,) = requests_of("allowed GET")(1)
    response = HttpResponse(b"ok")
    match = request.resolver_match = resolve(site.MIDDLE)
    current = resolver.current()
    view = current.for_match(match, is_covered=True)
    origin = site.SHOP
    headers = response.headers

    def note() -> None:
        middleware._Exchange(request)

    def write() -> None:
        headers["Access-Control-Allow-Origin"] = origin

    exchange = middleware._Exchange(request)

    def answer() -> None:
        headers.pop("Vary", None)
        exchange.finish(response)

    steps: dict[str, Callable[[], object]] = {
        "look up the view's policies": lambda: current.for_match(match, is_covered=True),
        "judge the origin and the method": lambda: judge(view.policies, CorsRequest(origin, "GET")),
        "see that Vary is not set yet": lambda: headers.pop("X-Other", None),
        "write two headers": lambda: (write(), write()),
        "everything after the view": answer,
    }
    bare = _each(lambda: None)
    noted = {"note what came": _each(note) - bare}
    return noted | {name: _each(step) - bare for name, step in steps.items()}


def parts_in_place() -> dict[str, dict[str, float]]:
    """Return the microseconds of each step among the rest of a request: what less of them costs less.

    Case -> step -> cost. The whole takes turns with itself, the last steps left out.
    """
    empty, whole = site.handler("empty"), site.handler(OURS)
    found = {}
    for case in ("no Origin", "allowed GET", "blocked GET"):
        run = turn(whole, requests_of(case), BATCH)
        turns = {
            "empty": turn(empty, requests_of(case), BATCH),
            "note": _without(run, "_Exchange.finish", _keep_response),
            "judge": _without(run, "write_headers", lambda *_: None),
            "write": run,
        }
        cost = costs(per_call(MANY_ROUNDS, turns))
        found[case] = {
            "note what came": cost["note"],
            "find the policies, look up the origin": cost["judge"] - cost["note"],
            "write the headers": cost["write"] - cost["judge"],
        }
    return found


def _keep_response(exchange: middleware._Exchange, response: Any) -> None:
    exchange.response = response


def _without(run: Callable[[], float], step: str, rest: Callable[..., object]) -> Callable[[], float]:
    def stopped() -> float:
        with left_out(step, rest):
            return run()

    return stopped


@contextmanager
def left_out(step: str, rest: Callable[..., object]) -> Iterator[None]:
    """Put what is still needed in the place of a function of the middleware."""
    with mock.patch(f"drf_cors.middleware.{step}", rest):
        yield


def _each(step: Callable[[], object]) -> float:
    return median(timeit.repeat(step, number=2_000, repeat=15)) / 2_000 * MICRO
