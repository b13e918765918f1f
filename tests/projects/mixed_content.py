"""A page on https calls an API on http: the browser sends nothing."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]
ALLOWED_HOSTS = ["api.example"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["http://api.example/api/orders/", "--origin", "https://shop.example"]
CAUSE = "mixed-content"
SAYS = "The page is on https, http://api.example/api/orders/ is not: browsers block it as mixed content"
MEND = "Serve the API over https, and use https://api.example/api/orders/"
MENDED = {"ASK": ["https://api.example/api/orders/", *ASK[1:]]}
