"""The one walk over YAML text: the events of PyYAML's parser, and the path of each value.

Three modules walk YAML text, and each makes something else of it: yaml_reader.py makes data,
line_locator.py finds lines, edit/yaml_layout.py finds offsets. All three are a `YamlWalker`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Generic, TypeAlias, TypeVar

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from labelsel.errors import Path
from labelsel.kubernetes.model.document import TOO_DEEP, Progress
from labelsel.limits import MAX_DOCUMENT_DEPTH

__all__ = [
    "CollectionStart",
    "EndOfTextError",
    "RefusedYamlError",
    "YamlWalker",
    "find_line_feeds",
    "token_spans",
]

Node = TypeVar("Node")
#: The first event of a map or a list.
CollectionStart: TypeAlias = MappingStartEvent | SequenceStartEvent

#: The characters that the parser is given first; each further part is twice as long. A short
#: first part keeps a restart cheap: 48 kB with an error every six characters take 0.5 s, and
#: 3 s if each part has 16 kB (python -m benchmarks hostile).
_FIRST_PART: Final = 256

_OTHER_BREAKS: Final = "\r\x85\u2028\u2029"
_OTHER_BREAK: Final = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_LINE_FEED: Final = re.compile("\n")


class RefusedYamlError(Exception):
    """The text is YAML, but no manifest can say this.

    Attributes:
        problem: what is wrong, without a full stop.
        index: the position of the event, in characters from where the walk began.
    """

    def __init__(self, problem: str, event: Event) -> None:
        super().__init__(problem)
        self.problem = problem
        mark: Any = event.start_mark
        self.index: int = mark.index


class EndOfTextError(Exception):
    """The text has no further events."""


def find_line_feeds(text: str) -> Sequence[int] | None:
    r"""Return the offset of each line feed of a text whose lines the parser counts in another way.

    To YAML a carriage return, NEL and two separators of Unicode end a line, too. Messages count the
    lines that editors, grep and kubectl count. None for nearly all texts, where both are the same.

    Complexity: O(n) in the length of the text.

    >>> find_line_feeds("a: 1\r\nb: 2\r\n")
    >>> find_line_feeds("a: 1\rb: 2\nc: 3\n")
    [9, 14]
    """
    # Without the first check a text of 1 MB takes 10 ms instead of 0.03 ms (python -m timeit).
    if not any(sign in text for sign in _OTHER_BREAKS) or _OTHER_BREAK.search(text) is None:
        return None
    return [found.start() for found in _LINE_FEED.finditer(text)]


class YamlWalker(ABC, Generic[Node]):
    r"""Walks the events of a text and makes a node of each value.

    A subclass says what a node is, in the methods `alias`, `scalar`, `mapping` and `sequence`.
    The last two read what is inside, from `children`, and call `walk` for each child.

    Arguments:
        text: the whole text.
        offset: where the walk begins, in characters.
        line: the line of that offset, from 1.
        progress: called now and then with the characters read, and all there are.

    Attributes:
        text: the whole text.
        line_feeds: what `find_line_feeds` returns for the text. Whoever needs lines sets it.
        deepest: the length of the longest path walked so far.
        last: the event that ended the last map or list.

    >>> class Scalars(YamlWalker[list]):
    ...     def alias(self, event, path): return []
    ...     def scalar(self, event, path): return [(path, event.value, self.line_of(event))]
    ...     def mapping(self, event, path):
    ...         return [found for key in self.children()
    ...                 for found in self.walk(self.event(), (*path, key.value))]
    ...     def sequence(self, event, path):
    ...         return [found for number, item in enumerate(self.children())
    ...                 for found in self.walk(item, (*path, number))]
    >>> walker = Scalars("a:\n- b\n- c\n")
    >>> walker.begin()
    >>> walker.walk(walker.event(), ())
    [(('a', 0), 'b', 2), (('a', 1), 'c', 3)]
    """

    def __init__(
        self, text: str, offset: int = 0, line: int = 1, progress: Progress | None = None
    ) -> None:
        self.text = text
        self.line_feeds: Sequence[int] | None = None
        self._length = len(text)
        self.deepest = 0
        self.last: Event
        self._offset = offset
        self._line = line
        # CSafeLoader is missing where PyYAML was built without libyaml.
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._parser = loader(_Stream(text, offset, progress))
        self._next_event = self._parser.get_event
        #: `event` within a document, where another event always follows. Most events are read
        #: here: `event` would be a tenth of the time of `read_yaml`.
        self.inner_event: Callable[[], Event] = self._next_event

    # What a subclass makes of each kind of value

    @abstractmethod
    def alias(self, event: AliasEvent, path: Path) -> Node:
        """Return the node of an alias."""

    @abstractmethod
    def scalar(self, event: ScalarEvent, path: Path) -> Node:
        """Return the node of a scalar."""

    @abstractmethod
    def mapping(self, event: MappingStartEvent, path: Path) -> Node:
        """Return the node of a map, and read all its events."""

    @abstractmethod
    def sequence(self, event: SequenceStartEvent, path: Path) -> Node:
        """Return the node of a list, and read all its events."""

    def open_anchor(self, anchor: str, path: Path) -> None:
        """Note that the value of an anchor begins."""

    def close_anchor(self, anchor: str, path: Path, node: Node) -> None:
        """Note that the value of an anchor ends, and its node."""

    # The walk

    def begin(self) -> None:
        """Read the first two events, the start of the text and of its first document."""
        self.event()
        self.event()

    def event(self) -> Event:
        """Return the next event.

        Raises:
            yaml.YAMLError: the text is not YAML.
            EndOfTextError: the last event, the end of the text, was read before.
        """
        event: Event | None = self._next_event()
        if event is None:
            raise EndOfTextError
        return event

    def walk(self, event: Event, path: Path) -> Node:
        """Return the node of the value that begins with an event.

        Raises:
            RefusedYamlError: the path is longer than `MAX_DOCUMENT_DEPTH`.
        """
        # Most values are scalars without an anchor; this short cut saves 5 % of read_yaml.
        if isinstance(event, ScalarEvent) and event.anchor is None and len(path) <= self.deepest:
            return self.scalar(event, path)
        if isinstance(event, AliasEvent):
            return self.alias(event, path)
        if len(path) > self.deepest:
            self.reach(len(path), event)
        anchor: str | None = event.anchor  # type: ignore[attr-defined]  # all others have one
        if anchor is not None:
            self.open_anchor(anchor, path)
        if isinstance(event, ScalarEvent):
            node = self.scalar(event, path)
        elif isinstance(event, MappingStartEvent):
            node = self.mapping(event, path)
        else:
            assert isinstance(event, SequenceStartEvent)
            node = self.sequence(event, path)
        if anchor is not None:
            self.close_anchor(anchor, path, node)
        return node

    def children(self) -> Iterator[Event]:
        """Yield the first event of each key of a map, or of each item of a list, to its end.

        Whoever iterates reads the rest of the child, and in a map its value. At the end
        `last` is the event that ends the map or list.
        """
        next_event = self.inner_event
        while not isinstance(event := next_event(), (MappingEndEvent, SequenceEndEvent)):
            yield event
        self.last = event

    def reach(self, depth: int, event: Event) -> None:
        """Note that a path of this length was walked.

        Raises:
            RefusedYamlError: the length is more than `MAX_DOCUMENT_DEPTH`.
        """
        self.deepest = max(depth, self.deepest)
        if depth > MAX_DOCUMENT_DEPTH:
            raise RefusedYamlError(TOO_DEEP, event)

    def close(self) -> None:
        """Give back the memory of the parser."""
        self._parser.dispose()

    # Marks

    def line_of(self, event: Event) -> int:
        """Return the line of the whole text that an event begins on, from 1."""
        mark: Any = event.start_mark
        if self.line_feeds is not None:
            return 1 + bisect_left(self.line_feeds, self._offset + mark.index)
        line: int = self._line + mark.line
        return line

    def start_of(self, event: Event) -> int:
        """Return the offset in the whole text at which an event begins."""
        mark: Any = event.start_mark
        offset: int = self._offset + mark.index
        return min(self._length, offset)  # as in `end_of`

    def end_of(self, event: Event) -> int:
        """Return the offset in the whole text at which an event ends."""
        # The parser may have seen a last line break that the text does not have: `_Stream`. Not
        # by min(), which takes as long as all the rest here.
        mark: Any = event.end_mark
        offset: int = self._offset + mark.index
        return min(self._length, offset)


class _Stream:
    """A text from an offset on, read in parts; no part is copied before the parser asks for it.

    A last line without a line break gets one, as kubectl adds one: so a block of text ends with
    a line break, whether or not the file does.

    Progress is reported here, whenever the parser asks for its next 16 kB: that takes it some
    5 ms, and a count of the events would cost time for each one.
    """

    def __init__(self, text: str, start: int, progress: Progress | None) -> None:
        self._text = text
        self._position = start
        self._progress = progress
        self._end = "" if text.endswith("\n") else "\n"
        self._most = _FIRST_PART

    def read(self, size: int = _FIRST_PART, /) -> str:
        part = self._text[self._position : self._position + min(size, self._most)]
        self._position += len(part)
        if self._progress is not None:
            self._progress(self._position, len(self._text))
        self._most *= 2
        if not part:
            part, self._end = self._end, ""
        return part


def token_spans(text: str) -> Iterator[tuple[int, int]]:
    r"""Yield where each token of a YAML text begins and ends, in characters.

    What is between the tokens are white space, line breaks and comments. If the text is not YAML
    from some position on, the tokens end there.

    Complexity: O(n) in the length of the text.

    >>> text = "a: 'b # c' # d"
    >>> [text[start:end] for start, end in token_spans(text) if start < end]
    ['a', ':', "'b # c'"]
    """
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for token in yaml.scan(text, Loader=loader):
            start: Any = token.start_mark
            end: Any = token.end_mark
            yield start.index, end.index
    except yaml.YAMLError:
        return
