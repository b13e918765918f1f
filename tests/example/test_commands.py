"""The example as its own project, under its own settings: each command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.tables import named_rows

ROOT = Path(__file__).parents[2]


def manage(*arguments: str, **environment: str) -> str:
    """Run a command of the example and return what it wrote; every warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "example_api/manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "example_api.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_seed_can_be_repeated(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    manage("migrate", "--verbosity=0", DATABASE_URL=database)
    for _ in range(2):
        assert manage("seed", DATABASE_URL=database) == "The shop is ready.\n"


def test_migrations_are_up_to_date() -> None:
    manage("makemigrations", "--check", "--dry-run", "shop")


def test_checks_find_no_fault() -> None:
    manage("check", "--fail-level=WARNING")


@named_rows("options", {"3.0": [], "3.1": ["--custom-settings=tests.example.openapi_31.SETTINGS"]})
def test_schema_is_valid_and_complete(tmp_path: Path, options: list[str]) -> None:
    manage("spectacular", "--validate", "--fail-on-warn", f"--file={tmp_path / 'schema.yml'}", *options)


def test_middleware_can_be_taken_out() -> None:
    printed = manage(
        "shell", "-c", "from django.conf import settings; print(settings.MIDDLEWARE)", DEMO_WITHOUT_CORS="1"
    )
    assert "SecurityMiddleware" in printed
    assert "drf_cors" not in printed


def test_database_can_be_named_by_a_url() -> None:
    from example_api.settings import database

    assert database("sqlite:////var/shop.sqlite3")["NAME"] == "/var/shop.sqlite3"
    assert database("postgresql://me:se%40cret@db.example:5433/shop") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "me",
        "PASSWORD": "se@cret",
        "HOST": "db.example",
        "PORT": "5433",
    }
    with pytest.raises(ImproperlyConfigured, match="starts with 'mysql'; write postgresql://"):
        database("mysql://db.example/shop")
