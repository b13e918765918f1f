"""What every test starts from: DRF, the library's middleware, a database in memory, and no `CORS_*` setting.

Tests bring their own URLs and settings with pytest-django's `settings` or with `override_settings`.
"""

SECRET_KEY = "the tests keep no secrets"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
ROOT_URLCONF = "tests.urls"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.flatpages",  # this and the next two for tests/web/test_middleware_above.py
    "django.contrib.redirects",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_cors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "example_api.shop",  # models cannot be added later; tests/example/conftest.py sets the rest
]

MIDDLEWARE = [
    "drf_cors.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast
STATIC_URL = "/static/"
TIME_ZONE = "UTC"
USE_TZ = True

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {"DEFAULT_GENERATOR_CLASS": "drf_cors.openapi.CorsSchemaGenerator"}
