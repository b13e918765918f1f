"""`explain`: the engine's verdict on a request that was never sent, and its words."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import path

from drf_cors import NO_CORS, cors
from drf_cors.core.verdict import CorsRequest, Reason
from drf_cors.explain.messages import ADVICE
from drf_cors.explain.predict import Destination, explain
from tests.tables import named_rows

SHOP = "https://shop.example"


def is_tenant(origin, request):
    raise NotImplementedError("an explanation asks nobody")


@cors(allowed_origins=[SHOP], allow_methods=["GET", "PUT"], allow_headers=["x-cart"])
def cart(request):
    raise NotImplementedError


@cors(NO_CORS)
def internal(request):
    raise NotImplementedError


@cors(is_origin_allowed=is_tenant)
def widget(request):
    raise NotImplementedError


def undeclared(request):
    raise NotImplementedError


class Urls:
    urlpatterns = [
        path("cart", cart),
        path("internal", internal),
        path("widget", widget),
        path("api/undeclared", undeclared),
        path("undeclared", undeclared),
    ]


@named_rows(
    "asked, reason, culprit, source",
    [
        ("an allowed request", {}, Reason.ALLOWED, "", "@cors on cart"),
        ("an allowed preflight", {"is_preflight": True}, Reason.ALLOWED, "", "@cors on cart"),
        ("no origin", {"origin": None}, Reason.NO_ORIGIN, "", "@cors on cart"),
        ("no preflight", {"origin": None, "is_preflight": True}, Reason.NO_ORIGIN, "", "@cors on cart"),
        ("null", {"origin": "null"}, Reason.ORIGIN_NULL, "", "@cors on cart"),
        ("no origin at all", {"origin": "shop"}, Reason.ORIGIN_MALFORMED, "", "@cors on cart"),
        ("a stranger", {"origin": "https://x.example"}, Reason.ORIGIN_NOT_ALLOWED, "", "@cors on cart"),
        ("a method", {"method": "DELETE"}, Reason.METHOD_NOT_ALLOWED, "DELETE", "@cors on cart"),
        (
            "a header",
            {"is_preflight": True, "headers": "x-cart,x-else"},
            Reason.HEADER_NOT_ALLOWED,
            "x-else",
            "@cors on cart",
        ),
        ("credentials", {"credentials": True}, Reason.CREDENTIALS_NOT_ALLOWED, "", "@cors on cart"),
        ("a closed view", {"path": "/internal"}, Reason.VIEW_DISABLED, "", "@cors on internal"),
        ("a callable", {"path": "/widget"}, Reason.DEPENDS, "", "@cors on widget"),
        ("outside", {"path": "/undeclared"}, Reason.URL_NOT_COVERED, "", "settings.CORS_URLS_REGEX"),
        ("not listed", {"path": "/api/undeclared"}, Reason.ORIGIN_NOT_ALLOWED, "", "settings.CORS_ALLOWED_ORIGINS"),
        (
            "credentials nobody mentioned",
            {"path": "/api/undeclared", "origin": "https://global.example", "credentials": True},
            Reason.CREDENTIALS_NOT_ALLOWED,
            "",
            "drf_cors.defaults",
        ),
    ],
)
@override_settings(ROOT_URLCONF=Urls, CORS_URLS_REGEX="^/api/", CORS_ALLOWED_ORIGINS=["https://global.example"])
def test_explain(asked, reason, culprit, source):
    request = {"method": "GET", "origin": SHOP, **asked}
    destination = Destination(path=request.pop("path", "/cart"))
    explanation = explain(CorsRequest(**request), destination)
    assert (explanation.reason, explanation.culprit, str(explanation.source)) == (reason, culprit, source)
    assert explanation.advice is ADVICE[reason]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason):
    assert str(ADVICE[reason].text).endswith(".")
    assert str(ADVICE[reason].next_step).endswith(".")
