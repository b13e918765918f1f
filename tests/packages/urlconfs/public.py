"""The URLs of the public schema."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from drf_cors import cors
from packages.harness import POLICY


def plain(request):
    return HttpResponse()


@cors(POLICY)
def marked(request):
    return HttpResponse()


urlpatterns = [path("public/marked/", marked), path("public/named/", plain, name="public-named")]
