"""Fixtures for tests that need a real browser, driving the demo or any other server."""

from __future__ import annotations

import inspect
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.browsers.demo_process import Demo
from tests.browsers.docs_process import DocsSite, fetched_versions
from tests.browsers.engines import ENGINE_NAMES, Engine, EngineHungError, EngineMissingError, start
from tests.browsers.live_process import LiveSite, Pages

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

#: Tests that were run again, because the engine had stopped answering.
AGAIN: list[str] = []


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run a test again, in a new browser, whose browser has stopped answering: that says nothing about the library."""
    try:
        return (yield)
    except EngineHungError:
        AGAIN.append(pyfuncitem.nodeid)
        pyfuncitem.funcargs["engine"].restart()
        arguments = inspect.signature(pyfuncitem.obj).parameters
        pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in arguments})
        return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell which tests were run again."""
    for test in AGAIN:
        terminalreporter.write_line(f"RUN AGAIN, in a new browser: {test}")


@pytest.fixture(scope="session", params=[pytest.param(name, marks=pytest.mark.browser) for name in ENGINE_NAMES])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine in turn, started once. A missing one is skipped, but fails where CI is true."""
    try:
        running = start(request.param)
    except EngineMissingError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    yield running
    if running.restarts:
        AGAIN.append(f"{running.name}, {running.restarts} times in all")
    running.quit()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The running demo, shared: its pages can be loaded any number of times."""
    with Demo(tmp_path_factory.mktemp("demo")).running() as running:
        yield running


@dataclass(frozen=True)
class Live:
    """The origins of two pages, and the sites they fetch from: `wsgi`, `asgi` and `leaky`."""

    front: str
    stranger: str
    sites: dict[str, LiveSite]


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """The live sites and the pages, shared: every sequence of fetches has URLs of its own."""
    with ExitStack() as running:
        front, stranger = (running.enter_context(Pages.running()).origin for _ in range(2))
        sites = {
            kind: running.enter_context(LiveSite.running(kind, front, stranger)) for kind in ("wsgi", "asgi", "leaky")
        }
        yield Live(front, stranger, sites)


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[DocsSite]:
    """The running docs site, shared: its pages can be loaded any number of times."""
    versions = fetched_versions(request.config.cache.mkdir("swagger-ui"))
    with DocsSite.running(tmp_path_factory.mktemp("docs"), versions) as running:
        yield running
