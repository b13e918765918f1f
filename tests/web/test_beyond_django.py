"""What a browser does before CORS or without it, and what answers outside the middleware."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django.urls import path

from drf_cors import cors
from drf_cors.diagnosis.address_spaces import AddressSpace, address_space
from tests.projects.views import OURS
from tests.web.test_cors_explain import ask

if TYPE_CHECKING:
    from django.http import HttpResponse
    from pytest_django.fixtures import SettingsWrapper

MIXED = "mixed-content"
LOCAL_NETWORK = "local-network-access"
UNSPECIFIED = "address-unspecified"


@cors(allow_all_origins=True)
def anything(request: Any) -> HttpResponse:
    raise NotImplementedError


class Site:
    urlpatterns = (path("x/", anything),)


@pytest.fixture(autouse=True)
def _site(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS]
    settings.ALLOWED_HOSTS = ["*"]


#: What Chromium 156, Firefox 153 and WebKitGTK 2.50 do: blocking, if one of Chromium and Firefox never sends it.
BROWSERS = [
    # page, URL, (code, blocks) of what is found
    ("https://shop.example", "https://api.example/x/", []),
    ("https://shop.example", "http://api.example/x/", [(MIXED, True)]),
    ("https://shop.example", "http://8.8.8.8/x/", [(MIXED, True)]),
    ("http://shop.example", "http://api.example/x/", []),
    ("http://localhost:3000", "http://api.example/x/", []),
    ("https://localhost:3000", "http://localhost:8000/x/", [(MIXED, False)]),
    ("https://localhost:3000", "http://127.0.0.2:8000/x/", [(MIXED, False)]),
    ("https://localhost:3000", "http://[::1]:8000/x/", [(MIXED, False)]),
    ("https://localhost:3000", "http://api.localhost:8000/x/", [(MIXED, False)]),
    ("https://localhost:3000", "http://192.168.1.5/x/", [(MIXED, True)]),
    ("https://shop.example", "http://localhost:8000/x/", [(LOCAL_NETWORK, False), (MIXED, False)]),
    ("https://shop.example", "http://192.168.1.5/x/", [(MIXED, True), (LOCAL_NETWORK, False)]),
    ("https://shop.example", "http://printer.local/x/", [(MIXED, True), (LOCAL_NETWORK, False)]),
    ("https://shop.example", "https://10.0.0.1/x/", [(LOCAL_NETWORK, False)]),
    ("https://shop.example", "https://api.internal/x/", [(LOCAL_NETWORK, False)]),
    ("https://8.8.8.8", "https://[fd00::2]/x/", [(LOCAL_NETWORK, False)]),
    ("http://shop.example", "http://127.0.0.1:8000/x/", [(LOCAL_NETWORK, True)]),
    ("http://shop.example", "http://[::ffff:192.168.0.1]/x/", [(LOCAL_NETWORK, True)]),
    ("http://localhost:3000", "http://0.0.0.0:8000/x/", [(UNSPECIFIED, False)]),
    ("https://localhost:3000", "http://[::]:8000/x/", [(UNSPECIFIED, True)]),
    ("https://shop.example", "http://0.0.0.0:8000/x/", [(UNSPECIFIED, True), (LOCAL_NETWORK, False)]),
    ("http://192.168.1.7", "http://127.0.0.1:8000/x/", []),
    ("http://printer.local", "http://192.168.1.5/x/", []),
    ("http://127.0.0.1:3000", "http://192.168.1.5/x/", []),
    ("http://shop.test", "http://127.0.0.1:8000/x/", []),
    ("http://intranet", "http://127.0.0.1:8000/x/", []),
    ("chrome-extension://abcdefghijklmnopabcdefghijklmnop", "http://127.0.0.1:8000/x/", []),
    ("null", "http://127.0.0.1:8000/x/", []),
    ("https://127.0.0.1:8000", "https://127.0.0.1:8000/x/", [("same-origin", False)]),
    ("https://shop.example", "/x/", []),
    ("http://shop.example", "/x/", []),
    ("", "http://127.0.0.1:8000/x/", []),
]


@pytest.mark.parametrize(("page", "url", "found"), BROWSERS, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_browsers_do_before_cors(page: str, url: str, found: list[tuple[str, bool]], method: str) -> None:
    status, text = ask(url, "--origin", page, "--method", method, "--format", "json")
    told = json.loads(text)
    assert sorted((one["code"], one["blocks"]) for one in told["findings"]) == sorted(found)
    is_blocked = any(blocks for _, blocks in found)
    assert (status, told["allowed"]) == (int(is_blocked), not is_blocked)


def test_a_guess_is_no_address(settings: SettingsWrapper) -> None:
    settings.ALLOWED_HOSTS = []
    assert ask("/x/", "--origin", "https://shop.example")[1].startswith("Allowed: ")


LINES = [
    (
        ["http://0.0.0.0:8000/x/", "--origin", "http://localhost:3000"],
        [
            (
                "Allowed, but: 0.0.0.0 is an address to listen on, not one to fetch: Safari sends nothing to it, and "
                "Firefox nothing from a page on https. [address-unspecified]"
            ),
            "Next: Fetch http://localhost:8000/x/.",
        ],
    ),
    (
        ["http://10.0.0.1/x/", "--origin", "https://shop.example"],
        [
            (
                "Blocked: The page is on https, http://10.0.0.1/x/ is not: Firefox and Safari block it as mixed "
                "content, and send nothing. Chromium sends it, because the address is local. [mixed-content]"
            ),
            "Next: Serve the API over https, and use https://10.0.0.1/x/.",
            (
                "Also: 10.0.0.1 is an address of a local network, the page is not: Chromium (since 142) and Firefox "
                "first show the user a question. Until it is answered with yes, no OPTIONS arrives; the console "
                "reports 'CORS policy'. [local-network-access]"
            ),
            (
                "Next: Allow it in the browser: site settings, local network access. No header helps, and "
                "CORS_ALLOW_PRIVATE_NETWORK is obsolete. In development, open a page of http://localhost."
            ),
        ],
    ),
    (
        ["http://localhost/x/", "--origin", "https://app.localhost"],
        [
            (
                "Allowed, but: The page is on https, http://localhost/x/ is not: Safari blocks it as mixed content, "
                "and sends nothing. Chromium and Firefox send it, because the address is loopback. [mixed-content]"
            ),
            "Next: For Safari, serve the API over https, or open a page of http://localhost.",
        ],
    ),
    (
        ["wss://api.example/ws/?room=1", "--origin", "https://shop.example"],
        [
            (
                "Allowed, but: wss://api.example/ws/?room=1 is a WebSocket: there is no CORS. Browsers connect from "
                "any page, and send its Origin. [websocket]"
            ),
            (
                "Next: Compare Origin in the server; with channels: OriginValidator(application, "
                "['https://shop.example']), or AllowedHostsOriginValidator."
            ),
        ],
    ),
    (
        ["ws://api.example/ws/", "--origin", "https://shop.example"],
        [
            (
                "Blocked: The page is on https, ws://api.example/ws/ is not: browsers block it as mixed content, "
                "and send nothing. [mixed-content]"
            ),
            "Next: Serve the API over https, and use wss://api.example/ws/.",
            (
                "Also: ws://api.example/ws/ is a WebSocket: there is no CORS. Browsers connect from any page, "
                "and send its Origin. [websocket]"
            ),
        ],
    ),
]


@pytest.mark.parametrize(("arguments", "lines"), LINES, ids=[row[0][0] for row in LINES])
def test_what_is_said(arguments: list[str], lines: list[str]) -> None:
    assert ask(*arguments)[1].splitlines()[: len(lines)] == lines


@pytest.mark.parametrize(
    ("url", "changes", "expected"),
    [
        pytest.param("/static/a.js", {}, (1, "static-files", True), id="runserver"),
        pytest.param("/static/a.js", {"INSTALLED_APPS": ["drf_cors"]}, (0, "static-files", False), id="no staticfiles"),
        pytest.param("/static/a.js", {"DEBUG": False}, (0, "static-files", False), id="production"),
        pytest.param("/media/a.png", {"MEDIA_URL": "/media/"}, (0, "static-files", False), id="uploads"),
        pytest.param("/a.js", {"STATIC_URL": "https://cdn.example/"}, (0, "not-resolved", False), id="another host"),
        pytest.param("/a.js", {"STATIC_URL": None}, (0, "not-resolved", False), id="no setting"),
        pytest.param("/x/", {}, (0, "", False), id="a view"),
    ],
)
def test_static_files(
    settings: SettingsWrapper, url: str, changes: dict[str, Any], expected: tuple[int, str, bool]
) -> None:
    settings.DEBUG = True
    settings.CORS_ALLOW_ALL_ORIGINS = True
    for name, value in changes.items():
        setattr(settings, name, value)
    status, text = ask(url, "--origin", "https://shop.example", "--format", "json")
    found = [(one["code"], one["blocks"]) for one in json.loads(text)["findings"]]
    assert (status, *(found or [("", False)])[0]) == expected


@pytest.mark.parametrize("url", ["/static/a.js", "/static/", "/static", "/statically/", "/x/", "/app/static/a.js"])
@pytest.mark.parametrize("base", ["/static/", "static/", "https://cdn.example/static/"])
def test_runserver_answers_what_is_said(settings: SettingsWrapper, url: str, base: str) -> None:
    settings.DEBUG = True
    settings.STATIC_URL = base
    settings.CORS_ALLOW_ALL_ORIGINS = True
    handler = StaticFilesHandler(WSGIHandler())
    text = ask(url, "--origin", "https://shop.example")[1]
    assert ("answers it in runserver" in text) is handler._should_handle(url)


def test_runserver_sends_no_cors_headers_with_static_files(settings: SettingsWrapper) -> None:
    settings.DEBUG = True
    settings.CORS_ALLOW_ALL_ORIGINS = True
    request = RequestFactory().get("/static/none.js", headers={"origin": "https://shop.example"})
    response = StaticFilesHandler(WSGIHandler()).get_response(request)
    assert response.status_code == 404
    assert not any(name.startswith("Access-Control-") for name in response.headers)


def test_commands_to_compare_with(settings: SettingsWrapper) -> None:
    def commands(*arguments: str) -> list[str]:
        told = json.loads(ask("https://api.example/x/", *arguments, "--format", "json")[1])
        return [one["curl"] for one in told["requests"]]

    origin = "-H 'Origin: https://shop.example' https://api.example/x/"
    page = ("--origin", "https://shop.example")
    assert commands() == ["curl -i https://api.example/x/"]
    assert commands(*page, "--method", "HEAD", "--header", "Accept: a/b") == [f"curl -I -H 'Accept: a/b' {origin}"]
    assert commands(*page, "--method", "PUT") == [
        f"curl -i -X OPTIONS -H 'Access-Control-Request-Method: PUT' {origin}",
        f"curl -i -X PUT {origin}",
    ]


@pytest.mark.parametrize(
    ("host", "space"),
    [
        ("localhost", AddressSpace.LOOPBACK),
        ("a.localhost.", AddressSpace.LOOPBACK),
        ("127.1", AddressSpace.LOOPBACK),
        ("0.0.0.0", AddressSpace.LOOPBACK),
        ("[::]", AddressSpace.LOOPBACK),
        ("[::ffff:127.0.0.1]", AddressSpace.LOOPBACK),
        ("172.16.0.1", AddressSpace.LOCAL),
        ("172.32.0.1", AddressSpace.PUBLIC),
        ("169.254.1.1", AddressSpace.LOCAL),
        ("100.64.0.1", AddressSpace.LOCAL),
        ("[fe80::1]", AddressSpace.LOCAL),
        ("[2001:db8::1]", AddressSpace.PUBLIC),
        ("[nonsense]", AddressSpace.UNKNOWN),
        ("nas.home.arpa", AddressSpace.LOCAL),
        ("192.168.1.5.example", AddressSpace.PUBLIC),
        ("local.example", AddressSpace.PUBLIC),
        ("server", AddressSpace.UNKNOWN),
        ("api.test", AddressSpace.UNKNOWN),
    ],
)
def test_where_a_host_is(host: str, space: AddressSpace) -> None:
    assert address_space(host) is space
