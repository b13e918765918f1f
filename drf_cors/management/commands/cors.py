"""`manage.py cors`: the site's CORS policies on the command line."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import BaseCommand
from tabulate import tabulate

from drf_cors import endpoints
from drf_cors.openapi.extension import full, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

    from drf_cors.endpoints import Endpoint, Outlook

#: Methods without a row: HEAD follows GET, and OPTIONS goes under the policy of the class.
UNLISTED: Final = frozenset({"HEAD", "OPTIONS"})
ORDER: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: Stands for all methods of a view whose methods cannot be told.
ANY_METHOD: Final = "*"

#: Columns of the table's second and third cell; with the first and the gaps they make 80.
PATH_WIDTH: Final = 34
POLICY_WIDTH: Final = 36


class Command(BaseCommand):
    """`cors`, and what it can do."""

    help = "Show the CORS policies of the site."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a parser for each subcommand; each names the method that does it."""
        subcommands = parser.add_subparsers(required=True, metavar="subcommand")
        listing = subcommands.add_parser("list", help="List every endpoint with the policy of each method.")
        listing.add_argument("--format", choices=("table", "json"), default="table", help="Default: table.")
        listing.add_argument("--urlconf", help="List this URLconf. Default: ROOT_URLCONF.")
        listing.set_defaults(do=self.list_endpoints)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what was asked for."""
        options["do"](**options)

    def list_endpoints(self, *, format: str, urlconf: str | None, **_: Any) -> None:  # noqa: A002 - the option's name
        """Write the list of endpoints."""
        rows = list(_rows(endpoints.of_site(urlconf)))
        if format == "json":
            self.stdout.write(json.dumps([_as_json(*row) for row in rows], indent=2))
            return
        # The same view under `.json` and the like would double the list.
        shown = [_as_cells(*row) for row in rows if not row[0].route.endswith(".<format>")]
        headers = ("HTTP", "Path and view", "Who may call, and where it says so")
        self.stdout.write(tabulate(shown, headers=headers, disable_numparse=True))


def _rows(found: tuple[Endpoint, ...]) -> Iterator[tuple[Endpoint, str]]:
    for endpoint in found:
        methods = endpoint.methods
        listed = [ANY_METHOD] if methods is None else sorted(methods - UNLISTED, key=_rank)
        for method in listed:
            yield endpoint, method


def _rank(method: str) -> tuple[int, str]:
    return (ORDER.index(method) if method in ORDER else len(ORDER), method)


def _as_json(endpoint: Endpoint, method: str) -> dict[str, Any]:
    outlook = endpoint.outlook(method)
    return {
        "path": endpoint.route,
        "method": method,
        "view": endpoint.layers.name,
        "action": endpoint.layers.actions.get(method),
        "policy": full(outlook),
        "sources": sources(outlook),
    }


def _as_cells(endpoint: Endpoint, method: str) -> tuple[str, str, str]:
    outlook = endpoint.outlook(method)
    action = endpoint.layers.actions.get(method)
    view = f"{endpoint.layers.name}.{action}" if action else endpoint.layers.name
    lines = [_brief(outlook, method)]
    if outlook.is_governed and not outlook.is_shadowed:
        lines.append(sources(outlook)["allowOrigins"])
    return method, _cell(PATH_WIDTH, endpoint.route, view), _cell(POLICY_WIDTH, *lines)


def _cell(width: int, *lines: str) -> str:
    """Return lines for one cell, wrapped at spaces; a name is never broken."""
    wrapped = (
        textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for line in lines
    )
    return "\n".join(line for part in wrapped for line in part)


def _brief(outlook: Outlook, method: str) -> str:
    """Return who may call, in few words."""
    if outlook.is_shadowed:
        return "never reached: another route is first"
    if not outlook.is_governed:
        return "under no policy"
    if not outlook.is_enabled:
        return "nobody"
    policy = outlook.policy
    if method != ANY_METHOD and not policy.permits_method(method):
        return f"nobody: {method} is not in allow_methods"
    who = ", ".join(_admitted(outlook))
    if policy.allow_credentials is True:
        return f"{who}, credentials"
    if policy.allow_credentials:
        return f"{who}, credentials from {len(policy.allow_credentials)}"
    return who


def _admitted(outlook: Outlook) -> Iterator[str]:
    policy = outlook.policy
    if policy.allow_all_origins:
        yield "any origin"
        return
    if len(policy.allowed_origins) == 1:
        yield policy.allowed_origins[0]
    elif policy.allowed_origins:
        yield f"{len(policy.allowed_origins)} origins"  # a pattern counts as one: the list is what its author reads
    if policy.allowed_origin_regexes:
        yield "by regular expression"
    if outlook.is_dynamic:
        yield "decided per request"
