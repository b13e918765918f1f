"""The tables and predicates of the Fetch Standard, without Django."""

import string

import pytest

from drf_cors.core import fetch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET", True),
        ("x-Custom_1", True),
        ("!#$%&'*+-.^_`|~09azAZ", True),
        ("*", True),
        ("", False),
        (" GET", False),
        ("GET\n", False),
        ("a b", False),
        ("a,b", False),
        ("a:b", False),
        ('"a"', False),
        ("naïve", False),
        ("\u0661", False),  # a digit, but not an ASCII one
        ("a\x00", False),
    ],
)
def test_a_token_is_ascii_and_has_no_delimiters(text, expected):
    assert fetch.is_token(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Accept", "accept"), ("ÀB", "Àb"), ("COO\u212aIE", "coo\u212aie"), ("", "")],
)
def test_only_ascii_letters_are_lowered(text, expected):
    assert fetch.byte_lowercase(text) == expected


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("get", "GET"),
        ("Delete", "DELETE"),
        ("hEAD", "HEAD"),
        ("options", "OPTIONS"),
        ("post", "POST"),
        ("put", "PUT"),
        ("GET", "GET"),
        ("patch", "patch"),
        ("PATCH", "PATCH"),
        ("Egg", "Egg"),
        ("po\u017ft", "po\u017ft"),  # a long s, which str.upper would turn into an S
    ],
)
def test_six_methods_are_upper_cased_and_no_other(method, sent):
    assert fetch.normalise_method(method) == sent


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("CONNECT", True),
        ("trace", True),
        ("Track", True),
        ("TRAC\u212a", False),
        ("GET", False),
        ("PATCH", False),
        ("", False),
    ],
)
def test_forbidden_methods_match_in_any_case(method, expected):
    assert fetch.is_forbidden_method(method) is expected


def test_the_method_tables_agree():
    assert fetch.SAFELISTED_METHODS < fetch.NORMALISED_METHODS
    assert not fetch.FORBIDDEN_METHODS & fetch.NORMALISED_METHODS


@pytest.mark.parametrize(
    "name",
    [
        "Accept-Charset",
        "Accept-Encoding",
        "Access-Control-Request-Headers",
        "Access-Control-Request-Method",
        "Access-Control-Request-Private-Network",
        "Connection",
        "Content-Length",
        "Cookie",
        "Cookie2",
        "Date",
        "DNT",
        "Expect",
        "Host",
        "Keep-Alive",
        "Origin",
        "Referer",
        "Set-Cookie",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Via",
        "Proxy-",
        "proxy-authorization",
        "Sec-Fetch-Site",
        "SEC-",
    ],
)
def test_forbidden_request_headers(name):
    assert fetch.is_forbidden_request_header(name)
    assert fetch.is_forbidden_request_header(name.lower(), "anything")


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Content-Type",
        "User-Agent",
        "X-CSRFToken",
        "Proxy",
        "Sec",
        "X-Sec-Token",
        "Coo\u212aie",
        "",
    ],
)
def test_request_headers_scripts_may_set(name):
    assert not fetch.is_forbidden_request_header(name)


@pytest.mark.parametrize("name", ["X-HTTP-Method", "x-http-method-override", "X-Method-Override"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", False),
        ("DELETE", False),
        ("TRACE", True),
        ("track", True),
        ("GET, \tconnect ", True),
        (",,TRACE,,", True),
        ("TRACED", False),
        ('"TRACE"', False),
        ('"GET, TRACE"', False),
        ('"a\\", TRACE"', False),
        ('"a\\\\", TRACE', True),
    ],
)
def test_a_method_override_is_forbidden_with_a_forbidden_method_only(name, value, expected):
    assert fetch.is_forbidden_request_header(name, value) is expected


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ("nosniff,", ["nosniff", ""]),
        ("", [""]),
        ('text/html;", x/x', ['text/html;", x/x']),
        ('x/x;test="hi",y/y', ['x/x;test="hi"', "y/y"]),
        ("x / x,,,1", ["x / x", "", "", "1"]),
        ('"1,2", 3', ['"1,2"', "3"]),
    ],
)
def test_values_are_split_as_the_standard_shows(value, members):
    assert fetch.split_value(value) == members


def test_unsafe_bytes():
    unsafe = {chr(byte) for byte in range(256) if not fetch.is_safelisted_request_header("accept", chr(byte))}
    assert unsafe == {chr(byte) for byte in range(0x20)} - {"\t"} | set('"():<>?@[\\]{}\x7f')


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Accept", "*/*", True),
        ("accept", "text/html;q=0.9, */*", True),
        ("accept", "caf\xe9", True),
        ("accept", "a\tb", True),
        ("accept", "a(b", False),
        ("accept", "a\x0bb", False),
        ("accept", "a" * 128, True),
        ("accept", "a" * 129, False),
        ("Accept-Language", "en-GB,en;q=0.8,*", True),
        ("accept-language", "", True),
        ("accept-language", "en_GB", False),
        ("accept-language", "en\n", False),
        ("accept-language", "\xe9", False),
        ("Content-Language", "de", True),
        ("content-language", "de\t", False),
        ("Content-Type", "text/plain", True),
        ("content-type", "TEXT/Plain;charset=utf-8", True),
        ("content-type", " text/plain ;x", True),
        ("content-type", "application/x-www-form-urlencoded", True),
        ("content-type", "multipart/form-data; boundary=a", True),
        ("content-type", 'multipart/form-data; boundary="a"', False),  # the quotes are unsafe bytes
        ("content-type", "application/json", False),
        ("content-type", "application/json, text/plain", False),
        ("content-type", "text/plain, application/json", False),
        ("content-type", "text/plain; application/json", True),
        ("content-type", "text", False),
        ("content-type", "text /plain", False),
        ("content-type", "/plain", False),
        ("content-type", "text/", False),
        ("content-type", "", False),
        ("Range", "bytes=0-", True),
        ("range", "bytes=5-9", True),
        ("range", "bytes=9-5", False),
        ("range", "bytes=9-9", True),
        ("range", "bytes=-500", False),
        ("range", "bytes=0-1,5-6", False),
        ("range", "bytes= 0-1", False),
        ("range", "Bytes=0-", False),
        ("range", "bytes=-", False),
        ("range", "lines=0-", False),
        ("Authorization", "", False),
        ("X-CSRFToken", "a", False),
        ("cache-control", "no-cache", False),
    ],
)
def test_safelisted_request_headers(name, value, expected):
    assert fetch.is_safelisted_request_header(name, value) is expected


def test_names_that_need_a_preflight_are_lower_case_sorted_and_unique():
    headers = [
        ("X-Zebra", "1"),
        ("Accept", "*/*"),
        ("authorization", "a"),
        ("AUTHORIZATION", "b"),
        ("Content-Type", "application/json"),
    ]
    assert fetch.cors_unsafe_request_header_names(headers) == ["authorization", "content-type", "x-zebra"]


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (0, []),
        (1, ["accept", "accept-language"]),
    ],
)
def test_safelisted_headers_over_1024_bytes_together_need_a_preflight(last, names):
    headers = [("Accept", "a" * 128)] * 8 + [("Accept-Language", "a" * last)]
    assert fetch.cors_unsafe_request_header_names(headers) == names


def test_unsafe_values_do_not_count_towards_the_1024_bytes():
    headers = [("X-Long", "a" * 5000), ("Accept", "a")]
    assert fetch.cors_unsafe_request_header_names(headers) == ["x-long"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Set-Cookie", True), ("set-cookie2", True), ("Cookie", False), ("Content-Type", False)],
)
def test_forbidden_response_headers(name, expected):
    assert fetch.is_forbidden_response_header(name) is expected


@pytest.mark.parametrize(
    ("status", "expected"), [(199, False), (200, True), (204, True), (299, True), (300, False), (404, False)]
)
def test_a_preflight_needs_an_ok_status(status, expected):
    assert fetch.is_ok_status(status) is expected


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ("GET", ["GET"]),
        ("GET, put\t,Patch", ["GET", "put", "Patch"]),
        ("*", ["*"]),
        ("", []),
        (" , ,,", []),
        (",x-a,,x-b,", ["x-a", "x-b"]),
        ("Bad value", None),
        ("x-a, b@d", None),
        ('"x-a"', None),
        ("x-a;x-b", None),
        ("x-a\n", None),
        ("x-\xe9", None),
    ],
)
def test_one_malformed_member_spoils_a_list(value, members):
    assert fetch.parse_header_list(value) == members


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("600", 600),
        (" 600\t", 600),
        ("0005", 5),
        ("000", 0),
        ("999999999", 999_999_999),
        ("1" + "0" * 9, 999_999_999),
        ("9" * 10_000, 999_999_999),
        ("-1", None),
        ("+5", None),
        ("5.0", None),
        ("5, 5", None),
        ("\u0665", None),
        ("", None),
    ],
)
def test_max_age_is_digits(value, seconds):
    assert fetch.parse_max_age(value) == seconds


@pytest.mark.parametrize(
    "table",
    [
        fetch.FORBIDDEN_REQUEST_HEADERS,
        fetch.METHOD_OVERRIDE_HEADERS,
        fetch.WILDCARD_EXCLUDED_HEADERS,
        fetch.REQUEST_BODY_HEADERS,
        fetch.SAFELISTED_RESPONSE_HEADERS,
        fetch.FORBIDDEN_RESPONSE_HEADERS,
    ],
)
def test_tables_of_header_names_are_lower_case_tokens(table):
    assert all(fetch.is_token(name) and name == name.lower() for name in table)


def test_every_token_character_is_known():
    tchars = set("!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters)
    assert {chr(point) for point in range(512) if fetch.is_token(chr(point))} == tchars


def test_default_ports():
    assert fetch.DEFAULT_PORTS["http"] == 80
    assert fetch.DEFAULT_PORTS["https"] == 443
    assert fetch.DEFAULT_PORTS["file"] is None


@pytest.mark.parametrize("hostile", ["," * 65_536, '"' * 65_536, "\\" * 65_536, "\x00\r\n]", "\udcff", "é" * 9])
def test_hostile_input_raises_nothing(hostile):
    fetch.is_token(hostile)
    fetch.parse_header_list(hostile)
    fetch.parse_max_age(hostile)
    fetch.is_safelisted_request_header("content-type", hostile)
    fetch.is_forbidden_request_header("x-http-method", hostile)
    assert fetch.normalise_method(hostile) == hostile


@pytest.mark.parametrize(
    ("origin", "sec_fetch_site", "expected"),
    [
        ("https://shop.example", None, True),
        ("http://shop.example", None, False),  # another scheme
        ("https://shop.example:8443", None, False),  # another port
        ("https://www.shop.example", None, False),  # another host
        ("https://Shop.example", None, False),  # browsers send lower case
        ("null", None, False),
        ("", None, False),
        (None, None, False),
        ("https://stranger.example", "same-origin", True),  # the browser knows best
        ("https://shop.example", "cross-site", False),
        ("https://shop.example", "same-site", False),
        ("https://shop.example", "none", False),  # typed by the user
        ("https://shop.example", "Same-Origin", False),
        ("https://shop.example", "", False),
        (None, "same-origin", True),
    ],
)
def test_the_browser_decides_what_is_same_origin_and_else_the_origins_do(origin, sec_fetch_site, expected):
    assert fetch.is_same_origin(origin, "https", "shop.example", sec_fetch_site) is expected
