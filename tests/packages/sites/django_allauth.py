"""django-allauth, headless: class views under decorators, once for browsers and once for apps."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-allauth",
    "`allauth.headless.urls`, `ConfigView`; `AccountMiddleware`",
    apps=["django.contrib.sessions", "allauth", "allauth.account", "allauth.headless"],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    CORS_VIEW_POLICIES={
        "headless:app:account:*": POLICY,
        "headless:browser:account:login": POLICY,
        "allauth.headless.account.views.SignupView": POLICY,
    },
    HEADLESS_ONLY=True,
    MIDDLEWARE=[
        OURS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)

import allauth.headless.urls  # noqa: F401 - first: its modules import each other
from allauth.headless.base.views import ConfigView
from allauth.headless.constants import Client
from django.urls import include, path

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Declared(CorsPolicyMixin, ConfigView):
    cors_policy = POLICY


class Marked(ConfigView):
    @cors(POLICY)
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)


urlpatterns = [
    path("_allauth/", include("allauth.headless.urls")),
    path("around/", cors(POLICY)(ConfigView.as_api_view(client=Client.APP))),
    path("off/", cors(NO_CORS)(ConfigView.as_api_view(client=Client.BROWSER))),
    path("declared/", Declared.as_api_view(client=Client.APP)),
    path("marked/", Marked.as_api_view(client=Client.BROWSER)),
]

package.tables()
POST = {"method": "POST", "request": {"data": {}, "content_type": "application/json"}}
package.nothing("/_allauth/browser/v1/config")
package.nothing("/_allauth/app/v1/config")
package.outside("`namespace:*`", "/_allauth/app/v1/auth/login", **POST, status=400)
package.outside("URL name", "/_allauth/browser/v1/auth/login", **POST, status=403)
package.outside("dotted path", "/_allauth/browser/v1/auth/signup", **POST, status=403)
package.outside("`cors()` in the URLconf", "/around/")
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY)
package.inside("`cors_policy`", "/declared/")
package.inside("`@cors` on a handler", "/marked/")
ABOVE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ACCOUNTS = {"ROOT_URLCONF": "packages.urlconfs.accounts", "CORS_VIEW_POLICIES": {}}
package.above(ABOVE, "/_allauth/browser/v1/config", lost=False)
package.above(ABOVE, "/accounts/", lost=True, status=302, settings=ACCOUNTS)
