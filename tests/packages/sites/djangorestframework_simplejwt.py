"""simplejwt: tokens from REST framework's class views."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "djangorestframework-simplejwt",
    "`TokenObtainPairView`, `TokenRefreshView`, `TokenVerifyView`, `token_obtain_pair`",
    apps=["rest_framework_simplejwt"],
    CORS_VIEW_POLICIES={
        "named": POLICY,
        "rest_framework_simplejwt.views.TokenRefreshView": POLICY,
        "rest_framework_simplejwt.views.token_obtain_pair": POLICY,
    },
)

from django.urls import path
from rest_framework_simplejwt import views

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Declared(CorsPolicyMixin, views.TokenObtainPairView):
    cors_policy = POLICY


class Marked(views.TokenObtainPairView):
    @cors(POLICY)
    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)


urlpatterns = [
    path("plain/", views.TokenObtainPairView.as_view()),
    path("named/", views.TokenVerifyView.as_view(), name="named"),
    path("by-class/", views.TokenRefreshView.as_view()),
    path("by-callback/", views.token_obtain_pair),
    path("around/", cors(POLICY)(views.TokenObtainPairView.as_view())),
    path("off/", cors(NO_CORS)(views.TokenObtainPairView.as_view())),
    path("declared/", Declared.as_view()),
    path("marked/", Marked.as_view()),
]

package.tables()
POST = {"method": "POST", "request": {"data": {"username": "a", "password": "b"}, "content_type": "application/json"}}
WRONG_USER = {**POST, "status": 401}
NO_TOKEN = {**POST, "status": 400}
package.nothing("/plain/", **WRONG_USER)
package.outside("URL name", "/named/", **NO_TOKEN)
package.outside("dotted path", "/by-class/", **NO_TOKEN)
package.outside("dotted path", "/by-callback/", **WRONG_USER)
package.outside("`cors()` in the URLconf", "/around/", **WRONG_USER)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **WRONG_USER)
package.inside("`cors_policy`", "/declared/", **WRONG_USER)
package.inside("`@cors` on a handler", "/marked/", **WRONG_USER)
