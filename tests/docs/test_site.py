"""A small site that Sphinx builds with our extensions: what becomes a link, and what stops it."""

import io
import re
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

import labelsel
from docs._ext import reference

# myst-parser 5.2 uses what a later Sphinx will take away.
pytestmark = pytest.mark.filterwarnings("ignore:'myst_parser\\.:PendingDeprecationWarning")

INDEX = """Reference
=========

Parsing
-------

.. names:: parsing

   parse to_expression compile_predicate Answer Selector

Kubernetes
----------

.. names:: kinds
   :module: labelsel.kubernetes

   Kind NODE

.. pages::
"""

PAGE = """# First

[server.py](../examples/server.py),
[file](../pyproject.toml), [text](../NOTES.md), [folder](../examples), [page](docs/other.md),
[docs/other.md](other.md), [other.md](other.md#a-heading),
`docs/other.md`, docs/other.md, `Answer`, `Answer.witness`, `parse`, `labelsel.parse()`, `labelsel`.
![picture](https://raw.githubusercontent.com/labelsel/labelsel/main/docs/picture.svg)
[site](https://labelsel.readthedocs.io/en/latest/other.html#a-heading)
[play](playground/index.html), [play](https://labelsel.readthedocs.io/en/latest/playground/)

```{toctree}
other
reference/index
```
"""

OTHER = "# Other page\n\n## A heading\n"


def write_pages(tmp_path: Path) -> Path:
    """Return a repository with pages."""
    for folder in ("docs/reference", "docs/playground", "examples", "build/playground"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "NOTES.md").touch()
    (tmp_path / "examples/server.py").write_text("serve()\n")
    (tmp_path / "docs/picture.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "docs/playground/index.html").touch()
    (tmp_path / "build/playground/index.html").write_text("made")
    (tmp_path / "docs/index.md").write_text(PAGE)
    (tmp_path / "docs/other.md").write_text(OTHER)
    (tmp_path / "docs/reference/index.rst").write_text(INDEX)
    return tmp_path


def build(root: Path, *, gate: bool = False) -> tuple[Path, str]:
    """Build the site; return where it is, and the warnings."""
    warnings = io.StringIO()
    settings = {
        "extensions": [
            "myst_parser",
            "sphinx.ext.autodoc",
            "docs._ext.reference",
            "docs._ext.repository",
        ],
        "default_role": "api",
        "nitpicky": True,
        "myst_heading_anchors": 6,
        "html_theme": "basic",
        "reference_gate": gate,
    }
    with docutils_namespace():
        app = Sphinx(
            root / "docs",
            None,
            root / "site",
            root / "trees",
            "html",
            confoverrides=settings,
            status=None,
            warning=warnings,
        )
        app.build()
    return root / "site", warnings.getvalue()


def test_every_guide_is_listed_once() -> None:
    """The sidebar has the guides by task, and forgets none."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    listed = re.findall(r"^guides/(.+)$", (docs / "index.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in (docs / "guides").glob("*.md"))
    assert listed[:3] == ["filter", "informer", "fake-api-server"]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a site, and the warnings while it was built."""
    root = write_pages(tmp_path_factory.mktemp("right"))
    (root / "docs/reference/old.rst").touch()
    site, warnings = build(root)
    assert not (root / "docs/reference/old.rst").exists()
    return site, warnings


def test_links(right: tuple[Path, str]) -> None:
    """Files lead to GitHub, pages and public names to their pages."""
    site, warnings = right
    assert "index.md" not in warnings
    page = (site / "index.html").read_text()
    assert 'href="https://github.com/labelsel/labelsel/blob/main/pyproject.toml"' in page
    assert 'href="https://github.com/labelsel/labelsel/blob/main/NOTES.md"' in page
    (download,) = (site / "_downloads").rglob("*.*")
    assert (download.name, download.read_text()) == ("server.py", "serve()\n")
    assert f'href="{download.relative_to(site)}"' in page
    assert 'href="https://github.com/labelsel/labelsel/tree/main/examples"' in page
    assert page.count('href="other.html"><span class="doc">Other page</span>') == 2
    assert "docs/other.md" not in page  # the title
    assert 'href="other.html"' in page
    assert page.count('href="other.html#a-heading"') == 3  # the link, the address, the contents
    assert "A heading</span></a>,\n" in page  # the title, not other.md
    assert 'href="reference/labelsel.Answer.html#labelsel.Answer.witness"' in page
    assert 'href="reference/parsing.html#labelsel.parse"' in page
    assert "<code" in page
    assert 'src="_images/picture.svg"' in page
    assert page.count('href="playground/index.html"') == 2
    assert (site / "playground/index.html").read_text() == "made"


def test_reference(right: tuple[Path, str]) -> None:
    """A class has a page, a function a place on that of its group; types of ours are links."""
    site, warnings = right
    assert "py:class" not in warnings  # str and Mapping are text
    group = (site / "reference/parsing.html").read_text()
    assert "Return the canonical text" not in (site / "reference/kinds.html").read_text()
    assert 'id="labelsel.parse"' in group
    assert 'href="labelsel.Answer.html#labelsel.Answer"' in group
    assert "The kind" not in group
    selector = (site / "reference/labelsel.Selector.html").read_text()
    listed = re.findall(r'href="#labelsel\.Selector\.(\w+)"><code', selector)
    assert "matches" in listed
    assert "__invert__" in listed
    assert listed == [member.name for member in reference.members_of(labelsel.Selector)]
    index = (site / "reference/index.html").read_text()
    assert 'href="parsing.html#labelsel.to_expression"' in index
    assert 'id="labelsel.kubernetes.NODE"' in (site / "reference/kinds.html").read_text()


WRONG = {
    "[a](no.md)": "'myst' cross-reference target not found: 'no.md'",
    "[a](other.md#no)": "local id not found in doc 'other': 'no'",
    "[a](../no.toml)": "'myst' cross-reference target not found: '../no.toml'",
    "`docs/no.md`": "no such page: docs/no.md",
    "See docs/none.md.": "no such page: docs/none.md",
    "```{eval-rst}\n`no_such_name`\n```": "`no_such_name` is no public name",
    "![a](no.png)": "image file not readable: no.png",
    "```{toctree}\nno\n```": "toctree contains reference to nonexisting document 'no'",
}
OF_THE_SITE = {
    "a page in no toctree": "lost.md: WARNING: document isn't included in any toctree",
    "what tests/test_reference.py finds": "labelsel.LabelIndex is in no group",
}


@pytest.fixture(scope="module")
def warnings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the warnings of a site with all that is wrong."""
    root = write_pages(tmp_path_factory.mktemp("wrong"))
    (root / "docs/other.md").write_text("\n\n".join([OTHER, *WRONG, ""]))
    (root / "docs/lost.md").write_text("# Lost\n")
    return build(root, gate=True)[1]


@pytest.mark.parametrize("wrong", WRONG | OF_THE_SITE)
def test_what_is_wrong_is_a_warning(warnings: str, wrong: str) -> None:
    """`make docs` makes an error of it."""
    assert (WRONG | OF_THE_SITE)[wrong] in warnings


def test_a_right_site_has_no_such_warning(right: tuple[Path, str]) -> None:
    """It was built without the gate, which is about all of labelsel."""
    assert [each for each in (WRONG | OF_THE_SITE).values() if each in right[1]] == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("parse to_expression", "to_expression", "labelsel.parse is in no group"),
        ("parse to_expression", "parse parse to_expression", "labelsel.parse is in two groups"),
        ("Kind NODE", "Kind NODE Nothing", "labelsel.kubernetes.Nothing is not public"),
    ],
)
def test_each_name_is_in_one_group(old: str, new: str, fault: str) -> None:
    """A name that was forgotten has no page."""
    faults = set(reference.faults(INDEX.replace(old, new)))
    assert faults - set(reference.faults(INDEX)) == {fault}


@pytest.mark.parametrize(
    ("annotation", "module", "meaning"),
    [
        ("SelectorOrText", "labelsel.index.label_index", "SelectorOrText"),
        ("SelectorOrText | None", "labelsel.selector", "Selector | str | None"),
        ("Selectors[K]", "labelsel.live.selector_index", "Iterable[tuple[K, Selector | str]]"),
        ("list[Path]", "labelsel.errors", "list[tuple[str | int, ...]]"),
        ("Path", "labelsel.atomic_write.file_set", "Path"),
    ],
)
def test_aliases_are_written_out(annotation: str, module: str, meaning: str) -> None:
    """A reader need not look up a name for a type that only we use."""
    assert reference.readable(annotation, module).endswith(meaning)
