"""10: another layer sends CORS headers of its own."""

from typing import Any

from django.urls import path

from tests.projects.views import OURS, Orders


def star(get_response: Any) -> Any:
    def add(request: Any) -> Any:
        response = get_response(request)
        response["Access-Control-Allow-Origin"] = "https://shop.example, *"
        return response

    return add


MIDDLEWARE = ["tests.projects.headers_doubled.star", OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "headers-changed: access-control-allow-origin"
SAYS = (
    "star, MIDDLEWARE[0], changes access-control-allow-origin from 'https://shop.example' to 'https://shop.example, *'"
)
MEND = "Take the header out of tests.projects.headers_doubled.star"
MENDED = {"MIDDLEWARE": [OURS]}
