"""4: django-cors-headers stands above ours and answers first."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", OURS]
urlpatterns = [path("api/orders/", Orders.as_view())]

ASK = ["/api/orders/", "--origin", "https://shop.example", "--method", "PATCH"]
CAUSE = "middleware-other"
SAYS = "corsheaders.middleware.CorsMiddleware, MIDDLEWARE[0], answers with CORS headers of its own"
MEND = "Take it out"
MENDED = {"MIDDLEWARE": [OURS]}
