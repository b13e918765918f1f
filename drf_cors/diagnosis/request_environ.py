"""What a WSGI server would make of a request of the dry run."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpHeaders

from drf_cors.core import fetch

if TYPE_CHECKING:
    from drf_cors.fetch_model.messages import WireRequest

#: Headers that every browser sends. Filters against robots look at them.
_USUAL_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "gzip, deflate, br",
    "sec-fetch-dest": "empty",
    "sec-fetch-mode": "cors",
    "user-agent": "Mozilla/5.0 (manage.py cors explain)",
}


def script_prefix() -> str:
    """Return `FORCE_SCRIPT_NAME` without a slash at its end; "" for none."""
    return (settings.FORCE_SCRIPT_NAME or "").rstrip("/")


def without_prefix(path: str) -> str:
    """Return a path without the script prefix, as Django's resolver sees it."""
    prefix = script_prefix()
    if path.startswith(f"{prefix}/"):
        return path.removeprefix(prefix)
    return path


def environ_of(wire: WireRequest) -> dict[str, Any]:
    """Return what a WSGI server would make of the request (PEP 3333)."""
    path = without_prefix(unquote_to_bytes(wire.url.path).decode("latin-1"))
    port = wire.url.port or fetch.DEFAULT_PORTS[wire.url.scheme]
    headers = {**_USUAL_HEADERS, "accept-language": settings.LANGUAGE_CODE}
    for name, value in wire.headers:
        headers[name.lower()] = value
    is_own_origin = headers.get("origin") == wire.url.origin
    return {
        **HttpHeaders.to_wsgi_names(headers),
        "HTTP_HOST": wire.url.authority,
        "HTTP_SEC_FETCH_SITE": "same-origin" if is_own_origin else "cross-site",
        "CONTENT_LENGTH": "" if wire.method in ("GET", "HEAD", "OPTIONS") else "0",
        "PATH_INFO": path,
        "SCRIPT_NAME": script_prefix(),
        "QUERY_STRING": wire.url.query,
        "REQUEST_METHOD": wire.method,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": wire.url.host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.errors": io.StringIO(),
        "wsgi.input": io.BytesIO(b""),
        "wsgi.multiprocess": False,
        "wsgi.multithread": False,
        "wsgi.run_once": False,
        "wsgi.url_scheme": wire.url.scheme,
    }
