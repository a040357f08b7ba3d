"""Where each box and arrow of a picture is: the layout of Graphviz, without its fonts.

Graphviz gets the sizes of the boxes and the numbers of their rows, and no text. So no text can
harm it, it needs no fonts, and the picture is the same on every machine. Each namespace is laid
out alone, and the namespaces are set in rows like words: one layout of all would be a strip.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from labelsel.kubernetes.graph.picture import Arrow, Box, Picture

__all__ = [
    "HEAD",
    "LIMIT",
    "ROW",
    "Frame",
    "Layout",
    "Point",
    "Rectangle",
    "cut",
    "fits",
    "heading_text",
    "lay_out",
    "row_texts",
]

LIMIT: Final = 1500
"""A picture with more boxes, or with five times more arrows, is refused: Graphviz would need
minutes, and the picture would be of use to nobody."""

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
class Layout:
    """Where everything is.

    Attributes:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        frames: the namespaces.
        boxes: the rectangle of each box, by its key.
        curves: for each arrow of the picture the points of its Bézier curves: one point, and
            three for each curve.
        crossing: the positions of the arrows from one namespace to another.
    """

    width: float
    height: float
    frames: tuple[Frame, ...]
    boxes: Mapping[int, Rectangle]
    curves: tuple[tuple[Point, ...], ...]
    crossing: frozenset[int]


def fits(picture: Picture) -> bool:
    """Whether a picture has no more boxes and arrows than `lay_out` takes."""
    return len(picture.boxes) <= LIMIT and len(picture.arrows) <= 5 * LIMIT


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
        mark = " ✗" if row.problem else " ?" if row.unknown else ""
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


def lay_out(picture: Picture) -> Layout:
    """Return the layout of a picture.

    Raises:
        ImportError: pygraphviz is not installed: ``pip install 'labelsel[graph]'``.
        ValueError: the picture has more boxes or arrows than `LIMIT` allows.

    Complexity: that of Graphviz: 500 boxes take 0.5 s, 1,500 a few seconds.
    """
    if not fits(picture):
        size = f"{len(picture.boxes):,} boxes and {len(picture.arrows):,} arrows"
        message = f"{size} are more than a picture can show: {LIMIT:,} and {5 * LIMIT:,}"
        raise ValueError(message)
    group_of = {box.key: box.group for box in picture.boxes}
    inner: dict[str, list[int]] = {name: [] for name in picture.groups()}
    crossing: list[int] = []
    for number, arrow in enumerate(picture.arrows):
        source, target = group_of[arrow.source], group_of[arrow.target]
        (inner[source] if source == target else crossing).append(number)
    parts = {
        name: _lay_out_group(boxes, {number: picture.arrows[number] for number in inner[name]})
        for name, boxes in picture.groups().items()
    }
    return _join(picture, parts, frozenset(crossing))


class _Part(NamedTuple):
    """The layout of one namespace, from its own upper left corner."""

    width: float
    height: float
    boxes: dict[int, Rectangle]
    curves: dict[int, tuple[Point, ...]]


def _lay_out_group(boxes: Sequence[Box], arrows: Mapping[int, Arrow]) -> _Part:
    graph = _import_pygraphviz().AGraph(string=_sizes(boxes, arrows))
    try:
        data = json.loads(graph.draw(format="json0", prog="dot"))
    finally:
        graph.close()
    _, _, width, height = map(float, data["bb"].split(","))
    rectangles = {int(node["name"]): _rectangle(node, height) for node in data["objects"]}
    curves = {int(edge["id"]): _curve(edge["pos"], height) for edge in data.get("edges", ())}
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


def _join(picture: Picture, parts: Mapping[str, _Part], crossing: frozenset[int]) -> Layout:
    sizes = {
        name: (part.width + 2 * _MARGIN, part.height + 2 * _MARGIN + (_NAME if name else 0))
        for name, part in parts.items()
    }
    places = _place(sizes)
    boxes: dict[int, Rectangle] = {}
    curves: dict[int, tuple[Point, ...]] = {}
    for name, part in parts.items():
        x, y = places[name].x + _MARGIN, places[name].y + _MARGIN + (_NAME if name else 0)
        boxes |= {key: each.move(x, y) for key, each in part.boxes.items()}
        curves |= {
            number: tuple(Point(point.x + x, point.y + y) for point in points)
            for number, points in part.curves.items()
        }
    for number in crossing:
        curves[number] = _cross(picture.arrows[number], boxes)
    return Layout(
        max((each.x + each.width for each in places.values()), default=0),
        max((each.y + each.height for each in places.values()), default=0),
        tuple(Frame(name, each) for name, each in places.items() if name),
        boxes,
        tuple(curves[number] for number in range(len(picture.arrows))),
        crossing,
    )


def _place(sizes: Mapping[str, tuple[float, float]]) -> dict[str, Rectangle]:
    """Return where each namespace is: in columns, each under the lowest of its neighbours."""
    area = sum((width + _GAP) * (height + _GAP) for width, height in sizes.values())
    line = max([(area * _ASPECT) ** 0.5, *(width for width, _ in sizes.values())])
    places: dict[str, Rectangle] = {}
    x = y = below = 0.0
    for name, (width, height) in sizes.items():
        if x and x + width > line:
            x, y = 0.0, below + _GAP
        places[name] = Rectangle(x, y, width, height)
        x += width + _GAP
        below = max(below, y + height)
    return places


def _cross(arrow: Arrow, boxes: Mapping[int, Rectangle]) -> tuple[Point, ...]:
    """Return the curve of an arrow between namespaces, from the row to the heading."""
    source, target = boxes[arrow.source], boxes[arrow.target]
    down = HEAD / 2 if arrow.row is None else HEAD + ROW * (arrow.row + 0.5)
    start = Point(source.x + source.width, source.y + down)
    end = Point(target.x, target.y + HEAD / 2)
    bend = max(60.0, abs(end.x - start.x) / 2)
    return start, Point(start.x + bend, start.y), Point(end.x - bend, end.y), end
