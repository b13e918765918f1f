"""What is said to people about a verdict: every code has its sentence and next step here, and nowhere else.

A `Reason` is the engine's verdict. A `Cause` is what usually lies behind one, or what keeps a request from ever
reaching the engine; `drf_cors.diagnosis` finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from drf_cors.core.verdict import (
    Reason,
)
from drf_cors.endpoints import ANY_METHOD


class Cause(str, Enum):
    """What lies behind a blocked request. The codes are stable."""

    ORIGIN_MISSPELT = "origin-misspelt"
    ORIGIN_DIFFERS = "origin-differs"
    SETTING_FAULTY = "setting-faulty"
    SETTING_MISSPELT = "setting-misspelt"
    DECLARATION_MISSPELT = "declaration-misspelt"
    REGEX_LEADING_SLASH = "regex-leading-slash"
    REGEX_SCRIPT_PREFIX = "regex-script-prefix"
    CALLABLE_REFUSES = "callable-refuses"
    VIEW_UNDECLARED = "view-undeclared"
    VIEW_HIDDEN = "view-hidden"
    DECLARATION_FAULTY = "declaration-faulty"
    VIEW_CLOSED = "view-closed"
    VIEW_CLOSED_FOR_GOOD = "view-closed-for-good"
    POLICY_SHADOWED = "policy-shadowed"
    URLCONF_BROKEN = "urlconf-broken"
    MIDDLEWARE_BROKEN = "middleware-broken"
    MIDDLEWARE_MISSING = "middleware-missing"
    MIDDLEWARE_DOUBLED = "middleware-doubled"
    MIDDLEWARE_OTHER = "middleware-other"
    MIDDLEWARE_TOO_LOW = "middleware-too-low"
    REDIRECT_SLASH = "redirect-slash"
    REDIRECT_LANGUAGE = "redirect-language"
    REDIRECT_HTTPS = "redirect-https"
    REDIRECT_WWW = "redirect-www"
    REDIRECT_ELSEWHERE = "redirect-elsewhere"
    PREFLIGHT_NOT_FOUND = "preflight-not-found"
    PREFLIGHT_NO_OPTIONS = "preflight-no-options"
    PREFLIGHT_NEEDS_PERMISSION = "preflight-needs-permission"
    STOPPED_BEFORE_VIEW = "stopped-before-view"
    METHOD_CASE = "method-case"
    STAR_MISSES_AUTHORIZATION = "star-misses-authorization"
    COOKIE_SAME_SITE = "cookie-same-site"
    COOKIE_NOT_SECURE = "cookie-not-secure"
    COOKIE_OVER_HTTP = "cookie-over-http"
    CSRF_NOT_TRUSTED = "csrf-not-trusted"
    FAILED_OUTSIDE = "failed-outside"
    FAILED_BELOW = "failed-below"
    HEADER_NOT_EXPOSED = "header-not-exposed"
    HEADER_NEVER_READABLE = "header-never-readable"
    HEADERS_CHANGED = "headers-changed"
    HEADERS_REMOVED = "headers-removed"
    ANSWER_REFUSED = "answer-refused"

    def __str__(self) -> str:
        return self.value


class Target(str, Enum):
    """What a change edits. The codes are stable."""

    HANDLER = "handler"
    OVERRIDE = "override"
    ACTION = "action-map"
    FUNCTION = "function"
    CLASS = "class"
    URL = "url"
    VIEW_POLICIES = "view-policies"
    DECLARATION = "declaration"
    SETTING = "setting"
    SCRIPT = "script"

    def __str__(self) -> str:
        return self.value


class Advice(NamedTuple):
    """What a code means, and what to do about it. Those of causes have places to fill in: `%(origin)s`."""

    text: str
    next_step: str


ADVICE: Final[Mapping[Reason | Cause, Advice]] = {
    Reason.ALLOWED: Advice("The browser sends the request and lets the script read the answer.", "Nothing to do."),
    Reason.NO_ORIGIN: Advice(
        "The request carries no Origin header, so it is not a cross-origin request of a browser.",
        "Send the request from a page of another origin, or add an Origin header.",
    ),
    Reason.SAME_ORIGIN: Advice("The page and the API have the same origin; CORS does not apply.", "Nothing to do."),
    Reason.ORIGIN_NOT_ALLOWED: Advice(
        "The policy does not list this origin.",
        "List the origin in a policy of this operation; in the global settings it would be allowed everywhere.",
    ),
    Reason.ORIGIN_MALFORMED: Advice(
        "The Origin header is nothing a browser sends.", "Look for a proxy or a client that writes the header."
    ),
    Reason.ORIGIN_NULL: Advice(
        "The origin is null or file://: a sandboxed frame, a redirect across origins, or a local file.",
        "Serve the page from a web server; list 'null' only where no credentials are sent.",
    ),
    Reason.URL_NOT_COVERED: Advice(
        "CORS_URLS_REGEX does not cover the URL, and its view admits nobody of its own.",
        "Declare a policy on the view. A wider CORS_URLS_REGEX changes every endpoint that it then matches.",
    ),
    Reason.VIEW_DISABLED: Advice(
        "The view's own declaration closes it to other origins.",
        "If the operation is meant for this origin, declare a policy for the operation that lists it.",
    ),
    Reason.METHOD_NOT_ALLOWED: Advice(
        "The policy does not allow the method. Methods are compared byte for byte: 'patch' is not 'PATCH'.",
        "Write the method in upper case in the script; or add it to allow_methods in a policy of this operation.",
    ),
    Reason.METHOD_NOT_ON_VIEW: Advice(
        "The view has no handler for the method.", "Use a method the view has, or add a handler for it."
    ),
    Reason.HEADER_NOT_ALLOWED: Advice(
        "The policy does not allow a request header that the script sets.",
        "Add the header to allow_headers in a policy of this operation.",
    ),
    Reason.CREDENTIALS_NOT_ALLOWED: Advice(
        "The policy does not allow this origin to send credentials.",
        "List the origin in allow_credentials of a policy of this operation; or fetch with credentials: 'omit'.",
    ),
    Reason.CALLABLE_FAILED: Advice(
        "The project's own callable or receiver raised, so the origin was refused.",
        "Read the traceback in the log of drf_cors and mend the callable.",
    ),
    Reason.REDIRECT: Advice(
        "The answer is a redirect; the browser checks its headers too, and asks again at the new place.",
        "Fetch the final URL: mind the trailing slash, https and the language prefix.",
    ),
    Reason.NOT_RESOLVED: Advice(
        "No view answers this URL; the global settings govern it.", "Correct the path, or add the URL."
    ),
    Reason.DEPENDS: Advice(
        "Only a request can tell: the project's own callable decides.", "Ask with the real request."
    ),
    # 2: the origin is not the configured string
    Cause.ORIGIN_MISSPELT: Advice(
        "The origin %(why)s. No browser sends it so.",
        "Ask again, and %(remedy)s; if a client or a proxy writes the header, correct it there.",
    ),
    Cause.ORIGIN_DIFFERS: Advice(
        "%(origin)s is not allowed. The nearest allowed origin, %(nearest)s, differs in %(part)s.",
        "%(edit)s%(page)s.",
    ),
    Cause.SETTING_FAULTY: Advice(
        "A setting is wrong, so the server does not start. %(why)s.", "In the settings: %(remedy)s."
    ),
    Cause.CALLABLE_REFUSES: Advice(
        "No list of the policy has %(origin)s, and its callable, %(tests)s, does not return True for it.",
        "%(edit)s.",
    ),
    # 3: no policy covers the URL or the method
    Cause.SETTING_MISSPELT: Advice(
        "The settings have %(name)s, which nothing reads; there is a setting %(right)s.",
        "Rename it to %(right)s (%(reach)s).",
    ),
    Cause.DECLARATION_MISSPELT: Advice(
        "%(place)s holds a policy, but nothing reads an attribute of that name.",
        "Rename it to cors_policy (then it applies to every method of every view of that class).",
    ),
    Cause.REGEX_LEADING_SLASH: Advice(
        "CORS_URLS_REGEX %(regex)s misses %(path)s: it is matched against the path with its leading slash.",
        "%(edit)s.",
    ),
    Cause.REGEX_SCRIPT_PREFIX: Advice(
        "CORS_URLS_REGEX %(regex)s misses %(path)s: it is matched against the path without the prefix %(prefix)s.",
        "%(edit)s.",
    ),
    Cause.VIEW_UNDECLARED: Advice(
        "Nothing is declared for %(view)s, and the settings admit no origin either.",
        "%(edit)s.",
    ),
    Cause.VIEW_HIDDEN: Advice(
        "%(wrapper)s hides %(view)s: the declarations of %(view)s are not read, so its policy is not in force.",
        (
            "Put @functools.wraps(view) on the wrapper; then the declarations of %(view)s apply at this URL, to all "
            "methods. Or write the policy where it is read: cors(...)(...) around the wrapper in the URLconf."
        ),
    ),
    Cause.DECLARATION_FAULTY: Advice("%(effect)s, because of %(places)s. %(why)s.", "%(edit)s."),
    Cause.VIEW_CLOSED: Advice(
        "%(closing)s admits nobody, as NO_CORS or an empty list does: it closes %(view)s to every other origin.",
        "%(edit)s.",
    ),
    Cause.VIEW_CLOSED_FOR_GOOD: Advice(
        (
            "%(closing)s admits nobody, as NO_CORS or an empty list does, and closes the view from outside. That is "
            "final: nothing on the view opens it."
        ),
        "%(edit)s.",
    ),
    Cause.POLICY_SHADOWED: Advice(
        "%(weaker)s admits %(origin)s, but %(stronger)s is stronger and replaces it.",
        "%(edit)s.",
    ),
    # nothing works: every request of the site fails
    Cause.URLCONF_BROKEN: Advice(
        "The URLconf %(urlconf)s cannot be read, so requests for this URL fail: %(error)s.",
        "Mend what raises there, and ask again.",
    ),
    Cause.MIDDLEWARE_BROKEN: Advice(
        "%(other)s, MIDDLEWARE[%(position)s], cannot be made, so the server does not start: %(error)s.",
        "Mend the middleware, or correct its name in MIDDLEWARE.",
    ),
    # 4: the middleware
    Cause.MIDDLEWARE_MISSING: Advice(
        "MIDDLEWARE does not have drf_cors.middleware.CorsMiddleware, so no policy is applied.",
        "Put 'drf_cors.middleware.CorsMiddleware' first in MIDDLEWARE.",
    ),
    Cause.MIDDLEWARE_DOUBLED: Advice(
        "MIDDLEWARE has drf_cors.middleware.CorsMiddleware more than once, at %(positions)s; the first one answers.",
        "Keep the first, and take the others out.",
    ),
    Cause.MIDDLEWARE_OTHER: Advice(
        "%(other)s, MIDDLEWARE[%(position)s], answers with CORS headers of its own; it knows no policies of views.",
        "Take it out; drf_cors.middleware.CorsMiddleware reads the same settings.",
    ),
    Cause.MIDDLEWARE_TOO_LOW: Advice(
        "%(other)s, MIDDLEWARE[%(position)s], answers with %(status)s, above CorsMiddleware at [%(ours)s].",
        "Move 'drf_cors.middleware.CorsMiddleware' above it, to the first place in MIDDLEWARE.",
    ),
    # 5: redirects
    Cause.REDIRECT_SLASH: Advice(
        "%(path)s is answered by a redirect to %(location)s: the slash at the end is missing. %(effect)s",
        "Fetch %(location)s.",
    ),
    Cause.REDIRECT_LANGUAGE: Advice(
        "%(path)s is answered by a redirect to %(location)s: the language prefix is missing. %(effect)s",
        "Fetch %(location)s.",
    ),
    Cause.REDIRECT_HTTPS: Advice(
        "%(path)s is answered by a redirect to %(location)s: the site wants https. %(effect)s",
        "Fetch %(location)s.",
    ),
    Cause.REDIRECT_WWW: Advice(
        "%(path)s is answered by a redirect to %(location)s: PREPEND_WWW is set. %(effect)s",
        "Fetch %(location)s.",
    ),
    Cause.REDIRECT_ELSEWHERE: Advice(
        "%(path)s is answered by a redirect to %(location)s. %(effect)s", "Fetch %(location)s."
    ),
    # 6: the preflight reached the view
    Cause.PREFLIGHT_NOT_FOUND: Advice(
        "The preflight is answered with 404: no view answers %(path)s, and no policy covers it.",
        "%(edit)s.",
    ),
    Cause.PREFLIGHT_NO_OPTIONS: Advice(
        "The preflight reaches %(view)s, which answers OPTIONS with 405: no policy covers the URL.",
        "%(edit)s: then the middleware answers preflights.",
    ),
    Cause.PREFLIGHT_NEEDS_PERMISSION: Advice(
        (
            "The preflight reaches %(view)s, and %(guards)s refuses it, as it carries no credentials: no policy covers "
            "the URL."
        ),
        "%(edit)s: then the middleware answers before authentication.",
    ),
    Cause.STOPPED_BEFORE_VIEW: Advice(
        "%(other)s answers with %(status)s in place of the view; the rehearsal is not logged in.",
        "If the view is open to everybody, exempt it there (Django has @login_not_required); else log in first.",
    ),
    # 7: method or header
    Cause.METHOD_CASE: Advice(
        "'%(method)s' is not '%(right)s': methods are compared byte for byte, and browsers do not change this one.",
        "Write the method in upper case in the script: method: '%(right)s'.",
    ),
    Cause.STAR_MISSES_AUTHORIZATION: Advice(
        "'*' in allow_headers does not stand for Authorization.",
        "%(edit)s.",
    ),
    # 8: credentials
    Cause.COOKIE_SAME_SITE: Advice(
        "%(setting)s is %(value)s: browsers do not send the cookie from %(origin)s, which is another site.",
        "Set %(setting)s = 'None' and %(secure)s = True, and serve the API over https (this is for the whole site).",
    ),
    Cause.COOKIE_NOT_SECURE: Advice(
        "%(setting)s is 'None' but %(secure)s is off: browsers refuse to keep the cookie.",
        "Set %(secure)s = True, and serve the API over https.",
    ),
    Cause.COOKIE_OVER_HTTP: Advice(
        "%(setting)s is on: browsers send the cookie over https only, and %(url)s is not.",
        "Serve the API over https, and fetch %(secure_url)s.",
    ),
    Cause.CSRF_NOT_TRUSTED: Advice(
        "CSRF protection refuses %(method)s from %(origin)s with 403: CSRF_TRUSTED_ORIGINS does not list it.",
        "Add '%(origin)s' to CSRF_TRUSTED_ORIGINS (for the whole site), and send the X-CSRFToken header%(edit)s.",
    ),
    # 9: outside our reach
    Cause.FAILED_OUTSIDE: Advice(
        (
            "%(other)s, MIDDLEWARE[%(position)s], failed above CorsMiddleware at [%(ours)s]: %(error)s. Its answer "
            "has no CORS headers, so the browser reports CORS instead of the error."
        ),
        "Mend the error, and move 'drf_cors.middleware.CorsMiddleware' to the first place in MIDDLEWARE.",
    ),
    Cause.FAILED_BELOW: Advice(
        "%(other)s, MIDDLEWARE[%(position)s], fails on this request: %(error)s.",
        "Mend the error; the answer has its CORS headers, so a script can read the status.",
    ),
    # 10: reading headers
    Cause.HEADER_NOT_EXPOSED: Advice(
        "The script cannot read the header %(name)s of the answer: expose_headers does not list it.",
        "%(edit)s.",
    ),
    Cause.HEADER_NEVER_READABLE: Advice(
        "No script may read %(name)s, whatever is exposed.", "Send the value in the body, or in another header."
    ),
    Cause.HEADERS_CHANGED: Advice(
        "%(other)s, MIDDLEWARE[%(position)s], changes %(name)s from %(ours)s to %(theirs)s.",
        "Take the header out of %(other)s; CorsMiddleware sends it.",
    ),
    Cause.HEADERS_REMOVED: Advice(
        "%(other)s, MIDDLEWARE[%(position)s], takes %(name)s out of the answer; CorsMiddleware sent %(ours)s.",
        "Let %(other)s leave the header alone, or move 'drf_cors.middleware.CorsMiddleware' above it.",
    ),
    # what is left
    Cause.ANSWER_REFUSED: Advice(
        "The browser refuses the answer (%(step)s). %(detail)s", "Compare the answer below with the policy."
    ),
}

#: The same for reasons of which the names at fault are known.
CONCRETE: Final[Mapping[Reason | Cause, Advice]] = {
    Reason.NO_ORIGIN: Advice(
        ADVICE[Reason.NO_ORIGIN].text,
        "Ask from a page of another origin, or add an Origin header: here --origin, with curl -H 'Origin: ...'.",
    ),
    Reason.ORIGIN_NOT_ALLOWED: Advice("Nothing that the policy lists admits %(origin)s.", "%(edit)s."),
    Reason.VIEW_DISABLED: Advice("%(source)s extends what it inherits, and that is nobody.", "%(edit)s."),
    Reason.URL_NOT_COVERED: Advice(
        "CORS_URLS_REGEX %(regex)s does not match %(path)s, and %(view)s admits nobody of its own%(effect)s.",
        "%(edit)s.",
    ),
    Reason.NOT_RESOLVED: Advice("No view answers %(path)s.", "%(edit)s."),
    Reason.CALLABLE_FAILED: Advice(
        "%(asked)s raised %(error)s, so the origin is refused.",
        "Mend what raises; the origin is admitted where it returns True.",
    ),
    Reason.METHOD_NOT_ALLOWED: Advice("The policy does not allow the method %(name)s.", "%(edit)s."),
    Reason.METHOD_NOT_ON_VIEW: Advice(
        "%(view)s has no handler for %(name)s; it has %(methods)s.",
        "Use a method the view has, or add a handler for it.",
    ),
    Reason.HEADER_NOT_ALLOWED: Advice("The policy does not allow the request header %(name)s.", "%(edit)s."),
    Reason.CREDENTIALS_NOT_ALLOWED: Advice("The policy admits %(origin)s, but not with credentials.", "%(edit)s."),
}

#: What to edit, where no `Change` says it.
EDITS: Final[Mapping[str, str]] = {
    "or": "%(first)s. Or %(second)s",
    "look-into": "look into %(tests)s",
    "slash": "put the slash into the regular expression: CORS_URLS_REGEX = %(right)s (%(reach)s)",
    "prefix": "take the prefix out of the regular expression: CORS_URLS_REGEX = %(right)s (%(reach)s)",
    "none": (
        "No single edit allows this and nothing else. %(source)s decides; look for what else depends on it before you "
        "change it"
    ),
    "never": "No policy can have '%(name)s' in %(field)s",
    "widen": (
        "widen CORS_URLS_REGEX so that it matches %(path)s (this changes every endpoint that it then matches: the "
        "origins of the settings are allowed there)"
    ),
    "correct-path": "Correct the path, or add the URL",
    "near-path": "Fetch %(location)s, which has a view; or add the URL",
    "no-credentials": "Serve the page from a web server, so that it has an origin",
    "list-token": ", which allow_headers has to list",
    "omit": "fetch with credentials: 'omit'",
    "or-open": ". Or open the page at %(page)s",
}

#: Target of a change -> what to do.
CHANGES: Final[Mapping[Target, str]] = {
    Target.HANDLER: "put %(code)s on %(place)s",
    Target.OVERRIDE: "write a method %(place)s that calls super(), and put %(code)s on it",
    Target.ACTION: "write %(code)s in %(place)s",
    Target.FUNCTION: "put %(code)s on %(place)s",
    Target.CLASS: "write %(code)s in %(place)s",
    Target.URL: "put %(code)s(...) around %(place)s in the URLconf",
    Target.VIEW_POLICIES: "write %(code)s in the settings",
    Target.DECLARATION: "%(edits)s",
    Target.SETTING: "write %(code)s in the settings",
    Target.SCRIPT: "write the method in upper case in the script: %(code)s",
}

#: Parts of what a change does.
CHANGE: Final[Mapping[str, str]] = {
    "add": "add %(names)s to %(field)s",
    "set": "write %(code)s",
    "instead": "in %(place)s, write %(code)s instead of the policy that closes the view",
    "in": "%(edits)s in %(place)s",
    "and": "and",
    "others": "this changes %(others)s too",
    "credentials": "the origin may then send credentials, where allow_credentials is True",
    "every-method": "every method of %(route)s",
}

#: How far a setting reaches.
REACHES: Final[Mapping[str, str]] = {
    "named": "this changes every view that the setting names",
    "policies": "this changes every view that names one of these policies",
    "all": "this changes every endpoint under the global settings",
    "regex": "this changes every endpoint that it then matches",
}

#: How an origin differs from the one that is allowed.
PARTS: Final[Mapping[str, str]] = {
    "scheme": "the scheme",
    "port": "the port",
    "www": "'www.'",
    "loopback": "the host: localhost, 127.0.0.1 and [::1] are different origins",
    "wildcard": "the wildcard: it stands for one or more labels, not for the bare domain",
    "host": "the host",
    "rest": "its end: a regular expression has to match the whole origin",
    "and": "and",
}

#: What comes of a redirect, and of faulty declarations.
EFFECTS: Final[Mapping[str, str]] = {
    "preflight": "Browsers do not follow it for a preflight.",
    "body": "Following it, browsers send GET and drop the body.",
    "origin": "Following it to another origin, browsers send 'Origin: null'.",
    "debug": "Under DEBUG Django raises RuntimeError instead: a redirect would lose the body.",
    "unresolved": "The preflight finds no view there, and is refused.",
    "headers": "It has no CORS headers, so browsers do not follow it.",
    "none": "Browsers follow it.",
    "nobody": "Nobody is allowed",
    "reaches": ": the preflight reaches the view, and what guards it",
    "unread": "The URLconf cannot be read",
    "no-credentials": "Credentials are off",
}


def written(fields: Mapping[str, Any]) -> str:
    """Return fields as the arguments of `cors()` or `CorsPolicy`: `allowed_origins=[INHERITED, 'https://a.example']`."""
    return ", ".join(f"{name}={_literal(value)}" for name, value in fields.items())


def _literal(value: Any) -> str:
    return f"[{', '.join(map(repr, value))}]" if isinstance(value, tuple) else repr(value)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One edit after which what was asked is allowed, and what else it changes.

    Attributes:
        target: What is edited.
        place: Its name: `Orders.get`, `Orders.cors_policy`, `settings.CORS_ALLOWED_ORIGINS`.
        code: What to write; "" for the edit of a declaration.
        sets: Field or setting -> its value.
        adds: Field or setting -> what its list gets in addition.
        others: What it changes beside the method that was asked about: `PUT /api/orders/`. `*` is any method.
        where: File and line, where they are known.
        is_closing: Whether it replaces a declaration that closes the view.
        is_credentialed: Whether the origin may then send credentials, though nobody asked for that.
        is_site_wide: Whether it changes the global settings.
        count: The endpoints that a change of the settings changes.
    """

    target: Target
    place: str
    code: str = ""
    sets: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    where: str = ""
    is_closing: bool = False
    is_credentialed: bool = False
    is_site_wide: bool = False
    count: int = 0

    @property
    def text(self) -> str:
        """What to do, without the first capital and the last full stop."""
        first_line = self.code.partition("\n")[0]
        todo = CHANGES[self.target] % {"code": first_line, "place": self.place, "edits": self._edits}
        notes = "; ".join(self._notes())
        return f"{todo} ({notes})" if notes else todo

    @property
    def _edits(self) -> str:
        parts = [
            CHANGE["add"] % {"names": ", ".join(map(repr, names)), "field": name} for name, names in self.adds.items()
        ]
        if self.is_closing:
            return CHANGE["instead"] % {"place": self.place, "code": f"CorsPolicy({written(self.sets)})"}
        if self.sets:
            parts.append(CHANGE["set"] % {"code": written(self.sets)})
        return CHANGE["in"] % {"edits": f" {CHANGE['and']} ".join(parts), "place": self.place}

    def _notes(self) -> Iterator[str]:
        others = ", ".join(map(_spot, self.others))
        if self.is_site_wide:
            endpoints = "endpoint" if self.count == 1 else "endpoints"
            yield f"this changes every endpoint under the global settings: {self.count} {endpoints}"
        elif others:
            yield CHANGE["others"] % {"others": others}
        if self.is_credentialed:
            yield CHANGE["credentials"]


def _spot(other: str) -> str:
    method, _, route = other.partition(" ")
    return CHANGE["every-method"] % {"route": route} if method == ANY_METHOD else other


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a diagnosis found.

    Attributes:
        code: What it is.
        blocks: Whether it alone keeps the script from its answer.
        values: What to fill into the text.
        culprit: The method or header name at fault, where one is.
        where: File and line to go to, where they are known.
        changes: The edits that `next_step` names, for programs.
    """

    code: Reason | Cause
    blocks: bool = True
    values: Mapping[str, object] = field(default_factory=dict)
    culprit: str = ""
    where: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def text(self) -> str:
        """What is wrong."""
        return self._advice.text % self.values

    @property
    def next_step(self) -> str:
        """What to do about it."""
        return self._advice.next_step % self.values

    @property
    def _advice(self) -> Advice:
        concrete = CONCRETE.get(self.code) if self.values else None
        return concrete or ADVICE[self.code]
