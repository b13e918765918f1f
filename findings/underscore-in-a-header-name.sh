#!/usr/bin/env bash
# Expected: `X_Tenant` is a valid header name. If the preflight allows it, the view gets it, as in
#   the tests.
#
# Happens: The preflight allows it, and Django's test clients pass it on. Django's development
#   server drops each header with an underscore in its name, because WSGI has one name for
#   `X_Tenant` and `X-Tenant`. There is no error.
#
# Versions: Django 5.2.19, django-cors-headers 4.9.0
#
# Seen:
#   the preflight allows: x_tenant
#   the view gets, from the test client: shoes
#   the view gets, from the asynchronous test client: shoes
#   the view gets, from the development server: None
#
# Why it matters for CORS: the preflight and the tests pass, and the value is missing. A policy
#   should allow header names with hyphens only.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 django-cors-headers==4.9.0
"$dir/venv/bin/pip" freeze | grep -iE '^(django|django-cors-headers)=='

cat > "$dir/finding.py" <<'PYTHON'
import asyncio
import http.client
import sys
import threading

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="__main__",
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"],
    CORS_ALLOWED_ORIGINS=["https://shop.example"],
    CORS_ALLOW_HEADERS=["x_tenant"],
)
django.setup()

from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path


def tenant(request):
    return HttpResponse(str(request.headers.get("X_Tenant")))


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


urlpatterns = [path("tenant", tenant)]
headers = {"X_Tenant": "shoes"}

preflight = Client().options(
    "/tenant",
    headers={
        "origin": "https://shop.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "x_tenant",
    },
)

server = WSGIServer(("127.0.0.1", 0), QuietHandler)
server.set_app(get_wsgi_application())
threading.Thread(target=server.serve_forever, daemon=True).start()
connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
connection.request("GET", "/tenant", headers=headers)

seen = {
    "the preflight allows": preflight["Access-Control-Allow-Headers"],
    "the view gets, from the test client": Client().get("/tenant", headers=headers).text,
    "the view gets, from the asynchronous test client": asyncio.run(
        AsyncClient().get("/tenant", headers=headers)
    ).text,
    "the view gets, from the development server": connection.getresponse().read().decode(),
}
for what, value in seen.items():
    print(f"{what}: {value}")

if list(seen.values()) != ["x_tenant", "shoes", "shoes", "None"]:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
