"""7: the script sets a header that the policy does not allow."""

from django.urls import path

from drf_cors import INHERITED, cors
from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--header", "X-Foo: 1"]
CAUSE = "header-not-allowed: x-foo"
SAYS = "does not allow the request header x-foo"
MEND = "Put @cors(allow_headers=[INHERITED, 'x-foo']) on Orders.get. (Orders.get, tests/projects/views.py:"
MENDED = {"urlpatterns": [path("api/orders/", cors(allow_headers=[INHERITED, "x-foo"])(Orders.as_view()))]}
