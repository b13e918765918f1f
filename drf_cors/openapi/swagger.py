"""Swagger UI with the CORS inspector: drf-spectacular's views with a template for our plugin.

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
    """For a project's own subclass of a Swagger view. Put it before that class in the bases.

    Attributes:
        template_name: The template that shows Swagger UI with our plugin.
        explain_url_name: The name of `CorsExplainView` in the URLconf. If there is no such name,
            the page has no origin box.
        explain_url: The URL of that view, instead of a name.
    """

    template_name: str = "drf_cors/swagger_ui.html"
    explain_url_name: str = "cors-explain"
    explain_url: str | None = None

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the page, or its script for the second request of a split view."""
        # The other base class has this method.
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[misc]
        response.data["explain_url"] = self._explain_url(request)
        response.data["csp_nonce"] = _nonce(request)
        return response

    def _explain_url(self, request: Request) -> str:
        try:
            url = self.explain_url
            if not url:
                url = get_relative_url(reverse(self.explain_url_name, request=request))
        except NoReverseMatch:
            return ""
        # Use the language and version of the schema.
        query = {name: request.GET.get(name) for name in ("lang", "version")}
        return str(set_query_parameters(url=url, **query))


class CorsSwaggerView(CorsSwaggerMixin, SpectacularSwaggerView):
    """`SpectacularSwaggerView` with badges, policy panels and the origin box."""


class CorsSwaggerSplitView(CorsSwaggerMixin, SpectacularSwaggerSplitView):
    """The same for `SpectacularSwaggerSplitView`.

    It has no inline script, for a Content Security Policy without nonces.
    """


def _nonce(request: Request) -> Any:
    """Return the nonce of Django's or django-csp's middleware, "" without either.

    The nonce is lazy. It is not turned into text here, because that would create it.
    """
    # As django.middleware.csp.get_nonce() does, which Django 5.2 does not have.
    nonce = getattr(request, "_csp_nonce", None)
    if nonce is None:
        return getattr(request, "csp_nonce", "")
    return nonce
