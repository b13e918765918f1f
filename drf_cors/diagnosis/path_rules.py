"""Causes in the path: it has no view, or its language prefix is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import get_language_from_request

from drf_cors import resolver as resolvers
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.redirect_rules import RedirectCause
from drf_cors.diagnosis.request_environ import script_prefix
from drf_cors.diagnosis.static_rules import about_files

if TYPE_CHECKING:
    from drf_cors.diagnosis.case import Case


class PathCause(Cause):
    """Causes in the path."""

    NOT_RESOLVED = (Reason.NOT_RESOLVED, "No view answers {path}.", "{edit}.")


def about_no_view(case: Case, *, blocks: bool = True) -> Finding:
    """Return that no view answers the path."""
    location = None
    if case.last.is_preflight:
        location = _language_path(case)
    if location is not None:
        return case.finding(
            RedirectCause.LANGUAGE,
            path=case.path,
            location=location,
            effect="The preflight finds no view there, and is refused.",
        )
    files = about_files(case.path, blocks=blocks)
    if files is not None:
        return files
    edit = correct_path(case)
    return case.finding(PathCause.NOT_RESOLVED, blocks=blocks, path=case.path, edit=edit)


def correct_path(case: Case) -> str:
    """Return what to do about a path without a view: in the script, or where the redirect is made."""
    near = case.path[:-1] if case.path.endswith("/") else f"{case.path}/"
    is_near = case.finds(near)
    redirected = case.redirected_from
    if redirected and is_near:
        return f"Let {redirected} redirect to {script_prefix()}{near}, which has a view; or add the URL"
    if redirected:
        return f"Correct the redirect of {redirected}, or add the URL"
    if is_near:
        return f"Fetch {script_prefix()}{near}, which has a view; or add the URL"
    return "Correct the path, or add the URL"


def _language_path(case: Case) -> str | None:
    """Return where `LocaleMiddleware` would redirect a path without a view, None for nowhere."""
    path = f"/{get_language_from_request(HttpRequest())}{case.path}"
    if resolvers.current().conf.reads_languages and case.finds(path):
        return f"{script_prefix()}{path}"
    return None
