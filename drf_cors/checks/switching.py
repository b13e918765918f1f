"""Middleware that selects the URLconf of a request: which it is, and whether the site has any."""

from __future__ import annotations

import dis
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from drf_cors.drf_views import bases
from drf_cors.explain.sessions import strings
from drf_cors.urlconfs import FOREIGN_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.conf import CorsSettings

#: Packages whose middleware sets `request.urlconf`.
_PACKAGES: Final = (
    "django_hosts.",
    "django_tenants.",
    "tenant_schemas.",
    "subdomains.",
    "dynamic_subdomains.",
)

#: Middleware of theirs that sets it on the way back only. Its name is looked at where the class cannot be imported.
_ON_RESPONSES: Final = "django_hosts.middleware.HostsResponseMiddleware"

#: Methods that Django calls when the URL has been resolved: what they set comes too late to matter.
_LATE_HOOKS: Final = frozenset(
    {"process_view", "process_response", "process_exception", "process_template_response", "__init__"}
)


def is_switching(conf: CorsSettings) -> bool:
    """Whether requests may get another URLconf than `ROOT_URLCONF`, as far as settings and middleware show."""
    return (
        bool(conf.urlconfs)
        or any(getattr(settings, name, None) for name in FOREIGN_SETTINGS)
        or any(map(selects_urlconf, strings(tuple(settings.MIDDLEWARE))))
    )


def selects_urlconf(path: str) -> bool:
    """Whether a middleware sets `request.urlconf` before the URL is resolved.

    Its code is looked at, not its name: django-hosts has a second class, which sets it on the way back, and projects
    have classes of their own.
    """
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - Django tells it when it builds the middleware
        return path.startswith(_PACKAGES) and path != _ON_RESPONSES
    if not isinstance(middleware, type):
        return _sets_urlconf(getattr(middleware, "__code__", None))
    if hasattr(middleware, "process_request") and any(name.startswith(_PACKAGES) for name in bases(middleware)):
        return True  # a compiled class shows no code
    return any(_sets_urlconf(function.__code__) for function in _early_functions(middleware))


def _early_functions(middleware: type[Any]) -> Iterator[FunctionType]:
    for klass in middleware.__mro__:
        for name, member in vars(klass).items():
            function = getattr(member, "__func__", member)  # of a static or class method
            if isinstance(function, FunctionType) and name not in _LATE_HOOKS:
                yield function


def _sets_urlconf(code: CodeType | None) -> bool:
    """Whether code, or a function inside it, sets an attribute `urlconf`, and not only after `get_response`."""
    if code is None:
        return False
    instructions = list(dis.get_instructions(code))
    sets = [place for place, step in enumerate(instructions) if (step.opname, step.argval) == ("STORE_ATTR", "urlconf")]
    calls = [place for place, step in enumerate(instructions) if step.argval == "get_response"]
    if sets and (not calls or sets[0] < calls[-1]):
        return True
    return any(_sets_urlconf(constant) for constant in code.co_consts if isinstance(constant, CodeType))
