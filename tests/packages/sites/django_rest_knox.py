"""knox: tokens from REST framework's class views."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "django-rest-knox",
    "`knox.urls`, `LoginView`",
    apps=["knox"],
    CORS_VIEW_POLICIES={"knox_logout": POLICY, "knox.views.LogoutAllView": POLICY},
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"]},
)

from django.urls import include, path
from knox.views import LoginView

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Declared(CorsPolicyMixin, LoginView):
    cors_policy = POLICY


class Marked(LoginView):
    @cors(POLICY)
    def post(self, request, **kwargs):
        return super().post(request, **kwargs)


urlpatterns = [
    path("auth/", include("knox.urls")),
    path("around/", cors(POLICY)(LoginView.as_view())),
    path("off/", cors(NO_CORS)(LoginView.as_view())),
    path("declared/", Declared.as_view()),
    path("marked/", Marked.as_view()),
]

package.tables()
POST = {"method": "POST", "status": 401}
package.nothing("/auth/login/", **POST)
package.outside("URL name", "/auth/logout/", **POST)
package.outside("dotted path", "/auth/logoutall/", **POST)
package.outside("`cors()` in the URLconf", "/around/", **POST)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **POST)
package.inside("`cors_policy`", "/declared/", **POST)
package.inside("`@cors` on a handler", "/marked/", **POST)
