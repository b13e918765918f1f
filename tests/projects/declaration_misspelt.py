"""3: nothing reads the attribute."""

from django.urls import path

from drf_cors import CorsPolicy
from tests.projects.views import OURS, Undeclared


class Orders(Undeclared):
    cors_polcy = CorsPolicy(allowed_origins=["https://shop.example"])


class Renamed(Undeclared):
    cors_policy = Orders.cors_polcy


MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "declaration-misspelt"
SAYS = "Orders.cors_polcy holds a policy"
MEND = "Rename it to cors_policy"
MENDED = {"urlpatterns": [path("api/orders/", Renamed.as_view())]}
