"""A site made for one test, and its schema as it leaves the server."""

from __future__ import annotations

import json
import re
from typing import Any

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.settings import patched_settings
from rest_framework import serializers
from rest_framework.views import APIView

from drf_cors import CorsPolicy, CorsPolicyMixin
from drf_cors.openapi import CorsSchemaGenerator

KEY = "x-cors-policy"
SITE = "https://site.example"


def at(name: str, **fields: Any) -> CorsPolicy:
    """A policy that can be told from the others by its origin."""
    return CorsPolicy(allowed_origins=[origin(name)], **fields)


def origin(name: str) -> str:
    return f"https://{name}.example"


class Thing(serializers.Serializer):
    name = serializers.CharField()


class Base(CorsPolicyMixin, APIView):
    serializer_class = Thing

    def get(self, request: Any, **kwargs: Any) -> None: ...


def urlconf(*patterns: Any) -> Any:
    """What a module with these URLs would be."""
    return type("Urls", (), {"urlpatterns": list(patterns)})


class Site:
    """A site with the given URLs, and its schema as it leaves the server: JSON."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        settings.CORS_ALLOWED_ORIGINS = [SITE]

    def serve(self, *patterns: Any) -> None:
        self.settings.ROOT_URLCONF = urlconf(*patterns)

    def generate(
        self, generator: Any = None, *, request: Any = None, public: bool = True, custom: Any = None
    ) -> dict[str, Any]:
        with patched_settings(custom or {}):
            made = (generator or CorsSchemaGenerator()).get_schema(request=request, public=public)
        assert not GENERATOR_STATS
        text = json.dumps(made)
        loaded: dict[str, Any] = json.loads(text)
        return loaded

    def operations(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        paths = self.generate(*args, **kwargs)["paths"]
        return {f"{method.upper()} {path}": made for path, item in paths.items() for method, made in item.items()}

    def policies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {name: made.get(KEY) for name, made in self.operations(*args, **kwargs).items()}

    def who(self, *args: Any, **kwargs: Any) -> dict[str, str | None]:
        """The label of the one origin that each operation admits; None where it admits nobody."""
        found = {}
        for name, policy in self.policies(*args, **kwargs).items():
            assert policy["enabled"] == bool(policy["allowOrigins"])
            found[name] = re.sub(r"https://|\.example", "", "".join(policy["allowOrigins"])) or None
        return found
