"""The page about performance quotes what was measured, and nothing else."""

from __future__ import annotations

import json
import re

import pytest

from tests.benchmarks import page

MEASURED = json.loads(page.JSON.read_text(encoding="utf-8"))
WRITTEN = page.PAGE.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_last_run() -> None:
    assert page.filled(WRITTEN, MEASURED) == WRITTEN


def test_the_text_between_them_quotes_no_number() -> None:
    text = re.sub(r"<!-- measured: .*?<!-- /measured -->", "", WRITTEN, flags=re.DOTALL)
    assert not re.findall(r"\d[\d,.]*\s*(?:µs|ms|s\b|%|bytes|KiB|MB|times|x\b)", text)


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks <!-- measured: machine -->"):
        page.filled("", MEASURED)


def test_what_could_not_be_measured_is_said() -> None:
    skipped = {**MEASURED, "starlette": "no starlette", "served": "no wrk", "instructions": "no valgrind"}
    told = page.blocks(skipped)

    assert told["starlette"] == "Not measured: no starlette."
    assert told["served"] == "Not measured: no wrk."
    assert "not counted" in told["ratios"]
