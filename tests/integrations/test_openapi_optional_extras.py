"""What `CORS_OPENAPI` adds to operations beside the extension, where it is asked for."""

from __future__ import annotations

import copy
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import openapi_spec_validator
import pytest
from django.urls import path, re_path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from drf_cors import NO_CORS, CorsPolicy, cors
from drf_cors.openapi.preflight_methods import METHODS_KEY
from tests.integrations.schema_site import KEY, Base, Site, Thing, at, origin
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"
EXPOSE = "Access-Control-Expose-Headers"
CALLER = "https://caller.example"

EVERYTHING = {"RESPONSE_HEADERS": True, "DESCRIPTION": True, "REDOC_BADGES": True, "SOURCES": False}


def anybody(origin: str, request: Any) -> bool:
    raise NotImplementedError


LIST = ["https://one.example", "https://*.shop.example", "http://localhost:*"]

#: Policy, then what is told: line with names, line without, badge, colour, headers with names.
TOLD: dict[str, tuple[CorsPolicy, str, str, str, str, dict[str, str]]] = {
    "nobody": (NO_CORS, "no other origin", "no other origin", "no CORS", "none", {}),
    "one": (at("one"), "https://one.example", "1 origin", "1 origin", "listed", {ALLOW_ORIGIN: origin("one")}),
    "three": (
        CorsPolicy(allowed_origins=LIST, allow_credentials=False, expose_headers=["X-Total", "Link"]),
        "3 origins",
        "3 origins",
        "3 origins",
        "listed",
        {ALLOW_ORIGIN: origin("one"), EXPOSE: "X-Total, Link"},
    ),
    "any": (
        CorsPolicy(allow_all_origins=True, expose_headers=["*"]),
        "any origin",
        "any origin",
        "any origin",
        "any",
        {ALLOW_ORIGIN: "*", EXPOSE: "*"},
    ),
    "credentials": (
        at("one", allow_credentials=True),
        "https://one.example, with credentials (cookies)",
        "1 origin, with credentials (cookies)",
        "1 origin + cookies",
        "listed",
        {ALLOW_ORIGIN: origin("one"), CREDENTIALS: "true"},
    ),
    "credentials for some": (
        CorsPolicy(allowed_origins=[*LIST, "https://two.example"], allow_credentials=["https://*.shop.example"]),
        "4 origins, with credentials (cookies) from 1 of them",
        "4 origins, with credentials (cookies) from 1 of them",
        "4 origins + cookies",
        "listed",
        {ALLOW_ORIGIN: "https://app.shop.example", CREDENTIALS: "true"},
    ),
    "any, credentials for one": (
        CorsPolicy(allow_all_origins=True, allow_credentials=["https://one.example"]),
        "any origin, with credentials (cookies) from 1 of them",
        "any origin, with credentials (cookies) from 1 of them",
        "any origin + cookies",
        "any",
        {ALLOW_ORIGIN: origin("one"), CREDENTIALS: "true"},
    ),
    "pattern": (
        CorsPolicy(allowed_origins=["http://localhost:*"]),
        "http://localhost:*",
        "1 origin",
        "1 origin",
        "listed",
        {ALLOW_ORIGIN: "http://localhost"},
    ),
    "regular expression": (
        CorsPolicy(allowed_origin_regexes=["https://x"]),
        "by regular expression",
        "by regular expression",
        "by pattern",
        "listed",
        {ALLOW_ORIGIN: CALLER},
    ),
    "callable": (
        CorsPolicy(is_origin_allowed=anybody, allow_credentials=True),
        "decided per request, with credentials (cookies)",
        "decided per request, with credentials (cookies)",
        "dynamic + cookies",
        "dynamic",
        {ALLOW_ORIGIN: CALLER, CREDENTIALS: "true"},
    ),
    "null": (
        CorsPolicy(allowed_origins=["null"]),
        "null",
        "1 origin",
        "1 origin",
        "listed",
        {ALLOW_ORIGIN: "null"},
    ),
    "null is no good example": (
        CorsPolicy(allowed_origins=["null", "https://one.example"]),
        "2 origins",
        "2 origins",
        "2 origins",
        "listed",
        {ALLOW_ORIGIN: origin("one")},
    ),
    "other methods only": (
        at("one", allow_methods=["POST"]),
        "no other origin",
        "no other origin",
        "no CORS",
        "none",
        {},
    ),
}
cases = pytest.mark.parametrize("case", TOLD)


def operation_of(site: Site, policy: CorsPolicy, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An operation under a policy, and the components of its schema."""
    site.settings.CORS_OPENAPI = options
    site.serve(path("things/", Base.as_view(cors_policy=policy)))
    made = site.generate()
    return made["paths"]["/things/"]["get"], made["components"]


def documented(operation: dict[str, Any], components: dict[str, Any], status: str = "200") -> dict[str, str]:
    """The headers of a response, with their examples."""
    found = {}
    for name, reference in operation["responses"][status].get("headers", {}).items():
        assert list(reference) == ["$ref"]
        header = components["headers"][reference["$ref"].removeprefix("#/components/headers/")]
        assert header["schema"]["type"] == "string"
        assert header["description"]
        found[name] = header["example"]
    return found


@cases
@pytest.mark.parametrize("detail", ["full", "summary"])
def test_line(site: Site, case: str, detail: str) -> None:
    policy, with_names, without, *_ = TOLD[case]
    operation, _ = operation_of(site, policy, DETAIL=detail, DESCRIPTION=True)
    assert operation["description"] == f"CORS: {with_names if detail == 'full' else without}."


@cases
@pytest.mark.parametrize("detail", ["full", "summary"])
def test_badge(site: Site, case: str, detail: str) -> None:
    from drf_cors.openapi.optional_extras import COLOURS

    policy, _, _, words, colour, _ = TOLD[case]
    operation, _ = operation_of(site, policy, DETAIL=detail, REDOC_BADGES=True)
    name = words.replace(" ", "\xa0")
    assert operation["x-badges"] == [{"name": name, "label": name, "color": COLOURS[colour]}]


@cases
def test_headers(site: Site, case: str) -> None:
    policy, *_, headers = TOLD[case]
    assert documented(*operation_of(site, policy, DETAIL="full", RESPONSE_HEADERS=True)) == headers


@cases
def test_headers_name_no_origin_in_a_summary(site: Site, case: str) -> None:
    policy, *_, headers = TOLD[case]
    expected = dict(headers)
    if expected.get(ALLOW_ORIGIN, "*") != "*":
        expected[ALLOW_ORIGIN] = CALLER
    operation, components = operation_of(site, policy, DETAIL="summary", RESPONSE_HEADERS=True)
    assert documented(operation, components) == expected
    text = json.dumps([operation, components]).replace("caller.example", "")
    assert not re.search(r"\.example|localhost", text)


def test_any_origin_with_credentials_of_the_settings_is_an_echo(site: Site) -> None:
    site.settings.CORS_ALLOWED_ORIGINS = []
    site.settings.CORS_ALLOW_ALL_ORIGINS = site.settings.CORS_ALLOW_CREDENTIALS = True
    site.settings.CORS_OPENAPI = EVERYTHING
    site.serve(path("things/", Base.as_view()))
    made = site.generate()
    operation = made["paths"]["/things/"]["get"]
    assert documented(operation, made["components"]) == {ALLOW_ORIGIN: CALLER, CREDENTIALS: "true"}
    assert operation["x-badges"][0]["name"] == "any\xa0origin\xa0+\xa0cookies"


#: Of Redoc 3.0, in its light theme: the text of a badge, then the variables that we use.
REDOC_3_LIGHT = {
    "text": "#3b3c45",
    "--color-warm-grey-2": "#ededf2",
    "--color-orange-2": "#ffead2",
    "--color-blue-2": "#d9ebfc",
    "--color-purple-2": "#e6e1fe",
}


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it: 1 to 21."""
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("kind", ["none", "any", "listed", "dynamic"])
def test_badges_are_readable(kind: str) -> None:
    """The text of Redoc 2 and Redoc 3 has the contrast that WCAG 2 asks for. tests/browsers measures the pages."""
    from drf_cors.openapi.optional_extras import COLOURS

    found = re.fullmatch(r"var\((--[a-z0-9-]+), (#[0-9a-f]{6})\)", COLOURS[kind])
    assert found is not None
    variable, fallback = found.groups()
    assert contrast("#ffffff", fallback) >= 4.5
    assert contrast(REDOC_3_LIGHT["text"], REDOC_3_LIGHT[variable]) >= 4.5


# What the project has is kept

BY_HAND = {
    "operationId": "by_hand",
    "description": "Written by hand.",
    "x-badges": [{"name": "beta"}],
    "responses": {
        "200": {"description": "ok", "headers": {"X-Own": {"schema": {"type": "string"}}}},
        "404": {"$ref": "#/components/responses/Missing"},
        "default": {"description": "all else"},
    },
}


class ByHand(Base):
    cors_policy = at("by-hand")

    @extend_schema(operation=BY_HAND)
    def get(self, request: Any, **kwargs: Any) -> None: ...


class WithoutResponses(Base):
    @extend_schema(operation={"operationId": "short", "x-badges": "not a list"})
    def get(self, request: Any, **kwargs: Any) -> None: ...


class Documented(Base):
    cors_policy = at("documented")

    @extend_schema(
        description="As documented.",
        responses={200: Thing, 404: None, (200, "text/csv"): str},
        parameters=[OpenApiParameter("X-Total", int, OpenApiParameter.HEADER, response=[200])],
    )
    def get(self, request: Any, **kwargs: Any) -> None: ...


def test_what_the_project_has_is_kept(site: Site) -> None:
    site.settings.CORS_OPENAPI = EVERYTHING
    site.serve(
        path("by-hand/", ByHand.as_view()), path("short/", WithoutResponses.as_view()), path("d/", Documented.as_view())
    )
    before = copy.deepcopy(BY_HAND)
    made = site.generate()
    assert before == BY_HAND

    by_hand = made["paths"]["/by-hand/"]["get"]
    assert by_hand["description"] == "Written by hand.\n\nCORS: https://by-hand.example."
    assert [badge["name"] for badge in by_hand["x-badges"]] == ["beta", "1\xa0origin"]
    responses = by_hand["responses"]
    assert list(responses["200"]["headers"]) == ["X-Own", ALLOW_ORIGIN]
    assert responses["404"] == BY_HAND["responses"]["404"]
    assert documented(by_hand, made["components"], "default") == {ALLOW_ORIGIN: origin("by-hand")}

    short = made["paths"]["/short/"]["get"]
    assert "responses" not in short
    assert [badge["name"] for badge in short["x-badges"]] == ["1\xa0origin"]

    own = made["paths"]["/d/"]["get"]
    assert own["description"] == "As documented.\n\nCORS: https://documented.example."
    assert set(own["responses"]["200"]["headers"]) == {"X-Total", ALLOW_ORIGIN}
    assert documented(own, made["components"], "404").keys() == {ALLOW_ORIGIN}


class Choices(serializers.Serializer):
    colour = serializers.ChoiceField(choices=["red", "green"])


@named_rows(
    "hooks",
    {
        "no hooks": [],
        "enums": ["drf_spectacular.hooks.postprocess_schema_enums"],
    },
)
def test_hooks_keep_the_components(site: Site, hooks: list[str]) -> None:
    """The hook for enums builds all components anew, from the registry."""
    site.settings.CORS_OPENAPI = EVERYTHING
    site.serve(path("things/", Base.as_view(cors_policy=at("one"), serializer_class=Choices)))
    made = site.generate(custom={"POSTPROCESSING_HOOKS": hooks})
    assert documented(made["paths"]["/things/"]["get"], made["components"]) == {ALLOW_ORIGIN: origin("one")}
    assert ("ColourEnum" in made["components"]["schemas"]) == bool(hooks)


def test_one_component_for_equal_headers(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.settings.CORS_OPENAPI = {"RESPONSE_HEADERS": True}
    site.serve(
        *(path(f"{name}/{number}/", Base.as_view(cors_policy=at(name))) for name in ("a", "b") for number in (1, 2))
    )
    assert list(site.generate()["components"]["headers"]) == [
        f"{ALLOW_ORIGIN}_https_a.example",
        f"{ALLOW_ORIGIN}_https_b.example",
    ]
    assert capsys.readouterr().err == ""


def test_texts_follow_the_language(site: Site) -> None:
    from django.utils import translation

    with translation.override("de"):
        operation, _ = operation_of(site, at("one"), DESCRIPTION=True)
    assert operation["description"].startswith("CORS: ")


# Off unless asked for


@pytest.mark.parametrize("options", [{}, dict.fromkeys(("RESPONSE_HEADERS", "DESCRIPTION", "REDOC_BADGES"), False)])
def test_off_unless_asked_for(site: Site, options: dict[str, bool]) -> None:
    operation, components = operation_of(site, at("one"), **options)
    assert set(operation) == {"operationId", "tags", "security", "responses", KEY, METHODS_KEY}
    assert "headers" not in components
    assert "headers" not in operation["responses"]["200"]


def test_nothing_is_told_where_detail_is_off(site: Site) -> None:
    off = operation_of(site, at("one"), **{**EVERYTHING, "DETAIL": "off"})
    plain = operation_of(site, at("one"))
    assert {**off[0], KEY: plain[0][KEY], METHODS_KEY: ["GET", "OPTIONS"]} == plain[0]
    assert off[1] == plain[1]


# Valid


def every_kind(site: Site) -> None:
    views = [Base.as_view(cors_policy=policy) for policy, *_ in TOLD.values()]
    site.serve(
        path("d/", Documented.as_view()),
        re_path(r"^regex/(?P<pk>[0-9]+)/$", cors(NO_CORS)(Base.as_view())),
        *(path(f"things/{number}/", view) for number, view in enumerate(views)),
    )


def versions() -> list[str]:
    """Every version of OpenAPI that the installed drf-spectacular can check, with the patch releases there are."""
    offered = {found.name for found in files("drf_spectacular.validation").iterdir()}
    released = {"3_0": ["3.0.0", "3.0.3", "3.0.4"], "3_1": ["3.1.0", "3.1.1"], "3_2": ["3.2.0"]}
    return [
        version for minor, all_of in released.items() for version in all_of if f"openapi_{minor}_schema.json" in offered
    ]


def has_oracle(version: str) -> bool:
    return hasattr(openapi_spec_validator, f"OpenAPIV{version[0]}{version[2]}SpecValidator")


@pytest.mark.parametrize("detail", ["full", "summary"])
@pytest.mark.parametrize("version", list(filter(has_oracle, versions())))
def test_valid_in_every_version_of_openapi(
    site: Site, version: str, detail: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from drf_spectacular.validation import validate_schema

    site.settings.CORS_OPENAPI = {**EVERYTHING, "SOURCES": True, "DETAIL": detail}
    every_kind(site)
    made = site.generate(custom={"OAS_VERSION": version})
    assert made["openapi"] == version
    openapi_spec_validator.validate(made)
    validate_schema(made)
    assert capsys.readouterr().err == ""
    assert all(operation["x-badges"] for item in made["paths"].values() for operation in item.values())


def test_two_versions_are_offered_at_least() -> None:
    assert {"3.0.3", "3.1.0"} <= set(versions())
    assert all(map(has_oracle, ("3.0.3", "3.1.0")))


def test_components_have_names_that_openapi_permits(site: Site) -> None:
    site.settings.CORS_OPENAPI = EVERYTHING
    every_kind(site)
    headers: Mapping[str, Any] = site.generate()["components"]["headers"]
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]+", name) for name in headers)
    assert len({json.dumps(header) for header in headers.values()}) == len(headers)
