"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# The same examples each time, so that coverage and time are the same each time.
# `HYPOTHESIS_PROFILE=random make test` looks for new ones.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("random", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
