"""CorsMiddleware: carries requests to the verdict, and headers to the response. It decides nothing.

First in `MIDDLEWARE`, after anything that sets `request.urlconf`. Sync and async.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Generator
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

from drf_cors import resolver as resolvers
from drf_cors.core.errors import shown
from drf_cors.core.fetch import REDIRECT_STATUSES
from drf_cors.core.verdict import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    Preflight,
    Reason,
    Verdict,
    for_private_network,
    judge_origin,
    judge_preflight,
    judge_request,
    stricter,
)
from drf_cors.mixins import classes_that_ran
from drf_cors.signals import check_request_enabled

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import ResolverMatch

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.policy import OriginTest
    from drf_cors.resolver import Resolver, ViewPolicies

logger = logging.getLogger("drf_cors")

#: Under DEBUG, on refusals: the reason code.
REASON_HEADER: Final = "X-Cors-Reason"

#: Verdicts that a receiver of `check_request_enabled` may turn.
_TURNABLE: Final = frozenset({Reason.ORIGIN_NOT_ALLOWED, Reason.URL_NOT_COVERED})

_UNDER_WAY: Final = "_drf_cors_exchange"


_URLCONF_CHANGED: Final = (
    "request.urlconf was changed below CorsMiddleware: preflights are judged in another URLconf than requests "
    "are answered in. Put the middleware that changes it above drf_cors.middleware.CorsMiddleware."
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
        resolvers.current()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer a preflight, or put the headers on the answer from below."""
        if _UNDER_WAY in request.__dict__:  # installed twice: the outer one answers
            return cast("HttpResponseBase", self.get_response(request))
        exchange = _Exchange(request)
        return self._answer_async(exchange) if self.is_async else self._answer(exchange)

    def _answer(self, exchange: _Exchange) -> HttpResponseBase:
        if exchange.is_preflight:
            exchange.look_up_preflight()
            if exchange.has_questions:
                exchange.ask()
            if exchange.is_governed:
                return exchange.preflight_response()
        response: HttpResponseBase = self.get_response(exchange.request)
        exchange.look_up(response)
        if exchange.has_questions:
            exchange.ask()
        return exchange.finish(response)

    async def _answer_async(self, exchange: _Exchange) -> HttpResponseBase:
        if exchange.is_preflight:
            exchange.look_up_preflight()
            if exchange.has_questions:
                await exchange.ask_async()
            if exchange.is_governed:
                return exchange.preflight_response()
        response: HttpResponseBase = await self.get_response(exchange.request)
        exchange.look_up(response)
        if exchange.has_questions:
            await exchange.ask_async()
        return exchange.finish(response)


class _Question(NamedTuple):
    """Something only the project's own code can answer, and both ways to ask it."""

    ask: Callable[[], object]
    ask_async: Callable[[], Awaitable[object]]


class _Exchange:
    """One request on its way down, and its answer on its way up."""

    __slots__ = (
        "_are_receivers_asked",
        "_is_covered",
        "_match",
        "_method",
        "_origin",
        "_resolver",
        "_standings",
        "_urlconf",
        "is_preflight",
        "request",
        "view",
    )

    # Known once looked up: Django's match; the policies that judge; and how the origin stands under the policy of each
    # method, which is one, but where middleware below has overridden it.
    _match: ResolverMatch | None
    view: ViewPolicies
    _standings: dict[str, Reason]

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._resolver: Resolver = resolvers.current()
        self._origin: str | None = request.META.get("HTTP_ORIGIN")
        self._method = request.method or ""
        self._urlconf = getattr(request, "urlconf", None)
        self._is_covered = self._resolver.conf.covers(request.path_info)
        self._are_receivers_asked = False
        self.is_preflight = (
            self._method == "OPTIONS"
            and self._origin is not None
            and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META
        )
        fields = request.__dict__
        fields[_UNDER_WAY] = self
        # For views that look at it, as django-cors-headers leaves it; the end corrects it.
        fields["_cors_enabled"] = self._is_covered

    # Looking up

    def look_up_preflight(self) -> None:
        """Find the view a preflight is about, and how its origin stands for the requested method."""
        match = self._resolver.find(self.request)
        self.request.resolver_match = match
        self._judge(match, self.request.META["HTTP_ACCESS_CONTROL_REQUEST_METHOD"])

    def look_up(self, response: HttpResponseBase) -> None:
        """Find the view an answer came from, or was meant to, and how the origin stands under its policy."""
        request = self.request
        match = request.resolver_match
        if match is None:  # no view was reached: the site cache, a 404, a redirect, a refusal above
            match = self._find_meant(response)
            request.resolver_match = match
        # Middleware below may have overridden the method. The browser was answered under the first, the view
        # ran under the second.
        self._judge(match, request.method or "", self._method)

    def _find_meant(self, response: HttpResponseBase) -> ResolverMatch | None:
        resolver, request = self._resolver, self.request
        match = resolver.find(request)
        if match is None and response.status_code in REDIRECT_STATUSES and response.has_header("Location"):
            return resolver.find_redirect(request, response["Location"])
        return match

    def _judge(self, match: ResolverMatch | None, *methods: str) -> None:
        self._match = match
        self.view = view = self._resolver.for_match(match, is_covered=self._is_covered)
        self._standings = {method: judge_origin(view.policies.of(method), self._origin) for method in methods}

    @property
    def is_governed(self) -> bool:
        """Whether any policy is over this URL; known once looked up and asked."""
        return self.view.is_governed

    # Asking

    @property
    def has_questions(self) -> bool:
        """Whether the project's own code has to be asked."""
        for standing in self._standings.values():
            if standing is Reason.ALLOWED or standing is Reason.NO_ORIGIN:
                continue
            if standing is Reason.DEPENDS or (standing in _TURNABLE and self._may_ask_receivers()):
                return not self._is_same_origin()
        return False

    def _may_ask_receivers(self) -> bool:
        return not (self.view.declares or self._are_receivers_asked) and check_request_enabled.has_listeners(None)

    def ask(self) -> None:
        """Put the questions, and wait for each."""
        questions = self._questions()
        question = next(questions, None)
        while question is not None:
            question = _next(questions, _caught(question.ask))

    async def ask_async(self) -> None:
        """Put the questions, and await each: async code natively, sync code in a thread."""
        questions = self._questions()
        question = next(questions, None)
        while question is not None:
            question = _next(questions, await _caught_async(question.ask_async))

    def _questions(self) -> Generator[_Question, object, None]:
        answers: dict[int, object] = {}  # by identity: a callable may be an object that cannot be hashed
        for method, standing in self._standings.items():
            if standing is Reason.DEPENDS:
                self._standings[method] = yield from self._put_to_tests(self.view.policies.of(method), answers)
        if not _TURNABLE.isdisjoint(self._standings.values()) and self._may_ask_receivers():
            self._are_receivers_asked = True
            if (yield from self._put_to_receivers()):
                self.view = self._resolver.for_match(self._match, is_covered=True)
                self._standings = dict.fromkeys(self._standings, Reason.ALLOWED)

    def _put_to_tests(
        self, policy: EffectivePolicy, answers: dict[int, object]
    ) -> Generator[_Question, object, Reason]:
        origin, request = cast("str", self._origin), self.request
        for test in policy.origin_tests:
            if id(test) not in answers:
                answers[id(test)] = yield _Question(
                    functools.partial(_call, test, origin, request),
                    functools.partial(_call_async, test, origin, request),
                )
            answer = answers[id(test)]
            if isinstance(answer, Exception):
                self._log_failure(f"is_origin_allowed ({policy.sources['is_origin_allowed']})", answer)
                return Reason.CALLABLE_FAILED
            if answer is True:
                return Reason.ALLOWED
        return Reason.ORIGIN_NOT_ALLOWED

    def _put_to_receivers(self) -> Generator[_Question, object, bool]:
        signal, request = check_request_enabled, self.request
        responses = yield _Question(
            lambda: signal.send_robust(None, request=request),
            lambda: signal.asend_robust(None, request=request),
        )
        if isinstance(responses, Exception):
            self._log_failure("check_request_enabled", responses)
            return False
        is_enabled = False
        for receiver, answer in cast("list[tuple[object, object]]", responses):
            if isinstance(answer, Exception):
                self._log_failure(f"check_request_enabled ({shown(receiver)})", answer)
            elif isawaitable(answer):
                # An async function behind a sync receiver: nobody awaits it, and it is truthy.
                _discard(answer)
            elif answer:
                is_enabled = True
        return is_enabled

    def _log_failure(self, asked: str, error: Exception) -> None:
        logger.error(
            "%s: %s raised; the origin is refused.",
            Reason.CALLABLE_FAILED,
            asked,
            exc_info=error,
            extra=self._extra(Reason.CALLABLE_FAILED),
        )

    # Answering

    def preflight_response(self) -> HttpResponse:
        """Answer a preflight, in place of the view. Fetch § 4.8 asks for an ok status."""
        meta = self.request.META
        ((method, standing),) = self._standings.items()
        asked = Preflight(
            origin=cast("str", self._origin),
            method=method,
            headers=meta.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""),
        )
        response = HttpResponse(headers={"Content-Length": "0"})
        self._close(is_enabled=True)
        self._set(response, judge_preflight(self.view.policies, asked, standing))
        return response

    def finish(self, response: HttpResponseBase) -> HttpResponseBase:
        """Put the verdict's headers on an answer."""
        request, view = self.request, self.view
        self._close(is_enabled=self.is_governed)
        if getattr(request, "urlconf", None) != self._urlconf:
            self._resolver.tell_once(_URLCONF_CHANGED)
        for ran in classes_that_ran(request):
            if ran is not view.layers.view_class:
                self._resolver.tell_once(_CLASS_LOST.format(ran.__name__, view.layers.name or "no view"))
                _remove_cors_headers(response)
                self._tell(response, Verdict(Reason.NOT_RESOLVED))
                return response
        if self.is_governed:
            verdict, *others = [
                judge_request(view.policies.of(method), method, self._origin, standing)
                for method, standing in self._standings.items()
            ]
            self._set(response, stricter(verdict, *others) if others else verdict)
        return response

    def _close(self, *, is_enabled: bool) -> None:
        request = self.request
        request.__dict__.pop(_UNDER_WAY, None)
        request.__dict__["_cors_enabled"] = is_enabled

    def _set(self, response: HttpResponseBase, verdict: Verdict) -> None:
        conf = self._resolver.conf
        if (
            conf.allow_private_network
            and self.request.META.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true"
        ):
            verdict = for_private_network(verdict)
        headers = response.headers
        if self.view.declares:
            _remove_cors_headers(response)
        elif verdict.headers:
            # Who, and with credentials or not, is one statement; the view's own half must not complete ours.
            del headers[ALLOW_ORIGIN], headers[ALLOW_CREDENTIALS]
        for name, value in verdict.headers:
            headers[name] = value
        if verdict.vary:
            if "Vary" in headers:
                patch_vary_headers(response, verdict.vary)
            else:
                headers["Vary"] = ", ".join(verdict.vary)
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
        """Log a refusal. A request without an origin, or of the site's own, was refused nothing."""
        if self._origin is None or self._is_same_origin():
            return
        is_debug = self._resolver.conf.debug
        if is_debug:
            response.headers[REASON_HEADER] = str(verdict.reason)
        level = logging.WARNING if is_debug else logging.INFO
        if logger.isEnabledFor(level):
            extra = self._extra(verdict.reason)
            logger.log(
                level,
                "%s: %s %s from origin %s%s",
                verdict.reason,
                extra["method"],
                extra["path"],
                extra["origin"],
                f", because of {shown(verdict.culprit)}" if verdict.culprit else "",
                extra=extra,
            )

    def _extra(self, reason: Reason) -> dict[str, str]:
        """Return the fields of a log record. Whatever a client sent is escaped and cut."""
        method = next(iter(self._standings))
        policy = self.view.policies.of(method)
        return {
            "reason": str(reason),
            "origin": shown(self._origin),
            "path": shown(self.request.path),
            "method": shown(method),
            "view": self.view.layers.name,
            "source": str(policy.who_source),
        }


def _remove_cors_headers(response: HttpResponseBase) -> None:
    headers = response.headers
    for name in [name for name in headers if name.lower().startswith("access-control-")]:
        del headers[name]


def _next(questions: Generator[_Question, object, None], answer: object) -> _Question | None:
    try:
        return questions.send(answer)
    except StopIteration:
        return None


def _caught(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - the project's own code may raise anything; the request is served without CORS
        return error


async def _caught_async(ask: Callable[[], Awaitable[object]]) -> object:
    try:
        return await ask()
    except Exception as error:  # noqa: BLE001 - as above
        return error


def _call(test: OriginTest, origin: str, request: HttpRequest) -> object:
    answer = test(origin, request)
    return async_to_sync(_awaited)(answer) if isawaitable(answer) else answer


async def _call_async(test: OriginTest, origin: str, request: HttpRequest) -> object:
    if iscoroutinefunction(test) or iscoroutinefunction(getattr(test, "__call__", None)):  # noqa: B004 - an object with an async __call__
        return await cast("Awaitable[bool]", test(origin, request))
    answer = await sync_to_async(test)(origin, request)
    return await answer if isawaitable(answer) else answer


async def _awaited(answer: Awaitable[object]) -> object:
    return await answer


def _discard(answer: object) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()
