"""Our middleware beside the real django-cors-headers: the same answers, but for the differences that are named here.

A difference is one small function. Those under "Asked otherwise" say what the other middleware has to be asked
instead, to get our answer; those under "Answered otherwise" turn its answer into ours. They apply one after the other,
in the order of this file, and what comes out must be our answer, whole. Each has an example below, and a row in
`docs/how-to/move-from-django-cors-headers.md`.

Views declare nothing here: this is about sites that move over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import corsheaders.signals
import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from corsheaders import defaults as their_defaults
from corsheaders.middleware import CorsMiddleware as TheirMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path as route
from django.views import View
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

import drf_cors.signals
from drf_cors import CorsConfigurationError
from drf_cors import defaults as our_defaults
from drf_cors.middleware import CorsMiddleware as OurMiddleware
from tests.docs.pages import PAGES
from tests.tables import named_rows

pytestmark = pytest.mark.urls(__name__)

SHOP = "https://shop.example"
PARTNER = "https://partner.example"
STRANGER = "https://stranger.example"
OWN = "https://own.example"
OURS = "http://testserver"

METHODS: Final = tuple(their_defaults.default_methods)
HEADERS: Final = tuple(their_defaults.default_headers)

SIMPLE: Final = ("GET", "HEAD", "POST")

ORIGIN, CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"
ALLOW_METHODS, ALLOW_HEADERS = "access-control-allow-methods", "access-control-allow-headers"
EXPOSE, MAX_AGE = "access-control-expose-headers", "access-control-max-age"
PRIVATE = "access-control-allow-private-network"


# The site


class Page(View):
    def get(self, request: HttpRequest) -> HttpResponse: ...

    def post(self, request: HttpRequest) -> HttpResponse: ...


def function(request: HttpRequest) -> HttpResponse: ...


urlpatterns = [
    route("function", function),
    route("class", Page.as_view()),
    route("slash/", Page.as_view()),
    route("outside/function", function),
    route("outside/class", Page.as_view()),
]

#: Path -> the methods its view is known to have. A function's cannot be told.
KNOWN: Final = dict.fromkeys(
    ("/class", "/slash/", "/slash", "/outside/class"), frozenset({"GET", "HEAD", "OPTIONS", "POST"})
)
WITHOUT_VIEW: Final = frozenset({"/nowhere", "/outside/nowhere"})

#: What the view sends when it sets headers of its own.
OWN_HEADERS: Final = {ORIGIN: OWN, CREDENTIALS: "true", ALLOW_METHODS: "PURGE"}


# Cases and answers


@dataclass(frozen=True, kw_only=True)
class Case:
    """A site, and one request to it."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    method: str = "GET"
    path: str = "/function"
    origin: str | None = SHOP
    asked_method: str | None = None
    asked_headers: str | None = None
    private_network: str | None = None
    fetch_site: str | None = None
    receiver: str = "none"
    sets_its_own: bool = False
    is_async: bool = False

    def setting(self, name: str) -> Any:
        alias = {
            "CORS_ALLOWED_ORIGINS": "CORS_ORIGIN_WHITELIST",
            "CORS_ALLOWED_ORIGIN_REGEXES": "CORS_ORIGIN_REGEX_WHITELIST",
            "CORS_ALLOW_ALL_ORIGINS": "CORS_ORIGIN_ALLOW_ALL",
        }.get(name, name)
        unset = {
            "CORS_ALLOW_METHODS": METHODS,
            "CORS_ALLOW_HEADERS": HEADERS,
            "CORS_PREFLIGHT_MAX_AGE": 86400,
            "CORS_URLS_REGEX": r"^.*$",
            "CORS_ALLOW_ALL_ORIGINS": False,
            "CORS_ALLOW_CREDENTIALS": False,
        }.get(name, ())
        return self.settings.get(name, self.settings.get(alias, unset))

    def under(self, **settings: Any) -> Case:
        return replace(self, settings={**self.settings, **settings})

    # What the differences ask about

    @property
    def origin_is(self) -> str:
        return ORIGINS[self.origin]

    @property
    def is_same_origin(self) -> bool:
        return self.origin == OURS or self.fetch_site == "same-origin"

    @property
    def is_covered(self) -> bool:
        return re.match(self.setting("CORS_URLS_REGEX"), self.path) is not None

    @property
    def is_any_origin(self) -> bool:
        return bool(self.setting("CORS_ALLOW_ALL_ORIGINS"))

    @property
    def is_any_origin_anonymous(self) -> bool:
        return self.is_any_origin and not self.setting("CORS_ALLOW_CREDENTIALS")

    def permits(self, method: str) -> bool:
        names = self.setting("CORS_ALLOW_METHODS")
        return method in names or "*" in names or (method == "HEAD" and "GET" in names)

    @property
    def is_asked_method_refused(self) -> bool:
        asked = self.asked_method or ""
        is_name = re.fullmatch(r"[A-Za-z-]{1,64}", asked) is not None
        return not (is_name and self.permits(asked) and asked in KNOWN.get(self.path, {asked}))


@dataclass(frozen=True)
class Answer:
    """What a middleware made of a request: every header of CORS, and no other."""

    is_reached: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    vary: tuple[str, ...] = ()
    is_enabled: bool = True
    error: str = ""

    def is_admitted(self, case: Case) -> bool:
        return self.headers.get(ORIGIN) in ("*", case.origin)

    def is_admitted_preflight(self, case: Case) -> bool:
        return not self.is_reached and self.is_admitted(case)

    def setting(self, **headers: str) -> Answer:
        return replace(self, headers={**self.headers, **headers})

    def without(self, *names: str) -> Answer:
        return replace(self, headers={name: value for name, value in self.headers.items() if name not in names})

    def varying(self, *names: str) -> Answer:
        return replace(self, vary=(*self.vary, *names))

    def refused(self, case: Case) -> Answer:
        """The same answer, silent; headers that the view set itself stay."""
        return replace(self, headers=OWN_HEADERS if self.is_reached and case.sets_its_own else {})


# Asking


def ask(middleware_class: Any, signal: Any, case: Case) -> tuple[Answer, int]:
    """Return the answer, and how often the receiver was asked."""
    seen: list[str] = []

    def receiver(sender: object, request: HttpRequest, **_: Any) -> object:
        seen.append("receiver")
        return RECEIVERS[case.receiver]()

    def view(request: HttpRequest) -> HttpResponse:
        seen.append("view")
        return HttpResponse(headers={**OWN_HEADERS, "Vary": "Cookie"} if case.sets_its_own else {})

    async def async_view(request: HttpRequest) -> HttpResponse:
        return view(request)

    def run() -> Any:
        middleware = middleware_class(async_view if case.is_async else view)
        assert iscoroutinefunction(middleware) is case.is_async
        return async_to_sync(middleware)(request) if case.is_async else middleware(request)

    request = request_of(case)
    if case.receiver != "none":
        signal.connect(receiver)
    try:
        with override_settings(**case.settings):
            response = run()
    except (ReceiverError, CorsConfigurationError) as error:
        return Answer(error=type(error).__name__), seen.count("receiver")
    finally:
        signal.disconnect(receiver)
    answer = Answer(
        is_reached="view" in seen,
        status=response.status_code,
        headers={n.lower(): value for n, value in response.headers.items() if n.lower().startswith("access-control-")},
        vary=tuple(response.headers["Vary"].split(", ")) if "Vary" in response.headers else (),
        is_enabled=request._cors_enabled,  # type: ignore[attr-defined]  # both middlewares set it
    )
    assert type(answer.is_enabled) is bool
    return answer, seen.count("receiver")


def ask_them(case: Case) -> Answer:
    return ask(TheirMiddleware, corsheaders.signals.check_request_enabled, case)[0]


def ask_us(case: Case) -> Answer:
    answer, times = ask(OurMiddleware, drf_cors.signals.check_request_enabled, case)
    assert times <= 1, "the receiver was asked more than once"
    return answer


def request_of(case: Case) -> HttpRequest:
    request = HttpRequest()
    request.method = case.method
    request.path = request.path_info = case.path
    sent = {
        "HTTP_ORIGIN": case.origin,
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": case.asked_method,
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": case.asked_headers,
        "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK": case.private_network,
        "HTTP_SEC_FETCH_SITE": case.fetch_site,
    }
    request.META = {
        "HTTP_HOST": OURS.removeprefix("http://"),
        **{name: value for name, value in sent.items() if value is not None},
    }
    return request


class ReceiverError(Exception):
    """What a receiver raises."""


def fail() -> None:
    raise ReceiverError


RECEIVERS: Final[Mapping[str, Callable[[], object]]] = {
    "none": fail,  # never connected
    "no": lambda: False,
    "yes": lambda: True,
    "truthy": lambda: "yes",
    "raises": fail,
    "returns an exception": ReceiverError,
}


# Asked otherwise

READINGS: dict[str, Callable[[Case], Case]] = {}
ADJUSTMENTS: dict[str, Callable[[Case, Answer], Answer]] = {}


def asked_otherwise(name: str) -> Callable[[Callable[[Case], Case]], Callable[[Case], Case]]:
    """Name a difference that shows in what the other middleware has to be asked."""
    return lambda function: READINGS.setdefault(name, function)


def answered_otherwise(name: str) -> Callable[[Callable[[Case, Answer], Answer]], Callable[[Case, Answer], Answer]]:
    """Name a difference that shows in its answer."""
    return lambda function: ADJUSTMENTS.setdefault(name, function)


@asked_otherwise("duplicates")
def names_are_sent_once(case: Case) -> Case:
    """Header names are one whatever their case; the first spelling counts."""
    for name in ("CORS_ALLOW_METHODS", "CORS_ALLOW_HEADERS", "CORS_EXPOSE_HEADERS"):
        fold = str if name == "CORS_ALLOW_METHODS" else str.lower
        once: dict[str, str] = {}
        for item in case.setting(name):
            once.setdefault(fold(item), item)
        if len(once) < len(case.setting(name)):
            case = case.under(**{name: tuple(once.values())})
    return case


@asked_otherwise("forbidden-headers")
def names_no_script_can_set_are_dropped(case: Case) -> Case:
    names = case.setting("CORS_ALLOW_HEADERS")
    if not FORBIDDEN_HEADERS.intersection(names):
        return case
    return case.under(CORS_ALLOW_HEADERS=tuple(name for name in names if name not in FORBIDDEN_HEADERS))


@asked_otherwise("whole-regex")
def regexes_match_whole_origins(case: Case) -> Case:
    patterns = map(re.compile, case.setting("CORS_ALLOWED_ORIGIN_REGEXES"))
    whole = [re.compile(rf"(?:{pattern.pattern})\Z", pattern.flags) for pattern in patterns]
    return case.under(CORS_ALLOWED_ORIGIN_REGEXES=whole) if whole else case


@asked_otherwise("wildcards")
def stars_in_origins_are_wildcards(case: Case) -> Case:
    origins = case.setting("CORS_ALLOWED_ORIGINS")
    starred = [WILDCARDS[origin] for origin in origins if origin in WILDCARDS]
    if not starred:
        return case
    return case.under(
        CORS_ALLOWED_ORIGINS=[origin for origin in origins if origin not in WILDCARDS],
        CORS_ALLOWED_ORIGIN_REGEXES=[*case.setting("CORS_ALLOWED_ORIGIN_REGEXES"), *starred],
    )


@asked_otherwise("receiver-fails")
def receivers_that_raise_say_no(case: Case) -> Case:
    return replace(case, receiver="no") if case.receiver == "raises" else case


@asked_otherwise("receiver-returns-exception")
def an_exception_is_no_yes(case: Case) -> Case:
    return replace(case, receiver="no") if case.receiver == "returns an exception" else case


@asked_otherwise("receiver-unasked")
def receivers_are_asked_about_other_sites_only(case: Case) -> Case:
    is_asked = case.origin_is == "well-formed" and not case.is_same_origin
    return case if is_asked else replace(case, receiver="none")


@asked_otherwise("options-without-origin")
def options_without_an_origin_is_no_preflight(case: Case) -> Case:
    return replace(case, asked_method=None) if case.origin is None and case.method == "OPTIONS" else case


@asked_otherwise("star-for-everybody")
def everybody_gets_the_star(case: Case) -> Case:
    """As if a browser had sent an origin that can be read."""
    if case.is_any_origin_anonymous and case.is_covered and case.origin_is in ("absent", "unreadable"):
        return replace(case, origin=STRANGER)
    return case


# Answered otherwise


@answered_otherwise("origins-parsed")
def lists_are_compared_byte_for_byte(case: Case, theirs: Answer) -> Answer:
    lists_alone = case.under(CORS_ALLOWED_ORIGIN_REGEXES=(), CORS_ALLOW_ALL_ORIGINS=False)
    is_listed = case.origin_is == "malformed" and not case.is_any_origin and ask_them(lists_alone).is_admitted(case)
    return theirs.refused(case) if is_listed else theirs


@answered_otherwise("origin-malformed")
def malformed_origins_are_refused(case: Case, theirs: Answer) -> Answer:
    is_reflected = case.origin_is == "malformed" and theirs.headers.get(ORIGIN) == case.origin
    return theirs.refused(case) if is_reflected else theirs


@answered_otherwise("opaque-reflected")
def opaque_origins_get_no_credentials(case: Case, theirs: Answer) -> Answer:
    is_reflected = case.origin_is == "opaque" and case.is_any_origin and theirs.headers.get(ORIGIN) == case.origin
    return theirs.refused(case) if is_reflected else theirs


@answered_otherwise("opaque-by-regex")
def opaque_origins_must_be_listed(case: Case, theirs: Answer) -> Answer:
    is_matched = case.origin_is == "opaque" and theirs.headers.get(ORIGIN) == case.origin
    return theirs.refused(case) if is_matched and case.origin not in case.setting("CORS_ALLOWED_ORIGINS") else theirs


@answered_otherwise("expose-on-preflights")
def preflights_expose_nothing(case: Case, theirs: Answer) -> Answer:
    return theirs.without(EXPOSE) if theirs.is_admitted_preflight(case) else theirs


@answered_otherwise("preflight-headers-elsewhere")
def other_options_get_no_preflight_headers(case: Case, theirs: Answer) -> Answer:
    if not (case.method == "OPTIONS" and theirs.is_reached and theirs.is_admitted(case)):
        return theirs
    bare = theirs.without(ALLOW_METHODS, ALLOW_HEADERS, MAX_AGE)
    return bare.setting(**{ALLOW_METHODS: OWN_HEADERS[ALLOW_METHODS]}) if case.sets_its_own else bare


@answered_otherwise("method-not-listed")
def requests_with_other_methods_are_refused(case: Case, theirs: Answer) -> Answer:
    is_refused = theirs.is_reached and theirs.is_admitted(case) and not case.permits(case.method)
    return theirs.refused(case) if is_refused else theirs


@answered_otherwise("refused-simple-method")
def only_silence_refuses_simple_methods(case: Case, theirs: Answer) -> Answer:
    is_refused = theirs.is_admitted_preflight(case) and case.is_asked_method_refused
    if not (is_refused and case.asked_method in SIMPLE):
        return theirs
    return theirs.refused(case).varying("access-control-request-method")


@answered_otherwise("refused-method-varies")
def refusals_of_a_method_vary_on_it(case: Case, theirs: Answer) -> Answer:
    is_refused = theirs.is_admitted_preflight(case) and case.is_asked_method_refused
    return theirs.varying("access-control-request-method") if is_refused else theirs


@answered_otherwise("any-header")
def any_header_is_answered_with_names(case: Case, theirs: Answer) -> Answer:
    listed = case.setting("CORS_ALLOW_HEADERS")
    if not (theirs.is_admitted_preflight(case) and "*" in listed):
        return theirs
    asked = [name for name in ASKED_HEADERS[case.asked_headers] if name != "authorization" or name in listed]
    names = dict.fromkeys((*asked, *(name for name in listed if name != "*")))
    return theirs.setting(**{ALLOW_HEADERS: ", ".join(names)}).varying("access-control-request-headers")


@answered_otherwise("any-method")
def any_method_is_answered_with_names(case: Case, theirs: Answer) -> Answer:
    if not (theirs.is_admitted_preflight(case) and "*" in case.setting("CORS_ALLOW_METHODS")):
        return theirs
    asked = [] if case.is_asked_method_refused else [case.asked_method or ""]
    names = dict.fromkeys((*sorted(KNOWN.get(case.path, ())), *asked))
    return theirs.setting(**{ALLOW_METHODS: ", ".join(names)})


@answered_otherwise("methods-of-the-view")
def methods_the_view_lacks_are_left_out(case: Case, theirs: Answer) -> Answer:
    listed, known = case.setting("CORS_ALLOW_METHODS"), KNOWN.get(case.path)
    if not (theirs.is_admitted_preflight(case) and known) or "*" in listed:
        return theirs
    return theirs.setting(**{ALLOW_METHODS: ", ".join(name for name in listed if name in known)})


@answered_otherwise("head-is-named")
def head_is_named_where_get_allows_it(case: Case, theirs: Answer) -> Answer:
    is_allowed = theirs.is_admitted_preflight(case) and case.asked_method == "HEAD" and case.permits("HEAD")
    listed = theirs.headers.get(ALLOW_METHODS, "").split(", ")
    return (
        theirs.setting(**{ALLOW_METHODS: ", ".join((*listed, "HEAD"))})
        if is_allowed and "HEAD" not in listed
        else theirs
    )


@answered_otherwise("empty-lists")
def empty_lists_are_not_sent(case: Case, theirs: Answer) -> Answer:
    empty = [name for name in (ALLOW_METHODS, ALLOW_HEADERS) if theirs.headers.get(name) == ""]
    return theirs.without(*empty)


@answered_otherwise("max-age-zero")
def an_answer_that_would_open_a_method_is_not_kept(case: Case, theirs: Answer) -> Answer:
    """Browsers keep header names for the URL, and never look for these three methods in a list."""
    exist = KNOWN.get(case.path, () if case.path in WITHOUT_VIEW else SIMPLE)
    closed = [method for method in SIMPLE if method in exist and not case.permits(method)]
    is_risk = theirs.is_admitted_preflight(case) and ALLOW_HEADERS in theirs.headers and closed
    return theirs.setting(**{MAX_AGE: "0"}) if is_risk else theirs


@answered_otherwise("star-varies-on-nothing")
def the_star_is_one_copy_for_all(case: Case, theirs: Answer) -> Answer:
    if theirs.headers.get(ORIGIN) != "*":
        return theirs
    return replace(theirs, vary=tuple(name for name in theirs.vary if name != "origin"))


@answered_otherwise("credentials-of-the-view")
def credentials_of_the_view_do_not_complete_ours(case: Case, theirs: Answer) -> Answer:
    is_mixed = theirs.is_admitted(case) and case.sets_its_own and not case.setting("CORS_ALLOW_CREDENTIALS")
    return theirs.without(CREDENTIALS) if is_mixed else theirs


@answered_otherwise("wrong-settings")
def wrong_settings_do_not_start(case: Case, theirs: Answer) -> Answer:
    opaque = {"null", "file://"}.intersection(case.setting("CORS_ALLOWED_ORIGINS"))
    is_wrong = (
        f"{SHOP}/" in case.setting("CORS_ALLOWED_ORIGINS")
        or "get" in case.setting("CORS_ALLOW_METHODS")
        or (case.setting("CORS_ALLOW_CREDENTIALS") and (opaque or "*" in case.setting("CORS_EXPOSE_HEADERS")))
    )
    return Answer(error="CorsConfigurationError") if is_wrong else theirs


DIFFERENCES: Final = (*READINGS, *ADJUSTMENTS)


def expected(case: Case) -> tuple[Answer, list[str]]:
    """Return what we should answer, derived from what they answer, and the differences that made it."""
    answer, fired = ask_them(case), []
    for name, read in READINGS.items():
        read_as = read(case)
        if read_as != case:
            before, case, answer = answer, read_as, ask_them(read_as)
            fired += [name] if answer != before else []
    for name, adjust in ADJUSTMENTS.items():
        before, answer = answer, adjust(case, answer)
        fired += [name] if answer != before else []
    return answer, fired


# What cases are made of

ORIGINS: Final[Mapping[str | None, str]] = {
    None: "absent",
    "": "unreadable",
    SHOP: "well-formed",
    PARTNER: "well-formed",
    STRANGER: "well-formed",
    OURS: "well-formed",
    "https://a.shop.example": "well-formed",
    "https://a.b.shop.example": "well-formed",
    "https://shop.example.evil.net": "well-formed",
    "https://evilshop.example": "well-formed",
    "https://shop.example:8443": "well-formed",
    "http://shop.example": "well-formed",
    "http://localhost": "well-formed",
    "http://localhost:3000": "well-formed",
    "null": "opaque",
    "file://": "opaque",
    "https://shop.example/": "malformed",
    "https://shop.example/path": "malformed",
    "https://shop.example?query": "malformed",
    "HTTPS://shop.example": "malformed",
    "https://SHOP.example": "malformed",
    "https://shop.example:443": "malformed",
    "https://user@shop.example": "malformed",
    "\thttps://shop.example": "malformed",
    "https://shop\t.example": "malformed",
    "https://sh\xf6p.example": "malformed",
    "https://*.shop.example": "malformed",
    f"{SHOP} {SHOP}": "malformed",
    "file:///etc/passwd": "malformed",
    "shop.example": "malformed",
    "]": "malformed",
    "https://" + "a." * 160 + "shop.example": "malformed",
    "https://[": "unreadable",
    "https://[::1": "unreadable",
}

#: Patterns in lists of origins -> what they stand for.
WILDCARDS: Final = {
    "https://*.shop.example": r"https://([a-z0-9_-]+\.)+shop\.example\Z",
    "http://localhost:*": r"http://localhost(:\d+)?\Z",
}

FORBIDDEN_HEADERS: Final = frozenset({"origin", "dnt", "Accept-Encoding", "proxy-x", "Sec-Fetch-Mode"})

#: `Access-Control-Request-Headers` -> the names in it that a script can set.
ASKED_HEADERS: Final[Mapping[str | None, tuple[str, ...]]] = {
    None: (),
    "": (),
    "x-asked": ("x-asked",),
    "content-type,x-asked": ("content-type", "x-asked"),
    " X-Asked ,\tx-other,,x-asked": ("x-asked", "x-other"),
    "authorization,x-listed": ("authorization", "x-listed"),
    "x-asked,host,no token,*,sec-x,x-other": ("x-asked", "x-other"),
}

UNSET: Final = object()

#: What may vary -> its values. Names in upper case are settings.
CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "CORS_ALLOWED_ORIGINS": (
        UNSET,
        [SHOP],
        (PARTNER, SHOP),
        ["null", SHOP],
        ["null"],
        ["file://"],
        [*WILDCARDS],
        [f"{SHOP}/"],
    ),
    "CORS_ORIGIN_WHITELIST": (UNSET, [PARTNER], ["null"]),
    "CORS_ALLOWED_ORIGIN_REGEXES": (
        UNSET,
        [r"https://shop\.example"],
        [r"^https://shop\.example$"],
        [r"^https://\w+\.shop\.example$", r"http://localhost"],
        [re.compile(r"HTTPS://(shop|shop\.example)", re.IGNORECASE)],
        [r".*"],
    ),
    "CORS_ORIGIN_REGEX_WHITELIST": (UNSET, [r"https://partner"], (r"https://partner\.example",)),
    "CORS_ALLOW_ALL_ORIGINS": (UNSET, True, False),
    "CORS_ORIGIN_ALLOW_ALL": (UNSET, True),
    "CORS_ALLOW_CREDENTIALS": (UNSET, True, False),
    "CORS_ALLOW_METHODS": (
        UNSET,
        ["GET"],
        ("POST", "PURGE"),
        ["GET", "POST", "patch"],
        ["OPTIONS", "HEAD"],
        ["PUT", "GET", "PUT", "POST"],
        ["*"],
        ["*", "GET"],
        [],
        ["get"],
    ),
    "CORS_ALLOW_HEADERS": (
        UNSET,
        ["x-asked"],
        ["X-Asked", "x-other", "x-asked"],
        [*HEADERS, *sorted(FORBIDDEN_HEADERS)],
        ["origin"],
        ["*"],
        ["x-listed", "*", "authorization"],
        [],
    ),
    "CORS_EXPOSE_HEADERS": (UNSET, ["x-told"], ("x-told", "X-Total"), ["x-told", "X-Told"], ["*"], []),
    "CORS_PREFLIGHT_MAX_AGE": (UNSET, 600, 0),
    "CORS_URLS_REGEX": (UNSET, r"^/outside/", re.compile(r"^/(?!outside)"), r"/class", r"(?!)"),
    "CORS_ALLOW_PRIVATE_NETWORK": (UNSET, True, False),
    "method": ("GET", "OPTIONS", "OPTIONS", "OPTIONS", "HEAD", "POST", "PUT", "PATCH", "PURGE"),
    "path": (
        "/function",
        "/class",
        "/slash",
        "/slash/",
        "/nowhere",
        "/outside/function",
        "/outside/class",
        "/outside/nowhere",
    ),
    "origin": tuple(ORIGINS),
    "asked_method": (
        None,
        "",
        *SIMPLE,
        "PUT",
        "DELETE",
        "OPTIONS",
        "PATCH",
        "patch",
        "PURGE",
        "*",
        "PUT, GET",
        "X" * 65,
    ),
    "asked_headers": tuple(ASKED_HEADERS),
    "private_network": (None, "true", "TRUE", "false"),
    "fetch_site": (None, None, "cross-site", "same-origin"),
    "receiver": tuple(RECEIVERS),
    "sets_its_own": (False, True),
    "is_async": (False, False, False, True),
}


def changed(case: Case, name: str, value: Any) -> Case:
    if not name.isupper():
        return replace(case, **{name: value})
    kept = {known: setting for known, setting in case.settings.items() if known != name}
    return replace(case, settings=kept if value is UNSET else {**kept, name: value})


# Examples


def seen(origin: str | None = None, **more: str) -> Answer:
    """What the view answered, with these headers."""
    return Answer(is_reached=True, headers=_headers(origin, more), vary=("origin",))


def preflight(origin: str | None = SHOP, **more: str) -> Answer:
    """What was answered in place of the view, with the lists of the defaults or others."""
    usual = {"methods": ", ".join(METHODS), "headers": ", ".join(HEADERS), "max_age": "86400"}
    return Answer(headers=_headers(origin, {**usual, **more} if origin else {}), vary=("origin",))


def _headers(origin: str | None, more: Mapping[str, str]) -> dict[str, str]:
    names = {"methods": ALLOW_METHODS, "headers": ALLOW_HEADERS, "max_age": MAX_AGE, "expose": EXPOSE}
    names |= {"credentials": CREDENTIALS, "private": PRIVATE}
    found = {names[name]: value for name, value in more.items()}
    return {ORIGIN: origin, **found} if origin else found


FOR_SHOP: Final = {"CORS_ALLOWED_ORIGINS": [SHOP]}
ANYBODY: Final = {"CORS_ALLOW_ALL_ORIGINS": True}
REFLECTING: Final = {**ANYBODY, "CORS_ALLOW_CREDENTIALS": True}
ANY_REGEX: Final = {"CORS_ALLOWED_ORIGIN_REGEXES": [r".*"]}

GET: Final = Case(settings=FOR_SHOP)
OPTIONS: Final = Case(settings=FOR_SHOP, method="OPTIONS")
ASKING: Final = Case(settings=FOR_SHOP, method="OPTIONS", asked_method="PUT")

#: Difference -> a case in which it is the only one, their answer, our answer.
EXAMPLES: Final[Mapping[str, tuple[Case, Answer, Answer]]] = {
    "duplicates": (
        GET.under(CORS_EXPOSE_HEADERS=["x-told", "X-Told"]),
        seen(SHOP, expose="x-told, X-Told"),
        seen(SHOP, expose="x-told"),
    ),
    "forbidden-headers": (
        ASKING.under(CORS_ALLOW_HEADERS=["origin", "dnt", "x-asked"]),
        preflight(headers="origin, dnt, x-asked"),
        preflight(headers="x-asked"),
    ),
    "whole-regex": (
        replace(
            GET.under(CORS_ALLOWED_ORIGIN_REGEXES=[r"^https://shop\.example"]), origin="https://shop.example.evil.net"
        ),
        seen("https://shop.example.evil.net"),
        seen(),
    ),
    "wildcards": (
        Case(settings={"CORS_ALLOWED_ORIGINS": ["https://*.shop.example"]}, origin="https://a.shop.example"),
        seen(),
        seen("https://a.shop.example"),
    ),
    "receiver-fails": (
        replace(GET, origin=STRANGER, receiver="raises"),
        Answer(error="ReceiverError"),
        seen(),
    ),
    "receiver-returns-exception": (
        replace(GET, origin=STRANGER, receiver="returns an exception"),
        seen(STRANGER),
        seen(),
    ),
    "receiver-unasked": (
        replace(GET, origin="null", receiver="yes"),
        seen("null"),
        seen(),
    ),
    "options-without-origin": (
        replace(ASKING, origin=None),
        preflight(origin=None),
        seen(),
    ),
    "star-for-everybody": (
        replace(GET, settings=ANYBODY, origin="https://["),
        seen(),
        replace(seen("*"), vary=()),
    ),
    "origins-parsed": (
        replace(GET, origin="https://shop.example/path"),
        seen("https://shop.example/path"),
        seen(),
    ),
    "origin-malformed": (
        replace(GET, settings=ANY_REGEX, origin=f"{SHOP} {SHOP}"),
        seen(f"{SHOP} {SHOP}"),
        seen(),
    ),
    "opaque-reflected": (
        replace(GET, settings=REFLECTING, origin="null"),
        seen("null", credentials="true"),
        seen(),
    ),
    "opaque-by-regex": (
        replace(GET, settings=ANY_REGEX, origin="null"),
        seen("null"),
        seen(),
    ),
    "expose-on-preflights": (
        ASKING.under(CORS_EXPOSE_HEADERS=["x-told"]),
        preflight(expose="x-told"),
        preflight(),
    ),
    "preflight-headers-elsewhere": (
        OPTIONS,
        seen(SHOP, methods=", ".join(METHODS), headers=", ".join(HEADERS), max_age="86400"),
        seen(SHOP),
    ),
    "method-not-listed": (
        replace(GET.under(CORS_ALLOW_METHODS=["GET"]), method="POST"),
        seen(SHOP),
        seen(),
    ),
    "refused-simple-method": (
        replace(ASKING.under(CORS_ALLOW_METHODS=["GET"]), asked_method="POST"),
        preflight(methods="GET"),
        preflight(origin=None).varying("access-control-request-method"),
    ),
    "refused-method-varies": (
        replace(ASKING, asked_method="PURGE"),
        preflight(),
        preflight().varying("access-control-request-method"),
    ),
    "any-header": (
        replace(ASKING.under(CORS_ALLOW_HEADERS=["*"]), asked_headers="content-type,x-asked"),
        preflight(headers="*"),
        preflight(headers="content-type, x-asked").varying("access-control-request-headers"),
    ),
    "any-method": (
        ASKING.under(CORS_ALLOW_METHODS=["*"]),
        preflight(methods="*"),
        preflight(methods="PUT"),
    ),
    "methods-of-the-view": (
        replace(ASKING, path="/class", asked_method="POST"),
        preflight(),
        preflight(methods="GET, OPTIONS, POST"),
    ),
    "head-is-named": (
        replace(ASKING, asked_method="HEAD"),
        preflight(),
        preflight(methods=", ".join((*METHODS, "HEAD"))),
    ),
    "empty-lists": (
        ASKING.under(CORS_ALLOW_HEADERS=[]),
        preflight(headers=""),
        preflight().without(ALLOW_HEADERS),
    ),
    "max-age-zero": (
        replace(ASKING.under(CORS_ALLOW_METHODS=["GET"]), asked_method="GET"),
        preflight(methods="GET"),
        preflight(methods="GET", max_age="0"),
    ),
    "star-varies-on-nothing": (
        replace(GET, settings=ANYBODY),
        seen("*"),
        replace(seen("*"), vary=()),
    ),
    "credentials-of-the-view": (
        replace(GET, sets_its_own=True),
        replace(seen(SHOP, credentials="true", methods="PURGE"), vary=("Cookie", "origin")),
        replace(seen(SHOP, methods="PURGE"), vary=("Cookie", "origin")),
    ),
    "wrong-settings": (
        GET.under(CORS_ALLOWED_ORIGINS=[SHOP, "null"], CORS_ALLOW_CREDENTIALS=True),
        seen(SHOP, credentials="true"),
        Answer(error="CorsConfigurationError"),
    ),
}

#: Beside these, another difference cannot but show.
SHOWS_WITH: Final = {"star-for-everybody": {"star-varies-on-nothing"}}


@pytest.mark.parametrize("name", DIFFERENCES)
@named_rows("is_async", {"sync": False, "async": True})
def test_a_difference_shows_in_its_example(name: str, is_async: bool) -> None:
    case, theirs, ours = EXAMPLES[name]
    case = replace(case, is_async=is_async)

    assert ask_them(case) == theirs
    assert ask_us(case) == ours
    answer, fired = expected(case)
    assert answer == ours
    assert set(fired) - SHOWS_WITH.get(name, set()) == {name}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return an example of some difference, or a plain case, in which some things are changed."""
    case = draw(st.sampled_from([Case(), GET, ASKING, *(example[0] for example in EXAMPLES.values())]))
    for name in draw(st.lists(st.sampled_from(sorted(CHOICES)), max_size=8, unique=True)):
        case = changed(case, name, draw(st.sampled_from(CHOICES[name])))
    return case


def test_there_is_no_other_difference() -> None:
    fired: Counter[str] = Counter()

    @given(cases())
    @effort(max_examples=1000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def compare(case: Case) -> None:
        answer, differences = expected(case)
        assert ask_us(case) == answer, differences
        fired.update(differences)

    compare()
    assert set(fired) == set(DIFFERENCES)


def test_every_difference_is_documented() -> None:
    page = PAGES["docs/how-to/move-from-django-cors-headers.md"]

    assert sorted(page.first_cells("## What is different, and why")) == sorted(DIFFERENCES)


# What users rely on: no difference at all


def is_the_same(case: Case) -> Answer:
    answer = ask_us(case)
    assert answer == ask_them(case)
    return answer


SITES: Final = {
    "listed": FOR_SHOP,
    "listed by the old name": {"CORS_ORIGIN_WHITELIST": [SHOP]},
    "a regex": {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example$"]},
    "a regex by the old name": {"CORS_ORIGIN_REGEX_WHITELIST": [re.compile(r"^https://\w+\.example$")]},
    "with credentials": {**FOR_SHOP, "CORS_ALLOW_CREDENTIALS": True},
    "any origin with credentials": REFLECTING,
    "any origin with credentials, by the old name": {"CORS_ORIGIN_ALLOW_ALL": True, "CORS_ALLOW_CREDENTIALS": True},
    "null": {"CORS_ALLOWED_ORIGINS": ["null", SHOP]},
    "lists of its own": {
        **FOR_SHOP,
        "CORS_ALLOW_METHODS": ["POST", "GET", "PUT"],
        "CORS_ALLOW_HEADERS": ["X-Asked", "content-type"],
        "CORS_PREFLIGHT_MAX_AGE": 600,
    },
}


@named_rows("site", SITES)
@named_rows("is_async", {"sync": False, "async": True})
@pytest.mark.parametrize("path", ["/function", "/nowhere"])
@pytest.mark.parametrize("origin", [SHOP, STRANGER, "http://stranger.invalid", None])
@pytest.mark.parametrize("asked_headers", [None, "content-type,x-asked"])
def test_ordinary_sites_see_no_difference(
    site: dict[str, Any], is_async: bool, path: str, origin: str | None, asked_headers: str | None
) -> None:
    """Unresolvable paths, under the global settings, among them."""
    case = Case(settings=site, path=path, origin=origin, is_async=is_async)
    for method in ("GET", "HEAD", "POST", "PUT"):
        assert is_the_same(replace(case, method=method)).vary == ("origin",)
        if origin is not None:
            asking = replace(case, method="OPTIONS", asked_method=method, asked_headers=asked_headers)
            if method != "HEAD":
                assert is_the_same(asking).vary == ("origin",)


def test_the_defaults_are_the_same() -> None:
    assert our_defaults.default_headers == HEADERS
    assert our_defaults.default_methods == METHODS


def test_preflights_get_the_configured_lists_without_asking_for_headers() -> None:
    case = ASKING.under(CORS_ALLOW_METHODS=["PUT", "POST", "GET"], CORS_ALLOW_HEADERS=["X-Asked", "x-other"])

    assert is_the_same(case) == preflight(methods="PUT, POST, GET", headers="X-Asked, x-other")


@pytest.mark.parametrize("path", ["/function", "/nowhere"])
def test_a_max_age_of_zero_is_not_sent(path: str) -> None:
    answer = is_the_same(replace(ASKING.under(CORS_PREFLIGHT_MAX_AGE=0), path=path))

    assert answer == preflight().without(MAX_AGE)


@pytest.mark.parametrize("path", ["/function", "/class", "/nowhere", "/outside/function", "/outside/nowhere"])
@pytest.mark.parametrize("receiver", ["none", "no", "yes"])
@pytest.mark.parametrize("origin", [SHOP, STRANGER])
def test_cors_enabled_is_the_same_bool(path: str, receiver: str, origin: str) -> None:
    case = GET.under(CORS_URLS_REGEX=r"^/(?!outside)")
    answer = is_the_same(replace(case, path=path, origin=origin, receiver=receiver))

    assert answer.is_enabled is ("outside" not in path or receiver == "yes")


@pytest.mark.parametrize("path", ["/function", "/nowhere", "/outside/function"])
@pytest.mark.parametrize("origin", [SHOP, STRANGER])
@pytest.mark.parametrize("asked_method", [None, "PUT"])
@pytest.mark.parametrize("receiver", ["no", "yes", "truthy"])
def test_a_receiver_decides_as_before_and_is_asked_once(
    path: str, origin: str, asked_method: str | None, receiver: str
) -> None:
    case = Case(
        settings={**FOR_SHOP, "CORS_URLS_REGEX": r"^/(?!outside)"},
        path=path,
        origin=origin,
        method="OPTIONS" if asked_method else "GET",
        asked_method=asked_method,
        receiver=receiver,
    )
    theirs, times = ask(TheirMiddleware, corsheaders.signals.check_request_enabled, case)
    ours, our_times = ask(OurMiddleware, drf_cors.signals.check_request_enabled, case)

    assert ours == theirs
    assert our_times == min(times, 1)


@pytest.mark.parametrize("allow", [True, False])
@pytest.mark.parametrize("private_network", ["true", "false", "TRUE", None])
@pytest.mark.parametrize("origin", [SHOP, STRANGER])
@pytest.mark.parametrize("asked_method", [None, "PUT"])
def test_private_networks_are_answered_alike(
    allow: bool, private_network: str | None, origin: str, asked_method: str | None
) -> None:
    case = replace(
        (ASKING if asked_method else GET).under(CORS_ALLOW_PRIVATE_NETWORK=allow),
        origin=origin,
        private_network=private_network,
    )
    is_granted = allow and private_network == "true" and origin == SHOP

    assert is_the_same(case).headers.get(PRIVATE) == ("true" if is_granted else None)
