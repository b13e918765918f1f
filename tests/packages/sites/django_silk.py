"""silk: its middleware records each request, and its pages are class views in a namespace."""

from __future__ import annotations

from drf_cors import NO_CORS
from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-silk",
    "`SilkyMiddleware`, `silk.urls`, `@silk_profile`",
    apps=["django.contrib.sessions", "silk"],
    CORS_VIEW_POLICIES={"named": POLICY, "silk:*": NO_CORS},
    MIDDLEWARE=[
        OURS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "silk.middleware.SilkyMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)

from django.http import HttpResponse
from django.urls import include, path
from silk.profiling.profiler import silk_profile

from drf_cors import cors


def plain(request):
    return HttpResponse()


@cors(POLICY)
@silk_profile(name="above")
def above(request):
    return HttpResponse()


@silk_profile(name="below")
@cors(POLICY)
def below(request):
    return HttpResponse()


urlpatterns = [
    path("plain/", plain),
    path("named/", silk_profile(name="named")(plain), name="named"),
    path("above/", above),
    path("below/", below),
    path("silk/", include("silk.urls")),
]

package.tables()
package.response("a response under its middleware", "/plain/")
package.outside("URL name", "/named/")
package.outside("`namespace:*`", "/silk/", who=NOBODY)
package.inside("`@cors` above its decorator", "/above/")
package.inside("`@cors` below its decorator", "/below/")
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
LOGIN = "django.contrib.auth.middleware.AuthenticationMiddleware"
package.above([SESSIONS, LOGIN, "silk.middleware.SilkyMiddleware"], "/plain/", lost=False)
