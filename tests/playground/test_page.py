"""The playground in a real browser: what is typed by keys is answered by the real library."""

import json
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from benchmarks import playground
from labelsel import SelectorSyntaxError, parse
from tests.chromium import CONTRAST, NEEDS_CHROMIUM, served
from tests.playground.conftest import PlaygroundBrowser

pytestmark = [pytest.mark.slow, NEEDS_CHROMIUM]


def link(address: str, **state: str) -> str:
    """Return a link to the page with a state."""
    return f"{address}index.html#{urlencode(state)}"


def test_the_first_answer(browser: PlaygroundBrowser, address: str) -> None:
    """The page answers what it begins with. It asks no other server, and logs nothing."""
    browser.show(f"{address}index.html")
    assert browser.status == "The selector does not match the labels."
    assert browser.rows("#why li") == [
        "yes\napp=web: has app=web",
        "yes\n!debug: has no debug",
        "no\ntier in (cache,front): has no tier, but teir=front",
    ]
    assert browser.text("#canonical") == "app=web,!debug,tier in (cache,front)"
    assert browser.text("#tree").startswith("And(terms=(Equals(key='app', value='web'),")
    assert "What you type stays in your browser" in browser.text("header")
    server = urlsplit(address).netloc
    files = {urlsplit(url).path.rpartition("/")[2] for url in browser.requests}
    assert {urlsplit(url).netloc for url in browser.requests} == {server}
    # Those of the worker, too.
    assert {"index.html", "worker.js", "pyodide.asm.wasm", "snapshot.bin"} <= files
    assert browser.noise == []


def test_kubernetes(browser: PlaygroundBrowser, address: str) -> None:
    """Each key stroke is answered: the match, the reasons and the translations."""
    browser.show(f"{address}index.html")
    browser.fill("labels", "app: web")
    browser.fill("selector", "app in (web,db)")
    assert browser.status == "The selector matches the labels."
    assert browser.rows("#why li") == ["yes\napp in (db,web): has app=web"]
    assert 'app in {"db", "web"}' in browser.rows("#translations pre")
    browser.press(*",!app")
    browser.answered()
    assert browser.status == "The selector does not match the labels."
    assert browser.rows("#relations dd")[0] == "no"
    browser.fill("labels", "")
    browser.fill("selector", "app!=web")
    assert browser.status == "The selector matches the labels."


def test_fields(browser: PlaygroundBrowser, address: str) -> None:
    """The language is chosen by keys; what labelsel cannot write is said."""
    browser.show(f"{address}index.html")
    browser.choose("language", "Kubernetes f")
    browser.fill("selector", "status.phase!=Running")
    browser.fill("labels", "status.phase: Failed")
    assert browser.status == "The selector matches the labels."
    assert browser.text("#tree") == "FieldNotEquals(key='status.phase', value='Running')"
    assert "labelsel reads this language and does not write it." in browser.rows("#translations p")


def test_calico(browser: PlaygroundBrowser, address: str) -> None:
    """What Kubernetes cannot express is not translated, and the reason is shown."""
    browser.show(f"{address}index.html")
    browser.choose("language", "C")
    browser.fill("selector", "app == 'web' || has(debug)")
    browser.fill("labels", "debug: ''")
    assert browser.status == "The selector matches the labels."
    assert browser.rows("#why li")[0] == "yes\nany of:"
    reasons = browser.rows("#translations p")
    assert any("in it all requirements must hold" in reason for reason in reasons)


def test_prometheus(browser: PlaygroundBrowser, address: str) -> None:
    """Lists of words work; of other regular expressions it is said that RE2 is missing."""
    browser.show(f"{address}index.html")
    browser.choose("language", "P")
    browser.fill("labels", "app: web")
    browser.fill("selector", '{app=~"web|db"}')
    assert browser.status == "The selector matches the labels."
    assert browser.text("#own-text").startswith("This is how labelsel prints the selector.")
    browser.fill("selector2", '{app=~"w.*"}')
    assert browser.text("#no-relations") == "The second selector is not valid."
    browser.choose("language2", "P")
    assert browser.text("#no-relations") == "This page cannot answer for the second selector."
    browser.fill("selector", '{app=~"w.*"}')
    assert browser.status == "This page cannot answer for the selector."
    assert browser.text("#selector-error .message").startswith("regular expressions need RE2")
    assert "does not run in the browser" in browser.text("#selector-error p")
    assert browser.rows("#why li") == []


def test_a_mistake(browser: PlaygroundBrowser, address: str) -> None:
    """The message is the library's, and its caret stands below the fault."""
    browser.show(f"{address}index.html")
    text = "app=web,tier In (cache)"
    browser.fill("selector", text)
    assert browser.status == "The selector is not valid."
    with pytest.raises(SelectorSyntaxError) as raised:
        parse(text)
    assert browser.rows("#selector-error .message > div") == str(raised.value).split("\n")
    assert browser.run("document.getElementById('selector').getAttribute('aria-invalid')") == "true"
    assert browser.run("document.getElementById('answer').hidden") is True
    browser.fill("selector", "app=web")
    assert browser.rows("#selector-error *") == []


#: The left edges of the last FAULT in the text and of the caret below it.
_EDGES = """(() => {
  const left = (part, character) => {
    const node = part.firstChild ?? part;
    const range = document.createRange();
    range.setStart(node, node.data.lastIndexOf(character));
    range.setEnd(node, node.data.length);
    return range.getBoundingClientRect().left;
  };
  const [text, caret] = document.querySelectorAll('#selector-error .fixed');
  const part = [...text.childNodes].findLast(node => node.textContent.includes(FAULT));
  return [left(part, FAULT), left(caret.firstChild, '^')];
})()"""


@pytest.mark.parametrize(
    ("language", "text", "fault"),
    [
        ("kubernetes", "a in (b),日本", "日"),
        ("kubernetes", "日本", "日"),
        ("calico", 'c == "日本語é漢" x', "x"),
        ("calico", 'c == "العربية" x', "x"),
        ("calico", 'c == "😀é" x', "x"),
    ],
)
def test_the_caret(
    browser: PlaygroundBrowser, address: str, language: str, text: str, fault: str
) -> None:
    """Wide characters, and those that another font draws, take the columns that are counted."""
    browser.show(link(address, language=language, selector=text))
    wanted, caret = browser.run(_EDGES.replace("FAULT", json.dumps(fault)))
    assert caret == pytest.approx(wanted, abs=1)


def test_a_caret_far_to_the_right(browser: PlaygroundBrowser, address: str) -> None:
    """On a phone the message is scrolled to its caret."""
    text = "app in (web,db),environment in (production,staging),tier In (x)"
    browser.show(link(address, selector=text), width=390)
    box = "document.querySelector('#selector-error .message')"
    assert browser.run(f"{box}.scrollLeft") > 0
    _, caret = browser.run(_EDGES.replace("FAULT", json.dumps("In")))
    left, right = browser.run(
        f"(r => [r.left, r.right])({box}.getBoundingClientRect())",
    )
    assert left < caret < right


def test_labels(browser: PlaygroundBrowser, address: str) -> None:
    """What is no mapping of strings is an error, and what Kubernetes refuses is a note."""
    browser.show(f"{address}index.html")
    browser.fill("labels", "app: true")
    assert browser.status == "The labels are not valid."
    assert "this is the boolean true" in browser.text("#labels-error .message")
    assert browser.text("#canonical") == "app=web,!debug,tier in (cache,front)"
    browser.fill("labels", "app: web\napp: db")
    assert "in this map twice" in browser.text("#labels-error .message")
    browser.fill("labels", "app: '-'")
    assert browser.rows("#labels-error *") == []
    assert browser.rows("#labels-notes li")[0].startswith("Kubernetes refuses the label 'app': ")


def test_two_selectors(browser: PlaygroundBrowser, address: str) -> None:
    """Whether they overlap and imply each other; a witness becomes the labels by Enter."""
    browser.show(f"{address}index.html")
    browser.fill("selector", "cores>3")
    browser.fill("selector2", "cores<5,cores!=4")
    witness = "Both match these labels."
    assert browser.rows("#relations dd")[0].startswith(f"yes {witness}\ncores: '04'")
    assert [row.split()[0] for row in browser.rows("#relations dd")] == ["yes", "no", "no", "no"]
    browser.run("document.querySelector('#relations button').focus()")
    browser.press("Enter")
    browser.answered()
    assert browser.run("document.getElementById('labels').value") == "cores: '04'\n"
    assert browser.status == "The selector matches the labels."
    browser.choose("language2", "C")
    browser.fill("selector2", "cores = '4'")
    assert browser.text("#selector2-error .message").startswith("not a valid selector: found '='")
    assert browser.run("document.getElementById('relations').hidden") is True
    assert browser.text("#no-relations") == "The second selector is not valid."


def test_by_tab(browser: PlaygroundBrowser, address: str) -> None:
    """Tab goes through all that can be used, in the order of the page, and each is marked."""
    browser.show(f"{address}index.html")
    found = []
    while True:
        browser.press("Tab")
        if browser.run("document.activeElement === document.body"):
            break
        style = browser.run(
            "(s => [s.outlineStyle, s.outlineWidth])(getComputedStyle(document.activeElement))"
        )
        assert style == ["solid", "3px"]
        found.append(browser.run("document.activeElement.id || document.activeElement.innerText"))
    assert found[:3] == ["skip", "Documentation", "About this page"]
    examples = browser.rows(".examples a")
    assert found[3 : 3 + len(examples)] == examples
    rest = found[3 + len(examples) :]
    assert rest[:6] == ["language", "selector", "labels", "language2", "selector2", "copy"]
    assert {"Use these labels", "canonical", "tree", "Pyodide"} <= set(rest)


def test_skip(browser: PlaygroundBrowser, address: str) -> None:
    """The first stop leads past the examples, and an example is taken by Enter."""
    browser.show(f"{address}index.html")
    browser.press("Tab", "Enter")
    assert browser.run("document.activeElement.id") == "selector"
    browser.run("document.querySelector('.examples a:last-child').focus()")
    browser.press("Enter")
    browser.until("document.getElementById('selector').value.includes('In (cache)')")
    browser.answered()
    assert browser.status == "The selector is not valid."


def test_names(browser: PlaygroundBrowser, address: str) -> None:
    """Each field has a name and its error as its description; what is said is a live region."""
    browser.show(f"{address}index.html")
    nameless = (
        "[...document.querySelectorAll('textarea, select, button')].filter(each =>"
        " !(each.labels?.length || each.innerText.trim())).length"
    )
    assert browser.run(nameless) == 0
    assert browser.run("document.getElementById('status').getAttribute('role')") == "status"
    described = "document.getElementById('selector').getAttribute('aria-describedby')"
    assert browser.run(described) == "selector-error"


def test_every_example(browser: PlaygroundBrowser, address: str) -> None:
    """Each is answered; the first is what the page begins with, and only the last is an error."""
    browser.show(f"{address}index.html")
    fields = ["language", "selector", "labels", "language2", "selector2"]
    state = f"{json.dumps(fields)}.map(name => document.getElementById(name).value)"
    begun = browser.run(state)
    found = []
    for number in range(len(browser.rows(".examples a"))):
        browser.run(f"document.querySelectorAll('.examples a')[{number}].click()")
        browser.until("decodeURIComponent(location.hash) !== '' && document.body.dataset.state")
        browser.run("new Promise(done => setTimeout(done))")
        browser.answered()
        found.append(browser.status)
        if number == 0:
            assert browser.run(state) == begun
    assert found[-1] == "The selector is not valid."
    assert all("match" in status for status in found[:-1])
    assert browser.noise == []


def test_the_link(browser: PlaygroundBrowser, address: str) -> None:
    """What is typed is in the address, and the address brings it back."""
    browser.show(f"{address}index.html")
    browser.choose("language", "C")
    browser.fill("selector", "a == '&#=+ %日'")
    browser.fill("labels", 'a: "&#=+ %日"\nb: c')
    browser.until("location.hash.includes('b%3A+c')")
    url = browser.run("location.href")
    browser.show(url)
    assert browser.run("document.getElementById('language').value") == "calico"
    assert browser.run("document.getElementById('selector').value") == "a == '&#=+ %日'"
    assert browser.run("document.getElementById('labels').value") == 'a: "&#=+ %日"\nb: c'
    assert browser.status == "The selector matches the labels."


def test_a_link_of_another_version(browser: PlaygroundBrowser, address: str) -> None:
    """An unknown language is not read as another one."""
    browser.open(link(address, language="sql<b>", selector="app=web"))
    browser.until("document.getElementById('status').className === 'error'")
    assert browser.status == "This link names a language that the page does not know: sql<b>"
    assert browser.run("document.getElementById('answer').hidden") is True


HOSTILE = "<img src=x onerror=document.title='x'><script>document.title='x'</script>"


def test_hostile_text(browser: PlaygroundBrowser, address: str) -> None:
    """Markup is shown as text, wherever it comes back."""
    quoted = f"a == {json.dumps(HOSTILE)}"
    texts = {"language": "calico", "language2": "calico"}
    labels = f"{json.dumps(HOSTILE)}: {json.dumps(HOSTILE)}"
    for selector in (quoted, HOSTILE, f"{quoted} || has(b)"):
        browser.show(link(address, selector=selector, selector2=selector, labels=labels, **texts))
        shown = browser.text("body")
        assert "<img src=x" in shown
        assert browser.run("document.querySelectorAll('img, body script').length") == 0
    assert browser.run("document.title") == "Playground of labelsel"
    assert browser.noise == []


def test_half_a_character(browser: PlaygroundBrowser, address: str) -> None:
    """Half of a surrogate pair is an error that says so, and gets no link."""
    browser.show(f"{address}index.html")
    browser.run(
        "(field => { field.value = 'a\\ud800'; field.dispatchEvent(new Event('input')) })"
        "(document.getElementById('selector'))"
    )
    browser.answered()
    assert "half of a surrogate pair" in browser.text("#selector-error .message")
    browser.run("document.getElementById('copy').focus()")
    browser.press("Enter")
    browser.until("document.getElementById('copied').textContent")
    assert browser.text("#copied") == "These texts are too long for a link, or not valid Unicode."


def test_a_megabyte(browser: PlaygroundBrowser, address: str) -> None:
    """Texts that are too long get a plain answer at once, and the page goes on."""
    browser.show(f"{address}index.html")
    for field in ("selector", "labels", "selector2"):
        browser.run(
            "(field => { field.value = 'a,'.repeat(2 ** 19); "
            f"field.dispatchEvent(new Event('input')) }})(document.getElementById('{field}'))"
        )
    browser.answered()
    for field in ("selector", "labels", "selector2"):
        assert browser.text(f"#{field}-error .message").startswith("too long for this page: the ")
    browser.fill("selector", "app")
    browser.fill("labels", "app: x")
    assert browser.status == "The selector matches the labels."


@pytest.mark.parametrize(
    ("language", "selector", "labels"),
    [
        ("calico", f"{'(' * 99}has(a){')' * 99}", "a: b"),
        ("calico", "!" * 99 + "has(a)", "a: b"),
        ("calico", "(" * 9_999, "[" * 9_999),
        ("kubernetes", ",".join(f"k{n}" for n in range(1_500)), "a: b\n" * 1_999),
        ("calico", " || ".join(f"a{n} == 'v'" for n in range(650)), "&a [*a]"),
        ("prometheus", '{a="' + "\\" * 9_000, "{a: " * 2_400),
    ],
)
def test_nothing_breaks_python(
    browser: PlaygroundBrowser, address: str, language: str, selector: str, labels: str
) -> None:
    """Deep and long texts are answered, or refused, by the Python that goes on after them."""
    browser.show(f"{address}index.html")
    values = {"language": language, "selector": selector, "labels": labels}
    browser.run(
        f"(values => {{ for (const [id, value] of Object.entries(values)) "
        "document.getElementById(id).value = value;"
        "document.getElementById('labels').dispatchEvent(new Event('input')) })"
        f"({json.dumps(values)})"
    )
    browser.answered()
    assert browser.status in {
        "The selector is not valid.",
        "The labels are not valid.",
        "The selector matches the labels.",
        "The selector does not match the labels.",
    }
    browser.fill("labels", "app: x")
    browser.choose("language", "Kubernetes l")
    browser.fill("selector", "app")
    assert browser.status == "The selector matches the labels."


def test_without_the_snapshot(browser: PlaygroundBrowser, made: Path, tmp_path: Path) -> None:
    """A browser that cannot use the saved memory starts Python anew, and answers the same."""
    for file in made.iterdir():
        if file.name != "snapshot.bin":
            (tmp_path / file.name).symlink_to(file)
    with served(tmp_path) as address:
        browser.show(f"{address}index.html")
    assert browser.status == "The selector does not match the labels."
    assert browser.text("#canonical") == "app=web,!debug,tier in (cache,front)"
    assert any("without its snapshot" in json.dumps(each) for each in browser.noise)


def test_without_python(browser: PlaygroundBrowser, made: Path, tmp_path: Path) -> None:
    """If a part is missing, the page says that it stopped, and why."""
    for name in ("index.html", "page.css", "page.js", "worker.js"):
        (tmp_path / name).symlink_to(made / name)
    with served(tmp_path) as address:
        browser.open(f"{address}index.html")
        browser.until("document.body.dataset.state === 'failed'")
    assert browser.status.startswith("The playground stopped: ")


#: No label set matches it, and finding that out takes more steps than the library takes.
HEAVY = " && ".join(
    [f"(a{n} == 'x' || b{n} == 'x')" for n in range(30)]
    + [f"(!(has(a{n})) || c{n} == 'x')" for n in range(30)]
    + [f"(!(has(b{n})) || c{n} == 'y')" for n in range(30)]
    + ["(a == 'x' || b == 'x')", "!has(a)", "!has(b)"]
)
#: What would run after ten seconds runs when the test calls `tenSecondsLater`.
LATER = (
    "(real => { window.setTimeout = (call, time) => {"
    " if (time !== 10000) return real(call, time); window.tenSecondsLater = call } })(setTimeout)"
)


def test_an_answer_that_takes_long(browser: PlaygroundBrowser, address: str) -> None:
    """It is stopped, which is said, the others are shown, and typing goes on."""
    script = browser.call("Page.addScriptToEvaluateOnNewDocument", source=LATER)
    try:
        browser.open(link(address, language="calico", selector=HEAVY, selector2="a=b"))
        browser.until("document.querySelector('#relations dd').innerText === 'no'")
        assert browser.status == "The selector does not match the labels."
        browser.run("tenSecondsLater()")
        stopped = "unknown This took more than 10 seconds, so it was stopped."
        assert browser.rows("#relations dd")[1] == stopped
        browser.answered()
        assert [row.split()[0] for row in browser.rows("#relations dd")] == [
            "no",
            "unknown",
            "no",
            "no",
        ]
        browser.choose("language", "Kubernetes l")
        browser.fill("selector", "!a")
        assert browser.status == "The selector matches the labels."
        assert [row.split()[0] for row in browser.rows("#relations dd")] == ["no"] * 4
    finally:
        browser.call("Page.removeScriptToEvaluateOnNewDocument", **script)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1200, 390])
def test_it_can_be_read(
    browser: PlaygroundBrowser, address: str, width: int, *, dark: bool
) -> None:
    """All texts have the contrast of 4.5 that WCAG asks for, and nothing is too wide."""
    for selector in ("app=web,tier=x", "app In (x)"):
        browser.show(link(address, selector=selector, labels="app: web"), width=width, dark=dark)
        ratio = (
            f"(() => {{ {CONTRAST}"
            "const back = (each) => { for (; each; each = each.parentElement) {"
            "const color = getComputedStyle(each).backgroundColor;"
            "if (color !== 'rgba(0, 0, 0, 0)') return color } };"
            "return Math.min(...[...document.querySelectorAll('body *')]"
            ".filter(each => each.checkVisibility() && [...each.childNodes].some("
            "node => node.nodeType === 3 && node.data.trim()))"
            ".map(each => contrast(getComputedStyle(each).color, back(each)))) })()"
        )
        assert browser.run(ratio) >= 4.5
        assert browser.run("document.documentElement.scrollWidth") <= width


def test_the_benchmark(made: Path) -> None:
    """It measures one start and the key strokes after it."""
    found = playground.measure(made, rounds=1)
    assert list(found) == playground.STEPS
    assert all(len(seconds) >= 1 and min(seconds) > 0 for seconds in found.values())
    page, ready, first, both = (found[step][0] for step in playground.STEPS[:4])
    assert page < ready < first < both
