"""A Chromium for the tests of our pages, driven by the DevTools protocol."""

import itertools
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar

import pytest
import websocket

__all__ = ["CHROMIUM", "CONTRAST", "NEEDS_CHROMIUM", "Browser", "chromium", "served"]

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NEEDS_CHROMIUM: Final = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: apt-get install chromium"
)
#: The code of each key that types no character.
_KEYS: Final = {
    "Backspace": 8,
    "Tab": 9,
    "Enter": 13,
    "Escape": 27,
    "End": 35,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Delete": 46,
}
_SHIFT: Final = 8  # as the protocol numbers it
_CONTROL: Final = 2


class Browser:
    """One page of a Chromium.

    Attributes:
        events: all that the protocol reported since the page was opened: of the page, and of the
            network also of its workers.
    """

    def __init__(self, port: str) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            [page] = [each for each in json.load(answer) if each["type"] == "page"]
        self._socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for part in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{part}.enable")
        # A worker waits until its network is watched, too.
        self.call(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True
        )

    def call(self, method: str, **values: Any) -> Any:
        """Send a command, and return its result."""
        number = self._send(method, values)
        while True:
            message = self._receive()
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def _send(self, method: str, values: dict[str, Any], session: str | None = None) -> int:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": values}
        if session is not None:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        return number

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        if message.get("method") == "Target.attachedToTarget":
            session = message["params"]["sessionId"]
            for command in ("Network.enable", "Runtime.enable", "Runtime.runIfWaitingForDebugger"):
                self._send(command, {}, session)
        if "method" in message:
            self.events.append(message)
        return message

    def wait_for(self, event: str) -> None:
        """Wait until the protocol reports an event."""
        while not any(each["method"] == event for each in self.events):
            self._receive()

    def close(self) -> None:
        """End the browser."""
        self.call("Browser.close")
        self._socket.close()

    def open(self, url: str, *, width: int = 1200, dark: bool = False) -> None:
        """Show a page."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        # Another page first: a new fragment alone would load nothing.
        self._go("about:blank")
        self._go(url)

    def _go(self, url: str) -> None:
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; a promise is awaited."""
        result = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression holds, which is asked for whenever the page draws."""
        self.run(
            f"new Promise(done => {{ const look = () => ({condition}) ? done()"
            " : requestAnimationFrame(look); look(); })"
        )

    def press(self, *keys: str, shift: bool = False, control: bool = False) -> None:
        """Press keys, as a keyboard does."""
        modifiers = (_SHIFT if shift else 0) | (_CONTROL if control else 0)
        for key in keys:
            values: dict[str, Any] = {"key": key, "code": key, "modifiers": modifiers}
            if key in _KEYS:
                values["windowsVirtualKeyCode"] = _KEYS[key]
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 and not control else "")
            if control and key == "a":
                values["commands"] = ["selectAll"]
            self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **values)
            self.call("Input.dispatchKeyEvent", type="keyUp", **values)

    def type(self, text: str) -> None:
        """Put in a text at once, as an input method does."""
        self.call("Input.insertText", text=text)

    def text(self, selector: str) -> str:
        """Return the visible text of the first element of a CSS selector."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    @property
    def focus(self) -> str:
        """The name of what has the focus."""
        return str(
            self.run("document.activeElement.getAttribute('aria-label')||document.activeElement.id")
        )

    @property
    def requests(self) -> list[str]:
        """The addresses that the page and its workers asked for."""
        return [
            each["params"]["request"]["url"]
            for each in self.events
            if each["method"] == "Network.requestWillBeSent"
        ]

    @property
    def noise(self) -> list[dict[str, Any]]:
        """What the page and its workers threw, logged, or were refused."""
        loud = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}
        return [each for each in self.events if each["method"] in loud]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Write no line for each request."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; the value is its address."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


AnyBrowser = TypeVar("AnyBrowser", bound=Browser)


@contextmanager
def chromium(profile: Path, kind: type[AnyBrowser]) -> Iterator[AnyBrowser]:
    """Start a Chromium with an empty profile in a folder; it ends with the block."""
    words = [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "about:blank"]
    words += ["--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = next(each for each in process.stderr if "listening on" in each)
        yield (found := kind(line.split("127.0.0.1:")[1].split("/")[0]))
        found.close()
        process.stderr.read()


#: The function `contrast(front, back)` of two CSS colours, as WCAG defines it.
CONTRAST: Final = (
    "const lum=(c)=>{const v=c.match(/[0-9.]+/g).slice(0,3).map(Number).map(x=>x/255)"
    ".map(x=>x<=.03928?x/12.92:((x+.055)/1.055)**2.4);return .2126*v[0]+.7152*v[1]+.0722*v[2]};"
    "const contrast=(a,b)=>(Math.max(lum(a),lum(b))+.05)/(Math.min(lum(a),lum(b))+.05);"
)
