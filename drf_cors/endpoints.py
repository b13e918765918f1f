"""The URLconf as a list of endpoints, and what can be said of each of their methods without a request.

Whether `CORS_URLS_REGEX` covers a route, and whether the route is ever reached, is a question about paths. It
is put to *samples*: paths made from the route by filling in values that its converters and regular
expressions accept. Django's own resolver says where a sample leads.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern
from django.utils import translation
from django.utils.regex_helper import normalize
from django.utils.translation.trans_real import get_languages

from drf_cors import resolver as resolvers
from drf_cors.layers import UrlName
from drf_cors.signals import check_request_enabled

if TYPE_CHECKING:
    from django.urls import ResolverMatch

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.layers import ViewLayers
    from drf_cors.resolver import Resolver, ViewPolicies

#: Values to fill in, the likeliest first. Words of `CORS_URLS_REGEX` are tried besides.
VALUES: Final = (
    "1",
    "example",
    "some-thing",
    "42",
    "2024-05-17",
    "2024",
    "12",
    "4fa5b1a2-7c9e-4425-940d-e07fc1f90ae7",
    "AB",
    "a/b",
)

#: Samples of one route: enough to disagree about any `CORS_URLS_REGEX` that people write.
MAX_VALUES: Final = 4
MAX_WORDS: Final = 8
MAX_CHOICES: Final = 4
MAX_LANGUAGES: Final = 3

#: Ways to write a `CORS_URLS_REGEX` that covers all there is.
_EVERYTHING: Final = frozenset({"", "^", "^/", ".*", "^.*", "^.*$", "^/.*", "^/.*$"})

_PARAMETER: Final = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
_PLACE: Final = re.compile(r"%\((\w+)\)s")


class Coverage(Enum):
    """Which paths of a route `CORS_URLS_REGEX` covers."""

    ALL = "all"
    NONE = "none"
    SOME = "some"


class Sample(NamedTuple):
    """A path that a route matches, and the language in which it does."""

    path: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What can be said of one method of an endpoint without a request.

    Attributes:
        policy: What is enforced; where that hangs on the path, what is enforced where `CORS_URLS_REGEX` covers.
        is_governed: Whether any policy is over the endpoint.
        is_dynamic: Whether only a request can decide who is allowed.
        is_shadowed: Whether requests for the endpoint's paths reach another view.
    """

    policy: EffectivePolicy
    is_governed: bool
    is_dynamic: bool
    is_shadowed: bool

    @property
    def is_enabled(self) -> bool:
        """Whether any other origin may be allowed."""
        return self.is_governed and not self.is_shadowed and (self.is_dynamic or not self.policy.is_nobody)


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """One route of a URLconf to one callback.

    Attributes:
        route: The path, for people: `/api/orders/<pk>/`.
        path_regex: The patterns of the route, joined as drf-spectacular joins them.
        callback: What Django calls.
        url_name: The pattern's name and its instance namespaces.
        patterns: From the outermost include to the pattern itself.
        site: Resolves the samples.
        values: Path parameters whose value is known (a version).
    """

    route: str
    path_regex: str
    callback: Callable[..., Any]
    url_name: UrlName
    patterns: tuple[URLPattern | URLResolver, ...] = field(repr=False)
    site: URLResolver = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict)

    def at(self, values: Mapping[str, str]) -> Endpoint:
        """Return the part of the endpoint where path parameters have the given values."""
        return replace(self, values=values) if values else self

    # What it is

    @property
    def layers(self) -> ViewLayers:
        """What the view is, and what is declared for it."""
        return self.policies(is_covered=True).layers

    @property
    def methods(self) -> frozenset[str] | None:
        """Upper-case methods of the view, HEAD and OPTIONS included; None where that cannot be told."""
        return self.layers.methods

    # Where it is

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """Paths of the endpoint; empty where no value was found that fits."""
        conf = resolvers.current().conf
        candidates = (*VALUES, *_words(conf.urls_regex.pattern))
        languages = [conf.language_code]
        if any(isinstance(pattern.pattern, LocalePrefixPattern) for pattern in self.patterns):
            languages += [code for code in get_languages() if code != conf.language_code]
        samples: dict[Sample, None] = {}
        for language in languages[:MAX_LANGUAGES]:
            with translation.override(language):
                pieces = [_fill(pattern.pattern, candidates, self.values) for pattern in self.patterns]
            samples.update(dict.fromkeys(Sample(f"/{path}", language) for path in _joined(pieces)))
        return tuple(samples)

    @cached_property
    def coverage(self) -> Coverage:
        """Which of its paths `CORS_URLS_REGEX` covers."""
        conf = resolvers.current().conf
        if conf.urls_regex.pattern in _EVERYTHING:
            return Coverage.ALL
        answers = {conf.covers(sample.path) for sample in self.samples}
        if answers == {True}:
            return Coverage.ALL
        return Coverage.NONE if answers == {False} else Coverage.SOME

    @cached_property
    def is_shadowed(self) -> bool:
        """Whether an earlier route catches every request that this one was written for."""
        leads_elsewhere = False
        for sample in self.samples:  # mostly the first tells; each costs a walk through the URLconf
            match = self._resolve(sample)
            if match is not None and self._is_reached_by(match):
                return False
            leads_elsewhere |= match is not None
        return leads_elsewhere

    def _resolve(self, sample: Sample) -> ResolverMatch | None:
        try:
            with translation.override(sample.language):
                return self.site.resolve(sample.path)
        except Exception:  # noqa: BLE001 - Http404, or a converter of the project that raises: nothing is known
            return None

    def _is_reached_by(self, match: ResolverMatch) -> bool:
        name = UrlName(match.url_name or "", tuple(match.namespaces))
        return match.func is self.callback and name == self.url_name

    # What holds there

    def policies(self, *, is_covered: bool) -> ViewPolicies:
        """Return the policies of the view, on paths that `CORS_URLS_REGEX` covers or on those it does not."""
        return resolvers.current().for_callback(self.callback, self.url_name, is_covered=is_covered)

    def outlook(self, method: str) -> Outlook:
        """Return what holds for a method.

        Args:
            method: Upper-case; one the view does not have is under the class's policy.
        """
        coverage = self.coverage
        view = self.policies(is_covered=coverage is not Coverage.NONE)
        policy = view.policies.of(method)
        is_dynamic = bool(policy.origin_tests) and not policy.allow_all_origins
        if coverage is Coverage.SOME:
            other = self.policies(is_covered=False)
            is_dynamic |= not other.is_governed or other.policies.of(method) != policy
        is_open_to_all = view.is_covered and policy.allow_all_origins
        if not (view.declares or is_open_to_all) and check_request_enabled.has_listeners(None):
            is_dynamic = True
        return Outlook(
            policy=policy,
            is_governed=view.is_governed or is_dynamic,
            is_dynamic=is_dynamic,
            is_shadowed=self.is_shadowed,
        )


# Walking


def of_site(urlconf: str | None = None) -> tuple[Endpoint, ...]:
    """Return the endpoints of a URLconf, in its order.

    They are kept as long as the settings stay, because samples are costly to resolve.

    Args:
        urlconf: The module's name; `ROOT_URLCONF` if none is given.
    """
    current = resolvers.current()
    name = urlconf or current.conf.root_urlconf
    known = _known.setdefault(current, {})
    key = (name, translation.get_language())
    if key not in known:
        known[key] = of_patterns(get_resolver(name).url_patterns)
    return known[key]


#: Routes are written in the language that is active: prefixes and translated patterns differ.
_known: WeakKeyDictionary[Resolver, dict[tuple[str, str | None], tuple[Endpoint, ...]]] = WeakKeyDictionary()


def of_patterns(patterns: Sequence[URLPattern | URLResolver]) -> tuple[Endpoint, ...]:
    """Return the endpoints of a list of URL patterns, in its order."""
    site = URLResolver(RegexPattern(r"^/"), tuple(patterns))
    return tuple(_walk(patterns, (), site))


def _walk(patterns: Iterable[Any], above: tuple[URLResolver, ...], site: URLResolver) -> Iterator[Endpoint]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, (*above, pattern), site)
        else:
            chain: tuple[URLPattern | URLResolver, ...] = (*above, pattern)
            namespaces = tuple(resolver.namespace for resolver in above if resolver.namespace)
            yield Endpoint(
                route="/" + "".join(_human(step.pattern) for step in chain),
                path_regex="".join(str(step.pattern) for step in chain),
                callback=pattern.callback,
                url_name=UrlName(pattern.name or "", namespaces),
                patterns=chain,
                site=site,
            )


def _human(pattern: object) -> str:
    """Return a pattern as people write paths: parameters in angle brackets, no regular expression."""
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        return _PARAMETER.sub(r"<\1>", text)
    if not isinstance(pattern, RegexPattern):
        return text
    templates = _templates(text)
    if len(list(_choices(text))) > 1 or not templates:
        return text
    longest = max(templates, key=len)
    return _PLACE.sub(lambda place: "<var>" if place[1].startswith("_") else f"<{place[1]}>", longest)


# Filling in


def _joined(pieces: Sequence[Sequence[str]]) -> Iterator[str]:
    """Join the n-th form of each piece, for each n, beginning anew where a piece has fewer forms."""
    if all(pieces):
        for number in range(max(map(len, pieces))):
            yield "".join(piece[number % len(piece)] for piece in pieces)


def _words(regex: str) -> tuple[str, ...]:
    """Return the literal words of `CORS_URLS_REGEX`: values about which samples might disagree."""
    without_escapes = re.sub(r"\\[a-zA-Z]", " ", regex)
    return tuple(dict.fromkeys(re.findall(r"\w[\w-]*", without_escapes)))[:MAX_WORDS]


def _fill(pattern: object, candidates: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    """Return texts that one pattern of a route matches; none where no value fits."""
    if isinstance(pattern, RoutePattern):
        return _fill_route(pattern, candidates, values)
    if isinstance(pattern, RegexPattern):
        return _fill_regex(pattern, candidates, values)
    return [str(pattern)]  # a language prefix


def _fill_route(pattern: RoutePattern, candidates: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    options: dict[str, list[str]] = {}
    for name, converter in pattern.converters.items():
        fitting = _fitting(converter.regex, candidates)
        options[name] = [values[name]] if name in values else _converted(converter, fitting)
    return list(_filled(str(pattern), _PARAMETER, options))


def _converted(converter: Any, texts: tuple[str, ...]) -> list[str]:
    """Leave out what a converter refuses beyond its regular expression; all, if it refuses all."""
    return [text for text in texts if _converts(converter, text)] or list(texts)


def _converts(converter: Any, text: str) -> bool:
    try:
        converter.to_python(text)
    except Exception:  # noqa: BLE001 - the project's own code may raise anything
        return False
    return True


def _fill_regex(pattern: RegexPattern, candidates: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    text = str(pattern)
    bodies = {group.name: group.body for group in _groups(text) if group.name}
    options = {
        name: [values[name]] if name in values else list(_fitting(body, candidates)) for name, body in bodies.items()
    }
    return [
        filled
        for template in _templates(text)
        for filled in _filled(template, _PLACE, options)
        if pattern.regex.search(filled) is not None
    ]


def _filled(template: str, places: re.Pattern[str], options: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield a template with the first option in each of its places, with the second in each, and so on."""
    parts = places.split(template)  # literal, name, literal, name, ..., literal
    pieces = [options.get(part, ()) if number % 2 else (part,) for number, part in enumerate(parts)]
    yield from _joined(pieces)


@lru_cache(maxsize=1024)
def _fitting(regex: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """Return values that a regular expression accepts whole: of the candidates, else made from it."""
    try:
        compiled = re.compile(rf"(?:{regex})\Z")
    except re.error:  # refers to groups outside itself
        return ()
    fitting = [text for text in candidates if compiled.match(text)]
    common = [text for text in fitting if text in VALUES][:MAX_VALUES]
    words = [text for text in fitting if text not in VALUES]
    if fitting:
        return (*common, *words)
    without_groups = re.sub(r"\((?!\?)|\(\?P<\w+>", "(?:", regex)
    return tuple(text for text in _templates(without_groups) if compiled.match(text))


# Taking regular expressions apart


class _Group(NamedTuple):
    """A group that stands in no capturing group.

    Attributes:
        start: Where it opens.
        end: Behind its end.
        name: "" where it captures nothing; `_0`, `_1`, ... where it captures without a name.
        body: What is inside.
    """

    start: int
    end: int
    name: str
    body: str


@lru_cache(maxsize=1024)
def _templates(regex: str) -> tuple[str, ...]:
    """Return short texts of a regular expression, with `%(name)s` for its groups, as Django reverses URLs."""
    return tuple(dict.fromkeys(template for choice in _choices(regex) for template in _reversible(choice)))


def _reversible(regex: str) -> list[str]:
    try:
        return [template for template, _ in normalize(regex)]
    except (ValueError, IndexError):  # what Django cannot reverse: flags inside, for one
        return []


def _choices(regex: str) -> Iterator[str]:
    """Yield a regular expression once for each way through its alternatives, which Django cannot reverse.

    The first few will do.
    """
    yield from itertools.islice(_all_choices(regex), MAX_CHOICES)


def _all_choices(regex: str) -> Iterator[str]:
    whole = _alternatives(regex)
    if len(whole) > 1:
        for alternative in whole:
            yield from _all_choices(alternative)
        return
    for group in _groups(regex):
        inner = _alternatives(group.body) if not group.name else []
        if len(inner) > 1:
            for alternative in inner:
                yield from _all_choices(f"{regex[: group.start]}(?:{alternative}){regex[group.end :]}")
            return
    yield regex


def _alternatives(regex: str) -> list[str]:
    """Split at each `|` that stands in no group."""
    ends = [position for position, char, depth in _special(regex) if char == "|" and depth == 0]
    return [regex[start + 1 : end] for start, end in itertools.pairwise((-1, *ends, len(regex)))]


def _groups(regex: str) -> list[_Group]:
    """Return the groups that stand in no capturing group, in their order."""
    numbers = itertools.count()
    opened: list[int] = []
    spans = []
    for position, char, _ in _special(regex):
        if char == "(":
            opened.append(position)
        elif char == ")" and opened:
            spans.append((opened.pop(), position))
    groups: list[_Group] = []
    passed = 0  # the end of the last group that is not looked into
    for start, end in sorted(spans):
        if start < passed:
            continue
        inside = regex[start + 1 : end]
        head = re.match(r"\?P<(\w+)>|\?:|\?", inside)
        if head is not None and head[0] == "?:":
            groups.append(_Group(start, end + 1, "", inside[2:]))
            continue
        passed = end
        if head is None:
            groups.append(_Group(start, end + 1, f"_{next(numbers)}", inside))
        elif head[1]:
            groups.append(_Group(start, end + 1, head[1], inside[head.end() :]))
        # Anything else is an assertion, a flag or a reference.
    return groups


def _special(regex: str) -> Iterator[tuple[int, str, int]]:
    """Yield each `(`, `)` and `|` with a meaning: its position, itself, and in how many groups it stands."""
    depth = 0
    for found in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", regex, re.DOTALL):
        char = found[0]
        if char == ")":
            depth -= 1
        if len(char) == 1:
            yield found.start(), char, depth
        if char == "(":
            depth += 1
