"""`explain`: the engine's verdict on a request that was never sent, and its words."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import path

from drf_cors import NO_CORS, cors
from drf_cors.core.verdict import CorsRequest, Reason
from drf_cors.explain.messages import ADVICE
from drf_cors.explain.predict import Destination, explain

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


@pytest.mark.parametrize(
    ("asked", "reason", "culprit", "source"),
    [
        pytest.param({}, Reason.ALLOWED, "", "@cors on cart", id="an allowed request"),
        pytest.param({"is_preflight": True}, Reason.ALLOWED, "", "@cors on cart", id="an allowed preflight"),
        pytest.param({"origin": None}, Reason.NO_ORIGIN, "", "@cors on cart", id="no origin"),
        pytest.param({"origin": None, "is_preflight": True}, Reason.NO_ORIGIN, "", "@cors on cart", id="no preflight"),
        pytest.param({"origin": "null"}, Reason.ORIGIN_NULL, "", "@cors on cart", id="null"),
        pytest.param({"origin": "shop"}, Reason.ORIGIN_MALFORMED, "", "@cors on cart", id="no origin at all"),
        pytest.param({"origin": "https://x.example"}, Reason.ORIGIN_NOT_ALLOWED, "", "@cors on cart", id="a stranger"),
        pytest.param({"method": "DELETE"}, Reason.METHOD_NOT_ALLOWED, "DELETE", "@cors on cart", id="a method"),
        pytest.param(
            {"is_preflight": True, "headers": "x-cart,x-else"},
            Reason.HEADER_NOT_ALLOWED,
            "x-else",
            "@cors on cart",
            id="a header",
        ),
        pytest.param({"credentials": True}, Reason.CREDENTIALS_NOT_ALLOWED, "", "@cors on cart", id="credentials"),
        pytest.param({"path": "/internal"}, Reason.VIEW_DISABLED, "", "@cors on internal", id="a closed view"),
        pytest.param({"path": "/widget"}, Reason.DEPENDS, "", "@cors on widget", id="a callable"),
        pytest.param({"path": "/undeclared"}, Reason.URL_NOT_COVERED, "", "settings.CORS_URLS_REGEX", id="outside"),
        pytest.param(
            {"path": "/api/undeclared"}, Reason.ORIGIN_NOT_ALLOWED, "", "settings.CORS_ALLOWED_ORIGINS", id="not listed"
        ),
        pytest.param(
            {"path": "/api/undeclared", "origin": "https://global.example", "credentials": True},
            Reason.CREDENTIALS_NOT_ALLOWED,
            "",
            "drf_cors.defaults",
            id="credentials nobody mentioned",
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
