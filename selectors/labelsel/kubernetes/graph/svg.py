"""A picture as SVG: one file that needs no font, no script and no other file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from labelsel.escapes import markup
from labelsel.kubernetes.graph.boxes import Arrow, Box, Picture
from labelsel.kubernetes.graph.layout import (
    HEAD,
    ROW,
    Frame,
    PictureLayout,
    Point,
    cut,
    heading_text,
    lay_out,
    row_texts,
)

__all__ = ["LEGEND", "read_asset", "svg_lines", "write_svg"]

LEGEND: Final = (
    "✗ selects nothing · ? the input has nothing of the kind that it selects · "
    "⚠ selects the same pods as another one"
)
"""What the signs mean."""

#: Around the picture.
_MARGIN: Final = 12
#: The line below the picture that says what the signs mean.
_FOOT: Final = 28
_LEGEND_WIDTH: Final = 800
_LEFT: Final = 10
#: More arrows across the picture than so many are shown in full only for the box that is chosen.
_MANY: Final = 60

#: The colour of each kind, by the name of its class in picture.css.
_CLASSES: Final = {
    "Service": "service",
    "NetworkPolicy": "policy",
    "PodDisruptionBudget": "budget",
    "Pod": "pod",
    "Node": "place",
    "Namespace": "place",
    **dict.fromkeys(
        (
            *("CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet"),
            *("ReplicationController", "StatefulSet"),
        ),
        "workload",
    ),
}


@cache
def read_asset(name: str) -> str:
    """Return the text of a file beside this module."""
    return files("labelsel.kubernetes.graph").joinpath(name).read_text(encoding="utf-8")


def write_svg(picture: Picture) -> str:
    """Return a picture as an SVG document, in light or dark colours as the reader prefers.

    Raises:
        ImportError: pygraphviz is not installed: ``pip install 'labelsel[graph]'``.
        ValueError: the picture is too large: `labelsel.limits.MAX_PICTURE_BOXES`.
    """
    style = f"<style>{read_asset('picture.css')}</style>"
    return "\n".join(svg_lines(picture, style, foot=True)) + "\n"


def svg_lines(picture: Picture, style: str = "", *, foot: bool = False) -> Iterator[str]:
    """Yield the lines of the element ``svg`` of a picture.

    Arguments:
        picture: the picture.
        style: the element ``style``, where the document around it has none.
        foot: whether the signs are explained below the picture.

    Raises:
        ImportError: pygraphviz is not installed.
        ValueError: the picture is too large.
    """
    layout = lay_out(picture)
    width = max(layout.width, _LEGEND_WIDTH if foot else 0) + 2 * _MARGIN
    height = layout.height + 2 * _MARGIN + (_FOOT if foot else 0)
    many = " many" if len(layout.crossing) > _MANY else ""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}" class="picture{many}" '
        'role="group" aria-label="What selects what">'
    )
    yield style
    if foot:
        yield f'<rect class="paper" x="{-_MARGIN}" y="{-_MARGIN}" width="100%" height="100%"/>'
    yield from (_frame(each) for each in layout.frames)
    # Crossing arrows lie behind the boxes, and no others do: Graphviz leads them around.
    for number, arrow in enumerate(picture.arrows):
        yield _arrow(arrow, layout, number)
    for box in picture.boxes:
        yield from _box(box, layout)
    if foot:
        yield f'<text class="foot" x="0" y="{layout.height + _FOOT - 6:.0f}">{LEGEND}</text>'
    yield "</svg>"


def _frame(frame: Frame) -> str:
    x, y, width, height = frame.rectangle
    return (
        f'<g class="frame"><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="8"/><text x="{x + 14:.1f}" y="{y + 24:.1f}">'
        f"{markup(cut(frame.name))}</text></g>"
    )


def _arrow(arrow: Arrow, layout: PictureLayout, number: int) -> str:
    points = layout.curves[number]
    classes = ["arrow", *["far"] * (number in layout.crossing), *["overlap"] * bool(arrow.problem)]
    return (
        f'<g class="{" ".join(classes)}"><title>{markup(arrow.text)}</title>'
        f'<path d="{_path(points)}"/><path class="tip" d="{_tip(points)}"/></g>'
    )


def _path(points: tuple[Point, ...]) -> str:
    start, *others = (f"{x:.1f},{y:.1f}" for x, y in points)
    return f"M{start}C{' '.join(others)}"


def _tip(points: tuple[Point, ...]) -> str:
    """Return the tip of an arrow, which ends at the left side of a box, or at the right one."""
    before, end = points[-2:]
    back = "8" if before.x > end.x else "-8"
    return f"M{end.x:.1f},{end.y:.1f}l{back},-4v8z"


def _box(box: Box, layout: PictureLayout) -> Iterator[str]:
    x, y, width, height = layout.boxes[box.key]
    marks = [*["overlap"] * bool(box.overlap), *["dangling"] * any(row.problem for row in box.rows)]
    classes = " ".join(["box", _CLASSES.get(box.kind, "other"), *marks])
    yield f'<g class="{classes}" transform="translate({x:.1f},{y:.1f})">'
    yield f"<title>{markup(_tooltip(box))}</title>"
    yield f'<rect class="card" width="{width:.1f}" height="{height:.1f}" rx="5"/>'
    yield f'<rect class="stripe" width="4" height="{height:.1f}" rx="2"/>'
    kind, _, title = heading_text(box).partition(" ")
    yield (
        f'<text class="head" x="{_LEFT}" y="{HEAD - 8}"><tspan class="kind">{markup(kind)}</tspan> '
        f"{markup(title)}</text>"
    )
    for number, (row, text) in enumerate(zip(box.rows, row_texts(box), strict=True)):
        wrong = " wrong" if row.problem else " unknown" if row.unknown else ""
        below = HEAD + ROW * (number + 1) - 6
        yield f'<text class="row{wrong}" x="{_LEFT}" y="{below}">{markup(text)}</text>'
    yield "</g>"


def _tooltip(box: Box) -> str:
    """Return all that the box has no room for."""
    rows = (
        " ".join(filter(None, (row.text, row.path and f"({row.path})", row.problem)))
        for row in box.rows
    )
    return "\n".join(filter(None, (f"{box.kind} {box.title}", *rows, box.overlap, *box.details)))
