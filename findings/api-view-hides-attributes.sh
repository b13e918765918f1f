#!/usr/bin/env bash
# Expected: `non_atomic_requests` has the same effect above and below `@api_view`.
#
# Happens: The decorator sets an attribute on the function, and Django reads it from the view of
#   the route. `@api_view` makes a new view and copies a fixed list of attributes. This one is not
#   in the list. So below `@api_view` the decorator has no effect, and there is no error or
#   warning.
#
# Versions: Django 5.2.19, Django REST Framework 3.18.3
#
# Seen:
#   non_atomic_requests above @api_view: the view runs in a transaction: False
#   non_atomic_requests below @api_view: the view runs in a transaction: True
#
# Why it matters for CORS: a decorator that sets the policy of a view as an attribute has the same
#   problem. Its reader must look at the function inside the view, too.
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

DATABASE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "ATOMIC_REQUESTS": True}
settings.configure(
    ROOT_URLCONF="__main__",
    DATABASES={"default": DATABASE},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
)
django.setup()

from django.db import connection, transaction
from django.test import Client
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.response import Response


@transaction.non_atomic_requests
@api_view(["GET"])
def above(request):
    return Response(connection.in_atomic_block)


@api_view(["GET"])
@transaction.non_atomic_requests
def below(request):
    return Response(connection.in_atomic_block)


urlpatterns = [path("above", above), path("below", below)]

seen = {}
for place in ("above", "below"):
    seen[place] = Client().get(f"/{place}").json()
    print(f"non_atomic_requests {place} @api_view: the view runs in a transaction: {seen[place]}")

if seen != {"above": False, "below": True}:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
