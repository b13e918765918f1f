"""debug-toolbar: its middleware runs each request through its panels."""

from __future__ import annotations

from drf_cors import NO_CORS
from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-debug-toolbar",
    "`DebugToolbarMiddleware`, shown, and its URLs",
    apps=["django.contrib.staticfiles", "debug_toolbar"],
    CORS_VIEW_POLICIES={"named": POLICY, "djdt:*": NO_CORS},
    DEBUG=True,
    DEBUG_TOOLBAR_CONFIG={"IS_RUNNING_TESTS": False, "SHOW_TOOLBAR_CALLBACK": f"{__name__}.always"},
    MIDDLEWARE=[OURS, "debug_toolbar.middleware.DebugToolbarMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)

from debug_toolbar.toolbar import debug_toolbar_urls
from django.http import HttpResponse
from django.urls import path

from drf_cors import cors


def always(request):
    return True


def plain(request):
    return HttpResponse("<html><body></body></html>")


@cors(POLICY)
def marked(request):
    return HttpResponse("<html><body></body></html>")


urlpatterns = [
    path("plain/", plain),
    path("named/", plain, name="named"),
    path("marked/", marked),
    *debug_toolbar_urls(),
]

package.response("a page with the toolbar", "/plain/")
package.outside("URL name", "/named/")
package.outside("`namespace:*`", "/__debug__/render_panel/?request_id=1&panel_id=1", who=NOBODY)
package.inside("`@cors` on the view", "/marked/")
package.above(["debug_toolbar.middleware.DebugToolbarMiddleware"], "/plain/", lost=False)
