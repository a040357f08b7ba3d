"""The page of a graph in a real browser: its keys, its search, its filter, and that it is quiet."""

import itertools
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket

from labelsel import SelectorSyntaxError, parse
from labelsel.kubernetes.graph.boxes import Box, Picture
from labelsel.kubernetes.graph.html import View, write_html
from labelsel.kubernetes.graph.picture import namespaces_of, overview, picture
from tests.kubernetes.graph.conftest import graph_of, item, workload

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39}
KEYS |= {"ArrowDown": 40}
LABELS = [{}, {"a": "b"}, {"a": ""}, {"a": "c", "x.io/y": "z"}, {"x.io/y": "z"}, {"toString": "b"}]


class Browser:
    """One page of a Chromium, driven by the DevTools protocol."""

    def __init__(self, port: str) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            [page] = [each for each in json.load(answer) if each["type"] == "page"]
        self._socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for part in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{part}.enable")

    def call(self, method: str, **values: Any) -> Any:
        """Send a command, and return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": values}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def close(self) -> None:
        """End the browser."""
        self.call("Browser.close")
        self._socket.close()

    def open(self, page: str, folder: Path, *, width: int = 1200, dark: bool = False) -> None:
        """Show a page."""
        file = folder / "page.html"
        file.write_text(page, encoding="utf-8")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.events.clear()
        self.call("Page.navigate", url=file.as_uri())
        while not any(each["method"] == "Page.loadEventFired" for each in self.events):
            self.events.append(json.loads(self._socket.recv()))

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys, as a keyboard does."""
        for key in keys:
            values: dict[str, Any] = {"key": key, "code": key}
            if key in KEYS:
                values["windowsVirtualKeyCode"] = KEYS[key]
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **values)
            self.call("Input.dispatchKeyEvent", type="keyUp", **values)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    @property
    def focus(self) -> str:
        """The name of what has the focus."""
        return str(
            self.run("document.activeElement.getAttribute('aria-label')||document.activeElement.id")
        )

    @property
    def visible(self) -> list[str]:
        """The headings of the boxes that are shown and not pale."""
        found = self.run(
            "[...document.querySelectorAll('.view:not([hidden]) .box:not(.gone):not(.faint)')]"
            ".map(box => box.querySelector('.head').textContent)"
        )
        return list(found)

    @property
    def status(self) -> str:
        return str(self.run("document.getElementById('status').textContent"))

    @property
    def panel(self) -> str:
        return str(self.run("document.getElementById('panel').innerText"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    profile = tmp_path_factory.mktemp("chromium")
    words = [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "about:blank"]
    words += ["--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = next(each for each in process.stderr if "listening on" in each)
        yield (found := Browser(line.split("127.0.0.1:")[1].split("/")[0]))
        found.close()
        process.stderr.read()


@pytest.fixture
def shop_page() -> str:
    web, db = {"app": "web"}, {"app": "db"}
    graph = graph_of(
        workload("Deployment", "web", web, namespace="shop"),
        workload("Deployment", "db", db, namespace="shop"),
        item("Service", "web", {"selector": web}, namespace="shop"),
        item("Service", "gone", {"selector": {"app": "gone"}}, namespace="shop"),
    )
    return write_html([View("All", picture(graph))])


def test_it_is_quiet(browser: Browser, shop_page: str, tmp_path: Path) -> None:
    """Nothing is asked of a network, nothing is refused by the policy, nothing fails."""
    browser.open(shop_page, tmp_path)
    browser.press("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Enter", "Escape")
    asked = [
        each["params"]["request"]["url"]
        for each in browser.events
        if each["method"] == "Network.requestWillBeSent"
    ]
    assert [url.rpartition("/")[2] for url in asked] == ["page.html"]
    loud = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}
    assert not [each for each in browser.events if each["method"] in loud]


def test_the_policy_holds(browser: Browser, shop_page: str, tmp_path: Path) -> None:
    """Even a script that got into the page could load nothing."""
    bad = shop_page.replace("<header>", '<script>document.title="x"</script><header>')
    browser.open(bad.replace("<header>", '<img src="https://example.com/a.png"><header>'), tmp_path)
    assert browser.run("document.title") == "What selects what"
    refused = [each for each in browser.events if each["method"] == "Log.entryAdded"]
    assert len(refused) == 2
    assert all("Content Security Policy" in each["params"]["entry"]["text"] for each in refused)


def test_keys(browser: Browser, shop_page: str, tmp_path: Path) -> None:
    """Tab comes to the picture, arrow keys to the next box, Enter shows it, Escape goes back."""
    browser.open(shop_page, tmp_path)
    assert "Problems (1)" in browser.panel
    browser.press("Tab")
    assert browser.focus == "search"
    browser.press("Tab")
    assert browser.focus == "filter"
    browser.press("Tab", "Tab", "Tab", "Tab")
    first = browser.focus
    assert first.startswith("Deployment web, in shop")
    outline = browser.run(
        "getComputedStyle(document.activeElement.querySelector('.card')).strokeWidth"
    )
    assert outline == "3px"
    browser.press("ArrowLeft")
    assert browser.focus.startswith("Service web, in shop, app=web")
    browser.press("Enter")
    assert "selects\nDeployment web" in browser.panel
    assert browser.run("document.querySelectorAll('.arrow.lit').length") == 1
    browser.press("Escape")
    assert "Problems (1)" in browser.panel
    browser.press("ArrowRight")
    assert browser.focus == first
    area = browser.run("document.querySelector('svg').getAttribute('viewBox')")
    browser.press("+")
    assert browser.run("document.querySelector('svg').getAttribute('viewBox')") != area
    browser.press("0", "/")
    assert browser.focus == "search"
    browser.type("gone")
    browser.press("Enter")
    assert browser.status == "Search: 1 found; Enter goes to the next one."
    assert "selects nothing" in browser.panel
    browser.press("Escape")
    assert browser.status == "4 boxes"


def test_the_filter(browser: Browser, shop_page: str, tmp_path: Path) -> None:
    """What matches is shown, with what it is connected with; a mistake hides everything."""
    browser.open(shop_page, tmp_path)
    browser.press("Tab", "Tab")
    browser.type("app=web")
    assert browser.visible == ["Deployment web"]
    assert browser.status.startswith("Filter: 1 of 4 boxes match")
    shown = browser.run("document.querySelectorAll('.box:not(.gone)').length")
    assert shown == 2
    browser.type(",tier>")
    assert browser.visible == []
    drawn = "document.querySelectorAll('.view :is(.box, .arrow, .frame):not(.gone)').length"
    assert browser.run(drawn) == 0
    assert browser.status == (
        'Filter: "tier>" is not understood: "tier>" is not a label key. Nothing is shown.'
    )
    browser.press("Escape")
    assert len(browser.visible) == 4


def test_the_filter_means_what_a_selector_means(browser: Browser, tmp_path: Path) -> None:
    """The filter takes usual selectors, and what it takes selects what labelsel selects."""
    boxes = tuple(Box(n, "g", "Pod", str(n), (), labels=(each,)) for n, each in enumerate(LABELS))
    browser.open(write_html([View("All", Picture(boxes, ()))]), tmp_path)
    usual = [
        "a",
        "!a",
        "a=b",
        "a==b",
        "a!=b",
        "a=",
        "a in (b,c)",
        "a notin (b)",
        "x.io/y",
        "a in ()",
    ]
    usual += [
        "a in (b,)",
        "a,x.io/y=z",
        " a = b , ! x.io/y ",
        "toString",
        "toString!=b",
        "!toString",
    ]
    odd = [
        "",
        "a>1",
        "a<1",
        "a in b",
        "a in (b",
        "a,",
        ",a",
        "a b",
        "=b",
        "a=b c",
        "a=b=c",
        "a in (b))",
    ]
    odd += [
        "a notin",
        "-a",
        "a=-",
        "a/b/c",
        "A.io/x",
        "x/",
        "a in (b c)",
        "a;b",
        "'a'",
        "a=é",
        "a\u00a0",
    ]
    odd += [
        "!",
        "!!a",
        "!a=b",
        "a~b",
        "a in(b)",
        "a in (b)(c)",
        "a" * 64,
        "a in (b),",
        "(a)",
        "__proto__",
    ]
    for text in [*usual, *odd]:
        script = f"(()=>{{const f=document.getElementById('filter');f.value={json.dumps(text)};"
        browser.run(script + "f.dispatchEvent(new Event('input'));})()")
        shown = [int(each.removeprefix("Pod ")) for each in browser.visible]
        try:
            selector = parse(text)
        except SelectorSyntaxError:
            assert shown == [], text
        else:
            expected = [n for n, each in enumerate(LABELS) if selector.matches(each)]
            assert shown in ([expected] if text in usual or not text else [expected, []]), text


def test_namespaces_open(browser: Browser, tmp_path: Path) -> None:
    """In a page of namespaces, Enter opens one, Escape returns, and the filter looks inside."""
    graph = graph_of(
        item("Pod", "a", namespace="one", labels={"app": "a"}),
        item("Pod", "b", namespace="two", labels={"app": "b"}),
    )
    numbers = range(len(graph.nodes))
    views = [View("All namespaces", overview(graph, numbers), is_overview=True)]
    for name, nodes in namespaces_of(graph, numbers).items():
        views.append(View(name, picture(graph, {node.number for node in nodes})))
    browser.open(write_html(views), tmp_path)
    assert browser.visible == ["Namespace one", "Namespace two"]
    browser.press(*["Tab"] * 7, "ArrowRight", "ArrowDown", "Enter")
    assert browser.visible == ["Pod b"]
    assert browser.focus == "Pod b, in two"
    browser.press("Escape")
    assert browser.focus == "Namespace two, 1 Pod"
    browser.press("/", "Tab")
    browser.type("app=b")
    assert browser.visible == ["Namespace two"]


@pytest.mark.parametrize("dark", [False, True])
def test_contrast(browser: Browser, shop_page: str, tmp_path: Path, dark: bool) -> None:  # noqa: FBT001
    """All texts have the contrast of 4.5 that WCAG asks for, in light and in dark."""
    browser.open(shop_page, tmp_path, dark=dark)
    ratio = (
        "(()=>{const lum=(c)=>{const v=c.match(/[0-9.]+/g).slice(0,3).map(Number).map(x=>x/255)"
        ".map(x=>x<=.03928?x/12.92:((x+.055)/1.055)**2.4);return .2126*v[0]+.7152*v[1]+.0722*v[2]};"
        "return Math.min(...[...document.querySelectorAll('.box text, .box tspan')].map(t=>{"
        "const a=lum(getComputedStyle(t).fill),b=lum(getComputedStyle(t.closest('.box')"
        ".querySelector('.card')).fill);return (Math.max(a,b)+.05)/(Math.min(a,b)+.05)}))})()"
    )
    assert browser.run(ratio) >= 4.5


def test_a_phone(browser: Browser, shop_page: str, tmp_path: Path) -> None:
    """Nothing is wider than the screen, and the picture has room."""
    browser.open(shop_page, tmp_path, width=390)
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.run("document.getElementById('stage').clientHeight") > 250
