"""NO_CORS from outside a class cannot be opened from inside."""

from typing import Any

from django.urls import path

from drf_cors import NO_CORS, cors
from tests.projects.views import OURS, Undeclared


class Orders(Undeclared):
    @cors(allowed_origins=["https://shop.example"])
    def get(self, request: Any) -> None:
        raise NotImplementedError


MIDDLEWARE = [OURS]
urlpatterns = [path("api/orders/", cors(NO_CORS)(Orders.as_view()))]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "view-closed-for-good"
SAYS = "cors(...) around Orders admits nobody, as NO_CORS or an empty list does, and closes the view from outside"
MEND = "In cors(...) around Orders, write CorsPolicy(allowed_origins=['https://shop.example']) instead of the policy"
MENDED = {"urlpatterns": [path("api/orders/", cors(allowed_origins=["https://shop.example"])(Orders.as_view()))]}
