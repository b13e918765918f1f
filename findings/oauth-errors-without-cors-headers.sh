#!/usr/bin/env bash
# Expected: If the `allowed_origins` of an OAuth application have an origin, scripts of that
#   origin can read all responses of the token endpoint to this application.
#
# Happens: They can read tokens, but no errors. Only the response with a token has
#   `Access-Control-Allow-Origin`. The response to a used refresh token does not have it, and the
#   response to a preflight does not either.
#
# Versions: django-oauth-toolkit 3.4.1, oauthlib 4.0.1, Django 5.2.19
#
# Seen:
#   a refresh token: 200, Access-Control-Allow-Origin: https://shop.example
#   the same token again: 400 invalid_grant, Access-Control-Allow-Origin: None
#   a preflight: 200, Access-Control-Allow-Origin: None
#
# Why it matters for CORS: the script gets a network error in place of `invalid_grant`. So it does
#   not know that the user has to log in again.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 django-oauth-toolkit==3.4.1 oauthlib==4.0.1
"$dir/venv/bin/pip" freeze | grep -iE '^(django|django-oauth-toolkit|oauthlib)=='

cat > "$dir/finding.py" <<'PYTHON'
import sys
from datetime import timedelta

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="__main__",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "oauth2_provider"],
    OAUTH2_PROVIDER={"SCOPES": {"read": "Read"}},
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, RefreshToken

urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]

call_command("migrate", verbosity=0)
user = User.objects.create(username="ada")
application = Application.objects.create(
    user=user,
    client_id="shop",
    client_type=Application.CLIENT_PUBLIC,
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    redirect_uris="https://shop.example/login",
    allowed_origins="https://shop.example",
)
access_token = AccessToken.objects.create(
    user=user,
    application=application,
    token="access",
    scope="read",
    expires=timezone.now() + timedelta(hours=1),
)
RefreshToken.objects.create(
    user=user, application=application, token="refresh", access_token=access_token
)

client = Client(headers={"origin": "https://shop.example"})
form = {"grant_type": "refresh_token", "client_id": "shop", "refresh_token": "refresh"}
first = client.post("/o/token/", form)
second = client.post("/o/token/", form)
preflight = client.options("/o/token/", headers={"access-control-request-method": "POST"})

ALLOWED = "Access-Control-Allow-Origin"
error = second.json()["error"]
print(f"a refresh token: {first.status_code}, {ALLOWED}: {first.get(ALLOWED)}")
print(f"the same token again: {second.status_code} {error}, {ALLOWED}: {second.get(ALLOWED)}")
print(f"a preflight: {preflight.status_code}, {ALLOWED}: {preflight.get(ALLOWED)}")

as_stated = (
    first.get(ALLOWED) == "https://shop.example"
    and (second.status_code, error) == (400, "invalid_grant")
    and ALLOWED not in second
    and ALLOWED not in preflight
)
if not as_stated:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
