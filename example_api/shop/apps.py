"""The Django application of the shop."""

from __future__ import annotations

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Connects the receivers that keep the tenants' cached origins fresh."""

    name = "example_api.shop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the receivers."""
        from example_api.shop import tenants  # noqa: F401, PLC0415 - models are not ready any earlier
