"""1 to 3: the origin, and the policy that should admit it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest
from django.utils.text import get_text_list
from django.utils.translation import get_language_from_request

from drf_cors import resolver as resolvers
from drf_cors.attributes import misspelt_declarations
from drf_cors.conf import SETTINGS
from drf_cors.core.errors import WHY, shown
from drf_cors.core.fields import ORIGIN_FIELDS
from drf_cors.core.merge import merge
from drf_cors.core.origin_faults import parse_pattern
from drf_cors.core.origins import OPAQUE_ORIGINS, OriginPattern, parse_origin
from drf_cors.core.verdict import Reason, judge_origin
from drf_cors.diagnosis.case import Case, callable_name, declaration_faulty
from drf_cors.diagnosis.changes import Advised, advised, told
from drf_cors.diagnosis.likeness import covers, nearest, raw, with_slash
from drf_cors.diagnosis.rehearsal import script_prefix
from drf_cors.explain import EDITS, EFFECTS, PARTS, REACHES, Cause, Finding
from drf_cors.misspelt_settings import misspelt_settings

if TYPE_CHECKING:
    from drf_cors.core.merge import Layer
    from drf_cors.layers import Lost

NOT_FOUND: Final = 404

#: Reasons that only say "this origin may not"; others name something the origin may not do. `DEPENDS` is left where
#: nobody was asked; what kept them from being asked is told.
_ORIGIN_REASONS: Final = frozenset(
    {
        Reason.NO_ORIGIN,
        Reason.ORIGIN_NOT_ALLOWED,
        Reason.ORIGIN_MALFORMED,
        Reason.ORIGIN_NULL,
        Reason.URL_NOT_COVERED,
        Reason.VIEW_DISABLED,
        Reason.CALLABLE_FAILED,
    }
)


def about_policies(case: Case) -> Iterator[Finding]:
    """Yield what lies behind the refusal of an origin, and whether there is no view."""
    if case.hidden is not None:
        yield _hiding(case.hidden)
        return
    if case.is_in_wrong_case:
        return  # the policy of a method that the view does not have tells nothing
    if case.reason not in _ORIGIN_REASONS:
        if case.callback is None and case.last.passage.status == NOT_FOUND and not case.last.is_preflight:
            yield _no_view(case, blocks=False)
        return
    found = list(_specific(case))
    yield from found
    if not found and not (case.reason is Reason.URL_NOT_COVERED and case.reaches_view):
        yield _general(case)


def _hiding(hidden: Lost) -> Finding:
    """Return that a wrapper hides a view. The policy that it declares is not found, so the view is closed."""
    return Finding(code=Cause.VIEW_HIDDEN, values={"wrapper": hidden.fault.field, "view": hidden.fault.value})


def _general(case: Case) -> Finding:
    """Return what can be said of any refusal of an origin."""
    if case.reason is Reason.URL_NOT_COVERED:
        return uncovered(case)
    failed = next(filter(None, (step.passage.failed_callable for step in case.steps)), None)
    asked, error = failed or ("", "")
    source = case.explanation.source
    values = {"origin": case.ask.origin, "source": source, "asked": asked, "error": error}
    # Where no Origin was sent, no policy is to blame.
    finding = Finding(code=case.reason, where="" if case.ask.origin is None else case.where(source), values=values)
    if case.reason not in (Reason.ORIGIN_NOT_ALLOWED, Reason.VIEW_DISABLED):
        return finding
    found, edit = admitting(case)
    if case.callback is None:
        edit = told([path_edit(case), *(change.text for change in found)])
    where = case.where_of(found) if found else finding.where
    return replace(finding, where=where, changes=found, values={**values, "edit": edit})


def _specific(case: Case) -> Iterator[Finding]:
    """Yield what lies behind the refusal of an origin, where that can be told."""
    origin = case.ask.origin
    if case.reason is Reason.ORIGIN_MALFORMED and origin is not None:
        faults = parse_pattern("origin", origin)
        if not isinstance(faults, OriginPattern):
            why = f"{shown(origin)} {WHY[faults[0].reason]}"
            yield case.finding(Cause.ORIGIN_MISSPELT, why=why, remedy=faults[0].remedy)
            yield from _about_nearest(case, origin.rstrip("/"))
    if origin is None or case.reason not in (
        Reason.ORIGIN_NOT_ALLOWED,
        Reason.URL_NOT_COVERED,
        Reason.VIEW_DISABLED,
    ):
        return
    yield from _about_layers(case, origin)
    is_listed = case.reason is Reason.ORIGIN_NOT_ALLOWED and not case.policy.is_nobody
    nearest_ones = list(_about_nearest(case, origin)) if is_listed else []
    yield from nearest_ones
    yield from about_regex(case)
    yield from _about_names(case)
    if is_listed and not nearest_ones and case.policy.origin_tests:
        tests = ", ".join(callable_name(test) for test in case.policy.origin_tests)
        source = case.policy.who_source
        found, _ = admitting(case)
        edit = told([str(EDITS["look-into"]) % {"tests": tests}, *(change.text for change in found)])
        yield case.finding(Cause.CALLABLE_REFUSES, source=source, changes=found, tests=tests, origin=origin, edit=edit)
    if case.callback is None:
        if not is_listed and not case.reaches_view:
            yield _no_view(case)
    elif case.reason is Reason.ORIGIN_NOT_ALLOWED and not is_listed and not case.explanation.view.declares:
        yield case.finding(Cause.VIEW_UNDECLARED, view=case.view, **admitting(case)._asdict())


def _about_nearest(case: Case, origin: str) -> Iterator[Finding]:
    given = parse_origin(origin)
    is_admitted = judge_origin(case.policy, origin) is Reason.ALLOWED
    near = None if given is None or is_admitted else nearest(given, case.policy)
    if near is not None:
        pattern, differing = near
        page = EDITS["or-open"] % {"page": pattern} if parse_origin(pattern) is not None else ""
        yield case.finding(
            Cause.ORIGIN_DIFFERS,
            source=case.policy.who_source,
            origin=origin,
            nearest=pattern,
            part=get_text_list([str(PARTS[part]) for part in differing], str(PARTS["and"])),
            page=page,
            **admitting(case, origin)._asdict(),
        )


def _about_layers(case: Case, origin: str) -> Iterator[Finding]:
    """Yield which layer took away what a weaker one had admitted, or keeps closed what a stronger one opens."""
    layers = case.layers
    if case.policy.is_broken:
        yield from about_misspelt(case, ("CORS_POLICIES",))
        yield from about_merge(case)
        return
    if case.policy.is_nobody and (closing := _closing(layers)) is not None:
        code = Cause.VIEW_CLOSED_FOR_GOOD if closing.from_urlconf_or_settings else Cause.VIEW_CLOSED
        advice = admitting(case)
        yield case.finding(code, source=closing.source, closing=closing.source, view=case.view, **advice._asdict())
        return
    merged = [merge(layers[: count + 1]) for count in range(len(layers))]
    admits = [judge_origin(policy, origin) in (Reason.ALLOWED, Reason.DEPENDS) for policy in merged]
    if True in admits and not admits[-1]:
        last = max(number for number, is_admitted in enumerate(admits) if is_admitted)
        weaker = merged[last].who_source
        stronger = merged[last + 1].who_source
        if stronger.name != "CORS_URLS_REGEX":
            yield case.finding(
                Cause.POLICY_SHADOWED,
                source=stronger,
                weaker=weaker,
                stronger=stronger,
                origin=origin,
                **admitting(case)._asdict(),
            )


def about_merge(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the declarations together, or with one that nobody can read.

    Where a declaration cannot be read, the fault says how to write it. Where declarations are at odds, credentials are
    off; the edit allows them to the origin that was asked about, and to no other.
    """
    is_broken = case.policy.is_broken
    for fault, sources in case.policy.faults:
        places = ", ".join(map(str, sources))
        where = case.where(sources[-1])
        advice = None if is_broken or case.ask.origin in OPAQUE_ORIGINS else credentialing(case)
        if advice is None or not advice.changes:
            yield declaration_faulty(fault, "nobody" if is_broken else "no-credentials", places, where=where)
        else:
            yield declaration_faulty(fault, "no-credentials", places, where=where, **advice._asdict())


def _about_names(case: Case) -> Iterator[Finding]:
    names = ["CORS_VIEW_POLICIES"]
    if case.policy.who_source.is_site_wide:
        names += [name for field in ORIGIN_FIELDS for name in SETTINGS.get(field, ())]
    yield from about_misspelt(case, names)
    if case.callback is not None:
        for attribute in misspelt_declarations(case.callback):
            yield case.finding(Cause.DECLARATION_MISSPELT, culprit=attribute, place=attribute)


def about_misspelt(case: Case, names: Collection[str]) -> Iterator[Finding]:
    """Yield the settings that nothing reads, and that were meant for one of these names."""
    for name, right in misspelt_settings():
        if right in names:
            kinds = {"CORS_VIEW_POLICIES": "named", "CORS_POLICIES": "policies", "CORS_URLS_REGEX": "regex"}
            reach = REACHES[kinds.get(right, "all")]
            yield case.finding(Cause.SETTING_MISSPELT, culprit=name, name=name, right=right, reach=reach)


def about_regex(case: Case) -> tuple[Finding, ...]:
    """Return why `CORS_URLS_REGEX` misses the path, where that can be told."""
    if case.reason is not Reason.URL_NOT_COVERED:
        return ()
    regex, path, prefix = resolvers.current().conf.urls_regex, case.path, script_prefix()
    if regex.match(path.removeprefix("/")):
        code, form, right = Cause.REGEX_LEADING_SLASH, "slash", with_slash(regex.pattern)
    elif prefix and regex.match(prefix + path):
        code, form, right = Cause.REGEX_SCRIPT_PREFIX, "prefix", regex.pattern.replace(prefix, "", 1)
    else:
        return ()
    if not covers(right, path):
        return ()
    found, _ = admitting(case)
    corrected = str(EDITS[form]) % {"right": raw(right), "reach": REACHES["regex"]}
    edit = told([corrected, *(change.text for change in found)])
    source, shown_regex = case.explanation.source, shown(regex.pattern)
    finding = case.finding(code, source=source, regex=shown_regex, path=path, prefix=prefix, edit=edit)
    return (replace(finding, changes=found),)


def uncovered(case: Case) -> Finding:
    """Return that `CORS_URLS_REGEX` leaves the path out."""
    regex = shown(resolvers.current().conf.urls_regex.pattern)
    return case.finding(
        case.reason,
        source=case.explanation.source,
        regex=regex,
        path=case.path,
        view=case.view,
        effect=EFFECTS["reaches"] if case.reaches_view else "",
        **covering(case)._asdict(),
    )


def covering(case: Case) -> Advised:
    """Return what to edit where `CORS_URLS_REGEX` leaves a path out."""
    found, edit = admitting(case)
    site = judge_origin(merge(resolvers.current().conf.covered), case.ask.origin)
    if site in (Reason.ALLOWED, Reason.DEPENDS):
        widen = str(EDITS["widen"]) % {"path": case.path}
        edit = told([*(change.text for change in found), widen])
    return Advised(found, edit)


def admitting(case: Case, origin: str | None = None) -> Advised:
    """Return what to edit for a method that is to allow the origin: as it was asked about, or as it is meant."""
    return advised(case, "allowed_origins", origin or str(case.ask.origin))


def credentialing(case: Case) -> Advised:
    """Return what to edit for a method that is to allow the origin with credentials."""
    return advised(case, "allow_credentials", str(case.ask.origin))


def _no_view(case: Case, *, blocks: bool = True) -> Finding:
    location = _language_path(case) if case.last.is_preflight else None
    if location is not None:
        effect = EFFECTS["unresolved"]
        return case.finding(Cause.REDIRECT_LANGUAGE, path=case.path, location=location, effect=effect)
    return case.finding(Reason.NOT_RESOLVED, blocks=blocks, path=case.path, edit=path_edit(case))


def path_edit(case: Case) -> str:
    """Return what to do about a path without a view."""
    near = case.path[:-1] if case.path.endswith("/") else f"{case.path}/"
    has_view = case.finds(near)
    return EDITS["near-path" if has_view else "correct-path"] % {"location": f"{script_prefix()}{near}"}


def _language_path(case: Case) -> str | None:
    """Return where `LocaleMiddleware` would lead a path that no view answers, None for nowhere."""
    path = f"/{get_language_from_request(HttpRequest())}{case.path}"
    has_view = resolvers.current().conf.reads_languages and case.finds(path)
    return f"{script_prefix()}{path}" if has_view else None


def _closing(layers: tuple[Layer, ...]) -> Layer | None:
    """Return the layer that closes a view: the one from outside, which is final; else the strongest."""
    closing = [layer for layer in layers if not layer.is_global and layer.policy is not None and layer.policy.is_off]
    return next((layer for layer in closing if layer.from_urlconf_or_settings), closing[-1] if closing else None)
