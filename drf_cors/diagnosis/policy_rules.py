"""Causes in the policy: why it does not allow the origin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.utils.text import get_text_list

from drf_cors.core.errors import WHY, shown
from drf_cors.core.merge import merge
from drf_cors.core.origin_faults import parse_pattern, raw
from drf_cors.core.origins import OriginPattern, parse_origin
from drf_cors.core.verdict import Reason, judge_origin
from drf_cors.diagnosis.case import Case, callable_name
from drf_cors.diagnosis.coverage_rules import about_coverage, about_regex
from drf_cors.diagnosis.declaration_rules import (
    about_comma,
    about_hidden_view,
    about_merge,
    about_misspelt,
    about_names,
)
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.near_misses import nearest, with_scheme
from drf_cors.diagnosis.path_rules import about_no_view
from drf_cors.diagnosis.proposals import allow_origin, alternatives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.core.merge import Layer


class PolicyCause(Cause):
    """Causes in the policy, and in the origin that it does not allow."""

    NO_ORIGIN = (
        Reason.NO_ORIGIN,
        "The request carries no Origin header, so it is not a cross-origin request of a browser.",
        "Ask from a page of another origin, or add an Origin header: here --origin, with curl -H 'Origin: ...'.",
    )
    CALLABLE_FAILED = (
        Reason.CALLABLE_FAILED,
        "{asked} raised {error}, so the origin is refused.",
        "Fix what raises; the origin is admitted where it returns True.",
    )
    ORIGIN_MISSPELT = (
        "origin-misspelt",
        "The origin {why}. No browser sends it so.",
        "Ask again, and {remedy}; if a client or a proxy writes the header, correct it there.",
    )
    ORIGIN_DIFFERS = (
        "origin-differs",
        "{origin} is not allowed. The nearest allowed origin, {nearest}, differs in {part}.",
        "{edit}.",
    )
    ORIGIN_NOT_ALLOWED = (
        Reason.ORIGIN_NOT_ALLOWED,
        "Nothing that the policy lists admits {origin}.",
        "{edit}.",
    )
    CALLABLE_REFUSES = (
        "callable-refuses",
        "No list of the policy has {origin}, and its callable, {tests}, does not return True for it.",
        "{edit}.",
    )
    VIEW_UNDECLARED = (
        "view-undeclared",
        "Nothing is declared for {view}, and the settings admit no origin either.",
        "{edit}.",
    )
    VIEW_DISABLED = (
        Reason.VIEW_DISABLED,
        "{declaration} extends what it inherits, and that is nobody.",
        "{edit}.",
    )
    VIEW_CLOSED = (
        "view-closed",
        "{declaration} admits nobody, as NO_CORS or an empty list does: it closes {view} to every other origin.",
        "{edit}.",
    )
    VIEW_CLOSED_FOR_GOOD = (
        "view-closed-for-good",
        (
            "{declaration} admits nobody, as NO_CORS or an empty list does, and closes the view "
            "from outside. That is final: nothing on the view opens it."
        ),
        "{edit}.",
    )
    POLICY_SHADOWED = (
        "policy-shadowed",
        "{weaker} admits {origin}, but {stronger} is stronger and replaces it.",
        "{edit}.",
    )


#: How an origin differs from the one that is allowed.
_PARTS: Final = {
    "scheme": "the scheme",
    "port": "the port",
    "www": "'www.'",
    "loopback": "the host: localhost, 127.0.0.1 and [::1] are different origins",
    "wildcard": "the wildcard: it stands for one or more labels, not for the bare domain",
    "host": "the host",
    "no-scheme": "its beginning: a regular expression has to match the whole origin, with its scheme",
    "rest": "its end: a regular expression has to match the whole origin",
}

_REFUSALS: Final = (Reason.ORIGIN_NOT_ALLOWED, Reason.URL_NOT_COVERED, Reason.VIEW_DISABLED)

#: Reasons for refusing the origin itself. The others name something that the origin may
#: not do. `DEPENDS` is left where no callable was called; what kept the request from it is
#: reported.
_ORIGIN_REASONS: Final = frozenset(
    {
        *_REFUSALS,
        Reason.NO_ORIGIN,
        Reason.ORIGIN_MALFORMED,
        Reason.ORIGIN_NULL,
        Reason.CALLABLE_FAILED,
    }
)

_NOT_FOUND: Final = 404

#: How a regular expression for origins begins.
_SCHEME: Final = re.compile(r"\^?https?\??:(?:\\?/){2}")


def about_policies(case: Case) -> Iterator[Finding]:
    """Yield why an origin is refused, and whether there is no view."""
    if case.hidden is not None:
        yield about_hidden_view(case.hidden)
        return
    if case.is_in_wrong_case:
        return  # the policy of a method that the view does not have is not the cause
    if case.reason not in _ORIGIN_REASONS:
        is_not_found = case.last.trip.status == _NOT_FOUND and not case.last.is_preflight
        if is_not_found and case.callback is None:
            yield about_no_view(case, blocks=False)
        return
    found = list(_specific(case))
    yield from found
    if found or (case.reason is Reason.URL_NOT_COVERED and case.reaches_view):
        return  # about_the_view() reports the latter
    if case.callback is None and case.reason is Reason.ORIGIN_NOT_ALLOWED:
        # The view at the right path may have a policy of its own.
        yield about_no_view(case)
    yield _general(case)


def _specific(case: Case) -> Iterator[Finding]:
    """Yield the causes of a refusal that can be named, the most likely first."""
    origin = case.query.origin
    if origin is None:
        return
    if case.reason is Reason.ORIGIN_MALFORMED:
        yield from _about_malformed(case, origin)
    elif case.reason in _REFUSALS:
        yield from _about_layers(case, origin)
        yield from _about_lists(case, origin)


def _about_malformed(case: Case, origin: str) -> Iterator[Finding]:
    faults = parse_pattern("origin", origin)
    if isinstance(faults, OriginPattern):
        return
    why = f"{shown(origin)} {WHY[faults[0].reason]}"
    yield case.finding(PolicyCause.ORIGIN_MISSPELT, why=why, remedy=faults[0].remedy)
    yield from _about_nearest(case, origin.rstrip("/"))


def _about_lists(case: Case, origin: str) -> Iterator[Finding]:
    """Yield why neither a list nor a callable of the policy allows the origin."""
    is_not_listed = case.reason is Reason.ORIGIN_NOT_ALLOWED and not case.policy.is_nobody
    yield from _about_joined_regexes(case)
    near_misses: list[Finding] = []
    if is_not_listed:
        near_misses = list(_about_nearest(case, origin))
    yield from near_misses
    yield from about_regex(case)
    yield from about_names(case)
    if not is_not_listed:
        yield from _about_no_policy(case)
    elif case.policy.origin_tests and not near_misses:
        yield _about_callables(case, origin)


def _about_joined_regexes(case: Case) -> Iterator[Finding]:
    """Yield the regular expressions that consist of two, so that no origin matches them."""
    field = "allowed_origin_regexes"
    for regex in case.policy.allowed_origin_regexes:
        starts = [match.start() for match in _SCHEME.finditer(regex.pattern)]
        if len(starts) > 1 and "|" not in regex.pattern:
            halves = regex.pattern[: starts[1]], regex.pattern[starts[1] :]
            yield about_comma(case, case.policy.sources[field], field, halves)


def _about_no_policy(case: Case) -> Iterator[Finding]:
    """Yield that the path has no view, or the view no declaration."""
    if case.callback is None:
        if not case.reaches_view:
            yield about_no_view(case)
    elif case.reason is Reason.ORIGIN_NOT_ALLOWED and not case.explanation.view.declares:
        changes, edit = allow_origin(case)
        yield case.finding(PolicyCause.VIEW_UNDECLARED, changes=changes, view=case.view, edit=edit)


def _about_callables(case: Case, origin: str) -> Finding:
    tests = ", ".join(map(callable_name, case.policy.origin_tests))
    changes = allow_origin(case).changes
    return case.finding(
        PolicyCause.CALLABLE_REFUSES,
        source=case.policy.who_source,
        changes=changes,
        tests=tests,
        origin=origin,
        edit=alternatives([f"look into {tests}"], changes),
    )


def _about_nearest(case: Case, origin: str) -> Iterator[Finding]:
    """Yield which allowed origin is most like the one that is refused."""
    given = parse_origin(origin)
    if given is None or judge_origin(case.policy, origin) is Reason.ALLOWED:
        return
    near_miss = nearest(given, case.policy)
    if near_miss is None:
        return
    pattern, differing = near_miss
    changes, edit = allow_origin(case, origin)
    edits = [edit]
    if parse_origin(pattern) is not None:
        edits.append(f"open the page at {pattern}")
    elif differing == ("no-scheme",):
        right = with_scheme(pattern, given.scheme)
        if re.fullmatch(right, origin):
            edits.insert(0, f"write the scheme into the regular expression: {raw(right)}")
    yield case.finding(
        PolicyCause.ORIGIN_DIFFERS,
        source=case.policy.who_source,
        changes=changes,
        origin=origin,
        nearest=pattern,
        part=get_text_list([_PARTS[part] for part in differing], "and"),
        edit=alternatives(edits),
    )


def _about_layers(case: Case, origin: str) -> Iterator[Finding]:
    """Yield which declaration closes the view, or replaces a weaker one that allows the origin."""
    closing = _closing(case.layers)
    if case.policy.is_broken:
        yield from about_misspelt(case, ("CORS_POLICIES",))
        yield from about_merge(case)
    elif case.policy.is_nobody and closing is not None:
        changes, edit = allow_origin(case)
        cause = PolicyCause.VIEW_CLOSED
        if closing.from_urlconf_or_settings:
            cause = PolicyCause.VIEW_CLOSED_FOR_GOOD
        yield case.finding(
            cause,
            source=closing.source,
            changes=changes,
            declaration=closing.source,
            view=case.view,
            edit=edit,
        )
    else:
        yield from _about_shadowed(case, origin)


def _about_shadowed(case: Case, origin: str) -> Iterator[Finding]:
    weaker, stronger = None, None
    for count in range(1, len(case.layers) + 1):
        policy = merge(case.layers[:count])
        if judge_origin(policy, origin) in (Reason.ALLOWED, Reason.DEPENDS):
            weaker, stronger = policy.who_source, None
        elif stronger is None:
            stronger = policy.who_source
    if weaker is None or stronger is None or stronger.name == "CORS_URLS_REGEX":
        return
    changes, edit = allow_origin(case)
    yield case.finding(
        PolicyCause.POLICY_SHADOWED,
        source=stronger,
        changes=changes,
        weaker=weaker,
        stronger=stronger,
        origin=origin,
        edit=edit,
    )


def _closing(layers: tuple[Layer, ...]) -> Layer | None:
    """Return the layer that closes a view.

    A layer from outside is final. Without one, it is the strongest layer that closes the view.
    """
    strongest = None
    for layer in layers:
        if layer.is_global or layer.policy is None or not layer.policy.is_off:
            continue
        if layer.from_urlconf_or_settings:
            return layer
        strongest = layer
    return strongest


def _general(case: Case) -> Finding:
    """Return the finding for any other refusal of an origin."""
    if case.reason is Reason.URL_NOT_COVERED:
        return about_coverage(case)
    where = case.where(case.explanation.source)
    if case.reason is Reason.NO_ORIGIN:
        return Finding.of(PolicyCause.NO_ORIGIN)  # no policy is to blame
    if case.reason is Reason.CALLABLE_FAILED:
        return _about_failed_callable(case, where)
    if case.reason in _REFUSALS:
        return _about_refusal(case, where)
    return Finding.of_reason(case.reason, where=where)


def _about_failed_callable(case: Case, where: str) -> Finding:
    failed = [step.trip.failed_callable for step in case.steps]
    asked, error = next(filter(None, failed))
    return Finding.of(PolicyCause.CALLABLE_FAILED, where=where, asked=asked, error=error)


def _about_refusal(case: Case, where: str) -> Finding:
    is_disabled = case.reason is Reason.VIEW_DISABLED
    changes, edit = allow_origin(case)
    return Finding.of(
        PolicyCause.VIEW_DISABLED if is_disabled else PolicyCause.ORIGIN_NOT_ALLOWED,
        where=case.where_of(changes) if changes else where,
        changes=changes,
        declaration=case.explanation.source,
        origin=case.query.origin,
        edit=edit,
    )
