"""4: a middleware above ours puts its redirect in the place of our answer."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = ["django.middleware.common.CommonMiddleware", OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders", "--origin", "https://shop.example"]
CAUSE = "middleware-too-low"
SAYS = "django.middleware.common.CommonMiddleware, MIDDLEWARE[0], answers with 301, above CorsMiddleware at [1]"
MEND = "Move 'drf_cors.middleware.CorsMiddleware' above it"
MENDED = {"MIDDLEWARE": [OURS, MIDDLEWARE[0]]}
