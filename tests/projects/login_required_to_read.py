"""6: the same gate leads a request without a session to a page that the origin may not read."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from drf_cors import cors
from tests.projects import login_required

MIDDLEWARE = login_required.MIDDLEWARE
for_shop = cors(allowed_origins=["https://shop.example"])
urlpatterns = [path("api/orders/", for_shop(login_required.orders))]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "stopped-before-view"
SAYS = "LoginRequiredMiddleware, MIDDLEWARE[3], answers with 302 in place of the view"
MEND = "exempt it there"
MENDED = {"urlpatterns": [path("api/orders/", login_not_required(for_shop(login_required.orders)))]}
