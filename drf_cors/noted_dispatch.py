"""A `dispatch` that notes the view object that runs.

`CorsMiddleware` compares what the noted objects declare with the policies of the URL. So every class
that declares has such a `dispatch`, also if its own does not call that of its bases.
"""

from __future__ import annotations

import functools
import types
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.views import View

from drf_cors.held import own_attributes
from drf_cors.identity import WeakIdentityMap
from drf_cors.in_progress import note_assigned, note_object


class NotingDispatch:
    """Notes the view object, and calls the next `dispatch` of the MRO.

    Django and REST framework copy the attributes of `cls.dispatch` to the callback, where other
    packages read them: `csrf_exempt`, `login_required`, `_non_atomic_requests`. A plain method
    would hide those of the next `dispatch`.
    """

    # Without a `__dict__`: what an object holds may be taken for views that it calls.
    __slots__ = ("_made",)

    def __init__(self) -> None:
        #: Class -> the class of its MRO that has this `dispatch`, the next `dispatch`, and ours
        #: around that.
        self._made: WeakIdentityMap[type, tuple[type, object, Any]] = WeakIdentityMap()

    def __get__(self, view: object, owner: type) -> Any:
        """Return the method for a class or a view object."""
        made = self._made.get(owner)
        holder = self._holder_of(owner) if made is None else made[0]
        behind = getattr(super(holder, owner), "dispatch")  # noqa: B009 - mypy finds none
        if not callable(behind):
            return behind  # a class that is no view may have any attribute of that name
        if made is None or made[1] is not behind:
            made = (holder, behind, _noting_next(behind, holder))
            self._made.set(owner, made)
        return made[2] if view is None else types.MethodType(made[2], view)

    def _holder_of(self, owner: type) -> type:
        return next(klass for klass in owner.__mro__ if vars(klass).get("dispatch") is self)


def note_objects_of(view_class: type) -> None:
    """Give a view class that declares a `dispatch` that notes its objects, if it has none yet.

    Args:
        view_class: The class. A class that is no view may have another `dispatch`, and is not
            changed.
    """
    if not issubclass(view_class, View):
        return
    holder = next(klass for klass in view_class.__mro__ if "dispatch" in vars(klass))
    first = vars(holder)["dispatch"]
    if holder is not view_class:
        if type(first) is not NotingDispatch:
            view_class.dispatch = NotingDispatch()  # type: ignore[method-assign, assignment]
    elif type(first) is types.FunctionType and first.__code__ not in _noting.__code__.co_consts:
        view_class.dispatch = _noting(first, first)  # type: ignore[method-assign]


def _noting_next(behind: Any, holder: type) -> Any:
    def call_next(view: Any, *args: Any, **kwargs: Any) -> Any:
        next_dispatch = getattr(super(holder, view), "dispatch")  # noqa: B009 - as above
        return next_dispatch(*args, **kwargs)

    return _noting(behind, call_next)


def _noting(behind: Any, call: Any) -> Any:
    """Return a method that notes the view object and calls another; it has the attributes of `behind`."""

    # A class that is no view may have a `dispatch` with other arguments.
    def dispatch(self: Any, *args: Any, **kwargs: Any) -> Any:
        request = args[0] if args else kwargs.get("request")
        note_object(self, request)
        given = own_attributes(self).get("cors_policy")
        response = call(self, *args, **kwargs)
        note_assigned(self, request, given)
        return response

    async def dispatch_async(self: Any, *args: Any, **kwargs: Any) -> Any:
        request = args[0] if args else kwargs.get("request")
        note_object(self, request)
        given = own_attributes(self).get("cors_policy")
        response = await call(self, *args, **kwargs)
        note_assigned(self, request, given)
        return response

    ours: Any = dispatch_async if iscoroutinefunction(behind) else dispatch
    for name in functools.WRAPPER_ASSIGNMENTS:
        setattr(ours, name, getattr(behind, name, getattr(ours, name)))
    ours.__dict__.update(own_attributes(behind))
    return ours
