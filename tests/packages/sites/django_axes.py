"""axes: its middleware replaces the response of a login that is locked out."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-axes",
    "`AxesMiddleware`, locking out after the first failed login",
    apps=["axes"],
    AUTHENTICATION_BACKENDS=["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"],
    AXES_FAILURE_LIMIT=1,
    CORS_VIEW_POLICIES={"named": POLICY},
    MIDDLEWARE=[OURS, "axes.middleware.AxesMiddleware"],
)

from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.urls import path

from drf_cors import NO_CORS, cors


def login(request):
    user = authenticate(request, username="nobody", password="wrong")
    return HttpResponse(status=200 if user else 401)


@cors(POLICY)
def marked(request):
    return login(request)


urlpatterns = [
    path("plain/", login),
    path("named/", login, name="named"),
    path("off/", cors(NO_CORS)(login)),
    path("marked/", marked),
]

package.tables()
LOCKED = {"method": "POST", "status": 429}
package.response("429 by its middleware", "/plain/", **LOCKED)
package.outside("URL name", "/named/", **LOCKED)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **LOCKED)
package.inside("`@cors` on the view", "/marked/", **LOCKED)
package.above(["axes.middleware.AxesMiddleware"], "/plain/", lost=True, **LOCKED)
