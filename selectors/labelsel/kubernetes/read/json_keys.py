"""The duplicate keys of JSON text; json_reader.py asks only if the decoder saw one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from labelsel.errors import Path
from labelsel.kubernetes.model.document import holds_labels, refuses_duplicates

__all__ = ["DuplicateKey", "find_duplicate_keys"]

#: A string, with the colon behind it if the string is a key; or a bracket.
_TOKEN: Final = re.compile(r'("(?:[^"\\]|\\.)*+")(?:[ \t\r\n]*(:))?|[{}\[\]]')


class DuplicateKey(NamedTuple):
    """An entry of a map whose key the map already has.

    Attributes:
        key: the key.
        first: the offset of the entry before this one.
        offset: the offset of this entry.
        refused: whether the entry holds labels, annotations or a selector, or is part of them.
        path: the path of the map, in which the lists have maps and lists only.
    """

    key: str
    first: int
    offset: int
    refused: bool
    path: Path


@dataclass(slots=True)
class _Brackets:
    """An open map or list.

    Attributes:
        in_labels: whether it is a part of labels or of a selector.
        keys: the keys of the map read so far, with their offsets.
        last: the last key of the map; empty in a list.
        opened: how many maps and lists in it were opened before.
    """

    in_labels: bool
    keys: dict[str, int] = field(default_factory=dict)
    last: str = ""
    opened: int = -1

    @property
    def step(self) -> str | int:
        """The step of a path to the map or list that was opened last."""
        return self.last if self.keys else self.opened


def find_duplicate_keys(text: str, start: int, end: int) -> Iterator[DuplicateKey]:
    """Yield the duplicate keys of the value between two offsets, in the order of the text.

    Arguments:
        text: the whole text; the part between the offsets is known to be JSON.
        start: where the value begins.
        end: where the value ends.

    Complexity: O(n) in the length of the value.

    >>> list(find_duplicate_keys('{"a": 1, "a": 2}', 0, 16))
    [DuplicateKey(key='a', first=1, offset=9, refused=False, path=())]
    """
    # The document is the one value of a list that is not written.
    current = _Brackets(in_labels=False)
    outer: list[_Brackets] = []
    for token in _TOKEN.finditer(text, start, end):
        string, colon = token.groups()
        if colon is not None:
            key = json.loads(string)
            if key in current.keys:
                refused = current.in_labels or refuses_duplicates(key)
                path = tuple(each.step for each in outer[1:])
                yield DuplicateKey(key, current.keys[key], token.start(), refused, path)
            current.keys[key], current.last = token.start(), key
        elif token[0] in "{[":
            outer.append(current)
            current.opened += 1
            current = _Brackets(current.in_labels or holds_labels(current.last))
        elif token[0] in "}]":
            current = outer.pop()
