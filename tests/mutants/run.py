"""Mutation testing of the core: put one fault at a time into its source, and see whether a test of it fails.

`python -m tests.mutants.run` tries every mutant and writes mutants.json beside this file; with `--sample N` it
tries N of them, the same as long as the code is the same. Fails where a mutant survives that is not argued
away in README.md, and where what is argued there is no longer true.

Each mutant has forked processes of its own: the mutated module is imported in place of the real one, then the
tests run until the first fails. So nothing is written to the source, and every constant counts.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import multiprocessing
import os
import re
import signal
import sys
import time
import traceback
from collections import Counter
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, NamedTuple

import hypothesis
import pytest

from tests.mutants.mutations import Mutant, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
#: What makes verdicts; `test_verdict.py` tests all of it.
VERDICTS = ("core/url_policies.py", "core/verdict.py", "core/cache_safety.py", "core/preflight.py", "core/judge.py")
FILES = ("core/merge.py", "core/origins.py", "core/origin_faults.py", *VERDICTS)
TESTS = "tests/core"
ARGUMENTS = Path(__file__).with_name("README.md")
RESULT = Path(__file__).with_name("mutants.json")
WORKERS = 2
#: Processor time for one test or import; the slowest takes a tenth. So an endless loop is noticed on a busy machine.
SECONDS = 25
SEED = "drf-cors"

OPTIONS = [
    *("-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-p", "no:django", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:pytest_cov"),
    f"--ignore={TESTS}/test_layering.py",  # reads the source, does not run it
    TESTS,
]
SLOW = f"{TESTS}/test_leaks.py"


class Verdict(NamedTuple):
    """What the tests said of a mutant: `killer` is the one that failed, None where all passed."""

    number: int | None
    killer: str | None
    seconds: float


def in_order(items: list[pytest.Item], file: str) -> list[pytest.Item]:
    """Return the tests, fastest first: what kills a mutant early saves the rest."""
    own = f"{TESTS}/test_{'verdict' if file in VERDICTS else Path(file).stem}.py"
    # The model browser checks verdicts; what is left alive of the rest is nothing it would see.
    wanted = [item for item in items if not item.nodeid.startswith(SLOW) or file in VERDICTS]
    return sorted(
        wanted,
        key=lambda item: (
            item.nodeid.startswith(SLOW),
            item.get_closest_marker("hypothesis") is not None,
            not item.nodeid.startswith(own),
        ),
    )


class MutantLoader(importlib.machinery.SourceFileLoader):
    """Loads a module from a changed syntax tree."""

    def __init__(self, fullname: str, path: str, tree: ast.Module) -> None:
        super().__init__(fullname, path)
        self.tree = tree
        self.is_used = False

    def get_code(self, fullname: str) -> CodeType:
        self.is_used = True
        return compile(ast.fix_missing_locations(self.tree), self.path, "exec")


class MutantFinder(importlib.abc.MetaPathFinder):
    """Finds one module, for its loader; leaves the others to Python."""

    def __init__(self, loader: MutantLoader) -> None:
        self.loader = loader

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.loader.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.loader.path, loader=self.loader)


class Judge:
    """A plug-in of pytest: once the tests are collected, every mutant meets them in a fork of this process.

    Args:
        meetings: File whose tests come first, and the mutant's number; None for the code as it was imported.
        tell: Takes the number, the test that failed (None where all passed) and the seconds.
    """

    def __init__(self, meetings: list[tuple[str, int | None]], tell: Callable[[Verdict], None]) -> None:
        self.meetings = meetings
        self.tell = tell
        self.failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = f"collecting {report.nodeid}"

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for file, number in self.meetings if self.failed is None else ():
            started = time.monotonic()
            items = in_order(session.items, file)
            killer = in_fork(partial(self.meet, items, number))
            self.tell(Verdict(number, killer, time.monotonic() - started))
        return True

    def meet(self, items: list[pytest.Item], number: int | None) -> str | None:
        if number is not None:
            swap(MUTANTS[number])
        for item, following in zip(items, [*items[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed is not None:
                return self.failed
        return None


def in_fork(function: Callable[[], str | None]) -> str | None:
    """Call a function in a process of its own, silently, and return what it returns."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "X"
        try:
            os.close(reading)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # its signal ends the process
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            answer = json.dumps(function())
        except BaseException:  # noqa: BLE001  # told to the parent
            answer = "X" + traceback.format_exc()
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return "time-out"
    if not answer or answer.startswith("X"):
        raise RuntimeError(f"a forked process ended with {status}: {answer[1:]}")
    found: str | None = json.loads(answer)
    return found


def code_of(tree: ast.Module, function: str) -> CodeType | None:
    """Return the compiled code of a function or method, None where there is none of that name."""
    code: CodeType | None = compile(ast.fix_missing_locations(tree), "mutant", "exec")
    for name in function.split("."):
        code = next((const for const in code.co_consts if isinstance(const, CodeType) and const.co_name == name), None)
        if code is None:
            break
    return code


def is_inside_function(mutant: Mutant) -> bool:
    """Whether the fault is in the code of one function, so that exchanging that code is enough."""
    source = SOURCES[mutant.file]
    code = code_of(source.tree, mutant.function)
    with mutant.edit.applied():
        changed = code_of(source.tree, mutant.function)
    return code is not None and changed is not None and code.co_flags & inspect.CO_NEWLOCALS != 0 and code != changed


def module_name(file: str) -> str:
    return "drf_cors." + file.removesuffix(".py").replace("/", ".")


def swap(mutant: Mutant) -> None:
    """Give a function that is already imported the code of the mutant."""
    found = sys.modules[module_name(mutant.file)]
    for name in mutant.function.split("."):
        found = vars(found)[name]
    function = getattr(found, "fget", None) or getattr(found, "func", None) or found  # of a property
    with mutant.edit.applied():
        function.__code__ = code_of(SOURCES[mutant.file].tree, mutant.function)


def first_failure(file: str) -> str | None:
    """Run the tests on what is imported here, those of `file` first."""
    heard: list[Verdict] = []
    judge = Judge([(file, None)], heard.append)
    code = pytest.main(OPTIONS, plugins=[judge])
    if not heard and judge.failed is None:
        raise RuntimeError(f"pytest ended with {code}")
    return heard[0].killer if heard else judge.failed


def run_afresh(number: int) -> str | None:
    """Import the module with the fault in it, in place of the real one, and run the tests."""
    mutant = MUTANTS[number]
    name = module_name(mutant.file)
    mutant.edit.place.put(mutant.edit.node)
    loader = MutantLoader(name, str(ROOT / "drf_cors" / mutant.file), SOURCES[mutant.file].tree)
    sys.meta_path.insert(0, MutantFinder(loader))
    killer = first_failure(mutant.file)
    if not loader.is_used:
        raise RuntimeError(f"{name} was not imported")
    return killer


def work(numbers: list[int], tell: Callable[[Verdict | str | None], None]) -> None:
    """Judge mutants in this process; tell the verdicts, or what went wrong, and None at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        inside = [number for number in numbers if is_inside_function(MUTANTS[number])]
        for number in sorted({*numbers} - {*inside}):
            started = time.monotonic()
            killer = in_fork(partial(run_afresh, number))
            tell(Verdict(number, killer, time.monotonic() - started))
        judge = Judge([(MUTANTS[number].file, number) for number in inside], tell)
        pytest.main(OPTIONS, plugins=[judge])
        if judge.failed:
            tell(judge.failed)
    except Exception:  # noqa: BLE001  # told to the parent
        tell(traceback.format_exc())
    finally:
        tell(None)


def verdicts_on(numbers: list[int]) -> Iterator[Verdict]:
    context = multiprocessing.get_context("fork")
    heard = context.SimpleQueue()
    for start in range(WORKERS):
        context.Process(target=work, args=(numbers[start::WORKERS], heard.put), daemon=True).start()
    busy = WORKERS
    while busy:
        verdict = heard.get()
        if isinstance(verdict, Verdict):
            yield verdict
        elif verdict is None:
            busy -= 1
        else:
            raise RuntimeError(verdict)


def arguments() -> set[tuple[str, str, str]]:
    """Read the table of mutants that are argued to be equivalent: file, function, mutation, why."""
    found = set()
    for line in ARGUMENTS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[0].startswith("`core/"):
            file, function, mutation, _ = (cell.strip("`").strip() for cell in cells)
            found.add((file, function, mutation))
    return found


SOURCES = {file: Source(file, (ROOT / "drf_cors" / file).read_text(encoding="utf-8")) for file in FILES}
MUTANTS = [mutant for source in SOURCES.values() for mutant in source.mutants]


def sample_of(numbers: list[int], size: int) -> list[int]:
    """Return the same mutants as long as their code is the same, from all over the files."""

    def place(number: int) -> str:
        return hashlib.sha256(repr((SEED, MUTANTS[number].key)).encode()).hexdigest()

    return sorted(sorted(numbers, key=place)[:size])


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutation testing of the core.")
    parser.add_argument("--sample", type=int, help="try so many mutants only, and write nothing")
    parser.add_argument("--only", help="try the mutants whose file, function and text contain this, and write nothing")
    parser.add_argument("--log", type=Path, help="write which test killed which mutant, and how long it took")
    options = parser.parse_args()
    os.chdir(ROOT)
    os.environ.pop("PYTEST_ADDOPTS", None)
    # Which example of a property fails does not matter here; looking for the smallest takes minutes.
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"

    argued = arguments()
    gone = argued - {mutant.key for mutant in MUTANTS}
    numbers = [
        number for number, mutant in enumerate(MUTANTS) if not options.only or options.only in " ".join(mutant.key)
    ]
    if options.sample:
        numbers = sample_of([number for number in numbers if MUTANTS[number].key not in argued], options.sample)

    failed = in_fork(partial(first_failure, FILES[-1]))
    if failed is not None:
        say(f"A test fails without any mutant: {failed}")
        return 1
    log = options.log.open("w", encoding="utf-8") if options.log else None
    killers: dict[int, str | None] = {}
    for number, killer, seconds in verdicts_on(numbers):
        killers[number] = killer
        if len(killers) % 100 == 0:
            say(f"{len(killers)} of {len(numbers)}")
        if log:
            log.write(json.dumps([number, *MUTANTS[number].key, killer, round(seconds, 2)], ensure_ascii=False) + "\n")
            log.flush()
    return report(killers, argued, gone, is_full=not (options.sample or options.only))


def report(
    killers: dict[int, str | None], argued: set[tuple[str, str, str]], gone: set[tuple[str, str, str]], *, is_full: bool
) -> int:
    outcomes = {
        number: "killed" if killer is not None else "equivalent" if MUTANTS[number].key in argued else "survived"
        for number, killer in sorted(killers.items())
    }
    faults = [f"survived: {name(MUTANTS[number].key)}" for number, outcome in outcomes.items() if outcome == "survived"]
    faults += [f"argued to be equivalent, but no such mutant: {name(key)}" for key in sorted(gone)]
    faults += [
        f"argued to be equivalent, but killed by {killer}: {name(MUTANTS[number].key)}"
        for number, killer in killers.items()
        if killer is not None and MUTANTS[number].key in argued
    ]
    for fault in faults:
        say(fault)
    for file in FILES:
        counts = Counter(outcome for number, outcome in outcomes.items() if MUTANTS[number].file == file)
        say(
            f"{file:18} "
            + ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("killed", "equivalent", "survived"))
        )
    if is_full:
        RESULT.write_text(as_json(outcomes), encoding="utf-8")
        say(f"Written to {RESULT.relative_to(ROOT)}.")
    return 1 if faults else 0


def name(key: tuple[str, str, str]) -> str:
    file, function, mutation = key
    return f"{file} {function}: {mutation}"


def as_json(outcomes: dict[int, str]) -> str:
    rows = []
    for number, outcome in outcomes.items():
        mutant = MUTANTS[number]
        row = [mutant.file, mutant.line, mutant.operator, f"{mutant.before} → {mutant.after}", outcome]
        rows.append(json.dumps(row, ensure_ascii=False))
    return "[\n" + ",\n".join(rows) + "\n]\n"


if __name__ == "__main__":
    sys.exit(main())
