"""What viewers for OpenAPI schemas show of a policy, without a network: a badge, a line, the extension."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from drf_cors.openapi.optional_extras import COLOURS, with_badge, with_line
from drf_cors.policy_json import KEY
from tests.browsers.viewers import VIEWERS, ViewerMissingError, files_of, serving
from tests.integrations.test_openapi_optional_extras import contrast

if TYPE_CHECKING:
    from tests.browsers.engines import Engine

#: Kind -> the words of a badge.
BADGES = {"none": "no CORS", "any": "any origin", "listed": "1 origin + cookies", "dynamic": "dynamic"}
LINE = "CORS: 3 origins."

#: Viewer -> what it shows: badges, the line in the description, the object of the extension.
SHOWN = {
    "Swagger UI": {"badges": False, "line": True, "policy": True},
    "Redoc 2": {"badges": True, "line": True, "policy": True},
    "Redoc 3": {"badges": True, "line": True, "policy": True},
    "Scalar": {"badges": True, "line": True, "policy": False},
    "RapiDoc": {"badges": True, "line": True, "policy": False},
    "Elements": {"badges": False, "line": True, "policy": False},
}

READ = """
    const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const deep = function* (from) {
        for (const each of from.querySelectorAll("*")) {
            yield each;
            if (each.shadowRoot) yield* deep(each.shadowRoot);
        }
    };
    const texts = () => [...deep(document)].flatMap((each) =>
        [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => [each, node.data]));
    const background = (each) => {
        for (let at = each; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!/^(transparent|rgba\\(0, 0, 0, 0\\))$/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const found = { badges: {} };
    const look = () => {
        const now = {};
        for (const [each, text] of texts()) {
            const name = text.trim();
            if (args[0].includes(name)) (now[name] ??= []).push([getComputedStyle(each).color, background(each)]);
            if (text.includes(args[1])) found.line = true;
            if (text.includes(args[2])) found.policy = true;
        }
        Object.assign(found.badges, now); // a viewer may remove what is not in sight
    };
    const isComplete = () =>
        Object.keys(found.badges).length === (args[3].badges ? args[0].length : 0) &&
        Boolean(found.line) === args[3].line && Boolean(found.policy) === args[3].policy;
    for (let tries = 0; tries < 150 && !isComplete(); tries++) {
        for (const each of deep(document)) {
            const text = each.textContent.trim();
            if (/^(\\+ )?Show$/.test(text) && each.children.length < 3) each.click(); // Redoc 3 opens a tag at a click
        }
        const headings = [...deep(document)].filter((each) =>
            /^operation \\w+$/.test(each.textContent.trim()) && !each.children.length);
        headings[tries % headings.length]?.scrollIntoView();
        await pause(200);
        look();
    }
    return { badges: found.badges, line: Boolean(found.line), policy: Boolean(found.policy) };
"""


def schema() -> dict[str, Any]:
    """Return a schema with an operation for each colour of a badge."""
    paths = {}
    for kind, words in BADGES.items():
        operation = {"operationId": kind, "summary": f"operation {kind}", "responses": {"200": {"description": "ok"}}}
        policy = {"enabled": True, "allowOrigins": ["https://named.example"]}
        described = with_badge(with_line(operation, LINE), words, COLOURS[kind])
        paths[f"/{kind}/"] = {"get": {**described, "tags": ["all"], KEY: policy}}
    return {"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "paths": paths}


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Any:
    """The address of the page of a viewer."""
    viewer = VIEWERS[request.param]
    try:
        files = files_of(viewer, request.config.cache.mkdir("viewers"))
    except ViewerMissingError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    with serving(viewer, files, schema()) as address:
        yield address


def hexadecimal(colour: str) -> str:
    return "#" + "".join(f"{int(channel):02x}" for channel in re.findall(r"\d+", colour)[:3])


@pytest.mark.parametrize(("page", "viewer"), [(name, name) for name in VIEWERS], indirect=["page"], ids=VIEWERS)
def test_what_a_viewer_shows(engine: Engine, page: str, viewer: str) -> None:
    engine.open(page)
    names = [words.replace(" ", "\xa0") for words in BADGES.values()]
    found = engine.evaluate_async(READ, names, LINE, "https://named.example", SHOWN[viewer])

    assert set(found["badges"]) == (set(names) if SHOWN[viewer]["badges"] else set())
    assert (found["line"], found["policy"]) == (SHOWN[viewer]["line"], SHOWN[viewer]["policy"])
    if viewer.startswith("Redoc"):
        for name, places in found["badges"].items():
            for text, background in places:
                assert contrast(hexadecimal(text), hexadecimal(background)) >= 4.5, (name, text, background)
