"""`cors.lock.json`: the effective policy of every endpoint, in a file that is kept with the code.

Most endpoints are under the policy of the settings, or closed; they take one line each. Others name what differs from
the settings. So a change of the settings is a small difference of the file; what it means for each endpoint is told
by comparing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from drf_cors import resolver as resolvers
from drf_cors.explain import LOCK
from drf_cors.management.listing import rows
from drf_cors.policy_json import listed

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.endpoints import Endpoint, Outlook

FILE: Final = "cors.lock.json"
VERSION: Final = 1

#: An endpoint under the policy of the settings, and one that is open to no other origin.
AS_SETTINGS: Final = "settings"
CLOSED: Final = "closed"

#: Left out where a policy is told in one line: how its origins may call.
_HOW: Final = frozenset({"allowMethods", "allowHeaders", "exposeHeaders", "maxAge"})

#: A policy in plain JSON types; empty for a closed endpoint.
Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What is locked.

    Attributes:
        settings: The policy of the settings.
        entries: (route, method) -> the policy there. A route of another URLconf than `ROOT_URLCONF` goes with its
            name: `[project.api_urls] /orders/`.
    """

    settings: Facts
    entries: Mapping[tuple[str, str], Facts]


def of_endpoints(found: Iterable[Endpoint], *, has_several: bool = False) -> Lock:
    """Return what holds now. Routes that are never reached are left out.

    Args:
        found: The endpoints.
        has_several: Whether they are of several URLconfs, so that routes of the same text must be told apart.
    """
    entries: dict[tuple[str, str], Facts] = {}
    for row in rows(found, has_several=has_several):
        outlook = row.outlook
        if outlook.is_shadowed:
            continue
        key = (row.path, row.method)
        if key in entries:  # two routes that read alike: <int:pk> and <slug:pk>
            key = (f"{row.path} ({row.endpoint.path_regex})", row.method)
        entries[key] = _facts(outlook)
    site = resolvers.current().for_match(None, is_covered=True).policies.general
    return Lock(settings=_listed(site, is_dynamic=bool(site.origin_tests)), entries=entries)


def _facts(outlook: Outlook) -> Facts:
    return _listed(outlook.policy, is_dynamic=outlook.is_dynamic) if outlook.is_enabled else {}


def _listed(policy: EffectivePolicy, *, is_dynamic: bool) -> Facts:
    facts = listed(policy, is_dynamic=is_dynamic)
    del facts["enabled"]
    facts["isOriginAllowed"] = [_name(test) for test in policy.origin_tests]
    return {name: sorted(value) if isinstance(value, list) else value for name, value in facts.items()}


def _name(function: object) -> str:
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


# The file


def as_text(lock: Lock) -> str:
    """Return the file: sorted, a value per line, and nothing that changes without the policies."""
    routes: dict[str, dict[str, Any]] = {}
    for (route, method), facts in sorted(lock.entries.items()):
        routes.setdefault(route, {})[method] = _short(facts, lock.settings)
    content = {"version": VERSION, "settings": lock.settings, "endpoints": routes}
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _short(facts: Facts, settings: Facts) -> Any:
    if not facts:
        return CLOSED
    return {name: value for name, value in facts.items() if settings[name] != value} or AS_SETTINGS


def from_text(text: str) -> Lock:
    """Read the file.

    Raises:
        ValueError: It is no lock file, or one of a later version.
    """
    content = json.loads(text)
    try:
        if content["version"] != VERSION:
            raise ValueError(LOCK["version"] % {"version": content["version"], "known": VERSION})
        settings = content["settings"]
        entries = {
            (route, method): _long(short, settings)
            for route, methods in content["endpoints"].items()
            for method, short in methods.items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from None
    return Lock(settings=settings, entries=entries)


def _long(short: Any, settings: Facts) -> Facts:
    if short == CLOSED:
        return {}
    return settings if short == AS_SETTINGS else {**settings, **short}


# Comparing


def differences(locked: Lock, site: Lock) -> list[str]:
    """Return the differences as lines, sorted by route: what was added, removed, and changed field by field.

    Endpoints that changed alike are told together.
    """
    told: dict[tuple[str, ...], list[str]] = {}
    names = tuple(site.settings)
    for key in sorted({*locked.entries, *site.entries}):
        before, after = locked.entries.get(key), site.entries.get(key)
        if before != after:
            told.setdefault(tuple(_told(before, after, names)), []).append(f"{key[1]} {key[0]}")
    return [line for change, endpoints in told.items() for line in (*_signed(change, endpoints), *change[1:])]


def _told(before: Facts | None, after: Facts | None, names: tuple[str, ...]) -> Iterator[str]:
    """Yield a sign, and a line for each field; fields go in the order of `names`."""
    yield "+" if before is None else "-" if after is None else "~"
    before, after = before or {}, after or {}
    if not before and not after:
        yield f"    {CLOSED}"
    elif not after:
        yield f"    - {LOCK['was-open']}: {_worded(before, names)}"
    elif not before:
        yield f"    + {LOCK['is-open']}: {_worded(after, names)}"
    else:
        for name in names:
            if before.get(name) != after[name]:  # the file of another release may lack a name
                yield f"    {name}: {_changed(before.get(name), after[name])}"


def _worded(facts: Facts, names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {_plain(facts[name])}" for name in names if facts.get(name) and name not in _HOW)


def _changed(before: Any, after: Any) -> str:
    if not (isinstance(before, list) and isinstance(after, list)):
        return f"{_plain(before)} -> {_plain(after)}"
    gone = [f"-{item}" for item in before if item not in after]
    return ", ".join([*gone, *(f"+{item}" for item in after if item not in before)])


def _plain(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else json.dumps(value)


def _signed(change: tuple[str, ...], endpoints: list[str]) -> list[str]:
    return [f"{change[0]} {endpoint}" for endpoint in endpoints]
