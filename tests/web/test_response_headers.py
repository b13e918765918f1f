"""Headers are written to Django's store, or through its public names if the store is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from drf_cors import response_headers
from drf_cors.core.verdict import Reason, Verdict
from drf_cors.response_headers import remove_earlier_headers, write_headers
from tests.tables import named_rows

if TYPE_CHECKING:
    import pytest

SHOP = "https://shop.example"
ORIGIN = ("Access-Control-Allow-Origin", SHOP)
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
ALLOWED = Verdict(Reason.ALLOWED, (ORIGIN,), ("origin",))

#: Name -> headers of the view, the verdict, whether all are replaced, and the headers afterwards.
CASES: dict[str, tuple[dict[str, str], Verdict, bool, dict[str, str]]] = {
    "none before": ({}, ALLOWED, False, dict([ORIGIN, ("Vary", "origin")])),
    "a Vary": ({"Vary": "Cookie"}, ALLOWED, False, dict([ORIGIN, ("Vary", "Cookie, origin")])),
    "a Vary with that name": ({"Vary": "Origin"}, ALLOWED, False, dict([ORIGIN, ("Vary", "Origin")])),
    "a Vary of all": ({"Vary": "*"}, ALLOWED, False, dict([ORIGIN, ("Vary", "*")])),
    "the view's credentials": (dict([CREDENTIALS]), ALLOWED, False, dict([ORIGIN, ("Vary", "origin")])),
    "another header of the view": (
        {"Access-Control-Max-Age": "1"},
        ALLOWED,
        False,
        dict([ORIGIN, ("Access-Control-Max-Age", "1"), ("Vary", "origin")]),
    ),
    "another header, and all are replaced": (
        {"Access-Control-Max-Age": "1", "X-Other": "1"},
        ALLOWED,
        True,
        dict([ORIGIN, ("X-Other", "1"), ("Vary", "origin")]),
    ),
    "a refusal": (dict([CREDENTIALS]), Verdict(Reason.VIEW_DISABLED), False, dict([CREDENTIALS])),
    "a refusal, and all are replaced": (dict([ORIGIN, CREDENTIALS]), Verdict(Reason.VIEW_DISABLED), True, {}),
}


def headers_of(response: HttpResponse) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "Content-Type"}


@named_rows("is_store_known", {"to the store": True, "through public names": False})
@named_rows("before, verdict, replaces_all, expected", CASES)
def test_headers_are_written_and_removed_again(
    before: dict[str, str],
    verdict: Verdict,
    replaces_all: bool,
    expected: dict[str, str],
    is_store_known: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(response_headers, "_IS_STORE_KNOWN", is_store_known)
    response: Any = HttpResponse(headers=before)

    for _ in range(2):
        write_headers(response, verdict, replaces_all)
        assert headers_of(response) == expected
        remove_earlier_headers(response)
        assert headers_of(response) == before


def test_django_keeps_headers_as_this_library_expects() -> None:
    assert response_headers._IS_STORE_KNOWN
