"""Widgets on the tenants' sites: the allowed origins are rows of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from drf_cors import CorsPolicy, CorsPolicyMixin
from example_api.shop.models import Tenant
from example_api.shop.serializers import WidgetEventSerializer, WidgetSerializer
from example_api.shop.tenants import is_tenant_origin

if TYPE_CHECKING:
    from rest_framework.request import Request


class WidgetView(CorsPolicyMixin, APIView):
    """The widget of one tenant, for the sites that this tenant has listed."""

    authentication_classes = []
    permission_classes = [AllowAny]
    cors_policy = CorsPolicy(
        is_origin_allowed=is_tenant_origin, allow_methods=["GET", "POST"], allow_headers=["content-type"]
    )

    @extend_schema(responses=WidgetSerializer)
    def get(self, _request: Request, tenant: str) -> Response:
        """Return what the widget shows."""
        return Response(WidgetSerializer(get_object_or_404(Tenant, slug=tenant)).data)

    @extend_schema(request=WidgetEventSerializer, responses={201: WidgetEventSerializer})
    def post(self, request: Request, tenant: str) -> Response:
        """Report something that happened in the widget."""
        serializer = WidgetEventSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save(tenant=get_object_or_404(Tenant, slug=tenant))
        return Response(serializer.data, status=status.HTTP_201_CREATED)
