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
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")


class _State(threading.local):
    """The pass of a thread.

    Attributes:
        results: A function -> the id of its first argument, with its other arguments if it has any
            -> the first argument and the result; None outside a pass. The argument is kept, so that
            no other object gets its id.
        notes: What `noted` returns, by its key.
    """

    results: dict[object, dict[Hashable, tuple[object, Any]]] | None = None
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
    _state.results, _state.notes = defaultdict(dict), {}
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
    call: Callable[..., Any] = function

    # No keywords: the key has none, and no caller uses them.
    def kept(thing: Any, /, *args: Any) -> Any:
        results = _state.results
        if results is None:
            return call(thing, *args)
        results_of_function = results[function]
        key = (id(thing), args) if args else id(thing)
        entry = results_of_function.get(key)
        if entry is None:
            entry = results_of_function[key] = (thing, call(thing, *args))
        return entry[1]

    functools.update_wrapper(kept, function)
    return cast("Callable[Concatenate[A, P], T]", kept)
