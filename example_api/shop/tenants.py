"""Which origins may use a tenant's widget: a question for the database, so a callable answers it.

The middleware asks it for every preflight and every request from another origin. It is async, so it costs no
thread under ASGI, and its answer is cached, so it seldom costs a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.urls import resolve

from example_api.shop.models import TenantOrigin

if TYPE_CHECKING:
    from django.http import HttpRequest

CACHE_SECONDS = 60


def cache_key(slug: str) -> str:
    """Return where the origins of a tenant are cached."""
    return f"widget-origins:{slug}"


async def is_tenant_origin(origin: str, request: HttpRequest) -> bool:
    """Say whether the tenant in the URL has listed this origin. An unknown tenant has listed none."""
    # A preflight never reaches the view, so there is no request.resolver_match yet.
    slug: str = resolve(request.path_info).kwargs["tenant"]
    origins: list[str] | None = await cache.aget(cache_key(slug))
    if origins is None:
        rows = TenantOrigin.objects.filter(tenant__slug=slug).values_list("origin", flat=True)
        origins = [row async for row in rows]
        await cache.aset(cache_key(slug), origins, CACHE_SECONDS)
    return origin in origins


@receiver([post_save, post_delete], sender=TenantOrigin)
def forget_origins(instance: TenantOrigin, **_kwargs: Any) -> None:
    """Let a change count at once. With a cache per process, other processes follow in a minute."""
    cache.delete(cache_key(instance.tenant.slug))
