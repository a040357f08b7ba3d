"""A second reader of manifests: PyYAML's nodes into data, by the rules of docs/yaml.md.

Our reader decides in one pass over events, and starts again behind a fault; this one lets PyYAML
compose the nodes of the whole text first. Both share libyaml and `resolve`, which the vectors test.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, Final, NamedTuple

from yaml._yaml import CParser
from yaml.composer import Composer
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from labelsel.kubernetes.model.scalars import resolve, text_of

__all__ = ["Read", "RefusedError", "read_nodes"]

_PLAIN: Final = "plain"
_QUOTED: Final = "quoted"
_TAG: Final = "tag:yaml.org,2002:"


class RefusedError(Exception):
    """The rules refuse what PyYAML reads; ``index`` is where, in characters."""

    def __init__(self, problem: str, node: Node) -> None:
        super().__init__(problem)
        self.index: int = node.start_mark.index


class Read(NamedTuple):
    """A document: its root, its data, and whether a key in it is written twice."""

    root: Node
    value: Any
    doubled: bool


class _Loader(Composer, CParser):
    """Composes nodes of libyaml's events; a scalar without a tag has one of our own."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        Composer.__init__(self)

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Return the next node. An anchor may be written again: the last one counts."""
        event: Any = self.peek_event()
        if not isinstance(event, AliasEvent):
            self.anchors.pop(event.anchor, None)
        node: Node | None = super().compose_node(parent, index)
        return node

    def compose_scalar_node(self, anchor: Any) -> ScalarNode:
        """Return the next node, a scalar. Also the tag ! is one."""
        event: Any = self.get_event()
        tag = event.tag or (_PLAIN if event.implicit[0] else _QUOTED)
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def resolve(self, *_: object) -> str:
        """Return the tag of a map or a list that has none, which does not count."""
        return ""

    descend_resolver = ascend_resolver = lambda *_: None


def read_nodes(text: str) -> Iterator[Read]:
    """Yield the documents of a text. The first fault is a `yaml.YAMLError` or a `RefusedError`."""
    text = text if text.endswith("\n") else f"{text}\n"
    loader = _Loader(text)
    try:
        while loader.check_node():
            root: Any = loader.get_node()
            data = _Data()
            yield Read(root, data.of(root, ()), data.doubled)
    finally:
        loader.dispose()


class _Data:
    """The data of the nodes of one document."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        self.doubled = False

    def of(self, node: Node, above: tuple[int, ...]) -> Any:
        if id(node) in above:
            raise RefusedError("a node contains itself", node)
        if id(node) not in self._made:
            inside = (*above, id(node))
            if isinstance(node, MappingNode):
                self._made[id(node)] = self._map(node, inside)
            elif isinstance(node, SequenceNode):
                self._made[id(node)] = [self.of(item, inside) for item in node.value]
            else:
                self._made[id(node)] = _scalar(node)
        return self._made[id(node)]

    def _map(self, node: MappingNode, above: tuple[int, ...]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        written: set[str] = set()
        for name, child in node.value:
            if not isinstance(name, ScalarNode):
                raise RefusedError("a key is a map or a list", name)
            if name.value == "<<" and name.tag in {_PLAIN, f"{_TAG}merge"}:
                values.update(self._merged(child, above))
                continue
            key = self.of(name, above)
            if key is None:
                raise RefusedError("a key is null", name)
            key = key if isinstance(key, str) else text_of(key)
            self.doubled |= key in written
            written.add(key)
            values[key] = self.of(child, above)
        return values

    def _merged(self, node: Node, above: tuple[int, ...]) -> dict[str, Any]:
        found = self.of(node, above)
        merged: dict[str, Any] = {}
        for source in reversed(found) if isinstance(found, list) else [found]:
            if not isinstance(source, dict):
                raise RefusedError("<< takes maps", node)
            merged.update(source)
        return merged


def _scalar(node: Node) -> Any:
    tag = node.tag.removeprefix(_TAG)
    if tag in {"null", "bool", "int", "float", "binary"} and tag != node.tag:
        raise RefusedError("a tag that this reader does not know", node)
    value = resolve(node.value) if node.tag == _PLAIN else node.value
    if isinstance(value, float) and not isfinite(value):
        raise RefusedError("no number of JSON", node)
    return value
