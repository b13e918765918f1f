#!/usr/bin/env bash
# Expected: A decorator runs once, when its view is defined. So it may prepare something, and keep
#   it.
#
# Happens: On a function it runs once. `method_decorator` calls it once for a dummy function, when
#   the class is defined, and once more at each request. What the decorator keeps is new each
#   time.
#
# Versions: Django 5.2.19
#
# Seen:
#   function view: 3 requests, calls of the decorator: 1
#   class view: 3 requests, calls of the decorator: 4
#
# Why it matters for CORS: a decorator that compiles the origins of a policy does so at each
#   request to a class view. A decorator that counts or caches starts again at each request.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19
"$dir/venv/bin/pip" freeze | grep -i '^django=='

cat > "$dir/finding.py" <<'PYTHON'
import functools
import sys

import django
from django.conf import settings

settings.configure(ROOT_URLCONF="__main__")
django.setup()

from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

calls = {"function": 0, "class": 0}


def counted(kind):
    def decorator(view):
        calls[kind] += 1

        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            return view(*args, **kwargs)

        return wrapper

    return decorator


@counted("function")
def function_view(request):
    return HttpResponse()


class ClassView(View):
    @method_decorator(counted("class"))
    def get(self, request):
        return HttpResponse()


urlpatterns = [path("function", function_view), path("class", ClassView.as_view())]

for kind in ("function", "class"):
    for _ in range(3):
        assert Client().get(f"/{kind}").status_code == 200
    print(f"{kind} view: 3 requests, calls of the decorator: {calls[kind]}")

if calls != {"function": 1, "class": 4}:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
