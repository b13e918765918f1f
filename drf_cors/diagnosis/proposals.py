"""What to change so that a request is allowed: the narrowest edit, and what else it changes.

An edit is tried on the declarations of every endpoint before it is advised. Only an edit that
allows what was asked, and nothing more, is advised. Of several the one that changes the fewest
other endpoints and methods comes first. An edit of the global settings comes last, and its text
has the number of endpoints that it changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from drf_cors.core.merge import EffectivePolicy, merge
from drf_cors.diagnosis.candidates import Candidate, candidates, is_difference
from drf_cors.diagnosis.endpoint_methods import EndpointMethod
from drf_cors.diagnosis.needs import Need
from drf_cors.endpoint_list import endpoint_methods
from drf_cors.site_routes import url_name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drf_cors.diagnosis.case import Case
    from drf_cors.diagnosis.changes import Change


class Proposal(NamedTuple):
    """Edits, and the text that names them."""

    changes: tuple[Change, ...]
    edit: str


def allow_origin(case: Case, origin: str | None = None) -> Proposal:
    """Return what to edit so that a method allows an origin.

    Args:
        case: What is known of the question.
        origin: The origin, where it is not that of the request.
    """
    return propose(case, "allowed_origins", origin or str(case.query.origin))


def allow_credentials(case: Case) -> Proposal:
    """Return what to edit so that a method allows the origin with credentials."""
    return propose(case, "allow_credentials", str(case.query.origin))


def propose(case: Case, field: str, *names: str, policy: EffectivePolicy | None = None) -> Proposal:
    """Return what to edit so that a field of a policy lists some names, with its text.

    Args:
        case: What is known of the question.
        field: The field that has to list the names.
        names: An origin, a method, or the names of headers.
        policy: The policy in force, where it is not the one of `case`.
    """
    need = Need(
        field=field,
        names=names,
        policy=policy or case.policy,
        with_credentials=case.query.request.includes_credentials,
        read=case.query.read,
    )
    found = _changes(case, need)
    if found:
        return Proposal(found, alternatives((), found))
    return Proposal((), _no_edit(need))


def _changes(case: Case, need: Need) -> tuple[Change, ...]:
    """Return the edits after which a policy allows what is needed: the narrowest first."""
    if need.policy.is_broken:  # the fault has the right form
        return ()
    asked = _asked(case)
    narrow: list[Change] = []
    site_wide: list[Change] = []
    for candidate in candidates(case, asked, need):
        change = _tried(case, asked, need, candidate)
        if change is not None:
            found = site_wide if change.is_site_wide else narrow
            found.append(change)
    narrow.sort(key=_breadth)
    return (*narrow[:1], *site_wide)


def _tried(case: Case, asked: EndpointMethod, need: Need, candidate: Candidate) -> Change | None:
    """Return a candidate with what else it changes.

    None where it does not allow what is needed, or allows more.
    """
    change, edit = candidate
    after = merge(edit(asked).layers)
    if not need.is_met(after):
        return None
    others = _others(case, asked, candidate)
    # A policy that closes a view hid what is below it. The text names the methods that are opened.
    if not change.is_closing:
        for before, later in others.values():
            if need.is_exceeded(before, later):
                return None
    changed = [after, *(later for _, later in others.values())]
    is_credentialed = any(need.is_overstepped(policy) for policy in changed)
    return replace(change, others=tuple(others), is_credentialed=is_credentialed)


def _breadth(change: Change) -> tuple[bool, int]:
    return change.is_credentialed, len(change.others)


def alternatives(texts: Sequence[str], changes: Sequence[Change] = ()) -> str:
    """Return what can be done as one text: `Do this. Or do that`.

    Args:
        texts: What can be done.
        changes: Edits that can be made instead.
    """
    joined = ". Or ".join((*texts, *(change.text for change in changes)))
    return f"{joined[:1].upper()}{joined[1:]}"


def _no_edit(need: Need) -> str:
    """Return the text where no single edit is right."""
    if need.declaration is None:
        names = ", ".join(map(repr, need.names))
        return f"No policy can have {names} in {need.field}"
    policy, field = need.policy, need.field
    source = policy.who_source if field == "allowed_origins" else policy.sources[field]
    return (
        f"No single edit allows this and nothing else. {source} decides; look for what else "
        "depends on it before you change it"
    )


def _asked(case: Case) -> EndpointMethod:
    """Return the method of the request, with its endpoint."""
    explanation = case.explanation
    match, method = explanation.match, case.query.request.method
    if match is None:
        return EndpointMethod(None, method, explanation.view)
    name = url_name_of(match)
    route = match.route.replace("^", "")
    alike = [one for one in case.endpoints if one.callback is match.func and one.url_name == name]
    exact = [one for one in alike if one.path_regex.replace("^", "") == route]
    found = exact or alike
    return EndpointMethod(found[0] if found else None, method, explanation.view)


def _others(
    case: Case, asked: EndpointMethod, candidate: Candidate
) -> dict[str, tuple[EffectivePolicy, EffectivePolicy]]:
    """Return what else an edit changes, with the policies before and after."""
    found: dict[str, tuple[EffectivePolicy, EffectivePolicy]] = {}
    for endpoint, method in endpoint_methods(case.endpoints):
        entry = EndpointMethod(endpoint, method)
        if (entry.endpoint, entry.method) == (asked.endpoint, asked.method):
            continue
        stack = candidate.edit(entry)
        if stack is entry.stack:
            continue
        before, after = merge(entry.stack.layers), merge(stack.layers)
        if is_difference(before, after) and not endpoint.is_shadowed:
            found[entry.name] = before, after
    return found
