"""A URL resolver that tries only the patterns whose literal prefix a path begins with.

Django tries one pattern after the other. To resolve a path for every route of a site takes
quadratic time: half a minute for 5,000 routes. Most routes begin with literal text. A path that
does not begin with this text cannot match.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.urls import ResolverMatch, URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, RoutePattern

from drf_cors import sample_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Literal text at the start of a regular expression, as `^orders/` and `^orders\.` of the routers.
#: A character before a quantifier is not literal.
_LITERAL: Final = re.compile(r"\^((?:[\w/-]|\\[./-])*)(?![?*+{])", re.ASCII)

#: Flags and comments. Flags change what literal text matches. A comment may contain a bracket.
_UNUSUAL: Final = re.compile(r"\(\?(?![P:=!<])")


class PrefixResolver(URLResolver):
    """Resolves paths to the same matches as the resolver that it is made from."""

    def __init__(self, pattern: Any, patterns: Iterable[Any], **rest: Any) -> None:
        super().__init__(pattern, tuple(_prefix_resolver(child) for child in patterns), **rest)
        self._rest = rest
        self._by_prefix: dict[str, list[int]] = {}
        for number, child in enumerate(self.url_patterns):
            self._by_prefix.setdefault(_literal_prefix(child), []).append(number)
        self._lengths = sorted(set(map(len, self._by_prefix)))
        #: Prefixes -> a resolver of the patterns with these prefixes alone.
        self._narrowed: dict[tuple[str, ...], URLResolver] = {}

    def resolve(self, path: str) -> ResolverMatch:
        """Resolve a path as Django does.

        Raises:
            Resolver404: As Django does.
        """
        match = self.pattern.match(str(path))
        below = match[0] if match else ""
        beginnings = [below[:length] for length in self._lengths]
        prefixes = tuple([text for text in beginnings if text in self._by_prefix])
        narrowed = self._narrowed.get(prefixes)
        if narrowed is None:
            narrowed = self._narrowed[prefixes] = self._with_prefixes(prefixes)
        return narrowed.resolve(path)

    def _with_prefixes(self, prefixes: Iterable[str]) -> URLResolver:
        numbers: set[int] = set()
        for prefix in prefixes:
            numbers.update(self._by_prefix[prefix])
        patterns = tuple(self.url_patterns[number] for number in sorted(numbers))
        return URLResolver(self.pattern, patterns, **self._rest)


def _prefix_resolver(pattern: Any) -> Any:
    """Return a prefix resolver for an include; another object of the project is left as it is."""
    if type(pattern) is not URLResolver:
        return pattern
    return PrefixResolver(
        pattern.pattern,
        pattern.url_patterns,
        default_kwargs=pattern.default_kwargs,
        app_name=pattern.app_name,
        namespace=pattern.namespace,
    )


def _literal_prefix(pattern: Any) -> str:
    """Return text that every path begins with that a pattern matches; "" if it is not known."""
    kind = type(pattern.pattern) if isinstance(pattern, (URLPattern, URLResolver)) else None
    if kind is RoutePattern:
        route = getattr(pattern.pattern, "_route", None)
        if isinstance(route, str):  # a translated route depends on the language
            return route.partition("<")[0]
    if kind is RegexPattern:
        regex = getattr(pattern.pattern, "_regex", None)
        if isinstance(regex, str):
            return _literal_start(regex)
    return ""


def literal_beginnings(patterns: Iterable[Any]) -> Iterator[str]:
    """Yield texts that every path of a route begins with, each longer than the one before.

    Args:
        patterns: The patterns of the route, the outermost include first.
    """
    text = "/"
    for pattern in patterns:
        text += _literal_prefix(pattern)
        yield text
        if not is_literal(pattern.pattern):
            return


def is_literal(pattern: object) -> bool:
    """Return whether a pattern is text without parameters, the same in all languages.

    Args:
        pattern: The `pattern` of a `URLPattern` or `URLResolver`.
    """
    if type(pattern) is not RoutePattern or pattern.converters:
        return False
    return isinstance(getattr(pattern, "_route", None), str)


def _literal_start(regex: str) -> str:
    """Return the literal text at the start of a regular expression; "" if it is not certain."""
    start = _LITERAL.match(regex)
    if start is None or _UNUSUAL.search(regex) or len(sample_paths.alternatives(regex)) > 1:
        return ""
    return start[1].replace("\\", "")
