#!/usr/bin/env bash
# Expected: WhiteNoise allows every origin to read static files, by default. So a script of any
#   origin can fetch one.
#
# Happens: This is true for requests without a preflight. The response of WhiteNoise to a
#   preflight is 405, without a CORS header. CORS middleware below WhiteNoise gets no request for
#   a static file.
#
# Versions: WhiteNoise 6.12.0, Django 5.2.19, django-cors-headers 4.9.0
#
# Seen:
#   GET, CorsMiddleware below: 200, Access-Control-Allow-Origin: *
#   preflight, CorsMiddleware below: 405, Access-Control-Allow-Origin: None
#   preflight, CorsMiddleware above: 200, Access-Control-Allow-Origin: https://shop.example
#
# Why it matters for CORS: a client that adds a header such as `X-Requested-With` to all requests
#   cannot fetch these files, although their responses have `Access-Control-Allow-Origin: *`.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 django-cors-headers==4.9.0 whitenoise==6.12.0
"$dir/venv/bin/pip" freeze | grep -iE '^(django|django-cors-headers|whitenoise)=='

mkdir "$dir/static"
echo '{}' > "$dir/static/texts.json"
cat > "$dir/finding.py" <<'PYTHON'
import sys
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="__main__",
    CORS_ALLOWED_ORIGINS=["https://shop.example"],
    STATIC_URL="/static/",
    STATIC_ROOT=Path(__file__).parent / "static",
)
django.setup()

from django.test import Client, override_settings

CORS = "corsheaders.middleware.CorsMiddleware"
WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"

urlpatterns = []


def send(method, middleware, **headers):
    with override_settings(MIDDLEWARE=middleware):
        response = Client().generic(
            method, "/static/texts.json", headers={"origin": "https://shop.example"} | headers
        )
    return response.status_code, response.get("Access-Control-Allow-Origin")


requested = {
    "access-control-request-method": "GET",
    "access-control-request-headers": "x-requested-with",
}
seen = {
    "GET, CorsMiddleware below": send("GET", [WHITENOISE, CORS]),
    "preflight, CorsMiddleware below": send("OPTIONS", [WHITENOISE, CORS], **requested),
    "preflight, CorsMiddleware above": send("OPTIONS", [CORS, WHITENOISE], **requested),
}
for what, (status, allowed) in seen.items():
    print(f"{what}: {status}, Access-Control-Allow-Origin: {allowed}")

if list(seen.values()) != [(200, "*"), (405, None), (200, "https://shop.example")]:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
