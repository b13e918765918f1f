"""2: the page is on another port than the policy says."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://shop.example", "http://127.0.0.1:3000"]
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example:8443"]
CAUSE = "origin-differs"
SAYS = "https://shop.example, differs in the port"
MEND = "Put @cors(allowed_origins=[INHERITED, 'https://shop.example:8443']) on Undeclared.get. Or write CORS_"
MENDED = {"CORS_ALLOWED_ORIGINS": [*CORS_ALLOWED_ORIGINS, "https://shop.example:8443"]}
