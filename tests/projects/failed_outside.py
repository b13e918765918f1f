"""9: an error above the middleware looks like CORS to a browser."""

from typing import Any

from django.urls import path

from tests.projects.views import OURS, Orders


def tenant(get_response: Any) -> Any:
    def fail(request: Any) -> Any:
        raise LookupError("no such tenant")

    return fail


MIDDLEWARE = ["tests.projects.failed_outside.tenant", OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "failed-outside"
SAYS = "tenant, MIDDLEWARE[0], failed above CorsMiddleware at [1]: LookupError: no such tenant"
MEND = "Fix the error"
MENDED = {"MIDDLEWARE": [OURS]}
