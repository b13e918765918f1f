"""The sentences of `manage.py cors`. Fill in the fields by `str.format`."""

from __future__ import annotations

from typing import Final

# Errors in the arguments, and in the project

INVALID_URL: Final = "{value!r} is neither a path that begins with a slash nor a URL of http, https, ws or wss."
MISSING_URL: Final = "Give a path (/api/orders/3/) or a whole URL."
LIVE_HAS_PATH: Final = (
    "--live takes scheme and host alone, not {value!r}: --live {origin}. Its path is that of the URL."
)
LIVE_NEEDS_ADDRESS: Final = "--live needs a server: give a whole URL of http or https, or --live http://127.0.0.1:8000."
INVALID_REQUEST: Final = "No browser makes such a request: {error}"
INVALID_ORIGIN: Final = "--origin {value!r} is not an origin. Write it like https://shop.example."
UNKNOWN_POLICY: Final = "--policy {value!r} is not in CORS_POLICIES. Its names are: {names}."
UNREADABLE_URLCONF: Final = "The URLconf {urlconf} cannot be read: {error}."
UNREADABLE_HOSTS: Final = "The module of ROOT_HOSTCONF cannot be read: {error}."
UNREADABLE_VIEW: Final = "The view at {route} cannot be read: {error}."
PROJECT_RAISED: Final = "The project's code or settings raised {error}. Use --traceback to see where."

# cors list

NO_ENDPOINT: Final = "No endpoint matches."
FOLDED: Final = "Some rows are folded. With --unfold, each method of each route has its own row."
PROGRESS: Final = "{number} of {count}"

# cors explain

DROPPED_HEADER: Final = "Scripts cannot set {name}. It was left out."
NOT_JUDGED: Final = "none, the request does not get to CorsMiddleware"
STATUS_UNKNOWN: Final = "the view was not run"
VIEW_NOT_RUN: Final = "The view was not run. So its status, its redirects and its headers are not known."
RUN_IT: Final = "With --run it is run."
TEST_IT: Final = "A test with drf_cors.testing.Browser runs it; --run is for GET, HEAD and OPTIONS."
UNSAFE_RUN: Final = (
    "--run is for GET, HEAD and OPTIONS: {method} may change something. Send it in a test, with "
    "drf_cors.testing.Browser."
)
COMPARE: Final = (
    "Nothing to change in Django. If the browser still blocks it, something between changes the "
    "response: add --live to find it, or compare what arrives through the proxy: {curl}"
)
LIVE_AGREES: Final = "Nothing to do: {address} answers with the CORS headers that Django sends."
LIVE_NOT_SENT: Final = "{method} was not sent to {address}: it may change data. Add --live-unsafe to send it."

# cors lock

LOCK_WRITTEN: Final = "{count} policies written to {file}."
LOCK_UP_TO_DATE: Final = "{file} is up to date."
LOCK_MISSING: Final = "{file} does not exist. The same command without --check writes it."
LOCK_INVALID: Final = "{file} is not a lock file: {error}"
LOCK_VERSION: Final = "it has version {version!r}; this is version {known}"
LOCK_NOT_READ: Final = "{file} cannot be read: {error}"
LOCK_NOT_WRITTEN: Final = "{file} cannot be written: {error}"
LOCK_DIFFERS: Final = "{file} differs from the site. If you intended this, write it without --check, and commit it."
