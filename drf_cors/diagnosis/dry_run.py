"""A rehearsal: a model browser sends a request through the site's own middleware, from the first to the last.

The view is left out, so nothing is changed that only views change. What is noted: which middleware was entered, what
each let out, who answered in the view's stead, and who failed.
"""

from __future__ import annotations

import inspect
import io
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import unquote_to_bytes

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.core.exceptions import BadRequest, MiddlewareNotUsed, PermissionDenied, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpHeaders, HttpResponse
from django.middleware.cache import FetchFromCacheMiddleware
from django.utils.module_loading import import_string

from drf_cors import resolver as resolvers
from drf_cors.core import fetch
from drf_cors.core.verdict import Reason
from drf_cors.middleware import CorsMiddleware
from drf_cors.signals import cors_refused
from drf_cors.testing.cache import Clock, PreflightCache
from drf_cors.testing.fetching import CorsBlocked, FetchResponse, Request, WireRequest, WireResponse, main_fetch
from drf_cors.testing.profiles import FETCH

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

#: Django turns these into answers; anything else is a 500.
_STATUSES: Final = ((Http404, 404), (PermissionDenied, 403), (SuspiciousOperation, 400), (BadRequest, 400))

#: Under which nothing is kept in the cache of pages.
_NOT_A_PREFIX: Final = "drf_cors.rehearsal"

#: As `MiddlewareResponse` names it.
ALLOW_ORIGIN: Final = "access-control-allow-origin"

#: Characters of an exception's text.
MAX_ERROR: Final = 300

#: What every browser sends; filters against robots look at it.
_USUAL_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "gzip, deflate, br",
    "sec-fetch-dest": "empty",
    "sec-fetch-mode": "cors",
    "user-agent": "Mozilla/5.0 (manage.py cors explain)",
}

Handler = Callable[["HttpRequest"], "HttpResponseBase"]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An exception that a middleware let out.

    Attributes:
        position: In `MIDDLEWARE`.
        error: What was raised, in one line.
        is_at_view: Whether its `process_view` raised it: then the answer passes all middleware.
    """

    position: int
    error: str
    is_at_view: bool = False


class MiddlewareBroken(Exception):  # noqa: N818 - a state of the site, told as a finding
    """A middleware that cannot be imported or made, so that no server starts.

    Args:
        path: Its entry in `MIDDLEWARE`.
        position: Of the entry.
        error: Why.
    """

    def __init__(self, path: str, position: int, error: str) -> None:
        super().__init__(path, position, error)
        self.path = path
        self.position = position
        self.error = error


class ShortCircuit(NamedTuple):
    """A `process_view` that answered in place of the view: its position in `MIDDLEWARE`, and the status."""

    position: int
    status: int


class MiddlewareResponse(NamedTuple):
    """What a middleware let out: the status, and the `Access-Control-*` headers by their lower-case names."""

    status: int
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class Trip:
    """One request on its way through the middleware.

    Attributes:
        wire: The request.
        entered: Positions in `MIDDLEWARE`, in order.
        responses: Position -> what it let out.
        status: Of the answer.
        headers: Of the answer.
        is_view_reached: Whether a view was found, or looked for in vain.
        short_circuit: The response in the view's stead, None for nobody.
        failure: The innermost exception of a middleware, None for none.
        failed_callable: What raised, a callable of a policy or a receiver, and the error; None for nothing.
        urlconf: What middleware set as `request.urlconf`, None for nothing.
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


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a browser made of a fetch.

    Attributes:
        trips: Every request that went out, preflights included.
        blocked: Where the browser stopped, None where the script got an answer.
        response: What the script got; None where it was blocked, or was led to another site.
    """

    trips: tuple[Trip, ...]
    blocked: CorsBlocked | None = None
    response: FetchResponse | None = None


class MiddlewareStack:
    """The middleware of the site.

    Attributes:
        paths: `MIDDLEWARE`.
        ours: The positions of `CorsMiddleware`, or of classes made from it.
        theirs: The positions of django-cors-headers.

    Raises:
        MiddlewareBroken: Where one cannot be made.
    """

    def __init__(self) -> None:
        self.paths: tuple[str, ...] = tuple(settings.MIDDLEWARE)
        self._view_hooks: list[tuple[int, Callable[..., HttpResponseBase | None]]] = []
        self._trip: Trip | None = None
        ours = []
        handler: Handler = self._stand_in
        for position in reversed(range(len(self.paths))):
            try:
                middleware = import_string(self.paths[position])
                made = self._made(position, middleware, handler)
            except (Exception, SystemExit) as error:
                raise MiddlewareBroken(self.paths[position], position, describe_error(error)) from error
            if _is_ours(middleware):
                ours.append(position)
            handler = self._noting(position, made)
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
            made.key_prefix = _NOT_A_PREFIX  # an answer kept from before would tell nothing of the site as it is
        hook = getattr(made, "process_view", None)
        if hook is not None:
            self._view_hooks.insert(0, (position, async_to_sync(hook) if inspect.iscoroutinefunction(hook) else hook))
        return cast("Handler", made if is_sync else async_to_sync(made))

    def _noting(self, position: int, made: Handler) -> Handler:
        def handle(request: HttpRequest) -> HttpResponseBase:
            trip = self._current
            trip.entered.append(position)
            try:
                response = _answer(made(request))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the project's own code may raise anything
                response = self._failed(position, error)
            _not_kept(response)
            trip.responses[position] = MiddlewareResponse(response.status_code, _cors_headers(response.headers))
            return response

        return handle

    def _failed(self, position: int, error: BaseException, *, is_at_view: bool = False) -> HttpResponseBase:
        trip = self._current
        trip.failure = trip.failure or Failure(position=position, error=describe_error(error), is_at_view=is_at_view)
        return HttpResponse(status=next((code for kind, code in _STATUSES if isinstance(error, kind)), 500))

    @property
    def _current(self) -> Trip:
        if self._trip is None:
            raise NotImplementedError
        return self._trip

    def _stand_in(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in place of the view."""
        return _not_kept(self._found(request))

    def _found(self, request: HttpRequest) -> HttpResponseBase:
        """Say whether there is a view; the middleware that looks at views is asked, as Django does."""
        self._current.is_view_reached = True
        match = resolvers.current().find_path(request, request.path_info)
        if match is None:
            return HttpResponse(status=404)
        request.resolver_match = match
        for position, hook in self._view_hooks:
            try:
                response = hook(request, match.func, match.args, match.kwargs)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the project's own code may raise anything
                return self._failed(position, error, is_at_view=True)
            if response is not None:
                self._current.short_circuit = ShortCircuit(position, response.status_code)
                # The rehearsal has no session. A request that brings its cookies is taken to be logged in.
                return HttpResponse() if self._current.wire.credentials else response
        return HttpResponse()

    def send(self, wire: WireRequest) -> Trip:
        """Send one request."""
        self._trip = trip = Trip(wire=wire)
        request = WSGIRequest(_environ(wire))
        # The rehearsal has no token to show; whether the origin is trusted is looked up in the settings.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001 - as Django's test client
        with _listening() as failed:
            response = self._handler(request)
        trip.status, trip.headers = response.status_code, dict(response.items())
        trip.failed_callable = failed[0] if failed else None
        trip.urlconf = getattr(request, "urlconf", None)
        return trip


def browse(stack: MiddlewareStack, request: Request) -> Outcome:
    """Run a fetch to its end, or until it leaves the host."""
    steps = main_fetch(request, PreflightCache(FETCH, Clock()), FETCH)
    host = request.url.host
    trips = []
    try:
        wire = next(steps)
        while wire.url.host == host:
            trip = stack.send(wire)
            trips.append(trip)
            wire = steps.send(WireResponse(status=trip.status, headers=tuple(trip.headers.items()), body=b""))
    except CorsBlocked as blocked:
        return Outcome(trips=tuple(trips), blocked=blocked)
    except StopIteration as done:
        return Outcome(trips=tuple(trips), response=done.value)
    return Outcome(trips=tuple(trips))


def describe_error(error: BaseException) -> str:
    """Return an exception in one line for people: its class, and what it says."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {''.join(filter(str.isprintable, text))[:MAX_ERROR]}".rstrip(".: ")


def _answer(response: HttpResponseBase | None) -> HttpResponseBase:
    if response is None:
        raise TypeError("it returned None instead of a response")
    return response


def _not_kept(response: HttpResponseBase) -> HttpResponseBase:
    """See to it that no cache keeps an answer of the rehearsal and serves it to anybody."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _is_ours(middleware: object) -> bool:
    return isinstance(middleware, type) and issubclass(middleware, CorsMiddleware)


def _cors_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if fetch.is_cors_header(name)}


def script_prefix() -> str:
    """Return `FORCE_SCRIPT_NAME` without the slash it may end with; "" for none."""
    return (settings.FORCE_SCRIPT_NAME or "").rstrip("/")


def without_prefix(path: str) -> str:
    """Return a path without the script prefix, as Django's resolver sees it."""
    prefix = script_prefix()
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def _environ(wire: WireRequest) -> dict[str, Any]:
    """Return what a WSGI server would make of the request (PEP 3333)."""
    path = without_prefix(unquote_to_bytes(wire.url.path).decode("latin-1"))
    port = wire.url.port or fetch.DEFAULT_PORTS[wire.url.scheme]
    headers = {name.lower(): value for name, value in wire.headers}
    return {
        **HttpHeaders.to_wsgi_names({**_USUAL_HEADERS, "accept-language": settings.LANGUAGE_CODE, **headers}),
        "HTTP_HOST": wire.url.authority,
        "HTTP_SEC_FETCH_SITE": "same-origin" if headers.get("origin") == wire.url.origin else "cross-site",
        "CONTENT_LENGTH": "" if wire.method in ("GET", "HEAD", "OPTIONS") else "0",
        "PATH_INFO": path,
        "SCRIPT_NAME": script_prefix(),
        "QUERY_STRING": wire.url.query,
        "REQUEST_METHOD": wire.method,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": wire.url.host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.errors": io.StringIO(),
        "wsgi.input": io.BytesIO(b""),
        "wsgi.multiprocess": False,
        "wsgi.multithread": False,
        "wsgi.run_once": False,
        "wsgi.url_scheme": wire.url.scheme,
    }


@contextmanager
def _listening() -> Iterator[list[tuple[str, str]]]:
    """Collect which callables raised, as the middleware logs it, and tell nobody else: it is a rehearsal."""
    failed: list[tuple[str, str]] = []
    told, cors_refused.receivers = cors_refused.receivers, []

    def collect(record: logging.LogRecord) -> bool:
        if getattr(record, "reason", None) == Reason.CALLABLE_FAILED and record.exc_info and record.exc_info[1]:
            asked = cast("tuple[object, ...]", record.args)[1]
            failed.append((str(asked), describe_error(record.exc_info[1])))
        return False

    logger = logging.getLogger("drf_cors")
    logger.addFilter(collect)
    try:
        yield failed
    finally:
        logger.removeFilter(collect)
        cors_refused.receivers = told
