"""Fixtures for tests that need a real browser, driving the demo or any other server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.browsers.demo_process import Demo
from tests.browsers.engines import ENGINE_NAMES, Engine, EngineMissingError, start

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    running.quit()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The running demo, shared: its pages can be loaded any number of times."""
    with Demo(tmp_path_factory.mktemp("demo")).running() as running:
        yield running
