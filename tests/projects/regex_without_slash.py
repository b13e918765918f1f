"""3: the regular expression forgets that a path begins with a slash."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://shop.example"]
CORS_URLS_REGEX = r"^api/v\d+/"
urlpatterns = [path("api/v1/orders/", Undeclared.as_view())]

ASK = ["/api/v1/orders/", "--origin", "https://shop.example", "--method", "PUT"]
CAUSE = "regex-leading-slash"
SAYS = "misses /api/v1/orders/: it is matched against the path with its leading slash"
MEND = r"CORS_URLS_REGEX = r'^/api/v\d+/'"
MENDED = {"CORS_URLS_REGEX": r"^/api/v\d+/"}
