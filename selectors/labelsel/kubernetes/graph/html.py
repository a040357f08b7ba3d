"""A picture as one HTML file, which can be searched, filtered, zoomed and used with the keyboard.

The file asks for nothing: styles, script and pictures are in it, and a policy in its head forbids
the browser to load anything, and to run any other script.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labelsel.escapes import markup, script_json
from labelsel.kubernetes.graph.boxes import Picture
from labelsel.kubernetes.graph.svg import LEGEND, read_asset, svg_lines

__all__ = ["View", "write_html"]


@dataclass(frozen=True, slots=True)
class View:
    """One picture of a page.

    Attributes:
        title: its name in the list of views.
        picture: the picture.
        is_overview: whether each of its boxes is a namespace, of which the next views are the
            pictures, in the same order.
    """

    title: str
    picture: Picture
    is_overview: bool = False


def write_html(views: Sequence[View]) -> str:
    """Return views as an HTML document; the first one is shown when it is opened.

    Raises:
        ImportError: pygraphviz is not installed: ``pip install 'labelsel[graph]'``.
        ValueError: a picture is too large: `labelsel.limits.MAX_PICTURE_BOXES`.
    """
    return "\n".join(_lines(views)) + "\n"


def _lines(views: Sequence[View]) -> Iterator[str]:
    style = read_asset("picture.css") + read_asset("page.css")
    script = read_asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield "<title>What selects what</title>"
    yield f"<style>{style}</style></head><body>"
    yield "<header><h1>What selects what</h1>"
    yield from _choice(views)
    yield (
        '<label class="wide">Search <input id="search" type="search" autocomplete="off" '
        'spellcheck="false" placeholder="name, kind or selector"></label>'
    )
    yield (
        '<label class="wide">Filter <input id="filter" autocomplete="off" spellcheck="false" '
        'autocapitalize="off" placeholder="labels: app=web,tier in (a,b),!debug" '
        'aria-describedby="status"></label>'
    )
    yield (
        '<div class="zoom"><button type="button" id="smaller" aria-label="Zoom out">-</button>'
        '<button type="button" id="larger" aria-label="Zoom in">+</button>'
        '<button type="button" id="all">All</button></div></header>'
    )
    yield '<div id="status" role="status" aria-live="polite"></div>'
    yield '<main><div id="stage">'
    for number, view in enumerate(views):
        yield f'<div class="view"{" hidden" if number else ""}>'
        yield from svg_lines(view.picture)
        yield "</div>"
    yield '</div><aside id="panel" aria-label="Details"></aside></main>'
    yield f"<footer>{LEGEND}</footer>"
    data = script_json([_data(view) for view in views])
    yield f'<script type="application/json" id="data">{data}</script>'
    yield f"<script>{script}</script></body></html>"


def _choice(views: Sequence[View]) -> Iterator[str]:
    """Yield the list of the views, which is hidden where there is only one."""
    hidden = " hidden" if len(views) == 1 else ""
    yield f'<label{hidden}>View <select id="view">'
    for number, view in enumerate(views):
        yield f'<option value="{number}">{markup(view.title)}</option>'
    yield "</select></label>"


def _digest(text: str) -> str:
    """Return what a policy calls the one style or script that it allows."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _data(view: View) -> dict[str, Any]:
    return {
        "overview": view.is_overview,
        "boxes": [
            {
                "key": box.key,
                "group": box.group,
                "kind": box.kind,
                "title": box.title,
                "rows": [
                    {
                        "text": row.text,
                        "path": row.path,
                        "problem": row.problem,
                        "unknown": row.unknown,
                    }
                    for row in box.rows
                ],
                "overlap": box.overlap,
                "labels": [dict(labels) for labels in box.labels],
                "details": list(box.details),
            }
            for box in view.picture.boxes
        ],
        "arrows": [
            {
                "source": arrow.source,
                "row": arrow.row,
                "target": arrow.target,
                "text": arrow.text,
            }
            for arrow in view.picture.arrows
        ],
    }
