"""django-ninja: one function for each path. It takes the URL name of the path's first operation."""

from __future__ import annotations

from drf_cors import NO_CORS
from packages.harness import NOBODY, POLICY, Package

package = Package(
    "django-ninja",
    "`NinjaAPI` with sync and async operations",
    CORS_VIEW_POLICIES={
        "plain:items": POLICY,
        "plain:chosen": POLICY,
        "plain:second": POLICY,
        "closed:*": NO_CORS,
        "open:*": POLICY,
    },
)

from django.urls import path
from ninja import NinjaAPI, Schema

from drf_cors import cors

plain = NinjaAPI(urls_namespace="plain")
opened = NinjaAPI(urls_namespace="open", version="2")
closed = NinjaAPI(urls_namespace="closed", version="3")
marked = NinjaAPI(urls_namespace="marked", version="4")


class Item(Schema):
    name: str


@plain.post("/typed/", response=Item)
def typed(request, item: Item):
    return item


@plain.get("/plain/")
def nothing(request):
    return {}


@plain.get("/items/")
def items(request):
    return {}


@plain.post("/items/")
def add_item(request):
    return {}


@plain.get("/two/")
def first(request):
    return {}


@plain.post("/two/")
def second(request):
    return {}


@plain.get("/chosen/", url_name="chosen")
async def named_by_hand(request):
    return {}


@opened.get("/items/")
@closed.get("/items/")
def listing(request):
    return {}


@marked.get("/below/")
@cors(POLICY)
def below(request):
    return {}


@cors(POLICY)
@marked.get("/above/")
async def above(request):
    return {}


urlpatterns = [
    path("plain/", plain.urls),
    path("open/", opened.urls),
    path("closed/", closed.urls),
    path("marked/", marked.urls),
]

package.nothing("/plain/plain/")
package.nothing("/plain/typed/", method="POST", request={"data": {"name": "a"}, "content_type": "application/json"})
package.outside("URL name of the first operation", "/plain/items/")
package.outside("URL name of the first operation", "/plain/items/", method="POST")
package.outside("URL name of the first operation", "/plain/chosen/")
package.outside("`namespace:*`", "/open/items/")
package.outside("`namespace:*`", "/closed/items/", who=NOBODY)
package.lost(
    "URL name of a later operation",
    "/plain/two/",
    method="POST",
    where="outside",
    closed="E014",
    says="plain:second",
)
package.lost("`@cors` below an operation", "/marked/below/", closed="E011", says="below")
package.lost("`@cors` above an operation", "/marked/above/", closed="E011", says="above")
package.above(["ninja.compatibility.files.fix_request_files_middleware"], "/plain/plain/", lost=False)
