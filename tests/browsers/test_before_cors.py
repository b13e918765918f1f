"""What `cors explain` says that browsers do before CORS is what they do: mixed content, and addresses of a network."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest

from drf_cors.diagnosis import Query
from drf_cors.diagnosis.browser_rules import BrowserCause, about_the_browser
from drf_cors.fetch_model.messages import new_request
from drf_cors.fetch_model.urls import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browsers.engines import Engine

#: Finding -> the engines that send the request nevertheless. In a test nobody answers the question of Chromium, which
#: counts as no. Firefox asks it for other addresses than those that a test machine has.
SENDERS = {
    BrowserCause.MIXED_CONTENT: set(),
    BrowserCause.MIXED_CONTENT_LOCAL: {"chromium"},
    BrowserCause.MIXED_CONTENT_LOOPBACK: {"chromium", "firefox"},
    BrowserCause.LOCAL_NETWORK: {"firefox", "webkit"},
    BrowserCause.LOCAL_NETWORK_NOT_SECURE: {"firefox", "webkit"},
}

FETCH = "try { return String((await fetch(args[0])).status) } catch (error) { return error.name }"


class Open(BaseHTTPRequestHandler):
    """Answers everybody."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Servers(NamedTuple):
    """The ports of two servers, and an address of this machine that is not loopback, "" for none."""

    http: int
    https: int
    address: str


@contextmanager
def serving(certificate: Path | None) -> Iterator[int]:
    server = ThreadingHTTPServer(("0.0.0.0", 0), Open)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def own_address() -> str:
    """Return the address from which this machine would send to others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        try:
            found.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(found.getsockname()[0])


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl not found: apt-get install openssl")
    certificate = tmp_path_factory.mktemp("certificate") / "both.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    files = ["-keyout", str(certificate), "-out", str(certificate.with_suffix(".crt"))]
    subprocess.run([openssl, *made, *files], check=True, capture_output=True)
    with certificate.open("ab") as both:
        both.write(certificate.with_suffix(".crt").read_bytes())
    with ExitStack() as running:
        http, https = (running.enter_context(serving(path)) for path in (None, certificate))
        yield Servers(http, https, own_address())


def senders(page: str, url: str) -> set[str]:
    """Return the engines that send a request, by what is said about it."""
    found = parse_url(url, page)
    query = Query(request=new_request(origin=page, url=url, base=page), script_url=found)
    names = {"chromium", "firefox", "webkit"}
    for finding in about_the_browser(query):
        if finding.code == BrowserCause.UNSPECIFIED.code:
            names &= {"chromium"} if finding.blocks else {"chromium", "firefox"}
            continue
        cause = next(cause for cause in SENDERS if finding.text.endswith(cause.text.rpartition("}")[2]))
        names &= SENDERS[cause]
    return names


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "127.0.0.2", "0.0.0.0", "a.localhost", "own"])
@pytest.mark.parametrize("page", ["https://localhost", "https://own", "http://own"])
def test_an_engine_sends_what_is_said(engine: Engine, servers: Servers, page: str, host: str) -> None:
    if "own" in page + host and not servers.address:
        pytest.skip("this machine has no other address than loopback")
    scheme = page.partition(":")[0]
    origin = f"{page}:{getattr(servers, scheme)}".replace("own", servers.address)
    url = f"http://{host.replace('own', servers.address)}:{servers.http}/"
    if url == f"{origin}/":
        pytest.skip("the same origin")
    engine.open(f"{origin}/")
    is_read = engine.evaluate_async(FETCH, url) == "200"
    assert is_read is (engine.name in senders(origin, url))
