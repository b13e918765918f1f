"""Each middleware that Django ships, above ours: the check names it where CORS headers are lost, and nowhere else.

Each is made to answer, if anything makes it answer. What is lost is seen in the responses.
"""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import django.contrib
import django.middleware
import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.flatpages.models import FlatPage
from django.contrib.redirects.models import Redirect
from django.contrib.sites.models import Site
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import path

from drf_cors import CorsPolicy, cors
from drf_cors.checks import check_middleware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Visitor

pytestmark = pytest.mark.django_db

OURS = "drf_cors.middleware.CorsMiddleware"
SHOP = "https://shop.example"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
LOGIN = "django.contrib.auth.middleware.AuthenticationMiddleware"

DECISIONS: list[bool] = []


def is_allowed(origin: str, request: object) -> bool:
    return DECISIONS.pop(0)


def found(request: Any) -> HttpResponse:
    return HttpResponse("text" * 100)


def ends_session(request: Any) -> HttpResponse:
    """Delete the session in the database, and change what the request has of it."""
    request.session["key"] = "value"
    request.session.save()
    type(request.session)().delete(request.session.session_key)
    request.session["key"] = "another"
    return HttpResponse()


def sends_message(request: Any) -> HttpResponse:
    messages.info(request, "text")
    return HttpResponse()


@dataclass(kw_only=True)
class Answer:
    """What makes a middleware answer.

    Attributes:
        path: The URL.
        method: The method.
        headers: Further headers of the request.
        settings: Settings that it needs.
        needs: Middleware above it that it needs.
        below: Middleware below ours that it needs.
        status: Of the response: with the status of the view, the middleware lets the view answer.
        is_lost: Whether the response has no CORS headers.
        times: How often the request is sent; the last response counts.
        decisions: Of the callable, for each time.
        prepare: Called before the first request.
    """

    path: str = "/found/"
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    status: int = 200
    is_lost: bool = False
    times: int = 1
    decisions: tuple[bool, ...] = ()
    prepare: Callable[[Any], object] = lambda client: None


def add_page(client: Any) -> None:
    FlatPage.objects.create(url="/missing/", title="Page", content="text").sites.add(Site.objects.get())


def add_redirect(client: Any) -> None:
    Redirect.objects.create(site=Site.objects.get(), old_path="/missing/", new_path="/found/")


def log_in_staff(client: Any) -> None:
    client.force_login(User.objects.create(username="staff", is_staff=True))


SITE = {"SITE_ID": 1}
COOKIES = {"CORS_ALLOW_CREDENTIALS": True}
IN_DJANGO = {
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"flatpages/default.html": "{{ 1 }}"})]},
        }
    ]
}
AUTH = "django.contrib.auth.middleware"
COMMON = "django.middleware.common.CommonMiddleware"
CACHED = {"path": "/decided/", "decisions": (False, True), "times": 2}

#: The path of a middleware -> what makes it answer, and the same where nothing does.
ANSWERS: dict[str, list[Answer]] = {
    "django.middleware.cache.UpdateCacheMiddleware": [
        Answer(times=2),
        Answer(times=2, below=("django.middleware.cache.FetchFromCacheMiddleware",)),
    ],
    "django.middleware.cache.FetchFromCacheMiddleware": [
        Answer(times=2, needs=("django.middleware.cache.UpdateCacheMiddleware",)),
        Answer(**CACHED, needs=("django.middleware.cache.UpdateCacheMiddleware",), is_lost=True),
    ],
    "django.middleware.cache.CacheMiddleware": [Answer(times=2), Answer(**CACHED, is_lost=True)],
    "django.middleware.clickjacking.XFrameOptionsMiddleware": [Answer()],
    "django.middleware.common.BrokenLinkEmailsMiddleware": [
        Answer(path="/missing/", headers={"referer": "https://testserver/found/"}, status=404)
    ],
    "django.middleware.common.CommonMiddleware": [
        Answer(path="/found", status=301, is_lost=True),
        Answer(settings={"PREPEND_WWW": True, "APPEND_SLASH": False}, status=301, is_lost=True),
        Answer(
            settings={"DISALLOWED_USER_AGENTS": [re.compile("robot")], "APPEND_SLASH": False},
            headers={"user-agent": "robot"},
            status=403,
            is_lost=True,
        ),
        Answer(path="/found", settings={"APPEND_SLASH": False}, status=404),
    ],
    "django.middleware.csp.ContentSecurityPolicyMiddleware": [
        Answer(settings={"SECURE_CSP": {"default-src": ["'self'"]}})
    ],
    "django.middleware.csrf.CsrfViewMiddleware": [Answer(method="POST", status=403)],
    "django.middleware.gzip.GZipMiddleware": [Answer(headers={"accept-encoding": "gzip"})],
    "django.middleware.http.ConditionalGetMiddleware": [
        Answer(headers={"if-none-match": "*"}, status=304, is_lost=True)
    ],
    "django.middleware.locale.LocaleMiddleware": [
        Answer(path="/translated/", settings={"ROOT_URLCONF": "prefixed"}, status=302, is_lost=True),
        Answer(path="/translated/", settings={"ROOT_URLCONF": "unprefixed"}),
        Answer(path="/translated/", status=404),
    ],
    "django.middleware.security.SecurityMiddleware": [
        Answer(settings={"SECURE_SSL_REDIRECT": True}, status=301, is_lost=True),
        Answer(),
    ],
    "django.contrib.admindocs.middleware.XViewMiddleware": [
        Answer(method="HEAD", needs=(SESSIONS, LOGIN), prepare=log_in_staff)
    ],
    f"{AUTH}.AuthenticationMiddleware": [Answer(needs=(SESSIONS,))],
    f"{AUTH}.LoginRequiredMiddleware": [Answer(needs=(SESSIONS, LOGIN), status=302)],
    f"{AUTH}.RemoteUserMiddleware": [Answer(needs=(SESSIONS, LOGIN))],
    f"{AUTH}.PersistentRemoteUserMiddleware": [Answer(needs=(SESSIONS, LOGIN))],
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware": [
        Answer(path="/missing/", settings={**SITE, **IN_DJANGO}, prepare=add_page, is_lost=True)
    ],
    "django.contrib.messages.middleware.MessageMiddleware": [Answer(path="/message/", needs=(SESSIONS,))],
    "django.contrib.redirects.middleware.RedirectFallbackMiddleware": [
        Answer(path="/missing/", settings=SITE, prepare=add_redirect, status=301, is_lost=True)
    ],
    SESSIONS: [
        Answer(path="/ends-session/", settings=COOKIES, status=400, is_lost=True),
        Answer(),
    ],
    "django.contrib.sites.middleware.CurrentSiteMiddleware": [Answer(settings=SITE)],
}


def shipped() -> Iterator[str]:
    """Yield the paths of all middleware of this Django."""
    modules = [name for _, name, _ in pkgutil.walk_packages(django.middleware.__path__, "django.middleware.")]
    contrib = [name for _, name, _ in pkgutil.iter_modules(django.contrib.__path__, "django.contrib.")]
    modules += [f"{name}.middleware" for name in contrib if importlib.util.find_spec(f"{name}.middleware")]
    for name in modules:
        module = importlib.import_module(name)
        for member in vars(module).values():
            if inspect.isclass(member) and member.__module__ == name and member.__name__.endswith("Middleware"):
                yield f"{name}.{member.__name__}"


SHIPPED = list(shipped())


def test_every_middleware_of_django_is_in_the_table() -> None:
    assert set(SHIPPED) <= set(ANSWERS)


@pytest.fixture(autouse=True)
def clean() -> None:
    cache.clear()
    DECISIONS.clear()


def urls(*more: Any) -> tuple[Any, ...]:
    return (
        path("found/", found),
        path("ends-session/", ends_session),
        path("message/", sends_message),
        *more,
    )


URLCONFS = {
    "prefixed": lambda: urls(*i18n_patterns(path("translated/", found))),
    "unprefixed": lambda: urls(*i18n_patterns(path("translated/", found), prefix_default_language=False)),
    "decided": lambda: urls(path("decided/", cors(CorsPolicy(is_origin_allowed=is_allowed))(found))),
}


@pytest.mark.parametrize(
    ("middleware", "answer"),
    [
        pytest.param(name, answer, id=f"{name.rpartition('.')[2]} {number}")
        for name in SHIPPED
        for number, answer in enumerate(ANSWERS.get(name, []))
    ],
)
def test_the_check_names_what_loses_headers(
    middleware: str, answer: Answer, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    given = {"ROOT_URLCONF": "decided" if answer.decisions else "", **answer.settings}
    given["ROOT_URLCONF"] = URLCONFS.get(given["ROOT_URLCONF"], urls)()
    for name, value in given.items():
        setattr(settings, name, value)
    settings.MIDDLEWARE = [*answer.needs, middleware, OURS, *answer.below]
    DECISIONS.extend(answer.decisions)
    answer.prepare(visitor.client)
    visitor.client.handler.enforce_csrf_checks = True
    for _ in range(answer.times):
        response = visitor.send(answer.method, answer.path, headers=answer.headers)
    assert response.status_code == answer.status
    assert ("access-control-allow-origin" not in response.headers) == answer.is_lost
    named = [message for message in check_middleware() if f"{middleware} " in message.msg]
    assert [message.id for message in named] == ["drf_cors.W007"] * answer.is_lost
