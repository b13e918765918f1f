"""From `performance.json` to what the page quotes of it. `tests/docs` holds the page to this."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks import large

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER: Final = Path(__file__).parents[2] / "docs" / "explanation"
JSON: Final = Path(__file__).parent / "results" / "performance.json"
PAGE: Final = FOLDER / "performance.md"
PLOT: Final = FOLDER / "performance.svg"

BEGIN: Final = "<!-- measured: {} -->"
END: Final = "<!-- /measured -->"

THEIRS: Final = "django-cors-headers"
OURS: Final = "drf-cors"

#: Case -> the ratio that was to be reached, ours to theirs.
GOALS: Final = {"no Origin": 0.15, "allowed GET": 0.065, "blocked GET": 0.06, "preflight": 0.11}

#: The same with cold caches.
COLD_GOALS: Final = {"no Origin": 0.16, "allowed GET": 0.09, "blocked GET": 0.1, "preflight": 0.19}

#: What is compared under two conditions -> the ratio that was to be reached, ours to ours.
PAIR_GOALS: Final = {
    "one subdomain pattern, to one exact origin": 1.3,
    "preflight, 2,200 routes in includes, to 50 routes": 1.5,
}


def blocks(measured: Mapping[str, Any]) -> dict[str, str]:
    """Return name -> Markdown of every part of the page that holds numbers."""
    return {
        "machine": _machine(measured["machine"]),
        "ratios": _table(("", "theirs", "ours", "ratio", "goal", "instructions"), _ratios(measured)),
        "async": _table(("", "theirs", "ours", "ratio"), _pairs(measured["async"])),
        "cold": _table(("", "theirs", "ours", "ratio", "goal"), _cold(measured["cold"])),
        "conditions": _table(("", "ours", "ours, to", "ratio", "goal"), _conditions(measured["conditions"])),
        "minimal": _table(("", "minimal", "ratio to theirs"), _minimal(measured["sync"])),
        "session": _table(("policies", "preflights"), [(name, str(n)) for name, n in measured["session"].items()]),
        "starlette": _starlette(measured["starlette"]),
        "growth": _table(("", "smallest", "largest", "growth", "goal"), _growth(measured)),
        "memory": _table(("", "measured"), [(name, f"{value:,.0f}") for name, value in measured["memory"].items()]),
        "start-up": _table(("", "measured"), [(name, f"{value:.3g}") for name, value in measured["start-up"].items()]),
        "parts": _table(("step", "cost"), [(name, f"{value:.2f} µs") for name, value in measured["parts"].items()]),
        "in place": _in_place(measured["in place"]),
        "served": _served(measured["served"]),
        "large": _table(("what", "before", "goal", "reached"), large.rows(measured["large"], measured["memory"])),
    }


def _in_place(measured: Mapping[str, Mapping[str, float]]) -> str:
    steps = next(iter(measured.values()))
    rows = [(step, *(f"{measured[case][step]:.1f} µs" for case in measured)) for step in steps]
    return _table(("step", *measured), rows)


def filled(page: str, measured: Mapping[str, Any]) -> str:
    """Return the page with its blocks made anew."""
    for name, text in blocks(measured).items():
        before, begin, rest = page.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        if not (begin and end):
            raise ValueError(f"performance.md lacks {BEGIN.format(name)} or {END} after it")
        page = f"{before}{begin}\n{text}\n{end}{after}"
    return page


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _machine(machine: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in machine.items())


def _ratio(case: Mapping[str, float]) -> float:
    return case[OURS] / case[THEIRS]


def _ratios(measured: Mapping[str, Any]) -> list[tuple[str, ...]]:
    sync, counted = measured["sync"], measured["instructions"]
    rows = [(*row, f"{GOALS[row[0]]:g}", _counted(counted, row[0])) for row in _pairs(sync) if row[0] in GOALS]
    many = next(point for point in measured["origins"] if point["number"] == 10_000)
    theirs, ours = f"{many[THEIRS]:,.0f} µs", f"{many[OURS]:.1f} µs"
    rows.append(("allowed GET, 10,000 origins", theirs, ours, f"{_ratio(many):.5f}", "0.0003", ""))
    own, site = sync["allowed GET, own policy"][OURS], sync["allowed GET"][OURS]
    rows.append(
        (
            "own policy, to the site's",
            f"{site:.1f} µs (ours)",
            f"{own:.1f} µs",
            f"{own / site:.2f}",
            "1.08",
            _own_counted(counted),
        )
    )
    return rows


def _own_counted(counted: Any) -> str:
    if isinstance(counted, str):
        return "not counted"
    return f"{counted['allowed GET, own policy'][OURS] / counted['allowed GET'][OURS]:.2f}"


def _cold(cases: Mapping[str, Mapping[str, float]]) -> list[tuple[str, ...]]:
    return [(*row, f"{COLD_GOALS[row[0]]:g}") for row in _pairs(cases)]


def _conditions(pairs: Mapping[str, Sequence[float]]) -> list[tuple[str, ...]]:
    return [
        (name, f"{one:.1f} µs", f"{other:.1f} µs", f"{one / other:.2f}", f"{PAIR_GOALS[name]:g}")
        for name, (one, other) in pairs.items()
    ]


def _counted(counted: Any, case: str) -> str:
    return "not counted" if isinstance(counted, str) else f"{_ratio(counted[case]):.3f}"


def _pairs(cases: Mapping[str, Mapping[str, float]]) -> list[tuple[str, ...]]:
    return [
        (name, f"{case[THEIRS]:.1f} µs", f"{case[OURS]:.1f} µs", f"{_ratio(case):.3f}") for name, case in cases.items()
    ]


def _minimal(cases: Mapping[str, Mapping[str, float]]) -> list[tuple[str, ...]]:
    return [
        (name, f"{cases[name]['minimal']:.1f} µs", f"{cases[name]['minimal'] / cases[name][THEIRS]:.3f}")
        for name in GOALS
        if name != "preflight"
    ]


def _starlette(measured: Any) -> str:
    if isinstance(measured, str):
        return f"Not measured: {measured}."
    return _table(("", "Starlette"), [(name, f"{value:.1f} µs") for name, value in measured.items()])


def _growth(measured: Mapping[str, Any]) -> list[tuple[str, ...]]:
    names = {"origins": "exact origins", "patterns": "subdomain patterns", "routes": "routes with distinct policies"}
    return [
        (
            f"1 to {points[-1]['number']:,} {name}",
            f"{points[0][OURS]:.1f} µs",
            f"{points[-1][OURS]:.1f} µs",
            f"{points[-1][OURS] / points[0][OURS]:.2f}",
            "1.3",
        )
        for key, name in names.items()
        if (points := measured[key])
    ]


def _served(measured: Any) -> str:
    if isinstance(measured, str):
        return f"Not measured: {measured}."
    rows = [
        (server, case, *(f"{times[name]:.0f} µs" for name in ("empty", THEIRS, OURS)))
        for server, cases in measured.items()
        for case, times in cases.items()
    ]
    return _table(("server", "", "empty", "theirs", "ours"), rows)
