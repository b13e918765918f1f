"""Every way to declare a policy has the same effect on the wire, over WSGI and ASGI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from tests.web.conftest import CORS_ONLY, SHOP, STRANGER, wire
from tests.web.urls import VIEW_POLICIES
from tests.web.views import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Visitor


@dataclass(frozen=True)
class Case:
    """One declaration.

    Attributes:
        path: Where it is served.
        method: What it is declared for.
        methods: The Allow-Methods of a preflight for that method.
        status: Of an actual request.
        vary: What the view itself varies on.
        is_one_of_several: Whether other methods of the URL are under other policies.
        max_age: "0" where a cached answer would overstep the policy of another method.
    """

    path: str
    method: str = "GET"
    methods: str = "GET"
    status: int = 200
    vary: str = ""
    is_one_of_several: bool = False
    max_age: str = "60"


ANY = "GET, POST, DELETE"  # of a function view nobody can tell the methods

CASES = [
    Case("attribute", vary="Accept"),
    Case("attribute-by-name", vary="Accept"),
    Case("attribute-of-parent", vary="Accept"),
    Case("attribute-of-page"),
    Case("attribute-of-records", vary="Accept"),
    Case("attribute-of-async-page"),
    Case("action-map", vary="Accept", is_one_of_several=True),
    Case("action-map-by-name", vary="Accept", is_one_of_several=True),
    Case("function", methods=ANY),
    Case("async-function", methods=ANY),
    Case("function-by-fields", methods=ANY),
    Case("above-api-view", vary="Accept"),
    Case("below-api-view", vary="Accept"),
    Case("marked-api", vary="Accept"),
    Case("marked-page"),
    Case("marked-template"),
    Case("marked-records", vary="Accept"),
    Case("marked-async-page"),
    Case("marked-handler", vary="Accept", is_one_of_several=True),
    Case("marked-handler-beside-another", vary="Accept", is_one_of_several=True, max_age="0"),
    Case("marked-handler-of-page", is_one_of_several=True),
    Case("marked-handler-of-async-page", is_one_of_several=True),
    Case("inherited-handler", vary="Accept", is_one_of_several=True),
    Case("inherited-handler-of-page", is_one_of_several=True),
    Case("api-by-dispatch", vary="Accept"),
    Case("page-by-dispatch"),
    Case("api-by-get", vary="Accept", is_one_of_several=True),
    Case("page-by-get", is_one_of_several=True),
    Case("keyword-of-records", vary="Accept"),
    Case("keyword-of-records-by-name", vary="Accept"),
    Case("keyword-of-api", vary="Accept"),
    Case("keyword-of-page"),
    Case("around-api", vary="Accept"),
    Case("around-page"),
    Case("around-records", vary="Accept"),
    Case("around-async-page"),
    Case("around-function", methods=ANY),
    Case("around-async-function", methods=ANY),
    Case("around-api-view", vary="Accept"),
    Case("around-third-party", methods="GET, HEAD, POST, DELETE", status=302),
    Case("by-url-name", vary="Accept"),
    Case("namespaced/by-full-name", vary="Accept"),
    Case("starred/by-namespace"),
    Case("by-dotted-class", vary="Accept"),
    Case("by-dotted-function", methods=ANY),
    Case("by-dotted-api-view", vary="Accept"),
    Case("by-dotted-callback", "POST", "POST", status=400),
    Case("actions/above/", vary="Accept", is_one_of_several=True),
    Case("actions/below/", vary="Accept", is_one_of_several=True),
    Case("actions/keyword/", vary="Accept", is_one_of_several=True),
    Case("actions/keyword_by_name/", vary="Accept", is_one_of_several=True),
    Case("actions/followed/", "GET", "GET, DELETE", vary="Accept", is_one_of_several=True),
    Case("actions/followed/", "DELETE", "GET, DELETE", vary="Accept", is_one_of_several=True),
    Case("actions/keyword_followed/", "GET", "GET, DELETE", vary="Accept", is_one_of_several=True),
    Case("actions/mapped/", "GET", "GET, DELETE", vary="Accept", is_one_of_several=True),
    Case("actions/keyword_followed/", "DELETE", "GET, DELETE", vary="Accept", is_one_of_several=True),
    Case("actions/mapped/", "DELETE", "GET, DELETE", vary="Accept", is_one_of_several=True),
    Case("actions/left_alone/", "DELETE", "DELETE", vary="Accept", is_one_of_several=True, max_age="0"),
    Case("actions/left_alone_too/", "DELETE", "DELETE", vary="Accept", is_one_of_several=True, max_age="0"),
    Case("actions/shut/", "DELETE", "DELETE", vary="Accept", is_one_of_several=True, max_age="0"),
]

UNDECLARED = [
    ("bare-api", "GET", "Accept"),
    ("bare-page", "GET", ""),
    ("bare-async-page", "GET", ""),
    ("bare-records", "GET", "Accept"),
    ("bare-mixed-api", "GET", "Accept"),
    ("bare-function", "GET", ""),
    ("bare-async-function", "GET", ""),
    ("bare-api-view", "GET", "Accept"),
    ("bare-redirect", "GET", ""),
    ("actions/", "GET", "Accept"),
    ("actions/left_alone/", "GET", "Accept"),
    ("actions/left_alone_too/", "GET", "Accept"),
    ("actions/shut/", "GET", "Accept"),
    ("marked-handler-beside-another", "POST", "Accept"),
]


@pytest.fixture(scope="module", autouse=True)
def site() -> Iterator[None]:
    with override_settings(
        ROOT_URLCONF="tests.web.urls",
        MIDDLEWARE=CORS_ONLY,
        CORS_POLICIES={"shop": OPEN},
        CORS_VIEW_POLICIES=VIEW_POLICIES,
    ):
        yield


def merged(*vary: str) -> str:
    return ", ".join(filter(None, vary))


def name(case: Case) -> str:
    return f"{case.method} {case.path}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_preflight_is_answered_with_what_was_declared(case: Case, visitor: Visitor) -> None:
    response = visitor.preflight(f"/{case.path}", case.method, asks="x-asked")

    assert response.status_code == 200
    assert response.content == b""
    assert wire(response) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": case.methods,
        "Access-Control-Allow-Headers": "x-asked",
        "Access-Control-Max-Age": case.max_age,
        "Vary": merged("origin", "access-control-request-method" if case.is_one_of_several else ""),
    }


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_request_is_answered_with_what_was_declared(case: Case, visitor: Visitor) -> None:
    response = visitor.send(case.method, f"/{case.path}")

    assert response.status_code == case.status
    assert wire(response) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "x-told",
        "Vary": merged(case.vary, "origin"),
    }


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_stranger_gets_nothing_but_vary(case: Case, visitor: Visitor) -> None:
    preflight = visitor.preflight(f"/{case.path}", case.method, origin=STRANGER)
    response = visitor.send(case.method, f"/{case.path}", origin=STRANGER)

    assert wire(preflight) == {
        "Vary": merged("origin", "access-control-request-method" if case.is_one_of_several else "")
    }
    assert response.status_code == case.status
    assert wire(response) == {"Vary": merged(case.vary, "origin")}


@pytest.mark.parametrize(("path", "method", "vary"), UNDECLARED, ids=lambda value: value or "-")
def test_nothing_leaks_to_a_view_that_declares_nothing(path: str, method: str, vary: str, visitor: Visitor) -> None:
    preflight = visitor.preflight(f"/{path}", method)
    response = visitor.send(method, f"/{path}")

    assert preflight.status_code == 200
    assert not [header for header in wire(preflight) if header != "Vary"]
    assert wire(response) == {"Vary": merged(vary, "origin")}
