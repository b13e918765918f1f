#!/usr/bin/env bash
# Expected: If `ConditionalGetMiddleware` replaces a response by a 304, the 304 keeps the
#   `Access-Control-*` headers, as it keeps `Vary`.
#
# Happens: The 304 keeps a fixed list of headers, and CORS headers are not in it. They are lost if
#   the view or middleware below has set them. Middleware above adds them to the 304.
#
# Versions: Django 5.2.19, django-cors-headers 4.9.0
#
# Seen:
#   CorsMiddleware below: 200 https://shop.example, 304 None
#   CorsMiddleware above: 200 https://shop.example, 304 https://shop.example
#
# Why it matters for CORS: a browser updates the headers of its cached response from the 304. If
#   the 304 has no CORS headers, the cached response keeps those of the old policy.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 django-cors-headers==4.9.0
"$dir/venv/bin/pip" freeze | grep -iE '^(django|django-cors-headers)=='

cat > "$dir/finding.py" <<'PYTHON'
import sys

import django
from django.conf import settings

ORIGIN = "https://shop.example"
settings.configure(ROOT_URLCONF="__main__", CORS_ALLOWED_ORIGINS=[ORIGIN])
django.setup()

from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

CORS = "corsheaders.middleware.CorsMiddleware"
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"


def items(request):
    return HttpResponse("items")


urlpatterns = [path("items", items)]


def allowed_origins(middleware):
    with override_settings(MIDDLEWARE=middleware):
        client = Client(headers={"origin": ORIGIN})
        first = client.get("/items")
        second = client.get("/items", headers={"if-none-match": first["ETag"]})
    assert (first.status_code, second.status_code) == (200, 304)
    return [response.get("Access-Control-Allow-Origin") for response in (first, second)]


below = allowed_origins([CONDITIONAL, CORS])
above = allowed_origins([CORS, CONDITIONAL])
print(f"CorsMiddleware below: 200 {below[0]}, 304 {below[1]}")
print(f"CorsMiddleware above: 200 {above[0]}, 304 {above[1]}")

if below != [ORIGIN, None] or above != [ORIGIN, ORIGIN]:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
