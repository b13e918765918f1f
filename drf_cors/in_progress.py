"""What `CorsMiddleware` notes about the request that it waits for.

The note is in `request.META`: copies of a request share it, or have a copy of it. A request that middleware makes
without it cannot be led back to the first one. Such requests are counted: if one was handled meanwhile, a response
that no view of the first request gave may be its response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Key of `request.META` while `CorsMiddleware` waits for a response.
KEY: Final = "drf_cors.in_progress"


class RequestInProgress:
    """The request that `CorsMiddleware` has passed on, and what ran below it.

    Args:
        request: As it came.

    Attributes:
        request: The same.
        method: Its method when it came.
        path_info: Its path when it came.
        view_method: Its method when Django called the view; None where no view was called.
        is_path_changed: Whether its path was another one when Django called the view.
        is_replaced: Whether the last view was called for another request object: middleware has made a new one.
        view_classes: The classes with `CorsPolicyMixin` that handled the request, in order.
        unknown_views: How many views the process had called for requests of unknown origin when it came.
    """

    __slots__ = (
        "is_path_changed",
        "is_replaced",
        "method",
        "path_info",
        "request",
        "unknown_views",
        "view_classes",
        "view_method",
    )

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.method = request.method or ""
        self.path_info = request.path_info
        self.view_method: str | None = None
        self.is_path_changed = False
        self.is_replaced = False
        self.view_classes: tuple[type, ...] = ()
        self.unknown_views = _unknown_views

    @property
    def may_be_replaced(self) -> bool:
        """Whether a view was called meanwhile for a request that cannot be led back to any."""
        return self.unknown_views != _unknown_views


_unknown_views = 0


def note_view(request: HttpRequest) -> None:
    """Note that Django is about to call a view."""
    global _unknown_views  # noqa: PLW0603 - see the first lines
    noted = request.META.get(KEY)
    if noted is None:
        _unknown_views += 1
    elif noted.request is not request:
        noted.is_replaced = True
    else:
        noted.is_replaced = False
        noted.view_method = request.method or ""
        noted.is_path_changed = request.path_info != noted.path_info


def note_class(view: object, request: HttpRequest) -> None:
    """Note the class of a view that runs, and its method: a `process_view` of other middleware may have changed it."""
    noted = request.META.get(KEY)
    if noted is not None and noted.request is request:
        noted.view_classes = (*noted.view_classes, type(view))
        noted.view_method = request.method or ""
