"""The list of `manage.py cors list`: its rows, filters, and formats for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.verdict import CorsRequest, Reason
from drf_cors.endpoint_list import ANY_METHOD, endpoint_methods
from drf_cors.endpoints import Coverage
from drf_cors.explain.predict import predict_at_endpoint
from drf_cors.explain.preflight_caching import CacheConflict, cache_conflict
from drf_cors.explain.summaries import brief, brief_for, brief_uncached
from drf_cors.policy_json import policy_sources, policy_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drf_cors.endpoints import Endpoint, StaticPolicy

#: Values of `--only`.
KINDS: Final = ("declared", "global", "off", "dynamic")

#: A line of text and its kind, which decides the colour.
Line = tuple[str, str]

COLUMNS: Final = (
    "method",
    "path",
    "view",
    "allowed",
    "credentials",
    "source",
    "uncached",
    "urlconf",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One method of one endpoint.

    Attributes:
        endpoint: The endpoint.
        method: Upper-case, or `*` where the methods of the view are not known.
        origin: The origin to show a verdict for, None for none.
        has_several: Whether there are rows of several URLconfs.
    """

    endpoint: Endpoint
    method: str
    origin: str | None = None
    has_several: bool = False

    @cached_property
    def static_policy(self) -> StaticPolicy:
        """The static policy of the method."""
        return self.endpoint.static_policy(self.method)

    @property
    def path(self) -> str:
        """The route, with its URLconf where it is not `ROOT_URLCONF`."""
        if self.has_several:
            return self.endpoint.label
        return self.endpoint.route

    @property
    def view(self) -> str:
        """The view, with its action where it has one."""
        layers = self.endpoint.layers
        action = layers.actions.get(self.method)
        if action:
            return f"{layers.name}.{action}"
        return layers.name

    @property
    def allowed(self) -> str:
        """The allowed origins, or what the given origin may do, in a few words."""
        if self.origin is None or self.reason is None or not self.static_policy.is_governed:
            return brief(self.static_policy, self.method)
        return brief_for(self.static_policy, self.origin, self.reason)

    @cached_property
    def reason(self) -> Reason | None:
        """The reason of the verdict on the given origin.

        None if no origin is given, or if no request reaches the endpoint.
        """
        if self.origin is None or self.static_policy.is_shadowed:
            return None
        method = "" if self.method == ANY_METHOD else self.method
        request = CorsRequest(origin=self.origin, method=method)
        return predict_at_endpoint(self.endpoint, request).reason

    @property
    def source(self) -> str:
        """The declaration of the allowed origins; "" if there is no policy."""
        if not self.static_policy.is_governed or self.static_policy.is_shadowed:
            return ""
        return policy_sources(self.static_policy)["allowOrigins"]

    @cached_property
    def uncached(self) -> CacheConflict | None:
        """Why browsers cannot cache the preflight, None if they can."""
        if not self.static_policy.is_enabled or self.method == ANY_METHOD:
            return None
        is_covered = self.endpoint.coverage is not Coverage.NONE
        return cache_conflict(self.endpoint.policies(is_covered=is_covered).policies, self.method)

    @cached_property
    def who(self) -> tuple[Line, ...]:
        """The lines of a table about who may call."""
        static_policy = self.static_policy
        kind = "listed"
        if not static_policy.is_enabled or self.reason not in (None, Reason.ALLOWED, Reason.DEPENDS):
            kind = "off"
        elif static_policy.policy.allow_all_origins:
            kind = "open"
        lines = [(kind, self.allowed), ("dim", self.source)]
        if self.uncached is not None:
            lines.append(("mark", brief_uncached(self.uncached)))
        return tuple(lines)

    @property
    def is_declared(self) -> bool:
        """Whether something is declared for the method, not only in the global settings."""
        layers = self.endpoint.layers
        return bool(layers.general or self.method in layers.by_method)

    def is_kind(self, kind: str) -> bool:
        """Whether it is one of `KINDS`."""
        results = {
            "declared": self.is_declared,
            "global": not self.is_declared and self.static_policy.is_governed,
            "off": not self.static_policy.is_enabled,
            "dynamic": self.static_policy.is_dynamic,
        }
        return results[kind]

    def uses(self, policy_name: str) -> bool:
        """Whether a declaration for the method names this policy of `CORS_POLICIES`."""
        layers = self.endpoint.layers
        declared = {layer.policy_name for layer in layers.general}
        own = layers.by_method.get(self.method)
        if own is not None:
            declared.add(own.policy_name)
        return policy_name in declared


def rows(found: Iterable[Endpoint], origin: str | None = None, *, has_several: bool = False) -> Iterator[Row]:
    """Yield the rows of endpoints, in their order.

    If a route has several names, only the endpoint that Django finds has rows.

    Args:
        found: The endpoints.
        origin: The origin to show a verdict for, None for none.
        has_several: Whether the endpoints are of several URLconfs.
    """
    for endpoint, method in endpoint_methods(found):
        yield Row(endpoint=endpoint, method=method, origin=origin, has_several=has_several)


def is_wanted(row: Row, *, path: str = "", view: str = "", policy: str = "", only: str = "") -> bool:
    """Whether a row matches all filters. An empty filter matches every row.

    Args:
        row: The row.
        path: A part of the route. With `*` or `?`, it is a pattern for the whole route.
        view: The same for the view with its action.
        policy: The name of a policy in `CORS_POLICIES`.
        only: One of `KINDS`.
    """
    if not (_matches(row.endpoint.route, path) and _matches(row.view, view)):
        return False
    if policy and not row.uses(policy):
        return False
    return not only or row.is_kind(only)


def _matches(text: str, wanted: str) -> bool:
    if re.search(r"[*?]", wanted):
        return fnmatchcase(text, wanted)
    return wanted in text


# Forms


def as_json(found: Iterable[Row]) -> str:
    """Return rows for programs."""
    return json.dumps([_object(row) for row in found], indent=2)


def _object(row: Row) -> dict[str, Any]:
    described = {
        "path": row.endpoint.route,
        "method": row.method,
        "view": row.endpoint.layers.name,
        "action": row.endpoint.layers.actions.get(row.method),
        "policy": policy_to_json(row.static_policy),
        "sources": policy_sources(row.static_policy),
        "uncached": row.uncached._asdict() if row.uncached else None,
        "urlconf": row.endpoint.urlconf,
    }
    if row.origin is not None:
        described["verdict"] = str(row.reason) if row.reason else None
    return described


def as_csv(found: Iterable[Row]) -> str:
    """Return rows for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_values, found))
    return out.getvalue().removesuffix("\n")


def as_markdown(found: Iterable[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = [
        COLUMNS,
        ["---"] * len(COLUMNS),
        *([_code(value) for value in _values(row)] for row in found),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(value: str) -> str:
    return "`" + value.replace("|", r"\|") + "`" if value else ""


def _values(row: Row) -> list[str]:
    """Return the cells of `COLUMNS`."""
    return [
        row.method,
        row.endpoint.route,
        row.view,
        row.allowed,
        _credentials(row),
        row.source,
        f"{row.uncached.method}: {row.uncached.field}" if row.uncached else "",
        row.endpoint.urlconf,
    ]


def _credentials(row: Row) -> str:
    """Return the origins that may send credentials; `yes` for all allowed ones, `no` for none."""
    credentials = row.static_policy.policy.allow_credentials
    if not row.static_policy.is_enabled or credentials is False:
        return "no"
    if credentials is True:
        return "yes"
    return " ".join(credentials)
