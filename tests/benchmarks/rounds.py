"""Contestants take turns in many short rounds; what counts is the median over the rounds."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from statistics import median
from typing import Any, Final, TypeVar

MICRO: Final = 1e6

Name = TypeVar("Name")


@contextmanager
def without_gc() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def per_call(rounds: int, turns: Mapping[Name, Callable[[], float]]) -> dict[Name, list[float]]:
    """Let each turn time itself, once per round.

    Args:
        rounds: How many.
        turns: Name -> one turn: makes its requests, and returns the microseconds that each of them took.
    """
    taken: dict[Name, list[float]] = {name: [] for name in turns}
    for turn in turns.values():
        turn()  # caches warm up
    chance = Random(0)
    with without_gc():
        for _ in range(rounds):
            # In another order each time: whoever comes after something else finds the caches cold.
            for name in chance.sample(list(turns), len(turns)):
                taken[name].append(turns[name]())
            gc.collect(0)
    return taken


def costs(taken: Mapping[str, list[float]], over: str = "empty") -> dict[str, float]:
    """Return the median cost of each contestant over `over`, round by round, in microseconds."""
    return {
        name: median(mine - base for mine, base in zip(times, taken[over], strict=True))
        for name, times in taken.items()
        if name != over
    }


def turn(handle: Callable[[Any], Any], make: Callable[[int], list[Any]], number: int) -> Callable[[], float]:
    """Return a turn of `number` requests through a handler. To make them is not timed."""

    def run() -> float:
        made = make(number)
        started = time.perf_counter()
        for request in made:
            handle(request)
        return (time.perf_counter() - started) / number * MICRO

    return run


def async_turn(handle: Callable[[Any], Any], make: Callable[[int], list[Any]], number: int) -> Callable[[], float]:
    """Return the same through an asynchronous handler, in one event loop."""

    async def run() -> float:
        made = make(number)
        started = time.perf_counter()
        for request in made:
            await handle(request)
        return (time.perf_counter() - started) / number * MICRO

    return lambda: asyncio.run(run())
