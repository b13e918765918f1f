"""Which rows of `manage.py cors list` fold into one, and which routes repeat another one."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.conf import settings

from drf_cors.held import innermost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drf_cors.endpoints import StaticPolicy
    from drf_cors.management.listing import Row

#: The end of a route that `format_suffix_patterns()` of REST framework adds.
_FORMAT_SUFFIX: Final = re.compile(r"\.<\w+>/?$")

#: Modules whose views are used as they are. What they do is in the URLconf of the project.
_GENERIC: Final = ("django.views.generic", "rest_framework.generics", "rest_framework.viewsets")

_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


def format_twins(found: Iterable[Row]) -> dict[Row, Row]:
    """Return the rows of routes with a format suffix, each with the row of its route without one.

    Args:
        found: The rows. Only pairs whose rows are both among them are returned.
    """
    by_place = {_place(row, row.endpoint.route): row for row in found}
    twins = {}
    for row in by_place.values():
        stem, suffixes = _FORMAT_SUFFIX.subn("", row.endpoint.route)
        places = (_place(row, stem), _place(row, f"{stem}/"))
        plain = next((by_place[place] for place in places if place in by_place), None)
        if suffixes and plain is not None:
            twins[row] = plain
    return twins


def _place(row: Row, route: str) -> tuple[object, ...]:
    return row.endpoint.urlconf, route, row.method, id(row.endpoint.callback)


def own_first(found: Iterable[Row]) -> list[Row]:
    """Return the rows of the project's own code, then those of installed packages."""
    return sorted(found, key=lambda row: not _is_own(row))


def folded(found: Iterable[Row]) -> list[list[Row]]:
    """Return rows in groups: each of one namespace or app, under one policy.

    A route with a format suffix is left out if its policy is that of the route without it.

    Args:
        found: The rows, in the order of the list.
    """
    # The policies of the rows are resolved here, while the iterable shows progress.
    keys = {row: (row.endpoint.urlconf, group_name(row), row.who) for row in found}
    groups: dict[tuple[object, ...], list[list[Row]]] = {}
    twins = format_twins(keys)
    for row, key in keys.items():
        if row not in twins or row.static_policy != twins[row].static_policy:
            _add(row, groups.setdefault(key, []))
    return [group for alike in groups.values() for group in alike]


def _add(row: Row, alike: list[list[Row]]) -> None:
    """Add a row to the group under its policy, or start one. Policies may have no hash."""
    for group in alike:
        if _policy(group[0]) == _policy(row):
            group.append(row)
            return
    alike.append([row])


def _policy(row: Row) -> StaticPolicy | None:
    """Return the policy, None if no other origin is allowed: then methods and headers say nothing."""
    return row.static_policy if row.static_policy.is_enabled else None


def group_name(row: Row) -> str:
    """Return the namespace of a row; without one, its app; without an app, its package."""
    namespaces = row.endpoint.url_name.namespaces
    if namespaces:
        return ":".join(namespaces)
    module = _module(row)
    app = apps.get_containing_app_config(module)
    return module.partition(".")[0] if app is None else app.label


def _module(row: Row) -> str:
    """Return the module with the code of a view; for a generic view, the URLconf that uses it."""
    view = row.endpoint.layers.view_class or innermost(row.endpoint.callback)
    module = str(getattr(view, "__module__", ""))
    if module.startswith(_GENERIC) and not row.endpoint.url_name.namespaces:
        return row.endpoint.urlconf
    return module


def _is_own(row: Row) -> bool:
    """Whether the project wrote the view, or a policy for it."""
    module = _module(row)
    package = module.partition(".")[0]
    if package == str(settings.ROOT_URLCONF).partition(".")[0]:
        return True  # a project may be an installed package itself
    if package == "drf_cors":
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return _INSTALLED.isdisjoint(Path(file).parts) or row.is_declared
