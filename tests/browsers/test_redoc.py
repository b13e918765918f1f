"""Redoc, from drf-spectacular-sidecar, shows each operation's policy and its badge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browsers.demo_process import Demo
    from tests.browsers.engines import Engine

# What a visitor reads of each operation: its badges and its extensions. Redoc leaves out the `x-` of their names.
READ_PAGE = """
    const sections = () => [...document.querySelectorAll('[data-section-id*="operation/"]')];
    for (let tries = 0; tries < 600 && sections().length < args[0]; tries++)
        await new Promise((resolve) => setTimeout(resolve, 50));
    const page = Object.fromEntries(sections().map((section) => [
        section.dataset.sectionId.replace(/.*operation\\//, ""),
        {
            badges: [...section.querySelectorAll("h2 > span[color]")].map((badge) => [
                badge.innerText, badge.getAttribute("color"), getComputedStyle(badge).backgroundColor,
            ]),
            extensions: Object.fromEntries([...section.querySelectorAll("span + span")]
                .map((value) => [value.previousElementSibling.innerText.trim(), value.innerText])
                .filter(([name]) => /^[a-z-]+:$/.test(name))),
        },
    ]));
    const schema = await (await fetch("/api/schema/", { headers: { Accept: "application/json" } })).json();
    return { page, schema };
"""


@pytest.fixture
def shown(engine: Engine, demo: Demo, tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the page shows and what the schema says, by the operations' ids."""
    engine.open(f"{demo.api}/api/redoc/")
    found = engine.evaluate_async(READ_PAGE, 25)
    operations = [operation for item in found["schema"]["paths"].values() for operation in item.values()]
    return found["page"], {operation["operationId"]: operation for operation in operations}


def rgb(colour: str) -> str:
    """Return the fallback of a variable that Redoc 2 does not have: `var(--name, #123456)`."""
    fallback = colour.rpartition(", ")[2].rstrip(")")
    channels = (int(fallback[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({', '.join(map(str, channels))})"


def test_each_operation_shows_its_policy_and_its_badge(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    page, operations = shown
    assert len(operations) >= 25
    assert page.keys() == operations.keys()
    for name, operation in operations.items():
        assert json.loads(page[name]["extensions"]["cors-policy:"]) == operation["x-cors-policy"], name
        assert "badges:" not in page[name]["extensions"], name
        ((text, colour, background),) = page[name]["badges"]
        assert [{"name": text, "label": text, "color": colour}] == operation["x-badges"], name
        assert background == rgb(colour), name


def test_badges_tell_the_policies_apart(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    page, _ = shown
    words = {each["badges"][0][0].replace("\xa0", " ") for each in page.values()}
    assert {"any origin", "no CORS", "1 origin", "1 origin + cookies", "2 origins"} <= words
    assert any(word.startswith("dynamic") for word in words)
