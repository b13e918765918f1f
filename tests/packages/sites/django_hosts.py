"""django-hosts: its middleware picks a URLconf by the host."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

REQUEST, RESPONSE = (f"django_hosts.middleware.Hosts{name}Middleware" for name in ("Request", "Response"))
package = Package(
    "django-hosts",
    "`HostsRequestMiddleware`, `HostsResponseMiddleware`, two URLconfs",
    apps=["django_hosts"],
    CORS_VIEW_POLICIES={"named": POLICY, "second-named": POLICY},
    DEFAULT_HOST="first",
    MIDDLEWARE=[REQUEST, OURS, RESPONSE],
    ROOT_HOSTCONF=__name__,
)

from django.http import HttpResponse
from django.urls import path
from django_hosts import host, patterns

from drf_cors import cors

host_patterns = patterns(
    "",
    host(r"first", __name__, name="first"),
    host(r"second", "packages.urlconfs.hosts", name="second"),
)


def plain(request):
    return HttpResponse()


@cors(POLICY)
def marked(request):
    return HttpResponse()


urlpatterns = [
    path("first/", plain),
    path("first/named/", plain, name="named"),
    path("first/marked/", marked),
]

package.nothing("/first/", host="first")
package.outside("URL name", "/first/named/", host="first")
package.inside("`@cors` on the view", "/first/marked/", host="first")
SECOND = {"host": "second", "route": None}
package.nothing("/second/", **SECOND)
package.outside("URL name in the second URLconf", "/second/named/", **SECOND)
package.outside("`cors(NO_CORS)` in the URLconf", "/second/off/", who=NOBODY, **SECOND)
package.inside("`@cors` on the view", "/second/marked/", **SECOND)
package.order("`CorsMiddleware` above its middleware", [OURS, REQUEST, RESPONSE], warns="W008")
package.above([REQUEST, RESPONSE], "/first/", lost=False, host="first")
