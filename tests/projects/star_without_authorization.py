"""7: a star that does not mean it."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://shop.example"]
CORS_ALLOW_HEADERS = ["*"]
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--header", "Authorization: Token x"]
CAUSE = "star-misses-authorization: authorization"
SAYS = "does not stand for Authorization"
MEND = "Add 'authorization' to settings.CORS_ALLOW_HEADERS"
MENDED = {"CORS_ALLOW_HEADERS": ["*", "authorization"]}
