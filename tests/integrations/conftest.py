"""Fixtures for tests of what schemas publish."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integrations.schema_site import Site


@pytest.fixture
def site(settings: Any) -> Site:
    return Site(settings)
