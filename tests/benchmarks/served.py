"""The same over a real server: gunicorn and uvicorn, one worker each, under the load of `wrk`.

The contestants' servers all run, and take turns; a server that is not asked costs nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from statistics import median
from typing import Final

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from tests.benchmarks import site

CONTESTANTS: Final = ("empty", "django-cors-headers", "drf-cors")
ROUNDS: Final = 5
SECONDS: Final = 1

#: Which contestant this process serves.
NAME: Final = "DRF_CORS_CONTESTANT"

if NAME in os.environ:
    if "ASYNC" in os.environ:
        site.urlpatterns = site.routes(site.async_page)
    with override_settings(MIDDLEWARE=[site.CONTESTANTS[os.environ[NAME]]]):
        wsgi = WSGIHandler()
        asgi = ASGIHandler()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _command(server: str, port: int) -> list[str]:
    if server == "gunicorn":
        return ["gunicorn", "--bind", f"127.0.0.1:{port}", "--log-level", "critical", f"{__name__}:wsgi"]
    return ["uvicorn", "--port", str(port), "--log-level", "critical", "--lifespan", "off", f"{__name__}:asgi"]


def serve() -> dict[str, dict[str, dict[str, float]]] | str:
    """Return server -> case -> contestant -> microseconds per request, or why that was not measured."""
    if shutil.which("wrk") is None:
        return "wrk is not installed"
    found: dict[str, dict[str, dict[str, float]]] = {}
    for server in ("gunicorn", "uvicorn"):
        try:
            __import__(server)
        except ImportError:
            return f"{server} is not installed"
        found[server] = _serve(server)
    return found


def _serve(server: str) -> dict[str, dict[str, float]]:
    with ExitStack() as running:
        ports = {}
        for name in CONTESTANTS:
            ports[name] = _free_port()
            process = subprocess.Popen(
                [sys.executable, "-m", *_command(server, ports[name])],
                env={**os.environ, NAME: name, **({"ASYNC": "1"} if server == "uvicorn" else {})},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            running.callback(process.wait)
            running.callback(process.terminate)
        for port in ports.values():
            _await(port)
        found = {}
        for case in ("no Origin", "allowed GET"):
            taken: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
            for _ in range(ROUNDS):
                for name, port in ports.items():
                    taken[name].append(_load(port, case))
            found[case] = {name: median(times) for name, times in taken.items()}
        return found


def _await(port: int) -> None:
    for _ in range(200):
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"no server on port {port}")


def _load(port: int, case: str) -> float:
    _, address, headers = site.CASES[case]
    sent = [text for name, value in headers.items() for text in ("--header", f"{name}: {value}")]
    command = ["wrk", "--threads", "1", "--connections", "2", "--duration", f"{SECONDS}s", *sent]
    told = subprocess.run([*command, f"http://127.0.0.1:{port}{address}"], capture_output=True, text=True, check=True)
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", told.stdout)
    if rate is None or "Non-2xx" in told.stdout:
        raise RuntimeError(told.stdout)
    return 1e6 / float(rate[1])
