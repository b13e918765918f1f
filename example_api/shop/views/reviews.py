"""Reviews: Django's ``method_decorator`` puts a policy on a class-based view, like any decorator."""

from __future__ import annotations

from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListCreateAPIView

from drf_cors import INHERITED, cors
from example_api.origins import SHOP_FRONT
from example_api.shop.models import Review
from example_api.shop.permissions import HasReviewToken
from example_api.shop.serializers import ReviewSerializer


@extend_schema_view(
    post=extend_schema(
        parameters=[OpenApiParameter("X-Review-Token", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True)]
    )
)
@method_decorator(
    cors(
        allowed_origins=[SHOP_FRONT],
        allow_methods=["GET", "POST"],
        allow_headers=[INHERITED, "x-review-token"],
    ),
    name="dispatch",
)
class ReviewView(ListCreateAPIView[Review]):
    """What buyers think. The token of an order is enough, so nobody needs to be logged in."""

    queryset = Review.objects.all()
    serializer_class = ReviewSerializer
    authentication_classes = []
    permission_classes = [HasReviewToken]
