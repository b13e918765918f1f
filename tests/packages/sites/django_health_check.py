"""health-check: an async class view that must stay out of `ATOMIC_REQUESTS`."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "django-health-check",
    "`HealthCheckView`, under `ATOMIC_REQUESTS`",
    apps=["health_check"],
    CORS_VIEW_POLICIES={"named": POLICY, "health_check.views.HealthCheckView": POLICY},
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "ATOMIC_REQUESTS": True},
    },
)

from django.urls import path
from health_check.views import HealthCheckView

from drf_cors import NO_CORS, CorsPolicyMixin, cors

CHECKS = {"checks": ["health_check.checks.Cache"]}


class Plain(HealthCheckView):
    pass


class Declared(CorsPolicyMixin, HealthCheckView):
    cors_policy = POLICY


class Marked(HealthCheckView):
    @cors(POLICY)
    async def get(self, request, *args, **kwargs):
        return await super().get(request, *args, **kwargs)


urlpatterns = [
    path("plain/", Plain.as_view(**CHECKS)),
    path("named/", HealthCheckView.as_view(**CHECKS), name="named"),
    path("by-path/", HealthCheckView.as_view(**CHECKS)),
    path("around/", cors(POLICY)(HealthCheckView.as_view(**CHECKS))),
    path("off/", cors(NO_CORS)(HealthCheckView.as_view(**CHECKS))),
    path("declared/", Declared.as_view(**CHECKS)),
    path("marked/", Marked.as_view(**CHECKS)),
]

package.nothing("/plain/?format=json", vary=("origin", "accept"))
package.outside("URL name", "/named/?format=json")
package.outside("dotted path", "/by-path/?format=json")
package.outside("`cors()` in the URLconf", "/around/?format=json")
package.outside("`cors(NO_CORS)` in the URLconf", "/off/?format=json", who=NOBODY)
package.inside("`cors_policy`", "/declared/?format=json")
package.inside("`@cors` on a handler", "/marked/?format=json")
