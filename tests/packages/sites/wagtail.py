"""wagtail's API: REST framework's viewsets under a router of its own."""

from __future__ import annotations

from drf_cors import NO_CORS
from packages.harness import NOBODY, POLICY, Package

package = Package(
    "wagtail",
    "`WagtailAPIRouter` with `PagesAPIViewSet`; the API v3, which is of django-ninja",
    apps=[
        "django.contrib.sessions",
        "wagtail",
        "wagtail.api.v3",
        "wagtail.contrib.redirects",
        "wagtail.documents",
        "wagtail.images",
        "wagtail.search",
        "wagtail.users",
        "modelcluster",
        "taggit",
    ],
    CORS_VIEW_POLICIES={
        "plain:pages:detail": POLICY,
        "wagtailapi_v3:*": POLICY,
        "opened:*": POLICY,
        "closed:*": NO_CORS,
        f"{__name__}.ByPath": POLICY,
    },
    WAGTAIL_SITE_NAME="site",
    WAGTAILADMIN_BASE_URL="https://api.example",
)

from django.urls import path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.api.v3.urls import api as api_v3

from drf_cors import CorsPolicyMixin, cors


class ByPath(PagesAPIViewSet):
    pass


class Declared(CorsPolicyMixin, PagesAPIViewSet):
    cors_policy = POLICY
    cors_action_policies = {"detail_view": NO_CORS}


class Marked(PagesAPIViewSet):
    @cors(POLICY)
    def listing_view(self, request):
        return super().listing_view(request)


plain, opened, closed = (WagtailAPIRouter(name) for name in ("plain", "opened", "closed"))
for router in (plain, opened, closed):
    router.register_endpoint("pages", PagesAPIViewSet)
for name, viewset in {"by-path": ByPath, "declared": Declared, "marked": Marked}.items():
    plain.register_endpoint(name, viewset)
urlpatterns = [
    path("plain/", plain.urls),
    path("opened/", opened.urls),
    path("closed/", closed.urls),
    path("v3/", api_v3.urls),
]

package.tables()
package.nothing("/plain/pages/")
package.outside("URL name", "/plain/pages/1/", route="/plain/pages/<pk>/", status=404)
package.outside("`namespace:*`", "/opened/pages/")
package.outside("`namespace:*`", "/closed/pages/", who=NOBODY)
package.outside("`namespace:*`", "/v3/openapi.json")
package.outside("dotted path", "/plain/by-path/")
package.inside("`cors_policy`", "/plain/declared/")
package.inside("`cors_action_policies`", "/plain/declared/1/", route="/plain/declared/<pk>/", status=404, who=NOBODY)
package.inside("`@cors` on an action", "/plain/marked/")

from wagtail.contrib.redirects.models import Redirect

Redirect.objects.create(old_path="/gone", redirect_link="/plain/pages/")
package.above(["wagtail.contrib.redirects.middleware.RedirectMiddleware"], "/gone", lost=True, status=301)
package.above(["wagtail.contrib.legacy.sitemiddleware.SiteMiddleware"], "/plain/pages/", lost=False)
