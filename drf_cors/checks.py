"""System checks."""

from __future__ import annotations

from typing import Any

from django.core import checks

from drf_cors import conf
from drf_cors.core.errors import CorsConfigurationError


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Report every fault of the `CORS_*` settings (`drf_cors.E001`)."""
    try:
        conf.load()
    except CorsConfigurationError as error:
        return [checks.Error(str(fault), hint=fault.remedy, id="drf_cors.E001") for fault in error.faults]
    return []
