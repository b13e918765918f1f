"""Puts questions to the project's own code: `is_origin_allowed` of a policy, receivers of `check_request_enabled`.

What is asked, and in which order, is written once, as generators: they yield a question and are sent the answer. `run`
and `run_async` drive them. Whatever the project's code raises is an answer too; none of it gets further.
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

#: Verdicts that a receiver of `check_request_enabled` may turn.
TURNABLE: Final = frozenset({Reason.ORIGIN_NOT_ALLOWED, Reason.URL_NOT_COVERED})

#: Told who was asked, and what it raised.
Failed = Callable[[str, Exception], None]


def may_turn(standing: Reason, *, declares: bool) -> bool:
    """Whether receivers of `check_request_enabled` are asked: about views that declare nothing, if there are any."""
    # Without receivers, `has_listeners` would still take a lock.
    return (
        standing in TURNABLE
        and not declares
        and bool(check_request_enabled.receivers)
        and check_request_enabled.has_listeners(None)
    )


class Question(NamedTuple):
    """Something only the project's own code can answer, and both ways to ask it."""

    ask: Callable[[], object]
    ask_async: Callable[[], Awaitable[object]]


def run(questions: Generator[Question, object, T]) -> T:
    """Ask, and wait for each answer. Returns what the generator makes of them."""
    answer: object = None
    while True:
        try:
            question = questions.send(answer)
        except StopIteration as done:
            return cast("T", done.value)
        answer = caught(question.ask)


async def run_async(questions: Generator[Question, object, T]) -> T:
    """Ask, and await each answer: async code natively, sync code in a thread."""
    answer: object = None
    while True:
        try:
            question = questions.send(answer)
        except StopIteration as done:
            return cast("T", done.value)
        answer = await caught_async(question.ask_async)


def settle(
    view: ViewPolicies,
    standings: Mapping[str, Reason],
    origin: str,
    request: HttpRequest,
    failed: Failed,
    *,
    opened: Callable[[], ViewPolicies],
    may_ask_receivers: bool = True,
) -> Generator[Question, object, tuple[ViewPolicies, dict[str, Reason]]]:
    """Ask whoever has to decide about an origin. Returns the policies that judge then, and how the origin stands.

    Args:
        view: The policies of the URL.
        standings: Method -> what `judge_origin` said.
        origin: The `Origin` header.
        request: Callables and receivers may look at it.
        failed: Told of whatever raises.
        opened: The policies that judge if a receiver admits the request: those of the settings.
        may_ask_receivers: Whether they have not been asked before.
    """
    answers: dict[int, object] = {}
    settled = dict(standings)
    for method, standing in standings.items():
        if standing is Reason.DEPENDS:
            settled[method] = yield from tests(view.policies.of(method), origin, request, answers, failed)
    is_turnable = any(may_turn(standing, declares=view.declares) for standing in settled.values())
    if may_ask_receivers and is_turnable and (yield from receivers(request, failed)):
        return opened(), dict.fromkeys(settled, Reason.ALLOWED)
    return view, settled


def tests(
    policy: EffectivePolicy, origin: str, request: HttpRequest, answers: dict[int, object], failed: Failed
) -> Generator[Question, object, Reason]:
    """Ask the callables of a policy, until one says `True`.

    Args:
        policy: Whose callables.
        origin: Well-formed, and no opaque one.
        request: They may look at it.
        answers: What others have answered before, by identity: a callable may be an object that cannot be hashed.
        failed: Told of what a callable raises; then the origin is refused.
    """
    for test in policy.origin_tests:
        if id(test) not in answers:
            answers[id(test)] = yield Question(
                functools.partial(_call, test, origin, request),
                functools.partial(_call_async, test, origin, request),
            )
        answer = answers[id(test)]
        if isinstance(answer, Exception):
            failed(f"is_origin_allowed ({policy.sources['is_origin_allowed']})", answer)
            return Reason.CALLABLE_FAILED
        if answer is True:
            return Reason.ALLOWED
    return Reason.ORIGIN_NOT_ALLOWED


def receivers(request: HttpRequest, failed: Failed) -> Generator[Question, object, bool]:
    """Ask the receivers of `check_request_enabled`; whether any admits the request."""
    responses = yield Question(
        functools.partial(_call_receivers, request),
        functools.partial(_call_receivers_async, request),
    )
    if isinstance(responses, Exception):
        failed("check_request_enabled", responses)
        return False
    answers = cast("_Responses", responses)
    for receiver, answer in answers:
        if isinstance(answer, Exception):
            failed(f"check_request_enabled ({logged(receiver)})", answer)
    return any(answer is True for _, answer in answers)


#: Receivers and what they returned or raised.
_Responses = Sequence[tuple[object, object]]


def _call_receivers(request: HttpRequest) -> _Responses:
    return _read(check_request_enabled.send_robust(None, request=request))


async def _call_receivers_async(request: HttpRequest) -> _Responses:
    responses = await check_request_enabled.asend_robust(None, request=request)
    if all(answer is None or isinstance(answer, bool) for _, answer in responses):
        return responses
    return await sync_to_async(_read)(responses)  # whether a query set is true, the database says


def _read(responses: _Responses) -> _Responses:
    """Make each answer True, False or an exception."""
    return [(receiver, caught(functools.partial(_is_yes, answer))) for receiver, answer in responses]


def _is_yes(answer: object) -> object:
    if isinstance(answer, Exception):
        return answer
    if isawaitable(answer):
        # An async function behind a sync receiver: nobody awaits it, and it is truthy.
        _discard(answer)
        return False
    return bool(answer)


def caught(ask: Callable[[], object]) -> object:
    """Return an answer, or the exception it came as."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - the project's own code may raise anything; the request is served
        return error


async def caught_async(ask: Callable[[], Awaitable[object]]) -> object:
    """Return an answer, or the exception it came as."""
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


def _discard(answer: Any) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()
