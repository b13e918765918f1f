"""How browser engines differ from the Fetch Standard in CORS.

Each difference was measured on the engine itself (Chromium 156, Firefox ESR 153, WebKitGTK 2.50); what no
profile names, all engines do as the standard says.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One way of being a browser. The defaults are the Fetch Standard.

    Attributes:
        name: For people.
        latest_preflight_replaces: What earlier preflight answers for the URL left cached is dropped when a
            request that it does not cover has to ask, whatever comes of asking.
        refused_preflight_is_kept: The lists of a preflight answer are cached before the method and the headers
            are looked for in them.
        wildcard_is_cached: A `*` in a preflight answer serves later requests too.
        credentialed_entry_serves_anonymous: What was cached with credentials serves requests without.
        failure_clears_cache: When a request that needs permission fails, its URL's entries are dropped.
        wildcard_covers_authorization: `Access-Control-Allow-Headers: *` admits `Authorization`.
        negative_max_age_is_invalid: `Access-Control-Max-Age: -1` is no number and so means 5 seconds; where
            False, it means 0.
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
    max_age_cap: int | None = None


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
    max_age_cap=600,
)
