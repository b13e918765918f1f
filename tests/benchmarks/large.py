"""What a developer waits for on a large site: seconds of the processor, not of the clock.

`python -m tests.benchmarks.run large` measures only this. Each command runs in a process of its own, in turns with the
same command of the same project without drf-cors; a cost is the least of a few rounds.
"""

from __future__ import annotations

import compileall
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks.large_site import write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
ROUNDS: Final = int(os.environ.get("ROUNDS", "3"))


def measure() -> dict[str, Any]:
    """Return what each step costs, on projects that are written to a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured(_Projects(Path(folder)))


class _Projects:
    """Projects in a folder, each written when it is first used.

    Args:
        folder: Where to write them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, operations: int, *, with_cors: bool = True, flat: bool = False) -> Path:
        """Return the folder of a project."""
        place = self.folder / f"{operations}-{'with' if with_cors else 'without'}{'-flat' if flat else ''}"
        if not place.exists():
            write(place, operations, with_cors=with_cors, shape="flat" if flat else "areas")
            compileall.compile_dir(place, quiet=2)
            _run(place, "migrate", "--skip-checks")
        return place


def _measured(projects: _Projects) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, operations, command in (
        ("check, 300", 300, ("check",)),
        ("check, 1,300", 1_300, ("check",)),
        ("migrate, 1,300", 1_300, ("migrate",)),
        ("spectacular, 1,300", 1_300, ("spectacular", "--file", os.devnull)),
        ("spectacular, 5,000", 5_000, ("spectacular", "--file", os.devnull)),
    ):
        rounds = ROUNDS if operations < 5_000 else 1
        found[name] = _with_and_without(projects, operations, command, rounds)
    for name, operations, flat in (
        ("list, 1,300", 1_300, False),
        ("list, 5,000", 5_000, False),
        ("list, 5,000, one router", 5_000, True),
    ):
        found[name] = _run(projects.of(operations, flat=flat), "cors", "list")
    found["explain, 1,300"] = _child(projects.of(1_300), _EXPLAIN)
    starts = [_child(projects.of(300), _START) for _ in range(3 * ROUNDS)]
    found["start"] = min(starts, key=lambda start: start["import"] + start["app"])
    return found


def _with_and_without(projects: _Projects, operations: int, command: Sequence[str], rounds: int) -> dict[str, float]:
    """Return the seconds of a command with and without drf-cors, in turns."""
    taken: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(rounds):
        taken["without"].append(_run(projects.of(operations, with_cors=False), *command))
        taken["with"].append(_run(projects.of(operations), *command))
    return {name: min(seconds) for name, seconds in taken.items()}


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "project.settings"}


def _run(folder: Path, *arguments: str) -> float:
    """Run a command of a project, and return the seconds of the processor that it has used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=folder, env=_environment(), capture_output=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _child(folder: Path, code: str) -> Any:
    """Run code in a project, and return the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=_environment(), capture_output=True, check=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


_EXPLAIN: Final = """
import gzip, json, time
import django
django.setup()
from django.test import Client

def taken(address):
    started = time.process_time()
    body = Client().get(address).content
    return time.process_time() - started, body

taken("/api/explain/?origin=https://shop.example")  # the first request reads all views
seconds, body = min(taken("/api/explain/?origin=https://shop.example") for _ in range(3))
schema, _ = min(taken("/api/schema/?format=json") for _ in range(3))
print(json.dumps({"seconds": seconds, "bytes": len(body), "gzip": len(gzip.compress(body)), "schema": schema}))
"""

_START: Final = """
import json, sys, time
import django
from django.conf import settings
settings.INSTALLED_APPS.remove("drf_cors")
django.setup()
assert not [name for name in sys.modules if name.startswith("drf_cors")]
import rest_framework.decorators, rest_framework.viewsets
from django.core.handlers import wsgi
started = time.process_time()
import drf_cors
imported = time.process_time()
from drf_cors.apps import DrfCorsConfig
DrfCorsConfig("drf_cors", drf_cors).ready()
print(json.dumps({"import": imported - started, "app": time.process_time() - imported}))
"""


# The table of the page

#: Row -> what it was before large sites were looked at, and what was to be reached.
GOALS: Final[Mapping[str, tuple[str, str]]] = {
    "`check`, 1,300 operations: on top of the project's own": ("1,950%, 21.9 s", "2%, 0.2 s"),
    "`migrate`, 1,300 operations: on top": ("1,210%, 21.9 s", "3%"),
    "`spectacular`, 1,300 operations: with policies / without": ("7.05", "1.02"),
    "`spectacular`, 5,000 operations: with policies / without": ("6.39", "1.02"),
    "`cors list`, 5,000 operations, includes": ("75.5 s", "half of before"),
    "`cors list`, 5,000 operations, one router": ("75.8 s", "half of before"),
    "`cors list`, time for an operation, 5,000 to 1,300": ("1.13", "1"),
    "explain view, 1,300 operations: first byte": ("1,661 ms", "150 ms"),
    "explain view, 1,300 operations: body, compressed": ("5.5 kB", "150 kB"),
    "start: `import drf_cors` and its app": ("41.1 ms", "15 ms"),
    "memory of an exact origin / of a plain set": ("1.38", "1.15"),
    "memory of a policy": ("3.3 kB", "2.0 kB"),
}


def rows(measured: Mapping[str, Any], memory: Mapping[str, float]) -> list[tuple[str, str, str, str]]:
    """Return the rows of the table: what, before, goal, reached."""
    reached = _reached(measured, memory)
    return [(name, before, goal, reached[name]) for name, (before, goal) in GOALS.items()]


def _reached(measured: Mapping[str, Any], memory: Mapping[str, float]) -> dict[str, str]:
    explained, start = measured["explain, 1,300"], measured["start"]
    per_operation = (measured["list, 5,000"] / 5_000) / (measured["list, 1,300"] / 1_300)
    plain, ours = memory["plain set, bytes per origin"], memory["drf-cors, bytes per origin"]
    values = (
        _on_top(measured["check, 1,300"]),
        _on_top(measured["migrate, 1,300"]),
        _ratio(measured["spectacular, 1,300"]),
        _ratio(measured["spectacular, 5,000"]),
        f"{measured['list, 5,000']:.1f} s",
        f"{measured['list, 5,000, one router']:.1f} s",
        f"{per_operation:.2f}",
        f"{explained['seconds'] * 1000:,.0f} ms; the schema alone {explained['schema'] * 1000:,.0f} ms",
        f"{explained['gzip'] / 1000:.1f} kB",
        f"{(start['import'] + start['app']) * 1000:.1f} ms",
        f"{ours / plain:.2f}",
        f"{memory['drf-cors, bytes per policy'] / 1000:.2f} kB",
    )
    return dict(zip(GOALS, values, strict=True))


def _on_top(pair: Mapping[str, float]) -> str:
    on_top = pair["with"] - pair["without"]
    return f"{on_top / pair['without']:.0%}, {on_top:.2f} s"


def _ratio(pair: Mapping[str, float]) -> str:
    return f"{pair['with'] / pair['without']:.2f}"


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
