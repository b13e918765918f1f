"""A model of what answers to expect, built from the text of a schema alone, by the rules of the documentation.

Nothing of drf_cors is imported for it. A schema tells less than the server knows; `Known` has the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.test import Client

Policy = dict[str, Any]
Schema = dict[str, Any]

KEY = "x-cors-policy"
METHODS = ("get", "post", "put", "patch", "delete")
SAFELISTED = {"GET", "HEAD", "POST"}
REFUSED = "https://refused.example"


class Known(NamedTuple):
    """What a schema does not tell.

    Attributes:
        class_level: Where methods of a path differ: path -> (path, method) of an operation under the class's policy.
            OPTIONS requests that are no preflights are under it, and methods that the path does not have.
        answers: Path of a dynamic policy -> the origins that are admitted beside those it lists.
        values: Path parameter, with its braces -> a value.
        served: Path in the schema -> where it is served, if that is elsewhere.
        headers: To send along.
        untouched: Paths whose URLs are under no policy: their answers do not even vary.
    """

    class_level: Mapping[str, tuple[str, str]] = {}
    answers: Mapping[str, set[str]] = {}
    values: Mapping[str, str] = {}
    served: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    untouched: frozenset[str] = frozenset()


class Expected(NamedTuple):
    """The Access-Control-* headers, and the part of Vary that CORS has put there."""

    headers: dict[str, str]
    vary: set[str]


class Path:
    """One path of a schema, and what its operations say."""

    def __init__(self, schema: Schema, path: str, known: Known) -> None:
        item = schema["paths"][path]
        self.path = path
        self.known = known
        self.operations: dict[str, Policy] = {method.upper(): item[method][KEY] for method in METHODS if method in item}
        other = known.class_level.get(path)
        if other is not None:
            self.class_level: Policy = schema["paths"][other[0]][other[1]][KEY]
        else:
            self.class_level = next(iter(self.operations.values()))
        self.methods = [*self.operations, *(["HEAD"] if "GET" in self.operations else []), "OPTIONS"]
        self.url = known.served.get(path, path)
        for name, value in known.values.items():
            self.url = self.url.replace(name, value)
        assert "{" not in self.url

    def policy(self, method: str) -> Policy:
        return self.operations.get("GET" if method == "HEAD" else method, self.class_level)

    def are_alike(self, method: str, other: str) -> bool:
        return self.policy(method) == self.policy(other)

    @property
    def has_several(self) -> bool:
        return not all(self.are_alike(self.methods[0], method) for method in self.methods)

    # Who

    def admits(self, policy: Policy, origin: str) -> bool:
        if not policy["enabled"]:
            return False
        is_any = policy["allowOrigins"] == ["*"]
        if is_any and not policy["allowCredentials"]:
            return True
        if origin in policy["allowOrigins"]:
            return True
        if origin in ("null", "file://"):
            return False
        return (
            is_any
            or matches(policy["allowOriginPatterns"], origin)
            or any(re.fullmatch(regex, origin) for regex in policy["allowOriginRegexes"])
            or (policy["dynamic"] and origin in self.known.answers.get(self.path, ()))
        )

    def may_admit(self, policy: Policy, origin: str) -> bool:
        return policy["dynamic"] or self.admits(policy, origin)

    def has_credentials(self, policy: Policy, origin: str) -> bool:
        if policy["allowCredentials"]:
            return origin not in ("null", "file://")
        return matches(policy["credentialedOrigins"], origin)

    def who(self, policy: Policy, origin: str | None) -> Expected:
        is_any = policy["allowOrigins"] == ["*"]
        is_for_everybody = is_any and not policy["allowCredentials"] and not policy["credentialedOrigins"]
        if is_for_everybody:
            return Expected({"Access-Control-Allow-Origin": "*"}, set())
        if origin is None or not self.admits(policy, origin):
            return Expected({}, {"origin"})
        if self.has_credentials(policy, origin):
            headers = {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Credentials": "true",
            }
            return Expected(headers, {"origin"})
        return Expected({"Access-Control-Allow-Origin": "*" if is_any else origin}, {"origin"})

    # How

    def actual(self, method: str, origin: str | None) -> Expected:
        if self.path in self.known.untouched:
            return Expected({}, set())
        policy = self.policy(method)
        headers, vary = self.who(policy, origin)
        if headers and not permits(policy, method):
            return Expected({}, {"origin"})
        if headers and policy["exposeHeaders"]:
            headers["Access-Control-Expose-Headers"] = ", ".join(policy["exposeHeaders"])
        return Expected(headers, vary)

    def preflight(self, method: str, origin: str, asked: Iterable[str]) -> Expected:
        if self.path in self.known.untouched:
            return Expected({}, set())
        policy = self.policy(method)
        headers, vary = self.who(policy, origin)
        is_refused = bool(headers) and not (permits(policy, method) and method in self.methods)
        if is_refused and method in SAFELISTED:
            headers, vary = {}, {"origin"}
        if self.has_several or is_refused:
            vary = vary | {"access-control-request-method"}
        if not headers:
            return Expected(headers, vary)

        configured = self.methods if "*" in policy["allowMethods"] else policy["allowMethods"]
        methods = [name for name in configured if name in self.methods and self.are_alike(name, method)]
        methods += [method] * (method not in methods and not is_refused)
        granted = [name for name in policy["allowHeaders"] if name != "*"]
        assert "*" not in policy["allowHeaders"], f"{self.path}: {sorted(asked)} would be granted"
        oversteps = self.would_overstep(method, origin, {name.lower() for name in granted})
        max_age = 0 if oversteps else policy["maxAge"]
        more = {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": ", ".join(granted),
            "Access-Control-Max-Age": "" if max_age is None else str(max_age),
        }
        return Expected({**headers, **{name: value for name, value in more.items() if value}}, vary)

    def would_overstep(self, method: str, origin: str, granted: set[str]) -> bool:
        """Whether a browser that keeps the answer could send another method what its policy refuses."""
        credentials = self.has_credentials(self.policy(method), origin)
        for other in self.methods if granted else ():
            its = self.policy(other)
            lacks_a_name = not all(permits_header(its, name) for name in granted)
            is_alike = self.are_alike(method, other)
            if other in SAFELISTED:
                if not permits(its, other):
                    return True
                listed = self.admits({**its, "dynamic": False}, origin)
                lacks_credentials = credentials and not self.has_credentials(its, origin)
                if not is_alike and (not listed or lacks_credentials or lacks_a_name):
                    return True
            elif not is_alike and permits(its, other) and lacks_a_name and self.may_admit(its, origin):
                return True
        return False


def permits(policy: Policy, method: str) -> bool:
    names = policy["allowMethods"]
    return method in names or "*" in names or (method == "HEAD" and "GET" in names)


def permits_header(policy: Policy, name: str) -> bool:
    names = [listed.lower() for listed in policy["allowHeaders"]]
    return name in names or ("*" in names and name != "authorization")


def matches(patterns: Iterable[str], origin: str) -> bool:
    return any(re.fullmatch(as_regex(pattern), origin) for pattern in patterns)


def as_regex(pattern: str) -> str:
    regex = re.escape(pattern).replace(r"://\*\.", r"://([a-z0-9_-]+\.)+")
    return regex.removesuffix(r":\*") + r"(:[0-9]+)?" if regex.endswith(r":\*") else regex


# Comparing


def origins_of(schema: Schema, known: Known) -> list[str]:
    """Return origins of every kind that the schema names, one that nobody allows, and `null`."""
    found = {REFUSED: None, "null": None}
    for _, _, policy in operations(schema):
        for text in (*policy["allowOrigins"], *policy["allowOriginPatterns"], *policy["credentialedOrigins"]):
            if text != "*":
                found[text.replace("://*.", "://a.b.").replace(":*", ":3000")] = None
    found.update(dict.fromkeys(origin for admitted in known.answers.values() for origin in admitted))
    return list(found)


def operations(schema: Schema) -> Iterator[tuple[str, str, Policy]]:
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method][KEY]


def mismatches(schema: Schema, origins: Iterable[str], known: Known, paths: Iterable[str] = ()) -> list[str]:
    """Return every answer of the server that is not what the schema says."""
    client = Client()
    found = []

    def compare(path: Path, method: str, headers: dict[str, str], expected: Expected) -> None:
        answer = client.generic(method, path.url, "{}", "application/json", headers={**known.headers, **headers})
        sent = {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}
        vary = {name.strip().lower() for name in answer.get("Vary", "").split(",")}
        of_cors = vary & {"origin", "access-control-request-method", "access-control-request-headers"}
        if (sent, of_cors) != expected:
            found.append(f"{method} {path.url} {headers}: expected {expected}, got {sent} {of_cors}")

    for name in paths or schema["paths"]:
        path = Path(schema, name, known)
        absent = next(method for method in ("PUT", "DELETE", "PATCH", "PURGE") if method not in path.methods)
        for method in path.methods:
            compare(path, method, {}, path.actual(method, None))
            for origin in origins:
                compare(path, method, {"Origin": origin}, path.actual(method, origin))
        for method in (*path.operations, "OPTIONS", absent):
            for origin in origins:
                for asked in ((), ("content-type", "x-not-listed")):
                    headers = {"Origin": origin, "Access-Control-Request-Method": method}
                    if asked:
                        headers["Access-Control-Request-Headers"] = ",".join(asked)
                    compare(path, "OPTIONS", headers, path.preflight(method, origin, asked))
    return found
