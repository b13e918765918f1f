"""What a developer waits for on a large site, counted in how often something is read. `make bench` measures it."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections import Counter
from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework.viewsets import ViewSet

from drf_cors import (
    CorsPolicy,
    CorsPolicyMixin,
    cors,
    endpoint_list,
    held,
    layers,
    member_references,
    resolver,
    sample_paths,
    site_routes,
)
from drf_cors.core import origins
from drf_cors.held import held_where
from drf_cors.hidden import can_declare
from drf_cors.identity import ClassCache
from drf_cors.one_pass import noted, once_per_pass, one_pass
from drf_cors.view_layers import UrlName
from tests.web.conftest import SHOP

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


def page(*_: object, **__: object) -> HttpResponse:
    return HttpResponse("page")


class Items(CorsPolicyMixin, ViewSet):
    cors_policy = CorsPolicy(allowed_origins=[SHOP])
    list = retrieve = page


def site(shops: int) -> tuple[Any, ...]:
    """Return a URLconf with an include for each shop."""
    router = DefaultRouter()
    router.register("items", Items, basename="item")
    return tuple(path(f"shop-{shop}/", include((router.urls, "shop"), f"shop-{shop}")) for shop in range(shops))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[object, str], Counter[str]]:
    """Count the calls of a function of a module from now on."""
    counted: Counter[str] = Counter()

    def count(module: Any, name: str) -> Counter[str]:
        function = getattr(module, name)

        def counting(*arguments: Any, **keywords: Any) -> Any:
            counted[name] += 1
            return function(*arguments, **keywords)

        monkeypatch.setattr(module, name, counting)
        return counted

    return count


Calls = Callable[[object, str], Counter[str]]


def test_all_checks_of_one_run_read_the_urlconf_once(calls: Calls, settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = site(shops=3)
    calls(endpoint_list, "of_patterns")
    read = calls(site_routes, "_routes_below")
    run_checks(include_deployment_checks=True)

    # The patterns of the root, and of each include.
    assert read == {"of_patterns": 1, "_routes_below": 1 + 3}


def test_a_list_reads_the_urlconf_once(calls: Calls, settings: SettingsWrapper, capsys: Any) -> None:
    settings.ROOT_URLCONF = site(shops=3)
    read = calls(endpoint_list, "of_patterns")
    call_command("cors", "list")

    assert read == {"of_patterns": 1}
    assert "shop-2/items" in capsys.readouterr().out


def test_a_class_is_read_once_however_many_routes_it_has(
    calls: Calls, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = calls(member_references, "_find_references")
    found = []
    for shops in (5, 50):
        settings.ROOT_URLCONF = site(shops)
        monkeypatch.setattr(member_references, "_references_by_class", ClassCache())
        read.clear()
        run_checks()
        found.append(read["_find_references"])

    assert found[0] == found[1] > 0


def test_the_layers_of_a_view_are_read_once_for_both_kinds_of_paths(calls: Calls, settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = (path("page", page),)
    read = calls(resolver, "view_layers")
    current = resolver.current()
    for is_covered in (True, False, True):
        assert current.for_callback(page, UrlName(), is_covered=is_covered).is_covered is is_covered

    assert read == {"view_layers": 1}


def test_a_policy_that_is_assigned_later_is_read_for_both_kinds_of_paths(settings: SettingsWrapper) -> None:
    class Later(CorsPolicyMixin, ViewSet):
        list = page

    view = Later.as_view({"get": "list"})
    settings.ROOT_URLCONF = (path("later", view),)
    current = resolver.current()
    assert not current.for_callback(view, UrlName(), is_covered=True).declares
    Later.cors_policy = CorsPolicy(allowed_origins=[SHOP])

    assert current.for_callback(view, UrlName(), is_covered=False).declares
    assert current.for_callback(view, UrlName(), is_covered=True).declares


def test_views_without_a_declaration_share_the_policies_of_the_settings(settings: SettingsWrapper) -> None:
    other = partial(page)
    settings.ROOT_URLCONF = (path("page", page), path("other", other))
    found = [resolver.current().for_callback(view, UrlName(), is_covered=True) for view in (page, other)]

    assert found[0].policies is found[1].policies
    assert found[0].layers is not found[1].layers


# A pass


def test_a_pass_ends_with_its_outermost_block() -> None:
    read: list[object] = []

    @once_per_pass
    def length(thing: list[int], factor: int) -> int:
        read.append(thing)
        return len(thing) * factor

    numbers = [1, 2]
    with one_pass():
        with one_pass():
            assert length(numbers, 3) == 6
            assert length(numbers, 4) == 8
        numbers.append(3)
        assert length(numbers, 3) == 6
    assert length(numbers, 3) == 9
    assert len(read) == 3


def test_an_error_ends_a_pass() -> None:
    def fail() -> None:
        with one_pass():
            noted("search")["found"] = 1
            assert noted("search") == {"found": 1}
            raise LookupError("not today")

    with pytest.raises(LookupError):
        fail()
    assert noted("search") == {}


def test_a_pass_keeps_no_view_alive(settings: SettingsWrapper) -> None:
    view = partial(page)
    settings.ROOT_URLCONF = ()
    resolver.current().for_callback(view, UrlName(), is_covered=True)
    gone = weakref.ref(view)
    del view
    gc.collect()
    assert gone() is None


def test_objects_that_lead_to_no_declaration_are_read_once() -> None:
    class Registry:
        def __init__(self, views: Any) -> None:
            self.views = views

    declaring = cors(allowed_origins=[SHOP])(page)
    nothing, something = Registry([page]), Registry([declaring])

    def holding(registry: Registry) -> Callable[[], Registry]:
        return lambda: registry

    with one_pass():
        for _ in range(2):
            assert held_where(holding(nothing), can_declare) == ()
            assert [held.thing for held in held_where(holding(something), can_declare)] == [declaring]


def test_an_object_that_was_not_followed_is_read_later() -> None:
    class Registry:
        view = None

    registry = Registry()
    registry.view = declaring = cors(allowed_origins=[SHOP])(page)
    with one_pass():
        assert held_where(lambda: registry, can_declare, through_objects=False) == ()
        assert [held.thing for held in held_where(registry, can_declare, through_objects=False)] == [declaring]


def test_equal_patterns_share_their_samples(calls: Calls, settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = site(shops=3)
    counted = calls(sample_paths, "sample_values")
    with one_pass():
        found = endpoint_list.of_site()
        assert all(endpoint.samples for endpoint in found)
    texts = {str(pattern.pattern) for endpoint in found for pattern in endpoint.patterns}
    assert counted["sample_values"] == len(texts)


def test_what_holds_too_much_is_read_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    declaring = cors(allowed_origins=[SHOP])(page)
    holding = [declaring, *(lambda number=number: number for number in range(5))]
    monkeypatch.setattr(held, "MAX_SEARCHED", 3)
    for order in (holding, holding[::-1]):
        found = held_where(lambda order=order: order, can_declare)
        assert [one.thing for one in found] == [declaring]


def test_a_container_that_cannot_be_read_holds_nothing() -> None:
    class Broken(dict[str, object]):
        def values(self) -> Any:
            raise LookupError("not today")

    class Registry:
        views = None

    registry = Registry()
    registry.views = MappingProxyType(Broken(view=cors(allowed_origins=[SHOP])(page)))
    assert held_where(lambda: registry, can_declare) == ()


# Imports


def test_the_library_imports_its_dependencies_when_they_are_used() -> None:
    code = """
import sys
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["drf_cors"], ROOT_URLCONF="empty", SECRET_KEY="x",
    MIDDLEWARE=["drf_cors.middleware.CorsMiddleware"],
)
import types
sys.modules["empty"] = types.ModuleType("empty")
sys.modules["empty"].urlpatterns = []
django.setup()

def loaded(*names):
    return [name for name in names if name in sys.modules]

assert not loaded("publicsuffixlist", "tabulate", "drf_spectacular", "rest_framework"), "by the app"
assert not loaded("drf_cors.checks", "drf_cors.endpoints", "drf_cors.resolver"), "by the app"
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
assert not loaded("publicsuffixlist", "tabulate", "drf_spectacular", "drf_cors.checks"), "by a server"
from django.core.management import call_command
call_command("check")
assert loaded("drf_cors.checks") and not loaded("publicsuffixlist", "tabulate", "drf_spectacular"), "by the checks"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# Requests


def test_the_middleware_reads_and_parses_nothing_for_a_request(calls: Calls, settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = site(shops=1)
    client = Client(headers={"origin": SHOP})
    address = "/shop-0/items/"
    assert client.get(address).headers["access-control-allow-origin"] == SHOP  # the first request reads the view
    counted = calls(origins, "parse_valid")
    for module, name in ((resolver, "view_layers"), (resolver, "merge"), (layers, "class_declarations")):
        calls(module, name)
    assert client.get(address).headers["access-control-allow-origin"] == SHOP
    assert client.options(address, headers={"access-control-request-method": "GET"}).status_code == 200

    assert not counted
