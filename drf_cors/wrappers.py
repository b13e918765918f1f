"""What wrappers hide: a view behind a callable that does not pass on what it wraps, so that its policy is lost."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from types import CellType
from typing import TYPE_CHECKING, Any, Final, cast

from drf_cors.decorators import marks_of, view_class_of
from drf_cors.layers import UrlName, view_layers

if TYPE_CHECKING:
    from drf_cors.conf import Conf

#: How many wrappers around wrappers are looked through.
MAX_WRAPPERS: Final = 4


def hidden_view(callback: Callable[..., Any], conf: Conf) -> object | None:
    """Return a view with a policy of its own that a callback of a URLconf keeps to itself, or None."""
    return next((inner for inner in inside(callback) if _declares(inner, conf)), None)


def name_of(inner: object) -> str:
    """Return the name of a view that a wrapper keeps."""
    named = view_class_of(inner) or inner
    return getattr(named, "__qualname__", type(named).__qualname__)


def inside(wrapper: object, depth: int = MAX_WRAPPERS) -> Iterator[object]:
    """Yield the callables that a wrapper keeps: in its closure, in a partial, or in an object's attributes."""
    for kept in _kept(wrapper) if depth else ():
        if callable(kept):
            yield kept
            if view_class_of(kept) is None and not isinstance(kept, type):
                yield from inside(kept, depth - 1)


def _kept(wrapper: object) -> Iterator[object]:
    kept: list[object]
    if isinstance(wrapper, functools.partial):
        kept = [wrapper.func]
    elif inspect.isfunction(wrapper):
        kept = [_content(cell) for cell in wrapper.__closure__ or ()]
    else:
        kept = list(getattr(wrapper, "__dict__", {}).values())
    for thing in kept:
        # By the type itself: `isinstance` would ask a lazy object for what it stands for, and so make it.
        if issubclass(type(thing), dict):  # views by method: {"GET": listing, "POST": adding}
            yield from cast("dict[object, object]", thing).values()
        elif issubclass(type(thing), (list, tuple)):
            yield from cast("list[object]", thing)
        else:
            yield thing


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # a name that is not bound yet
        return None


def _declares(inner: object, conf: Conf) -> bool:
    if marks_of(inner):
        return True
    if isinstance(inner, type):
        return getattr(inner, "cors_policy", None) is not None
    return view_class_of(inner) is not None and callable(inner) and view_layers(inner, UrlName(), conf).declares
