"""8: CSRF protection does not trust the origin."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS, "django.contrib.sessions.middleware.SessionMiddleware"]
ALLOWED_HOSTS = ["api.shop.example"]
CSRF_TRUSTED_ORIGINS = ["https://office.example"]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["https://api.shop.example/api/orders/", "--origin", "https://shop.example", "--credentials", "--method", "POST"]
CAUSE = "csrf-not-trusted"
SAYS = "CSRF protection refuses POST from https://shop.example"
MEND = "Add 'https://shop.example' to CSRF_TRUSTED_ORIGINS"
