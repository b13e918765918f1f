"""Every endpoint of the site with its policies, for the checks.

A project may be broken anywhere. The checks report what cannot be read.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from drf_cors import resolver, urlconfs
from drf_cors.checks.findings import unreadable
from drf_cors.core.errors import shown
from drf_cors.drf_views import attribute
from drf_cors.endpoint_list import of_urlconf
from drf_cors.endpoints import Coverage, Endpoint
from drf_cors.view_facts import api_view_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from drf_cors.checks.findings import Finding
    from drf_cors.conf import CorsSettings
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.url_policies import UrlPolicies
    from drf_cors.resolver import ViewPolicies
    from drf_cors.urlconfs import Urlconf


T = TypeVar("T")


class EndpointView(NamedTuple):
    """One endpoint, its view with policies, and the settings."""

    endpoint: Endpoint
    view: ViewPolicies
    conf: CorsSettings

    @property
    def name(self) -> str:
        """The view's name."""
        return self.view.layers.name

    @property
    def policies(self) -> UrlPolicies:
        """The policies by method."""
        return self.view.policies

    @property
    def distinct(self) -> list[EffectivePolicy]:
        """The policies of the endpoint, each object once.

        Equal policies of different declarations are different objects.
        """
        found = (self.policies.general, *self.policies.by_method.values())
        return list({id(policy): policy for policy in found}.values())

    @property
    def handlers(self) -> list[tuple[str, str]]:
        """Methods with their handlers, if the view is a class; else empty."""
        layers = self.view.layers
        listed = layers.listed_methods or layers.handlers.keys() - {"HEAD", "OPTIONS"}
        return [(method, name) for method, name in layers.handlers.items() if method in listed]

    @property
    def named_methods(self) -> list[tuple[str, str]]:
        """Methods with the names of their handlers; those of `@api_view` have the method's name."""
        layers = self.view.layers
        if api_view_function(layers.view_class) is None:
            return self.handlers
        return [(method, method) for method in sorted(layers.listed_methods or ())]

    def attribute(self, name: str, default: object = None) -> Any:
        """Return an attribute of the view; `as_view()` or `@action` may have replaced it."""
        return attribute(self.endpoint.callback, name, default)


class SiteEndpoints:
    """The endpoints of all URLconfs of the site, and findings about those that cannot be read.

    Attributes:
        entries: The endpoints.
        unreadable: A finding for everything that raised an error.
        conf: The settings; None if they are not valid.
    """

    def __init__(self) -> None:
        self.entries: list[EndpointView] = []
        self.unreadable: list[Finding] = []
        self.conf: CorsSettings | None = None
        try:
            self.conf = resolver.current().conf
        except Exception:  # noqa: BLE001 - check_settings reports it
            return
        for urlconf in self._urlconfs(self.conf):
            try:
                found = of_urlconf(urlconf)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - URLconfs may raise anything
                further = f"The URLconf {shown(urlconf.name)} of {urlconf.named_in}"
                what = "The URLconf" if urlconf.is_root else further
                self.unreadable.append(unreadable(what, error))
                continue
            for endpoint in found:
                read = functools.partial(self._read, endpoint, self.conf)
                self.entries += self.guard(endpoint.label, read)

    def _urlconfs(self, conf: CorsSettings) -> tuple[Urlconf, ...]:
        try:
            return urlconfs.of_site(conf)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the module may raise anything
            self.unreadable.append(unreadable("ROOT_HOSTCONF", error))
            return urlconfs.of_site(conf, with_hosts=False)

    @staticmethod
    def _read(endpoint: Endpoint, conf: CorsSettings) -> list[EndpointView]:
        view = endpoint.policies(is_covered=endpoint.coverage is not Coverage.NONE)
        return [EndpointView(endpoint, view, conf)]

    def run_rule(self, rule: Callable[[EndpointView], Iterable[T]]) -> list[T]:
        """Return the results of a rule for all endpoints, also if it raises for some."""
        results: list[T] = []
        for entry in self.entries:
            try:
                results += list(rule(entry))
            except Exception as error:  # noqa: BLE001, PERF203 - as in guard()
                what = f"{entry.name} at {entry.endpoint.label}"
                self.unreadable.append(unreadable(what, error))
        return results

    def guard(self, what: str, rule: Callable[[], Iterable[T]]) -> list[T]:
        """Return the results of a rule. If it raises, report that and return no results."""
        try:
            return list(rule())
        except Exception as error:  # noqa: BLE001 - code of the project may raise anything
            self.unreadable.append(unreadable(what, error))
            return []
