"""`CORS_*` settings whose names are misspelt, so that nothing reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from django.conf import settings

from drf_cors.conf import KNOWN_SETTINGS

#: How alike two names must be, without `CORS_`, for one to be a slip of the other. Other apps have `CORS_*` names too.
CLOSE: Final = 0.8

#: What other libraries, or people in a hurry, call a setting of ours, without `CORS_`. A project may well keep a list
#: of its own under such a name.
FOREIGN_NAMES: Final[Mapping[str, str]] = {
    "ALLOW_ALL": "CORS_ALLOW_ALL_ORIGINS",
    "CREDENTIALS": "CORS_ALLOW_CREDENTIALS",
    "HEADERS": "CORS_ALLOW_HEADERS",
    "MAX_AGE": "CORS_PREFLIGHT_MAX_AGE",
    "METHODS": "CORS_ALLOW_METHODS",
    "ORIGIN": "CORS_ALLOWED_ORIGINS",
    "ORIGINS": "CORS_ALLOWED_ORIGINS",
    "POLICY": "CORS_POLICIES",
    "SUPPORTS_CREDENTIALS": "CORS_ALLOW_CREDENTIALS",
    "WHITELIST": "CORS_ALLOWED_ORIGINS",
}


def misspelt_settings() -> Iterator[tuple[str, str]]:
    """Yield each `CORS_*` setting that nothing reads, with the one that was probably meant."""
    known = {name.removeprefix("CORS_"): name for name in KNOWN_SETTINGS}
    for name in sorted(name for name in dir(settings) if name.startswith("CORS_") and name.isupper()):
        own = name.removeprefix("CORS_")
        close = [] if own in known else get_close_matches(own, known, n=1, cutoff=CLOSE)
        # CORS_ALLOW_HEADERS_EXTRA, beside CORS_ALLOW_HEADERS: a part of it that the project keeps apart.
        if close and not (own.startswith(f"{close[0]}_") and hasattr(settings, known[close[0]])):
            yield name, known[close[0]]
        elif own in FOREIGN_NAMES and not hasattr(settings, FOREIGN_NAMES[own]):
            yield name, FOREIGN_NAMES[own]
