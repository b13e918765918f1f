"""The defaults of the settings: the values and the names are those of django-cors-headers.

Extend them in settings: `CORS_ALLOW_HEADERS = (*default_headers, "x-my-header")`.
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
