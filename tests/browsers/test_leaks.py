"""No order of fetches makes a real engine send what the policy of a method refuses, and nothing allowed is blocked.

The URLs of `leak_cases` have up to four policies. Pages run sequences of fetches on them, and the door of the site
tells what arrived. Whatever needs a preflight and arrives must be admitted by the policy of its own method.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsers.leak_cases import METHODS, SAFELISTED, Fields, admits, leak_cases
from tests.browsers.sequences import Fetch, Observation, run_again_where_different, run_in_engine, run_in_model

if TYPE_CHECKING:
    from tests.browsers.conftest import Live
    from tests.browsers.engines import Engine

SERVERS = ("wsgi", "asgi")
PAGES = ("front", "stranger")
CASES = tuple(leak_cases("", ""))


@dataclass(frozen=True)
class Step:
    """A fetch in short: its method, the headers that need a preflight, and whether it takes cookies along."""

    method: str
    names: tuple[str, ...] = ()
    cookies: bool = False

    def fetch(self, path: str) -> Fetch:
        values = {name: "application/json" if name == "content-type" else "1" for name in self.names}
        body = "{}" if self.method in {"POST", "PUT"} else None
        return Fetch(
            path=path,
            method=self.method,
            headers=values,
            body=body,
            credentials="include" if self.cookies else "omit",
        )

    def __str__(self) -> str:
        return " ".join([self.method, *self.names, *(["+cookies"] if self.cookies else [])])


def steps(*texts: str) -> list[Step]:
    """Read steps such as `PUT x-one +cookies`."""
    found = []
    for text in texts:
        method, *rest = text.split()
        names = tuple(word for word in rest if word != "+cookies")
        found.append(Step(method, names, "+cookies" in rest))
    return found


# Four fetches of each case whose every order is tried on a URL of its own; those that its policies tell apart.
CORE = {
    "headers": steps("GET x-one", "POST x-one", "PUT x-two", "PUT x-one"),
    "credentials": steps("GET x-one", "POST x-one +cookies", "PUT x-one +cookies", "DELETE x-one +cookies"),
    "cookies-on-get": steps("GET x-one +cookies", "POST x-one +cookies", "PUT x-one", "DELETE +cookies"),
    "origins": steps("GET x-one", "POST x-one", "PUT x-two", "DELETE"),
    "no-post": steps("GET x-one", "POST x-one", "PUT", "PUT x-one"),
    "no-put": steps("POST content-type", "PUT x-one", "GET x-one", "DELETE content-type"),
    "any-header": steps("GET x-two", "POST x-two", "PUT authorization +cookies", "GET authorization +cookies"),
    "callables": steps("GET x-one", "POST x-one", "PUT x-one", "DELETE x-two"),
    "json": steps("GET x-one", "POST x-one content-type", "PUT x-one +cookies", "POST content-type +cookies"),
    "one-with-cookies": steps("GET x-one +cookies", "POST x-one +cookies", "PUT x-one", "DELETE x-two"),
    "alike": steps("GET x-one", "POST content-type +cookies", "PUT x-two", "DELETE x-two +cookies"),
}
# Fetches of the walk: every ordered pair of them, one after the other, on one URL.
WALK = steps(
    "GET x-one",
    "GET x-one +cookies",
    "POST x-one",
    "POST content-type +cookies",
    "HEAD x-two",
    "PUT x-one",
    "PUT x-two +cookies",
    "DELETE",
    "DELETE x-one +cookies",
)


def every_pair(alphabet: Sequence[Step]) -> list[Step]:
    """Return a walk in which each step follows each, itself included: a closed Euler path (Hierholzer)."""
    leaving = {step: list(alphabet) for step in alphabet}
    path, walk = [alphabet[0]], []
    while path:
        if leaving[path[-1]]:
            path.append(leaving[path[-1]].pop())
        else:
            walk.append(path.pop())
    return walk


def test_the_walk_has_every_pair() -> None:
    assert set(itertools.pairwise(every_pair(WALK))) == set(itertools.product(WALK, WALK))


def sequences_of(case: str, server: str, page: str) -> dict[str, list[Step]]:
    """Return the sequences that a page runs: the walk, and from the front page every order of the core.

    Every order over WSGI only, for time: the servers differ in how they carry a verdict, not in the verdict.
    """
    orders = itertools.permutations(CORE[case]) if page == "front" and server != "asgi" else ()
    return {
        **{f"{case}-{page}-{number}": list(order) for number, order in enumerate(orders)},
        f"{case}-{page}-walk": every_pair(WALK),
    }


@dataclass(frozen=True)
class Seen:
    """One sequence: its steps, and what the engine and its model did; `settled` is for comparing the two."""

    steps: list[Step]
    real: Observation
    settled: Observation
    model: Observation


@pytest.fixture(scope="session")
def seen(engine: Engine, live: Live) -> dict[tuple[str, str, str], dict[str, Seen]]:
    """Everything both did, by server, page and case. One load per page serves all cases."""
    found: dict[tuple[str, str, str], dict[str, Seen]] = {}
    for server, page in itertools.product(SERVERS, PAGES):
        site, origin = live.sites[server], getattr(live, page)
        plans = {case: sequences_of(case, server, page) for case in CASES}
        fetches = {
            name: [step.fetch(f"leak-{case}/") for step in sequence]
            for case, sequences in plans.items()
            for name, sequence in sequences.items()
        }
        real = run_in_engine(engine, site, origin, fetches)
        model = run_in_model(engine.name, site, origin, fetches)
        settled = run_again_where_different(engine, site, origin, fetches, real, model)
        for case, sequences in plans.items():
            found[server, page, case] = {
                name: Seen(sequence, real[name], settled[name], model[name]) for name, sequence in sequences.items()
            }
    return found


def leaks(case: Mapping[str, Fields], observation: Observation) -> list[str]:
    """Return what arrived, needs a preflight, and is refused by the policy of its method."""
    return [
        text
        for text, arrival in zip(observation.wire, observation.arrivals, strict=True)
        if arrival["asks_method"] is None
        and (arrival["method"] not in SAFELISTED or arrival["names"])
        and not admits(
            case,
            method=arrival["method"],
            origin=arrival["origin"],
            names=arrival["names"],
            cookies=arrival["has_cookies"],
        )
    ]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("case", CASES)
def test_nothing_leaks_in_any_order(seen: dict[Any, Any], live: Live, server: str, page: str, case: str) -> None:
    policies = leak_cases(live.front, live.stranger)[case]
    found = {
        name: leaks(policies, each.real) + leaks(policies, each.settled)
        for name, each in seen[server, page, case].items()
    }
    assert {name: leaked for name, leaked in found.items() if leaked} == {}


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("case", CASES)
def test_what_is_allowed_gets_through_and_nothing_else_is_read(
    seen: dict[Any, Any], live: Live, server: str, page: str, case: str
) -> None:
    policies, origin = leak_cases(live.front, live.stranger)[case], getattr(live, page)
    for each in seen[server, page, case].values():
        wanted = [
            (str(step), admits(policies, method=step.method, origin=origin, names=step.names, cookies=step.cookies))
            for step in each.steps
        ]
        outcomes = [outcome.is_allowed for outcome in each.real.outcomes]
        assert list(zip(map(str, each.steps), outcomes, strict=True)) == wanted


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("case", CASES)
def test_the_model_browser_does_what_the_engine_did(seen: dict[Any, Any], server: str, page: str, case: str) -> None:
    for name, each in seen[server, page, case].items():
        assert (name, each.model.wire) == (name, each.settled.wire)
        assert each.model.outcomes == each.settled.outcomes
        assert each.model.arrivals == each.settled.arrivals


def test_preflights_are_cached_where_all_methods_agree(seen: dict[Any, Any]) -> None:
    """Without a cache nothing could leak: the sequences must meet one."""
    for server in SERVERS:
        walk = seen[server, "front", "alike"]["alike-front-walk"]
        needing = [step for step in walk.steps if step.method not in SAFELISTED or step.names]
        preflights = [arrival for arrival in walk.real.arrivals if arrival["asks_method"] is not None]
        assert 0 < len(preflights) < len(needing) / 2


def test_the_door_finds_the_leaks_of_a_faulty_library(engine: Engine, live: Live) -> None:
    """With the rule for dangerous answers switched off each engine leaks, where a leak is possible."""
    policies = leak_cases(live.front, live.stranger)
    faulty = ("headers", "no-post", "alike")
    fetches = {
        f"{case}-{number}": [step.fetch(f"leak-{case}/") for step in order]
        for case in faulty
        for number, order in enumerate(itertools.permutations(CORE[case]))
    }
    seen = run_in_engine(engine, live.sites["leaky"], live.front, fetches)
    leaking = {case for case in faulty for name in seen if name.startswith(case) and leaks(policies[case], seen[name])}
    assert leaking == {"headers", "no-post"}


def test_the_cases_have_every_method() -> None:
    assert {step.method for step in WALK} >= set(METHODS)
