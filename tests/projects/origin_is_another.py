"""2: the page is on another port than the policy says."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://shop.example", "http://127.0.0.1:3000"]
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example:8443"]
CAUSE = "origin-differs"
SAYS = "https://shop.example, differs in the port"
MEND = "Add 'https://shop.example:8443' to settings.CORS_ALLOWED_ORIGINS"
MENDED = {"CORS_ALLOWED_ORIGINS": [*CORS_ALLOWED_ORIGINS, "https://shop.example:8443"]}
