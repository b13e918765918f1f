"""What `make demo` runs: the shop API and two front ends on other origins, all in one process.

`python -m example_api.demo` checks what it needs, prepares the database and serves until Ctrl-C or SIGTERM,
which end it with status 0. Whatever stands in the way is told in one message, with status 1.

Environment:
    DEMO_API_PORT, DEMO_SHOP_PORT, DEMO_STRANGER_PORT: Ports on 127.0.0.1; 8000, 8001 and 8002 by default.
    DEMO_WITHOUT_CORS: `1` takes the CORS middleware out, to see the front ends' pages turn red.
"""

# ruff: noqa: PLC0415 - Django is imported late: first a missing package is told in words.

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import logging
import os
import signal
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from socketserver import BaseServer
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer

ServerT = TypeVar("ServerT", bound=BaseServer)
HOST = "127.0.0.1"
FRONT_ENDS = Path(__file__).parent / "front_ends"
DOCS_PATH = "/api/docs/"
API, SHOP, STRANGER = "DEMO_API_PORT", "DEMO_SHOP_PORT", "DEMO_STRANGER_PORT"
DEFAULT_PORTS = {API: 8000, SHOP: 8001, STRANGER: 8002}
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
PACKAGES = {
    "django": "django",
    "rest_framework": "djangorestframework",
    "drf_spectacular": "drf-spectacular",
    "drf_spectacular_sidecar": "drf-spectacular-sidecar",
    "drf_cors": "drf-cors",
}
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
}


class DemoError(Exception):
    """The demo cannot start; the text says why and what to do."""


class FrontEndServer(ThreadingHTTPServer):
    """Serves one front end: its own files, those that both share, and a generated `config.json`."""

    def __init__(self, port: int, name: str) -> None:
        """Bind the port; nothing is served before `serve_forever`."""
        super().__init__((HOST, port), FrontEndHandler)
        self.files = {
            "/": FRONT_ENDS / name / "index.html",
            "/expected.json": FRONT_ENDS / name / "expected.json",
            "/requests.json": FRONT_ENDS / "requests.json",
            "/runner.js": FRONT_ENDS / "runner.js",
            "/style.css": FRONT_ENDS / "style.css",
        }
        self.config: dict[str, Any] = {}


class FrontEndHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from the fixed table of its server, over connections that are kept open."""

    protocol_version = "HTTP/1.1"
    server: FrontEndServer

    def do_GET(self) -> None:
        """Send the file of this path, or 404."""
        path = self.path.partition("?")[0]
        if path == "/config.json":
            content, suffix = json.dumps(self.server.config).encode(), ".json"
        elif file := self.server.files.get(path):
            content, suffix = file.read_bytes(), file.suffix
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPES[suffix])
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_HEAD(self) -> None:
        """Send the headers alone."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
        """Say nothing: the terminal is for the API's log."""


def main() -> int:
    """Run the demo until it is told to stop.

    Returns:
        The exit status: 0 when stopped by a signal, 1 when it could not start.
    """
    for each in STOP_SIGNALS:
        signal.signal(each, _interrupt)
    try:
        _check_packages()
        _run(_ports())
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        _say("\nStopped.")
    return 0


def _run(ports: dict[str, int]) -> None:
    addresses = {variable: f"http://{HOST}:{port}" for variable, port in ports.items()}
    # All three ports are taken before anything else happens.
    with (
        _bind(_api_server, API, ports) as api,
        _bind(partial(FrontEndServer, name="shop"), SHOP, ports) as shop,
        _bind(partial(FrontEndServer, name="stranger"), STRANGER, ports) as stranger,
    ):
        _say("Preparing the database...")
        api.set_app(_prepared_api())
        common = {"api": addresses[API], "docs": DOCS_PATH}
        shop.config = {**common, "other": {"name": "the stranger", "url": f"{addresses[STRANGER]}/"}}
        stranger.config = {**common, "other": {"name": "the shop front", "url": f"{addresses[SHOP]}/"}}
        with _serving(api), _serving(shop), _serving(stranger):
            _announce(addresses)
            threading.Event().wait()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not cut the clean-up short.
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _ports() -> dict[str, int]:
    ports: dict[str, int] = {}
    for variable, default in DEFAULT_PORTS.items():
        text = os.environ.get(variable) or str(default)
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise DemoError(f"{variable}={text!r} is no port. Give a number from 1 to 65535.")
        if int(text) in ports.values():
            raise DemoError(f"{variable}={text} is another server's port. Give each of the three its own.")
        ports[variable] = int(text)
    return ports


def _check_packages() -> None:
    missing = [package for module, package in PACKAGES.items() if find_spec(module) is None]
    if missing:
        names = ", ".join(missing)
        raise DemoError(f"Not installed: {names}. Run `make demo`, or: python -m pip install -e '.[example]'")


def _api_server(port: int) -> ThreadedWSGIServer:
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    server = ThreadedWSGIServer((HOST, port), WSGIRequestHandler)
    server.daemon_threads = True  # a connection that a browser keeps open must not hold up the end
    return server


def _bind(make: Callable[[int], ServerT], variable: str, ports: dict[str, int]) -> ServerT:
    try:
        return make(ports[variable])
    except OSError as error:
        raise DemoError(_why_not_bound(error, variable, ports)) from error


def _why_not_bound(error: OSError, variable: str, ports: dict[str, int]) -> str:
    port = ports[variable]
    other = f"choose another port, such as {variable}={port % 50000 + 10000}"
    if error.errno != errno.EADDRINUSE:
        return f"Port {port} on {HOST} cannot be used ({error.strerror}): {other}."
    if _is_demo(ports[SHOP]):
        page = f"http://{HOST}:{ports[SHOP]}/"
        return f"The demo is already running: port {port} is taken. Open {page}, or stop it with Ctrl-C."
    return f"Port {port} on {HOST} is in use by another program: stop that program, or {other}."


def _is_demo(shop_port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, shop_port, timeout=2)
    try:
        connection.request("GET", "/config.json")
        return "api" in json.load(connection.getresponse())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _prepared_api() -> StaticFilesHandler:
    """Migrate and seed the database, and make the API's WSGI application."""
    import django
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError, call_command
    from django.core.wsgi import get_wsgi_application
    from django.db import Error as DatabaseError

    # Whatever project the shell is set up for, this one has its own settings.
    os.environ["DJANGO_SETTINGS_MODULE"] = "example_api.settings"
    try:
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed", verbosity=0)
        application = StaticFilesHandler(get_wsgi_application())
    except (ImproperlyConfigured, CommandError) as error:
        raise DemoError(f"The API's settings do not work here: {error}") from error
    except DatabaseError as error:
        raise DemoError(f"The database cannot be used (DATABASE_URL names it): {error}".rstrip()) from error
    # The library's log tells of refused requests; a line for each answer would bury that.
    logging.getLogger("django.server").setLevel(logging.ERROR)
    return application


@contextlib.contextmanager
def _serving(server: BaseServer) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()


def _announce(addresses: dict[str, str]) -> None:
    _say(f"  Shop front   {addresses[SHOP]}/   <- open this first")
    _say(f"  Stranger     {addresses[STRANGER]}/")
    _say(f"  API          {addresses[API]}{DOCS_PATH}   (Swagger UI)")
    if os.environ.get("DEMO_WITHOUT_CORS") == "1":
        _say("The CORS middleware is taken out (DEMO_WITHOUT_CORS=1): both pages must turn red.")
    _say("Ctrl-C stops all three.")


if __name__ == "__main__":
    sys.exit(main())
