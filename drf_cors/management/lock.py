"""`cors.lock.json`: the effective policy of every endpoint, committed with the code.

Most endpoints have the policy of the settings, or allow no other origin. They take one line each.
The others list what differs from the settings. So a change of the settings is a small change of the
file. The comparison shows what it changes for each endpoint.

A route with a format suffix (`/orders.<format>`) is in the file only if its policy is not that of
the route without the suffix. Files of earlier releases have all these routes. They are compared as
if they had not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from drf_cors import resolver as resolvers
from drf_cors.management.folding import format_twins
from drf_cors.management.listing import rows
from drf_cors.management.messages import LOCK_VERSION
from drf_cors.policy_json import HOW_MEMBERS, policy_fields_to_json

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.endpoints import Endpoint, StaticPolicy
    from drf_cors.management.listing import Row

FILE: Final = "cors.lock.json"
VERSION: Final = 1

#: An endpoint with the policy of the settings, and one that allows no other origin.
AS_SETTINGS: Final = "settings"
CLOSED: Final = "closed"

#: A policy in plain JSON types; empty for a closed endpoint.
Facts = Mapping[str, Any]

#: Route and method. A route of another URLconf than `ROOT_URLCONF` has the name of that URLconf
#: before it: `[project.api_urls] /orders/`.
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Lock:
    """The contents of a lock file.

    Attributes:
        settings: The policy of the settings.
        entries: Each endpoint with its policy.
        twins: Each endpoint with a format suffix -> the one without. A file does not have them.
    """

    settings: Facts
    entries: Mapping[Key, Facts]
    twins: Mapping[Key, Key] = field(default_factory=dict)

    @property
    def written(self) -> Mapping[Key, Facts]:
        """The entries that the file has: twins with the same policy are left out."""
        entries = dict(self.entries)
        for key, twin in self.twins.items():
            if self.entries[key] == self.entries[twin]:
                del entries[key]
        return entries


def of_endpoints(found: Iterable[Endpoint], *, has_several: bool = False) -> Lock:
    """Return the policies of endpoints as they are now. Routes that are never reached are left out.

    Args:
        found: The endpoints.
        has_several: Whether they are of several URLconfs. Then equal routes need the URLconf.
    """
    entries: dict[Key, Facts] = {}
    keys: dict[Row, Key] = {}
    for row in rows(found, has_several=has_several):
        if row.static_policy.is_shadowed:
            continue
        key = (row.path, row.method)
        if key in entries:  # two routes of the same text: <int:pk> and <slug:pk>
            key = (f"{row.path} ({row.endpoint.path_regex})", row.method)
        keys[row] = key
        entries[key] = _facts(row.static_policy)
    twins = {keys[row]: keys[twin] for row, twin in format_twins(keys).items()}
    settings_policy = resolvers.current().for_match(None, is_covered=True).policies.general
    facts = _policy_facts(settings_policy, is_dynamic=bool(settings_policy.origin_tests))
    return Lock(settings=facts, entries=entries, twins=twins)


def _facts(static_policy: StaticPolicy) -> Facts:
    if not static_policy.is_enabled:
        return {}
    return _policy_facts(static_policy.policy, is_dynamic=static_policy.is_dynamic)


def _policy_facts(policy: EffectivePolicy, *, is_dynamic: bool) -> Facts:
    facts = policy_fields_to_json(policy, is_dynamic=is_dynamic)
    del facts["enabled"]
    facts["isOriginAllowed"] = list(map(_name, policy.origin_tests))
    for name, value in facts.items():
        if isinstance(value, list):
            facts[name] = sorted(value)
    return facts


def _name(function: object) -> str:
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


# The file


def as_text(lock: Lock) -> str:
    """Return the text of the file: sorted, a value per line. Only policies change it."""
    routes: dict[str, dict[str, Any]] = {}
    for (route, method), facts in sorted(lock.written.items()):
        routes.setdefault(route, {})[method] = _short(facts, lock.settings)
    content = {"version": VERSION, "settings": lock.settings, "endpoints": routes}
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _short(facts: Facts, settings: Facts) -> Any:
    if not facts:
        return CLOSED
    different = {name: value for name, value in facts.items() if settings[name] != value}
    return different or AS_SETTINGS


def from_text(text: str) -> Lock:
    """Read the file.

    Args:
        text: The text of the file.

    Raises:
        ValueError: It is not a lock file, or has a later version.
    """
    content = json.loads(text)
    try:
        if content["version"] != VERSION:
            raise ValueError(LOCK_VERSION.format(version=content["version"], known=VERSION))
        settings = content["settings"]
        entries = {}
        for route, methods in content["endpoints"].items():
            for method, short in methods.items():
                entries[route, method] = _long(short, settings)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from None
    return Lock(settings=settings, entries=entries)


def _long(short: Any, settings: Facts) -> Facts:
    if short == CLOSED:
        return {}
    if short == AS_SETTINGS:
        return settings
    return {**settings, **short}


# Comparing


def differences(locked: Lock, site: Lock) -> list[str]:
    """Return the differences as lines, sorted by route: added, removed and changed.

    Endpoints with the same change share its lines. For a twin that the file does not have, the
    policy of its route without the suffix counts.

    Args:
        locked: The policies in the file.
        site: The policies of the site.
    """
    endpoints: dict[tuple[str, ...], list[str]] = {}  # by change
    names = tuple(site.settings)
    for key in sorted({*locked.entries, *site.entries}):
        before, after = locked.entries.get(key), site.entries.get(key)
        twin = site.twins.get(key)
        if twin is not None:
            twins_before = locked.entries.get(twin)
            before = twins_before if before is None else before
            if (before, after) == (twins_before, site.entries[twin]):
                continue  # the twin has the same lines
        if before != after:
            change = (_sign(before, after), *_change_lines(before or {}, after or {}, names))
            endpoints.setdefault(change, []).append(f"{key[1]} {key[0]}")
    lines: list[str] = []
    for (sign, *details), changed in endpoints.items():
        lines += [f"{sign} {endpoint}" for endpoint in changed]
        lines += details
    return lines


def _sign(before: Facts | None, after: Facts | None) -> str:
    if before is None:
        return "+"
    if after is None:
        return "-"
    return "~"


def _change_lines(before: Facts, after: Facts, names: tuple[str, ...]) -> Iterator[str]:
    """Yield a line for each member that changed, in the order of `names`."""
    if not before and not after:
        yield f"    {CLOSED}"
    elif not after:
        yield f"    - was open: {_audience(before, names)}"
    elif not before:
        yield f"    + is open: {_audience(after, names)}"
    else:
        for name in names:
            if before.get(name) != after[name]:  # the file of another release may lack a name
                yield f"    {name}: {_changed(before.get(name), after[name])}"


def _audience(facts: Facts, names: tuple[str, ...]) -> str:
    """Return the allowed origins in one line, without the members about methods and headers."""
    shown = [name for name in names if facts.get(name) and name not in HOW_MEMBERS]
    return ", ".join(f"{name} {_plain(facts[name])}" for name in shown)


def _changed(before: Any, after: Any) -> str:
    if not (isinstance(before, list) and isinstance(after, list)):
        return f"{_plain(before)} -> {_plain(after)}"
    removed = [f"-{item}" for item in before if item not in after]
    added = [f"+{item}" for item in after if item not in before]
    return ", ".join([*removed, *added])


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value)
