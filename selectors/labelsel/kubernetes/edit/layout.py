"""Where the parts of a document stand in its text: those that an edit wants, and no others.

What is wanted is a tree of keys and places in lists: ``{"metadata": {"labels": {}}}`` wants the
members of the document, of its metadata and of their labels. Whatever else the document has is
one part each, however large.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

__all__ = ["Entry", "Layout", "Part", "Want", "wanted"]

#: Keys and places in lists, each with what is wanted below it.
Want: TypeAlias = Mapping[str | int, "Want"]

_METADATA: Final[Want] = {"labels": {}, "annotations": {}}


@dataclass(frozen=True, slots=True)
class Part:
    """A value as it stands in the text.

    Attributes:
        kind: what it is.
        start: where it begins, with its anchor or tag.
        end: where the last of it ends. White space, line breaks and comments behind that are
            no part of it, but where it is a block of text whose trailing lines count.
        flow: whether it is a map or list in brackets; true of all in JSON.
        style: the mark that a string begins with, ``"``, ``'``, ``|`` or ``>``; None where it
            stands without one.
        anchor: the name that aliases call it by; None where it has none.
        anchors: the same of it and of everything in it.
        entries: of a map whose members were wanted, in the order of the text.
        members: of a list whose members were wanted.
    """

    kind: Literal["scalar", "map", "list", "alias"]
    start: int
    end: int
    flow: bool = False
    style: str | None = None
    anchor: str | None = None
    anchors: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()
    members: tuple[Part, ...] = ()

    def entry(self, key: str) -> Entry | None:
        """The entry of a key that is written in this map itself: the last one, which counts."""
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value in a map.

    Attributes:
        key: the key's text; None for ``<<`` and for keys that are no plain strings.
        name: the key as it stands in the text.
        value: its value.
    """

    key: str | None
    name: Part
    value: Part


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of one document stand.

    Attributes:
        text: the whole text of the file.
        json: whether it is JSON.
        start: where the document begins.
        root: the document's value.
        end: where the document ends: at its ``...``, where the next one begins, or the text.
        closed: whether ``...`` ends it.
        behind: where the next document begins; None where there is none.
        aliases: the names that aliases in it use, each with where the first of them stands.
    """

    text: str = field(repr=False)
    json: bool
    start: int
    root: Part
    end: int
    closed: bool = False
    behind: int | None = None
    aliases: Mapping[str, int] = field(default_factory=dict)


def wanted(ways: Iterable[tuple[int, ...]]) -> Want:
    """What an edit of some objects wants of their document, by their ways from it (see Place).

    >>> wanted([(2,)])
    {'items': {2: {'metadata': {'labels': {}, 'annotations': {}}}}}
    """
    want: dict[str | int, Any] = {}
    for way in ways:
        here = want
        for number in way:
            here = here.setdefault("items", {}).setdefault(number, {})
        here["metadata"] = _METADATA
    return want
