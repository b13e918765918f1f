"""From what was seen of the packages to the table of `docs/reference/works-with.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "works-with.md"
BEGIN, END = "<!-- packages -->", "<!-- /packages -->"
HEAD = ("package", "version", "mounted", "declared outside", "declared inside", "seen")


def brought_up_to_date(results: Sequence[Mapping[str, Any]], *, may_write: bool) -> list[str]:
    """Write the table into the page; where that is not wanted, return the fault that the page is not up to date."""
    text = PAGE.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    filled = f"{before}{begin}\n{table(results)}\n{end}{after}"
    if filled == text:
        return []
    if not may_write:
        sys.stdout.write(f"FAILED: {PAGE.name} differs from what was seen: run make packages, and commit the page.\n")
        return [PAGE.name]
    PAGE.write_text(filled, encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE.name}.\n")
    return []


def table(results: Iterable[Mapping[str, Any]]) -> str:
    """Return the table as Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *map(_row, results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(result: Mapping[str, Any]) -> tuple[str, ...]:
    cases = result["cases"]
    ways = {
        where: _joined(case["way"] for case in cases if case["where"] == where and not case["closed"])
        for where in ("outside", "inside")
    }
    responses = _joined(case["way"] for case in cases if case["where"] == "response")
    seen = ["in force"]
    if responses:
        seen.append(f"its own responses: {responses}")
    seen += [f"{case['way']}: {_told(case)}" for case in cases if case["closed"]]
    return (
        f"`{result['distribution']}`",
        result["version"],
        result["mounted"],
        ways["outside"] or "-",
        ways["inside"] or "-",
        "; ".join(dict.fromkeys(seen)),
    )


def _told(case: Mapping[str, Any]) -> str:
    number = f"`drf_cors.{case['closed']}`"
    return f"closed, {number}" if case["closed"].startswith("E") else number


def _joined(ways: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(ways))
