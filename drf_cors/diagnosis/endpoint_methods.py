"""One method of one endpoint, and the declarations for it: what an edit is tried on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from drf_cors import resolver as resolvers
from drf_cors.endpoints import Coverage
from drf_cors.view_facts import api_view_function, definers_of

if TYPE_CHECKING:
    from drf_cors.core.merge import Layer
    from drf_cors.endpoints import Endpoint
    from drf_cors.resolver import ViewPolicies
    from drf_cors.view_layers import ViewLayers


class LayerStack(NamedTuple):
    """The layers of one method, weakest first: layers 1 and 2, 3 and 4, and layer 5."""

    site: tuple[Layer, ...]
    general: tuple[Layer, ...]
    own: Layer | None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All of them."""
        if self.own is None:
            return (*self.site, *self.general)
        return (*self.site, *self.general, self.own)


class EndpointMethod:
    """One method of one endpoint.

    Attributes:
        endpoint: The endpoint; None where no view was found, or it is not among the endpoints of
            the site.
        method: Upper-case, or `*` where the methods of the view are not known.
    """

    def __init__(self, endpoint: Endpoint | None, method: str, view: ViewPolicies | None = None) -> None:
        self.endpoint = endpoint
        self.method = method
        self._view = view

    @cached_property
    def view(self) -> ViewPolicies:
        """The policies that hold there."""
        if self._view is not None:
            return self._view
        endpoint = cast("Endpoint", self.endpoint)
        return endpoint.policies(is_covered=endpoint.coverage is not Coverage.NONE)

    @cached_property
    def view_layers(self) -> ViewLayers:
        """What is declared there.

        It does not depend on `CORS_URLS_REGEX`, which is costly to try on the endpoint.
        """
        if self._view is not None:
            return self._view.layers
        return cast("Endpoint", self.endpoint).layers

    @cached_property
    def stack(self) -> LayerStack:
        """The layers of the method."""
        conf = resolvers.current().conf
        layers = self.view_layers
        site = conf.covered if self.view.is_covered else conf.uncovered
        return LayerStack(site, layers.general, layers.by_method.get(self.method))

    @property
    def name(self) -> str:
        """The name for people: `GET /api/orders/`."""
        return f"{self.method} {self.endpoint.route if self.endpoint is not None else ''}"

    @cached_property
    def handler(self) -> tuple[type, str] | None:
        """The class that defines the handler or action of the method, and its name.

        None where there is none.
        """
        view_class, name = self.view_layers.view_class, self.view_layers.handlers.get(self.method)
        if view_class is None or name is None:
            return None
        if self.method == "OPTIONS" and self.view_layers.by_method.get(self.method) is None:
            return None  # under the policy of the class, as lists show it
        definers = definers_of(view_class, name)
        return (definers[0], name) if definers else None

    @property
    def code(self) -> object:
        """The code of a function view, None for a class."""
        layers = self.view_layers
        function = api_view_function(layers.view_class)
        if function is None:
            if layers.view_class is not None or self.endpoint is None:
                return None
            function = self.endpoint.callback
        return getattr(inspect.unwrap(function), "__code__", None)


#: Returns the layers of a method after an edit; the same object where the edit does not touch them.
Edit = Callable[[EndpointMethod], LayerStack]
