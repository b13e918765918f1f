"""System checks of the settings, the middleware, and the policies of every view of the URLconf.

A check never crashes on a broken project: it reports the error. Ids are stable and documented. REST
framework is not imported. Its classes are recognised by their modules and names.
"""

from drf_cors.checks.exposure import check_exposure
from drf_cors.checks.middleware import check_middleware
from drf_cors.checks.security import check_security
from drf_cors.checks.settings import check_settings
from drf_cors.checks.views import check_views

__all__ = ["check_exposure", "check_middleware", "check_security", "check_settings", "check_views"]
