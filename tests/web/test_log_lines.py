"""Log lines: ASCII, one line and bounded, whatever a client sends and whatever the project's code is called."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views import View
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drf_cors import CorsPolicyMixin, cors
from drf_cors.signals import check_request_enabled, cors_refused
from tests.web.conftest import CORS_ONLY, SHOP, STRANGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

FIELDS = ("reason", "view", "source", "method", "origin", "path")

#: The longest line: four quoted values of 120 characters, and the words between them.
LONGEST = 600

#: Servers decode headers as Latin-1.
header_texts = st.text(st.characters(max_codepoint=255), max_size=300)
#: Names of the project's code, and paths. Python knows identifiers of any script.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper, caplog: pytest.LogCaptureFixture) -> None:
    settings.MIDDLEWARE = CORS_ONLY
    settings.ALLOWED_HOSTS = ["testserver"]
    caplog.set_level(logging.INFO, "drf_cors")


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What the receivers of `cors_refused` get."""
    calls: list[dict[str, Any]] = []

    def receiver(**fields: Any) -> None:
        calls.append({name: fields[name] for name in FIELDS})

    cors_refused.connect(receiver, weak=False)
    yield calls
    cors_refused.disconnect(receiver)


def named(name: str, **fields: Any) -> Any:
    """Return a view with a policy and a name."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("answered")

    view.__name__ = view.__qualname__ = name
    return cors(allow_methods=["GET"], allow_headers=["x-key"], **fields)(view)


def is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def check(records: list[logging.LogRecord]) -> None:
    for record in records:
        assert is_plain(record.getMessage())
        for field in FIELDS:
            assert is_plain(getattr(record, field))
        for field in ("method", "origin", "path"):
            assert len(getattr(record, field)) <= 120
        assert len(record.getMessage()) <= LONGEST


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(origin=header_texts, at=texts, method=header_texts, asked=header_texts, requested=header_texts, name=texts)
@example(
    origin="https://sh\xf6p.example",
    at="gr\xf6\xdfe/\u202e\n",
    method="G\xcbT",
    asked="x-kl\xfcssel",
    requested="P\xdcT",
    name="Gr\xf6\xdfe",
)
@example(origin=SHOP, at="", method="GET", asked="x-\xff", requested="GET", name="\U0001f6d2" * 300)
@example(origin="\xff" * 300, at="\u2028" * 300, method="\xff" * 300, asked="\xff" * 300, requested="\xff", name="a")
def test_a_refusal_is_logged_in_ascii_whatever_arrives(
    visitor: Visitor,
    routes: Routes,
    caplog: pytest.LogCaptureFixture,
    told: list[dict[str, Any]],
    origin: str,
    at: str,
    method: str,
    asked: str,
    requested: str,
    name: str,
) -> None:
    caplog.clear()
    told.clear()
    routes(re_path(r"(?s)^.*$", named(name, allowed_origins=[SHOP])))

    url = "/" + quote(at)
    visitor.send(method, url, origin=origin)
    visitor.get(url, origin=origin)
    visitor.preflight(url, requested, origin=origin)
    visitor.preflight(url, requested)
    visitor.preflight(url, asks=asked)

    records = [record for record in caplog.records if record.name == "drf_cors"]
    check(records)
    assert told == [{field: getattr(record, field) for field in FIELDS} for record in records]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=texts, at=texts)
@example(name="Gr\xf6\xdfe", at="\u202e\n")
def test_a_failing_callable_is_logged_in_ascii(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture, name: str, at: str
) -> None:
    def fails(origin: str, request: HttpRequest) -> bool:
        raise LookupError(origin)

    caplog.clear()
    routes(re_path(r"(?s)^.*$", named(name, is_origin_allowed=fails)))

    visitor.get("/" + quote(at), origin=STRANGER)

    records = [record for record in caplog.records if record.name == "drf_cors"]
    assert [record.levelname for record in records] == ["ERROR", "INFO"]
    for record in records:
        assert is_plain(record.getMessage())
        assert len(record.getMessage()) <= 2000 + LONGEST
        assert all(is_plain(getattr(record, field)) for field in FIELDS)


class Größe(CorsPolicyMixin, View):  # noqa: PLC2401 - the name is the case
    """A view whose name is not ASCII."""

    cors_policy = "nobody-has-this-name"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("answered")


def test_names_of_the_project_are_escaped_where_they_are_not_ascii(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("sizes/", named("größe", allowed_origins=[SHOP])))

    visitor.get("/sizes/", origin="https://sh\xf6p.example")

    (record,) = caplog.records
    assert record.getMessage() == (r"origin-malformed: 'GET' '/sizes/' from origin 'https://sh\xf6p.example'")
    assert {field: getattr(record, field) for field in FIELDS} == {
        "reason": "origin-malformed",
        "view": r"gr\xf6\xdfe",
        "source": r"cors(...) around gr\xf6\xdfe",
        "method": "'GET'",
        "origin": r"'https://sh\xf6p.example'",
        "path": "'/sizes/'",
    }


def test_an_error_about_the_projects_own_code_is_ascii(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("sizes/", Größe.as_view()))

    visitor.get("/sizes/", origin=STRANGER)

    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [r"Gr\xf6\xdfe" in record.getMessage() for record in errors] == [True]
    assert all(is_plain(record.getMessage()) for record in errors)


class Größenprüfer:  # noqa: PLC2401 - as above
    """A receiver whose name is not ASCII, with line breaks where others show it."""

    def __repr__(self) -> str:
        return "<prüft\nGrößen>"

    def __call__(self, **_: Any) -> bool:
        raise LookupError


def test_a_failing_receiver_is_logged_in_ascii(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    # Django's own log names receivers too, and needs this.
    receiver = Größenprüfer()
    receiver.__qualname__ = "receiver"  # type: ignore[attr-defined]  # instances have none
    routes(path("plain/", lambda request: HttpResponse("answered")))
    check_request_enabled.connect(receiver, weak=False)
    try:
        visitor.get("/plain/", origin=STRANGER)
    finally:
        check_request_enabled.disconnect(receiver)

    error = next(record for record in caplog.records if record.name == "drf_cors" and record.levelname == "ERROR")
    assert error.getMessage() == (
        r"callable-failed: check_request_enabled (<pr\xfcft\nGr\xf6\xdfen>) raised; the origin is refused."
    )
