"""A linter and a client generator, from npm, read the example's schema as they read it without our generator.

`make clients` installs them. Without them these tests are skipped, but fail where CI is true.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from drf_cors.openapi import CorsSchemaGenerator
from tests.example.conftest import example_settings  # noqa: F401 - fixtures are found by their names

PROGRAMS = Path(__file__).parents[2] / ".venv" / "clients" / "node_modules" / ".bin"
VERSIONS = ("3.0.3", "3.1.0")
EVERYTHING = {"DETAIL": "full", "SOURCES": True, "RESPONSE_HEADERS": True, "DESCRIPTION": True, "REDOC_BADGES": True}
OPTIONS: dict[str, dict[str, Any]] = {
    "by default": {},
    "summary": {**EVERYTHING, "DETAIL": "summary"},
    "all": EVERYTHING,
}

# A program that uses the types: a documented header among them.
USE = """
import type { paths } from "./schema";
type Answer = paths["/api/catalogue/"]["get"]["responses"][200];
export const products: Answer["content"]["application/json"] = [{ id: 1, name: "tea", price: "3.50" }];
export const origin: Answer["headers"]["Access-Control-Allow-Origin"] = "*";
"""


def run(name: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = PROGRAMS / name
    if not program.exists():
        missing = f"{name} is not installed: make clients"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run(
        [program, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def write(directory: Path, generator: Any, version: str) -> Path:
    with patched_settings({"OAS_VERSION": version}):
        made = generator.get_schema(public=True)
    file = directory / f"{type(generator).__name__}.json"
    file.write_text(json.dumps(made), encoding="utf-8")
    return file


def problems(file: Path) -> set[tuple[str, str, str]]:
    """What `redocly lint` finds with its recommended rules: rule, message, place."""
    done = run("redocly", "lint", "--format=json", file.name, cwd=file.parent)
    found = json.loads(done.stdout)["problems"]
    return {(each["ruleId"], each["message"], each["location"][0]["pointer"]) for each in found}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_redocly_finds_nothing_new(
    example_settings: None,  # noqa: F811 - the fixture imported above
    settings: Any,
    tmp_path: Path,
    version: str,
    options: str,
) -> None:
    settings.CORS_OPENAPI = OPTIONS[options]
    plain = problems(write(tmp_path, SchemaGenerator(), version))
    assert plain  # the linter works: it finds that the example's operations have no summaries
    assert problems(write(tmp_path, CorsSchemaGenerator(), version)) - plain == set()


def types(file: Path) -> str:
    """What `openapi-typescript` makes of a schema."""
    made = file.with_name("schema.ts")
    done = run("openapi-typescript", file.name, "--output", made.name, cwd=file.parent)
    assert done.returncode == 0, done.stderr
    return made.read_text(encoding="utf-8")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_generated_client_is_the_same(
    example_settings: None,  # noqa: F811 - as above
    settings: Any,
    tmp_path: Path,
    version: str,
) -> None:
    settings.CORS_OPENAPI = {"DETAIL": "full", "SOURCES": True}
    assert types(write(tmp_path, CorsSchemaGenerator(), version)) == types(write(tmp_path, SchemaGenerator(), version))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_generated_client_with_everything_compiles(
    example_settings: None,  # noqa: F811 - as above
    settings: Any,
    tmp_path: Path,
    version: str,
) -> None:
    settings.CORS_OPENAPI = EVERYTHING
    assert '"Access-Control-Allow-Origin_any": string' in types(write(tmp_path, CorsSchemaGenerator(), version))
    (tmp_path / "use.ts").write_text(USE, encoding="utf-8")
    done = run("tsc", "--noEmit", "--strict", "use.ts", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
