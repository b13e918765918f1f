"""Keeps a schema that was made for one user out of caches that others read.

`cache_page` is around the schema view and below all middleware, so the response has to be marked inside the view.
drf-spectacular's view makes the response; the generator only knows the request. It leads to the running view, whose
`finalize_response` sees every response: also one that a project's subclass has made.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, cast

from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.views import APIView

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

#: What identifies a user. Custom authentication may use other headers: `private` is for all of them.
VARY: Final = ("Cookie", "Authorization")


def keep_private(request: Any) -> None:
    """Keep the response to a request out of caches that others read.

    Args:
        request: DRF's. Where no view of DRF made it, the response cannot be reached: Django's own caches do not store
            it, but whoever makes it has to mark it for others.
    """
    # Django's caches store nothing where this is false. It also holds where a decorator around the view overwrites
    # Cache-Control.
    getattr(request, "_request", request)._cache_update_cache = False  # noqa: SLF001 - there is no public way
    view = (getattr(request, "parser_context", None) or {}).get("view")
    if isinstance(view, APIView):
        # Of this instance, which serves one request.
        cast("Any", view).finalize_response = functools.partial(_marked, view.finalize_response)


def _marked(finalize: Callable[..., HttpResponseBase], *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Return the response of a view, marked. Stricter directives of the view, such as `no-store`, are kept."""
    response = finalize(*args, **kwargs)
    patch_cache_control(response, private=True)
    patch_vary_headers(response, VARY)
    return response
