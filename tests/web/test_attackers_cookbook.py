"""What an attacker would try, line by line. Each line is refused, for the reason it names.

The reason is the one the site's own people see: in the log, and under DEBUG in the answer.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.utils.module_loading import import_string
from django.views import View
from django.views.decorators.cache import cache_page

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.testing import CHROMIUM, FETCH, FIREFOX, WEBKIT, Browser, CorsBlocked
from tests.tables import named_rows
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP, STRANGER, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from drf_cors.testing import Profile
    from tests.web.conftest import Routes, Visitor

CORS = CORS_ONLY[0]
COMMON = "django.middleware.common.CommonMiddleware"

NOT_ALLOWED, MALFORMED, NULL = "origin-not-allowed", "origin-malformed", "origin-null"
DISABLED = "view-disabled"
METHOD, NO_SUCH_METHOD, HEADER = "method-not-allowed", "method-not-on-view", "header-not-allowed"


def secret(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper, caplog: pytest.LogCaptureFixture) -> None:
    settings.DEBUG = True  # shows the reason in the answer
    settings.ALLOWED_HOSTS = ["*"]
    settings.MIDDLEWARE = CORS_ONLY
    caplog.set_level(logging.INFO, "drf_cors")


@pytest.fixture
def reasons(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return the reasons logged since the last call."""

    def take() -> list[str]:
        found = [
            getattr(record, "reason", record.getMessage()) for record in caplog.records if record.name == "drf_cors"
        ]
        caplog.clear()
        return found

    return take


def assert_silent(answer: Any, reason: str) -> None:
    """No header of CORS but `Vary`, and the reason."""
    assert set(wire(answer)) == {"Vary"}
    assert answer["X-Cors-Reason"] == reason


# Origins that look like others


def served_as_latin_1(text: str) -> str:
    """Return header bytes as WSGI and ASGI servers hand them over."""
    return text.encode().decode("latin-1")


STRICT = {
    "listed": CorsPolicy(allowed_origins=[SHOP], allow_credentials=True),
    "wildcard": CorsPolicy(allowed_origins=["https://*.shop.example"]),
    "regex": CorsPolicy(allowed_origin_regexes=[r"https://shop\.example|https://[a-z]+\.shop\.example"]),
    "any port": CorsPolicy(allowed_origins=["http://localhost:*", "https://shop.example:*"]),
    "everything": CorsPolicy(
        allowed_origins=[SHOP, "https://*.shop.example", "http://localhost:*"],
        allowed_origin_regexes=[r"https://shop\.example"],
        allow_credentials=True,
    ),
}

#: What is tried, the origin, the reason of the refusal, and the policies that rightly admit it.
LOOKALIKES: list[tuple[str, str, str, set[str]]] = [
    ("suffix", "https://shop.example.evil.net", NOT_ALLOWED, set()),
    ("suffix with a dash", "https://shop.example-evil.net", NOT_ALLOWED, set()),
    ("suffix without a dot", "https://shop.exampleevil.net", NOT_ALLOWED, set()),
    ("prefix", "https://evilshop.example", NOT_ALLOWED, set()),
    ("prefix with a dash", "https://evil-shop.example", NOT_ALLOWED, set()),
    ("prefix with an underscore", "https://evil_shop.example", NOT_ALLOWED, set()),
    ("subdomain left behind", "https://old.shop.example", NOT_ALLOWED, {"wildcard", "regex", "everything"}),
    ("deep subdomain", "https://a.b.shop.example", NOT_ALLOWED, {"wildcard", "everything"}),
    ("bare domain under a wildcard", SHOP, NOT_ALLOWED, {"listed", "regex", "any port", "everything"}),
    ("domain inside another", "https://shop.example.shop.evil", NOT_ALLOWED, set()),
    ("first label only", "https://shop", NOT_ALLOWED, set()),
    ("no dot", "https://shopexample", NOT_ALLOWED, set()),
    ("dash for dot", "https://shop-example", NOT_ALLOWED, set()),
    ("another letter for dot", "https://shopxexample", NOT_ALLOWED, set()),
    ("top label only", "https://example", NOT_ALLOWED, set()),
    ("dot at the end", "https://shop.example.", NOT_ALLOWED, set()),
    ("subdomain, dot at the end", "https://a.shop.example.", NOT_ALLOWED, set()),
    ("dot at the start", "https://.shop.example", MALFORMED, set()),
    ("empty label", "https://a..shop.example", MALFORMED, set()),
    ("null", "null", NULL, set()),
    ("null in upper case", "NULL", MALFORMED, set()),
    ("null among others", "null, https://shop.example", MALFORMED, set()),
    ("local file", "file://", NULL, set()),
    ("named local file", "file:///etc/passwd", MALFORMED, set()),
    ("no scheme", "shop.example", MALFORMED, set()),
    ("scheme of the page", "//shop.example", MALFORMED, set()),
    ("scheme downgrade", "http://shop.example", NOT_ALLOWED, set()),
    ("scheme downgrade below", "http://a.shop.example", NOT_ALLOWED, set()),
    ("socket scheme", "wss://shop.example", NOT_ALLOWED, set()),
    ("scheme of an extension", "chrome-extension://shop.example", NOT_ALLOWED, set()),
    ("scheme of scripts", "javascript://shop.example", MALFORMED, set()),
    ("blob", "blob:https://shop.example", MALFORMED, set()),
    ("another port", "https://shop.example:8443", NOT_ALLOWED, {"any port"}),
    ("port of plain http", "https://shop.example:80", NOT_ALLOWED, {"any port"}),
    ("default port", "https://shop.example:443", MALFORMED, set()),
    ("port with a zero before", "https://shop.example:0443", MALFORMED, set()),
    ("empty port", "https://shop.example:", MALFORMED, set()),
    ("port too high", "https://shop.example:65536", MALFORMED, set()),
    ("port that is none", "https://shop.example:8443.evil.net", MALFORMED, set()),
    ("any port, user", "http://localhost:3000@evil.net", MALFORMED, set()),
    ("any port, suffix", "http://localhost.evil.net:3000", NOT_ALLOWED, set()),
    ("any port, digits in the host", "http://localhost3000", NOT_ALLOWED, set()),
    ("any port, other name of the host", "http://127.0.0.1:3000", NOT_ALLOWED, set()),
    ("any port, subdomain", "http://evil.localhost:3000", NOT_ALLOWED, set()),
    ("fullwidth dot", served_as_latin_1("https://shop\uff0eexample"), MALFORMED, set()),
    ("ideographic dot", served_as_latin_1("https://evil\u3002shop.example"), MALFORMED, set()),
    ("halfwidth dot", served_as_latin_1("https://evil\uff61shop.example"), MALFORMED, set()),
    ("one dot leader", served_as_latin_1("https://shop\u2024example"), MALFORMED, set()),
    ("fullwidth letters", served_as_latin_1("https://\uff53hop.example"), MALFORMED, set()),
    ("cyrillic o", served_as_latin_1("https://sh\u043ep.example"), MALFORMED, set()),
    ("cyrillic o in Punycode", "https://xn--shp-tmc.example", NOT_ALLOWED, set()),
    ("long s", served_as_latin_1("https://\u017fhop.example"), MALFORMED, set()),
    ("soft hyphen", served_as_latin_1("https://shop\u00ad.example"), MALFORMED, set()),
    ("joiner of no width", served_as_latin_1("https://shop\u200d.example"), MALFORMED, set()),
    ("user", "https://shop.example@evil.net", MALFORMED, set()),
    ("user and password", "https://shop.example:x@evil.net", MALFORMED, set()),
    ("user before the right host", "https://evil.net@shop.example", MALFORMED, set()),
    ("slash at the end", "https://shop.example/", MALFORMED, set()),
    ("path", "https://shop.example/evil.net", MALFORMED, set()),
    ("right host in the path", "https://evil.net/https://shop.example", MALFORMED, set()),
    ("right host in the query", "https://evil.net?https://shop.example", MALFORMED, set()),
    ("right host in the fragment", "https://evil.net#.shop.example", MALFORMED, set()),
    ("backslash", "https://evil.net\\.shop.example", MALFORMED, set()),
    ("backslash and user", "https://evil.net\\@shop.example", MALFORMED, set()),
    ("percent for dot", "https://shop%2eexample", MALFORMED, set()),
    ("percent for NUL", "https://evil.net%00.shop.example", MALFORMED, set()),
    ("characters that hosts may not have", "https://evil.net!.shop.example", MALFORMED, set()),
    ("braces", "https://evil.net{.shop.example", MALFORMED, set()),
    ("backquote", "https://evil.net`.shop.example", MALFORMED, set()),
    ("comma in the host", "https://evil.net,.shop.example", MALFORMED, set()),
    ("CRLF at the end", "https://shop.example\r\n", MALFORMED, set()),
    ("line feed at the end", "https://shop.example\n", MALFORMED, set()),
    ("header split", "https://shop.example\r\nAccess-Control-Allow-Origin: *", MALFORMED, set()),
    ("NUL at the end", "https://shop.example\x00", MALFORMED, set()),
    ("NUL in the host", "https://evil.net\x00.shop.example", MALFORMED, set()),
    ("tab in the host", "https://shop\t.example", MALFORMED, set()),
    ("tab before", "\thttps://shop.example", MALFORMED, set()),
    ("blank before", " https://shop.example", MALFORMED, set()),
    ("blank behind", "https://shop.example ", MALFORMED, set()),
    ("two origins", "https://shop.example https://evil.net", MALFORMED, set()),
    ("origin sent twice", "https://shop.example, https://evil.net", MALFORMED, set()),
    ("upper case", "https://SHOP.example", MALFORMED, set()),
    ("scheme in upper case", "HTTPS://shop.example", MALFORMED, set()),
    ("star", "*", MALFORMED, set()),
    ("the pattern itself", "https://*.shop.example", MALFORMED, set()),
    ("the pattern of ports itself", "http://localhost:*", MALFORMED, set()),
    ("empty", "", MALFORMED, set()),
    ("undefined", "undefined", MALFORMED, set()),
    ("address as one number", "http://2130706433", MALFORMED, set()),
    ("address in hexadecimal", "http://0x7f.0.0.1", MALFORMED, set()),
    ("long address", "http://[0:0:0:0:0:0:0:1]", MALFORMED, set()),
    ("too long, right at the end", "https://" + "a." * 160 + "shop.example", MALFORMED, set()),
    ("label too long", "https://" + "a" * 64 + ".shop.example", MALFORMED, set()),
]


@pytest.mark.parametrize("policy", STRICT)
@named_rows("origin, reason, friends", LOOKALIKES)
def test_origins_that_look_like_others_are_refused(
    origin: str,
    reason: str,
    friends: set[str],
    policy: str,
    routes: Routes,
    visitor: Visitor,
    reasons: Callable[[], list[str]],
) -> None:
    routes(path("", cors(STRICT[policy])(secret)))
    request, preflight = visitor.get("/", origin=origin), visitor.preflight("/", "PUT", origin=origin)
    if policy in friends:
        assert reasons() == []
        assert request["Access-Control-Allow-Origin"] == preflight["Access-Control-Allow-Origin"] == origin
        return
    assert request.content == b"secret"  # CORS is no firewall
    for answer in (request, preflight):
        assert_silent(answer, reason)
    assert reasons() == [reason] * 2


@pytest.mark.parametrize(("origin", "reason"), [line[1:3] for line in LOOKALIKES], ids=[n for n, *_ in LOOKALIKES])
def test_where_anybody_may_read_nobody_but_the_listed_gets_credentials(
    origin: str, reason: str, routes: Routes, visitor: Visitor
) -> None:
    routes(path("", cors(allow_all_origins=True, allow_credentials=["https://*.listed.example"])(secret)))

    for answer in (visitor.get("/", origin=origin), visitor.preflight("/", origin=origin)):
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


# Claims about oneself


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "stranger.example"},
        {"host": "shop.example"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"referer": SHOP},
        {"x-forwarded-host": "shop.example"},
        {"x-forwarded-proto": "https"},
        {"x-original-url": "/open"},
        {"x-rewrite-url": "/open"},
        {"forwarded": "host=shop.example"},
        {"access-control-request-method": "GET"},
        {"access-control-request-private-network": "true"},
    ],
    ids=str,
)
def test_other_headers_open_nothing(
    headers: dict[str, str], routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOW_PRIVATE_NETWORK = True
    routes(path("", cors(STRICT["everything"])(secret)), path("open", cors(allow_all_origins=True)(secret)))

    for origin in (STRANGER, "http://stranger.example"):
        assert set(wire(visitor.get("/", origin=origin, headers=headers))) == {"Vary"}
        assert set(wire(visitor.preflight("/", origin=origin, headers=headers))) == {"Vary"}


# Paths


def open_page(request: HttpRequest, **_: str) -> HttpResponse:
    return HttpResponse("open")


def closed_page(request: HttpRequest, **_: str) -> HttpResponse:
    return HttpResponse("secret")


#: What is tried, the path, the reason.
PATHS = [
    ("as it is", "/closed/", DISABLED),
    ("an encoded letter", "/%63losed/", DISABLED),
    ("an encoded slash at the end", "/closed%2f", DISABLED),
    ("a query", "/closed/?/open/", DISABLED),
    ("an encoded question mark", "/closed/%3f/open/", NOT_ALLOWED),
    ("no slash", "/closed", DISABLED),
    ("no slash and a query", "/closed?/open/", DISABLED),
    ("two slashes before", "/%2fclosed/", NOT_ALLOWED),
    ("a host before", "/%2fevil.net/open/", NOT_ALLOWED),
    ("two slashes behind", "/closed//", NOT_ALLOWED),
    ("up from an open page", "/open/../closed/", NOT_ALLOWED),
    ("up, encoded", "/open/%2e%2e/closed/", NOT_ALLOWED),
    ("up, encoded slash", "/open/..%2fclosed/", NOT_ALLOWED),
    ("up, encoded twice", "/open/%252e%252e/closed/", NOT_ALLOWED),
    ("down to an open page", "/closed/%2e%2e/open/", NOT_ALLOWED),
    ("a dot behind", "/closed/%2e", NOT_ALLOWED),
    ("a dot in the name", "/closed./", NOT_ALLOWED),
    ("NUL behind", "/closed/%00", NOT_ALLOWED),
    ("NUL and an open page", "/closed/%00/open/", NOT_ALLOWED),
    ("line feed behind", "/closed/%0a", NOT_ALLOWED),
    ("CRLF and a header", "/blob/%0d%0aAccess-Control-Allow-Origin:%20*", DISABLED),
    ("a blank behind", "/closed/%20", NOT_ALLOWED),
    ("upper case", "/CLOSED/", NOT_ALLOWED),
    ("a parameter of the path", "/closed/;/open/", NOT_ALLOWED),
    ("a backslash", "/open%5c..%5cclosed/", NOT_ALLOWED),
    ("bytes that are no UTF-8", "/closed/%ff", NOT_ALLOWED),
    ("fullwidth letters", "/%EF%BD%83losed/", NOT_ALLOWED),
    ("beside a path of any length", "/files/open/", DISABLED),
    ("up in a path of any length", "/files/../open/", DISABLED),
    ("NUL in a path of any length", "/files/%00/open/", DISABLED),
    ("a line feed where the pattern ends", "/exact%0a", NOT_ALLOWED),
]


@pytest.fixture
def pages(routes: Routes, settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = [CORS, COMMON]
    routes(
        path("open/", cors(allow_all_origins=True)(open_page)),
        path("closed/", cors(NO_CORS)(closed_page)),
        path("files/<path:name>", cors(NO_CORS)(closed_page)),
        re_path(r"^blob/(?P<name>[^/]*)\Z", cors(NO_CORS)(closed_page)),
        re_path(r"^exact\Z", cors(allow_all_origins=True)(open_page)),
    )


@named_rows("address, reason", PATHS)
def test_no_spelling_of_a_path_finds_a_looser_policy(
    address: str, reason: str, pages: None, visitor: Visitor, reasons: Callable[[], list[str]]
) -> None:
    answers = [visitor.get(address), visitor.preflight(address, "PUT")]

    for answer in answers:
        assert_silent(answer, reason)
    assert reasons() == [reason] * 2


def test_the_open_page_is_open(pages: None, visitor: Visitor) -> None:
    assert visitor.get("/open/")["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "address",
    [
        "/api/../closed/",
        "/api/%2e%2e/closed/",
        "/api//closed/",
        "/api/%00/closed/",
        "/api/..;/closed/",
        "/api%2fclosed/",
    ],
)
def test_a_path_that_only_looks_covered_by_the_regex_reaches_no_view(
    address: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    """Such paths are the settings' own, as any that resolve to nothing. What they must not have is an answer."""
    settings.CORS_URLS_REGEX = r"^/api/"
    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("closed/", closed_page))

    assert visitor.get(address).status_code == 404
    assert wire(visitor.get("/closed/")) == {}


# Methods and headers


class Orders(CorsPolicyMixin, View):
    """Anybody may read, the shop may write, nobody may delete."""

    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET", "POST", "PUT", "DELETE"])

    @cors(allow_all_origins=True)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")

    def post(self, request: HttpRequest) -> HttpResponse: ...

    def put(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("put")

    @cors(NO_CORS)
    def delete(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret")


#: What is tried, the method asked for, the origin, the reason.
ASKED_METHODS = [
    ("closed to all", "DELETE", SHOP, DISABLED),
    ("open to another", "PUT", STRANGER, NOT_ALLOWED),
    ("a simple one, open to another", "POST", STRANGER, NOT_ALLOWED),
    ("lower case", "delete", SHOP, DISABLED),
    ("mixed case", "Delete", SHOP, DISABLED),
    ("not listed", "PATCH", SHOP, METHOD),
    ("an open one first", "GET, DELETE", SHOP, METHOD),
    ("an open one behind", "DELETE,GET", SHOP, METHOD),
    ("a blank behind", "DELETE ", SHOP, METHOD),
    ("NUL behind", "DELETE\x00", SHOP, METHOD),
    ("CRLF behind", "DELETE\r\nx: y", SHOP, METHOD),
    ("star", "*", SHOP, METHOD),
    ("empty", "", SHOP, METHOD),
    ("one browsers never send", "TRACE", SHOP, METHOD),
    ("very long", "DELETE" * 50, SHOP, METHOD),
]


@named_rows("asked, origin, reason", ASKED_METHODS)
def test_no_spelling_of_a_method_finds_a_looser_policy(
    asked: str, origin: str, reason: str, routes: Routes, visitor: Visitor, reasons: Callable[[], list[str]]
) -> None:
    routes(path("", Orders.as_view()))
    answer = visitor.preflight("/", asked, origin=origin)

    assert answer["X-Cors-Reason"] == reason
    assert reasons() == [reason]
    # Where the method alone is at fault, the true list is there for the console.
    listed = answer.headers.get("Access-Control-Allow-Methods", "")
    assert listed == ("POST, PUT" if reason == METHOD else "")
    assert "access-control-request-method" in answer["Vary"]


@pytest.mark.parametrize("asked", ["patch", "PATCH", "PURGE", "delete", "*"])  # browsers keep `*` as "any"
def test_any_method_is_any_method_of_the_view(
    asked: str, routes: Routes, visitor: Visitor, reasons: Callable[[], list[str]]
) -> None:
    class Anything(View):
        def get(self, request: HttpRequest) -> HttpResponse: ...

    routes(path("", cors(allowed_origins=[SHOP], allow_methods=["*"])(Anything.as_view())))
    answer = visitor.preflight("/", asked)

    assert asked not in answer["Access-Control-Allow-Methods"].split(", ")
    assert reasons() == [METHOD if asked == "*" else NO_SUCH_METHOD]


#: What is tried, the method sent, the header, the reason.
OVERRIDES = [
    ("a closed method", "POST", {"x-http-method-override": "DELETE"}, SHOP, DISABLED),
    ("a closed method, from outside", "POST", {"x-http-method-override": "DELETE"}, STRANGER, DISABLED),
    ("a closed method through an open one", "GET", {"x-http-method-override": "DELETE"}, STRANGER, DISABLED),
    ("another's method through an open one", "GET", {"x-http-method-override": "PUT"}, STRANGER, NOT_ALLOWED),
    ("an open method through another's", "POST", {"x-http-method-override": "GET"}, STRANGER, NOT_ALLOWED),
    ("lower case", "POST", {"x-http-method-override": "delete"}, SHOP, DISABLED),
    ("a method that is not listed", "GET", {"x-http-method-override": "PATCH"}, SHOP, METHOD),
]


@named_rows("method, headers, origin, reason", OVERRIDES)
def test_a_method_override_finds_no_looser_policy(
    method: str,
    headers: dict[str, str],
    origin: str,
    reason: str,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    reasons: Callable[[], list[str]],
) -> None:
    settings.MIDDLEWARE = [CORS, "tests.web.below.overriding_method"]
    routes(path("", Orders.as_view()))
    answer = visitor.send(method, "/", origin=origin, headers=headers)

    assert_silent(answer, reason)
    assert reasons() == [reason]


def test_a_preflight_is_not_overridden(routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = [CORS, "tests.web.below.overriding_method"]
    routes(path("", Orders.as_view()))
    answer = visitor.preflight("/", "DELETE", headers={"x-http-method-override": "GET"})

    assert_silent(answer, DISABLED)


#: What is tried, the headers asked for.
ASKED_HEADERS = [
    ("not listed", "x-secret"),
    ("behind a listed one", "x-asked,x-secret"),
    ("before a listed one", "x-secret,x-asked"),
    ("upper case", "X-SECRET"),
    ("longer than a listed one", "x-asked-too"),
    ("shorter than a listed one", "x-aske"),
    ("an underscore", "x_asked"),
    ("NUL behind", "x-asked\x00"),
    ("CRLF behind", "x-asked\r\nx-secret: 1"),
    ("a blank inside", "x-asked x-secret"),
    ("a colon", "x-asked: x-secret"),
    ("Kelvin sign", served_as_latin_1("x-as\u212aed")),
    ("star", "*"),
    ("credentials", "authorization"),
    ("too many", ",".join(f"x-{number}" for number in range(129))),
    ("too long", "x-asked," + " " * 4096),
]


@pytest.mark.parametrize("asks", [line[1] for line in ASKED_HEADERS], ids=[line[0] for line in ASKED_HEADERS])
def test_no_spelling_of_a_header_passes_for_another(
    asks: str, routes: Routes, visitor: Visitor, reasons: Callable[[], list[str]]
) -> None:
    routes(path("", cors(allowed_origins=[SHOP], allow_headers=["x-asked"])(secret)))
    answer = visitor.preflight("/", asks=asks)

    assert answer["X-Cors-Reason"] == HEADER
    assert answer["Access-Control-Allow-Headers"] == "x-asked"
    assert reasons() == [HEADER]


@pytest.mark.parametrize(
    "asks", ["authorization", "Authorization", "x-asked,AUTHORIZATION", "\tauthorization ", "*", "*,authorization"]
)
def test_any_header_is_neither_authorization_nor_a_star(
    asks: str, routes: Routes, visitor: Visitor, reasons: Callable[[], list[str]]
) -> None:
    routes(path("", cors(allow_all_origins=True, allow_headers=["*"])(secret)))
    answer = visitor.preflight("/", asks=asks)

    # All three engines take a star in the answer for authorization too.
    assert answer.headers.get("Access-Control-Allow-Headers", "") in ("", "x-asked")
    assert reasons() == [HEADER]


# Preflights that browsers keep


RAN: list[str] = []


@pytest.fixture
def ran() -> Iterator[list[str]]:
    """The methods that reached a view."""
    RAN.clear()
    yield RAN
    RAN.clear()


class Telling(CorsPolicyMixin, View):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        RAN.append(request.method or "")
        return HttpResponse(request.method)

    get = post = put = patch = delete = lambda self, request: HttpResponse()


def telling(default: CorsPolicy, **by_method: CorsPolicy) -> Any:
    """Make a view of a policy per method."""
    handlers = {name: cors(policy)(getattr(Telling, name)) for name, policy in by_method.items()}
    return type("Told", (Telling,), {"cors_policy": default, **handlers}).as_view()


BARE = CorsPolicy(allowed_origins=[SHOP], allow_headers=[], preflight_max_age=600)
RICH = BARE.using(allow_headers=["content-type", "x-asked"])


@dataclass(frozen=True)
class Ruse:
    """Fetches that are allowed, then one that what they left in the cache must not open."""

    view: Any
    first: list[dict[str, Any]]
    then: dict[str, Any]
    step: str
    reason: str


PUT_ASKED = {"method": "PUT", "headers": {"x-asked": "1"}}
JSON = {"content-type": "application/json"}

RUSES = {
    "a method nobody may call": Ruse(
        telling(RICH, delete=NO_CORS), [PUT_ASKED], {"method": "DELETE"}, "preflight: origin", DISABLED
    ),
    "a method another origin may call": Ruse(
        telling(RICH, delete=RICH.using(allowed_origins=[PARTNER])),
        [PUT_ASKED],
        {"method": "DELETE", "headers": {"x-asked": "1"}},
        "preflight: origin",
        NOT_ALLOWED,
    ),
    "a header of PUT sent with POST": Ruse(
        telling(RICH, post=BARE),
        [PUT_ASKED],
        {"method": "POST", "headers": {"x-asked": "1"}},
        "preflight: header",
        HEADER,
    ),
    "a header of GET sent with POST": Ruse(
        telling(RICH, post=BARE),
        [{"headers": JSON}],
        {"method": "POST", "headers": JSON, "body": "{}"},
        "preflight: header",
        HEADER,
    ),
    "a header of PUT sent with DELETE": Ruse(
        telling(RICH, delete=BARE),
        [{"method": "DELETE"}, PUT_ASKED],
        {"method": "DELETE", "headers": {"x-asked": "1"}},
        "preflight: header",
        HEADER,
    ),
    "a header of PUT sent with a closed POST": Ruse(
        telling(RICH, post=NO_CORS),
        [PUT_ASKED],
        {"method": "POST", "headers": {"x-asked": "1"}},
        "preflight: origin",
        DISABLED,
    ),
    "JSON sent with POST where one policy allows GET alone": Ruse(
        telling(RICH.using(allow_methods=["GET"])),
        [{"headers": JSON}],
        {"method": "POST", "headers": JSON, "body": "{}"},
        "preflight: origin",
        METHOD,
    ),
    "credentials from a policy without them": Ruse(
        telling(RICH, post=RICH.using(allow_credentials=True)),
        [{"method": "POST", "headers": {"x-asked": "1"}, "credentials": "include"}],
        {**PUT_ASKED, "credentials": "include"},
        "preflight: credentials",
        "credentials-not-allowed",
    ),
}


@pytest.mark.parametrize("profile", [FETCH, CHROMIUM, FIREFOX, WEBKIT], ids=lambda profile: profile.name)
@named_rows("ruse", RUSES)
def test_a_kept_preflight_opens_nothing_else(ruse: Ruse, profile: Profile, routes: Routes, ran: list[str]) -> None:
    routes(path("", ruse.view))
    browser = Browser(SHOP, profile=profile)
    for options in ruse.first:
        browser.fetch("/", **options)
    allowed = list(ran)

    with pytest.raises(CorsBlocked) as blocked:
        browser.fetch("/", **ruse.then)

    assert (blocked.value.step, blocked.value.reason) == (ruse.step, ruse.reason)
    assert ran == allowed  # it was not sent at all


def test_a_kept_preflight_opens_nothing_to_another_page(routes: Routes, ran: list[str]) -> None:
    routes(path("", telling(RICH)))
    browser = Browser(SHOP)
    browser.fetch("/", **PUT_ASKED)
    other = Browser(STRANGER)
    other.cache = browser.cache

    with pytest.raises(CorsBlocked) as blocked:
        other.fetch("/", **PUT_ASKED)

    assert blocked.value.reason == NOT_ALLOWED
    assert ran == ["PUT"]


# Answers that caches keep


PER_SITE = [CORS, "django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware"]

#: What is tried, who comes first, who comes then, the reason.
CACHED = [
    ("what the shop was given", SHOP, STRANGER, NOT_ALLOWED),
    ("what the shop was given, by a lookalike", SHOP, "https://shop.example.evil.net", NOT_ALLOWED),
    ("what the shop was given, to null", SHOP, "null", NULL),
    ("what the shop was given, malformed", SHOP, f"{SHOP}/", MALFORMED),
    ("what was given without an origin", None, STRANGER, NOT_ALLOWED),
    ("what was refused before", STRANGER, "https://other.example", NOT_ALLOWED),
]


@pytest.mark.parametrize("keeper", ["site", "view", "none"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@named_rows("first, then, reason", CACHED)
def test_a_kept_answer_is_judged_anew(
    first: str | None,
    then: str,
    reason: str,
    method: str,
    keeper: str,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    reasons: Callable[[], list[str]],
    ran: list[str],
) -> None:
    @cors(allowed_origins=[SHOP], allow_credentials=True)
    def page(request: HttpRequest) -> HttpResponse:
        RAN.append(request.method or "")
        return HttpResponse("secret")

    cache.clear()
    settings.MIDDLEWARE = PER_SITE if keeper == "site" else CORS_ONLY
    routes(path("", cache_page(60)(page) if keeper == "view" else page))
    visitor.send(method, "/", origin=first)
    reasons()
    answer = visitor.send(method, "/", origin=then)
    again = visitor.send(method, "/", origin=SHOP)
    cache.clear()

    assert_silent(answer, reason)
    assert reasons() == [reason]
    assert again["Access-Control-Allow-Origin"] == SHOP
    assert len(ran) == (3 if keeper == "none" else 1)


def test_a_view_that_keeps_its_own_headers_in_a_cache_gives_them_to_nobody(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    """The site cache keeps what the view said; a declared policy replaces it every time."""

    @cors(allowed_origins=[SHOP])
    def echoing(request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret", headers={"Access-Control-Allow-Origin": request.headers["origin"]})

    cache.clear()
    settings.MIDDLEWARE = PER_SITE
    routes(path("", echoing))
    visitor.get("/", origin=STRANGER)

    for _ in range(2):
        assert_silent(visitor.get("/", origin=STRANGER), NOT_ALLOWED)
    cache.clear()


# Views that are hidden


class Hidden(CorsPolicyMixin, View):
    cors_policy = NO_CORS

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret", headers={"Access-Control-Allow-Origin": "*"})


def bare_wrapper(view: Any) -> Any:
    def inner(request: HttpRequest) -> Any:
        return view(request)

    return inner


class CallableWrapper:
    def __init__(self, view: Any) -> None:
        self.view = view

    def __call__(self, request: HttpRequest) -> Any:
        return self.view(request)


def in_another_meta(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def wrapper(request: HttpRequest) -> HttpResponse:
        own = request.META
        request.META = {**own}
        try:
            return view(request)
        finally:
            request.META = own

    return wrapper


def in_changed_meta(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def wrapper(request: HttpRequest) -> HttpResponse:
        with mock.patch.dict(request.META, {"REMOTE_USER": "ada"}):
            return view(request)

    return wrapper


def by_path(request: HttpRequest) -> Any:
    return import_string(f"{__name__}.Hidden").as_view()(request)


#: A wrapper -> how it is found out: the view is closed before a request comes, or when the class runs.
HIDDEN: dict[str, Callable[[], Any]] = {
    "a wrapper without wraps": lambda: bare_wrapper(Hidden.as_view()),
    "an object": lambda: CallableWrapper(Hidden.as_view()),
    "a wrapper with a policy of its own": lambda: cors(allow_all_origins=True)(bare_wrapper(Hidden.as_view())),
    "a wrapper that puts another META in place for a while": lambda: in_another_meta(Hidden.as_view()),
    "a wrapper that changes META for a while": lambda: in_changed_meta(Hidden.as_view()),
    "a class that is found by its path": lambda: by_path,
    "a class around it": lambda: type(
        "Outer", (View,), {"get": lambda self, request: Hidden.as_view()(request)}
    ).as_view(),
}


@named_rows("make", HIDDEN)
@pytest.mark.parametrize("origin", [SHOP, STRANGER, None])
def test_a_class_that_is_hidden_gets_no_headers_from_looser_settings(
    make: Callable[[], Any],
    origin: str | None,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    reasons: Callable[[], list[str]],
) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("", make()))
    answers = [visitor.get("/", origin=origin) for _ in range(3)]

    for answer in answers:
        assert answer.content == b"secret"
        assert "Access-Control-Allow-Origin" not in answer.headers
    told, *refused = reasons()
    assert "Hidden" in told
    assert "functools.wraps" in told or "declare the policy on " in told
    assert set(refused) <= {"not-resolved", "view-disabled"}
    assert len(refused) == (0 if origin is None else 3)
    assert [answer.headers.get("X-Cors-Reason") for answer in answers] == (refused or [None] * 3)


@pytest.mark.parametrize("origin", [SHOP, STRANGER])
def test_a_partial_hides_nothing(origin: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("", functools.partial(Hidden.as_view())))

    assert_silent(visitor.get("/", origin=origin), "view-disabled")
