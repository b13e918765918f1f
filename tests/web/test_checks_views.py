"""`manage.py check`: views, routes, headers and sessions. Every id by itself and through the command."""

from __future__ import annotations

import functools
from typing import ClassVar

import pytest
from django.core.checks import INFO, WARNING
from django.test import override_settings
from django.urls import include, path, re_path
from django.utils.functional import SimpleLazyObject
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.authentication import BasicAuthentication, SessionAuthentication, TokenAuthentication
from rest_framework.decorators import action, api_view, throttle_classes
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.pagination import CursorPagination, LimitOffsetPagination, PageNumberPagination
from rest_framework.permissions import AllowAny, IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, ScopedRateThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.checks import check_exposure, check_views
from tests.tables import named_rows
from tests.web.test_checks import Urls, ids, printed

SHOP = CorsPolicy(allowed_origins=["https://shop.example"])


def report(*urlpatterns, **settings):
    """Return the messages of the views' checks, and hold the command to them."""
    with override_settings(ROOT_URLCONF=Urls(*urlpatterns), **settings):
        messages = check_views()
        output = printed()
    assert all(message.hint for message in messages)
    assert all(message.id in output and message.level >= WARNING for message in messages)
    assert len({message.msg for message in messages}) == len(messages)
    return messages


def informed(*urlpatterns, **settings):
    """Return what is only for information, and hold the command to it: under `--deploy`, and not without."""
    with override_settings(ROOT_URLCONF=Urls(*urlpatterns), **settings):
        messages = check_exposure()
        deployed, quiet = printed(deploy=True), printed()
    assert all(message.hint and message.level == INFO for message in messages)
    assert all(message.id in deployed and message.id not in quiet for message in messages)
    return messages


def texts(messages):
    return "\n".join(message.msg for message in messages)


# --- Marks that got lost ------------------------------------------------------------------------


class Marked(CorsPolicyMixin, View):
    cors_policy = SHOP

    def get(self, request):
        raise NotImplementedError


class Unmarked(View):
    def get(self, request):
        raise NotImplementedError


@cors(SHOP)
def marked(request):
    raise NotImplementedError


def unmarked(request):
    raise NotImplementedError


def careless(view):
    def inner(request):
        raise NotImplementedError(view)

    return inner


def careful(view):
    return functools.wraps(view)(careless(view))


def broken():
    raise NotImplementedError


def holding(thing):
    def inner(request):
        raise NotImplementedError(thing)

    return inner


def as_class(view_class):
    def inner(request):
        raise NotImplementedError(view_class)

    return inner


def by_method(**views):
    def inner(request):
        raise NotImplementedError(views)

    return inner


def first_of(*views):
    def inner(request):
        raise NotImplementedError(views)

    return inner


def unbound():
    later = marked

    def inner(request):
        raise NotImplementedError(later)  # noqa: F821 - that it is gone is the case

    del later
    return inner


class Around:
    def __init__(self, view):
        self.view = view

    def __call__(self, request):
        raise NotImplementedError


@named_rows(
    "callback",
    {
        "a class": careless(Marked.as_view()),
        "a function": careless(marked),
        "twice": careless(careless(marked)),
        "an object": Around(marked),
        "by method": by_method(GET=unmarked, POST=marked),
        "in a row": first_of(unmarked, marked),
        "a class inside": as_class(Marked),
        "a marked class inside": as_class(cors(SHOP)(type("Late", (Unmarked,), {}))),
        "declared around it too": cors(NO_CORS)(careless(marked)),
    },
)
def test_a_wrapper_that_hides_a_policy(callback):
    (message,) = report(path("hidden", callback))
    assert message.id == "drf_cors.E011"
    assert "is hidden by a wrapper, so what it declares has no effect" in message.msg
    assert "is closed to all other origins" in message.msg
    assert ".as_view" not in message.msg


@named_rows(
    "callback",
    {
        "with wraps": careful(Marked.as_view()),
        "a function with wraps": careful(marked),
        "nothing to hide": careless(Unmarked.as_view()),
        "no function to hide": careless(unmarked),
        "no class to hide": as_class(Unmarked),
        "a partial": functools.partial(Marked.as_view()),
        "not bound yet": unbound(),
        "a lazy object": holding(SimpleLazyObject(broken)),
    },
)
def test_a_wrapper_that_hides_nothing(callback):
    assert report(path("fine", callback)) == []


def test_a_handler_that_hides_a_marked_one():
    class Page(View):
        get = careless(cors(SHOP)(lambda self, request: None))

    (message,) = report(path("page", Page.as_view()))
    assert message.id == "drf_cors.E011"
    assert message.msg.startswith("Page.get: ")


def test_a_handler_that_calls_super_hides_nothing():
    @cors(SHOP)
    class Page(Unmarked):
        def get(self, request):
            raise NotImplementedError(super().get)

    assert report(path("page", Page.as_view())) == []


class Parent(APIView):
    @cors(SHOP)
    def get(self, request):
        raise NotImplementedError


class Child(Parent):
    def get(self, request):
        raise NotImplementedError


class MarkedChild(Parent):
    @cors(NO_CORS)
    def get(self, request):
        raise NotImplementedError


def test_a_handler_that_overrides_a_marked_one():
    (message,) = report(path("child", Child.as_view()))
    assert message.id == "drf_cors.E012"
    assert message.msg == (
        "Parent.get: 'Child.get' overrides this policy, which has no effect. Child is closed to all other origins."
    )


def test_a_handler_that_overrides_a_marked_one_with_its_own_mark():
    assert report(path("child", MarkedChild.as_view()), path("parent", Parent.as_view())) == []


def test_a_method_that_its_own_policy_does_not_allow():
    class Orders(CorsPolicyMixin, ViewSet):
        cors_policy = CorsPolicy(allowed_origins=["https://shop.example"], allow_methods=["GET"], allow_headers=[])
        cors_action_policies: ClassVar = {"create": CorsPolicy(preflight_max_age=5), "destroy": NO_CORS}

        def list(self, request):
            raise NotImplementedError

        def create(self, request):
            raise NotImplementedError

        def destroy(self, request):
            raise NotImplementedError

    (message,) = report(path("orders", Orders.as_view({"get": "list", "post": "create", "delete": "destroy"})))
    assert message.id == "drf_cors.W011"
    assert message.msg.startswith(
        "Orders.create has a policy of its own, but POST is not in its allow_methods (Orders.cors_policy)"
    )


class Helped(CorsPolicyMixin, ViewSet):
    cors_policy = SHOP
    cors_action_policies: ClassVar = {"helper": NO_CORS, "waits": NO_CORS, "create": NO_CORS}

    def list(self, request):
        raise NotImplementedError

    def create(self, request):
        raise NotImplementedError

    def helper(self):
        raise NotImplementedError

    @action(detail=False)
    def waits(self, request):
        raise NotImplementedError


class HelpedToo(Helped):
    pass


class Misnamed(Helped):
    cors_action_policies: ClassVar = {"lsit": NO_CORS}


def test_a_method_that_no_route_calls_is_no_action():
    messages = report(path("helped", Helped.as_view({"get": "list"})), path("plain", Unmarked.as_view()))
    assert {message.id for message in messages} == {"drf_cors.E005"}
    assert [message.msg.partition(",")[0] for message in messages] == [
        "Helped.cors_action_policies['helper']: 'helper' is reached by no route",
        "Helped.cors_action_policies['waits']: 'waits' is reached by no route",
        "Helped.cors_action_policies['create']: 'create' is reached by no route",
    ]


def test_a_method_that_some_route_calls_is_an_action():
    urls = [
        path("helped", Helped.as_view({"get": "list"})),
        path("other", HelpedToo.as_view({"post": "helper", "get": "waits", "put": "create"})),
    ]
    assert report(*urls) == []


class Numbered3(Helped):
    cors_action_policies: ClassVar = {3: NO_CORS, None: NO_CORS}


def test_a_key_that_is_no_name_at_all():
    callback = Numbered3.as_view({"get": "list", "post": "helper"})
    told = [message.msg for message in report(path("a", callback)) if "Numbered3.cors" in message.msg]
    assert [text.partition(",")[0] for text in told] == [
        "Numbered3.cors_action_policies[3]: 3 is reached by no route",
        "Numbered3.cors_action_policies[None]: None is reached by no route",
    ]


def test_a_name_without_a_method_is_told_once():
    urls = [path("a", Misnamed.as_view({"get": "list", "post": "helper"}))]
    assert [message.id for message in report(*urls) if "lsit" in message.msg] == ["drf_cors.E005"]


# --- Routes -------------------------------------------------------------------------------------


def test_a_route_that_is_never_reached():
    patterns = [re_path("^orders/.*", unmarked), path("orders/new", Marked.as_view())]
    (message,) = report(*patterns)
    assert message.id == "drf_cors.W012"
    assert message.msg.startswith("/orders/new of Marked is never reached")


def test_a_route_that_is_never_reached_but_has_no_policy():
    assert report(re_path("^orders/.*", unmarked), path("orders/new", Unmarked.as_view())) == []


def operation(view):
    """Make a function for an operation of a path, as django-ninja does: each calls the one view of the path."""

    def call(request):
        raise NotImplementedError(view)

    return call


class PathView:
    def call(self, request):
        raise NotImplementedError


OF_PATH = PathView()


@named_rows(
    "first, second",
    {
        "one function": (marked, marked),
        "functions of one factory": (operation(unmarked), operation(unmarked)),
        "a method": (OF_PATH.call, OF_PATH.call),
        "a class": (Marked.as_view(), Marked.as_view()),
    },
)
@named_rows("route", {"one route": "items", "another route": "<slug:name>"})
@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ({}, None),
        ({"list": SHOP}, None),
        ({"list": NO_CORS, "create": NO_CORS}, None),
        ({"list": SHOP, "create": SHOP.using()}, None),
        ({"create": NO_CORS}, "CORS_VIEW_POLICIES['create']"),
        ({"list": NO_CORS, "create": SHOP}, "CORS_VIEW_POLICIES['create']"),
        ({"list": NO_CORS, "create": "unknown"}, "CORS_VIEW_POLICIES['create']"),
    ],
    ids=str,
)
def test_two_names_for_one_view(first, second, route, policies, said):
    patterns = [path(route, first, name="list"), path("items", second, name="create")]
    messages = report(*patterns, CORS_VIEW_POLICIES=policies, CORS_ALLOWED_ORIGINS=["https://a.example"])
    assert ids(messages) == (["drf_cors.E014"] if said else [])
    if said:
        assert messages[0].msg == (
            "Django finds requests for /items under the URL name 'list', which leads to the same view. The policy "
            f"under 'create', {said}, never applies."
        )
        assert messages[0].hint == "Write the policy under 'list'."


def test_two_names_in_namespaces_and_an_earlier_route_without_a_name():
    def api(name):
        return include(([path("items", marked, name=name)], "api"), namespace="v1")

    (message,) = report(
        path("api/", api("list")), path("api/", api("create")), CORS_VIEW_POLICIES={"v1:create": NO_CORS}
    )
    assert message.id == "drf_cors.E014"
    assert message.hint == "Write the policy under 'v1:list'."
    assert report(path("api/", api("list")), path("api/", api("create")), CORS_VIEW_POLICIES={"v1:*": NO_CORS}) == []

    (message,) = report(
        path("items", marked), path("items", marked, name="create"), CORS_VIEW_POLICIES={"create": NO_CORS}
    )
    assert message.id == "drf_cors.E014"
    assert "under an earlier route without a name" in message.msg
    assert message.hint == "Give that route a name, and write the policy under it."


def test_a_regex_that_covers_no_route():
    found = report(path("api/orders", unmarked), CORS_URLS_REGEX=r"^api/")
    assert ids(found) == ["drf_cors.W013"]
    assert "CORS_URLS_REGEX ('^api/') matches no route" in texts(found)


@pytest.mark.parametrize("regex", [r"^/api/", r"^.*$"])
def test_a_regex_that_covers_a_route(regex):
    assert report(path("api/orders", unmarked), path("about", unmarked), CORS_URLS_REGEX=regex) == []


def test_a_site_without_routes_has_nothing_to_cover():
    assert report(CORS_URLS_REGEX=r"^api/") == []


# --- Headers that scripts cannot read -----------------------------------------------------------


class Numbered(PageNumberPagination):
    links_header = "X-Not-Sent"

    def get_paginated_response(self, data):
        links = (self.get_previous_link(), self.get_next_link())
        return Response(data, headers={"X-Total-Count": self.page.paginator.count, "Link": str(links)})


class Listed(ListAPIView):
    pagination_class = Numbered
    throttle_classes = [AnonRateThrottle]


@api_view(["GET", "POST"])
@throttle_classes([AnonRateThrottle])
def throttled(request):
    raise NotImplementedError


class Unhashable:
    __hash__ = None

    def __call__(self, request):
        raise NotImplementedError


EXPOSES = CorsPolicy(allowed_origins=["https://shop.example"], expose_headers=["Link", "x-total-count", "retry-after"])


@named_rows(
    "view, said",
    [
        (
            "pages and throttles",
            cors(SHOP)(Listed.as_view()),
            [
                "Listed: get may send Retry-After by AnonRateThrottle, which",
                "Listed: get may send X-Total-Count, Link by Numbered, which",
            ],
        ),
        ("exposed", cors(EXPOSES)(Listed.as_view()), []),
        ("all exposed", cors(allow_all_origins=True, expose_headers=["*"])(Listed.as_view()), []),
        ("for nobody", cors(NO_CORS)(Listed.as_view()), []),
        ("for no method", cors(SHOP.using(allow_methods=["PUT"]))(Listed.as_view()), []),
        (
            "pages",
            cors(SHOP)(Listed.as_view(throttle_classes=[])),
            ["get may send X-Total-Count, Link by Numbered"],
        ),
        (
            "pages of REST framework",
            cors(SHOP)(Listed.as_view(pagination_class=PageNumberPagination, throttle_classes=[])),
            [],
        ),
        (
            "a throttle without its scope",
            cors(SHOP)(Listed.as_view(pagination_class=None, throttle_classes=[ScopedRateThrottle])),
            [],
        ),
        (
            "a function of REST framework",
            cors(SHOP)(throttled),
            ["throttled: GET, POST may send Retry-After by AnonRateThrottle, which"],
        ),
        ("a function", cors(SHOP)(unmarked), []),
        ("a function that has no throttles", cors(SHOP)(api_view(["GET"])(unmarked)), []),
        ("an object", cors(SHOP)(Unhashable()), []),
    ],
)
def test_headers_that_scripts_cannot_read(view, said):
    messages = informed(path("view", view))
    assert ids(messages) == ["drf_cors.I001"] * bool(said)
    assert all(part in texts(messages) for part in said)
    assert len(messages) == len(said)


@pytest.mark.parametrize(
    "base",
    [PageNumberPagination, LimitOffsetPagination, CursorPagination],
    ids=lambda base: base.__name__,
)
def test_pages_are_made_with_any_class_of_rest_framework(base):
    class Linked(base):
        def get_paginated_response(self, data):
            return Response(data, headers={"Link": self.get_next_link()})

    (message,) = informed(path("view", cors(SHOP)(Listed.as_view(pagination_class=Linked, throttle_classes=[]))))
    assert "get may send Link by Linked, which" in message.msg


def test_pages_that_need_more_than_rows_are_not_known():
    class Demanding(PageNumberPagination):
        def get_paginated_response(self, data):
            return Response(data, headers={"X-User": self.request.user.username})

    assert informed(path("view", cors(SHOP)(Listed.as_view(pagination_class=Demanding, throttle_classes=[])))) == []


def test_a_header_is_reported_once_for_what_causes_it(settings):
    """A throttle in the settings of REST framework, and one in a base of many views."""

    class Base(APIView):
        throttle_classes = [AnonRateThrottle]

        def get(self, request):
            raise NotImplementedError

    views = [type(f"View{number}", (Base,), {}) for number in range(9)]
    (message,) = informed(*(path(f"{view.__name__}", view.as_view()) for view in views), CORS_ALLOW_ALL_ORIGINS=True)
    assert message.msg == (
        "View0: get may send Retry-After by AnonRateThrottle, which scripts of other origins cannot read. "
        "Likewise: View1 (get), View2 (get), View3 (get) and 5 more."
    )
    assert message.obj == "/View0"


def test_throttles_of_the_settings_are_reported_as_such(monkeypatch):
    monkeypatch.setattr(APIView, "throttle_classes", [AnonRateThrottle])
    urls = [path("reads", Reads.as_view()), path("writes", Writes.as_view()), path("api", api_view(["GET"])(unmarked))]
    (message,) = informed(*urls, CORS_ALLOW_ALL_ORIGINS=True)
    assert message.msg.startswith("Reads: get may send Retry-After by AnonRateThrottle, which")
    assert message.msg.endswith("Likewise: Writes (post), unmarked (GET).")


def test_throttles_of_one_use_of_a_view():
    urls = [path("view", cors(SHOP)(Reads.as_view(throttle_classes=[AnonRateThrottle])))]
    (message,) = informed(*urls)
    assert "get may send Retry-After by AnonRateThrottle, which" in message.msg


def test_what_a_property_says_is_not_known():
    class Depends(Writes):
        throttle_classes = property(lambda self: [AnonRateThrottle])
        authentication_classes = property(lambda self: [SessionAuthentication])
        pagination_class = functools.cached_property(lambda self: Numbered)

    urls = [path("view", cors(SPA)(Depends.as_view()))]
    assert [*report(*urls, **HOME), *informed(*urls, **HOME)] == []


def test_pages_are_sent_by_the_list_alone():
    class Orders(ListModelMixin, ViewSet, GenericAPIView):
        pagination_class = Numbered
        throttle_classes = [ScopedRateThrottle]
        throttle_scope = "orders"

        def retrieve(self, request):
            raise NotImplementedError

    (message,) = informed(path("orders", cors(SHOP)(Orders.as_view({"get": "retrieve"}))))
    assert "retrieve may send Retry-After by ScopedRateThrottle, which" in message.msg
    throttle, pages = informed(path("orders", cors(SHOP)(Orders.as_view({"get": "list"}))))
    assert "list may send Retry-After by" in throttle.msg
    assert "list may send X-Total-Count, Link by" in pages.msg


# --- Headers that authentication needs ----------------------------------------------------------


class Keyed(TokenAuthentication):
    keyword = "Key"


class InCookie(TokenAuthentication):
    def authenticate(self, request):
        raise NotImplementedError


JSON = CorsPolicy(allowed_origins=["https://shop.example"], allow_headers=["content-type"])
WITH_COOKIES = JSON.using(allow_credentials=True)
BOTH = [SessionAuthentication, TokenAuthentication]


@pytest.mark.parametrize(
    ("policy", "attributes", "missing"),
    [
        pytest.param(JSON, {"authentication_classes": [TokenAuthentication]}, ["authorization"], id="a token"),
        pytest.param(JSON, {"authentication_classes": [Keyed]}, ["authorization"], id="a token of another keyword"),
        pytest.param(JSON, {"authentication_classes": [BasicAuthentication]}, ["authorization"], id="a password"),
        pytest.param(JSON, {"authentication_classes": BOTH}, ["authorization"], id="a session that nobody can send"),
        pytest.param(WITH_COOKIES, {"authentication_classes": BOTH}, ["x-csrftoken"], id="a session or a token"),
        pytest.param(
            WITH_COOKIES, {"authentication_classes": [SessionAuthentication]}, ["x-csrftoken"], id="a session"
        ),
        pytest.param(
            WITH_COOKIES.using(allow_headers=["x-csrftoken"]),
            {"authentication_classes": [SessionAuthentication]},
            [],
            id="a session, and its header",
        ),
        pytest.param(
            WITH_COOKIES.using(allow_methods=["GET"]),
            {"authentication_classes": [SessionAuthentication]},
            [],
            id="a session that is only read",
        ),
        pytest.param(JSON, {"authentication_classes": [SessionAuthentication]}, [], id="a session without cookies"),
        pytest.param(JSON, {}, [], id="the default of REST framework"),
        pytest.param(
            JSON.using(allow_headers=["*"]),
            {"authentication_classes": [TokenAuthentication]},
            ["authorization"],
            id="any header, which Authorization is not",
        ),
        pytest.param(
            JSON.using(allow_headers=["Authorization"]),
            {"authentication_classes": [TokenAuthentication]},
            [],
            id="listed",
        ),
        pytest.param(NO_CORS, {"authentication_classes": [TokenAuthentication]}, [], id="for nobody"),
        pytest.param(JSON, {"authentication_classes": [InCookie]}, [], id="a token in a cookie"),
        pytest.param(JSON, {"authentication_classes": [Keyed, InCookie]}, [], id="a token in a header or in a cookie"),
        pytest.param(JSON, {"authentication_classes": [object()]}, [], id="no class"),
        pytest.param(JSON, {"authentication_classes": []}, [], id="no authentication"),
        pytest.param(
            JSON,
            {"authentication_classes": [TokenAuthentication], "permission_classes": [IsAuthenticated]},
            ["authorization"],
            id="a login",
        ),
        pytest.param(
            JSON,
            {"authentication_classes": [TokenAuthentication], "permission_classes": [AllowAny]},
            [],
            id="a public view",
        ),
        pytest.param(
            JSON,
            {"authentication_classes": [TokenAuthentication], "permission_classes": []},
            [],
            id="a view without permissions",
        ),
        pytest.param(
            JSON.using(allow_methods=["GET"]),
            {"authentication_classes": [TokenAuthentication], "permission_classes": [IsAuthenticatedOrReadOnly]},
            [],
            id="a public view to read",
        ),
        pytest.param(
            JSON.using(allow_methods=["POST"]),
            {"authentication_classes": [TokenAuthentication], "permission_classes": [IsAuthenticatedOrReadOnly]},
            ["authorization"],
            id="a login to write",
        ),
    ],
)
def test_headers_that_authentication_needs(policy, attributes, missing):
    class Private(APIView):
        def get(self, request): ...

        def post(self, request): ...

    for name, value in attributes.items():
        setattr(Private, name, value)
    messages = report(path("view", cors(policy)(Private.as_view())), CSRF_TRUSTED_ORIGINS=["https://shop.example"])
    assert ids(messages) == ["drf_cors.W031"] * bool(missing)
    found = texts(messages)
    assert all(f"cors(...) around Private has no {name!r} in allow_headers, but Private." in found for name in missing)
    assert all(
        f"Add {name!r} to allow_headers of cors(...) around Private." in message.hint
        for name, message in zip(missing, messages, strict=True)
    )


def test_the_csrf_header_has_the_name_of_the_settings():
    class Private(APIView):
        authentication_classes = [SessionAuthentication]

        def post(self, request): ...

    (message,) = report(
        path("view", Private.as_view()),
        CORS_ALLOWED_ORIGINS=["https://shop.example"],
        CORS_ALLOW_CREDENTIALS=True,
        CSRF_HEADER_NAME="HTTP_X_TOKEN",
        CSRF_TRUSTED_ORIGINS=["https://shop.example"],
    )
    assert "has no 'x-token' in allow_headers" in message.msg


# --- Preflights that are not kept ---------------------------------------------------------------


def shop(**fields):
    return CorsPolicy(allowed_origins=["https://shop.example"], **fields)


@named_rows(
    "of_get, of_put, said",
    [
        ("alike", shop(), shop(), None),
        ("headers", shop(), shop(allow_headers=["x-key"]), "allow_headers of GET lacks x-key"),
        (
            "credentials",
            shop(allow_headers=["x-key"]),
            shop(allow_headers=["x-key"], allow_credentials=True),
            "allow_credentials of GET lacks https://shop.example",
        ),
        (
            "origins",
            CorsPolicy(allowed_origins=["https://a.example"]),
            CorsPolicy(allowed_origins=["https://*.b.example:*"]),
            "allowed_origins of GET lacks https://any.b.example",
        ),
        ("any origin", shop(), CorsPolicy(allow_all_origins=True), "allowed_origins of GET lacks most"),
        (
            "a callable",
            CorsPolicy(is_origin_allowed=lambda origin, request: True),
            shop(),
            "is_origin_allowed of GET decides at each request",
        ),
        ("a method that is not allowed", shop(allow_methods=["PATCH"]), shop(), "allow_methods of GET lacks GET"),
        ("never to be kept", shop(), shop(allow_headers=["x-key"], preflight_max_age=0), None),
        ("never to be sent", shop(), shop(allow_headers=["x-key"], allow_methods=["GET"]), None),
        ("any port", shop(), CorsPolicy(allowed_origins=["http://localhost:*"]), "lacks http://localhost"),
        (
            "a port",
            shop(),
            CorsPolicy(allowed_origins=["https://*.b.example:8443"]),
            "lacks https://any.b.example:8443",
        ),
    ],
)
def test_preflights_that_browsers_do_not_keep(of_get, of_put, said):
    class Page(View):
        get = cors(of_get)(lambda self, request: None)
        put = cors(of_put)(lambda self, request: None)

    found = [message.msg for message in informed(path("page", Page.as_view()))]
    if said is None:
        assert all("preflights of PUT" not in text for text in found)
        assert all("preflights of GET, PUT" not in text for text in found)
    else:
        assert "PUT. A cached response" in found[0]
        assert said in found[0]


# --- Sessions -----------------------------------------------------------------------------------

SPA = CorsPolicy(allowed_origins=["https://app.shop.example"], allow_credentials=True)
HOME = {"ALLOWED_HOSTS": ["api.shop.example:443", "localhost"]}
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
OURS = "drf_cors.middleware.CorsMiddleware"


class Writes(APIView):
    authentication_classes = [TokenAuthentication, SessionAuthentication]

    def post(self, request):
        raise NotImplementedError


class WithoutCsrf(SessionAuthentication):
    def enforce_csrf(self, request):
        raise NotImplementedError


class Form(View):
    def post(self, request):
        raise NotImplementedError


@named_rows(
    "view, settings, said",
    [
        ("missing", cors(SPA)(Writes.as_view()), {}, "cors(...) around Writes lets https://app.shop.example send"),
        (
            "missing for the site",
            Writes.as_view(),
            {"CORS_ALLOWED_ORIGINS": ["https://app.shop.example"], "CORS_ALLOW_CREDENTIALS": True},
            "settings.CORS_ALLOWED_ORIGINS lets",
        ),
        (
            "missing of a list",
            cors(SPA.using(allow_credentials=["https://app.shop.example"]))(Writes.as_view()),
            {},
            "send credentials to Writes",
        ),
        ("listed", cors(SPA)(Writes.as_view()), {"CSRF_TRUSTED_ORIGINS": ["https://app.shop.example"]}, None),
        ("by a pattern", cors(SPA)(Writes.as_view()), {"CSRF_TRUSTED_ORIGINS": ["https://*.shop.example"]}, None),
        ("its own origin", cors(SPA)(Writes.as_view()), {"ALLOWED_HOSTS": ["app.shop.example", "localhost"]}, None),
        (
            "one of two hosts",
            cors(SPA)(Writes.as_view()),
            {"ALLOWED_HOSTS": ["app.shop.example", "api.shop.example"]},
            "lets https://app.shop.example send",
        ),
        (
            "by a pattern for the bare domain",
            cors(SPA)(Writes.as_view()),
            {"CSRF_TRUSTED_ORIGINS": ["https://*.app.shop.example"]},
            None,
        ),
        (
            "any port, some listed",
            cors(CorsPolicy(allowed_origins=["http://localhost:*"], allow_credentials=True))(Writes.as_view()),
            {"CSRF_TRUSTED_ORIGINS": ["http://localhost:3000"]},
            None,
        ),
        (
            "any port",
            cors(CorsPolicy(allowed_origins=["http://localhost:*"], allow_credentials=True))(Writes.as_view()),
            {},
            "lets http://localhost:* send",
        ),
        (
            "a scheme that Django cannot trust",
            cors(CorsPolicy(allowed_origins=["capacitor://localhost"], allow_credentials=True))(Writes.as_view()),
            {},
            None,
        ),
        (
            "by a regular expression",
            cors(allowed_origin_regexes=[r"https://\w+\.shop\.example"], allow_credentials=True)(Writes.as_view()),
            {},
            "cors(...) around Writes lets origins that a regular expression allows send credentials to Writes",
        ),
        (
            "by a callable",
            cors(is_origin_allowed=lambda origin, request: True, allow_credentials=True)(Writes.as_view()),
            {},
            "lets origins that is_origin_allowed allows send credentials to Writes",
        ),
        (
            "by either, without credentials",
            cors(allowed_origin_regexes=["https://x"], is_origin_allowed=print)(Writes.as_view()),
            {},
            None,
        ),
        (
            "by either, and some are trusted",
            cors(allowed_origin_regexes=["https://x"], is_origin_allowed=print, allow_credentials=True)(
                Writes.as_view()
            ),
            {"CSRF_TRUSTED_ORIGINS": ["https://x"]},
            None,
        ),
        ("without credentials", cors(SHOP)(Writes.as_view()), {}, None),
        ("a method not allowed", cors(SPA.using(allow_methods=["GET"]))(Writes.as_view()), {}, None),
        ("no session", cors(SPA)(Writes.as_view(authentication_classes=[TokenAuthentication])), {}, None),
        ("a session without CSRF check", cors(SPA)(Writes.as_view(authentication_classes=[WithoutCsrf])), {}, None),
        (
            "one of two checks",
            cors(SPA)(
                Writes.as_view(authentication_classes=[WithoutCsrf, type("Named", (SessionAuthentication,), {})])
            ),
            {},
            "send credentials to Writes",
        ),
        ("a form", cors(SPA)(Form.as_view()), {"MIDDLEWARE": [OURS, SESSIONS, CSRF]}, "send credentials to Form"),
        ("without CSRF protection", cors(SPA)(Form.as_view()), {"MIDDLEWARE": [OURS, SESSIONS]}, None),
        ("without sessions", cors(SPA)(Form.as_view()), {"MIDDLEWARE": [OURS, CSRF]}, None),
        ("an exempt form", cors(SPA)(csrf_exempt(Form.as_view())), {"MIDDLEWARE": [OURS, SESSIONS, CSRF]}, None),
    ],
)
def test_origins_that_django_will_not_trust(view, settings, said):
    messages = report(path("view", view), **settings)
    assert ids(messages) == ["drf_cors.W015"] * bool(said)
    assert (said or "") in texts(messages)


def test_views_are_counted_by_origin():
    class More(Writes):
        pass

    urls = [path("a", Writes.as_view()), path("b", Writes.as_view()), path("c", More.as_view())]
    (message,) = report(*urls, CORS_ALLOWED_ORIGINS=["https://app.shop.example"], CORS_ALLOW_CREDENTIALS=True)
    assert "send credentials to Writes, More, with methods" in message.msg


class Reads(APIView):
    authentication_classes = [SessionAuthentication]

    def get(self, request):
        raise NotImplementedError


ELSEWHERE = CorsPolicy(allowed_origins=["https://app.elsewhere.example"], allow_credentials=True)


@named_rows(
    "policy, settings, said",
    [
        ("another site", ELSEWHERE, HOME, "lets https://app.elsewhere.example send credentials to Reads"),
        ("another site, strictly", ELSEWHERE, {**HOME, "SESSION_COOKIE_SAMESITE": "Strict"}, "SameSite=Strict"),
        (
            "neighbours under a public suffix",
            CorsPolicy(allowed_origins=["https://you.github.io"], allow_credentials=True),
            {"ALLOWED_HOSTS": ["me.github.io"]},
            "https://you.github.io",
        ),
        (
            "by the cookie",
            ELSEWHERE,
            {"ALLOWED_HOSTS": ["127.0.0.1"], "SESSION_COOKIE_DOMAIN": ".shop.example"},
            "Lax",
        ),
        ("an address", ELSEWHERE, {"ALLOWED_HOSTS": ["192.0.2.1"]}, "Lax"),
        ("the same site", SPA, HOME, None),
        ("a cookie for all sites", ELSEWHERE, {**HOME, "SESSION_COOKIE_SAMESITE": "None"}, None),
        ("any host", ELSEWHERE, {"ALLOWED_HOSTS": ["*"]}, None),
        ("a development machine", ELSEWHERE, {"ALLOWED_HOSTS": ["localhost", "api.localhost"]}, None),
        ("a local page", CorsPolicy(allowed_origins=["http://localhost:3000"], allow_credentials=True), HOME, None),
        ("no credentials", CorsPolicy(allowed_origins=["https://app.elsewhere.example"]), HOME, None),
    ],
)
def test_cookies_that_stay_at_home(policy, settings, said):
    messages = report(path("view", cors(policy)(Reads.as_view())), **settings)
    assert ids(messages) == ["drf_cors.W016"] * bool(said)
    assert (said or "") in texts(messages)


def test_cookies_of_views_without_a_session():
    assert report(path("view", cors(ELSEWHERE)(Reads.as_view(authentication_classes=[]))), **HOME) == []
