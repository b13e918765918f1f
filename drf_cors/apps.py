"""The Django app of this package."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks as django_checks


class DrfCorsConfig(AppConfig):
    """Registers the system checks. The middleware works without it."""

    name = "drf_cors"
    verbose_name = "drf-cors"

    def ready(self) -> None:
        """Register the system checks."""
        from drf_cors import checks  # noqa: PLC0415 - reads settings, which are complete only now

        django_checks.register(checks.check_settings, django_checks.Tags.security)
        django_checks.register(checks.check_middleware, django_checks.Tags.security)
        django_checks.register(checks.check_views, django_checks.Tags.security)
        django_checks.register(checks.check_security, django_checks.Tags.security, deploy=True)
