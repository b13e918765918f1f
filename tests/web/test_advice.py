"""An advice of `manage.py cors explain` opens what was asked, and no more.

Each edit that is advised is made, to the letter, and the locks before and after are compared.
"""

from __future__ import annotations

import ast
import json
import random
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.urls import path
from django.views import View
from rest_framework.generics import ListAPIView
from rest_framework.viewsets import ModelViewSet

from drf_cors import NO_CORS, cors, resolver
from drf_cors.core.merge import merge
from drf_cors.diagnosis import proposals as advising
from drf_cors.diagnosis.changes import Change, Target
from drf_cors.endpoint_list import of_site
from drf_cors.management import lock
from tests.projects.editing import Project
from tests.projects.views import OURS
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from pytest_django.fixtures import SettingsWrapper

    from drf_cors.management.lock import Facts, Lock

SHOP, OFFICE, STRANGER = "https://shop.example", "https://office.example", "https://stranger.example"
WHO = ("allowOrigins", "allowOriginPatterns", "allowOriginRegexes", "isOriginAllowed")
HOW = ("allowMethods", "allowHeaders", "exposeHeaders")
PROJECTS = Path(__file__).parents[1] / "projects"
CASES = sorted(file.stem for file in PROJECTS.glob("*.py") if file.stem not in ("__init__", "views", "editing"))
#: Edits that are followed for one question; each allows one thing more, so they come to an end.
MAX_EDITS = 40
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


def check(project: Project, question: Question, route: str) -> int:
    """Follow the advice until the request is allowed; return how many edits were looked at."""
    looked_at = 0
    while looked_at < MAX_EDITS:
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
    return pytest.fail(f"The advice never ends: {question.arguments}")  # pragma: no cover - it does


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

#: With these, each kind of edit is made at least once.
SEEDS = (*range(1000, 1042), 1188)

POLICIES = (
    "NO_CORS",
    "SHARED",
    "SHARED",
    "'partner'",
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
from rest_framework.viewsets import ModelViewSet, ViewSet
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
    source.append("class Third(Base):\n" + handlers(("put",)))
    source.append("class Rows(ModelViewSet):\n    queryset = None\n")
    source[-1] += maybe("    cors_action_policies = {{'list': {}}}\n", 2)
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
        "Third.as_view()": ("GET", "POST", "PUT"),
        "Rows.as_view({'get': 'list'})": ("GET",),
        "Rows.as_view({'get': 'retrieve', 'put': 'update'})": ("GET", "PUT"),
    }
    routes: dict[str, tuple[str, ...]] = {}
    lines = []
    for number, (view, methods) in enumerate(views.items()):
        for copy in range(dice.choice([1, 2])):
            route = f"{dice.choice(['api', 'web'])}/v{number}-{copy}/"
            written_view = view % maybe("cors_policy={}", 6) if "%s" in view else view
            wrapped = maybe("cors({})", 6)
            if wrapped and "cors_policy" not in written_view:
                written_view = f"{wrapped}({written_view})"
            name = dice.choice(["", f", name='v{number}'", f", name='v{number}-{copy}'"])
            lines.append(f"    path('{route}', {written_view}{name}),\n")
            routes[route] = methods
    source.append("urlpatterns = [\n" + "".join(lines) + "]\n")
    partner = {"allowed_origins": ["https://partner.example"], "allow_headers": ["x-other"]}
    settings: dict[str, Any] = {"MIDDLEWARE": [OURS], "CORS_POLICIES": {"partner": partner}}
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


@pytest.mark.parametrize("seed", SEEDS)
def test_the_advice_for_a_made_up_project_opens_what_was_asked(seed: int) -> None:
    check(*made_up(seed))


# The property itself


def site_under_settings() -> tuple[Project, Question, str]:
    """Return a site of three endpoints under the global settings, and a question that they refuse."""
    source = f"{HEAD}\n" + "".join(f"class V{at}(View):\n    def get(self, request): ...\n" for at in range(3))
    routes = [f"path('v{at}/', V{at}.as_view())" for at in range(3)]
    source += f"urlpatterns = [{', '.join(routes)}]\n"
    settings = {"CORS_ALLOWED_ORIGINS": [SHOP], "MIDDLEWARE": [OURS]}
    project = Project({"generated": ast.parse(source)}, {"generated": __file__}, settings, "v0/")
    return project, Question(["/v0/", "--origin", STRANGER]), "/v0/"


def test_the_property_holds_of_a_site_under_the_settings() -> None:
    assert check(*site_under_settings()) == 2  # on the handler, and in the settings


def test_the_property_finds_an_advice_that_opens_the_settings_silently() -> None:
    def silent(case: Any, need: advising.Need) -> tuple[Change, ...]:
        adds = {"CORS_ALLOWED_ORIGINS": (need.name,)}
        code = f"CORS_ALLOWED_ORIGINS = [..., {need.name!r}]"
        return (Change(target=Target.SETTING, place="settings.CORS_ALLOWED_ORIGINS", code=code, adds=adds),)

    with patch.object(advising, "_changes", silent), pytest.raises(AssertionError, match="is changed, and not named"):
        check(*site_under_settings())


def test_the_property_finds_an_advice_whose_text_does_not_name_what_it_changes() -> None:
    with (
        patch.object(Change, "_notes", lambda _: iter(())),
        pytest.raises(AssertionError, match="is not in the text"),
    ):
        check(*site_under_settings())


def test_the_property_finds_an_advice_that_lets_the_origin_send_credentials() -> None:
    project, question, route = site_under_settings()
    project = replace(project, settings={**project.settings, "CORS_ALLOW_CREDENTIALS": True})
    with (
        patch.object(advising.Need, "_kept_credentials", True),
        patch.object(advising.Need, "is_overstepped", lambda *_: False),
        pytest.raises(AssertionError, match="credentials: "),
    ):
        check(project, question, route)


SMALL = {
    "the attribute of a class": """
class V(View):
    cors_policy = CorsPolicy(allowed_origins=['https://shop.example'])
    def get(self, request): ...
urlpatterns = [path('v/', V.as_view())]
""",
    "a class without a declaration": """
class V(APIView):
    def get(self, request): ...
urlpatterns = [path('v/', V.as_view())]
""",
    "another view that the same declaration closes": """
class V(View):
    def get(self, request): ...
    @cors(allow_all_origins=True)
    def put(self, request): ...
urlpatterns = [path('v/', cors(NO_CORS)(V.as_view()))]
""",
}


@pytest.mark.parametrize("name", SMALL)
def test_the_property_holds_of_a_small_site(name: str) -> None:
    project = Project({"small": ast.parse(HEAD + SMALL[name])}, {"small": __file__}, {"MIDDLEWARE": [OURS]}, "v/")
    for method in ("GET", "OPTIONS"):
        assert check(project, Question(["/v/", "--origin", STRANGER, "--method", method]), "/v/") > 0


def test_an_edit_that_would_allow_more_at_another_endpoint_is_not_advised(settings: SettingsWrapper) -> None:
    tenants = cors(is_origin_allowed=bool)(Patched.as_view())
    listed = cors(allowed_origins=[SHOP, OFFICE], allow_credentials=[OFFICE])(Patched.as_view())
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("one/", listed), path("two/", tenants)]})
    settings.MIDDLEWARE = [OURS]
    (change,) = ask(f"/one/ --origin {SHOP} --credentials".split())["findings"][0]["changes"]
    # On the handler, which both share, the list would let OFFICE send credentials at /two/.
    assert (change["place"], change["others"]) == ("cors(...) around Patched", [])


# Single advices


class Parent(View):
    def get(self, request: Any) -> None: ...

    def head(self, request: Any) -> None: ...


class Child(Parent):
    pass


class Stepchild(Parent):
    pass


class Waiting(View):
    async def put(self, request: Any) -> None: ...


class Waiter(Waiting):
    pass


class Foreign(ListAPIView):
    pass


class ForeignSet(ModelViewSet):
    pass


class Silent(View):
    """Has no method that can be told."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any: ...


@cors(allow_all_origins=True, expose_headers=["*"])
def public(request: Any) -> None: ...


def bare(request: Any) -> None: ...


@cors(allowed_origins=[SHOP])
class Marked(View):
    def get(self, request: Any) -> None: ...

    def patch(self, request: Any) -> None: ...


class Patched(View):
    def get(self, request: Any) -> None: ...

    @cors(allowed_origins=[SHOP])
    def patch(self, request: Any) -> None: ...


def hiding(view: Any) -> Any:
    def answer(request: Any) -> Any:
        raise NotImplementedError(view)

    return answer


class Single:
    """The URLs of the single questions."""

    urlpatterns = (
        path("child/", Child.as_view()),
        path("stepchild/", Stepchild.as_view()),
        path("waiting/", Waiting.as_view()),
        path("waiter/", Waiter.as_view()),
        path("foreign/", Foreign.as_view()),
        path("rows/", ForeignSet.as_view({"get": "list"})),
        path("rows/<pk>/", ForeignSet.as_view({"get": "retrieve"})),
        path("library/", ListAPIView.as_view(), name="library"),
        path("silent/", Silent.as_view()),
        path("public/", public),
        path("bare/", bare),
        path("marked/", Marked.as_view()),
        path("patched/", Patched.as_view()),
        path("hidden/", hiding(Marked.as_view())),
        path("both/a/", cors(allowed_origins=[SHOP])(Parent.as_view())),
    )


STRANGER_ASKS = f"--origin {STRANGER}"


def overriding(start: str, answer: str) -> str:
    lines = [f"{start}(self, request, *args, **kwargs):", f"    return {answer}(request, *args, **kwargs)"]
    return "\n".join([f"@cors(allowed_origins=[INHERITED, '{STRANGER}'])", *lines])


@named_rows(
    "arguments, code, changes",
    [
        (
            "a handler that another class shares",
            f"/child/ {STRANGER_ASKS}",
            "origin-not-allowed",
            [
                (
                    "override",
                    "Child.get",
                    overriding("def get", "super().get"),
                    [],
                ),
                ("setting", "settings.CORS_ALLOWED_ORIGINS", f"CORS_ALLOWED_ORIGINS = [..., '{STRANGER}']", None),
            ],
        ),
        (
            "an async one",
            f"/waiter/ {STRANGER_ASKS} --method PUT",
            "origin-not-allowed",
            [
                (
                    "override",
                    "Waiter.put",
                    overriding("async def put", "await super().put"),
                    [],
                ),
                ("setting", "settings.CORS_ALLOWED_ORIGINS", f"CORS_ALLOWED_ORIGINS = [..., '{STRANGER}']", None),
            ],
        ),
        (
            "an action of REST framework's",
            f"/rows/ {STRANGER_ASKS}",
            "origin-not-allowed",
            [
                (
                    "action-map",
                    "ForeignSet",
                    f"cors_action_policies = {{'list': CorsPolicy(allowed_origins=[INHERITED, '{STRANGER}'])}}",
                    [],
                ),
                ("setting", "settings.CORS_ALLOWED_ORIGINS", f"CORS_ALLOWED_ORIGINS = [..., '{STRANGER}']", None),
            ],
        ),
        (
            "a view of somebody else's",
            f"/library/ {STRANGER_ASKS}",
            "origin-not-allowed",
            [
                (
                    "view-policies",
                    "library",
                    f"CORS_VIEW_POLICIES = {{'library': CorsPolicy(allowed_origins=[INHERITED, '{STRANGER}'])}}",
                    [],
                ),
                ("setting", "settings.CORS_ALLOWED_ORIGINS", f"CORS_ALLOWED_ORIGINS = [..., '{STRANGER}']", None),
            ],
        ),
        (
            "a class whose methods cannot be told",
            f"/silent/ {STRANGER_ASKS} --method PURGE",
            "origin-not-allowed",
            [
                (
                    "class",
                    "Silent",
                    f"cors_policy = CorsPolicy(allowed_origins=[INHERITED, '{STRANGER}'])",
                    ["* /silent/"],
                ),
                ("setting", "settings.CORS_ALLOWED_ORIGINS", f"CORS_ALLOWED_ORIGINS = [..., '{STRANGER}']", None),
            ],
        ),
        (
            "a function",
            f"/bare/ {STRANGER_ASKS}",
            "origin-not-allowed",
            [
                ("function", "bare", f"@cors(allowed_origins=[INHERITED, '{STRANGER}'])", ["* /bare/"]),
                ("setting", "settings.CORS_ALLOWED_ORIGINS", f"CORS_ALLOWED_ORIGINS = [..., '{STRANGER}']", None),
            ],
        ),
        (
            "any origin, and credentials",
            f"/public/ {STRANGER_ASKS} --credentials --read X-Total",
            "credentials-not-allowed",
            [("declaration", "@cors on public", "", ["* /public/"])],
        ),
        (
            "a method in lower case that no origin matters to",
            f"/marked/ {STRANGER_ASKS} --method patch",
            "method-case",
            [("script", "", "method: 'PATCH'", [])],
        ),
        (
            "a method in lower case, under a policy of its own",
            f"/patched/ --origin {OFFICE} --method patch --credentials --header X-A --read X-B",
            "method-case",
            [("script", "", "method: 'PATCH'", [])],
        ),
        (
            "declarations that are not read",
            f"/hidden/ {STRANGER_ASKS} --method PUT --header X-A --read X-B --credentials",
            "view-hidden",
            [],
        ),
        (
            "no view",
            f"/nowhere/ {STRANGER_ASKS}",
            "not-resolved",
            [],
        ),
        ("no name of a header", f"/bare/ --origin {SHOP} --read a:b", "header-not-exposed", []),
    ],
)
def test_what_is_advised(
    settings: SettingsWrapper, arguments: str, code: str, changes: list[tuple[str, str, str, list[str] | None]]
) -> None:
    settings.ROOT_URLCONF = Single
    settings.MIDDLEWARE = [OURS]
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    finding = ask(arguments.split())["findings"][0]
    assert finding["code"] == code
    found = [(one["target"], one["place"], one["code"], one["others"]) for one in finding["changes"]]
    assert len(found) == len(changes)
    for one, expected in zip(found, changes, strict=True):
        assert one[:3] == expected[:3]
        assert expected[3] is None or one[3] == expected[3]
    assert changes or code != "header-not-exposed" or finding["next"] == "No policy can have 'a:b' in expose_headers."
    assert "CORS_ALLOWED_ORIGINS" not in finding["next"] or finding["changes"][-1]["settings"]


def test_credentials_beside_any_origin_leave_the_endpoint_public(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Single
    settings.MIDDLEWARE = [OURS]
    (change,) = ask(f"/public/ {STRANGER_ASKS} --credentials --read X-Total".split())["findings"][0]["changes"]
    assert change["set"] == {"allow_credentials": [STRANGER], "expose_headers": ["X-Total"]}
    assert change["text"] == (
        f"write allow_credentials=['{STRANGER}'], expose_headers=['X-Total'] in @cors on public (this changes every "
        "method of /public/ too)"
    )


def test_a_policy_that_cannot_be_read_is_explained_by_its_fault_alone(settings: SettingsWrapper) -> None:
    view = cors("partner")(Patched.as_view(http_method_names=["get", "patch"]))
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("broken/", view)]})
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    asked = f"/broken/ {STRANGER_ASKS} --method PATCH --header X-A --read X-B --credentials".split()
    settings.MIDDLEWARE = [OURS]
    assert [(one["code"], one["changes"]) for one in ask(asked)["findings"]] == [("declaration-faulty", [])]
    settings.MIDDLEWARE = []
    assert [(one["code"], one["changes"]) for one in ask(asked)["findings"]] == [("middleware-missing", [])]


def test_no_edit_is_proposed_where_a_declaration_cannot_be_read() -> None:
    policy = replace(merge(resolver.current().conf.covered), is_broken=True)
    query = SimpleNamespace(request=SimpleNamespace(includes_credentials=False), read=())
    case: Any = SimpleNamespace(query=query, policy=policy)
    assert advising.propose(case, "allowed_origins", SHOP).changes == ()


def test_what_closes_one_view_is_not_replaced_at_another(settings: SettingsWrapper) -> None:
    routes = [path("one/", cors(NO_CORS)(Patched.as_view())), path("two/", cors(NO_CORS)(Patched.as_view()))]
    routes += [path("three/", cors(NO_CORS)(Marked.as_view()))]
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": routes})
    settings.MIDDLEWARE = [OURS]
    (change,) = ask(f"/one/ {STRANGER_ASKS}".split())["findings"][0]["changes"]
    assert (change["target"], change["others"]) == ("declaration", ["PATCH /one/"])


def test_a_refused_head_is_allowed_at_its_own_handler(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("head/", Parent.as_view())]})
    settings.MIDDLEWARE = [OURS]
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    first, _ = ask(f"/head/ {STRANGER_ASKS} --method HEAD".split())["findings"][0]["changes"]
    assert (first["target"], first["place"]) == ("handler", "Parent.head")
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("head/", Patched.as_view())]})
    first, _ = ask(f"/head/ {STRANGER_ASKS} --method HEAD".split())["findings"][0]["changes"]
    assert (first["place"], first["others"]) == ("Patched.get", ["GET /head/"])


def test_a_long_list_of_origins_is_not_written_out(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Single
    settings.MIDDLEWARE = [OURS]
    settings.CORS_ALLOW_CREDENTIALS = True
    settings.CORS_ALLOWED_ORIGINS = [f"https://t{number}.example" for number in range(51)]
    first, second = ask(f"/bare/ {STRANGER_ASKS}".split())["findings"][0]["changes"]
    assert (first["credentials"], second["credentials"]) == (True, True)
    assert "the origin may then send credentials, where allow_credentials is True" in first["text"]
    settings.CORS_ALLOWED_ORIGINS = [f"https://t{number}.example" for number in range(3)]
    first, second = ask(f"/bare/ {STRANGER_ASKS}".split())["findings"][0]["changes"]
    assert first["set"]["allow_credentials"] == settings.CORS_ALLOWED_ORIGINS
    assert second["set"] == {"CORS_ALLOW_CREDENTIALS": settings.CORS_ALLOWED_ORIGINS}
    assert not first["credentials"]
