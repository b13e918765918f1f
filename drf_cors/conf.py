"""The `CORS_*` settings, read once and turned into policies. The only reader of settings.

Names, defaults and meanings are those of django-cors-headers; `CORS_POLICIES` and `CORS_VIEW_POLICIES` are
ours. Every fault of every setting is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from django.conf import settings

from drf_cors.core.errors import CorsConfigurationError, Fault, shown
from drf_cors.core.fetch import is_forbidden_request_header
from drf_cors.core.fields import ORIGIN_FIELDS
from drf_cors.core.merge import Layer, Source, merge
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.defaults import default_headers, default_methods, default_preflight_max_age
from drf_cors.openapi_choices import CHOICES, PER_REQUEST, is_choice, is_sync_callable

#: Field of a policy -> the settings that hold it, the newest name first. The first that is set counts.
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "allowed_origins": ("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"),
    "allowed_origin_regexes": ("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"),
    "allow_all_origins": ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"),
    "allow_credentials": ("CORS_ALLOW_CREDENTIALS",),
    "allow_methods": ("CORS_ALLOW_METHODS",),
    "allow_headers": ("CORS_ALLOW_HEADERS",),
    "expose_headers": ("CORS_EXPOSE_HEADERS",),
    "preflight_max_age": ("CORS_PREFLIGHT_MAX_AGE",),
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

#: The settings there are: those of django-cors-headers under all their names, and ours.
KNOWN_SETTINGS: Final = (
    *(name for names in SETTINGS.values() for name in names),
    "CORS_URLS_REGEX",
    "CORS_ALLOW_PRIVATE_NETWORK",
    "CORS_POLICIES",
    "CORS_VIEW_POLICIES",
    "CORS_URLCONFS",
    "CORS_OPENAPI",
)

#: A policy, or the name of one in `CORS_POLICIES`.
PolicyOrName = CorsPolicy | str


@dataclass(frozen=True, kw_only=True)
class Conf:
    """What the settings say, in the shape the resolver needs it.

    Attributes:
        covered: The layers 1 and 2, weakest first, for URLs that `CORS_URLS_REGEX` covers.
        uncovered: The same for the others: nobody, but the same HOW.
        urls_regex: Matched at the start of `request.path_info`.
        policies: `CORS_POLICIES`, all of them valid.
        view_policies: `CORS_VIEW_POLICIES`: key -> policy or name.
        urlconfs: `CORS_URLCONFS`: names of further URLconfs that middleware of the project may select.
        allow_private_network: `CORS_ALLOW_PRIVATE_NETWORK`.
        dropped_headers: Names in `CORS_ALLOW_HEADERS` that no script can set; taken out, and told by a check.
        openapi: `CORS_OPENAPI`: key -> one of its choices, or for some a callable(request) that returns one.
        debug: `DEBUG`.
        language_code: `LANGUAGE_CODE`, the language of paths without a language prefix.
        root_urlconf: `ROOT_URLCONF`.
        append_slash: Whether Django will redirect a path that lacks its slash: `APPEND_SLASH`, and `CommonMiddleware`.
        reads_languages: Whether `LocaleMiddleware` picks the language of a request.
    """

    covered: tuple[Layer, ...]
    uncovered: tuple[Layer, ...]
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

    @cached_property
    def covers_every_line(self) -> bool:
        """Whether `CORS_URLS_REGEX` is not set, so that it covers every path without a line break."""
        return self.urls_regex is EVERY_PATH

    def covers(self, path_info: str) -> bool:
        """Whether `CORS_URLS_REGEX` covers a path."""
        return self.urls_regex.match(path_info) is not None


def load() -> Conf:
    """Read the settings.

    Raises:
        CorsConfigurationError: With every fault of every `CORS_*` setting at once.
    """
    faults: list[Fault] = []
    given = {field: name for field, names in SETTINGS.items() if (name := _first_set(names)) is not None}
    values = {field: getattr(settings, name) for field, name in given.items()}
    faults += _read_once({given[field]: value for field, value in values.items()})
    values["allow_headers"], dropped = _without_forbidden(values.get("allow_headers", default_headers))
    if "allow_headers" not in given:
        del values["allow_headers"]
    if values.get("preflight_max_age") == 0 and values["preflight_max_age"] is not False:
        values["preflight_max_age"] = None  # django-cors-headers sends no header for 0
    covered = _global_layers(values, given, faults)
    middleware = _read_middleware(faults)
    conf = Conf(
        covered=covered,
        uncovered=_uncovered(covered),
        urls_regex=_read_regex(faults),
        policies=_read_named_policies(faults),
        view_policies=_read_view_policies(faults),
        urlconfs=_read_urlconfs(faults),
        allow_private_network=_read_private_network(faults),
        dropped_headers=dropped,
        openapi=_read_openapi(faults),
        debug=settings.DEBUG,
        language_code=settings.LANGUAGE_CODE,
        root_urlconf=_read_root_urlconf(faults),
        # Django's middleware, or a project's own that is named after it.
        append_slash=settings.APPEND_SLASH and any(path.endswith("CommonMiddleware") for path in middleware),
        reads_languages=any(path.endswith("LocaleMiddleware") for path in middleware),
    )
    if faults:
        raise CorsConfigurationError(faults, "the CORS settings")
    return conf


def _first_set(names: Iterable[str]) -> str | None:
    return next((name for name in names if hasattr(settings, name)), None)


def _read_once(values: Mapping[str, object]) -> list[Fault]:
    """Return a fault for each iterator: settings are read again, and it would be empty then."""
    remedy = "put list(...) around it"
    return [
        Fault(field=place, value=value, reason="iterator", remedy=remedy)
        for place, value in values.items()
        if isinstance(value, Iterator)
    ]


def _read_middleware(faults: list[Fault]) -> tuple[str, ...]:
    """Read `MIDDLEWARE`, with which Django itself would fail in less clear words."""
    value: object = settings.MIDDLEWARE
    remedy = "write MIDDLEWARE = ['drf_cors.middleware.CorsMiddleware', ...]"
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        reason = "not-a-list" if isinstance(value, str) else "wrong-type"
        faults.append(Fault(field="MIDDLEWARE", value=value, reason=reason, remedy=remedy))
        return ()
    items = tuple(value)
    odd = [item for item in items if not isinstance(item, str)]
    faults.extend(Fault(field="MIDDLEWARE", value=item, reason="not-a-string", remedy=remedy) for item in odd)
    return tuple(item for item in items if isinstance(item, str))


def _read_root_urlconf(faults: list[Fault]) -> str:
    value: str | None = getattr(settings, "ROOT_URLCONF", None)
    if value is None:
        remedy = "write ROOT_URLCONF = 'project.urls'"
        faults.append(Fault(field="ROOT_URLCONF", value=value, reason="not-a-string", remedy=remedy))
        return ""
    return value


def _without_forbidden(names: Any) -> tuple[Any, tuple[str, ...]]:
    """Take out request headers that Fetch forbids; `origin`, `dnt`, `accept-encoding` were defaults once."""
    if isinstance(names, (str, bytes, Mapping)) or not isinstance(names, Iterable):
        return names, ()
    names = list(names)
    dropped = [name for name in names if isinstance(name, str) and is_forbidden_request_header(name)]
    return [name for name in names if name not in dropped], tuple(dropped)


def _global_layers(values: dict[str, Any], given: Mapping[str, str], faults: list[Fault]) -> tuple[Layer, ...]:
    names = {field: given.get(field, all_names[0]) for field, all_names in SETTINGS.items()}
    sources = {field: Source("setting", names[field]) for field in given}
    unset = DEFAULTS.source
    # A legal site of django-cors-headers may admit any origin with credentials. No policy can say so; two
    # layers can.
    reflects = values.get("allow_all_origins") is True and values.get("allow_credentials") is True
    first = {field: value for field, value in values.items() if not (reflects and field == "allow_credentials")}
    try:
        policies = [CorsPolicy.of_settings(**first)]
        if reflects:
            policies.append(CorsPolicy(allow_credentials=True))
    except CorsConfigurationError as error:
        # Where a field has 0 and None, the setting has only 0.
        seconds = f"write {names['preflight_max_age']} = 600 (seconds), or 0 for no header"
        faults.extend(
            replace(fault, remedy=seconds) if fault.field == names["preflight_max_age"] else fault
            for fault in error.at("", names).faults
        )
        return (DEFAULTS,)
    layers = (
        DEFAULTS,
        *(Layer(policy=policy, source=unset, field_sources=sources, is_global=True) for policy in policies),
    )
    faults.extend(merged.fault.named(names) for merged in merge(layers).faults)
    return layers


def _uncovered(covered: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return the same layers where `CORS_URLS_REGEX` does not match: nobody, and the same HOW."""
    regex = Source("setting", "CORS_URLS_REGEX")
    nobody = Layer(
        policy=NO_CORS,
        source=regex,
        field_sources=dict.fromkeys((*ORIGIN_FIELDS, "allow_credentials"), regex),
        is_global=True,
    )
    return (*covered, nobody)


def _read_regex(faults: list[Fault]) -> re.Pattern[str]:
    value = getattr(settings, "CORS_URLS_REGEX", EVERY_PATH)
    remedy = r"write CORS_URLS_REGEX = r'^/api/.*$'"
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return value
    if isinstance(value, str):
        try:
            return re.compile(value)
        except (re.error, OverflowError, RecursionError) as error:
            remedy = f"mend it ({error})"
            faults.append(Fault(field="CORS_URLS_REGEX", value=value, reason="invalid-regex", remedy=remedy))
    else:
        faults.append(Fault(field="CORS_URLS_REGEX", value=value, reason="wrong-type", remedy=remedy))
    return re.compile(r"(?!)")


def _read_private_network(faults: list[Fault]) -> bool:
    name = "CORS_ALLOW_PRIVATE_NETWORK"
    value = getattr(settings, name, False)
    if not isinstance(value, bool):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {name} = False, or True"))
    return value is True


def _read_mapping(name: str, example: str, faults: list[Fault]) -> dict[str, object]:
    value = getattr(settings, name, {})
    if not isinstance(value, Mapping):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {name} = {example}"))
        return {}
    result = {}
    for key, item in value.items():
        if isinstance(key, str) and key:
            result[key] = item
        else:
            reason = "empty-string" if key == "" else "not-a-string"
            faults.append(Fault(field=name, value=key, reason=reason, remedy=f"write {name} = {example}"))
    return result


def _read_policy(where: str, value: object, faults: list[Fault]) -> CorsPolicy | None:
    """Read one policy of a setting: a `CorsPolicy`, or a dict of its fields."""
    if isinstance(value, CorsPolicy):
        return value
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        remedy = "write CorsPolicy(allowed_origins=['https://shop.example']) or a dict of its fields"
        faults.append(Fault(field=where, value=value, reason="wrong-type", remedy=remedy))
        return None
    faults += _read_once({f"{where}[{shown(key)}]": item for key, item in value.items()})
    try:
        return CorsPolicy(**value)
    except CorsConfigurationError as error:
        # Only the place is renamed: inside the entry the fields keep their names, and so does the remedy.
        faults.extend(replace(fault, field=f"{where}[{fault.field!r}]") for fault in error.faults)
        return None


def _read_openapi(faults: list[Fault]) -> dict[str, Any]:
    given = _read_mapping("CORS_OPENAPI", "{'DETAIL': 'summary'}", faults)
    for key, value in given.items():
        choices = CHOICES.get(key)
        if choices is None:
            remedy = f"the keys are {', '.join(map(repr, CHOICES))}"
            faults.append(Fault(field="CORS_OPENAPI", value=key, reason="unknown-key", remedy=remedy))
        elif not is_choice(value, choices) and not (key in PER_REQUEST and is_sync_callable(value)):
            remedy = f"write one of {', '.join(map(repr, choices))}"
            if key in PER_REQUEST:
                remedy += ", or a callable(request), not async, that returns one"
            faults.append(Fault(field=f"CORS_OPENAPI[{key!r}]", value=value, reason="unknown-choice", remedy=remedy))
    return given


def _read_named_policies(faults: list[Fault]) -> dict[str, CorsPolicy]:
    entries = _read_mapping("CORS_POLICIES", "{'partners': CorsPolicy(...)}", faults)
    read = {name: _read_policy(f"CORS_POLICIES[{shown(name)}]", value, faults) for name, value in entries.items()}
    return {name: policy for name, policy in read.items() if policy is not None}


def _read_view_policies(faults: list[Fault]) -> dict[str, PolicyOrName]:
    entries = _read_mapping("CORS_VIEW_POLICIES", "{'orders:list': 'partners'}", faults)
    result: dict[str, PolicyOrName] = {}
    for key, value in entries.items():
        policy = value if isinstance(value, str) else _read_policy(f"CORS_VIEW_POLICIES[{shown(key)}]", value, faults)
        if policy is not None:
            result[key] = policy
    return result


def _read_urlconfs(faults: list[Fault]) -> tuple[str, ...]:
    """Read names of modules. They are not imported here: URLconfs are read when the site is."""
    name = "CORS_URLCONFS"
    value: object = getattr(settings, name, ())
    remedy = f"write {name} = ['project.tenant_urls']"
    once = _read_once({name: value})
    if once or isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        reason = "not-a-list" if isinstance(value, str) else "wrong-type"
        faults += once or [Fault(field=name, value=value, reason=reason, remedy=remedy)]
        return ()
    items = tuple(value)
    for item in items:
        if not (isinstance(item, str) and item):
            reason = "empty-string" if item == "" else "not-a-string"
            faults.append(Fault(field=name, value=item, reason=reason, remedy=remedy))
    return tuple(item for item in items if isinstance(item, str))
