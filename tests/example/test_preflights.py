"""What each endpoint answers to a preflight: all of its CORS headers, and what its answer varies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from example_api.origins import API, BACK_OFFICE, GLOBEX, PARTNER, SHOP_FRONT, STRANGER

if TYPE_CHECKING:
    from tests.example.conftest import Send

DEFAULT_HEADERS = "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with"
BY_ORIGIN = {"origin"}
BY_METHOD = {"access-control-request-method"}


def grant(
    origin: str,
    methods: str,
    *,
    headers: str = DEFAULT_HEADERS,
    max_age: str = "3600",
    credentials: bool = False,
) -> dict[str, str]:
    """The headers of an answer that admits the origin, and no others."""
    return {
        "access-control-allow-origin": origin,
        **({"access-control-allow-credentials": "true"} if credentials else {}),
        "access-control-allow-methods": methods,
        **({"access-control-allow-headers": headers} if headers else {}),
        "access-control-max-age": max_age,
    }


class Row(NamedTuple):
    """One preflight and the whole of its answer."""

    sentence: str
    origin: str
    method: str
    path: str
    asks: str
    answer: dict[str, str]
    vary: set[str]


# Each row admits its origin. Everyone else is tried on the same rows below.
LISTED = [
    Row(
        "the back office adds a product, and the answer is not kept, for it would open reading with cookies",
        BACK_OFFICE,
        "POST",
        "/api/catalogue/",
        "content-type,x-csrftoken",
        grant(BACK_OFFICE, "POST", max_age="0", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "the back office replaces a product",
        BACK_OFFICE,
        "PUT",
        "/api/catalogue/1/",
        "content-type,x-csrftoken",
        grant(BACK_OFFICE, "PUT, PATCH, DELETE", max_age="0", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "the shop front lists the orders, under the max age of that action",
        SHOP_FRONT,
        "GET",
        "/api/orders/",
        "x-requested-with",
        grant(SHOP_FRONT, "GET", max_age="600", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "the shop front places an order, and the answer is not kept, for listing has no idempotency key",
        SHOP_FRONT,
        "POST",
        "/api/orders/",
        "content-type,idempotency-key,x-csrftoken",
        grant(SHOP_FRONT, "POST", headers=f"{DEFAULT_HEADERS}, idempotency-key", max_age="0", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "the shop front changes an order, and is not told that it may delete one",
        SHOP_FRONT,
        "PATCH",
        "/api/orders/1/",
        "content-type,x-csrftoken",
        grant(SHOP_FRONT, "GET, OPTIONS, PATCH, PUT", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "a partner cancels an order, without cookies",
        PARTNER,
        "POST",
        "/api/orders/1/cancel/",
        "authorization",
        grant(PARTNER, "POST"),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "so does a partner's site two labels down",
        "https://tea.eu.partner.example",
        "POST",
        "/api/orders/1/cancel/",
        "authorization",
        grant("https://tea.eu.partner.example", "POST"),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "the shop front reads a receipt",
        SHOP_FRONT,
        "GET",
        "/api/orders/1/receipt/",
        "x-requested-with",
        grant(SHOP_FRONT, "DELETE, GET", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "the second method of that action follows its keyword",
        SHOP_FRONT,
        "DELETE",
        "/api/orders/1/receipt/",
        "x-csrftoken",
        grant(SHOP_FRONT, "DELETE, GET", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "a tenant's origin reports an event",
        SHOP_FRONT,
        "POST",
        "/api/widgets/acme/",
        "content-type",
        grant(SHOP_FRONT, "GET, POST", headers="content-type"),
        BY_ORIGIN,
    ),
    Row(
        "another tenant's origin reports to that tenant",
        GLOBEX,
        "POST",
        "/api/widgets/globex/",
        "content-type",
        grant(GLOBEX, "GET, POST", headers="content-type"),
        BY_ORIGIN,
    ),
    Row(
        "the shop front searches, and the response is cached, for the function takes GET alone",
        SHOP_FRONT,
        "GET",
        "/api/search/?q=tea",
        "x-requested-with",
        grant(SHOP_FRONT, "GET"),
        BY_ORIGIN,
    ),
    Row(
        "the shop front gets a token, by the policy in CORS_VIEW_POLICIES",
        SHOP_FRONT,
        "POST",
        "/api/token/",
        "content-type",
        grant(SHOP_FRONT, "POST"),
        BY_ORIGIN,
    ),
    Row(
        "a developer's machine asks for the login page, on any port",
        "http://localhost:5173",
        "GET",
        "/api/sso/",
        "x-requested-with",
        grant("http://localhost:5173", "GET"),
        BY_ORIGIN,
    ),
    Row(
        "the shop front subscribes, by the keyword of as_view()",
        SHOP_FRONT,
        "POST",
        "/api/newsletter/",
        "content-type",
        grant(SHOP_FRONT, "POST"),
        BY_ORIGIN,
    ),
    Row(
        "the shop front sends a review, with one header more than the inherited ones",
        SHOP_FRONT,
        "POST",
        "/api/reviews/",
        "content-type,x-review-token",
        grant(SHOP_FRONT, "GET, POST", headers=f"{DEFAULT_HEADERS}, x-review-token"),
        BY_ORIGIN,
    ),
    Row(
        "the shop front changes the profile, by the global settings",
        SHOP_FRONT,
        "PATCH",
        "/api/profile/",
        "content-type,x-csrftoken",
        grant(SHOP_FRONT, "GET, OPTIONS, PATCH", credentials=True),
        BY_ORIGIN,
    ),
    Row(
        "the shop front logs out",
        SHOP_FRONT,
        "DELETE",
        "/api/session/",
        "x-csrftoken",
        grant(SHOP_FRONT, "GET, POST, DELETE", credentials=True),
        BY_ORIGIN,
    ),
    Row(
        "the shop front asks for a path that does not exist",
        SHOP_FRONT,
        "GET",
        "/api/nothing/",
        "x-requested-with",
        grant(SHOP_FRONT, "DELETE, GET, OPTIONS, PATCH, POST, PUT", credentials=True),
        BY_ORIGIN,
    ),
]

OPEN = [
    Row(
        "anyone reads the catalogue, and the answer is not kept, for it would open writing with its headers",
        STRANGER,
        "GET",
        "/api/catalogue/",
        "x-requested-with",
        grant("*", "GET, HEAD, OPTIONS", max_age="0"),
        BY_METHOD,
    ),
    Row(
        "anyone reads one product, and no other safelisted method could profit from a kept answer",
        STRANGER,
        "GET",
        "/api/catalogue/1/",
        "x-requested-with",
        grant("*", "GET, HEAD, OPTIONS"),
        BY_METHOD,
    ),
    Row(
        "anyone asks for the status",
        STRANGER,
        "GET",
        "/api/status/",
        "x-requested-with",
        grant("*", "GET"),
        set(),
    ),
    Row(
        "so does a page without an origin of its own",
        "null",
        "GET",
        "/api/status/",
        "x-requested-with",
        grant("*", "GET"),
        set(),
    ),
]

REFUSED = [
    Row("nobody deletes an order", SHOP_FRONT, "DELETE", "/api/orders/1/", "", {}, BY_ORIGIN | BY_METHOD),
    Row(
        "the shop front is no partner",
        SHOP_FRONT,
        "POST",
        "/api/orders/1/cancel/",
        "",
        {},
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "a name that only ends like a partner's is none",
        "https://evilpartner.example",
        "POST",
        "/api/orders/1/cancel/",
        "",
        {},
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "a tenant's origin is no other tenant's",
        SHOP_FRONT,
        "POST",
        "/api/widgets/globex/",
        "",
        {},
        BY_ORIGIN,
    ),
    Row("an unknown tenant has no origins", SHOP_FRONT, "POST", "/api/widgets/nobody/", "", {}, BY_ORIGIN),
    Row("NO_CORS shuts out the shop front", SHOP_FRONT, "GET", "/api/internal/report/", "", {}, BY_ORIGIN),
    Row(
        "GET of the token is refused by silence, as browsers do not look for it in the list",
        SHOP_FRONT,
        "GET",
        "/api/token/",
        "x-requested-with",
        {},
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "a method outside the policy gets the true list",
        STRANGER,
        "DELETE",
        "/api/status/",
        "",
        grant("*", "GET"),
        BY_METHOD,
    ),
    Row(
        "a method that the view does not have gets the true list",
        SHOP_FRONT,
        "PUT",
        "/api/profile/",
        "",
        grant(SHOP_FRONT, "GET, OPTIONS, PATCH", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "a lower-case patch is not PATCH",
        SHOP_FRONT,
        "patch",
        "/api/profile/",
        "",
        grant(SHOP_FRONT, "GET, OPTIONS, PATCH", credentials=True),
        BY_ORIGIN | BY_METHOD,
    ),
    Row(
        "a header outside the policy gets the true list",
        SHOP_FRONT,
        "PATCH",
        "/api/profile/",
        "x-coupon",
        grant(SHOP_FRONT, "GET, OPTIONS, PATCH", credentials=True),
        BY_ORIGIN,
    ),
    Row(
        "the badge takes no header at all",
        STRANGER,
        "GET",
        "/badge.svg",
        "x-coupon",
        grant("*", "GET", headers=""),
        set(),
    ),
]


def preflight(send: Send, origin: str, method: str, path: str, asks: str) -> tuple[int, dict[str, str], set[str]]:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if asks:
        headers["Access-Control-Request-Headers"] = asks
    response = send("OPTIONS", path, headers)
    assert response.content == b""
    cors = {name.lower(): value for name, value in response.items() if name.lower().startswith("access-control-")}
    vary = {name.strip().lower() for name in response.get("Vary", "").split(",") if name}
    return response.status_code, cors, vary


def names(row: object) -> str | None:
    return row.sentence if isinstance(row, Row) else None


@pytest.mark.parametrize("row", [*LISTED, *OPEN, *REFUSED], ids=names)
def test_preflight_is_answered_whole(send: Send, row: Row) -> None:
    assert preflight(send, row.origin, row.method, row.path, row.asks) == (200, row.answer, row.vary)


@pytest.mark.parametrize(
    "origin",
    [STRANGER, "null", "file://", API + "0", SHOP_FRONT.replace("http:", "https:"), "not an origin"],
)
@pytest.mark.parametrize("row", LISTED, ids=names)
def test_preflight_of_any_other_origin_gets_nothing(send: Send, row: Row, origin: str) -> None:
    assert preflight(send, origin, row.method, row.path, row.asks) == (200, {}, row.vary)


@pytest.mark.parametrize("origin", [SHOP_FRONT, STRANGER, "null"])
def test_url_under_no_policy_is_left_alone(send: Send, origin: str) -> None:
    response = send("OPTIONS", "/healthz/", {"Origin": origin, "Access-Control-Request-Method": "GET"})
    assert response.status_code == 405
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]
    assert "Vary" not in response


def test_options_without_an_origin_reaches_the_view(send: Send) -> None:
    response = send("OPTIONS", "/api/status/", {})
    assert response.status_code == 200
    assert response.json()["name"] == "Status"
