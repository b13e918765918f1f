"""The tables of the reference are complete: all that exists is documented, and nothing else."""

from __future__ import annotations

import argparse
import json
import re
from typing import TYPE_CHECKING

import pytest
from django.core.management import BaseCommand

from drf_cors.conf import SETTINGS
from drf_cors.core.errors import WHY
from drf_cors.core.fields import FIELDS
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis import Query, diagnose
from drf_cors.fetch_model.messages import new_request
from drf_cors.management.commands.cors import Command
from drf_cors.management.report import as_json
from tests.docs.pages import PAGES, ROOT
from tests.tables import named_rows

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


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


@named_rows("page, heading, known", TABLES)
def test_a_table_is_complete(page: str, heading: str, known: set[str]) -> None:
    documented = PAGES[page].first_cells(heading)
    assert sorted(documented) == sorted(known)


def options_of_command(subcommand: str) -> set[str]:
    """Return the options of a subcommand, without those that all commands of Django have."""
    parser = Command().create_parser("manage.py", "cors")
    subcommands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    common = {name for action in BaseCommand().create_parser("", "")._actions for name in action.option_strings}
    chosen = subcommands.choices[subcommand]
    return {name for action in chosen._actions for name in action.option_strings} - common


@pytest.mark.parametrize("subcommand", ["list", "explain", "lock"])
def test_every_option_of_the_command_is_documented(subcommand: str) -> None:
    documented = PAGES["docs/reference/commands.md"].first_cells(f"## `manage.py cors {subcommand}`")
    told = {cell.partition(" ")[0] for cell in documented if cell.startswith("--")}
    assert told == options_of_command(subcommand)


def test_the_keys_of_an_explanation_are_documented(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = "tests.urls"
    request = new_request(origin="https://shop.example", url="/", base="http://testserver")
    found = json.loads(as_json(diagnose(Query(request=request)), ()))
    documented = PAGES["docs/reference/commands.md"].first_cells("## `manage.py cors explain`")
    assert [key for key in documented if key in found] == list(found)
    table = next(block for block in PAGES["docs/reference/commands.md"].blocks if "`findings`" in block.text)
    rows = {row[0].strip("`"): row[1] for row in table.rows}
    for name in ("findings", "requests", "fields"):
        assert {*found[name][0]} <= {*re.findall(r"`([a-z]+)`", rows[name])}


def test_the_settings_of_the_fields_are_among_them() -> None:
    assert {name for names in SETTINGS.values() for name in names} <= settings_in_code()
