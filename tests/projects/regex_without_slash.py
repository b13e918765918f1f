"""3: the regular expression forgets that a path begins with a slash."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://shop.example"]
CORS_URLS_REGEX = r"^api/"
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--method", "PUT"]
CAUSE = "regex-leading-slash"
SAYS = "CORS_URLS_REGEX '^api/' misses /api/orders/"
MEND = "CORS_URLS_REGEX = r'^/api/'"
