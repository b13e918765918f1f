"""Swagger UI with the CORS inspector: drf-spectacular's views, and a template that brings our plugin along.

path("api/docs/", CorsSwaggerView.as_view(url_name="schema"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch
from drf_spectacular.plumbing import get_relative_url, set_query_parameters
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView, SpectacularSwaggerView
from rest_framework.reverse import reverse

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response
    from rest_framework.views import APIView

    _Base = APIView
else:
    _Base = object


class CorsSwaggerMixin(_Base):
    """For a project's own subclass of a Swagger view: put it before that class among the bases.

    Attributes:
        template_name: Shows Swagger UI with our plugin.
        explain_url_name: The name of `CorsExplainView` in the URLconf. Where it leads nowhere, the page has no
            origin box.
        explain_url: The address of that view, instead of a name.
    """

    template_name: str = "drf_cors/swagger_ui.html"
    explain_url_name: str = "cors-explain"
    explain_url: str | None = None

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the page, or for a split view its script."""
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[misc]  # the other base has it
        response.data["explain_url"] = self._explain_url(request)
        response.data["csp_nonce"] = _nonce(request)
        return response

    def _explain_url(self, request: Request) -> str:
        try:
            url = self.explain_url or get_relative_url(reverse(self.explain_url_name, request=request))
        except NoReverseMatch:
            return ""
        # The same language and version as the schema's.
        query = {name: request.GET.get(name) for name in ("lang", "version")}
        return str(set_query_parameters(url=url, **query))


class CorsSwaggerView(CorsSwaggerMixin, SpectacularSwaggerView):
    """`SpectacularSwaggerView` with badges, policy panels and the origin box."""


class CorsSwaggerSplitView(CorsSwaggerMixin, SpectacularSwaggerSplitView):
    """The same for `SpectacularSwaggerSplitView`: no inline script, for a Content Security Policy without nonces."""


def _nonce(request: Request) -> Any:
    """Return the nonce of Django's or django-csp's middleware, unprinted; "" without either."""
    nonce = getattr(request, "_csp_nonce", None)  # django.middleware.csp.get_nonce(), which Django 5.2 does not have
    return getattr(request, "csp_nonce", "") if nonce is None else nonce
