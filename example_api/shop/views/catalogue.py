"""The catalogue: two policies on one URL, told apart by the method."""

from __future__ import annotations

from rest_framework.viewsets import ModelViewSet

from drf_cors import CorsPolicy, CorsPolicyMixin
from example_api.origins import BACK_OFFICE
from example_api.shop.models import Product
from example_api.shop.permissions import IsStaffOrReadOnly
from example_api.shop.serializers import ProductSerializer

READING = CorsPolicy(allow_all_origins=True, allow_methods=["GET", "HEAD", "OPTIONS"])
WRITING = CorsPolicy(
    allowed_origins=[BACK_OFFICE], allow_credentials=True, allow_methods=["POST", "PUT", "PATCH", "DELETE"]
)


class CatalogueViewSet(CorsPolicyMixin, ModelViewSet[Product]):
    """Products: read from any site without cookies, written from the back office with them."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    permission_classes = [IsStaffOrReadOnly]

    cors_policy = READING
    cors_action_policies = {
        "create": WRITING,
        "update": WRITING,
        "partial_update": WRITING,
        "destroy": WRITING,
    }
