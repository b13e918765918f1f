"""Checks of the policies that views declare, and of their routes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps

from drf_cors import resolver, urlconfs
from drf_cors.checks.authentication import unsendable_headers
from drf_cors.checks.findings import Finding, to_messages
from drf_cors.checks.sessions import session_findings
from drf_cors.checks.settings import misread
from drf_cors.checks.site_endpoints import EndpointView, SiteEndpoints
from drf_cors.checks.switching import is_switching
from drf_cors.core.errors import shown
from drf_cors.core.merge import merge
from drf_cors.endpoints import Coverage
from drf_cors.layers import find_view_policies_key
from drf_cors.one_pass import once_per_pass, one_pass
from drf_cors.view_facts import facts_of
from drf_cors.view_layers import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.core.checks import CheckMessage

    from drf_cors.conf import CorsSettings
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.sources import Source


@one_pass()
def check_views(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with the policies that views declare, and with their routes."""
    site = SiteEndpoints()
    if site.conf is None:
        return []
    rules: tuple[Callable[[EndpointView], Iterable[Finding]], ...] = (
        _merge_faults,
        _conflicts,
        _lost,
        _misread_in_view,
        _unlisted_methods,
        unsendable_headers,
        _shadowed,
        _second_name,
    )
    findings: list[Finding] = []
    for rule in rules:
        findings += site.run_rule(rule)
    findings += [*session_findings(site), *_site_findings(site, site.conf), *site.unreadable]
    return to_messages(findings)


def _misread_in_view(entry: EndpointView) -> Iterator[Finding]:
    reported = _misread_in_settings(entry.conf)
    for policy in entry.distinct:
        for finding in _misread(policy):
            if finding not in reported:
                yield finding


@once_per_pass
def _misread_in_settings(conf: CorsSettings) -> frozenset[Finding]:
    """Return the findings about the settings, which `check_settings` reports."""
    return frozenset(misread(merge(conf.covered)))


@once_per_pass
def _misread(policy: EffectivePolicy) -> tuple[Finding, ...]:
    return tuple(misread(policy))  # views without a declaration share the policy of the settings


def _merge_faults(entry: EndpointView) -> Iterator[Finding]:
    lost = [lost.fault for lost in entry.view.layers.lost]  # reported by _lost()
    for policy in entry.distinct:
        for fault, sources in policy.faults:
            if fault in lost:
                continue
            places = " and ".join(source.edited for source in sources)
            yield Finding(
                id="drf_cors.E010" if policy.is_broken else "drf_cors.E003",
                cause=(fault.why, fault.advice),
                place=f"{entry.name} (declared by {places})",
                text=f"{entry.name}: {fault.why}. Declared by {places}.",
                hint=f"{fault.advice}.",
                route=entry.endpoint.route,
            )


def _conflicts(entry: EndpointView) -> Iterator[Finding]:
    for chosen, others in entry.view.layers.conflicts:
        text = _conflict_text(chosen, others)
        yield Finding(
            id="drf_cors.E004",
            cause=text,
            place=entry.name,
            text=f"{entry.name}: {text}",
            hint="Keep one of them.",
            route=entry.endpoint.route,
        )


def _conflict_text(chosen: Source, others: tuple[Source, ...]) -> str:
    if set(others) == {chosen}:
        return (
            f"{chosen} is declared {len(others) + 1} times at the same level. Only one applies: "
            "the first that allows no origin, else the one closest to the code."
        )
    names = ", ".join(map(str, others))
    return f"{chosen} and {names} are declared at the same level. Only {chosen} applies."


#: Why a declaration has no effect -> the id of the check.
_LOST: Final[Mapping[str, str]] = {
    "lost-behind-wrapper": "drf_cors.E011",
    "lost-called": "drf_cors.E011",
    "lost-called-at-request": "drf_cors.E011",
    "lost-at-request": "drf_cors.E011",
    "lost-keyword": "drf_cors.E011",
    "lost-on-function": "drf_cors.E011",
    "lost-misspelt": "drf_cors.E011",
    "lost-argument": "drf_cors.E011",
    "lost-hook": "drf_cors.E011",
    "lost-static": "drf_cors.E011",
    "lost-annotation": "drf_cors.E011",
    "lost-no-handler": "drf_cors.E011",
    "lost-no-route": "drf_cors.E005",
    "lost-override": "drf_cors.E012",
    "lost-place-unknown": "drf_cors.E013",
    "lost-second-route": "drf_cors.E014",
    "lost-unreadable": "drf_cors.E011",
    "wrong-type": "drf_cors.E010",
}


def _lost(entry: EndpointView) -> Iterator[Finding]:
    # Functions behind wrappers need the route, because many have the same name.
    is_class = entry.view.layers.view_class is not None
    closed = entry.name if is_class else f"{entry.name} at {entry.endpoint.label}"
    for lost in entry.view.layers.lost:
        if lost.fault.reason == "lost-second-name":
            continue  # reported by _second_name(), which knows the routes
        # Different functions may have the same name, so the text alone does not name the cause.
        objects = tuple(map(id, lost.unless_routed)) or closed
        yield Finding(
            id=_LOST[lost.fault.reason],
            cause=(lost.fault.why, lost.fault.advice, "" if is_class else objects),
            place=closed,
            text=f"{lost.fault.why}. {closed} is closed to all other origins.",
            hint=f"{lost.fault.advice}.",
            route=entry.endpoint.route,
        )


def _unlisted_methods(entry: EndpointView) -> Iterator[Finding]:
    layers = entry.view.layers
    for method, name in entry.handlers:
        if method not in layers.by_method:
            continue
        policy = entry.policies.of(method)
        if not policy.is_nobody and not policy.permits_method(method):
            source = policy.sources["allow_methods"]
            yield Finding(
                id="drf_cors.W011",
                cause=(source.cause, method),
                source=source,
                place=f"{entry.name}.{name}",
                text=f"{entry.name}.{name} has a policy of its own, but {method} is not in its "
                f"allow_methods ({source.edited}): requests from all other origins are refused.",
                hint=f"Add {method!r} to allow_methods, or write NO_CORS.",
                route=entry.endpoint.route,
            )


def _shadowed(entry: EndpointView) -> Iterator[Finding]:
    """Report routes that are never reached, if their policy is not that of the view that is."""
    endpoint = entry.endpoint
    is_open = entry.view.is_governed and not all(policy.is_nobody for policy in entry.distinct)
    if not (entry.view.declares or is_open):
        return
    reached = endpoint.reached_instead
    # Where neither declares a policy, both have that of the settings.
    if reached is not None and (entry.view.declares or reached.declares):
        yield Finding(
            id="drf_cors.W012",
            cause=reached.layers.name,
            place=f"{endpoint.label} of {entry.name}",
            text=f"{endpoint.label} of {entry.name} is never reached: an earlier route to "
            f"{reached.layers.name} matches its paths, and the policy of that view applies.",
            hint="Move the route above the earlier one, or give it another path.",
            route=endpoint.route,
        )


def _second_name(entry: EndpointView) -> Iterator[Finding]:
    """Report policies for the second URL name of a view on one route."""
    endpoint = entry.endpoint
    if not (entry.conf.view_policies and endpoint.lost_key):
        return
    first, own = endpoint.found_under, shown(full_name(endpoint.url_name))
    if first.name:
        under = f"the URL name {shown(full_name(first))}"
        remedy = f"Write the policy under {shown(full_name(first))}."
    else:
        under = "an earlier route without a name"
        remedy = "Give that route a name, and write the policy under it."
    key = f"CORS_VIEW_POLICIES[{endpoint.lost_key!r}]"
    yield Finding(
        id="drf_cors.E014",
        cause=(key, remedy),
        place=endpoint.label,
        text=f"Django finds requests for {endpoint.label} under {under}, which leads to the same "
        f"view. The policy under {own}, {key}, never applies.",
        hint=remedy,
        route=endpoint.route,
    )


def _site_findings(site: SiteEndpoints, conf: CorsSettings) -> Iterator[Finding]:
    yield from _unmatched_keys(site, conf)
    for lost in resolver.current().error_views:
        yield Finding(
            id="drf_cors.E011",
            cause=(lost.fault.why, lost.fault.advice),
            place="paths without a view",
            text=f"{lost.fault.why}. Paths without a view are closed to all other origins.",
            hint=f"{lost.fault.advice}.",
        )
    if site.entries and all(entry.endpoint.coverage is Coverage.NONE for entry in site.entries):
        yield Finding(
            id="drf_cors.W013",
            cause="CORS_URLS_REGEX",
            place="CORS_URLS_REGEX",
            text=f"CORS_URLS_REGEX ({shown(conf.urls_regex.pattern)}) matches no route: the global "
            "settings allow no origin.",
            hint="It is matched at the start of the path, which begins with a slash: r'^/api/.*$'.",
        )
    yield from _out_of_reach(site, conf)


def _unmatched_keys(site: SiteEndpoints, conf: CorsSettings) -> Iterator[Finding]:
    """Report keys of `CORS_VIEW_POLICIES` that match no view.

    If a URLconf cannot be read, its views are not known, and nothing is reported.
    """
    if site.unreadable:
        return
    found = {entry.view.layers.view_policies_key for entry in site.entries}
    for key in conf.view_policies:
        if key not in found and not _is_matched(key, site.entries, conf):
            yield _unmatched_key(key, conf)


def _unmatched_key(key: str, conf: CorsSettings) -> Finding:
    form = "Write a URL name with its namespaces ('orders:list'), 'namespace:*', or the dotted path of a view."
    further = "CORS_URLCONFS = ['project.tenant_urls']"
    if is_switching(conf):
        names = ", ".join(urlconf.name for urlconf in urlconfs.of_site(conf))
        return Finding(
            id="drf_cors.W021",
            cause="CORS_VIEW_POLICIES",
            place=repr(key),
            text=f"CORS_VIEW_POLICIES[{key!r}] matches no view of the known URLconfs: {names}.",
            hint=f"{form} If the view is in another URLconf, name it: {further}.",
        )
    return Finding(
        id="drf_cors.E006",
        cause="CORS_VIEW_POLICIES",
        place=repr(key),
        text=f"CORS_VIEW_POLICIES[{key!r}] matches no view of the URLconf.",
        hint=f"{form} If middleware selects the URLconf, name the others: {further}.",
    )


#: Apps that respond outside Django's middleware -> what does so, and what to do instead.
_OUTSIDE: Final[Mapping[str, tuple[str, str]]] = {
    "django_bolt": (
        "the endpoints of django-bolt",
        "Configure CORS in django-bolt. It reads some CORS_* settings, but no policies of views.",
    ),
    "channels": (
        "consumers of channels",
        "Set the headers in the HTTP consumers. CORS does not apply to WebSockets: put OriginValidator around them.",
    ),
}


def _out_of_reach(site: SiteEndpoints, conf: CorsSettings) -> Iterator[Finding]:
    """Report apps whose endpoints get no policy, if the site has policies."""
    if not _has_policies(site, conf):
        return
    for app in apps.get_app_configs():
        if app.name in _OUTSIDE:
            what, advice = _OUTSIDE[app.name]
            yield Finding(
                id="drf_cors.W022",
                cause=app.name,
                place=app.name,
                text=f"{app.name!r} is in INSTALLED_APPS: {what} respond outside Django's "
                "middleware, so no policy applies to them.",
                hint=advice,
            )


def _has_policies(site: SiteEndpoints, conf: CorsSettings) -> bool:
    if conf.policies or conf.view_policies or not merge(conf.covered).is_nobody:
        return True
    return any(entry.view.declares for entry in site.entries)


def _is_matched(key: str, entries: Iterable[EndpointView], conf: CorsSettings) -> bool:
    """Whether a key would match a view if it were the only key.

    Such a key is not wrong, even if more specific keys apply to all its views.
    """
    alone = replace(conf, view_policies={key: conf.view_policies[key]})
    for entry in entries:
        facts = facts_of(entry.endpoint.callback)
        if find_view_policies_key(facts, entry.endpoint.url_name, alone) is not None:
            return True
    return False
