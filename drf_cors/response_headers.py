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

#: The names of all CORS headers begin with it.
_PREFIX: Final = "access-control-"

_CREDENTIALS: Final = ALLOW_CREDENTIALS.lower()

#: The response header with the reason code of a refusal. It is sent under DEBUG only.
REASON_HEADER: Final = "X-Cors-Reason"

#: Attributes of a response: the headers that were set, and those that were removed for them.
WRITTEN: Final = "_drf_cors_written"
REMOVED: Final = "_drf_cors_removed"


def write_headers(response: HttpResponseBase, verdict: Verdict, replaces_all: bool) -> None:
    """Put the headers of a verdict on a response.

    Args:
        response: The response.
        verdict: The verdict. Its names for `Vary` are merged into that of the response.
        replaces_all: Whether the view's own `Access-Control-*` headers are removed.
    """
    entries = verdict.entries
    if entries is None:
        entries = verdict.entries = _entries_of(verdict)
    if not _IS_STORE_KNOWN:
        _write_by_django(response, verdict, entries, replaces_all=replaces_all)
        return
    store: Entries = response.headers._store  # noqa: SLF001 - see the first lines
    has_own = replaces_all and _PREFIX in "".join(store)
    if has_own or "vary" in store or "access-control-allow-credentials" in store:
        entries = _make_room(response, store, verdict, entries, replaces_all=replaces_all)
    for name in entries:  # faster than update() for a few
        store[name] = entries[name]
    # `WRITTEN`. An assignment is faster than setattr().
    response._drf_cors_written = entries  # type: ignore[attr-defined]  # noqa: SLF001 - our own attribute


def _entries_of(verdict: Verdict) -> Entries:
    entries = {name.lower(): (name, value) for name, value in verdict.headers}
    if verdict.vary:
        entries["vary"] = ("Vary", ", ".join(verdict.vary))
    return entries


def _write_by_django(response: HttpResponseBase, verdict: Verdict, entries: Entries, *, replaces_all: bool) -> None:
    """Do the same through the public names of Django."""
    store = {name.lower(): (name, value) for name, value in response.headers.items()}
    entries = _make_room(response, store, verdict, entries, replaces_all=replaces_all)
    response.headers = ResponseHeaders(dict({**store, **entries}.values()))
    setattr(response, WRITTEN, entries)


def _make_room(
    response: HttpResponseBase, store: Entries, verdict: Verdict, entries: Entries, *, replaces_all: bool
) -> Entries:
    """Remove the headers of a response that a verdict replaces, and merge its `Vary`.

    Args:
        response: The response. It keeps what was removed.
        store: Its headers.
        verdict: The verdict.
        entries: Its headers.
        replaces_all: As for `write_headers`.

    Returns:
        What is to be written.
    """
    names: list[str] = []
    if replaces_all:
        names = [name for name in store if name.startswith(_PREFIX)]
    elif verdict.headers and _CREDENTIALS in store:
        # Allow-Origin and Allow-Credentials belong together: do not mix the view's and ours.
        names = [_CREDENTIALS]
    if verdict.vary and "vary" in store:
        merged = _merged_vary(store["vary"][1], verdict.vary)
        entries = {**entries, "vary": ("Vary", merged)}
        names.append("vary")
    if names:
        setattr(response, REMOVED, {name: store.pop(name) for name in names})
    return entries


def remove_earlier_headers(response: HttpResponseBase) -> None:
    """Restore the headers that a response had before an earlier request.

    A view may return one object for several requests.

    Args:
        response: A response whose attribute `WRITTEN` is set.
    """
    attributes = vars(response)
    entries, removed = attributes.pop(WRITTEN), attributes.pop(REMOVED, {})
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
