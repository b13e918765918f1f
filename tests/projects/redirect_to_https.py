"""5: the site wants https, and a redirect to another origin loses the page's."""

from django.urls import path

from drf_cors import cors
from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS, "django.middleware.security.SecurityMiddleware"]
ALLOWED_HOSTS = ["api.example"]
SECURE_SSL_REDIRECT = True
urlpatterns = [path("api/orders/", cors(allowed_origins=["http://shop.example"])(Orders.as_view()))]

ASK = ["http://api.example/api/orders/", "--origin", "http://shop.example"]
CAUSE = "redirect-https"
SAYS = "redirect to https://api.example/api/orders/: the site wants https"
MEND = "Fetch https://api.example/api/orders/"
MENDED = {"ASK": ["https://api.example/api/orders/", *ASK[1:]]}
