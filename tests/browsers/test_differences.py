"""How the engines differ from the Fetch Standard, and that the profiles of the model browser say so.

The answers here are not the library's: a site without it could give them. `docs/explanation/browsers.md` shows
the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsers.sequences import Fetch, Observation, run_again_where_different, run_in_engine, run_in_model

if TYPE_CHECKING:
    from tests.browsers.conftest import Live
    from tests.browsers.engines import Engine

COOKIES: dict[str, Any] = {"credentials": "include"}


def headers(*names: str) -> dict[str, Any]:
    return {"headers": dict.fromkeys(names, "1")}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A sequence of fetches, and what arrives from each engine; `fetch` is what the standard wants."""

    fetches: list[Fetch]
    fetch: list[str]
    chromium: list[str]
    firefox: list[str]
    webkit: list[str]


def put(name: str, **rest: Any) -> Fetch:
    return Fetch(path=f"raw/{name}/", method="PUT", **rest)


def delete(name: str, **rest: Any) -> Fetch:
    return Fetch(path=f"raw/{name}/", method="DELETE", **rest)


ASKED_TWICE = ["preflight PUT", "PUT", "preflight PUT", "PUT"]
ASKED_ONCE = ["preflight PUT", "PUT", "PUT"]
STAR = ["preflight PUT x-one", "PUT x-one", "DELETE x-one"]
STAR_NOT_KEPT = ["preflight PUT x-one", "PUT x-one", "preflight DELETE x-one", "DELETE x-one"]
REFUSED = ["preflight PUT authorization"]
SENT = ["preflight PUT authorization", "PUT authorization"]
TWO_ANSWERS = ["preflight PUT x-one", "PUT x-one", "preflight DELETE x-two", "DELETE x-two"]
DROPPED = ["preflight PUT x-one", "PUT x-one", "preflight DELETE", "preflight PUT x-one", "PUT x-one"]
WITHOUT_COOKIES = ["preflight PUT", "PUT +cookies", "PUT"]

JSON: dict[str, Any] = {"headers": {"content-type": "application/json"}, "body": "{}"}
HERE, THERE = "127.0.0.1", "localhost"


def via(status: int, host: str, method: str, **rest: Any) -> Fetch:
    """Make a fetch that is redirected once."""
    return Fetch(path=f"via/{status}/{host}/raw/echo/", method=method, **rest)


JSON_POST = ["preflight POST content-type", "POST content-type"]
LED_ABROAD = ["preflight PUT", "PUT", "preflight PUT from null", "PUT from null"]

DIFFERENCES = {
    "a header granted by an earlier answer is still known after the next one": Difference(
        fetches=[
            put("asked", **headers("x-one")),
            delete("asked", **headers("x-two")),
            put("asked", **headers("x-one")),
        ],
        fetch=[*TWO_ANSWERS, "PUT x-one"],
        chromium=[*TWO_ANSWERS, "preflight PUT x-one", "PUT x-one"],
        firefox=[*TWO_ANSWERS, "PUT x-one"],
        webkit=[*TWO_ANSWERS, "preflight PUT x-one", "PUT x-one"],
    ),
    "the method of one answer and the header of another make a request": Difference(
        fetches=[
            put("asked", **headers("x-one")),
            delete("asked", **headers("x-two")),
            delete("asked", **headers("x-one")),
        ],
        fetch=[*TWO_ANSWERS, "DELETE x-one"],
        chromium=[*TWO_ANSWERS, "preflight DELETE x-one", "DELETE x-one"],
        firefox=[*TWO_ANSWERS, "DELETE x-one"],
        webkit=[*TWO_ANSWERS, "preflight DELETE x-one", "DELETE x-one"],
    ),
    "a star in an answer is kept": Difference(
        fetches=[put("star", **headers("x-one")), delete("star", **headers("x-one"))],
        fetch=STAR,
        chromium=STAR,
        firefox=STAR_NOT_KEPT,
        webkit=STAR,
    ),
    "a star covers Authorization": Difference(
        fetches=[put("star", **headers("authorization"))],
        fetch=REFUSED,
        chromium=SENT,
        firefox=SENT,
        webkit=SENT,
    ),
    "a star that was kept does not cover Authorization": Difference(
        fetches=[put("star", **headers("x-one")), put("star", **headers("authorization"))],
        fetch=["preflight PUT x-one", "PUT x-one", "preflight PUT authorization"],
        chromium=["preflight PUT x-one", "PUT x-one", *SENT],
        firefox=["preflight PUT x-one", "PUT x-one", *SENT],
        webkit=["preflight PUT x-one", "PUT x-one", "PUT authorization"],
    ),
    "what was granted with cookies serves a request without": Difference(
        fetches=[put("asked", **COOKIES), put("asked")],
        fetch=WITHOUT_COOKIES,
        chromium=WITHOUT_COOKIES,
        firefox=["preflight PUT", "PUT +cookies", "preflight PUT", "PUT"],
        webkit=WITHOUT_COOKIES,
    ),
    "an answer that cannot be read empties the cache": Difference(
        fetches=[put("unreadable"), put("unreadable")],
        fetch=ASKED_TWICE,
        chromium=ASKED_ONCE,
        firefox=ASKED_TWICE,
        webkit=ASKED_ONCE,
    ),
    "a negative Max-Age is no number, so the answer is kept for 5 seconds": Difference(
        fetches=[put("age-negative"), put("age-negative")],
        fetch=ASKED_ONCE,
        chromium=ASKED_TWICE,
        firefox=ASKED_TWICE,
        webkit=ASKED_TWICE,
    ),
    "a Max-Age that is no number means 5 seconds": Difference(
        fetches=[put("age-fraction"), put("age-fraction")],
        fetch=ASKED_ONCE,
        chromium=ASKED_ONCE,
        firefox=ASKED_TWICE,
        webkit=ASKED_ONCE,
    ),
    "two lines of Max-Age are no number": Difference(
        fetches=[put("age-two-lines"), put("age-two-lines")],
        fetch=ASKED_ONCE,
        chromium=ASKED_ONCE,
        firefox=ASKED_TWICE,
        webkit=ASKED_ONCE,
    ),
    "a Max-Age with a plus is no number, so the answer is kept for 5 seconds": Difference(
        fetches=[put("age-signed"), put("age-signed", after=6)],
        fetch=ASKED_TWICE,
        chromium=ASKED_ONCE,
        firefox=ASKED_TWICE,
        webkit=ASKED_ONCE,
    ),
    "a Max-Age may have more than 64 bits": Difference(
        fetches=[put("age-huge"), put("age-huge", after=6)],
        fetch=ASKED_ONCE,
        chromium=ASKED_TWICE,
        firefox=ASKED_ONCE,
        webkit=ASKED_TWICE,
    ),
    "a cached preflight of another method serves HEAD": Difference(
        fetches=[put("echo", **headers("x-one")), Fetch(path="raw/echo/", method="HEAD", **headers("x-one"))],
        fetch=["preflight PUT x-one", "PUT x-one", "HEAD x-one"],
        chromium=["preflight PUT x-one", "PUT x-one", "HEAD x-one"],
        firefox=["preflight PUT x-one", "PUT x-one", "preflight HEAD x-one", "HEAD x-one"],
        webkit=["preflight PUT x-one", "PUT x-one", "HEAD x-one"],
    ),
    "the GET after a POST that was answered 303 needs no preflight": Difference(
        fetches=[via(303, HERE, "POST", **JSON)],
        fetch=[*JSON_POST, "GET"],
        chromium=[*JSON_POST, "GET"],
        firefox=[*JSON_POST, "preflight GET", "GET"],
        webkit=[*JSON_POST, "preflight GET content-type", "GET"],
    ),
    "nor does the GET after one that was answered 302": Difference(
        fetches=[via(302, HERE, "POST", **JSON)],
        fetch=[*JSON_POST, "GET"],
        chromium=[*JSON_POST, "GET"],
        firefox=[*JSON_POST, "preflight GET", "GET"],
        webkit=[*JSON_POST, "preflight GET content-type", "GET"],
    ),
    "a failed request that needs no preflight leaves the cache alone": Difference(
        fetches=[put("no-headers"), Fetch(path="raw/no-headers/", **COOKIES), put("no-headers")],
        fetch=["preflight PUT", "PUT", "GET +cookies", "PUT"],
        chromium=["preflight PUT", "PUT", "GET +cookies", "PUT"],
        firefox=["preflight PUT", "PUT", "GET +cookies", "preflight PUT", "PUT"],
        webkit=["preflight PUT", "PUT", "GET +cookies", "PUT"],
    ),
    "a preflight that has expired serves no GET after a redirect": Difference(
        fetches=[
            Fetch(path=f"via/303/{HERE}/raw/age-one/", method="PUT"),
            Fetch(path=f"via/303/{HERE}/raw/age-one/", method="PUT", after=2),
        ],
        fetch=["preflight PUT", "PUT", "GET", "PUT", "GET"],
        chromium=["preflight PUT", "PUT", "GET", "PUT", "GET"],
        firefox=["preflight PUT", "PUT", "preflight GET", "GET", "PUT", "GET"],
        webkit=["preflight PUT", "PUT", "preflight GET", "GET", "PUT", "preflight GET", "GET"],
    ),
    "a header that a redirect removed stays removed at the next one": Difference(
        fetches=[Fetch(path=f"via/303/{HERE}/via/307/{HERE}/raw/echo/", method="POST", **JSON)],
        fetch=[*JSON_POST, "GET", "GET"],
        chromium=[*JSON_POST, "GET", "GET"],
        firefox=[*JSON_POST, "preflight GET", "GET", "preflight GET content-type", "GET content-type"],
        webkit=[*JSON_POST, "preflight GET content-type", "GET", "preflight GET content-type", "GET content-type"],
    ),
    "it stays removed after a second 303 too": Difference(
        fetches=[Fetch(path=f"via/303/{HERE}/via/303/{HERE}/raw/echo/", method="POST", **JSON)],
        fetch=[*JSON_POST, "GET", "GET"],
        chromium=[*JSON_POST, "GET", "GET"],
        firefox=[*JSON_POST, "preflight GET", "GET", "preflight GET content-type", "GET"],
        webkit=[*JSON_POST, "preflight GET content-type", "GET", "preflight GET content-type", "GET content-type"],
    ),
    "a preflight after a redirect to another origin has the Origin null": Difference(
        fetches=[via(307, THERE, "PUT")],
        fetch=LED_ABROAD,
        chromium=LED_ABROAD,
        firefox=["preflight PUT", "PUT", "preflight PUT", "PUT from null"],
        webkit=LED_ABROAD,
    ),
    "such a preflight is kept": Difference(
        fetches=[via(307, THERE, "PUT"), via(307, THERE, "PUT")],
        fetch=[*LED_ABROAD, "PUT", "PUT from null"],
        chromium=[*LED_ABROAD, "PUT", "PUT from null"],
        firefox=["preflight PUT", "PUT", "preflight PUT", "PUT from null", "PUT", "PUT from null"],
        webkit=[*LED_ABROAD, "PUT", "preflight PUT from null", "PUT from null"],
    ),
    "such a preflight does not serve the page's own fetches": Difference(
        fetches=[Fetch(path=f"via/307/{THERE}/via/307/{HERE}/raw/echo/", method="PUT"), put("echo")],
        fetch=[*LED_ABROAD, *LED_ABROAD[2:], "preflight PUT", "PUT"],
        chromium=[*LED_ABROAD, *LED_ABROAD[2:], "PUT"],
        firefox=["preflight PUT", "PUT", *["preflight PUT", "PUT from null"] * 2, "PUT"],
        webkit=[*LED_ABROAD, *LED_ABROAD[2:], "preflight PUT", "PUT"],
    ),
    "a DELETE that is redirected to another origin stays a DELETE": Difference(
        fetches=[via(307, THERE, "DELETE")],
        fetch=["preflight DELETE", "DELETE", "preflight DELETE from null", "DELETE from null"],
        chromium=["preflight DELETE", "DELETE", "preflight DELETE from null", "DELETE from null"],
        firefox=["preflight DELETE", "DELETE", "preflight DELETE", "DELETE from null"],
        webkit=["preflight DELETE", "DELETE", "preflight GET from null", "GET from null"],
    ),
    "a refused preflight empties the cache": Difference(
        fetches=[put("lists", **headers("x-one")), delete("lists"), put("lists", **headers("x-one"))],
        fetch=DROPPED,
        chromium=DROPPED,
        firefox=DROPPED,
        webkit=["preflight PUT x-one", "PUT x-one", "preflight DELETE", "PUT x-one"],
    ),
    "the answer of a refused preflight is not kept": Difference(
        fetches=[delete("lists"), put("lists", **headers("x-one"))],
        fetch=["preflight DELETE", "preflight PUT x-one", "PUT x-one"],
        chromium=["preflight DELETE", "preflight PUT x-one", "PUT x-one"],
        firefox=["preflight DELETE", "preflight PUT x-one", "PUT x-one"],
        webkit=["preflight DELETE", "PUT x-one"],
    ),
}
NAMES = {name: f"d{number}" for number, name in enumerate(DIFFERENCES)}


@pytest.fixture(scope="session")
def observed(engine: Engine, live: Live) -> tuple[str, dict[str, Observation], dict[str, Observation]]:
    sequences = {NAMES[name]: difference.fetches for name, difference in DIFFERENCES.items()}
    site = live.sites["wsgi"]
    real = run_in_engine(engine, site, live.front, sequences)
    model = run_in_model(engine.name, site, live.front, sequences)
    return engine.name, run_again_where_different(engine, site, live.front, sequences, real, model), model


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_engine_does_what_the_table_says(observed: tuple[Any, ...], name: str) -> None:
    engine, real, _ = observed
    assert real[NAMES[name]].wire_and_null == getattr(DIFFERENCES[name], engine)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_profile_does_what_the_engine_does(observed: tuple[Any, ...], name: str) -> None:
    _, real, model = observed
    assert model[NAMES[name]] == real[NAMES[name]]


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_model_without_a_profile_does_what_the_standard_says(live: Live, name: str) -> None:
    model = run_in_model("fetch", live.sites["wsgi"], live.front, {"only": DIFFERENCES[name].fetches})
    assert model["only"].wire_and_null == DIFFERENCES[name].fetch
