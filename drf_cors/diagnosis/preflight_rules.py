"""Causes at the view: a login answers in its place, or a preflight reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.coverage_rules import about_coverage, about_regex, cover
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.path_rules import correct_path
from drf_cors.drf_views import blocking_permissions
from drf_cors.fetch_model.urls import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.diagnosis.case import Case


class PreflightCause(Cause):
    """Causes at the view, or just before it."""

    NOT_FOUND = (
        "preflight-not-found",
        "The preflight is answered with 404: no view answers {path}, and no policy covers it.",
        "{edit}.",
    )
    NO_OPTIONS = (
        "preflight-no-options",
        "The preflight reaches {view}, which answers OPTIONS with 405: no policy covers the URL.",
        "{edit}: then the middleware answers preflights.",
    )
    NEEDS_PERMISSION = (
        "preflight-needs-permission",
        (
            "The preflight reaches {view}, and {guards} refuses it, as it carries no credentials: "
            "no policy covers the URL."
        ),
        "{edit}: then the middleware answers before authentication.",
    )
    STOPPED_BEFORE_VIEW = (
        "stopped-before-view",
        "{other} answers with {status} in place of the view; the dry run is not logged in.",
        "If the view is open to everybody, exempt it there (Django has @login_not_required); else log in first.",
    )
    LOGIN_ELSEWHERE = (
        "login-elsewhere",
        (
            "{other} answers with a redirect to {host}, another origin, in place of the view. Following it, browsers "
            "send 'Origin: null', which {host} has to allow; the dry run is not logged in."
        ),
        "Log in first, and answer requests of scripts with 401, not with a redirect. If the view is open, exempt it.",
    )


def about_short_circuit(case: Case) -> Iterator[Finding]:
    """Yield which middleware answered in place of the view."""
    step = case.stopped_step
    if step is None or step.trip.short_circuit is None:
        return
    position, status, location = step.trip.short_circuit
    other = case.view
    if position is not None:
        other = f"{case.stack.paths[position]}, MIDDLEWARE[{position}],"
    url = step.trip.wire.url
    target = parse_url(location, str(url)) or url
    if step.is_preflight:
        yield _needs_permission(case, other)
    else:
        # With its cookies, a request counts as logged in, and passes.
        is_elsewhere = target.origin != url.origin
        is_blocked = is_elsewhere or case.outcome.blocked is not None
        yield case.finding(
            PreflightCause.LOGIN_ELSEWHERE if is_elsewhere else PreflightCause.STOPPED_BEFORE_VIEW,
            blocks=is_blocked and not case.query.request.includes_credentials,
            other=other,
            status=status,
            host=target.authority,
        )


def about_the_view(case: Case) -> Iterator[Finding]:
    """Yield why the view refuses a preflight that reaches it."""
    callback = case.callback
    if callback is None:
        yield case.finding(PreflightCause.NOT_FOUND, path=case.path, edit=correct_path(case))
        return
    methods = case.explanation.view.layers.methods
    if methods is not None and "OPTIONS" not in methods:
        changes, edit = cover(case)
        yield case.finding(
            PreflightCause.NO_OPTIONS,
            source=case.explanation.source,
            changes=changes,
            view=case.view,
            edit=edit,
        )
    elif guards := blocking_permissions(callback):
        yield _needs_permission(case, guards)
    elif case.reason is Reason.URL_NOT_COVERED and not about_regex(case):
        yield about_coverage(case)


def _needs_permission(case: Case, guards: str) -> Finding:
    changes, edit = cover(case)
    return case.finding(
        PreflightCause.NEEDS_PERMISSION,
        source=case.explanation.source,
        changes=changes,
        view=case.view,
        guards=guards,
        edit=edit,
    )
