"""A wrapper without functools.wraps hides the class of a view, and so its policy."""

import functools

from django.urls import path

from tests.projects.views import OURS, Orders

SHOP = "https://shop.example"


def logged(view):
    def wrapper(request, **kwargs):
        raise NotImplementedError(view)

    return wrapper


def mended(view):
    return functools.wraps(view)(logged(view))


MIDDLEWARE = [OURS]
CORS_ALLOWED_ORIGINS = [SHOP]
urlpatterns = [path("api/orders/", logged(Orders.as_view()))]

ASK = ["/api/orders/", "--origin", SHOP]
CAUSE = "view-hidden"
SAYS = "logged.<locals>.wrapper hides Orders: the declarations of Orders are not read"
MEND = "Put @functools.wraps(view) on the wrapper"
MENDED = {"urlpatterns": [path("api/orders/", mended(Orders.as_view()))]}
