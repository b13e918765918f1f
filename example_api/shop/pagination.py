"""Pages whose numbers travel in headers, so that the body stays a plain list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class HeaderPagination(PageNumberPagination):
    """Send ``X-Total-Count`` and ``Link``: scripts on other origins see them where they are exposed."""

    page_size = 2

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        """Return one page with its headers."""
        assert self.page is not None  # paginate_queryset() came first  # noqa: S101 - for the type checker
        links = {"next": self.get_next_link(), "prev": self.get_previous_link()}
        headers = {"X-Total-Count": str(self.page.paginator.count)}
        if link := ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items() if url):
            headers["Link"] = link
        return Response(data, headers=headers)

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Describe the body: the list itself."""
        return dict(schema)
