"""drf-standardized-errors: its exception handler makes every error response."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, SITE, Package

package = Package(
    "drf-standardized-errors",
    "its exception handler, on responses 400, 404 and 500",
    apps=["drf_standardized_errors"],
    CORS_VIEW_POLICIES={"named": POLICY},
    REST_FRAMEWORK={"EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler"},
)

from django.http import Http404
from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

from drf_cors import NO_CORS, CorsPolicyMixin, cors

ERRORS = {400: ValidationError("no"), 404: Http404("no"), 500: RuntimeError("no")}


class Failing(APIView):
    def get(self, request, status):
        raise ERRORS[status]


class Declared(CorsPolicyMixin, Failing):
    cors_policy = POLICY


class Marked(Failing):
    @cors(POLICY)
    def get(self, request, status):
        raise ERRORS[status]


urlpatterns = [
    path("plain/<int:status>/", Failing.as_view()),
    path("named/<int:status>/", Failing.as_view(), name="named"),
    path("off/<int:status>/", cors(NO_CORS)(Failing.as_view())),
    path("declared/<int:status>/", Declared.as_view()),
    path("marked/<int:status>/", Marked.as_view()),
]

for status in ERRORS:
    package.response(f"{status}", f"/plain/{status}/", status=status, route="/plain/<status>/", who=SITE)
    package.outside("URL name", f"/named/{status}/", status=status, route="/named/<status>/")
    package.outside(
        "`cors(NO_CORS)` in the URLconf", f"/off/{status}/", status=status, route="/off/<status>/", who=NOBODY
    )
    package.inside("`cors_policy`", f"/declared/{status}/", status=status, route="/declared/<status>/")
    package.inside("`@cors` on a handler", f"/marked/{status}/", status=status, route="/marked/<status>/")
