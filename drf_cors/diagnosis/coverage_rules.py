"""Causes in `CORS_URLS_REGEX`: it does not match the path, and the view allows nobody by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors import resolver as resolvers
from drf_cors.core.errors import shown
from drf_cors.core.merge import merge
from drf_cors.core.origin_faults import raw
from drf_cors.core.verdict import Reason, judge_origin
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.near_misses import covers, with_slash
from drf_cors.diagnosis.proposals import Proposal, allow_origin, alternatives
from drf_cors.diagnosis.request_environ import script_prefix

if TYPE_CHECKING:
    from drf_cors.diagnosis.case import Case


class CoverageCause(Cause):
    """Causes in `CORS_URLS_REGEX`."""

    REGEX_LEADING_SLASH = (
        "regex-leading-slash",
        "CORS_URLS_REGEX {regex} misses {path}: it is matched against the path with its leading slash.",
        "{edit}.",
    )
    REGEX_SCRIPT_PREFIX = (
        "regex-script-prefix",
        "CORS_URLS_REGEX {regex} misses {path}: it is matched against the path without the prefix {prefix}.",
        "{edit}.",
    )
    NOT_COVERED = (
        Reason.URL_NOT_COVERED,
        "CORS_URLS_REGEX {regex} does not match {path}, and {view} admits nobody of its own.",
        "{edit}.",
    )
    PREFLIGHT_NOT_COVERED = (
        Reason.URL_NOT_COVERED,
        (
            "CORS_URLS_REGEX {regex} does not match {path}, and {view} admits nobody of its own: "
            "the preflight reaches the view, and what guards it."
        ),
        "{edit}.",
    )


_WITH_SLASH: Final = (
    "put the slash into the regular expression: CORS_URLS_REGEX = {right} "
    "(this changes every endpoint that it then matches)"
)
_WITHOUT_PREFIX: Final = (
    "take the prefix out of the regular expression: CORS_URLS_REGEX = {right} "
    "(this changes every endpoint that it then matches)"
)
_WIDEN: Final = (
    "widen CORS_URLS_REGEX so that it matches {path} (this changes every endpoint that it then "
    "matches: the origins of the settings are allowed there)"
)


def about_regex(case: Case) -> tuple[Finding, ...]:
    """Return whether a slash or the script prefix is why `CORS_URLS_REGEX` does not match."""
    if case.reason is not Reason.URL_NOT_COVERED:
        return ()
    regex = resolvers.current().conf.urls_regex
    prefix = script_prefix()
    if regex.match(case.path.removeprefix("/")):
        cause, edit = CoverageCause.REGEX_LEADING_SLASH, _WITH_SLASH
        right = with_slash(regex.pattern)
    elif prefix and regex.match(prefix + case.path):
        cause, edit = CoverageCause.REGEX_SCRIPT_PREFIX, _WITHOUT_PREFIX
        right = regex.pattern.replace(prefix, "", 1)
    else:
        return ()
    if not covers(right, case.path):
        return ()
    changes = allow_origin(case).changes
    finding = Finding.of(
        cause,
        # The regular expression is corrected first.
        where=case.where(case.explanation.source),
        changes=changes,
        regex=shown(regex.pattern),
        path=case.path,
        prefix=prefix,
        edit=alternatives([edit.format(right=raw(right))], changes),
    )
    return (finding,)


def about_coverage(case: Case) -> Finding:
    """Return that `CORS_URLS_REGEX` does not match the path."""
    cause = CoverageCause.NOT_COVERED
    if case.reaches_view:
        cause = CoverageCause.PREFLIGHT_NOT_COVERED
    changes, edit = cover(case)
    return case.finding(
        cause,
        source=case.explanation.source,
        changes=changes,
        regex=shown(resolvers.current().conf.urls_regex.pattern),
        path=case.path,
        view=case.view,
        edit=edit,
    )


def cover(case: Case) -> Proposal:
    """Return what to edit where `CORS_URLS_REGEX` does not match a path."""
    changes, edit = allow_origin(case)
    site = judge_origin(merge(resolvers.current().conf.covered), case.query.origin)
    if case.reason is Reason.URL_NOT_COVERED and site in (Reason.ALLOWED, Reason.DEPENDS):
        widen = _WIDEN.format(path=case.path)
        edit = alternatives([*(change.text for change in changes), widen])
    return Proposal(changes, edit)
