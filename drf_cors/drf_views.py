"""What a view says of itself by the attributes of its class. REST framework is never imported for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, Final

from drf_cors.core.policy import CorsPolicy
from drf_cors.view_facts import view_class_of

#: How REST framework's composed permissions are written.
_SIGNS: Final = {"AND": "&", "OR": "|", "NOT": "~"}


def attribute(callback: Callable[..., Any], name: str, default: object = None) -> Any:
    """Return an attribute of the class behind a callback, as `as_view()` or `@action` may have replaced it.

    Of a property, nobody knows what it will be in a request: it is told as empty.
    """
    given = getattr(callback, "initkwargs", None) or {}
    value = given[name] if name in given else getattr(view_class_of(callback), name, default)
    return () if hasattr(type(value), "__get__") else value


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


def blocking_permissions(callback: Callable[..., Any]) -> str:
    """Return the names of the permission classes that would refuse a request without credentials, "" for none."""
    return ", ".join(_name_of(guard) for guard in attribute(callback, "permission_classes", ()) if _refuses(guard))


def _name_of(guard: Any) -> str:
    """Return a permission's name; of composed ones as they are written: `IsAuthenticated & IsAdminUser`."""
    operator = getattr(guard, "operator_class", None)
    if operator is None:
        return getattr(guard, "__name__", type(guard).__name__)
    sign = _SIGNS.get(operator.__name__, operator.__name__)
    names = [_name_of(operand) for operand in _operands(guard)]
    return f" {sign} ".join(names) if len(names) > 1 else f"{sign}{names[0]}"


def _refuses(guard: Any) -> bool | None:
    """Whether a permission refuses a request without credentials; None for those that a project wrote itself."""
    operator = getattr(guard, "operator_class", None)
    if operator is None:
        definers = [base for base in getattr(guard, "__mro__", ()) if "has_permission" in vars(base)]
        if not definers or definers[0].__module__ != "rest_framework.permissions":
            return None
        is_closed: bool = definers[0].__name__ in ("IsAuthenticated", "IsAdminUser", "DjangoModelPermissions")
        return is_closed and bool(getattr(guard, "authenticated_users_only", True))
    answers = [_refuses(operand) for operand in _operands(guard)]
    if operator.__name__ == "NOT":
        return None if answers[0] is None else not answers[0]
    deciding: bool = operator.__name__ == "AND"  # one that refuses is enough for `&`, one that does not for `|`
    if deciding in answers:
        return deciding
    return None if None in answers else not deciding


def _operands(guard: Any) -> list[Any]:
    return [vars(guard)[name] for name in ("op1_class", "op2_class") if name in vars(guard)]
