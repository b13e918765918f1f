"""Install real packages, mount their views in sites with drf-cors, and write what was seen into the documentation.

`python tests/packages/run.py [NAME ...]`: with names, only the packages whose name contains one of them; then no page
is written. The environments are kept in `.venv-packages`, one for each file of `requirements`. With CI set, the page
must be up to date, and PostgreSQL must be there. Needs nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import page
import postgres

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENTS = ROOT / ".venv-packages"
SECONDS = 300
OLDEST_PYTHON = (3, 11)  # of django-allauth, django-modern-rest and django-filter

#: A file of `requirements` -> the packages that share its environment. graphene and strawberry need different versions
#: of graphql-core.
GROUPS = {
    "rest": [
        "adrf",
        "djangorestframework-jsonapi",
        "drf-extensions",
        "drf-nested-routers",
        "drf-standardized-errors",
        "graphene-django",
    ],
    "frameworks": ["django-modern-rest", "django-ninja", "strawberry-graphql-django"],
    "accounts": [
        "dj-rest-auth",
        "django-allauth",
        "django-oauth-toolkit",
        "django-rest-knox",
        "djangorestframework-simplejwt",
    ],
    "pages": ["wagtail"],
    "middleware": [
        "django-axes",
        "django-csp",
        "django-debug-toolbar",
        "django-health-check",
        "django-hosts",
        "django-ratelimit",
        "django-silk",
        "django-tenants",
        "django-waffle",
        "whitenoise",
    ],
}


def installed(group: str) -> Path:
    """Return the interpreter of a group's environment, made anew where the pins have changed."""
    requirements = HERE / "requirements" / f"{group}.txt"
    home = ENVIRONMENTS / group
    python, stamp = home / "bin" / "python", home / ".installed"
    pins = f"{sys.version}\n{requirements.read_text(encoding='utf-8')}"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pins:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]
        subprocess.run([*pip, str(requirements)], check=True)
        stamp.write_text(pins, encoding="utf-8")
    return python


def judged(python: Path, name: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Judge one package in a process of its own."""
    # Not `tests.packages`: django-hosts installs a package `tests`.
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    child = subprocess.run(
        [str(python), "-m", "packages.child", name],
        cwd=ROOT,
        env={**os.environ, **environment, **paths},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if child.returncode:
        return {"distribution": name, "cases": [], "wrong": [f"did not run:\n{child.stderr[-2000:]}"]}
    result: dict[str, Any] = json.loads(child.stdout.strip().splitlines()[-1])
    return result


def judged_group(group: str, names: Sequence[str], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    python = installed(group)
    return [judged(python, name, environment) for name in names]


def faults_of(result: Mapping[str, Any]) -> list[str]:
    faults = [f"{result['distribution']}: {text}" for text in result["wrong"]]
    for case in result["cases"]:
        place = f"{result['distribution']}: {case['way']}: {case['method']} {case['url']}"
        faults += [f"{place}: {text}" for text in case["wrong"]]
    return faults


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(wanted: Sequence[str]) -> int:
    started = time.monotonic()
    if sys.version_info < OLDEST_PYTHON:
        say("FAILED: the pinned packages need Python 3.11 or newer: make packages PYTHON=python3.12")
        return 1
    is_ci = bool(os.environ.get("CI"))
    chosen = {
        group: [name for name in names if not wanted or any(part in name for part in wanted)]
        for group, names in GROUPS.items()
    }
    skipped = []
    with ExitStack() as stack:
        environment = {}
        if "django-tenants" in chosen["middleware"]:
            programs = postgres.programs()
            if programs is not None:
                environment["DRF_CORS_POSTGRES"] = stack.enter_context(postgres.cluster(programs))
            elif is_ci:
                say("FAILED: PostgreSQL is not installed, and django-tenants needs it: apt-get install postgresql")
                return 1
            else:
                chosen["middleware"].remove("django-tenants")
                skipped.append("django-tenants: PostgreSQL is not installed: apt-get install postgresql")
        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(judged_group, group, names, environment) for group, names in chosen.items() if names]
            results = sorted((result for job in jobs for result in job.result()), key=lambda r: r["distribution"])
    faults = [fault for result in results for fault in faults_of(result)]
    for result in results:
        verdict = "FAILED" if faults_of(result) else "passed"
        say(f"{result['distribution']:32} {result.get('version', ''):10} {len(result['cases']):3} cases  {verdict}")
    for fault in faults:
        say(f"FAILED: {fault}")
    for text in skipped:
        say(f"SKIPPED: {text}. The page is left as it is.")
    if not faults and not skipped and not wanted:
        faults += page.brought_up_to_date(results, may_write=not is_ci)
    cases = sum(len(result["cases"]) for result in results)
    say(f"{len(results)} packages, {cases} cases, {len(faults)} failures, {time.monotonic() - started:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
