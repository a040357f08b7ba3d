"""YAML text into documents, with the meaning that Kubernetes' tools give it.

PyYAML's parser (libyaml's where there is one) turns text into events; what the events mean is
decided here, in one pass, because PyYAML's own constructor follows other rules:

1. Unquoted words are read by ``scalars.resolve``.
2. A map's keys are strings in the end, as in JSON: ``80: x`` has the key "80".
3. A key that stands twice in a map is an error. (go-yaml takes the last in silence.)
4. ``<<`` puts the entries of other maps in at its place: keys written before it are replaced,
   keys after it win. So go-yaml v2 has it (go-yaml issue 81), and so kubectl.
5. An alias is the very object its anchor names, and what all aliases of a document stand for
   is bounded, so that a few lines cannot grow into gigabytes.
6. Tags of YAML itself are obeyed, other tags are ignored, ``!!binary`` is an error.
7. NaN and infinity are errors: JSON, which the API server speaks, cannot say them.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from yaml.reader import Reader

from labelsel.resources.document import MAX_DEPTH, Data, Document, Progress, Spelling
from labelsel.resources.errors import ManifestError
from labelsel.resources.scalars import Scalar, resolve, text_of

__all__ = ["MAX_ALIASED", "read_yaml"]

#: Nodes that the aliases of one document may stand for. go-yaml begins to refuse at 400,000.
MAX_ALIASED: Final = 1_000_000

_EVENTS_A_REPORT: Final = 4096
_TAG: Final = "tag:yaml.org,2002:"
_SEPARATOR: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
#: Maps whose entries must be strings to Kubernetes: here the spelling of others is kept.
_STRINGS: Final = frozenset({"metadata", "labels", "annotations"})


class _RefusedError(Exception):
    """The text is YAML, but says something that a manifest cannot."""

    def __init__(self, problem: str, event: Event) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = _line(event)


def read_yaml(
    text: str, file: str, progress: Progress | None = None
) -> Iterator[Document | ManifestError]:
    """The documents of a text in order, each read when it is asked for.

    A document that cannot be read is a ManifestError in its place, and reading goes on behind
    it: after a fault in the YAML itself, at the next line that begins with ``---``.

    Complexity: O(n) in the length of the text.
    """
    forbidden = Reader.NON_PRINTABLE.search(text)
    if forbidden is not None:
        yield _forbidden(text, file, forbidden)
        return
    start, line, number = 0, 0, 0
    # What is missing at the end is missing on the last line with something on it.
    end = len(text.rstrip())
    # One stream for all parts: each would otherwise copy the text that is left.
    stream = io.StringIO(text, newline="")
    while True:
        part = _Part(stream, start, line, number, progress)
        try:
            yield from part.documents(file)
        except yaml.YAMLError as error:
            problem, offset = _syntax_fault(error)
            place = line + text.count("\n", start, min(start + offset, end)) + 1
            yield ManifestError(file, problem, document=part.number + 1, line=place)
            begun = start + part.document_offset
            after = max(_line_start(text, start + offset), begun + 1)
            separator = _SEPARATOR.search(text, after)
            if separator is None:
                return
            line += text.count("\n", start, separator.start())
            start, number = separator.start(), part.number + 1
        else:
            return


@dataclass(slots=True)
class _Aliased:
    """What an anchor names, and how many nodes that is."""

    value: Data
    nodes: int


class _Part:
    """The documents of a text from one offset on, until its end or a fault in the YAML.

    Attributes:
        number: how many documents have begun and ended, those before the offset included.
        document_offset: where the current document begins, counted from the offset.
    """

    def __init__(
        self, stream: io.StringIO, start: int, line: int, number: int, progress: Progress | None
    ) -> None:
        # CSafeLoader is missing where PyYAML was built without libyaml.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._length = stream.seek(0, io.SEEK_END)
        self._start = stream.seek(start)
        self._loader: Any = loader(stream)
        self._line = line
        self._progress = progress
        self._events = 0
        self.number = number
        self.document_offset = -1

    def documents(self, file: str) -> Iterator[Document | ManifestError]:
        try:
            self._event()
            while not isinstance(event := self._event(), StreamEndEvent):
                mark: Any = event.start_mark
                self.document_offset = mark.index
                yield self._document(file)
                self.number += 1
        finally:
            self._loader.dispose()

    def _document(self, file: str) -> Document | ManifestError:
        self._anchors: dict[str, _Aliased | None] = {}
        self._nodes = 0
        self._aliased = 0
        self._lines: dict[int, int] = {}
        self._keys: dict[tuple[int, str], Spelling] = {}
        self._values: dict[tuple[int, str], Spelling] = {}
        root = self._event()
        try:
            value = self._node(root, "", 0)
        except _RefusedError as error:
            while not isinstance(self._event(), DocumentEndEvent):
                pass
            line = self._line + error.line + 1
            return ManifestError(file, error.problem, document=self.number + 1, line=line)
        self._event()
        line = self._line_of(root)
        return Document(
            self.number + 1,
            line,
            value,
            offset=self._start + self.document_offset,
            lines=self._lines,
            keys=self._keys,
            values=self._values,
        )

    def _event(self) -> Event:
        event: Event = self._loader.get_event()
        self._events += 1
        if self._progress is not None and self._events % _EVENTS_A_REPORT == 0:
            mark: Any = event.start_mark
            self._progress(self._start + mark.index, self._length)
        return event

    def _line_of(self, event: Event) -> int:
        return self._line + _line(event) + 1

    def _node(self, event: Event, name: str, depth: int) -> Data:
        """The value that begins with an event; ``name`` is the key it stands under."""
        if isinstance(event, AliasEvent):
            return self._alias(event)
        self._nodes += 1
        before = self._nodes
        anchor = event.anchor  # type: ignore[attr-defined]
        if anchor is not None:
            self._anchors[anchor] = None
        if depth > MAX_DEPTH:
            problem = f"maps and lists lie more than {MAX_DEPTH} deep in one another"
            raise _RefusedError(problem, event)
        value: Data
        if isinstance(event, ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, MappingStartEvent):
            value = self._mapping(name, depth)
        else:
            value = self._sequence(name, depth)
        if anchor is not None:
            self._anchors[anchor] = _Aliased(value, self._nodes - before + 1)
        return value

    def _alias(self, event: AliasEvent) -> Data:
        name = event.anchor
        if name not in self._anchors:
            raise _RefusedError(f"the alias *{name} has no anchor &{name} before it", event)
        aliased = self._anchors[name]
        if aliased is None:
            raise _RefusedError(f"the anchor &{name} contains itself", event)
        self._nodes += aliased.nodes
        self._aliased += aliased.nodes
        if self._aliased > MAX_ALIASED:
            raise _RefusedError(f"its aliases stand for more than {MAX_ALIASED:,} nodes", event)
        return aliased.value

    def _sequence(self, name: str, depth: int) -> list[Data]:
        values: list[Data] = []
        while not isinstance(event := self._event(), SequenceEndEvent):
            value = self._node(event, "", depth + 1)
            if name == "items" and isinstance(value, dict):
                self._lines[id(value)] = self._line_of(event)
            values.append(value)
        return values

    def _mapping(self, name: str, depth: int) -> dict[str, Data]:
        values: dict[str, Data] = {}
        written: set[str] = set()
        while not isinstance(event := self._event(), MappingEndEvent):
            if isinstance(event, ScalarEvent) and _is_merge(event):
                self._merge(values, depth)
                continue
            key = self._key(event, values, name, depth)
            if key in written:
                raise _RefusedError(f'the key "{key}" stands twice in one map', event)
            written.add(key)
            entry = self._event()
            values[key] = value = self._node(entry, key, depth + 1)
            if name in _STRINGS and isinstance(entry, ScalarEvent) and not isinstance(value, str):
                self._values[id(values), key] = Spelling(entry.value, self._line_of(entry))
        return values

    def _key(self, event: Event, values: dict[str, Data], name: str, depth: int) -> str:
        key = self._node(event, "", depth + 1)
        if isinstance(key, str):
            return key
        if key is None:
            raise _RefusedError("a key in a map is empty (null)", event)
        if isinstance(key, dict | list):
            raise _RefusedError(_no_key(key), event)
        text = text_of(key)
        if name in _STRINGS:
            written = event.value if isinstance(event, ScalarEvent) else text
            self._keys[id(values), text] = Spelling(written, self._line_of(event))
        return text

    def _merge(self, values: dict[str, Data], depth: int) -> None:
        """Rule 4. Of several maps to merge, the first has the last word."""
        event = self._event()
        merged = self._node(event, "", depth + 1)
        for source in reversed(merged) if isinstance(merged, list) else (merged,):
            if not isinstance(source, dict):
                raise _RefusedError("<< takes a map or a list of maps", event)
            values.update(source)


def _line(event: Event) -> int:
    """The line that an event begins on, from 0 in the text that is parsed."""
    mark: Any = event.start_mark
    line: int = mark.line
    return line


def _is_merge(event: ScalarEvent) -> bool:
    if event.value != "<<":
        return False
    return event.tag == f"{_TAG}merge" or (event.tag is None and event.implicit[0])


def _no_key(key: Data) -> str:
    """What to say of a key that is a map or a list: ``{{ .Values.x }}`` is read as such."""
    problem = f"a key in a map is itself a {'map' if isinstance(key, dict) else 'list'}"
    if isinstance(key, dict):
        problem += "; is this a template that has to be rendered first ({{ … }})?"
    return problem


def _scalar(event: ScalarEvent) -> Scalar:
    tag: str | None = event.tag
    word: str = event.value
    if tag is None:
        value = resolve(word) if event.implicit[0] else word
    elif tag.startswith(_TAG):
        value = _tagged(event, tag.removeprefix(_TAG), word)
    else:
        return word
    if isinstance(value, float) and not math.isfinite(value):
        raise _RefusedError(f"{word} is no number that JSON can say", event)
    return value


def _tagged(event: ScalarEvent, tag: str, word: str) -> Scalar:
    """Rule 6: the value of a word under one of YAML's own tags."""
    if tag == "binary":
        raise _RefusedError("the tag !!binary is not known to Kubernetes: use a string", event)
    if tag not in _TYPES:
        return word
    value = resolve(word)
    if tag == "float" and type(value) is int:
        return float(value)
    if type(value) is not _TYPES[tag]:
        raise _RefusedError(f'"{word}" is no !!{tag}', event)
    return value


_TYPES: Final[dict[str, type]] = {
    "null": type(None),
    "bool": bool,
    "int": int,
    "float": float,
}


def _syntax_fault(error: yaml.YAMLError) -> tuple[str, int]:
    """What is wrong with the YAML itself, and at which offset of the text parsed."""
    mark = getattr(error, "problem_mark", None)
    words = [
        word for word in (getattr(error, "context", ""), getattr(error, "problem", "")) if word
    ]
    return f"not valid YAML: {', '.join(words)}", 0 if mark is None else mark.index


def _line_start(text: str, offset: int) -> int:
    """The offset of the beginning of the line that an offset is on."""
    return text.rfind("\n", 0, offset) + 1


def _forbidden(text: str, file: str, match: re.Match[str]) -> ManifestError:
    problem = f"not valid YAML: the character U+{ord(match[0]):04X} may not stand in it"
    number = 1 + len(_SEPARATOR.findall(text, 1, match.start()))
    line = 1 + text.count("\n", 0, match.start())
    return ManifestError(file, problem, document=number, line=line)
