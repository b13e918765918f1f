"""How browser engines differ from the Fetch Standard in CORS.

Each difference was measured on the engine itself (Chromium 156, Firefox ESR 153, WebKitGTK 2.50).
In everything else, all engines follow the standard.
"""

from dataclasses import dataclass

from drf_cors.core.fetch import WILDCARD_EXCLUDED_HEADERS


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The behaviour of one browser engine. The defaults are the Fetch Standard.

    Attributes:
        name: A readable name.
        latest_preflight_replaces: Before a new preflight is sent, the cached entries for its URL
            are dropped, even if the new preflight fails.
        refused_preflight_is_kept: The lists of a preflight response are cached before the method
            and the headers are checked against them.
        wildcard_is_cached: A `*` in a preflight response applies to later requests too.
        credentialed_entry_serves_anonymous: Entries cached with credentials apply to requests
            without credentials.
        failure_clears_cache: If a request that needs a preflight fails, the entries for its URL are
            dropped.
        wildcard_covers_authorization: `Access-Control-Allow-Headers: *` allows `Authorization`.
        negative_max_age_is_invalid: `Access-Control-Max-Age: -1` is not valid, and so means 5
            seconds. If False, it means 0.
        beacons_are_limited: A beacon with more than 65536 bytes is not queued.
        reports_are_old: Reports of the Reporting API are sent as `application/csp-report`, without
            a preflight and with `Origin: null`.
        max_age_cap: The longest time, in seconds, that a preflight is cached; None for no limit.
    """

    name: str
    latest_preflight_replaces: bool = False
    refused_preflight_is_kept: bool = False
    wildcard_is_cached: bool = True
    credentialed_entry_serves_anonymous: bool = True
    failure_clears_cache: bool = True
    wildcard_covers_authorization: bool = False
    negative_max_age_is_invalid: bool = True
    beacons_are_limited: bool = True
    reports_are_old: bool = False
    max_age_cap: int | None = None

    def wildcard_covers(self, name: str) -> bool:
        """Return whether `*` in `Access-Control-Allow-Headers` allows a header.

        Args:
            name: The name of the header, in lower case.
        """
        return self.wildcard_covers_authorization or name not in WILDCARD_EXCLUDED_HEADERS


#: The Fetch Standard to the letter.
FETCH = Profile(name="Fetch")

#: Chrome, Edge, Opera and other browsers built on Chromium.
CHROMIUM = Profile(
    name="Chromium",
    latest_preflight_replaces=True,
    failure_clears_cache=False,
    wildcard_covers_authorization=True,
    negative_max_age_is_invalid=False,
    max_age_cap=7200,
)

#: Firefox.
FIREFOX = Profile(
    name="Firefox",
    wildcard_is_cached=False,
    credentialed_entry_serves_anonymous=False,
    wildcard_covers_authorization=True,
    negative_max_age_is_invalid=False,
    beacons_are_limited=False,
    max_age_cap=86_400,
)

#: Safari, and every browser on iOS.
WEBKIT = Profile(
    name="WebKit",
    latest_preflight_replaces=True,
    refused_preflight_is_kept=True,
    failure_clears_cache=False,
    wildcard_covers_authorization=True,
    negative_max_age_is_invalid=False,
    reports_are_old=True,
    max_age_cap=600,
)
