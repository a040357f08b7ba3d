"""The page of findings: complete, self-contained, and nothing of a manifest is markup in it."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.errors import ManifestError, RenderError, TemplateWarning
from labelsel.kubernetes import Resource, Source
from labelsel.kubernetes.edit.part_edits import PartEdit
from labelsel.lint import RULES, Finding, Rule, Severity, Suppression, registry
from labelsel.lint.formats.html import html_report
from tests.lint.test_formats import OBEYED, finding, odd_finding


class Page(HTMLParser):
    """What a browser sees: the tags with their attributes, and the texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts += [data.strip()] if data.strip() else []

    def names(self) -> list[str]:
        return [tag for tag, _ in self.tags]

    def find(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_all_is_on_the_page() -> None:
    """Counts, then each file with its findings, then what the rules mean."""
    note = Finding(RULES["selects-nothing"], finding().resource, (), "c", "d", 9, unsure=True)
    edit = PartEdit("replace", ("metadata",), "x")
    findings = [
        finding(),
        note,
        replace(finding("b.yaml"), edit=edit),
        replace(finding("c.yaml"), suppression=Suppression.IGNORED, edit=edit),
        replace(finding("d.yaml", line=0, place=None), suppression=Suppression.BASELINE),
    ]
    page = Page(html_report(findings, 7, "1.2.3"))
    text = "\n".join(page.texts)
    assert "3 findings in 7 objects: 2 errors, 1 note." in text
    assert "labelsel lint 1.2.3" in text
    first = "\nline 7\nerror\nillegal-label\npod/web in shop\na\nfix: b\n"
    assert f"shop/web.yaml{first}line 9\nnote\nselects-nothing" in text
    assert f"b.yaml{first}labelsel lint --fix can write this fix.\nc.yaml" in text
    assert f"c.yaml{first}ignored by a comment\nd.yaml\nin no file" in text
    assert text.endswith("https://labelsel.readthedocs.io/en/latest/lint.html#selects-nothing")
    assert "in the baseline" in text
    links = {attributes["href"] for attributes in page.find("a")}
    rules = [attributes["id"] for attributes in page.find("dt")]
    pages = {RULES[str(name).removeprefix("rule-")].docs for name in rules}
    assert links == {*(f"#{name}" for name in rules), *pages}
    boxes = {each["id"]: "checked" in each for each in page.find("input")}
    assert boxes == {"show-error": True, "show-note": True, "show-suppressed": False}
    assert [each["for"] for each in page.find("label")] == list(boxes)
    assert [label for label in page.texts if label.endswith(" not reported")] == ["2 not reported"]


def test_no_findings() -> None:
    """A page without findings says so, and has nothing to filter."""
    page = Page(html_report([], 1, "1"))
    assert "No findings in 1 object." in page.texts
    assert not {"input", "label", "dl", "article"} & set(page.names())
    assert "1 finding in 2 objects: 1 error." in Page(html_report([finding()], 2, "1")).texts


def test_a_rule_with_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule from outside links to its page; one without a page to nothing."""
    for docs in ("https://docs.example/x", "javascript:alert(1)", ""):
        rule = Rule("x", Severity.ERROR, "x", lambda _: iter(()), docs=docs)
        monkeypatch.setitem(registry._RULES, "x", rule)
        found = Finding(rule, finding().resource, (), "a", "b", 1)
        links = [each["href"] for each in Page(html_report([found], 1, "1")).find("a")]
        assert links == ["#rule-x", *([docs] if docs.startswith("https:") else [])]


def test_nothing_is_loaded() -> None:
    """No script, and no address; the policy allows the one style, and nothing else."""
    text = html_report([finding(), odd_finding()], 2, "1")
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "form", "object"} & set(page.names())
    linked = re.sub(r'<a href="https://labelsel\.readthedocs\.io/[^"]*">[^<]*</a>', "", text)
    assert linked != text
    assert not re.search(r"url\(|@import|https?:", linked)
    (policy,) = (each["content"] for each in page.find("meta") if "http-equiv" in each)
    style = re.search("<style>(.*)</style>", text, re.DOTALL)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert not any("style" in attributes or "onclick" in attributes for _, attributes in page.tags)


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;<!--"


def page_of(text: str) -> Page:
    """The page of a finding of which each text is this one."""
    source = Source(text, 1, 1, finding().resource.source.location)
    pod = Resource(text, text, text, text, {}, {}, {}, source)
    return Page(html_report([Finding(RULES["key-typo"], pod, (text,), text, text, 7)], 1, "1"))


PLAIN = page_of("a")


@pytest.mark.parametrize("text", [HOSTILE, OBEYED, "]]>", "</style><script>", "\ud800"])
def test_hostile_texts(text: str) -> None:
    """No text makes a tag or an attribute, and no control character is on the page."""
    page = page_of(text)
    assert page.tags == PLAIN.tags
    assert all(each.replace("\n", "").isprintable() for each in page.texts[3:])


@given(st.text(max_size=20))
def test_any_text(text: str) -> None:
    """Whatever a manifest says, the page has the same tags, and shows the text."""
    assert page_of(text or "x").tags == PLAIN.tags


def test_text_is_shown_as_it_is() -> None:
    """A reader sees the characters, not their escapes."""
    assert f"fix: {HOSTILE}" in page_of(HOSTILE).texts


def test_input_errors() -> None:
    """They are before all findings, no filter hides them, and nothing of them is markup."""
    bad = f"<script>{OBEYED}</script>"
    errors = [ManifestError(bad, bad, line=1), RenderError("kustomize", "failed:", [bad])]
    text = html_report([finding()], 1, "1", errors)
    page = Page(text)
    start = page.texts.index("Input errors")
    lines = [line for error in errors for line in str(error).split("\n")]
    assert page.texts[start + 2 : start + 5] == [line.strip() for line in lines]
    assert start < page.texts.index("shop/web.yaml")
    assert "script" not in page.names()
    classes = {str(each.get("class")) for each in page.find("article")}
    assert "finding unread" in classes
    assert all(line.isprintable() for line in page.texts[start:])
    assert "Input errors" not in html_report([finding()], 1, "1")


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (["a"], "1 part of the input was not read, and was not checked."),
        (["a", "b"], "2 parts of the input were not read, and were not checked."),
    ],
)
def test_what_was_not_read(files: list[str], line: str) -> None:
    """How much it is can be seen at once, and which files behind a click."""
    unread = [TemplateWarning(file, "skipped: a template") for file in files]
    page = Page(html_report([finding()], 1, "1", (), unread))
    start = page.texts.index("Not read")
    shown = [f"{file}: skipped: a template" for file in files]
    assert page.texts[start + 1 : start + 3 + len(files)] == [line, "Which, and why", *shown]
    assert "Not read" not in html_report([finding()], 1, "1")


#: The page of the findings below, behind its style: each text has a line of its own.
BODY = """\
<h1>Labels and selectors</h1>
<p>3 findings in 2 objects: 1 error, 2 warnings.</p>
<p class="dim">labelsel lint 1</p>
<input type="checkbox" class="filter" id="show-error" checked="checked">\
<input type="checkbox" class="filter" id="show-warning" checked="checked">\
<input type="checkbox" class="filter" id="show-suppressed">\
<div class="filters"><label for="show-error">1 error</label>
<label for="show-warning">2 warnings</label>
<label for="show-suppressed">2 not reported</label>
</div><main><section class="file"><h2>a.yaml</h2>
<article class="finding error"><header><span class="line dim">line 7</span>
<span class="badge">error</span>
<span><a href="#rule-illegal-label">illegal-label</a>
</span><span>pod/web in shop</span>
</header><p>a</p>
<p class="fix">fix: b</p>
</article><article class="finding error suppressed"><header><span class="line dim">line 7</span>
<span class="badge">error</span>
<span><a href="#rule-illegal-label">illegal-label</a>
</span><span>pod/web in shop</span>
</header><p>a</p>
<p class="fix">fix: b</p>
<p class="dim">ignored by a comment</p>
</article></section><section class="file"><h2>b.yaml</h2>
<article class="finding warning"><header><span class="line dim">line 7</span>
<span class="badge">warning</span>
<span><a href="#rule-a-rule">a-rule</a>
</span><span>pod/web in shop</span>
</header><p>a</p>
<p class="fix">fix: b</p>
</article><article class="finding warning"><header><span class="line dim">line 7</span>
<span class="badge">warning</span>
<span><a href="#rule-b-rule">b-rule</a>
</span><span>pod/web in shop</span>
</header><p>a</p>
<p class="fix">fix: b</p>
</article></section><section class="suppressed"><h2>c.yaml</h2>
<article class="finding error suppressed"><header><span class="line dim">line 7</span>
<span class="badge">error</span>
<span><a href="#rule-illegal-label">illegal-label</a>
</span><span>pod/web in shop</span>
</header><p>a</p>
<p class="fix">fix: b</p>
<p class="dim">in the baseline</p>
</article></section><section><h2>The rules</h2>
<dl><dt id="rule-a-rule">a-rule</dt>
<dd>It is wrong.<p class="dim">See docs/a.md of labelsel.</p>
</dd>
<dt id="rule-b-rule">b-rule</dt>
<dd>It is odd.</dd>
<dt id="rule-illegal-label">illegal-label</dt>
<dd>A label has a key or a value that the API server refuses.<p><a href="PAGE">PAGE</a>
</p></dd>
</dl></section></main></body></html>
""".replace("PAGE", RULES["illegal-label"].docs)


def test_a_whole_page() -> None:
    """Each part of a page, in its order, with its words in the right number."""

    def warning(name: str, summary: str, docs: str = "") -> Finding:
        made = Rule(name, Severity.WARNING, summary, lambda _: iter(()), docs=docs)
        return Finding(made, finding("b.yaml").resource, (), "a", "b", 7)

    findings = [
        finding("a.yaml"),
        replace(finding("a.yaml"), suppression=Suppression.IGNORED),
        warning("a-rule", "It is wrong", "docs/a.md"),
        warning("b-rule", "It is odd"),
        replace(finding("c.yaml"), suppression=Suppression.BASELINE),
    ]
    head, _, body = html_report(findings, 2, "1").partition("<body>")
    assert body == BODY
    assert head.startswith('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">')
