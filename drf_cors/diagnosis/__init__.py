"""Find out why a request is blocked: from a question to the causes.

The verdicts are the engine's, and the model browser decides what is blocked. The rules look for the
causes. Each family of rules has a module, with a table of its causes: code, text and next step.
"""

from __future__ import annotations

from drf_cors.diagnosis.case import Query, Step
from drf_cors.diagnosis.diagnosing import Diagnosis, diagnose, server
from drf_cors.diagnosis.dry_run import describe_error

__all__ = ["Diagnosis", "Query", "Step", "describe_error", "diagnose", "server"]
