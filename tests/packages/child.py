"""Judge one package in a process of its own: `python -m packages.child NAME` writes JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

if __name__ == "__main__":
    module = import_module(f"packages.sites.{sys.argv[1].replace('-', '_')}")
    sys.stdout.write("\n" + json.dumps(module.package.judge()) + "\n")
