"""The lines of the parts of an object, found when a message needs one.

Reading keeps the line of each object, but of no part of it: 50 MB of manifests have millions of
labels, and messages name few of them. For such a message the text of the object is parsed once
more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import yaml
from yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from labelsel.errors import Path
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.read.yaml_events import (
    CollectionStart,
    EndOfTextError,
    RefusedYamlError,
    YamlWalker,
    find_line_feeds,
)

__all__ = ["LineLocator"]

_MERGE: Final = "<<"


@dataclass(slots=True)
class _Node:
    """A part of an object: the line of the part or of its key, its text, and its own parts."""

    line: int
    text: str = ""
    children: dict[str | int, _Node] = field(default_factory=dict)

    def child(self, step: str | int) -> _Node | None:
        """Return the part at a step of a path, if need be from the first merged map that has it.

        Complexity: O(n) for the n maps that are merged, however often aliases merge each.
        """
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if id(node.children) in seen:
                continue
            seen.add(id(node.children))
            if step in node.children:
                return node.children[step]
            waiting += reversed(node.merge_sources())
        return None

    def merge_sources(self) -> list[_Node]:
        """Return the maps that ``<<`` merges into this one."""
        source = self.children.get(_MERGE)
        if source is None:
            return []
        return [part for key, part in source.children.items() if isinstance(key, int)] or [source]


class LineLocator:
    r"""Finds the lines of parts of objects in the text of one file.

    Ask in the order of the objects: the search for a line goes on from the last one, and an
    object is parsed once for all questions about it in a row.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> text = "kind: Pod\napiVersion: v1\nmetadata:\n  name: web\n  labels: {app: web}\n"
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> LineLocator(text).line(pod, ("metadata", "labels", "app"))
    5
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_feeds = find_line_feeds(text)
        self._line, self._offset = 1, 0
        self._parsed: tuple[int, _Node | None] = 0, None

    def line(self, resource: Resource, path: Path) -> int:
        """Return the line of the part of an object at a path, from 1.

        1. If nothing is at the path, the line of the last part on the way to it.
        2. If an alias is on the way, the line in the value that its anchor names.
        3. If the text has another object, or several, on the line of the object, that line.

        Complexity: O(length of the object's text), and of the text before it.
        """
        line = resource.source.line
        node = self._object(line)
        return line if node is None or not _is(node, resource) else _line_at(node, line, path)

    def line_of(self, line: int, path: Path) -> int:
        """Return the line of a part of the object that begins on a line, which may be refused.

        It is the same as `line`, for an object without a name.
        """
        node = self._object(line)
        return line if node is None else _line_at(node, line, path)

    def _object(self, line: int) -> _Node | None:
        if self._parsed[0] != line:
            self._parsed = line, self._read(line)
        return self._parsed[1]

    def _read(self, line: int) -> _Node | None:
        """Parse the object on a line; None if the text is not the one that was read before.

        None, too, on the last line: every part is there.
        """
        start = self._start(line)
        if self._text.find("\n", start) in (-1, len(self._text) - 1):
            return None  # every part is on the last line: a List of 18 MB there takes 4 s to parse
        try:
            reader = _NodeReader(self._text, start, line)
            reader.line_feeds = self._line_feeds
            return reader.object()
        except (yaml.YAMLError, RefusedYamlError, EndOfTextError):
            return None

    def _start(self, line: int) -> int:
        if line < self._line:
            self._line, self._offset = 1, 0
        while self._line < line:
            self._offset = self._text.find("\n", self._offset) + 1
            self._line += 1
        return self._offset


def _line_at(node: _Node, line: int, path: Path) -> int:
    for step in path:
        child = node.child(step)
        if child is None:
            break
        node, line = child, child.line
    return line


def _is(node: _Node, resource: Resource) -> bool:
    """Return whether a parsed part is the object: items of a typed list have only a name."""
    metadata = node.child("metadata")
    names = (metadata and metadata.child(key) for key in ("name", "generateName"))
    return any(name and name.text == resource.name for name in names)


class _NodeReader(YamlWalker[_Node]):
    """Reads the one object that begins on a line."""

    def __init__(self, text: str, offset: int, line: int) -> None:
        super().__init__(text, offset, line)
        self._anchors: dict[str, _Node] = {}

    def object(self) -> _Node:
        try:
            self.begin()
            event = self.event()
            # An item of a list begins with a dash: here it is the one item of a list.
            while isinstance(event, SequenceStartEvent) and not event.flow_style:
                event = self.event()
            return self.walk(event, ())
        finally:
            self.close()

    def alias(self, event: AliasEvent, path: Path) -> _Node:  # noqa: ARG002  # of the walker
        node = _Node(self.line_of(event))
        # An anchor before the object is unknown here.
        named = self._anchors.get(str(event.anchor), node)
        node.text, node.children = named.text, named.children
        return node

    def scalar(self, event: ScalarEvent, path: Path) -> _Node:  # noqa: ARG002  # of the walker
        return self._node(event, event.value)

    def mapping(self, event: MappingStartEvent, path: Path) -> _Node:
        node = self._node(event)
        key_path = (*path, "")
        for start in self.children():
            key = self.walk(start, key_path)
            value = node.children[key.text] = self.walk(self.event(), (*path, key.text))
            value.line = key.line
        return node

    def sequence(self, event: SequenceStartEvent, path: Path) -> _Node:
        node = self._node(event)
        for number, start in enumerate(self.children()):
            node.children[number] = self.walk(start, (*path, number))
        return node

    def _node(self, event: ScalarEvent | CollectionStart, text: str = "") -> _Node:
        node = _Node(self.line_of(event), text)
        # Known before its children are: an alias among them may name the node.
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node
