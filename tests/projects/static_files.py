"""`runserver` answers for static files above all middleware."""

from django.urls import path, re_path
from django.views.static import serve

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]
DEBUG = True
CORS_ALLOWED_ORIGINS = ["https://shop.example"]
urlpatterns = [path("api/orders/", Orders.as_view()), re_path("^static/(?P<path>.*)$", serve)]

ASK = ["/static/fonts/shop.woff2", "--origin", "https://shop.example"]
CAUSE = "static-files"
SAYS = "/static/fonts/shop.woff2 is under STATIC_URL: with DEBUG, staticfiles answers it in runserver, above all"
MEND = "Start runserver with --nostatic, and add staticfiles_urlpatterns()"
MENDED = {"INSTALLED_APPS": ["rest_framework", "drf_cors"]}
