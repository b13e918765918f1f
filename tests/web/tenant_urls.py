"""The URLs of a tenant: one view, for another origin than elsewhere."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from drf_cors import cors
from tests.web.conftest import PARTNER


@cors(allowed_origins=[PARTNER])
def tenant(request: object) -> HttpResponse:
    return HttpResponse("tenant")


urlpatterns = [path("page", tenant)]
