"""Mutants: small faults put into the source of a module, one at a time.

A mutation replaces one node of the module's syntax tree. It is named by its file, its function and the text
before and after, never by its line, so that an argument about it holds while the code around it moves.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.RShift: ast.LShift,
}
_TWINS = [
    ("any", "all"),
    ("startswith", "endswith"),
    ("find", "rfind"),
    ("partition", "rpartition"),
    ("lstrip", "rstrip"),
    ("removeprefix", "removesuffix"),
    ("lower", "upper"),
    ("fullmatch", "match"),
    ("max", "min"),
]
_NAMES = {**dict(_TWINS), **{other: name for name, other in _TWINS if other != "match"}}

#: What can go wrong in a regular expression: a token and what may stand in its place.
_REGEX_TOKENS = [
    (re.compile(r"(?<=\{)(?P<n>\d+)(?=,)"), lambda n: [str(int(n) + 1)]),  # at least
    (re.compile(r"(?<=,)(?P<n>\d+)(?=\})"), lambda n: [str(int(n) - 1), str(int(n) + 1)]),  # at most
    (re.compile(r"(?<=[])}.a-z])[*+](?![-.])"), lambda sign: ["+" if sign == "*" else "*"]),
    (re.compile(r"(?<=[])}.*a-z])\?"), lambda _: [""]),
    (re.compile(r"\\\."), lambda _: ["."]),
    (re.compile(r"(?<=\[)[a-z0-9]-[a-z0-9](?=[^]\s])"), lambda _: [""]),  # the first range of a class
    (re.compile(r"(?<=[a-z0-9]-[a-z0-9])[a-z0-9]-[a-z0-9](?=[^]\s]*\])"), lambda _: [""]),  # the second
    (re.compile(r"(?<=[a-z0-9])[-_+.:]+(?=\])"), lambda signs: [signs[:i] + signs[i + 1 :] for i in range(len(signs))]),
]
_LONGEST = 100
_AROUND = 24
#: Holders whose text says too little, or that `ast.unparse` needs more around.
_SMALL = (ast.Slice, ast.UnaryOp, ast.Starred, ast.keyword, ast.JoinedStr, ast.FormattedValue, ast.comprehension)
_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.ExceptHandler, ast.FunctionDef, ast.ClassDef, ast.Module)


class Place(NamedTuple):
    """A slot of the syntax tree."""

    holder: ast.AST
    field: str
    index: int | None = None

    def get(self) -> Any:
        value = getattr(self.holder, self.field)
        return value if self.index is None else value[self.index]

    def put(self, node: Any) -> None:
        if self.index is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.index] = node


class Edit(NamedTuple):
    """What one mutation does to the tree: `node` goes where `place` is."""

    operator: str
    place: Place
    node: Any

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Change the tree for a moment."""
        original = self.place.get()
        self.place.put(self.node)
        yield
        self.place.put(original)


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        line: Where it is, for people; not part of its name.
        function: The dotted name inside the module; "" at its top level.
        operator: The kind of fault.
        before: The code.
        after: The code with the fault. Where a function has the same fault several times, a number follows.
    """

    file: str
    line: int
    function: str
    operator: str
    before: str
    after: str
    edit: Edit

    @property
    def key(self) -> tuple[str, str, str]:
        return self.file, self.function, f"{self.before} → {self.after}"


class Source:
    """A module's tree and its mutants, in the order of the source."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.tree = ast.parse(text)
        self._parents = {
            child: Place(parent, field, index)
            for parent in ast.walk(self.tree)
            for field, value in ast.iter_fields(parent)
            for index, child in _children(value)
        }
        self.mutants = list(self._all_mutants())

    def _all_mutants(self) -> Iterator[Mutant]:
        seen: Counter[tuple[str, str]] = Counter()
        for node, function in _walk(self.tree, ""):
            for edit in self._edits(node):
                before, after = self._texts(edit)
                if before == after:
                    continue
                seen[function, f"{before} → {after}"] += 1
                count = seen[function, f"{before} → {after}"]
                after += f" ({count})" if count > 1 else ""
                line = getattr(node, "lineno", 0)
                yield Mutant(self.file, line, function, edit.operator, before, after, edit)

    def _edits(self, node: ast.AST) -> Iterator[Edit]:
        place = self._parents[node]
        if isinstance(node, ast.stmt):
            yield from self._statement_edits(node, place)
        elif isinstance(node, ast.Constant):
            for value in self._other_values(node):
                yield Edit("regex" if self._is_regex(node) else "constant", place, ast.Constant(value))
        else:
            yield from _operator_edits(node, place)
            yield from _part_edits(node, place)
        is_condition = place.field == "test" or (place.field == "ifs" and isinstance(place.holder, ast.comprehension))
        is_covered = isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Compare) and len(node.ops) == 1)
        if is_condition and not is_covered:
            yield Edit("condition", place, ast.UnaryOp(ast.Not(), node))

    def _statement_edits(self, node: ast.stmt, place: Place) -> Iterator[Edit]:
        if isinstance(node, ast.Return):
            if node.value is not None and not isinstance(node.value, ast.Constant):
                values = [True, False] if self._returns_bool(node) else [None]
                for value in values:
                    yield Edit("return value", Place(node, "value"), ast.Constant(value))
            if not isinstance(place.holder, ast.FunctionDef):
                yield Edit("statement removed", place, ast.Pass())
        elif isinstance(node, ast.Expr | ast.AugAssign | ast.Continue | ast.Raise) or (
            isinstance(node, ast.Assign) and not self._is_first_binding(node)
        ):
            yield Edit("statement removed", place, ast.Pass())

    def _other_values(self, node: ast.Constant) -> list[Any]:
        value = node.value
        if isinstance(value, bool):
            return [not value]
        if isinstance(value, int):
            return [value + 1, value - 1]
        if not isinstance(value, str):
            return []
        if self._is_regex(node):
            return list(_other_regexes(value))
        return [f"XX{value}"]

    def _is_regex(self, node: ast.AST) -> bool:
        while not isinstance(node, ast.stmt):
            place = self._parents[node]
            if isinstance(place.holder, ast.Call) and ast.unparse(place.holder.func).startswith("re."):
                return place.field == "args" and place.index == 0
            if isinstance(place.holder, ast.For) and ast.unparse(place.holder.target) == "between":
                return True  # the regular expressions of `_split_joined`
            node = place.holder
        return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_LABEL"

    def _function_of(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.FunctionDef | ast.Module):
            node = self._parents[node].holder
        return node

    def _returns_bool(self, node: ast.AST) -> bool:
        function = self._function_of(node)
        return (
            isinstance(function, ast.FunctionDef)
            and function.returns is not None
            and ast.unparse(function.returns) == "bool"
        )

    def _is_first_binding(self, node: ast.Assign) -> bool:
        """Whether the name has no value before; without the statement nothing would run at all."""
        if not all(isinstance(target, ast.Name) for target in node.targets):
            return isinstance(node.targets[0], ast.Tuple)
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        function = self._function_of(node)
        return not any(
            (isinstance(other, ast.arg) and other.arg in names)
            or (
                isinstance(other, ast.Name)
                and isinstance(other.ctx, ast.Store)
                and other.id in names
                and other.lineno < node.lineno
            )
            for other in ast.walk(function)
        )

    def _texts(self, edit: Edit) -> tuple[str, str]:
        shown = edit.place
        while isinstance(shown.holder, _SMALL):
            shown = self._parents[shown.holder]
        place = shown if isinstance(shown.holder, _BLOCKS) else self._parents[shown.holder]
        before = _text_at(place)
        with edit.applied():
            after = _text_at(place)
        return _shortened(before, after)


def _operator_edits(node: ast.AST, place: Place) -> Iterator[Edit]:
    if isinstance(node, ast.Compare):
        for index, sign in enumerate(node.ops):
            for other in _COMPARISONS[type(sign)]:
                yield Edit("comparison", Place(node, "ops", index), other())
    elif isinstance(node, ast.BoolOp):
        yield Edit("and/or", Place(node, "op"), ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        for index in range(len(node.values)):
            rest = node.values[:index] + node.values[index + 1 :]
            yield Edit("operand dropped", place, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield Edit("not" if isinstance(node.op, ast.Not) else "minus", place, node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC and not _is_text(node.left, node.right):
        yield Edit("arithmetic", Place(node, "op"), _ARITHMETIC[type(node.op)]())


def _part_edits(node: ast.AST, place: Place) -> Iterator[Edit]:
    if isinstance(node, ast.Name | ast.Attribute):
        field = "id" if isinstance(node, ast.Name) else "attr"
        if getattr(node, field) in _NAMES:
            yield Edit("other function", Place(node, field), _NAMES[getattr(node, field)])
    elif isinstance(node, ast.Slice):
        for field in ("lower", "upper"):
            if getattr(node, field) is not None:
                yield Edit("slice", Place(node, field), None)
    elif isinstance(node, ast.Starred) and isinstance(node.ctx, ast.Load):
        yield Edit("element dropped", place, ast.Starred(ast.Tuple([], ast.Load()), ast.Load()))


def _is_text(*operands: ast.expr) -> bool:
    return any(isinstance(operand, ast.Constant) and isinstance(operand.value, str) for operand in operands)


def _text_at(place: Place) -> str:
    node = place.get()
    if isinstance(node, _BLOCKS):  # a decorator, a default: the header is too much
        return type(node).__name__
    text = " ".join(ast.unparse(node).split())
    if isinstance(node, ast.stmt) and isinstance(place.holder, ast.If):
        text = f"if {ast.unparse(place.holder.test)}: {text}" if place.field == "body" else f"else: {text}"
    return text


def _shortened(before: str, after: str) -> tuple[str, str]:
    """Leave out what long texts have in common, but for some letters around the difference."""
    if max(len(before), len(after)) <= _LONGEST:
        return before, after
    start = max(0, _common_length(before, after) - _AROUND)
    end = max(0, _common_length(before[start:][::-1], after[start:][::-1]) - _AROUND)
    return tuple(
        ("…" if start else "") + text[start : len(text) - end] + ("…" if end else "") for text in (before, after)
    )


def _common_length(first: str, second: str) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(first), len(second)))


def _children(value: object) -> Iterator[tuple[int | None, ast.AST]]:
    if isinstance(value, ast.AST):
        yield None, value
    elif isinstance(value, list):
        yield from ((index, item) for index, item in enumerate(value) if isinstance(item, ast.AST))


def _walk(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield the nodes that run, each with the function it is in: no annotations, docstrings and imports."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for index, child in _children(value):
            if isinstance(child, ast.Import | ast.ImportFrom) or _is_inert(node, field, index, child):
                continue
            inside = function
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = f"{function}.{child.name}".lstrip(".")
            elif not isinstance(child, ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop):
                yield child, function
            yield from _walk(child, inside)


def _is_inert(node: ast.AST, field: str, index: int | None, child: ast.AST) -> bool:
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
        return field == "args" and index == 0
    if isinstance(child, ast.keyword) and child.arg == "repr":
        return True  # of a dataclass: for people
    if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
        return True
    if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) == "__slots__":
        return True
    # Type aliases.
    return isinstance(child, ast.Subscript) and ast.unparse(child.value) in ("Literal", "dict", "tuple")


def _other_regexes(text: str) -> Iterator[str]:
    for token, others in _REGEX_TOKENS:
        for found in token.finditer(text):
            for other in others(found[0]):
                yield text[: found.start()] + other + text[found.end() :]
