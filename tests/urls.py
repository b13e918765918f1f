"""No URLs: tests bring their own."""

from typing import Any

urlpatterns: list[Any] = []
