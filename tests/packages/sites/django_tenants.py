"""django-tenants: its middleware picks the tenant by the host, and a URLconf for the public one."""

from __future__ import annotations

import os

from packages.harness import NOBODY, OURS, POLICY, Package

TENANTS = "django_tenants.middleware.main.TenantMainMiddleware"
SHARED = ["django_tenants", "packages.tenants"]
package = Package(
    "django-tenants",
    "`TenantMainMiddleware` on PostgreSQL, with `PUBLIC_SCHEMA_URLCONF`",
    apps=SHARED,
    CORS_VIEW_POLICIES={"named": POLICY, "public-named": POLICY},
    DATABASE_ROUTERS=["django_tenants.routers.TenantSyncRouter"],
    DATABASES={
        "default": {
            "ENGINE": "django_tenants.postgresql_backend",
            "HOST": os.environ["DRF_CORS_POSTGRES"],
            "NAME": "postgres",
            "USER": "drf_cors",
        }
    },
    MIDDLEWARE=[TENANTS, OURS],
    PUBLIC_SCHEMA_URLCONF="packages.urlconfs.public",
    SHARED_APPS=SHARED,
    TENANT_APPS=["django.contrib.contenttypes"],
    TENANT_DOMAIN_MODEL="tenants.Domain",
    TENANT_MODEL="tenants.Tenant",
)

from django.core.management import call_command
from django.http import HttpResponse
from django.urls import path

from drf_cors import NO_CORS, cors
from packages.tenants.models import Domain, Tenant


def plain(request):
    return HttpResponse()


@cors(POLICY)
def marked(request):
    return HttpResponse()


urlpatterns = [
    path("plain/", plain),
    path("named/", plain, name="named"),
    path("off/", cors(NO_CORS)(plain)),
    path("marked/", marked),
]

call_command("migrate_schemas", shared=True, run_syncdb=True, verbosity=0)
for name in ("public", "one"):
    Domain.objects.create(domain=f"{name}.example", tenant=Tenant.objects.create(schema_name=name))

ONE = {"host": "one.example"}
PUBLIC = {"host": "public.example", "route": None}
package.nothing("/plain/", **ONE)
package.outside("URL name", "/named/", **ONE)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **ONE)
package.inside("`@cors` on the view", "/marked/", **ONE)
package.outside("URL name in the public URLconf", "/public/named/", **PUBLIC)
package.inside("`@cors` on the view", "/public/marked/", **PUBLIC)
package.response(
    "404 of an unknown tenant: no headers",
    "/marked/",
    host="unknown.example",
    route=None,
    status=404,
    who=NOBODY,
    vary=(),
)
package.order("`CorsMiddleware` above its middleware", [OURS, TENANTS], warns="W008")
