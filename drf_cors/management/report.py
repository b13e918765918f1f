"""The report of `manage.py cors explain`: a diagnosis in text and in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.fetch import is_cors_header
from drf_cors.core.fields import FIELDS, Inherited
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.case import callable_name, declared, written_at
from drf_cors.diagnosis.source_locations import place
from drf_cors.diagnosis.view_run import SAFE_METHODS
from drf_cors.explain.messages import ADVICE
from drf_cors.management.messages import (
    DROPPED_HEADER,
    OUTSIDE_DJANGO,
    RUN_IT,
    STATUS_UNKNOWN,
    TEST_IT,
    VIEW_NOT_RUN,
)
from drf_cors.policy_json import policy_fields_to_json

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.diagnosis import Diagnosis, Step
    from drf_cors.diagnosis.changes import Change
    from drf_cors.diagnosis.findings import Finding

Paint = Callable[[str, str], str]

#: Items of a list that the text shows; JSON has all of them.
MAX_ITEMS: Final = 50


def as_text(diagnosis: Diagnosis, dropped: tuple[str, ...], paint: Paint) -> str:
    """Return the report for people. The first line is the cause, the second what to do about it.

    Args:
        diagnosis: The diagnosis.
        dropped: Request headers in the arguments that no script can set.
        paint: Colours a line: `paint("off", text)`; also `listed`, `heading`, `mark`.
    """
    lines = list(_head(diagnosis, paint))
    lines += [DROPPED_HEADER.format(name=name) for name in dropped]
    if diagnosis.steps:
        lines += ["", *_requests(diagnosis, paint), "", *_policy(diagnosis, paint), ""]
        if any(step.trip.has_stand_in for step in diagnosis.steps):
            is_safe = diagnosis.query.request.method in SAFE_METHODS
            lines.append(f"{VIEW_NOT_RUN} {RUN_IT if is_safe else TEST_IT}")
        lines.append(OUTSIDE_DJANGO)
    return "\n".join(lines)


def _head(diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    findings = diagnosis.findings
    colour = "listed" if diagnosis.is_allowed else "off"
    if not findings:
        advice = ADVICE[Reason.ALLOWED]
        yield paint(colour, f"Allowed: {advice.text}")
        yield f"Next: {advice.next_step}"
        return
    if findings[0].code == Reason.SAME_ORIGIN:
        title = "Allowed"
    elif diagnosis.is_allowed:
        title = "Allowed, but"
    else:
        title = "Blocked"
    for finding in findings:
        yield paint(colour, f"{title}: {finding.text} [{_label(finding)}]")
        where = f" ({finding.where})" if finding.where else ""
        yield f"Next: {finding.next_step}{where}"
        title, colour = "Also", "mark"


def _label(finding: Finding) -> str:
    if finding.culprit:
        return f"{finding.code}: {finding.culprit}"
    return finding.code


def _requests(diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    if not any(step.is_preflight for step in diagnosis.steps):
        yield paint("heading", "Preflight: none is needed")
    for step in diagnosis.steps:
        yield paint("heading", "Preflight" if step.is_preflight else "Request")
        yield from _exchange(step)
    if all(step.is_preflight for step in diagnosis.steps):
        yield paint("heading", "Request: not sent")


def _exchange(step: Step) -> Iterator[str]:
    """Yield the lines of one request and its response."""
    wire = step.trip.wire
    yield f"  {wire.method} {wire.url}"
    for name, value in wire.headers:
        if name.lower() != "accept" or value != "*/*":
            yield f"  {name}: {value}"
    headers = _cors_headers(step)
    note = "" if headers else ", no CORS headers"
    yield f"  response: {step.trip.known_status or STATUS_UNKNOWN}{note}"
    for name, value in headers.items():
        yield f"    {name}: {value}"
    yield f"  verdict: {step.explanation.reason}"


def _cors_headers(step: Step) -> dict[str, str]:
    return {
        name: value
        for name, value in step.trip.headers.items()
        if is_cors_header(name) or name.lower() in ("vary", "location")
    }


def _policy(diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    rows = _fields(diagnosis)
    layers = diagnosis.steps[0].explanation.view.layers
    method = diagnosis.query.request.method
    action = layers.actions.get(method)
    view = f"{layers.name}.{action}" if action else layers.name or "no view"
    yield paint("heading", f"Policy of {method} at {view}")
    width = max(len(row["field"]) for row in rows)
    for row in rows:
        yield f"  {row['field']:{width}}  {_cut(row['value'])}"
        where = f", {row['place']}" if row["place"] else ""
        yield f"  {'':{width}}    {row['source']}{where}"


def _cut(value: str) -> str:
    """Return a list, or its start and a count if it is long, as the origins of many tenants."""
    items = value.split(", ")
    if len(items) <= MAX_ITEMS:
        return value
    return f"{', '.join(items[:MAX_ITEMS])} and {len(items) - MAX_ITEMS} more"


def _fields(diagnosis: Diagnosis) -> list[dict[str, str]]:
    explanation = diagnosis.steps[0].explanation
    policy, match = explanation.policy, explanation.match
    callback = match.func if match is not None else None
    layers = declared(explanation, diagnosis.query.request.method)
    fields = []
    for name in FIELDS:
        source = policy.sources[name]
        written = written_at(source, layers)
        fields.append(
            {
                "field": name,
                "value": _value(policy, name),
                "source": str(source) if written == source else f"{source}: {written}",
                "place": place(written, callback),
            }
        )
    return fields


def _value(policy: EffectivePolicy, name: str) -> str:
    if name == "is_origin_allowed":
        value: Any = list(map(callable_name, policy.origin_tests))
    elif name == "allowed_origin_regexes":
        value = [regex.pattern for regex in policy.allowed_origin_regexes]
    else:
        value = getattr(policy, name)
    if isinstance(value, (tuple, list)):
        return ", ".join(value) or "-"
    return str(value)


def as_json(diagnosis: Diagnosis, dropped: tuple[str, ...]) -> str:
    """Return the report for programs, with the same arguments as `as_text`."""
    steps = diagnosis.steps
    content: dict[str, Any] = {
        "allowed": diagnosis.is_allowed,
        "findings": list(map(_finding, diagnosis.findings)),
        "requests": list(map(_request, steps)),
        "dropped": list(dropped),
        "policy": None,
        "fields": [],
    }
    if steps:
        policy = steps[0].explanation.policy
        content["policy"] = policy_fields_to_json(policy, is_dynamic=bool(policy.origin_tests))
        content["fields"] = _fields(diagnosis)
    return json.dumps(content, indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "blocks": finding.blocks,
        "culprit": finding.culprit,
        "text": finding.text,
        "next": finding.next_step,
        "where": finding.where,
        "changes": list(map(_change, finding.changes)),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "target": str(change.target),
        "place": change.place,
        "where": change.where,
        "code": change.code,
        "set": {name: _plain(value) for name, value in change.sets.items()},
        "add": {name: _plain(value) for name, value in change.adds.items()},
        "others": list(change.others),
        "settings": change.is_site_wide,
        "credentials": change.is_credentialed,
        "text": change.text,
    }


def _plain(value: object) -> object:
    items = value if isinstance(value, tuple) else ()
    plain = [repr(item) if isinstance(item, Inherited) else item for item in items]
    return plain if isinstance(value, tuple) else value


def _request(step: Step) -> dict[str, Any]:
    wire, trip = step.trip.wire, step.trip
    return {
        "kind": wire.kind,
        "method": wire.method,
        "url": str(wire.url),
        "headers": dict(wire.headers),
        "status": trip.known_status,
        "answer": _cors_headers(step),
        "reason": str(step.explanation.reason),
    }
