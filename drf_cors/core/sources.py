"""Where a part of a policy was declared, and what has to be edited to change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from drf_cors.core.fields import POLICY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from drf_cors.core.policy import CorsPolicy

SourceKind = Literal[
    "default",
    "setting",
    "attribute",
    "action-map",
    "decorator",
    "action-keyword",
    "as_view-keyword",
    "wrapper",
]

_SHOWN: Final[Mapping[str, str]] = {
    "default": "{}",
    "setting": "settings.{}",
    "attribute": "{}.cors_policy",
    "action-map": "{}",
    "decorator": "@cors on {}",
    "action-keyword": "@action(cors_policy=...) on {}",
    "as_view-keyword": "{}.as_view(cors_policy=...)",
    "wrapper": "cors(...) around {}",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a part of an effective policy was declared.

    Attributes:
        kind: The way it was declared.
        name: The dotted name of what carries the declaration.
        declared: The valid policy that is declared there, or its name in `CORS_POLICIES`; None if
            that is not noted. Sources are compared without it.
    """

    kind: SourceKind
    name: str
    declared: CorsPolicy | str | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return _SHOWN[self.kind].format(self.name)

    @property
    def edited(self) -> str:
        """What has to be edited: the entry of `CORS_POLICIES` if it was declared by name."""
        if isinstance(self.declared, str):
            return f"CORS_POLICIES[{self.declared!r}]"
        return str(self)

    @property
    def cause(self) -> Hashable:
        """What declarations of one policy have in common: its name, or else its value."""
        return self if self.declared is None else self.declared

    @property
    def is_site_wide(self) -> bool:
        """Whether it is the library's defaults, or a setting that holds for the whole site.

        Entries of `CORS_POLICIES` and of `CORS_VIEW_POLICIES` are for single views.
        """
        if self.kind == "setting":
            return self.name in _SITE_WIDE_SETTINGS
        return self.kind == "default"


#: The settings that hold a field for the whole site, and the one that has the URLs for it.
_SITE_WIDE_SETTINGS: Final = frozenset(
    ["CORS_URLS_REGEX", *(name for field in POLICY_FIELDS for name in field.settings)]
)
