"""5: a POST without its slash comes out as a GET."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS, "django.middleware.common.CommonMiddleware"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders", "--origin", "https://shop.example", "--method", "POST"]
CAUSE = "redirect-slash"
SAYS = "the slash at the end is missing"
MEND = "Fetch /api/orders/"
MENDED = {"ASK": ["/api/orders/", *ASK[1:]]}
