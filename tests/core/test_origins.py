"""The grammar of a serialised origin, the patterns, and the matcher held to a naive one written here."""

import re
import string
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drf_cors.core.origin_faults import parse_pattern
from drf_cors.core.origins import OPAQUE_ORIGINS, Origin, OriginMatcher, OriginPattern, canonical_ip, parse_origin

HOST_253 = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
SCHEME_64 = "s" * 64

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SERIALISED = [
    ("https://shop.example", Origin("https", "shop.example", "")),
    ("http://shop.example:8080", Origin("http", "shop.example", "8080")),
    ("https://localhost", Origin("https", "localhost", "")),
    ("http://localhost:65535", Origin("http", "localhost", "65535")),
    ("http://shop.example:443", Origin("http", "shop.example", "443")),
    ("https://shop.example:80", Origin("https", "shop.example", "80")),
    ("https://shop.example.", Origin("https", "shop.example.", "")),
    ("https://a_b.shop-1.example", Origin("https", "a_b.shop-1.example", "")),
    ("https://_dmarc.example", Origin("https", "_dmarc.example", "")),
    ("https://xn--strae-oqa.example", Origin("https", "xn--strae-oqa.example", "")),
    ("https://1.example", Origin("https", "1.example", "")),
    ("https://1.2.3.4", Origin("https", "1.2.3.4", "")),
    ("http://0.0.0.0:3000", Origin("http", "0.0.0.0", "3000")),
    ("http://255.255.255.255", Origin("http", "255.255.255.255", "")),
    ("http://[::1]", Origin("http", "[::1]", "")),
    ("http://[::]:3000", Origin("http", "[::]", "3000")),
    ("http://[2001:db8::1]", Origin("http", "[2001:db8::1]", "")),
    ("http://[2001:db8:1:2:3:4:5:6]", Origin("http", "[2001:db8:1:2:3:4:5:6]", "")),
    ("http://[::ffff:102:304]", Origin("http", "[::ffff:102:304]", "")),
    ("http://[1:0:0:2::3]", Origin("http", "[1:0:0:2::3]", "")),
    ("http://[1::2:0:0:0:3]", None),  # of two runs of zeros the longer is compressed
    ("http://[1::2:0:0:0]", Origin("http", "[1::2:0:0:0]", "")),
    ("http://[1:0:0:0:2::]", None),  # of two as long the first
    ("http://[1:0:2:3:4:5:6:7]", Origin("http", "[1:0:2:3:4:5:6:7]", "")),  # one zero is not compressed
    ("capacitor://localhost", Origin("capacitor", "localhost", "")),
    ("chrome-extension://abcdefghijklmnop", Origin("chrome-extension", "abcdefghijklmnop", "")),
    (
        "moz-extension://3f6d3f0c-0000-4000-8000-000000000000",
        Origin("moz-extension", "3f6d3f0c-0000-4000-8000-000000000000", ""),
    ),
    ("a+b.c-1://host", Origin("a+b.c-1", "host", "")),
    ("ws://shop.example:8080", Origin("ws", "shop.example", "8080")),
    (f"https://{HOST_253}", Origin("https", HOST_253, "")),
    (f"{SCHEME_64}://{HOST_253}:65535", Origin(SCHEME_64, HOST_253, "65535")),  # 326 bytes
    # no tuple origins
    ("null", None),
    ("file://", None),
    ("", None),
    ("*", None),
    # schemes
    ("shop.example", None),
    ("//shop.example", None),
    ("https:shop.example", None),
    ("https:/shop.example", None),
    ("://shop.example", None),
    ("1https://shop.example", None),
    ("+https://shop.example", None),
    ("ht tps://shop.example", None),
    ("HTTPS://shop.example", None),
    (f"{SCHEME_64}s://shop.example", None),
    # hosts
    ("https://", None),
    ("https://.", None),
    ("https://.shop.example", None),
    ("https://shop..example", None),
    ("https://shop.example..", None),
    ("https://Shop.example", None),
    ("https://shop.examplE", None),
    ("https://straße.example", None),
    ("https://shop。example", None),
    ("https://shop\uff0eexample", None),
    ("https://shop\uff61example", None),
    ("https://\u212aelvin.example", None),
    ("https://user@shop.example", None),
    ("https://user:pw@shop.example", None),
    ("https://@shop.example", None),
    ("https://shop%2eexample", None),
    ("https://sh op.example", None),
    ("https://*.shop.example", None),
    (f"https://{'a' * 64}.example", None),
    (f"https://{HOST_253}e", None),
    # addresses: browsers write each in one way
    ("http://1.2.3", None),
    ("http://1", None),
    ("http://16909060", None),
    ("http://0x7f.0.0.1", None),
    ("http://0x", None),
    ("http://a.0xff", None),
    ("http://127.0.0.01", None),
    ("http://127.0.0.1.", None),
    ("http://256.0.0.1", None),
    ("http://1.2.3.4.5", None),
    ("http://shop.1", None),
    ("http://[::FFFF:102:304]", None),
    ("http://[::ffff:1.2.3.4]", None),
    ("http://[0:0:0:0:0:0:0:1]", None),
    ("http://[0::1]", None),
    ("http://[2001:0db8::1]", None),
    ("http://[2001:db8:0:0:0:0:0:1]", None),
    ("http://[fe80::1%25eth0]", None),
    ("http://[::1", None),
    ("http://::1", None),
    ("http://[]", None),
    ("http://[1:2]", None),
    ("http://[::1]x", None),
    ("http://[:::]", None),
    # ports
    ("https://shop.example:443", None),
    ("http://shop.example:80", None),
    ("ws://shop.example:80", None),
    ("wss://shop.example:443", None),
    ("ftp://shop.example:21", None),
    ("http://[::1]:80", None),
    ("https://shop.example:", None),
    ("https://shop.example:08443", None),
    ("https://shop.example:00", None),
    ("http://localhost:0", None),  # TCP has no such port
    ("app://localhost:0", None),
    ("https://shop.example:65536", None),
    ("https://shop.example:100000", None),
    ("https://shop.example:-1", None),
    ("https://shop.example:+1", None),
    ("https://shop.example:1e3", None),
    ("https://shop.example:\u0661", None),
    ("https://shop.example:*", None),
    # what stands around
    ("https://shop.example/", None),
    ("https://shop.example/path", None),
    ("https://shop.example?query", None),
    ("https://shop.example#fragment", None),
    ("https://shop.example\\", None),
    (" https://shop.example", None),
    ("https://shop.example ", None),
    ("\thttps://shop.example", None),
    ("https://shop.\texample", None),
    ("https://shop.example\n", None),
    ("https://shop.example\r\nSet-Cookie: a=b", None),
    ("https://shop.example\x00", None),
    ("https://shop.example\x00.evil.example", None),
    ("https://shop.example,https://evil.example", None),
    ("https://shop.example https://evil.example", None),
    ("https://shop.example]", None),
    (f"{SCHEME_64}://{HOST_253}:655351", None),  # 327 bytes
    ("https://" + "a." * 100_000, None),
    ("https://[" + ":" * 100_000, None),
    ("\udcff", None),
]


@pytest.mark.parametrize(("text", "expected"), SERIALISED, ids=[repr(text)[:60] for text, _ in SERIALISED])
def test_an_origin_is_read_as_browsers_write_it_and_in_no_other_way(text, expected):
    assert parse_origin(text) == expected
    if expected is not None:
        assert str(expected) == text
        assert isinstance(parse_pattern("f", text), OriginPattern)
        assert text in OriginMatcher([parse_pattern("f", text)])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", None),
        ("[::1]", "[::1]"),
        ("[0:0:0:0:0:0:0:0]", "[::]"),
        ("[::ffff:1.2.3.4]", "[::ffff:102:304]"),
        ("[::1.2.3.4]", "[::102:304]"),
        ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
        ("[1:0:0:2:3:0:0:4]", "[1::2:3:0:0:4]"),
        ("[1:2:3:4:5:6:0:0]", "[1:2:3:4:5:6::]"),
        ("[1:2:3:4:5:6:7:0]", "[1:2:3:4:5:6:7:0]"),
        ("[10:0:0:1:1:1:1:100]", "[10::1:1:1:1:100]"),
        ("[ABCD::]", "[abcd::]"),
        ("[1::2::3]", None),
        ("[]", None),
        ("shop.example", None),
        ("", None),
    ],
)
def test_an_address_has_one_form_on_every_python(host, expected):
    assert canonical_ip(host) == expected


# Pattern, origin, admitted?
ADMITTED = [
    ("https://shop.example", "https://shop.example", True),
    ("https://shop.example", "http://shop.example", False),
    ("https://shop.example", "https://shop.example.", False),
    ("https://shop.example", "https://shop.example:8443", False),
    ("https://shop.example", "https://a.shop.example", False),
    ("https://shop.example", "https://shop.example.evil.example", False),
    ("https://shop.example", "https://Shop.example", False),
    ("https://shop.example", "https://shop.example/", False),
    ("https://shop.example.", "https://shop.example", False),
    ("https://*.shop.example", "https://a.shop.example", True),
    ("https://*.shop.example", "https://a.b.shop.example", True),
    ("https://*.shop.example", "https://xn--strae-oqa.shop.example", True),
    ("https://*.shop.example", "https://shop.example", False),
    ("https://*.shop.example", "https://.shop.example", False),
    ("https://*.shop.example", "https://evilshop.example", False),
    ("https://*.shop.example", "https://a.shop.example.", False),
    ("https://*.shop.example", "https://a.shop.example:8443", False),
    ("https://*.shop.example", "http://a.shop.example", False),
    ("https://*.shop.example", "https://a.shop.example.evil.example", False),
    ("https://*.shop.example", "https://evil.example/.shop.example", False),
    ("https://*.shop.example", "https://evil.example#.shop.example", False),
    ("https://*.shop.example", "https://evil.example\\.shop.example", False),
    ("https://*.shop.example", "https://user@a.shop.example", False),
    ("https://*.shop.example", "https://*.shop.example", False),
    ("https://*.shop.example", "https://a.shop.example\n", False),
    ("https://*.shop.example:8443", "https://a.shop.example:8443", True),
    ("https://*.shop.example:8443", "https://a.shop.example", False),
    ("https://*.shop.example:*", "https://a.shop.example", True),
    ("https://*.shop.example:*", "https://a.b.shop.example:8443", True),
    ("https://*.shop.example:*", "https://shop.example:8443", False),
    ("https://*.shop.example:*", "https://a.shop.example:443", False),  # no browser sends that
    ("http://localhost:*", "http://localhost", True),
    ("http://localhost:*", "http://localhost:3000", True),
    ("http://localhost:*", "http://localhost:80", False),
    ("http://localhost:*", "http://localhost:*", False),
    ("http://localhost:*", "https://localhost:3000", False),
    ("http://localhost:*", "http://a.localhost:3000", False),
    ("http://localhost:*", "http://localhost:3000.evil.example", False),
    ("http://localhost:*", "http://localhost:99999", False),
    ("http://127.0.0.1:*", "http://127.0.0.1:3000", True),
    ("http://127.0.0.1:*", "http://127.0.0.2:3000", False),
    ("http://[::1]:*", "http://[::1]:3000", True),
    ("http://[::1]:*", "http://[::2]:3000", False),
    ("https://*.4.example", "http://[::4.example]", False),
    ("capacitor://localhost", "capacitor://localhost", True),
    ("null", "null", True),
    ("null", "file://", False),
    ("file://", "file://", True),
    ("https://*.shop.example", "null", False),
    ("http://localhost:*", "file://", False),
]


@pytest.mark.parametrize(("pattern", "origin", "expected"), ADMITTED)
def test_a_pattern_admits_what_it_reads_as_and_nothing_else(pattern, origin, expected):
    read = parse_pattern("f", pattern)
    assert (origin in OriginMatcher([read])) is expected
    assert (origin in OriginMatcher([read], [re.compile("never")])) is expected
    # A wider neighbour neither helps nor hurts.
    assert (origin in OriginMatcher([read, parse_pattern("f", "ftp://*.z.example:*")])) is expected


@pytest.mark.parametrize(
    ("regex", "origin", "expected"),
    [
        (r"https://pr-\d+\.shop\.example", "https://pr-7.shop.example", True),
        (r"https://pr-\d+\.shop\.example", "https://pr-7.shop.example.evil.example", False),
        (r"https://shop", "https://shop.example", False),
        (r"https://shop.*|http://x", "http://x", True),
        (r".*", "https://anything.example", True),
        (r".*", "null", False),
        (r".*", "file://", False),
        (r"(?s).*", "https://shop.example\n", False),
        (r".*", "https://shop.example/", False),
        (r".*", "", False),
        (r"(?i)HTTPS://SHOP\.EXAMPLE", "https://shop.example", True),
        (r"(?i)https://shop\.example", "HTTPS://SHOP.EXAMPLE", False),
    ],
)
def test_a_regex_matches_whole_valid_origins(regex, origin, expected):
    assert (origin in OriginMatcher([], [re.compile(regex)])) is expected


def test_no_pattern_admits_nobody():
    assert "https://shop.example" not in OriginMatcher([])
    assert "null" not in OriginMatcher([])


COVERING = [
    # pattern, another, does every origin of the other belong to the first?
    ("https://a.example", "https://a.example", True),
    ("https://a.example", "https://b.example", False),
    ("https://a.example", "https://a.example:*", False),
    ("https://a.example:*", "https://a.example", True),
    ("https://a.example:*", "https://a.example:8443", True),
    ("https://a.example:*", "http://a.example", False),
    ("https://a.example:*", "https://*.a.example", False),
    ("https://*.a.example", "https://x.a.example", True),
    ("https://*.a.example", "https://y.x.a.example", True),
    ("https://*.a.example", "https://*.x.a.example", True),
    ("https://*.a.example", "https://*.a.example", True),
    ("https://*.a.example", "https://a.example", False),
    ("https://*.a.example", "https://x.a.example:8443", False),
    ("https://*.a.example", "https://*.a.example:*", False),
    ("https://*.a.example", "https://xa.example", False),
    ("https://*.a.example:*", "https://*.a.example", True),
    ("https://*.a.example:*", "https://*.x.a.example:8443", True),
    ("https://*.a.example:*", "https://x.a.example:*", True),
    ("https://*.x.a.example", "https://*.a.example", False),
    ("https://x.a.example", "https://*.a.example", False),
    ("null", "null", True),
    ("null", "file://", False),
    ("https://*.a.example", "null", False),
    ("null", "https://a.example", False),
    ("http://localhost:*", "file://", False),
]


@pytest.mark.parametrize(("wide", "narrow", "expected"), COVERING)
def test_a_pattern_covers_another(wide, narrow, expected):
    assert parse_pattern("f", wide).covers(parse_pattern("f", narrow)) is expected


# --- Properties. Names are few, so that patterns and origins meet.

SCHEMES = st.sampled_from(["http", "https", "capacitor"])
LABELS = st.sampled_from(["a", "b", "aa", "x-1", "_"])
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))
HOSTS = st.one_of(DOMAINS, DOMAINS.map(lambda name: name + "."), st.sampled_from(["localhost", "127.0.0.1", "[::1]"]))
PORTS = st.sampled_from(["", ":1", ":8443"])


@st.composite
def origins(draw):
    return f"{draw(SCHEMES)}://{draw(HOSTS)}{draw(PORTS)}"


@st.composite
def patterns(draw):
    port = draw(st.sampled_from(["", ":1", ":8443", ":*"]))
    if draw(st.booleans()):
        return f"{draw(SCHEMES)}://*.{draw(DOMAINS)}{port}"
    return f"{draw(SCHEMES)}://{draw(HOSTS)}{port}"


ANY_PATTERN = st.one_of(patterns(), st.sampled_from(["null", "file://"]))
ANY_ORIGIN = st.one_of(origins(), st.sampled_from(["null", "file://", "", "https://", "*"]))


def naively_admitted(origin, listed):
    """Whether some item of a list admits an origin: string by string, knowing nothing of the grammar's code."""
    return any(naively_matches(origin, item) for item in listed)


def naively_matches(origin, item):
    if "*" not in item:
        return origin == item
    if "://" not in origin:
        return False
    scheme, rest = origin.split("://")
    its_scheme, its_rest = item.split("://")
    host, port = split_port(rest)
    its_host, its_port = split_port(its_rest)
    if scheme != its_scheme or its_port not in ("*", port):
        return False
    if its_host.startswith("*."):
        return host.endswith(its_host[1:]) and host != its_host[1:]
    return host == its_host


def split_port(rest):
    found = re.fullmatch(r"(\[.*\]|[^:]*)(?::(.*))?", rest)
    return found[1], found[2] or ""


def matcher_of(listed, regexes=()):
    return OriginMatcher([parse_pattern("f", item) for item in listed], regexes)


@quick
@given(st.lists(ANY_PATTERN, max_size=6), ANY_ORIGIN)
def test_the_matcher_equals_a_naive_one(listed, origin):
    assert (origin in matcher_of(listed)) is naively_admitted(origin, listed)


@quick
@given(st.lists(ANY_PATTERN, max_size=4), st.lists(ANY_PATTERN, max_size=4), ANY_ORIGIN)
def test_a_union_admits_what_either_admits(some, others, origin):
    either = origin in matcher_of(some) or origin in matcher_of(others)
    assert (origin in matcher_of([*some, *others])) is either


@quick
@given(st.lists(ANY_PATTERN, max_size=4), ANY_PATTERN, st.lists(ANY_ORIGIN, max_size=6))
def test_adding_a_pattern_never_removes_access(listed, added, asked):
    before = matcher_of(listed, [re.compile(r"https://a\..*")])
    after = matcher_of([added, *listed], [re.compile(r"https://a\..*")])
    assert all(origin in after for origin in asked if origin in before)


@quick
@given(ANY_PATTERN, ANY_PATTERN, st.lists(ANY_ORIGIN, max_size=10))
def test_what_covers_admits_all_of_the_other(wide, narrow, asked):
    if parse_pattern("f", wide).covers(parse_pattern("f", narrow)):
        assert all(origin in matcher_of([wide]) for origin in asked if origin in matcher_of([narrow]))


@quick
@given(origins())
def test_reading_and_writing_an_origin_are_inverse(text):
    origin = parse_origin(text)
    assert origin is not None
    assert str(origin) == text
    assert parse_origin(str(origin)) == origin


@quick
@given(ANY_PATTERN)
def test_a_pattern_keeps_its_text(text):
    pattern = parse_pattern("f", text)
    assert pattern.text == text
    assert parse_pattern("f", pattern.text) == pattern
    assert pattern.is_exact == ("*" not in text)


NASTY = st.text(st.sampled_from(string.ascii_letters + string.digits + ":/.*[]@-_%#?\\ \t\r\n\x00,;é。ß\u0661\udcff"))


@settings(max_examples=400, deadline=None)
@given(st.one_of(NASTY, NASTY.map("https://".__add__), st.text(st.characters(exclude_categories=[]))))
def test_any_text_is_answered_without_an_exception(text):
    origin = parse_origin(text)
    assert origin is None or str(origin) == text
    read = parse_pattern("f", text)
    if isinstance(read, OriginPattern):
        assert read.text == text
        assert text.isascii()
        assert len(text) <= 326
        assert (text in OriginMatcher([read])) is ("*" not in text)
    else:
        assert read
        assert all(fault.field == "f" and fault.value == text and fault.remedy and str(fault) for fault in read)
    crowd = matcher_of(
        ["https://*.shop.example", "http://localhost:*", "https://*.b.example:*"], [re.compile("(?s).*")]
    )
    assert (text in crowd) is (origin is not None)


@settings(max_examples=200, deadline=None)
@given(st.one_of(NASTY, NASTY.map("https://".__add__), NASTY.map("a.example:".__add__)))
def test_the_form_that_is_suggested_is_a_right_one(text):
    """A remedy that names one origin names one that is accepted."""
    read = parse_pattern("f", text)
    for fault in read if isinstance(read, list) else []:
        single = re.fullmatch(r"write '([^' ]*)'", fault.remedy)
        if single is not None and fault.reason != "joined-origins":
            assert isinstance(parse_pattern("f", single[1]), OriginPattern)


@pytest.mark.parametrize(
    "text",
    [
        "https://" + "a." * 500_000,
        "https://" + "a" * 1_000_000,
        "[" * 1_000_000,
        ":" * 1_000_000,
        "," * 1_000_000,
        "\x00" * 1_000_000,
        "https://[" + "0:" * 500_000,
        "https://" + "9" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_origin_costs_nothing(text):
    matcher = matcher_of(
        ["https://*.shop.example", "http://localhost:*", "https://shop.example"], [re.compile("(a+)+b")]
    )
    started = time.process_time()
    assert parse_origin(text) is None
    assert text not in matcher
    assert time.process_time() - started < 0.1


def test_opaque_origins_are_no_tuple_origins():
    assert {"null", "file://"} == OPAQUE_ORIGINS
    assert [parse_origin(origin) for origin in sorted(OPAQUE_ORIGINS)] == [None, None]


# --- Found by mutants

FULL_IPV6 = "http://[1111:2222:3333:4444:5555:6666:7777:8888]"


@pytest.mark.parametrize("text", ["x://shop.example", FULL_IPV6])
def test_the_shortest_scheme_and_the_longest_address_are_read(text):
    assert str(parse_origin(text)) == text


@pytest.mark.parametrize("text", ["https://*xshop.example", "https://*-shop.example", "https://*shop.example"])
def test_a_star_stands_for_whole_labels(text):
    assert isinstance(parse_pattern("f", text), list)


@pytest.mark.parametrize(("length", "reason"), [(8 * 326, "joined-origins"), (8 * 326 + 1, "origin-too-long")])
def test_a_value_longer_than_eight_origins_is_not_looked_at(length, reason):
    text = ("https://a.example " * 200)[: length - 1] + "x"
    assert [fault.reason for fault in parse_pattern("f", text)] == [reason]


HOST_252 = HOST_253[:-1]
LONG_SCHEME = "s" * 63

# Value, reasons, and the remedy after "write".
REMEDIES = [
    (None, "not-a-string", "'https://shop.example'"),
    ("*", "star-alone", "allow_all_origins=True to admit every origin"),
    (" ", "whitespace", "'https://shop.example'"),
    ("null ", "whitespace", "'null'"),
    ("NULL", "upper-case", "'null'"),
    ("nullx", "missing-scheme", "'https://nullx'"),
    ("null/", "trailing-slash", "'null'"),
    ("null?x", "path", "'null'"),
    ("null/x", "path", "'null'"),
    ("file:///", "trailing-slash", "'file://'"),
    ("File:///C:/x", "upper-case path", "'file://'"),
    ("https://shop .example", "whitespace", "'https://shop.example'"),
    ("http:/shop.example", "missing-scheme", "'http://shop.example'"),
    ("HTTPS:shop.example", "missing-scheme upper-case", "'https://shop.example'"),
    ("ws:/shop.example", "missing-scheme", "'ws://shop.example'"),
    ("wss:shop.example", "missing-scheme", "'wss://shop.example'"),
    ("[::1]:3000", "missing-scheme", "'http://[::1]:3000'"),
    ("127.0.0.1:8000", "missing-scheme", "'http://127.0.0.1:8000'"),
    ("localhost:3000", "missing-scheme", "'http://localhost:3000'"),
    ("//shop.example", "missing-scheme", "'https://shop.example'"),
    ("X.example", "missing-scheme upper-case", "'https://x.example'"),
    ("https://a.example/x://y", "path", "'https://a.example'"),
    ("https://a.example/x/y?z", "path", "'https://a.example'"),
    ("https://a.example?x", "path", "'https://a.example'"),
    ("https://a.example#", "path", "'https://a.example'"),
    ("https://a.example\\x", "path", "'https://a.example'"),
    ("https://u:p@a.example", "userinfo", "'https://a.example'"),
    ("https://u@v@a.example", "userinfo", "'https://a.example'"),
    ("https://@a.example", "userinfo", "'https://a.example'"),
    ("https://*.com", "wildcard-single-label", "a domain of your own, 'https://*.shop.example'"),
    ("https://*.com.", "wildcard-single-label", "a domain of your own, 'https://*.shop.example'"),
    ("https://*.1.2", "invalid-host", "'https://shop.example'"),
    (
        "https://a.*.example",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    (
        "https://*",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    ("*.shop.example", "missing-scheme", "'https://*.shop.example'"),
    (
        "https*://a.example",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    ("1http://a.example", "invalid-scheme", "'https://a.example'"),
    ("ht_tp://a.example", "invalid-scheme", "'https://a.example'"),
    ("X://shop.example", "upper-case", "'x://shop.example'"),
    ("A+B.C-1://shop.example", "upper-case", "'a+b.c-1://shop.example'"),
    (
        "https://*.[::1]",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    (
        "https://*.[::1",
        "wildcard-misplaced invalid-port",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    (
        "https://*.127.0.0.1",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    (
        "https://*.127.0.0.01",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    ("https://127.0.0.01", "non-canonical-ip", "'https://127.0.0.1'"),
    ("https://127.0.0.1.", "invalid-host", "'https://shop.example'"),
    ("https://0127.0.0.1", "non-canonical-ip", "'https://127.0.0.1'"),
    ("https://0000000000127.0.0.1", "invalid-host", "'https://shop.example'"),
    ("https://1.2.3.04.5", "invalid-host", "'https://shop.example'"),
    ("https://[::0001]", "non-canonical-ip", "'https://[::1]'"),
    ("https://[::1", "invalid-host invalid-port", "'https://shop.example'"),
    ("https://[::1]x:80", "invalid-host invalid-port", "'https://shop.example'"),
    ("https://[]:80", "invalid-host", "'https://shop.example'"),
    ("https://:80", "invalid-host", "'https://shop.example'"),
    ("https://a..b", "invalid-host", "'https://shop.example'"),
    ("https://a.example:443", "default-port", "'https://a.example'"),
    ("http://a.example:0080", "default-port", "'http://a.example'"),
    ("https://a.example:08443", "invalid-port", "'https://a.example:8443'"),
    ("https://a.example:99999", "invalid-port", "'https://a.example'"),
    ("https://a.example:65536", "invalid-port", "'https://a.example'"),
    ("http://A.example:65535", "upper-case", "'http://a.example:65535'"),
    ("https://A.example:0", "upper-case invalid-port", "'https://a.example'"),
    ("https://a.example:000", "invalid-port", "'https://a.example'"),
    ("https://a.example:655360", "invalid-port", "'https://a.example'"),
    ("https://a.example:x", "invalid-port", "'https://a.example'"),
    ("https://a.example:", "invalid-port", "'https://a.example'"),
    (
        "https://a.example:1*",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    (
        "https://a.example:**",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    ("https://A.example:*", "upper-case", "'https://a.example:*'"),
    ("https://a.example:\u0661", "invalid-port", "'https://a.example'"),
    ("https://a.example:2:3", "invalid-port", "'https://a.example'"),
    ("https://*.a.example:443", "default-port", "'https://*.a.example'"),
    ("https://a.example,https://b.example", "joined-origins", "'https://a.example', 'https://b.example'"),
    ("https://a.example;http://b.example", "joined-origins", "'https://a.example', 'http://b.example'"),
    ("https://a.examplehttps://b.example", "joined-origins", "'https://a.example', 'https://b.example'"),
    ("capacitor://localhostionic://localhost", "joined-origins", "'capacitor://localhost', 'ionic://localhost'"),
    ("https://a.example, nonsense", "whitespace invalid-host", "'https://shop.example'"),
    ("https://stra\xdfe.example", "non-ascii-host", "'https://xn--strae-oqa.example'"),
    ("https://B\xdcCHER.example", "upper-case non-ascii-host", "'https://xn--bcher-kva.example'"),
    ("https://a\u3002example", "non-ascii-host", "'https://a.example'"),
    ("https://a\uff0eexample", "non-ascii-host", "'https://a.example'"),
    ("https://a\uff61example", "non-ascii-host", "'https://a.example'"),
    ("https://a\xadb.example", "non-ascii-host", "'https://ab.example'"),
    ("https://a\u200bb.example", "non-ascii-host", "'https://ab.example'"),
    ("https://a\u2060b.example", "non-ascii-host", "'https://ab.example'"),
    ("https://a\ufeffb.example", "non-ascii-host", "'https://ab.example'"),
    (f"S{LONG_SCHEME}://Shop.example", "upper-case", f"'s{LONG_SCHEME}://Shop.example'"),
    ("https://a.examplehttp://b.example", "joined-origins", "'https://a.example', 'http://b.example'"),
    ("capacitor://*.1.2", "wildcard-misplaced", r"allowed_origin_regexes=[r'capacitor://[^:/]+\.1\.2']"),
    ("https://:99999", "invalid-host invalid-port", "'https://shop.example'"),
    (
        "https://*.[v1.x]",
        "wildcard-misplaced",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    (
        "https://*x[::1]:8080",
        "wildcard-misplaced invalid-port",
        "'https://*.example.com' for its subdomains, 'http://localhost:*' for any port",
    ),
    ("https://a.b.c.D", "upper-case", "'https://a.b.c.d'"),
    ("https://1x.2.3.4", "invalid-host", "'https://shop.example'"),
    ("https://a.2.3.4", "invalid-host", "'https://shop.example'"),
    ("https://000000000127.0.0.1", "non-canonical-ip", "'https://127.0.0.1'"),
    ("https://a.example:008443", "invalid-port", "'https://a.example'"),
    (f"ss{LONG_SCHEME}://shop.example", "invalid-scheme", "'https://shop.example'"),
    (f"https://*.{HOST_252}", "origin-too-long", "'https://shop.example'"),
    (f"https://{HOST_253}e", "origin-too-long", "'https://shop.example'"),
    (f"https://{'a.' * 126}.", "invalid-host", "'https://shop.example'"),  # 253 bytes, but two dots
]


@pytest.mark.parametrize(("value", "reasons", "right"), REMEDIES, ids=[ascii(value)[:40] for value, *_ in REMEDIES])
def test_a_refused_value_is_told_its_reasons_and_the_remedy_word_for_word(value, reasons, right):
    faults = parse_pattern("f", value)
    assert [(fault.field, fault.value, fault.reason) for fault in faults] == [
        ("f", value, reason) for reason in reasons.split()
    ]
    assert {fault.remedy for fault in faults} == {f"write {right}"}


@pytest.mark.parametrize(
    ("text", "is_origin"),
    [
        ("http://a.0xg", True),  # no number, so a name
        ("http://a.0x1", False),
        ("http://a.0xf", False),
        ("capacitor://1", True),  # only special schemes have IPv4 addresses
        ("capacitor://a.1", True),
        ("http://a.1", False),
    ],
)
def test_a_host_whose_last_label_is_a_number_is_an_address_under_special_schemes(text, is_origin):
    assert (parse_origin(text) is not None) is is_origin


@pytest.mark.parametrize("text", ["https://*.1.2", "capacitor://*.1.2", "https://*.[::1]", "capacitor://*.[::1]"])
def test_an_address_has_no_subdomains(text):
    assert isinstance(parse_pattern("f", text), list)


def test_an_empty_text_is_to_be_left_out():
    (fault,) = parse_pattern("f", "")
    assert (fault.reason, fault.remedy) == ("empty-string", "leave it out")
