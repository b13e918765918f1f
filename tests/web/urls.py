"""A URL for every way to declare; a path is the case's name in `test_declarations.py`."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.routers import SimpleRouter

from drf_cors import cors
from tests.web import views
from tests.web.views import OPEN

router = SimpleRouter()
router.register("actions", views.Actions, basename="actions")

LIST = {"get": "list"}

urlpatterns = [
    path("attribute", views.Attribute.as_view()),
    path("attribute-by-name", views.AttributeByName.as_view()),
    path("attribute-of-parent", views.AttributeOfParent.as_view()),
    path("attribute-of-page", views.AttributeOfPage.as_view()),
    path("attribute-of-records", views.AttributeOfRecords.as_view(LIST)),
    path("attribute-of-async-page", views.AttributeOfAsyncPage.as_view()),
    path("action-map", views.ActionMap.as_view(LIST)),
    path("action-map-by-name", views.ActionMapByName.as_view(LIST)),
    path("function", views.function),
    path("async-function", views.async_function),
    path("function-by-fields", views.function_by_fields),
    path("above-api-view", views.above_api_view),
    path("below-api-view", views.below_api_view),
    path("marked-api", views.MarkedApi.as_view()),
    path("marked-page", views.MarkedPage.as_view()),
    path("marked-template", views.MarkedTemplate.as_view()),
    path("marked-records", views.MarkedRecords.as_view(LIST)),
    path("marked-async-page", views.MarkedAsyncPage.as_view()),
    path("marked-handler", views.MarkedHandler.as_view()),
    path("marked-handler-beside-another", views.MarkedHandlerBesideAnother.as_view()),
    path("marked-handler-of-page", views.MarkedHandlerOfPage.as_view()),
    path("marked-handler-of-async-page", views.MarkedHandlerOfAsyncPage.as_view()),
    path("inherited-handler", views.InheritedHandler.as_view()),
    path("inherited-handler-of-page", views.InheritedHandlerOfPage.as_view()),
    path("api-by-dispatch", views.ApiByDispatch.as_view()),
    path("page-by-dispatch", views.PageByDispatch.as_view()),
    path("api-by-get", views.ApiByGet.as_view()),
    path("page-by-get", views.PageByGet.as_view()),
    path("keyword-of-records", views.Records.as_view(LIST, cors_policy=OPEN)),
    path("keyword-of-records-by-name", views.Records.as_view(LIST, cors_policy="shop")),
    path("keyword-of-api", views.MixedApi.as_view(cors_policy=OPEN)),
    path("keyword-of-page", views.MixedPage.as_view(cors_policy=OPEN)),
    path("around-api", cors(OPEN)(views.Api.as_view())),
    path("around-page", cors("shop")(views.Page.as_view())),
    path("around-records", cors(OPEN)(views.Records.as_view(LIST))),
    path("around-async-page", cors(OPEN)(views.AsyncPage.as_view())),
    path("around-function", cors(OPEN)(views.plain_function)),
    path("around-async-function", cors(OPEN)(views.plain_async_function)),
    path("around-api-view", cors(OPEN)(views.plain_api_view)),
    path("around-third-party", cors(OPEN)(RedirectView.as_view(url="https://elsewhere.example/"))),
    path("by-url-name", views.Api.as_view(), name="by-url-name"),
    path(
        "namespaced/",
        include(([path("by-full-name", views.Api.as_view(), name="one")], "outer"), namespace="outer"),
    ),
    path(
        "starred/",
        include(([path("by-namespace", views.Page.as_view(), name="any")], "starred"), namespace="starred"),
    ),
    path("by-dotted-class", views.ApiBySetting.as_view()),
    path("by-dotted-function", views.function_by_setting),
    path("by-dotted-api-view", views.api_view_by_setting),
    path("by-dotted-callback", obtain_auth_token),
    path("", include(router.urls)),
    # Another use of views that are declared for elsewhere in this list
    path("bare-api", views.Api.as_view()),
    path("bare-page", views.Page.as_view()),
    path("bare-async-page", views.AsyncPage.as_view()),
    path("bare-records", views.Records.as_view(LIST)),
    path("bare-mixed-api", views.MixedApi.as_view()),
    path("bare-function", views.plain_function),
    path("bare-async-function", views.plain_async_function),
    path("bare-api-view", views.plain_api_view),
    path("bare-redirect", RedirectView.as_view(url="https://elsewhere.example/")),
]

VIEW_POLICIES = {
    "by-url-name": "shop",
    "outer:one": OPEN,
    "starred:*": OPEN,
    "tests.web.views.ApiBySetting": OPEN,
    "tests.web.views.function_by_setting": OPEN,
    "tests.web.views.api_view_by_setting": OPEN,
    "rest_framework.authtoken.views.obtain_auth_token": OPEN,
}
