"""The command line that explains one request: `python manage.py cors explain ...`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from django.core.exceptions import DisallowedHost

from drf_cors.fetch_model.urls import parse_url

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Characters of a command. A longer one is not written.
MAX_COMMAND: Final = 1000


def explain_command(request: HttpRequest, origin: str, method: str, *, credentials: bool, read: str = "") -> str:
    """Return the command that explains a request, for a POSIX shell; "" if there is none.

    It names the URL as Django sees it, so behind a proxy that ends TLS it may be http. `--received`
    excludes the causes for which a browser does not send a request, because this one has arrived.

    What the client sent is quoted for the shell. There is no command if any of it is not printable
    ASCII, or would be read as an option.

    Args:
        request: The request, or the preflight for it.
        origin: Its `Origin` header.
        method: Its method, or the one that the preflight requests.
        credentials: Whether a script has to send credentials for the same verdict.
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
    if credentials:
        options.append("--credentials")
    command = shlex.join(["python", "manage.py", "cors", "explain", _url(request), "--received", *options])
    if len(command) > MAX_COMMAND or not (command.isascii() and command.isprintable()):
        return ""
    return command


def _url(request: HttpRequest) -> str:
    """Return the URL of a request, without its query; the path alone, if the host is not valid."""
    path = quote(request.path, errors="replace")
    try:
        url = f"{request.scheme}://{request.get_host()}{path}"
    except DisallowedHost:
        url = ""
    if parse_url(url, "") is not None:  # Django allows ports that no URL has
        return url
    if path.startswith("//"):
        path = f"/%2F{path[2:]}"  # else the rest would be a host
    return path


def _requested_headers(request: HttpRequest) -> list[str]:
    """Return the header names that a preflight requests; empty for other requests."""
    if request.method != "OPTIONS":
        return []
    names = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").split(",")
    return [name.strip() for name in names if name.strip()]
