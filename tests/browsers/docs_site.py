"""The docs site, served over WSGI on a free port of 127.0.0.1, at `/` and once more below `/mounted/`.

`python -m tests.browsers.docs_site` prints `PORT <number>` and serves until it is killed. `DATABASE_URL` names its
database; `DOCS_VERSIONS` is a JSON object of versions of Swagger UI and the folders of their files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

MOUNT = "/mounted"


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name for it
        pass


def mounted(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Return an application that is reached below `MOUNT` too, as behind a proxy that tells the script's name."""

    def respond(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(f"{MOUNT}/"):
            environ |= {"SCRIPT_NAME": MOUNT, "PATH_INFO": environ["PATH_INFO"].removeprefix(MOUNT)}
        return application(environ, start_response)

    return respond


def serve() -> None:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browsers.docs_settings"
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("seed", verbosity=0)
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.daemon_threads = True
    server.set_app(mounted(StaticFilesHandler(get_wsgi_application())))
    sys.stdout.write(f"PORT {server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve()
