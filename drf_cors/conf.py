"""The `CORS_*` settings, read once and turned into policies. The only reader of settings.

Names, defaults and meanings are those of django-cors-headers; `CORS_POLICIES`,
`CORS_VIEW_POLICIES`, `CORS_URLCONFS` and `CORS_OPENAPI` are ours. The faults of all settings are
reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, NamedTuple

from django.conf import settings

from drf_cors.core.errors import CorsConfigurationError, Problems, shown
from drf_cors.core.fetch import is_forbidden_request_header
from drf_cors.core.fields import POLICY_FIELDS, WHO_FIELDS
from drf_cors.core.merge import Layer, merge
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.defaults import default_headers, default_methods, default_preflight_max_age
from drf_cors.misspelt_settings import declares_policies, misspelt_settings
from drf_cors.openapi_choices import check_option

#: Field of a policy -> the settings that hold it, the newest name first. The first one that is set
#: counts.
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    field.name: field.settings for field in POLICY_FIELDS if field.settings
}

DEFAULTS: Final = Layer(
    policy=CorsPolicy(
        allowed_origins=(),
        allow_credentials=False,
        allow_methods=default_methods,
        allow_headers=default_headers,
        expose_headers=(),
        preflight_max_age=default_preflight_max_age,
    ),
    source=Source("default", "drf_cors.defaults"),
    is_global=True,
)

#: `CORS_URLS_REGEX` where it is not set: every path, as long as it is one line.
EVERY_PATH: Final = re.compile(r"^.*$")

#: A policy, or the name of one in `CORS_POLICIES`.
PolicyOrName = CorsPolicy | str

_Layers = tuple[Layer, ...]


@dataclass(frozen=True, kw_only=True)
class CorsSettings:
    """The settings, in the form that the resolver needs.

    Attributes:
        covered: The layers 1 and 2, weakest first, for URLs that `CORS_URLS_REGEX` covers.
        uncovered: The same for the other URLs: nobody is allowed, and HOW is the same.
        urls_regex: `CORS_URLS_REGEX`, matched at the start of `request.path_info`.
        policies: `CORS_POLICIES`, all of them valid.
        view_policies: `CORS_VIEW_POLICIES`: key -> policy or name.
        urlconfs: `CORS_URLCONFS`: names of further URLconfs that middleware of the project may
            select.
        allow_private_network: `CORS_ALLOW_PRIVATE_NETWORK`.
        dropped_headers: Names in `CORS_ALLOW_HEADERS` that no script can set. They are left out,
            and a check reports them.
        openapi: `CORS_OPENAPI`: key -> one of its choices, or for some a callable(request) that
            returns one.
        debug: `DEBUG`.
        language_code: `LANGUAGE_CODE`, the language of paths without a language prefix.
        root_urlconf: `ROOT_URLCONF`.
        append_slash: Whether Django redirects a path that lacks its slash: `APPEND_SLASH`, and
            `CommonMiddleware`.
        reads_languages: Whether `LocaleMiddleware` selects the language of a request.
    """

    covered: _Layers
    uncovered: _Layers
    urls_regex: re.Pattern[str]
    policies: Mapping[str, CorsPolicy]
    view_policies: Mapping[str, PolicyOrName]
    urlconfs: tuple[str, ...]
    allow_private_network: bool
    dropped_headers: tuple[str, ...]
    openapi: Mapping[str, Any]
    debug: bool
    language_code: str
    root_urlconf: str
    append_slash: bool
    reads_languages: bool

    def site_layers(self, *, is_covered: bool) -> _Layers:
        """Return the layers 1 and 2.

        Args:
            is_covered: Whether `CORS_URLS_REGEX` covers the URL.
        """
        if is_covered:
            return self.covered
        return self.uncovered

    def covers(self, path_info: str) -> bool:
        """Whether `CORS_URLS_REGEX` covers a path."""
        return self.urls_regex.match(path_info) is not None


def load() -> CorsSettings:
    """Read the settings.

    Raises:
        CorsConfigurationError: With the faults of all settings at once.
    """
    problems = Problems()
    covered, dropped_headers = _read_site_policy(problems)
    middleware = _read_middleware("MIDDLEWARE", settings.MIDDLEWARE, problems)
    values = {}
    for attribute, (name, default, read) in _READERS.items():
        values[attribute] = read(name, getattr(settings, name, default), problems)
    loaded = CorsSettings(
        covered=covered,
        uncovered=_uncovered(covered),
        dropped_headers=dropped_headers,
        debug=settings.DEBUG,
        language_code=settings.LANGUAGE_CODE,
        # Django's middleware, or one of the project that is named after it.
        append_slash=settings.APPEND_SLASH and _has_class(middleware, "CommonMiddleware"),
        reads_languages=_has_class(middleware, "LocaleMiddleware"),
        **values,
    )
    for name, meant in misspelt_settings(KNOWN_SETTINGS):
        if declares_policies(name):
            problems.add(name, getattr(settings, name), "lost-misspelt", f"write {meant}")
    if problems.faults:
        raise CorsConfigurationError(problems.faults, "the CORS settings")
    return loaded


def _has_class(middleware: tuple[str, ...], name: str) -> bool:
    return any(path.endswith(name) for path in middleware)


# The policy of the site


def _read_site_policy(problems: Problems) -> tuple[_Layers, tuple[str, ...]]:
    """Read the settings that hold the fields of a policy.

    Returns:
        The layers 1 and 2, and the names in `CORS_ALLOW_HEADERS` that were left out.
    """
    given: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field, names in SETTINGS.items():
        found = [name for name in names if hasattr(settings, name)]
        if found:
            given[field] = found[0]
            values[field] = getattr(settings, found[0])
            _refuse_iterator(found[0], values[field], problems)
    dropped: tuple[str, ...] = ()
    if "allow_headers" in values:
        values["allow_headers"], dropped = _without_forbidden(values["allow_headers"])
    if values.get("preflight_max_age") == 0 and values["preflight_max_age"] is not False:
        values["preflight_max_age"] = None  # django-cors-headers sends no header for 0
    return _site_layers(values, given, problems), dropped


def _without_forbidden(names: Any) -> tuple[Any, tuple[str, ...]]:
    """Leave out request headers that Fetch forbids. Some of them were defaults once."""
    if isinstance(names, (str, bytes, Mapping)) or not isinstance(names, Iterable):
        return names, ()
    names = list(names)
    dropped = tuple(filter(_is_forbidden, names))
    return [name for name in names if name not in dropped], dropped


def _is_forbidden(name: object) -> bool:
    return isinstance(name, str) and is_forbidden_request_header(name)


def _site_layers(values: dict[str, Any], given: dict[str, str], problems: Problems) -> _Layers:
    """Return the layers 1 and 2: the defaults and the settings.

    Args:
        values: Field -> value, for the fields that a setting holds.
        given: Field -> the name of that setting.
        problems: Takes the faults.
    """
    names = {field: given.get(field, all_names[0]) for field, all_names in SETTINGS.items()}
    sources = {field: Source("setting", name) for field, name in given.items()}
    try:
        policies = _site_policies(values)
    except CorsConfigurationError as error:
        # The field may be 0 or None; the setting may be 0 only.
        seconds = f"write {names['preflight_max_age']} = 600 (seconds), or 0 for no header"
        for fault in error.at("", names).faults:
            is_max_age = fault.field == names["preflight_max_age"]
            problems.faults.append(replace(fault, remedy=seconds) if is_max_age else fault)
        return (DEFAULTS,)
    made = [replace(DEFAULTS, policy=policy, field_sources=sources) for policy in policies]
    layers = (DEFAULTS, *made)
    problems.faults.extend(merged.fault.named(names) for merged in merge(layers).faults)
    return layers


def _site_policies(values: dict[str, Any]) -> list[CorsPolicy]:
    """Return the policies that the settings make, weakest first: mostly one.

    django-cors-headers lets a site admit any origin with credentials. No single policy may do that.
    Two layers can: the second one adds the credentials.

    Raises:
        CorsConfigurationError: A setting holds an invalid value.
    """
    is_any_origin = values.get("allow_all_origins") is True
    if not is_any_origin or values.get("allow_credentials") is not True:
        return [CorsPolicy.of_settings(**values)]
    without_credentials = {**values}
    del without_credentials["allow_credentials"]
    return [CorsPolicy.of_settings(**without_credentials), CorsPolicy(allow_credentials=True)]


def _uncovered(covered: _Layers) -> _Layers:
    """Return the layers for URLs that `CORS_URLS_REGEX` does not match: nobody, same HOW."""
    regex = Source("setting", "CORS_URLS_REGEX")
    nobody = Layer(
        policy=NO_CORS,
        source=regex,
        field_sources=dict.fromkeys(WHO_FIELDS, regex),
        is_global=True,
    )
    return (*covered, nobody)


# Readers: (name of the setting, its value, problems) -> the value that is used


def _refuse_iterator(name: str, value: object, problems: Problems) -> bool:
    """Add a fault for an iterator: settings are read again, and it would be empty then."""
    if not isinstance(value, Iterator):
        return False
    problems.add(name, value, "iterator", "put list(...) around it")
    return True


def _read_items(
    name: str, value: object, problems: Problems, *, remedy: str, not_lists: tuple[type, ...]
) -> tuple[object, ...]:
    """Return the items of a list. A string is no list, nor is a value of the types `not_lists`."""
    if isinstance(value, str):
        problems.add(name, value, "not-a-list", remedy)
        return ()
    if isinstance(value, not_lists) or not isinstance(value, Iterable):
        problems.add(name, value, "wrong-type", remedy)
        return ()
    return tuple(value)


def _read_middleware(name: str, value: Any, problems: Problems) -> tuple[str, ...]:
    """Validate MIDDLEWARE here: Django's own error for a wrong type is unclear."""
    remedy = f"write {name} = ['drf_cors.middleware.CorsMiddleware', ...]"
    paths = []
    for item in _read_items(name, value, problems, remedy=remedy, not_lists=(bytes,)):
        if isinstance(item, str):
            paths.append(item)
        else:
            problems.add(name, item, "not-a-string", remedy)
    return tuple(paths)


def _read_urlconfs(name: str, value: Any, problems: Problems) -> tuple[str, ...]:
    """Read names of modules. They are not imported here: URLconfs are imported with the site's."""
    if _refuse_iterator(name, value, problems):
        return ()
    remedy = f"write {name} = ['project.tenant_urls']"
    names = []
    for item in _read_items(name, value, problems, remedy=remedy, not_lists=(bytes, Mapping)):
        if item == "":
            problems.add(name, item, "empty-string", remedy)
        elif isinstance(item, str):
            names.append(item)
        else:
            problems.add(name, item, "not-a-string", remedy)
    return tuple(names)


def _read_root_urlconf(name: str, value: Any, problems: Problems) -> Any:
    if value is None:
        problems.add(name, value, "not-a-string", f"write {name} = 'project.urls'")
        return ""
    return value


def _read_regex(name: str, value: Any, problems: Problems) -> re.Pattern[str]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return value
    if isinstance(value, str):
        try:
            return re.compile(value)
        except (re.error, OverflowError, RecursionError) as error:
            problems.add(name, value, "invalid-regex", f"mend it ({error})")
    else:
        problems.add(name, value, "wrong-type", rf"write {name} = r'^/api/.*$'")
    return re.compile(r"(?!)")


def _read_bool(name: str, value: Any, problems: Problems) -> bool:
    if not isinstance(value, bool):
        problems.add(name, value, "wrong-type", f"write {name} = False, or True")
    return value is True


def _read_mapping(name: str, value: Any, problems: Problems, example: str) -> dict[str, Any]:
    """Return the entries of a mapping whose keys are strings."""
    remedy = f"write {name} = {example}"
    if not isinstance(value, Mapping):
        problems.add(name, value, "wrong-type", remedy)
        return {}
    entries = {}
    for key, item in value.items():
        if key == "":
            problems.add(name, key, "empty-string", remedy)
        elif isinstance(key, str):
            entries[key] = item
        else:
            problems.add(name, key, "not-a-string", remedy)
    return entries


def _read_policies(name: str, value: Any, problems: Problems) -> dict[str, CorsPolicy]:
    policies = {}
    for key, item in _read_mapping(name, value, problems, "{'partners': CorsPolicy(...)}").items():
        policy = _read_policy(f"{name}[{shown(key)}]", item, problems)
        if policy is not None:
            policies[key] = policy
    return policies


def _read_view_policies(name: str, value: Any, problems: Problems) -> dict[str, PolicyOrName]:
    policies: dict[str, PolicyOrName] = {}
    for key, item in _read_mapping(name, value, problems, "{'orders:list': 'partners'}").items():
        if isinstance(item, str):
            policies[key] = item
            continue
        policy = _read_policy(f"{name}[{shown(key)}]", item, problems)
        if policy is not None:
            policies[key] = policy
    return policies


def _read_policy(where: str, value: object, problems: Problems) -> CorsPolicy | None:
    """Read one policy of a setting: a `CorsPolicy`, or a dict of its fields."""
    if isinstance(value, CorsPolicy):
        return value
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        right = "CorsPolicy(allowed_origins=['https://shop.example'])"
        problems.add(where, value, "wrong-type", f"write {right} or a dict of its fields")
        return None
    for key, item in value.items():
        _refuse_iterator(f"{where}[{shown(key)}]", item, problems)
    try:
        return CorsPolicy(**value)
    except CorsConfigurationError as error:
        # Only the place is renamed. Inside the entry the fields keep their names, and so does the
        # remedy.
        for fault in error.faults:
            problems.faults.append(replace(fault, field=f"{where}[{fault.field!r}]"))
        return None


def _read_openapi(name: str, value: Any, problems: Problems) -> dict[str, Any]:
    options = _read_mapping(name, value, problems, "{'DETAIL': 'summary'}")
    for key, option in options.items():
        check_option(name, key, option, problems)
    return options


class _Reader(NamedTuple):
    """A setting: its name, the value where it is not set, and the function that reads it."""

    name: str
    default: Any
    read: Callable[[str, Any, Problems], Any]


#: Attribute of `CorsSettings` -> the setting. Their order is that of the faults.
_READERS: Final[Mapping[str, _Reader]] = {
    "urls_regex": _Reader("CORS_URLS_REGEX", EVERY_PATH, _read_regex),
    "policies": _Reader("CORS_POLICIES", {}, _read_policies),
    "view_policies": _Reader("CORS_VIEW_POLICIES", {}, _read_view_policies),
    "urlconfs": _Reader("CORS_URLCONFS", (), _read_urlconfs),
    "allow_private_network": _Reader("CORS_ALLOW_PRIVATE_NETWORK", False, _read_bool),
    "openapi": _Reader("CORS_OPENAPI", {}, _read_openapi),
    "root_urlconf": _Reader("ROOT_URLCONF", None, _read_root_urlconf),
}

#: Every `CORS_*` setting: those of django-cors-headers under all their names, and ours.
KNOWN_SETTINGS: Final = (
    *chain.from_iterable(SETTINGS.values()),
    *(reader.name for reader in _READERS.values() if reader.name.startswith("CORS_")),
)
