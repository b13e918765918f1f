"""What a page of another origin does not get: headers that are not exposed, preflights that are not kept."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django.core.checks import CheckMessage, Info

from drf_cors.core.fetch import SAFELISTED_RESPONSE_HEADERS
from drf_cors.drf_views import bases
from drf_cors.explain.preflight_caching import cache_conflict, describe_conflict
from drf_cors.view_facts import api_view_function

if TYPE_CHECKING:
    from drf_cors.checks.survey import Entry

#: Headers that a page may want to read.
_USEFUL_HEADER: Final = re.compile(
    r"(?i)link|location|content-range|content-disposition|retry-after|etag|"
    r"x-(?!frame-options|content-type-options|xss-protection|accel-|sendfile)[a-z0-9-]+"
)


def unexposed(entry: Entry) -> Iterator[CheckMessage]:
    """Report headers that a view sends and its policy does not expose."""
    by_names: dict[tuple[str, ...], list[str]] = {}
    for method, name, handler in _handlers(entry):
        policy = entry.policies.of(method)
        if policy.is_nobody or not policy.permits_method(method) or "*" in policy.expose_headers:
            continue
        exposed = {header.lower() for header in policy.expose_headers} | SAFELISTED_RESPONSE_HEADERS
        missing = [header for header in _sent_by(entry, method, name, handler) if header.lower() not in exposed]
        if missing:
            by_names.setdefault(tuple(missing), []).append(name)
    for names, handlers in by_names.items():
        yield Info(
            f"{entry.name}: {', '.join(handlers)} may send {', '.join(names)}, which scripts of other origins cannot "
            "read.",
            hint=f"If they should: @cors(expose_headers=[INHERITED, {', '.join(map(repr, names))}]) on the handlers "
            "named. In a policy of the class it would apply to all methods.",
            obj=entry.endpoint.route,
            id="drf_cors.I001",
        )


def _handlers(entry: Entry) -> Iterator[tuple[str, str, Any]]:
    """Yield method, name and code of all that answers: the handlers of a class; a function, for each of its methods."""
    layers = entry.view.layers
    for method, name in entry.handlers:
        yield method, name, getattr(layers.view_class, name)
    function = entry.endpoint.callback if layers.view_class is None else api_view_function(layers.view_class)
    if inspect.isroutine(function):
        for method in sorted(layers.listed_methods or {"GET"}):
            yield method, method, function


def _sent_by(entry: Entry, method: str, name: str, handler: Any) -> list[str]:
    """Return the headers that a handler may send, as far as attributes and sources tell."""
    view_class = entry.view.layers.view_class
    sources = [inspect.unwrap(handler), *_own(entry.attribute("versioning_class"))]
    sources += [vars(klass).get("finalize_response") for klass in _own(view_class)]
    readable = [source for source in sources if inspect.isroutine(source) or isinstance(source, type)]
    found = [header for source in readable for header in _headers_in(source)]
    properties = [vars(klass).get("default_response_headers") for klass in _own(view_class)]
    found += [header for prop in properties for header in _headers_in(getattr(prop, "fget", None), is_headers=True)]
    is_list = name == "list" or (not entry.view.layers.actions and hasattr(view_class, "list"))
    if method == "GET" and is_list:
        found += _of_pagination(entry.attribute("pagination_class"))
    if any(map(functools.partial(_throttles, entry), entry.attribute("throttle_classes") or ())):
        found.append("Retry-After")
    return list({header.lower(): header for header in found}.values())


def _throttles(entry: Entry, throttle: object) -> bool:
    """Whether a throttle class ever refuses. A scoped one does where the view names its scope."""
    is_scoped = "rest_framework.throttling.ScopedRateThrottle" in bases(throttle)
    return not is_scoped or bool(entry.attribute("throttle_scope"))


def _of_pagination(klass: object) -> list[str]:
    """Return the headers a pagination class writes, and those its attributes name: `total_header = "X-Total"`."""
    found = [header for base in _own(klass) for header in _headers_in(base)]
    values = [value for base in _own(klass) for name, value in vars(base).items() if "header" in name.lower()]
    return found + [value for value in values if isinstance(value, str) and _USEFUL_HEADER.fullmatch(value)]


def _own(klass: object) -> list[type]:
    """Return a class and its bases, less those of the standard library, Django and REST framework."""
    foreign = ("builtins", "abc", "typing", "django", "rest_framework")
    bases = klass.__mro__ if isinstance(klass, type) else ()
    return [base for base in bases if base.__module__.partition(".")[0] not in foreign]


@functools.lru_cache(maxsize=1024)
def _headers_in(thing: Any, *, is_headers: bool = False) -> tuple[str, ...]:
    """Return names of response headers that the source of a function or class writes.

    Args:
        thing: A function or a class; for anything else there are none.
        is_headers: Whether every key it writes is a header. Elsewhere those count that go into a `...Response(...)`.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError):  # built in, made at run time, or cut out of a larger statement
        return ()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    answers = [call for call in calls if ast.unparse(call.func).endswith("Response")]
    given = [keyword.value for call in answers for keyword in call.keywords if keyword.arg == "headers"]
    names = {value.id for value in given if isinstance(value, ast.Name)}
    holders = {*names, *_named_answers(tree, answers)}
    keys: list[ast.expr | None] = []
    for node in ast.walk(tree):
        match node:
            case ast.Dict() if is_headers or node in given:
                keys += node.keys
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=written)) if name in names:
                keys += written
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(keys=written)) if name in names:
                keys += written
            case ast.Subscript(value=value, ctx=ast.Store()):
                holder = ast.unparse(value)
                is_answer = holder.removesuffix(".headers") in holders or "response" in holder.lower()
                keys += [node.slice] if is_headers or is_answer else []
    texts = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return tuple(dict.fromkeys(text for text in texts if _USEFUL_HEADER.fullmatch(text)))


def _named_answers(tree: ast.AST, answers: list[ast.Call]) -> Iterator[str]:
    """Yield the names that answers go by: `r = Response(...)`, `r = super().list(request)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if value in answers or ast.unparse(value).startswith("super()."):
                    yield name


def lost_caching(entry: Entry) -> Iterator[CheckMessage]:
    """Report preflights that browsers may not keep, and which field of which method stands in the way."""
    obstacles = {
        method: found
        for method in sorted(entry.view.layers.listed_methods or ())
        if (found := cache_conflict(entry.policies, method)) is not None
    }
    if obstacles:
        differences = dict.fromkeys(map(describe_conflict, obstacles.values()))
        yield Info(
            f"{entry.name}: browsers do not keep the answers to preflights of {', '.join(obstacles)}: another method "
            f"of the URL would be overstepped ({'; '.join(differences)}).",
            hint="If the difference is not meant, give the methods the same values (the narrower ones open nothing), "
            "or URLs of their own. Nothing is unsafe.",
            obj=entry.endpoint.route,
            id="drf_cors.I002",
        )
