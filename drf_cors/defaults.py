"""What holds where a site says nothing: the values django-cors-headers has, under the names it has them.

They are there to be extended in settings: `CORS_ALLOW_HEADERS = (*default_headers, "x-my-header")`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["default_headers", "default_methods"]

default_headers: Final = (
    "accept",
    "authorization",
    "content-type",
    "user-agent",
    "x-csrftoken",
    "x-requested-with",
)

default_methods: Final = (
    "DELETE",
    "GET",
    "OPTIONS",
    "PATCH",
    "POST",
    "PUT",
)

#: Seconds. One day; browsers cap it (Chromium 2 hours, Firefox one day, WebKit 10 minutes).
default_preflight_max_age: Final = 86400
