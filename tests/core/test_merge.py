"""The merge, as one table of cases: layers, weakest first, and what holds after them."""

import re

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.fields import FIELDS, HOW_FIELDS, INHERITED, ORIGIN_FIELDS, WHO_FIELDS
from drf_cors.core.merge import Layer, merge
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.core.sources import Source
from tests.tables import named_rows

A, B, C, D = (f"https://{name}.example" for name in "abcd")
PREVIEWS = r"https://pr-\d+\.example"
REGEXES = (re.compile(PREVIEWS),)


def in_database(origin, request):
    raise NotImplementedError


def in_cache(origin, request):
    raise NotImplementedError


DEFAULTS = Layer(
    policy=CorsPolicy(
        allowed_origins=(),
        allow_credentials=False,
        allow_methods=["GET", "POST"],
        allow_headers=["accept", "content-type"],
        expose_headers=[],
        preflight_max_age=86400,
    ),
    source=Source("default", "drf_cors.defaults"),
    is_global=True,
)

#: What holds where nothing else is declared. `credentials` and `tests` are short for the longer names.
NOTHING = {
    "origins": (),
    "regexes": (),
    "any": False,
    "tests": (),
    "credentials": False,
    "methods": ("GET", "POST"),
    "headers": ("accept", "content-type"),
    "expose": (),
    "age": 86400,
}
LONG = dict(
    zip(
        NOTHING,
        (
            "allowed_origins",
            "allowed_origin_regexes",
            "allow_all_origins",
            "origin_tests",
            "allow_credentials",
            *HOW_FIELDS,
        ),
        strict=True,
    )
)


def site(**fields):
    """Layer 2: the settings, each field with a source of its own. Any origin with credentials takes two policies."""
    sources = {field: Source("setting", f"CORS_{field.upper()}") for field in fields}
    credentials = {"allow_credentials": fields.pop("allow_credentials")} if reflects(fields) else {}
    return [
        Layer(policy=CorsPolicy(**given), source=DEFAULTS.source, field_sources=sources, is_global=True)
        for given in ([fields, credentials] if credentials else [fields])
    ]


def reflects(fields):
    return fields.get("allow_all_origins") is True and fields.get("allow_credentials") is True


def uncovered(**fields):
    """Layer 2 where CORS_URLS_REGEX does not match."""
    regex = Source("setting", "CORS_URLS_REGEX")
    return [
        *site(**fields),
        Layer(policy=NO_CORS, source=regex, field_sources=dict.fromkeys(WHO_FIELDS, regex), is_global=True),
    ]


def layer(kind, name, policy=None, *, is_outside=False, policy_name=None, **fields):
    declared = policy if policy_name else policy or CorsPolicy(**fields)
    return [
        Layer(policy=declared, source=Source(kind, name), from_urlconf_or_settings=is_outside, policy_name=policy_name)
    ]


def base(policy=None, **fields):
    return layer("attribute", "Base", policy, **fields)


def view(policy=None, **fields):
    return layer("attribute", "View", policy, **fields)


def outside(policy=None, **fields):
    return layer("wrapper", "View", policy, is_outside=True, **fields)


def action(policy=None, **fields):
    return layer("decorator", "View.act", policy, **fields)


BASE, VIEW, OUTSIDE, ACTION = "Base.cors_policy", "View.cors_policy", "cors(...) around View", "@cors on View.act"


def who(label):
    return dict.fromkeys(WHO_FIELDS, label)


def setting(*fields):
    return {field: f"settings.CORS_{field.upper()}" for field in fields}


# Name, layers, what holds (the rest is NOTHING), sources (the rest are the defaults), faults with the layers they name.
CASES = [
    # --- one layer
    ("nothing declared", [], {}, {}, []),
    (
        "the settings: listed origins with credentials",
        site(allowed_origins=[A], allow_credentials=True),
        {"origins": (A,), "credentials": True},
        setting("allowed_origins", "allow_credentials"),
        [],
    ),
    (
        "the settings: HOW alone",
        site(allow_methods=["GET"], allow_headers=["x-a"], expose_headers=["x-b"], preflight_max_age=None),
        {"methods": ("GET",), "headers": ("x-a",), "expose": ("x-b",), "age": None},
        setting(*HOW_FIELDS),
        [],
    ),
    (
        "the settings: any origin with credentials, a legal site of django-cors-headers",
        site(allow_all_origins=True, allow_credentials=True),
        {"any": True, "credentials": True},
        setting("allow_all_origins", "allow_credentials"),
        [],
    ),
    (
        "a view: origins, regexes and a callable",
        view(allowed_origins=[A], allowed_origin_regexes=[PREVIEWS], is_origin_allowed=in_database),
        {"origins": (A,), "regexes": REGEXES, "tests": (in_database,)},
        who(VIEW),
        [],
    ),
    # --- HOW inherits field by field
    (
        "HOW: each layer replaces the fields it sets",
        [
            *site(allow_methods=["GET"], expose_headers=["x-a"]),
            *view(allow_headers=["x-b"], expose_headers=["x-c"]),
            *action(preflight_max_age=0),
        ],
        {"methods": ("GET",), "headers": ("x-b",), "expose": ("x-c",), "age": 0},
        {**setting("allow_methods"), "allow_headers": VIEW, "expose_headers": VIEW, "preflight_max_age": ACTION},
        [],
    ),
    (
        "HOW: an empty list replaces too",
        view(allow_methods=[], allow_headers=[]),
        {"methods": (), "headers": ()},
        {"allow_methods": VIEW, "allow_headers": VIEW},
        [],
    ),
    (
        "HOW: INHERITED first",
        view(allow_methods=[INHERITED, "PURGE"], allow_headers=[INHERITED, "x-a"]),
        {"methods": ("GET", "POST", "PURGE"), "headers": ("accept", "content-type", "x-a")},
        {"allow_methods": VIEW, "allow_headers": VIEW},
        [],
    ),
    (
        "HOW: INHERITED in the middle and last, through two layers",
        [*view(allow_methods=["PURGE", INHERITED]), *action(allow_methods=["LOCK", INHERITED, "UNLOCK"])],
        {"methods": ("LOCK", "PURGE", "GET", "POST", "UNLOCK")},
        {"allow_methods": ACTION},
        [],
    ),
    (
        "HOW: INHERITED brings no duplicates",
        view(allow_methods=["POST", INHERITED]),
        {"methods": ("POST", "GET")},
        {"allow_methods": VIEW},
        [],
    ),
    (
        "HOW: header names are one whatever their case",
        [*site(allow_headers=["X-Shop", "accept"]), *view(allow_headers=[INHERITED, "x-shop", "ACCEPT", "x-b"])],
        {"headers": ("X-Shop", "accept", "x-b")},
        {"allow_headers": VIEW},
        [],
    ),
    (
        "HOW: INHERITED over an empty list",
        view(expose_headers=[INHERITED, "x-a"]),
        {"expose": ("x-a",)},
        {"expose_headers": VIEW},
        [],
    ),
    (
        "HOW: None is a value of its own",
        [*site(preflight_max_age=600), *view(preflight_max_age=None)],
        {"age": None},
        {"preflight_max_age": VIEW},
        [],
    ),
    # --- WHO is one decision
    (
        "WHO: a view's own origins replace the site's, credentials are off",
        [*site(allowed_origins=[A], allow_credentials=True), *view(allowed_origins=[B])],
        {"origins": (B,)},
        who(VIEW),
        [],
    ),
    (
        "WHO: and on where it says so",
        [*site(allowed_origins=[A]), *view(allowed_origins=[B], allow_credentials=True)],
        {"origins": (B,), "credentials": True},
        who(VIEW),
        [],
    ),
    (
        "WHO: any origin of a view empties the site's lists",
        [
            *site(allowed_origins=[A], allowed_origin_regexes=[PREVIEWS], allow_credentials=True),
            *view(allow_all_origins=True),
        ],
        {"any": True},
        who(VIEW),
        [],
    ),
    (
        "WHO: a regex empties lists and callables",
        [*view(allowed_origins=[A], is_origin_allowed=in_database), *action(allowed_origin_regexes=[PREVIEWS])],
        {"regexes": REGEXES},
        who(ACTION),
        [],
    ),
    (
        "WHO: a callable empties the rest",
        [*site(allow_all_origins=True), *view(is_origin_allowed=in_database)],
        {"tests": (in_database,)},
        who(VIEW),
        [],
    ),
    (
        "WHO: allow_all_origins=False is a decision for nobody",
        [*site(allowed_origins=[A]), *view(allow_all_origins=False)],
        {},
        who(VIEW),
        [],
    ),
    (
        "WHO: HOW does not touch it",
        [
            *site(allowed_origins=[A], allow_credentials=True),
            *view(expose_headers=["x-a"]),
            *action(allow_methods=["GET"]),
        ],
        {"origins": (A,), "credentials": True, "expose": ("x-a",), "methods": ("GET",)},
        {**setting("allowed_origins", "allow_credentials"), "expose_headers": VIEW, "allow_methods": ACTION},
        [],
    ),
    # --- credentials alone
    (
        "credentials: False narrows",
        [*site(allowed_origins=[A], allow_credentials=True), *view(allow_credentials=False)],
        {"origins": (A,)},
        {**setting("allowed_origins"), "allow_credentials": VIEW},
        [],
    ),
    (
        "credentials: a list narrows",
        [*site(allowed_origins=[A, B], allow_credentials=True), *view(allow_credentials=[A])],
        {"origins": (A, B), "credentials": (A,)},
        {**setting("allowed_origins"), "allow_credentials": VIEW},
        [],
    ),
    (
        "credentials: True opens for listed origins",
        [*site(allowed_origins=[A]), *view(allow_credentials=True)],
        {"origins": (A,), "credentials": True},
        {**setting("allowed_origins"), "allow_credentials": VIEW},
        [],
    ),
    (
        "credentials: True opens for a callable's origins",
        [*view(is_origin_allowed=in_database), *action(allow_credentials=True)],
        {"tests": (in_database,), "credentials": True},
        {**who(VIEW), "allow_credentials": ACTION},
        [],
    ),
    (
        "credentials: True over any origin is an error",
        [*site(allow_all_origins=True), *view(allow_credentials=True)],
        {"any": True},
        {**setting("allow_all_origins"), "allow_credentials": VIEW},
        [("any-origin-with-credentials", ["settings.CORS_ALLOW_ALL_ORIGINS", VIEW])],
    ),
    (
        "credentials: for nobody they are off",
        [*site(allow_credentials=True), *view(allow_credentials=True)],
        {},
        {"allow_credentials": VIEW},
        [],
    ),
    (
        "credentials: a list over any origin mixes",
        [*site(allow_all_origins=True), *view(allow_credentials=[A])],
        {"any": True, "credentials": (A,)},
        {**setting("allow_all_origins"), "allow_credentials": VIEW},
        [],
    ),
    # --- layer 2 with any origin and credentials
    (
        "any origin of the site: only some may send credentials",
        site(allow_all_origins=True, allow_credentials=[A]),
        {"any": True, "credentials": (A,)},
        setting("allow_all_origins", "allow_credentials"),
        [],
    ),
    (
        "any origin with credentials of the site: a view's HOW leaves it",
        [*site(allow_all_origins=True, allow_credentials=True), *view(expose_headers=["x-a"])],
        {"any": True, "credentials": True, "expose": ("x-a",)},
        {**setting("allow_all_origins", "allow_credentials"), "expose_headers": VIEW},
        [],
    ),
    (
        "any origin with credentials of the site: a view's True is an error",
        [*site(allow_all_origins=True, allow_credentials=True), *view(allow_credentials=True)],
        {"any": True},
        {**setting("allow_all_origins"), "allow_credentials": VIEW},
        [("any-origin-with-credentials", ["settings.CORS_ALLOW_ALL_ORIGINS", VIEW])],
    ),
    (
        "any origin with credentials of the site: a view's False makes it anonymous",
        [*site(allow_all_origins=True, allow_credentials=True), *view(allow_credentials=False)],
        {"any": True},
        {**setting("allow_all_origins"), "allow_credentials": VIEW},
        [],
    ),
    (
        "any origin with credentials of the site: a view's list mixes",
        [*site(allow_all_origins=True, allow_credentials=True), *view(allow_credentials=[A])],
        {"any": True, "credentials": (A,)},
        {**setting("allow_all_origins"), "allow_credentials": VIEW},
        [],
    ),
    (
        "any origin with credentials of the site: a view's origins replace it",
        [*site(allow_all_origins=True, allow_credentials=True), *view(allowed_origins=[A])],
        {"origins": (A,)},
        who(VIEW),
        [],
    ),
    (
        "any origin with credentials of the site: a view that extends it is an error",
        [*site(allow_all_origins=True, allow_credentials=True), *view(allowed_origins=[INHERITED, A])],
        {"origins": (A,), "any": True},
        {**setting("allow_all_origins", "allow_credentials"), "allowed_origins": VIEW},
        [("any-origin-with-credentials", None)],
    ),
    (
        "any origin with credentials of the site: all response headers exposed by a view is an error",
        [*site(allow_all_origins=True, allow_credentials=True), *view(expose_headers=["*"])],
        {"any": True, "expose": ("*",)},
        {**setting("allow_all_origins", "allow_credentials"), "expose_headers": VIEW},
        [("expose-all-with-credentials", [VIEW, "settings.CORS_ALLOW_CREDENTIALS"])],
    ),
    # --- INHERITED in allowed_origins
    (
        "INHERITED: extends lists, and credentials stay on for all",
        [*site(allowed_origins=[A], allow_credentials=True), *view(allowed_origins=[INHERITED, B])],
        {"origins": (A, B), "credentials": True},
        {**setting("allow_credentials"), "allowed_origins": VIEW},
        [],
    ),
    (
        "INHERITED: in its position",
        [*site(allowed_origins=[A, B]), *view(allowed_origins=[C, INHERITED, D, A])],
        {"origins": (C, A, B, D)},
        {"allowed_origins": VIEW},
        [],
    ),
    (
        "INHERITED: over the site's regexes",
        [*site(allowed_origin_regexes=[PREVIEWS], allow_credentials=True), *view(allowed_origins=[INHERITED, A])],
        {"origins": (A,), "regexes": REGEXES, "credentials": True},
        {**setting("allowed_origin_regexes", "allow_credentials"), "allowed_origins": VIEW},
        [],
    ),
    (
        "INHERITED: adds regexes and a callable of its own, once",
        [
            *view(allowed_origins=[A], allowed_origin_regexes=[PREVIEWS], is_origin_allowed=in_database),
            *action(allowed_origins=[INHERITED], allowed_origin_regexes=[PREVIEWS, "x"], is_origin_allowed=in_cache),
        ],
        {"origins": (A,), "regexes": (*REGEXES, re.compile("x")), "tests": (in_database, in_cache)},
        {
            **who(VIEW),
            **dict.fromkeys(["allowed_origins", "allowed_origin_regexes", "is_origin_allowed"], ACTION),
        },
        [],
    ),
    (
        "INHERITED: over any origin",
        [*site(allow_all_origins=True), *view(allowed_origins=[INHERITED, A])],
        {"origins": (A,), "any": True},
        {**setting("allow_all_origins"), "allowed_origins": VIEW},
        [],
    ),
    (
        "INHERITED: over any origin, credentials for the listed",
        [*site(allow_all_origins=True), *view(allowed_origins=[INHERITED, A], allow_credentials=[A])],
        {"origins": (A,), "any": True, "credentials": (A,)},
        {**setting("allow_all_origins"), "allowed_origins": VIEW, "allow_credentials": VIEW},
        [],
    ),
    (
        "INHERITED: over any origin, credentials for all is an error",
        [*site(allow_all_origins=True), *view(allowed_origins=[INHERITED], allow_credentials=True)],
        {"any": True},
        {**setting("allow_all_origins"), "allowed_origins": VIEW, "allow_credentials": VIEW},
        [("any-origin-with-credentials", ["settings.CORS_ALLOW_ALL_ORIGINS", VIEW])],
    ),
    (
        "INHERITED: with any origin over credentials is an error",
        [
            *site(allowed_origins=[A], allow_credentials=True),
            *view(allowed_origins=[INHERITED], allow_all_origins=True),
        ],
        {"origins": (A,), "any": True},
        {**setting("allow_credentials"), "allowed_origins": VIEW, "allow_all_origins": VIEW},
        [("any-origin-with-credentials", [VIEW, "settings.CORS_ALLOW_CREDENTIALS"])],
    ),
    (
        "INHERITED: over NO_CORS adds to nobody",
        [*base(NO_CORS), *view(allowed_origins=[INHERITED, A])],
        {"origins": (A,)},
        {**who(BASE), "allowed_origins": VIEW},
        [],
    ),
    (
        "INHERITED: alone over NO_CORS is nobody",
        [*base(NO_CORS), *view(allowed_origins=[INHERITED], allow_credentials=True)],
        {},
        {**who(BASE), "allowed_origins": VIEW, "allow_credentials": VIEW},
        [],
    ),
    (
        "INHERITED: credentials can be taken while extending",
        [
            *site(allowed_origins=[A], allow_credentials=True),
            *view(allowed_origins=[INHERITED, B], allow_credentials=False),
        ],
        {"origins": (A, B)},
        {"allowed_origins": VIEW, "allow_credentials": VIEW},
        [],
    ),
    # --- NO_CORS
    (
        "NO_CORS: closes what the site opens",
        [*site(allowed_origins=[A], allow_credentials=True), *view(NO_CORS)],
        {},
        who(VIEW),
        [],
    ),
    (
        "NO_CORS on a base class: a subclass that sets only HOW stays off",
        [*site(allowed_origins=[A]), *base(NO_CORS), *view(expose_headers=["x-a"], allow_methods=["GET"])],
        {"expose": ("x-a",), "methods": ("GET",)},
        {**who(BASE), "expose_headers": VIEW, "allow_methods": VIEW},
        [],
    ),
    (
        "NO_CORS on a base class: credentials alone do not open it",
        [*site(allowed_origins=[A]), *base(NO_CORS), *view(allow_credentials=True)],
        {},
        {**who(BASE), "allow_credentials": VIEW},
        [],
    ),
    (
        "NO_CORS on a base class: a subclass that sets origins opens it",
        [*site(allowed_origins=[A]), *base(NO_CORS), *view(allowed_origins=[B])],
        {"origins": (B,)},
        who(VIEW),
        [],
    ),
    (
        "NO_CORS on a class: one action opens",
        [*view(NO_CORS), *action(allow_all_origins=True)],
        {"any": True},
        who(ACTION),
        [],
    ),
    (
        "NO_CORS from as_view: final against an action",
        [*view(allowed_origins=[A]), *outside(NO_CORS), *action(allow_all_origins=True)],
        {},
        who(OUTSIDE),
        [],
    ),
    (
        "NO_CORS from CORS_VIEW_POLICIES: final against as_view and an action",
        [
            *layer("setting", "CORS_VIEW_POLICIES['shop:*']", NO_CORS, is_outside=True),
            *outside(allowed_origins=[A], allow_credentials=True),
            *action(allowed_origins=[INHERITED, B]),
        ],
        {},
        who("settings.CORS_VIEW_POLICIES['shop:*']"),
        [],
    ),
    (
        "NO_CORS from outside: HOW is still told",
        [*outside(NO_CORS.using(expose_headers=["x-a"])), *action(allow_all_origins=True, allow_methods=["GET"])],
        {"expose": ("x-a",), "methods": ("GET",)},
        {**who(OUTSIDE), "expose_headers": OUTSIDE, "allow_methods": ACTION},
        [],
    ),
    (
        "from outside, what is not NO_CORS is not final",
        [*outside(allowed_origins=[A]), *action(NO_CORS)],
        {},
        who(ACTION),
        [],
    ),
    (
        "from outside, an action still has the last word on who",
        [*outside(allowed_origins=[A]), *action(allowed_origins=[B])],
        {"origins": (B,)},
        who(ACTION),
        [],
    ),
    # --- CORS_URLS_REGEX
    (
        "not covered: nobody, but the site's HOW",
        uncovered(allowed_origins=[A], allow_credentials=True, allow_headers=["x-a"]),
        {"headers": ("x-a",)},
        {**who("settings.CORS_URLS_REGEX"), **setting("allow_headers")},
        [],
    ),
    (
        "not covered: a view that sets only HOW stays closed",
        [*uncovered(allow_all_origins=True, allow_credentials=True), *view(expose_headers=["x-a"])],
        {"expose": ("x-a",)},
        {**who("settings.CORS_URLS_REGEX"), "expose_headers": VIEW},
        [],
    ),
    (
        "not covered: credentials alone open nothing",
        [*uncovered(allowed_origins=[A]), *view(allow_credentials=True)],
        {},
        {**who("settings.CORS_URLS_REGEX"), "allow_credentials": VIEW},
        [],
    ),
    (
        "not covered: a view that sets origins is open to them",
        [*uncovered(allowed_origins=[A], allow_credentials=True, preflight_max_age=600), *view(allowed_origins=[B])],
        {"origins": (B,), "age": 600},
        {**who(VIEW), **setting("preflight_max_age")},
        [],
    ),
    (
        "not covered: INHERITED brings nobody",
        [*uncovered(allowed_origins=[A], allow_credentials=True), *view(allowed_origins=[INHERITED, B])],
        {"origins": (B,)},
        {**who("settings.CORS_URLS_REGEX"), "allowed_origins": VIEW},
        [],
    ),
    # --- faults that only the merge creates
    (
        "fault: null with credentials",
        [*view(allowed_origins=["null", A]), *action(allow_credentials=True)],
        {"origins": ("null", A)},
        {**who(VIEW), "allow_credentials": ACTION},
        [("null-with-credentials", [VIEW, ACTION])],
    ),
    (
        "fault: file:// added to origins with credentials",
        [*site(allowed_origins=[A], allow_credentials=True), *view(allowed_origins=[INHERITED, "file://"])],
        {"origins": (A, "file://")},
        {**setting("allow_credentials"), "allowed_origins": VIEW},
        [("null-with-credentials", ["settings.CORS_ALLOWED_ORIGINS", VIEW, "settings.CORS_ALLOW_CREDENTIALS"])],
    ),
    (
        "fault: null inherited by the layer that turns credentials on",
        [*view(allowed_origins=["null"]), *action(allowed_origins=[INHERITED, A], allow_credentials=True)],
        {"origins": ("null", A)},
        {**who(VIEW), "allowed_origins": ACTION, "allow_credentials": ACTION},
        [("null-with-credentials", [VIEW, ACTION])],
    ),
    (
        "fault: a credentialed origin that is not admitted",
        [*site(allowed_origins=[A]), *view(allow_credentials=[A, B])],
        {"origins": (A,)},
        {**setting("allowed_origins"), "allow_credentials": VIEW},
        [("credentialed-origin-not-allowed", ["settings.CORS_ALLOWED_ORIGINS", VIEW])],
    ),
    (
        "fault: all response headers exposed, credentials from elsewhere",
        [*site(expose_headers=["*"]), *view(allowed_origins=[A], allow_credentials=True)],
        {"origins": (A,), "expose": ("*",)},
        {**who(VIEW), **setting("expose_headers")},
        [("expose-all-with-credentials", ["settings.CORS_EXPOSE_HEADERS", VIEW])],
    ),
    (
        "fault: all response headers exposed, inherited by the layer with credentials",
        [
            *site(expose_headers=["*"]),
            *view(allowed_origins=[A], allow_credentials=True, expose_headers=[INHERITED, "x-a"]),
        ],
        {"origins": (A,), "expose": ("*", "x-a")},
        {**who(VIEW), "expose_headers": VIEW},
        [("expose-all-with-credentials", ["settings.CORS_EXPOSE_HEADERS", VIEW])],
    ),
    (
        "fault: several at once",
        [*site(allow_all_origins=True, expose_headers=["*"]), *view(allow_credentials=True)],
        {"any": True, "expose": ("*",)},
        {**setting("allow_all_origins", "expose_headers"), "allow_credentials": VIEW},
        [
            ("any-origin-with-credentials", ["settings.CORS_ALLOW_ALL_ORIGINS", VIEW]),
            ("expose-all-with-credentials", ["settings.CORS_EXPOSE_HEADERS", VIEW]),
        ],
    ),
    (
        "no fault: a stronger layer mends what a weaker one made wrong",
        [
            *site(allow_all_origins=True),
            *view(allow_credentials=True),
            *action(allowed_origins=[A], allow_credentials=True),
        ],
        {"origins": (A,), "credentials": True},
        who(ACTION),
        [],
    ),
    # --- names of policies
    (
        "an unknown name closes, whatever the rest says",
        [
            *site(allowed_origins=[A]),
            *layer("attribute", "View", policy_name="partner"),
            *action(allow_all_origins=True, expose_headers=["x-a"]),
        ],
        {"expose": ("x-a",)},
        {**who(VIEW), "expose_headers": ACTION},
        [("unknown-policy", [VIEW])],
    ),
    (
        "an unknown name on an action closes it",
        [*view(allowed_origins=[A], allow_credentials=True), *layer("decorator", "View.act", policy_name="partner")],
        {},
        who(ACTION),
        [("unknown-policy", [ACTION])],
    ),
    (
        "of two unknown names the first is told",
        [*layer("attribute", "View", policy_name="partner"), *layer("decorator", "View.act", policy_name="other")],
        {},
        None,
        [("unknown-policy", [VIEW])],
    ),
]


@named_rows("layers, expected, sources, faults", CASES)
def test_layers_merge_into_what_holds(layers, expected, sources, faults):
    policy = merge([DEFAULTS, *layers])
    assert {name: getattr(policy, long) for name, long in LONG.items()} == {**NOTHING, **expected}
    if sources is not None:
        assert {field: str(policy.sources[field]) for field in FIELDS} == {
            **dict.fromkeys(FIELDS, "drf_cors.defaults"),
            **sources,
        }
    assert [fault.fault.reason for fault in policy.faults] == [reason for reason, _ in faults]
    for merged, (_, named) in zip(policy.faults, faults, strict=True):
        assert len(merged.sources) == len(set(merged.sources))
        assert named is None or [str(source) for source in merged.sources] == named
    assert policy.is_broken is any(reason == "unknown-policy" for reason, _ in faults)
    assert not faults or policy.allow_credentials is False
    nobody = not (
        policy.allowed_origins or policy.allowed_origin_regexes or policy.allow_all_origins or policy.origin_tests
    )
    assert policy.is_nobody is nobody


def test_an_unknown_policy_is_told_by_its_name():
    policy = merge([DEFAULTS, *layer("attribute", "View", policy_name="partner")])
    assert policy.faults[0].fault.value == "partner"
    assert "'partner' is not the name of a policy in settings.CORS_POLICIES" in str(policy.faults[0].fault)


def test_what_is_no_policy_is_told_as_it_stands_there():
    policy = merge([DEFAULTS, Layer(policy=None, source=Source("attribute", "View"), invalid_value={"a": 1})])
    assert (policy.is_broken, policy.is_nobody) == (True, True)
    assert str(policy.faults[0].fault) == (
        "cors_policy: {'a': 1} has the wrong type; "
        "write CorsPolicy(allowed_origins=['https://shop.example']), or the name of a policy."
    )


def test_equal_results_compare_equal_wherever_they_stand():
    here = merge([DEFAULTS, *view(allowed_origins=[A], allow_methods=["GET"])])
    there = merge([DEFAULTS, *site(allowed_origins=[A]), *action(allow_methods=["GET"])])
    assert here == there
    assert hash(here) == hash(there)
    assert here != merge([DEFAULTS, *view(allowed_origins=[A])])


def test_what_was_derived_from_a_policy_does_not_change_its_equality():
    one, other = (merge([DEFAULTS, *view(allowed_origins=[A])]) for _ in range(2))
    assert (A in one.origins, one.is_nobody, one.is_anonymous_for_all) == (True, False, False)
    assert one == other


@pytest.mark.parametrize(
    ("layers", "label"),
    [
        ([], "drf_cors.defaults"),
        (site(allowed_origins=[A]), "settings.CORS_ALLOWED_ORIGINS"),
        (site(allowed_origin_regexes=[PREVIEWS]), "settings.CORS_ALLOWED_ORIGIN_REGEXES"),
        (site(allow_all_origins=True, allowed_origins=[A]), "settings.CORS_ALLOW_ALL_ORIGINS"),
        (uncovered(allow_all_origins=True), "settings.CORS_URLS_REGEX"),
        (view(is_origin_allowed=in_database), VIEW),
        (view(NO_CORS), VIEW),
        ([*site(allow_all_origins=True), *view(expose_headers=["x-a"])], "settings.CORS_ALLOW_ALL_ORIGINS"),
        ([*view(allow_all_origins=True), *action(allow_credentials=False)], VIEW),
    ],
)
def test_the_layer_that_decided_who_is_known(layers, label):
    assert str(merge([DEFAULTS, *layers]).who_source) == label


@pytest.mark.parametrize(
    ("source", "label"),
    [
        (Source("default", "drf_cors.defaults"), "drf_cors.defaults"),
        (Source("setting", "CORS_ALLOW_HEADERS"), "settings.CORS_ALLOW_HEADERS"),
        (Source("attribute", "OrderViewSet"), "OrderViewSet.cors_policy"),
        (
            Source("action-map", "OrderViewSet.cors_action_policies['list']"),
            "OrderViewSet.cors_action_policies['list']",
        ),
        (Source("decorator", "OrderViewSet.cancel"), "@cors on OrderViewSet.cancel"),
        (Source("action-keyword", "OrderViewSet.cancel"), "@action(cors_policy=...) on OrderViewSet.cancel"),
        (Source("as_view-keyword", "OrderViewSet"), "OrderViewSet.as_view(cors_policy=...)"),
        (Source("wrapper", "OrderViewSet"), "cors(...) around OrderViewSet"),
    ],
)
def test_a_source_reads_as_code(source, label):
    assert str(source) == label


@pytest.mark.parametrize(
    ("listed", "asked", "permitted"),
    [
        (["GET"], "GET", True),
        (["GET"], "HEAD", True),
        (["HEAD"], "GET", False),
        (["GET"], "get", False),
        (["PATCH"], "patch", False),
        (["patch"], "PATCH", False),
        (["*"], "PATCH", True),
        (["*"], "patch", True),
        ([], "GET", False),
    ],
)
def test_methods_are_compared_byte_for_byte_and_head_counts_as_get(listed, asked, permitted):
    assert merge([DEFAULTS, *view(allow_methods=listed)]).permits_method(asked) is permitted


@pytest.mark.parametrize(
    ("listed", "asked", "permitted"),
    [
        (["X-Shop"], "x-shop", True),
        (["x-shop"], "x-other", False),
        (["*"], "x-other", True),
        (["*"], "authorization", False),
        (["*", "Authorization"], "authorization", True),
        ([], "accept", False),
    ],
)
def test_the_star_of_headers_does_not_cover_authorization(listed, asked, permitted):
    assert merge([DEFAULTS, *view(allow_headers=listed)]).permits_header(asked) is permitted


@pytest.mark.parametrize(
    ("layers", "origin", "may"),
    [
        (view(allowed_origins=[A], allow_credentials=True), A, True),
        (view(allowed_origins=[A]), A, False),
        (view(allowed_origins=[A, B], allow_credentials=[A]), A, True),
        (view(allowed_origins=[A, B], allow_credentials=[A]), B, False),
        (view(allow_all_origins=True, allow_credentials=["https://*.a.example"]), "https://x.a.example", True),
        (view(allow_all_origins=True, allow_credentials=["https://*.a.example"]), A, False),
        (view(allow_all_origins=True, allow_credentials=["https://*.a.example"]), "null", False),
        (site(allow_all_origins=True, allow_credentials=True), A, True),
        (site(allow_all_origins=True, allow_credentials=True), "null", False),
        (site(allow_all_origins=True, allow_credentials=True), "file://", False),
    ],
)
def test_who_may_send_credentials(layers, origin, may):
    assert merge([DEFAULTS, *layers]).credentials_for(origin) is may


# --- Properties

SOME_ORIGINS = st.lists(st.sampled_from([A, B, C]), max_size=3)
CREDENTIALS = st.sampled_from([True, False, [A], [B]])
WHO_PARTS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"allowed_origins": SOME_ORIGINS}),
    st.fixed_dictionaries({"allowed_origins": SOME_ORIGINS.map(lambda items: [INHERITED, *items])}),
    st.fixed_dictionaries({"allowed_origin_regexes": st.just(["https://[ab].example"])}),
    st.fixed_dictionaries({"allow_all_origins": st.booleans()}),
    st.fixed_dictionaries({"is_origin_allowed": st.sampled_from([in_database, in_cache])}),
)
HOW_PARTS = st.fixed_dictionaries(
    {},
    optional={
        "allow_methods": st.sampled_from([["GET"], ["*"], [INHERITED, "PURGE"]]),
        "allow_headers": st.sampled_from([["x-a"], ["*"], [INHERITED, "X-A"]]),
        "expose_headers": st.sampled_from([["x-a"], ["*"], [INHERITED, "x-b"]]),
        "preflight_max_age": st.sampled_from([0, None, 600]),
    },
)


@st.composite
def policies(draw):
    fields = {**draw(WHO_PARTS), **draw(HOW_PARTS)}
    if draw(st.booleans()):
        fields["allow_credentials"] = draw(CREDENTIALS)
    try:
        return CorsPolicy(**fields)
    except CorsConfigurationError:
        reject()


@st.composite
def stacks(draw):
    numbered = enumerate(draw(st.lists(policies(), max_size=5)))
    return [
        Layer(policy=policy, source=Source("attribute", f"V{number}"), from_urlconf_or_settings=draw(st.booleans()))
        for number, policy in numbered
    ]


@settings(max_examples=150, deadline=None)
@given(stacks())
def test_no_origin_is_allowed_that_no_layer_named(layers):
    policy = merge([DEFAULTS, *layers])
    declared = [layer.policy for layer in layers]
    if policy.allow_all_origins:
        assert any(one.allow_all_origins is True for one in declared)
    named = {origin for one in declared if isinstance(one.allowed_origins, tuple) for origin in one.allowed_origins}
    assert set(policy.allowed_origins) <= named - {INHERITED}
    regexes = {
        regex
        for one in declared
        if isinstance(one.allowed_origin_regexes, tuple)
        for regex in one.allowed_origin_regexes
    }
    assert set(policy.allowed_origin_regexes) <= regexes
    assert set(policy.origin_tests) <= {one.is_origin_allowed for one in declared}
    assert D not in policy.origins


@settings(max_examples=150, deadline=None)
@given(stacks())
def test_no_origin_has_credentials_that_no_layer_gave(layers):
    policy = merge([DEFAULTS, *layers])
    given_by = [layer.policy.allow_credentials for layer in layers]
    if policy.allow_credentials is True:
        assert True in given_by
        assert not policy.allow_all_origins
        assert not {"null", "file://"} & set(policy.allowed_origins)
    elif policy.allow_credentials:
        assert policy.allow_credentials in given_by
    if policy.allow_credentials:
        assert "*" not in policy.expose_headers
        assert not policy.faults


@settings(max_examples=150, deadline=None)
@given(stacks(), st.lists(policies(), max_size=3), st.booleans())
def test_off_stays_off_until_a_stronger_layer_sets_an_origin_field(below, above, is_outside):
    off = Layer(policy=NO_CORS, source=Source("attribute", "Off"), from_urlconf_or_settings=is_outside)
    stronger = [Layer(policy=policy, source=Source("decorator", "Up")) for policy in above]
    policy = merge([DEFAULTS, *below, off, *stronger])
    if is_outside or not any(one.sets_origins for one in above):
        assert policy.is_nobody
        assert policy.allow_credentials is False
        assert not policy.faults


@settings(max_examples=150, deadline=None)
@given(stacks(), policies())
def test_the_last_layer_that_decides_is_obeyed(below, last):
    policy = merge([DEFAULTS, *[Layer(policy=one.policy, source=one.source) for one in below], *view(last)])
    for field in HOW_FIELDS:
        value = getattr(last, field)
        if field in last.declared() and not (isinstance(value, tuple) and INHERITED in value):
            assert getattr(policy, field) == value
            assert str(policy.sources[field]) == VIEW
    if last.sets_origins and not last.extends_origins:
        assert policy.allow_all_origins is (last.allow_all_origins is True)
        assert policy.allowed_origins == (last.allowed_origins if isinstance(last.allowed_origins, tuple) else ())


@settings(max_examples=150, deadline=None)
@given(stacks())
def test_saying_the_same_twice_changes_nothing(layers):
    assert merge([DEFAULTS, *layers]) == merge([DEFAULTS, *(one for layer in layers for one in (layer, layer))])


@settings(max_examples=100, deadline=None)
@given(stacks())
def test_every_part_has_a_source(layers):
    policy = merge([DEFAULTS, *layers])
    assert set(policy.sources) == set(FIELDS)
    assert set(ORIGIN_FIELDS) < set(FIELDS)
    known = {DEFAULTS.source, *(layer.source for layer in layers)}
    assert set(policy.sources.values()) <= known
    assert all(set(fault.sources) <= known and fault.sources for fault in policy.faults)


# --- Found by mutants


@pytest.mark.parametrize("listed", [["*"], ["GET", "*"], ["GET"]])
def test_no_method_is_named_star(listed):
    assert not merge([DEFAULTS, *view(allow_methods=listed)]).permits_method("*")


@pytest.mark.parametrize("listed", [["*"], ["*", "authorization"], ["x-a"]])
def test_no_request_header_is_named_star(listed):
    assert not merge([DEFAULTS, *view(allow_headers=listed)]).permits_header("*")


def test_the_layer_of_the_callable_decided_who_where_lists_were_only_extended():
    policy = merge([DEFAULTS, *view(is_origin_allowed=in_database), *action(allowed_origins=[INHERITED])])
    assert str(policy.who_source) == VIEW
    assert str(policy.sources["allowed_origins"]) == ACTION


def test_faults_and_unknown_names_do_not_change_what_is_allowed():
    above_view, above_action = (
        merge([DEFAULTS, *site(allow_all_origins=True), *more])
        for more in (view(allow_credentials=True), action(expose_headers=[]))
    )
    assert above_view.faults
    assert not above_action.faults
    assert above_view == above_action
    assert merge([DEFAULTS, *layer("attribute", "View", policy_name="partner")]) == merge([DEFAULTS, *view(NO_CORS)])


@pytest.mark.parametrize(
    ("below", "listed"),
    [
        (["x-a"], ["*"]),  # replaced: what stood there is not at odds with anything
        ([], [INHERITED, "*"]),  # inherited, but nothing
    ],
)
def test_a_fault_names_no_layer_that_brought_nothing(below, listed):
    policy = merge(
        [
            DEFAULTS,
            *site(allowed_origins=[A], allow_credentials=True, expose_headers=below),
            *view(expose_headers=listed),
        ]
    )
    assert [[str(source) for source in fault.sources] for fault in policy.faults] == [
        [VIEW, "settings.CORS_ALLOW_CREDENTIALS"]
    ]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (view(allowed_origin_regexes=[PREVIEWS], allow_credentials=True), True),  # somebody, though not listed
        (view(is_origin_allowed=in_database, allow_credentials=[A]), (A,)),  # who knows whom the callable admits
        (view(allowed_origins=[], allow_credentials=True), False),  # nobody
        (site(allowed_origins=[], allow_credentials=True), True),  # nobody yet: a receiver may admit somebody
    ],
)
def test_credentials_that_are_at_odds_with_nothing(layers, expected):
    policy = merge([DEFAULTS, *layers])
    assert policy.allow_credentials == expected
    assert policy.faults == ()


def test_regexes_and_callables_are_inherited_and_not_doubled():
    policy = merge(
        [
            DEFAULTS,
            *view(allowed_origin_regexes=[PREVIEWS], is_origin_allowed=in_database),
            *action(allowed_origins=[INHERITED], allowed_origin_regexes=["x"], is_origin_allowed=in_database),
        ]
    )
    assert policy.allowed_origin_regexes == (*REGEXES, re.compile("x"))
    assert policy.origin_tests == (in_database,)


REFLECTING = site(allow_all_origins=True, allow_credentials=True)


@pytest.mark.parametrize(
    ("layers", "reason", "named"),
    [
        (
            [*REFLECTING, *base(allowed_origins=[INHERITED, A]), *view(allowed_origins=[INHERITED, B])],
            "any-origin-with-credentials",
            ["settings.CORS_ALLOW_ALL_ORIGINS", "settings.CORS_ALLOW_CREDENTIALS", BASE],  # the first from outside
        ),
        (
            [
                *site(allowed_origins=[A]),
                *base(allowed_origins=[INHERITED, B]),
                *view(allow_credentials=True),
                *action(expose_headers=["*"]),
            ],
            "expose-all-with-credentials",
            [ACTION, VIEW],  # who is admitted has no part in it
        ),
    ],
)
def test_a_fault_names_the_layers_that_do_not_go_together(layers, reason, named):
    (fault,) = merge([DEFAULTS, *layers]).faults
    assert (fault.fault.reason, [str(source) for source in fault.sources]) == (reason, named)


def test_an_unknown_policy_is_told_in_full():
    (fault,) = merge([DEFAULTS, *layer("attribute", "View", policy_name="partner")]).faults
    assert fault.fault.field == "cors_policy"
    assert fault.fault.remedy == "add it to settings.CORS_POLICIES or correct the name"


def test_a_callable_is_asked_once_though_others_stand_between():
    policy = merge(
        [
            DEFAULTS,
            *base(is_origin_allowed=in_database),
            *view(allowed_origins=[INHERITED], is_origin_allowed=in_cache),
            *action(allowed_origins=[INHERITED], is_origin_allowed=in_database),
        ]
    )
    assert policy.origin_tests == (in_database, in_cache)


def test_a_fault_names_the_place_of_the_origins_within_their_layer():
    place = Source("attribute", "Mixin")
    extending = Layer(
        policy=CorsPolicy(allowed_origins=[INHERITED, A], allow_headers=["x-a"]),
        source=Source("attribute", "View"),
        field_sources={"allowed_origins": place},
    )
    (fault,) = merge([DEFAULTS, *REFLECTING, extending]).faults
    assert fault.sources[-1] == place
