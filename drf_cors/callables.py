"""Calls `is_origin_allowed` callables and `check_request_enabled` receivers, sync or async.

Generators decide what is called, and in which order. They yield a call and receive its result.
`run` and `run_async` make the calls. An exception of the project's code is a result too. It is
never raised again.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async

from drf_cors.core.errors import logged
from drf_cors.core.verdict import Reason
from drf_cors.signals import check_request_enabled

if TYPE_CHECKING:
    from django.http import HttpRequest

    from drf_cors.core.fields import OriginTest
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.resolver import ViewPolicies

T = TypeVar("T")

#: Refusals that a receiver of `check_request_enabled` may override.
OVERRIDABLE: Final = frozenset({Reason.ORIGIN_NOT_ALLOWED, Reason.URL_NOT_COVERED})

#: Called with the name of what was called, and the exception that it raised.
OnError = Callable[[str, Exception], None]


def receivers_may_override(reason: Reason, *, declares: bool) -> bool:
    """Return whether receivers of `check_request_enabled` may override a refusal, and exist.

    Args:
        reason: Of the refusal.
        declares: Whether the view declares a policy of its own. Receivers cannot override it.
    """
    if reason not in OVERRIDABLE or declares:
        return False
    # `has_listeners` takes a lock, even if there are no receivers.
    return bool(check_request_enabled.receivers) and check_request_enabled.has_listeners(None)


class PendingCall(NamedTuple):
    """A call of the project's own code.

    Attributes:
        call: The call for a sync server.
        call_async: The same call for an async server.
    """

    call: Callable[[], object]
    call_async: Callable[[], Awaitable[object]]


#: A generator of the calls that are still to be made. It returns a T.
PendingCalls = Generator[PendingCall, object, T]


def run(pending: PendingCalls[T]) -> T:
    """Make the calls, and return what the generator returns.

    Args:
        pending: The generator.
    """
    result: object = None
    while True:
        try:
            following = pending.send(result)
        except StopIteration as done:
            return cast("T", done.value)
        result = call_safely(following.call)


async def run_async(pending: PendingCalls[T]) -> T:
    """Make the calls as `run` does. Async code is awaited, sync code runs in a thread.

    Args:
        pending: The generator.
    """
    result: object = None
    while True:
        try:
            following = pending.send(result)
        except StopIteration as done:
            return cast("T", done.value)
        result = await call_safely_async(following.call_async)


def resolve_pending(
    view: ViewPolicies,
    reasons: Mapping[str, Reason],
    origin: str,
    request: HttpRequest,
    on_error: OnError,
    *,
    may_call_receivers: bool = True,
) -> PendingCalls[tuple[bool, dict[str, Reason]]]:
    """Call the project's code that decides about an origin.

    Args:
        view: The policies of the URL.
        reasons: Method -> what `judge_origin` returned for its policy.
        origin: The `Origin` header.
        request: Passed to callables and receivers.
        on_error: Called for each exception.
        may_call_receivers: Whether receivers were not called before.

    Returns:
        Whether a receiver has allowed the request, and for each method the reason after the calls.
    """
    results: dict[int, object] = {}
    resolved = dict(reasons)
    for method, reason in reasons.items():
        if reason is Reason.DEPENDS:
            resolved[method] = yield from call_origin_tests(
                view.policies.of(method), origin, request, results, on_error
            )
    final = resolved.values()
    is_overridable = any(receivers_may_override(reason, declares=view.declares) for reason in final)
    if may_call_receivers and is_overridable:
        is_allowed = yield from call_receivers(request, on_error)
        if is_allowed:
            return True, dict.fromkeys(resolved, Reason.ALLOWED)
    return False, resolved


def call_origin_tests(
    policy: EffectivePolicy,
    origin: str,
    request: HttpRequest,
    results: dict[int, object],
    on_error: OnError,
) -> PendingCalls[Reason]:
    """Call the `is_origin_allowed` callables of a policy, until one returns `True`.

    Args:
        policy: The policy.
        origin: A valid origin, not `null`.
        request: Passed to the callables.
        results: The id of a callable -> what it returned before. A callable may be unhashable.
        on_error: Called for an exception. Then the origin is refused.
    """
    for test in policy.origin_tests:
        if id(test) not in results:
            results[id(test)] = yield PendingCall(
                functools.partial(_call, test, origin, request),
                functools.partial(_call_async, test, origin, request),
            )
        result = results[id(test)]
        if isinstance(result, Exception):
            on_error(f"is_origin_allowed ({policy.sources['is_origin_allowed']})", result)
            return Reason.CALLABLE_FAILED
        if result is True:
            return Reason.ALLOWED
    return Reason.ORIGIN_NOT_ALLOWED


def call_receivers(request: HttpRequest, on_error: OnError) -> PendingCalls[bool]:
    """Call the receivers of `check_request_enabled`.

    Args:
        request: Passed to the receivers.
        on_error: Called for each exception.

    Returns:
        Whether a receiver allows the request.
    """
    responses = yield PendingCall(
        functools.partial(_call_receivers, request),
        functools.partial(_call_receivers_async, request),
    )
    if isinstance(responses, Exception):
        on_error("check_request_enabled", responses)
        return False
    is_allowed = False
    for receiver, result in cast("_Responses", responses):
        if isinstance(result, Exception):
            on_error(f"check_request_enabled ({logged(receiver)})", result)
        elif result is True:
            is_allowed = True
    return is_allowed


#: Receivers and what they returned or raised.
_Responses = Sequence[tuple[object, object]]


def _call_receivers(request: HttpRequest) -> _Responses:
    return _read(check_request_enabled.send_robust(None, request=request))


async def _call_receivers_async(request: HttpRequest) -> _Responses:
    responses = await check_request_enabled.asend_robust(None, request=request)
    if all(result is None or isinstance(result, bool) for _, result in responses):
        return responses
    return await sync_to_async(_read)(responses)  # bool() of a query set makes a query


def _read(responses: _Responses) -> _Responses:
    """Convert each result to True, False or an exception."""
    results: list[tuple[object, object]] = []
    for receiver, result in responses:
        results.append((receiver, call_safely(functools.partial(_is_true, result))))
    return results


def _is_true(result: object) -> object:
    if isinstance(result, Exception):
        return result
    if isawaitable(result):
        # A sync receiver has returned the coroutine of an async function. It is truthy, but not
        # awaited.
        _discard(result)
        return False
    return bool(result)


def call_safely(call: Callable[[], object]) -> object:
    """Return the result of a call, or the exception that it raised.

    Args:
        call: The call.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the project's own code may raise anything
        return error


async def call_safely_async(call: Callable[[], Awaitable[object]]) -> object:
    """Return the result of a coroutine function, or the exception that it raised.

    Args:
        call: The coroutine function.
    """
    try:
        return await call()
    except Exception as error:  # noqa: BLE001 - as above
        return error


def _call(test: OriginTest, origin: str, request: HttpRequest) -> object:
    result = test(origin, request)
    if isawaitable(result):
        return async_to_sync(_awaited)(result)
    return result


async def _call_async(test: OriginTest, origin: str, request: HttpRequest) -> object:
    call = getattr(test, "__call__", None)  # noqa: B004 - an object may have an async __call__
    if iscoroutinefunction(test) or iscoroutinefunction(call):
        return await cast("Awaitable[bool]", test(origin, request))
    result = await sync_to_async(test)(origin, request)
    if isawaitable(result):
        return await result
    return result


async def _awaited(result: Awaitable[object]) -> object:
    return await result


def _discard(result: Any) -> None:
    close = getattr(result, "close", None)
    if close is not None:
        close()
