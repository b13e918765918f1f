"""`make soak`: a million requests, distinct origins and paths, some with a URLconf of their own; then the memory."""

from __future__ import annotations

import gc
import logging
import sys
import time
import tracemalloc
from functools import partial
from typing import Final

from django.urls import clear_url_caches, path

from drf_cors import cors, resolver
from tests.benchmarks import cases, site

REQUESTS: Final = 1_000_000
PER_URLCONF: Final = 2_000
SECONDS: Final = 240

#: To trace allocations slows everything down, so that is done for the last requests only.
TRACED: Final = 20_000


def main() -> None:
    handle = site.handler(cases.OURS)
    _send(handle, 0, TRACED)
    _build_urlconfs(handle)
    gc.collect()
    blocks, started, sent = sys.getallocatedblocks(), time.monotonic(), TRACED
    while sent < REQUESTS - TRACED and time.monotonic() - started < SECONDS:
        _send(handle, sent, TRACED)
        sent += TRACED
    gc.collect()
    grown = sys.getallocatedblocks() - blocks
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    _send(handle, sent, TRACED)
    sent += TRACED
    _build_urlconfs(handle)
    gc.collect()
    differences = tracemalloc.take_snapshot().compare_to(before, "lineno")
    print(
        f"{sent:,} requests, and twice {PER_URLCONF:,} with a URLconf of their own: {time.monotonic() - started:.0f} s"
    )
    print(f"callbacks remembered: {len(resolver.current()._views)}")
    print(f"allocated blocks: {grown:+,}")
    print(
        f"traced over the last {TRACED:,}: {sum(line.size_diff for line in differences) / 1024:+.1f} KiB; most of it:"
    )
    for line in differences[:6]:
        print(f"  {line}")


def _send(handle: object, first: int, number: int) -> None:
    for count in range(first, first + number):
        origin = f"https://site-{count}.example"
        method, headers = "GET", {"origin": origin}
        if count % 3 == 0:
            method = "OPTIONS"
            headers |= {"access-control-request-method": f"M{count}", "access-control-request-headers": f"x-{count}"}
        address = site.MIDDLE if count % 2 else f"/nowhere-{count}/"
        (request,) = site.requests(1, method, address, headers)
        handle(request)  # type: ignore[operator]  # Django's get_response


def _build_urlconfs(handle: object) -> None:
    for _ in range(PER_URLCONF):
        (request,) = site.requests(1, "GET", "/own/", {"origin": site.SHOP})
        view = cors(allowed_origins=[site.SHOP])(partial(site.page))
        request.urlconf = cases.SimpleUrls([path("own/", view)])
        handle(request)  # type: ignore[operator]  # as above
        del request, view
        clear_url_caches()  # Django keeps each resolver it has ever made


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # a line for each 404
    main()
