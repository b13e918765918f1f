"""The demo as users start it: a process of its own, on free ports, with a database of its own."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MODULE = ["-m", "example_api.demo"]
PORT_VARIABLES = ("DEMO_API_PORT", "DEMO_SHOP_PORT", "DEMO_STRANGER_PORT")
READY = "Ctrl-C stops"
PATIENCE = 60.0  # seconds, for a start or an end under load


class Demo:
    """One run of the demo.

    Attributes:
        ports: API, shop front, stranger.
        api, shop, stranger: Their origins.
    """

    def __init__(self, directory: Path, **environment: str) -> None:
        self.ports = free_ports(3)
        self.api, self.shop, self.stranger = (f"http://127.0.0.1:{port}" for port in self.ports)
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{directory / 'demo.sqlite3'}",
            **dict(zip(PORT_VARIABLES, map(str, self.ports), strict=True)),
            **environment,
        }
        self.output: list[str] = []

    def start(self) -> None:
        """Start it and wait until it serves."""
        self._process = subprocess.Popen(
            [sys.executable, *MODULE],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready: queue.Queue[bool] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=[ready], daemon=True)
        self._reader.start()
        if not ready.get(timeout=PATIENCE):
            self.stop()
            raise AssertionError("the demo did not start:\n" + "\n".join(self.output))

    def _read(self, ready: queue.Queue[bool]) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line.rstrip("\n"))
            if line.startswith(READY):
                ready.put(True)
        ready.put(False)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send it a signal and return its exit status."""
        self._process.send_signal(number)
        try:
            return self._process.wait(timeout=PATIENCE)
        finally:
            self._process.kill()  # does nothing to a process that has ended
            self._process.wait()
            self._reader.join()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def refused(self, *options: str, **environment: str) -> str:
        """Run it where it cannot start; return what it says.

        Args:
            *options: For the interpreter.
            **environment: Variables to change.
        """
        result = subprocess.run(
            [sys.executable, *options, *MODULE],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert result.returncode == 1, result.stdout
        return result.stderr

    @contextmanager
    def running(self) -> Iterator[Demo]:
        """Start it, and stop it at the end."""
        self.start()
        try:
            yield self
        finally:
            self.stop()


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on just now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
