"""Writes CORS headers to responses, and removes them from a response that is returned again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors.core.fetch import is_cors_header
from drf_cors.core.verdict import ALLOW_CREDENTIALS, Headers

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

#: The response header with the reason code of a refusal. It is sent under DEBUG only.
REASON_HEADER: Final = "X-Cors-Reason"

#: Attribute of a response: the headers that were set, and the headers that were removed.
WRITTEN: Final = "_drf_cors_written"


def write_headers(response: HttpResponseBase, headers: Headers, vary: tuple[str, ...], *, replaces_all: bool) -> None:
    """Put the headers of a verdict on a response.

    Args:
        response: The response.
        headers: The headers to set.
        vary: The names to merge into `Vary`.
        replaces_all: Whether the view's own `Access-Control-*` headers are removed.
    """
    written = response.headers
    removed: dict[str, str] = {}
    # `pop` is faster than `in`, which raises an exception inside Django if a header is missing.
    if replaces_all:
        for name in [name for name in written if is_cors_header(name)]:
            removed[name] = written.pop(name)[1]
    elif headers:
        # Allow-Origin and Allow-Credentials belong together: do not mix the view's and ours.
        own = written.pop(ALLOW_CREDENTIALS, None)
        if own is not None:
            removed[ALLOW_CREDENTIALS] = own[1]
    if vary:
        value = ", ".join(vary)
        kept = written.pop("Vary", None)
        if kept is not None:
            removed["Vary"] = kept[1]
            value = _merged_vary(kept[1], vary)
        headers = (*headers, ("Vary", value))
    for name, value in headers:
        written[name] = value
    setattr(response, WRITTEN, (headers, removed))


def remove_earlier_headers(response: HttpResponseBase) -> None:
    """Restore the headers that a response had before an earlier request.

    A view may return one object for several requests.

    Args:
        response: A response whose attribute `WRITTEN` is set.
    """
    headers, removed = getattr(response, WRITTEN)
    setattr(response, WRITTEN, None)
    response.headers.pop(REASON_HEADER, None)
    for name, _ in headers:
        response.headers.pop(name, None)
    for name, value in removed.items():
        response.headers.setdefault(name, value)


def _merged_vary(value: str, names: tuple[str, ...]) -> str:
    """Return a `Vary` with names merged into it. Django's own helper is much slower."""
    merged = [name.strip() for name in value.split(",")]
    known = [name.lower() for name in merged]
    if "*" in known:
        return "*"
    return ", ".join((*merged, *(name for name in names if name not in known)))
