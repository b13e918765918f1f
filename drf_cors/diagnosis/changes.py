"""One edit that a diagnosis advises, and its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from drf_cors.endpoint_list import ANY_METHOD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Target(str, Enum):
    """What a change edits. The codes are stable."""

    HANDLER = "handler"
    OVERRIDE = "override"
    ACTION = "action-map"
    FUNCTION = "function"
    CLASS = "class"
    URL = "url"
    VIEW_POLICIES = "view-policies"
    DECLARATION = "declaration"
    SETTING = "setting"
    SCRIPT = "script"

    def __str__(self) -> str:
        return self.value


#: Target -> what to do. A declaration has a text of its own: `Change._declaration_text`.
_TEXTS: Final[Mapping[Target, str]] = {
    Target.HANDLER: "put {code} on {place}",
    Target.OVERRIDE: "write a method {place} that calls super(), and put {code} on it",
    Target.ACTION: "write {code} in {place}",
    Target.FUNCTION: "put {code} on {place}",
    Target.CLASS: "write {code} in {place}",
    Target.URL: "put {code}(...) around {place} in the URLconf",
    Target.VIEW_POLICIES: "write {code} in the settings",
    Target.SETTING: "write {code} in the settings",
    Target.SCRIPT: "write the method in upper case in the script: {code}",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One edit after which the request is allowed, and what else it changes.

    Attributes:
        target: What is edited.
        place: Its name: `Orders.get`, `Orders.cors_policy`, `settings.CORS_ALLOWED_ORIGINS`.
        code: What to write; "" for the edit of a declaration.
        needs: The import that the code needs, "" for none.
        sets: Field or setting -> its value.
        adds: Field or setting -> what is added to its list.
        others: What it changes beside the method of the request: `PUT /api/orders/`. `*` is
            any method.
        where: File and line, where they are known.
        is_closing: Whether it replaces a declaration that closes the view.
        is_credentialed: Whether the origin may then send credentials, though the question was
            without them.
        is_site_wide: Whether it changes the global settings.
        count: The number of endpoints that a change of the settings changes.
    """

    target: Target
    place: str
    code: str = ""
    needs: str = ""
    sets: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    where: str = ""
    is_closing: bool = False
    is_credentialed: bool = False
    is_site_wide: bool = False
    count: int = 0

    @property
    def text(self) -> str:
        """What to do, without the first capital and the last full stop."""
        if self.target is Target.DECLARATION:
            todo = self._declaration_text
        else:
            first_line = self.code.partition("\n")[0]
            todo = _TEXTS[self.target].format(code=first_line, place=self.place)
        notes = "; ".join(self._notes())
        return f"{todo} ({notes})" if notes else todo

    @property
    def _declaration_text(self) -> str:
        """What to do to an existing declaration."""
        if self.is_closing:
            code = f"CorsPolicy({as_arguments(self.sets)})"
            return f"in {self.place}, write {code} instead of the policy that closes the view"
        parts = []
        for name, items in self.adds.items():
            parts.append(f"add {', '.join(map(repr, items))} to {name}")
        if self.sets:
            parts.append(f"write {as_arguments(self.sets)}")
        return f"{' and '.join(parts)} in {self.place}"

    def _notes(self) -> Iterator[str]:
        """Yield what else the edit changes."""
        if self.is_site_wide:
            endpoints = "endpoint" if self.count == 1 else "endpoints"
            yield f"this changes every endpoint under the global settings: {self.count} {endpoints}"
        elif self.others:
            yield f"this changes {', '.join(map(_readable, self.others))} too"
        if self.needs:
            yield f"it needs {self.needs}"
        if self.is_credentialed:
            yield "the origin may then send credentials, where allow_credentials is True"


def as_arguments(fields: Mapping[str, Any]) -> str:
    """Return fields as arguments: `allowed_origins=[INHERITED, 'https://a.example']`."""
    return ", ".join(f"{name}={_literal(value)}" for name, value in fields.items())


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(repr, value))}]"
    return repr(value)


def _readable(other: str) -> str:
    method, _, route = other.partition(" ")
    if method == ANY_METHOD:
        return f"every method of {route}"
    return other
