"""What each kind of policy lets a script do, in real engines, over WSGI and ASGI; and the model browser beside them.

A case is a sequence of fetches by one page. `outcomes` is what the script saw: `blocked`, or the status and those
`x-` headers that it could read. `wire` is what arrived at the site.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsers.sequences import NULL, Fetch, Observation, run_again_where_different, run_in_engine, run_in_model

if TYPE_CHECKING:
    from tests.browsers.conftest import Live
    from tests.browsers.engines import Engine

FRONT, STRANGER = "front", "stranger"
BLOCKED = "blocked"
COOKIES: dict[str, Any] = {"credentials": "include"}
JSON: dict[str, Any] = {"headers": {"Content-Type": "application/json"}, "body": "{}"}
ONE: dict[str, Any] = {"headers": {"X-One": "1"}}
TWO: dict[str, Any] = {"headers": {"X-Two": "2"}}
TOKEN: dict[str, Any] = {"headers": {"Authorization": "Bearer t"}}
AJAX: dict[str, Any] = {"headers": {"X-Requested-With": "XMLHttpRequest"}}


@dataclass(frozen=True, kw_only=True)
class Expected:
    outcomes: list[str]
    wire: list[str]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One sequence and what comes of it; `differs` tells of engines that do otherwise than the Fetch Standard."""

    fetches: list[Fetch]
    outcomes: list[str]
    wire: list[str]
    page: str = FRONT
    differs: dict[str, Expected] = field(default_factory=dict)

    def expected(self, engine: str) -> Expected:
        return self.differs.get(engine, Expected(outcomes=self.outcomes, wire=self.wire))


def one(path: str, outcome: str, wire: list[str], *, page: str = FRONT, method: str = "GET", **rest: Any) -> Case:
    """Make a case of a single fetch."""
    return Case(fetches=[Fetch(path=path, method=method, **rest)], outcomes=[outcome], wire=wire, page=page)


CASES = {
    # --- simple requests
    "a GET of an admitted origin": one("front/", "200", ["GET"]),
    "a GET of a refused origin arrives and is kept from the script": one("front/", BLOCKED, ["GET"], page=STRANGER),
    "a POST of a form": one("front/", "200", ["POST"], method="POST", body="a"),
    "a POST of a refused origin arrives": one("front/", BLOCKED, ["POST"], method="POST", body="a", page=STRANGER),
    "a GET where nobody is admitted": one("nobody/", BLOCKED, ["GET"]),
    "a GET where anyone is": one("any/", "200", ["GET"], page=STRANGER),
    "a null origin where it is not listed": one("front/", BLOCKED, ["GET"], page=NULL),
    "a null origin where it is listed": one("null/", "200", ["GET"], page=NULL),
    "another origin where null is listed": one("null/", BLOCKED, ["GET"]),
    "a null origin where anyone is admitted": one("any/", "200", ["GET"], page=NULL),
    "a null origin asks first": one("null/", "200", ["preflight PUT", "PUT"], method="PUT", page=NULL),
    "a null origin is not asked about": one("callable/", BLOCKED, ["GET"], page=NULL),
    "a pattern with any port": one("pattern/", "200", ["GET"], page=STRANGER),
    "a regular expression": one("regex/", "200", ["GET"]),
    "a regular expression that does not match": one("regex/", BLOCKED, ["GET"], page=STRANGER),
    "a callable that admits": one("callable/", "200", ["GET"]),
    "a callable that refuses": one("callable/", BLOCKED, ["GET"], page=STRANGER),
    "a callable that admits a preflight": one("callable/", "200", ["preflight PUT", "PUT"], method="PUT"),
    "a callable that refuses a preflight": one("callable/", BLOCKED, ["preflight PUT"], method="PUT", page=STRANGER),
    "an async callable that admits": one("async-callable/", "200", ["preflight PUT", "PUT"], method="PUT"),
    "an async callable that refuses": one("async-callable/", BLOCKED, ["GET"], page=STRANGER),
    "a callable that fails": one("failing-callable/", BLOCKED, ["GET"]),
    "a function view": one("function/", "200 x-total", ["GET"]),
    "an async function view": one("async-function/", "200 x-total", ["GET"]),
    "a policy put around a view": one("around/", BLOCKED, ["GET"], page=STRANGER),
    # --- preflights
    "PUT asks first": one("front/", "200", ["preflight PUT", "PUT"], method="PUT"),
    "PUT of a refused origin is never sent": one("front/", BLOCKED, ["preflight PUT"], method="PUT", page=STRANGER),
    "PUT where nobody is admitted is never sent": one("nobody/", BLOCKED, ["preflight PUT"], method="PUT"),
    "an admitted header asks first": one("headers/", "200", ["preflight GET x-one", "GET x-one"], **ONE),
    "a refused header is never sent": one("headers/", BLOCKED, ["preflight GET x-two"], **TWO),
    "an admitted and a refused header together": one(
        "headers/", BLOCKED, ["preflight GET x-one x-two"], headers={"X-Two": "2", "X-One": "1"}
    ),
    "JSON asks first": one(
        "front/", "200", ["preflight POST content-type", "POST content-type"], method="POST", **JSON
    ),
    "JSON where content-type is not admitted": one(
        "headers/", BLOCKED, ["preflight POST content-type"], method="POST", **JSON
    ),
    "DELETE and a header are asked for together": one(
        "front/",
        "200",
        ["preflight DELETE x-requested-with", "DELETE x-requested-with"],
        method="DELETE",
        **AJAX,
    ),
    "a refused PUT is never sent": one("no-put/", BLOCKED, ["preflight PUT"], method="PUT"),
    "an admitted PUT of a list": one("methods/", "200", ["preflight PUT", "PUT"], method="PUT"),
    "a DELETE that is not in the list": one("methods/", BLOCKED, ["preflight DELETE"], method="DELETE"),
    "a POST that is not in the list arrives": one("methods/", BLOCKED, ["POST"], method="POST", body="a"),
    "a POST that is not in the list and asks is never sent": one(
        "methods/", BLOCKED, ["preflight POST content-type"], method="POST", **JSON
    ),
    "any method": one("any-method/", "200", ["preflight DELETE", "DELETE"], method="DELETE"),
    "OPTIONS of a script reaches the view": one("front/", "200", ["preflight OPTIONS", "OPTIONS"], method="OPTIONS"),
    "HEAD follows GET": one("methods/", "200", ["HEAD"], method="HEAD"),
    "HEAD of a refused origin": one("methods/", BLOCKED, ["HEAD"], method="HEAD", page=STRANGER),
    "HEAD with a header": one("any-header/", "200", ["preflight HEAD x-one", "HEAD x-one"], method="HEAD", **ONE),
    "put is sent as PUT": one("front/", "200", ["preflight PUT", "PUT"], method="put"),
    "patch is not PATCH": one("front/", BLOCKED, ["preflight patch"], method="patch"),
    "PATCH is not patch": one("lower-patch/", BLOCKED, ["preflight PATCH"], method="PATCH"),
    "any header": one("any-header/", "200", ["preflight GET x-one", "GET x-one"], **ONE),
    "any header but Authorization": one("any-header/", BLOCKED, ["preflight GET authorization"], **TOKEN),
    "any header and Authorization": one(
        "any-header-and-authorization/", "200", ["preflight GET authorization", "GET authorization"], **TOKEN
    ),
    "any header, with cookies": one(
        "any-header-cookies/", "200", ["preflight GET x-one", "GET x-one +cookies"], **ONE, **COOKIES
    ),
    "any header but Authorization, with cookies": one(
        "any-header-cookies/", BLOCKED, ["preflight GET authorization"], **TOKEN, **COOKIES
    ),
    # --- credentials
    "cookies where they are admitted": one("cookies/", "200 x-total", ["GET +cookies"], **COOKIES),
    "no cookies where they are admitted": one("cookies/", "200 x-total", ["GET"]),
    "cookies where they are not admitted": one("front/", BLOCKED, ["GET +cookies"], **COOKIES),
    "cookies of a refused origin": one("cookies/", BLOCKED, ["GET +cookies"], page=STRANGER, **COOKIES),
    "cookies where anyone is admitted": one("any/", BLOCKED, ["GET +cookies"], **COOKIES),
    "PUT with cookies": one("cookies/", "200 x-total", ["preflight PUT", "PUT +cookies"], method="PUT", **COOKIES),
    "PUT with cookies where they are not admitted": one("front/", BLOCKED, ["preflight PUT"], method="PUT", **COOKIES),
    "PUT with cookies where anyone is admitted": one("any/", BLOCKED, ["preflight PUT"], method="PUT", **COOKIES),
    "anyone, one with cookies: the one": one("any-cookies-front/", "200", ["GET +cookies"], **COOKIES),
    "anyone, one with cookies: the one, asking": one(
        "any-cookies-front/", "200", ["preflight PUT", "PUT +cookies"], method="PUT", **COOKIES
    ),
    "anyone, one with cookies: another": one("any-cookies-front/", BLOCKED, ["GET +cookies"], page=STRANGER, **COOKIES),
    "anyone, one with cookies: another without": one("any-cookies-front/", "200", ["GET"], page=STRANGER),
    "anyone, one with cookies: another without, asking": one(
        "any-cookies-front/", "200", ["preflight PUT", "PUT"], method="PUT", page=STRANGER
    ),
    "two origins, one with cookies: the one": one("both-cookies-front/", "200", ["GET +cookies"], **COOKIES),
    "two origins, one with cookies: the other": one(
        "both-cookies-front/", BLOCKED, ["GET +cookies"], page=STRANGER, **COOKIES
    ),
    "two origins, one with cookies: the other without": one("both-cookies-front/", "200", ["GET"], page=STRANGER),
    # --- exposed headers
    "a header that is exposed and one that is not": one("exposed/", "200 x-total", ["GET"]),
    "all headers are exposed": one("exposed-any/", "200 x-secret x-total", ["GET"]),
    "exposed after a preflight": one("exposed/", "200 x-total", ["preflight PUT", "PUT"], method="PUT"),
    # --- how long preflights are kept
    "no max age: kept for 5 seconds": Case(
        fetches=[
            Fetch(path="age-none/", method="PUT"),
            Fetch(path="age-none/", method="PUT"),
            Fetch(path="age-none/", method="PUT", after=6),
        ],
        outcomes=["200"] * 3,
        wire=["preflight PUT", "PUT", "PUT", "preflight PUT", "PUT"],
    ),
    "a max age of 0: never kept": Case(
        fetches=[Fetch(path="age-0/", method="PUT")] * 3,
        outcomes=["200"] * 3,
        wire=["preflight PUT", "PUT"] * 3,
    ),
    "a max age of 600: kept": Case(
        fetches=[
            Fetch(path="age-600/", method="PUT"),
            Fetch(path="age-600/", method="PUT"),
            Fetch(path="age-600/", method="DELETE", **AJAX),
            Fetch(path="age-600/", method="PUT", after=6),
        ],
        outcomes=["200"] * 4,
        wire=["preflight PUT", "PUT", "PUT", "DELETE x-requested-with", "PUT"],
    ),
    "a max age of 1: kept no longer": Case(
        fetches=[Fetch(path="age-1/", method="PUT"), Fetch(path="age-1/", method="PUT", after=2)],
        outcomes=["200"] * 2,
        wire=["preflight PUT", "PUT"] * 2,
    ),
    # --- errors
    **{
        f"a {status} can be read": one(f"status/{status}/", str(status), ["GET"])
        for status in (401, 403, 404, 405, 500)
    },
    **{
        f"a {status} of a refused origin": one(f"status/{status}/", BLOCKED, ["GET"], page=STRANGER)
        for status in (401, 500)
    },
    "a 500 after a preflight": one("status/500/", "500", ["preflight PUT", "PUT"], method="PUT"),
    "a 405 of the view itself": one("no-get/", "405", ["GET"]),
    "a 404 of no view": one("global/nowhere/", "404", ["GET"]),
    "a 404 of no view, outside the settings": one("nowhere/", BLOCKED, ["GET"]),
    # --- redirects
    "a missing slash": one("front", "200 redirected", ["GET", "GET"]),
    "a missing slash, of a refused origin": one("front", BLOCKED, ["GET"], page=STRANGER),
    "a missing slash, with cookies": one("cookies", "200 x-total redirected", ["GET +cookies"] * 2, **COOKIES),
    "a missing slash, asking": one(
        "front", "200 redirected", ["preflight PUT", "PUT", "preflight PUT", "PUT"], method="PUT"
    ),
    # --- settings, and headers that views set themselves
    "the settings govern their URLs": one("global/", "200", ["preflight PUT", "PUT"], method="PUT"),
    "the settings refuse": one("global/", BLOCKED, ["preflight PUT"], method="PUT", page=STRANGER),
    "outside the settings a view's own headers stay": one("outside/", "200 x-secret", ["GET"], page=STRANGER),
    "a declared policy replaces the view's own headers": one("own/", BLOCKED, ["GET"], page=STRANGER),
    "a declared policy replaces what the view exposes": one("own/", "200", ["GET"]),
    # --- several policies on one URL
    "several policies: GET for anyone": one("several/", "200", ["GET"], page=STRANGER),
    "several policies: POST with cookies for one": one(
        "several/",
        "200",
        ["preflight POST content-type", "POST content-type +cookies"],
        method="POST",
        **JSON,
        **COOKIES,
    ),
    "several policies: POST of another": one(
        "several/", BLOCKED, ["preflight POST content-type"], method="POST", page=STRANGER, **JSON
    ),
    "several policies: PUT for nobody": one("several/", BLOCKED, ["preflight PUT"], method="PUT"),
    "several policies: DELETE for one": one("several/", "200", ["preflight DELETE", "DELETE"], method="DELETE"),
    "several policies, one after the other": Case(
        fetches=[
            Fetch(path="several/", **AJAX),
            Fetch(path="several/", method="POST", **AJAX),
            Fetch(path="several/", method="DELETE"),
            Fetch(path="several/", method="PUT"),
            Fetch(path="several/", method="POST", **AJAX, **COOKIES),
            Fetch(path="several/", **COOKIES),
        ],
        outcomes=["200", "200", "200", BLOCKED, "200", BLOCKED],
        # POST needs no preflight of its own after the first: what was granted to GET, POST admits too.
        wire=[
            "preflight GET x-requested-with",
            "GET x-requested-with",
            "POST x-requested-with",
            "preflight DELETE",
            "DELETE",
            "preflight PUT",
            "preflight POST x-requested-with",
            "POST x-requested-with +cookies",
            "GET +cookies",
        ],
    ),
}
NAMES = {name: f"c{number}" for number, name in enumerate(CASES)}
SERVERS = ("wsgi", "asgi")


@dataclass(frozen=True)
class Observed:
    """What an engine and the model of it did, by server and case."""

    engine: str
    real: dict[tuple[str, str], Observation]
    model: dict[tuple[str, str], Observation]


@pytest.fixture(scope="session")
def observed(engine: Engine, live: Live) -> Observed:
    real: dict[tuple[str, str], Observation] = {}
    model: dict[tuple[str, str], Observation] = {}
    for server in SERVERS:
        site = live.sites[server]
        for page, origin in ((FRONT, live.front), (STRANGER, live.stranger), (NULL, NULL)):
            sequences = {NAMES[name]: case.fetches for name, case in CASES.items() if case.page == page}
            place = live.front if page == NULL else origin
            seen = run_in_engine(engine, site, place, sequences, is_sandboxed=page == NULL)
            modelled = run_in_model(engine.name, site, origin, sequences)
            seen = run_again_where_different(engine, site, place, sequences, seen, modelled, is_sandboxed=page == NULL)
            real |= {(server, name): observation for name, observation in seen.items()}
            model |= {(server, name): observation for name, observation in modelled.items()}
    return Observed(engine.name, real, model)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("name", CASES)
def test_the_wire(observed: Observed, live: Live, server: str, name: str) -> None:
    case, seen = CASES[name], observed.real[server, NAMES[name]]
    expected = case.expected(observed.engine)

    assert [str(outcome) for outcome in seen.outcomes] == expected.outcomes
    assert seen.wire == expected.wire
    origin = {FRONT: live.front, STRANGER: live.stranger, NULL: NULL}[case.page]
    assert {arrival["origin"] for arrival in seen.arrivals} == {origin}


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("name", CASES)
def test_the_model_browser_does_what_the_engine_did(observed: Observed, server: str, name: str) -> None:
    real, model = observed.real[server, NAMES[name]], observed.model[server, NAMES[name]]
    assert model.outcomes == real.outcomes
    assert model.arrivals == real.arrivals


@pytest.mark.parametrize("server", SERVERS)
def test_answers_in_the_http_cache_are_told_apart_by_origin(engine: Engine, live: Live, server: str) -> None:
    def twice(path: str) -> list[Fetch]:
        return [Fetch(path=path, mode="no-cors"), Fetch(path=path)]

    sequences = {name: twice(f"{name}/") for name in ("cacheable", "cacheable-any", "careless")}
    seen = run_in_engine(engine, live.sites[server], live.front, sequences)

    assert str(seen["cacheable"].outcomes[1]) == "200"
    assert seen["cacheable"].wire == ["GET", "GET"]  # the first was sent without an Origin
    has_cache = engine.name != "webkit"  # which has none when it is driven
    assert str(seen["cacheable-any"].outcomes[1]) == "200"
    assert seen["cacheable-any"].wire == (["GET"] if has_cache else ["GET", "GET"])
    # What happens without `Vary`: the cached answer, made for no origin, blocks the page.
    assert str(seen["careless"].outcomes[1]) == (BLOCKED if has_cache else "200")
