#!/usr/bin/env bash
# Expected: CORS middleware at the first place in `MIDDLEWARE` sets its headers on each response,
#   so a page of another origin can fetch a font or a module from the development server.
#
# Happens: with `django.contrib.staticfiles`, `runserver` answers for static files outside all
#   middleware. These responses have no CORS headers. With `--nostatic` and a route for them, they
#   pass through the middleware.
#
# Versions: Django 5.2.19, django-cors-headers 4.9.0
#
# Seen:
#   a view: 200, Access-Control-Allow-Origin: *
#   a static file: 200, Access-Control-Allow-Origin: None
#   a static file, with --nostatic: 200, Access-Control-Allow-Origin: *
#
# Why it matters for CORS: the settings are right, the browser reports a CORS error, and no log of
#   the middleware has the request.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 django-cors-headers==4.9.0
"$dir/venv/bin/pip" freeze | grep -iE '^(django|django-cors-headers)=='

mkdir "$dir/files"
echo 'export {}' > "$dir/files/texts.js"
cat > "$dir/site_settings.py" <<'PYTHON'
from pathlib import Path

DEBUG = True
SECRET_KEY = "not a secret"
ROOT_URLCONF = "site_urls"
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
CORS_ALLOW_ALL_ORIGINS = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "files"]
PYTHON

cat > "$dir/site_urls.py" <<'PYTHON'
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("view/", lambda request: HttpResponse()), *staticfiles_urlpatterns()]
PYTHON

cat > "$dir/finding.py" <<'PYTHON'
import http.client
import os
import socket
import subprocess
import sys
import time

ENVIRON = {**os.environ, "DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": "."}


def response_of(port, path, server):
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path, headers={"Origin": "https://shop.example"})
        except ConnectionRefusedError:
            if server.poll() is not None:
                raise
            time.sleep(0.1)  # it does not listen yet
            continue
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, response.getheader("Access-Control-Allow-Origin")


def responses(paths, *options):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "django", "runserver", "--noreload", *options]
    server = subprocess.Popen(
        [*command, f"127.0.0.1:{port}"],
        env=ENVIRON,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return [response_of(port, path, server) for path in paths]
    finally:
        server.terminate()
        server.wait()


view, static = responses(["/view/", "/static/texts.js"])
(passed_on,) = responses(["/static/texts.js"], "--nostatic")
seen = {"a view": view, "a static file": static, "a static file, with --nostatic": passed_on}
for what, (status, allowed) in seen.items():
    print(f"{what}: {status}, Access-Control-Allow-Origin: {allowed}")

if list(seen.values()) != [(200, "*"), (200, None), (200, "*")]:
    sys.exit("This is no longer as stated.")
PYTHON
cd "$dir"
"$dir/venv/bin/python" "$dir/finding.py"
