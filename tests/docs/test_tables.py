"""The tables of the reference are complete: all that exists is documented, and nothing else."""

from __future__ import annotations

import logging
import re

import pytest
from django.dispatch import Signal
from django.test import Client

from drf_cors import signals
from drf_cors.conf import SETTINGS
from drf_cors.core.errors import WHY
from drf_cors.core.policy import FIELDS
from drf_cors.core.verdict import Reason
from tests.docs.pages import PAGES, ROOT


def settings_in_code() -> set[str]:
    """Return the `CORS_*` settings that any module of the library names in full."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "drf_cors").rglob("*.py")]
    return {name for source in sources for name in re.findall(r'"(CORS_[A-Z_]+)"', source)}


def checks_in_code() -> set[str]:
    """Return the ids of the system checks."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "drf_cors/checks").glob("*.py")]
    return {found for source in sources for found in re.findall(r'"(drf_cors\.[EWI]\d{3})"', source)}


TABLES = {
    "the fields of CorsPolicy": ("docs/reference/policy.md", "## Fields", set(FIELDS)),
    "the reasons of faults": ("docs/reference/policy.md", "## Faults", set(WHY)),
    "the reasons of verdicts": ("docs/reference/reason-codes.md", "## Codes", set(map(str, Reason))),
    "the checks": ("docs/reference/checks.md", "## Checks", checks_in_code()),
    "the settings": ("docs/reference/settings.md", "## All settings", settings_in_code()),
}


@pytest.mark.parametrize(("page", "heading", "known"), TABLES.values(), ids=TABLES)
def test_a_table_is_complete(page: str, heading: str, known: set[str]) -> None:
    documented = PAGES[page].first_cells(heading)
    assert sorted(documented) == sorted(known)


def test_the_settings_of_the_fields_are_among_them() -> None:
    assert {name for names in SETTINGS.values() for name in names} <= settings_in_code()


def test_the_fields_of_a_refusal_are_those_that_are_documented(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def receiver(**given: object) -> None:
        told.extend(given.keys() - {"signal"})

    signals.cors_refused.connect(receiver)
    try:
        with caplog.at_level(logging.INFO, "drf_cors"):
            Client().get("/", headers={"origin": "https://stranger.example"})
    finally:
        signals.cors_refused.disconnect(receiver)
    (record,) = (record for record in caplog.records if record.name == "drf_cors")
    logged = vars(record).keys() - vars(logging.makeLogRecord({})).keys() - {"message", "asctime"}
    assert sorted(logged) == sorted(PAGES["docs/reference/logging.md"].first_cells("## Fields of a record"))
    assert sorted(told) == sorted(PAGES["docs/reference/signals.md"].first_cells("## `cors_refused`"))


def test_the_signals_are_those_that_are_documented() -> None:
    known = {name for name, value in vars(signals).items() if isinstance(value, Signal)}
    documented = re.findall(r"^## `(\w+)`$", PAGES["docs/reference/signals.md"].text, re.MULTILINE)
    assert sorted(documented) == sorted(known)
