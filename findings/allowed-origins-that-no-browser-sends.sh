#!/usr/bin/env bash
# Expected: `manage.py check` reports entries of CORS_ALLOWED_ORIGINS that are no origin of a
#   browser. It reports a slash at the end.
#
# Happens: It does not report a host with an upper-case letter, the default port, or a `*`.
#   Browsers send the host in lower case and leave out the default port, and the comparison is
#   exact. So such an entry never matches.
#
# Versions: Django 5.2.19, django-cors-headers 4.9.0
#
# Seen:
#   https://shop.example/: reported as corsheaders.E014
#   https://Shop.example: not reported, and https://shop.example is not allowed
#   https://shop.example:443: not reported, and https://shop.example is not allowed
#   https://*.shop.example: not reported, and https://www.shop.example is not allowed
#
# Why it matters for CORS: the mistake is first seen as a CORS error in a browser.
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

settings.configure(
    ROOT_URLCONF="__main__",
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"],
)
django.setup()

from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path


def items(request):
    return HttpResponse()


urlpatterns = [path("items", items)]


def reports(entry):
    with override_settings(CORS_ALLOWED_ORIGINS=[entry]):
        return [message.id for message in run_checks()]


def allows(entry, origin):
    with override_settings(CORS_ALLOWED_ORIGINS=[entry]):
        response = Client().get("/items", headers={"origin": origin})
    return "Access-Control-Allow-Origin" in response


slash = reports("https://shop.example/")
print(f"https://shop.example/: reported as {', '.join(slash)}")
as_stated = slash == ["corsheaders.E014"] and allows("https://shop.example", "https://shop.example")

for entry, origin in (
    ("https://Shop.example", "https://shop.example"),
    ("https://shop.example:443", "https://shop.example"),
    ("https://*.shop.example", "https://www.shop.example"),
):
    reported = "reported" if reports(entry) else "not reported"
    allowed = "allowed" if allows(entry, origin) else "not allowed"
    print(f"{entry}: {reported}, and {origin} is {allowed}")
    as_stated = as_stated and (reported, allowed) == ("not reported", "not allowed")

if not as_stated:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
