"""Findings of the checks, and the messages made from them: one for each cause, not for each view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.core import checks

from drf_cors.core.errors import shown

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from drf_cors.core.sources import Source

#: How many places a message names, besides the one that its text is about.
MAX_NAMED: Final = 3

#: First letter of a number -> its class of messages.
_KINDS: Final = {"E": checks.Error, "W": checks.Warning, "I": checks.Info}


class Finding(NamedTuple):
    """One thing that is wrong, at one place.

    Attributes:
        id: Of the check: `drf_cors.W012`.
        cause: What is wrong, and what has to be edited: a declaration, a setting, a class. Findings
            of one cause become one message.
        place: The view, or the value of a list, that it is about.
        text: What is wrong, with the place.
        hint: What to do.
        route: Of the view, if it is one.
        source: The declaration that it is about, if other declarations may have the same policy.
    """

    id: str
    cause: Hashable
    place: str
    text: str
    hint: str
    route: str | None = None
    source: Source | None = None


def to_messages(findings: Iterable[Finding]) -> list[checks.CheckMessage]:
    """Return one message for each cause: the text of the first finding, and the other places.

    Args:
        findings: What the rules found, in any order.
    """
    causes: dict[tuple[str, Hashable], list[Finding]] = {}
    for finding in findings:
        causes.setdefault((finding.id, finding.cause), []).append(finding)
    return [_message(found) for found in causes.values()]


def _message(found: list[Finding]) -> checks.CheckMessage:
    first = found[0]
    text = first.text
    others = [finding.place for finding in found if finding.place != first.place]
    if others:
        text += f" Likewise: {few(others)}."
    if first.source is not None:
        declared = map(str, filter(None, (finding.source for finding in found)))
        same = [place for place in declared if place != first.source.edited]
        if same:
            text += f" The same policy: {few(same)}."
    kind = _KINDS[first.id.removeprefix("drf_cors.")[0]]
    return kind(text, hint=first.hint, obj=first.route, id=first.id)


def few(names: Iterable[str]) -> str:
    """Return the first names, and how many more there are: `a, b, c and 40 more`."""
    distinct = list(dict.fromkeys(names))
    text = ", ".join(distinct[:MAX_NAMED])
    if len(distinct) > MAX_NAMED:
        text += f" and {len(distinct) - MAX_NAMED} more"
    return text


def unreadable(what: str, error: BaseException) -> Finding:
    """Return the finding that something could not be checked, and why."""
    why = f"{type(error).__name__}: {shown(str(error), limit=1000)}"
    return Finding(
        id="drf_cors.W014",
        cause=why,
        place=what,
        text=f"{what} could not be checked: {why}.",
        hint="Fix the error, and run the checks again.",
    )
