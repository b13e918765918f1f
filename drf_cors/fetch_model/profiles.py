"""How browser engines differ from the Fetch Standard in CORS.

Each difference was measured on the engine itself (Chromium 156, Firefox ESR 153, WebKitGTK 2.50).
In everything else, all engines follow the standard.
"""

from dataclasses import dataclass

from drf_cors.core.fetch import DEFAULT_MAX_AGE, WILDCARD_EXCLUDED_HEADERS


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
        cached_head_must_be_listed: A cached preflight applies to a `HEAD` only if its methods had
            `HEAD`.
        credentialed_entry_serves_anonymous: Entries cached with credentials apply to requests
            without credentials.
        failure_clears_cache: If a request that needs a preflight fails, the entries for its URL are
            dropped.
        simple_failure_clears_cache: So does a failed request that needs none.
        wildcard_covers_authorization: `Access-Control-Allow-Headers: *` allows `Authorization`.
        cached_wildcard_covers_authorization: So does a cached one.
        max_age_is_signed: `Access-Control-Max-Age` is a 64-bit number with an optional sign; a
            negative one means 0. If False, it has digits only.
        invalid_max_age: The seconds for which a preflight is cached if its `Access-Control-Max-Age`
            is not valid.
        beacons_are_limited: A beacon with more than 65536 bytes is not queued.
        reports_are_old: Reports of the Reporting API are sent as `application/csp-report`, without
            a preflight and with `Origin: null`.
        max_age_cap: The longest time, in seconds, that a preflight is cached; None for no limit.
        cache_belongs_to_page: Cached entries belong to the page's origin, even if the `Origin`
            header of the preflight was `null` because of redirects.
        null_from_redirects_is_cached: A preflight whose `Origin` is `null` because of redirects is
            cached for later fetches.
        opaque_page_is_cached: Preflights of a page whose own origin is `null` are cached.
        preflight_has_page_origin: The `Origin` of a preflight is the page's origin, even if that of
            the actual request is `null` because of redirects.
        preflight_outlives_redirects: If a request needed a preflight, or its script set a header
            that needs one, the requests after redirects need one too, whatever redirects removed.
        preflight_is_remembered: A request that needs a preflight for that reason alone needs none
            if one was ever cached for its URL, even if that has expired.
        redirects_restore_headers: After each redirect, headers that earlier redirects removed are
            sent again. `Authorization` is not.
        first_method_decides: If the headers are restored, it depends on the method of the first
            request whether those that describe the body are removed.
        removed_headers_are_asked_for: A preflight after a redirect asks for all headers of the
            script, even for those that redirects removed.
        delete_becomes_get: A `DELETE` that is redirected to another origin becomes a `GET`,
            whatever the status.
    """

    name: str
    latest_preflight_replaces: bool = False
    refused_preflight_is_kept: bool = False
    wildcard_is_cached: bool = True
    cached_head_must_be_listed: bool = False
    credentialed_entry_serves_anonymous: bool = True
    failure_clears_cache: bool = True
    simple_failure_clears_cache: bool = False
    wildcard_covers_authorization: bool = False
    cached_wildcard_covers_authorization: bool = False
    max_age_is_signed: bool = False
    invalid_max_age: int = DEFAULT_MAX_AGE
    beacons_are_limited: bool = True
    reports_are_old: bool = False
    max_age_cap: int | None = None
    cache_belongs_to_page: bool = False
    null_from_redirects_is_cached: bool = True
    opaque_page_is_cached: bool = True
    preflight_has_page_origin: bool = False
    preflight_outlives_redirects: bool = False
    preflight_is_remembered: bool = False
    redirects_restore_headers: bool = False
    first_method_decides: bool = False
    removed_headers_are_asked_for: bool = False
    delete_becomes_get: bool = False

    def wildcard_covers(self, name: str) -> bool:
        """Return whether `*` in `Access-Control-Allow-Headers` allows a header.

        Args:
            name: The name of the header, in lower case.
        """
        return self.wildcard_covers_authorization or name not in WILDCARD_EXCLUDED_HEADERS

    def cached_wildcard_covers(self, name: str) -> bool:
        """Return whether a cached `*` allows a header.

        Args:
            name: The name of the header, in lower case.
        """
        return self.cached_wildcard_covers_authorization or name not in WILDCARD_EXCLUDED_HEADERS


#: The Fetch Standard to the letter.
FETCH = Profile(name="Fetch")

#: Chrome, Edge, Opera and other browsers built on Chromium.
CHROMIUM = Profile(
    name="Chromium",
    latest_preflight_replaces=True,
    failure_clears_cache=False,
    wildcard_covers_authorization=True,
    max_age_is_signed=True,
    max_age_cap=7200,
    cache_belongs_to_page=True,
    opaque_page_is_cached=False,
)

#: Firefox.
FIREFOX = Profile(
    name="Firefox",
    wildcard_is_cached=False,
    cached_head_must_be_listed=True,
    simple_failure_clears_cache=True,
    credentialed_entry_serves_anonymous=False,
    wildcard_covers_authorization=True,
    invalid_max_age=0,
    beacons_are_limited=False,
    max_age_cap=86_400,
    cache_belongs_to_page=True,
    preflight_has_page_origin=True,
    preflight_outlives_redirects=True,
    redirects_restore_headers=True,
    preflight_is_remembered=True,
    first_method_decides=True,
)

#: Safari, and every browser on iOS.
WEBKIT = Profile(
    name="WebKit",
    latest_preflight_replaces=True,
    refused_preflight_is_kept=True,
    failure_clears_cache=False,
    wildcard_covers_authorization=True,
    cached_wildcard_covers_authorization=True,
    max_age_is_signed=True,
    reports_are_old=True,
    max_age_cap=600,
    null_from_redirects_is_cached=False,
    preflight_outlives_redirects=True,
    redirects_restore_headers=True,
    removed_headers_are_asked_for=True,
    delete_becomes_get=True,
)
