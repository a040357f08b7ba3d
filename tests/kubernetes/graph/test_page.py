"""The page of a graph in a real browser: its keys, its search, its filter, and that it is quiet."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelsel import SelectorSyntaxError, parse
from labelsel.kubernetes.graph.boxes import Box, Picture
from labelsel.kubernetes.graph.html import View, write_html
from labelsel.kubernetes.graph.picture import namespaces_of, overview, picture
from tests.chromium import CONTRAST, NEEDS_CHROMIUM, Browser, chromium
from tests.cli.hostile_world import call
from tests.hostile_outputs import world
from tests.hostile_texts import TEXTS, TOGETHER, leaks
from tests.kubernetes.graph.conftest import graph_of, item, workload

pytestmark = [
    pytest.mark.slow,
    NEEDS_CHROMIUM,
]
LABELS = [{}, {"a": "b"}, {"a": ""}, {"a": "c", "x.io/y": "z"}, {"x.io/y": "z"}, {"toString": "b"}]


class GraphBrowser(Browser):
    """A browser that shows the page of a graph."""

    def show(self, page: str, folder: Path, *, width: int = 1200, dark: bool = False) -> None:
        """Show a page."""
        file = folder / "page.html"
        file.write_text(page, encoding="utf-8")
        self.open(file.as_uri(), width=width, dark=dark)

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
        return self.text("#status")

    @property
    def panel(self) -> str:
        return self.text("#panel")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphBrowser]:
    with chromium(tmp_path_factory.mktemp("chromium"), GraphBrowser) as found:
        yield found


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


def test_it_is_quiet(browser: GraphBrowser, shop_page: str, tmp_path: Path) -> None:
    """Nothing is asked of a network, nothing is refused by the policy, nothing fails."""
    browser.show(shop_page, tmp_path)
    browser.press("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Enter", "Escape")
    assert [url.rpartition("/")[2] for url in browser.requests] == ["page.html"]
    assert not browser.noise


def test_the_policy_holds(browser: GraphBrowser, shop_page: str, tmp_path: Path) -> None:
    """Even a script that got into the page could load nothing."""
    bad = shop_page.replace("<header>", '<script>document.title="x"</script><header>')
    browser.show(bad.replace("<header>", '<img src="https://example.com/a.png"><header>'), tmp_path)
    assert browser.run("document.title") == "What selects what"
    refused = [each for each in browser.events if each["method"] == "Log.entryAdded"]
    assert len(refused) == 2
    assert all("Content Security Policy" in each["params"]["entry"]["text"] for each in refused)


def test_keys(browser: GraphBrowser, shop_page: str, tmp_path: Path) -> None:
    """Tab comes to the picture, arrow keys to the next box, Enter shows it, Escape goes back."""
    browser.show(shop_page, tmp_path)
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


def test_the_filter(browser: GraphBrowser, shop_page: str, tmp_path: Path) -> None:
    """What matches is shown, with what it is connected with; a mistake hides everything."""
    browser.show(shop_page, tmp_path)
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


def test_the_filter_means_what_a_selector_means(browser: GraphBrowser, tmp_path: Path) -> None:
    """The filter takes usual selectors, and what it takes selects what labelsel selects."""
    boxes = tuple(Box(n, "g", "Pod", str(n), (), labels=(each,)) for n, each in enumerate(LABELS))
    browser.show(write_html([View("All", Picture(boxes, ()))]), tmp_path)
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


def test_namespaces_open(browser: GraphBrowser, tmp_path: Path) -> None:
    """In a page of namespaces, Enter opens one, Escape returns, and the filter looks inside."""
    graph = graph_of(
        item("Pod", "a", namespace="one", labels={"app": "a"}),
        item("Pod", "b", namespace="two", labels={"app": "b"}),
    )
    numbers = range(len(graph.nodes))
    views = [View("All namespaces", overview(graph, numbers), is_overview=True)]
    for name, nodes in namespaces_of(graph, numbers).items():
        views.append(View(name, picture(graph, {node.number for node in nodes})))
    browser.show(write_html(views), tmp_path)
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
def test_contrast(browser: GraphBrowser, shop_page: str, tmp_path: Path, dark: bool) -> None:  # noqa: FBT001
    """All texts have the contrast of 4.5 that WCAG asks for, in light and in dark."""
    browser.show(shop_page, tmp_path, dark=dark)
    ratio = (
        f"(()=>{{{CONTRAST}"
        "return Math.min(...[...document.querySelectorAll('.box text, .box tspan')].map(t=>"
        "contrast(getComputedStyle(t).fill, getComputedStyle(t.closest('.box')"
        ".querySelector('.card')).fill)))})()"
    )
    assert browser.run(ratio) >= 4.5


def test_a_phone(browser: GraphBrowser, shop_page: str, tmp_path: Path) -> None:
    """Nothing is wider than the screen, and the picture has room."""
    browser.show(shop_page, tmp_path, width=390)
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.run("document.getElementById('stage').clientHeight") > 250


HOSTILE = [TOGETHER, *(TEXTS[name] for name in ("end of a script", "image", "attribute", "style"))]


@pytest.mark.parametrize("words", [["graph", "-A", "-f", "in"], ["lint", "in", "odd"]], ids=str)
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_becomes_a_script(
    browser: GraphBrowser, tmp_path: Path, words: list[str], text: str
) -> None:
    """Names and labels are text in both pages: nothing runs, loads or is refused by the policy."""
    with world(text):
        page = call([*words, "-o", "html"], text).output
    browser.show(page, tmp_path)
    scripts = browser.run("document.scripts.length")
    assert scripts == (2 if words[0] == "graph" else 0)
    assert browser.run("document.querySelectorAll('img, [onload], [onerror]').length") == 0
    shown = browser.run("document.body.innerText")
    if scripts:
        for number in range(browser.run("document.querySelectorAll('.box').length")):
            click = "dispatchEvent(new MouseEvent('click', {bubbles: true}))"
            browser.run(f"document.querySelectorAll('.box')[{number}].{click}")
            assert browser.panel.startswith(browser.visible[number].split("…")[0][:8])
            shown += browser.panel
        assert "key" in shown
    # A page is no log of a CI service.
    assert [leak for leak in leaks(shown, tabs=True) if not leak.startswith("a command")] == []
    assert [url.rpartition("/")[2] for url in browser.requests] == ["page.html"]
    assert not browser.noise
    assert "Page.javascriptDialogOpening" not in {each["method"] for each in browser.events}
