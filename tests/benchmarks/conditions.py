"""The cost of a request where the rounds of `cases.py` are too kind: cold caches, patterns, a large URLconf."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.urls import include, path

from tests.benchmarks import site
from tests.benchmarks.cases import SimpleUrls
from tests.benchmarks.rounds import MICRO, costs, per_call, turn

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 150
BATCH: Final = 100
COLD_BATCH: Final = 10

THEIRS: Final = "django-cors-headers"
OURS: Final = "drf-cors"

#: More than the caches of one core hold.
WALKED_BYTES: Final = 4 * 1024 * 1024
LINE_BYTES: Final = 64

EXACT: Final = {"CORS_ALLOWED_ORIGINS": [site.SHOP]}
PATTERN: Final = {"CORS_ALLOWED_ORIGINS": ["https://*.shop.example"]}
OF_PATTERN: Final = ("GET", site.MIDDLE, {"origin": "https://eu.shop.example"})

#: 20 applications with 10 resources of 11 routes.
APPLICATIONS, RESOURCES, ROUTES = 20, 10, 11
DEEP_PATH: Final = f"/application-{APPLICATIONS // 2}/resource-{RESOURCES // 2}/route-{ROUTES // 2}/"


def deep_routes() -> list[Any]:
    """Return 2,200 routes in nested includes."""
    return [path(f"application-{number}/", include(_resources())) for number in range(APPLICATIONS)]


def _resources() -> list[Any]:
    return [path(f"resource-{number}/", include(_routes())) for number in range(RESOURCES)]


def _routes() -> list[Any]:
    return [path(f"route-{number}/", site.page) for number in range(ROUTES)]


#: What is compared with what: ours under one condition, to ours under another.
PAIRS: Final = {
    "one subdomain pattern, to one exact origin": (
        (OF_PATTERN, PATTERN),
        (site.CASES["allowed GET"], EXACT),
    ),
    "preflight, 2,200 routes in includes, to 50 routes": (
        (("OPTIONS", DEEP_PATH, site.PREFLIGHT), {"ROOT_URLCONF": SimpleUrls(deep_routes())}),
        (site.CASES["preflight"], {}),
    ),
}


def pairs() -> dict[str, list[float]]:
    """Return what is compared -> our microseconds over an empty middleware, under both conditions."""
    return {name: [_cost(*one), _cost(*other)] for name, (one, other) in PAIRS.items()}


def _cost(case: tuple[str, str, dict[str, str]], changed: dict[str, Any]) -> float:
    with site.standing(**changed):
        make = partial(_made, case)
        turns = {name: turn(site.handler(name), make, BATCH) for name in ("empty", OURS)}
        return costs(per_call(ROUNDS, turns))[OURS]


def _made(case: tuple[str, str, dict[str, str]], number: int) -> list[Any]:
    return site.requests(number, *case)


def cold() -> dict[str, dict[str, float]]:
    """Return case -> contestant -> microseconds over an empty middleware, with cold caches.

    Before each request, other handlers answer requests for other views, and a block of memory is read.
    """
    handlers = {name: site.handler(name) for name in ("empty", THEIRS, OURS)}
    block = bytearray(WALKED_BYTES)

    def disturb() -> None:
        for other in handlers.values():
            for request in site.requests(1, "GET", "/route-7/", {"origin": site.STRANGER}):
                other(request)
        sum(block[::LINE_BYTES])

    found = {}
    for name in ("no Origin", "allowed GET", "blocked GET", "preflight"):
        make = partial(_made, site.CASES[name])
        turns = {contestant: _cold_turn(handle, make, disturb) for contestant, handle in handlers.items()}
        found[name] = costs(per_call(ROUNDS, turns))
    return found


def _cold_turn(
    handle: Callable[[Any], Any], make: Callable[[int], list[Any]], disturb: Callable[[], None]
) -> Callable[[], float]:
    def run() -> float:
        taken = 0.0
        for request in make(COLD_BATCH):
            disturb()
            started = time.perf_counter()
            handle(request)
            taken += time.perf_counter() - started
        return taken / COLD_BATCH * MICRO

    return run
