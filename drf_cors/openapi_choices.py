"""The keys of `CORS_OPENAPI`, and what each may be.

Beside `drf_cors.openapi`, not inside it: that package imports drf-spectacular, and settings are read without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from asgiref.sync import iscoroutinefunction

#: Key of `CORS_OPENAPI` -> what it may be; the first is the default.
CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "DETAIL": ("auto", "full", "summary", "off"),
    "SOURCES": ("auto", True, False),
    "RESPONSE_HEADERS": (False, True),
    "DESCRIPTION": (False, True),
    "REDOC_BADGES": (False, True),
}

#: Keys that may also be a callable(request) that returns one of their choices.
PER_REQUEST: Final = frozenset({"DETAIL", "SOURCES"})


def is_choice(value: object, choices: Iterable[object]) -> bool:
    """Whether a value is one of the choices. By type too: `1` is not `True`."""
    return any(type(value) is type(choice) and value == choice for choice in choices)


def is_sync_callable(value: object) -> bool:
    """Whether a value is a callable that is not async."""
    return callable(value) and not iscoroutinefunction(value)  # schemas are made in sync code
