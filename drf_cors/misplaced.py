"""Declarations in places that nothing reads: under a misspelt name, on a function, in a keyword.

The view works, but the policy is not in force. `drf_cors.lost` closes the view.
"""

from __future__ import annotations

import functools
import string
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, cast

from drf_cors.core.errors import Fault
from drf_cors.core.policy import CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.held import own_attributes, unwrapped
from drf_cors.layers import class_declarations
from drf_cors.member_references import assigned_by_methods, calls_cors
from drf_cors.members import own_policy
from drf_cors.one_pass import once_per_pass
from drf_cors.view_facts import bound_methods, definer_of, is_callable_object
from drf_cors.view_layers import Lost

if TYPE_CHECKING:
    from drf_cors.view_facts import ViewFacts

#: How the first word of a misspelt name begins.
_TYPOS: Final = frozenset({"cors", "cor", "crs", "cros", "cosr", "corss", "coors", "cores", "ccors"})

#: The attributes that declare for a class.
NAMES: Final = ("cors_policy", "cors_action_policies")

#: Names of methods that nothing calls. REST framework has such a method for most of its attributes.
_HOOKS: Final = frozenset({"get_cors_policy", "get_cors_policies", "get_cors_action_policies"})

#: Names that look like those of REST framework's attributes.
_LIKE_THEIRS: Final = frozenset({"cors", "cors_class", "cors_classes", "cors_policy_class", "cors_policy_classes"})

#: How similar a misspelt name is to one of them, from 0 to 1; see `difflib`.
_SIMILARITY: Final = 0.8

#: The characters of a dotted name.
_OF_NAMES: Final = f"{string.ascii_letters}{string.digits}_."


def misplaced(facts: ViewFacts, policy_names: frozenset[str]) -> Iterator[Lost]:
    """Yield what a callback and its classes declare in places that nothing reads.

    Args:
        facts: Of the callback.
        policy_names: The names in `CORS_POLICIES`.
    """
    yield from _assigned(facts)
    yield from _keywords(facts)
    yield from _on_functions(facts)
    yield from _in_classes(facts)
    for owner in facts.classes:
        yield from misspelt(owner, policy_names)
    for name, value in facts.initkwargs.items():
        if name not in NAMES and is_misspelt(name) and _declares(value, policy_names):
            yield _misspelt(f"{facts.name}.as_view({name}=...)", value)


# Assignments


def _assigned(facts: ViewFacts) -> Iterator[Lost]:
    """Yield what views declare during a request, by `self.cors_policy = ...` or by `cors()`.

    `as_view()` creates an object for each request. An object that is a callback is created once, so
    what it assigns is read.
    """
    for link in (*facts.chain, *unwrapped(facts.function)):
        if type(link) is FunctionType and calls_cors(link):
            remedy = "write @cors(...) above the function, or cors(...) around it in the URLconf"
            yield _lost(facts.name, "cors", "lost-at-request", remedy)
    if facts.view_class is not None:
        yield from _assigned_in(facts.view_class, assigned_by_methods(facts.view_class))
    for owner, entry in facts.callables:
        entries = [entry] if entry else bound_methods(facts.chain, owner)
        called = []
        for method, attribute in assigned_by_methods(owner):
            # Its other methods may make URLs: `get_urls()` of an admin.
            if attribute == "cors" and method.rpartition(".")[2] in entries:
                called.append((method, attribute))
        yield from _assigned_in(owner, called)


def _assigned_in(owner: type, assigned: Iterable[tuple[str, str]]) -> Iterator[Lost]:
    """Yield what the methods of a class declare during a request.

    Args:
        owner: The class.
        assigned: Its methods, each with the attribute that it assigns, or with `cors`.
    """
    for method, attribute in assigned:
        fault = Fault(
            field=method,
            value=attribute,
            reason="lost-at-request",
            remedy="declare it in the body of the class: cors_policy = CorsPolicy(...), or @cors(...) "
            f"above a method of {owner.__name__}",
        )
        yield Lost(fault, Source("attribute", f"{owner.__name__}.{attribute}"))


# Keywords


def _keywords(facts: ViewFacts) -> Iterator[Lost]:
    """Yield each `cors_action_policies` among keywords. Only the attribute of a class is read."""
    given: dict[str, object] = {f"{facts.name}.as_view": facts.initkwargs}
    for name in facts.actions.values():
        given[f"@action on {facts.name}.{name}"] = own_attributes(facts.handler(name)).get("kwargs")
    for where, keywords in given.items():
        if isinstance(keywords, Mapping) and keywords.get("cors_action_policies"):
            remedy = (
                f"write it as an attribute of the class: {facts.name}.cors_action_policies = {{...}}; "
                "for one action, write @action(cors_policy=...)"
            )
            yield _lost(where, "cors_action_policies", "lost-keyword", remedy)
            return


# Functions


def _on_functions(facts: ViewFacts) -> Iterator[Lost]:
    """Yield each policy that is an attribute of a function. That of a callable object is read."""
    # A wrapper has a copy of the attributes of the function that it wraps: each value is reported
    # once.
    seen = [own_policy(holder) for holder in facts.holders]
    for where, link in _functions(facts):
        attributes = {} if issubclass(type(link), type) else own_attributes(link)
        if not attributes:
            continue
        for name in NAMES:
            value = attributes.get(name)
            if value is not None and not any(value is other for other in seen):
                seen.append(value)
                yield _lost(where, name, "lost-on-function", "write @cors(...) above it")


def _functions(facts: ViewFacts) -> Iterator[tuple[str, object]]:
    """Yield the functions of a view, each with its place, for messages."""
    for link in (*facts.chain, *unwrapped(facts.function)):
        if not is_callable_object(link):
            yield facts.name, link
    if facts.view_class is None or facts.function is not None:
        return
    yield from _functions_of_bases(facts.view_class)
    for name in dict.fromkeys(facts.handlers.values()):
        for link in _links_of_handler(facts.view_class, name):
            yield f"{facts.name}.{name}", link


def _in_classes(facts: ViewFacts) -> Iterator[Lost]:
    """Yield what a class declares whose static method is the callback.

    A call of the method does not use the class.
    """
    if facts.classes:
        return
    for link in facts.chain:
        if type(link) is not FunctionType or "." not in link.__qualname__:
            continue
        owner: Any = sys.modules.get(link.__module__)
        for name in link.__qualname__.split(".")[:-1]:
            owner = getattr(owner, name, None)
        method = getattr(owner, link.__name__, None)
        if isinstance(owner, type) and any(link is each for each in unwrapped(method)):
            yield from _of_static_method(link, owner)


def _of_static_method(method: FunctionType, owner: type) -> Iterator[Lost]:
    for klass in owner.__mro__:
        for declared in class_declarations(klass, ""):
            fault = Fault(
                field=str(declared.source),
                value=method.__qualname__,
                reason="lost-static",
                remedy=f"write @cors(...) above {method.__qualname__}",
            )
            yield Lost(fault, declared.source)


@once_per_pass
def _links_of_handler(view_class: type, name: str) -> tuple[object, ...]:
    """Return a handler and the functions that it wraps, without those that have no attributes."""
    handler = vars(definer_of(view_class, name)).get(name)
    return tuple(link for link in unwrapped(handler) if own_attributes(link))


@once_per_pass
def _functions_of_bases(view_class: type) -> tuple[tuple[str, object], ...]:
    found: list[tuple[str, object]] = []
    for klass in view_class.__mro__[:-1]:
        found += _functions_of(klass)
    return tuple(found)


@once_per_pass
def _functions_of(klass: type) -> tuple[tuple[str, object], ...]:
    items = list(vars(klass).items())
    functions = [(name, value) for name, value in items if type(value) is FunctionType]
    declaring = [(name, value) for name, value in functions if not value.__dict__.keys().isdisjoint(NAMES)]
    return tuple((f"{klass.__name__}.{name}", value) for name, value in declaring)


# Names


@functools.lru_cache(maxsize=4096)  # most views have their attributes from the same few bases
def is_misspelt(name: str) -> bool:
    """Return whether a name is probably a misspelt name of `NAMES`.

    A longer name that contains a right one is a constant: `CORS_POLICY_OF_PARTNERS`.

    Args:
        name: The name of an attribute or of a keyword.
    """
    plain = name.strip("_").lower()
    if name in NAMES or plain in NAMES:
        return name not in NAMES
    if name in _LIKE_THEIRS:
        return True
    if any(f"_{right}" in plain or f"{right}_" in plain for right in NAMES):
        return False
    first_word = plain.partition("_")[0]
    if "_" in plain and first_word not in _TYPOS:
        return False  # `course_policy` is a policy for courses
    return bool(get_close_matches(plain, NAMES, cutoff=_SIMILARITY))


@once_per_pass
def misspelt(owner: type, policy_names: frozenset[str]) -> tuple[Lost, ...]:
    """Return the attributes of a class that nothing reads, but that are meant to declare.

    Those are policies under a misspelt name and as an annotation, methods that compute them, and a
    `cors_policy` that is a method or property.

    Args:
        owner: The class. Its bases are searched too.
        policy_names: The names in `CORS_POLICIES`.
    """
    found: list[Lost] = []
    for klass in owner.__mro__[:-1]:
        found += _misspelt_in(klass, policy_names)
    return tuple(found)


@once_per_pass
def _misspelt_in(klass: type, policy_names: frozenset[str]) -> tuple[Lost, ...]:
    found: list[Lost] = []
    attributes = dict(vars(klass))
    for name, value in attributes.items():
        is_method = issubclass(type(value), (FunctionType, property))  # isinstance() evaluates a lazy object
        if name in _HOOKS or (name == "cors_policy" and is_method):
            remedy = "write an attribute of the class, cors_policy = CorsPolicy(...); an is_origin_allowed of the "
            remedy += "policy may be a function of the origin and the request"
            found.append(_lost(f"{klass.__name__}.{name}", name, "lost-hook", remedy))
        elif is_misspelt(name) and _declares(value, policy_names):
            right = attributes.get(right_name(value))
            # A constant for the right one is no fault. `==` evaluates a lazy object.
            if type(right) is not type(value) or right != value:
                found.append(_misspelt(f"{klass.__name__}.{name}", value))
    return (*found, *_annotated_in(klass, policy_names))


def _annotated_in(klass: type, policy_names: frozenset[str]) -> Iterator[Lost]:
    for name, value in _annotations(klass).items():
        is_meant = name in NAMES or is_misspelt(name)
        if is_meant and name not in vars(klass) and _is_value(value, klass, policy_names):
            remedy = f"write an equals sign: {right_name(value)} = {_source_text(value)}"
            yield _lost(f"{klass.__name__}.{name}", value, "lost-annotation", remedy)


def _misspelt(where: str, value: object) -> Lost:
    return _lost(where, value, "lost-misspelt", f"write {right_name(value)}")


def right_name(value: object) -> str:
    """Return the name of the attribute that is read for a value.

    Args:
        value: A policy, a map of policies, or the source text of one of them.
    """
    is_text_of_map = isinstance(value, str) and value.lstrip().startswith("{")
    if is_text_of_map or isinstance(value, Mapping):
        return "cors_action_policies"
    return "cors_policy"


def _declares(value: object, policy_names: frozenset[str]) -> bool:
    """Whether a value is a policy or the name of one, or a mapping or list with one."""
    # issubclass() of the type, because isinstance() evaluates a lazy object.
    kind = type(value)
    if issubclass(kind, CorsPolicy):
        return True
    if kind is str:
        return value in policy_names
    items: Iterable[object] = ()
    if issubclass(kind, Mapping):
        items = cast("Mapping[object, object]", value).values()
    elif issubclass(kind, (list, tuple)):
        items = cast("Iterable[object]", value)
    return any(issubclass(type(item), CorsPolicy) or (type(item) is str and item in policy_names) for item in items)


def _annotations(klass: type) -> Mapping[str, object]:
    """Return the annotations of a class itself. Annotations that are strings stay strings."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations  # noqa: PLC0415 - new in Python 3.14

        return get_annotations(klass, format=Format.FORWARDREF)
    return cast("Mapping[str, object]", vars(klass).get("__annotations__", {}))


def _is_value(annotation: object, klass: type, policy_names: frozenset[str]) -> bool:
    """Whether an annotation is a policy, its name, or the source text of one, instead of a type."""
    if not isinstance(annotation, str) or annotation in policy_names:
        return _declares(annotation, policy_names)
    text = annotation.strip()
    if text.startswith("{"):
        return True
    name = text[: len(text) - len(text.lstrip(_OF_NAMES))]
    first, *attributes = name.split(".")
    value: Any = getattr(sys.modules.get(klass.__module__), first, None)
    for attribute in attributes:
        if isinstance(value, CorsPolicy):
            break
        value = getattr(value, attribute, None)
    if value is CorsPolicy:
        return text[len(name) :].startswith("(")
    return isinstance(value, CorsPolicy)


def _source_text(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else "..."


def _lost(where: str, value: object, reason: str, remedy: str) -> Lost:
    fault = Fault(field=where, value=value, reason=reason, remedy=remedy)
    return Lost(fault, Source("action-map", where))
