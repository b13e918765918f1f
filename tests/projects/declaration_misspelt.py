"""3: nothing reads the attribute."""

from django.urls import path

from drf_cors import CorsPolicy, cors
from tests.projects.views import OURS, Undeclared


class Orders(Undeclared):
    cors_polcy = CorsPolicy(allowed_origins=["https://shop.example"])


MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "declaration-misspelt"
SAYS = "Orders.cors_polcy holds a policy"
MEND = "Rename it to cors_policy"
MENDED = {"urlpatterns": [path("api/orders/", cors(Orders.cors_polcy)(Orders.as_view()))]}
