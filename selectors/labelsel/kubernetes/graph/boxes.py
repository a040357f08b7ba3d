"""Boxes and arrows: a picture before anybody knows where each of them is, for all formats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.limits import MAX_PICTURE_ARROWS

__all__ = ["OVERLAP", "Arrow", "Box", "Picture", "Row"]

OVERLAP: Final = "overlap"
"""The problem of what selects the same pods as another one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line in a box: a selector, or in an overview a count.

    Attributes:
        text: the selector.
        path: where the object has it; empty where it is the object's main selector.
        problem: what is wrong with it; empty if nothing is.
        unknown: whether the input has no object that it could select, whatever its labels.
    """

    text: str
    path: str = ""
    problem: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """An object, several equal ones, or a namespace.

    Attributes:
        key: what an arrow calls it: the number of the node, or of the namespace.
        group: the namespace that it is drawn in; empty where boxes are not grouped.
        kind: the first word of its heading.
        title: the rest of its heading.
        rows: its selectors.
        overlap: what selects the same pods, in words; empty if nothing does.
        labels: the distinct labels that selectors see, of all its objects.
        details: further lines about it: where it was read.
    """

    key: int
    group: str
    kind: str
    title: str
    rows: tuple[Row, ...]
    overlap: str = ""
    labels: tuple[Mapping[str, str], ...] = ()
    details: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """How the box is marked: ``dangling``, ``overlap``, or not at all."""
        if any(row.problem for row in self.rows):
            return "dangling"
        return "overlap" if self.overlap else ""

    def notes(self) -> Iterator[str]:
        """Yield what formats without rows write below the heading: what is wrong, and counts."""
        for row in self.rows:
            if not self.group:
                yield row.text
            elif row.problem:
                yield f"{row.text} {row.problem}"
        if self.overlap:
            yield self.overlap


@dataclass(frozen=True, slots=True)
class Arrow:
    """A selector that selects what is in a box.

    Attributes:
        source: the key of the box with the selector.
        row: the position of the selector's row in the box; None for the box as a whole.
        target: the key of the box that is selected.
        text: the selector.
        problem: what is wrong with it: an overlap.
    """

    source: int
    row: int | None
    target: int
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and arrows. All texts are printable: `labelsel.errors.escape`.

    Attributes:
        boxes: the boxes, grouped by namespace.
        arrows: the arrows; none from a box to itself.
        more: how many arrows there are beyond these, and beyond `MAX_PICTURE_ARROWS`: n workloads
            that select each other's pods have n * n.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    more: int = 0

    def require_all_arrows(self) -> None:
        """Raise a ValueError if there are more arrows than the picture has."""
        if self.more:
            size = f"{len(self.arrows) + self.more:,} arrows"
            raise ValueError(f"{size} are more than a picture can show: {MAX_PICTURE_ARROWS:,}")

    def groups(self) -> dict[str, list[Box]]:
        """Return the boxes by group, in order."""
        groups: dict[str, list[Box]] = defaultdict(list)
        for box in self.boxes:
            groups[box.group].append(box)
        return dict(groups)
