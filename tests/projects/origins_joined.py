"""2: a comma is missing between two origins."""

from django.urls import path

from tests.projects.views import OURS, Undeclared

MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = ["https://shop.examplehttps://office.example"]
urlpatterns = [path("api/orders/", Undeclared.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "setting-faulty"
SAYS = "and a comma between them"
MEND = "write 'https://shop.example', 'https://office.example'"
MENDED = {"CORS_ALLOWED_ORIGINS": ["https://shop.example", "https://office.example"]}
