"""What a view says of itself by the attributes of its class. REST framework is never imported for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from drf_cors.core.policy import CorsPolicy
from drf_cors.decorators import view_class_of


def attribute(callback: Callable[..., Any], name: str, default: object = None) -> Any:
    """Return an attribute of the class behind a callback, as `as_view()` or `@action` may have replaced it."""
    given = getattr(callback, "initkwargs", None) or {}
    return given[name] if name in given else getattr(view_class_of(callback), name, default)


def bases(klass: object) -> list[str]:
    """Return the dotted names of a class and its bases; none for what is no class."""
    return [f"{base.__module__}.{base.__qualname__}" for base in klass.__mro__] if isinstance(klass, type) else []


def misspelt_declarations(callback: Callable[..., Any]) -> Iterator[str]:
    """Yield each attribute of a view's class that holds a policy under a name that nothing reads."""
    for klass in getattr(view_class_of(callback), "__mro__", ()):
        for name, value in vars(klass).items():
            is_alike = name != "cors_policy" and get_close_matches(name, ["cors_policy"], cutoff=0.75)
            if is_alike and isinstance(value, CorsPolicy):
                yield f"{klass.__name__}.{name}"


def guards(callback: Callable[..., Any]) -> str:
    """Return the names of the permission classes that would refuse a request without credentials, "" for none."""
    classes = attribute(callback, "permission_classes", ())
    names = [getattr(klass, "__name__", type(klass).__name__) for klass in classes]
    return ", ".join(name for name in names if not (name == "AllowAny" or name.endswith("OrReadOnly")))
