"""4: a middleware whose name is misspelt."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS, "tests.projects.views.Missing"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "middleware-broken"
SAYS = "tests.projects.views.Missing, MIDDLEWARE[1], cannot be made, so the server does not start: ImportError"
MEND = "correct its name in MIDDLEWARE"
MENDED = {"MIDDLEWARE": [OURS]}
