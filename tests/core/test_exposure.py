"""Which headers of a response the scripts of another origin can read (Fetch, CORS filtered response)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drf_cors.core.exposure import exposed_by, is_readable, unreadable_headers

#: Name of the case, the header, what is exposed, and whether scripts read it without and with credentials.
READABLE = [
    ("safelisted", "Content-Length", None, True, True),
    ("not listed", "ETag", None, False, False),
    ("listed in another case", "ETAG", "etag", True, True),
    ("listed among others", "Link", "x-total ,\tlink", True, True),
    ("a star", "Link", "*", True, False),
    ("a star beside its name", "Link", "*, Link", True, True),
    ("a header with the name of the star", "*", "*", True, True),
    ("a malformed list", "Link", "Link, a b", False, False),
    ("a cookie under a star", "Set-Cookie", "*", False, False),
    ("a cookie that is listed", "Set-Cookie2", "set-cookie2", False, False),
]


@pytest.mark.parametrize(
    ("name", "value", "anonymous", "credentialed"), [row[1:] for row in READABLE], ids=[row[0] for row in READABLE]
)
def test_what_a_script_can_read(name: str, value: str | None, anonymous: bool, credentialed: bool) -> None:
    exposed = exposed_by(value)
    assert is_readable(name, exposed, with_credentials=False) is anonymous
    assert is_readable(name, exposed, with_credentials=True) is credentialed


LEFT_OUT = [
    ("safelisted", ["Cache-Control", "Content-Type", "Expires", "Last-Modified", "Pragma", "Content-Language"]),
    ("hop-by-hop", ["Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Trailer", "Proxy-Authenticate"]),
    ("cookies", ["Set-Cookie", "SET-COOKIE2"]),
    ("CORS", ["Access-Control-Allow-Origin", "access-control-expose-headers", "Access-Control-Max-Age"]),
    ("of Django's SecurityMiddleware", ["Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy"]),
    ("of the browser's security", ["Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy"]),
    ("reports", ["Reporting-Endpoints", "Report-To", "NEL", "Content-Security-Policy-Report-Only"]),
    ("of every response of REST framework", ["Allow", "Vary"]),
    ("of servers and caches", ["Date", "Server", "Via", "Age", "Content-Encoding", "Alt-Svc"]),
    ("performance", ["Timing-Allow-Origin", "Server-Timing"]),
    ("what no browser accepts", ["X Total", "X-T\xf6tal", ""]),
]


@pytest.mark.parametrize("names", [row[1] for row in LEFT_OUT], ids=[row[0] for row in LEFT_OUT])
def test_headers_that_scripts_have_no_use_for_are_left_out(names: list[str]) -> None:
    assert unreadable_headers(names, frozenset(), with_credentials=True) == ()


SEEN = [
    ("htmx", ["HX-Trigger", "HX-Redirect"]),
    ("MCP", ["Mcp-Session-Id", "WWW-Authenticate"]),
    ("tus", ["Upload-Offset", "Upload-Length", "Tus-Resumable", "Tus-Version", "Location"]),
    ("files", ["Content-Disposition", "Accept-Ranges", "Content-Range"]),
    ("lists", ["Link", "X-Total-Count"]),
    ("caches of scripts", ["ETag"]),
    ("limits", ["Retry-After", "RateLimit-Policy"]),
    ("what comes next", ["Not-Invented-Yet"]),
]


@pytest.mark.parametrize("names", [row[1] for row in SEEN], ids=[row[0] for row in SEEN])
def test_every_other_header_is_seen(names: list[str]) -> None:
    assert unreadable_headers(names, frozenset(), with_credentials=False) == tuple(names)
    assert unreadable_headers(names, frozenset({"*"}), with_credentials=False) == ()
    assert unreadable_headers(names, frozenset({"*"}), with_credentials=True) == tuple(names)
    assert unreadable_headers(names, frozenset(map(str.lower, names)), with_credentials=True) == ()


def test_a_header_that_is_sent_twice_is_one() -> None:
    assert unreadable_headers(["Link", "link", "LINK"], frozenset(), with_credentials=False) == ("Link",)


@given(names=st.lists(st.text()), value=st.none() | st.text(), with_credentials=st.booleans())
def test_what_is_reported_is_never_readable(names: list[str], value: str | None, with_credentials: bool) -> None:
    exposed = exposed_by(value)
    for name in unreadable_headers(names, exposed, with_credentials=with_credentials):
        assert name in names
        assert not is_readable(name, exposed, with_credentials=with_credentials)
