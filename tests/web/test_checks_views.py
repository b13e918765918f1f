"""`manage.py check`: views, routes, headers and sessions. Every id by itself and through the command."""

from __future__ import annotations

import functools
from typing import ClassVar

import pytest
from django.test import override_settings
from django.urls import include, path, re_path
from django.utils.functional import SimpleLazyObject
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.decorators import action, api_view, throttle_classes
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.pagination import PageNumberPagination
from rest_framework.throttling import AnonRateThrottle, ScopedRateThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.checks import check_views
from tests.web.test_checks import Urls, ids, printed

SHOP = CorsPolicy(allowed_origins=["https://shop.example"])


def report(*urlpatterns, **settings):
    """Return the messages of the views' checks, and hold the command to them."""
    with override_settings(ROOT_URLCONF=Urls(*urlpatterns), **settings):
        messages = check_views()
        output = printed()
    assert all(message.hint for message in messages)
    assert all(message.id in output for message in messages)
    assert len({message.msg for message in messages}) == len(messages)
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


@pytest.mark.parametrize(
    "callback",
    [
        careless(Marked.as_view()),
        careless(marked),
        careless(careless(marked)),
        Around(marked),
        by_method(GET=unmarked, POST=marked),
        first_of(unmarked, marked),
        as_class(Marked),
        as_class(cors(SHOP)(type("Late", (Unmarked,), {}))),
        cors(NO_CORS)(careless(marked)),
    ],
    ids=[
        "a class",
        "a function",
        "twice",
        "an object",
        "by method",
        "in a row",
        "a class inside",
        "a marked class inside",
        "declared around it too",
    ],
)
def test_a_wrapper_that_hides_a_policy(callback):
    (message,) = report(path("hidden", callback))
    assert message.id == "drf_cors.E011"
    assert "is hidden by a wrapper, so what it declares has no effect" in message.msg
    assert "is closed to all other origins" in message.msg
    assert ".as_view" not in message.msg


@pytest.mark.parametrize(
    "callback",
    [
        careful(Marked.as_view()),
        careful(marked),
        careless(Unmarked.as_view()),
        careless(unmarked),
        as_class(Unmarked),
        functools.partial(Marked.as_view()),
        unbound(),
        holding(SimpleLazyObject(broken)),
    ],
    ids=[
        "with wraps",
        "a function with wraps",
        "nothing to hide",
        "no function to hide",
        "no class to hide",
        "a partial",
        "not bound yet",
        "a lazy object",
    ],
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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (marked, marked),
        (operation(unmarked), operation(unmarked)),
        (OF_PATH.call, OF_PATH.call),
        (Marked.as_view(), Marked.as_view()),
    ],
    ids=["one function", "functions of one factory", "a method", "a class"],
)
@pytest.mark.parametrize("route", ["items", "<slug:name>"], ids=["one route", "another route"])
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
    total_header = "X-Total-Count"
    links_header = "Link"
    header_help = "Not the name of a header."
    header_count = 7


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


@pytest.mark.parametrize(
    ("view", "said"),
    [
        pytest.param(
            cors(SHOP)(Listed.as_view()), ["get may send X-Total-Count, Link, Retry-After"], id="pages and throttles"
        ),
        pytest.param(cors(EXPOSES)(Listed.as_view()), [], id="exposed"),
        pytest.param(cors(allow_all_origins=True, expose_headers=["*"])(Listed.as_view()), [], id="all exposed"),
        pytest.param(cors(NO_CORS)(Listed.as_view()), [], id="for nobody"),
        pytest.param(cors(SHOP.using(allow_methods=["PUT"]))(Listed.as_view()), [], id="for no method"),
        pytest.param(
            cors(SHOP)(Listed.as_view(throttle_classes=[])), ["get may send X-Total-Count, Link, which"], id="pages"
        ),
        pytest.param(
            cors(SHOP)(Listed.as_view(pagination_class=PageNumberPagination, throttle_classes=[])),
            [],
            id="pages of REST framework",
        ),
        pytest.param(
            cors(SHOP)(Listed.as_view(pagination_class=None, throttle_classes=[ScopedRateThrottle])),
            [],
            id="a throttle without its scope",
        ),
        pytest.param(
            cors(SHOP)(throttled),
            ["throttled: GET, POST may send Retry-After, which"],
            id="a function of REST framework",
        ),
        pytest.param(cors(SHOP)(unmarked), [], id="a function"),
        pytest.param(cors(SHOP)(api_view(["GET"])(unmarked)), [], id="a function that has no throttles"),
        pytest.param(cors(SHOP)(Unhashable()), [], id="an object"),
    ],
)
def test_headers_that_scripts_cannot_read(view, said):
    messages = report(path("view", view))
    assert ids(messages) == ["drf_cors.I001"] * bool(said)
    assert all(part in texts(messages) for part in said)
    assert len(messages) == len(said)


def test_what_a_property_says_is_not_known():
    class Depends(Writes):
        throttle_classes = property(lambda self: [AnonRateThrottle])
        authentication_classes = property(lambda self: [SessionAuthentication])
        pagination_class = functools.cached_property(lambda self: Numbered)

    assert report(path("view", cors(SPA)(Depends.as_view())), **HOME) == []


def test_pages_are_sent_by_the_list_alone():
    class Orders(ListModelMixin, ViewSet, GenericAPIView):
        pagination_class = Numbered
        throttle_classes = [ScopedRateThrottle]
        throttle_scope = "orders"

        def retrieve(self, request):
            raise NotImplementedError

    (message,) = report(path("orders", cors(SHOP)(Orders.as_view({"get": "retrieve"}))))
    assert "retrieve may send Retry-After, which" in message.msg
    (message,) = report(path("orders", cors(SHOP)(Orders.as_view({"get": "list"}))))
    assert "list may send X-Total-Count, Link, Retry-After, which" in message.msg


# --- Preflights that are not kept ---------------------------------------------------------------


def shop(**fields):
    return CorsPolicy(allowed_origins=["https://shop.example"], **fields)


@pytest.mark.parametrize(
    ("of_get", "of_put", "said"),
    [
        pytest.param(shop(), shop(), None, id="alike"),
        pytest.param(shop(), shop(allow_headers=["x-key"]), "allow_headers of GET lacks x-key", id="headers"),
        pytest.param(
            shop(allow_headers=["x-key"]),
            shop(allow_headers=["x-key"], allow_credentials=True),
            "allow_credentials of GET lacks https://shop.example",
            id="credentials",
        ),
        pytest.param(
            CorsPolicy(allowed_origins=["https://a.example"]),
            CorsPolicy(allowed_origins=["https://*.b.example:*"]),
            "allowed_origins of GET lacks https://any.b.example",
            id="origins",
        ),
        pytest.param(shop(), CorsPolicy(allow_all_origins=True), "allowed_origins of GET lacks most", id="any origin"),
        pytest.param(
            CorsPolicy(is_origin_allowed=lambda origin, request: True),
            shop(),
            "is_origin_allowed of GET decides at each request",
            id="a callable",
        ),
        pytest.param(
            shop(allow_methods=["PATCH"]), shop(), "allow_methods of GET lacks GET", id="a method that is not allowed"
        ),
        pytest.param(shop(), shop(allow_headers=["x-key"], preflight_max_age=0), None, id="never to be kept"),
        pytest.param(shop(), shop(allow_headers=["x-key"], allow_methods=["GET"]), None, id="never to be sent"),
        pytest.param(
            shop(), CorsPolicy(allowed_origins=["http://localhost:*"]), "lacks http://localhost", id="any port"
        ),
        pytest.param(
            shop(),
            CorsPolicy(allowed_origins=["https://*.b.example:8443"]),
            "lacks https://any.b.example:8443",
            id="a port",
        ),
    ],
)
def test_preflights_that_browsers_do_not_keep(of_get, of_put, said):
    class Page(View):
        get = cors(of_get)(lambda self, request: None)
        put = cors(of_put)(lambda self, request: None)

    found = [message.msg for message in report(path("page", Page.as_view())) if message.id == "drf_cors.I002"]
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


@pytest.mark.parametrize(
    ("view", "settings", "said"),
    [
        pytest.param(
            cors(SPA)(Writes.as_view()), {}, "cors(...) around Writes lets https://app.shop.example send", id="missing"
        ),
        pytest.param(
            Writes.as_view(),
            {"CORS_ALLOWED_ORIGINS": ["https://app.shop.example"], "CORS_ALLOW_CREDENTIALS": True},
            "settings.CORS_ALLOWED_ORIGINS lets",
            id="missing for the site",
        ),
        pytest.param(
            cors(SPA.using(allow_credentials=["https://app.shop.example"]))(Writes.as_view()),
            {},
            "send credentials to Writes",
            id="missing of a list",
        ),
        pytest.param(
            cors(SPA)(Writes.as_view()), {"CSRF_TRUSTED_ORIGINS": ["https://app.shop.example"]}, None, id="listed"
        ),
        pytest.param(
            cors(SPA)(Writes.as_view()), {"CSRF_TRUSTED_ORIGINS": ["https://*.shop.example"]}, None, id="by a pattern"
        ),
        pytest.param(
            cors(SPA)(Writes.as_view()), {"ALLOWED_HOSTS": ["app.shop.example", "localhost"]}, None, id="its own origin"
        ),
        pytest.param(
            cors(SPA)(Writes.as_view()),
            {"ALLOWED_HOSTS": ["app.shop.example", "api.shop.example"]},
            "lets https://app.shop.example send",
            id="one of two hosts",
        ),
        pytest.param(
            cors(SPA)(Writes.as_view()),
            {"CSRF_TRUSTED_ORIGINS": ["https://*.app.shop.example"]},
            None,
            id="by a pattern for the bare domain",
        ),
        pytest.param(
            cors(CorsPolicy(allowed_origins=["http://localhost:*"], allow_credentials=True))(Writes.as_view()),
            {"CSRF_TRUSTED_ORIGINS": ["http://localhost:3000"]},
            None,
            id="any port, some listed",
        ),
        pytest.param(
            cors(CorsPolicy(allowed_origins=["http://localhost:*"], allow_credentials=True))(Writes.as_view()),
            {},
            "lets http://localhost:* send",
            id="any port",
        ),
        pytest.param(
            cors(CorsPolicy(allowed_origins=["capacitor://localhost"], allow_credentials=True))(Writes.as_view()),
            {},
            None,
            id="a scheme that Django cannot trust",
        ),
        pytest.param(
            cors(allowed_origin_regexes=[r"https://\w+\.shop\.example"], allow_credentials=True)(Writes.as_view()),
            {},
            "cors(...) around Writes lets origins that a regular expression allows send credentials to Writes",
            id="by a regular expression",
        ),
        pytest.param(
            cors(is_origin_allowed=lambda origin, request: True, allow_credentials=True)(Writes.as_view()),
            {},
            "lets origins that is_origin_allowed allows send credentials to Writes",
            id="by a callable",
        ),
        pytest.param(
            cors(allowed_origin_regexes=["https://x"], is_origin_allowed=print)(Writes.as_view()),
            {},
            None,
            id="by either, without credentials",
        ),
        pytest.param(
            cors(allowed_origin_regexes=["https://x"], is_origin_allowed=print, allow_credentials=True)(
                Writes.as_view()
            ),
            {"CSRF_TRUSTED_ORIGINS": ["https://x"]},
            None,
            id="by either, and some are trusted",
        ),
        pytest.param(cors(SHOP)(Writes.as_view()), {}, None, id="without credentials"),
        pytest.param(cors(SPA.using(allow_methods=["GET"]))(Writes.as_view()), {}, None, id="a method not allowed"),
        pytest.param(
            cors(SPA)(Writes.as_view(authentication_classes=[TokenAuthentication])), {}, None, id="no session"
        ),
        pytest.param(
            cors(SPA)(Writes.as_view(authentication_classes=[WithoutCsrf])), {}, None, id="a session without CSRF check"
        ),
        pytest.param(
            cors(SPA)(
                Writes.as_view(authentication_classes=[WithoutCsrf, type("Named", (SessionAuthentication,), {})])
            ),
            {},
            "send credentials to Writes",
            id="one of two checks",
        ),
        pytest.param(
            cors(SPA)(Form.as_view()), {"MIDDLEWARE": [OURS, SESSIONS, CSRF]}, "send credentials to Form", id="a form"
        ),
        pytest.param(cors(SPA)(Form.as_view()), {"MIDDLEWARE": [OURS, SESSIONS]}, None, id="without CSRF protection"),
        pytest.param(cors(SPA)(Form.as_view()), {"MIDDLEWARE": [OURS, CSRF]}, None, id="without sessions"),
        pytest.param(
            cors(SPA)(csrf_exempt(Form.as_view())), {"MIDDLEWARE": [OURS, SESSIONS, CSRF]}, None, id="an exempt form"
        ),
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
    assert "send credentials to Writes and 1 more, with methods" in message.msg


class Reads(APIView):
    authentication_classes = [SessionAuthentication]

    def get(self, request):
        raise NotImplementedError


ELSEWHERE = CorsPolicy(allowed_origins=["https://app.elsewhere.example"], allow_credentials=True)


@pytest.mark.parametrize(
    ("policy", "settings", "said"),
    [
        pytest.param(
            ELSEWHERE, HOME, "lets https://app.elsewhere.example send credentials to Reads", id="another site"
        ),
        pytest.param(
            ELSEWHERE, {**HOME, "SESSION_COOKIE_SAMESITE": "Strict"}, "SameSite=Strict", id="another site, strictly"
        ),
        pytest.param(
            CorsPolicy(allowed_origins=["https://you.github.io"], allow_credentials=True),
            {"ALLOWED_HOSTS": ["me.github.io"]},
            "https://you.github.io",
            id="neighbours under a public suffix",
        ),
        pytest.param(
            ELSEWHERE,
            {"ALLOWED_HOSTS": ["127.0.0.1"], "SESSION_COOKIE_DOMAIN": ".shop.example"},
            "Lax",
            id="by the cookie",
        ),
        pytest.param(ELSEWHERE, {"ALLOWED_HOSTS": ["192.0.2.1"]}, "Lax", id="an address"),
        pytest.param(SPA, HOME, None, id="the same site"),
        pytest.param(ELSEWHERE, {**HOME, "SESSION_COOKIE_SAMESITE": "None"}, None, id="a cookie for all sites"),
        pytest.param(ELSEWHERE, {"ALLOWED_HOSTS": ["*"]}, None, id="any host"),
        pytest.param(ELSEWHERE, {"ALLOWED_HOSTS": ["localhost", "api.localhost"]}, None, id="a development machine"),
        pytest.param(
            CorsPolicy(allowed_origins=["http://localhost:3000"], allow_credentials=True), HOME, None, id="a local page"
        ),
        pytest.param(CorsPolicy(allowed_origins=["https://app.elsewhere.example"]), HOME, None, id="no credentials"),
    ],
)
def test_cookies_that_stay_at_home(policy, settings, said):
    messages = report(path("view", cors(policy)(Reads.as_view())), **settings)
    assert ids(messages) == ["drf_cors.W016"] * bool(said)
    assert (said or "") in texts(messages)


def test_cookies_of_views_without_a_session():
    assert report(path("view", cors(ELSEWHERE)(Reads.as_view(authentication_classes=[]))), **HOME) == []
