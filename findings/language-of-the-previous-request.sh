#!/usr/bin/env bash
# Expected: If middleware above `LocaleMiddleware` calls `resolve()`, the result for a path is
#   always the same. No language is chosen for the request yet, so the active language is
#   LANGUAGE_CODE.
#
# Happens: The language of the previous request is still active in the thread. Routes under
#   `i18n_patterns` match in the active language only. So the result of `resolve()` depends on the
#   previous request.
#
# Versions: Django 5.2.19
#
# Seen:
#   /en/items/ (the first request): found
#   /de/items/ (after /en/items/): not found
#   /en/items/ (after /de/items/): not found
#   /en/items/ (after /en/items/): found
#
# Why it matters for CORS: middleware that responds to preflights is above `LocaleMiddleware`. If
#   it resolves the path to find a policy, it must activate the language of the path first.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19
"$dir/venv/bin/pip" freeze | grep -i '^django=='

cat > "$dir/finding.py" <<'PYTHON'
import sys

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="__main__",
    LANGUAGE_CODE="en",
    LANGUAGES=[("en", "English"), ("de", "German")],
    MIDDLEWARE=["__main__.resolving", "django.middleware.locale.LocaleMiddleware"],
)
django.setup()

from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, path, resolve

seen = []


def resolving(get_response):
    def middleware(request):
        try:
            resolve(request.path_info)
        except Resolver404:
            seen.append("not found")
        else:
            seen.append("found")
        return get_response(request)

    return middleware


def items(request):
    return HttpResponse()


urlpatterns = i18n_patterns(path("items/", items))

before = "the first request"
for url in ("/en/items/", "/de/items/", "/en/items/", "/en/items/"):
    assert Client().get(url).status_code == 200
    print(f"{url} ({before}): {seen[-1]}")
    before = f"after {url}"

if seen != ["found", "not found", "not found", "found"]:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
