"""Where the request of `manage.py cors explain` goes, by its arguments."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from django.core.management.base import CommandError

from drf_cors import diagnosis
from drf_cors.fetch_model.urls import Url, parse_url
from drf_cors.management import messages

#: How the URLs that scripts fetch begin, and those of WebSockets.
_HTTP: Final = ("http://", "https://")
_WEBSOCKET: Final = ("ws://", "wss://")


class Place(NamedTuple):
    """Where the request of a question goes.

    Attributes:
        url: A path, or a whole URL of http or https.
        base: Scheme and host for a path, by the settings.
        script_url: The URL in the script, None where only its path, or the server's URL is known.
        is_websocket: Whether a script opens a WebSocket there.
    """

    url: str
    base: str
    script_url: Url | None
    is_websocket: bool


def place_of(url: str | None, live: str | None, origin: str, *, is_received: bool) -> Place:
    """Return where a request goes.

    Args:
        url: The argument.
        live: The address of `--live`, "" for that of the URL; None without the option.
        origin: The page's.
        is_received: Whether a server has received the request. Then the URL is that of the server.

    Raises:
        CommandError: It is not known where.
    """
    if url is None:  # in `--live URL`, the option takes the argument
        url, live = live, ""
    if not url:
        raise CommandError(messages.MISSING_URL, returncode=2)
    if not url.startswith(("/", *_HTTP, *_WEBSOCKET)):
        raise CommandError(messages.INVALID_URL.format(value=url), returncode=2)
    is_websocket = url.startswith(_WEBSOCKET)
    if live is not None and (is_websocket or not (live or url).startswith(_HTTP)):
        raise CommandError(messages.LIVE_NEEDS_ADDRESS, returncode=2)
    if is_websocket:
        url = url.replace("ws", "http", 1)
    base = diagnosis.server(origin)
    script_url = None if is_received or url.startswith("/") else parse_url(url, base)
    if live:
        url = _moved(url, base, live)
    return Place(url, base, script_url, is_websocket)


def _moved(url: str, base: str, address: str) -> str:
    """Return a URL at another server; what is no URL is returned as it is, and refused later.

    Raises:
        CommandError: The address has more than scheme, host and port.
    """
    asked, server = parse_url(url, base), parse_url(address, base)
    if asked is None:
        return url
    if server is None:
        return address
    if server.has_userinfo or str(server) != f"{server.origin}/":
        raise CommandError(messages.LIVE_HAS_PATH.format(value=address, origin=server.origin), returncode=2)
    return str(replace(asked, scheme=server.scheme, host=server.host, port=server.port))
