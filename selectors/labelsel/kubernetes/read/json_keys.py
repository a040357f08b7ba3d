"""The keys of JSON text that stand twice in one map: looked for only where there is one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from labelsel.kubernetes.model.document import says_labels, says_which

__all__ = ["DoubledKey", "doubled_keys"]

#: A string, with the colon behind it where it is a key; or a bracket.
_TOKEN: Final = re.compile(r'("(?:[^"\\]|\\.)*")(?:[ \t\r\n]*(:))?|[{}\[\]]')


class DoubledKey(NamedTuple):
    """A key that stands in its map for the second time.

    Attributes:
        key: the key.
        first: the offset of the key before it.
        offset: where it stands itself.
        refused: whether labels, annotations or a selector are around it, or under it.
    """

    key: str
    first: int
    offset: int
    refused: bool


@dataclass(slots=True)
class _Brackets:
    """A map or list that is open: the keys read in it, and the last of them."""

    in_labels: bool
    keys: dict[str, int] = field(default_factory=dict)
    last: str = ""


def doubled_keys(text: str, start: int, end: int) -> Iterator[DoubledKey]:
    """The keys of the value between two offsets that stand twice in one map, in their order.

    Arguments:
        text: the whole text; what stands between the offsets is known to be JSON.
        start: where the value begins.
        end: where it ends.

    Complexity: O(n) in the length of the value.
    """
    here = _Brackets(in_labels=False)
    around: list[_Brackets] = []
    for token in _TOKEN.finditer(text, start, end):
        string, colon = token.groups()
        if colon is not None:
            key = json.loads(string)
            if key in here.keys:
                refused = here.in_labels or says_which(key)
                yield DoubledKey(key, here.keys[key], token.start(), refused)
            here.keys[key], here.last = token.start(), key
        elif token[0] in "{[":
            around.append(here)
            here = _Brackets(here.in_labels or says_labels(here.last))
        elif token[0] in "}]":
            here = around.pop()
