"""Instructions per request, counted by callgrind: they do not depend on what else the machine does.

`python -m tests.benchmarks.instructions` sends the requests; `count()` runs it under callgrind, which writes down what
it has counted each time `os.getloadavg` is called.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

WARM_UP: Final = 60
COUNTED: Final = 60
CONTESTANTS: Final = ("empty", "minimal", "django-cors-headers", "drf-cors")


def count() -> dict[str, dict[str, float]] | str:
    """Return case -> contestant -> instructions over an empty middleware, or why nothing was counted."""
    from tests.benchmarks.site import CASES

    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=callgrind", "--dump-before=os_getloadavg", f"--callgrind-out-file={out}"]
        done = subprocess.run(
            [*command, sys.executable, "-m", "tests.benchmarks.instructions"],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            capture_output=True,
            check=False,
        )
        dumps = sorted(Path(folder).glob("out.*"), key=lambda path: int(path.suffix[1:]))
        totals = [_total(path) for path in dumps]
    per_request = [total / COUNTED for total in totals[1::2]]  # every second dump ends a turn
    if done.returncode or len(per_request) != len(CASES) * len(CONTESTANTS):
        return "callgrind does not see this Python's functions"
    found = {}
    for number, case in enumerate(CASES):
        turns = dict(zip(CONTESTANTS, per_request[number * len(CONTESTANTS) :], strict=False))
        empty = turns.pop("empty")
        found[case] = {name: value - empty for name, value in turns.items()}
    return found


def _total(path: Path) -> int:
    lines = [line for line in path.read_text().splitlines() if line.startswith(("totals:", "summary:"))]
    return int(lines[-1].split()[1])


def _send() -> None:
    from tests.benchmarks import site

    gc.disable()
    handlers = [site.handler(name) for name in CONTESTANTS]
    for case in site.CASES.values():
        for handle in handlers:
            for request in site.requests(WARM_UP, *case):
                handle(request)
            made = site.requests(COUNTED, *case)
            os.getloadavg()
            for request in made:
                handle(request)
            os.getloadavg()


if __name__ == "__main__":
    _send()
