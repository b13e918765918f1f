"""django-oauth-toolkit: `csrf_exempt` is on the `dispatch` of its token view, and must reach a subclass's callback."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-oauth-toolkit",
    "`oauth2_provider.urls`, `TokenView`; `CsrfViewMiddleware`",
    apps=["django.contrib.sessions", "oauth2_provider"],
    CORS_VIEW_POLICIES={
        "oauth2_provider:revoke-token": POLICY,
        "oauth2_provider.views.introspect.IntrospectTokenView": POLICY,
    },
    MIDDLEWARE=[
        OURS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
)

from django.urls import include, path
from oauth2_provider.views import TokenView

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Declared(CorsPolicyMixin, TokenView):
    cors_policy = POLICY


class Marked(TokenView):
    @cors(POLICY)
    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)


urlpatterns = [
    path("o/", include("oauth2_provider.urls")),
    path("around/", cors(POLICY)(TokenView.as_view())),
    path("off/", cors(NO_CORS)(TokenView.as_view())),
    path("declared/", Declared.as_view()),
    path("marked/", Marked.as_view()),
]

package.tables()
REFUSED = {"method": "POST", "status": 400}
package.nothing("/o/token/", **REFUSED)
package.outside("URL name", "/o/revoke_token/", **REFUSED)
package.outside("dotted path", "/o/introspect/", method="POST", status=403)
package.outside("`cors()` in the URLconf", "/around/", **REFUSED)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **REFUSED)
package.inside("`cors_policy`", "/declared/", **REFUSED)
package.inside("`@cors` on a handler", "/marked/", **REFUSED)
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
LOGIN = "django.contrib.auth.middleware.AuthenticationMiddleware"
THEIRS = [f"oauth2_provider.middleware.OAuth2{name}Middleware" for name in ("Token", "ExtraToken")]
package.above([SESSIONS, LOGIN, *THEIRS], "/o/token/", lost=False, **REFUSED)
