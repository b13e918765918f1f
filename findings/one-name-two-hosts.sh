#!/usr/bin/env bash
# Expected: A host name with a German sharp s has one ASCII form, the same in all libraries.
#
# Happens: In Python's `idna` codec, of the standard IDNA 2003, the letter becomes `ss`. In the
#   `idna` package, of IDNA 2008, it is kept. Django uses the codec, requests uses the package. So
#   one name gives two hosts.
#
# Versions: Django 5.2.19, requests 2.34.2, idna 3.20
#
# Seen:
#   Python's codec: strasse.example
#   Django's punycode(): strasse.example
#   the idna package: xn--strae-oqa.example
#   requests: xn--strae-oqa.example
#
# Why it matters for CORS: a browser sends `Origin: https://xn--strae-oqa.example`. An allowed
#   origin in the form that Python or Django makes does not match it.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  django==5.2.19 idna==3.20 requests==2.34.2
"$dir/venv/bin/pip" freeze | grep -iE '^(django|idna|requests)=='

cat > "$dir/finding.py" <<'PYTHON'
import sys
from urllib.parse import urlsplit

import idna
import requests
from django.utils.encoding import punycode

NAME = "stra\u00dfe.example"

request = requests.Request("GET", f"https://{NAME}/").prepare()
seen = {
    "Python's codec": NAME.encode("idna").decode(),
    "Django's punycode()": punycode(NAME),
    "the idna package": idna.encode(NAME).decode(),
    "requests": urlsplit(request.url).hostname,
}
for what, host in seen.items():
    print(f"{what}: {host}")

if list(seen.values()) != ["strasse.example"] * 2 + ["xn--strae-oqa.example"] * 2:
    sys.exit("This is no longer as stated.")
PYTHON
"$dir/venv/bin/python" "$dir/finding.py"
