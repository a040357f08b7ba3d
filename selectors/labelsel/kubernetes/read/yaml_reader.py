"""YAML text into documents, with the meaning that Kubernetes' tools give it.

PyYAML's parser (libyaml, if PyYAML was built with it) turns text into events. This module
decides what the events mean, in one pass, because PyYAML's own constructor follows other rules:

1. ``scalars.resolve`` reads unquoted words.
2. The keys of a map become strings, as in JSON: ``80: x`` has the key "80".
3. If a map has a key twice, the last entry counts, as in go-yaml, and the document gets a
   warning. It is an error in labels, annotations and selectors, and for the keys of these and
   of ``affinity``. In the data of a ConfigMap or Secret, and in the environment of a container,
   keys of these names mean something else.
4. ``<<`` inserts the entries of other maps: they replace the entries written before ``<<``, and
   entries written after it replace them. go-yaml v2 (go-yaml issue 81) and kubectl do the same.
5. An alias is the same object as the value of its anchor. The number of nodes that all aliases
   of a document stand for is limited, so that a few lines cannot grow into gigabytes. So is
   their depth.
6. The tags of YAML itself count; other tags are ignored. ``!!binary`` is the text that the
   bytes encode, or an error.
7. NaN and infinity are errors: the API server speaks JSON, which has no such numbers.

docs/yaml.md lists each case in which kubectl has rules of its own.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import Reader

from labelsel.errors import ManifestError, Path, TemplateError, quote, shorten
from labelsel.kubernetes.model.document import (
    LONE_SURROGATE,
    Data,
    Document,
    DuplicateKeys,
    Progress,
    Spelling,
    duplicate_key_problem,
    holds_labels,
    is_below_data,
    is_below_env,
    refuses_duplicates,
)
from labelsel.kubernetes.model.scalars import Scalar, resolve, text_of
from labelsel.kubernetes.read.yaml_events import (
    RefusedYamlError,
    YamlWalker,
    find_line_feeds,
)
from labelsel.limits import MAX_ALIASED_NODES
from labelsel.placeholders import CERTAIN_PLACEHOLDER

__all__ = ["read_yaml"]

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TAG: Final = "tag:yaml.org,2002:"
_SEPARATOR: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
#: What a template has on the line at which the text stops being YAML: {{ … }} of Go and of many
#: others, {% … %} of Jinja. Of 120 unreadable files in five public repositories 119 had it.
_TEMPLATE_MARK: Final = re.compile(r"\{\{|\{%")
_TEMPLATE: Final = "a template, which has to be rendered first: the line has "
#: Maps whose entries must be strings to Kubernetes: the spelling of other entries is kept here.
_STRINGS: Final = frozenset({"metadata", "labels", "annotations"})


def read_yaml(
    text: str, file: str, progress: Progress | None = None
) -> Iterator[Document | ManifestError]:
    r"""Yield the documents of a text in order, each when it is asked for.

    A document that cannot be read is a ManifestError in its place. Reading goes on at the next
    line that begins with ``---``; the text before that line is not parsed any more.

    Complexity: O(n) in the length of the text.

    >>> [document.value for document in read_yaml("{a: 1}\n---\n[on, off]\n", "a.yaml")]
    [{'a': 1}, [True, False]]
    >>> [type(document).__name__ for document in read_yaml("a: {\n---\nb: 2\n", "a.yaml")]
    ['ManifestError', 'Document']
    """
    forbidden = Reader.NON_PRINTABLE.search(text)
    if forbidden is not None:
        yield _forbidden(text, file, forbidden)
        return
    progress = None if progress is None else _never_falling(progress)
    start, line, number = 0, 0, 0
    # If something is missing at the end, the error names the last line that is not blank.
    end = len(text.rstrip())
    line_feeds = find_line_feeds(text)
    while True:
        reader = _DocumentReader(text, file, start, line, progress)
        reader.number, reader.line_feeds = number, line_feeds
        try:
            yield from reader.documents()
        except (yaml.YAMLError, RefusedYamlError) as error:
            problem, index = _problem(error, text, start)
            error_line = line + text.count("\n", start, min(start + index, end)) + 1
            fault = TemplateError if problem.startswith(_TEMPLATE) else ManifestError
            yield fault(file, problem, document=reader.number + 1, line=error_line)
            after = max(_line_start(text, start + index), reader.document_offset + 1)
            separator = _SEPARATOR.search(text, after)
            if separator is None:
                return
            line += text.count("\n", start, separator.start())
            start, number = separator.start(), reader.number + 1
        else:
            return


def _never_falling(progress: Progress) -> Progress:
    """Leave out the reports that a reader makes again that starts at an earlier document."""
    most = 0

    def report(done: int, total: int) -> None:
        nonlocal most
        if done >= most:
            most = done
            progress(done, total)

    return report


@dataclass(slots=True)
class _Anchored:
    """The value that an anchor names.

    Attributes:
        value: the value itself.
        nodes: how many nodes it has, those of aliases in it included.
        height: how many maps and lists are nested in it.
        duplicates: how many keys in it are written twice in their map.
    """

    value: Data
    nodes: int
    height: int
    duplicates: int


class _DocumentReader(YamlWalker[Data]):
    """Reads the documents of a text from one offset on, to its end or the first error.

    Attributes:
        number: how many documents have begun and ended, those before the offset included.
        document_offset: the offset in the text at which the current document begins.
    """

    def __init__(
        self, text: str, file: str, start: int, lines_before: int, progress: Progress | None
    ) -> None:
        super().__init__(text, start, lines_before + 1, progress)
        self._file = file
        self.number = 0
        self.document_offset = start - 1

    def documents(self) -> Iterator[Document]:
        try:
            self.event()
            while not isinstance(event := self.event(), StreamEndEvent):
                self.document_offset = self.start_of(event)
                yield self._document()
                self.number += 1
        finally:
            self.close()

    def _document(self) -> Document:
        self._anchors: dict[str, _Anchored | None] = {}
        #: Nodes, duplicates and depth before each anchor whose value is being read.
        self._open: list[tuple[int, int, int]] = []
        self._nodes = 0
        self._aliased = 0
        self.deepest = 0
        self._duplicates = 0
        self._in_labels = False
        self._lines: dict[int, int] = {}
        self._keys: dict[tuple[int, str], Spelling] = {}
        self._values: dict[tuple[int, str], Spelling] = {}
        # Keeps each map with a spelling alive: a later map must not get the id of a map that
        # a duplicate key replaced, and with the id its spellings.
        self._spelled: list[Data] = []
        self._duplicate_keys = DuplicateKeys(self._file, self.number + 1)
        #: Duplicate keys below ``data``: whether they are errors is known at the end.
        self._refused: list[tuple[Path, RefusedYamlError]] = []
        root = self.event()
        value = self.walk(root, ())
        self.event()
        for path, refused in self._refused:
            if not is_below_data(path, value):
                raise refused
        return Document(
            self.number + 1,
            self.line_of(root),
            value,
            offset=self.document_offset,
            lines=self._lines,
            keys=self._keys,
            values=self._values,
            warnings=self._duplicate_keys.warnings(),
        )

    # Values

    def scalar(self, event: ScalarEvent, path: Path) -> Scalar:  # noqa: ARG002  # of the walker
        self._nodes += 1
        tag: str | None = event.tag
        word: str = event.value
        # libyaml refuses a lone surrogate; the parser in Python accepts it.
        if event.style == '"' and _SURROGATE.search(word) is not None:
            raise RefusedYamlError(LONE_SURROGATE, event)
        if tag is None:
            value = resolve(word) if event.implicit[0] else word
        elif tag.startswith(_TAG):
            value = _read_tagged(event, tag.removeprefix(_TAG), word)
        else:
            return word
        if isinstance(value, float) and not math.isfinite(value):
            raise RefusedYamlError(f"{shorten(word)} is not a number in JSON", event)
        return value

    def sequence(self, event: SequenceStartEvent, path: Path) -> list[Data]:  # noqa: ARG002  # same
        self._nodes += 1
        keeps_lines = bool(path) and path[-1] == "items"
        values: list[Data] = []
        for item in self.children():
            value = self.walk(item, (*path, len(values)))
            if keeps_lines and isinstance(value, dict):
                self._lines[id(value)] = self.line_of(item)
            values.append(value)
        return values

    def mapping(self, event: MappingStartEvent, path: Path) -> dict[str, Data]:  # noqa: ARG002  # same
        self._nodes += 1
        keeps_spellings = bool(path) and path[-1] in _STRINGS
        # A key has the depth of its value; a map or a list in it is refused.
        key_path = (*path, "")
        values: dict[str, Data] = {}
        seen: dict[str, Event] = {}
        next_event = self.inner_event
        while not isinstance(start := next_event(), MappingEndEvent):
            if isinstance(start, ScalarEvent) and start.value == "<<" and _is_merge(start):
                self._merge(values, key_path)
                continue
            if isinstance(start, (MappingStartEvent, SequenceStartEvent)):
                raise _CollectionKeyError(start)
            key = self.walk(start, key_path)
            if not isinstance(key, str):
                key = self._key_text(key, start, values, keeps_spelling=keeps_spellings)
            if key in seen:
                self._duplicate(key, start, seen[key], path)
            seen[key] = start
            entry = next_event()
            if isinstance(entry, ScalarEvent):
                # A scalar uses only the length of its path: no tuple is made for each.
                value = self.walk(entry, key_path)
            else:
                value = self._collection(entry, key, (*path, key))
            values[key] = value
            if keeps_spellings and isinstance(entry, ScalarEvent) and not isinstance(value, str):
                self._values[id(values), key] = Spelling(entry.value, self.line_of(entry))
                self._spelled.append(values)
        return values

    def _collection(self, event: Event, key: str, path: Path) -> Data:
        """Return the value of a key: a map, a list or an alias."""
        outside = self._in_labels
        self._in_labels = outside or holds_labels(key)
        value = self.walk(event, path)
        self._in_labels = outside
        return value

    # Keys

    def _key_text(
        self, key: Data, event: Event, values: dict[str, Data], *, keeps_spelling: bool
    ) -> str:
        """Return the text of a key that is no string: rule 2."""
        if key is None:
            raise RefusedYamlError("a key in a map is empty (null)", event)
        if isinstance(key, dict | list):
            raise RefusedYamlError("a key in a map is an alias of a map or a list", event)
        text = text_of(key)
        if keeps_spelling:
            written = event.value if isinstance(event, ScalarEvent) else text
            self._keys[id(values), text] = Spelling(written, self.line_of(event))
            self._spelled.append(values)
        return text

    def _duplicate(self, key: str, event: Event, first: Event, path: Path) -> None:
        """Warn of a key in the map at a path, or refuse it: rule 3."""
        if self._in_labels or refuses_duplicates(key):
            self._refuse(duplicate_key_problem(key, self.line_of(first)), event, path)
        self._duplicates += 1
        self._duplicate_keys.add(key, self.line_of(first), self.line_of(event))

    def _refuse(self, problem: str, event: Event, path: Path) -> None:
        """Raise an error of duplicate keys; below ``data`` not before the kind is known."""
        if is_below_env(path):
            return
        refused = RefusedYamlError(problem, event)
        if not is_below_data(path):
            raise refused
        self._refused.append((path, refused))

    def _merge(self, values: dict[str, Data], path: Path) -> None:
        """Put in the entries of ``<<``: rule 4. Of several maps, the first one has priority."""
        event = self.event()
        merged = self.walk(event, path)
        for source in reversed(merged) if isinstance(merged, list) else (merged,):
            if not isinstance(source, dict):
                raise RefusedYamlError("<< takes a map or a list of maps", event)
            values.update(source)

    # Anchors and aliases

    def open_anchor(self, anchor: str, path: Path) -> None:
        self._anchors[anchor] = None
        self._open.append((self._nodes, self._duplicates, self.deepest))
        self.deepest = len(path)

    def close_anchor(self, anchor: str, path: Path, node: Data) -> None:
        nodes, duplicates, deepest = self._open.pop()
        # If a node inside has the same anchor, the anchor names that one: it begins later.
        if self._anchors[anchor] is None:
            self._anchors[anchor] = _Anchored(
                node,
                nodes=self._nodes - nodes,
                height=self.deepest - len(path),
                duplicates=self._duplicates - duplicates,
            )
        self.deepest = max(self.deepest, deepest)

    def alias(self, event: AliasEvent, path: Path) -> Data:
        name = str(event.anchor)
        if name not in self._anchors:
            raise RefusedYamlError(
                f"the alias *{shorten(name)} has no anchor &{shorten(name)} before it", event
            )
        anchored = self._anchors[name]
        if anchored is None:
            raise RefusedYamlError(f"the anchor &{shorten(name)} contains itself", event)
        self.reach(len(path) + anchored.height, event)
        self._nodes += anchored.nodes
        self._aliased += anchored.nodes
        self._duplicates += anchored.duplicates
        if self._aliased > MAX_ALIASED_NODES:
            problem = f"the aliases of the document stand for more than {MAX_ALIASED_NODES:,} nodes"
            raise RefusedYamlError(problem, event)
        if self._in_labels and anchored.duplicates:
            self._refuse(f"*{shorten(name)}, among labels, has a key twice in one map", event, path)
        return anchored.value


def _is_merge(event: ScalarEvent) -> bool:
    """Return whether a key ``<<`` merges maps: in quotes it is a string."""
    return event.tag == f"{_TAG}merge" or (event.tag is None and event.implicit[0])


class _CollectionKeyError(RefusedYamlError):
    """A key is a map or a list, as ``{{ .x }}`` is in YAML: a map in a map."""

    def __init__(self, event: Event) -> None:
        what = "list" if isinstance(event, SequenceStartEvent) else "map"
        super().__init__(f"a key in a map is itself a {what}", event)


def _read_tagged(event: ScalarEvent, tag: str, word: str) -> Scalar:
    """Return the value of a word that has one of YAML's own tags: rule 6."""
    if tag == "binary":
        try:
            return b64decode(word.replace("\n", ""), validate=True).decode()
        except ValueError:
            problem = "the value of !!binary must be base64 of text in UTF-8"
            raise RefusedYamlError(problem, event) from None
    if tag not in _TYPES:
        return word
    value = resolve(word)
    if tag == "float" and type(value) is int:
        return float(value)
    if type(value) is not _TYPES[tag]:
        raise RefusedYamlError(f'"{shorten(word)}" is not a valid !!{tag}', event)
    return value


_TYPES: Final[dict[str, type]] = {
    "null": type(None),
    "bool": bool,
    "int": int,
    "float": float,
}


def _problem(error: yaml.YAMLError | RefusedYamlError, text: str, start: int) -> tuple[str, int]:
    """Return what is wrong with a document, and the index of the error in the text parsed."""
    if isinstance(error, RefusedYamlError):
        index, problem = error.index, error.problem
    else:
        # A key without a colon is noticed on the next line: the mark of the context is the key's.
        is_key = "simple key" in (getattr(error, "context", "") or "")
        mark = getattr(error, "context_mark" if is_key else "problem_mark", None)
        index = 0 if mark is None else mark.index
        problem = _parser_problem(error, text, start + index)
        if not problem.startswith(_TEMPLATE):
            problem = f"not valid YAML: {problem}"
    may_be_template = not isinstance(error, RefusedYamlError) or isinstance(
        error, _CollectionKeyError
    )
    if may_be_template and _TEMPLATE_MARK.search(_line_at(text, start + index)):
        return f"{_TEMPLATE}{{{{ … }}}}", index
    return problem, index


def _parser_problem(error: yaml.YAMLError, text: str, offset: int) -> str:
    """Return the problem in words: those of the scanner speak of tokens."""
    problem = getattr(error, "problem", "") or ""
    character = text[offset : offset + 1]
    if character == "\t" or "tab character" in problem:
        return "a tab begins the line, or stands before a word: indent with spaces"
    if "cannot start any token" in problem:
        # On this line only: a text of many such lines must not be searched to its end for each.
        placeholder = CERTAIN_PLACEHOLDER.match(text, offset, _line_end(text, offset))
        if placeholder is not None:
            return f"{_TEMPLATE}the placeholder {quote(placeholder[0])}"
        return f"a word cannot begin with {quote(character)}: put the word in quotes"
    if "mapping values are not allowed" in problem:
        return "a ':' where no key ends: put a text with ': ' in quotes, or correct the lines above"
    if "could not find expected ':'" in problem:
        return "a key without ':'"
    words = (shorten(word) for word in (getattr(error, "context", ""), problem) if word)
    return ", ".join(words)


def _line_at(text: str, offset: int) -> str:
    """Return the line of an offset."""
    return text[_line_start(text, offset) : _line_end(text, offset)]


def _line_end(text: str, offset: int) -> int:
    """Return the offset at which the line of an offset ends, before its line break."""
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def _line_start(text: str, offset: int) -> int:
    """Return the offset at which the line of an offset begins."""
    return text.rfind("\n", 0, offset) + 1


def _forbidden(text: str, file: str, match: re.Match[str]) -> ManifestError:
    problem = f"not valid YAML: the character U+{ord(match[0]):04X} is not allowed"
    number = 1 + len(_SEPARATOR.findall(text, 1, match.start()))
    line = 1 + text.count("\n", 0, match.start())
    return ManifestError(file, problem, document=number, line=line)
