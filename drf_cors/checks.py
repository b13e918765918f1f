"""System checks: what is wrong with the settings, and with the policies of every view of the URLconf.

A check never crashes on a broken project; it reports. Ids are stable and documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution

from drf_cors import conf as settings
from drf_cors import resolver
from drf_cors.core.errors import CorsConfigurationError, shown
from drf_cors.core.merge import merge
from drf_cors.endpoints import Coverage, Endpoint, of_site

if TYPE_CHECKING:
    from drf_cors.resolver import ViewPolicies


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with the `CORS_*` settings: `drf_cors.E001`, `E002`, `W001`."""
    try:
        conf = settings.load()
    except CorsConfigurationError as error:
        return [Error(str(fault), hint=fault.remedy, id="drf_cors.E001") for fault in error.faults]
    messages: list[CheckMessage] = []
    site = merge(conf.covered)
    if site.allow_all_origins and site.allow_credentials is True:
        messages.append(
            Error(
                "CORS_ALLOW_ALL_ORIGINS and CORS_ALLOW_CREDENTIALS are both True: every site on the web can act with "
                "its visitors' cookies.",
                hint="List the origins that may send credentials in CORS_ALLOWED_ORIGINS.",
                id="drf_cors.E002",
            )
        )
    messages += [
        Caution(
            f"CORS_ALLOW_HEADERS lists {name!r}, which no script can set. It is left out of the answers.",
            hint="Take it out of the setting.",
            id="drf_cors.W001",
        )
        for name in conf.dropped_headers
    ]
    return messages


def check_views(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with the policies that views declare: `drf_cors.E003` to `E006`."""
    try:
        current = resolver.current()
        found = of_site()
    except Exception:  # noqa: BLE001 - broken settings or a broken URLconf; their own checks tell it
        return []
    messages: dict[str, CheckMessage] = {}
    unmatched = dict.fromkeys(current.conf.view_policies)
    for endpoint in found:
        view = endpoint.policies(is_covered=endpoint.coverage is not Coverage.NONE)
        unmatched.pop(view.layers.view_policies_key, None)
        for message in _check_view(endpoint, view):
            messages.setdefault(f"{message.id} {message.msg}", message)  # one view may stand behind many routes
    return [*messages.values(), *map(_unmatched_key, unmatched)]


def _check_view(endpoint: Endpoint, view: ViewPolicies) -> Iterator[CheckMessage]:
    policies = view.policies
    for policy in (policies.general, *policies.by_method.values()):
        for fault, sources in policy.faults:
            yield Error(
                f"{view.layers.name}: {fault}",
                hint=f"Declared by {' and '.join(map(str, sources))}.",
                obj=endpoint.route,
                id="drf_cors.E003",
            )
    for chosen, others in view.layers.conflicts:
        yield Error(
            f"{view.layers.name}: {chosen} and {', '.join(map(str, others))} declare in one layer; "
            f"only {chosen} counts.",
            hint="Keep one of them.",
            obj=endpoint.route,
            id="drf_cors.E004",
        )
    for action in view.layers.unknown_actions:
        yield Error(
            f"{view.layers.name}.cors_action_policies names {shown(action)}, which is no action of the viewset.",
            hint="Write the name of a method that a router maps: 'list', 'retrieve', or a method under @action.",
            obj=endpoint.route,
            id="drf_cors.E005",
        )


def _unmatched_key(key: str) -> CheckMessage:
    return Error(
        f"CORS_VIEW_POLICIES[{key!r}] matches no view of the URLconf.",
        hint="Write a URL name with its namespaces ('orders:list'), 'namespace:*', or the dotted path of a view.",
        id="drf_cors.E006",
    )
