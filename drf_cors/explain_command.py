"""The command line that explains one request: `python manage.py cors explain ...`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Characters of a command. A longer one is not written.
MAX_COMMAND: Final = 1000


def explain_command(request: HttpRequest, origin: str, method: str, *, read: str = "") -> str:
    """Return the command that explains a request, for a POSIX shell; "" if there is none.

    What the client sent is quoted for the shell. There is no command if any of it is not printable
    ASCII, or would be read as an option.

    Args:
        request: The request, or the preflight for it.
        origin: Its `Origin` header.
        method: Its method, or the one that the preflight requests.
        read: A response header that the script reads, "" for none.
    """
    options = ["--origin", origin]
    if method != "GET":
        options += ["--method", method]
    for name in _requested_headers(request):
        options += ["--header", name]
    if read:
        options += ["--read", read]
    if any(value.startswith("-") for value in options[1::2]):
        return ""
    if request.META.get("HTTP_COOKIE"):
        options.append("--credentials")
    command = shlex.join(["python", "manage.py", "cors", "explain", _url(request), *options])
    if len(command) > MAX_COMMAND or not (command.isascii() and command.isprintable()):
        return ""
    return command


def _url(request: HttpRequest) -> str:
    """Return the path as in a URL; with the host, if that selects the URLconf."""
    path = quote(request.path, errors="replace")
    if path.startswith("//"):
        path = f"/%2F{path[2:]}"  # else the rest would be a host
    host = request.META.get("HTTP_HOST")
    if getattr(request, "urlconf", None) is None or not host:
        return path
    return f"{request.scheme}://{host}{path}"


def _requested_headers(request: HttpRequest) -> list[str]:
    """Return the header names that a preflight requests; empty for other requests."""
    if request.method != "OPTIONS":
        return []
    names = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").split(",")
    return [name.strip() for name in names if name.strip()]
