"""Whole visits, through the model browser: cookies, CSRF tokens, tenants, and both front ends' lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from drf_cors.testing import Browser, CorsBlocked
from example_api.origins import SHOP_FRONT, STRANGER
from example_api.shop.models import Tenant, TenantOrigin

if TYPE_CHECKING:
    from tests.example.conftest import Send

FRONT_ENDS = Path(__file__).parents[2] / "example_api" / "front_ends"
LOGIN = {"username": "ada", "password": "ada-password"}
NEW_SITE = "https://new.acme.example"


def test_customer_logs_in_orders_and_logs_out(shop: None) -> None:
    browser = Browser(SHOP_FRONT, client=Client(enforce_csrf_checks=True))
    here: dict[str, Any] = {"credentials": "include"}
    token = browser.fetch("/api/session/", method="POST", json=LOGIN, **here).json()["csrf_token"]

    without = browser.fetch("/api/orders/", method="POST", json={"product": 1}, **here)
    assert (without.status, without.json()["detail"]) == (403, "CSRF Failed: CSRF token missing.")
    csrf = {"X-CSRFToken": token}
    placed = browser.fetch("/api/orders/", method="POST", headers=csrf, json={"product": 1}, **here)
    assert placed.status == 201

    orders = browser.fetch("/api/orders/", **here)
    assert orders.headers["x-total-count"] == "4"
    assert "allow" not in orders.headers

    assert browser.fetch("/api/session/", method="DELETE", headers=csrf, **here).status == 204
    assert browser.fetch("/api/orders/", **here).status == 401


def test_stranger_reads_nothing_of_a_customer_who_is_logged_in(shop: None) -> None:
    client = Client()
    client.login(**LOGIN)
    with pytest.raises(CorsBlocked):
        Browser(STRANGER, client=client).fetch("/api/orders/", credentials="include")


def test_new_origin_of_a_tenant_counts_at_once(send: Send) -> None:
    def allowed() -> bool:
        return "Access-Control-Allow-Origin" in send("GET", "/api/widgets/acme/", {"Origin": NEW_SITE})

    assert not allowed()
    row = TenantOrigin.objects.create(tenant=Tenant.objects.get(slug="acme"), origin=NEW_SITE)
    assert allowed()
    row.delete()
    assert not allowed()


def test_origins_of_a_tenant_are_asked_of_the_database_once(send: Send, django_assert_num_queries: Any) -> None:
    headers = {"Origin": SHOP_FRONT, "Access-Control-Request-Method": "POST"}
    with django_assert_num_queries(1):
        send("OPTIONS", "/api/widgets/acme/", headers)
        send("OPTIONS", "/api/widgets/acme/", headers)


def test_preflights_need_no_database(send: Send, django_assert_num_queries: Any) -> None:
    headers = {"Origin": SHOP_FRONT, "Access-Control-Request-Method": "PATCH"}
    with django_assert_num_queries(0):
        send("OPTIONS", "/api/profile/", headers)


@pytest.mark.parametrize(("name", "origin"), [("shop", SHOP_FRONT), ("stranger", STRANGER)])
def test_front_end_sees_what_it_expects(shop: None, name: str, origin: str) -> None:
    groups = json.loads((FRONT_ENDS / "requests.json").read_text())
    expected = json.loads((FRONT_ENDS / name / "expected.json").read_text())
    requests = [request for group in groups for request in group["requests"]]
    assert [request["id"] for request in requests] == list(expected)

    browser = Browser(origin, client=Client(enforce_csrf_checks=True))
    token = ""
    for request in requests:
        wanted = expected[request["id"]]
        headers = {
            **request.get("headers", {}),
            **({"X-CSRFToken": token} if request.get("csrf") and token else {}),
        }
        try:
            answer = browser.fetch(
                request["path"],
                method=request["method"],
                headers=headers,
                json=request.get("json"),
                credentials="include" if request.get("credentials") else "omit",
            )
        except CorsBlocked:
            assert wanted["outcome"] == "blocked", request
            continue
        assert wanted["outcome"] == "allowed", request
        assert answer.status in wanted["status"], (request, answer.status)
        readable = {name: name in answer.headers for name in request.get("reads", [])}
        assert readable == wanted.get("reads", {}), request
        if request["path"] == "/api/session/" and request["method"] != "DELETE":
            token = answer.json()["csrf_token"]
