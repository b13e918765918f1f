"""Print figures about the code of the library: how long, how branched and how dense it is.

`make lint` prints them. They are a report: no figure makes it fail.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from radon.visitors import ComplexityVisitor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from radon.visitors import Class, Function

PACKAGE: Final = Path(__file__).parents[1] / "drf_cors"

#: A line that is longer counts as long, a function that is more complex as complex.
LONG_LINE: Final = 100
COMPLEX: Final = 10

COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is counted in some modules.

    Attributes:
        modules: How many there are.
        lines: All lines, with comments and empty ones.
        long_lines: Lines of more than 100 characters.
        biggest: The name of the module with the most lines.
        biggest_lines: Its lines.
        statements: Statements, each `def` and each docstring among them.
        ternaries: Expressions `a if b else c`.
        comprehensions: Lists, sets, dicts and generators with a `for` in them.
        conditions: Chains of `and`, and of `or`.
        complexities: Cyclomatic complexity of each function and method, as radon counts it. A
            function inside another one counts by itself.
    """

    modules: int
    lines: int
    long_lines: int
    biggest: str
    biggest_lines: int
    statements: int
    ternaries: int
    comprehensions: int
    conditions: int
    complexities: tuple[int, ...]


def measure(sources: Mapping[str, str]) -> Figures:
    """Count the figures of modules.

    Args:
        sources: Name -> source, at least one.
    """
    lines = [line for source in sources.values() for line in source.splitlines()]
    nodes = [node for source in sources.values() for node in ast.walk(ast.parse(source))]
    biggest = max(sources, key=lambda name: len(sources[name].splitlines()))
    return Figures(
        modules=len(sources),
        lines=len(lines),
        long_lines=sum(len(line) > LONG_LINE for line in lines),
        biggest=biggest,
        biggest_lines=len(sources[biggest].splitlines()),
        statements=count(nodes, ast.stmt),
        ternaries=count(nodes, ast.IfExp),
        comprehensions=count(nodes, COMPREHENSIONS),
        conditions=count(nodes, ast.BoolOp),
        complexities=tuple(
            function.complexity
            for source in sources.values()
            for function in functions_of(ComplexityVisitor.from_code(source))
        ),
    )


def count(nodes: Iterable[ast.AST], kinds: type[ast.AST] | tuple[type[ast.AST], ...]) -> int:
    return sum(isinstance(node, kinds) for node in nodes)


def functions_of(visitor: ComplexityVisitor) -> Iterator[Function]:
    """Yield the functions of a module, the methods of its classes, and the functions in both."""
    for function in visitor.functions:
        yield from with_inner(function)
    for owner in visitor.classes:
        yield from methods_of(owner)


def methods_of(owner: Class) -> Iterator[Function]:
    for method in owner.methods:
        yield from with_inner(method)
    for inner in owner.inner_classes:
        yield from methods_of(inner)


def with_inner(function: Function) -> Iterator[Function]:
    yield function
    for inner in function.closures:
        yield from with_inner(inner)


def report(figures: Figures) -> str:
    """Return the figures as text, one a line."""
    functions = len(figures.complexities)
    branched = sum(complexity > COMPLEX for complexity in figures.complexities)
    rows = {
        "lines": f"{figures.lines:,} in {figures.modules} modules",
        "biggest module": f"{figures.biggest}, {figures.biggest_lines} lines",
        f"lines over {LONG_LINE} characters": percent(figures.long_lines, figures.lines),
        f"functions with complexity over {COMPLEX}": (
            f"{percent(branched, functions)} of {functions}, at most {max(figures.complexities)}"
        ),
        "mean complexity": f"{sum(figures.complexities) / functions:.2f}",
        "per 100 statements": (
            f"{percent(figures.ternaries, figures.statements, '')} ternaries, "
            f"{percent(figures.comprehensions, figures.statements, '')} comprehensions, "
            f"{percent(figures.conditions, figures.statements, '')} and/or"
        ),
    }
    width = max(map(len, rows)) + 2
    return "".join(f"{name:{width}}{value}\n" for name, value in rows.items())


def percent(part: int, whole: int, unit: str = " %") -> str:
    return f"{100 * part / whole:.1f}{unit}"


def sources_in(folder: Path) -> dict[str, str]:
    """Return the modules in a folder, by their paths in it."""
    paths = sorted(folder.rglob("*.py"))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def main(folder: Path = PACKAGE) -> None:
    """Print the figures of a package."""
    sys.stdout.write(f"Figures of {folder.name}:\n{report(measure(sources_in(folder)))}")


if __name__ == "__main__":
    main()
