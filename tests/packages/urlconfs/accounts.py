"""The URLs that allauth redirects to, from the path that they have in common."""

from django.http import HttpResponse
from django.urls import path


def page(request):
    return HttpResponse()


urlpatterns = [
    path("accounts/login/", page, name="account_login"),
    path("accounts/email/", page, name="account_email"),
]
