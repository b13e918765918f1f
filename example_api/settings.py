"""Settings of the example shop.

Environment variables:
    SECRET_KEY: any long random text; a demo value by default.
    DEBUG: ``0`` turns debugging off.
    DATABASE_URL: ``postgresql://user:password@host:5432/name`` or ``sqlite:////absolute/path``.
    DEMO_API_PORT, DEMO_SHOP_PORT, DEMO_STRANGER_PORT: ports of the demo (see ``origins.py``).
    DEMO_WITHOUT_CORS: ``1`` takes the middleware out, to see what a site without it looks like.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from drf_cors import CorsPolicy
from example_api.origins import BACK_OFFICE, HOST, PARTNER, PARTNER_SITES, SHOP_FRONT

BASE_DIR = Path(__file__).resolve().parent

SECRET_KEY = os.environ.get("SECRET_KEY", "the-demo-has-no-secrets-but-a-real-site-must-set-SECRET_KEY")
DEBUG = os.environ.get("DEBUG", "1") != "0"
ALLOWED_HOSTS = [HOST, "localhost"]

# --- CORS ---------------------------------------------------------------------------------------
# The global policy: what an endpoint gets that declares nothing, and what the others start from.
# /api/profile/ is governed by this alone.

CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOWED_ORIGINS = [SHOP_FRONT]
CORS_ALLOW_CREDENTIALS = True
CORS_EXPOSE_HEADERS = ["X-Request-Id"]
CORS_PREFLIGHT_MAX_AGE = 3600

# Policies with a name, for use wherever a policy is accepted. In settings, a dict will do as well.
CORS_POLICIES = {
    "partners": CorsPolicy(allowed_origins=[PARTNER, PARTNER_SITES], allow_methods=["POST"]),
    "spa": {"allowed_origins": [SHOP_FRONT, "http://localhost:*"], "allow_methods": ["GET"]},
}

# Policies for views that we cannot edit: this one is DRF's obtain_auth_token.
# It declares its own origins, so the global CORS_ALLOW_CREDENTIALS does not reach it.
CORS_VIEW_POLICIES = {
    "token": CorsPolicy(allowed_origins=[SHOP_FRONT], allow_methods=["POST"]),
}

# The policy of each operation is in the schema anyway; this adds badges that Redoc shows.
CORS_OPENAPI = {"REDOC_BADGES": True}

# --- Applications -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_cors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "example_api.shop",
]

MIDDLEWARE = [
    "drf_cors.middleware.CorsMiddleware",  # first, so that it sees every answer
    "django.middleware.security.SecurityMiddleware",
    "example_api.request_id.request_id",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
if os.environ.get("DEMO_WITHOUT_CORS") == "1":
    MIDDLEWARE.remove("drf_cors.middleware.CorsMiddleware")

ROOT_URLCONF = "example_api.urls"
WSGI_APPLICATION = "example_api.wsgi.application"
ASGI_APPLICATION = "example_api.asgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

# CORS decides which scripts may read an answer; CSRF protection decides which sites may use the session
# cookie to change something. A front end on another origin needs both.
CSRF_TRUSTED_ORIGINS = [SHOP_FRONT, BACK_OFFICE]
# "Lax" is enough for the shop front: another port of the same host is the same site. A real back office on
# another site needs SameSite=None for the session and CSRF cookies, which browsers accept over https only.
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

REST_FRAMEWORK = {
    # The token comes first, so that a caller who is not logged in gets 401 and not 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # JSON only: a form on another site can send a POST without a preflight, but not as JSON.
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "The example shop",
    "DESCRIPTION": "Every operation shows the CORS policy of exactly that method.",
    "VERSION": "1.0.0",
    "DEFAULT_GENERATOR_CLASS": "drf_cors.openapi.CorsSchemaGenerator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "filter": True},
    "REDOC_DIST": "SIDECAR",
    "REDOC_UI_SETTINGS": {"showExtensions": True},
}

# --- Data ---------------------------------------------------------------------------------------


def database(url: str) -> dict[str, Any]:
    """Turn a database URL into an entry of ``DATABASES``."""
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
        }
    raise ImproperlyConfigured(f"DATABASE_URL starts with {parts.scheme!r}; write postgresql:// or sqlite:///")


DATABASES = {"default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
TIME_ZONE = "UTC"
USE_TZ = True

# Reading the catalogue is anonymous and writing it is not, and one order needs a header of its own: these differ on
# purpose, so their preflights cannot be kept.
SILENCED_SYSTEM_CHECKS = ["drf_cors.I002"]
