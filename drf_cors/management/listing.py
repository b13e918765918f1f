"""The list of `manage.py cors list`: a row for each endpoint and method, which to show, and the forms of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tabulate import tabulate

from drf_cors.caching import Obstacle, obstacle
from drf_cors.core.verdict import Reason
from drf_cors.endpoints import ANY_METHOD, Coverage, endpoint_methods
from drf_cors.explain import LIST, brief, brief_for, brief_uncached
from drf_cors.foresight import Plan, at_endpoint
from drf_cors.policy_json import policy_sources, policy_to_json

if TYPE_CHECKING:
    from drf_cors.endpoints import Endpoint, Outlook

#: What `--only` may ask for.
KINDS: Final = ("declared", "global", "off", "dynamic")

#: Characters of the first column and of the gaps; the second and the third share the rest.
FIXED_WIDTH: Final = 10

COLUMNS: Final = ("method", "path", "view", "allowed", "credentials", "source", "uncached", "urlconf")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One method of one endpoint.

    Attributes:
        endpoint: The endpoint.
        method: Upper-case, or `*` where the methods of the view cannot be told.
        origin: The origin that is asked about, None for none.
        has_several: Whether there are rows of several URLconfs.
    """

    endpoint: Endpoint
    method: str
    origin: str | None = None
    has_several: bool = False

    @cached_property
    def outlook(self) -> Outlook:
        """What holds for the method."""
        return self.endpoint.outlook(self.method)

    @property
    def path(self) -> str:
        """The route, with its URLconf where that must be told apart from `ROOT_URLCONF`."""
        return self.endpoint.label if self.has_several else self.endpoint.route

    @property
    def view(self) -> str:
        """The view, with its action where it has one."""
        layers = self.endpoint.layers
        action = layers.actions.get(self.method)
        return f"{layers.name}.{action}" if action else layers.name

    @property
    def allowed(self) -> str:
        """Who may call, or what the origin may do, in few words."""
        if self.origin is None or self.reason is None or not self.outlook.is_governed:
            return brief(self.outlook, self.method)
        return brief_for(self.outlook, self.origin, self.reason)

    @cached_property
    def reason(self) -> Reason | None:
        """The verdict on the origin that is asked about; None where none is, or where nothing is reached."""
        if self.origin is None or self.outlook.is_shadowed:
            return None
        method = "" if self.method == ANY_METHOD else self.method
        return at_endpoint(self.endpoint, Plan(origin=self.origin, method=method)).reason

    @property
    def source(self) -> str:
        """Where it says who may call; "" where no policy does."""
        if not self.outlook.is_governed or self.outlook.is_shadowed:
            return ""
        return policy_sources(self.outlook)["allowOrigins"]

    @cached_property
    def uncached(self) -> Obstacle | None:
        """Why browsers do not cache the preflight, None where they do."""
        if not self.outlook.is_enabled or self.method == ANY_METHOD:
            return None
        is_covered = self.endpoint.coverage is not Coverage.NONE
        return obstacle(self.endpoint.policies(is_covered=is_covered).policies, self.method)

    def is_kind(self, kind: str) -> bool:
        """Whether it is one of `KINDS`."""
        layers = self.endpoint.layers
        declares = bool(layers.general or self.method in layers.by_method)
        answers = {
            "declared": declares,
            "global": not declares and self.outlook.is_governed,
            "off": not self.outlook.is_enabled,
            "dynamic": self.outlook.is_dynamic,
        }
        return answers[kind]

    def uses(self, policy_name: str) -> bool:
        """Whether a declaration for the method names this policy of `CORS_POLICIES`."""
        layers = self.endpoint.layers
        own = layers.by_method.get(self.method)
        return policy_name in {layer.policy_name for layer in (*layers.general, *((own,) if own else ()))}


def rows(found: Iterable[Endpoint], origin: str | None = None, *, has_several: bool = False) -> Iterator[Row]:
    """Yield the rows of endpoints, in their order. Of several names on one route, the one that Django finds.

    Args:
        found: The endpoints.
        origin: The origin that is asked about, None for none.
        has_several: Whether the endpoints are of several URLconfs.
    """
    for endpoint, method in endpoint_methods(found):
        yield Row(endpoint=endpoint, method=method, origin=origin, has_several=has_several)


def is_wanted(row: Row, *, path: str = "", view: str = "", policy: str = "", only: str = "") -> bool:
    """Whether a row passes all filters; an empty one lets everything pass.

    Args:
        row: The row.
        path: Part of the route; or with `*` and `?`, a pattern for the whole of it.
        view: The same for the view with its action.
        policy: The name of a policy in `CORS_POLICIES`.
        only: One of `KINDS`.
    """
    return (
        _matches(row.endpoint.route, path)
        and _matches(row.view, view)
        and (not policy or row.uses(policy))
        and (not only or row.is_kind(only))
    )


def _matches(text: str, wanted: str) -> bool:
    return fnmatchcase(text, wanted) if re.search(r"[*?]", wanted) else wanted in text


# Forms


def as_json(found: Iterable[Row]) -> str:
    """Return rows for programs."""
    return json.dumps([_object(row) for row in found], indent=2)


def _object(row: Row) -> dict[str, Any]:
    described = {
        "path": row.endpoint.route,
        "method": row.method,
        "view": row.endpoint.layers.name,
        "action": row.endpoint.layers.actions.get(row.method),
        "policy": policy_to_json(row.outlook),
        "sources": policy_sources(row.outlook),
        "uncached": row.uncached._asdict() if row.uncached else None,
        "urlconf": row.endpoint.urlconf,
    }
    if row.origin is not None:
        described["verdict"] = str(row.reason) if row.reason else None
    return described


def as_csv(found: Iterable[Row]) -> str:
    """Return rows for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_values, found))
    return out.getvalue().removesuffix("\n")


def as_markdown(found: Iterable[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *([_code(value) for value in _values(row)] for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(value: str) -> str:
    return "`" + value.replace("|", r"\|") + "`" if value else ""


def _values(row: Row) -> list[str]:
    """Return the cells of `COLUMNS`."""
    credentials = row.outlook.policy.allow_credentials if row.outlook.is_enabled else False
    return [
        row.method,
        row.endpoint.route,
        row.view,
        row.allowed,
        " ".join(credentials) if isinstance(credentials, tuple) else ("yes" if credentials else "no"),
        row.source,
        f"{row.uncached.method}: {row.uncached.field}" if row.uncached else "",
        row.endpoint.urlconf,
    ]


def as_table(found: Iterable[Row], width: int, paint: Callable[[str, str], str]) -> str:
    """Return rows as a table for a terminal.

    The same view under `.json` and the like would double it, and is left out.

    Args:
        found: The rows.
        width: Characters of a line.
        paint: Colours a line of text: `paint("off", text)`; also `open`, `listed`, `dim`, `mark`.
    """
    shown = [(row, _who(row)) for row in found if not row.endpoint.route.endswith(".<format>")]
    room = width - FIXED_WIDTH
    headers = [str(LIST[name]) for name in ("http", "path-and-view", "who")]
    padded = [f"{header}  " for header in headers]  # a column of tabulate's is never narrower
    # Half and half, but neither column keeps what the other has need of.
    path_need = max(map(len, (padded[1], *(text for row, _ in shown for text in (row.path, row.view)))))
    who_need = max(map(len, (padded[2], *(text for _, who in shown for _, text in who))))
    path_width = min(path_need, max(room // 2 - 1, room - who_need))
    cells = [
        (
            row.method,
            _cell(path_width, [("", row.path), ("dim", row.view)], paint),
            _cell(room - path_width, who, paint),
        )
        for row, who in shown
    ]
    table: str = tabulate(cells, headers=headers, disable_numparse=True)
    return table


def _who(row: Row) -> list[tuple[str, str]]:
    """Return the lines of the last cell, each with its kind."""
    outlook = row.outlook
    kind = "listed"
    if not outlook.is_enabled or row.reason not in (None, Reason.ALLOWED, Reason.DEPENDS):
        kind = "off"
    elif outlook.policy.allow_all_origins:
        kind = "open"
    lines = [(kind, row.allowed), ("dim", row.source)]
    return lines if row.uncached is None else [*lines, ("mark", brief_uncached(row.uncached))]


def _cell(width: int, parts: Sequence[tuple[str, str]], paint: Callable[[str, str], str]) -> str:
    return "\n".join(paint(kind, line) for kind, text in parts for line in wrapped(text, width))


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines: at white space if need be, else behind a sign, else anywhere."""
    lines: list[str] = []
    line = ""
    for word in re.findall(r"\S+\s*", text):
        pieces = [word] if len(word.rstrip()) <= width - 2 else re.findall(rf"[^/._,-]{{0,{width - 3}}}[/._,-]?", word)
        for piece in filter(None, pieces):
            if line and len(line) + len(piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = "  "
            line += piece
    return [*lines, line.rstrip()] if line else lines
