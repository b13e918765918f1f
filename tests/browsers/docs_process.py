"""Starts the docs site as a process of its own, and fetches other versions of Swagger UI for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browsers.live_process import PATIENCE, ROOT, announced_port

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Version of Swagger UI -> the release of drf-spectacular-sidecar that brings it. The installed one comes besides.
SIDECARS = {"5.1.0": "2023.7.1", "5.17.14": "2024.7.1", "5.29.0": "2025.10.1"}
DIST = "drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist/"


class DocsSite:
    """One running `tests.browsers.docs_site`.

    Attributes:
        origin: Where it serves.
        versions: The versions of Swagger UI at `/version/<version>/`.
    """

    def __init__(self, port: int, versions: dict[str, str]) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.versions = versions

    @classmethod
    @contextmanager
    def running(
        cls, folder: Path, versions: dict[str, str], module: str = "tests.browsers.docs_site"
    ) -> Iterator[DocsSite]:
        """Start it, or another module that serves alike, with a database in `folder`; and end it."""
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder / 'docs.sqlite3'}",
            "DOCS_VERSIONS": json.dumps(versions),
        }
        command = [sys.executable, "-m", module]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield cls(announced_port(process), versions)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def get(self, path: str) -> Any:
        """Return the JSON that stands at a path."""
        request = urllib.request.Request(f"{self.origin}{path}", headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)


def fetched_versions(folder: Path) -> dict[str, str]:
    """Return the versions of Swagger UI that pip can fetch, each with the folder of its files.

    Args:
        folder: Kept between runs.
    """
    found = {}
    for version, release in SIDECARS.items():
        files = folder / version
        if not files.is_dir():
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={folder}"]
            name = f"drf-spectacular-sidecar=={release}"
            if subprocess.run([*command, name], capture_output=True, timeout=300, check=False).returncode:
                continue
            (wheel,) = folder.glob(f"drf_spectacular_sidecar-{release}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                files.mkdir()
                for name in archive.namelist():
                    if name.startswith(DIST) and name.endswith((".js", ".css")):
                        (files / Path(name).name).write_bytes(archive.read(name))
        found[version] = str(files)
    return found
