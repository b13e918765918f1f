"""What `CorsMiddleware` notes about the request that it waits for.

The note is in `request.META`: copies of a request share it, or have a copy of it. A request that middleware makes
without it cannot be led back to the first one. Such requests are counted: if one was handled meanwhile, a response
that no view of the first request gave may be its response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors.core.verdict import CorsRequest

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Key of `request.META` while `CorsMiddleware` waits for a response.
KEY: Final = "drf_cors.in_progress"


class RequestInProgress(CorsRequest):
    """The request that `CorsMiddleware` has passed on, and what ran below it. `CorsMiddleware` makes it.

    Attributes:
        request: As it came.
        path_info: Its path when it came.
        unknown_views: How many views the process had called for requests of unknown origin when it came.
        is_changed: Whether any of the next three is set.
        view_method: Its method when a view was called, where that was another one than when it came; else None.
        is_path_changed: Whether its path was another one when Django called the view.
        is_replaced: Whether the last view was called for another request object: middleware has made a new one.
        view_classes: The classes with `CorsPolicyMixin` that ran and are not the class behind the callback, in order.
    """

    __slots__ = (
        "is_changed",
        "is_path_changed",
        "is_replaced",
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

    @property
    def may_be_replaced(self) -> bool:
        """Whether a view was called meanwhile for a request that cannot be led back to any."""
        return self.unknown_views != unknown_views


unknown_views = 0


def note_view(request: HttpRequest, *_: object) -> None:
    """Note that Django is about to call a view: middleware below may have changed or replaced the request."""
    global unknown_views  # noqa: PLW0603 - see the first lines
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
    """Note the class of a view that runs, and its method: a `process_view` of other middleware may have changed it."""
    noted = request.META.get(KEY)
    if noted is None or noted.request is not request:
        return
    if request.method != noted.method:
        noted.is_changed = True
        noted.view_method = request.method or ""
    callback = getattr(request.resolver_match, "func", None)
    # REST framework's name, then Django's. What is found there needs no second look.
    if getattr(callback, "cls", None) is not view_class and getattr(callback, "view_class", None) is not view_class:
        noted.view_classes = (*noted.view_classes, view_class)
