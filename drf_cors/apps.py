"""The Django app of this package."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core import checks as django_checks


class DrfCorsConfig(AppConfig):
    """Registers the system checks. The middleware works without it."""

    name = "drf_cors"
    verbose_name = "drf-cors"

    def ready(self) -> None:
        """Register the system checks."""
        for check in (check_settings, check_middleware, check_views):
            django_checks.register(check, django_checks.Tags.security)
        for check in (check_security, check_exposure):
            django_checks.register(check, django_checks.Tags.security, deploy=True)


# A server runs no checks, and should not wait until they are imported. Each check is imported when
# it runs.


def check_settings(**given: Any) -> list[django_checks.CheckMessage]:
    """Run `drf_cors.checks.check_settings`."""
    from drf_cors import checks  # noqa: PLC0415 - see above

    return checks.check_settings(**given)


def check_middleware(**given: Any) -> list[django_checks.CheckMessage]:
    """Run `drf_cors.checks.check_middleware`."""
    from drf_cors import checks  # noqa: PLC0415 - see above

    return checks.check_middleware(**given)


def check_views(**given: Any) -> list[django_checks.CheckMessage]:
    """Run `drf_cors.checks.check_views`."""
    from drf_cors import checks  # noqa: PLC0415 - see above

    return checks.check_views(**given)


def check_security(**given: Any) -> list[django_checks.CheckMessage]:
    """Run `drf_cors.checks.check_security`."""
    from drf_cors import checks  # noqa: PLC0415 - see above

    return checks.check_security(**given)


def check_exposure(**given: Any) -> list[django_checks.CheckMessage]:
    """Run `drf_cors.checks.check_exposure`."""
    from drf_cors import checks  # noqa: PLC0415 - see above

    return checks.check_exposure(**given)
