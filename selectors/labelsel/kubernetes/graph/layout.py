"""Where each box and arrow of a picture is: the layout of Graphviz, without its fonts.

Graphviz gets the sizes of the boxes and the numbers of their rows, and no text. So no text can
harm it, it needs no fonts, and the picture is the same on every machine. Each namespace is laid
out alone, and the namespaces are set in rows like words: one layout of all would be a strip.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

from labelsel.kubernetes.graph.boxes import OVERLAP, Arrow, Box, Picture
from labelsel.limits import MAX_PICTURE_ARROWS, MAX_PICTURE_BOXES

__all__ = [
    "HEAD",
    "ROW",
    "Frame",
    "PictureLayout",
    "Point",
    "Rectangle",
    "cut",
    "fits",
    "heading_text",
    "lay_out",
    "row_texts",
]

HEAD: Final = 26
"""The height of the heading of a box, in pixels."""
ROW: Final = 20
"""The height of a row of a box, in pixels."""

#: The width of a character of a font of fixed width at 12 pixels: 0.6 em, and a bit.
_CHARACTER: Final = 7.3
#: Longer lines are cut.
_LONGEST: Final = 44
_SHORTEST: Final = 14
_PADDING: Final = 20
#: Around the boxes of a namespace, its name above them, and between namespaces.
_MARGIN: Final = 16
_NAME: Final = 30
_GAP: Final = 28
#: The namespaces are set as wide as a screen is, in parts of its height.
_ASPECT: Final = 1.6
#: The width of a letter of a namespace's name.
_LETTER: Final = 8.6
#: What pulls the ends of an arrow between namespaces to the side, at least; and to the right, if
#: the arrow leads back: it swings out by three quarters of this, less than _MARGIN.
_BEND: Final = 60.0
_SWING: Final = 21.0
#: Of more arrows than so many for each box Graphviz makes a knot, and takes minutes for it.
_DENSE: Final = 4
#: The name of a group that is one box alone begins with a character that no name has.
_ALONE: Final = "\0"

K = TypeVar("K", bound=Hashable)


class Point(NamedTuple):
    """A point, in pixels from the upper left corner."""

    x: float
    y: float


class Rectangle(NamedTuple):
    """A rectangle, in pixels from the upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def move(self, x: float, y: float) -> Rectangle:
        """Return it to the right and below."""
        return Rectangle(self.x + x, self.y + y, self.width, self.height)


class Frame(NamedTuple):
    """The frame around the boxes of a namespace."""

    name: str
    rectangle: Rectangle


@dataclass(frozen=True, slots=True)
class PictureLayout:
    """Where everything is.

    Attributes:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        frames: the namespaces.
        boxes: the rectangle of each box, by its key.
        curves: for each arrow of the picture the points of its Bézier curves: one point, and
            three for each curve.
        crossing: the positions of the arrows that are drawn straight across the picture: those
            from one namespace to another, and those of which there are too many.
    """

    width: float
    height: float
    frames: tuple[Frame, ...]
    boxes: Mapping[int, Rectangle]
    curves: tuple[tuple[Point, ...], ...]
    crossing: frozenset[int]


def fits(picture: Picture) -> bool:
    """Whether a picture has no more boxes and arrows than `lay_out` takes."""
    arrows = len(picture.arrows) + picture.more
    return len(picture.boxes) <= MAX_PICTURE_BOXES and arrows <= MAX_PICTURE_ARROWS


def cut(text: str) -> str:
    """Return a text that fits a box: a long one loses its middle.

    >>> cut("app=web"), cut("x" * 99).count("x"), len(cut("x" * 99))
    ('app=web', 43, 44)
    """
    if _width(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    while _width(text[:half]) + _width(text[-half:]) >= _LONGEST:
        half -= 1
    rest = text[-half:]
    start = half
    while _width(text[: start + 1]) + _width(rest) < _LONGEST:
        start += 1
    return f"{text[:start]}…{rest}"


def heading_text(box: Box) -> str:
    """Return the heading of a box, as it is drawn."""
    mark = " ⚠" if box.overlap else ""
    return cut(f"{box.kind} {box.title}".strip()) + mark


def row_texts(box: Box) -> Iterator[str]:
    """Yield the text of each row of a box, as it is drawn."""
    for row in box.rows:
        mark = " ?" if row.unknown else ""
        if row.problem:
            mark = " ⚠" if row.problem == OVERLAP else " ✗"
        path = f" {_short_path(row.path)}" if row.path else ""
        yield cut(row.text) + path + mark


def _short_path(path: str) -> str:
    """Return the words of a path that say what the selector is for.

    >>> _short_path("spec.template.spec.nodeSelector")
    '(nodeSelector)'
    >>> _short_path("spec.ingress[0].from[1].podSelector")
    '(ingress from)'
    """
    words = (word.partition("[")[0] for word in path.split("."))
    kept = [word for word in words if word not in _SKIPPED]
    return f"({' '.join(_SHORT.get(word, word) for word in kept)})"


#: Words of paths that every such path has, or that say nothing more.
_SKIPPED: Final = frozenset(
    (
        *("affinity", "jobTemplate", "labelSelector", "nodeSelectorTerms", "podAffinityTerm"),
        *("podSelector", "preference", "spec", "template"),
    )
)
_SHORT: Final = {
    "requiredDuringSchedulingIgnoredDuringExecution": "required",
    "preferredDuringSchedulingIgnoredDuringExecution": "preferred",
}


def _width(text: str) -> int:
    """Return the width of a text in characters: those of East Asia count twice."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _size(box: Box) -> tuple[float, float]:
    longest = max(_SHORTEST, *map(_width, (heading_text(box), *row_texts(box))))
    return longest * _CHARACTER + _PADDING, HEAD + ROW * len(box.rows) + (6 if box.rows else 0)


def lay_out(picture: Picture) -> PictureLayout:
    """Return the layout of a picture.

    Raises:
        ImportError: pygraphviz is not installed: ``pip install 'labelsel[graph]'``.
        ValueError: the picture has more than `MAX_PICTURE_BOXES`, or `MAX_PICTURE_ARROWS`.

    Complexity: that of Graphviz, which grows faster than the number of arrows.
    """
    if not fits(picture):
        size = f"{len(picture.boxes):,} boxes and {len(picture.arrows) + picture.more:,} arrows"
        most = f"{MAX_PICTURE_BOXES:,} and {MAX_PICTURE_ARROWS:,}"
        message = f"{size} are more than a picture can show: {most}"
        raise ValueError(message)
    groups = _groups(picture)
    group_of = {box.key: name for name, boxes in groups.items() for box in boxes}
    inner: dict[str, dict[int, Arrow]] = {name: {} for name in groups}
    for number, arrow in enumerate(picture.arrows):
        if group_of[arrow.source] == group_of[arrow.target]:
            inner[group_of[arrow.source]][number] = arrow
    parts = {name: _lay_out_group(boxes, inner[name]) for name, boxes in groups.items()}
    return _join(picture, parts)


def _groups(picture: Picture) -> dict[str, list[Box]]:
    """Return the boxes that are laid out together; a box without a group is alone.

    The namespaces of an overview are such boxes. Laid out by their arrows, 51 of them with 550
    arrows took Graphviz more than a minute, and showed no more than a grid does.
    """
    groups: dict[str, list[Box]] = defaultdict(list)
    for box in picture.boxes:
        groups[box.group or f"{_ALONE}{box.key}"].append(box)
    return groups


class _Part(NamedTuple):
    """The layout of one namespace, from its own upper left corner."""

    width: float
    height: float
    boxes: dict[int, Rectangle]
    curves: dict[int, tuple[Point, ...]]


def _lay_out_group(boxes: Sequence[Box], arrows: Mapping[int, Arrow]) -> _Part:
    """Return the layout of a namespace: what is connected, and below it what is not."""
    if len(arrows) > _DENSE * len(boxes):
        arrows = {}
    ends = {key for arrow in arrows.values() for key in (arrow.source, arrow.target)}
    top = _ask_graphviz([box for box in boxes if box.key in ends], arrows)
    sizes = {box.key: _size(box) for box in boxes if box.key not in ends}
    alone = _place(sizes, gap=_MARGIN, least=top.width)
    down = top.height + _MARGIN if ends else 0.0
    below = {key: each.move(0, down) for key, each in alone.items()}
    return _Part(
        max([top.width, *(each.x + each.width for each in below.values())]),
        max([top.height, *(each.y + each.height for each in below.values())]),
        top.boxes | below,
        top.curves,
    )


def _ask_graphviz(boxes: Sequence[Box], arrows: Mapping[int, Arrow]) -> _Part:
    library = _import_pygraphviz()
    if not boxes:
        return _Part(0, 0, {}, {})
    graph = library.AGraph(string=_sizes(boxes, arrows))
    try:
        data = json.loads(graph.draw(format="json0", prog="dot"))
    finally:
        graph.close()
    _, _, width, height = map(float, data["bb"].split(","))
    rectangles = {int(node["name"]): _rectangle(node, height) for node in data["objects"]}
    curves = {int(edge["id"]): _curve(edge["pos"], height) for edge in data["edges"]}
    return _Part(width, height, rectangles, curves)


def _import_pygraphviz() -> Any:
    try:
        import pygraphviz  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = "pictures need pygraphviz: pip install 'labelsel[graph]'"
        raise ImportError(message) from error
    return pygraphviz


def _sizes(boxes: Sequence[Box], arrows: Mapping[int, Arrow]) -> str:
    """Return what Graphviz gets: a table without text for each box, with a port for each row."""
    lines = [
        'digraph { graph [rankdir=LR, nodesep=0.2, ranksep=0.8, pack=18, packmode="graph"];',
        "node [shape=plain]; edge [arrowhead=none];",
    ]
    for box in boxes:
        width, height = _size(box)
        ports = [("h", HEAD), *((f"r{number}", ROW) for number in range(len(box.rows)))]
        rest = height - sum(size for _, size in ports)
        cells = "".join(
            f'<tr><td port="{port}" fixedsize="true" width="{width:.0f}" height="{size:.0f}">'
            "</td></tr>"
            for port, size in [*ports, *[("e", rest)] * (rest > 0)]
        )
        table = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{cells}</table>'
        lines.append(f"{box.key} [label=<{table}>];")
    for number, arrow in arrows.items():
        row = "h" if arrow.row is None else f"r{arrow.row}"
        lines.append(f"{arrow.source}:{row}:e -> {arrow.target}:h:w [id={number}];")
    return "\n".join([*lines, "}"])


def _rectangle(node: Mapping[str, str], total: float) -> Rectangle:
    """Return the rectangle of a node. Graphviz counts from below, and sizes in inches."""
    x, y = map(float, node["pos"].split(","))
    width, height = float(node["width"]) * 72, float(node["height"]) * 72
    return Rectangle(x - width / 2, total - y - height / 2, width, height)


def _curve(text: str, total: float) -> tuple[Point, ...]:
    points = [
        Point(float(x), total - float(y))
        for x, _, y in (word.removeprefix("e,").partition(",") for word in text.split())
    ]
    return tuple(points)


def _join(picture: Picture, parts: Mapping[str, _Part]) -> PictureLayout:
    tops = {name: 0 if name.startswith(_ALONE) else _NAME for name in parts}
    sizes = {
        name: (
            max(part.width, _width(cut(name)) * _LETTER if tops[name] else 0) + 2 * _MARGIN,
            part.height + 2 * _MARGIN + tops[name],
        )
        for name, part in parts.items()
    }
    places = _place(sizes, gap=_GAP)
    boxes: dict[int, Rectangle] = {}
    curves: dict[int, tuple[Point, ...]] = {}
    for name, part in parts.items():
        x, y = places[name].x + _MARGIN, places[name].y + _MARGIN + tops[name]
        boxes |= {key: each.move(x, y) for key, each in part.boxes.items()}
        curves |= {
            number: tuple(Point(point.x + x, point.y + y) for point in points)
            for number, points in part.curves.items()
        }
    crossing = frozenset(range(len(picture.arrows))) - curves.keys()
    curves |= {number: _cross(picture.arrows[number], boxes) for number in crossing}
    return PictureLayout(
        max((each.x + each.width for each in places.values()), default=0),
        max((each.y + each.height for each in places.values()), default=0),
        tuple(Frame(name, each) for name, each in places.items() if tops[name]),
        boxes,
        tuple(curves[number] for number in range(len(picture.arrows))),
        crossing,
    )


def _place(
    sizes: Mapping[K, tuple[float, float]], *, gap: float, least: float = 0.0
) -> dict[K, Rectangle]:
    """Return where rectangles are that are set in lines like words, as wide as a screen is.

    Arguments:
        sizes: the width and height of each.
        gap: what is between two of them.
        least: the least width of a line.
    """
    area = sum((width + gap) * (height + gap) for width, height in sizes.values())
    line = max([least, (area * _ASPECT) ** 0.5, *(width for width, _ in sizes.values())])
    places: dict[K, Rectangle] = {}
    x = y = below = 0.0
    for key, (width, height) in sizes.items():
        if x and x + width > line:
            x, y = 0.0, below + gap
        places[key] = Rectangle(x, y, width, height)
        x += width + gap
        below = max(below, y + height)
    return places


def _cross(arrow: Arrow, boxes: Mapping[int, Rectangle]) -> tuple[Point, ...]:
    """Return the curve of an arrow between namespaces, from the row to the heading."""
    source, target = boxes[arrow.source], boxes[arrow.target]
    down = HEAD / 2 if arrow.row is None else HEAD + ROW * (arrow.row + 0.5)
    start = Point(source.x + source.width, source.y + down)
    end = Point(target.x, target.y + HEAD / 2)
    if end.x > start.x:
        bend = max(_BEND, (end.x - start.x) / 2)
        return start, Point(start.x + bend, start.y), Point(end.x - bend, end.y), end
    # An arrow that leads back ends at the right side: to the left one it would run behind the box
    # that it comes from and the one that it is for, and through names.
    end = Point(target.x + target.width, end.y)
    right = max(start.x, end.x) + _SWING
    return start, Point(right, start.y), Point(right, end.y), end
