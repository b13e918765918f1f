"""Nothing that is declared is ever lost: it is in force everywhere, or check has an error and the endpoint is closed.

Thousands of views, made in every way, each under declarations that contrast. What they must answer is computed from the
documentation; see `oracle`. Planted faults show that the comparison can fail.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.test import Client
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.integrations.generated import views
from tests.integrations.generated.answers import disagreements, serving
from tests.integrations.generated.oracle import SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.integrations.generated.views import Case

#: How many cases are served as one site. Larger sites take longer to resolve, more sites longer to check.
AT_ONCE: Final = 24

FAMILIES: Final[Mapping[str, list[Case]]] = {
    family.__name__: list(family())
    for family in (
        views.functions,
        views.partials_by_path,
        views.wrappers,
        views.classes,
        views.handlers_in_wrappers,
        views.odd_classes,
        views.overridden,
        views.overridden_actions,
        views.odd_uses,
        views.uses,
        views.viewsets,
        views.heads,
        views.handlers_of_viewsets,
        views.out_of_reach,
    )
}
#: Of these, the cases with several declarations are too many for each run.
SAMPLED: Final = ("functions", "wrappers", "classes", "viewsets")
COMBINED: Final = [case for family in SAMPLED for case in FAMILIES[family] if len(case.said) > 1]


def found_in(cases: Sequence[Case], *, both: bool = False) -> list[str]:
    """Return the disagreements, site by site."""
    named = [(f"case{number:04}", case) for number, case in enumerate(cases)]
    sites = [named[start : start + AT_ONCE] for start in range(0, len(named), AT_ONCE)]
    return list(itertools.chain.from_iterable(disagreements(site, both=both) for site in sites))


@pytest.mark.parametrize("family", FAMILIES)
def test_one_declaration_is_in_force_or_an_error(family: str) -> None:
    cases = [case for case in FAMILIES[family] if family not in SAMPLED or len(case.said) < 2]
    found = found_in(cases)
    assert not found, "\n".join([f"{len(found)} disagreements", *found[:20]])


@settings(max_examples=20, phases=[Phase.generate])
@given(st.lists(st.sampled_from(COMBINED), min_size=AT_ONCE, max_size=AT_ONCE, unique_by=id))
def test_several_declarations_are_in_force_or_an_error(cases: list[Case]) -> None:
    found = found_in(cases)
    assert not found, "\n".join([f"{len(found)} disagreements", *found[:20]])


def test_wsgi_and_asgi_agree() -> None:
    every = list(itertools.chain.from_iterable(FAMILIES.values()))
    found = found_in(every[::151], both=True)
    assert not found, "\n".join([f"{len(found)} disagreements", *found[:20]])


@pytest.mark.parametrize("is_preflight", [False, True])
@pytest.mark.parametrize("family", ["overridden", "overridden_actions", "odd_classes", "out_of_reach"])
def test_a_closed_view_gives_the_reason(family: str, is_preflight: bool) -> None:
    lost = {f"case{number}": case for number, case in enumerate(FAMILIES[family]) if case.said[0].way == "out of reach"}
    headers = {"origin": SITE, **({"access-control-request-method": "POST"} if is_preflight else {})}
    with serving(lost, DEBUG=True):
        for name, case in lost.items():
            url = (case.said[0].at or (case.urls[0].path,))[0]
            response = Client().generic("OPTIONS" if is_preflight else "GET", f"/{name}/{url}", headers=headers)
            assert response["X-Cors-Reason"] == "view-disabled", case.name


# Planted faults


def in_layers(change: Callable[[Any], dict[str, Any]]) -> Callable[[pytest.MonkeyPatch], None]:
    """A fault in what is read from a view: `change` returns the fields that are wrong then."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        from drf_cors import resolver

        right = resolver.view_layers

        def wrong(*args: Any, **kwargs: Any) -> Any:
            layers = right(*args, **kwargs)
            return dataclasses.replace(layers, **change(layers))

        monkeypatch.setattr(resolver, "view_layers", wrong)

    return plant


def without(method: str) -> Callable[[Any], dict[str, Any]]:
    return lambda layers: {"by_method": {name: own for name, own in layers.by_method.items() if name != method}}


def published_as_settings(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"enabled": True, "allowOrigins": [SITE], "exposeHeaders": []}


def at(target: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda monkeypatch: monkeypatch.setattr(target, value)


def no_longer_outside(layers: Any) -> dict[str, Any]:
    return {"general": tuple(dataclasses.replace(one, from_urlconf_or_settings=False) for one in layers.general)}


#: Fault -> how it is planted, and the family and the part of the names of cases in which it must be noticed.
FAULTS: Final[Mapping[str, tuple[Callable[[pytest.MonkeyPatch], None], str, str]]] = {
    "a marked HEAD is forgotten": (in_layers(without("HEAD")), "classes", "on the handler head: nobody"),
    "HEAD always follows GET": (
        in_layers(
            lambda layers: (
                {"by_method": {**layers.by_method, "HEAD": layers.by_method["GET"]}}
                if "GET" in layers.by_method
                else {}
            )
        ),
        "classes",
        "with head; @cors on the handler get",
    ),
    "a marked GET is forgotten": (in_layers(without("GET")), "classes", "on the handler get: nobody"),
    "marks on actions are forgotten": (in_layers(lambda layers: {"by_method": {}}), "viewsets", "@action report"),
    "a marked options() is forgotten": (in_layers(without("OPTIONS")), "classes", "handler options: nobody"),
    "what is outside is forgotten": (
        in_layers(lambda layers: {"general": tuple(one for one in layers.general if not one.from_urlconf_or_settings)}),
        "uses",
        "three times",
    ),
    "what is in the class is forgotten": (
        in_layers(lambda layers: {"general": tuple(one for one in layers.general if one.from_urlconf_or_settings)}),
        "classes",
        "an attribute: nobody",
    ),
    "conflicts are not reported": (in_layers(lambda layers: {"conflicts": ()}), "functions", "cors() around that"),
    "what is lost is not closed": (in_layers(lambda layers: {"lost": ()}), "overridden", "out of reach"),
    "check reports nothing": (
        at("drf_cors.checks.views.to_messages", lambda findings: []),
        "overridden",
        "out of reach",
    ),
    "NO_CORS is not final": (in_layers(no_longer_outside), "viewsets", "cors_policy=): nobody, @cors on the handler"),
    "NO_CORS is nothing": (
        at("drf_cors.core.policy.CorsPolicy.is_off", property(lambda policy: False)),
        "functions",
        "cors() around: shop, cors() around that: nobody",
    ),
    "the schema shows the settings": (
        at("drf_cors.openapi.generator.policy_to_json", published_as_settings),
        "classes",
        "APIView, mixin first; an attribute: nobody",
    ),
    "the list shows the settings": (
        at("drf_cors.management.listing.policy_to_json", published_as_settings),
        "classes",
        "an attribute: nobody",
    ),
    "the lock shows the settings": (
        at("drf_cors.management.lock._short", lambda *_: "settings"),
        "classes",
        "an attribute: nobody",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, family, named = FAULTS[fault]
    cases = [case for case in FAMILIES[family] if named in case.name][:6]
    assert not found_in(cases)
    plant(monkeypatch)
    assert found_in(cases)


def test_each_case_is_another() -> None:
    names = [case.name for cases in FAMILIES.values() for case in cases]
    assert len(names) > 5000
    assert [name for name, count in Counter(names).items() if count > 1] == []
