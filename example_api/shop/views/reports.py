"""Reports: same origin only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Sum
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView

from drf_cors import NO_CORS, CorsPolicyMixin
from example_api.shop.models import Order
from example_api.shop.serializers import ReportSerializer

if TYPE_CHECKING:
    from rest_framework.request import Request


class ReportView(CorsPolicyMixin, APIView):
    """The sales so far. NO_CORS shuts out what the global settings would let in."""

    permission_classes = [IsAdminUser]
    cors_policy = NO_CORS

    @extend_schema(responses=ReportSerializer)
    def get(self, _request: Request) -> Response:
        """Add up the open orders."""
        orders = Order.objects.filter(status=Order.Status.OPEN)
        revenue = orders.aggregate(sum=Sum(F("product__price") * F("quantity")))["sum"] or 0
        return Response(ReportSerializer({"orders": orders.count(), "revenue": revenue}).data)
