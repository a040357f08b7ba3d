"""A picture in the language of Graphviz: ``labelsel graph -o dot | dot -Tsvg``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.escapes import dot_string
from labelsel.kubernetes.graph.boxes import Box, Picture

__all__ = ["write_dot"]

_COLOURS: Final = {"dangling": "red", "overlap": "darkorange"}


def write_dot(picture: Picture) -> str:
    """Return a picture as a digraph: a cluster for each namespace, an edge for each arrow.

    Raises:
        ValueError: the picture has more arrows than `MAX_PICTURE_ARROWS`.

    >>> from labelsel.kubernetes.graph.boxes import Arrow, Row
    >>> boxes = Box(0, "shop", "Service", "web", (Row("app=web"),)), Box(1, "shop", "Pod", "a", ())
    >>> print(write_dot(Picture(boxes, (Arrow(0, 0, 1, "app=web"),))))
    digraph selectors {
      graph [rankdir=LR, fontname="sans-serif"];
      node [shape=box, fontname="sans-serif"];
      edge [fontname="sans-serif"];
      subgraph cluster_0 {
        label="shop";
        n0 [label="Service web"];
        n1 [label="Pod a"];
      }
      n0 -> n1 [label="app=web"];
    }
    <BLANKLINE>
    """
    picture.require_all_arrows()
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "digraph selectors {"
    yield '  graph [rankdir=LR, fontname="sans-serif"];'
    yield '  node [shape=box, fontname="sans-serif"];'
    yield '  edge [fontname="sans-serif"];'
    for number, (name, boxes) in enumerate(picture.groups().items()):
        if not name:
            yield from (f"  {_box(box)}" for box in boxes)
            continue
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={dot_string([name])};"
        yield from (f"    {_box(box)}" for box in boxes)
        yield "  }"
    for arrow in picture.arrows:
        colour = ", color=darkorange, penwidth=2" if arrow.problem else ""
        yield f"  n{arrow.source} -> n{arrow.target} [label={dot_string([arrow.text])}{colour}];"
    yield "}"


def _box(box: Box) -> str:
    lines = [f"{box.kind} {box.title}".strip(), *box.notes()]
    colour = f", color={_COLOURS[box.mark]}, penwidth=2" if box.mark else ""
    return f"n{box.key} [label={dot_string(lines)}{colour}];"
