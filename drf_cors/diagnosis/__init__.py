"""Why a request is blocked: from one question to the causes.

The verdict is the engine's, and what a browser makes of the answers is the model browser's; here is only looked for
what lies behind them. What is said of a cause stands in `drf_cors.explain`.
"""

from __future__ import annotations

from drf_cors.diagnosis.case import Query, Step
from drf_cors.diagnosis.diagnosing import Diagnosis, diagnose, server
from drf_cors.diagnosis.dry_run import describe_error

__all__ = ["Diagnosis", "Query", "Step", "describe_error", "diagnose", "server"]
