"""A page on http calls an API on the developer's machine: the browser blocks it without a question."""

from django.urls import path

from drf_cors import cors
from tests.projects.views import OURS, SHOP, Orders

MIDDLEWARE = [OURS]
ALLOWED_HOSTS = ["127.0.0.1"]
CORS_ALLOW_PRIVATE_NETWORK = True
urlpatterns = [path("api/orders/", cors(allowed_origins=[SHOP, "http://shop.example"])(Orders.as_view()))]

ASK = ["http://127.0.0.1:8000/api/orders/", "--origin", "http://shop.example", "--method", "PATCH"]
CAUSE = "local-network-access"
SAYS = "127.0.0.1 is a loopback address, and the page is neither that nor on https: Chromium (since 142) blocks it"
MEND = "Serve the page over https; then the browser shows the user a question. No header helps"
MENDED = {"ASK": [ASK[0], "--origin", SHOP, *ASK[3:]]}
