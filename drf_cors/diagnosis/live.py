"""Send the requests of a question to a running server.

Only the server of the URL is contacted: no redirect is followed, and no proxy of the environment is
used. Bodies are not read.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from io import BufferedReader
from threading import Event, Timer
from typing import Final

from drf_cors.core import fetch
from drf_cors.diagnosis.dry_run import bare_request, describe_error
from drf_cors.diagnosis.request_environ import sent_headers
from drf_cors.explain.sessions import CSRF_SAFE
from drf_cors.fetch_model.algorithm import main_fetch
from drf_cors.fetch_model.messages import (
    CorsBlocked,
    FetchResponse,
    HeaderPairs,
    Request,
    WireRequest,
    WireResponse,
)
from drf_cors.fetch_model.preflight_cache import Clock, PreflightCache
from drf_cors.fetch_model.profiles import FETCH

#: Seconds to connect, and to wait for the next bytes.
TIMEOUT: Final = 10.0

#: Seconds for the status and all headers.
MAX_SECONDS: Final = 30.0

#: Characters of a header's name. The longest of the standard has 40.
MAX_NAME: Final = 80

_TOO_SLOW: Final = "it sends no complete headers in time"
_TRUNCATED: Final = "it closes the connection before the headers are complete"

#: The one status below 200 that is final.
_SWITCHING_PROTOCOLS: Final = 101

_CONNECTIONS: Final[dict[str, type[HTTPConnection]]] = {
    "http": HTTPConnection,
    "https": HTTPSConnection,
}


@dataclass(frozen=True, kw_only=True)
class LiveResponse:
    """The response of the server to one request.

    Attributes:
        wire: The request.
        status: The status; 0 if there is no response.
        headers: As they arrived. Nobody has looked at them: do not print them raw.
        error: Why there is no response, "" if there is one.
    """

    wire: WireRequest
    status: int = 0
    headers: HeaderPairs = ()
    error: str = ""

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of each line of a header."""
        return tuple(value.strip() for key, value in self.headers if key.lower() == name)

    @property
    def cors_names(self) -> tuple[str, ...]:
        """The lower-case names of its CORS headers, each once; only those that can be printed."""
        names: dict[str, None] = {}
        for name, _ in self.headers:
            if fetch.is_cors_header(name) and fetch.is_token(name) and len(name) <= MAX_NAME:
                names[name.lower()] = None
        return tuple(names)


@dataclass(frozen=True, kw_only=True)
class LiveOutcome:
    """What a server answered.

    Attributes:
        address: Scheme, host and port of the server.
        responses: The responses, in order.
        blocked: Why a browser blocks the last of them, None where it does not.
        unsent: A request that may change data, and so was not sent; None for none.
    """

    address: str
    responses: tuple[LiveResponse, ...]
    blocked: CorsBlocked | None = None
    unsent: WireRequest | None = None


def browse_live(request: Request, *, sends_unsafe: bool) -> LiveOutcome:
    """Send a request to its server as a browser does, but without cookies.

    Args:
        request: The request, which is changed.
        sends_unsafe: Whether to send requests that may change data too.
    """
    address = request.url.origin
    steps = _steps(request)
    responses: list[LiveResponse] = []
    blocked = unsent = None
    try:
        wire = next(steps)
        while len(request.urls) == 1:
            if wire.method not in CSRF_SAFE and not sends_unsafe:
                unsent = wire
                break
            response = _response_to(wire)
            responses.append(response)
            if response.error:
                break
            wire = steps.send(WireResponse(status=response.status, headers=response.headers, body=b""))
    except CorsBlocked as error:
        blocked = error
    except StopIteration:
        pass
    return LiveOutcome(address=address, responses=tuple(responses), blocked=blocked, unsent=unsent)


def _steps(request: Request) -> Generator[WireRequest, WireResponse, FetchResponse | None]:
    """Yield the requests of a browser; without an origin, the one of any other client."""
    if request.origin:
        return (yield from main_fetch(request, PreflightCache(FETCH, Clock()), FETCH))
    yield bare_request(request)
    return None


def _response_to(wire: WireRequest) -> LiveResponse:
    """Send one request, and return the response to it."""
    url = wire.url
    connection = _CONNECTIONS[url.scheme](url.host.strip("[]"), url.port, timeout=TIMEOUT)
    # The time-out of the socket starts again with every byte.
    is_late = Event()
    limit = Timer(MAX_SECONDS, _interrupt, [connection, is_late])
    limit.daemon = True
    try:
        connection.connect()
        limit.start()
        _write(connection, wire)
        response = _final_response(connection, wire.method)
        return LiveResponse(wire=wire, status=response.status, headers=tuple(response.getheaders()))
    except (OSError, HTTPException, ValueError) as error:
        text = _TRUNCATED if isinstance(error, _TruncatedError) else describe_error(error)
        return LiveResponse(wire=wire, error=_TOO_SLOW if is_late.is_set() else text)
    finally:
        limit.cancel()
        connection.close()


def _write(connection: HTTPConnection, wire: WireRequest) -> None:
    target = wire.url.path
    if wire.url.query:
        target = f"{target}?{wire.url.query}"
    connection.putrequest(wire.method, target, skip_accept_encoding=True)
    for name, value in sent_headers(wire).items():
        connection.putheader(name, value)
    if wire.method not in CSRF_SAFE:
        connection.putheader("content-length", "0")
    connection.endheaders()


class _TruncatedError(HTTPException):
    """The connection was closed before the headers were complete."""


class _WholeLines(BufferedReader):
    """Reads lines that are complete. `http.client` takes the end of a connection for that of headers."""

    has_begun = False

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        is_cut = not line.endswith(b"\n") and len(line) != size
        if is_cut and (line or self.has_begun):
            raise _TruncatedError
        self.has_begun = True
        return line


def _final_response(connection: HTTPConnection, method: str) -> HTTPResponse:
    """Return the response to a request, without its body and the interim responses before it.

    https://www.rfc-editor.org/rfc/rfc9110#section-15.2
    """
    response = HTTPResponse(connection.sock, method=method)
    response.fp = _WholeLines(response.fp.detach())
    response.begin()
    while 100 <= response.status < 200 and response.status != _SWITCHING_PROTOCOLS:
        response.headers = None  # type: ignore[assignment]  # as before its first `begin()`
        response.begin()
    return response


def _interrupt(connection: HTTPConnection, is_late: Event) -> None:
    """End what waits for a connection, and note why."""
    is_late.set()
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
