"""Whether a middleware of the site selects the URLconf of requests."""

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

#: Middleware of these packages that sets it only for the response. The name is used if the class
#: cannot be imported.
_ON_RESPONSES: Final = "django_hosts.middleware.HostsResponseMiddleware"

#: Methods that Django calls after it resolves the URL. What they set comes too late.
_LATE_HOOKS: Final = frozenset(
    {
        "process_view",
        "process_response",
        "process_exception",
        "process_template_response",
        "__init__",
    }
)


def is_switching(conf: CorsSettings) -> bool:
    """Return whether requests may get another URLconf than `ROOT_URLCONF`.

    The answer is read from the settings and the code of the middleware.
    """
    if conf.urlconfs:
        return True
    if any(getattr(settings, name, None) for name in FOREIGN_SETTINGS):
        return True
    return any(map(selects_urlconf, strings(tuple(settings.MIDDLEWARE))))


def selects_urlconf(path: str) -> bool:
    """Whether a middleware sets `request.urlconf` before the URL is resolved.

    The code decides, not the name. django-hosts has a second class, which sets it only for the
    response, and projects have their own classes.
    """
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - Django reports it when it loads the middleware
        return path.startswith(_PACKAGES) and path != _ON_RESPONSES
    if not isinstance(middleware, type):
        return _sets_urlconf(getattr(middleware, "__code__", None))
    is_of_package = any(name.startswith(_PACKAGES) for name in bases(middleware))
    if is_of_package and hasattr(middleware, "process_request"):
        return True  # a compiled class has no code to read
    return any(_sets_urlconf(function.__code__) for function in _early_functions(middleware))


def _early_functions(middleware: type[Any]) -> Iterator[FunctionType]:
    for klass in middleware.__mro__:
        for name, member in vars(klass).items():
            function = getattr(member, "__func__", member)  # of a static or class method
            if isinstance(function, FunctionType) and name not in _LATE_HOOKS:
                yield function


def _sets_urlconf(code: CodeType | None) -> bool:
    """Whether code or a function in it sets `urlconf` before it calls `get_response`."""
    if code is None:
        return False
    if _sets_urlconf_itself(code):
        return True
    return any(_sets_urlconf(inner) for inner in code.co_consts if isinstance(inner, CodeType))


def _sets_urlconf_itself(code: CodeType) -> bool:
    """Return the same for the code alone, without the functions in it."""
    set_at: list[int] = []
    called_at: list[int] = []
    for position, instruction in enumerate(dis.get_instructions(code)):
        if instruction.argval == "get_response":
            called_at.append(position)
        elif instruction.argval == "urlconf" and instruction.opname == "STORE_ATTR":
            set_at.append(position)
    if not set_at:
        return False
    return not called_at or set_at[0] < called_at[-1]
