"""What is known about one question: the requests that were sent, and their view."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.http import HttpRequest

from drf_cors import resolver as resolvers
from drf_cors.core.fetch import is_same_origin
from drf_cors.core.sources import Source
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.request_environ import without_prefix
from drf_cors.diagnosis.source_locations import place
from drf_cors.endpoint_list import of_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from drf_cors.core.merge import Layer
    from drf_cors.diagnosis.changes import Change
    from drf_cors.diagnosis.dry_run import MiddlewareStack, Outcome, Trip
    from drf_cors.endpoints import Endpoint
    from drf_cors.explain.predict import Explanation
    from drf_cors.fetch_model.messages import Request
    from drf_cors.fetch_model.urls import Url
    from drf_cors.view_layers import Lost


@dataclass(frozen=True, kw_only=True)
class Query:
    """What somebody wants to know.

    Attributes:
        request: As a script would make it; its origin is "" where none is sent.
        read: Response headers that the script wants to read.
        script_url: The URL in the script; None where only its path is known, and the server of the
            request is guessed, or another one; and where `is_received`.
        is_received: Whether a server has received the request, with its cookies. Then nothing in
            front of the middleware stopped it.
        is_websocket: Whether the script opens a WebSocket. The scheme of the URL is http or https
            then.
        sends_live: Whether to send the requests to the server too.
        sends_unsafe: Whether to send it those requests too that may change data.
        runs_views: Whether the view is run, if the method is safe.
    """

    request: Request
    read: tuple[str, ...] = ()
    script_url: Url | None = None
    is_received: bool = False
    is_websocket: bool = False
    sends_live: bool = False
    sends_unsafe: bool = False
    runs_views: bool = False

    @property
    def origin(self) -> str | None:
        """The `Origin` header, None for none."""
        return self.request.origin or None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request that was sent: the verdict of the engine, and its way through the middleware.

    Attributes:
        explanation: The verdict.
        trip: The way.
        is_judged: Whether the request got to `CorsMiddleware`, so that the verdict was applied.
    """

    explanation: Explanation
    trip: Trip
    is_judged: bool

    @property
    def is_preflight(self) -> bool:
        """Whether it is the preflight."""
        return self.trip.wire.kind == "preflight"


Steps = tuple[Step, ...]


class Case:
    """What is known about one question. The rules look for causes in it.

    Attributes:
        query: The question.
        stack: The site's middleware.
        outcome: What the browser made of it.
        steps: Every request that was sent.
        last: The last of them. A network error ends the fetch, so it is the one that was blocked.
        stopped_step: The first step at which a middleware answered in place of the view, None for
            none.
        relevant_steps: The steps about what was asked. Those after `stopped_step` lead to a login.
        step: The step with the first verdict that refuses, else the last.
        explanation: Its verdict.
        policy: The policy that it rests on.
        reason: Its reason.
    """

    def __init__(self, query: Query, stack: MiddlewareStack, outcome: Outcome, steps: Steps) -> None:
        self.query = query
        self.stack = stack
        self.outcome = outcome
        self.steps = steps
        self.last = steps[-1]
        self.stopped_step: Step | None = None
        self.relevant_steps = steps
        for number, step in enumerate(steps, start=1):
            if step.trip.short_circuit is not None:
                self.stopped_step = step
                self.relevant_steps = steps[:number]
                break
        for step in self.relevant_steps:
            # After a cross-origin redirect the Origin is `null`; those verdicts are ignored.
            if _has_lost_origin(query, step):
                continue
            self.step = step
            if step.explanation.reason is not Reason.ALLOWED:
                break
        self.explanation = self.step.explanation
        self.policy = self.explanation.policy
        self.reason = self.explanation.reason

    @cached_property
    def callback(self) -> Callable[..., Any] | None:
        """The view in the URLconf, None where there is none."""
        match = self.explanation.match
        return match.func if match is not None else None

    @property
    def is_same_origin(self) -> bool:
        """Whether the page is the site's own."""
        url = self.query.request.urls[0]
        return is_same_origin(self.query.origin, url.scheme, url.authority)

    @property
    def path(self) -> str:
        """The path of `step`, as Django's resolver reads it: after a redirect, the path of its target."""
        return path_info(self.step.trip.wire.url.path)

    @property
    def redirected_from(self) -> str:
        """The path that the browser was redirected from to `path`, "" for none."""
        first = self.steps[0].trip.wire.url
        return "" if self.step.trip.wire.url == first else first.path

    @property
    def view(self) -> str:
        """The view's name, for people."""
        return self.explanation.view.layers.name

    @property
    def reaches_view(self) -> bool:
        """Whether a preflight went through to the view."""
        return self.last.is_preflight and self.last.trip.is_view_reached

    @cached_property
    def hidden(self) -> Lost | None:
        """A view whose declarations are not read, because a wrapper hides it; None for none."""
        if self.query.origin is None:
            return None
        for lost in self.explanation.view.layers.lost:
            if lost.fault.reason == "lost-behind-wrapper":
                return lost
        return None

    def header(self, name: str) -> str | None:
        """Return a header of the last response, None if it has none of that name."""
        for other, value in self.last.trip.headers.items():
            if other.lower() == name.lower():
                return value
        return None

    @property
    def is_allowed_by_view(self) -> bool:
        """Whether the script gets the response by headers of the view itself, against the policy."""
        is_refused = self.reason is not Reason.ALLOWED and not self.is_same_origin
        return is_refused and self.outcome.response is not None and bool(self.last.trip.view_headers)

    @property
    def is_seen(self) -> bool:
        """Whether the response that the script gets is known: the view was run, and the browser followed it all."""
        return self.last.trip.view_headers is not None and self.outcome.response is not None

    @property
    def own_headers(self) -> dict[str, str]:
        """The CORS headers that the view sets itself, and that the response has, by lower-case name."""
        own = self.last.trip.view_headers or {}
        return {name: value for name, value in own.items() if self.header(name) == value}

    @property
    def is_unread(self) -> bool:
        """Whether a declaration of the view is hidden or cannot be read, so is not in force."""
        return self.hidden is not None or self.policy.is_broken

    @cached_property
    def is_in_wrong_case(self) -> bool:
        """Whether the method is refused, and the view has it in upper case."""
        method, policies = self.query.request.method, self.explanation.view.policies
        upper = method.upper()
        if method == upper or self.reason is Reason.ALLOWED:
            return False
        if self.reason in (Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW):
            is_allowed = upper == "PATCH" or self.policy.permits_method(upper)
            return is_allowed and policies.has_method(upper)
        return upper in policies.by_method

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """What is declared for the method, weakest first, the settings too."""
        view, conf = self.explanation.view, resolvers.current().conf
        below = conf.covered if view.is_covered else conf.uncovered
        return (*below, *declared(self.explanation, self.query.request.method))

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints of the URLconf that the request meets."""
        return of_site(self.last.trip.urlconf)

    def finds(self, path: str) -> bool:
        """Whether a path has a view."""
        request = HttpRequest()
        request.path_info = path
        request.urlconf = self.last.trip.urlconf
        return resolvers.current().find(request) is not None

    # Where things are written

    def written_at(self, source: Source) -> Source:
        """Return where a policy is written: in `CORS_POLICIES`, if a declaration names it."""
        return written_at(source, declared(self.explanation, self.query.request.method))

    def place(self, source: Source) -> str:
        """Return file and line of a declaration, "" where they are not known."""
        if source.kind == "default":
            return ""
        return place(source, self.callback)

    def where_of(self, changes: tuple[Change, ...]) -> str:
        """Return where the first of some edits is made, with file and line.

        The text is empty where they are not known.
        """
        if not changes or not changes[0].where:
            return ""
        return f"{changes[0].place}, {changes[0].where}"

    def where(self, source: Source | None) -> str:
        """Return where a part of the policy is written, with file and line where they are known.

        The text is empty for the library's defaults: nobody edits them.
        """
        if source is None or source.kind == "default":
            return ""
        source = self.written_at(source)
        found = place(source, self.callback)
        return f"{source}, {found}" if found else str(source)

    def finding(
        self,
        cause: Cause,
        *,
        blocks: bool = True,
        culprit: str = "",
        source: Source | None = None,
        changes: tuple[Change, ...] = (),
        **fields: object,
    ) -> Finding:
        """Return the finding of a cause.

        Args:
            cause: The cause.
            blocks: Whether it alone keeps the script from the response.
            culprit: The name at fault, where one is.
            source: The part of the policy that is at fault, where one is.
            changes: The edits that the next step names; the place of the first is the one to go to.
            fields: The fields of the texts.
        """
        where = self.where_of(changes) if changes else self.where(source)
        return Finding.of(cause, blocks=blocks, culprit=culprit, where=where, changes=changes, **fields)


def declared(explanation: Explanation, method: str) -> tuple[Layer, ...]:
    """Return what is declared for a method of the view, weakest first."""
    layers = explanation.view.layers
    own = layers.by_method.get(method)
    if own is None:
        return layers.general
    return (*layers.general, own)


def written_at(source: Source, layers: tuple[Layer, ...]) -> Source:
    """Return where a policy is written: in `CORS_POLICIES`, if a declaration names it."""
    for layer in layers:
        if layer.source == source and layer.policy is not None:
            name = layer.policy_name
            if name is None:
                return source
            return Source("setting", f"CORS_POLICIES[{name!r}]")
    return source


def callable_name(test: object) -> str:
    """Return the name of a callable of a policy."""
    return getattr(test, "__qualname__", type(test).__qualname__)


def path_info(path: str) -> str:
    """Return a URL's path as Django's resolver sees it: decoded, without the script prefix."""
    return without_prefix(unquote(path))


def _has_lost_origin(query: Query, step: Step) -> bool:
    return query.origin != "null" and ("Origin", "null") in step.trip.wire.headers
