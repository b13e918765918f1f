"""No link of the documentation leads nowhere, and no page is left out of the map."""

from __future__ import annotations

import os
import re

import pytest

from tests.docs.pages import PAGES, ROOT, Page, codes
from tests.tables import named_rows


@named_rows("page", PAGES)
def test_links_lead_somewhere(page: Page) -> None:
    assert [link for link in page.links if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("docs/index.md", True),
        ("docs", True),
        ("#install", True),
        ("docs/reference/policy.md#faults", True),
        ("docs/nowhere.md", False),
        ("#nowhere", False),
        ("docs/reference/policy.md#nowhere", False),
        ("pyproject.toml#nowhere", False),
    ],
)
def test_a_dead_link_is_found(link: str, leads: bool) -> None:
    assert leads_somewhere(PAGES["README.md"], link) is leads


def test_the_map_names_every_page() -> None:
    index = PAGES["docs/index.md"]
    linked = {target_of(index, link) for link in index.links}
    assert {name for name in PAGES if name.startswith("docs/")} - linked == {index.name}


def leads_somewhere(page: Page, link: str) -> bool:
    _, _, anchor = link.partition("#")
    target = target_of(page, link)
    if anchor:
        return target in PAGES and anchor in PAGES[target].anchors
    return (ROOT / target).exists()


def target_of(page: Page, link: str) -> str:
    """Return what a link leads to, as seen from the root of the repository."""
    path = link.partition("#")[0]
    return os.path.normpath((page.path.parent / path).relative_to(ROOT)) if path else page.name


def test_the_files_that_contributing_names_exist() -> None:
    spans = codes(PAGES["CONTRIBUTING.md"].prose)
    paths = [span for span in spans if re.fullmatch(r"(drf_cors|docs|tests)/[\w/.-]*", span)]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
