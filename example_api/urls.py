"""The URLs of the shop. Policies declared here stand around views that their classes leave open."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.routers import DefaultRouter

from drf_cors import CorsPolicy, cors
from drf_cors.openapi.views import CorsExplainView, CorsSwaggerView
from example_api.origins import SHOP_FRONT
from example_api.shop import views
from example_api.sso import SingleSignOnView

router = DefaultRouter()
router.include_root_view = False
router.register("catalogue", views.CatalogueViewSet, basename="catalogue")
router.register("orders", views.OrderViewSet, basename="orders")

api: list[URLPattern | URLResolver] = [
    path("", include(router.urls)),
    path("widgets/<slug:tenant>/", views.WidgetView.as_view(), name="widget"),
    path("reviews/", views.ReviewView.as_view(), name="reviews"),
    path("session/", views.SessionView.as_view(), name="session"),
    path("profile/", views.ProfileView.as_view(), name="profile"),
    path("status/", views.status, name="status"),
    path("search/", views.search, name="search"),
    path("internal/report/", views.ReportView.as_view(), name="report"),
    # Its policy stands in settings.CORS_VIEW_POLICIES, by this name.
    path("token/", obtain_auth_token, name="token"),
    # The keyword of as_view(): one more route of a view, under its own policy.
    path(
        "newsletter/",
        views.NewsletterView.as_view(
            cors_policy=CorsPolicy(allowed_origins=[SHOP_FRONT], allow_methods=["POST"], expose_headers=["Retry-After"])
        ),
        name="newsletter",
    ),
    # Around a view that we cannot edit: a policy by name, from settings.CORS_POLICIES.
    path("sso/", cors("spa")(SingleSignOnView.as_view()), name="sso"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", CorsSwaggerView.as_view(url_name="schema"), name="docs"),
    path("docs/cors/", CorsExplainView.as_view(), name="cors-explain"),
    path("redoc/", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    path("api/", include(api)),
    # Outside CORS_URLS_REGEX: only what a view declares itself counts here.
    path("healthz/", views.healthz, name="healthz"),
    path("badge.svg", views.badge, name="badge"),
]
