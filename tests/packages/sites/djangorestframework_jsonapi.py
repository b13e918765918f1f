"""djangorestframework-jsonapi: its viewsets answer HEAD and OPTIONS, and it has a view for relationships."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "djangorestframework-jsonapi",
    "`ModelViewSet` and `RelationshipView`",
    apps=["rest_framework_json_api"],
    CORS_VIEW_POLICIES={"named-list": POLICY, "relationship": POLICY},
    REST_FRAMEWORK={
        "EXCEPTION_HANDLER": "rest_framework_json_api.exceptions.exception_handler",
        "DEFAULT_RENDERER_CLASSES": ["rest_framework_json_api.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework_json_api.parsers.JSONParser"],
        "DEFAULT_METADATA_CLASS": "rest_framework_json_api.metadata.JSONAPIMetadata",
    },
)

from django.contrib.auth.models import Group, User
from django.urls import include, path
from rest_framework.routers import SimpleRouter
from rest_framework_json_api.serializers import ModelSerializer
from rest_framework_json_api.views import ModelViewSet, RelationshipView

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class GroupSerializer(ModelSerializer):
    class Meta:
        model = Group
        fields = ["name"]


class Groups(ModelViewSet):
    queryset = Group.objects.order_by("pk")
    serializer_class = GroupSerializer


class ByAction(CorsPolicyMixin, Groups):
    cors_policy = POLICY
    cors_action_policies = {"destroy": NO_CORS}


class Marked(Groups):
    @cors(POLICY)
    def list(self, request):
        return super().list(request)


class UserRelationships(RelationshipView):
    queryset = User.objects.order_by("pk")


class Declared(CorsPolicyMixin, UserRelationships):
    cors_policy = POLICY


router = SimpleRouter()
for name, viewset in {"plain": Groups, "named": Groups, "by-action": ByAction, "marked": Marked}.items():
    router.register(name, viewset, basename=name)
urlpatterns = [
    path("", include(router.urls)),
    path("users/<int:pk>/links/<related_field>/", UserRelationships.as_view(), name="relationship"),
    path("declared/<int:pk>/links/<related_field>/", Declared.as_view(), name="declared"),
]

package.tables()
package.nothing("/plain/")
package.nothing("/plain/", method="HEAD", row_method="GET")
package.nothing("/plain/", method="OPTIONS", route=None)
package.outside("URL name", "/named/")
package.outside("URL name", "/users/1/links/groups/", status=404, route="/users/<pk>/links/<related_field>/")
package.inside("`cors_policy`", "/by-action/")
package.inside("`cors_policy`", "/by-action/", method="HEAD", row_method="GET")
package.inside("`cors_policy`", "/by-action/", method="OPTIONS", route=None)
package.inside("`cors_policy`", "/declared/1/links/groups/", status=404, route="/declared/<pk>/links/<related_field>/")
package.inside(
    "`cors_action_policies`", "/by-action/1/", method="DELETE", route="/by-action/<pk>/", who=NOBODY, status=404
)
package.inside("`@cors` on an action", "/marked/")
