"""Three real browser engines behind one small interface.

Chromium and WebKit are driven by Selenium, Firefox by a WebDriver BiDi client of a few lines, because Debian
packages no geckodriver. `start(name)` gives a running `Engine`, or raises `EngineMissingError` with the name
of the package to install. The binaries are found where Debian's packages put them. An engine that has stopped
answering raises `EngineHungError`; `restart()` replaces it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

ENGINE_NAMES = ("chromium", "firefox", "webkit")
START_TIMEOUT = 60.0  # seconds; a slow machine under load, never the normal case
CALL_TIMEOUT = 60.0  # seconds for one command, the page's own waiting included
OPEN_TIMEOUT = 30.0  # seconds for a page to load
WINDOW = (1280, 900)

_FIREFOX_PREFERENCES = {
    # Without it the first preflight-cache hits for an IP-literal host are lost.
    "network.dns.disableIPv6": True,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}

# What a script returns travels as one JSON text: the protocols' own encodings of values do not matter then.
_ASYNC_BODY = """(async (...args) => {{ {body} }})(...{args}).then(
    (value) => JSON.stringify({{ value: value ?? null }}),
    (error) => JSON.stringify({{ error: String(error) }}),
)"""


#: Keys that are no characters, by the code points of WebDriver.
_KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Shift": "\ue008", "Space": " ", "Escape": "\ue00c", "ArrowDown": "\ue015"}


class EngineMissingError(Exception):
    """A program of the engine is not installed; the text names the Debian packages."""


class EngineError(Exception):
    """The engine refused a command, or the script it ran threw."""


class EngineHungError(EngineError):
    """The engine has not answered in time, or is gone."""


class Engine(ABC):
    """One running browser with one page.

    Attributes:
        name: One of `ENGINE_NAMES`.
        restarts: How often it had to be replaced.
    """

    name: str

    def __init__(self) -> None:
        self.restarts = 0
        self._start()

    @abstractmethod
    def _start(self) -> None:
        """Start the browser and everything it needs."""

    @abstractmethod
    def _kill(self) -> None:
        """End the browser and everything started for it, whatever state it is in."""

    def restart(self) -> None:
        """Replace a browser that does not answer. What it held, cookies and caches, is gone with it."""
        self.restarts += 1
        self._kill()
        self._start()

    def open(self, url: str) -> None:
        """Go to `url` and wait until the page has loaded.

        WebKit has been seen to stop for good while it loaded a page. Nothing of the page is lost by a second try in a
        new browser.
        """
        try:
            self._open(url)
        except EngineHungError:
            self.restart()
            self._open(url)

    @abstractmethod
    def _open(self, url: str) -> None:
        """Do it once."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """Write what the window shows to `path`, as PNG."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page a size in CSS pixels (WebKit: the outer window, which is never as narrow as a phone)."""

    @abstractmethod
    def press(self, *keys: str) -> None:
        """Press keys, one after the other, in whatever has the focus.

        Args:
            *keys: Characters, or names such as "Tab", "Shift+Tab", "Enter", "ArrowDown".
        """

    @abstractmethod
    def delete_cookies(self) -> None:
        """Forget the cookies of the open page's host."""

    @abstractmethod
    def quit(self) -> None:
        """Ask the browser to go, and end everything started for it."""

    @abstractmethod
    def _evaluate(self, expression: str) -> str:
        """Evaluate an expression that is a promise of a text, and return that text."""

    def evaluate_async(self, body: str, *args: Any) -> Any:
        """Run `body` as an async function in the open page and return what it returns.

        Args:
            body: Statements of an async function; `args` is the list of the arguments below.
            *args: JSON values.

        Returns:
            The returned JSON value; `None` for `undefined`.

        Raises:
            EngineError: The script threw; the text is the JavaScript error's.
        """
        expression = _ASYNC_BODY.format(body=body, args=json.dumps(args))
        answer = json.loads(self._evaluate(expression))
        if "error" in answer:
            raise EngineError(answer["error"])
        return answer["value"]

    def console_messages(self) -> list[str]:
        """Return what the page's console has said since the last call.

        Chromium and Firefox include the reason for a blocked request; WebKit's driver has no way to tell.
        """
        return []


def start(name: str) -> Engine:
    """Start the engine called `name`.

    Raises:
        EngineMissingError: It is not installed.
    """
    return {"chromium": Chromium, "firefox": Firefox, "webkit": WebKit}[name]()


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise EngineMissingError(_missing(name, package))
    return path


def _missing(name: str, package: str) -> str:
    return f"{name} not found: apt-get install --no-install-recommends {package}"


class _Selenium(Engine):
    """What Chromium and WebKit share."""

    _driver: Any
    _service: Any = None  # Selenium's, of the driver

    @abstractmethod
    def _connect(self) -> Any:
        """Set `_service`, whose process leads a group of its own, and return Selenium's driver of a new browser."""

    def _start(self) -> None:
        try:
            # Without a display WebKit's driver hangs instead of failing.
            self._driver = _within(START_TIMEOUT, self._connect)
            self._driver.set_page_load_timeout(OPEN_TIMEOUT)
            self._driver.set_script_timeout(CALL_TIMEOUT)
            self._driver.set_window_size(*WINDOW)
        except BaseException:
            self._kill()
            raise

    def _kill(self) -> None:
        process = getattr(self._service, "process", None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._service.process = None  # or Selenium would ask it to go, and wait for the answer

    def _ask(self, command: Callable[[], Any]) -> Any:
        """Give the driver a command.

        Raises:
            EngineHungError: Its time was up, or it is gone.
        """
        from selenium.common import exceptions
        from urllib3.exceptions import HTTPError

        gone = (exceptions.TimeoutException, exceptions.InvalidSessionIdException, exceptions.NoSuchWindowException)
        try:
            # WebKit's driver forgets its own limits when the page's process stands still.
            return _within(CALL_TIMEOUT + 5, command)
        except (*gone, HTTPError) as error:
            raise EngineHungError(f"{self.name}: {error}") from error

    def _open(self, url: str) -> None:
        self._ask(lambda: self._driver.get(url))

    def screenshot(self, path: Path) -> None:
        path.write_bytes(self._ask(self._driver.get_screenshot_as_png))

    def resize(self, width: int, height: int) -> None:
        self._ask(lambda: self._driver.set_window_size(width, height))

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        actions = ActionChains(self._driver)
        for key in keys:
            *held, last = [_KEYS.get(each, each) for each in key.split("+")]
            for each in held:
                actions.key_down(each)
            actions.send_keys(last)
            for each in held:
                actions.key_up(each)
        self._ask(actions.perform)

    def delete_cookies(self) -> None:
        self._ask(self._driver.delete_all_cookies)

    def _evaluate(self, expression: str) -> str:
        script = f"const done = arguments[0]; {expression}.then(done)"
        return self._ask(lambda: self._driver.execute_async_script(script))

    def quit(self) -> None:
        with contextlib.suppress(EngineHungError):
            self._ask(self._driver.quit)
        self._kill()


class Chromium(_Selenium):
    """Debian's `chromium` with its `chromium-driver`."""

    name = "chromium"
    _profile: tempfile.TemporaryDirectory[str] | None = None

    def _connect(self) -> Any:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        driver_path = _program("chromedriver", "chromium-driver")
        options = webdriver.ChromeOptions()
        # Both paths are given, else Selenium looks for them on the network.
        options.binary_location = _program("chromium", "chromium")
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            f"--user-data-dir={self._profile.name}",
        ):
            options.add_argument(flag)
        options.set_capability("acceptInsecureCerts", True)  # tests make their own
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self._service = Service(driver_path, popen_kw={"start_new_session": True})
        return webdriver.Chrome(options=options, service=self._service)

    def console_messages(self) -> list[str]:
        return [entry["message"] for entry in self._ask(lambda: self._driver.get_log("browser"))]

    def resize(self, width: int, height: int) -> None:
        # A window cannot be narrower than 500 pixels; what it shows can.
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._ask(lambda: self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics))

    def emulate(self, **features: str) -> None:
        """Pretend CSS media features, such as `prefers_color_scheme="dark"`."""
        pairs = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self._ask(lambda: self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": pairs}))

    def _kill(self) -> None:
        super()._kill()
        if self._profile is not None:
            self._profile.cleanup()


class WebKit(_Selenium):
    """Debian's `webkit2gtk-driver` and MiniBrowser, on a display of their own (Xvfb)."""

    name = "webkit"
    _display: _Display | None = None

    def _connect(self) -> Any:
        from selenium import webdriver
        from selenium.webdriver.webkitgtk.service import Service

        driver_path = _program("WebKitWebDriver", "webkit2gtk-driver")
        browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
        if not browsers:
            raise EngineMissingError("MiniBrowser not found: apt-get install --no-install-recommends webkit2gtk-driver")
        self._display = _Display()
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(browsers[0])
        options.add_argument("--automation")
        options.set_capability("acceptInsecureCerts", True)  # tests make their own
        self._service = Service(
            driver_path, env={**os.environ, "DISPLAY": self._display.name}, popen_kw={"start_new_session": True}
        )
        with warnings.catch_warnings():
            # Selenium's own WebKitGTK class calls its own deprecated constructor.
            warnings.filterwarnings("ignore", "setting remote_server_addr", DeprecationWarning)
            return webdriver.WebKitGTK(options=options, service=self._service)

    def _kill(self) -> None:
        super()._kill()
        if self._display is not None:
            self._display.stop()


class _Display:
    """An X server without a screen; `name` is what DISPLAY wants."""

    def __init__(self) -> None:
        program = _program("Xvfb", "xvfb")
        reader, writer = os.pipe()
        try:
            self._process = subprocess.Popen(
                [program, "-displayfd", str(writer), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
                pass_fds=[writer],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(writer)
            answer = b""
            # To the end of the line: it comes in two parts, and Xvfb dies if it cannot write the second.
            while not answer.endswith(b"\n"):
                ready, _, _ = select.select([reader], [], [], START_TIMEOUT)
                part = os.read(reader, 16) if ready else b""
                if not part:
                    break
                answer += part
        finally:
            os.close(reader)
        number = answer.decode().strip()
        if not number:
            self.stop()
            raise EngineError("Xvfb did not start")
        self.name = f":{number}"

    def stop(self) -> None:
        _end(self._process)


class Firefox(Engine):
    """Debian's `firefox-esr` over WebDriver BiDi."""

    name = "firefox"
    _bidi: _BiDi | None = None

    def _start(self) -> None:
        program = _program("firefox-esr", "firefox-esr")
        self._profile = tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True)
        pairs = [(json.dumps(name), json.dumps(value)) for name, value in _FIREFOX_PREFERENCES.items()]
        lines = [f"user_pref({name}, {value});" for name, value in pairs]
        Path(self._profile.name, "user.js").write_text("\n".join(lines))
        arguments = ["--remote-debugging-port", "0", "--width", str(WINDOW[0]), "--height", str(WINDOW[1])]
        self._process = subprocess.Popen(
            [program, "--headless", "--no-remote", "--profile", self._profile.name, *arguments],
            env={**os.environ, "HOME": self._profile.name},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._bidi = None
        try:
            self._bidi = _BiDi(self._listening_address() + "/session")
            self._bidi.call("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            self._bidi.call("session.subscribe", events=["log.entryAdded"])
            # A tab of our own has the focus; the first one has it not, and then keys press no button.
            self._context = self._bidi.call("browsingContext.create", type="tab")["context"]
        except BaseException:
            self._kill()
            raise

    def _listening_address(self) -> str:
        """Read the address from the browser's stderr, and keep that pipe empty for as long as it runs."""
        found: queue.Queue[str] = queue.Queue()
        stderr = self._process.stderr
        assert stderr is not None

        def drain() -> None:
            with stderr:
                for line in stderr:
                    if match := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                        found.put(match[1])

        self._drain = threading.Thread(target=drain, daemon=True)
        self._drain.start()
        try:
            return found.get(timeout=START_TIMEOUT)
        except queue.Empty:
            raise EngineError("Firefox did not say where its BiDi server listens") from None

    @property
    def _connection(self) -> _BiDi:
        assert self._bidi is not None
        return self._bidi

    def _open(self, url: str) -> None:
        self._connection.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def screenshot(self, path: Path) -> None:
        answer = self._connection.call("browsingContext.captureScreenshot", context=self._context)
        path.write_bytes(base64.b64decode(answer["data"]))

    def resize(self, width: int, height: int) -> None:
        viewport = {"width": width, "height": height}
        self._connection.call("browsingContext.setViewport", context=self._context, viewport=viewport)

    def press(self, *keys: str) -> None:
        actions = []
        for key in keys:
            values = [_KEYS.get(each, each) for each in key.split("+")]
            actions += [{"type": "keyDown", "value": value} for value in values]
            actions += [{"type": "keyUp", "value": value} for value in reversed(values)]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._connection.call("input.performActions", context=self._context, actions=[source])

    def delete_cookies(self) -> None:
        self._connection.call("storage.deleteCookies")

    def console_messages(self) -> list[str]:
        return [event["text"] for event in self._connection.take_events("log.entryAdded")]

    def _evaluate(self, expression: str) -> str:
        answer = self._connection.call(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=True
        )
        if answer["type"] != "success":
            raise EngineError(answer["exceptionDetails"]["text"])
        return answer["result"]["value"]

    def quit(self) -> None:
        if self._bidi is not None:
            with contextlib.suppress(EngineError, OSError):
                self._bidi.call("browser.close")
        self._kill()

    def _kill(self) -> None:
        if self._bidi is not None:
            self._bidi.close()
        _end(self._process)
        self._drain.join(timeout=5)
        self._profile.cleanup()


class _BiDi:
    """A WebDriver BiDi connection: numbered commands, one answer each, and events in between."""

    def __init__(self, address: str) -> None:
        import websocket

        # Firefox refuses connections that carry an Origin.
        self._socket = websocket.create_connection(address, timeout=CALL_TIMEOUT, suppress_origin=True)
        self._last_id = 0
        self._events: list[dict[str, Any]] = []

    def call(self, method: str, **params: Any) -> Any:
        """Send one command and return its result.

        Raises:
            EngineHungError: The browser closed the connection, or took longer than `CALL_TIMEOUT`.
            EngineError: It refused.
        """
        import websocket

        self._last_id += 1
        try:
            self._socket.send(json.dumps({"id": self._last_id, "method": method, "params": params}))
            while True:
                message = json.loads(self._socket.recv() or "{}")
                if message.get("type") == "event":
                    self._events.append(message)
                elif message.get("id") == self._last_id:
                    break
        except (websocket.WebSocketException, OSError, ValueError) as error:
            raise EngineHungError(f"{method}: {error}") from error
        if message["type"] == "error":
            raise EngineError(f"{method}: {message['error']}: {message['message']}")
        return message["result"]

    def take_events(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of the events called `method` that have come so far; each is given once."""
        # Events arrive only while a command is answered: ask something harmless first.
        self.call("session.status")
        taken = [event["params"] for event in self._events if event["method"] == method]
        self._events = [event for event in self._events if event["method"] != method]
        return taken

    def close(self) -> None:
        self._socket.close()


def _within(seconds: float, make: Any) -> Any:
    """Call `make` in a thread and give up waiting after `seconds`.

    Raises:
        EngineHungError: The time was up.
    """
    results: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue()

    def run() -> None:
        try:
            results.put((make(), None))
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
            results.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        value, error = results.get(timeout=seconds)
    except queue.Empty:
        raise EngineHungError(f"no answer within {seconds:.0f} s") from None
    if error is not None:
        raise error
    return value


def _end(process: subprocess.Popen[Any]) -> None:
    """Ask a process to go, then make it."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
