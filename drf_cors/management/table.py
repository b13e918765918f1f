"""The table of `manage.py cors list`, for people."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING, Final

from tabulate import tabulate

from drf_cors.endpoint_list import ANY_METHOD
from drf_cors.management.folding import group_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drf_cors.management.listing import Line, Row

HEADERS: Final = ("HTTP", "Path and view", "Who may call, and where it says so")

#: The headers if the last two columns do not fit beside each other.
NARROW_HEADERS: Final = ("HTTP", "Path and view, who may call, and where it says so")

#: Characters of the first column, and of the gaps between the columns.
METHODS_WIDTH: Final = len("PUT PATCH")
GAPS: Final = 4

#: Up to this many routes of one row are listed. For more, only their common beginning is shown.
MAX_ROUTES: Final = 5


def as_table(groups: Iterable[Sequence[Row]], width: int | None, paint: Callable[[str, str], str]) -> str:
    """Return groups of rows as a table, with one row for each group.

    Lines break only at white space, so names, paths and origins stay whole.

    Args:
        groups: The rows. All rows of a group have the same last cell.
        width: Characters of a line; None if no line may be broken.
        paint: Makes a line of text printable, and colours it: `paint("off", text)`; also `open`, `listed`,
            `dim`, `mark`, and `""` for no colour.
    """
    lines = [(paint("", _methods(group)), _routes(group), group[0].who) for group in groups]
    routes_width = who_width = width
    is_narrow = False
    if width is not None:
        room = width - METHODS_WIDTH - GAPS
        routes_width = _routes_width(lines, room)
        is_narrow = routes_width is None
        who_width = room - (routes_width or 0)
    cells = []
    for methods, routes, who in lines:
        first = methods if width is None else textwrap.fill(methods, METHODS_WIDTH, break_long_words=False)
        last = _cell(who, who_width, paint, indent="  " if is_narrow else "")
        if is_narrow:
            cells.append([first, f"{_cell(routes, who_width, paint)}\n{last}"])
        else:
            cells.append([first, _cell(routes, routes_width, paint), last])
    headers = NARROW_HEADERS if is_narrow else HEADERS
    return str(tabulate(cells, headers=headers, disable_numparse=True))


def _methods(group: Sequence[Row]) -> str:
    names = dict.fromkeys(row.method for row in group)
    return ANY_METHOD if ANY_METHOD in names else " ".join(names)


def _routes(group: Sequence[Row]) -> list[Line]:
    """Return the lines about the routes and views of a group."""
    routes = {row.endpoint: row.path for row in group}
    views = {row.endpoint.layers.name for row in group}
    paths = list(dict.fromkeys(routes.values()))
    if len(paths) > MAX_ROUTES:
        beginning = os.path.commonprefix(paths)  # noqa: RUF071 - characters are compared, up to the last slash
        paths = [f"{beginning[: beginning.rindex('/')]}/*"]
    if len(group) == 1:
        described = group[0].view
    elif len(routes) == 1:
        described = group[0].endpoint.layers.name
    elif len(views) == 1:
        described = f"{group[0].endpoint.layers.name}: {len(routes)} routes"
    else:
        described = f"{group_name(group[0])}: {len(routes)} routes of {len(views)} views"
    return [*(("", path) for path in paths), ("dim", described)]


def _routes_width(lines: Sequence[tuple[str, Sequence[Line], Sequence[Line]]], room: int) -> int | None:
    """Return the width of the second column, None if it has no place beside the third.

    Each of the two gets half of the room. If one needs less, the other gets the rest.
    """
    routes = [text for _, cell, _ in lines for _, text in cell]
    who = [text for _, _, cell in lines for _, text in cell]
    # `tabulate` gives a column at least the width of the header and a gap.
    least = max(len(HEADERS[1]) + 2, *map(_longest_word, routes))
    least_who = max(len(HEADERS[2]) + 2, *map(_longest_word, who))
    if least + least_who > room:
        return None
    wanted = max(room // 2 - 1, room - max(map(len, who)))
    wanted = min(wanted, max(map(len, routes)), room - least_who)
    return max(wanted, least)


def _longest_word(text: str) -> int:
    """Return the width of the narrowest column for a text. Further lines are indented."""
    first, *others = text.split() or [""]
    return max(len(first), *(len(word) + 2 for word in others), 0)


def _cell(parts: Sequence[Line], width: int | None, paint: Callable[[str, str], str], indent: str = "") -> str:
    lines = []
    for kind, text in parts:
        lines += [paint(kind, f"{indent}{line}") for line in _broken(text, width and width - len(indent))]
    return "\n".join(lines)


def _broken(text: str, width: int | None) -> list[str]:
    """Break a text into lines at white space. A longer word is a line of its own."""
    if width is None or len(text) <= width:
        return [text] if text else []
    return textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
