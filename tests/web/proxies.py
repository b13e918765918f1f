"""Servers in threads, with something between the socket and Django: what explanations of a running site find out."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.handlers.wsgi import WSGIHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Headers = list[tuple[str, str]]
    #: The proxy gets the environ, and what sends it on to Django.
    Proxy = Callable[[dict[str, Any], Callable[[], tuple[str, Headers]]], tuple[str, Headers]]


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *args: Any) -> None:
        pass


class Threading(ThreadingMixIn, WSGIServer):
    """A thread for each request."""

    daemon_threads = True


@contextmanager
def served(proxy: Proxy) -> Iterator[tuple[str, list[str]]]:
    """Serve Django behind a proxy; gives the address, and the requests that arrive."""
    django, seen = WSGIHandler(), []

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        seen.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        bodies: list[bytes] = []

        def send_on() -> tuple[str, Headers]:
            told: list[Any] = []
            response = django(environ, lambda status, headers, *_: told.extend([status, headers]))
            bodies.extend(response)
            response.close()
            return told[0], told[1]

        status, headers = proxy(environ, send_on)
        start(status, [(name, value) for name, value in headers if name != "Content-Length"])
        return bodies

    server = make_server("127.0.0.1", 0, application, server_class=Threading, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw(answer: bytes, *, stays_open: bool = False) -> Iterator[str]:
    """Serve the same bytes to every connection, whatever it asks; gives the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                if stays_open:
                    done.wait()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
