"""The pages about logs and signals name each field of a refusal, and each signal."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from django.dispatch import Signal
from django.test import Client

from drf_cors import signals
from tests.docs.pages import PAGES

if TYPE_CHECKING:
    import pytest


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
