"""The URLconf as a list: routes, samples, what CORS_URLS_REGEX covers, and what is never reached."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.urls import Resolver404, URLResolver, include, path, re_path, register_converter
from django.urls.resolvers import RegexPattern
from django.utils import translation
from django.utils.translation import gettext_lazy
from django.views import View
from drf_spectacular.generators import EndpointEnumerator
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import viewsets
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.views import APIView

from drf_cors import CorsPolicy, cors, endpoint_list, endpoints
from drf_cors.drf_views import setting_place
from drf_cors.endpoints import Coverage
from drf_cors.one_pass import one_pass
from drf_cors.prefix_resolver import PrefixResolver, literal_beginnings
from drf_cors.route_samples import sampled
from drf_cors.view_layers import UrlName

if TYPE_CHECKING:
    from tests.web.conftest import Routes


def view(request: Any, **kwargs: Any) -> None: ...


def other(request: Any, **kwargs: Any) -> None: ...


class Even:
    """Refuses more than its regular expression does."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        if int(value) % 2:
            raise ValueError
        return int(value)


class Broken(Even):
    regex = "[a-f]{3}-x"

    def to_python(self, value: str) -> int:
        raise LookupError(value)


register_converter(Even, "even")
register_converter(Broken, "broken")


UUIDS = ("4fa5b1a2-7c9e-4425-940d-e07fc1f90ae7", "00000000-0000-0000-0000-000000000000")


def only(*patterns: Any) -> endpoints.Endpoint:
    (endpoint,) = endpoint_list.of_patterns(patterns)
    return endpoint


def paths(endpoint: endpoints.Endpoint) -> list[str]:
    return [sample.path for sample in endpoint.samples]


@pytest.mark.parametrize(
    ("route", "human", "samples"),
    [
        ("", "/", ["/"]),
        ("plain/", "/plain/", ["/plain/"]),
        ("a/<pk>/", "/a/<pk>/", ["/a/1/", "/a/example/", "/a/some-thing/", "/a/42/"]),
        ("a/<int:pk>/", "/a/<pk>/", ["/a/1/", "/a/42/", "/a/2024/", "/a/12/"]),
        ("a/<uuid:pk>", "/a/<pk>", [f"/a/{uuid}" for uuid in UUIDS]),
        ("a/<path:rest>", "/a/<rest>", ["/a/1", "/a/example", "/a/some-thing", "/a/42"]),
        ("<int:a>/<uuid:b>", "/<a>/<b>", [f"/{a}/{b}" for a, b in zip((1, 42, 2024, 12), UUIDS * 2, strict=True)]),
    ],
)
def test_routes(route: str, human: str, samples: list[str]) -> None:
    endpoint = only(path(route, view))
    assert (endpoint.route, endpoint.path_regex) == (human, route)
    assert paths(endpoint) == samples


def test_converters_of_the_project() -> None:
    assert paths(only(path("<even:number>", view))) == ["/42", "/2024", "/12"]
    assert paths(only(path("<broken:name>", view))) == ["/aaa-x"]


@pytest.mark.parametrize(
    ("regex", "human", "samples"),
    [
        (r"^plain/$", "/plain/", ["/plain/"]),
        (r"^a\.b/(?P<pk>[^/.]+)/$", "/a.b/<pk>/", ["/a.b/1/", "/a.b/example/", "/a.b/some-thing/", "/a.b/42/"]),
        (r"^(\d{4})/(?:x-(\w+)/)?$", "/<var>/x-<var>/", ["/2024/", "/2024/x-1/", "/0000/x-example/"]),
        (r"^(?P<code>[a-f]{3})$", "/<code>", ["/aaa"]),
        (r"^(?P<kind>cat|dog)s/$", "/<kind>s/", ["/cats/", "/dogs/"]),
        (r"^(?:cat|dog)s/$", "/^(?:cat|dog)s/$", ["/cats/", "/dogs/"]),
        (r"^cats/$|^dogs/$", "/^cats/$|^dogs/$", ["/cats/", "/dogs/"]),
        (r"^(?!(?:new|old)/)(?P<name>new|\w+)/$", "/<name>/", ["/1/", "/example/"]),
        (r"^(?P<a>[(|)])/(?P=a)$", "/<a>/<a>", ["/(/("]),
        (r"^(?P<kind>x(?:y|z))$", "/<kind>", ["/xy", "/xz"]),
        (r"^(?P<a>x)(?P<b>(?P=a)1)$", "/<a><b>", []),
        (r"^(?i:plain)/$", "/^(?i:plain)/$", []),
    ],
)
def test_regular_expressions(regex: str, human: str, samples: list[str]) -> None:
    endpoint = only(re_path(regex, view))
    assert (endpoint.route, endpoint.path_regex) == (human, regex)
    found = paths(endpoint)
    assert set(samples) <= set(found)
    assert bool(found) == bool(samples)
    assert all(endpoint.patterns[0].pattern.match(sample[1:]) for sample in found)


class Things(viewsets.ViewSet):
    def list(self, request: Any) -> None: ...

    def retrieve(self, request: Any, pk: str) -> None: ...


router = DefaultRouter()
router.register("things", Things, "things")

MIXED = [
    path("api/<slug:tenant>/", include((router.urls, "shop"), namespace="one")),
    re_path(r"^old/(?P<tenant>\w+)/", include([path("<int:pk>/", APIView.as_view()), *router.urls])),
    path("", include([path("", include(([path("deep/", APIView.as_view(), name="deep")], "b")))])),
]


def test_path_regex_is_that_of_drf_spectacular() -> None:
    enumerator = EndpointEnumerator(patterns=MIXED)
    enumerator.should_include_endpoint = lambda path, callback: True
    enumerator.get_allowed_methods = lambda callback: ["GET"]
    expected = [(regex, callback) for _, regex, _, callback in enumerator._get_api_endpoints(None, "")]
    assert [(found.path_regex, found.callback) for found in endpoint_list.of_patterns(MIXED)] == expected


def test_names_have_instance_namespaces() -> None:
    names = [endpoint.url_name for endpoint in endpoint_list.of_patterns(MIXED)]
    assert names[0] == UrlName("things-list", ("one",))
    assert UrlName("things-list") in names
    assert names[-1] == UrlName("deep", ("b",))


def test_routes_of_includes_are_joined() -> None:
    routes = [endpoint.route for endpoint in endpoint_list.of_patterns(MIXED)]
    assert routes[:3] == ["/api/<tenant>/things/", "/api/<tenant>/things.<format>", "/api/<tenant>/things/<pk>/"]
    assert "/old/<tenant>/things/<pk>/" in routes


def test_methods() -> None:
    class Plain(View):
        def get(self, request: Any) -> None: ...

    assert only(path("", view)).methods is None
    assert only(path("", Plain.as_view())).methods == {"GET", "HEAD", "OPTIONS"}
    assert only(path("", Things.as_view({"get": "list"}))).methods == {"GET", "HEAD", "OPTIONS"}
    assert only(path("", Things.as_view({"get": "list"}))).layers.actions == {"GET": "list"}


# CORS_URLS_REGEX


@pytest.mark.parametrize(
    ("regex", "pattern", "expected"),
    [
        (r"^.*$", re_path(r"^(?i:plain)/$", view), Coverage.ALL),
        (r"^/api/", path("api/<pk>/", view), Coverage.ALL),
        (r"^/api/.*$", path("web/<pk>/", view), Coverage.NONE),
        (r"^/api/public/", path("api/<slug:area>/", view), Coverage.SOME),
        (r"^/api/(?!internal)", path("api/<slug:area>/", view), Coverage.SOME),
        (r"^/api/\d+/", path("api/<slug:area>/", view), Coverage.SOME),
        (r"^/api/\d+/", path("api/<int:pk>/", view), Coverage.ALL),
        (r"^/api/", re_path(r"^(?i:api)/$", view), Coverage.SOME),  # nothing fits, so nothing is known
        (r"/api/$", path("web/api/", view), Coverage.NONE),  # it must match at the start
        (r"^/api/v[12]/", path("api/<version>/things/", view), Coverage.SOME),
        (r"^/api/v[12]/", path("api/<version>", view), Coverage.NONE),
        (r"^/(?P<area>t)/a/b/", path("t/<slug:a>/", include([path("<slug:b>/", view)])), Coverage.SOME),
        (r"^/t/(?!a/b/)", path("t/<slug:a>/<slug:b>/", view), Coverage.SOME),
        (r"^/f/[a-c]", path("f/<uuid:pk>/", view), Coverage.SOME),
        (r"(?i)^/api/[^/]*-public/", path("api/<slug:area>/", view), Coverage.SOME),
        (r".*/v[12]/", path("api/<version>/", view), Coverage.SOME),
        (r"^.*\.json$", path("api/<path:rest>", view), Coverage.SOME),
        (r"^/in/20[12]", re_path(r"^in/(?P<year>[0-9]{4})/$", view), Coverage.SOME),
        (r"^/in/2024", re_path(r"^in/(?P<year>[0-9]{4})/$", view), Coverage.SOME),
    ],
)
def test_coverage(settings: Any, regex: str, pattern: Any, expected: Coverage) -> None:
    settings.CORS_URLS_REGEX = regex
    assert only(pattern).coverage is expected


def test_known_values_take_the_place_of_samples(settings: Any) -> None:
    settings.CORS_URLS_REGEX = r"^/v2/"
    endpoint = only(path("<version>/things/<int:pk>/", view))
    assert endpoint.coverage is Coverage.SOME
    assert endpoint.at({}) is endpoint
    assert endpoint.at({"version": "v1"}).coverage is Coverage.NONE
    assert endpoint.at({"version": "v2"}).coverage is Coverage.ALL
    assert paths(endpoint.at({"version": "v2"}))[0] == "/v2/things/1/"
    settings.CORS_URLS_REGEX = r"^/v[34]/"
    assert only(path("<version>/things/<int:pk>/", view)).coverage is Coverage.SOME
    assert only(path("<version>/things/<int:pk>/", view)).at({"version": "v2"}).coverage is Coverage.NONE
    assert only(path("<version>/things/<int:pk>/", view)).at({"version": "v4"}).coverage is Coverage.ALL


@pytest.mark.parametrize(
    ("regex", "earlier", "later"), [(r"^/t/me/now/", "me/now/", "<slug:a>/<slug:b>/"), (r"^/t/me/", "me/", "<slug:a>/")]
)
def test_paths_that_another_route_catches_are_not_covered(settings: Any, regex: str, earlier: str, later: str) -> None:
    settings.CORS_URLS_REGEX = regex
    first, second = endpoint_list.of_patterns([path(f"t/{earlier}", other), path(f"t/{later}", view)])
    assert (first.coverage, second.coverage) == (Coverage.ALL, Coverage.NONE)


def test_nothing_is_known_of_paths_that_a_converter_stumbles_over(settings: Any) -> None:
    settings.CORS_URLS_REGEX = "^/(abc-x|bcd-x)/"
    found = only(path("<broken:name>/", view))
    assert found.coverage is Coverage.SOME  # as the regular expressions alone would have it


# Reaching


@pytest.mark.parametrize(
    ("patterns", "shadowed"),
    [
        ([path("a/", view), path("b/", other)], []),
        ([path("a/", view), path("a/", other)], [1]),
        ([path("a/", view, name="one"), path("a/", view, name="two")], []),
        ([path("<slug:name>/", view), path("new/", other)], [1]),
        ([path("new/", other), path("<slug:name>/", view)], []),
        ([path("<int:pk>/", other), path("<slug:name>/", view)], []),
        ([path("<slug:name>/", view), path("<str:name>/", other)], []),
        ([path("<str:name>/", view), path("<path:rest>/", other)], []),
        ([path("<path:rest>/", view), path("<str:name>/", other)], [1]),
        ([re_path(r"^(?P<pk>[^/.]+)/$", view), re_path(r"^(?P<name>[\w.@+-]+)/$", other)], []),
        ([re_path("^[a-z]{1,9}/$", view), re_path("^(?P<name>[a-z]+)/$", other)], []),
        ([path("<slug:a>/<str:b>/", view), path("<str:a>/<slug:b>/", other)], []),
        ([path("<path:rest>", view), path("a/", include([path("b/", other), path("c/", other)]))], [1, 2]),
        ([path("<int:pk>/", other), re_path("^(?P<digest>[0-9a-f]{40})/$", view)], []),
        ([path("<int:pk>/", other), re_path("^(?P<code>[0-9A-Z]{8})/$", view)], []),
        ([path("<broken:name>/", view), path("aaa-x/", other)], []),  # its converter raises: nothing is known
    ],
)
def test_shadowed(patterns: list[Any], shadowed: list[int]) -> None:
    found = endpoint_list.of_patterns(patterns)
    assert [number for number, endpoint in enumerate(found) if endpoint.is_shadowed] == shadowed


def made_of(held: Any) -> Any:
    def made(request: Any) -> None:
        raise NotImplementedError(held)

    return made


def emptied() -> Any:
    later = view

    def made(request: Any) -> None:
        raise NotImplementedError(later)  # noqa: F821 - that it is gone is the case

    del later
    return made


class Incomparable:
    def __eq__(self, another: object) -> bool:
        raise LookupError

    def __hash__(self) -> int:
        raise NotImplementedError

    def method(self, request: Any) -> None: ...


HELD = Incomparable()


@pytest.mark.parametrize(
    ("one", "another", "expected"),
    [
        (view, view, True),
        (view, other, False),
        (made_of(view), made_of(view), True),
        (made_of(view), made_of(other), False),
        (made_of(HELD), made_of(HELD), True),  # one object is not compared
        (made_of(HELD), made_of(Incomparable()), False),
        (emptied(), emptied(), False),
        (made_of(made_of(view)), made_of(made_of(view)), True),
        (made_of(made_of(view)), made_of(made_of(other)), False),
        (cors(allow_all_origins=True)(view), view, False),
        (cors(allow_all_origins=True)(view), cors(allow_all_origins=False)(view), False),
        (HELD.method, HELD.method, True),
        (HELD.method, Incomparable().method, False),
        (HELD, view, False),
        (HELD, Incomparable(), False),
        (APIView.as_view(), APIView.as_view(), True),
        (APIView.as_view(), APIView.as_view(throttle_classes=()), False),
        (APIView.as_view(), Things.as_view({"get": "list"}), False),
    ],
)
def test_one_view_or_two(one: Any, another: Any, expected: bool) -> None:
    assert endpoints.is_same_view(one, another) is expected
    assert endpoints.is_same_view(another, one) is expected


def test_the_policy_of_a_second_name_is_that_of_the_first(routes: Routes, settings: Any) -> None:
    settings.CORS_VIEW_POLICIES = {"one": CorsPolicy(preflight_max_age=1), "two": CorsPolicy(preflight_max_age=2)}
    routes(path("<slug:name>/", made_of(view), name="one"), path("a/", made_of(view), name="two"))
    one, two = endpoint_list.of_site()
    assert [endpoint.static_policy("GET").policy.preflight_max_age for endpoint in (one, two)] == [1, 1]
    assert [endpoint.static_policy("GET").is_shadowed for endpoint in (one, two)] == [False, False]
    assert [endpoint.lost_key for endpoint in (one, two)] == ["", "two"]
    assert two.found_under == UrlName("one")


@pytest.mark.parametrize(("regex", "expected"), [("^/a/$", Coverage.ALL), ("^/b/$", Coverage.NONE)])
def test_a_second_name_covers_what_the_first_does(
    regex: str, expected: Coverage, routes: Routes, settings: Any
) -> None:
    settings.CORS_URLS_REGEX = regex
    routes(path("a/", made_of(view), name="one"), path("a/", made_of(view), name="two"))
    assert [endpoint.coverage for endpoint in endpoint_list.of_site()] == [expected, expected]


def localised() -> list[Any]:
    return i18n_patterns(
        path("shop/<int:pk>/", view), path(gettext_lazy("cart/"), other), prefix_default_language=False
    )


@pytest.mark.parametrize("active", ["en", "de", None])
def test_language_prefixes(settings: Any, active: str | None) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French"), ("it", "Italian")]
    settings.LANGUAGE_CODE = "en"
    settings.CORS_URLS_REGEX = "^/de/"
    with translation.override(active):
        shop, cart = endpoint_list.of_patterns(localised())
        assert shop.route == ("/de/shop/<pk>/" if active == "de" else "/shop/<pk>/")
        assert [sample.path for sample in shop.samples if "/1/" in sample.path] == [
            "/shop/1/",
            "/de/shop/1/",
            "/fr/shop/1/",
        ]
        assert paths(cart) == ["/cart/", "/de/cart/", "/fr/cart/"]
        assert shop.coverage is cart.coverage is Coverage.SOME
        assert not shop.is_shadowed


@pytest.mark.parametrize(
    ("regex", "is_indexed"),
    [
        (r"^things/$", True),
        (r"^things/(?P<pk>[^/.]+)/$", True),
        (r"^things\.(?P<format>[a-z0-9]+)/?$", True),
        (r"^things/(?:new|old)/$", True),
        (r"^things?/$", True),  # up to the character that may be missing
        (r"things/$", False),
        (r"^thing|other", False),
        (r"(?i)^things/", False),
        (r"^(?#(|)things|other", False),
        (r"^things/(", True),  # does not compile, which is told elsewhere
        (gettext_lazy("^things/"), False),
    ],
)
def test_regular_expressions_are_found_by_the_text_they_begin_with(regex: Any, is_indexed: bool) -> None:
    pattern = re_path(regex, view)
    with patch.object(pattern, "resolve", return_value=None) as tried, pytest.raises(Resolver404):
        PrefixResolver(RegexPattern(r"^/"), [pattern]).resolve("/another-beginning/")
    assert tried.called is not is_indexed


PIECES = (
    "^",
    "^",
    "a",
    "things",
    "/",
    r"\.",
    "-",
    "?",
    "*",
    "{2}",
    "[^/.]+",
    "(b|a)",
    "(?:a)?",
    "(?!t)",
    "|",
    "$",
    "(?i)",
)


def compiles(regex: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return bool(re.compile(regex))
        except (re.error, DeprecationWarning):  # flags stand first
            return False


regexes = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join).filter(compiles)
asked = st.lists(st.sampled_from(["a", "A", "b", "t", "things", "/", ".", "-", "thing"]), max_size=5).map("".join)


def found_by(resolver: URLResolver, path: str) -> Any:
    try:
        return resolver.resolve(path).func
    except Resolver404:
        return None


@given(regexes=st.lists(regexes, min_size=1, max_size=4), path=asked, is_included=st.booleans())
def test_the_index_finds_what_django_finds(regexes: list[str], path: str, is_included: bool) -> None:
    def named(number: int) -> Any:
        return lambda request: number

    patterns: list[Any] = [re_path(regex, named(number)) for number, regex in enumerate(regexes)]
    if is_included:
        patterns = [re_path(regex, include(patterns)) for regex in ("^thing", "^a/?", "")]
    root = RegexPattern(r"^/")
    assert found_by(PrefixResolver(root, patterns), f"/{path}") is found_by(URLResolver(root, patterns), f"/{path}")


def test_where_a_setting_of_a_view_is_written() -> None:
    assert (
        setting_place(APIView.as_view(authentication_classes=[]), "authentication_classes") == "authentication_classes"
    )


def test_what_all_paths_of_a_route_begin_with() -> None:
    literal, named = path("shops/", view), path("<slug:name>/", view)
    assert list(literal_beginnings([literal, literal])) == ["/shops/", "/shops/shops/"]
    assert list(literal_beginnings([literal, named, literal])) == ["/shops/", "/shops/"]


def test_samples_of_a_route_are_yielded_once() -> None:
    with one_pass():
        found = list(sampled([re_path("(?:a|)", view), re_path("(?:|a)$", view)], (), {}, "en"))
    assert [sample.path for sample in found] == ["/a"]


# Of a site


def test_endpoints_are_kept_until_the_settings_change(routes: Routes, settings: Any) -> None:
    routes(path("a/", view))
    found = endpoint_list.of_site()
    assert [endpoint.route for endpoint in found] == ["/a/"]
    assert endpoint_list.of_site() is found
    settings.CORS_URLS_REGEX = "^/b/"
    assert endpoint_list.of_site() is not found
    assert endpoint_list.of_site()[0].coverage is Coverage.NONE


def test_another_urlconf(routes: Routes) -> None:
    routes(path("a/", view))
    assert [endpoint.route for endpoint in endpoint_list.of_site("tests.urls")] == []


def test_policies_are_those_of_the_name(routes: Routes, settings: Any) -> None:
    settings.CORS_VIEW_POLICIES = {"two": CorsPolicy(preflight_max_age=2)}
    routes(path("a/", view, name="one"), path("b/", view, name="two"))
    one, two = endpoint_list.of_site()
    assert one.static_policy("GET").policy.preflight_max_age == 86400
    assert two.static_policy("GET").policy.preflight_max_age == 2


def test_a_big_site_is_not_resolved_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved = []
    resolve = URLResolver.resolve
    monkeypatch.setattr(URLResolver, "resolve", lambda self, path: resolved.append(path) or resolve(self, path))
    marked = cors(allow_all_origins=True)(view)
    found = endpoint_list.of_patterns([path(f"r{number}/<int:pk>/<slug:name>/", marked) for number in range(5000)])
    assert {endpoint.coverage for endpoint in found} == {Coverage.ALL}
    assert resolved == []
    assert not found[-1].is_shadowed
    assert resolved == ["/r4999/1/1/"]


def test_a_big_router_is_not_searched_through(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    match = RegexPattern.match
    monkeypatch.setattr(RegexPattern, "match", lambda self, path: tried.append(str(self)) or match(self, path))
    big = SimpleRouter()
    for number in range(2500):
        big.register(f"things-{number}", Things, f"things-{number}")
    found = endpoint_list.of_patterns([path("api/", include(big.urls))])
    assert len(found) == 5000
    assert not found[-1].is_shadowed
    assert len(tried) < 10
