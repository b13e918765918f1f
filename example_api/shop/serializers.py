"""How the shop reads and writes JSON."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from rest_framework import serializers

from example_api.shop.models import Order, Product, Review, Subscriber, Tenant, WidgetEvent


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product of the catalogue."""

    class Meta:
        model = Product
        fields = ["id", "name", "price"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order of the customer who is logged in."""

    total = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)

    class Meta:
        model = Order
        fields = ["id", "product", "quantity", "note", "status", "total"]
        read_only_fields = ["status"]


class ReceiptSerializer(serializers.Serializer[Order]):
    """What was bought, and for how much."""

    order = serializers.IntegerField(source="pk")
    product = serializers.CharField(source="product.name")
    quantity = serializers.IntegerField()
    total = serializers.DecimalField(max_digits=12, decimal_places=2)


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A review of a product."""

    class Meta:
        model = Review
        fields = ["id", "product", "stars", "text"]


class SubscriberSerializer(serializers.ModelSerializer[Subscriber]):
    """A subscription to the newsletter."""

    # Declared, so that it is not checked for being new: nobody shall learn who else reads the newsletter.
    email = serializers.EmailField()

    class Meta:
        model = Subscriber
        fields = ["email"]

    def create(self, validated_data: Any) -> Subscriber:
        """Subscribe; twice is the same as once."""
        subscriber: Subscriber
        subscriber, _ = Subscriber.objects.get_or_create(**validated_data)
        return subscriber


class WidgetSerializer(serializers.ModelSerializer[Tenant]):
    """What a tenant's widget shows."""

    tenant = serializers.CharField(source="slug")

    class Meta:
        model = Tenant
        fields = ["tenant", "title"]


class WidgetEventSerializer(serializers.ModelSerializer[WidgetEvent]):
    """Something that happened in a tenant's widget."""

    class Meta:
        model = WidgetEvent
        fields = ["name"]


class ProfileSerializer(serializers.ModelSerializer[User]):
    """The account of the caller."""

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email"]
        read_only_fields = ["username"]


class SessionSerializer(serializers.Serializer[dict[str, str]]):
    """Who is logged in, and the CSRF token to send as ``X-CSRFToken`` when changing something."""

    username = serializers.CharField(help_text="Empty when nobody is logged in.")
    csrf_token = serializers.CharField()


class StatusSerializer(serializers.Serializer[dict[str, Any]]):
    """Whether the shop is open."""

    status = serializers.CharField()
    products = serializers.IntegerField()


class ReportSerializer(serializers.Serializer[dict[str, Any]]):
    """The sales so far."""

    orders = serializers.IntegerField()
    revenue = serializers.DecimalField(max_digits=14, decimal_places=2)
