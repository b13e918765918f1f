"""The page of public names, each module's `__all__` and the imports that the documentation shows agree."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pydoc
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import pytest

from drf_cors import CorsPolicyMixin
from tests.docs.pages import PAGES, ROOT, Block, Page, codes
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE: Final = PAGES["docs/reference/public-names.md"]

#: A dotted path into the package. The ids of checks look like one.
PATH: Final = re.compile(r"drf_cors(?:\.[A-Za-z_]\w*)+")
ID_OF_CHECK: Final = re.compile(r"drf_cors\.[EWI]\d{3}")

#: What users read. Explanations and CONTRIBUTING may name private modules.
FOR_USERS: Final = ("README.md", "docs/tutorial/", "docs/how-to/", "docs/reference/")


def names_on_page() -> dict[str, list[str]]:
    """Return module -> its names, as the page lists them."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    table = next(block for block in PAGE.blocks if "described in" in block.text)
    for row in table.rows:
        names[codes(row[0])[0]] += codes(row[1])
    return names


PUBLIC: Final = names_on_page()


def is_public(path: str) -> bool:
    """Whether a dotted path is a public module, or a public name in one."""
    module, _, name = path.rpartition(".")
    return path in PUBLIC or name in PUBLIC.get(module, [])


def code_of(block: Block) -> str:
    """Return the Python code of a block that readers see, "" where it has none."""
    if block.is_hidden:
        return ""
    if block.language == "pycon":
        examples = doctest.DocTestParser().get_examples(block.text)
        return "".join(example.source for example in examples)
    return block.text if block.language == "python" else ""


def paths_in(code: str) -> Iterator[str]:
    """Yield the dotted paths into the package that code imports, or has as strings."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def private_among(paths: Iterable[str]) -> list[str]:
    """Return the paths that lead into the package, to what is not public."""
    private = []
    for path in paths:
        is_ours = PATH.fullmatch(path) and not ID_OF_CHECK.fullmatch(path)
        if is_ours and not is_public(path):
            private.append(path)
    return private


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_has_the_names_of_the_page(module: str) -> None:
    loaded = importlib.import_module(module)
    assert sorted(loaded.__all__) == sorted(PUBLIC[module])
    assert [name for name in loaded.__all__ if not hasattr(loaded, name)] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_help_describes_every_public_class_and_function(module: str) -> None:
    loaded = importlib.import_module(module)
    values = {name: getattr(loaded, name) for name in PUBLIC[module]}
    assert [name for name, value in values.items() if callable(value) and not inspect.getdoc(value)] == []


def test_help_has_the_docstring_of_the_mixin() -> None:
    text = pydoc.render_doc(CorsPolicyMixin, renderer=pydoc.plaintext)
    first, *_ = f"{CorsPolicyMixin.__doc__}".splitlines()
    assert first in text
    assert "cors_action_policies: Action name of a viewset" in text


def test_packages_that_are_not_public_are_listed_as_private() -> None:
    initial = (ROOT / "drf_cors").glob("*/__init__.py")
    packages = {f"drf_cors.{path.parent.name}" for path in initial}
    assert sorted(PAGE.first_cells("## What may change")) == sorted(packages - {*PUBLIC})


@named_rows("page", PAGES)
def test_readers_see_imports_of_public_names_only(page: Page) -> None:
    for block in page.blocks:
        assert private_among(paths_in(code_of(block))) == [], f"line {block.line}"


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith(FOR_USERS)])
def test_the_prose_for_users_names_public_paths_only(name: str) -> None:
    prose = PAGES[name].prose
    if name == PAGE.name:
        prose = prose.partition("\n## What may change\n")[0]
    assert private_among(codes(prose)) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from drf_cors import cors", []),
        ("from drf_cors.openapi import views", []),
        ("import drf_cors.signals", []),
        ("from django.urls import path", []),
        ("SILENCED_SYSTEM_CHECKS = ['drf_cors.W001']", []),
        ("from drf_cors import cors, resolver", ["drf_cors.resolver"]),
        ("from drf_cors.core.verdict import Reason", ["drf_cors.core.verdict.Reason"]),
        ("import drf_cors.core", ["drf_cors.core"]),
        ("MIDDLEWARE = ['drf_cors.middleware.cors']", ["drf_cors.middleware.cors"]),
    ],
)
def test_a_private_path_is_found(code: str, found: list[str]) -> None:
    assert private_among(paths_in(code)) == found


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (Block("python", "a = 1\n", 1), "a = 1\n"),
        (Block("pycon", ">>> a = 1\n>>> a\n1\n", 1), "a = 1\na\n"),
        (Block("console", "$ make docs\n", 1), ""),
        (Block("python", "a = 1\n", 1, is_hidden=True), ""),
    ],
)
def test_code_is_what_readers_see(block: Block, code: str) -> None:
    assert code_of(block) == code
