"""Checks W015 (CSRF trust) and W016 (`SameSite`): why allowed cookies would not work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings as django_settings

from drf_cors.checks.findings import Finding, few
from drf_cors.core.origins import OriginPattern, parse_valid
from drf_cors.explain.public_suffixes import is_local, site_of
from drf_cors.explain.sessions import is_trusted, reads_session, strings, wants_csrf_token

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from drf_cors.checks.site_endpoints import EndpointView, SiteEndpoints
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.sources import Source

UNSAFE_METHODS: Final = ("DELETE", "PATCH", "POST", "PUT")


class _Use(NamedTuple):
    """A view to which origins may send a session's cookie.

    Attributes:
        source: The declaration that allows the origins.
        origins: Their origin or pattern; or what allows them, in words.
        view: The name of the view.
    """

    source: Source
    origins: str
    view: str


def session_findings(site: SiteEndpoints) -> Iterator[Finding]:
    """Report policies with credentials whose cookies are not sent, or whose writes CSRF refuses.

    The cause is a setting of Django, so each kind is one message.
    """
    untrusted = site.run_rule(_untrusted)
    yield from _findings(
        "drf_cors.W015",
        untrusted,
        "with methods that need a CSRF token, but CSRF_TRUSTED_ORIGINS does not list the origin: "
        "Django responds with 403.",
        _trust_hint(dict.fromkeys(use.origins for use in untrusted)),
    )
    yield from _findings(
        "drf_cors.W015",
        site.run_rule(_untrusted_callers),
        "with methods that need a CSRF token, but CSRF_TRUSTED_ORIGINS is empty: Django responds with 403.",
        "List the origins, or a pattern for them, in CSRF_TRUSTED_ORIGINS, which applies to every "
        "view. Or leave credentials off.",
    )
    yield from _findings(
        "drf_cors.W016",
        site.run_rule(_other_sites),
        f"but the session cookie is SameSite={django_settings.SESSION_COOKIE_SAMESITE}: browsers "
        "do not send it from another site.",
        'Set SESSION_COOKIE_SAMESITE = "None" and SESSION_COOKIE_SECURE = True, and the same for '
        "the CSRF cookie. This applies to the whole site. Or leave credentials off.",
    )


def _findings(number: str, uses: Iterable[_Use], why: str, hint: str) -> Iterator[Finding]:
    """Yield a finding for each policy, with its origins and its views."""
    by_cause: dict[Hashable, list[_Use]] = {}
    for use in uses:
        by_cause.setdefault(use.source.cause, []).append(use)
    for found in by_cause.values():
        source = found[0].source.edited
        origins = few(use.origins for use in found)
        views = few(use.view for use in found)
        yield Finding(
            id=number,
            cause=why,
            place=source,
            text=f"{source} lets {origins} send credentials to {views}, {why}",
            hint=hint,
        )


def _trust_hint(origins: Iterable[str]) -> str:
    """Return the one advice for all origins that are not trusted."""
    listed, any_port = [], []
    for origin in origins:
        if origin.endswith(":*"):
            any_port.append(origin)
        else:
            listed.append(repr(origin))
    advice = []
    if listed:
        advice.append(f"Add {', '.join(listed)} to CSRF_TRUSTED_ORIGINS")
    if any_port:
        names = ", ".join(any_port)
        advice.append(f"List the origins of {names} with their ports in CSRF_TRUSTED_ORIGINS")
    return f"{'. '.join(advice)}, which applies to every view. Or leave credentials off."


def _untrusted(entry: EndpointView) -> Iterator[_Use]:
    for policy in _writing_policies(entry):
        for source, pattern in credentialed_patterns(policy):
            if pattern.scheme not in ("http", "https"):
                continue
            if not is_trusted(pattern) and not _is_own(pattern):
                yield _Use(source, pattern.text, entry.name)


def _untrusted_callers(entry: EndpointView) -> Iterator[_Use]:
    """Yield regular expressions and callables that allow credentials, if no origin is trusted.

    Which origins they allow is not known. If no origin is trusted, those are not trusted either.
    """
    if django_settings.CSRF_TRUSTED_ORIGINS:
        return
    for policy in _writing_policies(entry):
        if policy.allow_credentials is not True:
            continue
        if policy.allowed_origin_regexes:
            source = policy.sources["allowed_origin_regexes"]
            yield _Use(source, "origins that a regular expression allows", entry.name)
        if policy.origin_tests:
            source = policy.sources["is_origin_allowed"]
            yield _Use(source, "origins that is_origin_allowed allows", entry.name)


def _writing_policies(entry: EndpointView) -> Iterator[EffectivePolicy]:
    """Yield the policies of methods that need a CSRF token, if the view reads the session."""
    if _reads_sessions(entry) and wants_csrf_token(entry.endpoint.callback):
        for method in UNSAFE_METHODS:
            policy = entry.policies.by_method.get(method)
            if policy is not None and policy.permits_method(method):
                yield policy


def _other_sites(entry: EndpointView) -> Iterator[_Use]:
    own = _own_sites()
    if not own or str(django_settings.SESSION_COOKIE_SAMESITE).lower() not in ("lax", "strict"):
        return
    if not _reads_sessions(entry):
        return
    for policy in entry.distinct:
        for source, pattern in credentialed_patterns(policy):
            if pattern.host and not is_local(pattern.host) and site_of(pattern.host) not in own:
                yield _Use(source, pattern.text, entry.name)


def _reads_sessions(entry: EndpointView) -> bool:
    """Whether a view authenticates by session.

    A plain Django view may do so. It counts if it declares a policy.
    """
    is_counted = entry.attribute("authentication_classes") is not None or entry.view.declares
    return is_counted and reads_session(entry.endpoint.callback)


def credentialed_patterns(policy: EffectivePolicy) -> Iterator[tuple[Source, OriginPattern]]:
    """Yield the origins and patterns that may send credentials, each with its declaration."""
    if policy.allow_credentials is True:
        for pattern in parse_valid(policy.allowed_origins):
            yield policy.sources["allowed_origins"], pattern
    elif policy.allow_credentials:
        for pattern in parse_valid(policy.allow_credentials):
            yield policy.sources["allow_credentials"], pattern


def _is_own(pattern: OriginPattern) -> bool:
    """Whether an origin is this server's own, which needs no CSRF trust.

    It is if it is the only host in `ALLOWED_HOSTS`, apart from hosts for development.
    """
    hosts = {host for host in strings(django_settings.ALLOWED_HOSTS) if not is_local(host)}
    return hosts == {pattern.text.partition("://")[2]}


def _own_sites() -> frozenset[str]:
    """Return the sites of this server; empty if the settings do not show them."""
    hosts = strings(django_settings.ALLOWED_HOSTS)
    if "*" in hosts:
        return frozenset()
    sites = set()
    for host in (*hosts, django_settings.SESSION_COOKIE_DOMAIN or ""):
        name = re.sub(r":\d+$", "", host).lstrip(".")
        # Names of a development machine or a private network are not the name of a site.
        if "." in name and not is_local(name):
            sites.add(site_of(name))
    return frozenset(sites)
