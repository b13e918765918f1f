"""Runs a page as its reader would: block after block, in one module."""

from __future__ import annotations

import doctest
import io
import os
import shlex
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client

from drf_cors.conf import DEFAULTS
from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.merge import EffectivePolicy, Layer, merge
from drf_cors.core.policy import CorsPolicy
from drf_cors.core.sources import Source
from tests.docs.pages import ROOT, Block, Page, codes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

#: Commands that the tests leave alone: they install, or serve until they are stopped.
LEFT_ALONE = ("pip ", "python -m ", "make ", "git ", "mkdir ", "python manage.py runserver")

#: Errors are written where they happen, between the lines of the output, as in a terminal.
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "settings"}


class Reader:
    """One reading of one page.

    Args:
        page: What to run.
        folder: Where its files go.
        settings: Keeps what the page sets, until its test ends.
    """

    def __init__(self, page: Page, folder: Path, settings: SettingsWrapper) -> None:
        self.page = page
        self.folder = folder
        self.settings = settings
        # A real module: what stands where, is a question the library asks.
        self.module = ModuleType("docs_" + page.path.stem.replace("-", "_").lower())
        self.namespace: dict[str, Any] = vars(self.module)
        self.doctests = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)

    def read(self) -> None:
        """Run every block; the first that fails raises."""
        for block in self.page.blocks:
            step = self.step(block)
            if step is not None:
                step(block)

    def step(self, block: Block) -> Callable[[Block], None] | None:
        """Return how to run a block, None where there is nothing to run."""
        by_directive: dict[str, Callable[[Block], None] | None] = {
            "file": self.write,
            "append": self.append,
            "settings": self.set,
            "urls": self.use_urls,
            "wire": self.ask,
            "merge": self.merge,
            "faults": self.refuse,
            "skip": None,
        }
        by_language = {"python": self.run, "pycon": self.talk, "console": self.command}
        return by_directive[block.directive] if block.directive else by_language.get(block.language)

    def run(self, block: Block) -> None:
        exec(self.compiled(block), self.namespace)

    def compiled(self, block: Block) -> Any:
        # Tracebacks shall name the line of the page.
        return compile("\n" * (block.line - 1) + block.text, self.page.name, "exec")

    def talk(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(
            block.text, self.namespace, self.page.name, self.page.name, block.line - 1
        )
        test.globs = self.namespace  # not the copy it made
        written: list[str] = []
        self.doctests.run(test, out=written.append, clear_globs=False)
        assert not written, "".join(written)

    def set(self, block: Block) -> None:
        given: dict[str, Any] = {}
        exec(self.compiled(block), self.namespace, given)
        for name, value in given.items():
            if name.isupper():
                setattr(self.settings, name, with_the_rest(name, value))
            else:
                self.namespace[name] = value

    def use_urls(self, block: Block) -> None:
        self.run(block)
        self.settings.ROOT_URLCONF = self.module.__name__

    def write(self, block: Block) -> None:
        (self.folder / block.argument).write_text(block.text, encoding="utf-8")

    def append(self, block: Block) -> None:
        path = self.folder / block.argument
        path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{block.text}", encoding="utf-8")

    def command(self, block: Block) -> None:
        """Run the commands after each `$`, and compare what they write; `...` stands for anything."""
        for part in block.text.removeprefix("$ ").split("\n$ "):
            command, _, expected = part.partition("\n")
            if command.startswith(LEFT_ALONE):
                continue
            is_project = (self.folder / "manage.py").exists()
            written = self.run_beside(command) if is_project else run_here(command)
            assert agree(expected, written), f"{self.page.name}: $ {command}\n{written}"

    def run_beside(self, command: str) -> str:
        python, *arguments = shlex.split(command)
        assert python == "python", command
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, **ENVIRONMENT},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout

    def ask(self, block: Block) -> None:
        """Send the requests of a table, and compare all CORS headers of the answers."""
        for request, origin, expected in block.rows:
            answer = answer_to(codes(request)[0], (codes(origin) or [None])[0])
            assert answer == set(codes(expected)), f"{self.page.name}: {request} from {origin}:\n{sorted(answer)}"

    def merge(self, block: Block) -> None:
        """Merge the layers of a table, and compare what the last column says holds."""
        for rule, layers, expected in block.rows:
            merged = merge([DEFAULTS, *(self.layer(code) for code in codes(layers))])
            holds = eval(f"dict({codes(expected)[0]})", self.namespace)
            assert {name: plain(merged, name) for name in holds} == holds, f"{self.page.name}: {rule}"

    def refuse(self, block: Block) -> None:
        """Make a policy of each example of a table, and look for the fault in what is refused."""
        for reason, example, _ in block.rows:
            for fields in codes(example):
                with pytest.raises(CorsConfigurationError) as refused:
                    eval(f"declared({fields})", {**self.namespace, "declared": declared})
                assert codes(reason)[0] in [fault.reason for fault in refused.value.faults], reason

    def layer(self, code: str) -> Layer:
        number, _, said = code.partition(": ")
        policy = eval(f"declared({said})", {**self.namespace, "declared": declared})
        source = Source("setting", number)
        return Layer(policy=policy, source=source, is_global=number == "2", from_urlconf_or_settings=number == "4")


def with_the_rest(name: str, value: Any) -> Any:
    """Return a list of settings in which `...` stands for what the tests' settings have besides."""
    if not (isinstance(value, list) and ... in value):
        return value
    given = [item for item in value if item is not ...]
    return [*given, *(item for item in getattr(django_settings, name) if item not in given)]


def declared(policy: CorsPolicy | None = None, **fields: Any) -> CorsPolicy:
    return policy or CorsPolicy(**fields)


def plain(policy: EffectivePolicy, name: str) -> Any:
    """Return an attribute of a merged policy as the tables write it."""
    if name == "faults":
        return [merged.fault.reason for merged in policy.faults]
    value = getattr(policy, name)
    return list(value) if isinstance(value, tuple) else value


def run_here(command: str) -> str:
    """Run a management command in this process, and return what it wrote."""
    python, manage, *arguments = shlex.split(command)
    assert (python, manage) == ("python", "manage.py"), command
    written = io.StringIO()
    call_command(*arguments, stdout=written, stderr=written, no_color=True)
    return written.getvalue()


def agree(expected: str, written: str) -> bool:
    """Whether output is as the page shows it, but for white space at the ends of lines."""
    tidy = ["\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (expected, written)]
    return doctest.OutputChecker().check_output(f"{tidy[0]}\n", f"{tidy[1]}\n", doctest.ELLIPSIS)


def answer_to(request: str, origin: str | None) -> set[str]:
    """Return the CORS headers of the answer to `GET /path`, or to `preflight PUT /path x-a, x-b`."""
    headers = {"origin": origin} if origin else {}
    words = request.split(" ", 3)
    if words[0] == "preflight":
        headers["access-control-request-method"] = words[1]
        headers["access-control-request-headers"] = ",".join(words[3:])
        method, path = "OPTIONS", words[2]
    else:
        method, path = words
    response = Client(raise_request_exception=False).generic(method, path, headers=headers)
    return {
        f"{name}: {value}"
        for name, value in response.headers.items()
        if name.lower().startswith("access-control-") or name.lower() == "vary"
    }
