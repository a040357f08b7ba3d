"""Where the parts of a JSON document are: the standard library's decoder skips the values."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, Final, Literal

from labelsel.errors import Path
from labelsel.kubernetes.edit.layout import Entry, Layout, Part

__all__ = ["json_layout"]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


def json_layout(text: str, offset: int, paths: Collection[Path]) -> Layout:
    """Return the layout of the document that begins at an offset.

    The document was read before, so it is known to be JSON.

    Arguments:
        text: the whole text of the file.
        offset: where the document begins.
        paths: the maps and lists whose entries are needed.

    Complexity: O(n) in the length of the document.

    >>> layout = json_layout('{"a": 1, "b": [2]}', 0, {()})
    >>> [(entry.key, entry.value.start, entry.value.end) for entry in layout.root.entries]
    [('a', 6, 7), ('b', 14, 17)]
    """
    root = _Reader(text, paths).part(offset, ())
    next_start = _skip_space(text, root.end)
    return Layout(
        text=text,
        json=True,
        start=offset,
        root=root,
        end=root.end,
        next_start=next_start if next_start < len(text) else None,
    )


class _Reader:
    """Reads the parts of one document."""

    def __init__(self, text: str, paths: Collection[Path]) -> None:
        self._text = text
        self._paths = paths

    def part(self, start: int, path: Path) -> Part:
        if path in self._paths and self._text.startswith("{", start):
            return self._map(start, path)
        if path in self._paths and self._text.startswith("[", start):
            return self._list(start, path)
        value: Any
        value, end = _DECODER.raw_decode(self._text, start)
        kind: Literal["map", "list", "scalar"]
        kind = "map" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"
        style = '"' if isinstance(value, str) else None
        return Part(kind, start, end, flow=kind != "scalar", style=style)

    def _map(self, start: int, path: Path) -> Part:
        text = self._text
        entries: list[Entry] = []
        position = _skip_space(text, start + 1)
        while not text.startswith("}", position):
            key, end = _DECODER.raw_decode(text, position)
            name = Part("scalar", position, end, style='"')
            # A colon is between the key and the value, with or without white space.
            value = self.part(_skip_space(text, _skip_space(text, end) + 1), (*path, key))
            entries.append(Entry(key, name, value))
            position = _next(text, value.end)
        return Part("map", start, position + 1, flow=True, entries=tuple(entries))

    def _list(self, start: int, path: Path) -> Part:
        items: list[Part] = []
        position = _skip_space(self._text, start + 1)
        while not self._text.startswith("]", position):
            items.append(self.part(position, (*path, len(items))))
            position = _next(self._text, items[-1].end)
        return Part("list", start, position + 1, flow=True, items=tuple(items))


def _next(text: str, end: int) -> int:
    """Return where the part after one that ends begins, or the bracket that ends them all."""
    position = _skip_space(text, end)
    return _skip_space(text, position + 1) if text.startswith(",", position) else position


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space is not None else position
