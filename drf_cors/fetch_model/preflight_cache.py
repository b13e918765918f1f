"""The CORS-preflight cache, with a clock that tests set.

https://fetch.spec.whatwg.org/#cors-preflight-cache
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from drf_cors.core.fetch import byte_lowercase
from drf_cors.fetch_model.profiles import Profile


class Clock:
    """The time of the model browser. It changes only by `advance()`."""

    def __init__(self) -> None:
        self.now = 0.0

    def advance(self, *, seconds: float) -> None:
        """Let `seconds` pass.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"seconds={seconds!r} is negative. Time cannot go back.")
        self.now += seconds


class CacheKey(NamedTuple):
    """What a cache entry belongs to, besides credentials.

    Attributes:
        partition: The network partition key: the page, even if the `Origin` header is another after
            redirects.
        origin: The value of the `Origin` header; in some engines the page's origin.
        url: The URL of the request, with its query.
    """

    partition: str
    origin: str
    url: str


@dataclass(kw_only=True)
class CacheEntry:
    """One method, or one header name, that a preflight response allowed.

    At most one of `method` and `header` is set. Either may be `*`. An entry with neither says that
    there was a preflight; only some engines keep it.
    """

    key: CacheKey
    credentials: bool
    expires: float
    method: str | None = None
    header: str | None = None


class PreflightCache:
    """The methods and headers that preflight responses allowed, until they expire.

    Args:
        profile: The engine whose cache this is.
        clock: The clock that lets entries expire.
    """

    def __init__(self, profile: Profile, clock: Clock) -> None:
        self._profile = profile
        self._clock = clock
        self._entries: list[CacheEntry] = []

    @property
    def entries(self) -> list[CacheEntry]:
        """The entries that have not expired, oldest first."""
        self._entries = [entry for entry in self._entries if entry.expires > self._clock.now]
        return self._entries

    def has_preflight(self, key: CacheKey, *, credentials: bool) -> bool:
        """Return whether anything is cached that applies to a request."""
        return bool(self._matches(key, credentials=credentials))

    def has_method(self, key: CacheKey, method: str, *, credentials: bool) -> bool:
        """Return whether `method` may be sent without a preflight.

        https://fetch.spec.whatwg.org/#concept-cache-match-method
        """
        return bool(self._method_matches(key, method, credentials=credentials))

    def has_header(self, key: CacheKey, name: str, *, credentials: bool) -> bool:
        """Return whether the header `name` may be sent without a preflight.

        https://fetch.spec.whatwg.org/#concept-cache-match-header
        """
        return bool(self._header_matches(key, name, credentials=credentials))

    def store(
        self,
        key: CacheKey,
        *,
        credentials: bool,
        methods: Iterable[str],
        headers: Iterable[str],
        max_age: int,
    ) -> None:
        """Cache what a preflight response allowed, for `max_age` seconds.

        https://fetch.spec.whatwg.org/#cors-preflight-fetch, from the imposed limit on
        """
        if self._profile.max_age_cap is not None:
            max_age = min(max_age, self._profile.max_age_cap)
        # The age of an entry starts at the last response that allowed it, as in all engines. The
        # standard does not define whether a new max-age counts from the first one.
        expires = self._clock.now + max_age
        if self._profile.preflight_outlives_redirects:
            until = math.inf if max_age and self._profile.preflight_is_remembered else expires
            self._renew([], CacheEntry(key=key, credentials=credentials, expires=until))
        for method in filter(self._is_kept, methods):
            known = self._method_matches(key, method, credentials=credentials)
            new = CacheEntry(key=key, credentials=credentials, expires=expires, method=method)
            self._renew(known, new)
        for name in filter(self._is_kept, headers):
            known = self._header_matches(key, name, credentials=credentials)
            new = CacheEntry(key=key, credentials=credentials, expires=expires, header=name)
            self._renew(known, new)

    def _renew(self, known: list[CacheEntry], new: CacheEntry) -> None:
        """Let known entries live as long as a new one; add the new one if there is none."""
        for entry in known:
            entry.expires = new.expires
        if not known:
            self._entries.append(new)

    def clear(self, key: CacheKey) -> None:
        """Drop all entries for one origin and URL, with and without credentials.

        https://fetch.spec.whatwg.org/#concept-cache-clear
        """
        self._entries = [entry for entry in self._entries if entry.key != key]

    def _is_kept(self, item: str) -> bool:
        return item != "*" or self._profile.wildcard_is_cached

    def _matches(self, key: CacheKey, *, credentials: bool) -> list[CacheEntry]:
        """Return the entries that apply to a request.

        https://fetch.spec.whatwg.org/#concept-cache-match
        """
        found = [entry for entry in self.entries if entry.key == key]
        if credentials or not self._profile.credentialed_entry_serves_anonymous:
            return [entry for entry in found if entry.credentials is credentials]
        return found

    def _method_matches(self, key: CacheKey, method: str, *, credentials: bool) -> list[CacheEntry]:
        return [e for e in self._matches(key, credentials=credentials) if e.method in (method, "*")]

    def _header_matches(self, key: CacheKey, name: str, *, credentials: bool) -> list[CacheEntry]:
        names = {byte_lowercase(name)}
        if self._profile.cached_wildcard_covers(byte_lowercase(name)):
            names.add("*")
        found = self._matches(key, credentials=credentials)
        return [e for e in found if e.header is not None and byte_lowercase(e.header) in names]
