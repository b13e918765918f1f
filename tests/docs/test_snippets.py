"""Every snippet of the documentation runs, and every output it shows is what comes out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import PAGES, Page
from tests.docs.running import Reader, agree
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture
def reader(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    settings: SettingsWrapper,
    monkeypatch: pytest.MonkeyPatch,
    db: None,
) -> Iterator[Reader]:
    reader = Reader(request.param, tmp_path, settings)
    monkeypatch.setitem(sys.modules, reader.module.__name__, reader.module)
    return reader


@named_rows("reader", PAGES, indirect=True)
def test_a_page_does_what_it_says(reader: Reader) -> None:
    reader.read()


@named_rows("page", PAGES)
def test_what_is_not_run_has_its_reason(page: Page) -> None:
    skipped = [block for block in page.blocks if block.directive == "skip"]
    assert all(len(block.argument.split()) >= 3 for block in skipped)


@pytest.mark.parametrize(
    ("expected", "written", "is_same"),
    [
        ("a\nb\n", "a  \nb", True),
        ("a\n...\nc\n", "a\nb\nc\n", True),
        ("a\n", "a\nb\n", False),
    ],
)
def test_outputs_are_compared_line_by_line(expected: str, written: str, is_same: bool) -> None:
    assert agree(expected, written) is is_same
