"""The shop for an ASGI server. It serves the static files of the docs pages itself."""

from __future__ import annotations

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_api.settings")
application = ASGIStaticFilesHandler(get_asgi_application())
