"""What keeps a site from answering any request: its settings, its URLconf, its middleware."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import Resolver404, get_resolver

from drf_cors import resolver as resolvers
from drf_cors.core.errors import CorsConfigurationError, shown
from drf_cors.diagnosis.case import Query, declaration_faulty, path_info
from drf_cors.diagnosis.dry_run import describe_error
from drf_cors.diagnosis.source_locations import raised_at
from drf_cors.explain.messages import Cause, Finding


def about_settings(error: CorsConfigurationError) -> Iterator[Finding]:
    """Yield each fault of the settings."""
    for fault in error.faults:
        values = {"why": fault.why, "remedy": fault.remedy}
        yield Finding(code=Cause.SETTING_FAULTY, values=values, culprit=fault.field)


def about_urlconf(query: Query) -> Iterator[Finding]:
    """Resolve the path as Django will, to see what the resolver of ours leaves to Django to report."""
    name = resolvers.current().conf.root_urlconf
    try:
        get_resolver(name).resolve(path_info(query.request.url.path))
    except Resolver404:
        return
    except CorsConfigurationError as error:
        for fault in error.faults:
            yield declaration_faulty(fault, "unread", error.where, where=raised_at(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - URLconfs and converters may raise anything
        values = {"urlconf": shown(name), "error": describe_error(error)}
        yield Finding(code=Cause.URLCONF_BROKEN, values=values, where=raised_at(error))
