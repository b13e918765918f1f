"""The sentences of the reason codes.

Those of causes are beside the rules, in `drf_cors.diagnosis`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from drf_cors.core.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Advice(NamedTuple):
    """What a reason code means, and what to do about it."""

    text: str
    next_step: str


ADVICE: Final[Mapping[Reason, Advice]] = {
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
        "The Origin header is nothing a browser sends.",
        "Look for a proxy or a client that writes the header.",
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
        "The view has no handler for the method.",
        "Use a method the view has, or add a handler for it.",
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
        "Read the traceback in the log of drf_cors and fix the callable.",
    ),
    Reason.REDIRECT: Advice(
        "The answer is a redirect; the browser checks its headers too, and asks again at the new place.",
        "Fetch the final URL: mind the trailing slash, https and the language prefix.",
    ),
    Reason.NOT_RESOLVED: Advice(
        "No view answers this URL; the global settings govern it.",
        "Correct the path, or add the URL.",
    ),
    Reason.DEPENDS: Advice(
        "It depends on the request: the project's own callable decides.",
        "Ask with the real request.",
    ),
}

#: The next step for a policy whose declaration may be named.
ADD_TO_DECLARATION: Final = "Add {value} to {field} of {source}."
ADD_FOR_OPERATION: Final = (
    "Declare a policy for this operation with {value} in {field}; in settings.{setting} it would be allowed everywhere."
)
