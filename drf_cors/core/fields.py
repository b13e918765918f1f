"""The fields of a policy, described once: `POLICY_FIELDS`.

A field has a name, a reader for the values that declarations give, the settings that hold it, and
the names it has in JSON. The other modules read these facts from the table. Other places have to
spell a field out: types, documentation, JavaScript. tests/web/test_fields_and_reasons.py lists
them, and fails for a field that is missing in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from drf_cors.core.errors import Fault, Problems, shown
from drf_cors.core.fetch import (
    CORS_RESPONSE_HEADERS,
    REQUEST_ONLY_HEADERS,
    byte_lowercase,
    is_forbidden_method,
    is_forbidden_request_header,
    is_forbidden_response_header,
    is_token,
    normalise_method,
)
from drf_cors.core.origin_faults import parse_pattern
from drf_cors.core.origins import OriginPattern

if TYPE_CHECKING:
    from django.http import HttpRequest


class Inherited(Enum):
    """The type of `INHERITED`."""

    INHERITED = "INHERITED"

    def __repr__(self) -> str:
        return "INHERITED"


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"


#: An item of a list: the list that this one replaces. In `allowed_origins`: everyone who was
#: allowed before.
INHERITED: Final = Inherited.INHERITED

#: The value of a field that a policy does not set. `None` is another value (see
#: `preflight_max_age`).
UNSET: Final = Unset.UNSET

IsUnset: TypeAlias = Literal[Unset.UNSET]
Names: TypeAlias = "Iterable[str | Literal[Inherited.INHERITED]]"
OriginTest: TypeAlias = "Callable[[str, HttpRequest], bool | Awaitable[bool]]"

#: RFC 9111 § 1.2.2: delta-seconds; caches need not count further.
MAX_DELTA_SECONDS: Final = 2**31


class JsonMember(NamedTuple):
    """A member of the JSON object of a policy.

    Attributes:
        name: Its key.
        kind: Its value: a list of origins, a list of other names, a boolean, or seconds.
    """

    name: str
    kind: Literal["origins", "names", "flag", "seconds"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a policy.

    Attributes:
        name: The name in `CorsPolicy`.
        half: "who" may call, which a layer sets as a whole, or "how", which is inherited field by
            field.
        kind: The kind of its value.
        read: Returns the value in the form that a policy keeps. Adds what is wrong to the problems.
        example: The right form, as code.
        settings: The `CORS_*` settings that hold it, the newest name first. The first one that is
            set counts.
        json: The members that hold it in the JSON object of a policy.
    """

    name: str
    half: Literal["who", "how"]
    kind: Literal["origins", "regexes", "flag", "callable", "credentials", "methods", "headers", "seconds"]
    read: Callable[[Field, object, Problems], object]
    example: str
    settings: tuple[str, ...] = ()
    json: tuple[JsonMember, ...] = ()

    @property
    def remedy(self) -> str:
        """The remedy for a value that has nothing of the right form."""
        return f"write {self.example}"


# Reading values


def _read_items(field: Field, value: object, problems: Problems) -> list[object]:
    """Return the items of a list. A string is no list, nor is a mapping."""
    if isinstance(value, str):
        problems.add(field.name, value, "not-a-list", _split_remedy(field, value))
        return []
    if value is INHERITED:
        holder = field.name
        if field.half == "who":
            holder = "allowed_origins"
        problems.add(field.name, value, "wrong-type", f"write {holder}=[INHERITED]")
        return []
    if isinstance(value, (bytes, Mapping)) or not isinstance(value, Iterable):
        problems.add(field.name, value, "wrong-type", field.remedy)
        return []
    if isinstance(value, (set, frozenset)):
        # A set has no order. Headers, `repr` and equality need one.
        return sorted(value, key=str)
    return list(value)


def _split_remedy(field: Field, text: str) -> str:
    """Return the remedy for one string where a list belongs: the list that was probably meant."""
    parts = [part for part in re.split(r"[\s,]+", text) if part]
    if field.kind == "regexes":
        parts = [text]  # it may contain commas and spaces
    if field.name == "allowed_origins" and parts == ["*"]:
        return "write allow_all_origins=True to admit every origin"
    return f"write {field.name}={shown(parts, limit=1000)}"


def _read_origins(field: Field, value: object, problems: Problems) -> tuple[object, ...]:
    good: dict[object, None] = {}
    for item in _read_items(field, value, problems):
        if item is INHERITED:
            if field.name == "allowed_origins":
                good[item] = None
            else:
                _refuse_inherited(field, "credentials", problems)
            continue
        if item == "*" and field.kind == "credentials":
            remedy = "write allow_credentials=True for every origin that is listed"
            problems.add(field.name, item, "star-alone", remedy)
            continue
        pattern = parse_pattern(field.name, item)
        if isinstance(pattern, OriginPattern):
            good[pattern.text] = None
        else:
            problems.faults.extend(pattern)
    return tuple(good)


def _refuse_inherited(field: Field, what: str, problems: Problems) -> None:
    """Add a fault for `INHERITED` in a list that `allowed_origins=[INHERITED]` inherits."""
    remedy = f"write allowed_origins=[INHERITED], which brings the inherited {what} too"
    problems.add(field.name, INHERITED, "inherited-misplaced", remedy)


def _read_regexes(field: Field, value: object, problems: Problems) -> tuple[re.Pattern[str], ...]:
    if isinstance(value, re.Pattern):
        problems.add(field.name, value, "wrong-type", f"write {field.name}=[{shown(value)}]")
        return ()
    good: dict[re.Pattern[str], None] = {}
    for item in _read_items(field, value, problems):
        regex = _read_regex(field, item, problems)
        if regex is not None:
            good[regex] = None
    return tuple(good)


def _read_regex(field: Field, item: object, problems: Problems) -> re.Pattern[str] | None:
    if isinstance(item, re.Pattern) and isinstance(item.pattern, str):
        return item
    if item is INHERITED:
        _refuse_inherited(field, "regular expressions", problems)
    elif isinstance(item, (bytes, re.Pattern)):
        problems.add(field.name, item, "bytes-regex", field.remedy)
    elif not isinstance(item, str):
        problems.add(field.name, item, "not-a-string", field.remedy)
    elif item == "":
        problems.add(field.name, item, "empty-string", "leave it out")
    else:
        try:
            return re.compile(item)
        except (re.error, OverflowError, RecursionError) as error:
            remedy = f"mend it ({error}) or write re.escape(...) for literal text"
            problems.add(field.name, item, "invalid-regex", remedy)
    return None


def _read_bool(field: Field, value: object, problems: Problems) -> object:
    if not isinstance(value, bool):
        problems.add(field.name, value, "wrong-type", field.remedy)
    return value is True


def _read_callable(field: Field, value: object, problems: Problems) -> object:
    if not callable(value):
        problems.add(field.name, value, "wrong-type", field.remedy)
    return value


def _read_credentials(field: Field, value: object, problems: Problems) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and "://" not in value and value != "*":
        # "True", from an environment variable.
        problems.add(field.name, value, "wrong-type", field.remedy)
        return False
    # An empty list means the same as False: one value for one meaning.
    return _read_origins(field, value, problems) or False


def _read_names(field: Field, value: object, problems: Problems) -> tuple[object, ...]:
    """Read a list of methods or of header names."""
    good: dict[object, object] = {}
    for item in _read_items(field, value, problems):
        reason = _name_fault(field, item)
        if reason is not None:
            problems.add(field.name, item, reason, _name_remedy(field, item, reason))
        elif field.kind == "headers" and isinstance(item, str):
            # Header names do not depend on case. The first spelling is sent.
            good.setdefault(item.lower(), item)
        else:
            good[item] = item
    return tuple(good.values())


#: Field -> whether browsers refuse a name in it, and the reason code.
_FORBIDDEN: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "allow_methods": (is_forbidden_method, "forbidden-method"),
    "allow_headers": (is_forbidden_request_header, "forbidden-request-header"),
    "expose_headers": (is_forbidden_response_header, "forbidden-response-header"),
}


def _name_fault(field: Field, item: object) -> str | None:
    """Return the reason why a list of methods or headers cannot have an item, None if it can."""
    if item is INHERITED or item == "*":
        return None
    if not isinstance(item, str):
        return "not-a-string"
    if item == "":
        return "empty-string"
    if not is_token(item):
        return "invalid-token"
    is_forbidden, reason = _FORBIDDEN[field.name]
    if is_forbidden(item):
        return reason
    # Fetch § 2.2.1, "normalize a method": the browser sends `get` as GET. It does not send `patch`
    # as PATCH.
    if field.kind == "methods" and item != normalise_method(item):
        return "method-case"
    return None


#: Field -> the headers that have no meaning in it, and the reason code.
_MISPLACED: Final[Mapping[str, tuple[Collection[str], str]]] = {
    "allow_headers": (CORS_RESPONSE_HEADERS, "response-header"),
    "expose_headers": (REQUEST_ONLY_HEADERS, "request-header"),
}


def misplaced_headers(name: str, items: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Yield each header of `allow_headers` or `expose_headers` that has no meaning there.

    Args:
        name: The field.
        items: Its value.

    Yields:
        The header, and the reason code.
    """
    known, reason = _MISPLACED[name]
    for item in items:
        if isinstance(item, str) and byte_lowercase(item) in known:
            yield item, reason


def misplaced_header_faults(field: Field, items: Iterable[object]) -> Iterator[Fault]:
    """Yield a fault for each header that `misplaced_headers` finds in the value of a field."""
    for item, reason in misplaced_headers(field.name, items):
        remedy = _name_remedy(field, item, reason)
        yield Fault(field=field.name, value=item, reason=reason, remedy=remedy)


#: Reasons for which the only remedy is to leave the item out.
_TO_LEAVE_OUT: Final = frozenset(
    {"empty-string", "forbidden-method", "forbidden-request-header", "forbidden-response-header"}
)


def _name_remedy(field: Field, item: object, reason: str) -> str:
    """Return the remedy for an item that cannot be in a list of methods or headers."""
    if reason in _TO_LEAVE_OUT:
        return "leave it out"
    if reason == "response-header":
        return f"leave it out, it is made from {CORS_RESPONSE_HEADERS[byte_lowercase(str(item))]}"
    if reason == "request-header":
        if is_forbidden_request_header(str(item)):
            return "leave it out"
        return "leave it out, or move it to allow_headers, if scripts send it"
    if reason == "method-case":
        return f"write {str(item).upper()!r}"
    parts = _joined_names(field, item)
    if parts:
        return f"write {shown(parts, limit=1000)[1:-1]}"
    return field.remedy


def _joined_names(field: Field, item: object) -> list[str]:
    """Return the valid names of a string that joins several names."""
    if not isinstance(item, str):
        return []
    parts = re.split(r"[\s,]+", item)
    if len(parts) < 2 or not all(map(is_token, parts)):
        return []
    misplaced: dict[str, str] = {}
    if field.kind == "methods":
        parts = list(map(normalise_method, parts))
    else:
        misplaced = dict(misplaced_headers(field.name, parts))
    return [part for part in parts if part not in misplaced and _name_fault(field, part) is None]


def _read_max_age(field: Field, value: object, problems: Problems) -> object:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        problems.add(field.name, value, "wrong-type", field.remedy)
        return None
    if value < 0:
        problems.add(field.name, value, "negative-max-age", field.remedy)
    elif value > MAX_DELTA_SECONDS:
        problems.add(field.name, value, "max-age-too-large", field.remedy)
    return value


# The table


#: Every field of a policy. Their order is that of messages, `repr` and reports.
POLICY_FIELDS: Final[tuple[Field, ...]] = (
    Field(
        name="allowed_origins",
        half="who",
        kind="origins",
        read=_read_origins,
        example="allowed_origins=['https://shop.example']",
        settings=("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"),
        json=(JsonMember("allowOrigins", "origins"), JsonMember("allowOriginPatterns", "origins")),
    ),
    Field(
        name="allowed_origin_regexes",
        half="who",
        kind="regexes",
        read=_read_regexes,
        example=r"allowed_origin_regexes=[r'https://pr-\d+\.example\.com']",
        settings=("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"),
        json=(JsonMember("allowOriginRegexes", "origins"),),
    ),
    Field(
        name="allow_all_origins",
        half="who",
        kind="flag",
        read=_read_bool,
        example="allow_all_origins=False, or True to admit every origin",
        settings=("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"),
        json=(JsonMember("allowOrigins", "origins"),),  # as ["*"]
    ),
    Field(
        name="is_origin_allowed",
        half="who",
        kind="callable",
        read=_read_callable,
        example="is_origin_allowed=function; function(origin, request) returns True or False",
        json=(JsonMember("dynamic", "flag"),),
    ),
    Field(
        name="allow_credentials",
        half="who",
        kind="credentials",
        read=_read_credentials,
        example="allow_credentials=False, True, or a list of the origins that may send them",
        settings=("CORS_ALLOW_CREDENTIALS",),
        json=(JsonMember("allowCredentials", "flag"), JsonMember("credentialedOrigins", "origins")),
    ),
    Field(
        name="allow_methods",
        half="how",
        kind="methods",
        read=_read_names,
        example="allow_methods=['GET', 'POST']",
        settings=("CORS_ALLOW_METHODS",),
        json=(JsonMember("allowMethods", "names"),),
    ),
    Field(
        name="allow_headers",
        half="how",
        kind="headers",
        read=_read_names,
        example="allow_headers=['content-type', 'x-csrftoken']",
        settings=("CORS_ALLOW_HEADERS",),
        json=(JsonMember("allowHeaders", "names"),),
    ),
    Field(
        name="expose_headers",
        half="how",
        kind="headers",
        read=_read_names,
        example="expose_headers=['x-total-count']",
        settings=("CORS_EXPOSE_HEADERS",),
        json=(JsonMember("exposeHeaders", "names"),),
    ),
    Field(
        name="preflight_max_age",
        half="how",
        kind="seconds",
        read=_read_max_age,
        example="preflight_max_age=600 (seconds), 0 for never, None for no header",
        settings=("CORS_PREFLIGHT_MAX_AGE",),
        json=(JsonMember("maxAge", "seconds"),),
    ),
)

#: The names of all fields.
FIELDS: Final = tuple(field.name for field in POLICY_FIELDS)
#: WHO may call: a layer that sets one of the origin fields sets all of WHO.
WHO_FIELDS: Final = tuple(field.name for field in POLICY_FIELDS if field.half == "who")
ORIGIN_FIELDS: Final = tuple(
    field.name for field in POLICY_FIELDS if field.half == "who" and field.kind != "credentials"
)
#: HOW they may call: inherited one by one.
HOW_FIELDS: Final = tuple(field.name for field in POLICY_FIELDS if field.half == "how")
#: The lists of header names, which do not depend on case.
HEADER_FIELDS: Final = tuple(field.name for field in POLICY_FIELDS if field.kind == "headers")
