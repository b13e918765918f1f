"""8: the session cookie is not sent from another site."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS, "django.contrib.sessions.middleware.SessionMiddleware"]
ALLOWED_HOSTS = ["api.orders.example"]
SESSION_COOKIE_SAMESITE = "Lax"
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["https://api.orders.example/api/orders/", "--origin", "https://shop.example", "--credentials"]
CAUSE = "cookie-same-site: SESSION_COOKIE_SAMESITE"
SAYS = "SESSION_COOKIE_SAMESITE is 'Lax'"
MEND = "Set SESSION_COOKIE_SAMESITE = 'None' and SESSION_COOKIE_SECURE = True"
MENDED = {"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": True}
