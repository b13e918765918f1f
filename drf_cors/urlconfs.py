"""The URLconfs of a site: `ROOT_URLCONF`, and those that middleware may select.

They are read from settings. Packages that select URLconfs are not imported. For django-hosts, the
project's own module of hosts is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings

if TYPE_CHECKING:
    from drf_cors.conf import CorsSettings

#: Settings of other packages about URLconfs. The last one turns on the setting TENANT_TYPES of
#: django-tenants.
FOREIGN_SETTINGS: Final = (
    "ROOT_HOSTCONF",
    "PUBLIC_SCHEMA_URLCONF",
    "SUBDOMAIN_URLCONFS",
    "HAS_MULTI_TYPE_TENANTS",
)


class Urlconf(NamedTuple):
    """One URLconf of the site.

    Attributes:
        value: A value of `request.urlconf`: the name of a module, a module, or a tuple of patterns.
        name: The name of the module. For a tuple of patterns, `named_in`.
        named_in: The setting that names it: `CORS_URLCONFS`, `ROOT_HOSTCONF['api']`.
    """

    value: Any
    name: str
    named_in: str

    @property
    def is_root(self) -> bool:
        """Whether it is `ROOT_URLCONF`."""
        return self.named_in == "ROOT_URLCONF"


def of_site(conf: CorsSettings, *, with_hosts: bool = True) -> tuple[Urlconf, ...]:
    """Return the URLconfs that the settings name, the root one first. None is repeated.

    Args:
        conf: The settings.
        with_hosts: Whether to import the module that `ROOT_HOSTCONF` names.

    Raises:
        Exception: What that module raises.
    """
    found = [root(conf)]
    if with_hosts:
        found += _of_hosts()
    found += _of_tenants()
    found += _of_subdomains()
    found += [_named(name, "CORS_URLCONFS") for name in conf.urlconfs]
    first: dict[str, Urlconf] = {}
    for urlconf in found:
        first.setdefault(urlconf.name, urlconf)
    return tuple(first.values())


def root(conf: CorsSettings) -> Urlconf:
    """Return `ROOT_URLCONF`, the URLconf of requests for which no middleware selects another."""
    return _named(conf.root_urlconf, "ROOT_URLCONF")


def of_name(name: str) -> Urlconf:
    """Return the URLconf in a module.

    Args:
        name: The name of the module.
    """
    return _named(name, "")


def _named(value: Any, named_in: str) -> Urlconf:
    name = value.__name__ if isinstance(value, ModuleType) else value
    return Urlconf(value, name if isinstance(name, str) else named_in, named_in)


def _of_hosts() -> Iterator[Urlconf]:
    """Yield the URLconf of each host of django-hosts, as its `get_host_patterns()` does."""
    hostconf = getattr(settings, "ROOT_HOSTCONF", None)
    if hostconf:
        for host in import_module(hostconf).host_patterns:
            yield _named(host.urlconf, f"ROOT_HOSTCONF[{host.name!r}]")


def _of_tenants() -> Iterator[Urlconf]:
    """Yield the URLconfs of django-tenants; `setup_url_routing()` there selects one of them."""
    if getattr(settings, "HAS_MULTI_TYPE_TENANTS", False):
        for kind, described in _mapping("TENANT_TYPES").items():
            if isinstance(described, Mapping) and described.get("URLCONF"):
                yield _named(described["URLCONF"], f"TENANT_TYPES[{kind!r}]")
    elif public := getattr(settings, "PUBLIC_SCHEMA_URLCONF", None):
        yield _named(public, "PUBLIC_SCHEMA_URLCONF")


def _of_subdomains() -> Iterator[Urlconf]:
    """Yield the URLconfs of django-subdomains. The key None means no subdomain."""
    for subdomain, value in _mapping("SUBDOMAIN_URLCONFS").items():
        if value is not None:
            yield _named(value, f"SUBDOMAIN_URLCONFS[{subdomain!r}]")


def _mapping(name: str) -> Mapping[Any, Any]:
    value = getattr(settings, name, None)
    if isinstance(value, Mapping):
        return value
    return {}
