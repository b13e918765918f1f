"""CorsMiddleware: passes requests to `drf_cors.core.judge`, and writes its verdicts to responses.

It is first in `MIDDLEWARE`, except after middleware that sets `request.urlconf`. Sync and async
requests use the same code. Only calls of the project's own code differ: `drf_cors.callables` makes
these.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse

from drf_cors import callables, in_progress, refusals
from drf_cors import resolver as resolvers
from drf_cors.conf import EVERY_PATH
from drf_cors.core.fetch import REDIRECT_STATUSES
from drf_cors.core.judge import judge
from drf_cors.core.verdict import (
    DEPENDS,
    CorsRequest,
    Reason,
    Verdict,
    for_private_network,
    judge_origin,
    stricter,
)
from drf_cors.in_progress import CURRENT, Changes, RequestInProgress, changes_of
from drf_cors.members import declared_by_object
from drf_cors.response_headers import REASON_HEADER, WRITTEN, remove_earlier_headers, write_headers
from drf_cors.signals import cors_refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from drf_cors.callables import PendingCalls
    from drf_cors.resolver import Resolver, ViewPolicies

__all__ = ["CorsMiddleware"]

#: The content type of a response without a body. It saves Django the lookup.
_EMPTY: Final = {"Content-Type": "text/html; charset=utf-8"}

#: The first status of server errors (RFC 9110 § 15.6).
SERVER_ERROR: Final = 500

#: The header for its length.
_NO_CONTENT: Final = Verdict(Reason.ALLOWED, (("Content-Length", "0"),))

#: The key of `request.META` for the request header of private networks.
_PRIVATE_NETWORK: Final = "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK"


class CorsMiddleware:
    """Django middleware. Add it to `MIDDLEWARE` as `drf_cors.middleware.CorsMiddleware`.

    Raises:
        CorsConfigurationError: When it is built, if a `CORS_*` setting is wrong.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
            # Django calls a sync `process_view` in a thread.
            self.process_view = self._process_view_async  # type: ignore[assignment]  # Django awaits it
        # Decided here, so that requests without DEBUG pay nothing.
        self._exchange = _WatchedExchange if resolvers.current().conf.debug else _Exchange

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Return the response to a preflight, or the response from below with CORS headers."""
        above = CURRENT.get()
        if above is not None and above.request is request:  # installed twice: the first writes the headers
            return cast("HttpResponseBase", self.get_response(request))
        exchange = self._exchange(request)
        if self.is_async:
            return self._call_async(exchange)
        if exchange.method == "OPTIONS" and exchange.has_preflight_headers:
            pending = exchange.answer_preflight()
            if pending is not None:
                callables.run(pending)
            if exchange.preflight is not None:
                return exchange.response
        token = CURRENT.set(exchange)
        try:
            response = self.get_response(request)
        finally:
            CURRENT.reset(token)
        pending = exchange.finish(response)
        if pending is not None:
            callables.run(pending)
        return exchange.response

    async def _call_async(self, exchange: _Exchange) -> HttpResponseBase:
        """Do the same for an async server: async code is awaited, sync code runs in a thread."""
        if exchange.method == "OPTIONS" and exchange.has_preflight_headers:
            pending = exchange.answer_preflight()
            if pending is not None:
                await callables.run_async(pending)
            if exchange.preflight is not None:
                return exchange.response
        token = CURRENT.set(exchange)
        try:
            response = await self.get_response(exchange.request)
        finally:
            CURRENT.reset(token)
        pending = exchange.finish(response)
        if pending is not None:
            await callables.run_async(pending)
        return exchange.response

    process_view = staticmethod(in_progress.note_view)

    async def _process_view_async(self, request: HttpRequest, *_: object) -> None:
        """Call `note_view`."""
        in_progress.note_view(request)


class _Exchange(RequestInProgress):
    """One request and its response.

    It stores the facts of the request on arrival, before middleware and the view below change them.

    Attributes:
        preflight: The preflight that it is, None if it is none.
        response: What is returned to the client. It is set when there is a response.
        view: The policies of the URL. It is set when they are looked up.
    """

    __slots__ = (
        "_are_receivers_called",
        "_has_searched",
        "_is_covered",
        "_resolver",
        "_urlconf",
        "preflight",
        "response",
        "view",
    )

    response: HttpResponseBase
    view: ViewPolicies

    def __init__(self, request: HttpRequest) -> None:
        resolver = resolvers.current_resolver or resolvers.current()
        conf, path, urlconf = resolver.conf, request.path_info, getattr(request, "urlconf", None)
        if urlconf is not None:
            resolver.learn(urlconf)
        self.request = request
        self.origin = request.META.get("HTTP_ORIGIN")
        self.method = request.method or ""
        self.path_info = path
        self.changes = None
        self.marks = ()
        self._resolver: Resolver = resolver
        self._urlconf = urlconf
        # An unset CORS_URLS_REGEX covers every path without a newline. To match it takes longer.
        self._is_covered = (conf.urls_regex is EVERY_PATH and "\n" not in path) or conf.covers(path)
        self._has_searched = False  # for the view of a response from below, because Django has not
        self.is_finished = self._are_receivers_called = False
        self.preflight: CorsRequest | None = None
        # For views that read it, as in django-cors-headers. `_write` corrects it.
        request._cors_enabled = self._is_covered  # type: ignore[attr-defined]  # noqa: SLF001 - the name that views read

    # Preflights

    @property
    def has_preflight_headers(self) -> bool:
        """Whether an OPTIONS request is a preflight (Fetch § 3.3.2)."""
        return self.origin is not None and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in self.request.META

    def answer_preflight(self) -> PendingCalls[None] | None:
        """Make the response to a preflight, unless no policy applies to the URL.

        Returns:
            The calls of the project's code that are still to be made, None if there are none.
        """
        meta = self.request.META
        match = self._resolver.find(self.request)
        self.request.resolver_match = match
        self.view = self._resolver.for_match(match, self._is_covered)
        self.method = method = meta["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]
        names = meta.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        self.preflight = CorsRequest(self.origin, method, names, is_preflight=True)
        reason = Reason.NOT_RESOLVED if self._resolver.is_diverted(match) else None
        verdict = judge(self.view.policies, self.preflight, reason)
        if not verdict.headers and self._has_pending_calls(verdict):
            return self._resolve()
        return self._end_preflight(verdict)

    def _end_preflight(self, verdict: Verdict) -> PendingCalls[None] | None:
        """Make the response to a preflight. Fetch § 4.8 needs an ok status."""
        if not self.view.is_governed:
            self.preflight = None
            self.method = "OPTIONS"
            return None
        self.response = HttpResponse(headers=_EMPTY)
        write_headers(self.response, _NO_CONTENT, False)
        self._write(verdict)
        return None if verdict.is_allowed else self._report(verdict)

    # Responses from below

    def finish(self, response: HttpResponseBase) -> PendingCalls[None] | None:
        """Write the headers to a response from below.

        Returns:
            The calls of the project's code that are still to be made, None if there are none.
        """
        request = self.request
        self.is_finished = True
        self.response = response
        if WRITTEN in response.__dict__:
            remove_earlier_headers(response)
        if (
            request.resolver_match is None
            or request.method != self.method
            or request.path_info != self.path_info
            or getattr(request, "urlconf", None) != self._urlconf
            or self.changes is not None
        ):
            self._read_changes()
        match = request.resolver_match
        view = None if match is None else self._resolver.in_use.get(id(match.func))
        if view is None or view.is_watched or not self._is_covered:
            view = self._resolver.for_match(match, self._is_covered)
        self.view = view
        if self.changes is not None or (self.marks and self.marks != view.layers.marks):
            self._close_if_lost()
        if self.changes is None:
            verdict = self.view.verdicts[self.method][self.origin]
        elif self.changes.is_closed:
            verdict = Verdict(Reason.NOT_RESOLVED)
            write_headers(response, verdict, True)
            return self._report(verdict)
        else:
            verdict = self._judge(None)
        if verdict.headers or self.origin is None:
            self._write(verdict)
            return None
        return self._end_refused(verdict)

    def _read_changes(self) -> None:
        """Read what middleware below has changed, and find the view if none has run."""
        request, resolver = self.request, self._resolver
        changes = self.changes or Changes()
        has_view = request.resolver_match is not None
        self._has_searched = not has_view
        if not has_view:  # a response from a cache, a 404, a redirect, or an error of middleware
            self._find_view()
        is_path_changed = changes.is_path_changed or request.path_info != self.path_info
        is_urlconf_changed = getattr(request, "urlconf", None) != self._urlconf
        if is_path_changed or is_urlconf_changed:
            self._log_changed_route(has_view, is_path_changed, is_urlconf_changed)
        if changes.is_replaced:
            resolver.log_once(in_progress.REQUEST_REPLACED)
        # Another view has run than the found one, or it is unknown for which path a redirect is.
        changes.is_closed = changes.is_replaced or (is_path_changed and not has_view)
        # The preflight was for the first method, and the view ran for the second. Middleware may
        # have restored the first.
        methods = dict.fromkeys((request.method or "", self.method, changes.view_method or self.method))
        if len(methods) > 1:
            changes.methods = tuple(methods)
        if changes.is_closed or changes.methods:
            self.changes = changes

    def _log_changed_route(self, has_view: bool, is_path_changed: bool, is_urlconf_changed: bool) -> None:
        """Log that middleware below has changed the path or the URLconf, and note the route."""
        request, resolver = self.request, self._resolver
        if is_urlconf_changed:
            resolver.learn(getattr(request, "urlconf", None))
            resolver.log_once(in_progress.URLCONF_CHANGED)
        if is_path_changed:
            resolver.log_once(in_progress.PATH_CHANGED)
        if has_view:
            view = resolver.for_match(request.resolver_match, self._is_covered)
            resolver.note_diverted(request, self.path_info, self._urlconf, view)

    def _find_view(self) -> None:
        """Set the match for the path of the request, or for the target of a redirect."""
        resolver, request, response = self._resolver, self.request, self.response
        match = resolver.find(request)
        is_redirect = response.status_code in REDIRECT_STATUSES and response.has_header("Location")
        if match is None and is_redirect:
            match = resolver.find_redirect(request, response["Location"])
        request.resolver_match = match

    def _close_if_lost(self) -> None:
        """Close the view, or the response without a view, if a policy of what ran is not in force."""
        name = self._find_lost()
        if not name:
            return
        match = self.request.resolver_match
        # Middleware may call a view beside that of the URL, or for its error: that view is not
        # closed.
        has_called = not self._has_searched and self.response.status_code < SERVER_ERROR
        if has_called and match is not None and self._resolver.close(match, name):
            self.view = self._resolver.for_match(match, self._is_covered)
        else:
            changes_of(self).is_closed = True
            self._resolver.log_once(in_progress.VIEW_LOST.format(name))

    def _find_lost(self) -> str:
        """Return the name of what ran and declares a policy that is not in force, "" if nothing does."""
        view, resolver, changes = self.view, self._resolver, self.changes
        if view.layers.lost or (changes is not None and changes.is_closed):
            return ""
        method = self._methods[-1]
        declared: list[tuple[str, object]] = []
        declared += [(mark.view_name, mark.policy) for mark in self.marks if not view.layers.is_own(mark)]
        for ran, its_method in () if changes is None else changes.views:
            policies = declared_by_object(ran, its_method, beside=view.layers.view_class)
            declared += [(type(ran).__name__, policy) for policy in policies]
        return resolver.find_not_in_force(declared, view, method)

    # Judging

    def _judge(self, reasons: Mapping[str, Reason] | None) -> Verdict:
        """Judge the request.

        Args:
            reasons: Method -> the reason after calls of the project's code; None without calls.
        """
        verdicts = []
        for method in self._methods:
            request = self.preflight or CorsRequest(self.origin, method)
            verdicts.append(judge(self.view.policies, request, None if reasons is None else reasons[method]))
        return functools.reduce(stricter, verdicts)

    @property
    def _methods(self) -> tuple[str, ...]:
        """The methods whose policies must allow the request: if middleware has changed it, several."""
        return (self.changes.methods if self.changes is not None else ()) or (self.method,)

    def _has_pending_calls(self, verdict: Verdict) -> bool:
        """Whether the project's own code may change a refusal. It cannot for the same origin."""
        if verdict.reason is not DEPENDS:
            if self._are_receivers_called:
                return False
            if not callables.receivers_may_override(verdict.reason, declares=self.view.declares):
                return False
        return not refusals.is_same_origin(self.request, self.origin)

    def _resolve(self) -> PendingCalls[None]:
        """Call the project's own code, judge again, and end the exchange."""
        policies = self.view.policies
        reasons = {method: judge_origin(policies.of(method), self.origin) for method in self._methods}
        is_overridden, reasons = yield from callables.resolve_pending(
            self.view,
            reasons,
            cast("str", self.origin),
            self.request,
            self._log_error,
            may_call_receivers=not self._are_receivers_called,
        )
        self._are_receivers_called = True
        if is_overridden:  # then the settings apply, even if CORS_URLS_REGEX does not cover the URL
            self.view = self._resolver.for_match(self.request.resolver_match, is_covered=True)
        verdict = self._judge(reasons)
        if self.preflight is not None:
            pending = self._end_preflight(verdict)
        else:
            self._write(verdict)
            pending = None if verdict.is_allowed else self._report(verdict)
        if pending is not None:
            yield from pending

    def _log_error(self, called: str, error: Exception) -> None:
        reason = Reason.CALLABLE_FAILED
        refusals.log_error(reason, called, error, self._fields(reason))

    # Writing and reporting

    def _end_refused(self, verdict: Verdict) -> PendingCalls[None] | None:
        """Write the headers of a refusal, unless the project's code may change it.

        Returns:
            The calls that are still to be made, None if there are none.
        """
        if verdict.reason is not DEPENDS and not refusals.has_observers(self._resolver.conf):
            self._write(verdict)
            return None
        verdict = self._judge(None)
        if self._has_pending_calls(verdict):
            return self._resolve()
        self._write(verdict)
        return self._report(verdict)

    def _write(self, verdict: Verdict) -> None:
        """Write the headers of a verdict, if a policy applies to the URL."""
        view = self.view
        if not self._is_covered:  # the policies of the view may apply all the same
            self.request._cors_enabled = view.is_governed  # type: ignore[attr-defined]  # noqa: SLF001 - as above
            if not view.is_governed:
                return
        if self._resolver.conf.allow_private_network and self.request.META.get(_PRIVATE_NETWORK) == "true":
            verdict = for_private_network(verdict)
        write_headers(self.response, verdict, view.declares)

    def _report(self, verdict: Verdict) -> PendingCalls[None] | None:
        """Log a refusal, and return the call that sends it to the receivers.

        Requests without an origin and same-origin requests are not refused, so they are not
        reported.
        """
        conf = self._resolver.conf
        if self.origin is None or not refusals.has_observers(conf):
            return None
        is_closed = self.changes is not None and self.changes.is_closed
        if not (is_closed or self.view.is_governed) or refusals.is_same_origin(self.request, self.origin):
            return None
        fields, details = self._fields(verdict.reason), ""
        if conf.debug:
            self.response.headers[REASON_HEADER] = str(verdict.reason)
            details = refusals.details_for_developers(
                self.request, self.origin, self._methods[0], verdict.reason, self.view
            )
        refusals.log_refusal(conf, verdict, fields, details)
        has_receivers = cors_refused.has_listeners(CorsMiddleware)
        return refusals.send_refused(CorsMiddleware, self.request, fields) if has_receivers else None

    def _fields(self, reason: Reason) -> dict[str, str]:
        return refusals.log_fields(self.request, self.origin, self._methods[0], reason, self.view)


class _WatchedExchange(_Exchange):
    """A request under `DEBUG`: headers of its response that scripts cannot read are logged."""

    __slots__ = ()

    def _write(self, verdict: Verdict) -> None:
        super()._write(verdict)
        is_shared = bool(verdict.headers) and self.preflight is None and self.view.is_governed
        if self.origin is not None and is_shared and not refusals.is_same_origin(self.request, self.origin):
            log = self._resolver.unreadable
            log.look_at(self.request, self.response, self.view, self._methods[0], self.origin)
