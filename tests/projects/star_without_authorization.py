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
MEND = (
    "Put @cors(allow_headers=[INHERITED, 'authorization']) on Undeclared.get. Or write CORS_ALLOW_HEADERS = [..., 'auth"
)
MENDED = {"CORS_ALLOW_HEADERS": ["*", "authorization"]}
