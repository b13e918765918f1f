"""A `dispatch` that notes the view object that runs.

`CorsMiddleware` compares what the noted objects declare with the policies of the URL. So every class
that declares has such a `dispatch`, also if its own does not call that of its bases.
"""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction

from drf_cors.identity import WeakIdentityMap
from drf_cors.in_progress import note_object

if TYPE_CHECKING:
    from django.http import HttpRequest


class NotingDispatch:
    """Notes the view object, and calls the next `dispatch` of the MRO.

    Django and REST framework copy the attributes of `cls.dispatch` to the callback, where other
    packages read them: `csrf_exempt`, `login_required`, `_non_atomic_requests`. A plain method
    would hide those of the next `dispatch`.
    """

    # Without a `__dict__`: what an object holds may be taken for views that it calls.
    __slots__ = ("_holder", "_made")

    def __init__(self) -> None:
        #: Class -> the next `dispatch` of its MRO, and ours around it.
        self._made: WeakIdentityMap[type, tuple[object, Any]] = WeakIdentityMap()

    def __set_name__(self, holder: type, name: str) -> None:
        """Keep the class that has this `dispatch`."""
        self._holder = holder

    def __get__(self, view: object, owner: type) -> Any:
        """Return the method for a class or a view object."""
        behind = getattr(super(self._holder, owner), "dispatch")  # noqa: B009 - mypy finds none
        made = self._made.get(owner)
        if made is None or made[0] is not behind:
            made = (behind, self._noting_next(behind))
            self._made.set(owner, made)
        return made[1] if view is None else types.MethodType(made[1], view)

    def _noting_next(self, behind: Any) -> Any:
        holder = self._holder

        def call_next(view: Any, *args: Any, **kwargs: Any) -> Any:
            next_dispatch = getattr(super(holder, view), "dispatch")  # noqa: B009 - as above
            return next_dispatch(*args, **kwargs)

        return _noting(behind, call_next)


def note_objects_of(view_class: type) -> None:
    """Give a view class that declares a `dispatch` that notes its objects, if it has none yet.

    Args:
        view_class: The class. Other classes than views have no `dispatch` and are not changed.
    """
    holders = [klass for klass in view_class.__mro__ if "dispatch" in vars(klass)]
    if not holders:
        return
    first = vars(holders[0])["dispatch"]
    if holders[0] is not view_class:
        if not isinstance(first, NotingDispatch):
            ours = NotingDispatch()
            ours.__set_name__(view_class, "dispatch")
            view_class.dispatch = ours  # type: ignore[attr-defined]
    elif type(first) is types.FunctionType and first.__code__ not in _noting.__code__.co_consts:
        view_class.dispatch = _noting(first, first)  # type: ignore[attr-defined]


def _noting(behind: Any, call: Any) -> Any:
    """Return a method that notes the view object and calls another; it has the attributes of `behind`."""

    def dispatch(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        note_object(self, request)
        return call(self, request, *args, **kwargs)

    async def dispatch_async(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        note_object(self, request)
        return await call(self, request, *args, **kwargs)

    ours: Any = dispatch_async if iscoroutinefunction(behind) else dispatch
    for name in functools.WRAPPER_ASSIGNMENTS:
        setattr(ours, name, getattr(behind, name))
    ours.__dict__.update(behind.__dict__)
    return ours
