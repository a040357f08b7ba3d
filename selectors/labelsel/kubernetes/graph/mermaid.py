"""A picture in the language of Mermaid, which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from labelsel.escapes import mermaid_string
from labelsel.kubernetes.graph.boxes import Box, Picture

__all__ = ["write_mermaid"]


def write_mermaid(picture: Picture) -> str:
    """Return a picture as a flowchart: a subgraph for each namespace, a link for each arrow.

    Raises:
        ValueError: the picture has more arrows than `MAX_PICTURE_ARROWS`.

    >>> from labelsel.kubernetes.graph.boxes import Arrow, Row
    >>> boxes = Box(0, "shop", "Service", "web", (Row("app=web"),)), Box(1, "shop", "Pod", "a", ())
    >>> print(write_mermaid(Picture(boxes, (Arrow(0, 0, 1, "app=web"),))))
    flowchart LR
      subgraph g0["shop"]
        n0["Service web"]
        n1["Pod a"]
      end
      n0 -->|"app=web"| n1
      classDef dangling stroke:#c00,stroke-width:2px
      classDef overlap stroke:#b60,stroke-width:2px
    <BLANKLINE>
    """
    picture.require_all_arrows()
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart LR"
    for number, (name, boxes) in enumerate(picture.groups().items()):
        if name:
            yield f"  subgraph g{number}[{mermaid_string([name])}]"
        yield from (f"    {_box(box)}" for box in boxes)
        if name:
            yield "  end"
    for arrow in picture.arrows:
        link = "==>" if arrow.problem else "-->"
        yield f"  n{arrow.source} {link}|{mermaid_string([arrow.text])}| n{arrow.target}"
    for name in ("dangling", "overlap"):
        marked = [f"n{box.key}" for box in picture.boxes if box.mark == name]
        if marked:
            yield f"  class {','.join(marked)} {name}"
    yield "  classDef dangling stroke:#c00,stroke-width:2px"
    yield "  classDef overlap stroke:#b60,stroke-width:2px"


def _box(box: Box) -> str:
    lines = [f"{box.kind} {box.title}".strip(), *box.notes()]
    return f"n{box.key}[{mermaid_string(lines)}]"
