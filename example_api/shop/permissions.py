"""Who may do what. CORS does not answer that: it only says which scripts may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission

from example_api.shop.models import Order

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.views import APIView


class IsStaffOrReadOnly(BasePermission):
    """Everyone reads, the staff write."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF passes it
        """Say whether the caller may use this method."""
        return request.method in SAFE_METHODS or request.user.is_staff


class HasReviewToken(BasePermission):
    """Everyone reads; to write takes the review token of an order, sent in ``X-Review-Token``."""

    message = "Send the review token of your order in X-Review-Token."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF passes it
        """Say whether the caller may use this method."""
        if request.method in SAFE_METHODS:
            return True
        orders: QuerySet[Order] = Order.objects.filter(review_token=request.headers.get("X-Review-Token", ""))
        return orders.exists()
