"""An advice of `manage.py cors explain` opens what was asked, and no more.

Each edit that is advised is made, to the letter, and the locks before and after are compared.
"""

from __future__ import annotations

import ast
import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.test import override_settings

from drf_cors.endpoints import of_site
from drf_cors.management import lock
from tests.projects.editing import Project
from tests.projects.views import OURS

if TYPE_CHECKING:
    from types import ModuleType

    from drf_cors.management.lock import Facts, Lock

SHOP, OFFICE, STRANGER = "https://shop.example", "https://office.example", "https://stranger.example"
WHO = ("allowOrigins", "allowOriginPatterns", "allowOriginRegexes", "isOriginAllowed")
HOW = ("allowMethods", "allowHeaders", "exposeHeaders")
PROJECTS = Path(__file__).parents[1] / "projects"
CASES = sorted(file.stem for file in PROJECTS.glob("*.py") if file.stem not in ("__init__", "views", "editing"))
TOLD = ("ASK", "CAUSE", "SAYS", "MEND", "MENDED", "OURS", "SHOP")


@contextmanager
def running(project: Project) -> Iterator[None]:
    """Put a project in the place of the site."""
    with patch.dict(sys.modules):

        def put(name: str, module: ModuleType) -> None:
            sys.modules[name] = module

        urlconf = project.load(put)
        with override_settings(ROOT_URLCONF=urlconf, **project.settings):
            yield


def ask(arguments: list[str]) -> dict[str, Any]:
    out = StringIO()
    with suppress(SystemExit):
        call_command("cors", "explain", *arguments, "--format", "json", stdout=out)
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def locked() -> Lock:
    return lock.of_endpoints(of_site())


class Question:
    """What is asked, in the words of the command."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        self.method = self._one("--method") or "GET"
        self.origin = self._one("--origin")
        self.credentials = "--credentials" in arguments
        self.headers = {one.partition(":")[0].lower() for one in self._all("--header")}
        self.read = {one.lower() for one in self._all("--read")}

    def _all(self, option: str) -> list[str]:
        arguments = self.arguments
        return [arguments[at + 1] for at, word in enumerate(arguments) if word == option]

    def _one(self, option: str) -> str:
        return next(iter(self._all(option)), "")


def added(before: Facts, after: Facts, name: str) -> set[str]:
    """Return what a list got in addition."""
    return set(after.get(name, ())) - set(before.get(name, ()))


def credentialed(facts: Facts) -> set[str]:
    """Return the origins that are known to be allowed with credentials; `*` stands for others that are."""
    if not facts:
        return set()
    if not facts["allowCredentials"]:
        return set(facts["credentialedOrigins"])
    more = {"*"} if facts["allowOriginRegexes"] or facts["isOriginAllowed"] else set()
    return {*facts["allowOrigins"], *facts["allowOriginPatterns"], *more}


def more_than_asked(question: Question, before: Facts, after: Facts, *, is_told: bool) -> list[str]:
    """Return what a method allows after the edit that it did not before, and that nobody asked for."""
    wanted = {"allowOrigins": {question.origin}}
    if before:  # where it was closed, how it may be called was of no use to anybody
        wanted |= {"allowMethods": {question.method}, "allowHeaders": question.headers, "exposeHeaders": question.read}
    names = (*WHO, *HOW) if before else WHO
    more = {name: {*map(fold(name), added(before, after, name))} - wanted.get(name, set()) for name in names}
    may = {question.origin} if question.credentials or is_told else set()
    more["credentials"] = credentialed(after) - credentialed(before) - may
    return [f"{name}: {extra}" for name, extra in more.items() if extra]


def fold(name: str) -> Callable[[str], str]:
    """Return what makes equal names of a list the same: names of headers are one whatever their case."""
    return str.lower if name in ("allowHeaders", "exposeHeaders") else str


def less_than_before(before: Facts, after: Facts) -> list[str]:
    """Return what the edit took away."""
    less = {name: added(after, before, name) for name in (*WHO, "allowMethods", "allowHeaders")}
    less["credentials"] = credentialed(before) - credentialed(after)
    return [f"{name}: {gone}" for name, gone in less.items() if gone]


def excess_of(question: Question, route: str, before: Lock, after: Lock, change: dict[str, Any]) -> list[str]:
    """Return what an edit changes against its own text."""
    named = {(one.partition(" ")[2], one.partition(" ")[0]) for one in change["others"]}
    said = change["said"]
    is_every = change["settings"] and "every endpoint under the global settings" in said
    excess = []
    for row in sorted({*before.entries, *after.entries}):
        old, new = before.entries.get(row, {}), after.entries.get(row, {})
        if old == new:
            continue
        if row != (route, question.method) and row not in named:
            excess.append(f"{row} is changed, and not named")
        words = f"every method of {row[0]}" if row[1] == "*" else f"{row[1]} {row[0]}"
        if row in named and not (is_every or words in said):
            excess.append(f"{row} is not in the text")
        if "instead of the policy that closes" in said and row in named:
            continue  # what was declared below comes to light; the text names each
        excess += [f"{row}: {more}" for more in more_than_asked(question, old, new, is_told=change["credentials"])]
        if row == (route, question.method) and "expose_headers" not in change["set"]:
            excess += [f"{row} lost {less}" for less in less_than_before(old, new)]
    return excess


def advice_of(found: dict[str, Any]) -> dict[str, Any] | None:
    """Return the first finding that blocks and names an edit."""
    blocking = (one for one in found["findings"] if one["blocks"])
    first = next(blocking, None)
    return first if first is not None and first["changes"] else None


def check(project: Project, question: Question, route: str, *, rounds: int = 8) -> int:
    """Follow the advice until the request is allowed; return how many edits were looked at."""
    looked_at = 0
    for _ in range(rounds):
        with running(project):
            found = ask(question.arguments)
            finding = advice_of(found)
            if found["allowed"] or finding is None:
                return looked_at
            before = locked()
        for change in finding["changes"]:
            assert change["text"] in finding["next"] or change["text"][1:] in finding["next"]
            if change["target"] == "script":
                return looked_at + 1
            then = project.edited(change)
            with running(then):
                after, now = locked(), ask(question.arguments)
            looked_at += 1
            excess = excess_of(question, route, before, after, change | {"said": finding["next"]})
            assert not excess, (change, excess)
            still = [(one["code"], one["culprit"]) for one in now["findings"] if one["blocks"]]
            assert (finding["code"], finding["culprit"]) not in still, (change, still)
        project = project.edited(finding["changes"][0])
    raise AssertionError((question.arguments, found))


# Projects that are there


def written(name: str) -> tuple[Project, list[str]]:
    """Return a project of `tests/projects`, and its question."""
    modules = ["tests.projects.views", f"tests.projects.{name}"]
    files = {module: str(PROJECTS / f"{module.rpartition('.')[2]}.py") for module in modules}
    trees = {module: ast.parse(Path(file).read_text(encoding="utf-8")) for module, file in files.items()}
    project = Project(trees, files, {}, "")
    with patch.dict(sys.modules):
        loaded = vars(project.load(sys.modules.__setitem__))
    settings = {key: value for key, value in loaded.items() if key.isupper() and key not in TOLD and key != "NO_CORS"}
    route = next((str(pattern.pattern) for pattern in loaded.get("urlpatterns", ())), "")
    return Project(trees, files, settings, route), loaded["ASK"]


@pytest.mark.parametrize("name", CASES)
def test_the_advice_for_a_misconfigured_project_opens_what_was_asked(name: str) -> None:
    project, arguments = written(name)
    check(project, Question(arguments), f"/{project.route}")


# Projects that are made up

SEEDS = 80

POLICIES = (
    "NO_CORS",
    "SHARED",
    "CorsPolicy(allowed_origins=['https://shop.example'])",
    "CorsPolicy(allowed_origins=['https://shop.example'], allow_credentials=True)",
    "CorsPolicy(allowed_origins=['https://shop.example', 'https://a.example'], allow_credentials=['https://a.example'])",
    "CorsPolicy(allowed_origins=['https://*.shop.example'], allow_credentials=True, allow_headers=['content-type'])",
    "CorsPolicy(allowed_origin_regexes=[r'https://\\w+\\.example\\.org'], allow_credentials=True)",
    "CorsPolicy(allow_all_origins=True)",
    "CorsPolicy(allow_all_origins=True, expose_headers=['*'])",
    "CorsPolicy(allow_all_origins=True, allow_credentials=['https://shop.example'])",
    "CorsPolicy(allowed_origins=[INHERITED, 'https://office.example'])",
    "CorsPolicy(is_origin_allowed=is_tenant)",
    "CorsPolicy(allow_credentials=True)",
    "CorsPolicy(allow_credentials=False)",
    "CorsPolicy(allow_headers=['content-type', 'x-other'])",
    "CorsPolicy(allow_methods=['GET'])",
    "CorsPolicy(expose_headers=['x-page'])",
)
HEAD = """
from typing import Any
from django.urls import path
from django.views import View
from rest_framework.decorators import action, api_view
from rest_framework.generics import ListAPIView
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet
from drf_cors import INHERITED, NO_CORS, CorsPolicy, CorsPolicyMixin, cors

SHARED = CorsPolicy(allowed_origins=['https://shop.example'])

def is_tenant(origin, request):
    return origin == 'https://tenant.example'
"""
FIELDS_OF_SETTINGS: dict[str, list[Any]] = {
    "CORS_ALLOWED_ORIGINS": [[], [SHOP], [SHOP, OFFICE]],
    "CORS_ALLOWED_ORIGIN_REGEXES": [[r"https://\w+\.example\.net"]],
    "CORS_ALLOW_ALL_ORIGINS": [True, False],
    "CORS_ALLOW_CREDENTIALS": [True, False],
    "CORS_ALLOW_HEADERS": [["content-type"], ["*"]],
    "CORS_ALLOW_METHODS": [["GET"], ["GET", "HEAD", "OPTIONS"], ["*"]],
    "CORS_EXPOSE_HEADERS": [["x-page"]],
    "CORS_URLS_REGEX": [r"^/api/", r"^/web/"],
}


def made_up(seed: int) -> tuple[Project, Question, str]:
    """Return a project, a question about it, and the route that is asked about."""
    dice = random.Random(seed)

    def is_one_of(chance: int) -> bool:
        return dice.randrange(chance) == 0

    def maybe(text: str, chance: int = 4) -> str:
        """Return a text with a policy in it, or nothing."""
        return text.format(dice.choice(POLICIES)) if is_one_of(chance) else ""

    def handlers(names: tuple[str, ...]) -> str:
        return "".join(maybe("    @cors({})\n") + f"    def {name}(self, request): ...\n" for name in names)

    source = [HEAD]
    source.append("class Base(CorsPolicyMixin, View):\n" + maybe("    cors_policy = {}\n") + handlers(("get", "post")))
    source.append("class First(Base):\n" + maybe("    cors_policy = {}\n") + handlers(("put", "patch")))
    second = dice.choice(["Base", "APIView", "First"])
    source.append(maybe("@cors({})\n") + f"class Second({second}):\n" + handlers(("get", "delete")))
    source.append(
        "class Orders(ViewSet):\n"
        + maybe("    cors_policy = {}\n")
        + maybe("    cors_action_policies = {{'list': {}}}\n")
        + "    def list(self, request): ...\n"
        + handlers(("create",))
        + maybe("    @action(detail=False, methods=['get', 'post'], cors_policy={})\n")
        + "    def export(self, request): ...\n"
    )
    source.append(maybe("@cors({})\n") + "def function(request): ...\n")
    source.append(maybe("@cors({})\n") + "@api_view(['GET', 'POST'])\ndef listing(request): ...\n")
    views = {
        "First.as_view(%s)": ("GET", "POST", "PUT", "PATCH", "patch", "HEAD"),
        "Second.as_view()": ("GET", "DELETE", "OPTIONS"),
        "Orders.as_view({'get': 'list', 'post': 'create'})": ("GET", "POST"),
        "Orders.as_view({'get': 'export', 'post': 'export'})": ("GET", "POST"),
        "function": ("GET", "PUT", "patch", "PURGE"),
        "listing": ("GET", "POST"),
        "ListAPIView.as_view()": ("GET", "HEAD"),
    }
    routes: dict[str, tuple[str, ...]] = {}
    lines = []
    for number, (view, methods) in enumerate(views.items()):
        for copy in range(dice.choice([1, 2])):
            route = f"{dice.choice(['api', 'web'])}/v{number}-{copy}/"
            written_view = view % maybe("cors_policy={}", 6) if "%s" in view else view
            wrapped = maybe("cors({})", 6)
            written_view = (
                f"{wrapped}({written_view})" if wrapped and "cors_policy" not in written_view else written_view
            )
            name = dice.choice(["", f", name='v{number}'", f", name='v{number}-{copy}'"])
            lines.append(f"    path('{route}', {written_view}{name}),\n")
            routes[route] = methods
    source.append("urlpatterns = [\n" + "".join(lines) + "]\n")
    settings: dict[str, Any] = {"MIDDLEWARE": [OURS]}
    for name, values in FIELDS_OF_SETTINGS.items():
        if is_one_of(3):
            settings[name] = dice.choice(values)
    if is_one_of(2):
        key = dice.choice(["v0", "v1-0", "v4", "generated.First"])
        settings["CORS_VIEW_POLICIES"] = {key: {"allowed_origins": [SHOP], "allow_headers": ["x-other"]}}
    route = dice.choice(sorted(routes))
    arguments = [f"/{route}", "--method", dice.choice(routes[route])]
    arguments += ["--origin", dice.choice([SHOP, OFFICE, STRANGER])]
    arguments += ["--credentials"] if is_one_of(2) else []
    arguments += ["--header", dice.choice(["X-Foo: 1", "Authorization: 1"])] if is_one_of(2) else []
    arguments += ["--read", "X-Total"] if is_one_of(2) else []
    tree = ast.parse("".join(source))
    project = Project({"generated": tree}, {"generated": __file__}, settings, route)
    return project, Question(arguments), f"/{route}"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_advice_for_a_made_up_project_opens_what_was_asked(seed: int) -> None:
    check(*made_up(seed))
