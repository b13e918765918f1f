"""No order of requests leads a browser to send what the policy of the method refuses, and nothing allowed is blocked.

A model browser (`drf_cors.testing`) fetches one URL whose methods are under random policies. The server stands at the
door: whatever needs a preflight and arrives must be admitted by its own method's policy.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from drf_cors.core import preflight
from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.merge import EffectivePolicy, Layer, merge
from drf_cors.core.policy import CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.core.url_policies import UrlPolicies
from drf_cors.core.verdict import ALLOW_METHODS, MAX_AGE, CorsRequest, Reason, Verdict, judge_origin, judge_request
from drf_cors.fetch_model.algorithm import main_fetch
from drf_cors.fetch_model.messages import CorsBlocked, WireRequest, WireResponse, new_request
from drf_cors.fetch_model.preflight_cache import Clock, PreflightCache
from drf_cors.fetch_model.profiles import CHROMIUM, FETCH, FIREFOX, WEBKIT, Profile

ORIGINS = ("https://a.example", "https://b.example", "https://c.example")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
HEADERS = ("x-one", "x-two", "authorization")
NOBODY = Layer(
    policy=CorsPolicy(
        allowed_origins=[],
        allow_credentials=False,
        allow_methods=[],
        allow_headers=[],
        expose_headers=[],
        preflight_max_age=600,
    ),
    source=Source("default", "tests"),
)


def asks_somebody(origin: str, request: object) -> bool:
    """Stands for a callable: which origins it admits is the machine's business."""
    raise NotImplementedError


@st.composite
def effective_policies(draw: st.DrawFn) -> EffectivePolicy:
    some = st.lists(st.sampled_from(ORIGINS), unique=True)
    fields = {
        "allow_methods": draw(st.one_of(st.just(["*"]), st.lists(st.sampled_from(METHODS), unique=True))),
        "allow_headers": draw(
            st.sampled_from([["*"], ["*", "authorization"], *_subsets(HEADERS)]),
        ),
        "preflight_max_age": draw(st.sampled_from([None, 0, 600])),
        "allow_credentials": draw(st.one_of(st.booleans(), some)),
    }
    fields |= draw(
        st.one_of(
            st.builds(lambda origins: {"allowed_origins": origins}, some),
            st.just({"allow_all_origins": True}),
            st.builds(lambda origins: {"allowed_origins": origins, "is_origin_allowed": asks_somebody}, some),
        )
    )
    try:
        policy = CorsPolicy(**fields)
    except CorsConfigurationError:
        policy = CorsPolicy(**{**fields, "allow_credentials": False})
    return merge([NOBODY, Layer(policy=policy, source=Source("attribute", "View"))])


def _subsets(names: tuple[str, ...]) -> list[list[str]]:
    return [list(some) for count in range(len(names) + 1) for some in itertools.combinations(names, count)]


@st.composite
def urls(draw: st.DrawFn) -> UrlPolicies:
    """A URL with up to three policies over its methods."""
    policies = draw(st.lists(effective_policies(), min_size=1, max_size=3))
    methods = draw(st.lists(st.sampled_from(METHODS), unique=True, min_size=1))
    return UrlPolicies(
        general=policies[0],
        by_method={method: draw(st.sampled_from(policies)) for method in methods},
        are_methods_known=True,
    )


class Server:
    """One URL. It answers with the verdict engine and remembers what it should not have been sent."""

    def __init__(self, policies: UrlPolicies, dynamic: frozenset[str]) -> None:
        self.policies = policies
        self.dynamic = dynamic  # the origins that callables admit
        self.leaks: list[WireRequest] = []

    def standing(self, method: str, origin: str) -> Reason:
        reason = judge_origin(self.policies.of(method), origin)
        if reason is not Reason.DEPENDS:
            return reason
        return Reason.ALLOWED if origin in self.dynamic else Reason.ORIGIN_NOT_ALLOWED

    def admits(self, method: str, origin: str, names: list[str], *, credentials: bool) -> bool:
        """Say what the policy says, without the engine."""
        policy = self.policies.of(method)
        return (
            method in self.policies.by_method
            and self.standing(method, origin) is Reason.ALLOWED
            and policy.permits_method(method)
            and all(map(policy.permits_header, names))
            and (not credentials or policy.credentials_for(origin))
        )

    def answer(self, wire: WireRequest, unsafe_names: list[str], *, includes_credentials: bool) -> WireResponse:
        sent = {name.lower(): value for name, value in wire.headers}
        origin = sent["origin"]
        if wire.kind == "preflight":
            asked = CorsRequest(
                origin=origin,
                method=sent["access-control-request-method"],
                headers=sent.get("access-control-request-headers", ""),
                is_preflight=True,
            )
            given = preflight.judge_preflight(self.policies, asked, self.standing(asked.method, origin))
        else:
            if (wire.method not in {"GET", "HEAD", "POST"} or unsafe_names) and not (
                wire.method not in self.policies.by_method
                or self.admits(wire.method, origin, unsafe_names, credentials=includes_credentials)
            ):
                self.leaks.append(wire)
            policy = self.policies.of(wire.method)
            given = judge_request(policy, wire.method, origin, self.standing(wire.method, origin))
        return WireResponse(status=200, headers=given.headers, body=b"")


def fetch(
    server: Server,
    cache: PreflightCache,
    profile: Profile,
    origin: str,
    method: str,
    names: list[str],
    *,
    credentials: bool,
) -> CorsBlocked | None:
    """Fetch, and return what blocked it."""
    request = new_request(
        origin=origin,
        url="https://api.example/",
        base="https://api.example/",
        method=method,
        headers=dict.fromkeys(names, "1"),
        credentials="include" if credentials else "omit",
    )
    steps = main_fetch(request, cache, profile)
    try:
        wire = next(steps)
        while True:
            wire = steps.send(server.answer(wire, request.unsafe_names, includes_credentials=credentials))
    except StopIteration:
        return None
    except CorsBlocked as blocked:
        return blocked


class BrowserAtTheDoor(RuleBasedStateMachine):
    profile = FETCH

    @initialize(policies=urls(), dynamic=st.frozensets(st.sampled_from(ORIGINS)))
    def open_page(self, policies: UrlPolicies, dynamic: frozenset[str]) -> None:
        self.clock = Clock()
        self.cache = PreflightCache(self.profile, self.clock)
        self.server = Server(policies, dynamic)

    @rule(
        origin=st.sampled_from(ORIGINS),
        method=st.sampled_from(METHODS),
        names=st.lists(st.sampled_from(HEADERS), unique=True),
        credentials=st.booleans(),
    )
    def script_fetches(self, origin: str, method: str, names: list[str], credentials: bool) -> None:
        blocked = fetch(self.server, self.cache, self.profile, origin, method, names, credentials=credentials)
        assert not self.server.leaks
        if self.server.admits(method, origin, names, credentials=credentials):
            assert blocked is None

    @rule(seconds=st.sampled_from([1, 10, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)


@pytest.mark.parametrize("engine", [FETCH, CHROMIUM, FIREFOX, WEBKIT], ids=lambda profile: profile.name)
def test_no_order_of_requests_leaks_and_nothing_allowed_is_blocked(engine: Profile) -> None:
    machine = type("Machine", (BrowserAtTheDoor,), {"profile": engine})
    run_state_machine_as_test(machine, settings=machine_settings(100))


def machine_settings(examples: int, phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink)) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=phases,
        report_multiple_bugs=False,
    )


def lists_all_methods(policies: UrlPolicies, asked: CorsRequest, standing: Reason) -> Verdict:
    answer = JUDGE(policies, asked, standing)
    headers = tuple((name, ", ".join(METHODS) if name == ALLOW_METHODS else value) for name, value in answer.headers)
    return Verdict(answer.reason, headers, answer.vary, answer.culprit)


def keeps_max_age(policies: UrlPolicies, asked: CorsRequest, standing: Reason) -> Verdict:
    answer = JUDGE(policies, asked, standing)
    headers = tuple((name, "600" if name == MAX_AGE else value) for name, value in answer.headers)
    return Verdict(answer.reason, headers, answer.vary, answer.culprit)


def uses_the_policy_of_get(policies: UrlPolicies, asked: CorsRequest, standing: Reason) -> Verdict:
    return JUDGE(
        UrlPolicies(policies.of("GET"), dict.fromkeys(policies.by_method, policies.of("GET")), are_methods_known=True),
        asked,
        judge_origin(policies.of("GET"), asked.origin),
    )


JUDGE = preflight.judge_preflight


@pytest.mark.parametrize(
    "fault", [lists_all_methods, keeps_max_age, uses_the_policy_of_get], ids=lambda fault: fault.__name__
)
def test_the_machine_finds_a_planted_fault(fault: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "judge_preflight", fault)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(BrowserAtTheDoor, settings=machine_settings(2000, (Phase.generate,)))


@settings(max_examples=150, deadline=None, database=None)
@given(
    policies=urls(),
    origin=st.sampled_from(ORIGINS),
    method=st.sampled_from(METHODS),
    names=st.lists(st.sampled_from(HEADERS), unique=True),
)
def test_an_answer_is_kept_from_the_cache_only_where_it_would_leak(
    policies: UrlPolicies, origin: str, method: str, names: list[str]
) -> None:
    asked = CorsRequest(origin=origin, method=method, headers=",".join(names), is_preflight=True)
    # With a callable that nobody can foresee, "could admit" and "could refuse" are both need enough.
    standing = judge_origin(policies.of(method), origin)
    answer = dict(preflight.judge_preflight(policies, asked, standing).headers)
    if standing is not Reason.ALLOWED or answer.get(MAX_AGE) != "0" or policies.of(method).preflight_max_age == 0:
        return
    assert any(_leaks_if_kept(policies, frozenset(dynamic), asked, answer) for dynamic in _subsets(ORIGINS))


def _leaks_if_kept(policies: UrlPolicies, dynamic: frozenset[str], asked: CorsRequest, answer: dict[str, str]) -> bool:
    """Try every second request after a browser kept the answer, and one to a preflight of its own, if it may."""
    server = Server(policies, dynamic)
    credentials = policies.of(asked.method).credentials_for(asked.origin)
    granted = [name.lower() for name in answer.get("Access-Control-Allow-Headers", "").split(", ") if name]
    for other, with_credentials in itertools.product(METHODS, {False, credentials}):
        cache = PreflightCache(FETCH, Clock())
        key = new_request(origin=asked.origin, url="https://api.example/", base="https://api.example/").cache_key
        cache.store(key, credentials=credentials, methods=[], headers=granted, max_age=600)
        is_kept = policies.of(other).preflight_max_age != 0
        if is_kept and server.admits(other, asked.origin, [], credentials=with_credentials):
            cache.store(key, credentials=with_credentials, methods=[other], headers=[], max_age=600)
        for names in _subsets(tuple(granted)):
            fetch(server, cache, FETCH, asked.origin, other, names, credentials=with_credentials)
    return bool(server.leaks)
