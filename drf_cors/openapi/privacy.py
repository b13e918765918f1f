"""Keeps a schema that was made for one user out of shared caches.

`cache_page` is around the schema view and below all middleware. So the response must be marked
inside the view. The generator has only the request, but the request has a reference to the running
view. Every response passes its `finalize_response`, also if a subclass of the project made it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, cast

from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.views import APIView

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

#: Headers that identify a user. For the headers of custom authentication there is `private`.
VARY: Final = ("Cookie", "Authorization")


def keep_private(request: Any) -> None:
    """Keep the response to a request out of shared caches.

    Args:
        request: A request of DRF. Without a DRF view, the response cannot be marked here. Django's
            own caches still do not store it, but the caller must mark it for other caches.
    """
    # If this is false, Django's caches do not store the response, even if a decorator around the
    # view overwrites Cache-Control.
    # There is no public way.
    getattr(request, "_request", request)._cache_update_cache = False  # noqa: SLF001
    view = (getattr(request, "parser_context", None) or {}).get("view")
    if isinstance(view, APIView):
        # This instance of the view serves only this request.
        cast("Any", view).finalize_response = functools.partial(_marked, view.finalize_response)


def _marked(finalize: Callable[..., HttpResponseBase], *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Return the response of a view, marked as private.

    Stricter directives of the view, such as `no-store`, stay.
    """
    response = finalize(*args, **kwargs)
    patch_cache_control(response, private=True)
    patch_vary_headers(response, VARY)
    return response
