"""Checks of policies that allow more than their author can have intended. Run by `--deploy`."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

from django.urls.resolvers import RegexPattern

from drf_cors import sample_paths
from drf_cors.checks.findings import Finding, to_messages
from drf_cors.checks.sessions import credentialed_patterns
from drf_cors.checks.site_endpoints import SiteEndpoints
from drf_cors.core.errors import shown
from drf_cors.core.fetch import METHOD_OVERRIDE_HEADERS
from drf_cors.core.merge import EffectivePolicy, merge
from drf_cors.core.origins import SHARED_NAMES, Origin, canonical_ip, parse_origin, parse_valid
from drf_cors.explain.public_suffixes import is_anybodys, is_for_tests, is_local, site_of, suffixes
from drf_cors.one_pass import one_pass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.core.checks import CheckMessage

    from drf_cors.core.sources import Source

#: How many numbers in a regular expression are tried as ports.
MAX_PORTS: Final = 4


@one_pass()
def check_security(**_: Any) -> list[CheckMessage]:
    """Report policies that allow more than their author can have intended. Run by `--deploy`."""
    site = SiteEndpoints()
    if site.conf is None:
        return []
    reported = len(site.unreadable)  # by check_views
    settings_policy = merge(site.conf.covered)
    findings = site.guard("The CORS settings", lambda: _insecure([settings_policy]))
    findings += site.run_rule(lambda entry: _insecure(entry.distinct))
    return to_messages([*findings, *site.unreadable[reported:]])


def _insecure(policies: Iterable[EffectivePolicy]) -> Iterator[Finding]:
    for policy in policies:
        for rule in (_any_origin, _public_suffixes, _lookalikes, _plain_http, _method_overrides):
            yield from rule(policy)


def _any_origin(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report that every site may send credentials. Only the settings can allow this directly."""
    if policy.allow_credentials is not True:
        return
    cookies = "every site on the web can act with its visitors' cookies"
    if policy.allow_all_origins:
        credentials = policy.sources["allow_credentials"]
        yield Finding(
            id="drf_cors.E002",
            cause=credentials.cause,
            place=str(credentials),
            text=f"{policy.sources['allow_all_origins']} and {credentials} are both True: {cookies}.",
            hint=f"List the origins that may send credentials: {credentials.name} = "
            "['https://shop.example']. Every origin can still read without credentials.",
        )
    for regex in filter(_allows_any, policy.allowed_origin_regexes):
        source = policy.sources["allowed_origin_regexes"]
        yield Finding(
            id="drf_cors.E009",
            cause=source.cause,
            source=source,
            place=shown(regex.pattern),
            text=f"{source.edited}: {shown(regex.pattern)} allows any origin, with credentials: {cookies}.",
            hint="List the origins with credentials, or add the domain to the regular expression.",
        )


#: Origins that have only the scheme in common.
_UNRELATED: Final = ("https://evil.example", "https://evil.test", "https://evil.org")


def _allows_any(regex: re.Pattern[str]) -> bool:
    return all(regex.fullmatch(origin) for origin in _UNRELATED)


def _public_suffixes(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report what allows every site under a public suffix, where anybody can register a name."""
    yield from _public_suffixes_of_patterns(policy)
    for regex in policy.allowed_origin_regexes:
        yield from _public_suffixes_of_regex(policy, regex)


def _public_suffixes_of_patterns(policy: EffectivePolicy) -> Iterator[Finding]:
    credentialed = [pattern for _, pattern in credentialed_patterns(policy)]
    source = policy.sources["allowed_origins"]
    for pattern in parse_valid(policy.allowed_origins):
        if pattern.any_subdomain and is_anybodys(pattern.host):
            text, host = pattern.text, pattern.host
            is_credentialed = any(known.covers(pattern) for known in credentialed)
            yield _public_suffix(source, text, host, is_credentialed=is_credentialed)


def _public_suffixes_of_regex(policy: EffectivePolicy, regex: re.Pattern[str]) -> Iterator[Finding]:
    source = policy.sources["allowed_origin_regexes"]
    is_credentialed = policy.allow_credentials is True
    open_hosts = _open_hosts(regex)
    for host in open_hosts:
        yield _public_suffix(source, regex.pattern, host, is_credentialed=is_credentialed)
    if open_hosts or _allowed_lookalikes(regex):
        return
    stranger = _allowed_stranger(regex)
    if stranger is not None:
        host = site_of(stranger.host).partition(".")[2]
        place = f"{regex.pattern!r} also allows '{stranger}'"
        text = f"{source.edited}: {place}: anybody can register such a name under {host}"
        yield _too_many(source, place, text, is_credentialed=is_credentialed)


@functools.lru_cache(maxsize=1024)
def _open_hosts(regex: re.Pattern[str]) -> tuple[str, ...]:
    """Return the public suffixes under which a regular expression allows every site."""
    shared = [name for name in sorted(SHARED_NAMES) if name in regex.pattern]
    found = []
    for host in (*_hosts_in(regex), *shared):
        if not is_anybodys(host):
            continue
        # Names of a local network and onion services are mostly used without TLS.
        if any(any(_allowed(regex, f"{scheme}://evil.{host}")) for scheme in ("https", "http")):
            found.append(host)
    return tuple(found)


def _public_suffix(source: Source, pattern: str, host: str, *, is_credentialed: bool) -> Finding:
    place = f"{pattern!r} allows every site under {host}"
    text = f"{source.edited}: {place}, where anybody can register one"
    return _too_many(source, place, text, is_credentialed=is_credentialed)


def _too_many(source: Source, place: str, text: str, *, is_credentialed: bool) -> Finding:
    number, end = ("drf_cors.E008", ", with credentials.") if is_credentialed else ("drf_cors.W017", ".")
    hint = "List your own sites one by one."
    return Finding(id=number, cause=source.cause, source=source, place=place, text=f"{text}{end}", hint=hint)


def _lookalikes(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report regular expressions that allow origins their author did not intend."""
    for regex in policy.allowed_origin_regexes:
        source = policy.sources["allowed_origin_regexes"]
        if policy.allow_credentials is True and _allows_any(regex):
            continue  # reported by _any_origin()
        allowed = _allowed_lookalikes(regex)
        if allowed:
            place = f"{regex.pattern!r} also allows {', '.join(map(repr, allowed[:3]))}"
            yield Finding(
                id="drf_cors.W018",
                cause=source.cause,
                source=source,
                place=place,
                text=f"{source.edited}: {place}.",
                hint=r"Write 'https://' and your domain in full, escape the dots (\.), and allow "
                "nothing directly before or after it. Or list origins and patterns in "
                "allowed_origins.",
            )


@functools.lru_cache(maxsize=1024)
def _allowed_lookalikes(regex: re.Pattern[str]) -> tuple[str, ...]:
    found: list[str] = []
    for probe in _probes(regex):
        found += _allowed(regex, probe)
    return tuple(found)


def _probes(regex: re.Pattern[str]) -> Iterator[str]:
    """Yield origins that must not be allowed: of other sites than the hosts they are made from."""
    yield from ("https://evil.example", "http://evil.example")
    for host in _hosts_in(regex):
        for other in _lookalikes_of(host):
            # _public_suffixes() reports these.
            is_reported = any(other.endswith(f".{suffix}") for suffix in _open_hosts(regex))
            if site_of(other) != site_of(host) and not is_reported:
                yield from (f"https://{other}", f"https://a.{other}")
    for origin in _plain(regex):
        if regex.fullmatch(origin.replace("http", "https", 1)):
            yield origin


def _lookalikes_of(host: str) -> Iterator[str]:
    yield from (f"{host}.evil.example", f"evil{host}", f"evil-{host}")
    for dot in re.finditer(r"\.", host):
        yield f"{host[: dot.start()]}x{host[dot.end() :]}"
    site = site_of(host)
    yield f"{host.removesuffix(site)}{site.partition('.')[0]}.icu"


def _plain(regex: re.Pattern[str]) -> Iterator[str]:
    """Yield `http://` origins that a regular expression allows."""
    for host in _hosts_in(regex):
        for name in (host, f"www.{host}", f"a.{host}"):
            yield from _allowed(regex, f"http://{name}")


def _allowed(regex: re.Pattern[str], origin: str) -> Iterator[str]:
    """Yield an origin, or the same with a port, if a regular expression allows it: at most one."""
    ports = ("3000", *re.findall(r"\d{2,5}", regex.pattern)[:MAX_PORTS])
    for text in (origin, *(f"{origin}:{port}" for port in ports)):
        if parse_origin(text) and regex.fullmatch(text):
            yield text
            return


@functools.lru_cache(maxsize=1024)
def _allowed_stranger(regex: re.Pattern[str]) -> Origin | None:
    """Return an allowed origin whose site anybody can register, None if there is none."""
    for origin in _matched(regex):
        # The list does not have the suffixes of private networks. Nobody else registers names
        # there.
        suffix = suffixes().publicsuffix(origin.host, accept_unknown=False)
        site = site_of(origin.host)
        if suffix is None or site == suffix:
            continue
        label = site.removesuffix(f".{suffix}")
        subdomain = origin.host.removesuffix(site)
        for other in _altered(label):
            stranger = origin._replace(host=f"{subdomain}{other}.{suffix}")
            if regex.fullmatch(str(stranger)) and parse_origin(str(stranger)):
                return stranger
    return None


def _altered(label: str) -> Iterator[str]:
    """Yield other labels: with a part replaced by text, or a character by a letter or a digit."""
    length = len(label)
    for start in range(length + 1):
        for end in range(length, start, -1):
            yield f"{label[:start]}evil{label[end:]}"
    for position, char in enumerate(label):
        for other in sorted({"x", "7"} - {char}):
            yield f"{label[:position]}{other}{label[position + 1 :]}"


def _matched(regex: re.Pattern[str]) -> Iterator[Origin]:
    """Yield origins that a regular expression matches. Some expressions yield none."""
    for text in sample_paths.sample_values(RegexPattern(regex.pattern), sample_paths.VALUES, {}):
        origin = parse_origin(text)
        if origin and regex.fullmatch(text):
            yield origin


#: A host, or the end of one, in a regular expression. Its dots may be escaped.
_HOST_IN_REGEX: Final = re.compile(r"(?<!\\)[a-z0-9][a-z0-9-]*(?:\\?\.[a-z0-9][a-z0-9-]*)+")


@functools.lru_cache(maxsize=1024)
def _hosts_in(regex: re.Pattern[str]) -> tuple[str, ...]:
    """Return the hosts that are written in a regular expression, and those that it matches."""
    found = _HOST_IN_REGEX.findall(regex.pattern.replace(r"\-", "-"))
    written = [host.replace("\\", "") for host in found]
    hosts = dict.fromkeys((*written, *(origin.host for origin in _matched(regex))))
    return tuple(filter(_is_registrable, hosts))


def _is_registrable(host: str) -> bool:
    """Whether a host is a name that can be registered."""
    return "." in host and not (is_local(host) or is_for_tests(host) or canonical_ip(host))


def _plain_http(policy: EffectivePolicy) -> Iterator[Finding]:
    for source, pattern in credentialed_patterns(policy):
        if pattern.scheme == "http" and not is_local(pattern.host):
            right = f"Write {pattern.text.replace('http', 'https', 1)!r}"
            yield _interceptable(source, repr(pattern.text), right)
    if policy.allow_credentials is not True:
        return
    for regex in policy.allowed_origin_regexes:
        origin = next(_plain(regex), None)
        if origin is not None:
            source = policy.sources["allowed_origin_regexes"]
            place = f"{origin!r}, which {regex.pattern!r} allows,"
            yield _interceptable(source, place, "Allow only 'https://'")


def _interceptable(source: Source, origin: str, right: str) -> Finding:
    return Finding(
        id="drf_cors.W019",
        cause=source.cause,
        source=source,
        place=origin.removesuffix(","),
        text=f"{source.edited}: {origin} may send credentials, and anybody on the network path can change its pages.",
        hint=f"{right}, or leave credentials off for it.",
    )


def _method_overrides(policy: EffectivePolicy) -> Iterator[Finding]:
    source = policy.sources["allow_headers"]
    for name in sorted(policy.header_names & METHOD_OVERRIDE_HEADERS):
        yield Finding(
            id="drf_cors.W020",
            cause=source.cause,
            source=source,
            place=repr(name),
            text=f"{source.edited}: {name!r} in allow_headers lets a script send one method and run another.",
            hint="Remove it. Scripts can send every method directly.",
        )
