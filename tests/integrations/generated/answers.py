"""Serves generated cases, and compares everything that shows a policy with what the oracle says."""

from __future__ import annotations

import io
import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from asgiref.sync import async_to_sync
from django.core.checks import ERROR, Tags, run_checks
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.core.management import call_command
from django.test import AsyncRequestFactory, RequestFactory, override_settings
from drf_spectacular.drainage import GENERATOR_STATS

from drf_cors.openapi import CorsSchemaGenerator
from tests.integrations.generated.oracle import (
    ANY,
    CLOSED,
    METHODS,
    PARTNER,
    SHOP,
    SITE,
    STRANGER,
    Answer,
    Expected,
    Url,
    expected,
)
from tests.integrations.generated.views import REAL, Case

#: Browsers never look for these in `Access-Control-Allow-Methods`.
SAFELISTED: Final = ("GET", "HEAD", "POST")
#: Two declarations in one layer: an error that closes nothing.
CONFLICT: Final = "drf_cors.E004"
PREFIX: Final = "access-control-"

Headers = Mapping[str, str]


class Asked(NamedTuple):
    """A request: of a method, or the preflight for it."""

    method: str
    origin: str
    is_preflight: bool


class Shown(NamedTuple):
    """What the site shows about itself.

    Attributes:
        errors: Name of a case -> ids of the errors of check.
        listed: Route -> method -> policy, as `cors list` prints it.
        locked: Route -> method -> entry of the lock file.
        published: Path -> method -> policy in the schema.
    """

    errors: dict[str, set[str]]
    listed: dict[str, dict[str, Any]]
    locked: dict[str, dict[str, Any]]
    published: dict[str, dict[str, Any]]


@contextmanager
def serving(cases: Mapping[str, Case], **more: Any) -> Iterator[None]:
    """Make the cases the site's URLs."""
    patterns = [pattern for name, case in cases.items() for pattern in case.build(name)]
    keys = {key.format(name): REAL[policy] for name, case in cases.items() for key, policy in case.keys.items()}
    logging.disable(logging.CRITICAL)
    try:
        with override_settings(
            ROOT_URLCONF=type("Urls", (), {"urlpatterns": patterns}),
            MIDDLEWARE=["drf_cors.middleware.CorsMiddleware"],
            CORS_ALLOWED_ORIGINS=[SITE],
            CORS_VIEW_POLICIES=keys,
            **more,
        ):
            yield
    finally:
        logging.disable(logging.NOTSET)


def show(cases: Mapping[str, Case]) -> Shown:
    """Return what check, list, lock and schema show."""
    messages = [message for message in run_checks(tags=[Tags.security]) if message.level >= ERROR]
    texts = [(str(message.id), f"{message.msg} {message.obj}".lower()) for message in messages]
    errors = {name: {number for number, text in texts if name in text} for name in cases}
    out = io.StringIO()
    call_command("cors", "list", "--format", "json", stdout=out)
    listed: dict[str, dict[str, Any]] = {}
    for row in json.loads(out.getvalue()):
        listed.setdefault(row["path"], {})[row["method"]] = row["policy"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cors.lock.json"
        call_command("cors", "lock", "--file", str(file), stdout=out)
        locked = json.loads(file.read_text(encoding="utf-8"))["endpoints"]
    for route, methods in listed.items():
        # The file leaves out what is as it is for the route without the suffix.
        stem = route.removesuffix(".<format>")
        plain = locked.get(f"{stem}/") or locked.get(stem, {})
        shared = {method: plain[method] for method in methods if route.endswith(".<format>") and method in plain}
        if shared:
            locked[route] = {**shared, **locked.get(route, {})}
    paths: dict[str, Any] = {}
    if any(url.has_schema for case in cases.values() for url in case.urls):
        with GENERATOR_STATS.silence():
            paths = CorsSchemaGenerator().get_schema(request=None, public=True)["paths"]
    published = {
        path: {method.upper(): operation["x-cors-policy"] for method, operation in item.items()}
        for path, item in paths.items()
    }
    return Shown(errors, listed, locked, published)


# Asking


def questions(case: Case, url: Url) -> list[Asked]:
    """Return the requests that tell the policies of a case apart. Of the methods without a handler, one is enough."""
    origins = [SHOP, SITE, *([PARTNER] if any(one.policy == "partner" for one in case.said) else [])]
    without = next(method for method in ("DELETE", "PUT", "PATCH") if method not in url.handlers)
    methods = dict.fromkeys(("GET", "HEAD", "OPTIONS", without, *url.handlers))
    asked = [Asked(method, origin, bool(which)) for method in methods for origin in origins for which in (0, 1)]
    return [*asked, Asked("GET", STRANGER, False), Asked(without, STRANGER, True)]


def environment(asked: Asked) -> tuple[str, dict[str, str]]:
    headers = {"HTTP_ORIGIN": asked.origin}
    if not asked.is_preflight:
        return asked.method, headers
    return "OPTIONS", {**headers, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": asked.method}


def ask(cases: Mapping[str, Case]) -> dict[tuple[str, str], dict[Asked, Headers]]:
    """Send the requests of each case over WSGI; return (case, path) -> request -> CORS headers."""
    handler, base = BaseHandler(), RequestFactory()._base_environ()
    handler.load_middleware()
    found = {}
    for name, case in cases.items():
        for url in case.urls:
            answers = found[name, url.path] = {}
            for asked in questions(case, url):
                method, extra = environment(asked)
                # The test client's way to a request costs as much as the answer.
                environ = {**base, **extra, "REQUEST_METHOD": method, "PATH_INFO": f"/{name}/{url.path}"}
                answers[asked] = of_cors(handler.get_response(WSGIRequest(environ)))
    return found


def ask_async(cases: Mapping[str, Case]) -> dict[tuple[str, str], dict[Asked, Headers]]:
    """Do the same over ASGI."""
    handler, factory = BaseHandler(), AsyncRequestFactory()

    async def run() -> dict[tuple[str, str], dict[Asked, Headers]]:
        handler.load_middleware(is_async=True)
        found = {}
        for name, case in cases.items():
            for url in case.urls:
                answers = found[name, url.path] = {}
                for asked in questions(case, url):
                    method, extra = environment(asked)
                    headers = {key.removeprefix("HTTP_").replace("_", "-"): value for key, value in extra.items()}
                    request = factory.generic(method, f"/{name}/{url.path}", headers=headers)
                    answers[asked] = of_cors(await handler.get_response_async(request))
        return found

    return async_to_sync(run)()


def of_cors(response: Any) -> Headers:
    assert response.status_code in (200, 405), response
    return {name.lower(): value for name, value in response.headers.items() if name.lower().startswith(PREFIX)}


# Comparing


def disagreements(cases: Sequence[tuple[str, Case]], *, both: bool = False) -> list[str]:
    """Return everything of which the site says something else than the oracle.

    Args:
        cases: With their names.
        both: Whether the cases are asked over WSGI and over ASGI, not over their own.
    """
    named = dict(cases)
    with serving(named):
        sent = ask({name: case for name, case in named.items() if both or not case.is_async})
        sent_async = ask_async({name: case for name, case in named.items() if both or case.is_async})
        shown = show(named)
    found = []
    for name, case in named.items():
        for url in case.urls:
            at = (name, url.path)
            for answers in (sent.get(at), sent_async.get(at)):
                if answers is not None:
                    wrong = compare(name, case, url, answers, shown)
                    found += [f"{case.name}: {url.path}: {'; '.join(wrong)}"] if wrong else []
    return found


def compare(name: str, case: Case, url: Url, answers: Mapping[Asked, Headers], shown: Shown) -> list[str]:
    """Return what is wrong at one URL of a case."""
    said = expected(url, case.said)
    all_said = [expected(one, case.said) for one in case.urls]
    errors = shown.errors[name]
    of_conflict = {CONFLICT} if any(one.has_conflict for one in all_said) else set()
    if any(one.is_refused for one in all_said):  # elsewhere in the case: check has an error, whatever holds here
        errors, of_conflict = errors | {CONFLICT}, errors | {CONFLICT}

    def closed() -> list[str]:
        all_closed = said._replace(answers=dict.fromkeys(METHODS, CLOSED))
        missing = [] if errors - {CONFLICT} else ["check has no error"]
        sent = [f"{asked}: {headers}" for asked, headers in answers.items() if headers]
        return [*missing, *sent, *of_shown(name, url, all_closed, shown)]

    def in_force() -> list[str]:
        of_check = [] if errors == of_conflict else [f"check has {sorted(errors)}, not {sorted(of_conflict)}"]
        return [*of_check, *of_wire(url, said, answers), *of_shown(name, url, said, shown)]

    if said.is_refused:
        return closed()
    wrong = in_force()
    return wrong and closed() and wrong if said.may_be_refused else wrong


def of_wire(url: Url, said: Expected, answers: Mapping[Asked, Headers]) -> list[str]:
    wrong = []
    for asked, headers in answers.items():
        answer = said.answers[asked.method]
        if asked.is_preflight and asked.method in url.unsaid:
            continue
        want = of_preflight(url, said, asked) if asked.is_preflight else of_answer(answer, asked.origin)
        got = {key: value for key, value in headers.items() if key in READ}
        if "access-control-allow-methods" in got and want.get("access-control-allow-methods") == SOME:
            names = got["access-control-allow-methods"].split(", ")
            got["access-control-allow-methods"] = SOME if do_fit(url, said, asked.method, names) else str(names)
        if got != want:
            kind = "preflight" if asked.is_preflight else "request"
            wrong.append(f"{kind} {asked.method} from {asked.origin}: expected {want}, got {got}")
    return wrong


#: The value of `Access-Control-Allow-Methods` where it fits.
SOME: Final = "the methods under the same policy"
READ: Final = ("access-control-allow-origin", "access-control-expose-headers", "access-control-allow-methods")


def of_answer(answer: Answer, origin: str) -> dict[str, str]:
    if not answer.admits(origin):
        return {}
    exposed = {"access-control-expose-headers": answer.exposes} if answer.exposes else {}
    return {"access-control-allow-origin": ANY if answer.who == ANY else origin, **exposed}


def of_preflight(url: Url, said: Expected, asked: Asked) -> dict[str, str]:
    answer = said.answers[asked.method]
    if not answer.admits(asked.origin) or (asked.method in SAFELISTED and not url.has(asked.method)):
        return {}
    return {
        "access-control-allow-origin": ANY if answer.who == ANY else asked.origin,
        "access-control-allow-methods": SOME,
    }


def do_fit(url: Url, said: Expected, method: str, names: Iterable[str]) -> bool:
    """Whether the methods named are the one asked for, and those others of the URL under the same policy."""
    could_be = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} | ({"HEAD"} if "HEAD" in url.handlers else set())
    alike = {name for name in could_be if url.has(name) and said.answers[name] == said.answers[method]}
    unsaid = url.unsaid | ({"HEAD"} if method == "HEAD" else set())
    return set(names) - unsaid == alike - unsaid


def of_shown(name: str, url: Url, said: Expected, shown: Shown) -> list[str]:
    """Return what list, lock and schema say otherwise."""
    route = f"/{name}/{url.shown}"
    methods = {method for method in METHODS if method in url.handlers and method not in url.unsaid}
    wanted = methods if url.are_methods_known or url.unsaid else {"*"}
    wrong = []
    for what, rows in (("list", shown.listed), ("lock", shown.locked)):
        of_route = rows.get(route, {})
        wrong += [f"{what} lacks {method}" for method in sorted(wanted - of_route.keys())]
        for method, policy in of_route.items():
            answer = said.answers["GET" if method == "*" else method]
            told = told_by_lock(policy) if what == "lock" else told_by_policy(policy)
            if told != plain(answer):
                wrong.append(f"{what} says of {method} {told}, not {plain(answer)}")
    if url.has_schema:
        operations = shown.published.get(route, {})
        wrong += [f"the schema lacks {method}" for method in sorted(methods - {"HEAD"} - operations.keys())]
        for method, policy in operations.items():
            if told_by_policy(policy) != plain(said.answers[method]):
                wrong.append(f"the schema says of {method} {told_by_policy(policy)}, not {plain(said.answers[method])}")
    return wrong


def plain(answer: Answer) -> tuple[list[str], list[str]]:
    exposes = [answer.exposes] if answer.exposes else []
    return (sorted(answer.who if answer.who != ANY else [ANY]), exposes)


def told_by_policy(policy: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    assert policy["enabled"] == bool(policy["allowOrigins"])
    return (policy["allowOrigins"], policy["exposeHeaders"])


def told_by_lock(entry: Any) -> tuple[list[str], list[str]]:
    if entry == "closed":
        return ([], [])
    different = {} if entry == "settings" else entry
    return (different.get("allowOrigins", [SITE]), different.get("exposeHeaders", []))
