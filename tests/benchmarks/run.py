"""`make bench`: measure everything, print the table, write `results/performance.json`, its plot, and the page's tables.

`python -m tests.benchmarks.run large memory` measures these steps only, and keeps the rest of the last results.

A benchmark passes or fails nothing; `tests/web/test_cost.py` counts what must not grow.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import cases, conditions, instructions, large, page, plot, served

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def machine() -> dict[str, str]:
    """Describe where the numbers come from."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": f"{models[0]}, {len(models)} of them" if models else platform.processor() or platform.machine(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Django": version("django"),
        "django-cors-headers": version("django-cors-headers"),
    }


def measure(names: Sequence[str] = ()) -> dict[str, Any]:
    """Return what is measured: everything, or the named steps among the last results."""
    steps: dict[str, Callable[[], Any]] = {
        "machine": machine,
        "sync": cases.sync_costs,
        "async": cases.async_costs,
        "cold": conditions.cold,
        "conditions": conditions.pairs,
        "session": cases.session_preflights,
        "starlette": cases.starlette_costs,
        "origins": cases.growth_in_origins,
        "patterns": cases.growth_in_patterns,
        "routes": cases.growth_in_routes,
        "start-up": cases.start_up,
        "memory": cases.memory,
        "parts": cases.parts,
        "in place": cases.parts_in_place,
        "instructions": instructions.count,
        "served": served.serve,
        "large": large.measure,
    }
    measured = json.loads(page.JSON.read_text(encoding="utf-8")) if names else {}
    for name in names or steps:
        step = steps[name]
        print(f"{name} ...", file=sys.stderr, flush=True)
        measured[name] = step()
        if isinstance(measured[name], str):
            print(f"{name}: SKIPPED: {measured[name]}", file=sys.stderr, flush=True)
    return _rounded(measured)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def main() -> None:
    measured = measure(sys.argv[1:])
    page.JSON.write_text(json.dumps(measured, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    names = {"origins": "origins", "patterns": "patterns", "routes": "routes"}
    lines = {
        "django-cors-headers, origins": _points(measured["origins"], page.THEIRS),
        **{f"drf-cors, {text}": _points(measured[key], page.OURS) for key, text in names.items()},
    }
    page.PLOT.write_text(plot.draw(lines), encoding="utf-8")
    page.PAGE.write_text(page.filled(page.PAGE.read_text(encoding="utf-8"), measured), encoding="utf-8")
    told = page.blocks(measured)
    print("\n\n".join(told[name] for name in ("machine", "ratios", "async", "growth", "served", "large")))


def _points(points: list[dict[str, float]], name: str) -> list[tuple[float, float]]:
    return [(point["number"], point[name]) for point in points if name in point]


if __name__ == "__main__":
    main()
