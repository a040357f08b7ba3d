"""Where the parts of a document are in its text: the parts that an edit needs, and no others.

An edit names the maps and lists whose entries it needs by their paths. Any other value is one
part, however large.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from labelsel.errors import Path

# Part and Entry are named tuples: an object has 20 of them, and each takes 0.5 µs instead of the
# 1.5 µs of a frozen dataclass.

__all__ = ["Entry", "Layout", "Part", "paths_to_edit"]


class Part(NamedTuple):
    """A value as it is written in the text.

    Attributes:
        kind: what the value is.
        start: where the value begins, with its anchor or tag.
        end: where the value ends. White space, line breaks and comments behind the value are
            not part of it, except the trailing lines of a block of text that keeps them.
        flow: whether it is a map or list in brackets; true of all maps and lists in JSON.
        style: the character that a string begins with, ``"``, ``'``, ``|`` or ``>``; None if
            the string begins with none of these.
        anchor: the name that aliases use for the value; None if it has none.
        anchors: the names that aliases use for the value or anything in it.
        entries: of a map whose path an edit needs, in the order of the text.
        items: of a list whose path an edit needs.

    >>> Part("map", 0, 2, flow=True).entry("labels") is None
    True
    """

    kind: Literal["scalar", "map", "list", "alias"]
    start: int
    end: int
    flow: bool = False
    style: str | None = None
    anchor: str | None = None
    anchors: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()
    items: tuple[Part, ...] = ()

    def entry(self, key: str) -> Entry | None:
        """Return the entry of a key, not counting entries that ``<<`` merges.

        Of several entries the last one counts.
        """
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)


class Entry(NamedTuple):
    """A key and its value in a map.

    Attributes:
        key: the text of the key; None for ``<<`` and for keys that are no scalars.
        name: the key as it is written in the text.
        value: the value.

    >>> Entry("a", Part("scalar", 1, 4, style='"'), Part("scalar", 6, 7)).key
    'a'
    """

    key: str | None
    name: Part
    value: Part


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of one document are.

    Attributes:
        text: the whole text of the file.
        json: whether the document is JSON.
        start: where the document begins.
        root: the document's value.
        end: where the document ends: at its ``...``, at the start of the next document, or at
            the end of the text.
        closed: whether ``...`` ends the document.
        next_start: where the next document begins; None if there is none.
        aliases: the names that the document's aliases use, each with the offset of the first
            alias that uses it.

    >>> Layout("{}", json=True, start=0, root=Part("map", 0, 2), end=2).closed
    False
    """

    text: str = field(repr=False)
    json: bool
    start: int
    root: Part
    end: int
    closed: bool = False
    next_start: int | None = None
    aliases: Mapping[str, int] = field(default_factory=dict)


def paths_to_edit(objects: Iterable[Path], templates: Iterable[Path] = ()) -> frozenset[Path]:
    """Return the paths of the maps and lists that an edit of some objects needs.

    Arguments:
        objects: the path of each object in its document, see `TextLocation`.
        templates: the paths of the metadata of templates, in the document.

    >>> from labelsel.errors import path_text
    >>> sorted(map(path_text, paths_to_edit([("items", 2)])))
    ['', 'items', 'items[2]', 'items[2].metadata', 'items[2].metadata.annotations', \
'items[2].metadata.labels']
    """
    paths: set[Path] = set()
    for metadata in (*((*path, "metadata") for path in objects), *templates):
        paths.update(metadata[:length] for length in range(len(metadata) + 1))
        paths.update(((*metadata, "labels"), (*metadata, "annotations")))
    return frozenset(paths)
