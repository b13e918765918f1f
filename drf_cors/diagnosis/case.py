"""One question, from the requests that a browser would send to the causes, the most frequent kind first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, get_resolver
from django.utils.translation import get_language_from_path, get_language_from_request

from drf_cors import conf as settings_of_ours
from drf_cors import resolver as resolvers
from drf_cors.attributes import guards, misspelt_declarations
from drf_cors.conf import SETTINGS
from drf_cors.cookies import CSRF_SAFE, is_rest_view, is_trusted, reads_session, strings, wants_csrf_token
from drf_cors.core import fetch
from drf_cors.core.errors import WHY, CorsConfigurationError, Fault, shown
from drf_cors.core.merge import Source, merge
from drf_cors.core.origins import OPAQUE_ORIGINS, OriginPattern, parse_origin, parse_pattern, parse_valid
from drf_cors.core.policy import ORIGIN_FIELDS
from drf_cors.core.verdict import Reason, judge_origin
from drf_cors.diagnosis.likeness import covers, nearest, raw, with_slash
from drf_cors.diagnosis.places import place, raised_at
from drf_cors.diagnosis.rehearsal import (
    MiddlewareBroken,
    Outcome,
    Passage,
    Stack,
    browse,
    named,
    script_prefix,
    without_prefix,
)
from drf_cors.explain import EDITS, EFFECTS, PARTS, Cause, Explanation, Finding, Question, explain
from drf_cors.sites import is_local, is_same_site
from drf_cors.testing.fetching import Request, WireRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from drf_cors.core.merge import Layer

#: Reasons that the project's own callables may turn.
_TURNABLE: Final = frozenset({Reason.DEPENDS, Reason.ORIGIN_NOT_ALLOWED, Reason.URL_NOT_COVERED})

#: Reasons that only say "this origin may not"; others name something the origin may not do. `DEPENDS` is left where
#: nobody was asked; what kept them from being asked is told.
_ORIGIN_REASONS: Final = frozenset(
    {
        Reason.NO_ORIGIN,
        Reason.ORIGIN_NOT_ALLOWED,
        Reason.ORIGIN_MALFORMED,
        Reason.ORIGIN_NULL,
        Reason.URL_NOT_COVERED,
        Reason.VIEW_DISABLED,
        Reason.CALLABLE_FAILED,
    }
)

_ALLOW_ORIGIN: Final = "access-control-allow-origin"
_EXPOSE: Final = "access-control-expose-headers"

NOT_FOUND: Final = 404


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


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes:
        ask: What was asked.
        steps: Every request that went out.
        findings: The most important first.
        is_allowed: Whether the script gets what it wants.
    """

    ask: Ask
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    is_allowed: bool


def diagnose(ask: Ask) -> Diagnosis:
    """Send the request in a rehearsal, and find out what stands in its way.

    The site's middleware and the callables of its policies run, its views do not.
    """
    # The script's request changes on redirects; what was asked stays.
    ask = replace(ask, request=replace(ask.request, urls=list(ask.request.urls), headers=list(ask.request.headers)))
    try:
        resolvers.current()
    except CorsConfigurationError as error:
        return Diagnosis(ask=ask, steps=(), findings=tuple(_about_settings(error)), is_allowed=False)
    if broken := tuple(_about_urlconf(ask)):
        return Diagnosis(ask=ask, steps=(), findings=broken, is_allowed=False)
    try:
        stack = Stack()
    except MiddlewareBroken as broken_middleware:
        values = {
            "other": broken_middleware.path,
            "position": broken_middleware.position,
            "error": broken_middleware.error,
        }
        finding = Finding(code=Cause.MIDDLEWARE_BROKEN, values=values)
        return Diagnosis(ask=ask, steps=(), findings=(finding,), is_allowed=False)
    running = replace(ask.request, urls=list(ask.request.urls), headers=list(ask.request.headers))
    outcome = browse(stack, running) if ask.origin is not None else _send_bare(stack, ask.request)
    steps = tuple(Step(explanation=_explained(ask, passage, stack), passage=passage) for passage in outcome.passages)
    case = _Case(ask, stack, outcome, steps)
    found = list(case.findings())
    if not any(finding.blocks for finding in found):
        found = [*case.fallback(), *found]
    # What blocks comes first; the same finding at two steps is told once.
    found.sort(key=lambda finding: not finding.blocks)
    findings = tuple({(finding.code, finding.culprit): finding for finding in found}.values())
    is_blocked = outcome.blocked is not None or any(finding.blocks for finding in findings)
    return Diagnosis(ask=ask, steps=steps, findings=findings, is_allowed=not is_blocked)


def _about_settings(error: CorsConfigurationError) -> Iterator[Finding]:
    for fault in error.faults:
        why = f"{fault.field}: {shown(fault.value)} {WHY[fault.reason]}"
        yield Finding(code=Cause.SETTING_FAULTY, values={"why": why, "remedy": fault.remedy}, culprit=fault.field)


def _about_urlconf(ask: Ask) -> Iterator[Finding]:
    """Resolve the path as Django will, to see what the resolver of ours leaves to Django to report."""
    name = resolvers.current().conf.root_urlconf
    try:
        get_resolver(name).resolve(path_info(ask.request.url.path))
    except Resolver404:
        return
    except CorsConfigurationError as error:
        for fault in error.faults:
            yield _declaration_faulty(fault, "unread", error.where, where=raised_at(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - URLconfs and converters may raise anything
        values = {"urlconf": shown(name), "error": named(error)}
        yield Finding(code=Cause.URLCONF_BROKEN, values=values, where=raised_at(error))


def _declaration_faulty(fault: Fault, effect: str, places: str, *, where: str) -> Finding:
    why = f"{fault.field}: {shown(fault.value)} {WHY[fault.reason]}"
    remedy = fault.remedy[:1].upper() + fault.remedy[1:]
    values = {"effect": EFFECTS[effect], "places": places, "why": why, "remedy": remedy}
    return Finding(code=Cause.DECLARATION_FAULTY, culprit=fault.field, where=where, values=values)


def _send_bare(stack: Stack, request: Request) -> Outcome:
    """Send a request without `Origin`, as everything but a browser does."""
    wire = WireRequest(
        kind="request",
        method=request.method,
        url=request.url,
        headers=tuple(request.headers),
        credentials=request.includes_credentials,
    )
    return Outcome(passages=(stack.send(wire),))


def server(origin: str) -> str:
    """Return where the site is reached, for questions that name a path only: as far as the settings tell.

    Args:
        origin: Of the page. One on https is taken to ask a site on https, unless that is the developer's machine.
    """
    page = parse_origin(origin)
    hosts = [
        name
        for host in strings(settings.ALLOWED_HOSTS)
        if host and "*" not in host
        for name in ((host[1:], f"api{host}") if host.startswith(".") else (host,))
    ]
    # Whoever asks about an origin asks about another one; the page's own host is the last to be meant.
    host = min(hosts or ["localhost"], key=lambda host: page is not None and host == page.host)
    is_secure = settings.SECURE_SSL_REDIRECT or settings.SESSION_COOKIE_SECURE or settings.CSRF_COOKIE_SECURE
    is_live = origin.startswith("https://") and not is_local(host)
    return f"{'https' if is_secure or is_live else 'http'}://{host}"


def path_info(path: str) -> str:
    """Return a URL's path as Django's resolver sees it: decoded, the script prefix left out."""
    return without_prefix(unquote(path))


def _explained(ask: Ask, passage: Passage, stack: Stack) -> Explanation:
    wire = passage.wire
    headers = {name.lower(): value for name, value in wire.headers}
    is_preflight = wire.kind == "preflight"
    question = Question(
        path=path_info(wire.url.path),
        method=headers["access-control-request-method"] if is_preflight else wire.method,
        origin=headers.get("origin"),
        headers=tuple(filter(None, headers.get("access-control-request-headers", "").split(","))),
        credentials=ask.request.includes_credentials,
        is_preflight=is_preflight,
        host=wire.url.authority,
        urlconf=passage.urlconf,
    )
    explanation = explain(question)
    if explanation.reason not in _TURNABLE or not stack.ours:
        return explanation
    answer = passage.left.get(stack.ours[0])
    if answer is None:
        return explanation
    if _ALLOW_ORIGIN in answer.headers:
        return explain(question, told=Reason.ALLOWED)
    if passage.failed_callable is not None:
        return explain(question, told=Reason.CALLABLE_FAILED)
    return explain(question, told=Reason.ORIGIN_NOT_ALLOWED) if explanation.reason is Reason.DEPENDS else explanation


class _Case:
    """What is known of one request."""

    def __init__(self, ask: Ask, stack: Stack, outcome: Outcome, steps: tuple[Step, ...]) -> None:
        self.ask = ask
        self.stack = stack
        self.outcome = outcome
        self.steps = steps
        # A network error ends the fetch, so the last request is the one that was blocked.
        self.last = steps[-1]
        # Behind a redirect to another origin the browser sends `null`: what is found there comes of the redirect.
        # Behind an answer in place of the view, it leads to a page to log in.
        self.stopped = next((step for step in steps if step.passage.stopped is not None), None)
        self.asked = steps if self.stopped is None else steps[: steps.index(self.stopped) + 1]
        own = [step.explanation for step in self.asked if not _has_lost_origin(ask, step)]
        self.explanation = next((told for told in own if told.reason is not Reason.ALLOWED), own[-1])
        self.policy = self.explanation.policy
        self.reason = self.explanation.reason

    @cached_property
    def callback(self) -> Callable[..., Any] | None:
        match = self.explanation.match
        return match.func if match is not None else None

    @property
    def is_same_origin(self) -> bool:
        return self.ask.origin == self.ask.request.urls[0].origin

    @property
    def path(self) -> str:
        return path_info(self.ask.request.urls[0].path)

    @property
    def view(self) -> str:
        return self.explanation.view.layers.name

    @property
    def reaches_view(self) -> bool:
        """Whether a preflight went through to the view."""
        return self.last.is_preflight and self.last.passage.is_view_reached

    def findings(self) -> Iterator[Finding]:
        """Yield what is found, the most frequent kind first."""
        if self.is_same_origin:
            yield self._finding(Reason.SAME_ORIGIN, blocks=False)
            return
        yield from self._about_origin_and_policy()
        yield from self._about_middleware()
        yield from self._about_redirects()
        yield from self._about_what_stops()
        if self.reaches_view and self.stopped is None:
            yield from self._about_what_the_view_does()
        yield from self._about_method_and_headers()
        yield from self._about_credentials()
        yield from self._about_failures()
        yield from self._about_reading()

    def fallback(self) -> Iterator[Finding]:
        """Yield what the browser says, for want of anything better."""
        blocked = self.outcome.blocked
        if blocked is not None:
            yield self._finding(Cause.ANSWER_REFUSED, step=blocked.step, detail=blocked.detail)

    def _finding(
        self,
        code: Reason | Cause,
        *,
        blocks: bool = True,
        culprit: str = "",
        source: Source | None = None,
        **values: object,
    ) -> Finding:
        return Finding(code=code, blocks=blocks, culprit=culprit, where=self._where(source), values=values)

    def _where(self, source: Source | None) -> str:
        if source is None or source.kind == "default":  # nobody edits the library
            return ""
        source = self._written_at(source)
        found = place(source, self.callback)
        return f"{source}, {found}" if found else str(source)

    # 1 to 3: the origin, and the policy that should admit it

    def _about_origin_and_policy(self) -> Iterator[Finding]:
        if self.reason not in _ORIGIN_REASONS:
            if self.callback is None and self.last.passage.status == NOT_FOUND and not self.last.is_preflight:
                yield self._no_view(blocks=False)
            return
        found = list(self._specific())
        yield from found
        if not found and not (self.reason is Reason.URL_NOT_COVERED and self.reaches_view):
            yield self._general()

    def _general(self) -> Finding:
        """Return what can be said of any refusal of an origin."""
        if self.reason is Reason.URL_NOT_COVERED:
            return self._uncovered()
        failed = next(filter(None, (step.passage.failed_callable for step in self.steps)), None)
        asked, error = failed or ("", "")
        source = self.explanation.source
        values = {
            "origin": self.ask.origin,
            "place": self._origins_place(),
            "source": source,
            "asked": asked,
            "error": error,
        }
        return Finding(code=self.reason, where=self._where(source), values=values)

    def _specific(self) -> Iterator[Finding]:
        """Yield what lies behind the refusal of an origin, where that can be told."""
        origin = self.ask.origin
        if self.reason is Reason.ORIGIN_MALFORMED and origin is not None:
            faults = parse_pattern("origin", origin)
            if not isinstance(faults, OriginPattern):
                why = f"{shown(origin)} {WHY[faults[0].reason]}"
                yield self._finding(Cause.ORIGIN_MISSPELT, why=why, remedy=faults[0].remedy)
                yield from self._about_nearest(origin.rstrip("/"))
        if origin is None or self.reason not in (
            Reason.ORIGIN_NOT_ALLOWED,
            Reason.URL_NOT_COVERED,
            Reason.VIEW_DISABLED,
        ):
            return
        yield from self._about_layers(origin)
        is_listed = self.reason is Reason.ORIGIN_NOT_ALLOWED and not self.policy.is_nobody
        found = list(self._about_nearest(origin)) if is_listed else []
        yield from found
        yield from self._about_regex
        yield from self._about_names()
        if is_listed and not found and self.policy.origin_tests:
            tests = ", ".join(callable_name(test) for test in self.policy.origin_tests)
            source = self.policy.who_source
            yield self._finding(
                Cause.CALLABLE_REFUSES, source=source, tests=tests, origin=origin, place=self._origins_place()
            )
        if self.callback is None:
            if not is_listed and not self.reaches_view:
                yield self._no_view()
        elif self.reason is Reason.ORIGIN_NOT_ALLOWED and not is_listed and not self.explanation.view.declares:
            yield self._finding(Cause.VIEW_UNDECLARED, view=self.view, origin=origin)

    def _no_view(self, *, blocks: bool = True) -> Finding:
        location = self._language_path() if self.last.is_preflight else None
        if location is not None:
            effect = EFFECTS["unresolved"]
            return self._finding(Cause.REDIRECT_LANGUAGE, path=self.path, location=location, effect=effect)
        return self._finding(Reason.NOT_RESOLVED, blocks=blocks, path=self.path, edit=self._path_edit())

    def _path_edit(self) -> str:
        near = self.path[:-1] if self.path.endswith("/") else f"{self.path}/"
        has_view = self._finds(near)
        return EDITS["near-path" if has_view else "correct-path"] % {"location": f"{script_prefix()}{near}"}

    def _finds(self, path: str) -> bool:
        request = HttpRequest()
        request.path_info = path
        request.urlconf = self.last.passage.urlconf
        return resolvers.current().find(request) is not None

    def _about_nearest(self, origin: str) -> Iterator[Finding]:
        given = parse_origin(origin)
        is_admitted = judge_origin(self.policy, origin) is Reason.ALLOWED
        near = None if given is None or is_admitted else nearest(given, self.policy)
        if near is not None:
            pattern, differing = near
            page = EDITS["or-open"] % {"page": pattern} if parse_origin(pattern) is not None else ""
            yield self._finding(
                Cause.ORIGIN_DIFFERS,
                source=self.policy.who_source,
                origin=origin,
                nearest=pattern,
                part=" and ".join(str(PARTS[part]) for part in differing),
                place=self._origins_place(),
                page=page,
            )

    def _origins_place(self) -> str:
        """Return where an origin would be added, as its author writes it."""
        source = self._written_at(self.policy.who_source)
        if not _is_of_site(source):
            return f"allowed_origins in {source}"
        return (
            f"settings.{source.name if source.name in SETTINGS['allowed_origins'] else SETTINGS['allowed_origins'][0]}"
        )

    def _layers(self) -> tuple[Layer, ...]:
        view, conf = self.explanation.view, resolvers.current().conf
        below = conf.covered if view.is_covered else conf.uncovered
        return (*below, *declared(self.explanation, self.ask.request.method))

    def _written_at(self, source: Source) -> Source:
        return written_at(source, declared(self.explanation, self.ask.request.method))

    def _about_layers(self, origin: str) -> Iterator[Finding]:
        """Yield which layer took away what a weaker one had admitted, or keeps closed what a stronger one opens."""
        layers = self._layers()
        if self.policy.is_broken:
            yield from self._about_misspelt(("CORS_POLICIES",))
            yield from self._about_merge()
            return
        if self.policy.is_nobody and (closing := _closing(layers)) is not None:
            code = Cause.VIEW_CLOSED_FOR_GOOD if closing.is_outside else Cause.VIEW_CLOSED
            yield self._finding(code, source=closing.source, closing=closing.source, view=self.view, origin=origin)
            return
        merged = [merge(layers[: count + 1]) for count in range(len(layers))]
        admits = [judge_origin(policy, origin) in (Reason.ALLOWED, Reason.DEPENDS) for policy in merged]
        if True in admits and not admits[-1]:
            last = max(number for number, is_admitted in enumerate(admits) if is_admitted)
            weaker = merged[last].who_source
            stronger = merged[last + 1].who_source
            if stronger.name != "CORS_URLS_REGEX":
                yield self._finding(
                    Cause.POLICY_SHADOWED,
                    source=stronger,
                    weaker=weaker,
                    stronger=stronger,
                    origin=origin,
                    place=self._written_at(stronger),
                )

    def _about_merge(self) -> Iterator[Finding]:
        """Yield what is wrong with the declarations together, or with the name that one of them gives."""
        for fault, sources in self.policy.faults:
            effect = "nobody" if self.policy.is_broken else "no-credentials"
            places = ", ".join(map(str, sources))
            yield _declaration_faulty(fault, effect, places, where=self._where(sources[-1]))

    def _about_names(self) -> Iterator[Finding]:
        names = ["CORS_VIEW_POLICIES"]
        if _is_of_site(self.policy.who_source):
            names += [name for field in ORIGIN_FIELDS for name in SETTINGS.get(field, ())]
        yield from self._about_misspelt(names)
        if self.callback is not None:
            for attribute in misspelt_declarations(self.callback):
                yield self._finding(Cause.DECLARATION_MISSPELT, culprit=attribute, place=attribute)

    def _about_misspelt(self, names: Collection[str]) -> Iterator[Finding]:
        """Yield the settings that nothing reads, and that were meant for one of these names."""
        for name, right in settings_of_ours.misspelt():
            if right in names:
                yield self._finding(Cause.SETTING_MISSPELT, culprit=name, name=name, right=right)

    @cached_property
    def _about_regex(self) -> tuple[Finding, ...]:
        """Why `CORS_URLS_REGEX` misses the path, where that can be told."""
        if self.reason is not Reason.URL_NOT_COVERED:
            return ()
        regex, path, prefix = resolvers.current().conf.urls_regex, self.path, script_prefix()
        if regex.match(path.removeprefix("/")):
            code, right = Cause.REGEX_LEADING_SLASH, with_slash(regex.pattern)
        elif prefix and regex.match(prefix + path):
            code, right = Cause.REGEX_SCRIPT_PREFIX, regex.pattern.replace(prefix, "", 1)
        else:
            return ()
        if not covers(right, path):
            return ()
        source, shown_regex = self.explanation.source, shown(regex.pattern)
        return (self._finding(code, source=source, regex=shown_regex, path=path, prefix=prefix, right=raw(right)),)

    def _uncovered(self) -> Finding:
        regex = shown(resolvers.current().conf.urls_regex.pattern)
        return self._finding(
            self.reason,
            source=self.explanation.source,
            regex=regex,
            path=self.path,
            view=self.view,
            effect=EFFECTS["reaches"] if self.reaches_view else "",
            edit=self._covering(),
        )

    def _covering(self) -> str:
        """Return what to edit where `CORS_URLS_REGEX` leaves a path out."""
        own = next((layer.source for layer in reversed(self._layers()) if not layer.is_global), None)
        values = {"origin": self.ask.origin, "view": self.view, "path": self.path}
        admit = EDITS["mark" if own is None else "admit"] % {**values, "source": own and self._written_at(own)}
        standing = judge_origin(merge(resolvers.current().conf.covered), self.ask.origin)
        form = "cover" if standing in (Reason.ALLOWED, Reason.DEPENDS) else "cover-no-use"
        edit = EDITS[form] % {**values, "admit": admit}
        return edit[:1].upper() + edit[1:]

    # 4: the middleware

    def _about_middleware(self) -> Iterator[Finding]:
        paths, ours, theirs = self.stack.paths, self.stack.ours, self.stack.theirs
        if not ours:
            # Something else may send the headers: another library, or ours inside a wrapper.
            yield self._finding(Cause.MIDDLEWARE_MISSING, blocks=self.outcome.blocked is not None)
        elif len(ours) > 1:
            positions = ", ".join(map(str, ours))
            yield self._finding(Cause.MIDDLEWARE_DOUBLED, blocks=False, positions=positions)
        answers = self._answers_above()
        for position in theirs:
            yield self._finding(
                Cause.MIDDLEWARE_OTHER, blocks=position in answers, other=paths[position], position=position
            )
        for position, status in answers.items():
            if position not in theirs:
                yield self._finding(
                    Cause.MIDDLEWARE_TOO_LOW, other=paths[position], position=position, ours=ours[0], status=status
                )

    def _answers_above(self) -> dict[int, int]:
        """Return which middleware above ours answers by itself: before ours is asked, or in place of its answer."""
        ours = self.stack.ours
        answers: dict[int, int] = {}
        for passage in (step.passage for step in self.steps) if ours else ():
            if passage.failure is not None:
                continue
            if ours[0] not in passage.entered:
                answers[passage.entered[-1]] = passage.status
                continue
            for position in range(ours[0]):
                inner, outer = passage.left[position + 1], passage.left[position]
                if inner.status != outer.status and _ALLOW_ORIGIN in inner.headers.keys() - outer.headers.keys():
                    answers[position] = outer.status
        return answers

    # 5: redirects

    def _about_redirects(self) -> Iterator[Finding]:
        for step in self.asked:
            passage = step.passage
            location = passage.headers.get("Location")
            if self._is_refused_redirect(step):
                path = passage.wire.url.path
                yield self._finding(Cause.REDIRECT_SLASH, path=path, location=f"{path}/", effect=EFFECTS["debug"])
            elif step is self.stopped:
                continue
            elif passage.status in fetch.REDIRECT_STATUSES and location is not None:
                effect = self._effect(step, location)
                yield self._finding(
                    _kind_of_redirect(passage, location),
                    blocks=effect != "none",
                    path=passage.wire.url.path,
                    location=location,
                    effect=EFFECTS[effect],
                )

    def _is_refused_redirect(self, step: Step) -> bool:
        """Whether `CommonMiddleware` raised instead of appending the slash, as it does under DEBUG."""
        passage, match = step.passage, step.explanation.match
        failure = passage.failure
        return (
            failure is not None
            and settings.DEBUG
            and self.stack.paths[failure.position].endswith("CommonMiddleware")
            and failure.error.startswith("RuntimeError")
            and match is not None
            and not passage.wire.url.path.endswith("/")
        )

    def _language_path(self) -> str | None:
        """Return where `LocaleMiddleware` would lead a path that no view answers, None for nowhere."""
        path = f"/{get_language_from_request(HttpRequest())}{self.path}"
        has_view = resolvers.current().conf.reads_languages and self._finds(path)
        return f"{script_prefix()}{path}" if has_view else None

    def _effect(self, step: Step, location: str) -> str:
        passage = step.passage
        target = urlsplit(location)
        if step.is_preflight:
            return "preflight"
        if _ALLOW_ORIGIN not in {name.lower() for name in passage.headers}:
            return "headers"
        if target.netloc and f"{target.scheme or passage.wire.url.scheme}://{target.netloc}" != passage.wire.url.origin:
            return "origin"
        becomes_get = passage.wire.method == "POST" and passage.status in (301, 302)
        return "body" if becomes_get else "none"

    # 6: the request met a login before the view, or the preflight went on to the view

    def _about_what_stops(self) -> Iterator[Finding]:
        step = self.stopped
        if step is None or step.passage.stopped is None:
            return
        position, status = step.passage.stopped
        other = f"{self.stack.paths[position]}, MIDDLEWARE[{position}],"
        if step.is_preflight:
            yield self._needs_permission(other)
        else:
            # With its cookies, a request is taken to be logged in, and passes.
            blocks = self.outcome.blocked is not None and not self.ask.request.includes_credentials
            yield self._finding(Cause.STOPPED_BEFORE_VIEW, blocks=blocks, other=other, status=status)

    def _needs_permission(self, guards: str) -> Finding:
        code, source = Cause.PREFLIGHT_NEEDS_PERMISSION, self.explanation.source
        return self._finding(code, source=source, view=self.view, guards=guards, edit=self._covering())

    def _about_what_the_view_does(self) -> Iterator[Finding]:
        callback = self.callback
        if callback is None:
            yield self._finding(Cause.PREFLIGHT_NOT_FOUND, path=self.path, edit=self._path_edit())
            return
        methods = self.explanation.view.layers.methods
        if methods is not None and "OPTIONS" not in methods:
            code, source = Cause.PREFLIGHT_NO_OPTIONS, self.explanation.source
            yield self._finding(code, source=source, view=self.view, edit=self._covering())
        elif names := guards(callback):
            yield self._needs_permission(names)
        elif self.reason is Reason.URL_NOT_COVERED and not self._about_regex:
            yield self._uncovered()

    # 7: the method and the headers

    def _about_method_and_headers(self) -> Iterator[Finding]:
        reason, culprit, policy = self.reason, self.explanation.culprit, self.policy
        has_method = self.explanation.view.policies.has_method
        if reason is Reason.HEADER_NOT_ALLOWED:
            sent = fetch.cors_unsafe_request_header_names(self.ask.request.headers)
            refused = [name for name in sent if not policy.permits_header(name)]
            if not refused:  # more than browsers send
                yield self._finding(reason)
            for name in sorted(refused, key=lambda name: name != culprit):
                is_star = "*" in policy.header_names and name == "authorization"
                code = Cause.STAR_MISSES_AUTHORIZATION if is_star else reason
                yield from self._about_list(code, "allow_headers", name)
        elif reason not in (Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW):
            return
        elif culprit != (upper := culprit.upper()) and has_method(upper) and self._is_known(upper):
            yield self._finding(Cause.METHOD_CASE, culprit=culprit, method=culprit, right=upper)
        elif reason is Reason.METHOD_NOT_ON_VIEW or not has_method(culprit):
            methods = sorted((self.explanation.view.layers.methods or frozenset()) - {"HEAD", "OPTIONS"})
            yield self._finding(
                Reason.METHOD_NOT_ON_VIEW, culprit=culprit, view=self.view, name=culprit, methods=", ".join(methods)
            )
        else:
            yield from self._about_list(reason, "allow_methods", culprit)

    def _is_known(self, method: str) -> bool:
        return method == "PATCH" or self.policy.permits_method(method)

    def _about_list(self, code: Reason | Cause, field: str, name: str) -> Iterator[Finding]:
        """Yield that a list of the policy lacks a name, and where it would be added."""
        source = self.policy.sources[field]
        if _is_of_site(source):
            yield from self._about_misspelt(SETTINGS[field])
        if source.kind != "default":
            source = self._written_at(source)
            form = "setting" if _is_of_site(source) else "declared"
            edit = EDITS[form] % {"name": name, "field": field, "source": source}
        else:
            own = next((layer.source for layer in reversed(self._layers()) if not layer.is_global), None)
            own = own and self._written_at(own)
            source = own or source
            form = "write-setting" if own is None else "write-both"
            defaults = "" if field == "expose_headers" else f"*default_{field.removeprefix('allow_')}, "
            setting = f"{SETTINGS[field][0]} = [{defaults}'{name}']"
            edit = EDITS[form] % {"field": field, "name": name, "source": own, "setting": setting}
        yield self._finding(code, source=source, culprit=name, name=name, edit=edit)

    # 8: credentials

    def _about_credentials(self) -> Iterator[Finding]:
        request, callback = self.ask.request, self.callback
        if self.reason is Reason.CREDENTIALS_NOT_ALLOWED:
            if _is_of_site(self.policy.who_source) and _is_of_site(self.policy.sources["allow_credentials"]):
                yield from self._about_misspelt(SETTINGS["allow_credentials"])
            yield from list(self._about_merge()) or [self._denied_credentials()]
        origin = self.ask.origin
        if callback is None or origin is None:
            return
        changes = request.method not in CSRF_SAFE and wants_csrf_token(callback)
        is_untrusted = changes and not all(map(is_trusted, parse_valid([origin])))
        if not request.includes_credentials:
            # Django's middleware looks at the origin of every request; REST framework, where there is a session.
            if is_untrusted and not is_rest_view(callback) and self.reason is Reason.ALLOWED:
                yield self._untrusted()
            return
        if reads_session(callback):
            yield from self._about_cookie("SESSION_COOKIE", origin)
            if changes and not settings.CSRF_USE_SESSIONS:
                yield from self._about_cookie("CSRF_COOKIE", origin)
        if is_untrusted:
            yield self._untrusted()

    def _untrusted(self) -> Finding:
        edit = "" if self.policy.permits_header("x-csrftoken") else EDITS["list-token"]
        method, origin = self.ask.request.method, self.ask.origin
        return self._finding(Cause.CSRF_NOT_TRUSTED, method=method, origin=origin, edit=edit)

    def _denied_credentials(self) -> Finding:
        policy, origin = self.policy, str(self.ask.origin)
        deciding = policy.sources["allow_credentials"]
        who = self._written_at(policy.who_source if _is_of_site(deciding) else deciding)
        if origin in OPAQUE_ORIGINS:
            form = "no-credentials"
        elif policy.allow_all_origins:
            form = "credentials-instead"
        else:
            form = "credentials-too" if policy.allow_credentials else "credentials"
        on = EDITS["credentials-of-site" if _is_of_site(who) else "credentials-of-view"] % {"source": who}
        edit = EDITS[form] % {"origin": origin, "place": self._origins_place(), "source": who, "on": on}
        return self._finding(self.reason, source=deciding, origin=origin, edit=f"{edit}{EDITS['or-omit']}")

    def _about_cookie(self, prefix: str, origin: str) -> Iterator[Finding]:
        setting, secure = f"{prefix}_SAMESITE", f"{prefix}_SECURE"
        value, is_secure = getattr(settings, setting), getattr(settings, secure)
        url, page = self.ask.request.url, parse_origin(origin)
        if is_secure and url.scheme == "http" and not is_local(url.host):
            secure_url = f"https{str(url).removeprefix('http')}"
            yield self._finding(Cause.COOKIE_OVER_HTTP, culprit=secure, setting=secure, url=url, secure_url=secure_url)
        if page is not None and is_same_site((page.scheme, page.host), (url.scheme, url.host)):
            return
        if not isinstance(value, str) or value.lower() != "none":
            yield self._finding(
                Cause.COOKIE_SAME_SITE,
                culprit=setting,
                setting=setting,
                value=shown(value),
                secure=secure,
                origin=origin,
            )
        elif not is_secure:
            yield self._finding(Cause.COOKIE_NOT_SECURE, culprit=setting, setting=setting, secure=secure)

    # 9: errors

    def _about_failures(self) -> Iterator[Finding]:
        for step in self.steps:
            failure = step.passage.failure
            if failure is not None and not self._is_refused_redirect(step):
                position, ours = failure.position, self.stack.ours
                is_outside = bool(ours) and position < ours[0] and not failure.is_at_view
                yield self._finding(
                    Cause.FAILED_OUTSIDE if is_outside else Cause.FAILED_BELOW,
                    blocks=is_outside,
                    other=self.stack.paths[position],
                    position=position,
                    ours=ours[0] if ours else "",
                    error=failure.error,
                )

    # 10: what the script may read

    def _about_reading(self) -> Iterator[Finding]:
        with_credentials = self.ask.request.includes_credentials
        policy = self.last.explanation.policy
        exposed = {name.lower() for name in policy.expose_headers}
        for name in self.ask.read:
            lower = name.lower()
            if fetch.is_forbidden_response_header(lower):
                yield self._finding(Cause.HEADER_NEVER_READABLE, culprit=name, name=name)
            elif not (
                lower in fetch.SAFELISTED_RESPONSE_HEADERS
                or lower in exposed
                or ("*" in exposed and not with_credentials)
            ):
                yield from self._about_list(Cause.HEADER_NOT_EXPOSED, "expose_headers", name)
        yield from self._about_changed_headers()

    def _about_changed_headers(self) -> Iterator[Finding]:
        ours = self.stack.ours
        for left in (step.passage.left for step in self.steps):
            for position in range((ours[0] if ours else 0) - 1, -1, -1):
                inner, outer = left.get(position + 1), left.get(position)
                # With another status it is another answer, which is told as such.
                if inner is None or outer is None or inner.status != outer.status:
                    continue
                # What browsers look at first, first.
                for name in sorted({*inner.headers, *outer.headers}, key=lambda name: (name != _ALLOW_ORIGIN, name)):
                    before, after = inner.headers.get(name), outer.headers.get(name)
                    if before != after:
                        yield self._finding(
                            Cause.HEADERS_CHANGED if after is not None else Cause.HEADERS_REMOVED,
                            blocks=self.outcome.blocked is not None or (name == _EXPOSE and bool(self.ask.read)),
                            culprit=name,
                            other=self.stack.paths[position],
                            position=position,
                            name=name,
                            ours=shown(before),
                            theirs=shown(after),
                        )


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


def _closing(layers: tuple[Layer, ...]) -> Layer | None:
    """Return the layer that closes a view: the one from outside, which is final; else the strongest."""
    closing = [layer for layer in layers if not layer.is_global and layer.policy is not None and layer.policy.is_off]
    return next((layer for layer in closing if layer.is_outside), closing[-1] if closing else None)


def _is_of_site(source: Source) -> bool:
    """Whether a part of a policy comes from the settings for the whole site, or from nowhere."""
    return source.kind == "default" or (source.kind == "setting" and "[" not in source.name)


def callable_name(test: object) -> str:
    """Return the name of a callable of a policy."""
    return getattr(test, "__qualname__", type(test).__qualname__)


def _has_lost_origin(ask: Ask, step: Step) -> bool:
    return ask.origin != "null" and ("Origin", "null") in step.passage.wire.headers


def _kind_of_redirect(passage: Passage, location: str) -> Cause:
    url, target = passage.wire.url, urlsplit(location)
    host = target.netloc or url.authority
    path = target.path
    if host == url.authority and path == f"{url.path}/":
        return Cause.REDIRECT_SLASH
    if host == url.authority and get_language_from_path(path) and not get_language_from_path(url.path):
        return Cause.REDIRECT_LANGUAGE
    if host == f"www.{url.authority}":
        return Cause.REDIRECT_WWW
    if target.scheme == "https" and url.scheme == "http" and target.hostname == url.host.strip("[]"):
        return Cause.REDIRECT_HTTPS
    return Cause.REDIRECT_ELSEWHERE
