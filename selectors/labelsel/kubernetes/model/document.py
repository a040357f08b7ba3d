"""One document of a file as it was read, and the few positions that messages need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from labelsel.errors import ManifestWarning, Path
from labelsel.limits import MAX_DOCUMENT_DEPTH

__all__ = [
    "LAST_COUNTS",
    "LONE_SURROGATE",
    "TOO_DEEP",
    "Data",
    "Document",
    "DuplicateKeys",
    "Progress",
    "Spelling",
    "duplicate_key_problem",
    "holds_labels",
    "is_below_data",
    "is_below_env",
    "refuses_duplicates",
]

#: The values of JSON: None, bool, int, float, str, and lists and string-keyed dicts of these.
Data: TypeAlias = Any

#: Called now and then with the characters read so far, and with the characters there are.
Progress: TypeAlias = Callable[[int, int], None]

#: The message for a document that is nested deeper.
TOO_DEEP: Final = f"maps and lists are nested more than {MAX_DOCUMENT_DEPTH} levels deep"
#: The message for an escape in a string that is half of a surrogate pair, without the other half.
LONE_SURROGATE: Final = r"a \u escape is half of a character (a lone surrogate)"

#: The end of a warning about duplicate keys. It is no part of an error about them.
LAST_COUNTS: Final = ": the last entry counts"
#: The duplicate keys of a document that get a warning each: ten lines fit on a screen, and a
#: file may have thousands of duplicate keys.
_REPORTED_KEYS: Final = 10

_LABELS: Final = frozenset(
    {
        *("labels", "annotations", "matchlabels", "matchexpressions", "matchfields"),
        *("nodeselectorterms", "preference"),
    }
)
#: Where a ConfigMap or a Secret has what programs read, and no selector.
_DATA_KEYS: Final = frozenset({"data", "stringData", "binaryData"})
_CONFIGS: Final = frozenset({("v1", "ConfigMap"), ("v1", "Secret")})
_CONTAINERS: Final = frozenset({"containers", "initContainers", "ephemeralContainers"})
#: The steps from the list of containers to env: ("containers", 0, "env").
_ENV_STEPS: Final = 2


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a key or a value that is no string is written in the text, and on which line.

    ``version: 1.10`` reads as the number 1.1. A message that says what to put in quotes needs
    the text ``1.10``.

    >>> Spelling("1.10", line=7)
    Spelling(text='1.10', line=7)
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its data, and the few positions in it that messages need.

    Positions are kept for possible objects (the entries of lists called ``items``), and for
    entries of ``metadata``, ``labels`` and ``annotations`` that are no strings. They are not
    kept for every value: 50 MB of manifests have millions of values.

    Attributes:
        number: the number of the document in its file, from 1; empty documents count.
        line: the line that the data begins on, from 1.
        value: the data; None for an empty document.
        offset: where the document begins in the text, in characters; its ``---`` and its
            directives are part of the document.
        json: whether the document was read as JSON, and not as YAML.
        lines: the line of each entry of ``items``, by ``id()`` of the entry.
        keys: the spelling of keys that are no strings, by ``id()`` of the map and the key's text.
        values: the spelling of values that are no strings, by ``id()`` of the map and the key.
        warnings: what is legal, but probably a mistake.

    >>> Document(1, 1, {"kind": "Pod"}).value
    {'kind': 'Pod'}
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


def holds_labels(key: str) -> bool:
    """Return whether the value of a key holds labels, annotations or a selector.

    Nothing in such a value may be ambiguous.

    >>> holds_labels("matchLabels"), holds_labels("podSelector"), holds_labels("data")
    (True, True, False)
    """
    lower = key.lower()
    return lower in _LABELS or lower.endswith("selector")


def refuses_duplicates(key: str) -> bool:
    """Return whether a second entry of a key is an error, and not only a warning.

    The second entry would silently replace a choice of pods or nodes.

    >>> refuses_duplicates("podSelector"), refuses_duplicates("affinity")
    (True, True)
    >>> refuses_duplicates("spec")
    False
    """
    return holds_labels(key) or key.lower().endswith("affinity")


def is_below_env(path: Path) -> bool:
    """Return whether a path leads to an environment variable of a container, or into it.

    No key there means pods or nodes, whatever it is called.

    >>> is_below_env(("spec", "containers", 0, "env", 2)), is_below_env(("spec", "env", 2))
    (True, False)
    """
    return any(
        step == "env" and number >= _ENV_STEPS and path[number - _ENV_STEPS] in _CONTAINERS
        for number, step in enumerate(path)
    )


def is_below_data(path: Path, value: Data | None = None) -> bool:
    """Return whether a path leads into the data of a ConfigMap or Secret.

    No key there means pods or nodes, whatever it is called.

    Arguments:
        path: a path in a document, or in a List.
        value: the data of the document; None if they are not known yet: then any object counts
            as a ConfigMap.

    >>> path = ("items", 3, "data", "selector")
    >>> is_below_data(path), is_below_data(path, {"items": []})
    (True, False)
    """
    start = 0
    while path[start : start + 1] == ("items",) and len(path) > start + 1:
        start += 2
    if not (len(path) > start and path[start] in _DATA_KEYS):
        return False
    return value is None or _is_config(value, path[:start])


def _is_config(value: Data, path: Path) -> bool:
    """Return whether a ConfigMap or a Secret is at a path."""
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return False
    return isinstance(value, dict) and (value.get("apiVersion"), value.get("kind")) in _CONFIGS


def duplicate_key_problem(key: str, first: int) -> str:
    """Return the message for a duplicate key that is an error.

    >>> print(duplicate_key_problem("app", 3))
    the key "app" is in this map twice, first on line 3: keep one; kubectl silently takes the \
last, which may select more than is meant
    """
    return (
        f"{_duplicate_text(key, first)}: keep one; kubectl silently takes the last, "
        "which may select more than is meant"
    )


def _duplicate_text(key: str, first: int) -> str:
    return f'the key "{key}" is in this map twice, first on line {first}'


class DuplicateKeys:
    """Collects the warnings about duplicate keys of one document.

    The first ten duplicate keys get a warning each; one more warning counts the rest.

    Arguments:
        file: the name of the file.
        document: the number of the document in the file.

    >>> found = DuplicateKeys("a.yaml", 1)
    >>> found.add("spec", 3, 7)
    >>> print(*found.warnings())
    a.yaml, document 1 (line 7): the key "spec" is in this map twice, first on line 3: the last \
entry counts
    """

    def __init__(self, file: str, document: int) -> None:
        self._file = file
        self._document = document
        self._reported: list[ManifestWarning] = []
        self._more = 0
        self._line = 0

    def add(self, key: str, first: int, line: int) -> None:
        """Add a key, with the line of its first entry and the line of this one."""
        if len(self._reported) < _REPORTED_KEYS:
            problem = f"{_duplicate_text(key, first)}{LAST_COUNTS}"
            self._reported.append(self._warning(problem, line))
            return
        self._line = self._line if self._more else line
        self._more += 1

    def warnings(self) -> list[ManifestWarning]:
        """Return the warnings, in the order of the document."""
        if not self._more:
            return self._reported
        problem = f"… and {self._more:,} more duplicate keys from here on{LAST_COUNTS}"
        return [*self._reported, self._warning(problem, self._line)]

    def _warning(self, problem: str, line: int) -> ManifestWarning:
        return ManifestWarning(self._file, problem, document=self._document, line=line)
