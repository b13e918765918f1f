"""Policies that admit more than their author can have meant. Told under `--deploy`."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Any, Final

from django.core import checks
from django.urls.resolvers import RegexPattern

from drf_cors import sample_paths
from drf_cors.checks.sessions import credentialed_patterns
from drf_cors.checks.site_endpoints import SiteEndpoints, each_once
from drf_cors.core.errors import shown
from drf_cors.core.fetch import METHOD_OVERRIDE_HEADERS
from drf_cors.core.merge import EffectivePolicy, Source, merge
from drf_cors.core.origins import SHARED_NAMES, Origin, canonical_ip, parse_origin, parse_valid
from drf_cors.explain.public_suffixes import is_anybodys, is_for_tests, is_local, site_of, suffixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Numbers in a regular expression that are tried as ports.
MAX_PORTS: Final = 4


def check_security(**_: Any) -> list[checks.CheckMessage]:
    """Report policies that admit more than their author can have meant. Runs under `--deploy`."""
    site = SiteEndpoints()
    if site.conf is None:
        return []
    told = len(site.unreadable)  # by check_views
    settings_policy = merge(site.conf.covered)
    messages = site.guard("The CORS settings", lambda: _insecure([settings_policy]))
    messages += site.run_rule(lambda entry: _insecure(entry.distinct))
    return each_once([*messages, *site.unreadable[told:]])


def _insecure(policies: Iterable[EffectivePolicy]) -> Iterator[checks.CheckMessage]:
    for policy in policies:
        for rule in (_any_origin, _public_suffixes, _lookalikes, _plain_http, _method_overrides):
            yield from rule(policy)


def _any_origin(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report that every site may send credentials. Only the settings can say so outright."""
    if policy.allow_credentials is not True:
        return
    cookies = "every site on the web can act with its visitors' cookies"
    if policy.allow_all_origins:
        credentials = policy.sources["allow_credentials"]
        yield checks.Error(
            f"{policy.sources['allow_all_origins']} and {credentials} are both True: {cookies}.",
            hint=f"Write {credentials.name} = ['https://shop.example'], with the origins that may send them; every "
            "origin can still read without.",
            id="drf_cors.E002",
        )
    for regex in filter(_admits_any, policy.allowed_origin_regexes):
        yield checks.Error(
            f"{policy.sources['allowed_origin_regexes']}: {shown(regex.pattern)} admits any origin, with credentials: "
            f"{cookies}.",
            hint="List the origins that may send credentials, or write the domain into the regular expression.",
            id="drf_cors.E009",
        )


#: Origins that have nothing in common but their scheme.
_UNRELATED: Final = ("https://evil.example", "https://evil.test", "https://evil.org")


def _admits_any(regex: re.Pattern[str]) -> bool:
    return all(regex.fullmatch(origin) for origin in _UNRELATED)


def _public_suffixes(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report patterns and regular expressions that admit whoever registers a name under a public suffix."""
    credentialed = [pattern for _, pattern in credentialed_patterns(policy)]
    source = policy.sources["allowed_origins"]
    for pattern in parse_valid(policy.allowed_origins):
        if pattern.any_subdomain and is_anybodys(pattern.host):
            is_credentialed = any(known.covers(pattern) for known in credentialed)
            yield _public_suffix(source, pattern.text, pattern.host, is_credentialed=is_credentialed)
    source = policy.sources.get("allowed_origin_regexes", source)
    for regex in policy.allowed_origin_regexes:
        is_credentialed = policy.allow_credentials is True
        open_hosts = _open_hosts(regex)
        for host in open_hosts:
            yield _public_suffix(source, regex.pattern, host, is_credentialed=is_credentialed)
        stranger = None if open_hosts or _admitted_lookalikes(regex) else _admitted_stranger(regex)
        if stranger is not None:
            host = site_of(stranger.host).partition(".")[2]
            said = f"{source}: {regex.pattern!r} admits '{stranger}' too: anybody can have such a name under {host}"
            yield _too_many(said, is_credentialed=is_credentialed)


@functools.lru_cache(maxsize=1024)
def _open_hosts(regex: re.Pattern[str]) -> tuple[str, ...]:
    """Return the names that are anybody's and under which a regular expression admits every site."""
    shared = (name for name in sorted(SHARED_NAMES) if name in regex.pattern)
    return tuple(
        host
        for host in (*_hosts_in(regex), *shared)
        if is_anybodys(host)
        # Names of a local network and onion services mostly do without TLS.
        and any(any(_admitted(regex, f"{scheme}://evil.{host}")) for scheme in ("https", "http"))
    )


def _public_suffix(source: Source, text: str, host: str, *, is_credentialed: bool) -> checks.CheckMessage:
    said = f"{source}: {text!r} admits every site under {host}, where anybody can have one"
    return _too_many(said, is_credentialed=is_credentialed)


def _too_many(said: str, *, is_credentialed: bool) -> checks.CheckMessage:
    if is_credentialed:
        return checks.Error(f"{said}, with credentials.", hint="List your own sites one by one.", id="drf_cors.E008")
    return checks.Warning(f"{said}.", hint="List your own sites one by one.", id="drf_cors.W017")


def _lookalikes(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report regular expressions that admit origins their author did not think of."""
    for regex in policy.allowed_origin_regexes:
        source = policy.sources["allowed_origin_regexes"]
        is_told = policy.allow_credentials is True and _admits_any(regex)  # by _any_origin()
        admitted = () if is_told else _admitted_lookalikes(regex)
        if admitted:
            yield checks.Warning(
                f"{source}: {regex.pattern!r} admits {', '.join(map(repr, admitted[:3]))} too.",
                hint=r"Write 'https://' and your domain in full, escape the dots (\.), and let nothing stand directly "
                "before or after it; or list origins and patterns in allowed_origins.",
                id="drf_cors.W018",
            )


@functools.lru_cache(maxsize=1024)
def _admitted_lookalikes(regex: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(admitted for probe in _probes(regex) for admitted in _admitted(regex, probe))


def _probes(regex: re.Pattern[str]) -> Iterator[str]:
    """Yield origins that are nobody's business: each belongs to another site than the host it was made from."""
    yield from ("https://evil.example", "http://evil.example")
    for host in _hosts_in(regex):
        for other in _lookalikes_of(host):
            is_told = any(other.endswith(f".{suffix}") for suffix in _open_hosts(regex))  # by _public_suffixes()
            if site_of(other) != site_of(host) and not is_told:
                yield from (f"https://{other}", f"https://a.{other}")
    yield from (origin for origin in _plain(regex) if regex.fullmatch(origin.replace("http", "https", 1)))


def _lookalikes_of(host: str) -> Iterator[str]:
    yield from (f"{host}.evil.example", f"evil{host}", f"evil-{host}")
    for dot in re.finditer(r"\.", host):
        yield f"{host[: dot.start()]}x{host[dot.end() :]}"
    site = site_of(host)
    yield f"{host.removesuffix(site)}{site.partition('.')[0]}.icu"


def _plain(regex: re.Pattern[str]) -> Iterator[str]:
    """Yield `http://` origins that a regular expression admits."""
    for host in _hosts_in(regex):
        for name in (host, f"www.{host}", f"a.{host}"):
            yield from _admitted(regex, f"http://{name}")


def _admitted(regex: re.Pattern[str], origin: str) -> Iterator[str]:
    """Yield an origin if a regular expression admits it; if not, with a port with which it does, if there is one."""
    ports = ("3000", *re.findall(r"\d{2,5}", regex.pattern)[:MAX_PORTS])
    origins = (origin, *(f"{origin}:{port}" for port in ports))
    yield from itertools.islice((text for text in origins if parse_origin(text) and regex.fullmatch(text)), 1)


@functools.lru_cache(maxsize=1024)
def _admitted_stranger(regex: re.Pattern[str]) -> Origin | None:
    """Return an origin that a regular expression admits by a part of the name that anybody may register, or None."""
    for origin in _matched(regex):
        # Nobody else registers names in a private network, whose suffix the list does not know.
        suffix = suffixes().publicsuffix(origin.host, accept_unknown=False)
        site = site_of(origin.host)
        if suffix is None or site == suffix:
            continue
        label = site.removesuffix(f".{suffix}")
        for other in _altered(label):
            stranger = origin._replace(host=f"{origin.host.removesuffix(site)}{other}.{suffix}")
            if regex.fullmatch(str(stranger)) and parse_origin(str(stranger)):
                return stranger
    return None


def _altered(label: str) -> Iterator[str]:
    """Yield other labels: text in place of a part, a letter or a digit in place of one of either."""
    places = range(len(label) + 1)
    yield from (f"{label[:start]}evil{label[end:]}" for start in places for end in places[:start:-1])
    for place, char in enumerate(label):
        yield from (f"{label[:place]}{other}{label[place + 1 :]}" for other in "x7" if other != char)


def _matched(regex: re.Pattern[str]) -> Iterator[Origin]:
    """Yield origins that a regular expression matches, as far as texts can be made from it."""
    for text in sample_paths.sample_values(RegexPattern(regex.pattern), sample_paths.VALUES, {}):
        if regex.fullmatch(text) and (origin := parse_origin(text)):
            yield origin


#: A host, or the end of one, as it stands in a regular expression; its dots escaped or not.
_HOST_IN_REGEX: Final = re.compile(r"(?<!\\)[a-z0-9][a-z0-9-]*(?:\\?\.[a-z0-9][a-z0-9-]*)+")


@functools.lru_cache(maxsize=1024)
def _hosts_in(regex: re.Pattern[str]) -> tuple[str, ...]:
    """Return the hosts a regular expression is about: those written in it, and those of texts that it matches."""
    written = [host.replace("\\", "") for host in _HOST_IN_REGEX.findall(re.sub(r"\\-", "-", regex.pattern))]
    hosts = dict.fromkeys((*written, *(origin.host for origin in _matched(regex))))
    return tuple(host for host in hosts if _is_somebodys(host))


def _is_somebodys(host: str) -> bool:
    """Whether a host is a name that somebody registers, or that anybody can have."""
    return "." in host and not (is_local(host) or is_for_tests(host) or canonical_ip(host))


def _plain_http(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    for source, pattern in credentialed_patterns(policy):
        if pattern.scheme == "http" and not is_local(pattern.host):
            right = f"Write {'https' + pattern.text.removeprefix('http')!r}"
            yield _interceptable(f"{source}: {pattern.text!r}", right)
    for regex in policy.allowed_origin_regexes if policy.allow_credentials is True else ():
        for origin in itertools.islice(_plain(regex), 1):
            source = policy.sources["allowed_origin_regexes"]
            yield _interceptable(f"{source}: {origin!r}, which {regex.pattern!r} admits,", "Admit 'https://' alone")


def _interceptable(origin: str, right: str) -> checks.CheckMessage:
    return checks.Warning(
        f"{origin} may send credentials, and whoever is on the network between can write its pages.",
        hint=f"{right}, or leave credentials off for it.",
        id="drf_cors.W019",
    )


def _method_overrides(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    for name in sorted(policy.header_names & METHOD_OVERRIDE_HEADERS):
        yield checks.Warning(
            f"{policy.sources['allow_headers']}: {name!r} in allow_headers lets a script send one method and have "
            "another one run.",
            hint="Take it out; scripts can send every method under its own name.",
            id="drf_cors.W020",
        )
