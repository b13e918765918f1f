#!/usr/bin/env bash
# Expected: The actions of an asynchronous viewset have the names that Django REST Framework gives
#   them: `list`, `create`, `partial_update`.
#
# Happens: adrf's router uses other names for an asynchronous viewset: `alist`, `acreate`,
#   `partial_aupdate`. `self.action` has these names, too. `async def list` gets no route.
#
# Versions: adrf 0.1.14, Django 5.2.19, Django REST Framework 3.18.3
#
# Seen:
#   def list: 200, action: list
#   async def alist: 200, action: alist
#   async def list: 404
#
# Why it matters for CORS: a policy for the action `list` has no effect after the viewset is made
#   asynchronous.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  adrf==0.1.14 django==5.2.19 djangorestframework==3.18.3
"$dir/venv/bin/pip" freeze | grep -iE '^(adrf|django|djangorestframework)=='

cat > "$dir/finding.py" <<'PYTHON'
import sys

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="__main__",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "adrf"],
)
django.setup()

from adrf.routers import SimpleRouter
from adrf.viewsets import ViewSet
from django.test import Client
from rest_framework.response import Response


class Sync(ViewSet):
    def list(self, request):
        return Response(self.action)


class Async(ViewSet):
    async def alist(self, request):
        return Response(self.action)


class AsyncWithTheSyncName(ViewSet):
    async def list(self, request):
        return Response(self.action)


router = SimpleRouter()
router.register("sync", Sync, basename="sync")
router.register("async", Async, basename="async")
router.register("same-name", AsyncWithTheSyncName, basename="same-name")
urlpatterns = router.urls

sync = Client().get("/sync/")
renamed = Client().get("/async/")
same_name = Client().get("/same-name/")
print(f"def list: {sync.status_code}, action: {sync.json()}")
print(f"async def alist: {renamed.status_code}, action: {renamed.json()}")
print(f"async def list: {same_name.status_code}")

if (sync.json(), renamed.json(), same_name.status_code) != ("list", "alist", 404):
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
