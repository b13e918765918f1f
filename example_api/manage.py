"""Run a management command of the example: ``python example_api/manage.py seed``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command that the arguments name."""
    # Python put this file's own directory first; the packages are one above it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_api.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
