"""The CORS inspector in Swagger UI, as a reader meets it: in real browsers, with mouse, keyboard and screen reader."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode

import pytest

from tests.browsers.docs_process import SIDECARS, DocsSite
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browsers.engines import Engine

SHOP = "http://127.0.0.1:8001"  # the front end of the example API
OFFICE = "https://office.shop.example"
STRANGER = "https://stranger.example"
PHONE = (360, 800)
DESKTOP = (1280, 900)

#: What the scripts below share. Badges are read as a reader sees them: the sign and what is only heard left out.
TOOLS = """
    const all = (selector, from = document) => [...from.querySelectorAll(selector)];
    const one = (selector, from = document) => from.querySelector(selector);
    const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const until = async (condition, what) => {
        for (let waited = 0; waited < 20000; waited += 50) {
            const value = condition();
            if (value) return value;
            await pause(50);
        }
        throw new Error(`waited in vain for ${what}`);
    };
    const block = (method, path) => all(".opblock").find((each) =>
        one(".opblock-summary-method", each).textContent === method && one("[data-path]", each).dataset.path === path);
    const badgeIn = (each) => one(".opblock-summary .drf-cors-badge", each)?.lastChild.textContent ?? null;
    const badges = () => Object.fromEntries(all(".opblock").map((each) => [
        `${one(".opblock-summary-method", each).textContent} ${one("[data-path]", each).dataset.path}`, badgeIn(each),
    ]));
    const count = () => one(".drf-cors-count")?.textContent ?? "";
    const counted = () => until(() => count().includes(" open to "), "a count");
    const ready = () => until(() => all(".opblock").length && (one(".drf-cors-badge") || args[0] === "plain"), "rows");
    const write = (selector, text) => {
        // As typing does: React listens for the event, and looks at the element's own value.
        const field = one(selector);
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
        field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
    };
    const ask = async (origin) => {
        write("#drf-cors-origin", origin);
        one(".drf-cors-box form").requestSubmit();
        await until(() => count().endsWith(`open to ${origin}`) || count().includes(`open to ${origin};`), "an answer");
    };
    const opened = async (method, path) => {
        const each = block(method, path);
        if (!each.classList.contains("is-open")) one(".opblock-summary-control", each).click();
        return until(() => one(".drf-cors-panel", block(method, path)), "a panel");
    };
    const facts = (panel) => Object.fromEntries(all("tr[data-field]", panel).map((row) => [
        row.dataset.field, [...row.children].slice(1).map((cell) => cell.textContent.trim()),
    ]));
"""


def run(engine: Engine, body: str, *args: Any) -> Any:
    return engine.evaluate_async(TOOLS + body, *args)


def show(engine: Engine, docs: DocsSite, path: str = "/api/docs/", size: tuple[int, int] = DESKTOP) -> None:
    """Open a page as a new visitor, and wait for its operations."""
    engine.resize(*size)
    engine.open(f"{docs.origin}/-/empty/")
    engine.evaluate_async("localStorage.clear()")
    engine.console_messages()
    engine.open(f"{docs.origin}{path}")
    run(engine, "await ready()", "plain" if path == "/plain/" else "")


# Badges


@pytest.mark.parametrize(
    "path",
    [
        "/api/docs/",
        "/split/",
        "/own-template/",
        "/without-explain/",
        "/without-filter/",
        "/summary/",
        "/elsewhere/",
        "/mounted/api/docs/",
        "/csp/nonce/",
        "/csp/split/",
    ],
)
def test_every_operation_has_the_badge_of_what_the_resolver_finds(engine: Engine, docs: DocsSite, path: str) -> None:
    show(engine, docs, path)
    shown = run(engine, "return badges()")

    assert shown == docs.get("/-/expected/")
    assert len(set(shown.values())) >= 5
    assert engine.console_messages() == []


def test_trimmed_paths_have_the_badges_too(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, "/trimmed/")
    wanted = docs.get("/-/expected/")
    assert run(engine, "return badges()") == {key.replace(" /api/", " /"): badge for key, badge in wanted.items()}
    curl = run(engine, 'return one(".drf-cors-curl code", await opened("GET", "/catalogue/{id}/")).textContent')
    assert f"'{docs.origin}/api/catalogue/1/'" in curl
    turned = run(engine, "await ask(args[0]); return [badges(), count()]", STRANGER)
    assert turned[0]["GET /catalogue/"] == "allowed"
    assert turned[0]["POST /catalogue/"] == "blocked: origin"
    assert turned[1].startswith(f"3 of {len(wanted)} operations open to ")


def test_behind_a_script_prefix_the_box_finds_the_server(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, "/mounted/api/docs/")
    assert run(engine, "await ask(args[0]); return badgeIn(block('GET', '/api/status/'))", STRANGER) == "allowed"
    assert run(engine, "return one('[data-explain-url]').dataset.explainUrl") == "/mounted/api/docs/cors/"


@pytest.mark.parametrize("version", SIDECARS)
def test_other_versions_of_swagger_ui_show_all_parts(engine: Engine, docs: DocsSite, version: str) -> None:
    if version not in docs.versions:
        assert os.environ.get("CI") != "true", "pip could not fetch it"
        pytest.skip("pip could not fetch it")
    show(engine, docs, f"/version/{version}/")
    assert f"/ui/{version}/" in run(engine, "return one('script').src")
    assert run(engine, "return badges()") == docs.get("/-/expected/")
    assert run(engine, "await ask(args[0]); return badgeIn(all('.opblock')[0])", STRANGER) == "allowed"
    assert set(run(engine, 'return facts(await opened("POST", "/api/catalogue/"))')) >= {"allowOrigins", "maxAge"}
    assert engine.console_messages() == []


def test_without_the_plugin_the_page_is_as_ever(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, "/plain/")
    assert run(engine, "return all('.drf-cors-badge, .drf-cors-box, .drf-cors-panel').length") == 0
    assert run(engine, "return all('.opblock').length") == len(docs.get("/-/expected/"))


def test_a_page_that_does_not_know_the_explain_view_has_no_box(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, "/without-explain/?cors-origin=https://shop.example")
    assert run(engine, "return [all('.drf-cors-box').length, all('.drf-cors-badge').length > 0]") == [0, True]
    assert engine.console_messages() == []


@pytest.mark.parametrize("script", ["words.js", "policy.js", "state.js", "plugin.js", "attach.js"])
def test_a_script_of_ours_that_does_not_come_takes_nothing_along(engine: Engine, docs: DocsSite, script: str) -> None:
    engine.open(f"{docs.origin}/incomplete/{script}/")
    run(engine, "await ready()", "plain")
    assert run(engine, "return all('[class*=drf-cors]').length") == 0
    assert run(engine, "return all('.opblock').length") == len(docs.get("/-/expected/"))
    engine.console_messages()


def test_what_is_no_policy_is_not_shown_as_one(engine: Engine, docs: DocsSite) -> None:
    """Something else under our key, and markup in the schema, is neither a fault of the page nor code."""
    show(engine, docs, "/strange/", DESKTOP)
    shown = run(
        engine,
        """
        const shown = badges();
        for (const each of all(".opblock")) one(".opblock-summary-control", each).click();
        await until(() => one(".drf-cors-panel"), "a panel");
        await pause(300);
        const offered = all("#drf-cors-known-origins option").map((each) => each.value);
        return [shown, all(".drf-cors-panel").length, offered, all("[class*=drf-cors] :is(img, script)").length];
        """,
    )
    assert shown == [
        {**{f"GET /{number}/": None for number in range(9)}, "GET /<img src=x>/": "2 origins"},
        1,
        ["<img src=x>", "https://a.example"],
        0,
    ]
    assert engine.console_messages() == []


def test_a_fault_in_one_of_our_parts_leaves_the_others(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    left = run(
        engine,
        """
        ui.corsActions.corsChosen({ choice: { origin: "https://a.example" } });  // not all that a choice has
        await until(() => !one(".drf-cors-box"), "no box");
        return [all(".opblock").length, all(".drf-cors-badge").length];
        """,
    )
    assert left == [len(docs.get("/-/expected/"))] * 2
    assert engine.console_messages() or engine.name == "webkit"  # whose driver does not tell


@pytest.fixture(scope="module")
def how_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocsSite]:
    folder = tmp_path_factory.mktemp("how-to")
    with DocsSite.running(folder, {}, "tests.browsers.how_to_site") as running:
        yield running


def test_the_lines_of_the_how_to_are_enough(engine: Engine, how_to: DocsSite) -> None:
    engine.resize(*DESKTOP)
    engine.console_messages()
    engine.open(f"{how_to.origin}/api/docs/")
    before, after, count = run(
        engine,
        """
        await ready();
        const before = badges();
        await ask(args[0]);
        return [before, badges(), count()];
        """,
        "https://shop.example",
    )
    assert before == {"GET /api/schema/": "no CORS", "GET /api/status/": "1 origin"}
    assert after == {"GET /api/schema/": "blocked: origin", "GET /api/status/": "allowed"}
    assert count == "1 of 2 operations open to https://shop.example"
    assert engine.console_messages() == []


# Panels


def test_the_panel_tells_each_field_with_its_source(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    assert run(engine, 'return facts(await opened("POST", "/api/catalogue/"))') == {
        "allowOrigins": [OFFICE, "CatalogueViewSet.cors_action_policies['create']"],
        "allowCredentials": ["from every origin above", "CatalogueViewSet.cors_action_policies['create']"],
        "allowMethods": ["POST", "CatalogueViewSet.cors_action_policies['create']"],
        "allowHeaders": [
            "accept authorization content-type user-agent x-csrftoken x-requested-with",
            "drf_cors.defaults",
        ],
        "exposeHeaders": ["X-Request-Id", "settings.CORS_EXPOSE_HEADERS"],
        "maxAge": ["3600 seconds", "settings.CORS_PREFLIGHT_MAX_AGE"],
    }
    notes = run(engine, "return all('.drf-cors-notes li').map((each) => each.textContent)")
    assert notes == ["A script may send the visitor's cookies along, and read what the visitor may read."]
    # The panel says it; a row of JSON would say it twice.
    assert "x-cors-" not in run(engine, "return one('.opblock.is-open').textContent")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/catalogue/"),
        ("POST", "/api/catalogue/"),
        ("PATCH", "/api/catalogue/{id}/"),
        ("GET", "/api/orders/{id}/"),
        ("POST", "/api/orders/{id}/cancel/"),
        ("GET", "/api/status/"),
        ("DELETE", "/api/session/"),
        ("PATCH", "/api/profile/"),
    ],
)
def test_the_panel_lists_the_methods_that_the_wire_names(
    engine: Engine, docs: DocsSite, method: str, path: str
) -> None:
    show(engine, docs)
    cells = run(engine, "return facts(await opened(...args))", method, path)
    listed = cells["allowOrigins"][0].split()
    origin = listed[0] if listed[0].startswith("http") else STRANGER
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    preflight = urllib.request.Request(f"{docs.origin}{path.replace('{id}', '1')}", headers=headers, method="OPTIONS")
    with urllib.request.urlopen(preflight, timeout=60) as response:
        named = response.headers["Access-Control-Allow-Methods"].split(", ")
    assert cells["allowMethods"][0].split() == named


def test_a_closed_operation_tells_who_closed_it_and_no_more(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    assert run(engine, 'return facts(await opened("GET", "/api/internal/report/"))') == {
        "allowOrigins": ["nobody", "ReportView.cors_policy"]
    }


def test_of_a_long_list_the_first_are_shown_and_the_others_are_a_click_away(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, "/strange/long/")
    shown = run(
        engine,
        """
        one(".opblock-summary-control", all(".opblock").at(-1)).click();
        const cell = one("[data-field=allowOrigins] td", await until(() => one(".drf-cors-panel"), "a panel"));
        const seen = () => all("code", cell).filter((each) => each.checkVisibility()).length;
        const [folded, summary] = [seen(), one("summary", cell)];
        summary.click();
        await pause(50);
        return [folded, summary.textContent, seen()];
        """,
    )
    assert shown == [12, "88 more", 100]


def test_a_summary_names_no_origin(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, "/summary/")
    found = run(engine, 'return facts(await opened("POST", "/api/orders/{id}/cancel/"))')
    assert [found["allowOrigins"][0], found["allowOriginPatterns"][0]] == ["1 listed", "1 listed"]
    assert "partner.example" not in run(engine, "return document.body.textContent")


def test_the_commands_are_what_a_browser_sends(engine: Engine, docs: DocsSite) -> None:
    show(
        engine,
        docs,
        f"/api/docs/?cors-origin={OFFICE}&cors-header=X-Trace:%20on&cors-header=Accept&cors-credentials=true",
    )
    preflight, request = run(
        engine,
        """
        const panel = await opened("PUT", "/api/catalogue/{id}/");
        one(".drf-cors-requests summary", panel).click();
        await until(() => panel.textContent.includes('"price"'), "a body");
        return all(".drf-cors-curl code", panel).map((each) => each.textContent);
        """,
    )
    assert preflight.split(" \\\n  ") == [
        f"curl -i -X OPTIONS '{docs.origin}/api/catalogue/1/'",
        f"-H 'Origin: {OFFICE}'",
        "-H 'Access-Control-Request-Method: PUT'",
        "-H 'Access-Control-Request-Headers: content-type,x-trace'",
    ]
    *options, body = request.split(" \\\n  ")
    assert options == [
        f"curl -i -X PUT '{docs.origin}/api/catalogue/1/'",
        f"-H 'Origin: {OFFICE}'",
        "-H 'X-Trace: on'",
        "-H 'Accept: …'",
        "--cookie 'sessionid=…'",
        "-H 'Content-Type: application/json'",
    ]
    assert set(json.loads(body.removeprefix("--data-raw '").removesuffix("'"))) == {"name", "price"}


def test_the_commands_do_in_a_shell_what_the_badge_says(engine: Engine, docs: DocsSite) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    show(engine, docs, f"/api/docs/?cors-origin={OFFICE}")
    for operation, badge, headers in [
        (["POST", "/api/catalogue/"], "allowed", [f"Access-Control-Allow-Origin: {OFFICE}"]),
        (["POST", "/api/token/"], "blocked: origin", []),
    ]:
        commands = run(
            engine,
            """
            await counted();
            const panel = await opened(...args);
            await until(() => /--data-raw '{\\s|--data-urlencode/.test(panel.textContent), "a body");
            return [badgeIn(block(...args)), ...all(".drf-cors-curl code", panel).map((each) => each.textContent)];
            """,
            *operation,
        )
        assert commands.pop(0) == badge
        for command in commands:
            answer = subprocess.run(["sh", "-c", f"{command} --silent"], capture_output=True, text=True, check=True)
            assert [line for line in answer.stdout.splitlines() if "Allow-Origin" in line] == headers
    assert "400" in answer.stdout.splitlines()[0]  # read, and refused as no user's


def test_each_body_is_sent_as_its_type_wants_it(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    asked = {"url": "http://a", "method": "POST", "origin": OFFICE, "headers": [], "credentials": False}
    sent = {
        type_: run(engine, "return DrfCors.policy.curl(args[0]).request", {**asked, "contentType": type_, "body": body})
        for type_, body in [
            ("application/json", '["it\'s"]'),
            ("application/x-www-form-urlencoded", '{"name": "@a b", "tags": [1]}'),
            ("multipart/form-data", '{"name": "@/etc/passwd"}'),
            ("multipart/mixed", "no object"),
        ]
    }
    assert {type_: text.split(" \\\n  ")[2:] for type_, text in sent.items()} == {
        "application/json": ["-H 'Content-Type: application/json'", """--data-raw '["it'\\''s"]'"""],
        "application/x-www-form-urlencoded": ["--data-urlencode 'name=@a b'", "--data-urlencode 'tags=[1]'"],
        "multipart/form-data": ["--form-string 'name=@/etc/passwd'"],
        "multipart/mixed": ["-H 'Content-Type: multipart/mixed'"],
    }


#: What a terminal obeys, or what shows a text in another order: C0, DEL, C1, separators of lines and paragraphs, and
#: the controls of bidirectional text.
CONTROLS = "".join(
    map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)])
)


@pytest.mark.parametrize("way", ["a link", "the storage", "the fields"])
def test_control_characters_do_not_reach_a_command(engine: Engine, docs: DocsSite, way: str) -> None:
    origin, trace, accept = f"{OFFICE}{CONTROLS}", f"X-{CONTROLS}Trace", f"Accept: {CONTROLS}text/{CONTROLS}html"
    query = urlencode([("cors-origin", origin), ("cors-header", trace), ("cors-header", accept)])
    show(engine, docs)
    if way == "a link":
        engine.open(f"{docs.origin}/api/docs/?{query}")
    elif way == "the storage":
        run(engine, "localStorage.setItem('drf-cors:/api/docs/', args[0])", query)
        engine.open(f"{docs.origin}/api/docs/")
    else:
        run(
            engine,
            """
            write("#drf-cors-headers", args[1]);
            await pause(50);
            write("#drf-cors-origin", args[0]);
            await pause(50);
            one(".drf-cors-box form").requestSubmit();
            """,
            origin,
            f"{trace}, {accept}",
        )

    address, stored, fields, commands = run(
        engine,
        """
        await ready();
        await counted();
        const panel = await opened("GET", "/api/status/");
        const fields = [one("#drf-cors-origin").value, one("#drf-cors-headers").value];
        const commands = all(".drf-cors-curl code", panel).map((each) => each.textContent);
        return [location.search, localStorage.getItem("drf-cors:/api/docs/"), fields, commands];
        """,
    )

    assert fields == [OFFICE, "X-Trace, Accept: text/html"]
    assert address.removeprefix("?") == stored
    assert parse_qs(stored) == {"cors-origin": [OFFICE], "cors-header": ["X-Trace", "Accept: text/html"]}
    assert [command.split(" \\\n  ") for command in commands] == [
        [
            f"curl -i -X OPTIONS '{docs.origin}/api/status/'",
            f"-H 'Origin: {OFFICE}'",
            "-H 'Access-Control-Request-Method: GET'",
            "-H 'Access-Control-Request-Headers: x-trace'",
        ],
        [
            f"curl -i -X GET '{docs.origin}/api/status/'",
            f"-H 'Origin: {OFFICE}'",
            "-H 'X-Trace: …'",
            "-H 'Accept: text/html'",
        ],
    ]


def test_a_command_is_its_own_last_guard(engine: Engine, docs: DocsSite) -> None:
    """Whatever the writer of commands is given, a shell reads it as the arguments of one curl."""
    nasty = "a'b \"c\" $(echo d) `echo e` \\ ; & | < > * ? ! # ~ {f,g} '' \\'"
    show(engine, docs)
    made = run(
        engine,
        "return DrfCors.policy.curl(args[0])",
        {
            "url": f"http://a/{nasty}{CONTROLS}",
            "method": f"GET;{nasty}{CONTROLS}",
            "origin": nasty + CONTROLS,
            "headers": [
                f"X-Key{CONTROLS} : {CONTROLS}{nasty}",
                "@/etc/hostname",
                "two words: x",
                ": no name",
                "X-It's",
            ],
            "credentials": False,
            "contentType": f"text/plain{CONTROLS}",
            "body": f"{nasty}\n\tsecond line{CONTROLS}",
            "asked": [f"x-key{CONTROLS}", nasty],
        },
    )

    def arguments(command: str) -> list[str]:
        script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"
        return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split("\0")[:-1]

    assert arguments(made["preflight"]) == [
        *("-i", "-X", "OPTIONS", f"http://a/{nasty}"),
        *("-H", f"Origin: {nasty}"),
        *("-H", f"Access-Control-Request-Method: GET;{nasty}"),
        *("-H", f"Access-Control-Request-Headers: x-key,{nasty}"),
    ]
    assert arguments(made["request"]) == [
        *("-i", "-X", f"GET;{nasty}", f"http://a/{nasty}"),
        *("-H", f"Origin: {nasty}"),
        *("-H", f"X-Key: {nasty}"),
        *("-H", "X-It's: …"),
        *("-H", "Content-Type: text/plain"),
        *("--data-raw", f"{nasty}\n\tsecond line\t\n"),
    ]


def test_addresses_have_what_they_must_have(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    parameters = [
        {"in": "path", "name": "id", "schema": {"type": "string", "format": "uuid"}},
        {"in": "query", "name": "q", "required": True, "example": "a&b"},
        {"in": "query", "name": "page", "schema": {"type": "integer"}},
    ]
    filled = run(engine, "return DrfCors.policy.filled('/a/{id}/{other}/', args[0])", parameters)
    assert filled == "/a/00000000-0000-4000-8000-000000000000/other/?q=a%26b"


def test_a_command_is_copied_or_else_selected(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    copied, said, selected, said_then = run(
        engine,
        """
        const panel = await opened("GET", "/api/status/");
        one(".drf-cors-requests summary", panel).click();
        const button = one(".drf-cors-curl button", panel);
        let written = null;
        const clipboard = { writeText: async (text) => { written = text; } };
        Object.defineProperty(navigator, "clipboard", { configurable: true, get: () => clipboard });
        button.click();
        const said = await until(() => one(".drf-cors-curl__said", panel).textContent, "a word");
        Object.defineProperty(navigator, "clipboard", { configurable: true, get: () => undefined });
        button.click();
        await until(() => one(".drf-cors-curl__said", panel).textContent !== said, "another word");
        return [written, said, String(getSelection()), one(".drf-cors-curl__said", panel).textContent];
        """,
    )
    assert copied.startswith("curl -i -X OPTIONS")
    assert (said, said_then) == ("Copied", "Select the text to copy it")
    assert selected.replace("\n", "") == copied.replace("\n", "")


# The origin box


def test_an_origin_turns_every_badge_and_counts(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    before = run(engine, "return badges()")
    for origin in (SHOP, OFFICE, STRANGER):
        answer = docs.get(f"/api/docs/cors/?origin={origin}")
        shown = run(engine, "await ask(args[0]); return badges()", origin)
        assert {key: text.partition(":")[0] for key, text in shown.items()} == {
            f"{each['method']} {each['path']}": each["verdict"] for each in answer["operations"]
        }
        count = answer["counts"]
        wanted = f"{count['allowed']} of {count['total']} operations open to {origin}"
        assert run(engine, "return count()").split(";")[0] == wanted
    assert shown["DELETE /api/catalogue/{id}/"] == "blocked: origin"
    assert shown["GET /api/widgets/{tenant}/"] == "depends"
    assert shown["GET /api/catalogue/"] == "allowed"

    again = run(engine, "one('.drf-cors-buttons button:last-child').click(); await pause(100); return badges()")
    assert again == before
    assert engine.console_messages() == []


def test_known_origins_are_offered_and_picking_one_asks(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    offered = run(engine, "return all('#drf-cors-known-origins option').map((each) => each.value)")
    assert offered == [SHOP, OFFICE, "https://partner.example"]
    run(
        engine,
        """
        const field = one("#drf-cors-origin");
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, args[0]);
        field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
        await counted();
        """,
        OFFICE,
    )
    assert f"open to {OFFICE}" in run(engine, "return count()")


def test_the_page_says_what_trying_it_out_tests(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    hint = run(engine, "return one('.drf-cors-hint').textContent")
    assert hint == f"This page has the same origin as the API ({docs.origin}), so “Try it out” does not test CORS."

    show(engine, docs, "/elsewhere/")
    hint = run(engine, "return one('.drf-cors-hint').textContent")
    assert f"This page ({docs.origin}) calls the API at another origin (https://api.shop.example)" in hint
    offered = run(engine, "return all('#drf-cors-known-origins option').map((each) => [each.value, each.label])")
    assert offered[0] == [docs.origin, "this page"]
    curl = run(engine, 'return one(".drf-cors-curl code", await opened("GET", "/api/status/")).textContent')
    assert "'https://api.shop.example/v1/api/status/'" in curl


def test_the_choice_survives_reload_and_stands_in_the_address(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    address = run(
        engine,
        """
        await opened("GET", "/api/status/");
        write("#drf-cors-headers", "X-One, x-two");
        one("#drf-cors-credentials").click();
        await ask(args[0]);
        return location.href;
        """,
        OFFICE,
    )
    query = "?cors-origin=https%3A%2F%2Foffice.shop.example&cors-header=X-One&cors-header=x-two&cors-credentials=true"
    assert address == f"{docs.origin}/api/docs/{query}#/api/api_status_retrieve"

    seen = """
        await ready();
        await counted();
        const field = (name) => one(`#drf-cors-${name}`);
        return [field("origin").value, field("headers").value, field("credentials").checked, badges()];
    """
    engine.open(f"{docs.origin}/api/docs/")  # from what is stored
    stored = run(engine, seen)
    assert stored[:3] == [OFFICE, "X-One, x-two", True]
    run(engine, "localStorage.clear()")
    engine.open(address)  # from the address, as a colleague who was sent it
    assert run(engine, seen) == stored

    engine.open(f"{docs.origin}/api/docs/?cors-origin={STRANGER}")
    assert run(engine, seen)[:3] == [STRANGER, "", False]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "'x' is no origin."),
        (403, "The server does not tell you: log in, or ask for permission."),
        (404, "The server does not know this page's question: is CorsExplainView in the URLconf?"),
        (429, "Too many questions: try again in 7 seconds."),
        (502, "The server answered with status 502, which is no verdict."),
    ],
)
def test_an_error_is_told_in_words_and_the_page_stays_usable(
    engine: Engine, docs: DocsSite, status: int, said: str
) -> None:
    show(engine, docs, f"/error/{status}/")
    before = run(engine, "return badges()")
    shown = run(
        engine,
        """
        write("#drf-cors-origin", "https://x");
        one(".drf-cors-box form").requestSubmit();
        return until(() => one(".drf-cors-error").textContent, "an error");
        """,
    )
    assert shown == said
    assert run(engine, "return badges()") == before
    assert run(engine, "return one('#drf-cors-origin').getAttribute('aria-describedby')") == "drf-cors-error"


@pytest.mark.parametrize(
    "typed", ["https://office.shop.example/", " HTTPS://Office.Shop.example:443/orders?page=2#top "]
)
def test_an_address_is_taken_for_its_origin(engine: Engine, docs: DocsSite, typed: str) -> None:
    show(engine, docs)
    seen = """
        await counted();
        return [one("#drf-cors-origin").value, count().split(";")[0].split(" ").pop()];
    """
    submit = "write('#drf-cors-origin', args[0]); one('.drf-cors-box form').requestSubmit();"
    assert run(engine, submit + seen, typed) == [OFFICE, OFFICE]
    engine.open(f"{docs.origin}/api/docs/?cors-origin={quote(typed)}")
    assert run(engine, "await ready();" + seen) == [OFFICE, OFFICE]


@pytest.mark.parametrize("typed", ["", "office.shop.example", "localhost:3000"])
def test_an_origin_is_asked_for(engine: Engine, docs: DocsSite, typed: str) -> None:
    show(engine, docs)
    said, focused = run(
        engine,
        """
        write("#drf-cors-origin", args[0]);
        one(".drf-cors-buttons button").click();
        const said = await until(() => one(".drf-cors-error").textContent, "an error");
        return [said, document.activeElement.id];
        """,
        typed,
    )
    assert said == "Type an origin with its scheme, such as https://shop.example."
    assert focused == "drf-cors-origin"
    assert run(engine, MARKS) == {"drf-cors-origin": [True, True], "drf-cors-headers": [False, False]}


#: Of each field, whether it is marked as wrong, and whether the complaint belongs to it.
MARKS = """
    return Object.fromEntries(["drf-cors-origin", "drf-cors-headers"].map((id) => [id, [
        one(`#${id}`).getAttribute("aria-invalid") === "true",
        one(`#${id}`).getAttribute("aria-describedby") === "drf-cors-error",
    ]]));
"""


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("X Key", "X Key"),
        ("X-Fine, X Key: 1", "X Key"),
        ("X-Fine,X-Ü", "X-Ü"),
        ("header=X-Key", "header=X-Key"),
    ],
)
def test_a_wrong_header_marks_its_own_field(engine: Engine, docs: DocsSite, typed: str, wrong: str) -> None:
    show(engine, docs)
    said, focused = run(
        engine,
        """
        write("#drf-cors-origin", "https://x.example");
        write("#drf-cors-headers", args[0]);
        one(".drf-cors-buttons button").click();
        const said = await until(() => one(".drf-cors-error").textContent, "an error");
        return [said, document.activeElement.id];
        """,
        typed,
    )
    assert said == f"“{wrong}” is not the name of a header. Type names such as X-Request-Id, with commas between them."
    assert focused == "drf-cors-headers"
    assert run(engine, MARKS) == {"drf-cors-origin": [False, False], "drf-cors-headers": [True, True]}

    mended = run(engine, "write('#drf-cors-headers', 'X-Key'); await ask('https://x.example');" + MARKS)
    assert mended == {"drf-cors-origin": [False, False], "drf-cors-headers": [False, False]}
    assert run(engine, "return one('.drf-cors-error').textContent") == ""


def test_a_wrong_header_in_a_link_marks_its_own_field(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, f"/api/docs/?cors-origin={quote(OFFICE)}&cors-header=X%20Key")
    said = run(engine, "return until(() => one('.drf-cors-error').textContent, 'an error')")
    assert said == "'X Key' is not the name of a header. Write a name such as X-Request-Id."
    assert run(engine, MARKS) == {"drf-cors-origin": [False, False], "drf-cors-headers": [True, True]}


@pytest.mark.parametrize("field", ["origin", "headers"])
def test_verdicts_on_an_earlier_choice_are_dimmed(engine: Engine, docs: DocsSite, field: str) -> None:
    show(engine, docs)
    opacities = """
        const opacity = (selector) =>
            [...new Set(all(selector).map((each) => Number(getComputedStyle(each).opacity)))];
        return [".opblock-summary .drf-cors-badge", ".drf-cors-verdict", ".drf-cors-count"].map(opacity);
    """
    run(engine, "await ask(args[0]); await opened('GET', '/api/catalogue/')", OFFICE)
    before = run(engine, "return badges()")
    assert run(engine, opacities) == [[1], [1], [1]]

    run(
        engine,
        "write(args[0], 'x y'); one('.drf-cors-box form').requestSubmit(); await pause(300)",
        f"#drf-cors-{field}",
    )
    assert run(engine, "return badges()") == before
    for (opacity,) in run(engine, opacities):
        assert opacity < 1
    assert run(engine, "return count()").startswith("Not for what is typed now: ")

    run(engine, "write('#drf-cors-headers', ''); await ask(args[0])", STRANGER)
    assert run(engine, opacities) == [[1], [1], [1]]
    assert engine.console_messages() == []


@pytest.mark.parametrize(
    ("method", "path", "origin", "said"),
    [
        (
            "GET",
            "/api/orders/{id}/",
            STRANGER,
            "Add 'https://stranger.example' to allowed_origins of OrderViewSet.cors_policy.",
        ),
        (
            "GET",
            "/api/profile/",
            STRANGER,
            (
                "Declare a policy for this operation with 'https://stranger.example' in allowed_origins; "
                "in settings.CORS_ALLOWED_ORIGINS it would be allowed everywhere."
            ),
        ),
    ],
)
def test_what_to_do_names_the_policy(
    engine: Engine, docs: DocsSite, method: str, path: str, origin: str, said: str
) -> None:
    show(engine, docs)
    text = run(engine, "await ask(args[0]); return (await opened(args[1], args[2])).textContent", origin, method, path)
    assert f"What to do: {said}" in text


def test_a_late_answer_does_not_replace_a_newer_one(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    count = run(
        engine,
        """
        const real = window.fetch;
        window.fetch = async (request, ...rest) => {
            const url = String(request.url ?? request);
            if (url.includes("stranger")) await pause(800);
            return real(request, ...rest);
        };
        write("#drf-cors-origin", "https://stranger.example");
        one(".drf-cors-box form").requestSubmit();
        await pause(50);
        await ask(args[0]);
        await pause(1200);
        window.fetch = real;
        return count();
        """,
        OFFICE,
    )
    assert f"open to {OFFICE}" in count


def test_the_server_is_asked_again_when_the_schema_comes_anew(engine: Engine, docs: DocsSite) -> None:
    """As after logging in under "Authorize": another user may see other operations."""
    show(engine, docs)
    asked = run(
        engine,
        """
        await ask(args[0]);
        const questions = () => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/cors/?"));
        const before = questions().length;
        ui.specActions.download();
        await until(() => questions().length > before, "another question");
        await counted();
        return [before, questions().length];
        """,
        OFFICE,
    )
    assert asked == [1, 2]


# Content Security Policy


@pytest.mark.parametrize("path", ["/csp/nonce/", "/csp/split/"])
def test_a_strict_policy_is_not_violated(engine: Engine, docs: DocsSite, path: str) -> None:
    docs.get("/-/reports/")
    show(engine, docs, path)
    run(
        engine,
        """
        await ask(args[0]);
        const panel = await opened("POST", "/api/catalogue/");
        one(".drf-cors-requests summary", panel).click();
        await pause(500);
        """,
        OFFICE,
    )
    assert docs.get("/-/reports/") == []
    assert engine.console_messages() == []


def test_a_violation_would_be_seen(engine: Engine, docs: DocsSite) -> None:
    """The page with an inline script, under a policy that has no nonce for it."""
    docs.get("/-/reports/")
    engine.open(f"{docs.origin}/csp/broken/")
    run(engine, "await pause(1500)")
    assert run(engine, "return all('.opblock').length") == 0
    assert docs.get("/-/reports/")
    engine.console_messages()


# For everyone


def axe() -> str:
    package = importlib.util.find_spec("axe_core_python")
    if package is None or package.origin is None:
        pytest.skip("not installed: pip install axe-core-python")
    return Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")


#: Opens a panel of each kind, chooses an origin or none, and lets axe look at our parts.
EXAMINE = """
    const include = [[".drf-cors-box"], [".drf-cors-panel"], [".drf-cors-badge"]];
    for (const [method, path] of [["POST", "/api/catalogue/"], ["GET", "/api/internal/report/"],
                                  ["GET", "/api/widgets/{tenant}/"], ["GET", "/api/catalogue/"]]) {
        const panel = await opened(method, path);
        const commands = one(".drf-cors-requests", panel);
        if (!commands.open) one("summary", commands).click();
    }
    await pause(300);
    const found = await axe.run({ include }, { resultTypes: ["violations", "incomplete"] });
    const told = (each) => each.nodes.map((node) => `${each.id}: ${node.target} ${node.failureSummary}`);
    return [found.violations.flatMap(told), found.incomplete.flatMap(told), found.passes.map((each) => each.id)];
"""


@named_rows(
    "origin, typed",
    {"policies": ("", ""), "verdicts": (OFFICE, ""), "earlier verdicts": (OFFICE, "no origin")},
)
@named_rows("size", {"desktop": DESKTOP, "phone": PHONE})
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(
    engine: Engine, docs: DocsSite, scheme: str, size: tuple[int, int], origin: str, typed: str
) -> None:
    show(engine, docs, f"/api/docs/?cors-origin={origin}" if origin else "/api/docs/", size)
    run(engine, "document.documentElement.classList.toggle('dark-mode', args[0] === 'dark')", scheme)
    engine.evaluate_async(axe())
    if origin:
        run(engine, "await counted()")
    if typed:
        run(engine, "write('#drf-cors-origin', args[0]); one('.drf-cors-box form').requestSubmit();", typed)

    violations, incomplete, passed = run(engine, EXAMINE)

    assert violations == []
    # The signs are beside words of the same colour.
    assert [each for each in incomplete if "contrast" in each and "non-text characters" not in each] == []
    assert {"color-contrast", "label", "button-name", "aria-valid-attr-value"} <= set(passed)


def test_the_page_follows_the_visitor_s_colour_scheme(engine: Engine, docs: DocsSite) -> None:
    if engine.name != "chromium":
        pytest.skip("only Chromium's driver can pretend a colour scheme")
    dark = "return document.documentElement.classList.contains('dark-mode')"
    try:
        engine.emulate(prefers_color_scheme="dark")
        show(engine, docs)
        assert run(engine, dark) is True
        engine.emulate(prefers_color_scheme="light")
        assert run(engine, f"await pause(100); {dark}") is False
        if "5.17.14" in docs.versions:  # has no dark colours of its own
            engine.emulate(prefers_color_scheme="dark")
            show(engine, docs, "/version/5.17.14/")
            assert run(engine, dark) is False
    finally:
        engine.emulate(prefers_color_scheme="")


def test_everything_is_reached_and_done_with_the_keyboard(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    where = """
        const at = document.activeElement;
        return at.id || at.textContent;
    """
    run(engine, "one('#drf-cors-origin').focus()")
    engine.press(*OFFICE)
    reached = []
    for _ in range(3):
        engine.press("Tab")
        reached.append(run(engine, where))
    assert reached == ["drf-cors-headers", "drf-cors-credentials", "Check"]
    engine.press("Enter")
    run(engine, "await counted()")
    engine.press("Shift+Tab", "Space")  # with credentials
    run(engine, "await until(() => location.search.includes('credentials=true'), 'credentials'); await counted()")

    run(engine, "one('.opblock-summary-control', block('POST', '/api/catalogue/')).focus()")
    engine.press("Enter")
    run(engine, "await until(() => one('.drf-cors-panel'), 'a panel')")
    seen = []
    while "Copy" not in seen and len(seen) < 12:
        engine.press("Tab")
        seen.append(run(engine, where))
        if seen[-1] == "Try it with curl":
            engine.press("Enter")
    assert seen[-1] == "Copy"
    assert [each for each in seen if each.startswith(("CORS policy", "Try it with curl", "Copy"))] == seen[-3:]
    style = "const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement); "
    assert run(engine, f"{style} return [outlineStyle, outlineWidth]") == ["solid", "2px"]


def test_a_screen_reader_hears_what_the_badge_is_about(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    name = run(
        engine,
        """
        const button = one(".opblock-summary-control", block("POST", "/api/catalogue/")).cloneNode(true);
        all("[aria-hidden]", button).forEach((each) => each.remove());
        return [one(".opblock-summary-control").hasAttribute("aria-label"), button.textContent];
        """,
    )
    assert name == [False, "POST/api/catalogue/ CORS: 1 origin + cookies"]
    live = run(engine, "return all('.drf-cors-box [role]').map((each) => each.getAttribute('role'))")
    assert live == ["status", "alert"]


@pytest.mark.parametrize("path", ["/api/docs/", "/version/5.17.14/"])
def test_nothing_sticks_out_on_a_phone(engine: Engine, docs: DocsSite, path: str) -> None:
    if engine.name == "webkit":
        pytest.skip("its window is never as narrow")
    if path != "/api/docs/" and "5.17.14" not in docs.versions:
        pytest.skip("pip could not fetch it")
    show(engine, docs, path, PHONE)
    wide = run(
        engine,
        """
        await ask(args[0]);
        for (const [method, path] of [["POST", "/api/catalogue/"], ["POST", "/api/orders/{id}/cancel/"]]) {
            one(".drf-cors-requests summary", await opened(method, path)).click();
        }
        await pause(300);
        const width = document.documentElement.clientWidth;
        const unseen = "[class*=visually-hidden], thead, thead *";
        const ours = all("[class*=drf-cors]").filter((each) => !each.matches(unseen));
        return [
            innerWidth,
            document.documentElement.scrollWidth - width,
            ours.filter((each) => each.getBoundingClientRect().right > width + 0.5).map((each) => each.outerHTML),
        ];
        """,
        STRANGER,
    )
    assert wide == [PHONE[0], 0, []]


def test_many_operations_turn_at_once(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs, "/many/")
    took, shown = run(
        engine,
        """
        const start = performance.now();
        await ask(args[0]);
        const took = performance.now() - start;
        await until(() => badgeIn(all(".opblock")[0]) === "allowed", "verdicts");
        return [took, Object.values(badges())];
        """,
        OFFICE,
    )
    assert {"allowed", "blocked: origin"} == set(shown)
    assert run(engine, "return count()") == f"200 of 400 operations open to {OFFICE}"
    last = run(  # rows that stand in the page only once they are scrolled to
        engine,
        """
        for (let y = 0; y <= document.body.scrollHeight; y += 500) { scrollTo(0, y); await pause(30); }
        await pause(300);
        return badgeIn(all(".opblock").at(-1));
        """,
    )
    assert last == "blocked: origin"
    assert took < 5000  # milliseconds; about a fifth of a second on a quiet machine
    assert engine.console_messages() == []


def test_the_words_of_badges_are_those_of_the_server(engine: Engine, docs: DocsSite) -> None:
    show(engine, docs)
    policies = docs.get("/-/policies/")
    shown = run(engine, "return args[0].map(([policy]) => DrfCors.policy.badge(policy, 'GET').text)", policies)
    assert shown == [text for _, text in policies]
