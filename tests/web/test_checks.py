"""`manage.py check`: every id once by itself, and once through the command."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings
from django.urls import path
from rest_framework import viewsets

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.checks import check_settings, check_views

SHOP = CorsPolicy(allowed_origins=["https://shop.example"])


class OrderViewSet(CorsPolicyMixin, viewsets.ViewSet):
    cors_policy = SHOP
    cors_action_policies = {"lsit": NO_CORS}

    def list(self, request):
        raise NotImplementedError


class Sure(OrderViewSet):
    cors_action_policies = {"list": NO_CORS}

    @cors(SHOP)
    def list(self, request):
        raise NotImplementedError


@cors(allowed_origins=["https://shop.example"])
def fine(request):
    raise NotImplementedError


@cors("partnres")
def misspelled(request):
    raise NotImplementedError


@cors(allow_credentials=True)
def credentials_only(request):
    raise NotImplementedError


class Urls:
    def __init__(self, *patterns):
        self.urlpatterns = list(patterns)


def ids(messages):
    return sorted({message.id for message in messages})


@pytest.mark.parametrize(
    ("settings", "urlpatterns", "expected", "said"),
    [
        pytest.param({}, [path("fine", fine)], [], "", id="nothing is wrong"),
        pytest.param(
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example/"]},
            [],
            ["drf_cors.E001"],
            "CORS_ALLOWED_ORIGINS: 'https://shop.example/' ends with a slash",
            id="a setting is wrong",
        ),
        pytest.param(
            {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
            [],
            ["drf_cors.E002"],
            "CORS_ALLOW_ALL_ORIGINS and CORS_ALLOW_CREDENTIALS are both True",
            id="any origin with credentials",
        ),
        pytest.param(
            {"CORS_ALLOW_HEADERS": ["content-type", "dnt"]},
            [],
            ["drf_cors.W001"],
            "CORS_ALLOW_HEADERS lists 'dnt', which no script can set",
            id="a header that scripts cannot set",
        ),
        pytest.param(
            {},
            [path("misspelled", misspelled)],
            ["drf_cors.E003"],
            "misspelled: cors_policy: 'partnres' is not the name of a policy",
            id="an unknown policy name",
        ),
        pytest.param(
            {"CORS_ALLOW_ALL_ORIGINS": True},
            [path("credentials", credentials_only)],
            ["drf_cors.E003"],
            "credentials_only: allow_credentials: True would let every site on the web act",
            id="a fault that only the merge makes",
        ),
        pytest.param(
            {},
            [path("sure", Sure.as_view({"get": "list"}))],
            ["drf_cors.E004", "drf_cors.E005"],
            "Sure: Sure.cors_action_policies['list'] and @cors on Sure.list declare in one layer; only",
            id="two declarations in one layer",
        ),
        pytest.param(
            {},
            [
                path("orders", OrderViewSet.as_view({"get": "list"})),
                path("again", OrderViewSet.as_view({"get": "list"})),
            ],
            ["drf_cors.E005"],
            "OrderViewSet.cors_action_policies names 'lsit', which is no action",
            id="a key that is no action",
        ),
        pytest.param(
            {"CORS_VIEW_POLICIES": {"orders:list": SHOP, "fine": SHOP}},
            [path("fine", fine, name="fine")],
            ["drf_cors.E006"],
            "CORS_VIEW_POLICIES['orders:list'] matches no view",
            id="a key that matches nothing",
        ),
    ],
)
def test_check(settings, urlpatterns, expected, said):
    with override_settings(**settings, ROOT_URLCONF=Urls(*urlpatterns)):
        messages = [*check_settings(), *check_views()]
        assert ids(messages) == expected
        assert all(message.hint for message in messages)
        assert said in "\n".join(message.msg for message in messages)
        assert len({message.msg for message in messages}) == len(messages)
        if any(identifier.startswith("drf_cors.E") for identifier in expected):
            with pytest.raises(SystemCheckError, match=expected[0]):
                call_command("check")


@pytest.mark.parametrize(
    "broken",
    [{"ROOT_URLCONF": "no.such.module"}, {"CORS_ALLOWED_ORIGINS": "https://shop.example"}],
    ids=["URLconf", "settings"],
)
def test_a_broken_project_is_left_to_the_check_that_names_the_break(broken):
    with override_settings(**broken):
        assert check_views() == []
