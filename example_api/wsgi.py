"""The shop for a WSGI server. It serves the static files of the docs pages itself."""

from __future__ import annotations

import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_api.settings")
application = StaticFilesHandler(get_wsgi_application())
