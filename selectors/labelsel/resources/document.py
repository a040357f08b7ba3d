"""One document of a file as it was read, and where its parts stand in the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from labelsel.resources.errors import ManifestWarning

__all__ = [
    "MAX_DEPTH",
    "Data",
    "Document",
    "Progress",
    "Spelling",
    "doubled_key",
    "says_labels",
]

#: What JSON can say: None, bool, int, float, str, and lists and string-keyed dicts of these.
Data: TypeAlias = Any

#: Told now and then how many characters are read, of how many.
Progress: TypeAlias = Callable[[int, int], None]

#: Maps and lists may lie this deep in one another. Real manifests (the schemas of custom
#: resources) reach 60; at 1,000 Python's own recursion ends.
MAX_DEPTH: Final = 200

_LABELS: Final = frozenset(
    {
        *("labels", "annotations", "matchlabels", "matchexpressions", "matchfields"),
        *("nodeselectorterms", "preference"),
    }
)


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
        warnings: what was read, and is most likely not meant.
    """

    number: int
    line: int
    value: Data
    offset: int = 0
    json: bool = False
    lines: Mapping[int, int] = field(default_factory=dict)
    keys: Mapping[tuple[int, str], Spelling] = field(default_factory=dict)
    values: Mapping[tuple[int, str], Spelling] = field(default_factory=dict)
    warnings: Sequence[ManifestWarning] = ()


def says_labels(key: str) -> bool:
    """Whether labels, annotations or a selector stand under a key: nothing may be unclear there.

    >>> says_labels("matchLabels"), says_labels("podSelector"), says_labels("data")
    (True, True, False)
    """
    lower = key.lower()
    return lower in _LABELS or lower.endswith("selector")


def doubled_key(key: str, first: int) -> str:
    """What is said of a key that stands in its map for the second time.

    >>> doubled_key("app", 3)
    'the key "app" stands twice in one map, first on line 3'
    """
    return f'the key "{key}" stands twice in one map, first on line {first}'
