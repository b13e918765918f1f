"""Origins of extensions and applications, special-use names, Punycode: at a policy, and at the matcher of requests."""

from __future__ import annotations

import re
import string
import time

import idna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drf_cors import CorsConfigurationError, CorsPolicy
from drf_cors.core.origin_faults import parse_pattern
from drf_cors.core.origins import Origin, OriginMatcher, OriginPattern, is_ascii_label, parse_origin, parse_valid
from tests.core.url_standard import serialised

UUID = "3c9a0d1e-0b51-4c4e-9f0a-5d2b7f1c8e90"

#: Origins that are sent, with what sends them.
SENT = [
    # Chromium: the id is 32 letters from a to p. Edge, Opera, Brave, Vivaldi and NW.js have the same scheme.
    "chrome-extension://cjpalhdlnbpafiamejdnhcphjbkeiagm",
    "devtools://devtools",
    "chrome-untrusted://terminal",
    "isolated-app://aerugqztij5biqquuk3mfwpsaibuegaqcitgfchwuosuofdjabzqaaic",
    # Firefox: a UUID for each installation.
    f"moz-extension://{UUID}",
    # Safari: the UUID in upper case, which an opaque host keeps.
    f"safari-web-extension://{UUID.upper()}",
    "safari-extension://com.example.shop-ABCDE12345",
    # EdgeHTML
    "ms-browser-extension://EdgeExtension_ShopExample_8wekyb3d8bbwe",
    "ms-appx-web://cs98765.shop",
    # Electron: vue-cli-plugin-electron-builder and electron-nuxt load `app://./index.html`; others choose the host.
    "app://.",
    "app://-",
    "app://local",
    "app://localhost",
    "app://bundle",
    "app://obsidian.md",
    "app://obsidian.md:8080",
    "vscode-file://vscode-app",
    "vscode-webview://0k4b9g1t8e1rsaqd1ee4o4s7ab2v1j7e8m3c8vvvqkq3m5i8h8jn",
    "lsp://logseq.io",
    # Tauri: macOS, Linux and iOS; Windows and Android
    "tauri://localhost",
    "http://tauri.localhost",
    "https://tauri.localhost",
    # Capacitor and Ionic: iOS; Android
    "capacitor://localhost",
    "ionic://localhost",
    "http://localhost",
    "https://localhost",
    # Wails
    "wails://wails",
    "wails://wails.localhost",
    "wails://wails.localhost:34115",
    "http://wails.localhost",
    # .NET MAUI
    "https://0.0.0.0",
    "https://0.0.0.1",
    "app://0.0.0.0",
    "app://0.0.0.1",
    # WKWebView and Qt WebEngine: a scheme whose URLs have no host
    "qrc://",
    "app://",
    # An opaque host that a URL Standard parser has percent-encoded, or leaves as it is
    "app://sh%C3%B6p",
    "app://Shop",
    "app://a,b;c=d~e!f$g&h'i(j)+k\"l`m{n}%zz",
    "app://xn--f",
    "app://a..b",
    "app://1.2.3",
    "app://256.256.256.256",
    "app://[::1]:3000",
    # Special schemes
    "https://shop.example.",
    "https://ab--cd.example",
    "https://-a-.example",
    "https://a_b.example",
    "https://xn--strae-oqa.example",
    "https://xn--ls8h.example",
    "https://xn--9n2bp8q.xn--9t4b11yi5a.example",
    "https://xn--80ak6aa92e.com",
    "https://sub.10.in-addr.arpa",
    "http://printer.local",
    "http://expyuzz4wqqyqhjn.onion",
    "https://nas.home.arpa:5001",
    "https://shop.test",
    "https://shop.invalid",
    "http://a.localhost:65535",
]


def punycode(label):
    return f"https://xn--{label.encode('punycode').decode()}.example"


#: Texts that no browser sends as an origin.
NEVER_SENT = [
    # No Punycode, or not that of a name
    "https://xn--f",
    "https://xn--",
    "https://xn--a.example",
    "https://xn---.example",
    "https://a.xn--0.example",
    "https://xn--abc-.example",  # nothing that is not ASCII
    "https://xn--strae-oqA.example",
    "https://xn--stra-e-oqa\u00df.example",
    "https://xn--9999999999999999999999.example",
    "https://xn--8i7caa.com",  # letters that are mapped to others
    punycode("a\u00c4"),  # upper case
    punycode("\u0301a"),  # begins with an accent
    punycode("a\u00a0b"),  # a space
    punycode("a\u1680b"),  # a space that has no other form
    punycode("a\u2028b"),  # a line separator
    punycode("a\u2029b"),  # a paragraph separator
    punycode("a\u00adb"),  # a character that is ignored
    punycode("a\ue000"),  # of private use
    punycode("a\u0308"),  # not composed
    punycode("\u0378\ud800"),  # half a character
    # Ports
    "http://localhost:0",
    "app://local:0",
    "http://localhost:00",
    "app://:80",
    "app://:*",
    "app://local:",
    "app://local:65536",
    # Schemes without origins
    "file://shop.example",
    "file:///home",
    "about://blank",
    "blob://shop.example",
    "blob:https://shop.example",
    "data://text",
    "javascript://shop.example",
    # Opaque hosts
    "app://a b",
    "app://a/",
    "app://a\\b",
    "app://a^b",
    "app://a|b",
    "app://a<b>",
    "app://a@b",
    "app://[::0001]",
    "app://[::1",
    "app://a]",
    "app://\u00e9",
    "app://a\x7fb",
    "app://a\nb",
    "App://local",
    "app:///",
    "app:local",
    # Hosts
    "https://shop..example",
    "https://shop.example..",
    "https://.",
    "https://",
    "https://1.2.3",
    "https://1.2.3.4.",
    "https://a.0x1",
    f"https://{'a' * 64}.example",
    f"app://{'a' * 254}",
]


@pytest.mark.parametrize("text", SENT)
def test_an_origin_that_is_sent_can_be_listed_and_matched(text):
    assert serialised(text) == text
    assert str(parse_origin(text)) == text
    assert CorsPolicy(allowed_origins=[text], allow_credentials=[text]).allowed_origins == (text,)
    assert text in OriginMatcher(parse_valid([text]))
    assert text in OriginMatcher([], [re.compile(r"[a-z-]+://.*")])
    assert f"{text}x" not in OriginMatcher(parse_valid([text]), [re.compile(re.escape(text))])


@pytest.mark.parametrize("text", NEVER_SENT, ids=ascii)
def test_a_text_that_is_never_sent_is_refused(text):
    assert parse_origin(text) is None
    assert text not in OriginMatcher(parse_valid(["https://*.example", "app://x:*"]), [re.compile("(?s).*")])
    with pytest.raises(CorsConfigurationError):
        CorsPolicy(allowed_origins=[text])


def test_a_custom_scheme_may_look_like_a_special_one():
    assert parse_origin("https+app://A") == Origin("https+app", "A", "")
    assert parse_origin("files://A") == Origin("files", "A", "")
    assert parse_origin("httpx://A:80") == Origin("httpx", "A", "80")


#: Pattern, what it admits, what it does not.
WILDCARDS = [
    ("http://*.localhost:*", ["http://a.localhost", "http://b.a.localhost:3000"], ["http://localhost:3000"]),
    ("https://*.localhost", ["https://tauri.localhost"], ["https://tauri.localhost:1", "https://localhost"]),
    ("https://*.localhost.", ["https://a.localhost."], ["https://a.localhost"]),
    ("https://*.test", ["https://shop.test", "https://a.shop.test"], ["https://test", "https://shoptest"]),
    ("https://*.example.com", ["https://a.example.com"], ["https://example.com"]),
    ("https://*.example.org", ["https://a.example.org"], []),
    ("https://*.10.in-addr.arpa", ["https://a.10.in-addr.arpa"], []),
    ("https://*.home.arpa", ["https://nas.home.arpa"], []),
    ("https://*.shop.local", ["https://a.shop.local"], ["https://shop.local"]),
    ("https://*.shop.invalid", ["https://a.shop.invalid"], []),
    ("capacitor://*.shop.example", ["capacitor://a.shop.example"], ["capacitor://a,b.shop.example"]),
    ("app://*.localhost", ["app://a.localhost"], ["app://.localhost", "app://A.localhost", "app://a..localhost"]),
    ("app://local:*", ["app://local", "app://local:80"], ["app://Local"]),
]


@pytest.mark.parametrize(("pattern", "admitted", "others"), WILDCARDS, ids=[pattern for pattern, *_ in WILDCARDS])
def test_a_wildcard_over_a_name_that_has_an_owner(pattern, admitted, others):
    policy = CorsPolicy(allowed_origins=[pattern], allow_credentials=True)
    matcher = OriginMatcher(parse_valid(policy.allowed_origins))
    assert [origin for origin in admitted if origin not in matcher] == []
    assert [origin for origin in others if origin in matcher] == []


@pytest.mark.parametrize(
    ("pattern", "reason", "right"),
    [
        ("https://*.com", "wildcard-single-label", "a domain of your own, 'https://*.shop.example'"),
        ("https://*.example", "wildcard-single-label", "a domain of your own, 'https://*.shop.example'"),
        ("https://*.arpa", "wildcard-single-label", "a domain of your own, 'https://*.shop.example'"),
        ("https://*.invalid", "wildcard-no-name", "a domain of your own, 'https://*.shop.example'"),
        ("http://*.local:*", "wildcard-shared-name", "a name of your own, 'http://*.shop.local'"),
        ("http://*.onion", "wildcard-shared-name", "a name of your own, 'http://*.shop.onion'"),
        ("https://*.alt", "wildcard-shared-name", "a name of your own, 'https://*.shop.alt'"),
        ("https://*.internal.", "wildcard-shared-name", "a name of your own, 'https://*.shop.internal.'"),
    ],
)
def test_a_wildcard_over_a_name_that_is_not_one_s_own(pattern, reason, right):
    (fault,) = parse_pattern("f", pattern)
    assert (fault.reason, fault.remedy) == (reason, f"write {right}")
    assert isinstance(parse_pattern("f", re.search("'(.*)'", right)[1]), OriginPattern)


#: What somebody writes, what they mean, what they do not; the advice is followed to the letter.
ADVISED = [
    ("moz-extension://*", f"moz-extension://{UUID}", "moz-extension://shop"),
    ("moz-extension://*/", f"moz-extension://{UUID}", f"moz-extension://{UUID}:80"),
    ("Moz-Extension://*", f"moz-extension://{UUID}", f"chrome-extension://{UUID}"),
    ("chrome-extension://*", f"chrome-extension://{'abcdefghijklmnop' * 2}", f"chrome-extension://{'z' * 32}"),
    ("safari-web-extension://*", f"safari-web-extension://{UUID.upper()}", f"safari-web-extension://{UUID}"),
    ("app://*", "app://.", "app://local:80"),
    ("app://*", "app://Local", "apps://Local"),
    ("app://*:*", "app://local:80", "app://"),
    ("app://*:80", "app://local:80", "app://local"),
    ("app://*.shop", "app://a.shop", "app://ashop"),
    ("app://shop-*", "app://shop-1", "app://shop-"),
    ("app://it's-*", "app://it's-1", "app://it's-"),
    ("a+b.c://*", "a+b.c://x", "a+bxc://x"),
    (
        "vscode-webview://*",
        "vscode-webview://0k4b9g1t8e1rsaqd1ee4o4s7ab2v1j7e8m3c8vvvqkq3m5i8h8jn",
        "vscode-webview://",
    ),
    ("app://sh\u00f6p", "app://sh%C3%B6p", "app://shop"),
    ("app://[::0001]", "app://[::1]", "app://[::2]"),
    ("capacitor://Local/", "capacitor://Local", "capacitor://local"),
    ("https://xn--f", "https://shop.example", "https://xn--f"),
    ("http://localhost:0", "http://localhost", "http://localhost:0"),
    ("file://shop", "file://", "file://shop"),
    ("app://a moz-extension://b", "app://a", "app://b"),
]


def followed(remedy):
    """Return the policy that a remedy shows."""
    fields = re.search(r"(allow\w+=.*)", remedy)
    if fields is None:
        return CorsPolicy(allowed_origins=list(re.findall(r"'([^']+)'", remedy)))
    text = fields[1].replace(", which is for every allowed origin, and ", ", ")
    return eval(f"CorsPolicy({text})", {"CorsPolicy": CorsPolicy})


@pytest.mark.parametrize("field", ["allowed_origins", "allow_credentials"])
@pytest.mark.parametrize(("written", "meant", "other"), ADVISED, ids=[ascii(line[0]) for line in ADVISED])
def test_the_advice_leads_to_what_was_meant(written, meant, other, field):
    faults = parse_pattern(field, written)
    assert len({fault.remedy for fault in faults}) == 1
    policy = followed(faults[0].remedy)
    origins = policy.allowed_origins if isinstance(policy.allowed_origins, tuple) else ()
    regexes = policy.allowed_origin_regexes if isinstance(policy.allowed_origin_regexes, tuple) else ()
    matcher = OriginMatcher(parse_valid(origins), regexes)
    assert meant in matcher or meant in origins
    assert other not in matcher
    assert (policy.allow_credentials is True) is (field == "allow_credentials" and bool(regexes))


def test_the_advice_of_the_credentials_says_what_else_it_opens():
    (fault,) = parse_pattern("allow_credentials", "moz-extension://*")
    assert fault.remedy == (
        "write allow_credentials=True, which is for every allowed origin, and "
        "allowed_origin_regexes=[r'moz-extension://[0-9a-f-]{36}']"
    )


@pytest.mark.parametrize(
    ("text", "reasons", "remedy"),
    [
        ("data:text/html,x", "opaque-scheme", "leave it out"),
        ("DATA:,x", "opaque-scheme", "leave it out"),
        ("data://", "opaque-scheme", "leave it out"),
        ("about:blank", "opaque-scheme", "leave it out"),
        ("javascript:alert", "opaque-scheme", "leave it out"),
        ("blob://x", "opaque-scheme", "leave it out"),
        ("blob:https://shop.example/1", "path invalid-scheme", "write 'https://shop.example'"),
        ("data:8080", "missing-scheme", "write 'https://data:8080'"),
        ("data:", "missing-scheme invalid-port", "write 'https://data'"),
        ("app://:80", "invalid-host", "write 'https://shop.example'"),
        ("app://<:80", "invalid-host", "write 'https://shop.example'"),
        ("app://a\u00e9<", "invalid-host", "write 'https://shop.example'"),
        ("app://*.\u00e9", "invalid-host", "write 'https://shop.example'"),
        ("app://*.[::1]", "wildcard-misplaced", r"write allowed_origin_regexes=[r'app://[^:/]+\.\[::1\]']"),
        ("app://*\x01", "wildcard-misplaced", r"write allowed_origin_regexes=['app://[^:/]+\x01']"),
        (f"app://{'a' * 254}", "origin-too-long", "write 'https://shop.example'"),
        (f"app://*.{'a' * 254}", "origin-too-long", "write 'https://shop.example'"),
        ("https://*.xn--f.example", "invalid-punycode", "write 'https://shop.example'"),
        ("https://*.", "invalid-host", "write 'https://shop.example'"),
        ("file://*", "invalid-host wildcard-misplaced", "write 'file://'"),
        (
            f"moz-extension://{UUID}tauri://localhost",
            "joined-origins",
            f"write 'moz-extension://{UUID}', 'tauri://localhost'",
        ),
    ],
    ids=ascii,
)
def test_what_is_wrong_with_an_origin_of_an_application(text, reasons, remedy):
    faults = parse_pattern("f", text)
    assert [fault.reason for fault in faults] == reasons.split()
    assert {fault.remedy for fault in faults} == {remedy}


# --- Properties

HOSTS = st.one_of(
    st.text(string.ascii_letters + string.digits + "-_.%!$,;=~*'\"", max_size=12),
    st.text(string.ascii_lowercase + string.digits + "-.", max_size=12).map("xn--".__add__),
    st.text(st.characters(min_codepoint=0xA1, max_codepoint=0x24FF), min_size=1, max_size=4).map(
        lambda text: f"xn--{text.encode('punycode').decode()}.example"
    ),
    st.lists(st.integers(0, 300), min_size=1, max_size=5).map(lambda numbers: ".".join(map(str, numbers))),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.lists(st.sampled_from(["0", "1", "ffff", "00", "", "A"]), min_size=3, max_size=8).map(
        lambda pieces: f"[{':'.join(pieces)}]"
    ),
)


@st.composite
def urls(draw):
    scheme = draw(st.sampled_from(["http", "https", "wss", "ftp", "app", "moz-extension", "x"]))
    port = draw(
        st.one_of(st.just(""), st.integers(0, 70_000).map(":{}".format), st.sampled_from([":80", ":443", ":01"]))
    )
    return f"{scheme}://{draw(HOSTS)}{port}"


@settings(max_examples=1500, deadline=None)
@given(urls())
def test_what_the_grammar_accepts_is_what_the_url_standard_serialises(text):
    origin = parse_origin(text)
    if origin is None:
        return
    try:
        assert serialised(text) == text
    except AssertionError:
        # Characters that our Unicode does not know may be valid in that of a browser.
        assert not is_known(origin.host)


@settings(max_examples=1500, deadline=None)
@given(urls())
def test_what_the_url_standard_serialises_is_accepted_but_for_what_the_grammar_leaves_out(text):
    written = serialised(text)
    if written is None or parse_origin(written) is not None:
        return
    left_out = (
        written.endswith(":0")
        or re.search(r"://(\.|[^/]*\.\.)|:///|://.*\*", written) is not None  # empty labels, and our wildcard
        or (not written.startswith(("app:", "moz-extension:", "x:")) and re.search(r"://.*[!$,;=~'\"]", written))
        or re.search(r"xn--[a-z0-9-]*-(\.|:|$)|xn---|[^.]{64}", written)  # Punycode that is not its own round trip
    )
    assert left_out, written


def is_known(host):
    """Whether the table of `idna` knows each character of the Punycode in a host."""
    texts = [label[4:].encode().decode("punycode") for label in host.split(".") if label.startswith("xn--")]
    try:
        return all(idna.uts46_remap(char, std3_rules=False) for text in texts for char in text)
    except idna.IDNAError:
        return False


@settings(max_examples=400, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6))
def test_the_punycode_of_any_name_that_idna_knows_is_accepted(name):
    try:
        ascii_form = idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return
    assert all(map(is_ascii_label, ascii_form.split("."))), ascii_form


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from(string.ascii_letters + ":/.*[]@-_%#?\\ '\"\x00\u00e9<+8"), max_size=12))
def test_every_remedy_for_a_scheme_of_ones_own_can_be_followed(text):
    read = parse_pattern("allowed_origins", f"app://{text}")
    for fault in read if isinstance(read, list) else []:
        if fault.remedy.startswith("write allowed_origin_regexes=") and fault.reason != "joined-origins":
            followed(fault.remedy)


@pytest.mark.parametrize(
    "text",
    [
        "https://" + "xn--" * 80,
        "https://" + ".".join(["xn--" + "9" * 59] * 3),
        "https://" + ".".join(["xn--" + "a" * 59] * 3),
        "https://" + ".".join(["xn--0"] * 45),
        "app://" + "%" * 1_000_000,
        "app://" + "a." * 500_000,
        "a" * 1_000_000 + "://x",
    ],
    ids=lambda text: text[:20],
)
def test_a_hostile_host_costs_nothing(text):
    matcher = OriginMatcher(parse_valid(["https://*.shop.example", "app://*.shop.example:*"]), [re.compile("x")])
    started = time.process_time()
    for _ in range(20):
        assert parse_origin(text) is None
        assert text not in matcher
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Shop.Example:443", "https://shop.example"),
        ("https://stra\u00dfe.example", "https://xn--strae-oqa.example"),
        ("http://0x7f.1", "http://127.0.0.1"),
        ("http://1.2.3.4.", "http://1.2.3.4"),
        ("http://a.09", None),
        ("http://a.0x", None),
        ("http://xn--a", None),
        ("http://h:0", "http://h:0"),
        ("http://a b", None),
        ("App://\u00e9\x7f", "app://%C3%A9%7F"),
        ("app://a^b", None),
        ("app://[1::0:0]", "app://[1::]"),
        ("app://[1", None),
        ("app", None),
        ("app://a:", "app://a"),
    ],
    ids=ascii,
)
def test_the_oracle_says_what_node_says(url, expected):
    """Node 20 was given each: `new URL(url).host`, with its protocol before it."""
    assert serialised(url) == expected
