"""Stands in for an installed package: a view that the shop uses and cannot edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

if TYPE_CHECKING:
    from rest_framework.request import Request


class SingleSignOnSerializer(serializers.Serializer[dict[str, str]]):
    """Where a front end sends its visitors to log in."""

    provider = serializers.CharField()
    login_url = serializers.URLField()


class SingleSignOnView(APIView):
    """Tell a front end where its visitors log in. It knows nothing about CORS."""

    permission_classes = [AllowAny]

    @extend_schema(responses=SingleSignOnSerializer)
    def get(self, _request: Request) -> Response:
        """Return the login page of the identity provider."""
        provider = {"provider": "Example ID", "login_url": "https://id.example/login?client=shop"}
        return Response(SingleSignOnSerializer(provider).data)
