"""3: neither the view nor the settings admit anybody."""

from django.urls import path

from drf_cors import cors
from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "view-undeclared"
SAYS = "Nothing is declared for Undeclared"
MEND = "@cors(allowed_origins=['https://shop.example'])"
MENDED = {"urlpatterns": [path("api/orders/", cors(allowed_origins=["https://shop.example"])(Undeclared.as_view()))]}
