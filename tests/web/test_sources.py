"""`EffectivePolicy.sources`: for each way to declare, the place that people are sent to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings
from django.urls import resolve

from drf_cors import CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.resolver import current
from tests.web import views
from tests.web.conftest import SHOP
from tests.web.urls import VIEW_POLICIES
from tests.web.views import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

    from drf_cors.core.merge import EffectivePolicy


@dataclass(frozen=True)
class Case:
    """One declaration: where it is served, and the kind, name and text of its source."""

    path: str
    kind: str
    name: str
    text: str
    method: str = "GET"


def on(path: str, name: str, method: str = "GET") -> Case:
    return Case(path, "decorator", name, f"@cors on {name}", method)


def around(path: str, name: str) -> Case:
    return Case(path, "wrapper", name, f"cors(...) around {name}")


def keyword(path: str, name: str) -> Case:
    return Case(path, "as_view-keyword", name, f"{name}.as_view(cors_policy=...)")


def attribute(path: str, name: str) -> Case:
    return Case(path, "attribute", name, f"{name}.cors_policy")


def setting(path: str, key: str, method: str = "GET") -> Case:
    name = f"CORS_VIEW_POLICIES[{key!r}]"
    return Case(path, "setting", name, f"settings.{name}", method)


def action_map(path: str, name: str, method: str = "GET") -> Case:
    return Case(path, "action-map", name, name, method)


def action_keyword(path: str, name: str, method: str = "GET") -> Case:
    return Case(path, "action-keyword", name, f"@action(cors_policy=...) on {name}", method)


CASES = [
    attribute("attribute", "Attribute"),
    attribute("attribute-by-name", "AttributeByName"),
    attribute("attribute-of-parent", "Attribute"),
    attribute("attribute-of-page", "AttributeOfPage"),
    attribute("attribute-of-records", "AttributeOfRecords"),
    action_map("action-map", "ActionMap.cors_action_policies['list']"),
    action_map("action-map-by-name", "ActionMapByName.cors_action_policies['list']"),
    on("function", "function"),
    on("async-function", "async_function"),
    on("function-by-fields", "function_by_fields"),
    on("above-api-view", "above_api_view"),
    on("below-api-view", "below_api_view"),
    on("marked-api", "MarkedApi"),
    on("marked-page", "MarkedPage"),
    on("marked-records", "MarkedRecords"),
    on("marked-handler", "MarkedHandler.get"),
    on("marked-handler-beside-another", "MarkedHandler.get"),
    on("marked-handler-of-async-page", "MarkedHandlerOfAsyncPage.get"),
    on("inherited-handler", "InheritedHandler.get"),
    on("api-by-dispatch", "ApiByDispatch.dispatch"),
    on("page-by-get", "PageByGet.get"),
    on("actions/above/", "Actions.above"),
    on("actions/below/", "Actions.below"),
    action_keyword("actions/keyword/", "Actions.keyword"),
    action_keyword("actions/keyword_by_name/", "Actions.keyword_by_name"),
    on("actions/followed/", "Actions.followed"),
    on("actions/followed/", "Actions.followed", "DELETE"),
    action_keyword("actions/keyword_followed/", "Actions.keyword_followed", "DELETE"),
    on("actions/left_alone/", "Actions.own_above", "DELETE"),
    on("actions/left_alone_too/", "Actions.own_below", "DELETE"),
    action_map("actions/mapped/", "Actions.cors_action_policies['mapped']", "DELETE"),
    keyword("keyword-of-records", "Records"),
    keyword("keyword-of-api", "MixedApi"),
    keyword("keyword-of-page", "MixedPage"),
    around("around-api", "Api"),
    around("around-page", "Page"),
    around("around-records", "Records"),
    around("around-function", "plain_function"),
    around("around-async-function", "plain_async_function"),
    around("around-api-view", "plain_api_view"),
    around("around-third-party", "RedirectView"),
    setting("by-url-name", "by-url-name"),
    setting("namespaced/by-full-name", "outer:one"),
    setting("starred/by-namespace", "starred:*"),
    setting("by-dotted-class", "tests.web.views.ApiBySetting"),
    setting("by-dotted-function", "tests.web.views.function_by_setting"),
    setting("by-dotted-api-view", "tests.web.views.api_view_by_setting"),
    setting("by-dotted-callback", "rest_framework.authtoken.views.obtain_auth_token", "POST"),
]

FIELDS = {
    "allowed_origins",
    "allowed_origin_regexes",
    "allow_all_origins",
    "is_origin_allowed",
    "allow_credentials",
    "allow_methods",
    "allow_headers",
    "expose_headers",
    "preflight_max_age",
}


@pytest.fixture(scope="module", autouse=True)
def site() -> Iterator[None]:
    with override_settings(
        ROOT_URLCONF="tests.web.urls", CORS_POLICIES={"shop": OPEN}, CORS_VIEW_POLICIES=VIEW_POLICIES
    ):
        yield


def at(path: str, method: str = "GET", *, is_covered: bool = True) -> EffectivePolicy:
    return current().for_match(resolve(f"/{path}"), is_covered=is_covered).policies.of(method)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.path}")
def test_a_whole_policy_comes_from_its_declaration(case: Case) -> None:
    policy = at(case.path, case.method)

    assert policy.sources.keys() == FIELDS
    assert set(policy.sources.values()) == {Source(case.kind, case.name)}
    assert str(policy.sources["allowed_origins"]) == case.text
    assert policy.who_source == Source(case.kind, case.name)


def test_each_field_has_the_source_that_set_it(settings: SettingsWrapper) -> None:
    settings.CORS_EXPOSE_HEADERS = ["x-site"]
    settings.CORS_POLICIES = {"shop": CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET"])}
    sources = {name: str(source) for name, source in at("attribute-by-name").sources.items()}

    assert sources == {
        "allowed_origins": "AttributeByName.cors_policy",
        "allowed_origin_regexes": "AttributeByName.cors_policy",
        "allow_all_origins": "AttributeByName.cors_policy",
        "is_origin_allowed": "AttributeByName.cors_policy",
        "allow_credentials": "AttributeByName.cors_policy",
        "allow_methods": "AttributeByName.cors_policy",
        "allow_headers": "drf_cors.defaults",
        "expose_headers": "settings.CORS_EXPOSE_HEADERS",
        "preflight_max_age": "drf_cors.defaults",
    }


def test_a_view_that_says_nothing_has_the_settings_for_its_sources(settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_ALLOW_CREDENTIALS = True
    sources = {name: str(source) for name, source in at("bare-api").sources.items()}

    assert sources["allowed_origins"] == "settings.CORS_ALLOWED_ORIGINS"
    assert sources["allow_credentials"] == "settings.CORS_ALLOW_CREDENTIALS"
    assert sources["allow_methods"] == "drf_cors.defaults"


def test_an_uncovered_url_has_the_regex_for_its_source(settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_ALLOW_METHODS = ["GET"]
    policy = at("bare-api", is_covered=False)

    assert str(policy.who_source) == "settings.CORS_URLS_REGEX"
    assert str(policy.sources["allow_methods"]) == "settings.CORS_ALLOW_METHODS"


def test_no_view_at_all_has_the_settings_for_its_sources(settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    found = current().for_match(None, is_covered=True)

    assert not found.declares
    assert str(found.policies.of("GET").who_source) == "settings.CORS_ALLOWED_ORIGINS"


def test_the_old_name_of_a_setting_is_told_where_it_is_used(settings: SettingsWrapper) -> None:
    settings.CORS_ORIGIN_WHITELIST = [SHOP]

    assert str(at("bare-api").who_source) == "settings.CORS_ORIGIN_WHITELIST"


def test_changed_settings_are_seen_at_once(settings: SettingsWrapper) -> None:
    assert at("bare-api").allowed_origins == ()
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    assert at("bare-api").allowed_origins == (SHOP,)


def test_views_are_held_weakly() -> None:
    import gc
    import weakref

    from drf_cors.view_layers import UrlName

    callback = views.Attribute.as_view()
    current().for_callback(callback, UrlName(), is_covered=True)
    gone = weakref.ref(callback)
    del callback
    gc.collect()

    assert gone() is None
