"""3: the regular expression names the prefix under which the site is mounted."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
FORCE_SCRIPT_NAME = "/backend"
CORS_ALLOWED_ORIGINS = ["https://shop.example"]
CORS_URLS_REGEX = r"^/backend/api/"
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/backend/api/orders/", "--origin", "https://shop.example"]
CAUSE = "regex-script-prefix"
SAYS = "without the prefix /backend"
MEND = "CORS_URLS_REGEX = r'^/api/'"
MENDED = {"CORS_URLS_REGEX": r"^/api/"}
