"""The lines of what stands inside an object, found when a message needs one.

Reading keeps the line of each object and of nothing in it: 50 MB of manifests have millions of
labels, and few of them are ever told of. For these the text is parsed once more, from the line
that the object begins on to its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
)

from labelsel.errors import Path
from labelsel.kubernetes.model.document import MAX_DEPTH
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.read.yaml_parser import parser_of

__all__ = ["LineLocator"]

_MERGE: Final = "<<"


@dataclass(slots=True)
class _Node:
    """A part of an object: the line that it, or its key, stands on, and its own parts."""

    line: int
    text: str = ""
    members: dict[str | int, _Node] = field(default_factory=dict)

    def member(self, step: str | int) -> _Node | None:
        """A part of this, which may have come in with ``<<``: then of the first map that has it.

        Complexity: O(n) for the n maps that are merged, however often aliases merge each.
        """
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if id(node.members) in seen:
                continue
            seen.add(id(node.members))
            if step in node.members:
                return node.members[step]
            waiting += reversed(node.merged())
        return None

    def merged(self) -> list[_Node]:
        """What ``<<`` brings in."""
        source = self.members.get(_MERGE)
        if source is None:
            return []
        return [part for key, part in source.members.items() if isinstance(key, int)] or [source]


class LineLocator:
    """Finds lines in the text of one file.

    Cheapest in the order of the objects: a line is looked for from the last one on, and what
    begins on it is parsed once for all that is asked of it in a row.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._offset = 1, 0
        self._parsed: tuple[int, _Node | None] = 0, None

    def line(self, resource: Resource, path: Path) -> int:
        """The line of what stands at a path of an object, from 1.

        Where there is nothing at the path: the line of what there is on the way to it. Where
        an alias stands for it: the line in the part that the anchor names. Where the text does
        not have the object on its line, as with several on one: that line.

        Complexity: O(length of the object's text), and of the text before it.
        """
        line = resource.source.line
        if self._parsed[0] != line:
            self._parsed = line, self._read(line)
        found = self._parsed[1]
        node = found if found is not None and _is(found, resource) else None
        for step in path:
            node = None if node is None else node.member(step)
            if node is None:
                break
            line = node.line
        return line

    def _read(self, line: int) -> _Node | None:
        try:
            return _Reader(self._text, self._start(line), line).object()
        except (yaml.YAMLError, _OtherTextError):
            return None

    def _start(self, line: int) -> int:
        if line < self._line:
            self._line, self._offset = 1, 0
        while self._line < line:
            self._offset = self._text.find("\n", self._offset) + 1
            self._line += 1
        return self._offset


class _OtherTextError(Exception):
    """What is parsed is not the text that was read: that had an object here, and none so deep."""


def _is(node: _Node, resource: Resource) -> bool:
    """Whether what was parsed is the object: items of a typed list have nothing but a name."""
    metadata = node.member("metadata")
    names = (metadata and metadata.member(key) for key in ("name", "generateName"))
    return any(name and name.text == resource.name for name in names)


class _Reader:
    """Reads one object from the beginning of a line."""

    def __init__(self, text: str, start: int, line: int) -> None:
        self._parser = parser_of(text, start)
        self._first = line
        self._anchors: dict[str, _Node] = {}

    def object(self) -> _Node:
        try:
            self._event()
            self._event()
            event = self._event()
            # The member of a list begins with a dash: a list again, here of one member.
            while isinstance(event, SequenceStartEvent) and not event.flow_style:
                event = self._event()
            return self._node(event, 0)
        finally:
            self._parser.dispose()

    def _event(self) -> Event:
        event: Event | None = self._parser.get_event()
        if event is None:
            raise _OtherTextError
        return event

    def _node(self, event: Event, depth: int) -> _Node:
        mark: Any = event.start_mark
        node = _Node(self._first + mark.line)
        if isinstance(event, AliasEvent):
            # Of an anchor before the object nothing is known.
            named = self._anchors.get(str(event.anchor), node)
            node.text, node.members = named.text, named.members
            return node
        if depth > MAX_DEPTH:
            raise _OtherTextError
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = node
        if isinstance(event, ScalarEvent):
            node.text = event.value
        elif isinstance(event, MappingStartEvent):
            self._mapping(node, depth)
        else:
            self._sequence(node, depth)
        return node

    def _mapping(self, node: _Node, depth: int) -> None:
        while not isinstance(event := self._event(), MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._event(), depth + 1)
            node.members[key.text] = _Node(key.line, value.text, value.members)

    def _sequence(self, node: _Node, depth: int) -> None:
        while not isinstance(event := self._event(), SequenceEndEvent):
            node.members[len(node.members)] = self._node(event, depth + 1)
