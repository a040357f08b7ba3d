"""One document of a file as it was read, and where its parts stand in the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

__all__ = ["MAX_DEPTH", "Data", "Document", "Progress", "Spelling"]

#: What JSON can say: None, bool, int, float, str, and lists and string-keyed dicts of these.
Data: TypeAlias = Any

#: Told now and then how many characters are read, of how many.
Progress: TypeAlias = Callable[[int, int], None]

#: Maps and lists may lie this deep in one another. Real manifests (the schemas of custom
#: resources) reach 60; at 1,000 Python's own recursion ends.
MAX_DEPTH: Final = 200


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a key or a value that is no string was written, and on which line.

    ``version: 1.10`` is the number 1.1 once it is read: only its spelling can say what to
    put in quotes.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its data, and the few positions in it that messages need.

    Positions are kept for what may turn out to be an object (members of lists called
    ``items``) and for entries of ``metadata``, ``labels`` and ``annotations`` that are no
    strings, not for every node: 50 MB of manifests have millions.

    Attributes:
        number: its place among the documents of its file, from 1; empty ones count.
        line: the line its data begins on, from 1.
        value: the data; None for an empty document.
        offset: where it begins in the text, in characters: its ``---`` or directives included.
        json: whether it was read as JSON, and not as YAML.
        lines: the line of a member of ``items``, by ``id()`` of the member.
        keys: spelling of keys that were no strings, by ``id()`` of the map and the key's text.
        values: spelling of values that are no strings, by ``id()`` of the map and its key.
    """

    number: int
    line: int
    value: Data
    offset: int = 0
    json: bool = False
    lines: Mapping[int, int] = field(default_factory=dict)
    keys: Mapping[tuple[int, str], Spelling] = field(default_factory=dict)
    values: Mapping[tuple[int, str], Spelling] = field(default_factory=dict)
