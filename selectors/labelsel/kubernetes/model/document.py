"""One document of a file as it was read, and where its parts stand in the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from labelsel.kubernetes.errors import ManifestWarning

__all__ = [
    "MAX_DEPTH",
    "Data",
    "Document",
    "DoubledKeys",
    "Progress",
    "Spelling",
    "refused_key",
    "says_labels",
    "says_which",
]

#: What JSON can say: None, bool, int, float, str, and lists and string-keyed dicts of these.
Data: TypeAlias = Any

#: Told now and then how many characters are read, of how many.
Progress: TypeAlias = Callable[[int, int], None]

#: Maps and lists may lie this deep in one another. Real manifests (the schemas of custom
#: resources) reach 60; at 1,000 Python's own recursion ends.
MAX_DEPTH: Final = 200

#: Of so many keys that stand twice each is told; a file may have thousands.
_TOLD_KEYS: Final = 10

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


def says_which(key: str) -> bool:
    """Whether a key may not stand twice itself: the second would silently replace a choice.

    >>> says_which("podSelector"), says_which("affinity"), says_which("spec")
    (True, True, False)
    """
    return says_labels(key) or key.lower().endswith("affinity")


def refused_key(key: str, first: int) -> str:
    """What is said of a key that may not stand in its map for the second time.

    >>> print(refused_key("app", 3))
    the key "app" stands twice in one map, first on line 3: keep one; kubectl takes the last \
without a word, which may select more than is meant
    """
    return (
        f"{_doubled(key, first)}: keep one; kubectl takes the last without a word, "
        "which may select more than is meant"
    )


def _doubled(key: str, first: int) -> str:
    return f'the key "{key}" stands twice in one map, first on line {first}'


class DoubledKeys:
    """Warns of the keys of one document that stand twice: of the first ten, then of how many more.

    Arguments:
        file: the file that the document stands in.
        document: its number in the file.
    """

    def __init__(self, file: str, document: int) -> None:
        self._file = file
        self._document = document
        self._told: list[ManifestWarning] = []
        self._more = 0
        self._line = 0

    def add(self, key: str, first: int, line: int) -> None:
        """Take a key, the line that it stood on first, and the one that it stands on again."""
        if len(self._told) < _TOLD_KEYS:
            self._told.append(self._warning(f"{_doubled(key, first)}: this one counts", line))
            return
        self._line = self._line if self._more else line
        self._more += 1

    def warnings(self) -> list[ManifestWarning]:
        """What is to be said, in the order of the document."""
        if not self._more:
            return self._told
        problem = f"… and {self._more:,} more keys that stand twice, from here on: the last counts"
        return [*self._told, self._warning(problem, self._line)]

    def _warning(self, problem: str, line: int) -> ManifestWarning:
        return ManifestWarning(self._file, problem, document=self._document, line=line)
