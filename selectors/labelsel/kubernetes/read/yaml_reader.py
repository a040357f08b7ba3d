"""YAML text into documents, with the meaning that Kubernetes' tools give it.

PyYAML's parser (libyaml's where there is one) turns text into events; what the events mean is
decided here, in one pass, because PyYAML's own constructor follows other rules:

1. Unquoted words are read by ``scalars.resolve``.
2. A map's keys are strings in the end, as in JSON: ``80: x`` has the key "80".
3. Of a key that stands twice in a map the last one counts, as in go-yaml, and the document
   says so in its warnings. In labels, annotations and selectors that is an error, and so it
   is of the key that these stand under, and of ``affinity``.
4. ``<<`` puts the entries of other maps in at its place: keys written before it are replaced,
   keys after it win. So go-yaml v2 has it (go-yaml issue 81), and so kubectl.
5. An alias is the very object its anchor names. What all aliases of a document stand for is
   bounded, so that a few lines cannot grow into gigabytes, and so is how deep they lie.
6. Tags of YAML itself are obeyed, other tags are ignored. ``!!binary`` is the text that the
   bytes are, and an error where they are none.
7. NaN and infinity are errors: JSON, which the API server speaks, cannot say them.

docs/yaml.md has each corner in which kubectl reads YAML in a way of its own.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import Reader

from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import (
    MAX_DEPTH,
    Data,
    Document,
    DoubledKeys,
    Progress,
    Spelling,
    refused_key,
    says_labels,
    says_which,
)
from labelsel.kubernetes.model.scalars import Scalar, resolve, text_of
from labelsel.kubernetes.read.yaml_parser import parser_of

__all__ = ["MAX_ALIASED", "read_yaml"]

#: Nodes that the aliases of one document may stand for. go-yaml begins to refuse at 400,000.
MAX_ALIASED: Final = 1_000_000

_EVENTS_A_REPORT: Final = 4096
_HALF: Final = re.compile("[\ud800-\udfff]")
_TAG: Final = "tag:yaml.org,2002:"
_SEPARATOR: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
#: Maps whose entries must be strings to Kubernetes: here the spelling of others is kept.
_STRINGS: Final = frozenset({"metadata", "labels", "annotations"})


class _RefusedError(Exception):
    """The text is YAML, but says something that a manifest cannot."""

    def __init__(self, problem: str, event: Event) -> None:
        super().__init__(problem)
        self.problem = problem
        self.offset = _mark(event).index


def read_yaml(
    text: str, file: str, progress: Progress | None = None
) -> Iterator[Document | ManifestError]:
    """The documents of a text in order, each read when it is asked for.

    A document that cannot be read is a ManifestError in its place, and reading goes on at the
    next line that begins with ``---``; what stands before that line is not parsed any more.

    Complexity: O(n) in the length of the text.
    """
    forbidden = Reader.NON_PRINTABLE.search(text)
    if forbidden is not None:
        yield _forbidden(text, file, forbidden)
        return
    start, line, number = 0, 0, 0
    # What is missing at the end is missing on the last line with something on it.
    end = len(text.rstrip())
    while True:
        part = _Part(text, file, start, line, number, progress)
        try:
            yield from part.documents()
        except (yaml.YAMLError, _RefusedError) as error:
            problem, offset = _fault(error)
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
    """What an anchor names.

    Attributes:
        value: the value itself.
        nodes: how many nodes it is, those of aliases in it included.
        height: how many maps and lists lie in one another in it.
        doubled: how many keys in it stand twice in their map.
    """

    value: Data
    nodes: int
    height: int
    doubled: int


class _Part:
    """The documents of a text from one offset on, until its end or a fault in the YAML.

    Attributes:
        number: how many documents have begun and ended, those before the offset included.
        document_offset: where the current document begins, counted from the offset.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - where it is, in the text and in the file
        self,
        text: str,
        file: str,
        start: int,
        line: int,
        number: int,
        progress: Progress | None,
    ) -> None:
        self._length = len(text)
        self._file = file
        self._start = start
        self._parser = parser_of(text, start)
        self._line = line
        self._progress = progress
        self._events = 0
        self.number = number
        self.document_offset = -1

    def documents(self) -> Iterator[Document]:
        try:
            self._event()
            while not isinstance(event := self._event(), StreamEndEvent):
                self.document_offset = _mark(event).index
                yield self._document()
                self.number += 1
        finally:
            self._parser.dispose()

    def _document(self) -> Document:
        self._anchors: dict[str, _Aliased | None] = {}
        self._nodes = 0
        self._aliased = 0
        self._deepest = 0
        self._doubled = 0
        self._in_labels = False
        self._lines: dict[int, int] = {}
        self._keys: dict[tuple[int, str], Spelling] = {}
        self._values: dict[tuple[int, str], Spelling] = {}
        # A map that gives way to another must not leave that its id, and with it its spellings.
        self._spelled: list[Data] = []
        self._doubled_keys = DoubledKeys(self._file, self.number + 1)
        root = self._event()
        value = self._node(root, "", 0)
        self._event()
        return Document(
            self.number + 1,
            self._line_of(root),
            value,
            offset=self._start + self.document_offset,
            lines=self._lines,
            keys=self._keys,
            values=self._values,
            warnings=self._doubled_keys.warnings(),
        )

    def _event(self) -> Event:
        event: Event = self._parser.get_event()
        self._events += 1
        if self._progress is not None and self._events % _EVENTS_A_REPORT == 0:
            self._progress(self._start + _mark(event).index, self._length)
        return event

    def _line_of(self, event: Event) -> int:
        line: int = _mark(event).line
        return self._line + line + 1

    def _node(self, event: Event, name: str, depth: int) -> Data:
        """The value that begins with an event; ``name`` is the key it stands under."""
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        self._nodes += 1
        self._reach(depth, event)
        anchor = event.anchor  # type: ignore[attr-defined]
        if anchor is not None:
            return self._anchored(anchor, event, name, depth)
        return self._value(event, name, depth)

    def _value(self, event: Event, name: str, depth: int) -> Data:
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(name, depth)
        return self._sequence(name, depth)

    def _reach(self, depth: int, event: Event) -> None:
        if depth > self._deepest:
            self._deepest = depth
            if depth > MAX_DEPTH:
                problem = f"maps and lists lie more than {MAX_DEPTH} deep in one another"
                raise _RefusedError(problem, event)

    def _anchored(self, anchor: str, event: Event, name: str, depth: int) -> Data:
        self._anchors[anchor] = None
        nodes, doubled, deepest = self._nodes, self._doubled, self._deepest
        self._deepest = depth
        value = self._value(event, name, depth)
        self._anchors[anchor] = _Aliased(
            value,
            nodes=self._nodes - nodes + 1,
            height=self._deepest - depth,
            doubled=self._doubled - doubled,
        )
        self._deepest = max(self._deepest, deepest)
        return value

    def _alias(self, event: AliasEvent, depth: int) -> Data:
        name = event.anchor
        if name not in self._anchors:
            raise _RefusedError(f"the alias *{name} has no anchor &{name} before it", event)
        aliased = self._anchors[name]
        if aliased is None:
            raise _RefusedError(f"the anchor &{name} contains itself", event)
        self._reach(depth + aliased.height, event)
        self._nodes += aliased.nodes
        self._aliased += aliased.nodes
        self._doubled += aliased.doubled
        if self._aliased > MAX_ALIASED:
            raise _RefusedError(f"its aliases stand for more than {MAX_ALIASED:,} nodes", event)
        if self._in_labels and aliased.doubled:
            raise _RefusedError(f"*{name}, among labels, has a key twice in one map", event)
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
        written: dict[str, Event] = {}
        while not isinstance(event := self._event(), MappingEndEvent):
            if isinstance(event, ScalarEvent) and _is_merge(event):
                self._merge(values, depth)
                continue
            key = self._key(event, values, name, depth)
            if key in written:
                self._double(key, event, written[key])
            written[key] = event
            entry = self._event()
            values[key] = value = self._entry(entry, key, depth + 1)
            if name in _STRINGS and isinstance(entry, ScalarEvent) and not isinstance(value, str):
                self._values[id(values), key] = Spelling(entry.value, self._line_of(entry))
                self._spelled.append(values)
        return values

    def _entry(self, event: Event, key: str, depth: int) -> Data:
        """The value of a key."""
        if isinstance(event, ScalarEvent):
            return self._node(event, key, depth)
        outside = self._in_labels
        self._in_labels = outside or says_labels(key)
        value = self._node(event, key, depth)
        self._in_labels = outside
        return value

    def _double(self, key: str, event: Event, first: Event) -> None:
        """Rule 3."""
        if self._in_labels or says_which(key):
            raise _RefusedError(refused_key(key, self._line_of(first)), event)
        self._doubled += 1
        self._doubled_keys.add(key, self._line_of(first), self._line_of(event))

    def _key(self, event: Event, values: dict[str, Data], name: str, depth: int) -> str:
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            raise _RefusedError(_no_key(event), event)
        key = self._node(event, "", depth + 1)
        if isinstance(key, str):
            return key
        if key is None:
            raise _RefusedError("a key in a map is empty (null)", event)
        if isinstance(key, dict | list):
            raise _RefusedError("a key in a map stands for a map or a list", event)
        text = text_of(key)
        if name in _STRINGS:
            written = event.value if isinstance(event, ScalarEvent) else text
            self._keys[id(values), text] = Spelling(written, self._line_of(event))
            self._spelled.append(values)
        return text

    def _merge(self, values: dict[str, Data], depth: int) -> None:
        """Rule 4. Of several maps to merge, the first has the last word."""
        event = self._event()
        merged = self._node(event, "", depth + 1)
        for source in reversed(merged) if isinstance(merged, list) else (merged,):
            if not isinstance(source, dict):
                raise _RefusedError("<< takes a map or a list of maps", event)
            values.update(source)


def _mark(event: Event) -> Any:
    """Where an event begins: ``index`` and ``line``, from 0 in the text that is parsed."""
    return event.start_mark


def _is_merge(event: ScalarEvent) -> bool:
    if event.value != "<<":
        return False
    return event.tag == f"{_TAG}merge" or (event.tag is None and event.implicit[0])


def _no_key(event: Event) -> str:
    """What to say of a key that is a map or a list: ``{{ .Values.x }}`` is read as such."""
    if isinstance(event, SequenceStartEvent):
        return "a key in a map is itself a list"
    hint = "is this a template that has to be rendered first ({{ … }})?"
    return f"a key in a map is itself a map; {hint}"


def _scalar(event: ScalarEvent) -> Scalar:
    tag: str | None = event.tag
    word: str = event.value
    # PyYAML's own parser takes half a character for one, libyaml does not.
    if event.style == '"' and _HALF.search(word) is not None:
        raise _RefusedError(r"a \u escape stands for half a character (a lone surrogate)", event)
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
        try:
            return b64decode(word.replace("\n", ""), validate=True).decode()
        except ValueError:
            problem = "what stands behind !!binary is no base64, or no text in UTF-8"
            raise _RefusedError(problem, event) from None
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


def _fault(error: yaml.YAMLError | _RefusedError) -> tuple[str, int]:
    """What is wrong with a document, and at which offset of the text parsed."""
    if isinstance(error, _RefusedError):
        return error.problem, error.offset
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
