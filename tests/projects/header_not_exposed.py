"""10: the script may not read the header."""

from django.urls import path

from drf_cors import INHERITED, cors
from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--read", "X-Total-Count", "--read", "content-type"]
CAUSE = "header-not-exposed: X-Total-Count"
SAYS = "expose_headers does not list it"
MEND = "Put @cors(expose_headers=[INHERITED, 'X-Total-Count']) on Orders.get"
MENDED = {"urlpatterns": [path("api/orders/", cors(expose_headers=[INHERITED, "X-Total-Count"])(Orders.as_view()))]}
