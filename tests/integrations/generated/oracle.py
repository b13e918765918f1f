"""What each method of a generated view must answer, computed from the documentation with plain data.

Nothing of drf_cors is imported here. `WAYS` is the table of `docs/reference/declarations.md`, with the order of the
ways inside one layer; `expected()` is `docs/reference/merge-rules.md` for the few fields that the cases set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

SHOP: Final = "https://shop.example"
PARTNER: Final = "https://partner.example"
SITE: Final = "https://site.example"  # the global settings allow it
STRANGER: Final = "https://stranger.example"
ANY: Final = "*"


class Policy(NamedTuple):
    """A policy in plain data.

    Attributes:
        who: The allowed origins, `ANY`; None where the policy sets no origin field.
        exposes: The exposed response header, None where the policy does not set it.
    """

    who: frozenset[str] | str | None
    exposes: str | None = None


NOBODY: Final[frozenset[str]] = frozenset()

POLICIES: Final = {
    "shop": Policy(frozenset({SHOP}), "x-shop"),
    "partner": Policy(frozenset({PARTNER}), "x-partner"),
    "nobody": Policy(NOBODY),
    "anybody": Policy(ANY),
    "exposing": Policy(None, "x-exposing"),
}


class Way(NamedTuple):
    """Where a declaration of this kind stands.

    Attributes:
        layer: 3, 4 or 5; a fraction orders the parts of one layer, each of which is a layer of its own.
        distance: From the code, inside the layer. The nearest of several is chosen, unless one is `NO_CORS`,
            or only others set origins.
        is_read: Whether the declaration can take effect. One that cannot closes the endpoint, with a check error.
        may_be_refused: Whether the documentation leaves open if it can take effect. An error and a closed endpoint are
            accepted then too.
    """

    layer: float
    distance: int = 0
    is_read: bool = True
    may_be_refused: bool = False


#: Of these, only the most exact key counts, and the others are no conflict.
EXACT_FIRST: Final = 4.1

#: Of what cannot be read, and of what is said twice about one declaration.
NOWHERE: Final = 0

WAYS: Final = {
    # The view's own code. Each class of the MRO is a layer of its own, base first.
    "an attribute of a mixin behind the parent": Way(3.0),
    "an attribute of the parent": Way(3.1),
    "@cors on the parent": Way(3.1, 2),
    "an attribute of a mixin": Way(3.2),
    "an attribute of a mixin without CorsPolicyMixin": Way(3.2, may_be_refused=True),
    "an attribute": Way(3.3),
    "@cors on dispatch": Way(3.3, 1),
    "method_decorator on dispatch": Way(3.3, 2),
    "@cors on the class": Way(3.3, 3),
    "@cors on the function": Way(3.3, 0),
    "@cors above another": Way(3.3, 1),
    "@cors on __call__": Way(3.3, 0),
    # From outside.
    "CORS_VIEW_POLICIES by name": Way(EXACT_FIRST, 0),
    "CORS_VIEW_POLICIES by namespace": Way(EXACT_FIRST, 1),
    "CORS_VIEW_POLICIES by path": Way(EXACT_FIRST, 2),
    "as_view(cors_policy=)": Way(4.2, 0),
    "cors() around": Way(4.2, 1),
    "cors() around that": Way(4.2, 2),
    # One handler.
    "@cors on the handler of the parent": Way(5.2, 0),
    "@cors on the handler": Way(5.2, 0),
    "@cors above @action": Way(5.2, 1),
    "method_decorator on the handler": Way(5.2, 2),
    "@action(cors_policy=)": Way(5.2, 3),
    "cors_action_policies": Way(5.2, 4),
    "cors_action_policies of the parent": Way(5.2, 4),
    # What cannot be read.
    "out of reach": Way(NOWHERE, is_read=False),
    "perhaps out of reach": Way(5.2, may_be_refused=True),
    "perhaps": Way(NOWHERE, may_be_refused=True),
    "on the function, perhaps out of reach": Way(3.3, may_be_refused=True),
}


class Said(NamedTuple):
    """One declaration.

    Attributes:
        way: A key of `WAYS`.
        policy: A key of `POLICIES`.
        on: The handler that it is about, "" for the whole view.
        at: The URLs that it is about, as the case names them; empty for all.
    """

    way: str
    policy: str
    on: str = ""
    at: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Url:
    """One URL of a case, and what Django and REST framework do with the methods there.

    Attributes:
        path: To send requests to, below the prefix of the case.
        route: As lists show it; the path, where it is "".
        handlers: Method -> handler. HEAD only where it has a handler of its own; elsewhere GET's answers it.
        owners: Extra method of an action -> the action.
        are_methods_known: Whether the view tells which methods it has.
        has_schema: Whether drf-spectacular describes it.
        lacks: Methods that the view refuses, though views of its kind have them.
        unsaid: Methods for which the documentation does not say whether the view has them.
    """

    path: str
    route: str = ""
    handlers: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    are_methods_known: bool = True
    has_schema: bool = False
    lacks: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        return self.route or self.path

    def handler(self, method: str) -> str:
        """Return what answers a method; a name that no handler has, where nothing does."""
        if method in self.lacks:
            return "no handler"
        if method == "HEAD" and "HEAD" not in self.handlers:
            return self.handlers.get("GET", "no handler")
        if method == "OPTIONS":
            return self.handlers.get("OPTIONS", "options")
        return self.handlers.get(method, "no handler")

    def has(self, method: str) -> bool:
        if not self.are_methods_known:
            return True
        return self.handler(method) != "no handler"


class Answer(NamedTuple):
    """Who may read the answer, and which response header besides the safelisted ones."""

    who: frozenset[str] | str
    exposes: str | None

    def admits(self, origin: str) -> bool:
        return self.who == ANY or origin in self.who

    @property
    def is_closed(self) -> bool:
        return not self.who


CLOSED: Final = Answer(NOBODY, None)


class Expected(NamedTuple):
    """What the documentation says of one URL.

    Attributes:
        answers: Method -> who may read its answer.
        is_refused: Whether check has an error and every method is closed.
        may_be_refused: Whether that is accepted in place of `answers`.
        has_conflict: Whether check reports two declarations in one layer.
    """

    answers: Mapping[str, Answer]
    is_refused: bool
    may_be_refused: bool
    has_conflict: bool


METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def expected(url: Url, said: Iterable[Said]) -> Expected:
    """Return what must be answered at a URL."""
    here = [one for one in said if not one.at or url.path in one.at]
    chosen = {method: _chosen(url.handler(method), url.owners, here) for method in METHODS}
    return Expected(
        answers={method: _merged(layers) for method, (layers, _) in chosen.items()},
        is_refused=any(not WAYS[one.way].is_read for one in here),
        may_be_refused=any(WAYS[one.way].may_be_refused for one in here),
        has_conflict=any(has_conflict for method, (_, has_conflict) in chosen.items() if url.has(method)),
    )


def _chosen(handler: str, owners: Mapping[str, str], said: Iterable[Said]) -> tuple[list[Said], bool]:
    """Return the declaration of each layer that counts, weakest first, and whether any layer has two."""
    own = [one for one in said if one.on == handler]
    if not own and handler in owners:
        own = [one for one in said if one.on == owners[handler]]
    if any(one.way == "method_decorator on the handler" for one in own):
        # The class marks the handler anew; what its parent said is replaced.
        own = [one for one in own if one.way != "@cors on the handler of the parent"]
    layers: dict[float, list[Said]] = {}
    read = (one for one in said if not one.on and WAYS[one.way].layer != NOWHERE)
    for one in (*read, *own):
        layers.setdefault(WAYS[one.way].layer, []).append(one)
    chosen, has_conflict = [], False
    for layer, together in sorted(layers.items()):
        nearest = min(together, key=lambda one: WAYS[one.way].distance)
        if layer == EXACT_FIRST:
            chosen.append(nearest)
            continue
        has_conflict |= len(together) > 1
        closing = [one for one in together if one.policy == "nobody"]
        deciding = [one for one in together if POLICIES[one.policy].who is not None]
        chosen.append(min(closing or deciding or together, key=lambda one: WAYS[one.way].distance))
    return chosen, has_conflict


def _merged(layers: Iterable[Said]) -> Answer:
    answer, is_final = Answer(frozenset({SITE}), None), False
    for one in layers:
        policy = POLICIES[one.policy]
        if policy.exposes is not None:
            answer = answer._replace(exposes=policy.exposes)
        if policy.who is not None and not is_final:
            answer = answer._replace(who=policy.who)
            # From outside, NO_CORS is final.
            is_final = one.policy == "nobody" and 4 <= WAYS[one.way].layer < 5
    return CLOSED if answer.is_closed else answer
