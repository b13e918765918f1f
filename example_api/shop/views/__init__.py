"""The views of the shop, by area. Each declares its CORS policy next to its permissions."""

from example_api.shop.views.accounts import NewsletterView, ProfileView, SessionView
from example_api.shop.views.catalogue import CatalogueViewSet
from example_api.shop.views.orders import OrderViewSet
from example_api.shop.views.pages import badge, healthz, search, status
from example_api.shop.views.reports import ReportView
from example_api.shop.views.reviews import ReviewView
from example_api.shop.views.widgets import WidgetView

__all__ = [
    "CatalogueViewSet",
    "NewsletterView",
    "OrderViewSet",
    "ProfileView",
    "ReportView",
    "ReviewView",
    "SessionView",
    "WidgetView",
    "badge",
    "healthz",
    "search",
    "status",
]
