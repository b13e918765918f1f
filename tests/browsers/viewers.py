"""Pages of viewers for OpenAPI schemas, served from files of this machine alone.

Swagger UI and Redoc 2 come with drf-spectacular-sidecar. The others are packages of npm, in exact versions, that
`npm pack` fetches. Their dependencies are not installed, because each package has a bundle for browsers.
"""

from __future__ import annotations

import json
import mimetypes
import shutil
import subprocess
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import drf_spectacular_sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDECAR = Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar"

#: What a page may load: nothing from another origin.
OFFLINE = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"


@dataclass(frozen=True)
class Viewer:
    """One viewer.

    Attributes:
        body: The body of its page. `/files/` has its files, `/schema.json` the schema.
        package: The package of npm that has the files, with its version; "" for one of the sidecar.
        folder: The folder of the files, in the package or the sidecar.
    """

    body: str
    package: str
    folder: str


VIEWERS = {
    "Swagger UI": Viewer(
        """<link rel=stylesheet href=/files/swagger-ui.css>
        <div id=page></div><script src=/files/swagger-ui-bundle.js></script>
        <script>
            SwaggerUIBundle({url: "/schema.json", dom_id: "#page", docExpansion: "full", showExtensions: true});
        </script>""",
        "",
        "swagger-ui-dist",
    ),
    "Redoc 2": Viewer(
        """<div id=page></div><script src=/files/redoc.standalone.js></script>
        <script>Redoc.init("/schema.json", {showExtensions: true}, document.getElementById("page"))</script>""",
        "",
        "redoc/bundles",
    ),
    "Redoc 3": Viewer(
        """<div id=page></div><script type=module>import * as Redoc from "/files/redoc.standalone.js";
        Redoc.init("/schema.json", {showExtensions: true}, document.getElementById("page"))</script>""",
        "redoc@3.0.1",
        "bundles",
    ),
    "Scalar": Viewer(
        """<div id=page></div><script src=/files/standalone.js></script>
        <script>
            Scalar.createApiReference("#page", {url: "/schema.json", withDefaultFonts: false, telemetry: false});
        </script>""",
        "@scalar/api-reference@1.76.0",
        "dist/browser",
    ),
    "RapiDoc": Viewer(
        """<script type=module src=/files/rapidoc-min.js></script>
        <rapi-doc spec-url=/schema.json render-style=read load-fonts=false></rapi-doc>""",
        "rapidoc@9.3.8",
        "dist",
    ),
    # Elements shows one operation at a time. It needs a language, which WebKit without a locale does not have.
    "Elements": Viewer(
        """<script>
            location.hash = "/operations/listed";
            Object.defineProperty(navigator, "languages", {value: ["en"]});
            Object.defineProperty(navigator, "language", {value: "en"});
        </script>
        <link rel=stylesheet href=/files/styles.min.css><script src=/files/web-components.min.js></script>
        <elements-api apiDescriptionUrl=/schema.json router=hash></elements-api>""",
        "@stoplight/elements@9.0.25",
        ".",
    ),
}


class ViewerMissingError(Exception):
    """npm is not installed, or could not fetch the package."""


def files_of(viewer: Viewer, cache: Path) -> Path:
    """Return the folder with the files of a viewer.

    Args:
        viewer: The viewer.
        cache: A folder that is kept between runs.

    Raises:
        ViewerMissingError: They cannot be fetched.
    """
    if not viewer.package:
        return SIDECAR / viewer.folder
    place = cache / viewer.package.replace("/", "-")
    if not place.is_dir():
        if shutil.which("npm") is None:
            raise ViewerMissingError(f"{viewer.package} comes from npm, which is not installed: apt-get install npm")
        command = ["npm", "pack", "--silent", f"--pack-destination={cache}", viewer.package]
        packed = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=300, check=False)
        if packed.returncode:
            raise ViewerMissingError(f"npm could not fetch {viewer.package}: {packed.stderr}")
        archive = cache / packed.stdout.split()[-1]
        _unpack(archive, place)
        archive.unlink()
    return place / "package" / viewer.folder


def _unpack(archive: Path, place: Path) -> None:
    """Unpack the scripts and styles of a package. The folder appears when it is complete."""
    part = place.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            target = (part / member.name).resolve()
            if member.isfile() and target.suffix in (".js", ".css") and target.is_relative_to(part.resolve()):
                target.parent.mkdir(parents=True, exist_ok=True)
                content = files.extractfile(member)
                assert content is not None
                target.write_bytes(content.read())
    part.rename(place)


class _Handler(BaseHTTPRequestHandler):
    viewer: ClassVar[Viewer]
    files: ClassVar[Path]
    schema: ClassVar[Any]

    def do_GET(self) -> None:
        if self.path == "/":
            icon = "<link rel=icon href=data:,>"
            self._send(f"<!doctype html><meta charset=utf-8>{icon}{self.viewer.body}".encode(), "text/html")
        elif self.path == "/schema.json":
            self._send(json.dumps(self.schema).encode(), "application/json")
        else:
            file = self.files / self.path.removeprefix("/files/")
            if ".." in file.parts or not file.is_file():
                self.send_error(404)
            else:
                self._send(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")

    def _send(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", OFFLINE)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name for it
        pass


@contextmanager
def serving(viewer: Viewer, files: Path, schema: Any) -> Iterator[str]:
    """Serve the page of a viewer for a schema, and give its address."""
    handler = type("Handler", (_Handler,), {"viewer": viewer, "files": files, "schema": schema})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
