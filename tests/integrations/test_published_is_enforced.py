"""What the example's schema publishes is what its server enforces: every operation, byte for byte.

What to expect is built from the text of the served schema alone, in `wire_model`. The schema tells less than the server
knows in two places:

* HEAD and OPTIONS have no operation. HEAD goes under the policy of GET. An OPTIONS request that is no preflight goes
  under the policy of the class, and so does a method the path does not have; `CLASS_LEVEL` says which operation
  publishes that. A preflight for HEAD is not tried: whether a view has HEAD beside GET is not published.
* `dynamic` policies ask the database; `KNOWN_ANSWERS` has what the seeded one says.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.example.conftest import example_settings, shop  # noqa: F401 - fixtures are found by their names
from tests.integrations.wire_model import KEY, REFUSED, Known, Path, Schema, mismatches, operations, origins_of

#: Where methods of a path differ: the operation under the policy of the class.
CLASS_LEVEL = {
    "/api/catalogue/": ("/api/catalogue/", "get"),
    "/api/catalogue/{id}/": ("/api/catalogue/{id}/", "get"),
    "/api/orders/": ("/api/orders/{id}/", "get"),
    "/api/orders/{id}/": ("/api/orders/{id}/", "get"),
    "/api/orders/{id}/cancel/": ("/api/orders/{id}/", "get"),
    "/api/orders/{id}/receipt/": ("/api/orders/{id}/", "get"),
}

#: Whom the seeded database admits.
KNOWN_ANSWERS = {"/api/widgets/{tenant}/": {"https://globex.example"}}

KNOWN = Known(class_level=CLASS_LEVEL, answers=KNOWN_ANSWERS, values={"{id}": "1", "{tenant}": "globex"})


@pytest.fixture
def served(shop: None, settings: Any) -> str:  # noqa: F811 - the fixture imported above
    cache.clear()
    settings.CORS_OPENAPI = {"DETAIL": "full", "SOURCES": False}
    return Client().get("/api/schema/", headers={"Accept": "application/json"}).content.decode()


@pytest.fixture
def schema(served: str) -> Schema:
    loaded: Schema = json.loads(served)
    return loaded


def test_every_answer_is_what_the_schema_says(schema: Schema) -> None:
    assert mismatches(schema, origins_of(schema, KNOWN), KNOWN) == []


def test_every_operation_is_told_of(schema: Schema) -> None:
    assert len(list(operations(schema))) == sum(len(item) for item in schema["paths"].values()) >= 25


def test_the_example_has_many_policies(schema: Schema) -> None:
    distinct = {json.dumps(policy, sort_keys=True) for _, _, policy in operations(schema)}
    assert len(distinct) >= 8


def test_policies_of_methods_differ_only_where_the_tables_say(schema: Schema) -> None:
    for name in schema["paths"]:
        policies = list(Path(schema, name, KNOWN).operations.values())
        assert name in CLASS_LEVEL or all(policy == policies[0] for policy in policies), name
    dynamic = {path for path, _, policy in operations(schema) if policy["dynamic"]}
    assert dynamic == set(KNOWN_ANSWERS)


def test_global_policy_on_every_operation_is_found_out(schema: Schema) -> None:
    doctored = copy.deepcopy(schema)
    site = schema["paths"]["/api/profile/"]["get"][KEY]
    for path, method, _ in operations(schema):
        doctored["paths"][path][method][KEY] = site
    assert mismatches(doctored, [REFUSED], KNOWN)


def test_global_policy_on_any_one_operation_is_found_out(schema: Schema) -> None:
    site = schema["paths"]["/api/profile/"]["get"][KEY]
    others = [(path, method) for path, method, policy in operations(schema) if policy != site]
    assert len(others) >= 15
    for path, method in others:
        doctored = copy.deepcopy(schema)
        doctored["paths"][path][method][KEY] = site
        assert mismatches(doctored, [*origins_of(schema, KNOWN)[:2], *site["allowOrigins"]], KNOWN, [path]), (
            path,
            method,
        )


def test_policy_of_another_method_is_found_out(schema: Schema) -> None:
    swapped = 0
    for path, item in schema["paths"].items():
        for method in item:
            for other in item:
                if item[method][KEY] != item[other][KEY]:
                    doctored = copy.deepcopy(schema)
                    doctored["paths"][path][method][KEY] = item[other][KEY]
                    assert mismatches(doctored, origins_of(schema, KNOWN), KNOWN, [path]), (path, method, other)
                    swapped += 1
    assert swapped >= 10
