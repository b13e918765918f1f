"""CorsMiddleware: carries requests to the verdict, and headers to the response. It decides nothing.

First in `MIDDLEWARE`, after anything that sets `request.urlconf`. Sync and async.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse

from drf_cors import asking, in_progress
from drf_cors import resolver as resolvers
from drf_cors.core.errors import logged, logged_text
from drf_cors.core.fetch import REDIRECT_STATUSES
from drf_cors.core.verdict import (
    ALLOW_CREDENTIALS,
    Headers,
    Preflight,
    Reason,
    Verdict,
    for_private_network,
    judge_origin,
    judge_preflight,
    judge_request,
    stricter,
)
from drf_cors.in_progress import RequestInProgress
from drf_cors.signals import check_request_enabled, cors_refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import ResolverMatch

    from drf_cors.conf import CorsSettings
    from drf_cors.resolver import Resolver, ViewPolicies

T = TypeVar("T")

logger = logging.getLogger("drf_cors")

#: Under DEBUG, on refusals: the reason code.
REASON_HEADER: Final = "X-Cors-Reason"

#: What a request was when it came: the resolver it is judged by, the note about it, its `Origin`, its URLconf, and
#: whether `CORS_URLS_REGEX` covers it. A tuple: nothing is cheaper to make.
_Arrival = tuple["Resolver", RequestInProgress, "str | None", object, bool]


#: Of an answer without a body. Its type is what Django would look up, and takes a while for.
_EMPTY: Final = {"Content-Length": "0", "Content-Type": "text/html; charset=utf-8"}

#: Where a request's wish for a private network stands.
_PRIVATE_NETWORK: Final = "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK"

#: Attribute of a response: the headers that were set, and those that were taken off.
_WRITTEN: Final = "_drf_cors_written"

_REQUEST_REPLACED: Final = (
    "Middleware below CorsMiddleware replaced the request: a view was called for another one, so no CORS headers are "
    "sent. Put the middleware that replaces it above drf_cors.middleware.CorsMiddleware."
)

_PATH_CHANGED: Final = (
    "request.path_info was changed below CorsMiddleware: preflights for that route are refused where the view that ran "
    "has another policy. Put the middleware that changes it above drf_cors.middleware.CorsMiddleware."
)

_URLCONF_CHANGED: Final = (
    "request.urlconf was changed below CorsMiddleware: preflights for that route are refused where the view that ran "
    "has another policy. Put the middleware that changes it above drf_cors.middleware.CorsMiddleware."
)

_CLASS_LOST: Final = (
    "{0} ran, but its URL leads to {1}: a wrapper without functools.wraps hides the class and its CORS policy, "
    "so no CORS headers are sent. Put @functools.wraps(view) on the wrapper around {0}."
)


class CorsMiddleware:
    """Django middleware; put it into `MIDDLEWARE` as `drf_cors.middleware.CorsMiddleware`.

    Raises:
        CorsConfigurationError: When it is built, where a `CORS_*` setting is wrong.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
            # Django would call a sync one in a thread.
            self.process_view = self._process_view_async  # type: ignore[method-assign,assignment]  # the same, awaited
        resolvers.current()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer a preflight, or put the headers on the answer from below."""
        meta = request.META
        above = meta.get(in_progress.KEY)
        if above is not None and above.request is request:  # installed twice: the outer one answers
            return cast("HttpResponseBase", self.get_response(request))
        noted = meta[in_progress.KEY] = RequestInProgress(request)
        path = noted.path_info
        resolver = resolvers.known or resolvers.current()
        conf = resolver.conf
        is_covered = (conf.covers_every_line and "\n" not in path) or conf.covers(path)
        # For views that look at it, as django-cors-headers leaves it; the end corrects it.
        request._cors_enabled = is_covered  # type: ignore[attr-defined]  # noqa: SLF001 - its name since long ago
        # Noted before middleware and view below touch them.
        urlconf = getattr(request, "urlconf", None)
        if urlconf is not None:
            resolver.learn(urlconf)
        arrival = resolver, noted, meta.get("HTTP_ORIGIN"), urlconf, is_covered
        if self.is_async:
            return self._answer_async(request, arrival)
        if noted.method == "OPTIONS" and _is_preflight(request):
            exchange = _Exchange(request, arrival)
            return exchange.answer_preflight() or exchange.finish(self.get_response(request))
        response: HttpResponseBase = self.get_response(request)
        if _answer_plainly(request, response, arrival):
            return response
        return _Exchange(request, arrival).finish(response)

    async def _answer_async(self, request: HttpRequest, arrival: _Arrival) -> HttpResponseBase:
        """Do the same."""
        if arrival[1].method == "OPTIONS" and _is_preflight(request):
            exchange = _Exchange(request, arrival)
            return await exchange.answer_preflight_async() or await exchange.finish_async(
                await self.get_response(request)
            )
        response: HttpResponseBase = await self.get_response(request)
        if _answer_plainly(request, response, arrival):
            return response
        return await _Exchange(request, arrival).finish_async(response)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Note what the request is when Django calls the view: middleware below may have changed or replaced it."""
        in_progress.note_view(request)

    async def _process_view_async(self, request: HttpRequest, *_: object) -> None:
        """Do the same."""
        in_progress.note_view(request)


def _is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks before it sends (Fetch § 3.3.3)."""
    meta = request.META
    return "HTTP_ORIGIN" in meta and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in meta


def _answer_plainly(request: HttpRequest, response: HttpResponseBase, arrival: _Arrival) -> bool:
    """Put the headers on an answer where that takes look-ups only: the short cut of nearly all requests.

    It is written for the processor: few calls, few objects.

    Returns:
        Whether it did. If not, nothing is done yet, and an `_Exchange` has to do it: there is something to find, to ask
        or to tell.
    """
    resolver, noted, origin, urlconf, is_covered = arrival
    match, method = request.resolver_match, noted.method
    if match is None or request.method != method or getattr(request, "urlconf", None) != urlconf:
        return False
    if noted.view_method not in (method, None) or noted.is_replaced or noted.is_path_changed:
        return False
    if request.path_info != noted.path_info or _WRITTEN in response.__dict__:
        return False
    view = resolver.for_match(match, is_covered)
    ready = view.policies.ready.get(method)
    if ready is None or (resolver.conf.allow_private_network and _PRIVATE_NETWORK in request.META):
        return False
    headers = ready.headers_for(origin)
    if not headers and (headers is None or (origin is not None and _is_anyone_listening(resolver.conf))):
        return False
    for view_class in noted.view_classes:
        if view_class is not view.layers.view_class:
            return False
    request.META.pop(in_progress.KEY, None)  # not there where something below has made another META
    if not is_covered:
        if not view.declares:
            return True
        request._cors_enabled = True  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    _write(response, headers, ready.vary, view.declares)
    return True


def _write(response: HttpResponseBase, headers: Headers, vary: str, replaces_all: bool) -> None:
    """Put a verdict's headers on an answer.

    Args:
        response: The answer.
        headers: What to set.
        vary: The names to merge into `Vary`, as its value.
        replaces_all: Whether a view's own `Access-Control-*` headers go.
    """
    written = response.headers
    taken_off: dict[str, str] = {}
    # Headers are taken out, not looked for: to find one missing costs Django an exception.
    if replaces_all:
        for name in [name for name in written if name.lower().startswith("access-control-")]:
            taken_off[name] = written.pop(name)[1]
    elif headers:
        # Who, and with credentials or not, is one statement; the view's own half must not complete ours.
        own = written.pop(ALLOW_CREDENTIALS, None)
        if own is not None:
            taken_off[ALLOW_CREDENTIALS] = own[1]
    if vary:
        kept = written.pop("Vary", None)
        if kept is not None:
            taken_off["Vary"] = kept[1]
            vary = _with_names(kept[1], vary)
        headers = (*headers, ("Vary", vary))
    for name, value in headers:
        written[name] = value
    response.__dict__[_WRITTEN] = (headers, taken_off)


def _take_off_earlier_headers(response: HttpResponseBase) -> None:
    """Put back what a response carried before an earlier request: a view may return one object many times."""
    earlier = response.__dict__.pop(_WRITTEN, None)
    if earlier is not None:
        headers, taken_off = earlier
        response.headers.pop(REASON_HEADER, None)
        for name, _ in headers:
            response.headers.pop(name, None)
        for name, value in taken_off.items():
            response.headers.setdefault(name, value)


def _is_anyone_listening(conf: CorsSettings) -> bool:
    """Whether a refusal may be turned by receivers, or is told to any, or seen in a log or by a developer.

    The last is `_level()`, without a call.
    """
    if check_request_enabled.receivers or cors_refused.receivers or conf.debug:
        return True
    return logger.isEnabledFor(logging.INFO)


def _level(conf: CorsSettings) -> int:
    """Return the level at which refusals are logged; 0 where nobody would see that."""
    level = logging.WARNING if conf.debug else logging.INFO
    return level if conf.debug or logger.isEnabledFor(level) else 0


class _Exchange:
    """One request on its way down, and its answer on its way up."""

    __slots__ = (
        "_are_receivers_asked",
        "_is_covered",
        "_match",
        "_noted",
        "_origin",
        "_refusal",
        "_resolver",
        "_standings",
        "_urlconf",
        "request",
        "view",
    )

    # Known once looked up: Django's match; the policies that judge; and how the origin stands under the policy of each
    # method, which is one, but where middleware below has overridden it.
    _match: ResolverMatch | None
    view: ViewPolicies
    _standings: dict[str, Reason]

    def __init__(self, request: HttpRequest, arrival: _Arrival) -> None:
        self.request = request
        self._resolver, self._noted, self._origin, self._urlconf, self._is_covered = arrival
        self._are_receivers_asked = False
        #: What to tell the receivers of `cors_refused`, None where there is nothing to tell, or nobody.
        self._refusal: dict[str, str] | None = None

    # The way of a request, sync and async

    def answer_preflight(self) -> HttpResponse | None:
        """Answer a preflight in place of the view; None where no policy is over the URL."""
        self._look_up_preflight()
        if self._has_questions:
            asking.run(self._questions())
        response = self._preflight_response() if self.view.is_governed else None
        if self._refusal is not None:
            self._log_deaf(asking.caught(self._announcement(cors_refused.send_robust)))
        return response

    async def answer_preflight_async(self) -> HttpResponse | None:
        """Do the same. Async code of the project is awaited, sync code runs in a thread."""
        self._look_up_preflight()
        if self._has_questions:
            await asking.run_async(self._questions())
        response = self._preflight_response() if self.view.is_governed else None
        if self._refusal is not None:
            self._log_deaf(await asking.caught_async(self._announcement(cors_refused.asend_robust)))
        return response

    def finish(self, response: HttpResponseBase) -> HttpResponseBase:
        """Put the headers on an answer from below."""
        self._look_up(response)
        if self._has_questions:
            asking.run(self._questions())
        self._close(response)
        if self._refusal is not None:
            self._log_deaf(asking.caught(self._announcement(cors_refused.send_robust)))
        return response

    async def finish_async(self, response: HttpResponseBase) -> HttpResponseBase:
        """Do the same. Async code of the project is awaited, sync code runs in a thread."""
        self._look_up(response)
        if self._has_questions:
            await asking.run_async(self._questions())
        self._close(response)
        if self._refusal is not None:
            self._log_deaf(await asking.caught_async(self._announcement(cors_refused.asend_robust)))
        return response

    # Looking up

    def _look_up_preflight(self) -> None:
        """Find the view a preflight is about, and how its origin stands for the requested method."""
        match = self._resolver.find(self.request)
        self.request.resolver_match = match
        self._judge(match, self.request.META["HTTP_ACCESS_CONTROL_REQUEST_METHOD"])
        if self._resolver.is_diverted(match):
            self._standings = dict.fromkeys(self._standings, Reason.NOT_RESOLVED)

    def _look_up(self, response: HttpResponseBase) -> None:
        """Find the view an answer came from, or was meant to, and how the origin stands under its policy."""
        request = self.request
        request.META.pop(in_progress.KEY, None)  # not there where something below has made another META
        _take_off_earlier_headers(response)
        if getattr(request, "urlconf", None) is not None:
            self._resolver.learn(cast("Any", request).urlconf)
        match = request.resolver_match
        if match is None and self._noted.may_be_replaced:
            self._noted.is_replaced = True
        if match is None:  # no view was reached: the site cache, a 404, a redirect, a refusal above
            match = self._find_meant(response)
            request.resolver_match = match
        # Middleware below may have overridden the method, and put it back. The preflight was for the first, the view
        # ran under the second.
        noted = self._noted
        self._judge(match, request.method or "", noted.method, noted.view_method or noted.method)

    def _find_meant(self, response: HttpResponseBase) -> ResolverMatch | None:
        resolver, request = self._resolver, self.request
        match = resolver.find(request)
        if match is None and response.status_code in REDIRECT_STATUSES and response.has_header("Location"):
            return resolver.find_redirect(request, response["Location"])
        return match

    def _judge(self, match: ResolverMatch | None, *methods: str) -> None:
        self._match = match
        self.view = self._resolver.for_match(match, is_covered=self._is_covered)
        policies = self.view.policies
        self._standings = {method: judge_origin(policies.of(method), self._origin) for method in methods}

    # Asking

    @property
    def _has_questions(self) -> bool:
        """Whether the project's own code has to be asked."""
        for standing in self._standings.values():
            is_turnable = not self._are_receivers_asked and asking.may_turn(standing, declares=self.view.declares)
            if standing is Reason.DEPENDS or is_turnable:
                return not self._is_same_origin()
        return False

    def _questions(self) -> Generator[asking.Question, object, None]:
        self.view, self._standings = yield from asking.settle(
            self.view,
            self._standings,
            cast("str", self._origin),
            self.request,
            self._log_failure,
            opened=functools.partial(self._resolver.for_match, self._match, is_covered=True),
            may_ask_receivers=not self._are_receivers_asked,
        )
        self._are_receivers_asked = True

    def _log_failure(self, asked: str, error: Exception) -> None:
        logger.error(
            "%s: %s raised; the origin is refused.",
            Reason.CALLABLE_FAILED,
            logged_text(asked),
            exc_info=error,
            extra=self._extra(Reason.CALLABLE_FAILED),
        )

    # Answering

    def _preflight_response(self) -> HttpResponse:
        """Answer a preflight, in place of the view. Fetch § 4.8 asks for an ok status."""
        meta = self.request.META
        meta.pop(in_progress.KEY, None)
        ((method, standing),) = self._standings.items()
        asked = Preflight(
            origin=cast("str", self._origin),
            method=method,
            headers=meta.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""),
        )
        response = HttpResponse(headers=_EMPTY)
        self._end(response, judge_preflight(self.view.policies, asked, standing))
        return response

    def _close(self, response: HttpResponseBase) -> None:
        request, view, noted = self.request, self.view, self._noted
        is_urlconf_changed = getattr(request, "urlconf", None) != self._urlconf
        if is_urlconf_changed:
            self._resolver.tell_once(_URLCONF_CHANGED)
        is_path_changed = noted.is_path_changed or request.path_info != noted.path_info
        if is_path_changed:
            self._resolver.tell_once(_PATH_CHANGED)
        if (is_urlconf_changed or is_path_changed) and noted.view_method is not None:
            self._resolver.note_diverted(request, noted.path_info, self._urlconf, view)
        if noted.is_replaced:
            self._resolver.tell_once(_REQUEST_REPLACED)
        hidden = next((ran for ran in noted.view_classes if ran is not view.layers.view_class), None)
        if hidden is not None and not view.layers.lost:  # else it is logged already, and the view is closed
            self._resolver.tell_once(_CLASS_LOST.format(hidden.__name__, view.layers.name or "no view"))
        # No view of this request answered, or another than was found; or nobody knows which path a redirect is for.
        is_path_lost = is_path_changed and noted.view_method is None
        if noted.is_replaced or hidden is not None or is_path_lost:
            _write(response, (), "", replaces_all=True)
            self._tell(response, Verdict(Reason.NOT_RESOLVED))
            return
        verdict, *others = [
            judge_request(view.policies.of(method), method, self._origin, standing)
            for method, standing in self._standings.items()
        ]
        self._end(response, functools.reduce(stricter, others, verdict))

    def _end(self, response: HttpResponseBase, verdict: Verdict) -> None:
        request, is_governed = self.request, self.view.is_governed
        request._cors_enabled = is_governed  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        if is_governed:
            headers = verdict.headers
            if self._resolver.conf.allow_private_network and request.META.get(_PRIVATE_NETWORK) == "true":
                headers = for_private_network(headers)
            _write(response, headers, ", ".join(verdict.vary), self.view.declares)
            if not verdict.is_allowed:
                self._tell(response, verdict)

    def _is_same_origin(self) -> bool:
        """Whether the browser says so (Fetch Metadata § 2.4); where it says nothing, whether the origin is ours."""
        site = self.request.META.get("HTTP_SEC_FETCH_SITE")
        if site is not None:
            return bool(site == "same-origin")
        try:
            return self._origin == f"{self.request.scheme}://{self.request.get_host()}"
        except DisallowedHost:
            return False

    def _tell(self, response: HttpResponseBase, verdict: Verdict) -> None:
        """Log a refusal, and keep it for the receivers.

        A request without an origin, or of the site's own, was refused nothing.
        """
        conf = self._resolver.conf
        level = _level(conf)
        has_receivers = cors_refused.has_listeners(CorsMiddleware)
        if self._origin is None or not (level or has_receivers) or self._is_same_origin():
            return
        extra = self._extra(verdict.reason)
        if has_receivers:
            self._refusal = extra
        if conf.debug:
            response.headers[REASON_HEADER] = str(verdict.reason)
        if level:
            logger.log(
                level,
                "%s: %s %s from origin %s%s",
                verdict.reason,
                extra["method"],
                extra["path"],
                extra["origin"],
                f", because of {logged(verdict.culprit)}" if verdict.culprit else "",
                extra=extra,
            )

    def _announcement(self, send: Callable[..., T]) -> Callable[[], T]:
        return functools.partial(send, CorsMiddleware, request=self.request, **self._refusal or {})

    def _log_deaf(self, answers: object) -> None:
        """Log that telling failed. Django itself logs a receiver that raises, but stumbles over one without a name."""
        if isinstance(answers, Exception):
            logger.error("A receiver of cors_refused failed; those after it were not told.", exc_info=answers)

    def _extra(self, reason: Reason) -> dict[str, str]:
        """Return the fields of a log record, and of the signal. All are ASCII. What a client sent is quoted and cut."""
        method = next(iter(self._standings))
        policy = self.view.policies.of(method)
        return {
            "reason": str(reason),
            "origin": logged(self._origin),
            "path": logged(self.request.path),
            "method": logged(method),
            "view": logged_text(self.view.layers.name),
            "source": logged_text(str(policy.who_source)),
        }


def _with_names(vary: str, names: str) -> str:
    """Return a `Vary` with names merged into it. Django's own helper costs more than all the rest of an answer."""
    kept = [name.strip() for name in vary.split(",")]
    known = set(map(str.lower, kept))
    return "*" if "*" in known else ", ".join((*kept, *(name for name in names.split(", ") if name not in known)))
