"""4: the URLconf has no urlpatterns, so every request fails."""

from tests.projects.views import OURS

MIDDLEWARE = [OURS]

ASK = ["/api/orders/", "--origin", "https://shop.example"]
CAUSE = "urlconf-broken"
SAYS = "The URLconf 'tests.projects.urlconf_broken' cannot be read, so requests for this URL fail: Improperly"
MEND = "Mend what raises there"
