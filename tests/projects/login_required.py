"""6: Django's own gate answers preflights, which carry no session, before any view that is not REST framework's."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from drf_cors import cors
from tests.projects.views import OURS


def orders(request: Any) -> None:
    raise NotImplementedError


MIDDLEWARE = [
    OURS,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
CORS_URLS_REGEX = r"^/public/"
urlpatterns = [path("api/orders/", orders)]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--method", "PUT"]
CAUSE = "preflight-needs-permission"
SAYS = "django.contrib.auth.middleware.LoginRequiredMiddleware, MIDDLEWARE[3], refuses it"
MEND = "then the middleware answers before authentication"
# Once the preflight passes, the request meets the same gate; login_required_to_read is about that.
MENDED = {
    "urlpatterns": [path("api/orders/", login_not_required(cors(allowed_origins=["https://shop.example"])(orders)))]
}
