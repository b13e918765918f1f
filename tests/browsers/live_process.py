"""What the tests start: the live site as a process of its own, and the server of the pages that fetch from it."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds, for a start under load
COOKIE = ("visitor", "somebody")  # every page sets it; cookies know no ports, so the site is sent it too

Arrivals = dict[str, list[dict[str, Any]]]


class LiveSite:
    """One running `tests.browsers.live_site`.

    Attributes:
        kind: `wsgi`, `asgi` or `leaky`.
        origin: Where it serves.
    """

    def __init__(self, kind: str, process: subprocess.Popen[str], port: int) -> None:
        self.kind = kind
        self.origin = f"http://127.0.0.1:{port}"
        self._process = process

    @classmethod
    @contextmanager
    def running(cls, kind: str, front: str, stranger: str) -> Iterator[LiveSite]:
        """Start it, and end it."""
        command = [sys.executable, "-m", "tests.browsers.live_site", kind, front, stranger]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            yield cls(kind, process, announced_port(process))
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def take_arrivals(self) -> Arrivals:
        """Return what has arrived since the last call, by token."""
        with urllib.request.urlopen(f"{self.origin}/-/door/", timeout=PATIENCE) as response:
            return json.load(response)


def announced_port(process: subprocess.Popen[str]) -> int:
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
    line = lines.get(timeout=PATIENCE)
    assert line.startswith("PORT "), "the live site did not start; its standard error says why"
    return int(line.split()[1])


class Pages(ThreadingHTTPServer):
    """Serves the same empty page, with a cookie, at every path.

    Attributes:
        origin: Where it serves.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _PageHandler)
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Pages]:
        """Serve in a thread."""
        with cls() as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield server
            finally:
                server.shutdown()
                thread.join()


class _PageHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.redirect()
        else:
            self.give_page()

    def give_page(self) -> None:
        content = b"<!doctype html><title>A page of another origin</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", f"{'='.join(COOKIE)}; Path=/")
        self.end_headers()
        self.wfile.write(content)

    def redirect(self) -> None:
        """Redirect `/to/<status>/<url>` to the URL."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        _, _, status, url = self.path.split("/", 3)
        self.send_response(int(status))
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_PUT = do_DELETE = redirect  # noqa: N815 - the base looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name for it
        pass
