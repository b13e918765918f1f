"""The report of `manage.py cors explain`: a diagnosis in text and in JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.errors import shown
from drf_cors.core.fetch import is_cors_header
from drf_cors.core.fields import FIELDS, Inherited
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.case import callable_name, declared, written_at
from drf_cors.diagnosis.live_rules import is_about_live
from drf_cors.diagnosis.source_locations import place
from drf_cors.diagnosis.view_run import SAFE_METHODS
from drf_cors.explain.messages import ADVICE
from drf_cors.management.messages import (
    COMPARE,
    DROPPED_HEADER,
    LIVE_AGREES,
    LIVE_NOT_SENT,
    NOT_JUDGED,
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
    from drf_cors.diagnosis.live import LiveOutcome, LiveResponse
    from drf_cors.fetch_model.messages import WireRequest

Paint = Callable[[str, str], str]

#: A line of the report: its kind, and its text.
Line = tuple[str, str]

_EMPTY: Final[Line] = ("", "")

#: Items of a list that the text shows; JSON has all of them.
MAX_ITEMS: Final = 50

#: Characters of a value that a running server sent.
MAX_VALUE: Final = 1000


def as_text(diagnosis: Diagnosis, dropped: tuple[str, ...], paint: Paint) -> str:
    """Return the report for people. The first line is the cause, the second what to do about it.

    Args:
        diagnosis: The diagnosis.
        dropped: Request headers in the arguments that no script can set.
        paint: Makes a line printable, and colours it: `paint("off", text)`; also `listed`, `heading`,
            `mark`, and `""` for no colour.
    """
    return "\n".join(paint(kind, text) for kind, text in _lines(diagnosis, dropped))


def _lines(diagnosis: Diagnosis, dropped: tuple[str, ...]) -> Iterator[Line]:
    """Yield the lines of the report."""
    yield from _head(diagnosis)
    for name in dropped:
        yield "", DROPPED_HEADER.format(name=name)
    if diagnosis.live is not None:
        yield _EMPTY
        yield from _live(diagnosis, diagnosis.live)
    if diagnosis.steps:
        yield _EMPTY
        yield from _requests(diagnosis)
        yield _EMPTY
        yield from _policy(diagnosis)
        yield _EMPTY
        if any(step.trip.has_stand_in for step in diagnosis.steps):
            is_safe = diagnosis.query.request.method in SAFE_METHODS
            yield "", f"{VIEW_NOT_RUN} {RUN_IT if is_safe else TEST_IT}"
        if diagnosis.is_allowed and diagnosis.findings and diagnosis.live is None:
            yield "", _compare(diagnosis)


def _head(diagnosis: Diagnosis) -> Iterator[Line]:
    findings = diagnosis.findings
    colour = "listed" if diagnosis.is_allowed else "off"
    if not findings:
        advice = ADVICE[Reason.ALLOWED]
        yield colour, f"Allowed: {advice.text}"
        yield "", f"Next: {_compare(diagnosis)}"
        return
    if findings[0].code == Reason.SAME_ORIGIN:
        title = "Allowed"
    elif diagnosis.is_allowed:
        title = "Allowed, but"
    else:
        title = "Blocked"
    for finding in findings:
        yield colour, f"{title}: {finding.text} [{_label(finding)}]"
        where = f" ({finding.where})" if finding.where else ""
        yield "", f"Next: {finding.next_step}{where}"
        title, colour = "Also", "mark"


def _compare(diagnosis: Diagnosis) -> str:
    """Return how to find out whether something between Django and the browser is the cause."""
    if diagnosis.live is not None:
        return _agreement(diagnosis.live)
    return COMPARE.format(curl=curl(diagnosis.steps[0].trip.wire))


def _agreement(live: LiveOutcome) -> str:
    """Return that a running server answers as Django does, as far as requests were sent."""
    if live.unsent is not None:
        return LIVE_NOT_SENT.format(method=live.unsent.method, address=live.address)
    return LIVE_AGREES.format(address=live.address)


def curl(wire: WireRequest) -> str:
    """Return the command that sends a request and shows the headers of the response."""
    words = ["curl", "-i"]
    if wire.method == "HEAD":
        words = ["curl", "-I"]
    elif wire.method != "GET":
        words += ["-X", wire.method]
    for name, value in _own_headers(wire):
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, str(wire.url)])


def _own_headers(wire: WireRequest) -> Iterator[tuple[str, str]]:
    """Yield the headers of a request, but for the `Accept` that every browser sends."""
    for name, value in wire.headers:
        if name.lower() != "accept" or value != "*/*":
            yield name, value


def _live(diagnosis: Diagnosis, live: LiveOutcome) -> Iterator[Line]:
    """Yield the lines of what a running server answered. Nothing of it is shown raw."""
    yield "heading", f"Live: {live.address}"
    for response in live.responses:
        yield "", f"  {response.wire.method} {response.wire.url}"
        yield "", f"  response: {response.error or response.status}"
        for name, values in _live_headers(response).items():
            yield "", f"    {name.title()}: {', '.join(map(shown, values))}"
    if live.unsent is not None or not any(map(is_about_live, diagnosis.findings)):
        yield "", f"  {_agreement(live)}"


def _live_headers(response: LiveResponse) -> dict[str, tuple[str, ...]]:
    """Return the values of CORS headers, and of some others, by lower-case name."""
    names = (*response.cors_names, "vary", "location", "server", "via")
    found = {name: response.values(name) for name in names}
    return {name: tuple(value[:MAX_VALUE] for value in values) for name, values in found.items() if values}


def _label(finding: Finding) -> str:
    if finding.culprit:
        return f"{finding.code}: {finding.culprit}"
    return finding.code


def _requests(diagnosis: Diagnosis) -> Iterator[Line]:
    if not any(step.is_preflight for step in diagnosis.steps):
        yield "heading", "Preflight: none is needed"
    for step in diagnosis.steps:
        yield "heading", "Preflight" if step.is_preflight else "Request"
        yield from _exchange(step)
    if all(step.is_preflight for step in diagnosis.steps):
        yield "heading", "Request: not sent"


def _exchange(step: Step) -> Iterator[Line]:
    """Yield the lines of one request and its response."""
    wire = step.trip.wire
    yield "", f"  {wire.method} {wire.url}"
    for name, value in _own_headers(wire):
        yield "", f"  {name}: {value}"
    headers = _cors_headers(step)
    note = "" if headers else ", no CORS headers"
    yield "", f"  response: {step.trip.known_status or STATUS_UNKNOWN}{note}"
    for name, value in headers.items():
        yield "", f"    {name}: {value}"
    yield "", f"  verdict: {step.explanation.reason if step.is_judged else NOT_JUDGED}"


def _cors_headers(step: Step) -> dict[str, str]:
    return {
        name: value
        for name, value in step.trip.headers.items()
        if is_cors_header(name) or name.lower() in ("vary", "location")
    }


def _policy(diagnosis: Diagnosis) -> Iterator[Line]:
    rows = _fields(diagnosis)
    layers = diagnosis.steps[0].explanation.view.layers
    method = diagnosis.query.request.method
    action = layers.actions.get(method)
    view = f"{layers.name}.{action}" if action else layers.name or "no view"
    yield "heading", f"Policy of {method} at {view}"
    width = max(len(row["field"]) for row in rows)
    for row in rows:
        yield "", f"  {row['field']:{width}}  {_cut(row['value'])}"
        where = f", {row['place']}" if row["place"] else ""
        yield "", f"  {'':{width}}    {row['source']}{where}"


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
        "live": None if diagnosis.live is None else _live_json(diagnosis.live),
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
        "reason": str(step.explanation.reason) if step.is_judged else None,
        "curl": curl(wire),
    }


def _live_json(live: LiveOutcome) -> dict[str, Any]:
    return {
        "address": live.address,
        "responses": [
            {
                "kind": response.wire.kind,
                "method": response.wire.method,
                "url": str(response.wire.url),
                "status": response.status,
                "answer": _live_headers(response),
                "error": response.error,
            }
            for response in live.responses
        ],
        "unsent": None if live.unsent is None else live.unsent.method,
    }
