"""`manage.py cors`: the site's CORS policies on the command line."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from drf_cors import diagnosis, endpoint_list, resolver, urlconfs
from drf_cors.core.errors import CorsConfigurationError, printable, shown
from drf_cors.core.fetch import is_forbidden_request_header
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin
from drf_cors.diagnosis.view_run import SAFE_METHODS
from drf_cors.explain.predict import parse_header
from drf_cors.fetch_model.messages import new_request
from drf_cors.management import folding, listing, lock, messages, report, table
from drf_cors.management.places import place_of
from drf_cors.one_pass import one_pass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.core.management.base import CommandParser

    from drf_cors.conf import CorsSettings
    from drf_cors.endpoints import Endpoint
    from drf_cors.management.listing import Row
    from drf_cors.urlconfs import Urlconf

#: Characters of a line of a terminal, at least.
WIDTH: Final = 80

#: Seconds before progress is shown.
PATIENCE: Final = 1.0

#: Kind of line -> the role of Django's palette that colours it.
ROLES: Final = {
    "off": "ERROR",
    "open": "WARNING",
    "listed": "SUCCESS",
    "mark": "NOTICE",
    "heading": "MIGRATE_HEADING",
}

ItemT = TypeVar("ItemT")


class CommonOptions(BaseCommand):
    """The options of all commands, for use after a subcommand.

    One that is not given there keeps its earlier value.
    """

    def add_base_argument(self, parser: CommandParser, *args: Any, **kwargs: Any) -> None:
        """Add an option without a default."""
        super().add_base_argument(parser, *args, **{**kwargs, "default": argparse.SUPPRESS})


class Command(BaseCommand):
    """The command `cors` with its subcommands."""

    help = "Show, explain and lock the CORS policies of the site."
    # The command itself reports what is wrong with the settings.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a parser for each subcommand. The parser sets the method that runs."""
        subcommands = parser.add_subparsers(required=True, metavar="subcommand")
        options = CommonOptions().create_parser("", "", add_help=False, argument_default=argparse.SUPPRESS)
        common: Any = {"parents": [options], "formatter_class": parser.formatter_class}

        listed = subcommands.add_parser("list", help="List every endpoint with the policy of each method.", **common)
        add = listed.add_argument
        add("--path", default="", help="Only routes that contain this; * and ? make it a pattern.")
        add("--view", default="", help="Only views that contain this; * and ? make it a pattern.")
        add("--origin", help="Show what this origin may do: https://shop.example.")
        add("--policy", default="", help="Only methods that use this policy of CORS_POLICIES.")
        add(
            "--only",
            choices=listing.KINDS,
            default="",
            help="declared: by the view; global: by the settings alone; off: open to no other "
            "origin; dynamic: decided per request.",
        )
        add(
            "--format",
            choices=("table", "json", "csv", "markdown"),
            default="table",
            help="Default: table.",
        )
        add("--unfold", action="store_true", help="In the table, a row for each method of each route.")
        add("--urlconf", help="List this URLconf only. Default: all of the site.")
        listed.set_defaults(do=self.list_endpoints)

        explained = subcommands.add_parser(
            "explain", help="Show whether a request would work, and if not, why.", **common
        )
        add = explained.add_argument
        add("url", nargs="?", help="A path (/api/orders/3/) or a whole URL.")
        add("--origin", default="", help="The origin of the page: https://shop.example.")
        add("--method", default="GET", help="The method, as in the script. Default: GET.")
        add(
            "--header",
            action="append",
            default=[],
            metavar="NAME[: VALUE]",
            help="A header that the script sets; may be repeated.",
        )
        add("--credentials", action="store_true", help="The script sends credentials: 'include'.")
        add(
            "--read",
            action="append",
            default=[],
            metavar="NAME",
            help="A response header that the script reads; may be repeated.",
        )
        add(
            "--received",
            action="store_true",
            help="The server has received the request, at this URL: nothing in the browser stopped it.",
        )
        add("--run", action="store_true", help="Run the view too; for GET, HEAD and OPTIONS.")
        add(
            "--live",
            nargs="?",
            const="",
            metavar="ADDRESS",
            help="Send the requests to the running server too, and show where its responses "
            "differ. Default address: that of the URL.",
        )
        add(
            "--live-unsafe",
            action="store_true",
            help="With --live: send POST, PUT, PATCH and DELETE too, which may change data.",
        )
        add("--format", choices=("text", "json"), default="text", help="Default: text.")
        explained.set_defaults(do=self.explain)

        locked = subcommands.add_parser("lock", help=f"Write the policy of every endpoint to {lock.FILE}.", **common)
        locked.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; exit with 1 if a policy differs.",
        )
        locked.add_argument("--file", default=lock.FILE, help=f"Default: {lock.FILE}.")
        locked.add_argument("--urlconf", help="Lock this URLconf only. Default: all of the site.")
        locked.set_defaults(do=self.lock)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the method of the subcommand.

        Raises:
            CommandError: The project's own code raised an error.
        """
        try:
            with one_pass():
                options["do"](**options)
        except CommandError as error:
            error.args = (_printable_lines(str(error)),)
            raise
        except Exception as error:
            status = 2 if options["do"] == self.explain else 1
            text = messages.PROJECT_RAISED.format(error=diagnosis.describe_error(error))
            raise CommandError(text, returncode=status) from error

    # list

    def list_endpoints(
        self,
        *,
        format: str,  # noqa: A002 - the option's name
        urlconf: str | None,
        origin: str | None,
        unfold: bool,
        **options: Any,
    ) -> None:
        """Write the list of endpoints."""
        _require_origin(origin)
        site = _endpoints(urlconf)
        _require_policy(options["policy"])
        filters = {name: options[name] for name in ("path", "view", "policy", "only")}
        found = listing.rows(self._with_progress(site), origin, has_several=urlconf is None)
        wanted = [row for row in found if listing.is_wanted(row, **filters)]
        if format != "table":
            write = {
                "json": listing.as_json,
                "csv": listing.as_csv,
                "markdown": listing.as_markdown,
            }[format]
            text = write(self._with_progress(wanted))
            self._write(text if format == "json" else _printable_lines(text))
        elif wanted:
            self._write_table(wanted, unfold=unfold)
        else:
            self.stderr.write(messages.NO_ENDPOINT, self.style.NOTICE)

    def _write_table(self, wanted: list[Row], *, unfold: bool) -> None:
        found = self._with_progress(folding.own_first(wanted))
        groups: Iterable[list[Row]] = ([row] for row in found)
        is_folded = False
        if not unfold:
            groups = folding.folded(found)
            is_folded = any(len(group) > 1 for group in groups)
        self._write(table.as_table(groups, self._width(), self._paint))
        if is_folded:
            self._write(messages.FOLDED)

    # explain

    def explain(
        self,
        *,
        url: str | None,
        origin: str,
        method: str,
        header: list[str],
        credentials: bool,
        read: list[str],
        received: bool,
        run: bool,
        live: str | None,
        live_unsafe: bool,
        format: str,  # noqa: A002 - the option's name
        **_: Any,
    ) -> None:
        """Write whether a request works, and if not, why.

        Raises:
            SystemExit: With 1, if it does not work.
        """
        headers = list(map(parse_header, header))
        place = place_of(url, live, origin, is_received=received)
        try:
            request = new_request(
                origin=origin,
                url=place.url,
                base=place.base,
                method=method,
                headers=headers,
                credentials="include" if credentials else "same-origin",
            )
        except TypeError as error:
            raise CommandError(messages.INVALID_REQUEST.format(error=error), returncode=2) from None
        if run and request.method not in SAFE_METHODS:
            raise CommandError(messages.UNSAFE_RUN.format(method=request.method), returncode=2)
        query = diagnosis.Query(
            request=request,
            read=tuple(read),
            is_received=received,
            runs_views=run,
            script_url=place.script_url,
            is_websocket=place.is_websocket,
            sends_live=live is not None,
            sends_unsafe=live_unsafe,
        )
        found = diagnosis.diagnose(query)
        dropped = tuple(name for name, value in headers if is_forbidden_request_header(name, value))
        if format == "json":
            self._write(report.as_json(found, dropped))
        else:
            self._write(report.as_text(found, dropped, self._paint))
        if not found.is_allowed:
            sys.exit(1)

    # lock

    def lock(self, *, check: bool, file: str, urlconf: str | None, **_: Any) -> None:
        """Write the lock file, or compare it with the site."""
        path = Path(file)
        found = self._with_progress(_endpoints(urlconf))
        site = lock.of_endpoints(found, has_several=urlconf is None)
        if not check:
            try:
                # A lone surrogate in a regular expression is written as a JSON escape.
                path.write_text(lock.as_text(site), encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                text = messages.LOCK_NOT_WRITTEN.format(file=file, error=error.strerror)
                raise CommandError(text) from None
            self._write(messages.LOCK_WRITTEN.format(count=len(site.written), file=file))
            return
        try:
            locked = lock.from_text(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CommandError(messages.LOCK_MISSING.format(file=file)) from None
        except OSError as error:
            text = messages.LOCK_NOT_READ.format(file=file, error=error.strerror)
            raise CommandError(text) from None
        except ValueError as error:
            raise CommandError(messages.LOCK_INVALID.format(file=file, error=error)) from None
        differences = lock.differences(locked, site)
        if not differences:
            self._write(messages.LOCK_UP_TO_DATE.format(file=file))
            return
        for line in differences:
            self._write(self._paint({"+": "listed", "-": "off"}.get(line[:1], ""), line))
        raise CommandError(messages.LOCK_DIFFERS.format(file=file))

    # Shared

    def _write(self, text: str) -> None:
        """Write to the output. Once its reader has gone, as `head` does, nothing more is shown."""
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except BrokenPipeError:
            # Python flushes the output once more when it exits, and would report the same error.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)

    def _with_progress(self, found: Iterable[ItemT]) -> Iterator[ItemT]:
        """Yield the items. After the first second, show each second how many are done."""
        items = list(found)
        is_terminal = self.stderr.isatty()
        shown_at = time.monotonic()
        is_shown = False
        for number, item in enumerate(items, 1):
            yield item
            if time.monotonic() - shown_at >= PATIENCE:
                shown_at, is_shown = time.monotonic(), True
                progress = messages.PROGRESS.format(number=number, count=len(items))
                self.stderr.write(progress, self.style.HTTP_INFO, "\r" if is_terminal else "\n")
        if is_shown and is_terminal:
            self.stderr.write(" " * 40, ending="\r")

    def _width(self) -> int | None:
        """Return the width of the terminal, but at least 80; None if the output is no terminal."""
        if self.stdout.isatty():
            return max(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
        return None

    def _paint(self, kind: str, text: str) -> str:
        """Return a line for the terminal, coloured. What clients or routes brought into it is escaped."""
        text = printable(text)
        role = ROLES.get(kind)
        return getattr(self.style, role)(text) if role else text


def _printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


def _require_origin(origin: str | None) -> None:
    """Check the value of `--origin`.

    Raises:
        CommandError: It is not an origin.
    """
    if origin is None or origin in OPAQUE_ORIGINS:
        return
    if parse_origin(origin) is None:
        raise CommandError(messages.INVALID_ORIGIN.format(value=origin), returncode=2)


def _require_policy(name: str) -> None:
    """Check the value of `--policy`.

    Raises:
        CommandError: `CORS_POLICIES` has no policy of that name.
    """
    known = resolver.current().conf.policies
    if name and name not in known:
        text = messages.UNKNOWN_POLICY.format(value=name, names=", ".join(known) or "-")
        raise CommandError(text, returncode=2)


def _endpoints(name: str | None) -> tuple[Endpoint, ...]:
    """Return the endpoints of a URLconf; of all URLconfs of the site, if no name is given.

    Raises:
        CommandError: The settings are not valid, there is no such URLconf, or a URLconf or a view
            cannot be read.
    """
    try:
        conf = resolver.current().conf
    except CorsConfigurationError as error:
        raise CommandError(str(error)) from None
    found: list[Endpoint] = []
    for urlconf in _urlconfs(name, conf):
        found += _endpoints_of(urlconf)
    try:
        for endpoint in found:
            endpoint.policies(is_covered=True)
    except Exception as error:
        described = diagnosis.describe_error(error)
        text = messages.UNREADABLE_VIEW.format(route=endpoint.label, error=described)
        raise CommandError(text) from error
    return tuple(found)


def _urlconfs(name: str | None, conf: CorsSettings) -> tuple[Urlconf, ...]:
    if name is not None:
        return (urlconfs.of_name(name),)
    try:
        return urlconfs.of_site(conf)
    except Exception as error:
        text = messages.UNREADABLE_HOSTS.format(error=diagnosis.describe_error(error))
        raise CommandError(text) from error


def _endpoints_of(urlconf: Urlconf) -> tuple[Endpoint, ...]:
    try:
        return endpoint_list.of_urlconf(urlconf)
    except Exception as error:
        described = diagnosis.describe_error(error)
        text = messages.UNREADABLE_URLCONF.format(urlconf=shown(urlconf.value), error=described)
        is_given = not urlconf.named_in
        status = 2 if is_given and _is_no_urlconf(urlconf.name, error) else 1
        raise CommandError(text, returncode=status) from error


def _is_no_urlconf(name: str, error: Exception) -> bool:
    """Whether an error means that a name is not that of a URLconf."""
    if isinstance(error, ModuleNotFoundError):
        return name.startswith(error.name or "?")
    return isinstance(error, ImproperlyConfigured)  # a module without urlpatterns
