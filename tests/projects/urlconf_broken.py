"""4: the URLconf has no urlpatterns, so every request fails."""

from django.urls import path

from tests.projects.views import OURS, Orders

MIDDLEWARE = [OURS]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "urlconf-broken"
SAYS = "The URLconf 'tests.projects.urlconf_broken' cannot be read, so requests for this URL fail: Improperly"
MEND = "Fix what raises there"
MENDED = {"urlpatterns": [path("api/orders/", Orders.as_view())]}
