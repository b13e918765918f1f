"""A dry run: a model browser sends a request through the site's middleware.

The view runs only if that is asked for, and the method is safe; else nothing is changed that only
views change, and an empty response stands for the view's. Recorded are the middleware that was
entered, the response that each one returned, a `process_view` that answered in place of the view,
and errors.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    MiddlewareNotUsed,
    PermissionDenied,
    SuspiciousOperation,
)
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponse
from django.middleware.cache import FetchFromCacheMiddleware
from django.utils.module_loading import import_string

from drf_cors import resolver as resolvers
from drf_cors.core import fetch
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.request_environ import environ_of
from drf_cors.diagnosis.view_run import SAFE_METHODS, ViewRunner, as_sync, leads_to_login
from drf_cors.fetch_model.algorithm import main_fetch
from drf_cors.fetch_model.messages import CorsBlocked, FetchResponse, Request, WireRequest, WireResponse
from drf_cors.fetch_model.preflight_cache import Clock, PreflightCache
from drf_cors.fetch_model.profiles import FETCH
from drf_cors.middleware import CorsMiddleware
from drf_cors.signals import cors_refused

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

#: Django turns these into responses; any other exception is a 500.
_STATUSES: Final = (
    (Http404, 404),
    (PermissionDenied, 403),
    (SuspiciousOperation, 400),
    (BadRequest, 400),
)

#: What Django makes of any other exception.
_SERVER_ERROR: Final = 500

#: A prefix of Django's page cache under which nothing is stored.
_UNUSED_KEY_PREFIX: Final = "drf_cors.dry_run"

#: A key of `MiddlewareResponse.headers`.
ALLOW_ORIGIN: Final = "access-control-allow-origin"

#: The status of the response that stands for a view's.
_STAND_IN_STATUS: Final = 200

#: Characters of an exception's text.
MAX_ERROR: Final = 300

Handler = Callable[["HttpRequest"], "HttpResponseBase"]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An exception that left a middleware.

    Attributes:
        position: In `MIDDLEWARE`.
        error: The exception, in one line.
        is_at_view: Whether its `process_view` raised it. Then the response passes through all
            middleware.
    """

    position: int
    error: str
    is_at_view: bool = False


class MiddlewareBroken(Exception):  # noqa: N818 - a state of the site, reported as a finding
    """A middleware cannot be imported or made, so no server starts.

    Args:
        path: Its entry in `MIDDLEWARE`.
        position: The position of the entry.
        error: The exception, in one line.
    """

    def __init__(self, path: str, position: int, error: str) -> None:
        super().__init__(path, position, error)
        self.path = path
        self.position = position
        self.error = error


class ShortCircuit(NamedTuple):
    """What answered in place of the view.

    Attributes:
        position: Of the middleware whose `process_view` answered; None for a view that was run, and
            that led to a login.
        status: The status.
        location: Where it leads to, "" for nowhere.
    """

    position: int | None
    status: int
    location: str


class MiddlewareResponse(NamedTuple):
    """The response of a middleware: status, and CORS headers by lower-case name."""

    status: int
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class Trip:
    """One request on its way through the middleware.

    Attributes:
        wire: The request.
        entered: Positions in `MIDDLEWARE` that were entered, in order.
        responses: Position -> the response that the middleware returned.
        status: The status of the final response.
        headers: The headers of the final response.
        is_view_reached: Whether the request passed all middleware, whether or not there is a view.
        short_circuit: The `process_view` that answered in place of the view, None for none.
        failure: The innermost exception of a middleware, None for none.
        failed_callable: The callable of a policy or the receiver that raised, and the error; None
            for none.
        urlconf: What middleware set as `request.urlconf`, None for nothing.
        has_stand_in: Whether an empty response stands for that of the view, which was not run.
        view_headers: The CORS headers that the view set, by lower-case name; None if it was not run.
        view_error: What the view raised, if its response is an error of the server; else "".
    """

    wire: WireRequest
    entered: list[int] = field(default_factory=list)
    responses: dict[int, MiddlewareResponse] = field(default_factory=dict)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    is_view_reached: bool = False
    short_circuit: ShortCircuit | None = None
    failure: Failure | None = None
    failed_callable: tuple[str, str] | None = None
    urlconf: Any = None
    has_stand_in: bool = False
    view_headers: Mapping[str, str] | None = None
    view_error: str = ""

    @property
    def location(self) -> str | None:
        """Where browsers are redirected to, None where the response is no redirect."""
        if self.status not in fetch.REDIRECT_STATUSES:
            return None
        return {name.lower(): value for name, value in self.headers.items()}.get("location")

    @property
    def known_status(self) -> int | None:
        """The status; None if it is that of a view that was not run."""
        return None if self.has_stand_in and self.status == _STAND_IN_STATUS else self.status


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of a fetch.

    Attributes:
        trips: Every request that was sent, preflights included.
        blocked: Why the browser blocked it, None where the script got a response.
        response: The response for the script; None where it was blocked, or redirected to another
            host.
    """

    trips: tuple[Trip, ...]
    blocked: CorsBlocked | None = None
    response: FetchResponse | None = None


class MiddlewareStack:
    """The middleware of the site.

    Args:
        runs_views: Whether requests with a safe method reach the view.

    Attributes:
        paths: `MIDDLEWARE`.
        ours: The positions of `CorsMiddleware`, or of classes made from it.
        theirs: The positions of django-cors-headers.

    Raises:
        MiddlewareBroken: One cannot be made.
    """

    def __init__(self, *, runs_views: bool = False) -> None:
        self.paths: tuple[str, ...] = tuple(settings.MIDDLEWARE)
        self._runs_views = runs_views
        self._views = ViewRunner()
        self._view_hooks: list[tuple[int, Callable[..., HttpResponseBase | None]]] = []
        self._trip: Trip | None = None
        ours = []
        handler: Handler = self._answer_as_view
        for position, path in reversed(list(enumerate(self.paths))):
            try:
                middleware = import_string(path)
                made = self._made(position, middleware, handler)
            except (Exception, SystemExit) as error:
                raise MiddlewareBroken(path, position, describe_error(error)) from error
            if _is_ours(middleware):
                ours.append(position)
            handler = self._recording(position, made)
        self.ours: tuple[int, ...] = tuple(reversed(ours))
        self.theirs: tuple[int, ...] = tuple(
            position for position, path in enumerate(self.paths) if path.startswith("corsheaders.")
        )
        self._handler = handler

    def _made(self, position: int, middleware: Any, handler: Handler) -> Handler:
        is_sync = getattr(middleware, "sync_capable", True)
        try:
            made = middleware(handler if is_sync else sync_to_async(handler))
        except MiddlewareNotUsed:
            return handler
        if made is None:
            raise TypeError("it returned None when it was made")
        if isinstance(made, FetchFromCacheMiddleware):
            # A stored response would not show the site as it is now.
            made.key_prefix = _UNUSED_KEY_PREFIX
        self._views.add(made)
        hook = getattr(made, "process_view", None)
        if hook is not None:
            self._view_hooks.insert(0, (position, as_sync(hook)))
        return cast("Handler", made if is_sync else async_to_sync(made))

    def _recording(self, position: int, made: Handler) -> Handler:
        def handle(request: HttpRequest) -> HttpResponseBase:
            trip = self._current
            trip.entered.append(position)
            try:
                response = _required(made(request))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the project's own code
                response = self._failed(position, error)
            _uncacheable(response)
            headers = _cors_headers(response.headers)
            trip.responses[position] = MiddlewareResponse(response.status_code, headers)
            return response

        return handle

    def _failed(self, position: int, error: BaseException, *, is_at_view: bool = False) -> HttpResponseBase:
        trip = self._current
        failure = Failure(position=position, error=describe_error(error), is_at_view=is_at_view)
        trip.failure = trip.failure or failure  # the innermost one
        return HttpResponse(status=_status_of(error))

    @property
    def _current(self) -> Trip:
        if self._trip is None:
            raise NotImplementedError
        return self._trip

    def _answer_as_view(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response in place of the view's."""
        return _uncacheable(self._view_response(request))

    def _view_response(self, request: HttpRequest) -> HttpResponseBase:
        """Return 404 where there is no view. Otherwise call each `process_view`, as Django does."""
        self._current.is_view_reached = True
        urlconf = getattr(request, "urlconf", None)
        match = resolvers.current().find_path(request, request.path_info, urlconf)
        if match is None:
            return HttpResponse(status=404)
        request.resolver_match = match
        for position, hook in self._view_hooks:
            try:
                response = hook(request, match.func, match.args, match.kwargs)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the project's own code
                return self._failed(position, error, is_at_view=True)
            if response is not None:
                return self._short_circuited(position, response)
        trip = self._current
        if self._runs_views and trip.wire.method in SAFE_METHODS:
            return self._run_view(request)
        return self._stand_in()

    def _short_circuited(self, position: int | None, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response in place of the view's.

        The dry run has no session. A request with credentials counts as logged in.
        """
        trip = self._current
        location = response.headers.get("Location", "")
        trip.short_circuit = ShortCircuit(position, response.status_code, location)
        return self._stand_in() if trip.wire.credentials else response

    def _stand_in(self) -> HttpResponseBase:
        self._current.has_stand_in = True
        return HttpResponse(status=_STAND_IN_STATUS)

    def _run_view(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the view."""
        trip = self._current
        trip.view_headers = {}
        try:
            response = self._views.run(request)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the project's own code
            response = HttpResponse(status=_status_of(error))
            if response.status_code == _SERVER_ERROR:
                trip.view_error = describe_error(error)
        if leads_to_login(response):
            return self._short_circuited(None, response)
        trip.view_headers = _cors_headers(response.headers)
        return response

    def send(self, wire: WireRequest) -> Trip:
        """Send one request."""
        self._trip = trip = Trip(wire=wire)
        request = WSGIRequest(environ_of(wire))
        # The dry run has no CSRF token; the rules read in the settings whether the origin is
        # trusted. Django's test client sets this attribute too.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001
        with _recorded_failures() as failed:
            response = self._handler(request)
        trip.status, trip.headers = response.status_code, dict(response.items())
        if failed:
            trip.failed_callable = failed[0]
        trip.urlconf = getattr(request, "urlconf", None)
        if trip.view_headers is not None:
            response.close()  # a view may have opened a file
        return trip


def browse(stack: MiddlewareStack, request: Request) -> Outcome:
    """Run a fetch to its end, or until it is redirected to another host."""
    steps = main_fetch(request, PreflightCache(FETCH, Clock()), FETCH)
    host = request.url.host
    trips = []
    try:
        wire = next(steps)
        while wire.url.host == host:
            trip = stack.send(wire)
            trips.append(trip)
            headers = tuple(trip.headers.items())
            wire = steps.send(WireResponse(status=trip.status, headers=headers, body=b""))
    except CorsBlocked as blocked:
        return Outcome(trips=tuple(trips), blocked=blocked)
    except StopIteration as done:
        return Outcome(trips=tuple(trips), response=done.value)
    return Outcome(trips=tuple(trips))


def bare_request(request: Request) -> WireRequest:
    """Return a request without `Origin`, as everything but a browser sends it."""
    return WireRequest(
        kind="request",
        method=request.method,
        url=request.url,
        headers=tuple(request.headers),
        credentials=request.includes_credentials,
    )


def describe_error(error: BaseException) -> str:
    """Return an exception in one line for people: its class and its message."""
    text = "".join(filter(str.isprintable, " ".join(str(error).split())))
    return f"{type(error).__name__}: {text[:MAX_ERROR]}".rstrip(".: ")


def _status_of(error: BaseException) -> int:
    """Return the status of the response that Django makes of an exception."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return _SERVER_ERROR


def _required(response: HttpResponseBase | None) -> HttpResponseBase:
    if response is None:
        raise TypeError("it returned None instead of a response")
    return response


def _uncacheable(response: HttpResponseBase) -> HttpResponseBase:
    """Mark a response so that no cache of the site stores it and serves it to clients."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _is_ours(middleware: object) -> bool:
    return isinstance(middleware, type) and issubclass(middleware, CorsMiddleware)


def _cors_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if fetch.is_cors_header(name)}


@contextmanager
def _recorded_failures() -> Iterator[list[tuple[str, str]]]:
    """Record which callables raised, from the log records of the middleware.

    No receiver is called, nothing logged.
    """
    failed: list[tuple[str, str]] = []
    receivers, cors_refused.receivers = cors_refused.receivers, []

    def record_failure(record: logging.LogRecord) -> bool:
        if getattr(record, "reason", None) == Reason.CALLABLE_FAILED and record.exc_info:
            error = cast("Exception", record.exc_info[1])
            name = cast("tuple[object, ...]", record.args)[1]
            failed.append((str(name), describe_error(error)))
        return False

    logger = logging.getLogger("drf_cors")
    logger.addFilter(record_failure)
    try:
        yield failed
    finally:
        logger.removeFilter(record_failure)
        cors_refused.receivers = receivers
