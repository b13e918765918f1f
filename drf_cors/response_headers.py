"""Writes CORS headers to responses, and takes them off again where one response is returned for several requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors.core.fetch import is_cors_header
from drf_cors.core.verdict import ALLOW_CREDENTIALS, Headers

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

#: On refusals, under DEBUG: the reason code.
REASON_HEADER: Final = "X-Cors-Reason"

#: Attribute of a response: the headers that were set, and those that were taken off.
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
    taken_off: dict[str, str] = {}
    # Headers are popped, not looked for: to find one missing costs Django an exception.
    if replaces_all:
        for name in [name for name in written if is_cors_header(name)]:
            taken_off[name] = written.pop(name)[1]
    elif headers:
        # Allow-Origin and Allow-Credentials belong together: the view's own half must not complete ours.
        own = written.pop(ALLOW_CREDENTIALS, None)
        if own is not None:
            taken_off[ALLOW_CREDENTIALS] = own[1]
    if vary:
        value = ", ".join(vary)
        kept = written.pop("Vary", None)
        if kept is not None:
            taken_off["Vary"] = kept[1]
            value = _merged_vary(kept[1], vary)
        headers = (*headers, ("Vary", value))
    for name, value in headers:
        written[name] = value
    setattr(response, WRITTEN, (headers, taken_off))


def take_off_earlier_headers(response: HttpResponseBase) -> None:
    """Put back what a response carried before an earlier request: a view may return one object many times."""
    headers, taken_off = getattr(response, WRITTEN)
    setattr(response, WRITTEN, None)
    response.headers.pop(REASON_HEADER, None)
    for name, _ in headers:
        response.headers.pop(name, None)
    for name, value in taken_off.items():
        response.headers.setdefault(name, value)


def _merged_vary(value: str, names: tuple[str, ...]) -> str:
    """Return a `Vary` with names merged into it. Django's own helper costs more than the rest of a response."""
    merged = [name.strip() for name in value.split(",")]
    known = [name.lower() for name in merged]
    if "*" in known:
        return "*"
    return ", ".join((*merged, *(name for name in names if name not in known)))
