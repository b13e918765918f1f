"""6: the same gate leads a request without a session to a page that the origin may not read."""

from django.urls import path

from drf_cors import cors
from tests.projects import login_required

MIDDLEWARE = login_required.MIDDLEWARE
urlpatterns = [path("api/orders/", cors(allowed_origins=["https://shop.example"])(login_required.orders))]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "stopped-before-view"
SAYS = "LoginRequiredMiddleware, MIDDLEWARE[3], answers with 302 in place of the view"
MEND = "exempt it there"
