"""4: the middleware is not installed."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "middleware-missing"
SAYS = "MIDDLEWARE does not have drf_cors.middleware.CorsMiddleware"
MEND = "Put 'drf_cors.middleware.CorsMiddleware' first"
MENDED = {"MIDDLEWARE": [OURS, *MIDDLEWARE]}
