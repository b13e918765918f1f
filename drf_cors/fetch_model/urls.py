"""URLs of a fetch over http or https."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from drf_cors.core.fetch import DEFAULT_PORTS

# Characters that are not percent-encoded in a path or a query (URL Standard).
_KEPT = "%/:@!$&'()*+,;=~"

_ABSOLUTE = re.compile("https?://", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Url:
    """An absolute http or https URL, without its fragment.

    Attributes:
        scheme: `http` or `https`.
        host: Lower-case; IPv6 in brackets.
        port: None for the default port.
        path: Percent-encoded, at least `/`.
        query: Percent-encoded, without the `?`; empty for none.
        has_userinfo: Whether it has a user or a password. They are not kept.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    has_userinfo: bool = False

    @property
    def authority(self) -> str:
        """Host and port: the `Host` header."""
        if self.port is None:
            return self.host
        return f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The serialised origin.

        https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin
        """
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        if not self.query:
            return f"{self.origin}{self.path}"
        return f"{self.origin}{self.path}?{self.query}"


def parse_url(text: str, base: str) -> Url | None:
    """Parse `text` relative to `base`; None if it is not an http or https URL."""
    try:
        if not _ABSOLUTE.match(text):
            # urljoin accepts "http://" as a relative URL. Browsers do not.
            text = urljoin(base, text)
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = parts.hostname
    return Url(
        scheme=parts.scheme,
        host=f"[{host}]" if ":" in host else host,
        port=None if port == DEFAULT_PORTS[parts.scheme] else port,
        path=quote(parts.path or "/", safe=_KEPT),
        query=quote(parts.query, safe=_KEPT + "?"),
        has_userinfo=parts.username is not None or parts.password is not None,
    )
