"""`CORS_*` settings with misspelt names, which nothing reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from django.conf import settings

from drf_cors.core.policy import CorsPolicy

#: Similarity cutoff for "did you mean", with the CORS_ prefix removed. Other apps have `CORS_*`
#: settings too.
CLOSE: Final = 0.8

#: Names of other libraries, without `CORS_` -> our name of the setting. A project may use such a
#: name for its own list.
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


def misspelt_settings(known_settings: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each `CORS_*` setting that nothing reads, with the setting that was probably meant.

    Args:
        known_settings: The settings that are read.
    """
    for name in sorted(dir(settings)):
        if name.startswith("CORS_") and name.isupper() and name not in known_settings:
            meant = _meant(name.removeprefix("CORS_"), known_settings)
            if meant is not None:
                yield name, meant


def declares_policies(name: str) -> bool:
    """Return whether the value of a setting is a mapping with a policy, or with the fields of one.

    Args:
        name: The setting.
    """
    value = getattr(settings, name)
    return isinstance(value, Mapping) and any(isinstance(item, (CorsPolicy, dict)) for item in value.values())


def _meant(name: str, known_settings: Collection[str]) -> str | None:
    """Return the setting that was probably meant by a name without `CORS_`, None for none."""
    known = {setting.removeprefix("CORS_"): setting for setting in known_settings}
    for close in get_close_matches(name, known, n=1, cutoff=CLOSE):
        # The project may use CORS_ALLOW_HEADERS_EXTRA for a part of its CORS_ALLOW_HEADERS.
        is_part = name.startswith(f"{close}_") and hasattr(settings, known[close])
        if not is_part:
            return known[close]
    foreign = FOREIGN_NAMES.get(name)
    if foreign is not None and not hasattr(settings, foreign):
        return foreign
    return None
