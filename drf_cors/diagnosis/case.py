"""What is known of one question: the requests that a browser sent for it, and where things stand in the project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.http import HttpRequest

from drf_cors import resolver as resolvers
from drf_cors.core.merge import Source
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.places import place
from drf_cors.diagnosis.rehearsal import Outcome, Passage, Stack, without_prefix
from drf_cors.endpoints import Endpoint, of_site
from drf_cors.explain import EFFECTS, Cause, Change, Explanation, Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from drf_cors.core.errors import Fault
    from drf_cors.core.merge import Layer
    from drf_cors.layers import Lost
    from drf_cors.testing.fetching import Request


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What somebody wants to know.

    Attributes:
        request: As a script would make it; its origin is "" where none is sent.
        read: Response headers that the script wants to read.
    """

    request: Request
    read: tuple[str, ...] = ()

    @property
    def origin(self) -> str | None:
        """The `Origin` header, None for none."""
        return self.request.origin or None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request that went out: what the engine says of it, and what became of it."""

    explanation: Explanation
    passage: Passage

    @property
    def is_preflight(self) -> bool:
        """Whether it is the preflight."""
        return self.passage.wire.kind == "preflight"


class Case:
    """What is known of one question, for those who look for causes.

    Attributes:
        ask: The question.
        stack: The site's middleware.
        outcome: What the browser made of it.
        steps: Every request that went out.
        last: The last of them. A network error ends the fetch, so it is the one that was blocked.
        stopped: The step at which something answered in the view's stead, None for none.
        asked: The steps that are about what was asked; those behind an answer in place of the view lead to a login.
        explanation: The first verdict that refuses, else the last.
        policy: The policy that it rests on.
        reason: Its reason.
    """

    def __init__(self, ask: Ask, stack: Stack, outcome: Outcome, steps: tuple[Step, ...]) -> None:
        self.ask = ask
        self.stack = stack
        self.outcome = outcome
        self.steps = steps
        self.last = steps[-1]
        self.stopped = next((step for step in steps if step.passage.stopped is not None), None)
        self.asked = steps if self.stopped is None else steps[: steps.index(self.stopped) + 1]
        # Behind a redirect to another origin the browser sends `null`: what is found there comes of the redirect.
        own = [step.explanation for step in self.asked if not _has_lost_origin(ask, step)]
        self.explanation = next((told for told in own if told.reason is not Reason.ALLOWED), own[-1])
        self.policy = self.explanation.policy
        self.reason = self.explanation.reason

    @cached_property
    def callback(self) -> Callable[..., Any] | None:
        """What stands in the URLconf, None where there is no view."""
        match = self.explanation.match
        return match.func if match is not None else None

    @property
    def is_same_origin(self) -> bool:
        """Whether the page is the site's own."""
        return self.ask.origin == self.ask.request.urls[0].origin

    @property
    def path(self) -> str:
        """The path that was asked about, as Django's resolver sees it."""
        return path_info(self.ask.request.urls[0].path)

    @property
    def view(self) -> str:
        """The view's name, for people."""
        return self.explanation.view.layers.name

    @property
    def reaches_view(self) -> bool:
        """Whether a preflight went through to the view."""
        return self.last.is_preflight and self.last.passage.is_view_reached

    @cached_property
    def hidden(self) -> Lost | None:
        """A view whose declarations are not read, because a wrapper hides it; None for none."""
        lost = self.explanation.view.layers.lost if self.ask.origin is not None else ()
        return next((found for found in lost if found.fault.reason == "lost-behind-wrapper"), None)

    @property
    def is_unread(self) -> bool:
        """Whether a declaration of the view is not in force, because it is hidden or cannot be read."""
        return self.hidden is not None or self.policy.is_broken

    @cached_property
    def is_in_wrong_case(self) -> bool:
        """Whether the method is refused, and the view has it in upper case: browsers change only some methods."""
        method, policies = self.ask.request.method, self.explanation.view.policies
        upper = method.upper()
        if method == upper or self.reason is Reason.ALLOWED:
            return False
        if self.reason in (Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW):
            return policies.has_method(upper) and (upper == "PATCH" or self.policy.permits_method(upper))
        return upper in policies.by_method

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """What is declared for the method, weakest first, the settings too."""
        view, conf = self.explanation.view, resolvers.current().conf
        below = conf.covered if view.is_covered else conf.uncovered
        return (*below, *declared(self.explanation, self.ask.request.method))

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints of the URLconf that the request meets."""
        return of_site(self.last.passage.urlconf)

    def finds(self, path: str) -> bool:
        """Whether a path has a view."""
        request = HttpRequest()
        request.path_info = path
        request.urlconf = self.last.passage.urlconf
        return resolvers.current().find(request) is not None

    # Where things are written

    def written_at(self, source: Source) -> Source:
        """Return where a declaration's policy is written: in `CORS_POLICIES`, if it gives a name only."""
        return written_at(source, declared(self.explanation, self.ask.request.method))

    def place(self, source: Source) -> str:
        """Return file and line of a declaration, "" where they are not known."""
        return "" if source.kind == "default" else place(source, self.callback)

    def where_of(self, changes: tuple[Change, ...]) -> str:
        """Return where the first of some edits is made, with file and line; "" where they are not known."""
        return next((f"{one.place}, {one.where}" for one in changes[:1] if one.where), "")

    def where(self, source: Source | None) -> str:
        """Return where a part of the policy is written, with file and line where they are known; "" for the library."""
        if source is None or source.kind == "default":  # nobody edits the library
            return ""
        source = self.written_at(source)
        found = place(source, self.callback)
        return f"{source}, {found}" if found else str(source)

    def finding(
        self,
        code: Reason | Cause,
        *,
        blocks: bool = True,
        culprit: str = "",
        source: Source | None = None,
        changes: tuple[Change, ...] = (),
        **values: object,
    ) -> Finding:
        """Return a finding.

        Args:
            code: What it is.
            blocks: Whether it alone keeps the script from its answer.
            culprit: The name at fault, where one is.
            source: Of the part of the policy that is at fault, where one is.
            changes: The edits that the next step names; the place of the first is the one to go to.
            values: What to fill into the text.
        """
        where = self.where_of(changes) if changes else self.where(source)
        return Finding(code=code, blocks=blocks, culprit=culprit, where=where, values=values, changes=changes)


def declared(explanation: Explanation, method: str) -> tuple[Layer, ...]:
    """Return what is declared for a method of the view, weakest first."""
    layers = explanation.view.layers
    own = layers.by_method.get(method)
    return (*layers.general, *((own,) if own is not None else ()))


def written_at(source: Source, layers: tuple[Layer, ...]) -> Source:
    """Return where a declaration's policy is written: in `CORS_POLICIES`, if it gives a name only."""
    names = (layer.policy_name for layer in layers if layer.source == source and layer.policy is not None)
    name = next(names, None)
    return Source("setting", f"CORS_POLICIES[{name!r}]") if name is not None else source


def callable_name(test: object) -> str:
    """Return the name of a callable of a policy."""
    return getattr(test, "__qualname__", type(test).__qualname__)


def path_info(path: str) -> str:
    """Return a URL's path as Django's resolver sees it: decoded, the script prefix left out."""
    return without_prefix(unquote(path))


def _has_lost_origin(ask: Ask, step: Step) -> bool:
    return ask.origin != "null" and ("Origin", "null") in step.passage.wire.headers


def declaration_faulty(
    fault: Fault, effect: str, places: str, *, where: str, edit: str = "", changes: tuple[Change, ...] = ()
) -> Finding:
    """Return the finding of a fault that a declaration has.

    Args:
        fault: What is wrong.
        effect: What comes of it, a key of `EFFECTS`.
        places: The declarations, for people.
        where: File and line.
        edit: What to do, where it is not what the fault says.
        changes: The edits that it names.
    """
    values = {"effect": EFFECTS[effect], "places": places, "why": fault.why, "edit": edit or fault.advice}
    return Finding(code=Cause.DECLARATION_FAULTY, culprit=fault.field, where=where, values=values, changes=changes)
