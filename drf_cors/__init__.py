"""CORS policies declared per endpoint for Django REST Framework.

Safe to import inside `settings.py`: nothing here imports REST framework or reads a setting.
"""

from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.policy import INHERITED, NO_CORS, CorsPolicy
from drf_cors.core.verdict import Reason
from drf_cors.decorators import cors
from drf_cors.mixins import CorsPolicyMixin

__all__ = [
    "INHERITED",
    "NO_CORS",
    "CorsConfigurationError",
    "CorsPolicy",
    "CorsPolicyMixin",
    "Reason",
    "cors",
]
