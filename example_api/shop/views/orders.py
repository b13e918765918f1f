"""Orders: one policy for the class, and an action for every way of departing from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from drf_cors import INHERITED, NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from example_api.origins import SHOP_FRONT
from example_api.shop.models import Order, new_key
from example_api.shop.pagination import HeaderPagination
from example_api.shop.serializers import OrderSerializer, ReceiptSerializer

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from rest_framework.request import Request

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Of your choice, 64 characters at most. Sending it again does not order again.",
)
KEY_LENGTH = 64


class OrderViewSet(CorsPolicyMixin, ModelViewSet[Order]):
    """The orders of the customer who is logged in, for the shop front."""

    queryset = Order.objects.select_related("product")
    serializer_class = OrderSerializer
    permission_classes = [IsAuthenticated]
    pagination_class = HeaderPagination

    # INHERITED stands for what the global settings expose.
    cors_policy = CorsPolicy(
        allowed_origins=[SHOP_FRONT],
        allow_credentials=True,
        expose_headers=[INHERITED, "X-Total-Count", "Link"],
    )
    cors_action_policies = {
        # Changes one field; origins and credentials stay those of the class.
        "list": CorsPolicy(preflight_max_age=600),
        # No other site deletes an order, not even the shop front.
        "destroy": NO_CORS,
    }

    def get_queryset(self) -> QuerySet[Order]:
        """Return the orders of the caller, never anyone else's."""
        customer = cast("User", self.request.user)  # IsAuthenticated has seen to that
        orders: QuerySet[Order] = super().get_queryset().filter(customer=customer)
        return orders

    # A mark on a handler: one request header more than the other methods of this URL allow.
    @extend_schema(parameters=[IDEMPOTENCY_KEY])
    @cors(allow_headers=[INHERITED, "idempotency-key"])
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Place an order, once for each ``Idempotency-Key``."""
        key = request.headers.get("Idempotency-Key") or new_key()
        if len(key) > KEY_LENGTH:
            raise ValidationError({"Idempotency-Key": [f"At most {KEY_LENGTH} characters."]})
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        order, created = Order.objects.get_or_create(
            customer=cast("User", request.user), idempotency_key=key, defaults=serializer.validated_data
        )
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(self.get_serializer(order).data, status=code)

    # A named policy: partners handle cancellations, with their customer's token instead of a cookie.
    @extend_schema(request=None, responses=OrderSerializer)
    @cors("partners")
    @action(detail=True, methods=["post"])
    def cancel(self, _request: Request, **_kwargs: Any) -> Response:
        """Cancel an order."""
        order = self.get_object()
        order.status = Order.Status.CANCELLED
        order.save(update_fields=["status"])
        return Response(self.get_serializer(order).data)

    # The keyword of @action. The front end reads the file name that the header suggests.
    @extend_schema(responses=ReceiptSerializer)
    @action(detail=True, cors_policy=CorsPolicy(expose_headers=[INHERITED, "Content-Disposition"]))
    def receipt(self, _request: Request, **_kwargs: Any) -> Response:
        """Return the receipt of an order."""
        order = self.get_object()
        if not order.receipt_kept:
            raise NotFound("You have thrown this receipt away.")
        headers = {"Content-Disposition": f'attachment; filename="receipt-{order.pk}.json"'}
        return Response(ReceiptSerializer(order).data, headers=headers)

    # One more method of the same action: it follows the policy of receipt().
    @extend_schema(responses={204: None})
    @receipt.mapping.delete
    def throw_receipt_away(self, _request: Request, **_kwargs: Any) -> Response:
        """Throw the receipt away. The order stays."""
        order = self.get_object()
        order.receipt_kept = False
        order.save(update_fields=["receipt_kept"])
        return Response(status=status.HTTP_204_NO_CONTENT)
