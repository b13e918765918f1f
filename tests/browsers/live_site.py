"""A Django project that declares policies of many kinds, served over WSGI or ASGI on a free port of 127.0.0.1.

`python -m tests.browsers.live_site wsgi|asgi|leaky FRONT STRANGER` prints `PORT <number>` and serves until it is
killed. FRONT and STRANGER are the origins of two pages. `leaky` is WSGI with a fault planted into the library.

Every path begins with a token that belongs to one sequence of fetches: no two share a preflight cache. A door in
front of the CORS middleware writes down what arrives; `/-/door/` tells it, as {token: [entry, ...]}, and forgets.
"""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any

from django.conf import settings

FRONT, STRANGER = sys.argv[2:4] if __name__ == "__main__" else ("http://front.invalid", "http://stranger.invalid")

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        CORS_ALLOWED_ORIGINS=[FRONT],
        CORS_URLS_REGEX=r"^/[^/]+/global/",
        DEBUG=False,
        LOGGING={"version": 1, "root": {"handlers": []}, "loggers": {"drf_cors": {"level": "CRITICAL"}}},
        LOGGING_CONFIG="logging.config.dictConfig",
        MIDDLEWARE=[
            f"{__name__}.door",
            "drf_cors.middleware.CorsMiddleware",
            "django.middleware.common.CommonMiddleware",
        ],
        INSTALLED_APPS=["drf_cors"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="nothing to keep",
    )

import django  # noqa: E402 - after the settings

if __name__ == "__main__":
    django.setup(set_prefix=False)

from asgiref.sync import iscoroutinefunction  # noqa: E402 - after the settings
from django.core.exceptions import PermissionDenied  # noqa: E402
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.decorators import sync_and_async_middleware  # noqa: E402
from django.views import View  # noqa: E402

from drf_cors import NO_CORS, CorsPolicy, cors  # noqa: E402
from tests.browsers.leak_cases import CLASS, METHODS, leak_cases  # noqa: E402
from tests.browsers.raw_responses import ECHO, TWO_LINES, raw_responses  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

# --- The door -------------------------------------------------------------------------------------------

arrived: dict[str, list[dict[str, Any]]] = {}
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


@sync_and_async_middleware
def door(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Write down every request before the library sees it."""

    async def middleware_async(request: HttpRequest) -> Any:
        write_down(request)
        return await get_response(request)

    def middleware(request: HttpRequest) -> Any:
        write_down(request)
        return get_response(request)

    return middleware_async if iscoroutinefunction(get_response) else middleware


def write_down(request: HttpRequest) -> None:
    sent = {name.lower(): value for name, value in request.headers.items()}
    names = [name for name in sent if name.startswith("x-") or name == "authorization"]
    if sent.get("content-type", "").partition(";")[0] not in ("", *FORM_TYPES):
        names.append("content-type")
    entry = {
        "method": request.method,
        "path": request.path,
        "host": request.get_host().partition(":")[0],
        "origin": sent.get("origin"),
        "asks_method": sent.get("access-control-request-method"),
        "asks_headers": sent.get("access-control-request-headers", ""),
        "names": sorted(names),
        "has_cookies": "cookie" in sent,
    }
    arrived.setdefault(request.path.split("/")[1], []).append(entry)


def tell(request: HttpRequest) -> JsonResponse:
    """Return what has arrived since the last time."""
    global arrived  # handed over whole: nothing is lost between reading and clearing
    told, arrived = arrived, {}
    told.pop("-", None)
    return JsonResponse(told)


# --- The views ------------------------------------------------------------------------------------------


def answer(status: int = 200) -> HttpResponse:
    return HttpResponse(
        "hello", status=status, headers={"Cache-Control": "no-store", "X-Total": "3", "X-Secret": "s", "ETag": '"e"'}
    )


def handler() -> Callable[..., HttpResponse]:
    """Make a new handler, for a mark of its own."""

    def handle(self: View, request: HttpRequest, **kwargs: object) -> HttpResponse:
        return answer()

    return handle


def view(policy: CorsPolicy | None = None, /, *, methods: str = "get post put patch delete", **marks: Any) -> Any:
    """Make a class-based view.

    Args:
        policy: The class's; None for none.
        methods: The handlers it has.
        marks: The policies of handlers, by method.
    """
    members: dict[str, Any] = {name: handler() for name in methods.split()}
    for name, mark in marks.items():
        members[name] = cors(mark)(members[name])
    if policy is not None:
        members["cors_policy"] = policy
    return type("LiveView", (View,), members).as_view()


def front(**fields: Any) -> CorsPolicy:
    """Make a policy that admits the front end."""
    return CorsPolicy(allowed_origins=[FRONT], **fields)


def anyone(**fields: Any) -> CorsPolicy:
    """Make a policy that admits every origin."""
    return CorsPolicy(allow_all_origins=True, **fields)


def admits_front(origin: str, request: HttpRequest) -> bool:
    return origin == FRONT


async def admits_front_async(origin: str, request: HttpRequest) -> bool:
    return origin == FRONT


def fails(origin: str, request: HttpRequest) -> bool:
    raise RuntimeError("a callable that fails")


@cors(allowed_origins=[FRONT], expose_headers=["x-total"])
def function(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return answer()


@cors(allowed_origins=[FRONT], expose_headers=["x-total"])
async def async_function(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return answer()


@cors(allowed_origins=[FRONT])
def failing(request: HttpRequest, status: int, **kwargs: object) -> HttpResponse:
    """Answer with an error, in the way such errors come about."""
    if status == 403:
        raise PermissionDenied
    if status == 404:
        raise Http404
    if status == 500:
        raise RuntimeError("a view that fails")
    return answer(status)


def with_own_headers(request: HttpRequest, **kwargs: object) -> HttpResponse:
    response = answer()
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "x-secret"
    return response


def cacheable(request: HttpRequest, **kwargs: object) -> HttpResponse:
    response = answer()
    response["Cache-Control"] = "max-age=600"
    return response


def careless(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """Answer by origin, cacheable, and without `Vary`."""
    response = cacheable(request)
    if "Origin" in request.headers:
        response["Access-Control-Allow-Origin"] = request.headers["Origin"]
    return response


def leaky_view(case: dict[str, dict[str, Any]]) -> Any:
    marks = {method.lower(): CorsPolicy(**fields) for method, fields in case.items() if method != CLASS}
    policy = CorsPolicy(**case[CLASS]) if CLASS in case else None
    return view(policy, methods=" ".join(METHODS).lower(), **marks)


RAW = raw_responses(FRONT)


class RawResponse(HttpResponse):
    """A response that may send a header as two lines."""

    def items(self) -> list[tuple[str, str]]:
        return [(name, line) for name, value in super().items() for line in value.split(TWO_LINES)]


def raw(request: HttpRequest, name: str, **kwargs: object) -> HttpResponse:
    """Answer what `RAW` says; where it says nothing, preflights grant what they ask for, for 600 seconds."""
    to_preflight, to_request = RAW[name]
    asked = {
        "Methods": request.headers.get("Access-Control-Request-Method", ""),
        "Headers": request.headers.get("Access-Control-Request-Headers", ""),
        "Max-Age": "600",
    }
    headers = {**asked, **to_preflight} if request.method == "OPTIONS" else to_request
    response = RawResponse("hello", headers=answer().headers)
    for key, value in headers.items():
        sent = request.headers.get("Origin", "") if value == ECHO else value
        response[f"Access-Control-{'' if key == 'Max-Age' else 'Allow-'}{key}"] = sent
    return response


def via(request: HttpRequest, token: str, status: int, host: str, rest: str) -> HttpResponse:
    """Answer as `echo` does, and redirect requests to `rest` on a host."""
    response = raw(request, "echo")
    if request.method != "OPTIONS":
        response.status_code = status
        response["Location"] = f"http://{host}:{request.get_port()}/{token}/{rest}"
    return response


VIEWS: dict[str, Any] = {
    # Who
    "front": view(front()),
    "nobody": view(NO_CORS),
    "any": view(anyone()),
    "null": view(CorsPolicy(allowed_origins=["null"])),
    "callable": view(CorsPolicy(is_origin_allowed=admits_front)),
    "async-callable": view(CorsPolicy(is_origin_allowed=admits_front_async)),
    "failing-callable": view(CorsPolicy(is_origin_allowed=fails)),
    "pattern": view(CorsPolicy(allowed_origins=["http://127.0.0.1:*"])),
    "regex": view(CorsPolicy(allowed_origin_regexes=[FRONT.replace(".", r"\.")])),
    # Credentials
    "cookies": view(front(allow_credentials=True, expose_headers=["x-total"])),
    "any-cookies-front": view(anyone(allow_credentials=[FRONT])),
    "both-cookies-front": view(CorsPolicy(allowed_origins=[FRONT, STRANGER], allow_credentials=[FRONT])),
    # How
    "methods": view(front(allow_methods=["GET", "PUT"])),
    "any-method": view(front(allow_methods=["*"])),
    "lower-patch": view(front(allow_methods=["GET", "patch"])),
    "no-put": view(front(), methods="get post"),
    "headers": view(front(allow_headers=["x-one"], preflight_max_age=0)),
    "any-header": view(front(allow_headers=["*"])),
    "any-header-cookies": view(front(allow_headers=["*"], allow_credentials=True)),
    "any-header-and-authorization": view(front(allow_headers=["*", "authorization"])),
    "exposed": view(front(expose_headers=["x-total"])),
    "exposed-any": view(anyone(expose_headers=["*"])),
    "age-none": view(front(preflight_max_age=None)),
    "age-0": view(front(preflight_max_age=0)),
    "age-600": view(front(preflight_max_age=600)),
    "age-1": view(front(preflight_max_age=1)),
    # Several policies on one URL
    "several": view(get=anyone(), post=front(allow_credentials=True), put=NO_CORS, delete=front(allow_methods=["*"])),
    # Kinds of views
    "function": function,
    "async-function": async_function,
    "around": cors(allowed_origins=[FRONT])(view(anyone())),
    "no-get": view(front(), methods="post"),
    # Headers of their own
    "own": cors(allowed_origins=[FRONT])(with_own_headers),
    "outside": with_own_headers,
    "global": view(),
    # For HTTP caches
    "cacheable": cors(allowed_origins=[FRONT])(cacheable),
    "cacheable-any": cors(allow_all_origins=True)(cacheable),
    "careless": careless,
} | {f"leak-{name}": leaky_view(case) for name, case in leak_cases(FRONT, STRANGER).items()}

urlpatterns = [
    path("-/door/", tell),
    path("<slug:token>/status/<int:status>/", failing),
    path("<slug:token>/raw/<slug:name>/", raw),
    path("<slug:token>/via/<int:status>/<str:host>/<path:rest>", via),
    *(path(f"<slug:token>/{name}/", each) for name, each in VIEWS.items()),
]

# --- The servers ----------------------------------------------------------------------------------------


def serve_wsgi() -> None:
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class QuietHandler(WSGIRequestHandler):
        disable_nagle_algorithm = True  # else each answer waits 40 ms for the browser's acknowledgement

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name for it
            pass

    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    announce(server.server_address[1])
    server.serve_forever()


def serve_asgi() -> None:
    import uvicorn
    from django.core.asgi import get_asgi_application

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        # Inherited by each connection; asyncio sets it only on sockets that name their protocol.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(get_asgi_application(), http="h11", lifespan="off", log_level="critical")
        announce(listening.getsockname()[1])
        uvicorn.Server(config).run(sockets=[listening])


def serve_leaky() -> None:
    """Serve with the rule switched off that keeps dangerous answers out of preflight caches."""
    from drf_cors.core import preflight

    preflight.leaks_to_method = lambda *_: None
    serve_wsgi()


def announce(port: int) -> None:
    sys.stdout.write(f"PORT {port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    {"wsgi": serve_wsgi, "asgi": serve_asgi, "leaky": serve_leaky}[sys.argv[1]]()
