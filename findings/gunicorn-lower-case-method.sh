#!/usr/bin/env bash
# Expected: `fetch(url, {method: "patch"})` works with gunicorn, because it works in Django's
#   tests. Browsers send `patch` as it is written, and Django changes each method to upper case.
#
# Happens: gunicorn accepts upper-case methods only. It responds with 400 before Django gets the
#   request.
#
# Versions: gunicorn 27.0.1, Django 5.2.19, django-cors-headers 4.9.0
#
# Seen:
#   patch, Django's test client: 200, Access-Control-Allow-Origin: https://shop.example
#   patch, gunicorn: 400, Access-Control-Allow-Origin: None
#   PATCH, gunicorn: 200, Access-Control-Allow-Origin: https://shop.example
#
# Why it matters for CORS: the 400 has no CORS headers. So the browser reports a CORS error, even
#   if the policy allows the origin and the method `patch`.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 django-cors-headers==4.9.0 gunicorn==27.0.1
"$dir/venv/bin/pip" freeze | grep -iE '^(django|django-cors-headers|gunicorn)=='

cat > "$dir/shop.py" <<'PYTHON'
import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="shop",
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"],
    CORS_ALLOWED_ORIGINS=["https://shop.example"],
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views import View


class Item(View):
    def patch(self, request):
        return HttpResponse()


urlpatterns = [path("item", Item.as_view())]
application = get_wsgi_application()
PYTHON

cat > "$dir/finding.py" <<'PYTHON'
import http.client
import socket
import subprocess
import sys
import time
from pathlib import Path

import shop  # the site; its import sets Django up
from django.test import Client

ORIGIN = "https://shop.example"
ADDRESS = Path(__file__).parent / "gunicorn.sock"


def connect(connection, server):
    while True:
        try:
            return connection.connect(str(ADDRESS))
        except (FileNotFoundError, ConnectionRefusedError):
            if server.poll() is not None:
                raise
            time.sleep(0.1)  # gunicorn does not listen yet


def through_gunicorn(method, server):
    with socket.socket(socket.AF_UNIX) as connection:
        connect(connection, server)
        request = f"{method} /item HTTP/1.1\r\nHost: localhost\r\nOrigin: {ORIGIN}\r\n\r\n"
        connection.sendall(request.encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
    return response.status, response.getheader("Access-Control-Allow-Origin")


response = Client().generic("patch", "/item", headers={"origin": ORIGIN})
allowed = response.get("Access-Control-Allow-Origin")
seen = {"patch, Django's test client": (response.status_code, allowed)}

options = ["--bind", f"unix:{ADDRESS}", "--no-control-socket", "--log-level=critical"]
server = subprocess.Popen(
    [sys.executable, "-m", "gunicorn", *options, "shop:application"], cwd=ADDRESS.parent
)
try:
    seen["patch, gunicorn"] = through_gunicorn("patch", server)
    seen["PATCH, gunicorn"] = through_gunicorn("PATCH", server)
finally:
    server.terminate()
    server.wait()

for what, (status, allowed) in seen.items():
    print(f"{what}: {status}, Access-Control-Allow-Origin: {allowed}")

if list(seen.values()) != [(200, ORIGIN), (400, None), (200, ORIGIN)]:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
