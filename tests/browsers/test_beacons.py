"""Beacons and requests with `keepalive`: each engine sends what the model browser sends, and no more."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from drf_cors.testing import Browser, CorsBlocked
from tests.browsers.live_process import PATIENCE
from tests.browsers.sequences import PROFILES, WireClient

if TYPE_CHECKING:
    from tests.browsers.conftest import Live
    from tests.browsers.engines import Engine

JSON, TEXT = "application/json", "text/plain;charset=UTF-8"
LIMIT = 65_536

_serial = itertools.count()

_BEACON = """
    const [url, size, type] = args;
    const data = "x".repeat(size);
    return navigator.sendBeacon(url, type ? new Blob([data], { type }) : data);
"""

_KEEPALIVE = """
    const [url, size, type] = args;
    const init = { method: "POST", body: "x".repeat(size), headers: { "content-type": type }, keepalive: true };
    return fetch(url, init).then(() => true, () => false);
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a page sends to a path of the live site."""

    path: str
    size: int = 5
    content_type: str = ""


BEACONS = {
    "text to a view for nobody": Case(path="nobody/"),
    "a form to a view for nobody": Case(path="nobody/", content_type="application/x-www-form-urlencoded"),
    "JSON to a view with credentials": Case(path="cookies/", content_type=JSON),
    "JSON to a view without credentials": Case(path="front/", content_type=JSON),
    "JSON to a view for any origin": Case(path="any/", content_type=JSON),
    "JSON to a view for nobody": Case(path="nobody/", content_type=JSON),
    "as much as a beacon holds": Case(path="nobody/", size=LIMIT),
    "more than a beacon holds": Case(path="nobody/", size=LIMIT + 1),
    "much more than a beacon holds": Case(path="nobody/", size=2_000_000),
}

KEEPALIVE = {
    "text": Case(path="front/", content_type=TEXT),
    "JSON": Case(path="front/", content_type=JSON),
    "a header that is refused": Case(path="headers/", content_type=JSON),
    "as much as keepalive holds": Case(path="front/", size=LIMIT, content_type=TEXT),
    "more than keepalive holds": Case(path="front/", size=LIMIT + 1, content_type=TEXT),
}


def short(arrivals: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["method"], one["asks_method"], one["names"], one["origin"], one["has_cookies"]) for one in arrivals]


def arrived(live: Live, token: str, count: int) -> list[tuple[Any, ...]]:
    """Wait for as many requests as are expected, and a little longer for more: a beacon takes its time."""
    found: list[dict[str, Any]] = []
    end = time.monotonic() + PATIENCE / 6
    while time.monotonic() < end and len(found) < count:
        time.sleep(0.05)
        found += live.sites["wsgi"].take_arrivals().get(token, [])
    time.sleep(0.5)
    found += live.sites["wsgi"].take_arrivals().get(token, [])
    return short(found)


def sent_by_model(engine: Engine, live: Live, case: Case, name: str) -> tuple[bool, list[tuple[Any, ...]]]:
    site, token = live.sites["wsgi"], f"m{next(_serial)}"
    site.take_arrivals()
    client = WireClient()
    browser = Browser(live.front, client, profile=PROFILES[engine.name], server=site.origin)
    url, body = f"{site.origin}/{token}/{case.path}", "x" * case.size
    is_done = True
    try:
        if name == "beacon":
            is_done = browser.send_beacon(url, body, content_type=case.content_type or None)
        else:
            browser.fetch(url, method="POST", body=body, headers={"content-type": case.content_type}, keepalive=True)
    except CorsBlocked:
        is_done = name == "beacon"  # the script does not notice
    client.close()
    return is_done, short(site.take_arrivals().get(token, []))


@pytest.mark.parametrize(
    ("name", "script", "case"),
    [
        *(pytest.param("beacon", _BEACON, case, id=f"beacon: {title}") for title, case in BEACONS.items()),
        *(pytest.param("keepalive", _KEEPALIVE, case, id=f"keepalive: {title}") for title, case in KEEPALIVE.items()),
    ],
)
def test_the_engine_sends_what_the_model_sends(engine: Engine, live: Live, name: str, script: str, case: Case) -> None:
    is_done, expected = sent_by_model(engine, live, case, name)
    engine.open(f"{live.front}/")
    token = f"e{next(_serial)}"
    url = f"{live.sites['wsgi'].origin}/{token}/{case.path}"
    assert engine.evaluate_async(script, url, case.size, case.content_type) is is_done
    assert arrived(live, token, len(expected)) == expected
