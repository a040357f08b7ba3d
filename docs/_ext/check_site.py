"""Find what is wrong with the built site: ``python docs/_ext/check_site.py build/site``.

1. A link, an image, a script or a style sheet that leads to no file, or to no anchor of it.
2. A page that loads something from another server.
3. A link to the site by its address that leads to no page of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

#: Where the site is published: links to it in README.md are absolute.
ADDRESS: Final = "https://labelsel.readthedocs.io/en/latest/"

#: The attributes by which a page loads something; ``a`` loads nothing.
LOADS: Final = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
_FROM_ELSEWHERE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_IN_STYLE = re.compile(r"""url\(\s*["']?((?:https?:)?//[^"')]+)|@import\s+["']([^"']+)""")


class Page(HTMLParser):
    """A page: what it loads, where it leads, and the anchors it has."""

    def __init__(self, text: str) -> None:
        """Read the page."""
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = {"", "top"}
        self.styles: list[str] = []
        self._in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads, leads to, and is called."""
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        self.styles.append(values.get("style", ""))
        # These name the page itself or another page, and load nothing.
        is_name = tag == "link" and values.get("rel") in {"canonical", "next", "prev", "search"}
        is_name = is_name or (tag == "link" and values.get("rel") in {"index", "author"})
        self.loads += (
            values[name] for name in LOADS.get(tag, ()) if values.get(name) and not is_name
        )
        if tag in {"a", "area"} and "href" in values:
            self.links.append(values["href"])

    def handle_data(self, data: str) -> None:
        """Note the text of a style sheet in the page."""
        if self._in_style:
            self.styles.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a style sheet."""
        if tag == "style":
            self._in_style = False


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong with a built site, a line each."""
    pages = {
        file.relative_to(site).as_posix(): Page(file.read_text(encoding="utf-8"))
        for file in sorted(site.rglob("*.html"))
    }
    for name, page in pages.items():
        for target in page.loads:
            if _FROM_ELSEWHERE.match(target):
                yield f"{name}: loads {target}"
            elif not target.startswith("data:") and _file(site, name, target) is None:
                yield f"{name}: loads {target}, which is not there"
        for target in page.links:
            yield from (f"{name}: {fault}" for fault in _of_link(site, pages, name, target))
        yield from (f"{name}: loads {target}" for target in _loaded_by("\n".join(page.styles)))
    for sheet in sorted(site.rglob("*.css")):
        for target in _loaded_by(sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site)}: loads {target}"


def _loaded_by(style: str) -> Iterator[str]:
    for found in _IN_STYLE.finditer(style):
        target = found[1] or found[2]
        if _FROM_ELSEWHERE.match(target):
            yield target


def _of_link(site: Path, pages: dict[str, Page], name: str, target: str) -> Iterator[str]:
    if target.startswith(ADDRESS):
        name, target = "index.html", target.removeprefix(ADDRESS)
    elif urlsplit(target).scheme or target.startswith("//"):
        return
    file = _file(site, name, target)
    if file is None and "playground/" in target and not (site / "playground").exists():
        return  # not made yet
    if file is None:
        yield f"links to {target}, which is not there"
        return
    anchor = unquote(urlsplit(target).fragment)
    page = pages.get(file.relative_to(site.resolve()).as_posix())
    # What is behind the anchor of a page without Sphinx is for its own script to read.
    if page is not None and anchor not in page.anchors and "playground" not in file.parts:
        yield f"links to {target}, which has no such anchor"


def _file(site: Path, name: str, target: str) -> Path | None:
    path = unquote(urlsplit(target).path)
    file = (site / name).resolve() if not path else (site / name).parent.joinpath(path).resolve()
    file = file / "index.html" if file.is_dir() else file
    return file if file.is_file() and file.is_relative_to(site.resolve()) else None


def main(folder: str) -> int:
    """Print what is wrong; return 1 if something is."""
    found = list(faults(Path(folder)))
    print(*found, sep="\n", end="\n" if found else "")
    pages = sum(1 for _ in Path(folder).rglob("*.html"))
    if not pages:
        print(f"no page in {folder}")
    elif not found:
        print(f"{pages} pages: every link leads somewhere, and nothing is loaded from elsewhere")
    return bool(found) or not pages


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
