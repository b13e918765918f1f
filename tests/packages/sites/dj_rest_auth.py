"""dj-rest-auth: login by REST framework's class views."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "dj-rest-auth",
    "`dj_rest_auth.urls`, `LoginView`",
    apps=["django.contrib.sessions", "rest_framework.authtoken", "dj_rest_auth"],
    MIDDLEWARE=[
        OURS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    CORS_VIEW_POLICIES={"rest_logout": POLICY, "dj_rest_auth.views.PasswordResetView": POLICY},
)

from dj_rest_auth.views import LoginView
from django.urls import include, path

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Declared(CorsPolicyMixin, LoginView):
    cors_policy = POLICY


class Marked(LoginView):
    @cors(POLICY)
    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)


urlpatterns = [
    path("auth/", include("dj_rest_auth.urls")),
    path("around/", cors(POLICY)(LoginView.as_view())),
    path("off/", cors(NO_CORS)(LoginView.as_view())),
    path("declared/", Declared.as_view()),
    path("marked/", Marked.as_view()),
]

package.tables()
EMPTY = {"method": "POST", "status": 400}
package.nothing("/auth/login", **EMPTY)
package.outside("URL name", "/auth/logout", method="POST", status=200)
package.outside("dotted path", "/auth/password/reset", **EMPTY)
package.outside("`cors()` in the URLconf", "/around/", **EMPTY)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **EMPTY)
package.inside("`cors_policy`", "/declared/", **EMPTY)
package.inside("`@cors` on a handler", "/marked/", **EMPTY)
