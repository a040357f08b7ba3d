"""Fuzz target: the line of each part of an object is that of PyYAML's node for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from labelsel.errors import LabelselError, Path
from labelsel.kubernetes import Resource, read_manifests
from labelsel.kubernetes.read.line_locator import LineLocator
from tests.fuzzing.editor_target import folder
from tests.fuzzing.second_yaml import RefusedError, read_nodes

__all__ = ["lines"]

#: So many parts of each object are asked for.
_MOST_PARTS: Final = 40
#: Aliases have lines of two kinds; a byte order mark is no part of the text that is read.
_NOT_COMPARED: Final = re.compile("[*\ufeff]")


def lines(data: bytes) -> None:
    """Each part has the line of its key, or of its item in a list."""
    text = data.decode("utf-8", "replace")
    path = folder() / ("a.json" if text.startswith("{") else "a.yaml")
    path.write_bytes(text.encode())
    try:
        resources = list(read_manifests([path], on_warning=lambda _: None))
        documents = list(read_nodes(text))
    except (LabelselError, RefusedError, yaml.YAMLError, RecursionError):
        return
    locator = LineLocator(text)
    first_lines = Counter(resource.source.line for resource in resources)
    for resource in resources:
        line = resource.source.line
        is_alone = first_lines[line] == 1 and not _NOT_COMPARED.search(text)
        root = documents[resource.source.document - 1].root
        for part in islice(_parts(resource.body, ()), _MOST_PARTS):
            found = locator.line(resource, part)
            assert not is_alone or found == _line(root, resource, part, text), (part, found)


def _parts(value: Any, path: Path) -> Iterator[Path]:
    """Yield the path of a value and of each value in it."""
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _parts(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _parts(each, (*path, number))


def _line(node: Any, resource: Resource, part: Path, text: str) -> int:
    """Return the line of a part in a document: of its key in a map, of itself in a list."""
    location = resource.source.location
    line: int = resource.source.line
    assert location is not None
    for number, step in enumerate((*location.path, *part)):
        if isinstance(node, MappingNode):
            pair = _pair(node, step)
            if pair is None:  # a key that is no string has another text, and its map the line
                return line
            name, node = pair
        else:
            name = node = node.value[step]
        if number >= len(location.path):
            line = 1 + text.count("\n", 0, name.start_mark.index)
    return line


def _pair(node: Any, step: object) -> tuple[Any, Any] | None:
    """Return a key of a map with its value, from the first map that ``<<`` merges if need be."""
    if not isinstance(node, MappingNode):
        return None
    pairs = {_text(name): (name, value) for name, value in node.value}
    if step in pairs:
        return pairs[step]
    _, merged = pairs.get("<<", (None, None))
    sources = merged.value if isinstance(merged, SequenceNode) else [merged]
    return next(filter(None, (_pair(source, step) for source in sources)), None)


def _text(name: Any) -> object:
    return name.value if isinstance(name, ScalarNode) else None
