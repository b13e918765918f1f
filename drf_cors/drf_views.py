"""Attributes of the class behind a view, also those of REST framework.

REST framework is not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_cors.one_pass import once_per_pass
from drf_cors.view_facts import definers_of, view_class_of

if TYPE_CHECKING:
    from collections.abc import Callable

#: Operator of a composed permission of REST framework -> its sign.
_SIGNS: Final = {"AND": "&", "OR": "|", "NOT": "~"}


def attribute(callback: Callable[..., Any], name: str, default: object = None) -> Any:
    """Return an attribute of a view's class, or the value that `as_view()` or `@action` gave it.

    A property's value depends on the request, so it counts as empty.
    """
    given = getattr(callback, "initkwargs", None) or {}
    value = getattr(view_class_of(callback), name, default)
    if name in given:
        value = given[name]
    if hasattr(type(value), "__get__"):
        return ()
    return value


def setting_place(callback: Callable[..., Any], name: str) -> str:
    """Return where a REST framework setting of a view is written, as a name for people.

    `OrderViewSet.throttle_classes`, or `settings.REST_FRAMEWORK['DEFAULT_THROTTLE_CLASSES']`.

    Args:
        callback: The view.
        name: The attribute.
    """
    view_class = view_class_of(callback)
    if view_class is None or name in (getattr(callback, "initkwargs", None) or {}):
        return name
    value = getattr(view_class, name)
    # A class that only repeats the value, as that of `@api_view` does, is not the place.
    same = [base for base in definers_of(view_class, name) if getattr(base, name) is value]
    if same[-1].__module__.startswith("rest_framework."):
        return f"settings.REST_FRAMEWORK['DEFAULT_{name.upper()}']"
    return f"{same[-1].__name__}.{name}"


@once_per_pass
def bases(klass: object) -> list[str]:
    """Return the dotted names of a class and its bases; empty for an object that is not a class."""
    if not isinstance(klass, type):
        return []
    return [f"{base.__module__}.{base.__qualname__}" for base in klass.__mro__]


def blocking_permissions(callback: Callable[..., Any]) -> str:
    """Return the names of the permissions that refuse anonymous requests, "" for none."""
    permissions = attribute(callback, "permission_classes", ())
    return ", ".join(map(_name_of, filter(_denies_anonymous, permissions)))


def is_open_to_anonymous(callback: Callable[..., Any], method: str) -> bool:
    """Return whether the view's own permissions are known to allow a method without a login.

    REST framework's default allows it too, but nobody has chosen that for the view.

    Args:
        callback: The view.
        method: Upper-case.
    """
    permissions = attribute(callback, "permission_classes", ())
    if permissions and setting_place(callback, "permission_classes").startswith("settings."):
        return False
    if any(_denies_anonymous(permission) is not False for permission in permissions):
        return False
    is_safe = method in ("GET", "HEAD", "OPTIONS")
    return is_safe or not any("ReadOnly" in name for one in permissions for name in bases(one))


def _name_of(permission: Any) -> str:
    """Return the name of a permission.

    Composed permissions are named as in code: `IsAuthenticated & IsAdminUser`.
    """
    operator = getattr(permission, "operator_class", None)
    if operator is None:
        return getattr(permission, "__name__", type(permission).__name__)
    sign = _SIGNS.get(operator.__name__, operator.__name__)
    names = [_name_of(operand) for operand in _operands(permission)]
    if len(names) > 1:
        return f" {sign} ".join(names)
    return f"{sign}{names[0]}"


def _denies_anonymous(permission: Any) -> bool | None:
    """Return whether a permission refuses a request without credentials.

    None if it is not known: for permissions of the project.
    """
    operator = getattr(permission, "operator_class", None)
    if operator is None:
        return _class_denies_anonymous(permission)
    results = [_denies_anonymous(operand) for operand in _operands(permission)]
    if operator.__name__ == "NOT":
        return None if results[0] is None else not results[0]
    # `&` refuses if one operand refuses. `|` allows if one operand allows.
    deciding: bool = operator.__name__ == "AND"
    if deciding in results:
        return deciding
    if None in results:
        return None
    return not deciding


def _class_denies_anonymous(permission: Any) -> bool | None:
    """Return the same for a permission that is not composed."""
    mro = getattr(permission, "__mro__", ())
    definers = [base for base in mro if "has_permission" in vars(base)]
    if not definers or definers[0].__module__ != "rest_framework.permissions":
        return None
    if definers[0].__name__ not in ("IsAuthenticated", "IsAdminUser", "DjangoModelPermissions"):
        return False
    return bool(getattr(permission, "authenticated_users_only", True))


def _operands(permission: Any) -> list[Any]:
    own = vars(permission)
    return [own[name] for name in ("op1_class", "op2_class") if name in own]
