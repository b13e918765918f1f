"""CorsPolicyMixin: a policy as an attribute of a view class, beside `permission_classes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils.decorators import classonlymethod

from drf_cors.core.errors import shown
from drf_cors.core.policy import CorsPolicy

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

#: In `request.META` while `CorsMiddleware` waits for an answer: the request, and the classes with the mixin that handle
#: it, in order. Another attribute of the request would cost five times as much. The request stands there, because views
#: that answer several requests in one make others from a copy of `META`. It is a list, so that what is noted in a copy
#: that stands in for `META` for a while is noted here too.
RAN: Final = "drf_cors.classes_that_ran"


class CorsPolicyMixin:
    """Lets a view class declare its policy. Stands first among the bases, for DRF's views and Django's.

    Attributes:
        cors_policy: What holds for the whole class: a policy, or the name of one in `settings.CORS_POLICIES`.
            None says nothing. Also a keyword of `as_view` and of DRF's `@action`.
        cors_action_policies: Of a viewset, action name -> policy or name. Maps of base classes merge per
            action.

    Raises:
        TypeError: When a subclass is made whose attributes are no policies.
    """

    cors_policy: CorsPolicy | str | None = None
    cors_action_policies: Mapping[str, CorsPolicy | str] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _refuse_wrong(f"{cls.__name__}.cors_policy", vars(cls).get("cors_policy"))
        actions: object = vars(cls).get("cors_action_policies", {})
        if not isinstance(actions, Mapping):
            raise TypeError(
                f"{cls.__name__}.cors_action_policies is {shown(actions)}; "
                "write {'list': CorsPolicy(...), 'destroy': NO_CORS}."
            )
        for action, policy in actions.items():
            _refuse_wrong(f"{cls.__name__}.cors_action_policies[{action!r}]", policy, or_none=False)

    if not TYPE_CHECKING:  # the stubs of Django's and DRF's as_view differ; a class keeps its own

        @classonlymethod
        def as_view(cls, *args: Any, **initkwargs: Any) -> Callable[..., HttpResponseBase]:  # noqa: N805 - a class method
            """Make a callback, as the view class does. A wrong `cors_policy` is refused here, at import."""
            _refuse_wrong(f"{cls.__name__}.as_view(cors_policy=...)", initkwargs.get("cors_policy"))
            return super().as_view(*args, **initkwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Note that this class ran, then dispatch. The middleware compares it with the class it judged by."""
        ran = request.META.get(RAN)
        if ran is not None and ran[0] is request:
            ran.append(type(self))
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # the view class stands behind the mixin


# drf-spectacular prints the first docstring among a view's bases as the description of its operations.
CorsPolicyMixin.__doc__ = None


def _refuse_wrong(where: str, value: object, *, or_none: bool = True) -> None:
    if isinstance(value, CorsPolicy) or (isinstance(value, str) and value) or (value is None and or_none):
        return
    raise TypeError(
        f"{where} is {shown(value)}; write CorsPolicy(allowed_origins=['https://shop.example']), NO_CORS, "
        "or the name of a policy in settings.CORS_POLICIES. Dicts are for settings only."
    )
