"""Finds the route of a request by Django's own resolver, in the language that it will have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.urls import get_resolver
from django.utils import translation

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import ResolverMatch

    from drf_cors.conf import CorsSettings


class RouteFinder:
    """Finds routes before a view is called, and after a response without a view.

    Args:
        conf: The settings.
    """

    def __init__(self, conf: CorsSettings) -> None:
        self.conf = conf

    def find(self, request: HttpRequest) -> ResolverMatch | None:
        """Return what Django's resolver will find for a request, before a view is called.

        `request.urlconf` counts. If Django will redirect to the path with a slash, the view there
        is returned.
        """
        return self._find(request, request.path_info, getattr(request, "urlconf", None))

    def _find(self, request: HttpRequest, path_info: str, urlconf: Any) -> ResolverMatch | None:
        match = self.find_path(request, path_info, urlconf)
        if match is None and self.conf.append_slash and not path_info.endswith("/"):
            match = self.find_path(request, path_info + "/", urlconf)
            if match is not None and not getattr(match.func, "should_append_slash", True):
                return None
        return match

    def find_path(self, request: HttpRequest, path_info: str, urlconf: Any) -> ResolverMatch | None:
        """Return what Django's resolver finds for a path, or None.

        Args:
            request: The request; only its language counts.
            path_info: The path.
            urlconf: A `request.urlconf`; None means the root URLconf.
        """
        urlconf = urlconf or self.conf.root_urlconf
        try:
            language = self._language(request, path_info, urlconf)
            if language is None:
                return get_resolver(urlconf).resolve(path_info)
            with translation.override(language):
                return get_resolver(urlconf).resolve(path_info)
        except Exception:  # noqa: BLE001 - Http404, or an error in a URLconf or converter, which Django reports
            return None

    def _language(self, request: HttpRequest, path_info: str, urlconf: str) -> str | None:
        """Return the language in which a path will be resolved, or None if routes depend on none.

        Mirrors `LocaleMiddleware`, which runs after ours: the active language of the thread is
        still that of the previous request.
        """
        has_prefixes, prefixes_default = is_language_prefix_patterns_used(urlconf)
        if not self.conf.reads_languages:
            return self._language_of_path(path_info) if has_prefixes else None
        if not has_prefixes:
            return translation.get_language_from_request(request)
        from_path = translation.get_language_from_path(path_info)
        if from_path:
            return from_path
        if not prefixes_default:
            return self.conf.language_code
        return translation.get_language_from_request(request)

    def _language_of_path(self, path_info: str) -> str:
        # Django's default language is en-us, which is not among its LANGUAGES.
        if path_info.startswith(f"/{self.conf.language_code}/"):
            return self.conf.language_code
        return translation.get_language_from_path(path_info) or self.conf.language_code

    def find_redirect(self, request: HttpRequest, location: str) -> ResolverMatch | None:
        """Return the view at the target of a redirect, or None if the target is on another host.

        Args:
            request: The request that is redirected.
            location: The `Location` header of the response.
        """
        try:
            target = urlsplit(location)
        except ValueError:
            return None
        host = request.META.get("HTTP_HOST", request.META.get("SERVER_NAME"))
        if target.netloc and target.netloc != host:
            return None
        script_name = request.path.removesuffix(request.path_info)
        path = unquote(target.path)
        if not path.startswith(script_name):
            return None
        path_info = path.removeprefix(script_name)
        return self.find_path(request, path_info, getattr(request, "urlconf", None))
