"""Function views: DRF's and plain Django's, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from drf_cors import cors
from example_api.origins import SHOP_FRONT
from example_api.shop.models import Product
from example_api.shop.serializers import StatusSerializer

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20" role="img" aria-label="shop: open">
  <rect width="80" height="20" rx="3" fill="#2e7d32"/>
  <text x="40" y="14" fill="#fff" font-size="11" text-anchor="middle">shop: open</text>
</svg>
"""


@extend_schema(responses=StatusSerializer)
@cors(allow_all_origins=True, allow_methods=["GET"])
@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def status(_request: Request) -> Response:
    """Say whether the shop is open: to any site, never with cookies."""
    return Response(StatusSerializer({"status": "open", "products": Product.objects.count()}).data)


@cors(allowed_origins=[SHOP_FRONT], allow_methods=["GET"], expose_headers=["X-Result-Count"])
@require_safe
async def search(request: HttpRequest) -> JsonResponse:
    """Find products by a part of their name, sent as ``?q=``."""
    found = Product.objects.filter(name__icontains=request.GET.get("q", ""))
    results = [{"id": product.pk, "name": product.name} async for product in found]
    return JsonResponse({"results": results}, headers={"X-Result-Count": str(len(results))})


@cors(allow_all_origins=True, allow_methods=["GET"], allow_headers=[])
@require_safe
def badge(_request: HttpRequest) -> HttpResponse:
    """Draw a badge for other sites. It is outside CORS_URLS_REGEX, and governed because it says so."""
    return HttpResponse(BADGE, content_type="image/svg+xml")


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Tell the load balancer that we live. It has no policy at all, so the library leaves it alone."""
    return JsonResponse({"status": "ok"})
