"""CorsPolicyMixin: a policy as an attribute of a view class, like `permission_classes`."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.decorators import classonlymethod

from drf_cors.core.errors import shown
from drf_cors.core.policy import CorsPolicy
from drf_cors.noted_dispatch import NotingDispatch, note_objects_of

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase


class CorsPolicyMixin:
    """Adds a policy to a view class of DRF or Django. Make the mixin the first base.

    Attributes:
        cors_policy: The policy of the whole class, or the name of one in `settings.CORS_POLICIES`.
            None declares nothing. Also a keyword of `as_view` and of DRF's `@action`.
        cors_action_policies: Action name of a viewset -> policy or name. The maps of base classes
            merge, action by action.

    Raises:
        TypeError: When a subclass is created whose attributes are not policies.
    """

    cors_policy: CorsPolicy | str | None = None
    cors_action_policies: Mapping[str, CorsPolicy | str] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _refuse_wrong(f"{cls.__name__}.cors_policy", vars(cls).get("cors_policy"))
        actions: object = vars(cls).get("cors_action_policies", {})
        if not isinstance(actions, Mapping) or hasattr(actions, "default_factory"):
            raise TypeError(
                f"{cls.__name__}.cors_action_policies is {shown(actions)}; "
                "write {'list': CorsPolicy(...), 'destroy': NO_CORS}."
            )
        for action, policy in actions.items():
            _refuse_wrong(f"{cls.__name__}.cors_action_policies[{action!r}]", policy, or_none=False)
        if "cors_action_policies" in vars(cls):
            # The map is read once, so it must not change.
            cls.cors_action_policies = types.MappingProxyType(dict(actions))
        note_objects_of(cls)

    # The stubs of Django's and DRF's as_view differ; type checkers use that of the class.
    if not TYPE_CHECKING:

        @classonlymethod
        def as_view(cls, *args: Any, **initkwargs: Any) -> Callable[..., HttpResponseBase]:  # noqa: N805 - a class method
            """Create a callback, as the view class does. An invalid `cors_policy` raises TypeError.

            The keywords of `@action` and `Route(initkwargs=...)` arrive here too.
            """
            if "cors_action_policies" in initkwargs:
                name = f"{cls.__name__}.cors_action_policies"
                raise TypeError(
                    "cors_action_policies is not a keyword of as_view(), @action or Route(). "
                    f"Write it as an attribute of the class, {name} = {{...}}; for one action, write "
                    "@action(cors_policy=...)."
                )
            _refuse_wrong(f"{cls.__name__}.as_view(cors_policy=...)", initkwargs.get("cors_policy"))
            return super().as_view(*args, **initkwargs)

    if not TYPE_CHECKING:  # as above
        dispatch = NotingDispatch()


class _DocstringForHelp(str):
    """A docstring that is false, although it has text.

    drf-spectacular makes the description of an operation from the first true docstring among the
    bases of its view. `help()` and `inspect.getdoc()` print every docstring that is not None.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


# Under `python -OO` there is no docstring.
CorsPolicyMixin.__doc__ = _DocstringForHelp(CorsPolicyMixin.__doc__ or "")


def _refuse_wrong(where: str, value: object, *, or_none: bool = True) -> None:
    if value is None and or_none:
        return
    if isinstance(value, CorsPolicy) or (isinstance(value, str) and value):
        return
    raise TypeError(
        f"{where} is {shown(value)}; write CorsPolicy(allowed_origins=['https://shop.example']), NO_CORS, "
        "or the name of a policy in settings.CORS_POLICIES. Dicts are for settings only."
    )
