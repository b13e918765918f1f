"""Views that the projects share. None of them is ever run by an explanation."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from drf_cors import CorsPolicy, CorsPolicyMixin

SHOP = "https://shop.example"
OURS = "drf_cors.middleware.CorsMiddleware"


class Undeclared(APIView):
    """Says nothing about CORS, and wants a user."""

    permission_classes = (IsAuthenticated,)

    def get(self, request: Any) -> None:
        raise NotImplementedError

    def put(self, request: Any) -> None:
        raise NotImplementedError


class Orders(CorsPolicyMixin, APIView):
    """Lets the shop in."""

    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_credentials=True, allow_headers=["content-type"])
    authentication_classes = (SessionAuthentication,)

    def get(self, request: Any) -> None:
        raise NotImplementedError

    def post(self, request: Any) -> None:
        raise NotImplementedError

    def patch(self, request: Any) -> None:
        raise NotImplementedError
