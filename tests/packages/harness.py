"""A site with one package: its settings, its URLs, and cases of what browsers and our own tools get.

The global settings allow `SITE`. `POLICY` allows `PARTNER`. So the allowed origin shows which policy was in force.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import django
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.checks import WARNING, CheckMessage, run_checks
from django.core.management import call_command
from django.test import AsyncClient, Client, override_settings

from drf_cors import CorsPolicy

SITE = "https://site.example"
PARTNER = "https://partner.example"
NOBODY = ""
POLICY = CorsPolicy(allowed_origins=[PARTNER])
PUBLISHED = ("where", "way", "url", "method", "closed", "wrong")
#: Checks about the order of MIDDLEWARE.
ORDER = ("W007", "W008")
OURS = "drf_cors.middleware.CorsMiddleware"


class NoMigrations(dict[str, None]):
    """Make tables from the models: quicker than the migrations of each package."""

    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


@dataclass(kw_only=True)
class Case:
    """One request to the package, and what must come of it.

    Attributes:
        where: Where the policy was declared: `nothing`, `outside`, `inside`. Or `response`: a response that the package
            makes itself; or `order`: another order of MIDDLEWARE.
        way: How it was declared, or which response it is, for the table.
        who: The only origin that is allowed; NOBODY where none is.
        status: Of the response to the request itself.
        closed: The number of the check message that says why it is not in force: `E011`.
        says: A text that this message must contain.
        route: The path that `manage.py cors list` shows; None where the URL has no row.
        row_method: The method of that row, where it is another.
        request: Further arguments of the test client.
        preflight: Whether to send a preflight first.
        others: The value of Access-Control-Allow-Origin that other origins get, from the package itself.
        vary: Names that Vary must have, in lower case; a preflight only the first.
        host: The Host header.
        settings: Settings for this case alone.
        wrong: What was seen instead; empty where all is as expected.
    """

    where: str
    way: str
    url: str
    method: str = "GET"
    who: str = PARTNER
    status: int = 200
    closed: str = ""
    says: str = ""
    route: str | None = ""
    row_method: str = ""
    request: dict[str, Any] = field(default_factory=dict)
    preflight: bool = True
    others: str | None = None
    vary: tuple[str, ...] = ("origin",)
    host: str = "testserver"
    settings: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Package:
    """A package, mounted in a site of its own.

    Args:
        distribution: Its name on PyPI.
        mounted: What is mounted, for the table.
        more: Settings; and `apps`, which are more of INSTALLED_APPS.
    """

    def __init__(self, distribution: str, mounted: str, **more: Any) -> None:
        self.distribution = distribution
        self.mounted = mounted
        self.cases: list[Case] = []
        self.expected_checks: Counter[str] = Counter()
        module = f"packages.sites.{distribution.replace('-', '_')}"
        apps = more.pop("apps", [])
        settings.configure(
            **{
                "ALLOWED_HOSTS": ["*"],
                "CORS_ALLOWED_ORIGINS": [SITE],
                "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
                "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
                "INSTALLED_APPS": [
                    "django.contrib.auth",
                    "django.contrib.contenttypes",
                    "rest_framework",
                    "drf_cors",
                    *apps,
                ],
                "LOGGING_CONFIG": None,
                "MIDDLEWARE": [OURS],
                "MIGRATION_MODULES": NoMigrations(),
                "ROOT_URLCONF": module,
                "SECRET_KEY": "of no use anywhere",
                "STATIC_URL": "/static/",
                **more,
            }
        )
        django.setup()

    def nothing(self, url: str, **more: Any) -> None:
        """Declare nothing: the global settings are in force."""
        self.cases.append(Case(where="nothing", way="nothing declared", url=url, who=SITE, **more))

    def outside(self, way: str, url: str, **more: Any) -> None:
        """Expect a policy that is declared outside the package's view."""
        self.cases.append(Case(where="outside", way=way, url=url, **more))

    def inside(self, way: str, url: str, **more: Any) -> None:
        """Expect a policy that is declared in code that the package lets users write."""
        self.cases.append(Case(where="inside", way=way, url=url, **more))

    def lost(self, way: str, url: str, closed: str, says: str, **more: Any) -> None:
        """Expect that a declaration cannot take effect: a check says so. After a check error nobody is allowed."""
        self.expected_checks[closed] += 1
        more = {"where": "inside", "who": NOBODY, **more}
        self.cases.append(Case(way=way, url=url, closed=closed, says=says, **more))

    def response(self, way: str, url: str, **more: Any) -> None:
        """Expect a response that the package's middleware, handler or decorator makes."""
        more = {"who": SITE, **more}
        self.cases.append(Case(where="response", way=way, url=url, **more))

    def order(self, way: str, middleware: list[str], warns: str, url: str = "") -> None:
        """Expect that a check warns of another order of MIDDLEWARE, and that `url`, if given, has no headers then."""
        case = Case(where="order", way=way, url=url, who=NOBODY, closed=warns, preflight=False, vary=())
        case.settings = {"MIDDLEWARE": middleware}
        self.cases.append(case)

    def above(self, middleware: list[str], url: str, *, lost: bool, **more: Any) -> None:
        """Put middleware above ours, and make it answer. A check must name it where the headers are lost, else not."""
        case = Case(
            where="order",
            way="`CorsMiddleware` below its middleware",
            url=url,
            who=NOBODY if lost else SITE,
            closed="W007" if lost else "",
            preflight=False,
            vary=(),
            **more,
        )
        case.settings = {"MIDDLEWARE": [*middleware, OURS], **case.settings}
        self.cases.append(case)

    def tables(self) -> None:
        """Make the tables of the models, where cases need rows."""
        call_command("migrate", run_syncdb=True, verbosity=0)

    def judge(self) -> dict[str, Any]:
        """Run every case, and return what is known of the package as plain JSON types."""
        messages = _messages()
        rows = _rows()
        for case in self.cases:
            with override_settings(**case.settings):
                if case.url:
                    _judge_requests(case)
                if case.where == "order":
                    _judge_order(case)
                else:
                    _judge_row(case, rows)
                    _judge_message(case, messages)
        seen = Counter(message.id.partition(".")[2] for message in messages)
        unexpected = [message for message in messages if message.id.partition(".")[2] not in self.expected_checks]
        wrong = [f"check: unexpected {message.id}: {message.msg}" for message in unexpected]
        wrong += [f"check: {many} x {name} expected" for name, many in self.expected_checks.items() if not seen[name]]
        return {
            "distribution": self.distribution,
            "version": metadata.version(self.distribution),
            "mounted": self.mounted,
            "cases": [{name: getattr(case, name) for name in PUBLISHED} for case in self.cases],
            "wrong": wrong,
        }


class HostClient(AsyncClient):
    """Django's asynchronous client, whose own Host header does not join the one that is given."""

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        host = [item for item in request["headers"] if item[0] == b"host"][-1:]
        request["headers"] = host + [item for item in request["headers"] if item[0] != b"host"]
        return super()._base_scope(**request)


def _messages() -> list[CheckMessage]:
    return [m for m in run_checks() if (m.id or "").startswith("drf_cors.") and m.level >= WARNING]


def _rows() -> dict[tuple[str, str], dict[str, Any]]:
    written = io.StringIO()
    call_command("cors", "list", "--format", "json", stdout=written)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in json.loads(written.getvalue()):
        rows.setdefault((row["path"], row["method"]), row)  # Django, too, picks the first
    return rows


def _judge_row(case: Case, rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    if case.route is None:
        return
    path = case.route or case.url.partition("?")[0]
    row = rows.get((path, case.row_method or case.method)) or rows.get((path, "*"))
    if row is None:
        case.wrong.append(f"list: no row for {case.method} {path}")
        return
    listed = row["policy"]["allowOrigins"] if row["policy"]["enabled"] else []
    if listed != ([case.who] if case.who else []):
        case.wrong.append(f"list: {listed} by {row['sources'].get('allowOrigins')}")


def _judge_order(case: Case) -> None:
    seen = [message.id.partition(".")[2] for message in _messages()]
    seen = [name for name in seen if name in ORDER]
    if seen != [case.closed] * bool(case.closed):
        case.wrong.append(f"checks: expected {case.closed}, got {seen}")


def _judge_message(case: Case, messages: list[CheckMessage]) -> None:
    if case.closed and not any(
        message.id == f"drf_cors.{case.closed}" and case.says in f"{message.msg} {message.hint}" for message in messages
    ):
        case.wrong.append(f"check: no {case.closed} that says {case.says!r}")


def _judge_requests(case: Case) -> None:
    for kind, client in (("sync", Client), ("async", HostClient)):
        for origin in (SITE, PARTNER):
            others = {"preflight": None, "response": case.others}
            asked = {"host": case.host, "origin": origin, "access-control-request-method": case.method}
            steps = [("preflight", "OPTIONS", {"headers": asked})] if case.preflight else []
            headers = {"host": case.host, "origin": origin}
            steps.append(("response", case.method, {**case.request, "headers": headers}))
            for step, method, request in steps:
                response = _send(client, method, case.url, request)
                expected = origin if origin == case.who else others[step]
                seen = response.headers.get("Access-Control-Allow-Origin")
                place = f"{kind} {step} to {origin}"
                if seen != expected:
                    case.wrong.append(f"{place}: Access-Control-Allow-Origin {seen!r}, expected {expected!r}")
                vary = response.headers.get("Vary", "").lower()
                names = case.vary if step == "response" else case.vary[:1]
                if not all(name in vary for name in names):
                    case.wrong.append(f"{place}: Vary {vary!r} lacks one of {names}")
                if step == "response" and response.status_code != case.status:
                    case.wrong.append(f"{place}: status {response.status_code}, expected {case.status}")


def _send(client_class: type, method: str, url: str, request: dict[str, Any]) -> Any:
    client = client_class(enforce_csrf_checks=True, raise_request_exception=False)
    send = getattr(client, method.lower())
    return (async_to_sync(send) if client_class is HostClient else send)(url, **request)
