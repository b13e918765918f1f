"""The error views of a project: those for 404 and other statuses, and the one for CSRF failures.

They have no route, so what they declare cannot be in force.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from django.conf import global_settings, settings
from django.urls import get_callable, get_resolver

from drf_cors.core.errors import Fault
from drf_cors.core.sources import Source
from drf_cors.held import name_of
from drf_cors.lost import view_layers
from drf_cors.view_layers import Lost, UrlName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drf_cors.conf import CorsSettings

_REMEDY: Final = "remove the declaration; the CORS_* settings apply to responses without a view"

#: The error views that a URLconf may define.
_HANDLERS: Final = ("handler400", "handler403", "handler404", "handler500")


def declaring_error_views(urlconfs: Iterable[Any], conf: CorsSettings) -> Iterator[Lost]:
    """Yield the error views that declare a policy. Django reports those that cannot be read.

    Args:
        urlconfs: What `request.urlconf` may be. They are imported.
        conf: The settings.
    """
    without_keys = replace(conf, view_policies={})
    for where, view in _error_views(urlconfs):
        # A module of the project may raise anything, or exit.
        with contextlib.suppress(Exception, SystemExit):
            called = get_callable(view)
            if view_layers(called, UrlName(), without_keys).declares:
                name = name_of(called)
                fault = Fault(field=where, value=name, reason="lost-error-view", remedy=_REMEDY)
                yield Lost(fault, Source("decorator", name))


def _error_views(urlconfs: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for urlconf in urlconfs:
        module: Any = None
        with contextlib.suppress(Exception, SystemExit):  # as above
            module = get_resolver(urlconf).urlconf_module
        for name in _HANDLERS:
            view = getattr(module, name, None)
            if view is not None:
                yield name, view
    if settings.CSRF_FAILURE_VIEW != global_settings.CSRF_FAILURE_VIEW:
        yield "CSRF_FAILURE_VIEW", settings.CSRF_FAILURE_VIEW
