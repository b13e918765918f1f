"""What the shop keeps."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


def new_key() -> str:
    """Return a key that nobody can guess."""
    return uuid4().hex


class Product(models.Model):
    """Something for sale."""

    name = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal(0))])

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """One customer wants some of one product."""

    class Status(models.TextChoices):
        """What became of the order."""

        OPEN = "open"
        CANCELLED = "cancelled"

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="orders")
    quantity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    note = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    receipt_kept = models.BooleanField(default=True)
    idempotency_key = models.CharField(max_length=64, default=new_key, editable=False)
    review_token = models.CharField(max_length=32, default=new_key, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "idempotency_key"], name="one_order_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product}"

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.product.price * self.quantity


class Review(models.Model):
    """What a buyer thinks of a product."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.product}: {self.stars} stars"


class Subscriber(models.Model):
    """Someone who wants the newsletter."""

    email = models.EmailField(unique=True)

    def __str__(self) -> str:
        return self.email


class Tenant(models.Model):
    """Another shop that shows our widget on its own site."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.slug


class TenantOrigin(models.Model):
    """An origin that may use the widget of one tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="origins")
    origin = models.CharField(max_length=326)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "origin"], name="origin_once_per_tenant")]

    def __str__(self) -> str:
        return self.origin


class WidgetEvent(models.Model):
    """Something that happened in a widget."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="events")
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name
