"""The URLs of a second host."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from drf_cors import NO_CORS, cors
from packages.harness import POLICY


def plain(request):
    return HttpResponse()


@cors(POLICY)
def marked(request):
    return HttpResponse()


urlpatterns = [
    path("second/", plain),
    path("second/named/", plain, name="second-named"),
    path("second/off/", cors(NO_CORS)(plain)),
    path("second/marked/", marked),
]
