"""Logging in with a cookie, the caller's own profile, and the newsletter."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.authentication import SessionAuthentication
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.generics import CreateAPIView, RetrieveUpdateAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from drf_cors import CorsPolicyMixin, cors
from example_api.origins import SHOP_FRONT
from example_api.shop.models import Subscriber
from example_api.shop.serializers import ProfileSerializer, SessionSerializer, SubscriberSerializer

if TYPE_CHECKING:
    from rest_framework.request import Request


@cors(allowed_origins=[SHOP_FRONT], allow_credentials=True, allow_methods=["GET", "POST", "DELETE"])
class SessionView(APIView):
    """The session of the caller, kept in a cookie."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(responses=SessionSerializer)
    def get(self, request: Request) -> Response:
        """Say who is logged in."""
        return self.answer(request)

    @extend_schema(request=AuthTokenSerializer, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        """Log in."""
        serializer = AuthTokenSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        login(request, serializer.validated_data["user"])
        return self.answer(request)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Log out."""
        logout(request)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def answer(self, request: Request) -> Response:
        """Return who is logged in. The token is new after each login."""
        session = {"username": request.user.get_username(), "csrf_token": get_token(request)}
        return Response(SessionSerializer(session).data)


class ProfileView(RetrieveUpdateAPIView[User]):
    """The account of the caller. It declares no policy, so the global settings govern it."""

    serializer_class = ProfileSerializer
    permission_classes = [IsAuthenticated]
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> User:
        """Return the caller: everyone has one profile."""
        return cast("User", self.request.user)  # IsAuthenticated has seen to that


class NewsletterThrottle(AnonRateThrottle):
    """A few subscriptions a minute. The refusal (429) is under the view's policy too."""

    scope = "newsletter"
    rate = "3/min"


class NewsletterView(CorsPolicyMixin, CreateAPIView[Subscriber]):
    """Subscribe to the newsletter. Its policy stands in the URLconf."""

    serializer_class = SubscriberSerializer
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [NewsletterThrottle]
