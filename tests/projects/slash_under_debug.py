"""5: under DEBUG, Django raises where it would redirect a request with a body to the slash."""

from django.urls import path

from tests.projects.views import OURS, Orders

DEBUG = True
MIDDLEWARE = [OURS, "django.middleware.common.CommonMiddleware"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders", "--origin", "https://shop.example", "--method", "PATCH"]
CAUSE = "redirect-slash"
SAYS = "the slash at the end is missing. Under DEBUG Django raises RuntimeError"
MEND = "Fetch /api/orders/."
MENDED = {"ASK": ["/api/orders/", *ASK[1:]]}
