"""The Swagger views: what the page brings along, in which order, and under which addresses."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import include, path
from django.utils.functional import SimpleLazyObject, empty
from drf_spectacular.settings import patched_settings
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework import permissions
from rest_framework.versioning import NamespaceVersioning

import drf_cors
from drf_cors.openapi.views import CorsExplainView, CorsSwaggerMixin, CorsSwaggerSplitView, CorsSwaggerView
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

FOLDER = Path(drf_cors.__file__).parent / "static" / "drf_cors" / "swagger-ui"
DIST = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@latest"

#: Ours, in the order in which one builds on the other.
SCRIPTS = [
    "words.js",
    "policy.js",
    "server.js",
    "choice.js",
    "state.js",
    "badge.js",
    "panel.js",
    "origin-box.js",
    "plugin.js",
    "attach.js",
]


class Page(HTMLParser):
    """Scripts and style sheets of a page, in order, and what stands in inline scripts."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        assert response.status_code == 200
        self.elements: list[dict[str, str | None]] = []
        self.inline = ""
        self.is_inline = False
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in ("script", "style") or attributes.get("rel") == "stylesheet":
            self.elements.append({"tag": tag, **attributes})
        self.is_inline = tag == "script" and "src" not in attributes

    def handle_data(self, data: str) -> None:
        if self.is_inline:
            self.inline += data

    @property
    def addresses(self) -> list[str | None]:
        return [each.get("src") or each.get("href") for each in self.elements]

    @property
    def attached(self) -> dict[str, str | None]:
        """The element of the script that starts the plugin."""
        (found,) = [each for each in self.elements if "data-explain-url" in each]
        return found


def ours(*names: str) -> list[str]:
    return [f"/static/drf_cors/swagger-ui/{name}" for name in names]


schema = path("schema/", SpectacularAPIView.as_view(), name="schema")
explain = path("docs/cors/", CorsExplainView.as_view(), name="cors-explain")


@pytest.fixture
def get(settings: Any) -> Callable[..., Any]:
    """Serve URL patterns, and get one of their pages."""
    settings.STATIC_URL = "/static/"

    def get(*patterns: Any, url: str = "/docs/", **extra: Any) -> Any:
        settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": list(patterns)})
        return Client().get(url, **extra)

    return get


def test_the_plugin_stands_between_swagger_ui_and_the_script_that_starts_it(get: Callable[..., Any]) -> None:
    page = Page(get(schema, explain, path("docs/", CorsSwaggerView.as_view(url_name="schema"))))

    assert page.addresses == [
        f"{DIST}/swagger-ui.css",
        *ours("page.css"),
        f"{DIST}/swagger-ui-bundle.js",
        f"{DIST}/swagger-ui-standalone-preset.js",
        *ours("cors.css", *SCRIPTS),
        None,
    ]
    assert page.attached["data-explain-url"] == "/docs/cors/"
    assert page.attached["data-color-scheme"] == "follow"
    assert 'url: "/schema/"' in page.inline


def test_every_file_of_ours_is_loaded_and_there() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {"page.css", "cors.css", *SCRIPTS}
    assert all(finders.find(f"drf_cors/swagger-ui/{name}") for name in SCRIPTS)


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.name)
def test_no_file_asks_another_site(file: Path) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'`<>)]+", file.read_text(encoding="utf-8")))
    assert addresses <= {"https://shop.example", "https://shop.example."}  # examples for people


def test_the_sidecar_makes_everything_local(get: Callable[..., Any]) -> None:
    with patched_settings({"SWAGGER_UI_DIST": "SIDECAR", "SWAGGER_UI_FAVICON_HREF": "SIDECAR"}):
        response = get(schema, explain, path("docs/", CorsSwaggerView.as_view(url_name="schema")))
    assert all(each is None or each.startswith("/static/") for each in Page(response).addresses)
    assert "//cdn" not in response.content.decode()


def test_the_split_view_has_no_inline_script(get: Callable[..., Any]) -> None:
    patterns = [schema, explain, path("docs/", CorsSwaggerSplitView.as_view(url_name="schema"))]
    page = Page(get(*patterns))

    assert page.inline.strip() == ""
    assert page.addresses[-2:] == [*ours("attach.js"), "/docs/?script="]
    assert page.attached["data-explain-url"] == "/docs/cors/"
    script = get(*patterns, url="/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert 'url: "/schema/"' in script.content.decode()


@pytest.mark.parametrize("view", [CorsSwaggerView, CorsSwaggerSplitView])
def test_without_the_explain_view_the_page_still_works(get: Callable[..., Any], view: Any) -> None:
    page = Page(get(schema, path("docs/", view.as_view(url_name="schema"))))
    assert page.attached["data-explain-url"] == ""


@named_rows(
    "initkwargs, url, expected",
    {
        "an address": ({"explain_url": "https://api.example/cors/"}, "/docs/", "https://api.example/cors/"),
        "with a query": ({"explain_url": "/cors/?a=1&b=2"}, "/docs/", "/cors/?a=1&b=2"),
        "escaped": ({"explain_url": '"><script>alert(1)</script>'}, "/docs/", '"><script>alert(1)</script>'),
        "another name": ({"explain_url_name": "elsewhere"}, "/docs/", "/elsewhere/"),
        "language and version": ({}, "/docs/?lang=de&version=v2", "/docs/cors/?lang=de&version=v2"),
        "not the chosen origin": ({}, "/docs/?cors-origin=https://shop.example", "/docs/cors/"),
    },
)
def test_where_the_explain_view_is(
    get: Callable[..., Any], initkwargs: dict[str, Any], url: str, expected: str
) -> None:
    page = Page(
        get(
            schema,
            explain,
            path("elsewhere/", CorsExplainView.as_view(), name="elsewhere"),
            path("docs/", CorsSwaggerView.as_view(url_name="schema", **initkwargs)),
            url=url,
        )
    )
    assert page.attached["data-explain-url"] == expected
    assert "alert(1)" not in page.inline


def test_names_are_looked_up_in_the_version_s_namespace(get: Callable[..., Any]) -> None:
    patterns = [
        schema,
        explain,
        path("docs/", CorsSwaggerView.as_view(versioning_class=NamespaceVersioning)),
    ]
    response = get(path("v1/", include((patterns, "api"), namespace="v1")), url="/v1/docs/")
    assert Page(response).attached["data-explain-url"] == "/v1/docs/cors/"


def test_a_script_prefix_stands_before_every_address(get: Callable[..., Any]) -> None:
    with override_script_prefix("/mounted/"):
        page = Page(get(schema, explain, path("docs/", CorsSwaggerView.as_view(url_name="schema"))))
    assert page.attached["data-explain-url"] == "/mounted/docs/cors/"
    assert 'url: "/mounted/schema/"' in page.inline


class Nonce(SimpleLazyObject):
    """As Django's: made when printed, and false until then."""

    def __init__(self) -> None:
        super().__init__(lambda: "r4nd0m")

    def __bool__(self) -> bool:
        return self._wrapped is not empty


@named_rows("name", {"of Django": "_csp_nonce", "of django-csp": "csp_nonce"})
@pytest.mark.parametrize("view", [CorsSwaggerView, CorsSwaggerSplitView])
def test_scripts_and_styles_carry_the_nonce(get: Callable[..., Any], settings: Any, view: Any, name: str) -> None:
    settings.MIDDLEWARE = [f"{__name__}.{name}"]
    page = Page(get(schema, explain, path("docs/", view.as_view(url_name="schema"))))
    assert {each["nonce"] for each in page.elements} == {"r4nd0m"}
    assert {each["tag"] for each in page.elements} == {"script", "link"}


def _csp_nonce(get_response: Any) -> Any:
    return middleware(get_response, "_csp_nonce")


def csp_nonce(get_response: Any) -> Any:
    return middleware(get_response, "csp_nonce")


def middleware(get_response: Any, name: str) -> Any:
    def respond(request: Any) -> HttpResponse:
        setattr(request, name, Nonce())
        assert not getattr(request, name)
        return get_response(request)

    return respond


def test_without_a_policy_there_is_no_nonce(get: Callable[..., Any]) -> None:
    page = Page(get(schema, path("docs/", CorsSwaggerView.as_view(url_name="schema"))))
    assert {each["nonce"] for each in page.elements} == {""}


def test_the_pages_are_in_no_schema(get: Callable[..., Any]) -> None:
    patterns = [
        schema,
        explain,
        path("docs/", CorsSwaggerView.as_view(url_name="schema")),
        path("split/", CorsSwaggerSplitView.as_view(url_name="schema")),
    ]
    answer = get(*patterns, url="/schema/", headers={"accept": "application/json"})
    assert set(answer.json()["paths"]) <= {"/schema/"}


def test_a_project_s_own_view_and_settings_stay(get: Callable[..., Any]) -> None:
    class TheirView(SpectacularSwaggerView):
        title = "Their API"

    class Docs(CorsSwaggerMixin, TheirView):
        permission_classes = [permissions.AllowAny]

    settings = {"SWAGGER_UI_SETTINGS": "{deepLinking: true, plugins: [TheirPlugin]}"}
    with patched_settings(settings):
        response = get(schema, explain, path("docs/", Docs.as_view(url_name="schema")))
    assert "<title>Their API</title>" in response.content.decode()
    assert "plugins: [TheirPlugin]" in Page(response).inline


def test_who_may_not_see_the_page_gets_nothing_of_it(get: Callable[..., Any]) -> None:
    view = CorsSwaggerView.as_view(url_name="schema", permission_classes=[permissions.IsAdminUser])
    response = get(schema, explain, path("docs/", view))
    assert response.status_code in (401, 403)
    assert b"drf_cors" not in response.content
