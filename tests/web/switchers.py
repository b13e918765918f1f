"""Middleware that selects the URLconf, in the shapes that packages and projects give it. Written for the tests.

`stand_in` makes a class of here importable under the name that it has in its package.
"""

from __future__ import annotations

import sys
from operator import methodcaller
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.deprecation import MiddlewareMixin

if TYPE_CHECKING:
    import pytest
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class Host(NamedTuple):
    """A host of django-hosts, as far as anybody reads it."""

    name: str
    urlconf: Any


class HostsRequestMiddleware(MiddlewareMixin):
    """Selects on the way to the view."""

    def process_request(self, request: HttpRequest) -> None:
        request.urlconf = "api.urls"


class HostsResponseMiddleware(MiddlewareMixin):
    """Sets the same again on the way back, for whoever reverses URLs there."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        request.urlconf = "api.urls"
        return response


class TenantMainMiddleware(MiddlewareMixin):
    """Selects in a helper."""

    def process_request(self, request: HttpRequest) -> None:
        self.setup_url_routing(request)

    @staticmethod
    def setup_url_routing(request: HttpRequest) -> None:
        request.urlconf = "public.urls"


class TenantSubfolderMiddleware(TenantMainMiddleware):
    """Selects what was made for the request."""

    def process_request(self, request: HttpRequest) -> None:
        request.urlconf = ModuleType("tenant")  # type: ignore[assignment]  # Django takes a module too


class SubdomainURLRoutingMiddleware:
    """Without Django's base class."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        self.process_request_urlconf(request)
        return self.get_response(request)

    @staticmethod
    def process_request_urlconf(request: HttpRequest) -> None:
        request.urlconf = "api.urls"


class CompiledMiddleware(MiddlewareMixin):
    """Shows no code."""

    process_request = methodcaller("__setattr__", "urlconf", "api.urls")


#: Where each is at home.
PACKAGES = {
    HostsRequestMiddleware: "django_hosts.middleware",
    HostsResponseMiddleware: "django_hosts.middleware",
    TenantMainMiddleware: "django_tenants.middleware.main",
    TenantSubfolderMiddleware: "django_tenants.middleware.subfolder",
    SubdomainURLRoutingMiddleware: "subdomains.middleware",
    CompiledMiddleware: "tenant_schemas.middleware",
}


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the classes importable from their packages."""
    for klass, home in PACKAGES.items():
        monkeypatch.setattr(klass, "__module__", home)
        parts = home.split(".")
        for name in (".".join(parts[:length]) for length in range(1, len(parts))):
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        module = sys.modules[home] if isinstance(sys.modules.get(home), ModuleType) else ModuleType(home)
        setattr(module, klass.__name__, klass)
        monkeypatch.setitem(sys.modules, home, module)


# What projects write


class OfResponses(HostsResponseMiddleware):
    """Named and placed like one that selects, and does not."""


class ResponseOfHost(HostsRequestMiddleware):
    """Has Response in its name, and selects."""


class BothOfHosts(HostsResponseMiddleware, HostsRequestMiddleware):
    """Selects, and sets it again."""


class EarlyReturn:
    """Selects for some requests only."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if "x-root" in request.headers:
            return self.get_response(request)
        request.urlconf = "api.urls"
        return self.get_response(request)


class Resetting:
    """Sets it back when all is done."""

    urlconf = None

    def __init__(self, get_response: Any) -> None:
        self.urlconf = get_response
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        request.urlconf = None
        return response


def selecting(get_response: Any) -> Any:
    """Select in a function."""

    def middleware(request: HttpRequest) -> Any:
        request.urlconf = "api.urls"
        return get_response(request)

    return middleware


def reading(get_response: Any) -> Any:
    """Only read it."""

    def middleware(request: HttpRequest) -> Any:
        assert request.urlconf is None
        return get_response(request)

    return middleware
