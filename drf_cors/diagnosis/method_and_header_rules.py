"""Causes in the lists of a policy: they lack the method or a header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from drf_cors.conf import SETTINGS
from drf_cors.core import fetch
from drf_cors.core.errors import CorsConfigurationError, shown
from drf_cors.core.exposure import exposed_by, is_readable
from drf_cors.core.policy import CorsPolicy
from drf_cors.core.verdict import EXPOSE_HEADERS, Reason
from drf_cors.defaults import default_headers, default_methods
from drf_cors.diagnosis.changes import Change, Target
from drf_cors.diagnosis.declaration_rules import about_comma, about_misspelt
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.proposals import Proposal, propose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drf_cors.diagnosis.case import Case


class ListCause(Cause):
    """Causes in the lists of a policy."""

    METHOD_NOT_ALLOWED = (
        Reason.METHOD_NOT_ALLOWED,
        "The policy does not allow the method {name}.",
        "{edit}.",
    )
    METHOD_NOT_ON_VIEW = (
        Reason.METHOD_NOT_ON_VIEW,
        "{view} has no handler for {name}; it has {methods}.",
        "Use a method the view has, or add a handler for it.",
    )
    METHOD_CASE = (
        "method-case",
        "'{method}' is not '{right}': methods are compared byte for byte, and browsers do not change this one.",
        "Write the method in upper case in the script: method: '{right}'.",
    )
    HEADER_NOT_ALLOWED = (
        Reason.HEADER_NOT_ALLOWED,
        "The policy does not allow the request {noun} {name}.",
        "{edit}.",
    )
    STAR_MISSES_AUTHORIZATION = (
        "star-misses-authorization",
        "'*' in allow_headers does not stand for Authorization.",
        "{edit}.",
    )
    HEADER_NOT_EXPOSED = (
        "header-not-exposed",
        "The script cannot read the {noun} {name} of the answer: expose_headers does not list {it}.",
        "{edit}.",
    )
    HEADER_NEVER_READABLE = (
        "header-never-readable",
        "No script may read {name}, whatever is exposed.",
        "Send the value in the body, or in another header.",
    )


#: Names that many lists have.
_COMMON_NAMES: Final = frozenset(
    {
        *default_headers,
        *fetch.SAFELISTED_RESPONSE_HEADERS,
        *("content-disposition", "etag", "idempotency-key", "link", "location", "retry-after"),
        *map(str.lower, default_methods),
        "head",
    }
)

_OWN_NAME: Final = re.compile("x-.*[^-]")


def about_method_and_headers(case: Case) -> Iterator[Finding]:
    """Yield the method or the headers that the policy does not allow."""
    if case.is_unread:
        return
    if case.is_in_wrong_case:
        yield _in_upper_case(case)
    elif case.reason is Reason.HEADER_NOT_ALLOWED:
        yield from _about_headers(case)
    elif case.reason in (Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW):
        yield from _about_method(case)


def _about_headers(case: Case) -> Iterator[Finding]:
    sent = fetch.cors_unsafe_request_header_names(case.query.request.headers)
    refused = [name for name in sent if not case.policy.permits_header(name)]
    if not refused:  # more names than browsers send
        yield Finding.of_reason(case.reason)
    culprit = case.explanation.culprit
    refused.sort(key=lambda name: name != culprit)
    cause = ListCause.HEADER_NOT_ALLOWED
    if "*" in case.policy.header_names:  # it is all that is left
        cause = ListCause.STAR_MISSES_AUTHORIZATION
    yield from _about_list(case, cause, "allow_headers", *refused)


def _about_method(case: Case) -> Iterator[Finding]:
    view, culprit = case.explanation.view, case.explanation.culprit
    if case.reason is Reason.METHOD_NOT_ALLOWED and view.policies.has_method(culprit):
        yield from _about_list(case, ListCause.METHOD_NOT_ALLOWED, "allow_methods", culprit)
        return
    yield case.finding(
        ListCause.METHOD_NOT_ON_VIEW,
        culprit=culprit,
        view=case.view,
        name=culprit,
        methods=", ".join(sorted(view.layers.listed_methods or ())),
    )


def _in_upper_case(case: Case) -> Finding:
    """Return that the script has to be corrected: no policy needs to change."""
    method = case.query.request.method
    right = method.upper()
    change = Change(target=Target.SCRIPT, place="", code=f"method: {right!r}")
    return Finding.of(
        ListCause.METHOD_CASE,
        culprit=method,
        changes=(change,),
        method=method,
        right=right,
    )


def about_reading(case: Case) -> Iterator[Finding]:
    """Yield the headers that the script wants to read, but cannot."""
    if case.is_unread or case.is_in_wrong_case:
        return
    if case.last.trip.view_headers is not None and case.last.trip.location is not None:
        return  # the script gets the response of another host
    missing = []
    for name in case.query.read:
        if fetch.is_forbidden_response_header(name.lower()):
            yield case.finding(ListCause.HEADER_NEVER_READABLE, culprit=name, name=name)
        elif not _is_readable(case, name.lower()):
            missing.append(name)
    yield from _about_list(case, ListCause.HEADER_NOT_EXPOSED, "expose_headers", *missing)


def _is_readable(case: Case, name: str) -> bool:
    """Whether a script may read a response header (CORS-safelisted response-header name).

    The response decides, if it was seen. What the policy exposes and the response lost, is reported by
    `about_changed_headers`.
    """
    exposed = {listed.lower() for listed in case.last.explanation.policy.expose_headers}
    if case.is_allowed_by_view:
        exposed = set()
    if case.is_seen:
        exposed |= exposed_by(case.header(EXPOSE_HEADERS))
    return is_readable(name, exposed, with_credentials=case.query.request.includes_credentials)


def expose(case: Case, *names: str) -> Proposal:
    """Return what to edit so that a script can read some headers of the last response.

    The headers that the view sets itself are in force where no policy sets them. A policy would replace
    them, or have no effect. So the view has to be edited.
    """
    policy = case.last.explanation.policy
    own = case.own_headers
    is_own_list = EXPOSE_HEADERS.lower() in own and not policy.expose_headers
    if not (case.is_allowed_by_view or is_own_list):
        return propose(case, "expose_headers", *names, policy=policy)
    headers = ", ".join(f"{name}: {shown(value)}" for name, value in own.items())
    listed = ", ".join(names)
    return Proposal((), f"Add {listed} to {EXPOSE_HEADERS} in {case.view}, which sets {headers} itself")


def _about_list(case: Case, cause: ListCause, field: str, *names: str) -> Iterator[Finding]:
    """Yield that a list of the policy lacks some names, and where to add them: all in one edit.

    Names that no policy can list are findings of their own.
    """
    for group in groups_of_edits(field, names):
        yield from _about_names(case, cause, field, group)


def groups_of_edits(field: str, names: Iterable[str]) -> list[list[str]]:
    """Return the names that one edit adds to a list, and alone each name that no policy can list."""
    declarable: list[str] = []
    others: list[list[str]] = []
    for name in names:
        if _is_declarable(field, name):
            declarable.append(name)
        else:
            others.append([name])
    return [declarable, *others] if declarable else others


def _is_declarable(field: str, name: str) -> bool:
    try:
        CorsPolicy(**{field: [name]})  # type: ignore[arg-type]  # it is the name of a list
    except CorsConfigurationError:
        return False
    return True


def _about_names(case: Case, cause: ListCause, field: str, names: list[str]) -> Iterator[Finding]:
    """Yield that a list of the policy lacks some names, with one edit for all."""
    source = case.policy.sources[field]
    policy = None
    if field == "expose_headers":
        policy = case.last.explanation.policy
    listed = getattr(policy or case.policy, field)
    missing: list[str] = []
    for name in names:
        halves = next(filter(None, (_halves(item, name) for item in listed)), None)
        if halves is None:
            missing.append(name)
        else:
            yield about_comma(case, source, field, halves)
    if missing and source.is_site_wide:
        yield from about_misspelt(case, SETTINGS[field])
    if missing:
        yield _lacking(case, cause, field, missing)


def _lacking(case: Case, cause: ListCause, field: str, missing: list[str]) -> Finding:
    """Return that a list of the policy lacks names, with one edit for all."""
    if field == "expose_headers":
        changes, edit = expose(case, *missing)
    else:
        changes, edit = propose(case, field, *missing)
    name = ", ".join(missing)
    return case.finding(
        cause,
        source=case.policy.sources[field],
        culprit=name,
        changes=changes,
        name=name,
        noun="header" if len(missing) == 1 else "headers",
        it="it" if len(missing) == 1 else "them",
        edit=edit,
    )


def _halves(item: str, name: str) -> tuple[str, str] | None:
    """Return the two names that an item of a list consists of, None where it is one name.

    Args:
        item: The item.
        name: One of the two names.
    """
    lower, wanted = item.lower(), name.lower()
    if lower.startswith(wanted):
        middle = len(name)
        other = lower[middle:]
    elif lower.endswith(wanted):
        middle = len(item) - len(name)
        other = lower[:middle]
    else:
        return None
    if other in _COMMON_NAMES or _OWN_NAME.fullmatch(other):
        return item[:middle], item[middle:]
    return None
