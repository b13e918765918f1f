"""Whatever the model browser can express, it does as the engines do: sequences that are generated, not chosen.

A case in which they differ can be read in the message: the fetches, and what arrived from both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browsers.generated import (
    HEADERS,
    METHODS,
    STATUSES,
    every_max_age,
    every_redirect,
    every_redirect_of_the_page,
    random_sequences,
)
from tests.browsers.sequences import NULL, Fetch, run_again_where_different, run_in_engine, run_in_model

if TYPE_CHECKING:
    from tests.browsers.conftest import Live
    from tests.browsers.engines import Engine

FOR_A_PAGE = {
    "redirects": every_redirect(),
    "redirects of the page's own origin": every_redirect_of_the_page(),
    "max ages": every_max_age(),
    "random": random_sequences(120, seed=13),
}
FOR_AN_OPAQUE_PAGE = random_sequences(60, seed=14, is_opaque=True)


def differing(
    engine: Engine, live: Live, sequences: dict[str, list[Fetch]], *, is_opaque: bool = False
) -> dict[str, tuple[list[Fetch], list[str], list[str]]]:
    """Return the sequences in which an engine and the model of it differ, and what arrived from both."""
    site = live.sites["wsgi"]
    real = run_in_engine(engine, site, live.front, sequences, is_sandboxed=is_opaque)
    model = run_in_model(engine.name, site, NULL if is_opaque else live.front, sequences)
    real = run_again_where_different(engine, site, live.front, sequences, real, model, is_sandboxed=is_opaque)
    return {
        name: (fetches, real[name].wire_and_null, model[name].wire_and_null)
        for name, fetches in sequences.items()
        if real[name] != model[name]
    }


@pytest.mark.parametrize("group", FOR_A_PAGE)
def test_the_model_browser_does_what_the_engine_does(engine: Engine, live: Live, group: str) -> None:
    assert differing(engine, live, FOR_A_PAGE[group]) == {}


def test_the_model_browser_does_what_the_engine_does_for_an_opaque_page(engine: Engine, live: Live) -> None:
    assert differing(engine, live, FOR_AN_OPAQUE_PAGE, is_opaque=True) == {}


def test_the_random_sequences_have_everything() -> None:
    fetches = [fetch for sequence in FOR_A_PAGE["random"].values() for fetch in sequence]
    assert {fetch.method for fetch in fetches} == set(METHODS)
    assert {name for fetch in fetches for name in fetch.headers} == set(HEADERS)
    assert {fetch.page_status for fetch in fetches} == {None, *STATUSES}
    assert {fetch.credentials for fetch in fetches} == {"omit", "same-origin", "include"}
    assert {fetch.path.count("via/") for fetch in fetches} == {0, 1, 2, 3}
