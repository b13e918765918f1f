"""A new field of a policy, and a new reason code, reach every place that has to know them.

Most modules read fields from `POLICY_FIELDS`, and reasons from `Reason`. The places that have to name them are listed
here. A test that fails prints the places that are missing.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

import pytest

from drf_cors.conf import DEFAULTS
from drf_cors.core.fields import POLICY_FIELDS, UNSET, Field, JsonMember
from drf_cors.core.merge import EffectivePolicy, merge
from drf_cors.core.policy import CorsPolicy, PolicyFields
from drf_cors.core.verdict import Reason
from drf_cors.explain.messages import ADVICE
from drf_cors.policy_json import policy_fields_to_json
from tests.docs.pages import PAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SCRIPTS: Final = ROOT / "drf_cors/static/drf_cors/swagger-ui"
POLICY_JS: Final = (SCRIPTS / "policy.js").read_text(encoding="utf-8")
WORDS_JS: Final = (SCRIPTS / "words.js").read_text(encoding="utf-8")

#: Fields that have another name once they are merged.
MERGED: Final = {"is_origin_allowed": "origin_tests"}

#: Members of the JSON object that the Swagger panel shows in the row of another one.
WITHOUT_ROW: Final = {"credentialedOrigins"}

#: Reason codes that the Swagger panel shows as another verdict than "blocked".
SHOWN_AS: Final = {"same-origin": "allowed"}


def js_list(name: str) -> list[str]:
    """Return the strings of a constant list in policy.js."""
    found = re.search(rf"const {name} = \[(.*?)\];", POLICY_JS)
    assert found is not None
    return re.findall(r'"(\w+)"', found[1])


def js_keys(group: str) -> list[str]:
    """Return the keys of a group of texts in words.js."""
    found = re.search(rf"\n  {group}: Object\.freeze\(\{{\n(.*?)\n  \}}\),", WORDS_JS, re.DOTALL)
    assert found is not None
    return re.findall(r'^    "?([\w-]+)"?:', found[1], re.MULTILINE)


def members(field: Field, kind: str) -> set[str]:
    return {member.name for member in field.json if member.kind == kind}


def has_default(field: Field) -> bool:
    return field.half == "who" or getattr(DEFAULTS.policy, field.name, UNSET) is not UNSET


def is_in_json(field: Field) -> bool:
    published = policy_fields_to_json(merge([DEFAULTS]), is_dynamic=False)
    return all(member.name in published for member in field.json)


def has_js_list(field: Field) -> bool:
    return members(field, "names") <= {*js_list("LISTS")}


def has_js_list_of_origins(field: Field) -> bool:
    return members(field, "origins") <= {*js_list("LISTS_OF_ORIGINS")}


def has_js_words(field: Field) -> bool:
    return {member.name for member in field.json} - WITHOUT_ROW <= {*js_keys("fields")}


def has_js_row(field: Field) -> bool:
    return all(re.search(rf"\b{member.name}\b", POLICY_JS) for member in field.json)


def is_documented(field: Field) -> bool:
    return field.name in PAGES["docs/reference/policy.md"].first_cells("## Fields")


def are_settings_documented(field: Field) -> bool:
    return {*field.settings} <= {*PAGES["docs/reference/settings.md"].first_cells("## All settings")}


def is_json_documented(field: Field) -> bool:
    documented = PAGES["docs/reference/openapi.md"].first_cells("## `x-cors-policy`")
    return {member.name for member in field.json} <= {*documented}


#: Place -> whether it knows a field. Each applies to a field of HOW with one list of names in JSON.
FIELD_PLACES: Final[Mapping[str, Callable[[Field], bool]]] = {
    "core/policy.py, PolicyFields": lambda field: field.name in PolicyFields.__annotations__,
    "core/policy.py, types of CorsPolicy": lambda field: field.name in CorsPolicy.__annotations__,
    "core/policy.py, docstring of CorsPolicy": lambda field: f"\n        {field.name}: " in f"{CorsPolicy.__doc__}",
    "core/merge.py, EffectivePolicy": (
        lambda field: MERGED.get(field.name, field.name) in EffectivePolicy.__annotations__
    ),
    "conf.py, DEFAULTS": has_default,
    "policy_json.py, policy_fields_to_json": is_in_json,
    "static, policy.js, LISTS": has_js_list,
    "static, policy.js, rows": has_js_row,
    "static, words.js, fields": has_js_words,
    "docs/reference/policy.md, Fields": is_documented,
    "docs/reference/settings.md, All settings": are_settings_documented,
    "docs/reference/openapi.md, x-cors-policy": is_json_documented,
}

#: The same for a field whose JSON is a list of origins.
ORIGIN_PLACES: Final[Mapping[str, Callable[[Field], bool]]] = {
    "static, policy.js, LISTS_OF_ORIGINS": has_js_list_of_origins,
}

#: Place -> the reason codes that it knows.
REASON_PLACES: Final[Mapping[str, Iterable[str]]] = {
    "explain/messages.py, ADVICE": [str(code) for code in ADVICE],
    "static, words.js, reasons": (*js_keys("reasons"), *js_keys("verdict")),
    "docs/reference/reason-codes.md, Codes": PAGES["docs/reference/reason-codes.md"].first_cells("## Codes"),
}


def places_without_field(field: Field) -> list[str]:
    places = {**FIELD_PLACES, **ORIGIN_PLACES}
    return [place for place, knows in places.items() if not knows(field)]


def places_without_reason(code: str) -> list[str]:
    missing = []
    for place, codes in REASON_PLACES.items():
        if code not in codes and SHOWN_AS.get(code, code) not in codes:
            missing.append(place)
    return missing


@pytest.mark.parametrize("field", POLICY_FIELDS, ids=lambda field: field.name)
def test_a_field_is_in_every_place(field: Field) -> None:
    assert places_without_field(field) == []


def test_a_field_that_is_only_in_the_table_is_missing_in_every_place() -> None:
    planted = dataclasses.replace(
        POLICY_FIELDS[-1], name="planted", settings=("CORS_PLANTED",), json=(JsonMember("planted", "names"),)
    )
    assert places_without_field(planted) == list(FIELD_PLACES)
    of_origins = dataclasses.replace(planted, json=(JsonMember("planted", "origins"),))
    assert {*places_without_field(of_origins)} > {*ORIGIN_PLACES}


def test_the_lists_of_the_swagger_panel_have_no_member_that_the_table_does_not_have() -> None:
    known = {member.name for field in POLICY_FIELDS for member in field.json}
    assert {*js_list("LISTS"), *js_list("LISTS_OF_ORIGINS"), *js_keys("fields")} <= known


@pytest.mark.parametrize("reason", Reason, ids=str)
def test_a_reason_code_is_in_every_place(reason: Reason) -> None:
    assert places_without_reason(str(reason)) == []


def test_a_reason_code_that_is_only_in_the_enumeration_is_missing_in_every_place() -> None:
    assert places_without_reason("planted") == list(REASON_PLACES)


def test_the_swagger_panel_has_no_reason_code_that_does_not_exist() -> None:
    assert {*js_keys("reasons")} <= {str(reason) for reason in Reason}
