"""3: nothing reads the setting."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGIN = ["https://shop.example"]
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "setting-misspelt"
SAYS = "CORS_ALLOWED_ORIGIN, which nothing reads"
MEND = "Rename it to CORS_ALLOWED_ORIGINS"
MENDED = {"CORS_ALLOWED_ORIGINS": CORS_ALLOWED_ORIGIN}
