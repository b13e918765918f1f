"""Causes between Django and the browser: a running server answers otherwise than the dry run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_cors.core import fetch
from drf_cors.core.errors import shown
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.fetch_model.urls import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.diagnosis.case import Case, Step
    from drf_cors.diagnosis.live import LiveOutcome, LiveResponse
    from drf_cors.fetch_model.messages import CorsBlocked


class LiveCause(Cause):
    """Causes between Django and the browser."""

    UNREACHABLE = (
        "live-unreachable",
        "{address} does not answer {request}: {error}.",
        "Start the server, or correct the address. A browser reports this as a network error.",
    )
    REDIRECT = (
        "live-redirect",
        "{address} redirects {request} to {location} ({status}{server}); the middleware of Django does not.",
        (
            "Fetch {location}; or find what redirects: a proxy (https, login, slash) or the view. "
            "Browsers follow no redirect of a preflight."
        ),
    )
    REDIRECT_TO_ITSELF = (
        "live-redirect",
        (
            "{address} redirects {request} to {location} ({status}{server}), the address that was "
            "fetched; the middleware of Django does not."
        ),
        (
            "Find what redirects in front of Django: a proxy or a development server that changes the "
            "path or the scheme before Django gets it, often the slash at the end."
        ),
    )
    ANSWERED = (
        "live-status",
        (
            "{address} answers the preflight itself ({status}{server}), without "
            "Access-Control-Allow-Origin: it does not pass to Django, which answers with {expected}."
        ),
        "Let the method OPTIONS pass to Django there (nginx: take `return {status}` for OPTIONS out).",
    )
    STATUS = (
        "live-status",
        "{address} answers {request} with {status}{server}; Django answers it with {expected}.",
        "{edit}.",
    )
    NOT_DJANGO = (
        "live-status",
        (
            "{address} answers {request} with {status}{server} and without CORS headers. Errors of "
            "Django have them, so the response is not from Django."
        ),
        "{edit}.",
    )
    FAILED = (
        "live-failed",
        "{address} answers {request} with {status}{server}; it has its CORS headers, so this is no CORS error.",
        "Read the traceback in the server's log.",
    )
    REMOVED = (
        "live-header-removed",
        "{address} answers {request} without {names}, which Django sends: something between removes it.",
        (
            "Let the proxy pass the headers of Django on (nginx: proxy_hide_header, more_clear_headers; "
            "Apache: Header unset). If there is no proxy, restart the server: it may run older code."
        ),
    )
    ADDED = (
        "live-header-added",
        "{address} answers {request} with {names}, which Django does not send: something between adds it.",
        (
            "Take the header out of the proxy (nginx: add_header; Apache: Header set), or out of the "
            "view; CorsMiddleware sends what the policy says."
        ),
    )
    DOUBLED = (
        "live-header-doubled",
        "{address} answers {request} with {names} twice: {after}. Browsers accept one value only.",
        ("Take the header out of the proxy (nginx: add_header; Apache: Header add), and leave it to CorsMiddleware."),
    )
    CHANGED = (
        "live-header-changed",
        "{address} answers {request} with {names}: {after}; Django sends {before}.",
        (
            "Let the proxy leave the header alone (nginx: add_header with proxy_hide_header; Apache: "
            "Header set). If there is no proxy, restart the server: it may run older code."
        ),
    )


_ALLOW_ORIGIN: Final = "access-control-allow-origin"
_ALLOW_CREDENTIALS: Final = "access-control-allow-credentials"
_EXPOSE_HEADERS: Final = "access-control-expose-headers"

#: Headers with one value. Those of lists may be on several lines.
_SINGLE: Final = frozenset({_ALLOW_ORIGIN, _ALLOW_CREDENTIALS, "access-control-max-age"})

#: What the browser checks -> the headers that decide it.
_DECISIVE: Final = {
    "origin": frozenset({_ALLOW_ORIGIN}),
    "credentials": frozenset({_ALLOW_ORIGIN, _ALLOW_CREDENTIALS}),
    "method": frozenset({"access-control-allow-methods"}),
    "header": frozenset({"access-control-allow-headers"}),
}

_UNAUTHORISED: Final = frozenset({401, 403, 407})
_NOT_ROUTED: Final = frozenset({404, 405, 501})
_SERVER_ERROR: Final = 500

_NO_LOGIN_FOR_PREFLIGHTS: Final = (
    "Let OPTIONS requests pass to Django without a login there: preflights carry no credentials"
)
_FORWARD_OPTIONS: Final = "Let the method OPTIONS pass to Django there, at this path"
_READ_THE_LOG: Final = "Read the log of the server that answers so: a proxy, or the process around Django"

#: Characters of a text that comes from the server.
_MAX_TEXT: Final = 120


def about_live(case: Case, live: LiveOutcome) -> Iterator[Finding]:
    """Yield where the responses of a running server differ from those of Django.

    Args:
        case: What is known of the dry run.
        live: What the server answered to the same requests.
    """
    for step, response in zip(case.steps, live.responses, strict=False):
        blocked = live.blocked if response is live.responses[-1] else None
        yield from _Comparison(case, step, response, live.address, blocked).differences()


def is_about_live(finding: Finding) -> bool:
    """Whether a finding is about what a running server answered."""
    return finding.code in {cause.code for cause in LiveCause}


class _Comparison:
    """One response of the server beside the one of the dry run."""

    def __init__(
        self,
        case: Case,
        step: Step,
        response: LiveResponse,
        address: str,
        blocked: CorsBlocked | None,
    ) -> None:
        self.case = case
        self.response = response
        self.address = address
        self.blocked = blocked
        self.django = {name.lower(): value for name, value in step.trip.headers.items()}
        self.expected = step.trip.known_status

    def differences(self) -> Iterator[Finding]:
        """Yield each difference, the gravest first."""
        if self.response.error:
            yield self._finding(LiveCause.UNREACHABLE, blocks=True, error=self.response.error)
            return
        status = self._about_status()
        if status is not None:
            yield status
            if not self.response.values(_ALLOW_ORIGIN):
                return  # another response, so its headers are others too
        yield from self._about_headers()

    def _about_status(self) -> Finding | None:
        status, is_preflight = self.response.status, self.response.wire.kind == "preflight"
        if status == self.expected:
            return None
        if status in fetch.REDIRECT_STATUSES:
            return self._about_redirect()
        if is_preflight and fetch.is_ok_status(status):
            return self._about_preflight()
        edit = _READ_THE_LOG
        if is_preflight and status in _UNAUTHORISED:
            edit = _NO_LOGIN_FOR_PREFLIGHTS
        elif is_preflight and status in _NOT_ROUTED:
            edit = _FORWARD_OPTIONS
        if self.expected is not None:
            return self._finding(LiveCause.STATUS, expected=self.expected, edit=edit)
        if status < 400 or _ALLOW_ORIGIN not in self.django:
            return None
        if not self.response.values(_ALLOW_ORIGIN):
            return self._finding(LiveCause.NOT_DJANGO, edit=edit)
        if status >= _SERVER_ERROR:
            return self._finding(LiveCause.FAILED)
        return None

    def _about_redirect(self) -> Finding:
        url, location = self.response.wire.url, ", ".join(self.response.values("location"))
        is_to_itself = parse_url(location.partition("#")[0], str(url)) == url
        cause = LiveCause.REDIRECT_TO_ITSELF if is_to_itself else LiveCause.REDIRECT
        return self._finding(cause, location=shown(location))

    def _about_preflight(self) -> Finding | None:
        """Return that something else answers the preflight. Browsers accept any ok status."""
        if _ALLOW_ORIGIN in self.django and not self.response.values(_ALLOW_ORIGIN):
            return self._finding(LiveCause.ANSWERED, expected=self.expected)
        return None

    def _about_headers(self) -> Iterator[Finding]:
        sent = [name for name in self.django if fetch.is_cors_header(name)]
        arrived = self.response.cors_names
        removed = [name for name in sent if name not in arrived]
        added = [name for name in arrived if name not in sent]
        vary = ",".join(self.response.values("vary"))
        if _varies_on_origin(self.django.get("vary", "")) and not _varies_on_origin(vary):
            removed.append("vary: origin")
        if removed:
            yield self._about_names(LiveCause.REMOVED, removed)
        if added:
            yield self._about_names(LiveCause.ADDED, added)
        for name in arrived:
            yield from self._about_value(name)

    def _about_names(self, cause: LiveCause, names: list[str], **fields: object) -> Finding:
        return self._finding(cause, blocks=self._blocks(names), names=_titled(names), **fields)

    def _about_value(self, name: str) -> Iterator[Finding]:
        values = self.response.values(name)
        before = self.django.get(name)
        after = shown(", ".join(values), _MAX_TEXT)
        if name in _SINGLE and (len(values) > 1 or "," in values[0]):
            cause = LiveCause.DOUBLED
        elif before is not None and _members(before) != _members(",".join(values)):
            cause = LiveCause.CHANGED
        else:
            return
        yield self._about_names(cause, [name], before=shown(before), after=after)

    def _blocks(self, names: list[str]) -> bool:
        """Whether a difference in these headers keeps the script from what it wants."""
        if _EXPOSE_HEADERS in names and self._hides_what_is_read():
            return True
        if self.blocked is None:
            return False
        decisive = _DECISIVE.get(self.blocked.step.rpartition(" ")[2], frozenset())
        return not decisive.isdisjoint(names)

    def _hides_what_is_read(self) -> bool:
        query = self.case.query
        exposed = _members(",".join(self.response.values(_EXPOSE_HEADERS)).lower())
        if "*" in exposed and not query.request.includes_credentials:
            return False
        readable = exposed | fetch.SAFELISTED_RESPONSE_HEADERS
        return any(name.lower() not in readable for name in query.read)

    def _finding(self, cause: LiveCause, *, blocks: bool | None = None, **fields: Any) -> Finding:
        servers = self.response.values("server")
        server = f", Server: {shown(servers[0], _MAX_TEXT)}" if servers else ""
        return Finding.of(
            cause,
            blocks=self.blocked is not None if blocks is None else blocks,
            culprit=str(fields.get("names", "")),
            address=self.address,
            request=_named(self.response),
            status=self.response.status,
            server=server,
            **fields,
        )


def _named(response: LiveResponse) -> str:
    return "the preflight" if response.wire.kind == "preflight" else response.wire.method


def _titled(names: list[str]) -> str:
    """Return names of headers for people. They are tokens, so they can be printed."""
    return ", ".join(name.title() for name in names)


def _varies_on_origin(value: str) -> bool:
    return not {"origin", "*"}.isdisjoint(_members(value.lower()))


def _members(value: str) -> set[str]:
    """Return the members of a list, in whatever order."""
    return {member.strip() for member in value.split(",")}
