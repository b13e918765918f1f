"""The project of `docs/how-to/inspect-policies-in-swagger-ui.md`, made of the settings and URLs that stand there.

`python -m tests.browsers.how_to_site` prints `PORT <number>` and serves over WSGI until it is killed. That project
is like any other; what each has besides, and the files of Swagger UI, are added here.
"""

from __future__ import annotations

import sys
from itertools import takewhile
from typing import Any

import django
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer

from tests.browsers.docs_site import QuietHandler
from tests.docs.pages import PAGES

PAGE = PAGES["docs/how-to/inspect-policies-in-swagger-ui.md"]
APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles", "drf_spectacular_sidecar"]


def configure() -> None:
    """Set what the page's settings say, the last of each name."""
    given: dict[str, Any] = {}
    for block in PAGE.blocks:
        if block.directive == "settings":
            exec(block.text, given)
    apps = [*APPS, *(app for app in given.pop("INSTALLED_APPS") if app is not ...)]
    settings.configure(
        **{name: value for name, value in given.items() if name.isupper()},
        INSTALLED_APPS=apps,
        ALLOWED_HOSTS=["127.0.0.1"],
        DEBUG=True,
        MIDDLEWARE=["drf_cors.middleware.CorsMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="nothing to keep",
        STATIC_URL="/static/",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        LOGGING={"version": 1, "root": {"handlers": []}, "loggers": {"drf_cors": {"level": "CRITICAL"}}},
        LOGGING_CONFIG="logging.config.dictConfig",
    )


def urls() -> list[Any]:
    """Return the page's first URLs with our views, and that of the view it is about."""
    namespace: dict[str, Any] = {"__name__": "how_to"}  # as a file has
    before = list(takewhile(lambda block: block.directive != "urls", PAGE.blocks))
    for block in [*before, PAGE.blocks[len(before)]]:
        if block.language == "python" and block.directive != "settings":
            exec(block.text, namespace)
    return [*namespace["urlpatterns"], namespace["path"]("api/status/", namespace["status"])]


def serve() -> None:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    globals()["urlpatterns"] = urls()
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.daemon_threads = True
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    sys.stdout.write(f"PORT {server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    configure()
    django.setup()
    serve()
