"""The figures that `make lint` prints are counted right."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING, Final

from tests import figures
from tests.figures import main, measure

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

#: Two functions, and a class with a method and an inner class.
BRANCHES: Final = '''
"""A docstring."""


def plain():
    return 1


def chosen(value):
    if value and value > 1 and value < 9:
        return [each for each in value if each]
    for each in value:
        print("a" if each else "b")
    return any(each or value for each in value)


class Shop:
    def sells(self):
        def inside():
            return 1 if self else 2

        return inside

    class Inner:
        def deep(self): ...
'''.lstrip()

#: A module without functions, with one line of 101 characters and one of 100.
LONG: Final = f"a = {'1' * 97}\nb = {'1' * 96}\n"


def test_a_sample_is_counted_right() -> None:
    counted = measure({"branches.py": BRANCHES, "long.py": LONG})
    assert counted.modules == 2
    assert counted.lines == 24 + 2
    assert counted.long_lines == 1
    assert (counted.biggest, counted.biggest_lines) == ("branches.py", 24)
    # A docstring; def and return; def, if, return, for, print, return; class, def, def, return,
    # return, class, def, `...`; and two in the other module.
    assert counted.statements == 1 + 2 + 6 + 8 + 2
    assert counted.ternaries == 2
    assert counted.comprehensions == 2
    assert counted.conditions == 2
    # chosen(): 1, if 1, and 2, comprehension 2, for 1, ternary 1, generator 1, or 1.
    # inside(): 1, ternary 1. The other three have no branch.
    assert sorted(counted.complexities) == [1, 1, 1, 2, 10]


def test_the_command_measures_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(figures.__file__, run_name="__main__")
    assert capsys.readouterr().out.startswith("Figures of drf_cors:\nlines ")


def test_the_report_names_each_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "shop"
    (folder / "views").mkdir(parents=True)
    (folder / "views" / "branches.py").write_text(BRANCHES, encoding="utf-8")
    (folder / "long.py").write_text(LONG, encoding="utf-8")
    main(folder)
    assert capsys.readouterr().out == (
        "Figures of shop:\n"
        "lines                              26 in 2 modules\n"
        "biggest module                     views/branches.py, 24 lines\n"
        "lines over 100 characters          3.8 %\n"
        "functions with complexity over 10  0.0 % of 5, at most 10\n"
        "mean complexity                    3.00\n"
        "per 100 statements                 10.5 ternaries, 10.5 comprehensions, 10.5 and/or\n"
    )
