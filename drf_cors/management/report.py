"""The report of `manage.py cors explain`: a diagnosis in text and in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.fields import FIELDS, Inherited
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.case import callable_name, declared, written_at
from drf_cors.diagnosis.places import place
from drf_cors.explain import ADVICE, REPORT
from drf_cors.policy_json import policy_fields_to_json

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.diagnosis import Diagnosis, Step
    from drf_cors.explain import Change, Finding

Paint = Callable[[str, str], str]

#: Of a list in the text; JSON has them all.
MAX_ITEMS: Final = 50


def as_text(diagnosis: Diagnosis, dropped: tuple[str, ...], paint: Paint) -> str:
    """Return the report for people. The first line is the cause, the second what to do about it.

    Args:
        diagnosis: What was found.
        dropped: Request headers that were asked for, but that no script can set.
        paint: Colours a line: `paint("off", text)`; also `listed`, `heading`, `mark`.
    """
    lines = list(_head(diagnosis, paint))
    lines += [str(REPORT["dropped"]) % {"name": name} for name in dropped]
    if diagnosis.steps:
        lines += ["", *_requests(diagnosis, paint), "", *_policy(diagnosis, paint), ""]
        lines += [str(REPORT["view-left-out"]), str(REPORT["outside"])]
    return "\n".join(lines)


def _head(diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    findings = diagnosis.findings
    colour = "listed" if diagnosis.is_allowed else "off"
    if not findings:
        advice = ADVICE[Reason.ALLOWED]
        yield paint(colour, f"{REPORT['allowed']}: {advice.text}")
        yield f"{REPORT['next']}: {advice.next_step}"
        return
    word = "blocked" if not diagnosis.is_allowed else "allowed-but"
    word = "allowed" if findings[0].code is Reason.SAME_ORIGIN else word
    for number, finding in enumerate(findings):
        title = REPORT[word] if number == 0 else REPORT["also"]
        yield paint(colour if number == 0 else "mark", f"{title}: {finding.text} [{_label(finding)}]")
        yield f"{REPORT['next']}: {finding.next_step}{f' ({finding.where})' if finding.where else ''}"


def _label(finding: Finding) -> str:
    return f"{finding.code}: {finding.culprit}" if finding.culprit else str(finding.code)


def _requests(diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    if not any(step.is_preflight for step in diagnosis.steps):
        yield paint("heading", str(REPORT["no-preflight"]))
    for step in diagnosis.steps:
        passage = step.passage
        wire = passage.wire
        yield paint("heading", str(REPORT["preflight" if step.is_preflight else "request"]))
        yield f"  {wire.method} {wire.url}"
        for name, value in wire.headers:
            if name.lower() != "accept" or value != "*/*":
                yield f"  {name}: {value}"
        headers = _cors(step)
        yield f"  {REPORT['answer']}: {passage.status}" + ("" if headers else f", {REPORT['no-answer']}")
        yield from (f"    {name}: {value}" for name, value in headers.items())
        yield f"  {REPORT['verdict']}: {step.explanation.reason}"
    if all(step.is_preflight for step in diagnosis.steps):
        yield paint("heading", str(REPORT["not-sent"]))


def _cors(step: Step) -> dict[str, str]:
    return {
        name: value
        for name, value in step.passage.headers.items()
        if name.lower().startswith("access-control-") or name.lower() in ("vary", "location")
    }


def _policy(diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    rows = _fields(diagnosis)
    layers = diagnosis.steps[0].explanation.view.layers
    method = diagnosis.ask.request.method
    action = layers.actions.get(method)
    view = f"{layers.name}.{action}" if action else layers.name or str(REPORT["no-view"])
    yield paint("heading", str(REPORT["policy"]) % {"method": method, "view": view})
    width = max(len(row["field"]) for row in rows)
    for row in rows:
        yield f"  {row['field']:{width}}  {_cut(row['value'])}"
        where = f", {row['place']}" if row["place"] else ""
        yield f"  {'':{width}}    {row['source']}{where}"


def _cut(value: str) -> str:
    """Return a list without the most of it, if it is long: nobody reads the origins of a thousand tenants."""
    items = value.split(", ")
    more = REPORT["more"] % {"count": len(items) - MAX_ITEMS}
    return value if len(items) <= MAX_ITEMS else f"{', '.join(items[:MAX_ITEMS])} {more}"


def _fields(diagnosis: Diagnosis) -> list[dict[str, str]]:
    explanation = diagnosis.steps[0].explanation
    policy, match = explanation.policy, explanation.match
    callback = match.func if match is not None else None
    layers = declared(explanation, diagnosis.ask.request.method)
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
        value: Any = [callable_name(test) for test in policy.origin_tests]
    elif name == "allowed_origin_regexes":
        value = [regex.pattern for regex in policy.allowed_origin_regexes]
    else:
        value = getattr(policy, name)
    return (", ".join(value) or "-") if isinstance(value, (tuple, list)) else str(value)


def as_json(diagnosis: Diagnosis, dropped: tuple[str, ...]) -> str:
    """Return the report for programs, with the same arguments as `as_text`."""
    steps = diagnosis.steps
    content: dict[str, Any] = {
        "allowed": diagnosis.is_allowed,
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "requests": [_request(step) for step in steps],
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
        "code": str(finding.code),
        "blocks": finding.blocks,
        "culprit": finding.culprit,
        "text": finding.text,
        "next": finding.next_step,
        "where": finding.where,
        "changes": [_change(change) for change in finding.changes],
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
    return (
        [repr(item) if isinstance(item, Inherited) else item for item in value] if isinstance(value, tuple) else value
    )


def _request(step: Step) -> dict[str, Any]:
    wire, passage = step.passage.wire, step.passage
    return {
        "kind": wire.kind,
        "method": wire.method,
        "url": str(wire.url),
        "headers": dict(wire.headers),
        "status": passage.status,
        "answer": _cors(step),
        "reason": str(step.explanation.reason),
    }
