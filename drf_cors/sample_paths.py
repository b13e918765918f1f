"""Sample paths: texts that the patterns of a route match, made from likely values.

Whether `CORS_URLS_REGEX` covers a route, and whether a route is ever reached, depends on paths.
Django can turn a pattern into a path if it gets the values. It cannot do so for a regular
expression with alternatives. So each alternative is expanded here separately.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from django.urls.resolvers import RegexPattern, RoutePattern
from django.utils.regex_helper import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Texts = tuple[str, ...]
_Options: TypeAlias = "Mapping[str, Sequence[str]]"

#: Values for parameters, the most likely first. Words of `CORS_URLS_REGEX` are tried too.
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

#: Values that narrow converters do not accept, so that they pass routes with such converters.
EDGE_VALUES: Final = (
    "a.b",
    "a@b",
    "a~b",
    "é",
    "a/b",
    "a.b/c",
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890",
)

#: Limits for the samples of one route. They are enough to differ in any usual `CORS_URLS_REGEX`.
MAX_VALUES: Final = 4
MAX_WORDS: Final = 8
MAX_CHOICES: Final = 4

_PARAMETER: Final = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
#: REST framework's converter for suffixes like `.json`. The converter includes the dot.
_FORMAT_SUFFIX: Final = re.compile(r"<drf_format_suffix[^:>]*:")
_PLACE: Final = re.compile(r"%\((\w+)\)s")


def readable_route(pattern: object) -> str:
    """Return a pattern in a readable form: parameters in angle brackets, no regular expression."""
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        return _PARAMETER.sub(r"<\1>", _FORMAT_SUFFIX.sub(".<", text))
    if not isinstance(pattern, RegexPattern):
        return text
    templates = _templates(text)
    if len(list(_choices(text))) > 1 or not templates:
        return text
    return _PLACE.sub(_readable_place, max(templates, key=len))


def _readable_place(place: re.Match[str]) -> str:
    if place[1].startswith("_"):
        return "<var>"
    return f"<{place[1]}>"


# Filling in


def of_route(chain: Iterable[Any], candidates: Texts, values: Mapping[str, str]) -> Iterator[str]:
    """Yield paths that the patterns of a route match; none if a pattern has no fitting value.

    Args:
        chain: The includes above the pattern, outermost first, and the pattern itself.
        candidates: Values to try for parameters.
        values: Parameters with a known value.
    """
    return joined([sample_values(step.pattern, candidates, values) for step in chain])


def joined(pieces: Sequence[Sequence[str]]) -> Iterator[str]:
    """Join the first forms of all pieces, then the second forms, and so on.

    A piece with fewer forms starts again with its first one. If a piece has no form, nothing is
    yielded.
    """
    if not all(pieces):
        return
    for number in range(max(map(len, pieces))):
        yield "".join(piece[number % len(piece)] for piece in pieces)


@lru_cache(maxsize=16)
def candidates(urls_regex: str) -> Texts:
    """Return the values for parameters on a site with this `CORS_URLS_REGEX`."""
    segments: list[str] = []
    for text in _texts(urls_regex):
        segments += filter(None, text.split("/"))
    return tuple(dict.fromkeys((*VALUES, *_words(urls_regex), *segments[:MAX_WORDS])))


def _words(regex: str) -> Texts:
    """Return the literal words of `CORS_URLS_REGEX`. It may cover only some of these values."""
    without_escapes = re.sub(r"\\[a-zA-Z]", " ", regex)
    return tuple(dict.fromkeys(re.findall(r"\w[\w-]*", without_escapes)))[:MAX_WORDS]


@lru_cache(maxsize=16)
def beginnings(urls_regex: str) -> Texts:
    """Return the beginnings of paths in `CORS_URLS_REGEX`, covered or excluded."""
    return tuple(text for text in _texts(urls_regex) if text[:1] == "/")


def _texts(urls_regex: str) -> Texts:
    plain = _without_groups(re.sub(r"^\(\?[a-zA-Z]+\)", "", urls_regex))
    asserted = re.sub(r"\(\?<?[!=]", "(?:", plain)
    return tuple(dict.fromkeys((*_templates(plain), *_templates(asserted))))


def beginning_with(beginning: str, path: str) -> Iterator[str]:
    """Yield a path with another beginning.

    The last segment of the beginning is used as it is, and with the rest of the segment that it
    replaces.
    """
    *before, last = beginning.split("/")
    replaced, *rest = path.split("/")[len(before) :] or [""]
    for segment in dict.fromkeys((last, last + replaced[len(last) :])):
        yield "/".join((*before, segment, *rest))


def sample_values(pattern: object, candidates: Texts, values: Mapping[str, str]) -> list[str]:
    """Return texts that one pattern of a route matches; empty if no value fits."""
    if isinstance(pattern, RoutePattern):
        return _fill_route(pattern, candidates, values)
    if isinstance(pattern, RegexPattern):
        return _fill_regex(pattern, candidates, values)
    return [str(pattern)]  # a language prefix


def _fill_route(pattern: RoutePattern, candidates: Texts, values: Mapping[str, str]) -> list[str]:
    options: dict[str, list[str]] = {}
    for name, converter in pattern.converters.items():
        if name in values:
            options[name] = [values[name]]
        else:
            options[name] = _converted(converter, _fitting(converter.regex, candidates))
    return list(_filled(str(pattern), _PARAMETER, options))


def _converted(converter: Any, texts: Texts) -> list[str]:
    """Leave out texts that a converter refuses. If it refuses all, keep all."""
    return [text for text in texts if _converts(converter, text)] or list(texts)


def _converts(converter: Any, text: str) -> bool:
    try:
        converter.to_python(text)
    except Exception:  # noqa: BLE001 - the project's own code may raise anything
        return False
    return True


def _fill_regex(pattern: RegexPattern, candidates: Texts, values: Mapping[str, str]) -> list[str]:
    text = str(pattern)
    options: dict[str, Sequence[str]] = {}
    for _, _, name, body in filter(attrgetter("name"), _groups(text)):
        if name in values:
            options[name] = [values[name]]
        else:
            options[name] = _fitting(body, candidates)
    found: list[str] = []
    for template in _templates(text):
        found += filter(pattern.regex.search, _filled(template, _PLACE, options))
    return found


def _filled(template: str, places: re.Pattern[str], options: _Options) -> Iterator[str]:
    """Yield a template with the first option in each place, then with the second, and so on."""
    parts = places.split(template)  # literal, name, literal, name, ..., literal
    pieces = [options.get(part, ()) if number % 2 else (part,) for number, part in enumerate(parts)]
    yield from joined(pieces)


@lru_cache(maxsize=1024)
def _fitting(regex: str, candidates: Texts) -> Texts:
    """Return values that match a regular expression in full: candidates, or texts made from it."""
    try:
        compiled = re.compile(rf"(?:{regex})\Z")
    except re.error:  # refers to groups outside itself
        return ()
    fitting = list(filter(compiled.match, candidates))
    common = [text for text in fitting if text in VALUES][:MAX_VALUES]
    words = [text for text in fitting if text not in VALUES]
    # With one value only, the samples could not differ.
    made: list[str] = []
    if len(common) < 2:
        made = _made_from(regex, has_candidates=bool(fitting))
    return tuple(dict.fromkeys((*common, *words, *filter(compiled.match, made))))


def _made_from(regex: str, *, has_candidates: bool) -> list[str]:
    """Return texts made from a regular expression; some may not match it."""
    templates = _templates(_without_groups(regex))
    made = list(templates)
    if not has_candidates:
        # Other routes would take a hash that consists of zeros for a number.
        for text in templates:
            made += [text.replace("00", "0a"), text.replace("00", "0A")]
    return made


def _without_groups(regex: str) -> str:
    """Return a regular expression without capturing groups."""
    return re.sub(r"(?<!\\)\((?:\?P<\w+>|(?!\?))", "(?:", regex)


# Splitting regular expressions


class _Group(NamedTuple):
    """A group that is not inside a capturing group.

    Attributes:
        start: The position of its opening bracket.
        end: The position after its closing bracket.
        name: "" for a non-capturing group; `_0`, `_1`, ... for a capturing group without a name.
        body: The text inside.
    """

    start: int
    end: int
    name: str
    body: str


@lru_cache(maxsize=1024)
def _templates(regex: str) -> Texts:
    """Return short texts of a regular expression, with `%(name)s` for each group.

    Django uses the same form when it reverses URLs.
    """
    templates: dict[str, None] = {}
    for choice in _choices(regex):
        templates.update(dict.fromkeys(_reversible(choice)))
    return tuple(templates)


def _reversible(regex: str) -> list[str]:
    try:
        return [template for template, _ in normalize(regex)]
    except (ValueError, IndexError):  # Django cannot reverse it, for example because of flags
        return []


def _choices(regex: str) -> Iterator[str]:
    """Yield a regular expression once for each combination of its alternatives.

    Django cannot reverse alternatives. The first combinations are enough.
    """
    yield from itertools.islice(_all_choices(regex), MAX_CHOICES)


def _all_choices(regex: str) -> Iterator[str]:
    whole = alternatives(regex)
    if len(whole) > 1:
        for alternative in whole:
            yield from _all_choices(alternative)
        return
    for group in _groups(regex):
        inner = alternatives(group.body)
        if group.name or len(inner) < 2:
            continue
        before, after = regex[: group.start], regex[group.end :]
        for alternative in inner:
            yield from _all_choices(f"{before}(?:{alternative}){after}")
        return
    yield regex


def alternatives(regex: str) -> list[str]:
    """Split a regular expression at each `|` outside groups."""
    ends = [position for position, char, depth in _special(regex) if char == "|" and depth == 0]
    return [regex[start + 1 : end] for start, end in itertools.pairwise((-1, *ends, len(regex)))]


def _groups(regex: str) -> list[_Group]:
    """Return the groups that are not inside a capturing group, in their order."""
    numbers = itertools.count()
    groups: list[_Group] = []
    passed = 0  # the end of the last group whose inside is skipped
    for start, end in sorted(_group_spans(regex)):
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


def _group_spans(regex: str) -> list[tuple[int, int]]:
    """Return the positions of the opening and closing bracket of each group."""
    opened: list[int] = []
    spans = []
    for position, char, _ in _special(regex):
        if char == "(":
            opened.append(position)
        elif char == ")" and opened:
            spans.append((opened.pop(), position))
    return spans


def _special(regex: str) -> Iterator[tuple[int, str, int]]:
    """Yield position, character and group depth of each special `(`, `)` and `|`."""
    depth = 0
    for found in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", regex, re.DOTALL):
        char = found[0]
        if char == ")":
            depth -= 1
        if len(char) == 1:
            yield found.start(), char, depth
        if char == "(":
            depth += 1
