"""4 and 6: a gate above the middleware asks preflights, which carry no credentials, to log in."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from tests.projects.views import OURS, Orders


def login_gate(get_response: Any) -> Any:
    def gate(request: Any) -> Any:
        return get_response(request) if "authorization" in request.headers else HttpResponse(status=401)

    return gate


MIDDLEWARE = ["tests.projects.middleware_too_low.login_gate", OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--method", "PATCH"]
CAUSE = "middleware-too-low"
SAYS = "login_gate, MIDDLEWARE[0], answers with 401, above CorsMiddleware at [1]"
MEND = "Move 'drf_cors.middleware.CorsMiddleware' above it"
MENDED = {"MIDDLEWARE": [OURS, MIDDLEWARE[0]]}
