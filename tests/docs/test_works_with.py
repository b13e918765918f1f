"""The page about packages names the versions that `make packages` installs."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs/reference/works-with.md").read_text(encoding="utf-8")
PINS = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests/packages/requirements").glob("*.txt"))
ROWS = re.findall(r"^\| `([a-z-]+)` \| ([\d.]+) \|", PAGE, flags=re.MULTILINE)


def test_each_version_is_the_pinned_one() -> None:
    pinned = {name.lower().replace("_", "-"): version for name, version in re.findall(r"(\S+)==(\S+)", PINS)}
    assert [(name, version, pinned.get(name)) for name, version in ROWS if pinned.get(name) != version] == []


def test_each_site_has_a_row() -> None:
    sites = {file.stem.replace("_", "-") for file in (ROOT / "tests/packages/sites").glob("*.py")}
    assert {name for name, _ in ROWS} == sites
