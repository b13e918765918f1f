"""Samples: texts that one pattern of a route matches, made by filling in likely values.

Whether `CORS_URLS_REGEX` covers a route, and whether a route is ever reached, can be asked only of paths. Django
can turn patterns into paths; it needs the values. Regular expressions with alternatives it cannot turn; those are
taken apart here, one way through them at a time.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.urls.resolvers import RegexPattern, RoutePattern
from django.utils.regex_helper import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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

#: Values that narrow converters do not take, to get past the routes that have those.
EDGE_VALUES: Final = ("a.b", "a@b", "a~b", "é", "a/b", "a.b/c", "abcdefghijklmnopqrstuvwxyz", "12345678901234567890")

#: Samples of one route: enough to disagree about any `CORS_URLS_REGEX` that people write.
MAX_VALUES: Final = 4
MAX_WORDS: Final = 8
MAX_CHOICES: Final = 4

_PARAMETER: Final = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
#: REST framework's converter for `.json` and the like; the dot is the converter's.
_FORMAT_SUFFIX: Final = re.compile(r"<drf_format_suffix[^:>]*:")
_PLACE: Final = re.compile(r"%\((\w+)\)s")


def readable_route(pattern: object) -> str:
    """Return a pattern as people write paths: parameters in angle brackets, no regular expression."""
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        return _PARAMETER.sub(r"<\1>", _FORMAT_SUFFIX.sub(".<", text))
    if not isinstance(pattern, RegexPattern):
        return text
    templates = _templates(text)
    if len(list(_choices(text))) > 1 or not templates:
        return text
    longest = max(templates, key=len)
    return _PLACE.sub(lambda place: "<var>" if place[1].startswith("_") else f"<{place[1]}>", longest)


# Filling in


def joined(pieces: Sequence[Sequence[str]]) -> Iterator[str]:
    """Join the n-th form of each piece, for each n, beginning anew where a piece has fewer forms."""
    if all(pieces):
        for number in range(max(map(len, pieces))):
            yield "".join(piece[number % len(piece)] for piece in pieces)


def candidates(urls_regex: str) -> tuple[str, ...]:
    """Return the values to fill in for a site with this `CORS_URLS_REGEX`."""
    segments = [segment for text in _texts(urls_regex) for segment in text.split("/") if segment]
    return tuple(dict.fromkeys((*VALUES, *_words(urls_regex), *segments[:MAX_WORDS])))


def _words(regex: str) -> tuple[str, ...]:
    """Return the literal words of `CORS_URLS_REGEX`: values about which samples might disagree."""
    without_escapes = re.sub(r"\\[a-zA-Z]", " ", regex)
    return tuple(dict.fromkeys(re.findall(r"\w[\w-]*", without_escapes)))[:MAX_WORDS]


def beginnings(urls_regex: str) -> tuple[str, ...]:
    """Return beginnings of paths that a `CORS_URLS_REGEX` speaks of: such as it covers, and such as it rules out."""
    return tuple(text for text in _texts(urls_regex) if text[:1] == "/")


def _texts(urls_regex: str) -> tuple[str, ...]:
    plain = _without_groups(re.sub(r"^\(\?[a-zA-Z]+\)", "", urls_regex))
    asserted = re.sub(r"\(\?<?[!=]", "(?:", plain)
    return tuple(dict.fromkeys(text for regex in (plain, asserted) for text in _templates(regex)))


def beginning_with(beginning: str, path: str) -> Iterator[str]:
    """Yield a path with another beginning: its last segment as it is, and drawn out as it was before."""
    *before, last = beginning.split("/")
    replaced, *rest = path.split("/")[len(before) :] or [""]
    for segment in dict.fromkeys((last, last + replaced[len(last) :])):
        yield "/".join((*before, segment, *rest))


def sample_values(pattern: object, candidates: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
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
    yield from joined(pieces)


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
    templates = _templates(_without_groups(regex)) if len(common) < 2 else ()  # with one value, nothing could disagree
    made = list(templates)
    if not fitting:  # a hash of nothing but noughts would look like a number to other routes
        made += [text.replace("00", pair) for text in templates for pair in ("0a", "0A")]
    return tuple(dict.fromkeys((*common, *words, *filter(compiled.match, made))))


def _without_groups(regex: str) -> str:
    """Return a regular expression that captures nothing."""
    return re.sub(r"(?<!\\)\((?:\?P<\w+>|(?!\?))", "(?:", regex)


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
    whole = alternatives(regex)
    if len(whole) > 1:
        for alternative in whole:
            yield from _all_choices(alternative)
        return
    for group in _groups(regex):
        inner = alternatives(group.body) if not group.name else []
        if len(inner) > 1:
            for alternative in inner:
                yield from _all_choices(f"{regex[: group.start]}(?:{alternative}){regex[group.end :]}")
            return
    yield regex


def alternatives(regex: str) -> list[str]:
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
