"""Tests as tables: each row has a name, and the test runs once for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest


def named_rows(names: str, rows: Mapping[str, Any] | Iterable[tuple[Any, ...]], **options: Any) -> Any:
    """Run a test once for each row of a table, under the name of the row.

    Args:
        names: The parameters of the test, as in `pytest.mark.parametrize`: "origin, reason".
        rows: Tuples, of which the first item is the name of the row. Or a map of such names to values; for a test
            of several parameters, to tuples of values.
        options: What else `pytest.mark.parametrize` takes.
    """
    if isinstance(rows, Mapping):
        return pytest.mark.parametrize(names, rows.values(), ids=rows.keys(), **options)
    cases = [pytest.param(*values, id=name) for name, *values in rows]
    return pytest.mark.parametrize(names, cases, **options)
