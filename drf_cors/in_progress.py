"""What runs while `CorsMiddleware` waits for a response, and what middleware below has changed.

The request is kept in a context variable. So what runs for another request object is noted too: a
copy that middleware makes, or a request that a view builds for another view. Code in a thread that
does not copy the context is not noted.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from drf_cors.held import own_attributes

if TYPE_CHECKING:
    from django.http import HttpRequest

    from drf_cors.decorators import Mark


#: What is logged if middleware below has changed what `CorsMiddleware` needs.
REQUEST_REPLACED: Final = (
    "Middleware below CorsMiddleware replaced the request: a view was called with another request object, so no "
    "CORS headers are sent. Put that middleware above drf_cors.middleware.CorsMiddleware."
)

PATH_CHANGED: Final = (
    "request.path_info was changed below CorsMiddleware: preflights for that route are refused if the view that ran "
    "has another policy. Put the middleware that changes it above drf_cors.middleware.CorsMiddleware."
)

URLCONF_CHANGED: Final = (
    "request.urlconf was changed below CorsMiddleware: preflights for that route are refused if the view that ran "
    "has another policy. Put the middleware that changes it above drf_cors.middleware.CorsMiddleware."
)

VIEW_LOST: Final = (
    "{0} ran for a URL that has another view or none, so the CORS policy of {0} is not in force and no CORS headers "
    "are sent. Give {0} a route."
)


class Changes:
    """What is unusual about a request: most have none of it.

    Attributes:
        view_method: The method when a view was called, if middleware had changed it; else None.
        is_path_changed: Whether the path had changed when Django called the view.
        is_replaced: Whether the last view was called for another request object.
        is_closed: Whether no policy of the URL applies to what ran.
        methods: If middleware has changed the method: all methods that the request had.
        views: The objects of classes that declare a policy and ran, in order, each with the method
            of its request; without those that the callback of the URL has made.
    """

    view_method: str | None = None
    is_path_changed: bool = False
    is_replaced: bool = False
    is_closed: bool = False
    methods: tuple[str, ...] = ()
    views: tuple[tuple[object, str], ...] = ()


class RequestInProgress:
    """A request that `CorsMiddleware` has passed on, and what ran below.

    Attributes:
        request: The request as it arrived.
        origin: Its `Origin` header, None if it has none.
        method: Its method when it arrived; of a preflight, the requested one.
        path_info: Its path when it arrived.
        changes: What is unusual about it, None if nothing is.
        marks: The marks of `cors()` whose views ran, in order.
        is_finished: Whether the response has come. A background task may run longer.
    """

    __slots__ = ("changes", "is_finished", "marks", "method", "origin", "path_info", "request")

    request: HttpRequest
    origin: str | None
    method: str
    path_info: str
    changes: Changes | None
    marks: tuple[Mark, ...]
    is_finished: bool


#: The request for which `CorsMiddleware` waits, None outside.
CURRENT: Final[ContextVar[RequestInProgress | None]] = ContextVar("drf_cors.in_progress", default=None)


def note_view(request: HttpRequest, *_: object) -> None:
    """Note what middleware below has changed when Django is about to call a view.

    Args:
        request: The request for which it is called.
        _: The view and its arguments, as of every `process_view`.
    """
    noted = CURRENT.get()
    if noted is None:
        return
    if noted.request is not request:
        changes_of(noted).is_replaced = True
        return
    noted.marks = ()  # what ran before ran for a request that middleware has made beside this one
    if noted.changes is not None or request.method != noted.method or request.path_info != noted.path_info:
        changes = changes_of(noted)
        changes.is_replaced = False
        changes.views = ()
        changes.view_method = None if request.method == noted.method else request.method or ""
        changes.is_path_changed = request.path_info != noted.path_info


def note_object(view: object, request: object) -> None:
    """Note a view object that runs, and the method, which a `process_view` may have changed.

    Args:
        view: The object, whose class has `CorsPolicyMixin` or a mark.
        request: The request that it handles. If it has no method, nothing is noted.
    """
    noted = CURRENT.get()
    method = getattr(request, "method", None)
    if noted is None or noted.is_finished or not isinstance(method, str):
        return
    if noted.request is request and method != noted.method:
        changes_of(noted).view_method = method
    if not _is_made_by(getattr(noted.request.resolver_match, "func", None), view):
        _note_other(noted, view, method)


def _is_made_by(callback: object, view: object) -> bool:
    """Whether a callback has made a view object: one of its class, with its `cors_policy`."""
    # REST framework's name, then Django's. A class under one of them is the class behind the
    # callback.
    if type(view) is getattr(callback, "cls", None):
        keywords = getattr(callback, "initkwargs", None)
    elif type(view) is getattr(callback, "view_class", None):
        keywords = getattr(callback, "view_initkwargs", None)
    else:
        return False
    policy = own_attributes(view).get("cors_policy")  # a keyword of `as_view()`, or nothing
    return policy is None or (keywords or {}).get("cors_policy") is policy


def note_assigned(view: object, request: object, given: object) -> None:
    """Note a view object to which a policy was assigned while it ran: by a permission, for example.

    Args:
        view: The object.
        request: The request that it has handled.
        given: Its own `cors_policy` before.
    """
    if own_attributes(view).get("cors_policy") is given:
        return
    noted = CURRENT.get()
    method = getattr(request, "method", None)
    if noted is not None and not noted.is_finished and isinstance(method, str):
        _note_other(noted, view, method)


def _note_other(noted: RequestInProgress, view: object, method: str) -> None:
    """Note an object that declares something else than the callback of the URL."""
    changes = changes_of(noted)
    if not any(view is ran for ran, _ in changes.views):  # its bases note it again
        changes.views = (*changes.views, (view, method))


def note_mark(mark: Mark) -> None:
    """Note that a view with a mark runs.

    Args:
        mark: The mark.
    """
    noted = CURRENT.get()
    if noted is not None and not noted.is_finished:
        noted.marks += (mark,)


def changes_of(noted: RequestInProgress) -> Changes:
    """Return what is unusual about a request, to add to it.

    Args:
        noted: The request.
    """
    changes = noted.changes
    if changes is None:
        changes = noted.changes = Changes()
    return changes
