"""Causes in what is declared: names that nothing reads, faults, and a view that a wrapper hides."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from drf_cors.conf import KNOWN_SETTINGS, SETTINGS
from drf_cors.core.errors import shown
from drf_cors.core.fields import ORIGIN_FIELDS
from drf_cors.core.origins import OPAQUE_ORIGINS, OriginMatcher, parse_origin, parse_valid
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.proposals import allow_credentials
from drf_cors.misplaced import right_name
from drf_cors.misspelt_settings import misspelt_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from drf_cors.core.errors import Fault
    from drf_cors.core.sources import Source
    from drf_cors.diagnosis.case import Case
    from drf_cors.diagnosis.changes import Change
    from drf_cors.view_layers import Lost


class DeclarationCause(Cause):
    """Causes in declarations and settings."""

    SETTING_MISSPELT = (
        "setting-misspelt",
        "The settings have {name}, which nothing reads; there is a setting {right}.",
        "Rename it to {right} ({reach}).",
    )
    DECLARATION_MISSPELT = (
        "declaration-misspelt",
        "{place} holds a policy, but nothing reads an attribute of that name.",
        "Rename it to {right} (then it applies to every view of that class).",
    )
    COMMA_MISSING = (
        "comma-missing",
        "{field} has {joined}: Python joins two strings that have no comma between them.",
        "Write {first}, {second}: with a comma.",
    )
    VIEW_HIDDEN = (
        "view-hidden",
        "{wrapper} hides {view}: the declarations of {view} are not read, so its policy is not in force.",
        (
            "Put @functools.wraps(view) on the wrapper; then the declarations of {view} apply at "
            "this URL, to all methods. Or write the policy where it is read: cors(...)(...) around "
            "the wrapper in the URLconf."
        ),
    )
    NOBODY_ALLOWED = (
        "declaration-faulty",
        "Nobody is allowed, because of {places}. {why}.",
        "{edit}.",
    )
    CREDENTIALS_OFF = (
        "declaration-faulty",
        "Credentials are off, because of {places}. {why}.",
        "{edit}.",
    )
    URLCONF_UNREADABLE = (
        "declaration-faulty",
        "The URLconf cannot be read, because of {places}. {why}.",
        "{edit}.",
    )


#: The remedy for an origin without its scheme, with host and port.
_ORIGIN_IN_REMEDY: Final = re.compile("write 'https?://(.+)'")

#: Setting -> what changes where it is set.
_REACHES: Final = {
    "CORS_VIEW_POLICIES": "this changes every view that the setting names",
    "CORS_POLICIES": "this changes every view that names one of these policies",
    "CORS_URLS_REGEX": "this changes every endpoint that it then matches",
}
_REACHES_ALL: Final = "this changes every endpoint under the global settings"


def about_hidden_view(lost: Lost) -> Finding:
    """Return that a wrapper hides a view.

    The policy that the view declares is not found, so the view is closed.
    """
    return Finding.of(DeclarationCause.VIEW_HIDDEN, wrapper=lost.fault.field, view=lost.fault.value)


def about_names(case: Case) -> Iterator[Finding]:
    """Yield the settings and attributes that nothing reads, and that may be for this view."""
    names = ["CORS_VIEW_POLICIES"]
    if case.policy.who_source.is_site_wide:
        for field in ORIGIN_FIELDS:
            names += SETTINGS.get(field, ())
    yield from about_misspelt(case, names)
    lost = case.explanation.view.layers.lost
    for fault in [one.fault for one in lost if one.fault.reason == "lost-misspelt"]:
        yield case.finding(
            DeclarationCause.DECLARATION_MISSPELT,
            culprit=fault.field,
            place=fault.field,
            right=right_name(fault.value),
        )


def about_misspelt(case: Case, names: Collection[str]) -> Iterator[Finding]:
    """Yield the settings that nothing reads, and that were meant for one of these names."""
    for name, right in misspelt_settings(KNOWN_SETTINGS):
        if right in names:
            yield case.finding(
                DeclarationCause.SETTING_MISSPELT,
                culprit=name,
                name=name,
                right=right,
                reach=_REACHES.get(right, _REACHES_ALL),
            )


def about_comma(case: Case, source: Source, field: str, halves: tuple[str, str]) -> Finding:
    """Return that an item of a list consists of two.

    Args:
        case: What is known.
        source: Where the list is written.
        field: The list.
        halves: The two items.
    """
    joined = "".join(halves)
    first, second = map(shown, halves)
    return case.finding(
        DeclarationCause.COMMA_MISSING,
        source=source,
        culprit=joined,
        field=field,
        joined=shown(joined),
        first=first,
        second=second,
    )


def about_merge(case: Case) -> Iterator[Finding]:
    """Yield the faults of declarations that contradict each other, or that cannot be read.

    Where a declaration cannot be read, the remedy is the right form. Where declarations
    contradict each other, credentials are off; the edit allows them to the origin of the
    request, and to no other.
    """
    is_broken = case.policy.is_broken
    cause = DeclarationCause.CREDENTIALS_OFF
    if is_broken:
        cause = DeclarationCause.NOBODY_ALLOWED
    for fault, sources in case.policy.faults:
        if fault.reason == "lost-misspelt":
            continue  # about_names() reports it
        places = ", ".join(map(str, sources))
        where = case.where(sources[-1])
        edit = ""
        changes: tuple[Change, ...] = ()
        if not is_broken and case.query.origin not in OPAQUE_ORIGINS:
            changes, edit = allow_credentials(case)
        edit = edit if changes else ""
        known = with_scheme_of_page(fault, case.query.origin)
        yield declaration_faulty(cause, known, places, where=where, edit=edit, changes=changes)


def with_scheme_of_page(fault: Fault, origin: str | None) -> Fault:
    """Return the fault of an origin without its scheme, with the scheme of the page in the remedy.

    The fault is returned as it is, if the remedy would not be the page's origin then.

    Args:
        fault: Any fault.
        origin: The page's origin, None if none was given.
    """
    found = _ORIGIN_IN_REMEDY.fullmatch(fault.remedy)
    page = parse_origin(origin or "")
    if fault.reason != "missing-scheme" or found is None or page is None:
        return fault
    right = f"{page.scheme}://{found[1]}"
    if str(page) in OriginMatcher(parse_valid([right])):
        return replace(fault, remedy=f"write {right!r}")
    return fault


def declaration_faulty(
    cause: DeclarationCause,
    fault: Fault,
    places: str,
    *,
    where: str,
    edit: str = "",
    changes: tuple[Change, ...] = (),
) -> Finding:
    """Return the finding of a fault that a declaration has.

    Args:
        cause: One of those with the code `declaration-faulty`.
        fault: What is wrong.
        places: The declarations, for people.
        where: File and line.
        edit: What to do; "" for what the fault itself advises.
        changes: The edits that `edit` names.
    """
    return Finding.of(
        cause,
        culprit=fault.field,
        where=where,
        changes=changes,
        places=places,
        why=fault.why,
        edit=edit or fault.advice,
    )
