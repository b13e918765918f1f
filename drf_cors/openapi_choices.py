"""The keys of `CORS_OPENAPI`, and their values.

This module is not in `drf_cors.openapi`: that package imports drf-spectacular, and the settings are
read without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asgiref.sync import iscoroutinefunction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drf_cors.core.errors import Problems

#: Key of `CORS_OPENAPI` -> its possible values. The first is the default.
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
    """Whether a value is one of the choices, with the same type: `1` is not `True`."""
    return any(type(value) is type(choice) and value == choice for choice in choices)


def check_option(name: str, key: str, value: object, problems: Problems) -> None:
    """Add a fault for an entry of `CORS_OPENAPI` that is not valid.

    Args:
        name: The name of the setting.
        key: The key of the entry.
        value: Its value.
        problems: The list that gets the fault.
    """
    choices = CHOICES.get(key)
    if choices is None:
        known = ", ".join(map(repr, CHOICES))
        problems.add(name, key, "unknown-key", f"the keys are {known}")
        return
    is_per_request = key in PER_REQUEST
    if is_choice(value, choices) or (is_per_request and _is_sync_callable(value)):
        return
    remedy = f"write one of {', '.join(map(repr, choices))}"
    if is_per_request:
        remedy += ", or a callable(request), not async, that returns one"
    problems.add(f"{name}[{key!r}]", value, "unknown-choice", remedy)


def _is_sync_callable(value: object) -> bool:
    return callable(value) and not iscoroutinefunction(value)  # schemas are generated in sync code
