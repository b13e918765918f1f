"""Fixtures for tests of what schemas publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation

from tests.integrations.schema_site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Leave no language behind: `LocaleMiddleware` sets that of the thread."""
    yield
    translation.deactivate()


@pytest.fixture
def site(settings: Any) -> Site:
    return Site(settings)
