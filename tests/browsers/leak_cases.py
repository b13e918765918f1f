"""URLs whose methods are under different policies, told once: the site serves them, the tests judge by them.

A policy here is the fields of one `CorsPolicy`. The judge below reads these fields itself, so it can be wrong only
where this file is: it shares no code with the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Fields: TypeAlias = "dict[str, Any]"

METHODS = ("GET", "POST", "PUT", "DELETE")
SAFELISTED = frozenset({"GET", "HEAD", "POST"})
CLASS = "class"  # the key of the policy that stands on the class, for all methods without one of their own
NOBODY: Fields = {"allowed_origins": []}


def _policy(headers: Iterable[str] = (), *, methods: Iterable[str] = ("*",), age: int = 600, **who: Any) -> Fields:
    return {"allow_methods": list(methods), "allow_headers": list(headers), "preflight_max_age": age, **who}


def leak_cases(front: str, stranger: str) -> dict[str, dict[str, Fields]]:
    """Return the policies of each URL, by method.

    Args:
        front: The origin that most policies admit.
        stranger: Another origin.
    """
    only_front: Fields = {"allowed_origins": [front]}
    with_cookies: Fields = {"allowed_origins": [front], "allow_credentials": True}
    anyone: Fields = {"allow_all_origins": True}

    def admits_front(origin: str, request: object) -> bool:
        return origin == front

    def admits_stranger(origin: str, request: object) -> bool:
        return origin == stranger

    return {
        "headers": {
            "GET": _policy(["x-one"], **only_front),
            "POST": _policy([], **only_front),
            "PUT": _policy(["x-two"], **only_front),
            "DELETE": _policy(["x-one", "x-two"], **only_front),
        },
        "credentials": {
            "GET": _policy(["x-one"], **anyone),
            "POST": _policy(["x-one"], **with_cookies),
            "PUT": _policy(["x-one"], **with_cookies),
            "DELETE": _policy(["x-one"], **only_front),
        },
        "cookies-on-get": {
            "GET": _policy(["x-one"], **with_cookies),
            "POST": _policy(["x-one"], **anyone),
            "PUT": _policy(["x-one", "x-two"], **anyone),
            "DELETE": _policy([], **with_cookies),
        },
        "origins": {
            "GET": _policy(["x-one", "x-two"], **anyone),
            "POST": _policy(["x-one"], allowed_origins=[stranger]),
            "PUT": _policy(["x-one"], **only_front),
            "DELETE": NOBODY,
        },
        "no-post": {CLASS: _policy(["x-one"], methods=["GET", "PUT"], **only_front)},
        "no-put": {CLASS: _policy(["x-one", "content-type"], methods=["GET", "POST", "DELETE"], **only_front)},
        "any-header": {
            "GET": _policy(["*"], **only_front),
            "POST": _policy(["x-one"], **only_front),
            "PUT": _policy(["*", "authorization"], **with_cookies),
            "DELETE": _policy([], **only_front),
        },
        "callables": {
            "GET": _policy(["x-one"], is_origin_allowed=admits_front),
            "POST": _policy(["x-one"], is_origin_allowed=admits_stranger),
            "PUT": _policy([], is_origin_allowed=admits_front),
            "DELETE": _policy(["x-one", "x-two"], **anyone),
        },
        "json": {
            CLASS: _policy(["x-one"], **anyone),
            "POST": _policy(["content-type"], **with_cookies),
            "PUT": _policy(["content-type", "x-one"], **with_cookies),
        },
        "one-with-cookies": {
            "GET": _policy(["x-one"], allow_all_origins=True, allow_credentials=[front]),
            "POST": _policy(["x-one"], allow_all_origins=True, allow_credentials=[stranger]),
            "PUT": _policy(["x-one"], allow_all_origins=True, allow_credentials=[front], age=300),
            "DELETE": _policy(["x-two"], age=0, **anyone),
        },
        "alike": {CLASS: _policy(["x-one", "x-two", "content-type"], **with_cookies)},
    }


def policy_of(case: Mapping[str, Fields], method: str) -> Fields:
    """Return the policy that is over `method`; HEAD follows GET."""
    method = "GET" if method == "HEAD" else method
    return case[method] if method in case else case[CLASS]


def admits(case: Mapping[str, Fields], *, method: str, origin: str, names: Iterable[str], cookies: bool) -> bool:
    """Say whether the policy of `method` lets a script of `origin` send this and read the answer.

    Args:
        case: The policies of the URL.
        method: Of the request.
        origin: Of the page.
        names: The request headers that need a preflight, lower-case.
        cookies: Whether credentials go along.
    """
    policy = policy_of(case, method)
    test = policy.get("is_origin_allowed")
    is_origin_admitted = (
        policy.get("allow_all_origins", False)
        or origin in policy.get("allowed_origins", ())
        or (test is not None and test(origin, None))
    )
    if not is_origin_admitted:
        return False
    if not {"*", "GET" if method == "HEAD" else method} & set(policy["allow_methods"]):
        return False
    headers = policy["allow_headers"]
    if not all(name in headers or ("*" in headers and name != "authorization") for name in names):
        return False
    with_credentials = policy.get("allow_credentials", False)
    return not cookies or with_credentials is True or (with_credentials is not False and origin in with_credentials)
