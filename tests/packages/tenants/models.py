"""A tenant and its domain."""

from __future__ import annotations

from django_tenants.models import DomainMixin, TenantMixin


class Tenant(TenantMixin):
    auto_create_schema = False  # no case needs tables of a tenant

    class Meta:
        app_label = "tenants"


class Domain(DomainMixin):
    class Meta:
        app_label = "tenants"
