"""Where the parts of a JSON document stand: the standard library's decoder steps over values."""

from __future__ import annotations

import json
import re
from typing import Any, Final, Literal

from labelsel.kubernetes.edit.layout import Entry, Layout, Part, Want

__all__ = ["json_layout"]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


def json_layout(text: str, offset: int, want: Want) -> Layout:
    """The layout of the document that begins at an offset; it has been read before, so it is JSON.

    Complexity: O(n) in the length of the document.
    """
    root = _part(text, offset, want)
    behind = _skipped(text, root.end)
    return Layout(
        text=text,
        json=True,
        start=offset,
        root=root,
        end=root.end,
        behind=behind if behind < len(text) else None,
    )


def _part(text: str, start: int, want: Want | None) -> Part:
    if want is not None and text.startswith("{", start):
        return _map(text, start, want)
    if want is not None and text.startswith("[", start):
        return _list(text, start, want)
    value: Any
    value, end = _DECODER.raw_decode(text, start)
    kind: Literal["map", "list", "scalar"]
    kind = "map" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"
    style = '"' if isinstance(value, str) else None
    return Part(kind, start, end, flow=kind != "scalar", style=style)


def _map(text: str, start: int, want: Want) -> Part:
    entries: list[Entry] = []
    position = _skipped(text, start + 1)
    while not text.startswith("}", position):
        key, end = _DECODER.raw_decode(text, position)
        name = Part("scalar", position, end, style='"')
        # Behind the key and white space stands a colon.
        value = _part(text, _skipped(text, _skipped(text, end) + 1), want.get(key))
        entries.append(Entry(key, name, value))
        position = _next(text, value.end)
    return Part("map", start, position + 1, flow=True, entries=tuple(entries))


def _list(text: str, start: int, want: Want) -> Part:
    members: list[Part] = []
    position = _skipped(text, start + 1)
    while not text.startswith("]", position):
        members.append(_part(text, position, want.get(len(members))))
        position = _next(text, members[-1].end)
    return Part("list", start, position + 1, flow=True, members=tuple(members))


def _next(text: str, end: int) -> int:
    """Where, behind a member that ends, the next one begins, or the bracket that ends them all."""
    position = _skipped(text, end)
    return _skipped(text, position + 1) if text.startswith(",", position) else position


def _skipped(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space is not None else position
