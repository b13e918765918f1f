"""Generated sequences of fetches, over all that the model browser can express: redirects, lists, caches, ages.

Left out are cookies for other hosts or for opaque origins, which the model does not know, and `Authorization` along
several redirects that leave an origin, where the model always drops it.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from tests.browsers.raw_responses import MAX_AGES
from tests.browsers.sequences import Fetch

HERE, THERE = "127.0.0.1", "localhost"  # two origins of the live site
STATUSES = (301, 302, 303, 307, 308)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HEADERS = {"content-type": "application/json", "x-one": "1", "x-two": "2", "authorization": "Bearer t"}
TARGETS = ("echo", "echo", "no-headers", "no-methods", "only-null", "star", "lists", "asked", "unreadable")
AGES = ("age-zero", "age-one", "age-word", "age-negative")


def fetch(path: str, method: str, names: tuple[str, ...] = (), **rest: object) -> Fetch:
    headers = {name: HEADERS[name] for name in names}
    body = None if method in {"GET", "HEAD"} else "{}"
    return Fetch(path=path, method=method, headers=headers, body=body, **rest)


def every_redirect() -> dict[str, list[Fetch]]:
    """Return one fetch for each kind of redirect, method and header."""
    kinds = itertools.product(STATUSES, (HERE, THERE), METHODS, ((), *((name,) for name in HEADERS)))
    return {
        f"r{number}": [fetch(f"via/{status}/{host}/raw/echo/", method, names)]
        for number, (status, host, method, names) in enumerate(kinds)
    }


def every_redirect_of_the_page() -> dict[str, list[Fetch]]:
    """Return the same for redirects from the page's own origin."""
    kinds = itertools.product(STATUSES, METHODS, ((), *((name,) for name in HEADERS)))
    return {
        f"o{number}": [fetch("raw/echo/", method, names, page_status=status)]
        for number, (status, method, names) in enumerate(kinds)
    }


def every_max_age() -> dict[str, list[Fetch]]:
    """Return one sequence with three fetches for each value: two at once, and one after 6 seconds."""
    fetches = [fetch(f"raw/age-{name}/", "PUT") for name in MAX_AGES]
    return {"ages": [*fetches, *fetches, fetch("raw/echo/", "GET", after=6), *fetches]}


def random_sequences(count: int, *, seed: int, is_opaque: bool = False) -> dict[str, list[Fetch]]:
    """Return sequences in which few URLs are fetched in many ways. The same seed makes the same ones.

    Args:
        count: How many.
        seed: Of the random numbers.
        is_opaque: Whether they are for a page whose origin is `null`.
    """
    dice = random.Random(seed)
    return {f"g{number}": list(_sequence(dice, is_opaque)) for number in range(count)}


def _sequence(dice: random.Random, is_opaque: bool) -> Iterator[Fetch]:
    paths = [_path(dice) for _ in range(2)]
    for _ in range(5):
        path = dice.choice(paths)
        page_status = dice.choice(STATUSES) if dice.random() < 0.1 else None
        hops = path.count("via/") + (page_status is not None)
        leaves = THERE in path
        names = {name for name in HEADERS if dice.random() < 0.3}
        if hops > 1 and (leaves or page_status):
            names -= {"authorization"}
        yield fetch(
            path,
            dice.choice(METHODS),
            tuple(sorted(names)),
            credentials="omit" if leaves or is_opaque else dice.choice(("omit", "same-origin", "include")),
            after=2 if dice.random() < 0.03 else 0,
            page_status=None if is_opaque else page_status,
        )


def _path(dice: random.Random) -> str:
    hops = dice.choices((0, 1, 2, 3), (4, 4, 2, 1))[0]
    redirects = [f"via/{dice.choice(STATUSES)}/{dice.choice((HERE, HERE, THERE))}/" for _ in range(hops)]
    return "".join(redirects) + f"raw/{dice.choice((*TARGETS, *AGES))}/"
