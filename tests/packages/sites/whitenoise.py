"""whitenoise: its middleware serves files before any view is looked for."""

from __future__ import annotations

import tempfile
from pathlib import Path

from packages.harness import OURS, Package

THEIRS = "whitenoise.middleware.WhiteNoiseMiddleware"
folder = tempfile.TemporaryDirectory()
Path(folder.name, "file.txt").write_text("text", encoding="utf-8")

package = Package(
    "whitenoise",
    "`WhiteNoiseMiddleware` with a file",
    MIDDLEWARE=[OURS, "django.middleware.security.SecurityMiddleware", THEIRS],
    STATIC_ROOT=folder.name,
    WHITENOISE_ALLOW_ALL_ORIGINS=False,
)

urlpatterns: list[object] = []

package.response("a static file", "/static/file.txt", route=None)
package.response(
    "a static file under `WHITENOISE_ALLOW_ALL_ORIGINS`",
    "/static/file.txt",
    route=None,
    others="*",
    settings={"WHITENOISE_ALLOW_ALL_ORIGINS": True},
)
package.above([THEIRS], "/static/file.txt", lost=True)
