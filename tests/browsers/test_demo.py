"""The demo, as a visitor meets it: its pages in real browsers, and its process at a terminal."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsers.demo_process import PORT_VARIABLES, Demo, free_ports
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browsers.engines import Engine

FRONT_ENDS = Path(__file__).parents[2] / "example_api" / "front_ends"
SIDES = ("shop", "stranger")

# Waits for the page's own verdict, and reads the table as a visitor sees it.
READ_PAGE = """
    while (document.body.dataset.state === "running") await new Promise((resolve) => setTimeout(resolve, 50));
    return {
        state: document.body.dataset.state,
        mismatches: Number(document.body.dataset.mismatches),
        summary: document.getElementById("summary").innerText,
        rows: Object.fromEntries([...document.querySelectorAll("tr[id]")].map((row) => [
            row.id, [...row.querySelectorAll(".verdict, .outcome")].map((each) => each.innerText),
        ])),
    };
"""


def requests() -> list[dict[str, Any]]:
    groups = json.loads((FRONT_ENDS / "requests.json").read_text(encoding="utf-8"))
    return [request for group in groups for request in group["requests"]]


def expected(side: str) -> dict[str, Any]:
    return json.loads((FRONT_ENDS / side / "expected.json").read_text(encoding="utf-8"))


def page(engine: Engine, demo: Demo, side: str) -> dict[str, Any]:
    engine.open(f"{getattr(demo, side)}/")
    return engine.evaluate_async(READ_PAGE)


@pytest.mark.parametrize("side", SIDES)
def test_each_request_of_the_front_end_fares_as_expected(engine: Engine, demo: Demo, side: str) -> None:
    shown = page(engine, demo, side)

    wanted = expected(side)
    assert shown["rows"] == {name: [row["outcome"], row["outcome"], "✓ as expected"] for name, row in wanted.items()}
    assert shown["summary"] == f"✓ {len(wanted)} of {len(wanted)} as expected"
    assert (shown["state"], shown["mismatches"]) == ("done", 0)


def test_the_page_says_the_same_when_loaded_again(engine: Engine, demo: Demo) -> None:
    assert page(engine, demo, "shop") == page(engine, demo, "shop")


@pytest.fixture(scope="module")
def demo_without_cors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Demo(tmp_path_factory.mktemp("without-cors"), DEMO_WITHOUT_CORS="1").running() as running:
        yield running


@pytest.mark.parametrize("side", SIDES)
def test_without_the_middleware_all_that_should_be_allowed_differs(
    engine: Engine, demo_without_cors: Demo, side: str
) -> None:
    shown = page(engine, demo_without_cors, side)

    wanted = expected(side)
    allowed = [name for name, row in wanted.items() if row["outcome"] == "allowed"]
    assert [name for name, (_, _, verdict) in shown["rows"].items() if verdict == "✗ differs"] == allowed
    assert {actual for _, actual, _ in shown["rows"].values()} == {"blocked"}
    assert shown["summary"] == f"✗ {len(allowed)} of {len(wanted)} differ"
    assert (shown["state"], shown["mismatches"]) == ("done", len(allowed))


def test_a_page_whose_api_is_gone_says_so(engine: Engine, demo: Demo) -> None:
    page(engine, demo, "shop")
    (nobody,) = free_ports(1)
    # The front end's script once more, told of an API where nobody listens.
    shown = engine.evaluate_async(
        """
        const real = window.fetch;
        const config = { api: args[0], docs: "/", other: { name: "", url: "/" } };
        window.fetch = async (url, ...rest) =>
            url === "config.json" ? new Response(JSON.stringify(config)) : real(url, ...rest);
        await import("/runner.js?again");
        return [document.body.dataset.state, document.getElementById("summary").innerText];
        """,
        f"http://127.0.0.1:{nobody}",
    )
    assert shown == [
        "failed",
        f"The API does not answer at http://127.0.0.1:{nobody}. Is the demo still running?",
    ]


@pytest.mark.parametrize("side", SIDES)
def test_the_expectations_cover_every_request_with_a_reason_a_person_can_read(side: str) -> None:
    wanted = expected(side)
    assert list(wanted) == [request["id"] for request in requests()]
    assert all(row["why"].endswith(".") for row in wanted.values())
    assert {row["reason"] for row in wanted.values() if row["outcome"] == "blocked"} == {
        "origin-not-allowed",
        "method-not-allowed",
        "header-not-allowed",
        "credentials-not-allowed",
        "view-disabled",
        "url-not-covered",
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_demo_quietly_and_frees_its_ports(tmp_path: Path, number: signal.Signals) -> None:
    demo = Demo(tmp_path)
    demo.start()
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for port in demo.ports]
    for connection in connections:  # kept open, as browsers do
        connection.request("GET", "/")
        connection.getresponse().read()

    status = demo.stop(number)

    for connection in connections:
        connection.close()
    assert status == 0
    assert demo.output[-1] == "Stopped."
    assert not [line for line in demo.output if "Traceback" in line]
    for port in demo.ports:
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_the_demo_prints_its_addresses_and_marks_the_first_page(demo: Demo) -> None:
    text = "\n".join(demo.output)
    assert re.search(rf"{demo.shop}/ +<- open this first", text)
    assert f"{demo.stranger}/" in text
    assert f"{demo.api}/api/docs/" in text


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_port_in_use_is_named_with_what_to_do(tmp_path: Path, position: int) -> None:
    demo = Demo(tmp_path)
    port, variable = demo.ports[position], PORT_VARIABLES[position]
    with socket.create_server(("127.0.0.1", port)):
        message = demo.refused()
    assert re.fullmatch(
        rf"Port {port} on 127\.0\.0\.1 is in use by another program: stop that program, "
        rf"or choose another port, such as {variable}=\d+\.\n",
        message,
    )


def test_a_second_start_says_that_the_demo_is_running(demo: Demo) -> None:
    assert demo.refused() == (
        f"The demo is already running: port {demo.ports[0]} is taken. Open {demo.shop}/, or stop it with Ctrl-C.\n"
    )


@named_rows(
    "environment, message",
    {
        "not a number": ({"DEMO_API_PORT": "web"}, "DEMO_API_PORT='web' is no port. Give a number from 1 to 65535.\n"),
        "too large": (
            {"DEMO_SHOP_PORT": "65536"},
            "DEMO_SHOP_PORT='65536' is no port. Give a number from 1 to 65535.\n",
        ),
        "twice the same": (
            {"DEMO_SHOP_PORT": "8123", "DEMO_STRANGER_PORT": "8123"},
            "DEMO_STRANGER_PORT=8123 is another server's port. Give each of the three its own.\n",
        ),
        "database out of reach": (
            {"DATABASE_URL": "sqlite:////nowhere/to/be/found.sqlite3"},
            "The database cannot be used (DATABASE_URL names it): unable to open database file\n",
        ),
    },
)
def test_what_stands_in_the_way_is_one_clear_message(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    assert Demo(tmp_path).refused(**environment) == message


def test_an_error_of_the_settings_is_one_line_too(tmp_path: Path) -> None:
    message = Demo(tmp_path).refused(DATABASE_URL="mysql://localhost/shop")
    assert re.fullmatch(r"The API's settings do not work here: DATABASE_URL .*'mysql'.*\n", message)


def test_missing_packages_are_named(tmp_path: Path) -> None:
    # An interpreter that sees this project and the standard library, and no installed package.
    message = Demo(tmp_path).refused("-S")
    assert message == (
        "Not installed: django, djangorestframework, drf-spectacular, drf-spectacular-sidecar. "
        "Run `make demo`, or: python -m pip install -e '.[example]'\n"
    )
