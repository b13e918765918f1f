"""10: a middleware above ours takes the list of readable headers out of the answer."""

from typing import Any

from django.urls import path

from drf_cors import cors
from tests.projects.views import OURS, Orders


def lean(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        response = get_response(request)
        del response.headers["Access-Control-Expose-Headers"]
        return response

    return answer


MIDDLEWARE = ["tests.projects.expose_removed.lean", OURS]
urlpatterns = [
    path("api/orders/", cors(allowed_origins=["https://shop.example"], expose_headers=["x-total"])(Orders.as_view()))
]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--read", "X-Total"]
CAUSE = "headers-removed"
SAYS = "lean, MIDDLEWARE[0], takes access-control-expose-headers out of the answer; CorsMiddleware sent 'x-total'"
MEND = "leave the header alone"
MENDED = {"MIDDLEWARE": [OURS, "tests.projects.expose_removed.lean"]}
