"""6: no policy covers the URL, so the preflight reaches the view's permissions."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://shop.example"]
CORS_URLS_REGEX = r"^/public/"
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--method", "PUT"]
CAUSE = "preflight-needs-permission"
SAYS = "The preflight reaches Undeclared, and IsAuthenticated refuses it"
MEND = (
    "Put @cors(allowed_origins=['https://shop.example']) on Undeclared.put. Or widen CORS_URLS_REGEX so that it matches"
)
MENDED = {"CORS_URLS_REGEX": r"^/(public|api)/"}
