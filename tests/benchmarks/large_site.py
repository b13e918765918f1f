"""Projects of any size, written to a folder: what a developer waits for on a large site.

`python -m tests.benchmarks.large_site FOLDER 1300` writes one to look at.

A project has shops of 25 operations each. Ten shops are an area, which is included in the URLconf of the project, and
includes its shops. Half of the shops declare a policy, each kind of declaration in turn. The same project can be
written without drf-cors: its apps, views and routes are the same, without anything of CORS.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final, Literal

#: The operations of one shop, as drf-spectacular counts them.
OPERATIONS_OF_SHOP: Final = 25

SHOPS_OF_AREA: Final = 10

#: Shops after which the kinds of declarations start again. The second half of them declares nothing.
PERIOD: Final = 20

#: `areas` includes the shops; `flat` registers the viewsets of all of them on one router.
Shape = Literal["areas", "flat"]

SHOP: Final = "https://shop.example"


def write(folder: Path, operations: int, *, with_cors: bool, shape: Shape = "areas") -> Path:
    """Write a project, and return its folder.

    Args:
        folder: Where to write it. It is made if it is missing.
        operations: How many operations its schema has.
        with_cors: Whether it uses drf-cors.
        shape: How its URLconf includes the shops.
    """
    number = operations // OPERATIONS_OF_SHOP
    files = {
        "manage.py": _MANAGE,
        "project/__init__.py": "",
        "project/settings.py": _settings(number, with_cors=with_cors),
        "project/urls.py": _flat_urls(number) if shape == "flat" else _urls(number),
        "project/base.py": _BASE,
    }
    for area in range(0, number, SHOPS_OF_AREA):
        files[f"project/area_{area // SHOPS_OF_AREA}.py"] = _area(range(area, min(area + SHOPS_OF_AREA, number)))
    for shop in range(number):
        kind = shop % PERIOD if with_cors else -1
        name = f"shop_{shop}"
        files[f"{name}/__init__.py"] = ""
        files[f"{name}/apps.py"] = _APPS.format(name=name)
        files[f"{name}/models.py"] = _MODELS
        files[f"{name}/admin.py"] = _ADMIN
        files[f"{name}/serializers.py"] = _SERIALIZERS
        files[f"{name}/views.py"] = _views(kind)
        files[f"{name}/urls.py"] = _shop_urls(name, kind)
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


_MANAGE: Final = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
execute_from_command_line(sys.argv)
"""


def _settings(number: int, *, with_cors: bool) -> str:
    apps = "".join(f'    "shop_{shop}",\n' for shop in range(number))
    text = _SETTINGS.format(
        apps=apps,
        app='    "drf_cors",\n' if with_cors else "",
        middleware='    "drf_cors.middleware.CorsMiddleware",\n' if with_cors else "",
        generator="drf_cors.openapi.CorsSchemaGenerator" if with_cors else "drf_spectacular.generators.SchemaGenerator",
    )
    return text + _cors_settings(number) if with_cors else text


_SETTINGS: Final = """\
from pathlib import Path

SECRET_KEY = "benchmark-benchmark-benchmark-benchmark-benchmark-1"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "project.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
{app}{apps}]
MIDDLEWARE = [
{middleware}    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {{
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        }},
    }}
]
DATABASES = {{
    "default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parents[1] / "db.sqlite3"}}
}}
REST_FRAMEWORK = {{
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
}}
SPECTACULAR_SETTINGS = {{
    "TITLE": "Shops",
    "DEFAULT_GENERATOR_CLASS": "{generator}",
    "DISABLE_ERRORS_AND_WARNINGS": True,
}}
"""


def _cors_settings(number: int) -> str:
    keys = "".join(f'    "shop_{shop}:tag-list": "partner",\n' for shop in range(number) if shop % PERIOD == 5)
    return f"""
CORS_ALLOWED_ORIGINS = ["{SHOP}"]
CORS_URLS_REGEX = r"^/api/.*$"
CORS_POLICIES = {{"partner": {{"allowed_origins": ["https://partner.example"]}}}}
CORS_VIEW_POLICIES = {{
{keys}}}
"""


_COMMON_URLS: Final = """\
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/explain/", EXPLAIN, name="cors-explain"),
"""

_URLS_HEAD: Final = """\
from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

if "drf_cors" in settings.INSTALLED_APPS:
    from drf_cors.openapi.views import CorsExplainView

    EXPLAIN = CorsExplainView.as_view()
else:

    def EXPLAIN(request):
        return HttpResponse(b"")

"""


def _urls(number: int) -> str:
    areas = (number + SHOPS_OF_AREA - 1) // SHOPS_OF_AREA
    includes = "".join(f'    path("api/v1/area-{area}/", include("project.area_{area}")),\n' for area in range(areas))
    return f"{_URLS_HEAD}\nurlpatterns = [\n{_COMMON_URLS}{includes}]\n"


def _area(shops: range) -> str:
    includes = "".join(f'    path("shop-{shop}/", include("shop_{shop}.urls")),\n' for shop in shops)
    return f"from django.urls import include, path\n\nurlpatterns = [\n{includes}]\n"


def _flat_urls(number: int) -> str:
    lines = [f"import shop_{shop}.views" for shop in range(number)]
    lines += ["from rest_framework.routers import DefaultRouter", "", "router = DefaultRouter()"]
    for shop in range(number):
        for name, view in (("items", "ItemViewSet"), ("tags", "TagViewSet")):
            basename = f"shop-{shop}-{name}"
            lines.append(f'router.register("{basename}", shop_{shop}.views.{view}, basename="{basename}")')
    return (
        f"{_URLS_HEAD}"
        + "\n".join(lines)
        + f'\n\nurlpatterns = [\n{_COMMON_URLS}    path("api/", include(router.urls)),\n]\n'
    )


_BASE: Final = """\
from rest_framework import permissions, viewsets
from rest_framework.views import APIView


class BaseViewSet(viewsets.ModelViewSet):
    permission_classes = [permissions.IsAuthenticatedOrReadOnly]

    def get_queryset(self):
        return super().get_queryset().order_by("pk")

    def perform_create(self, serializer):
        serializer.save()


class BaseView(APIView):
    permission_classes = [permissions.IsAuthenticatedOrReadOnly]
"""

_APPS: Final = """\
from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "{name}"
"""

_MODELS: Final = """\
from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    made_on = models.DateField(null=True, blank=True)
    tags = models.ManyToManyField("Tag", blank=True)


class Tag(models.Model):
    name = models.CharField(max_length=100, unique=True)
    colour = models.CharField(max_length=10, default="blue")
"""

_ADMIN: Final = """\
from django.contrib import admin

from .models import Item, Tag


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    list_display = ["name", "price"]
    search_fields = ["name"]


admin.site.register(Tag)
"""

_SERIALIZERS: Final = """\
from rest_framework import serializers

from .models import Item, Tag


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name", "colour"]


class ItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = Item
        fields = ["id", "name", "price", "made_on", "tags"]


class ReportSerializer(serializers.Serializer):
    title = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField())
"""


_IMPORTS: Final = "\nfrom drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors\n"


def _views(kind: int) -> str:
    """Return the views of a shop.

    Args:
        kind: Which kind of declaration it has; -1 if it does not import drf-cors.
    """
    policy = 'allowed_origins=["https://partner.example"]'

    def when(number: int, text: str) -> str:
        return text if kind == number else ""

    item_bases = "CorsPolicyMixin, BaseViewSet" if kind in (0, 1, 2, 8) else "BaseViewSet"
    return _VIEWS.format(
        imports=_IMPORTS if 0 <= kind < PERIOD // 2 else "",
        item_bases=item_bases,
        item_policy=when(0, f"    cors_policy = CorsPolicy({policy}, allow_credentials=True)\n")
        + when(1, f'    cors_action_policies = {{"list": CorsPolicy({policy}), "destroy": NO_CORS}}\n')
        + when(8, '    cors_policy = "partner"\n'),
        action_keyword=when(2, f", cors_policy=CorsPolicy({policy}, allow_methods=['POST'])"),
        tag_mark=when(9, f"@cors({policy})\n"),
        report_mark=when(3, f"    @cors({policy})\n"),
        report_bases="CorsPolicyMixin, BaseView" if kind == 7 else "BaseView",
        function_mark=when(4, f"@cors({policy})\n"),
    )


_VIEWS: Final = """\
from django.http import HttpResponse
from rest_framework import generics
from rest_framework.decorators import action, api_view
from rest_framework.response import Response

from project.base import BaseView, BaseViewSet
{imports}
from .models import Item, Tag
from .serializers import ItemSerializer, ReportSerializer, TagSerializer


class ItemViewSet({item_bases}):
    queryset = Item.objects.all()
    serializer_class = ItemSerializer
{item_policy}
    @action(detail=True, methods=["post"]{action_keyword})
    def restock(self, request, pk=None):
        item = self.get_object()
        item.save()
        return Response(self.get_serializer(item).data)

    @action(detail=False, methods=["get"])
    def summary(self, request):
        return Response([item.name for item in self.get_queryset()])


{tag_mark}class TagViewSet(BaseViewSet):
    queryset = Tag.objects.all()
    serializer_class = TagSerializer

    @action(detail=True, methods=["post"])
    def paint(self, request, pk=None):
        tag = self.get_object()
        tag.colour = request.data["colour"]
        tag.save()
        return Response(self.get_serializer(tag).data)


class ReportView({report_bases}):
    serializer_class = ReportSerializer

{report_mark}    def get(self, request, format=None):
        return Response(ReportSerializer({{"title": "Report", "lines": []}}).data)

    def post(self, request, format=None):
        serializer = ReportSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)


class NewestView(generics.RetrieveAPIView):
    queryset = Item.objects.all()
    serializer_class = ItemSerializer


@api_view(["GET"])
{function_mark}def export(request, format=None):
    return Response([])


@api_view(["POST"])
def close(request, format=None):
    return Response({{"closed": True}})


def health(request):
    return HttpResponse(b"ok")
"""


def _shop_urls(name: str, kind: int) -> str:
    policy = 'allowed_origins=["https://partner.example"]'
    return _SHOP_URLS.format(
        name=name,
        imports="from drf_cors import CorsPolicy, cors\n" if kind in (6, 7) else "",
        report=f"cors_policy=CorsPolicy({policy})" if kind == 7 else "",
        health=f"cors({policy})(views.health)" if kind == 6 else "views.health",
    )


_SHOP_URLS: Final = """\
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework.urlpatterns import format_suffix_patterns
{imports}
from . import views

app_name = "{name}"

router = DefaultRouter()
router.include_root_view = False
router.register("items", views.ItemViewSet, basename="item")
router.register("tags", views.TagViewSet, basename="tag")

urlpatterns = [
    path("", include(router.urls)),
    path("health", {health}, name="health"),
    *format_suffix_patterns(
        [
            path("report", views.ReportView.as_view({report}), name="report"),
            path("newest/<int:pk>", views.NewestView.as_view(), name="newest"),
            path("export", views.export, name="export"),
            path("close", views.close, name="close"),
        ]
    ),
]
"""


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), with_cors="--without" not in sys.argv)
