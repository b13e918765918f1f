"""7: browsers do not put `patch` into upper case."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--method", "patch"]
CAUSE = "method-case: patch"
SAYS = "'patch' is not 'PATCH'"
MEND = "method: 'PATCH'"
MENDED = {"ASK": [*ASK[:-1], "PATCH"]}
