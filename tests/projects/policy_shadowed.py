"""A stronger layer replaces what the settings admit."""

from django.urls import path

from drf_cors import INHERITED, cors
from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://office.example"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://office.example"]
CAUSE = "policy-shadowed"
SAYS = "settings.CORS_ALLOWED_ORIGINS admits https://office.example, but Orders.cors_policy is stronger"
MEND = (
    "allowed_origins=[INHERITED, 'https://office.example'], allow_credentials=['https://shop.example']) on Orders.get"
)
MENDED = {
    "urlpatterns": [path("api/orders/", cors(allowed_origins=[INHERITED, "https://office.example"])(Orders.as_view()))]
}
