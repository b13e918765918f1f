"""What `CorsMiddleware` notes about a request while it waits for the response.

The note is in `request.META`, which copies of a request share or copy. A request that middleware
creates without the note cannot be matched to the first one. Such requests are counted. If the count
has changed and no view of the first request was called, the response may be that of another
request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import HttpRequest

from drf_cors.core.verdict import CorsRequest
from drf_cors.held import own_attributes

if TYPE_CHECKING:
    from drf_cors.decorators import Mark

#: Key of `request.META` while `CorsMiddleware` waits for a response.
KEY: Final = "drf_cors.in_progress"


class RequestInProgress(CorsRequest):
    """A request that `CorsMiddleware` has passed on, and what ran below.

    Attributes:
        request: The request as it arrived.
        path_info: Its path when it arrived.
        unknown_views: The value of the module's `unknown_views` when it arrived.
        is_changed: Whether any of the next three is set.
        view_method: Its method when a view was called, if middleware had changed it; else None.
        is_path_changed: Whether its path had changed when Django called the view.
        is_replaced: Whether the last view was called for another request object, made by
            middleware.
        view_classes: The classes with `CorsPolicyMixin` that ran, in order, without the class
            behind the callback.
        marks: The marks of `cors()` whose views ran, in order.
    """

    __slots__ = (
        "is_changed",
        "is_path_changed",
        "is_replaced",
        "marks",
        "path_info",
        "request",
        "unknown_views",
        "view_classes",
        "view_method",
    )

    request: HttpRequest
    path_info: str
    unknown_views: int
    is_changed: bool
    view_method: str | None
    is_path_changed: bool
    is_replaced: bool
    view_classes: tuple[type, ...]
    marks: tuple[Mark, ...]

    @property
    def may_be_replaced(self) -> bool:
        """Whether a view has since been called for a request without a note."""
        return self.unknown_views != unknown_views


#: How many views the process has called for requests without a note.
unknown_views = 0


def note_view(request: HttpRequest, *_: object) -> None:
    """Note what middleware below has changed when Django is about to call a view."""
    global unknown_views  # noqa: PLW0603 - a counter for the process, see the first lines
    noted = request.META.get(KEY)
    if noted is None:
        unknown_views += 1
    elif noted.request is not request:
        noted.is_changed = noted.is_replaced = True
    elif noted.is_changed or request.method != noted.method or request.path_info != noted.path_info:
        noted.is_changed = True
        noted.is_replaced = False
        noted.view_method = None if request.method == noted.method else request.method or ""
        noted.is_path_changed = request.path_info != noted.path_info


def note_class(view_class: type, request: HttpRequest) -> None:
    """Note the class of a view that runs, and the method, which a `process_view` may have changed.

    Args:
        view_class: The class.
        request: The request that it handles.
    """
    noted = request.META.get(KEY)
    if noted is None or noted.request is not request:
        return
    if request.method != noted.method:
        noted.is_changed = True
        noted.view_method = request.method or ""
    callback = getattr(request.resolver_match, "func", None)
    # REST framework's name, then Django's. A class under one of them is the class behind the
    # callback.
    if getattr(callback, "cls", None) is not view_class and getattr(callback, "view_class", None) is not view_class:
        noted.view_classes = (*noted.view_classes, view_class)


def note_mark(mark: Mark, arguments: tuple[object, ...]) -> None:
    """Note that a view with a mark runs.

    Args:
        mark: The mark.
        arguments: Of the view. The request is the first, or the second after `self`.
    """
    for argument in arguments[:2]:
        request = argument if isinstance(argument, HttpRequest) else own_attributes(argument).get("_request")
        if isinstance(request, HttpRequest):  # `_request` of a request of REST framework is that of Django
            noted = request.META.get(KEY)
            if noted is not None and noted.request is request:
                noted.marks += (mark,)
            return
