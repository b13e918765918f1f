"""Sequences of fetches: run by a page in a real engine, or by the model browser, and told in the same words.

What a sequence did is an `Observation`: the outcome of each fetch as the script saw it, and the requests that arrived
at the door of the site.
"""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.test import Client

from drf_cors.testing import CHROMIUM, FETCH, FIREFOX, WEBKIT, Browser, CorsBlocked
from tests.browsers.live_process import COOKIE, PATIENCE, Arrivals, LiveSite

if TYPE_CHECKING:
    from tests.browsers.engines import Engine

PROFILES = {"chromium": CHROMIUM, "firefox": FIREFOX, "webkit": WEBKIT, "fetch": FETCH}
NULL = "null"
# Sequences a page runs side by side. Firefox keeps 100 preflights, the oldest go first; Chromium about a thousand,
# which all tests of one run together must not reach: then any may go.
AT_ONCE = 4
PER_CALL = 40  # sequences per call into the page, which has a time limit
# Of the connection, not of the answer: the model's client has another one.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding"})

_serial = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """One call of `fetch()` to a path below the token; the page redirects to it with a `page_status`."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    credentials: str = "same-origin"
    mode: str = "cors"  # the model browser knows no other
    after: float = 0  # seconds to wait before it
    page_status: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the script saw of one fetch; a blocked one has no status."""

    status: int | None
    headers: tuple[str, ...] = ()
    path: str = ""
    is_redirected: bool = False

    @property
    def is_allowed(self) -> bool:
        return self.status is not None

    def __str__(self) -> str:
        if self.status is None:
            return "blocked"
        ours = [name for name in self.headers if name.startswith("x-")]
        return " ".join([str(self.status), *ours, *(["redirected"] if self.is_redirected else [])])


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What one sequence did.

    Attributes:
        outcomes: One per fetch.
        arrivals: What the door wrote down, in order.
    """

    outcomes: tuple[Outcome, ...]
    arrivals: tuple[Mapping[str, Any], ...]

    @property
    def wire(self) -> list[str]:
        """The arrivals in short: `preflight PUT x-one`, `PUT x-one +cookies`."""
        return [_short(arrival) for arrival in self.arrivals]

    @property
    def wire_and_null(self) -> list[str]:
        """The same, with `from null` where this is the origin that was sent."""
        origins = ["from null" if arrival["origin"] == NULL else "" for arrival in self.arrivals]
        return [f"{text} {origin}".strip() for text, origin in zip(self.wire, origins, strict=True)]


def _short(arrival: Mapping[str, Any]) -> str:
    if arrival["asks_method"] is not None:
        asked = [name.strip() for name in arrival["asks_headers"].split(",") if name.strip()]
        words = ["preflight", arrival["asks_method"], *asked]
    else:
        words = [arrival["method"], *arrival["names"]]
    return " ".join([*words, *(["+cookies"] if arrival["has_cookies"] else [])])


# --- In a real engine -----------------------------------------------------------------------------------

_RUN = """
    const [sequences, atOnce] = args;
    const observed = {};
    const waiting = Object.entries(sequences);
    const one = async ({ url, after, ...init }) => {
        if (after) await new Promise((resolve) => setTimeout(resolve, after * 1000));
        try {
            const response = await fetch(url, init);
            await response.text();
            const { status, redirected } = response;
            return { status, redirected, url: response.url, headers: [...response.headers.keys()].sort() };
        } catch (error) {
            return { status: null };
        }
    };
    const worker = async () => {
        while (waiting.length) {
            const [token, fetches] = waiting.shift();
            observed[token] = [];
            for (const each of fetches) observed[token].push(await one(each));
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return observed;
"""

# A sandboxed frame has an opaque origin, which is sent as `null`.
_RUN_IN_SANDBOX = """
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = args[2];
    await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame); });
    const answer = new Promise((resolve) => { window.onmessage = (event) => resolve(event.data); });
    frame.contentWindow.postMessage(args.slice(0, 2), "*");
    const observed = await answer;
    frame.remove();
    return observed;
"""
_SANDBOX = f"""<script>
    const run = async (...args) => {{ {_RUN} }};
    onmessage = async (event) => parent.postMessage(await run(...event.data), "*");
</script>"""


def run_in_engine(
    engine: Engine, site: LiveSite, page: str, sequences: Mapping[str, Sequence[Fetch]], *, is_sandboxed: bool = False
) -> dict[str, Observation]:
    """Run sequences in a page, each on URLs that were never fetched before.

    Args:
        engine: The engine.
        site: The site to fetch from.
        page: The origin of the page.
        sequences: By name; names are parts of URLs.
        is_sandboxed: Whether to fetch from a sandboxed frame of that page.
    """
    engine.open(f"{page}/")
    run = f"e{next(_serial)}"
    site.take_arrivals()
    seen: dict[str, list[dict[str, Any]]] = {}
    plans = {
        f"{run}-{name}": [_plan(site, page, f"{run}-{name}", fetch) for fetch in fetches]
        for name, fetches in sequences.items()
    }
    for part in _parts(plans):
        if is_sandboxed:
            seen |= engine.evaluate_async(_RUN_IN_SANDBOX, part, AT_ONCE, _SANDBOX)
        else:
            seen |= engine.evaluate_async(_RUN, part, AT_ONCE)
    engine.console_messages()  # thousands of refusals: let go of them
    arrivals = site.take_arrivals()
    return {
        name: Observation(
            outcomes=tuple(_outcome(f"{run}-{name}", each) for each in seen[f"{run}-{name}"]),
            arrivals=_of_token(arrivals, f"{run}-{name}"),
        )
        for name in sequences
    }


def _plan(site: LiveSite, page: str, token: str, fetch: Fetch) -> dict[str, Any]:
    url = f"{site.origin}/{token}/{fetch.path}"
    return {
        "url": url if fetch.page_status is None else f"{page}/to/{fetch.page_status}/{url}",
        "method": fetch.method,
        "headers": dict(fetch.headers),
        "body": fetch.body,
        "credentials": fetch.credentials,
        "mode": fetch.mode,
        "after": fetch.after,
    }


def _parts(plans: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    items = iter(plans.items())
    while part := dict(itertools.islice(items, PER_CALL)):
        yield part


def _outcome(token: str, seen: Mapping[str, Any]) -> Outcome:
    if seen["status"] is None:
        return Outcome(status=None)
    return Outcome(
        status=seen["status"],
        headers=tuple(sorted(set(seen["headers"]) - HOP_BY_HOP)),
        path=_path(seen["url"], token),
        is_redirected=seen["redirected"],
    )


def _path(url: str, token: str) -> str:
    """Return the part of a URL that all runs of a sequence have in common: below the token."""
    return url.partition(f"/{token}/")[2]


def _of_token(arrivals: Arrivals, token: str) -> tuple[Mapping[str, Any], ...]:
    found = arrivals.get(token, [])
    return tuple({**each, "path": each["path"].removeprefix(f"/{token}/")} for each in found)


# --- In the model browser -------------------------------------------------------------------------------


class WireClient(Client):
    """Django's test client, but over the network: what the model browser sends really travels."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies[COOKIE[0]] = COOKIE[1]
        self.connections: dict[str, http.client.HTTPConnection] = {}

    def connection(self, host: str) -> http.client.HTTPConnection:
        """Return the one connection to a host and port."""
        if host not in self.connections:
            self.connections[host] = http.client.HTTPConnection(host, timeout=PATIENCE)
        return self.connections[host]

    def close(self) -> None:
        """Close all connections."""
        for connection in self.connections.values():
            connection.close()

    def request(self, **environ: Any) -> HttpResponse:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
        }
        if self.cookies:
            headers["cookie"] = self.cookies.output(header="", sep=";").strip()
        target = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else "")
        body = environ["wsgi.input"].read()
        connection = self.connection(environ["HTTP_HOST"])
        connection.request(environ["REQUEST_METHOD"], target, body=body or None, headers=headers)
        received = connection.getresponse()
        content = received.read()
        combined: dict[str, str] = {}
        for name, value in received.getheaders():
            combined[name] = f"{combined[name]}, {value}" if name in combined else value
        return HttpResponse(content, status=received.status, headers=combined)


def run_in_model(
    engine_name: str, site: LiveSite, origin: str, sequences: Mapping[str, Sequence[Fetch]]
) -> dict[str, Observation]:
    """Run sequences in the model browser with the profile of an engine.

    Args:
        engine_name: One of `PROFILES`; `fetch` is the standard itself.
        site: The site to fetch from.
        origin: Of the page; `null` for a sandboxed frame.
        sequences: By name.
    """
    run = f"m{next(_serial)}"
    site.take_arrivals()
    client = WireClient()
    outcomes: dict[str, list[Outcome]] = {}
    for name, fetches in sequences.items():
        browser = Browser(origin, client, profile=PROFILES[engine_name], server=site.origin)
        outcomes[name] = [_model_outcome(browser, site, f"{run}-{name}", fetch) for fetch in fetches]
    client.close()
    arrivals = site.take_arrivals()
    return {
        name: Observation(outcomes=tuple(outcomes[name]), arrivals=_of_token(arrivals, f"{run}-{name}"))
        for name in sequences
    }


def _model_outcome(browser: Browser, site: LiveSite, token: str, fetch: Fetch) -> Outcome:
    plan = _plan(site, browser.origin, token, fetch)
    browser.clock.advance(seconds=plan.pop("after"))
    assert plan.pop("mode") == "cors"
    try:
        response = browser.fetch(plan.pop("url"), **plan)
    except CorsBlocked:
        return Outcome(status=None)
    return Outcome(
        status=response.status,
        headers=tuple(sorted(set(map(str.lower, response.headers)) - HOP_BY_HOP)),
        path=_path(response.url, token),
        is_redirected=response.redirected,
    )


def run_again_where_different(
    engine: Engine,
    site: LiveSite,
    page: str,
    sequences: Mapping[str, Sequence[Fetch]],
    real: Mapping[str, Observation],
    model: Mapping[str, Observation],
    *,
    is_sandboxed: bool = False,
) -> dict[str, Observation]:
    """Return `real`, with what differs from the model run again, twice at most.

    An engine may forget a preflight at any time, and once in thousands of fetches one does. What it always does stays.
    """
    settled = dict(real)
    for _ in range(2):
        different = {name: fetches for name, fetches in sequences.items() if settled[name] != model[name]}
        if different:
            settled |= run_in_engine(engine, site, page, different, is_sandboxed=is_sandboxed)
    return settled
