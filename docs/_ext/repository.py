"""Links from the pages to the rest of the repository, and from words to the pages they name.

1. A link to a file that is no page leads to that file on GitHub. The file must be there. A
   program or JSON in examples/ is offered for download instead.
2. ``docs/lint.md``, as code or in a docstring, is a link to that page. The page must be there.
3. A public name as code, such as ``LabelIndex.select``, is a link to the reference.
4. README.md has absolute links and images, because package indexes show it. Here a link to the
   site becomes one to the page, and an image of the repository is copied, as any other.
5. What `make playground` made is copied to the folder playground/ of the site.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

from docs._ext import docstring_rules as rules
from docs._ext.check_site import ADDRESS
from docs._ext.reference import reference_to

logger = logging.getLogger(__name__)

REPOSITORY: Final = "https://github.com/labelsel/labelsel"
_RAW: Final = "https://raw.githubusercontent.com/labelsel/labelsel/main/"

#: Files outside docs/ that are pages of the site.
PAGES: Final = {
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "README.md": "index",
    "SECURITY.md": "security",
    "benchmarks/results": "performance",
    "benchmarks/results/results.md": "results",
}

_DOWNLOAD = re.compile(r"examples/[\w/]+\.(py|json)")
_PAGE = re.compile(rf"\]\({re.escape(ADDRESS)}([\w/-]+)\.html(#[\w-]+)?\)")
_IMAGE = re.compile(rf"\]\({re.escape(_RAW)}([\w./-]+)\)")
_MENTION = re.compile(r"(?<![\w/.])(docs/[\w./-]+\.md|CHANGELOG\.md|CONTRIBUTING\.md)(?![\w/])")


def use_own_pages(text: str) -> str:
    """Return Markdown whose absolute links to the site and to images lead to our own files."""
    text = _PAGE.sub(r"](/\1.md\2)", text)
    text = text.replace(f"]({ADDRESS}playground/)", "](/playground/index.html)")
    return _IMAGE.sub(lambda image: f"](/../{image[1]})", text)


def on_source_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Change the text of a page."""
    del app, docname
    source[0] = use_own_pages(source[0])


def on_include_read(app: Sphinx, path: Path, docname: str, source: list[str]) -> None:
    """Change the text that a page includes."""
    del app, path, docname
    source[0] = use_own_pages(source[0])


def link_files(app: Sphinx, document: nodes.document) -> None:
    """Make links of what a page says of files, and of public names."""
    docname = app.env.current_document.docname
    for link in list(document.findall(_is_file_link)):
        _link_file(app, docname, link)
    for link in document.findall(addnodes.pending_xref):
        if link["reftype"] == "myst" and re.fullmatch(r"[\w./-]+\.md", link.astext()):
            link["refexplicit"] = False  # the title says more than the name of the file
    for literal in list(document.findall(nodes.literal)):
        if not _is_linked(literal):
            _link_literal(app, docname, literal)
    for text in list(document.findall(nodes.Text)):
        if not _is_linked(text) and not _is_code(text) and _MENTION.search(text):
            text.parent.replace(text, list(_with_links(app, docname, text)))


def _is_file_link(node: nodes.Node) -> bool:
    if isinstance(node, addnodes.download_reference):
        return True
    # MyST takes a Markdown file outside docs/ for a page, with its absolute path.
    return (
        isinstance(node, addnodes.pending_xref)
        and node.get("reftype") == "myst"
        and (not node.get("refdomain") or str(node["reftarget"]).startswith("/"))
    )


def _is_linked(node: nodes.Node) -> bool:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, nodes.reference | addnodes.pending_xref | nodes.title):
            return True
        parent = parent.parent
    return False


def _is_code(node: nodes.Node) -> bool:
    return isinstance(node.parent, nodes.literal | nodes.literal_block | nodes.doctest_block)


def _root(app: Sphinx) -> Path:
    return Path(app.srcdir).parent


def _link_file(app: Sphinx, docname: str, link: nodes.Element) -> None:
    target = str(link["reftarget"]).partition("#")[0]
    root = _root(app)
    for folder in (Path(app.srcdir, docname).parent, root):
        if link.get("refdomain") == "doc":
            file = Path(f"{target}.md")
        elif target.startswith("/"):
            file = Path(app.srcdir, target[1:])
        else:
            file = (folder / target).resolve()
        if target and file.exists() and file.is_relative_to(root):
            path = file.relative_to(root).as_posix()
            if isinstance(link, addnodes.download_reference) and _DOWNLOAD.fullmatch(path):
                return
            link.replace_self(_link_to(app, docname, path, link.children))
            return
    if isinstance(link, addnodes.download_reference):
        logger.warning("no such file: %s", target, location=link, type="repository")


def _link_to(
    app: Sphinx, docname: str, path: str, text: list[nodes.Node], *, explicit: bool = True
) -> nodes.Element:
    """Return a link to a file of the repository: to its page, or to GitHub.

    Unless ``explicit``, the text of a link to a page is the title of the page.
    """
    page = page_of(path)
    if page in app.env.found_docs:
        return addnodes.pending_xref(
            "",
            nodes.inline("", "", *text),
            refdomain="std",
            reftype="doc",
            reftarget=f"/{page}",
            refdoc=docname,
            refexplicit=explicit,
            refwarn=True,
        )
    if path.startswith("docs/playground/"):
        up = "../" * docname.count("/")
        return nodes.reference("", "", *text, refuri=up + path.removeprefix("docs/"))
    kind = "tree" if (_root(app) / path).is_dir() else "blob"
    return nodes.reference("", "", *text, refuri=f"{REPOSITORY}/{kind}/main/{path}")


def page_of(path: str) -> str:
    """Return the page of a file, whether the site has it or not."""
    if path in PAGES:
        return PAGES[path]
    return path.removeprefix("docs/").removesuffix(".md") if path.startswith("docs/") else ""


def _link_literal(app: Sphinx, docname: str, literal: nodes.literal) -> None:
    text = literal.astext()
    if _MENTION.fullmatch(text):
        if (_root(app) / text).is_file():
            copy = nodes.literal(text, text)
            literal.replace_self(_link_to(app, docname, text, [copy], explicit=False))
        else:
            logger.warning("no such page: %s", text, location=literal, type="repository")
    elif path := api_path(text):
        literal.replace_self(reference_to(path, text, app.env))


def _with_links(app: Sphinx, docname: str, text: nodes.Text) -> Iterator[nodes.Node]:
    start = 0
    for found in _MENTION.finditer(text):
        yield nodes.Text(text[start : found.start()])
        if (_root(app) / found[1]).is_file():
            yield _link_to(app, docname, found[1], [nodes.Text(found[1])], explicit=False)
        else:
            logger.warning("no such page: %s", found[1], location=text.parent, type="repository")
        start = found.end()
    yield nodes.Text(text[start:])


def api_path(text: str) -> str | None:
    """Return the public name that code on a page certainly means, or None.

    ``select`` and ``label`` may mean anything. A name counts if it starts with ``labelsel.``, is
    that of a class or one of its methods, or has an underscore.
    """
    name = text.removesuffix("()")
    if not re.fullmatch(r"[A-Za-z_][\w.]*", name) or name in rules.MODULES:
        return None
    is_certain = name.startswith("labelsel.") or "_" in name or re.match(r"[A-Z]\w+[a-z]", name)
    return rules.resolve(name, "labelsel") if is_certain else None


def copy_playground(app: Sphinx, exception: Exception | None) -> None:
    """Copy the playground into the site."""
    source = _root(app) / "build" / "playground"
    if exception is None and app.builder.format == "html" and source.is_dir():
        shutil.copytree(source, Path(app.outdir, "playground"), dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what this extension does."""
    # GitHub and Pygments know no Lark; its grammars are shown as they are.
    app.add_lexer("lark", TextLexer)
    app.connect("source-read", on_source_read)
    app.connect("include-read", on_include_read)
    # Before Sphinx collects the files to download.
    app.connect("doctree-read", link_files, priority=400)
    app.connect("build-finished", copy_playground)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
