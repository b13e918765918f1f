"""Every origin of the demo, in one place: settings, views, front ends and tests take them from here.

An origin is a scheme, a host and a port. The API and both front ends run on one host, so cookies are
same-site between them; their ports make them three origins, so CORS decides what may be read.
"""

from __future__ import annotations

import os

HOST = "127.0.0.1"
API_PORT = int(os.environ.get("DEMO_API_PORT", "8000"))
SHOP_PORT = int(os.environ.get("DEMO_SHOP_PORT", "8001"))
STRANGER_PORT = int(os.environ.get("DEMO_STRANGER_PORT", "8002"))

API = f"http://{HOST}:{API_PORT}"

SHOP_FRONT = f"http://{HOST}:{SHOP_PORT}"
"""The shop's own front end: the one origin that the global settings admit."""

STRANGER = f"http://{HOST}:{STRANGER_PORT}"
"""A site that nobody lists. It gets what any origin gets, and nothing else."""

BACK_OFFICE = "https://office.shop.example"
"""Where the staff keep the catalogue."""

PARTNER = "https://partner.example"
PARTNER_SITES = "https://*.partner.example"
"""A pattern: one or more labels in front of ``.partner.example``."""

GLOBEX = "https://globex.example"
"""The site of the tenant ``globex``. Views never name it: it is seeded into the database."""
