"""Causes that keep a site from answering any request: its settings, its URLconf, its middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import Resolver404, get_resolver

from drf_cors import resolver as resolvers
from drf_cors.core.errors import CorsConfigurationError, shown
from drf_cors.diagnosis.case import path_info
from drf_cors.diagnosis.declaration_rules import DeclarationCause, declaration_faulty, with_scheme_of_page
from drf_cors.diagnosis.dry_run import describe_error
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.source_locations import raised_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.diagnosis.case import Query
    from drf_cors.diagnosis.dry_run import MiddlewareBroken


class StartupCause(Cause):
    """Causes that make every request of the site fail."""

    SETTING_FAULTY = (
        "setting-faulty",
        "A setting is wrong, so the server does not start. {why}.",
        "In the settings: {remedy}.",
    )
    URLCONF_BROKEN = (
        "urlconf-broken",
        "The URLconf {urlconf} cannot be read, so requests for this URL fail: {error}.",
        "Fix what raises there, and ask again.",
    )
    MIDDLEWARE_BROKEN = (
        "middleware-broken",
        "{other}, MIDDLEWARE[{position}], cannot be made, so the server does not start: {error}.",
        "Fix the middleware, or correct its name in MIDDLEWARE.",
    )


def about_settings(error: CorsConfigurationError, query: Query) -> Iterator[Finding]:
    """Yield each fault of the settings."""
    for fault in error.faults:
        name, why = fault.field, fault.why
        remedy = with_scheme_of_page(fault, query.origin).remedy
        yield Finding.of(StartupCause.SETTING_FAULTY, culprit=name, why=why, remedy=remedy)


def about_urlconf(query: Query) -> Iterator[Finding]:
    """Resolve the path as Django will, to find the errors that our resolver leaves to Django."""
    name = resolvers.current().conf.root_urlconf
    try:
        get_resolver(name).resolve(path_info(query.request.url.path))
    except Resolver404:
        return
    except CorsConfigurationError as error:
        cause, where = DeclarationCause.URLCONF_UNREADABLE, raised_at(error)
        for fault in error.faults:
            yield declaration_faulty(cause, with_scheme_of_page(fault, query.origin), error.where, where=where)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - URLconfs may raise anything
        yield Finding.of(
            StartupCause.URLCONF_BROKEN,
            where=raised_at(error),
            urlconf=shown(name),
            error=describe_error(error),
        )


def about_broken_middleware(broken: MiddlewareBroken) -> Finding:
    """Return the finding of a middleware that cannot be made."""
    return Finding.of(
        StartupCause.MIDDLEWARE_BROKEN,
        other=broken.path,
        position=broken.position,
        error=broken.error,
    )
