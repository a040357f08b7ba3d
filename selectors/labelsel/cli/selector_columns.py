"""How tables show the selectors of objects: their text, and their path in the object."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from labelsel.errors import path_text
from labelsel.kubernetes import ObjectSelector, PairChange, namespace_of

__all__ = [
    "count_changes",
    "is_inner",
    "shown_change",
    "shown_path",
    "shown_selectors",
    "shown_target",
    "shown_text",
]

#: The text of a selector that selects everything, and has no text of its own.
_EVERYTHING: Final = "<everything>"
#: The length of the path of an object's main selector: ``spec.selector``, ``spec.podSelector``.
_MAIN: Final = 2


def is_inner(object_selector: ObjectSelector) -> bool:
    """Whether only the path says what a selector does: its object has it deep inside."""
    return len(object_selector.path) > _MAIN


def shown_path(object_selector: ObjectSelector) -> str:
    """Return the path of a selector in its object: ``spec.ingress[0].from[0].podSelector``."""
    return path_text(object_selector.path)


def shown_text(object_selector: ObjectSelector) -> str:
    """Return the text of a selector; a word for one that selects everything."""
    return object_selector.text or _EVERYTHING


def shown_change(change: PairChange) -> str:
    """Return what a pair does: stops, starts, or is removed or added with a part of it."""
    if change.is_changed:
        return "starts" if change.starts else "stops"
    return "added" if change.starts else "removed"


def count_changes(*groups: Sequence[PairChange]) -> str:
    """Return how many pairs do what: ``2 stops, 1 starts``.

    A group has what stops before what starts. So it is not walked through: it may have millions.
    """
    counts = []
    for group in groups:
        stops = bisect_left(group, True, key=lambda change: change.starts)  # noqa: FBT003
        for count, position in ((stops, 0), (len(group) - stops, -1)):
            if count:
                counts.append(f"{count:,} {shown_change(group[position])}")
    return ", ".join(counts)


def shown_selectors(change: PairChange) -> list[str]:
    """Return the text of the selector; where it is another one on the other side, old and new."""
    found = shown_text(change.object_selector)
    other = found if change.other_selector is None else shown_text(change.other_selector)
    texts = (other, found) if change.starts else (found, other)
    return list(dict.fromkeys(texts))


def shown_target(change: PairChange) -> str:
    """Return the object that is selected, with its namespace if it is another than the owner's."""
    target, owner = change.target, change.object_selector.owner
    inside = "" if target.namespace in {"", namespace_of(owner)} else f" in {target.namespace}"
    return f"{target}{inside}"
