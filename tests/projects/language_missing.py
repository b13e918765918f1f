"""5: a preflight is not redirected to a language, so it finds no view."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import path

from tests.projects.views import OURS, Orders

LANGUAGE_CODE = "en"
MIDDLEWARE = [OURS, "django.middleware.locale.LocaleMiddleware"]
urlpatterns = i18n_patterns(path("orders/", Orders.as_view()))

ASK = ["/orders/", "--origin", "https://shop.example", "--method", "PATCH"]
CAUSE = "redirect-language"
SAYS = "the language prefix is missing. The preflight finds no view there"
MEND = "Fetch /en/orders/."
MENDED = {"ASK": ["/en/orders/", *ASK[1:]]}
