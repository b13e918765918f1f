"""Writes CORS headers to responses, and removes them from a response that is returned again.

Django checks and encodes each header that is set. A policy and an origin that it allows hold valid
header values only, so the headers are put into the dictionary behind `response.headers`. To write
one header takes a twentieth of the time. If a version of Django keeps headers in another way, they
are set as usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http.response import ResponseHeaders

from drf_cors.core.verdict import ALLOW_CREDENTIALS, Entries, Verdict

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

#: Whether Django keeps headers as lower-case name -> name and value.
_IS_STORE_KNOWN: Final = vars(ResponseHeaders({"Vary": "origin"})) == {"_store": {"vary": ("Vary", "origin")}}

_CREDENTIALS: Final = ALLOW_CREDENTIALS.lower()

#: The response header with the reason code of a refusal. It is sent under DEBUG only.
REASON_HEADER: Final = "X-Cors-Reason"

#: Attribute of a response: the headers that were set, and the headers that were removed.
WRITTEN: Final = "_drf_cors_written"

_NONE: Final[Entries] = {}


def write_headers(response: HttpResponseBase, verdict: Verdict, *, replaces_all: bool) -> None:
    """Put the headers of a verdict on a response.

    Args:
        response: The response.
        verdict: The verdict. Its names for `Vary` are merged into that of the response.
        replaces_all: Whether the view's own `Access-Control-*` headers are removed.
    """
    store = _store_of(response)
    entries = verdict.entries
    removed = _NONE
    if replaces_all or "vary" in store or _CREDENTIALS in store:
        entries, removed = _make_room(store, verdict, replaces_all=replaces_all)
    store.update(entries)
    if not _IS_STORE_KNOWN:
        response.headers = ResponseHeaders(dict(store.values()))
    setattr(response, WRITTEN, (entries, removed))


def _store_of(response: HttpResponseBase) -> Entries:
    headers = response.headers
    if _IS_STORE_KNOWN:
        store: Entries = headers._store  # noqa: SLF001 - see the first lines
        return store
    return {name.lower(): (name, value) for name, value in headers.items()}


def _make_room(store: Entries, verdict: Verdict, *, replaces_all: bool) -> tuple[Entries, Entries]:
    """Remove the headers of a response that a verdict replaces.

    Args:
        store: The headers of the response.
        verdict: The verdict.
        replaces_all: As for `write_headers`.

    Returns:
        What is to be written, with the merged `Vary`; and what was removed.
    """
    removed: Entries = {}
    if replaces_all:
        for name in list(store):
            if name.startswith("access-control-"):
                removed[name] = store.pop(name)
    elif verdict.headers and _CREDENTIALS in store:
        # Allow-Origin and Allow-Credentials belong together: do not mix the view's and ours.
        removed[_CREDENTIALS] = store.pop(_CREDENTIALS)
    if not verdict.vary or "vary" not in store:
        return verdict.entries, removed
    removed["vary"] = store["vary"]
    merged = _merged_vary(store["vary"][1], verdict.vary)
    return {**verdict.entries, "vary": ("Vary", merged)}, removed


def remove_earlier_headers(response: HttpResponseBase) -> None:
    """Restore the headers that a response had before an earlier request.

    A view may return one object for several requests.

    Args:
        response: A response whose attribute `WRITTEN` is set.
    """
    entries, removed = getattr(response, WRITTEN)
    setattr(response, WRITTEN, None)
    response.headers.pop(REASON_HEADER, None)
    for name in entries:
        response.headers.pop(name, None)
    for name, value in removed.values():
        response.headers.setdefault(name, value)


def _merged_vary(value: str, names: tuple[str, ...]) -> str:
    """Return a `Vary` with names merged into it. Django's own helper is much slower."""
    merged = [name.strip() for name in value.split(",")]
    known = [name.lower() for name in merged]
    if "*" in known:
        return "*"
    return ", ".join((*merged, *(name for name in names if name not in known)))
