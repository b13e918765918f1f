"""Settings of the docs site: those of the example API, with pages of its own and a Content Security Policy on some."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from example_api import settings as example
from example_api.settings import *  # noqa: F403 - settings are inherited so

if TYPE_CHECKING:
    from django.http import HttpRequest


def _detail(request: HttpRequest | None) -> str:
    return "summary" if request is not None and "summary" in request.GET else "full"


ROOT_URLCONF = "tests.browsers.docs_urls"
STATIC_URL = "static/"  # relative: it goes below the script prefix
MIDDLEWARE = ["tests.browsers.docs_csp.middleware", *example.MIDDLEWARE]
TEMPLATES = [{**example.TEMPLATES[0], "DIRS": [Path(__file__).parent / "templates"]}]
SPECTACULAR_SETTINGS = {
    **example.SPECTACULAR_SETTINGS,
    # The panel must say it instead.
    "SWAGGER_UI_SETTINGS": {**example.SPECTACULAR_SETTINGS["SWAGGER_UI_SETTINGS"], "showExtensions": True},
}
CORS_OPENAPI = {"DETAIL": _detail, "SOURCES": True}
LOGGING = {"version": 1, "root": {"handlers": []}, "loggers": {"drf_cors": {"level": "CRITICAL"}}}
LOGGING_CONFIG = "logging.config.dictConfig"
