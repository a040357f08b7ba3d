"""The duplicate keys of JSON text; json_reader.py asks only if the decoder saw one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from labelsel.kubernetes.model.document import holds_labels, refuses_duplicates

__all__ = ["DuplicateKey", "find_duplicate_keys"]

#: A string, with the colon behind it if the string is a key; or a bracket.
_TOKEN: Final = re.compile(r'("(?:[^"\\]|\\.)*")(?:[ \t\r\n]*(:))?|[{}\[\]]')


class DuplicateKey(NamedTuple):
    """An entry of a map whose key the map already has.

    Attributes:
        key: the key.
        first: the offset of the entry before this one.
        offset: the offset of this entry.
        refused: whether the entry holds labels, annotations or a selector, or is part of them.
    """

    key: str
    first: int
    offset: int
    refused: bool


@dataclass(slots=True)
class _Brackets:
    """An open map or list: the keys read so far with their offsets, and the last key."""

    in_labels: bool
    keys: dict[str, int] = field(default_factory=dict)
    last: str = ""


def find_duplicate_keys(text: str, start: int, end: int) -> Iterator[DuplicateKey]:
    """Yield the duplicate keys of the value between two offsets, in the order of the text.

    Arguments:
        text: the whole text; the part between the offsets is known to be JSON.
        start: where the value begins.
        end: where the value ends.

    Complexity: O(n) in the length of the value.

    >>> list(find_duplicate_keys('{"a": 1, "a": 2}', 0, 16))
    [DuplicateKey(key='a', first=1, offset=9, refused=False)]
    """
    current = _Brackets(in_labels=False)
    outer: list[_Brackets] = []
    for token in _TOKEN.finditer(text, start, end):
        string, colon = token.groups()
        if colon is not None:
            key = json.loads(string)
            if key in current.keys:
                refused = current.in_labels or refuses_duplicates(key)
                yield DuplicateKey(key, current.keys[key], token.start(), refused)
            current.keys[key], current.last = token.start(), key
        elif token[0] in "{[":
            outer.append(current)
            current = _Brackets(current.in_labels or holds_labels(current.last))
        elif token[0] in "}]":
            current = outer.pop()
