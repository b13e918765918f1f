"""1: asked with curl, which sends no Origin."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/"]
CAUSE = "no-origin"
SAYS = "carries no Origin header"
MEND = "add an Origin header: here --origin, with curl -H 'Origin: ...'."
MENDED = {"ASK": [*ASK, "--origin", "https://shop.example"]}
