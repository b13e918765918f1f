"""What `CorsMiddleware` notes about the request that it waits for.

A context variable holds it, so that requests in other threads and tasks are kept apart. It is not on the request
itself, because middleware may replace that.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.http import HttpRequest


class RequestInProgress:
    """The request that `CorsMiddleware` has passed on, and what ran below it.

    Args:
        request: As it came.

    Attributes:
        request: The same.
        method: Its method when it came.
        path_info: Its path when it came.
        view_method: Its method when Django called the view; None where no view was called.
        view_path_info: Its path when Django called the view.
        is_replaced: Whether the last view was called for another request object: middleware has made a new one.
        view_classes: The classes with `CorsPolicyMixin` that handled the request, in order.
    """

    view_method: str | None = None
    view_path_info = ""
    is_replaced = False
    view_classes: tuple[type, ...] = ()

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.method = request.method or ""
        self.path_info = request.path_info

    def note_view(self, request: HttpRequest) -> None:
        """Note that Django is about to call a view."""
        if request is self.request:
            self.is_replaced = False
            self.view_method = request.method or ""
            self.view_path_info = request.path_info
        else:
            self.is_replaced = True

    @property
    def is_path_changed(self) -> bool:
        """Whether middleware below has changed the path: the view was found by another one."""
        paths = {self.path_info, self.request.path_info}
        return len(paths if self.view_method is None else paths | {self.view_path_info}) > 1


#: The innermost request in progress; None where there is none.
current: Final[ContextVar[RequestInProgress | None]] = ContextVar("drf_cors.request_in_progress", default=None)
