"""The tables of the reference are complete: all that exists is documented, and nothing else."""

from __future__ import annotations

import re

import pytest

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
