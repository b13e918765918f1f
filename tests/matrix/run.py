"""Run the tests on every Python x Django x DRF at hand, each in a virtual environment of its own.

`python tests/matrix/run.py [name ...]`: with names, only the combinations whose name contains one of them.
The environments and the logs are kept in `.venv-matrix`. Needs nothing but the standard library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".venv-matrix"
PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
DJANGOS = {"5.2": "3.10", "6.0": "3.12", "6.1": "3.12"}  # with the oldest Python each runs on
OLDEST_DRF = {
    "5.2": "3.15",
    "6.0": "3.16",
    "6.1": "3.18",
}  # DRF 3.15 registers its converter twice, which Django 6.0 refuses; 3.17 still imports what Django 6.1 has no more
PYTEST = ["-m", "pytest", "-q", "-n", "auto", "--maxprocesses=4", "-p", "no:cacheprovider"]
APART = ["--ignore=tests/browsers", "--ignore=tests/benchmarks", "--ignore=tests/clients", "--ignore=tests/packages"]


class Combination(NamedTuple):
    """One cell of the matrix."""

    python: str
    django: str
    companions: str

    @property
    def name(self) -> str:
        return f"py{self.python}-django{self.django}-{self.companions}"

    @property
    def requirements(self) -> list[str]:
        companions = ["djangorestframework", "drf-spectacular"]
        if self.companions == "oldest":
            companions = [f"djangorestframework=={OLDEST_DRF[self.django]}.*", "drf-spectacular==0.28.*"]
        return [f"django=={self.django}.*", *companions]


def combinations() -> list[Combination]:
    return [
        Combination(python, django, companions)
        for python in PYTHONS
        for django, oldest_python in DJANGOS.items()
        if PYTHONS.index(python) >= PYTHONS.index(oldest_python)
        for companions in ("oldest", "newest")
    ]


def interpreter(version: str) -> str | None:
    """Find a working `pythonX.Y` on PATH or among pyenv's; pyenv's shims may be there and not work."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which(name), *sorted(pyenv.glob(f"versions/{version}*/bin/{name}"))]
    for candidate in filter(None, candidates):
        works = subprocess.run([candidate, "-c", "import ensurepip, venv"], capture_output=True, check=False)
        if works.returncode == 0:
            return str(candidate)
    return None


def run(combination: Combination, python: str) -> tuple[bool, str]:
    """Install and test one combination; return whether it passed, and the last line it printed."""
    home = ENVIRONMENTS / combination.name
    own_python = home / "bin" / "python"
    steps = [
        [python, "-m", "venv", str(home)],
        [str(own_python), "-m", "pip", "install", "-q", "-e", ".[test]", *combination.requirements],
        [str(own_python), *PYTEST, *APART],
    ]
    log = ENVIRONMENTS / f"{combination.name}.log"
    with log.open("w", encoding="utf-8") as output:
        passed = all(
            subprocess.run(step, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False).returncode == 0
            for step in steps
        )
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return passed, lines[-1] if lines else ""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(wanted: list[str]) -> int:
    ENVIRONMENTS.mkdir(exist_ok=True)
    pythons = {version: interpreter(version) for version in PYTHONS}
    failed = False
    rows = []
    for combination in combinations():
        if wanted and not any(part in combination.name for part in wanted):
            continue
        python = pythons[combination.python]
        if python is None:
            rows.append((combination.name, "skipped", f"no python{combination.python} here"))
            continue
        say(f"{combination.name} ...")
        passed, last_line = run(combination, python)
        failed = failed or not passed
        rows.append((combination.name, "passed" if passed else "FAILED", last_line))
    say("")
    for name, result, remark in rows:
        say(f"{name:28} {result:8} {remark}")
    if failed:
        say(f"The logs are in {ENVIRONMENTS.name}/.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
