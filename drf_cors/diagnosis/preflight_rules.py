"""6: the request met a login before the view, or the preflight went on to the view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.policy_rules import about_regex, covering, path_edit, uncovered
from drf_cors.drf_views import guards
from drf_cors.explain.messages import Cause, Finding

if TYPE_CHECKING:
    from drf_cors.diagnosis.case import Case


def about_what_stops(case: Case) -> Iterator[Finding]:
    """Yield who answered in place of the view."""
    step = case.stopped_step
    if step is None or step.trip.short_circuit is None:
        return
    position, status = step.trip.short_circuit
    other = f"{case.stack.paths[position]}, MIDDLEWARE[{position}],"
    if step.is_preflight:
        yield _needs_permission(case, other)
    else:
        # With its cookies, a request is taken to be logged in, and passes.
        blocks = case.outcome.blocked is not None and not case.query.request.includes_credentials
        yield case.finding(Cause.STOPPED_BEFORE_VIEW, blocks=blocks, other=other, status=status)


def about_the_view(case: Case) -> Iterator[Finding]:
    """Yield what the view makes of a preflight that reaches it."""
    callback = case.callback
    if callback is None:
        yield case.finding(Cause.PREFLIGHT_NOT_FOUND, path=case.path, edit=path_edit(case))
        return
    methods = case.explanation.view.layers.methods
    if methods is not None and "OPTIONS" not in methods:
        code, source = Cause.PREFLIGHT_NO_OPTIONS, case.explanation.source
        yield case.finding(code, source=source, view=case.view, **covering(case)._asdict())
    elif names := guards(callback):
        yield _needs_permission(case, names)
    elif case.reason is Reason.URL_NOT_COVERED and not about_regex(case):
        yield uncovered(case)


def _needs_permission(case: Case, guards: str) -> Finding:
    code, source = Cause.PREFLIGHT_NEEDS_PERMISSION, case.explanation.source
    return case.finding(code, source=source, view=case.view, guards=guards, **covering(case)._asdict())
