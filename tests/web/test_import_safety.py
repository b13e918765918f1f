"""What importing the library loads, seen from a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]

SETTINGS = """
    from drf_cors import INHERITED, NO_CORS, CorsPolicy, CorsPolicyMixin, cors
    from drf_cors.defaults import default_headers, default_methods
    from drf_cors.signals import check_request_enabled

    SECRET_KEY = "the tests keep no secrets"
    ALLOWED_HOSTS = ["*"]
    ROOT_URLCONF = "site_urls"
    USE_TZ = True
    CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    CORS_ALLOW_HEADERS = (*default_headers, "x-one")
    CORS_POLICIES = {"nobody": NO_CORS, "shop": CorsPolicy(allowed_origins=[INHERITED])}
"""


def run(folder: Path, *, settings: str, urls: str, code: str) -> str:
    """Run `code` in a new process, in a project of these settings and URLs; return what it prints."""
    for name, text in {"site_settings": settings, "site_urls": urls, "site_run": code}.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "site_run"],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{ROOT}", "DJANGO_SETTINGS_MODULE": "site_settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_settings_may_import_the_library(tmp_path: Path) -> None:
    printed = run(
        tmp_path,
        settings=SETTINGS
        + """
    import sys
    HEAVY = [name for name in sys.modules if name.split(".")[0] in ("rest_framework", "drf_spectacular")]
""",
        urls="urlpatterns = []",
        code="""
            from django.conf import settings
            print(settings.HEAVY)
        """,
    )

    assert printed == "[]\n"


def test_the_package_root_needs_no_settings(tmp_path: Path) -> None:
    printed = run(
        tmp_path,
        settings="raise RuntimeError('settings were read')",
        urls="",
        code="""
            import drf_cors, drf_cors.defaults, drf_cors.signals, drf_cors.decorators, drf_cors.mixins

            class View:
                def get(self, request): ...

            @drf_cors.cors(allowed_origins=["https://shop.example"])
            def view(request): ...

            print("fine")
        """,
    )

    assert printed == "fine\n"


def test_default_permission_classes_are_honoured(tmp_path: Path) -> None:
    printed = run(
        tmp_path,
        settings=SETTINGS
        + """
    INSTALLED_APPS = ["rest_framework", "drf_cors"]
    MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware"]
    REST_FRAMEWORK = {
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    }
""",
        urls="""
            from django.urls import path
            from rest_framework.views import APIView

            from drf_cors import CorsPolicyMixin

            class Secret(CorsPolicyMixin, APIView):
                cors_policy = "shop"

                def get(self, request):
                    raise AssertionError("the view ran")

            urlpatterns = [path("", Secret.as_view())]
        """,
        code="""
            import django
            from django.test import Client

            django.setup()
            response = Client().get("/", headers={"origin": "https://shop.example"})
            print(response.status_code, response["Access-Control-Allow-Origin"])
        """,
    )

    assert printed == "403 https://shop.example\n"


def test_a_project_without_rest_framework_can_use_all_of_the_middleware(tmp_path: Path) -> None:
    printed = run(
        tmp_path,
        settings=SETTINGS
        + """
    INSTALLED_APPS = ["drf_cors"]
    MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware"]
    CORS_VIEW_POLICIES = {"site_urls.third": {"allow_all_origins": True}}
""",
        urls="""
            from django.http import HttpResponse
            from django.urls import path
            from django.views import View

            from drf_cors import CorsPolicyMixin, cors

            def first(request):
                return HttpResponse()

            @cors(allowed_origins=["https://partner.example"])
            class Second(CorsPolicyMixin, View):
                def get(self, request):
                    return HttpResponse()

            def third(request):
                return HttpResponse()

            urlpatterns = [path("1", first), path("2", Second.as_view()), path("3", third)]
        """,
        code="""
            import sys

            import django
            from django.core.checks import run_checks
            from django.test import Client

            django.setup()
            print(run_checks())
            client = Client()
            for path, origin in (("/1", "shop"), ("/2", "partner"), ("/3", "anyone"), ("/4", "shop")):
                origin = f"https://{origin}.example"
                preflight = client.options(
                    path, headers={"origin": origin, "access-control-request-method": "GET"}
                )
                response = client.get(path, headers={"origin": origin})
                name = "Access-Control-Allow-Origin"
                print(preflight.status_code, preflight[name], response.status_code, response[name])
            print([name for name in sys.modules if name.split(".")[0] in ("rest_framework", "drf_spectacular")])
        """,
    )

    assert printed.splitlines() == [
        "[]",
        "200 https://shop.example 200 https://shop.example",
        "200 https://partner.example 200 https://partner.example",
        "200 * 200 *",
        "200 https://shop.example 404 https://shop.example",
        "[]",
    ]


def test_the_middleware_works_where_the_app_is_not_installed(tmp_path: Path) -> None:
    printed = run(
        tmp_path,
        settings=SETTINGS + '\n    MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware"]\n',
        urls="urlpatterns = []",
        code="""
            import django
            from django.test import Client

            django.setup()
            response = Client().get("/", headers={"origin": "https://shop.example"})
            print(response.status_code, response["Access-Control-Allow-Origin"])
        """,
    )

    assert printed == "404 https://shop.example\n"


def test_a_wrong_setting_stops_the_server_before_the_first_request(tmp_path: Path) -> None:
    printed = run(
        tmp_path,
        settings=SETTINGS
        + """
    MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware"]
    CORS_ALLOWED_ORIGINS = ["shop.example", "https://shop.example/"]
""",
        urls="urlpatterns = []",
        code="""
            import django
            from django.core.exceptions import ImproperlyConfigured
            from django.core.wsgi import get_wsgi_application

            try:
                get_wsgi_application()
            except ImproperlyConfigured as error:
                print(sorted(fault.reason for fault in error.faults))
        """,
    )

    assert printed == "['missing-scheme', 'trailing-slash']\n"
