"""What is said to people about a verdict: every code has its sentence and next step here, and nowhere else.

A `Reason` is the engine's verdict. A `Cause` is what usually lies behind one, or what keeps a request from ever
reaching the engine; `drf_cors.diagnosis` finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from drf_cors import resolver
from drf_cors.core.preflight import judge_preflight
from drf_cors.core.verdict import CorsRequest, Reason, Verdict, judge_credentials, judge_origin, judge_request
from drf_cors.endpoints import ANY_METHOD

if TYPE_CHECKING:
    from django.urls import ResolverMatch
    from django.utils.functional import _StrPromise

    from drf_cors.caching import Obstacle
    from drf_cors.core.merge import EffectivePolicy, Source
    from drf_cors.endpoints import Outlook
    from drf_cors.resolver import ViewPolicies


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

    text: _StrPromise
    next_step: _StrPromise


ADVICE: Final[Mapping[Reason | Cause, Advice]] = {
    Reason.ALLOWED: Advice(
        _("The browser sends the request and lets the script read the answer."), _("Nothing to do.")
    ),
    Reason.NO_ORIGIN: Advice(
        _("The request carries no Origin header, so it is not a cross-origin request of a browser."),
        _("Send the request from a page of another origin, or add an Origin header."),
    ),
    Reason.SAME_ORIGIN: Advice(
        _("The page and the API have the same origin; CORS does not apply."), _("Nothing to do.")
    ),
    Reason.ORIGIN_NOT_ALLOWED: Advice(
        _("The policy does not list this origin."),
        _("List the origin in a policy of this operation; in the global settings it would be allowed everywhere."),
    ),
    Reason.ORIGIN_MALFORMED: Advice(
        _("The Origin header is nothing a browser sends."), _("Look for a proxy or a client that writes the header.")
    ),
    Reason.ORIGIN_NULL: Advice(
        _("The origin is null or file://: a sandboxed frame, a redirect across origins, or a local file."),
        _("Serve the page from a web server; list 'null' only where no credentials are sent."),
    ),
    Reason.URL_NOT_COVERED: Advice(
        _("CORS_URLS_REGEX does not cover the URL, and its view admits nobody of its own."),
        _("Declare a policy on the view. A wider CORS_URLS_REGEX changes every endpoint that it then matches."),
    ),
    Reason.VIEW_DISABLED: Advice(
        _("The view's own declaration closes it to other origins."),
        _("If the operation is meant for this origin, declare a policy for the operation that lists it."),
    ),
    Reason.METHOD_NOT_ALLOWED: Advice(
        _("The policy does not allow the method. Methods are compared byte for byte: 'patch' is not 'PATCH'."),
        _("Write the method in upper case in the script; or add it to allow_methods in a policy of this operation."),
    ),
    Reason.METHOD_NOT_ON_VIEW: Advice(
        _("The view has no handler for the method."), _("Use a method the view has, or add a handler for it.")
    ),
    Reason.HEADER_NOT_ALLOWED: Advice(
        _("The policy does not allow a request header that the script sets."),
        _("Add the header to allow_headers in a policy of this operation."),
    ),
    Reason.CREDENTIALS_NOT_ALLOWED: Advice(
        _("The policy does not allow this origin to send credentials."),
        _("List the origin in allow_credentials of a policy of this operation; or fetch with credentials: 'omit'."),
    ),
    Reason.CALLABLE_FAILED: Advice(
        _("The project's own callable or receiver raised, so the origin was refused."),
        _("Read the traceback in the log of drf_cors and mend the callable."),
    ),
    Reason.REDIRECT: Advice(
        _("The answer is a redirect; the browser checks its headers too, and asks again at the new place."),
        _("Fetch the final URL: mind the trailing slash, https and the language prefix."),
    ),
    Reason.NOT_RESOLVED: Advice(
        _("No view answers this URL; the global settings govern it."), _("Correct the path, or add the URL.")
    ),
    Reason.DEPENDS: Advice(
        _("Only a request can tell: the project's own callable decides."), _("Ask with the real request.")
    ),
    # 2: the origin is not the configured string
    Cause.ORIGIN_MISSPELT: Advice(
        _("The origin %(why)s. No browser sends it so."),
        _("Ask again, and %(remedy)s; if a client or a proxy writes the header, correct it there."),
    ),
    Cause.ORIGIN_DIFFERS: Advice(
        _("%(origin)s is not allowed. The nearest allowed origin, %(nearest)s, differs in %(part)s."),
        _("%(edit)s%(page)s."),
    ),
    Cause.SETTING_FAULTY: Advice(
        _("A setting is wrong, so the server does not start. %(why)s."), _("In the settings: %(remedy)s.")
    ),
    Cause.CALLABLE_REFUSES: Advice(
        _("No list of the policy has %(origin)s, and its callable, %(tests)s, does not return True for it."),
        _("%(edit)s."),
    ),
    # 3: no policy covers the URL or the method
    Cause.SETTING_MISSPELT: Advice(
        _("The settings have %(name)s, which nothing reads; there is a setting %(right)s."),
        _("Rename it to %(right)s (%(reach)s)."),
    ),
    Cause.DECLARATION_MISSPELT: Advice(
        _("%(place)s holds a policy, but nothing reads an attribute of that name."),
        _("Rename it to cors_policy (then it applies to every method of every view of that class)."),
    ),
    Cause.REGEX_LEADING_SLASH: Advice(
        _("CORS_URLS_REGEX %(regex)s misses %(path)s: it is matched against the path with its leading slash."),
        _("%(edit)s."),
    ),
    Cause.REGEX_SCRIPT_PREFIX: Advice(
        _("CORS_URLS_REGEX %(regex)s misses %(path)s: it is matched against the path without the prefix %(prefix)s."),
        _("%(edit)s."),
    ),
    Cause.VIEW_UNDECLARED: Advice(
        _("Nothing is declared for %(view)s, and the settings admit no origin either."),
        _("%(edit)s."),
    ),
    Cause.VIEW_HIDDEN: Advice(
        _("%(wrapper)s hides %(view)s: the declarations of %(view)s are not read, so its policy is not in force."),
        _(
            "Put @functools.wraps(view) on the wrapper; then the declarations of %(view)s apply at this URL, to all "
            "methods. Or write the policy where it is read: cors(...)(...) around the wrapper in the URLconf."
        ),
    ),
    Cause.DECLARATION_FAULTY: Advice(_("%(effect)s, because of %(places)s. %(why)s."), _("%(edit)s.")),
    Cause.VIEW_CLOSED: Advice(
        _("%(closing)s admits nobody, as NO_CORS or an empty list does: it closes %(view)s to every other origin."),
        _("%(edit)s."),
    ),
    Cause.VIEW_CLOSED_FOR_GOOD: Advice(
        _(
            "%(closing)s admits nobody, as NO_CORS or an empty list does, and closes the view from outside. That is "
            "final: nothing on the view opens it."
        ),
        _("%(edit)s."),
    ),
    Cause.POLICY_SHADOWED: Advice(
        _("%(weaker)s admits %(origin)s, but %(stronger)s is stronger and replaces it."),
        _("%(edit)s."),
    ),
    # nothing works: every request of the site fails
    Cause.URLCONF_BROKEN: Advice(
        _("The URLconf %(urlconf)s cannot be read, so requests for this URL fail: %(error)s."),
        _("Mend what raises there, and ask again."),
    ),
    Cause.MIDDLEWARE_BROKEN: Advice(
        _("%(other)s, MIDDLEWARE[%(position)s], cannot be made, so the server does not start: %(error)s."),
        _("Mend the middleware, or correct its name in MIDDLEWARE."),
    ),
    # 4: the middleware
    Cause.MIDDLEWARE_MISSING: Advice(
        _("MIDDLEWARE does not have drf_cors.middleware.CorsMiddleware, so no policy is applied."),
        _("Put 'drf_cors.middleware.CorsMiddleware' first in MIDDLEWARE."),
    ),
    Cause.MIDDLEWARE_DOUBLED: Advice(
        _("MIDDLEWARE has drf_cors.middleware.CorsMiddleware more than once, at %(positions)s; the first one answers."),
        _("Keep the first, and take the others out."),
    ),
    Cause.MIDDLEWARE_OTHER: Advice(
        _("%(other)s, MIDDLEWARE[%(position)s], answers with CORS headers of its own; it knows no policies of views."),
        _("Take it out; drf_cors.middleware.CorsMiddleware reads the same settings."),
    ),
    Cause.MIDDLEWARE_TOO_LOW: Advice(
        _("%(other)s, MIDDLEWARE[%(position)s], answers with %(status)s, above CorsMiddleware at [%(ours)s]."),
        _("Move 'drf_cors.middleware.CorsMiddleware' above it, to the first place in MIDDLEWARE."),
    ),
    # 5: redirects
    Cause.REDIRECT_SLASH: Advice(
        _("%(path)s is answered by a redirect to %(location)s: the slash at the end is missing. %(effect)s"),
        _("Fetch %(location)s."),
    ),
    Cause.REDIRECT_LANGUAGE: Advice(
        _("%(path)s is answered by a redirect to %(location)s: the language prefix is missing. %(effect)s"),
        _("Fetch %(location)s."),
    ),
    Cause.REDIRECT_HTTPS: Advice(
        _("%(path)s is answered by a redirect to %(location)s: the site wants https. %(effect)s"),
        _("Fetch %(location)s."),
    ),
    Cause.REDIRECT_WWW: Advice(
        _("%(path)s is answered by a redirect to %(location)s: PREPEND_WWW is set. %(effect)s"),
        _("Fetch %(location)s."),
    ),
    Cause.REDIRECT_ELSEWHERE: Advice(
        _("%(path)s is answered by a redirect to %(location)s. %(effect)s"), _("Fetch %(location)s.")
    ),
    # 6: the preflight reached the view
    Cause.PREFLIGHT_NOT_FOUND: Advice(
        _("The preflight is answered with 404: no view answers %(path)s, and no policy covers it."),
        _("%(edit)s."),
    ),
    Cause.PREFLIGHT_NO_OPTIONS: Advice(
        _("The preflight reaches %(view)s, which answers OPTIONS with 405: no policy covers the URL."),
        _("%(edit)s: then the middleware answers preflights."),
    ),
    Cause.PREFLIGHT_NEEDS_PERMISSION: Advice(
        _(
            "The preflight reaches %(view)s, and %(guards)s refuses it, as it carries no credentials: no policy covers "
            "the URL."
        ),
        _("%(edit)s: then the middleware answers before authentication."),
    ),
    Cause.STOPPED_BEFORE_VIEW: Advice(
        _("%(other)s answers with %(status)s in place of the view; the rehearsal is not logged in."),
        _("If the view is open to everybody, exempt it there (Django has @login_not_required); else log in first."),
    ),
    # 7: method or header
    Cause.METHOD_CASE: Advice(
        _("'%(method)s' is not '%(right)s': methods are compared byte for byte, and browsers do not change this one."),
        _("Write the method in upper case in the script: method: '%(right)s'."),
    ),
    Cause.STAR_MISSES_AUTHORIZATION: Advice(
        _("'*' in allow_headers does not stand for Authorization."),
        _("%(edit)s."),
    ),
    # 8: credentials
    Cause.COOKIE_SAME_SITE: Advice(
        _("%(setting)s is %(value)s: browsers do not send the cookie from %(origin)s, which is another site."),
        _("Set %(setting)s = 'None' and %(secure)s = True, and serve the API over https (this is for the whole site)."),
    ),
    Cause.COOKIE_NOT_SECURE: Advice(
        _("%(setting)s is 'None' but %(secure)s is off: browsers refuse to keep the cookie."),
        _("Set %(secure)s = True, and serve the API over https."),
    ),
    Cause.COOKIE_OVER_HTTP: Advice(
        _("%(setting)s is on: browsers send the cookie over https only, and %(url)s is not."),
        _("Serve the API over https, and fetch %(secure_url)s."),
    ),
    Cause.CSRF_NOT_TRUSTED: Advice(
        _("CSRF protection refuses %(method)s from %(origin)s with 403: CSRF_TRUSTED_ORIGINS does not list it."),
        _("Add '%(origin)s' to CSRF_TRUSTED_ORIGINS (for the whole site), and send the X-CSRFToken header%(edit)s."),
    ),
    # 9: outside our reach
    Cause.FAILED_OUTSIDE: Advice(
        _(
            "%(other)s, MIDDLEWARE[%(position)s], failed above CorsMiddleware at [%(ours)s]: %(error)s. Its answer "
            "has no CORS headers, so the browser reports CORS instead of the error."
        ),
        _("Mend the error, and move 'drf_cors.middleware.CorsMiddleware' to the first place in MIDDLEWARE."),
    ),
    Cause.FAILED_BELOW: Advice(
        _("%(other)s, MIDDLEWARE[%(position)s], fails on this request: %(error)s."),
        _("Mend the error; the answer has its CORS headers, so a script can read the status."),
    ),
    # 10: reading headers
    Cause.HEADER_NOT_EXPOSED: Advice(
        _("The script cannot read the header %(name)s of the answer: expose_headers does not list it."),
        _("%(edit)s."),
    ),
    Cause.HEADER_NEVER_READABLE: Advice(
        _("No script may read %(name)s, whatever is exposed."), _("Send the value in the body, or in another header.")
    ),
    Cause.HEADERS_CHANGED: Advice(
        _("%(other)s, MIDDLEWARE[%(position)s], changes %(name)s from %(ours)s to %(theirs)s."),
        _("Take the header out of %(other)s; CorsMiddleware sends it."),
    ),
    Cause.HEADERS_REMOVED: Advice(
        _("%(other)s, MIDDLEWARE[%(position)s], takes %(name)s out of the answer; CorsMiddleware sent %(ours)s."),
        _("Let %(other)s leave the header alone, or move 'drf_cors.middleware.CorsMiddleware' above it."),
    ),
    # what is left
    Cause.ANSWER_REFUSED: Advice(
        _("The browser refuses the answer (%(step)s). %(detail)s"), _("Compare the answer below with the policy.")
    ),
}

#: The same for reasons of which the names at fault are known.
CONCRETE: Final[Mapping[Reason | Cause, Advice]] = {
    Reason.NO_ORIGIN: Advice(
        ADVICE[Reason.NO_ORIGIN].text,
        _("Ask from a page of another origin, or add an Origin header: here --origin, with curl -H 'Origin: ...'."),
    ),
    Reason.ORIGIN_NOT_ALLOWED: Advice(_("Nothing that the policy lists admits %(origin)s."), _("%(edit)s.")),
    Reason.VIEW_DISABLED: Advice(_("%(source)s extends what it inherits, and that is nobody."), _("%(edit)s.")),
    Reason.URL_NOT_COVERED: Advice(
        _("CORS_URLS_REGEX %(regex)s does not match %(path)s, and %(view)s admits nobody of its own%(effect)s."),
        _("%(edit)s."),
    ),
    Reason.NOT_RESOLVED: Advice(_("No view answers %(path)s."), _("%(edit)s.")),
    Reason.CALLABLE_FAILED: Advice(
        _("%(asked)s raised %(error)s, so the origin is refused."),
        _("Mend what raises; the origin is admitted where it returns True."),
    ),
    Reason.METHOD_NOT_ALLOWED: Advice(_("The policy does not allow the method %(name)s."), _("%(edit)s.")),
    Reason.METHOD_NOT_ON_VIEW: Advice(
        _("%(view)s has no handler for %(name)s; it has %(methods)s."),
        _("Use a method the view has, or add a handler for it."),
    ),
    Reason.HEADER_NOT_ALLOWED: Advice(_("The policy does not allow the request header %(name)s."), _("%(edit)s.")),
    Reason.CREDENTIALS_NOT_ALLOWED: Advice(
        _("The policy admits %(origin)s, but not with credentials."), _("%(edit)s.")
    ),
}

#: What to edit, where no `Change` says it.
EDITS: Final[Mapping[str, _StrPromise]] = {
    "or": _("%(first)s. Or %(second)s"),
    "look-into": _("look into %(tests)s"),
    "slash": _("put the slash into the regular expression: CORS_URLS_REGEX = %(right)s (%(reach)s)"),
    "prefix": _("take the prefix out of the regular expression: CORS_URLS_REGEX = %(right)s (%(reach)s)"),
    "none": _(
        "No single edit allows this and nothing else. %(source)s decides; look for what else depends on it before you "
        "change it"
    ),
    "never": _("No policy can have '%(name)s' in %(field)s"),
    "widen": _(
        "widen CORS_URLS_REGEX so that it matches %(path)s (this changes every endpoint that it then matches: the "
        "origins of the settings are allowed there)"
    ),
    "correct-path": _("Correct the path, or add the URL"),
    "near-path": _("Fetch %(location)s, which has a view; or add the URL"),
    "no-credentials": _("Serve the page from a web server, so that it has an origin"),
    "list-token": _(", which allow_headers has to list"),
    "omit": _("fetch with credentials: 'omit'"),
    "or-open": _(". Or open the page at %(page)s"),
}

#: Target of a change -> what to do.
CHANGES: Final[Mapping[Target, _StrPromise]] = {
    Target.HANDLER: _("put %(code)s on %(place)s"),
    Target.OVERRIDE: _("write a method %(place)s that calls super(), and put %(code)s on it"),
    Target.ACTION: _("write %(code)s in %(place)s"),
    Target.FUNCTION: _("put %(code)s on %(place)s"),
    Target.CLASS: _("write %(code)s in %(place)s"),
    Target.URL: _("put %(code)s(...) around %(place)s in the URLconf"),
    Target.VIEW_POLICIES: _("write %(code)s in the settings"),
    Target.DECLARATION: _("%(edits)s"),
    Target.SETTING: _("write %(code)s in the settings"),
    Target.SCRIPT: _("write the method in upper case in the script: %(code)s"),
}

#: Parts of what a change does.
CHANGE: Final[Mapping[str, _StrPromise]] = {
    "add": _("add %(names)s to %(field)s"),
    "set": _("write %(code)s"),
    "instead": _("in %(place)s, write %(code)s instead of the policy that closes the view"),
    "in": _("%(edits)s in %(place)s"),
    "and": _("and"),
    "others": _("this changes %(others)s too"),
    "credentials": _("the origin may then send credentials, where allow_credentials is True"),
    "every-method": _("every method of %(route)s"),
}

#: How far a setting reaches.
REACHES: Final[Mapping[str, _StrPromise]] = {
    "named": _("this changes every view that the setting names"),
    "policies": _("this changes every view that names one of these policies"),
    "all": _("this changes every endpoint under the global settings"),
    "regex": _("this changes every endpoint that it then matches"),
}

#: How an origin differs from the one that is allowed.
PARTS: Final[Mapping[str, _StrPromise]] = {
    "scheme": _("the scheme"),
    "port": _("the port"),
    "www": _("'www.'"),
    "loopback": _("the host: localhost, 127.0.0.1 and [::1] are different origins"),
    "wildcard": _("the wildcard: it stands for one or more labels, not for the bare domain"),
    "host": _("the host"),
    "rest": _("its end: a regular expression has to match the whole origin"),
    "and": _("and"),
}

#: What comes of a redirect, and of faulty declarations.
EFFECTS: Final[Mapping[str, _StrPromise]] = {
    "preflight": _("Browsers do not follow it for a preflight."),
    "body": _("Following it, browsers send GET and drop the body."),
    "origin": _("Following it to another origin, browsers send 'Origin: null'."),
    "debug": _("Under DEBUG Django raises RuntimeError instead: a redirect would lose the body."),
    "unresolved": _("The preflight finds no view there, and is refused."),
    "headers": _("It has no CORS headers, so browsers do not follow it."),
    "none": _("Browsers follow it."),
    "nobody": _("Nobody is allowed"),
    "reaches": _(": the preflight reaches the view, and what guards it"),
    "unread": _("The URLconf cannot be read"),
    "no-credentials": _("Credentials are off"),
}

#: Words of the command's report.
REPORT: Final[Mapping[str, _StrPromise]] = {
    "allowed": _("Allowed"),
    "allowed-but": _("Allowed, but"),
    "blocked": _("Blocked"),
    "next": _("Next"),
    "also": _("Also"),
    "preflight": _("Preflight"),
    "no-preflight": _("Preflight: none is needed"),
    "request": _("Request"),
    "not-sent": _("Request: not sent"),
    "verdict": _("verdict"),
    "answer": _("answer"),
    "no-answer": _("no CORS headers"),
    "policy": _("Policy of %(method)s at %(view)s"),
    "no-view": _("no view"),
    "more": _("and %(count)d more"),
    "dropped": _("Browsers let no script set %(name)s; it was left out."),
    "view-left-out": _("The view was not run; CORS headers that it sets itself are not seen here."),
    "outside": _(
        "If the browser blocks it all the same, the answer did not come from Django: an error of a proxy (413, 502, "
        "504) has no CORS headers, and a proxy may add or drop some. Compare with the server's log."
    ),
}

#: Words about the list.
LIST: Final[Mapping[str, _StrPromise]] = {
    "http": _("HTTP"),
    "path-and-view": _("Path and view"),
    "who": _("Who may call, and where it says so"),
    "nothing": _("No endpoint is like that."),
    "progress": _("%(number)d of %(count)d"),
}

#: Words about the lock file.
LOCK: Final[Mapping[str, _StrPromise]] = {
    "written": _("%(count)d policies written to %(file)s."),
    "same": _("%(file)s is up to date."),
    "missing": _("%(file)s does not exist; the same command without --check writes it."),
    "unreadable": _("%(file)s is no lock file: %(error)s"),
    "version": _("it has version %(version)r; this is version %(known)d"),
    "not-read": _("%(file)s cannot be read: %(error)s"),
    "not-written": _("%(file)s cannot be written: %(error)s"),
    "differs": _("%(file)s differs from the site. If that is meant, write it without --check, and commit it."),
    "was-open": _("was open"),
    "is-open": _("is open"),
}

#: What a schema says of the headers of answers.
RESPONSE_HEADERS: Final[Mapping[str, _StrPromise]] = {
    "Access-Control-Allow-Origin": _(
        "The origin whose scripts may read the answer, or '*' for any; absent for others."
    ),
    "Access-Control-Allow-Credentials": _("Sent to origins that may send credentials (cookies)."),
    "Access-Control-Expose-Headers": _("Response headers that scripts of another origin may read."),
}

#: What is wrong with the question itself.
USAGE: Final[Mapping[str, _StrPromise]] = {
    "url": _("%(value)r is neither a path that begins with a slash nor an http or https URL."),
    "request": _("No browser makes such a request: %(error)s"),
    "urlconf": _("The URLconf %(urlconf)s cannot be read: %(error)s."),
    "hosts": _("The module of ROOT_HOSTCONF cannot be read: %(error)s."),
    "view": _("The view at %(route)s cannot be read: %(error)s."),
    "broken": _("The project's code or settings raise %(error)s. With --traceback you see where."),
    "origin": _("--origin %(value)r is no origin; write it like https://shop.example."),
    "policy": _("--policy %(value)r is not in CORS_POLICIES. There are: %(names)s."),
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
        todo = str(CHANGES[self.target]) % {"code": first_line, "place": self.place, "edits": self._edits}
        notes = "; ".join(self._notes())
        return f"{todo} ({notes})" if notes else todo

    @property
    def _edits(self) -> str:
        parts = [
            str(CHANGE["add"]) % {"names": ", ".join(map(repr, names)), "field": name}
            for name, names in self.adds.items()
        ]
        if self.is_closing:
            return str(CHANGE["instead"]) % {"place": self.place, "code": f"CorsPolicy({written(self.sets)})"}
        if self.sets:
            parts.append(str(CHANGE["set"]) % {"code": written(self.sets)})
        return str(CHANGE["in"]) % {"edits": f" {CHANGE['and']} ".join(parts), "place": self.place}

    def _notes(self) -> Iterator[str]:
        others = ", ".join(map(_spot, self.others))
        if self.is_site_wide:
            text = ngettext(
                "this changes every endpoint under the global settings: %(count)d endpoint",
                "this changes every endpoint under the global settings: %(count)d endpoints",
                self.count,
            )
            yield text % {"count": self.count}
        elif others:
            yield str(CHANGE["others"]) % {"others": others}
        if self.is_credentialed:
            yield str(CHANGE["credentials"])


def _spot(other: str) -> str:
    method, _, route = other.partition(" ")
    return str(CHANGE["every-method"]) % {"route": route} if method == ANY_METHOD else other


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
        return str(self._advice.text) % self.values

    @property
    def next_step(self) -> str:
        """What to do about it."""
        return str(self._advice.next_step) % self.values

    @property
    def _advice(self) -> Advice:
        concrete = CONCRETE.get(self.code) if self.values else None
        return concrete or ADVICE[self.code]


# Who may call, in few words


def brief(outlook: Outlook, method: str) -> str:
    """Return who may call a method of an endpoint."""
    if outlook.is_shadowed:
        return gettext("never reached: another route is first")
    if not outlook.is_governed:
        return gettext("under no policy")
    if not outlook.is_enabled:
        return gettext("nobody")
    policy = outlook.policy
    if method != ANY_METHOD and not policy.permits_method(method):
        return gettext("nobody: %(method)s is not in allow_methods") % {"method": method}
    who = ", ".join(_admitted(outlook, with_names=True))
    if policy.allow_credentials is True:
        return gettext("%(who)s, credentials") % {"who": who}
    if policy.allow_credentials:
        count = len(policy.allow_credentials)
        return gettext("%(who)s, credentials from %(count)d") % {"who": who, "count": count}
    return who


def line(outlook: Outlook, method: str, *, with_names: bool) -> str:
    """Return the same as one line for the description of an operation.

    Args:
        outlook: What is known of the method.
        method: Upper-case.
        with_names: Whether it may name an origin.
    """
    if not _is_open(outlook, method):
        return gettext("CORS: no other origin.")
    who = ", ".join(_admitted(outlook, with_names=with_names))
    credentials = outlook.policy.allow_credentials
    if credentials is True:
        return gettext("CORS: %(who)s, with credentials (cookies).") % {"who": who}
    if credentials:
        text = gettext("CORS: %(who)s, with credentials (cookies) from %(count)d of them.")
        return text % {"who": who, "count": len(credentials)}
    return gettext("CORS: %(who)s.") % {"who": who}


def badge(outlook: Outlook, method: str) -> str:
    """Return the same in two or three words, without the name of any origin. Patterns count as origins.

    The same words stand in `static/drf_cors/swagger-ui/words.js`.

    Args:
        outlook: What is known of the method.
        method: Upper-case.
    """
    if not _is_open(outlook, method):
        return gettext("no CORS")
    policy = outlook.policy
    if outlook.is_dynamic:
        who = gettext("dynamic")
    elif policy.allow_all_origins:
        who = gettext("any origin")
    elif policy.allowed_origins:
        count = len(policy.allowed_origins) + len(policy.allowed_origin_regexes)
        who = ngettext("%(count)d origin", "%(count)d origins", count) % {"count": count}
    else:
        who = gettext("by pattern")  # one expression can match any number
    return gettext("%(who)s + cookies") % {"who": who} if policy.allow_credentials else who


def _is_open(outlook: Outlook, method: str) -> bool:
    """Whether any other origin can read what a method answers."""
    return outlook.is_enabled and outlook.policy.permits_method(method)


def _admitted(outlook: Outlook, *, with_names: bool) -> Iterator[str]:
    policy = outlook.policy
    if policy.allow_all_origins:
        yield gettext("any origin")
        return
    if with_names and len(policy.allowed_origins) == 1:
        yield policy.allowed_origins[0]
    elif policy.allowed_origins:
        count = len(policy.allowed_origins)  # a pattern counts as one: the list is what its author reads
        yield ngettext("%(count)d origin", "%(count)d origins", count) % {"count": count}
    if policy.allowed_origin_regexes:
        yield gettext("by regular expression")
    if outlook.is_dynamic:
        yield gettext("decided per request")


def brief_for(outlook: Outlook, origin: str, reason: Reason) -> str:
    """Return what one origin may do with a method of an endpoint, given the verdict on it."""
    if reason is not Reason.ALLOWED:
        return gettext("no: %(reason)s") % {"reason": reason} if reason is not Reason.DEPENDS else str(reason)
    return gettext("yes, credentials") if outlook.policy.credentials_for(origin) else gettext("yes")


def brief_uncached(obstacle: Obstacle) -> str:
    """Return why a preflight's answer is not cached."""
    return gettext("not cached: %(method)s differs in %(field)s") % obstacle._asdict()


# A request


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request of a browser, of which somebody wants to know why it is blocked.

    Attributes:
        path: Of the URL, decoded, script prefix left out: `/api/orders/3/`.
        method: The method of the request; of a preflight, the one it asks for.
        origin: The `Origin` header, or None.
        headers: Names of request headers that need a preflight, lower-case.
        credentials: Whether cookies and the like go along.
        is_preflight: Whether the preflight is in question, not the request itself.
        host: Where the request goes, for URLconfs that depend on it.
        urlconf: What middleware above ours sets as `request.urlconf`; None for `ROOT_URLCONF`.
    """

    path: str
    method: str
    origin: str | None
    headers: tuple[str, ...] = ()
    credentials: bool = False
    is_preflight: bool = False
    host: str = "testserver"
    urlconf: Any = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The engine's verdict on a question, with what led to it.

    Attributes:
        reason: The reason code.
        culprit: The method or header name that is refused, where one is.
        source: The declaration or setting that the verdict rests on.
        policy: The effective policy of the method.
        view: All policies of the view.
        match: What Django's resolver found, None where it found nothing.
        verdict: What the engine answers.
    """

    reason: Reason
    culprit: str
    source: Source
    policy: EffectivePolicy
    view: ViewPolicies
    match: ResolverMatch | None
    verdict: Verdict

    @property
    def advice(self) -> Advice:
        """What the reason means, and the next step."""
        return ADVICE[self.reason]


#: Reason -> the field of the policy that decided.
_DECIDING: Final[Mapping[Reason, str]] = {
    Reason.METHOD_NOT_ALLOWED: "allow_methods",
    Reason.HEADER_NOT_ALLOWED: "allow_headers",
    Reason.CREDENTIALS_NOT_ALLOWED: "allow_credentials",
}


def explain(question: Question, *, told: Reason | None = None) -> Explanation:
    """Judge a request that was never sent. No view, no callable and no receiver runs: where one decides, `DEPENDS`.

    Args:
        question: The request.
        told: What the callables or receivers said, where somebody has asked them.
    """
    current = resolver.current()
    request = HttpRequest()
    request.method = question.method
    request.path = request.path_info = question.path
    request.META = {"HTTP_HOST": question.host, "SERVER_NAME": question.host, "SERVER_PORT": "80"}
    request.urlconf = question.urlconf
    match = current.find(request)
    view = current.for_match(match, is_covered=told is Reason.ALLOWED or current.conf.covers(question.path))
    policy = view.policies.of(question.method)
    standing = told or judge_origin(policy, question.origin)
    if question.is_preflight and question.origin is not None:
        asked = CorsRequest(
            origin=question.origin, method=question.method, headers=",".join(question.headers), is_preflight=True
        )
        verdict = judge_preflight(view.policies, asked, standing)
    else:
        verdict = judge_request(policy, question.method, question.origin, standing)
    reason = verdict.reason
    if question.credentials:
        reason = judge_credentials(policy, question.origin, reason)
    deciding = _DECIDING.get(reason)
    return Explanation(
        reason=reason,
        culprit=verdict.culprit,
        source=policy.sources[deciding] if deciding is not None else policy.who_source,
        policy=policy,
        view=view,
        match=match,
        verdict=verdict,
    )
