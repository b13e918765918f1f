"""The fields of a policy: their names, and how each value that a declaration gives is read."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from drf_cors.core.errors import Fault, shown
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


#: Inside a list: the list this one replaces. In `allowed_origins` it stands for everyone who was allowed
#: before.
INHERITED: Final = Inherited.INHERITED

#: The value of a field that a policy does not set. `None` is a value of its own (see `preflight_max_age`).
UNSET: Final = Unset.UNSET

IsUnset: TypeAlias = Literal[Unset.UNSET]
Names: TypeAlias = "Iterable[str | Literal[Inherited.INHERITED]]"
OriginTest: TypeAlias = "Callable[[str, HttpRequest], bool | Awaitable[bool]]"

#: WHO may call: a layer that sets one of these four sets all of WHO.
ORIGIN_FIELDS: Final = ("allowed_origins", "allowed_origin_regexes", "allow_all_origins", "is_origin_allowed")
WHO_FIELDS: Final = (*ORIGIN_FIELDS, "allow_credentials")
#: HOW they may call: inherited one by one.
HOW_FIELDS: Final = ("allow_methods", "allow_headers", "expose_headers", "preflight_max_age")
HEADER_FIELDS: Final = ("allow_headers", "expose_headers")
FIELDS: Final = WHO_FIELDS + HOW_FIELDS

#: RFC 9111 § 1.2.2: delta-seconds; caches need not count further.
MAX_DELTA_SECONDS: Final = 2**31


_EXAMPLES: Final[Mapping[str, str]] = {
    "allowed_origins": "allowed_origins=['https://shop.example']",
    "allowed_origin_regexes": r"allowed_origin_regexes=[r'https://pr-\d+\.example\.com']",
    "allow_all_origins": "allow_all_origins=False, or True to admit every origin",
    "is_origin_allowed": "is_origin_allowed=function, with function(origin, request) returning True or False",
    "allow_credentials": "allow_credentials=False, True, or a list of the origins that may send them",
    "allow_methods": "allow_methods=['GET', 'POST']",
    "allow_headers": "allow_headers=['content-type', 'x-csrftoken']",
    "expose_headers": "expose_headers=['x-total-count']",
    "preflight_max_age": "preflight_max_age=600 (seconds), 0 for never, None for no header",
}


def _items(name: str, value: object, faults: list[Fault]) -> list[object]:
    """Return the items of a list; a string is no list, nor is a mapping."""
    if isinstance(value, str):
        # A regular expression may hold commas and spaces of its own.
        parts = [value] if name == "allowed_origin_regexes" else [part for part in re.split(r"[\s,]+", value) if part]
        remedy = f"write {name}={shown(parts, limit=1000)}"
        if name == "allowed_origins" and parts == ["*"]:
            remedy = "write allow_all_origins=True to admit every origin"
        faults.append(Fault(field=name, value=value, reason="not-a-list", remedy=remedy))
        return []
    if value is INHERITED:
        holder = "allowed_origins" if name in WHO_FIELDS else name
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {holder}=[INHERITED]"))
        return []
    if isinstance(value, (bytes, Mapping)) or not isinstance(value, Iterable):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
        return []
    # A set has no order; the wire, `repr` and equality need one.
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)


def _read_origins(name: str, value: object, faults: list[Fault]) -> tuple[object, ...]:
    good: dict[object, None] = {}
    for item in _items(name, value, faults):
        if item is INHERITED and name == "allowed_origins":
            good[item] = None
            continue
        if item is INHERITED:
            remedy = "write allowed_origins=[INHERITED], which brings the inherited credentials too"
            faults.append(Fault(field=name, value=item, reason="inherited-misplaced", remedy=remedy))
            continue
        if item == "*" and name == "allow_credentials":
            remedy = "write allow_credentials=True for every origin that is listed"
            faults.append(Fault(field=name, value=item, reason="star-alone", remedy=remedy))
            continue
        pattern = parse_pattern(name, item)
        if isinstance(pattern, OriginPattern):
            good[pattern.text] = None
        else:
            faults.extend(pattern)
    return tuple(good)


def _read_regexes(name: str, value: object, faults: list[Fault]) -> tuple[re.Pattern[str], ...]:
    if isinstance(value, re.Pattern):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {name}=[{shown(value)}]"))
        return ()
    good: dict[re.Pattern[str], None] = {}
    for item in _items(name, value, faults):
        if item is INHERITED:
            remedy = "write allowed_origins=[INHERITED], which brings the inherited regular expressions too"
            faults.append(Fault(field=name, value=item, reason="inherited-misplaced", remedy=remedy))
        elif isinstance(item, str) and item == "":
            faults.append(Fault(field=name, value=item, reason="empty-string", remedy="leave it out"))
        elif isinstance(item, re.Pattern) and isinstance(item.pattern, str):
            good[item] = None
        elif isinstance(item, (bytes, re.Pattern)):
            remedy = f"write {_EXAMPLES[name]}"
            faults.append(Fault(field=name, value=item, reason="bytes-regex", remedy=remedy))
        elif isinstance(item, str):
            try:
                good[re.compile(item)] = None
            except (re.error, OverflowError, RecursionError) as error:
                remedy = f"mend it ({error}) or write re.escape(...) for literal text"
                faults.append(Fault(field=name, value=item, reason="invalid-regex", remedy=remedy))
        else:
            faults.append(Fault(field=name, value=item, reason="not-a-string", remedy=f"write {_EXAMPLES[name]}"))
    return tuple(good)


def _read_bool(name: str, value: object, faults: list[Fault]) -> object:
    if not isinstance(value, bool):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
    return value is True


def _read_callable(name: str, value: object, faults: list[Fault]) -> object:
    if not callable(value):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
    return value


def _read_credentials(name: str, value: object, faults: list[Fault]) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and "://" not in value and value != "*":  # "True", from an environment variable
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
        return False
    # An empty list says what False says; one value for one meaning.
    return _read_origins(name, value, faults) or False


def _read_methods(name: str, value: object, faults: list[Fault]) -> tuple[object, ...]:
    good: dict[object, None] = {}
    for item in _items(name, value, faults):
        if item is INHERITED:
            good[item] = None
        elif (reason := _method_fault(item)) is not None:
            faults.append(Fault(field=name, value=item, reason=reason, remedy=right_name(name, item, reason)))
        else:
            good[item] = None
    return tuple(good)


def _method_fault(item: Any) -> str | None:
    fault = _token_fault(item)
    if fault is not None:
        return fault
    if is_forbidden_method(item):
        return "forbidden-method"
    # Fetch § 2.2.1, "normalize a method": `get` leaves the browser as GET. `patch` does not leave it as
    # PATCH.
    return "method-case" if item != normalise_method(item) else None


def _read_header_names(name: str, value: object, faults: list[Fault]) -> tuple[object, ...]:
    good: dict[str, object] = {}
    for item in _items(name, value, faults):
        if item is INHERITED:
            good[""] = item
        elif (reason := _header_fault(name, item)) is not None:
            faults.append(Fault(field=name, value=item, reason=reason, remedy=right_name(name, item, reason)))
        else:
            # Header names are one whatever their case; the first spelling is sent.
            good.setdefault(cast("str", item).lower(), item)
    return tuple(good.values())


def _header_fault(name: str, item: Any) -> str | None:
    fault = _token_fault(item)
    if fault is not None:
        return fault
    if name == "allow_headers":
        return "forbidden-request-header" if is_forbidden_request_header(item) else None
    return "forbidden-response-header" if is_forbidden_response_header(item) else None


def misplaced_headers(name: str, items: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Yield each header of `allow_headers` or `expose_headers` that has no meaning there, with the reason code."""
    known, reason = _MISPLACED[name]
    for item in items:
        if isinstance(item, str) and byte_lowercase(item) in known:
            yield item, reason


_MISPLACED: Final[Mapping[str, tuple[Collection[str], str]]] = {
    "allow_headers": (CORS_RESPONSE_HEADERS, "response-header"),
    "expose_headers": (REQUEST_ONLY_HEADERS, "request-header"),
}


def _token_fault(item: Any) -> str | None:
    if not isinstance(item, str):
        return "not-a-string"
    if item == "":
        return "empty-string"
    return None if item == "*" or is_token(item) else "invalid-token"


def right_name(name: str, item: object, reason: str) -> str:
    """Return the remedy for what cannot stand in a list of methods or headers."""
    if reason in ("empty-string", "forbidden-method", "forbidden-request-header", "forbidden-response-header"):
        return "leave it out"
    if reason == "response-header":
        return f"leave it out, it is made from {CORS_RESPONSE_HEADERS[byte_lowercase(str(item))]}"
    if reason == "request-header":
        is_settable = not is_forbidden_request_header(str(item))
        return "leave it out" + (", or move it to allow_headers, if scripts send it" if is_settable else "")
    if reason == "method-case":
        return f"write {str(item).upper()!r}"
    parts = re.split(r"[\s,]+", item) if isinstance(item, str) else []
    if len(parts) > 1 and all(map(is_token, parts)):
        # What is copied from here must not be refused again.
        if name == "allow_methods":
            right = [part for part in map(normalise_method, parts) if _method_fault(part) is None]
        else:
            misplaced = [part for part, _ in misplaced_headers(name, parts)]
            right = [part for part in parts if _header_fault(name, part) is None and part not in misplaced]
        if right:
            return f"write {shown(right, limit=1000)[1:-1]}"
    return f"write {_EXAMPLES[name]}"


def _read_max_age(name: str, value: object, faults: list[Fault]) -> object:
    if value is None:
        return None
    remedy = f"write {_EXAMPLES[name]}"
    if not isinstance(value, int) or isinstance(value, bool):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=remedy))
        return None
    if value < 0:
        faults.append(Fault(field=name, value=value, reason="negative-max-age", remedy=remedy))
    elif value > MAX_DELTA_SECONDS:
        faults.append(Fault(field=name, value=value, reason="max-age-too-large", remedy=remedy))
    return value


READERS: Final[Mapping[str, Callable[[str, object, list[Fault]], object]]] = {
    "allowed_origins": _read_origins,
    "allowed_origin_regexes": _read_regexes,
    "allow_all_origins": _read_bool,
    "is_origin_allowed": _read_callable,
    "allow_credentials": _read_credentials,
    "allow_methods": _read_methods,
    "allow_headers": _read_header_names,
    "expose_headers": _read_header_names,
    "preflight_max_age": _read_max_age,
}
