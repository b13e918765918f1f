"""What keeps cookies from doing what a policy allows: CSRF trust, and `SameSite`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from django.conf import settings as django_settings
from django.core import checks

from drf_cors.core.origins import OriginPattern, parse_valid
from drf_cors.explain.public_suffixes import is_local, site_of
from drf_cors.explain.sessions import is_trusted, reads_session, strings, wants_csrf_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drf_cors.checks.site_endpoints import EndpointView, SiteEndpoints
    from drf_cors.core.merge import EffectivePolicy, Source

T = TypeVar("T")

UNSAFE_METHODS: Final = ("DELETE", "PATCH", "POST", "PUT")


class _Use(NamedTuple):
    """An origin that may send a session's cookie to a view."""

    source: Source
    pattern: OriginPattern
    view: str


def session_messages(site: SiteEndpoints) -> Iterator[checks.CheckMessage]:
    """Report policies with credentials whose cookies will not arrive, or whose writes CSRF will refuse."""
    for (source, pattern), views in _gathered(site.run_rule(_untrusted)).items():
        yield checks.Warning(
            f"{source} lets {pattern.text} send credentials to {views}, with methods that need a CSRF token; but "
            "CSRF_TRUSTED_ORIGINS does not list the origin: Django answers 403.",
            hint=f"Add {pattern.text!r} to CSRF_TRUSTED_ORIGINS, which applies to every view; or leave credentials off."
            if pattern.port != "*"
            else "List its origins with their ports in CSRF_TRUSTED_ORIGINS, which applies to every view; or "
            "leave credentials off.",
            id="drf_cors.W015",
        )
    for (source, how), views in _gathered(site.run_rule(_untold)).items():
        yield checks.Warning(
            f"{source} lets origins that {how} admits send credentials to {views}, with methods that need a CSRF "
            "token; but CSRF_TRUSTED_ORIGINS is empty: Django answers 403.",
            hint="List the origins, or a pattern for them, in CSRF_TRUSTED_ORIGINS, which applies to every view; or "
            "leave credentials off.",
            id="drf_cors.W015",
        )
    for (source, pattern), views in _gathered(site.run_rule(_other_sites)).items():
        yield checks.Warning(
            f"{source} lets {pattern.text} send credentials to {views}, but the session cookie is "
            f"SameSite={django_settings.SESSION_COOKIE_SAMESITE}: browsers do not send it from another site.",
            hint='Set SESSION_COOKIE_SAMESITE = "None" and SESSION_COOKIE_SECURE = True, the CSRF cookie likewise: '
            "this applies to the whole site; or leave credentials off.",
            id="drf_cors.W016",
        )


def _gathered(uses: Iterable[tuple[Source, T, str]]) -> dict[tuple[Source, T], str]:
    """Return for each origin, by the declaration that lists it, the views it reaches: one by name."""
    views: dict[tuple[Source, T], list[str]] = {}
    for source, origins, view in uses:
        known = views.setdefault((source, origins), [])
        if view not in known:
            known.append(view)
    return {
        key: names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" for key, names in views.items()
    }


def _untrusted(entry: EndpointView) -> Iterator[_Use]:
    for policy in _writing_policies(entry):
        for source, pattern in credentialed_patterns(policy):
            if pattern.scheme in ("http", "https") and not is_trusted(pattern) and not _is_own(pattern):
                yield _Use(source, pattern, entry.name)


def _untold(entry: EndpointView) -> Iterator[tuple[Source, str, str]]:
    """Yield what else admits origins with credentials: which, is known to nobody; that none is trusted, may be."""
    for policy in _writing_policies(entry) if not django_settings.CSRF_TRUSTED_ORIGINS else ():
        if policy.allow_credentials is True and policy.allowed_origin_regexes:
            yield policy.sources["allowed_origin_regexes"], "a regular expression", entry.name
        if policy.allow_credentials is True and policy.origin_tests:
            yield policy.sources["is_origin_allowed"], "is_origin_allowed", entry.name


def _writing_policies(entry: EndpointView) -> Iterator[EffectivePolicy]:
    """Yield the policies of methods for which a view wants a CSRF token, where it knows its caller by the session."""
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
                yield _Use(source, pattern, entry.name)


def _reads_sessions(entry: EndpointView) -> bool:
    """Whether a view knows its caller by the session; a plain Django view may, and counts if it declares a policy."""
    is_meant = entry.attribute("authentication_classes") is not None or entry.view.declares
    return is_meant and reads_session(entry.endpoint.callback)


def credentialed_patterns(policy: EffectivePolicy) -> Iterator[tuple[Source, OriginPattern]]:
    """Yield the origins and patterns that may send credentials, with where they are listed."""
    if policy.allow_credentials is True:
        for pattern in parse_valid(policy.allowed_origins):
            yield policy.sources["allowed_origins"], pattern
    elif policy.allow_credentials:
        for pattern in parse_valid(policy.allow_credentials):
            yield policy.sources["allow_credentials"], pattern


def _is_own(pattern: OriginPattern) -> bool:
    """Whether an origin is this server's own, which needs no trust: the one host of it, development aside."""
    hosts = {host for host in strings(django_settings.ALLOWED_HOSTS) if not is_local(host)}
    return hosts == {pattern.text.partition("://")[2]}


def _own_sites() -> frozenset[str]:
    """Return the sites this server is part of; empty where the settings do not tell."""
    hosts = strings(django_settings.ALLOWED_HOSTS)
    if "*" in hosts:
        return frozenset()
    hosts = [re.sub(r":\d+$", "", host).lstrip(".") for host in (*hosts, django_settings.SESSION_COOKIE_DOMAIN or "")]
    # Names of a development machine or a private network say nothing about the site.
    return frozenset(site_of(host) for host in hosts if "." in host and not is_local(host))
