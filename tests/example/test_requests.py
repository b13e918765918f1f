"""What each endpoint sends with its actual answers: all of its CORS headers, and what they vary on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.contrib.auth.models import User

from example_api.origins import BACK_OFFICE, GLOBEX, PARTNER, SHOP_FRONT, STRANGER
from example_api.shop.management.commands.seed import password_of, token_of
from tests.tables import named_rows

if TYPE_CHECKING:
    from tests.example.conftest import Send

ORIGIN = {"origin"}
COOKIE = {"cookie"}
HIDDEN: dict[str, str] = {}
ANYONE = {"access-control-allow-origin": "*", "access-control-expose-headers": "X-Request-Id"}
ORDERS_EXPOSE = "X-Request-Id, X-Total-Count, Link"
REVIEW = {"product": 1, "stars": 4}
ORDER = {"product": 2, "quantity": 3}


def shown(origin: str, *, exposes: str = "X-Request-Id", credentials: bool = False) -> dict[str, str]:
    """The headers of an answer that this origin may read, and no others."""
    return {
        "access-control-allow-origin": origin,
        **({"access-control-allow-credentials": "true"} if credentials else {}),
        "access-control-expose-headers": exposes,
    }


class Row(NamedTuple):
    """One kind of request, who may read its answer, and the whole of what is said about it.

    Attributes:
        who: The name of the user whose cookies it carries.
        vary: Of the answer, whoever asks; only what answers anyone does not vary on the origin.
    """

    sentence: str
    who: str
    origin: str
    method: str
    path: str
    body: Any
    status: int
    answer: dict[str, str]
    vary: set[str]


LISTED = [
    Row("the back office adds", "grace", BACK_OFFICE, "POST", "/api/catalogue/",
        {"name": "Pot", "price": "1.00"},
        201, shown(BACK_OFFICE, credentials=True), ORIGIN | COOKIE),
    Row("an invalid product", "grace", BACK_OFFICE, "POST", "/api/catalogue/", {"name": "", "price": "1.00"},
        400, shown(BACK_OFFICE, credentials=True), ORIGIN | COOKIE),
    Row("a customer in the back office", "ada", BACK_OFFICE, "POST", "/api/catalogue/", {},
        403, shown(BACK_OFFICE, credentials=True), ORIGIN | COOKIE),
    Row("a product goes", "grace", BACK_OFFICE, "PATCH", "/api/catalogue/1/", {"price": "2.00"},
        200, shown(BACK_OFFICE, credentials=True), ORIGIN | COOKIE),
    Row("the customer's orders", "ada", SHOP_FRONT, "GET", "/api/orders/", None,
        200, shown(SHOP_FRONT, exposes=ORDERS_EXPOSE, credentials=True), ORIGIN | COOKIE),
    Row("HEAD follows GET", "ada", SHOP_FRONT, "HEAD", "/api/orders/", None,
        200, shown(SHOP_FRONT, exposes=ORDERS_EXPOSE, credentials=True), ORIGIN | COOKIE),
    Row("orders of nobody", "", SHOP_FRONT, "GET", "/api/orders/", None,
        401, shown(SHOP_FRONT, exposes=ORDERS_EXPOSE, credentials=True), ORIGIN | COOKIE),
    Row("another customer's order", "ada", SHOP_FRONT, "GET", "/api/orders/4/", None,
        404, shown(SHOP_FRONT, exposes=ORDERS_EXPOSE, credentials=True), ORIGIN | COOKIE),
    Row("a new order", "ada", SHOP_FRONT, "POST", "/api/orders/", ORDER,
        201, shown(SHOP_FRONT, exposes=ORDERS_EXPOSE, credentials=True), ORIGIN | COOKIE),
    Row("a method that is not there", "ada", SHOP_FRONT, "PUT", "/api/orders/", ORDER,
        405, shown(SHOP_FRONT, exposes=ORDERS_EXPOSE, credentials=True), ORIGIN | COOKIE),
    Row("a cancellation", "ada", PARTNER, "POST", "/api/orders/1/cancel/", {},
        200, shown(PARTNER, exposes=ORDERS_EXPOSE), ORIGIN | COOKIE),
    Row("a receipt", "ada", SHOP_FRONT, "GET", "/api/orders/1/receipt/", None, 200,
        shown(SHOP_FRONT, exposes=f"{ORDERS_EXPOSE}, Content-Disposition", credentials=True),
        ORIGIN | COOKIE),
    Row("a receipt goes", "ada", SHOP_FRONT, "DELETE", "/api/orders/1/receipt/", None, 204,
        shown(SHOP_FRONT, exposes=f"{ORDERS_EXPOSE}, Content-Disposition", credentials=True),
        ORIGIN | COOKIE),
    Row("a widget", "", SHOP_FRONT, "GET", "/api/widgets/acme/", None, 200, shown(SHOP_FRONT), ORIGIN),
    Row("an event", "", SHOP_FRONT, "POST", "/api/widgets/acme/", {"name": "opened"},
        201, shown(SHOP_FRONT), ORIGIN),
    Row("the other widget", "", GLOBEX, "GET", "/api/widgets/globex/", None, 200, shown(GLOBEX), ORIGIN),
    Row("a search", "", SHOP_FRONT, "GET", "/api/search/?q=tea", None,
        200, shown(SHOP_FRONT, exposes="X-Result-Count"), ORIGIN),
    Row("a token", "", SHOP_FRONT, "POST", "/api/token/", {"username": "ada", "password": password_of("ada")},
        200, shown(SHOP_FRONT), ORIGIN | COOKIE),
    Row("a wrong password", "", SHOP_FRONT, "POST", "/api/token/", {"username": "ada", "password": "?"},
        400, shown(SHOP_FRONT), ORIGIN | COOKIE),
    Row("the login page", "", SHOP_FRONT, "GET", "/api/sso/", None, 200, shown(SHOP_FRONT), ORIGIN | COOKIE),
    Row("a subscription", "", SHOP_FRONT, "POST", "/api/newsletter/", {"email": "eve@mail.example"},
        201, shown(SHOP_FRONT, exposes="Retry-After"), ORIGIN),
    Row("the reviews", "", SHOP_FRONT, "GET", "/api/reviews/", None, 200, shown(SHOP_FRONT), ORIGIN),
    Row("a review without a token", "", SHOP_FRONT, "POST", "/api/reviews/", REVIEW,
        403, shown(SHOP_FRONT), ORIGIN),
    Row("the profile", "ada", SHOP_FRONT, "GET", "/api/profile/", None,
        200, shown(SHOP_FRONT, credentials=True), ORIGIN | COOKIE),
    Row("a new name", "ada", SHOP_FRONT, "PATCH", "/api/profile/", {"first_name": "Augusta"},
        200, shown(SHOP_FRONT, credentials=True), ORIGIN | COOKIE),
    Row("the session", "ada", SHOP_FRONT, "GET", "/api/session/", None,
        200, shown(SHOP_FRONT, credentials=True), ORIGIN | COOKIE),
    Row("a missing page", "", SHOP_FRONT, "GET", "/api/nothing/", None,
        404, shown(SHOP_FRONT, credentials=True), ORIGIN),
    Row("the schema", "", SHOP_FRONT, "GET", "/api/schema/", None,
        200, shown(SHOP_FRONT, credentials=True), ORIGIN | COOKIE | {"accept", "authorization"}),
    Row("a missing slash", "", SHOP_FRONT, "GET", "/api/profile", None,
        301, shown(SHOP_FRONT, credentials=True), ORIGIN),
]  # fmt: skip

OPEN = [
    Row("the catalogue", "", STRANGER, "GET", "/api/catalogue/", None, 200, ANYONE, COOKIE),
    Row("no such product", "", STRANGER, "GET", "/api/catalogue/99/", None, 404, ANYONE, COOKIE),
    Row("the status", "", STRANGER, "GET", "/api/status/", None, 200, ANYONE, set()),
    Row("the badge", "", STRANGER, "GET", "/badge.svg", None, 200, ANYONE, set()),
]  # fmt: skip

HIDDEN_FROM_ALL = [
    Row("an order goes", "ada", SHOP_FRONT, "DELETE", "/api/orders/1/", None, 204, HIDDEN, ORIGIN | COOKIE),
    Row("the report", "grace", SHOP_FRONT, "GET", "/api/internal/report/", None,
        200, HIDDEN, ORIGIN | COOKIE),
    Row("the health check", "", SHOP_FRONT, "GET", "/healthz/", None, 200, HIDDEN, set()),
    Row("the way to the docs", "", SHOP_FRONT, "GET", "/", None, 302, HIDDEN, set()),
]  # fmt: skip


def ask(send: Send, row: Row, origin: str | None) -> tuple[int, dict[str, str], set[str]]:
    if row.who:
        send.client.force_login(User.objects.get(username=row.who))
    headers = {} if origin is None else {"Origin": origin}
    response = send(row.method, row.path, headers, "" if row.body is None else json.dumps(row.body))
    cors = {name.lower(): value for name, value in response.items() if name.lower().startswith("access-control-")}
    vary = {name.strip().lower() for name in response.get("Vary", "").split(",") if name}
    return response.status_code, cors, vary


def names(row: object) -> str | None:
    return row.sentence if isinstance(row, Row) else None


@pytest.mark.parametrize("row", [*LISTED, *OPEN, *HIDDEN_FROM_ALL], ids=names)
def test_answer_carries_these_headers_and_no_others(send: Send, row: Row) -> None:
    assert ask(send, row, row.origin) == (row.status, row.answer, row.vary)


@named_rows("origin", {"stranger": STRANGER, "null": "null", "none": None})
@pytest.mark.parametrize("row", LISTED, ids=names)
def test_answer_is_hidden_from_everyone_else(send: Send, row: Row, origin: str | None) -> None:
    # The request is served all the same: CORS is no firewall.
    assert ask(send, row, origin) == (row.status, {}, row.vary)


@named_rows("origin", {"shop": SHOP_FRONT, "null": "null", "none": None})
@pytest.mark.parametrize("row", OPEN, ids=names)
def test_open_answer_is_the_same_for_everyone(send: Send, row: Row, origin: str | None) -> None:
    assert ask(send, row, origin) == (row.status, row.answer, row.vary)


@pytest.mark.parametrize("row", HIDDEN_FROM_ALL, ids=names)
def test_api_itself_is_not_kept_from_its_own_answers(send: Send, row: Row) -> None:
    assert ask(send, row, "http://testserver") == (row.status, {}, row.vary)


def test_throttled_answer_can_be_read_and_says_when_to_come_back(send: Send) -> None:
    body = json.dumps({"email": "eve@mail.example"})
    codes = [send("POST", "/api/newsletter/", {}, body).status_code for _ in range(3)]
    assert codes == [201, 201, 201]
    response = send("POST", "/api/newsletter/", {"Origin": SHOP_FRONT}, body)
    assert response.status_code == 429
    assert response["Access-Control-Allow-Origin"] == SHOP_FRONT
    assert response["Access-Control-Expose-Headers"] == "Retry-After"
    assert 0 < int(response["Retry-After"]) <= 60


def test_preflights_are_not_throttled(send: Send) -> None:
    headers = {"Origin": SHOP_FRONT, "Access-Control-Request-Method": "POST"}
    codes = [send("OPTIONS", "/api/newsletter/", headers).status_code for _ in range(5)]
    assert codes == [200] * 5
    response = send("POST", "/api/newsletter/", headers, json.dumps({"email": "eve@mail.example"}))
    assert response.status_code == 201


def test_token_serves_where_cookies_are_off(send: Send) -> None:
    headers = {"Origin": PARTNER, "Authorization": f"Token {token_of('ada')}"}
    response = send("POST", "/api/orders/1/cancel/", headers, "{}")
    assert response.json()["status"] == "cancelled"
    assert "Access-Control-Allow-Credentials" not in response


def test_page_numbers_travel_in_exposed_headers(send: Send) -> None:
    response = send("GET", "/api/orders/", {"Origin": SHOP_FRONT, "Authorization": f"Token {token_of('ada')}"})
    assert [order["id"] for order in response.json()] == [1, 2]
    assert response["X-Total-Count"] == "3"
    assert response["Link"] == '<http://testserver/api/orders/?page=2>; rel="next"'


def test_order_is_placed_once_for_each_key(send: Send) -> None:
    headers = {"Authorization": f"Token {token_of('ada')}", "Idempotency-Key": "one"}
    first, second = (send("POST", "/api/orders/", headers, json.dumps(ORDER)) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    too_long = send("POST", "/api/orders/", {**headers, "Idempotency-Key": "x" * 65}, json.dumps(ORDER))
    assert too_long.status_code == 400


def test_receipt_is_gone_once_thrown_away(send: Send) -> None:
    headers = {"Origin": SHOP_FRONT, "Authorization": f"Token {token_of('ada')}"}
    response = send("GET", "/api/orders/2/receipt/", headers)
    assert response.json() == {"order": 2, "product": "Tea cup", "quantity": 4, "total": "26.00"}
    assert response["Content-Disposition"] == 'attachment; filename="receipt-2.json"'
    assert send("DELETE", "/api/orders/2/receipt/", headers).status_code == 204
    assert send("GET", "/api/orders/2/receipt/", headers).status_code == 404


def test_review_takes_the_token_of_an_order(send: Send) -> None:
    headers = {"Origin": SHOP_FRONT, "X-Review-Token": "review-token-1"}
    assert send("POST", "/api/reviews/", headers, json.dumps(REVIEW)).status_code == 201
