"""What is known of the paths of a route: samples, and literal text that all of them begin with.

A *sample* is a path made from the patterns of a route, with values that its converters and regular
expressions accept.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern
from django.utils import translation
from django.utils.translation.trans_real import get_languages

from drf_cors import sample_paths
from drf_cors.one_pass import noted
from drf_cors.prefix_resolver import literal_beginnings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Pattern = URLPattern | URLResolver

#: How many languages are used for the samples of a route with a language prefix.
MAX_LANGUAGES: Final = 3

#: Regular expressions that match the paths with a literal beginning: `^/api/.*$`.
_BEGINNING: Final = re.compile(r"\^?((?:/[\w/-]*)?)(?:\.\*\$?)?", re.ASCII)


class Sample(NamedTuple):
    """A path that a route matches, and the language in which the route matches it."""

    path: str
    language: str


def sampled(
    patterns: Sequence[Pattern], values: tuple[str, ...], known: Mapping[str, str], language_code: str
) -> Iterator[Sample]:
    """Yield paths of a route.

    Args:
        patterns: The patterns of the route, the outermost include first.
        values: The values to try for parameters.
        known: Parameters with a known value.
        language_code: The language of the site. Others are used too if the route has a language
            prefix.
    """
    languages = [language_code]
    if any(isinstance(pattern.pattern, LocalePrefixPattern) for pattern in patterns):
        languages += [code for code in get_languages() if code != language_code]
    found: set[Sample] = set()
    for language in languages[:MAX_LANGUAGES]:
        with in_language(language):
            pieces = [_values_of(pattern, values, known, language) for pattern in patterns]
        for path in sample_paths.joined(pieces):
            sample = Sample(f"/{path}", language)
            if sample not in found:
                found.add(sample)
                yield sample


def _values_of(pattern: Pattern, values: tuple[str, ...], known: Mapping[str, str], language: str) -> list[str]:
    """Return the samples of a pattern. In a pass, those of equal patterns are made once.

    Args:
        pattern: The pattern. Routers and the admin make the same ones for each model.
        values: As for `sampled`.
        known: As for `sampled`.
        language: The active language. It may change a language prefix or a translated route.
    """
    matched = pattern.pattern
    if known:
        return sample_paths.sample_values(matched, values, known)
    key: tuple[object, ...] = (id(matched), values, language)
    if type(matched) in (RoutePattern, RegexPattern):
        key = (type(matched), str(matched), *map(id, matched.converters.values()), values, language)
    samples = noted(_values_of)
    if key not in samples:
        samples[key] = sample_paths.sample_values(matched, values, {})
    return cast("list[str]", samples[key])


def in_language(language: str) -> AbstractContextManager[None]:
    """Activate a language, if it is not active already.

    Args:
        language: Its code.
    """
    if translation.get_language() == language:
        return nullcontext()
    return translation.override(language)


def literal_match(regex: re.Pattern[str], patterns: Sequence[Pattern]) -> bool | None:
    """Return whether a regular expression matches the paths of a route; None if it needs samples to know.

    Args:
        regex: The regular expression.
        patterns: The patterns of the route, the outermost include first.
    """
    covered = _BEGINNING.fullmatch(regex.pattern)
    if covered is None or regex.flags & re.IGNORECASE:
        return None
    for beginning in literal_beginnings(patterns):
        if beginning.startswith(covered[1]):
            return True
        if not covered[1].startswith(beginning):
            return False
    return None
