"""Whatever is asked, WSGI and ASGI answer the same, and so do the short and the long way through the middleware."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.views import View
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors

SHOP = "https://shop.example"
ORIGINS = (
    SHOP,
    "https://a.tenants.example",
    "http://localhost:3000",
    "https://evil.example",
    "null",
    "file://",
    "no origin",
)


def is_tenant(origin: str, request: HttpRequest) -> bool:
    if not origin.endswith(".tenants.example"):
        raise LookupError(origin)
    return True


async def is_tenant_async(origin: str, request: HttpRequest) -> bool:
    return is_tenant(origin, request)


class Mixed(CorsPolicyMixin, View):
    cors_policy = CorsPolicy(
        allowed_origins=[SHOP, "http://localhost:*"], allow_credentials=[SHOP], allow_headers=["*"]
    )

    @cors(allow_all_origins=True, expose_headers=["*"])
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("read", headers={"Vary": "Accept", "Access-Control-Allow-Origin": "https://mine.example"})

    def post(self, request: HttpRequest) -> HttpResponse:
        raise PermissionError

    @cors(is_origin_allowed=is_tenant)
    def put(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("put")

    @cors(is_origin_allowed=is_tenant_async, allow_credentials=True, preflight_max_age=None)
    def patch(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("patched")

    @cors(NO_CORS)
    def delete(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("gone")


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain", headers={"Access-Control-Allow-Origin": "https://mine.example"})


async def waiting(request: HttpRequest) -> HttpResponse:
    return HttpResponse("waited")


class Urls:
    urlpatterns = [
        path("mixed/", Mixed.as_view()),
        path("api/plain", plain),
        path("plain", plain),
        path("async", cors(allowed_origins=[SHOP], allow_methods=["GET", "PUT"])(waiting)),
    ]


requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        "path": st.sampled_from(["/mixed/", "/mixed", "/api/plain", "/plain", "/async", "/api/nowhere", "/nowhere"]),
        "headers": st.fixed_dictionaries(
            {},
            optional={
                "origin": st.one_of(
                    st.sampled_from(ORIGINS), st.text(st.characters(max_codepoint=126, min_codepoint=32))
                ),
                "access-control-request-method": st.sampled_from(
                    ["GET", "PUT", "PATCH", "patch", "DELETE", "*", "a b"]
                ),
                "access-control-request-headers": st.sampled_from(
                    ["", "x-a", "X-A,content-type", "authorization", ",,;"]
                ),
                "sec-fetch-site": st.sampled_from(["same-origin", "cross-site"]),
            },
        ),
    }
)


def answered(answer: Any) -> tuple[int, dict[str, str]]:
    return answer.status_code, dict(sorted(answer.headers.items()))


SITE = {
    "ROOT_URLCONF": Urls,
    "CORS_URLS_REGEX": "^/api/",
    "CORS_ALLOWED_ORIGINS": [SHOP],
    "MIDDLEWARE": ["drf_cors.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"],
}


def ask(asked: dict[str, Any]) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic(asked["method"], asked["path"], headers=asked["headers"])


ADMITTED = {"method": "PUT", "path": "/mixed/", "headers": {"origin": "https://a.tenants.example"}}
RAISING = {"method": "PUT", "path": "/mixed/", "headers": {"origin": "https://evil.example"}}


@settings(max_examples=150)
@given(asked=requests)
@example(ADMITTED)
@example(RAISING)
@example({**ADMITTED, "method": "PATCH"})
def test_sync_is_async(asked: dict[str, Any]) -> None:
    async def ask_async() -> Any:
        client = AsyncClient(raise_request_exception=False)
        return await client.generic(asked["method"], asked["path"], headers=asked["headers"])

    with override_settings(**SITE):
        assert answered(ask(asked)) == answered(async_to_sync(ask_async)())
