#!/usr/bin/env bash
# Expected: If a viewset has two actions with one `url_path`, one for GET and one for POST, each
#   handles its method. Or the router raises an error.
#
# Happens: The router makes two equal routes, and both names can be reversed. Django finds the
#   first one only, so the response to POST is 405. The form that works is `@read.mapping.post`.
#
# Versions: Django 5.2.19, Django REST Framework 3.18.3
#
# Seen:
#   cart-read is at /cart/items/, cart-write at /cart/items/
#   GET 200
#   POST 405
#
# Why it matters for CORS: a list of the site's routes has both, each with its methods. A policy
#   on the second action is never in force.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 djangorestframework==3.18.3
"$dir/venv/bin/pip" freeze | grep -iE '^(django|djangorestframework)=='

cat > "$dir/finding.py" <<'PYTHON'
import sys

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="__main__",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
)
django.setup()

from django.test import Client
from django.urls import reverse
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSet


class Cart(ViewSet):
    @action(detail=False, methods=["get"], url_path="items")
    def read(self, request):
        return Response()

    @action(detail=False, methods=["post"], url_path="items")
    def write(self, request):
        return Response()


router = SimpleRouter()
router.register("cart", Cart, basename="cart")
urlpatterns = router.urls

urls = [reverse("cart-read"), reverse("cart-write")]
get = Client().get("/cart/items/")
post = Client().post("/cart/items/")
print(f"cart-read is at {urls[0]}, cart-write at {urls[1]}")
print(f"GET {get.status_code}")
print(f"POST {post.status_code}")

if urls != ["/cart/items/"] * 2 or (get.status_code, post.status_code) != (200, 405):
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
