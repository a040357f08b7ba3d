"""docs/_ext/check_site.py finds links that lead nowhere, and what a page loads from elsewhere."""

from pathlib import Path

import pytest

from docs._ext import check_site

GOOD = """<html><head>
<link rel="canonical" href="https://labelsel.readthedocs.io/en/latest/index.html">
<link rel="stylesheet" href="style.css?v=1"><script src="script.js"></script>
</head><body id="content">
<a href="#content">a</a> <a href="other/page.html#caf%C3%A9">b</a> <a href="other/">c</a>
<a href="https://kubernetes.io/">d</a> <a href="mailto:a@b.example">e</a>
<a href="https://labelsel.readthedocs.io/en/latest/other/page.html">f</a>
<img src="data:image/png;base64,AA"><a href="">g</a>
</body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site without a fault."""
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "style.css").write_text("a { background: url(picture.svg) }")
    (tmp_path / "script.js").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "page.html").write_text('<p id="café"><a href="../index.html">x</a>')
    (tmp_path / "other" / "index.html").write_text("<p>")
    return tmp_path


def test_a_good_site(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is found, and the command says how many pages it looked at."""
    assert list(check_site.faults(site)) == []
    assert check_site.main(str(site)) == 0
    assert capsys.readouterr().out.startswith("3 pages: ")


@pytest.mark.parametrize(
    ("tag", "fault"),
    [
        ('<a href="no.html">', "links to no.html, which is not there"),
        ('<a href="../other.html">', "links to ../other.html, which is not there"),
        ('<a href="other/page.html#no">', "links to other/page.html#no, which has no such anchor"),
        ('<a href="#no">', "links to #no, which has no such anchor"),
        (
            '<a href="https://labelsel.readthedocs.io/en/latest/no.html">',
            "links to no.html, which is not there",
        ),
        ('<img src="no.png">', "loads no.png, which is not there"),
        ('<script src="https://cdn.example/a.js">', "loads https://cdn.example/a.js"),
        ('<link rel="stylesheet" href="//fonts.example/f">', "loads //fonts.example/f"),
        ('<img srcset="http://e.example/a.png 2x">', "loads http://e.example/a.png 2x"),
        ('<p style="background: url(https://e.example/b)">', "loads https://e.example/b"),
        ("<style>@import 'https://e.example/c'</style>", "loads https://e.example/c"),
    ],
)
def test_a_fault_is_found(
    site: Path, tag: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is named with its page."""
    (site / "index.html").write_text(f"{GOOD}{tag}")
    assert list(check_site.faults(site)) == [f"index.html: {fault}"]
    assert check_site.main(str(site)) == 1
    assert capsys.readouterr().out == f"index.html: {fault}\n"


def test_a_style_sheet_that_loads_from_elsewhere(site: Path) -> None:
    """Web fonts come in by style sheets."""
    (site / "style.css").write_text("@font-face { src: url('https://fonts.example/f.woff2') }")
    assert list(check_site.faults(site)) == ["style.css: loads https://fonts.example/f.woff2"]


def test_the_playground_may_be_missing(site: Path) -> None:
    """It is another command that makes it. Where it is there, links into it are checked."""
    (site / "index.html").write_text(f'{GOOD}<a href="playground/index.html#language=calico">')
    assert list(check_site.faults(site)) == []
    (site / "playground").mkdir()
    assert list(check_site.faults(site)) == [
        "index.html: links to playground/index.html#language=calico, which is not there"
    ]
    (site / "playground" / "index.html").write_text("<p>")
    assert list(check_site.faults(site)) == []


def test_no_page_is_a_fault(tmp_path: Path) -> None:
    """A check that looks at nothing has not shown anything."""
    assert check_site.main(str(tmp_path)) == 1
