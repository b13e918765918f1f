"""What is read of classes and callables is kept for the time of one pass over the views of a site.

The views of a site share bases, wrappers and helpers. The checks and the commands read all views
in one go, and nothing is assigned meanwhile. So each class and each function is read once:

    with one_pass():
        ...

Outside a pass nothing is kept, because a project may assign a policy at any time.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")


class _State(threading.local):
    """The pass of a thread.

    Attributes:
        results: A function, the id of its first argument and its other arguments -> the first
            argument and the result; None outside a pass. The argument is kept, so that no other
            object gets its id.
        notes: What `noted` returns, by its key.
    """

    results: dict[tuple[object, int, Hashable], tuple[object, Any]] | None = None
    notes: dict[object, dict[Any, object]]


_state = _State()


@contextmanager
def one_pass() -> Iterator[None]:
    """Keep the results of `once_per_pass` functions until the end.

    A pass inside a pass is part of it.
    """
    if _state.results is not None:
        yield
        return
    _state.results, _state.notes = {}, {}
    try:
        yield
    finally:
        _state.results, _state.notes = None, {}


def noted(key: object) -> dict[Any, object]:
    """Return the notes of a search, which are kept until the pass ends.

    Args:
        key: Names the search. Outside a pass, each call returns new notes.
    """
    if _state.results is None:
        return {}
    return _state.notes.setdefault(key, {})


def once_per_pass(function: Callable[Concatenate[A, P], T]) -> Callable[Concatenate[A, P], T]:
    """Call a function once for each object in a pass.

    Args:
        function: What it returns depends only on its first argument, which is compared by identity,
            and on the others, which are hashable. Callers must not change what it returns.
    """

    def kept(thing: A, *args: P.args, **kwargs: P.kwargs) -> T:
        results = _state.results
        if results is None or kwargs:  # the key has no keywords, and no caller uses them
            return function(thing, *args, **kwargs)
        key = (function, id(thing), args)
        entry = results.get(key)
        if entry is None:
            entry = results[key] = (thing, function(thing, *args, **kwargs))
        return entry[1]

    functools.update_wrapper(kept, function)
    return kept  # type: ignore[return-value]  # the first argument of all callers has no name
