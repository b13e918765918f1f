"""8: CSRF protection does not trust the origin."""

from django.urls import path

from drf_cors import INHERITED, cors
from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS, "django.contrib.sessions.middleware.SessionMiddleware"]
ALLOWED_HOSTS = ["api.shop.example"]
CSRF_TRUSTED_ORIGINS = ["https://office.example"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["https://api.shop.example/api/orders/", "--origin", "https://shop.example", "--credentials", "--method", "POST"]
CAUSE = "csrf-not-trusted"
SAYS = "CSRF protection refuses POST from https://shop.example"
MEND = "to CSRF_TRUSTED_ORIGINS (for the whole site), and send the X-CSRFToken header, which allow_headers has to list"
MENDED = {
    "CSRF_TRUSTED_ORIGINS": ["https://office.example", "https://shop.example"],
    "urlpatterns": [path("api/orders/", cors(allow_headers=[INHERITED, "x-csrftoken"])(Orders.as_view()))],
    "ASK": [*ASK, "--header", "X-CSRFToken: token"],
}
