"""Causes in the response of the view, where the view was run: errors, its headers, those of CORS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_cors.core.errors import shown
from drf_cors.core.exposure import exposed_by, unreadable_headers
from drf_cors.core.verdict import EXPOSE_HEADERS, Reason
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.method_and_header_rules import expose, groups_of_edits
from drf_cors.diagnosis.proposals import allow_origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drf_cors.diagnosis.case import Case


class ViewCause(Cause):
    """Causes in the response of the view."""

    FAILED = (
        "view-failed",
        "{view} raises {error}; the response has status {status}.",
        "Fix the error; the response has its CORS headers, so a script can read the status.",
    )
    SETS_HEADERS = (
        "view-sets-headers",
        "{view} sets {headers} itself; CorsMiddleware replaces or removes this.",
        "Take it out of {view}: the policy decides.",
    )
    KEEPS_HEADERS = (
        "view-sets-headers",
        "{view} sets {headers} itself, and no policy does.",
        "Take it out of {view}, and declare the policy. {edit}.",
    )
    EXPOSE_REPLACED = (
        "expose-replaced",
        "{view} exposes {name} by a header of its own, and {declaration} replaces that header.",
        "{edit}.",
    )
    UNREADABLE = (
        "header-unreadable",
        "The response has the {noun} {name}, and the script cannot read {it}: expose_headers does not list {it}.",
        "If the script needs {it}, make this edit. {edit}.",
    )


def about_the_response(case: Case) -> Iterator[Finding]:
    """Yield what is known of the view's response, where the view was run."""
    trip = case.last.trip
    if trip.view_error:
        yield case.finding(ViewCause.FAILED, blocks=False, view=case.view, error=trip.view_error, status=trip.status)
    if trip.view_headers is None or case.query.origin is None:
        return
    hidden = _no_longer_exposed(case, trip.view_headers)
    yield from _about_list(case, ViewCause.EXPOSE_REPLACED, hidden)
    yield from _about_own_headers(case, trip.view_headers, has_hidden=bool(hidden))
    if case.last.is_preflight or not case.is_seen:
        return  # browsers follow a redirect; the script does not get its headers
    unreadable = unreadable_headers(
        trip.headers,
        exposed_by(case.header(EXPOSE_HEADERS)),
        with_credentials=case.query.request.includes_credentials,
    )
    # `about_reading` reports the headers that were asked for.
    reported = {name.lower() for name in (*hidden, *case.query.read)}
    missing = [name for name in unreadable if name.lower() not in reported]
    yield from _about_list(case, ViewCause.UNREADABLE, missing)


def _no_longer_exposed(case: Case, own: Mapping[str, str]) -> list[str]:
    """Return the names that the view exposes by a header that the policy replaces."""
    if case.reason is not Reason.ALLOWED:
        return []
    exposed = exposed_by(case.header(EXPOSE_HEADERS))
    return sorted(exposed_by(own.get(EXPOSE_HEADERS.lower())) - exposed)


def _about_own_headers(case: Case, own: Mapping[str, str], *, has_hidden: bool) -> Iterator[Finding]:
    """Yield the CORS headers that the view sets itself, and what becomes of them."""
    kept: list[str] = []
    replaced: list[str] = []
    for name, value in own.items():
        if has_hidden and name == EXPOSE_HEADERS.lower():
            continue
        headers = kept if case.header(name) == value else replaced
        headers.append(f"{name}: {shown(value)}")
    if replaced:
        yield case.finding(ViewCause.SETS_HEADERS, blocks=False, view=case.view, headers=", ".join(replaced))
    if kept and case.is_allowed_by_view:
        changes, edit = allow_origin(case)
        yield case.finding(
            ViewCause.KEEPS_HEADERS,
            blocks=False,
            changes=changes,
            view=case.view,
            headers=", ".join(kept),
            edit=edit,
        )


def _about_list(case: Case, cause: ViewCause, names: list[str]) -> Iterator[Finding]:
    """Yield that `expose_headers` lacks some names, and where to add them: all in one edit."""
    policy = case.last.explanation.policy
    source = policy.sources["expose_headers"]
    for group in groups_of_edits("expose_headers", names):
        changes, edit = expose(case, *group)
        is_one = len(group) == 1
        name = ", ".join(group)
        yield case.finding(
            cause,
            blocks=False,
            culprit=name,
            source=source,
            changes=changes,
            view=case.view,
            name=name,
            noun="header" if is_one else "headers",
            it="it" if is_one else "them",
            declaration=source,
            edit=edit,
        )
