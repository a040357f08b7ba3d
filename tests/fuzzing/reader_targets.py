"""Fuzz targets: YAML and JSON are read as a second reader does, or are an error with a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml as pyyaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from labelsel.errors import ManifestError
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.read.json_reader import ends_early, read_json
from labelsel.kubernetes.read.yaml_reader import read_yaml
from tests.fuzzing.second_yaml import Read, RefusedError, read_nodes

__all__ = ["json_reader", "yaml_reader"]

#: What our readers refuse and the second ones do not.
_OURS_ALONE: Final = re.compile(
    r"in this map twice|has a key twice|levels deep|lone surrogate|the aliases of the document"
    r"|too large|is not allowed|is not a number|string conversion|!!"
)


def yaml_reader(data: bytes) -> None:
    """Documents have the data and the lines that PyYAML's nodes have, up to the first fault."""
    text = data.decode("utf-8", "replace")
    found = list(read_yaml(text, "a.yaml"))
    _check_results(found, text)
    expected = read_nodes(text)
    for document in found:
        if isinstance(document, ManifestError):
            _check_fault(document, expected, text)
            return
        try:
            read = next(expected)
        except (RefusedError, pyyaml.YAMLError, StopIteration) as error:
            if not _has_unknown_tag(error):
                raise
            return
        _check_document(document, read, text)
    assert next(expected, None) is None, "a document is missing"


def json_reader(data: bytes) -> None:
    """Values are those of the standard library; objects of a List have the lines of PyYAML's."""
    text = data.decode("utf-8", "replace")
    found, fault = read_json(text, "a.json")
    _check_results([*found, *(() if fault is None else (fault,))], text)
    assert isinstance(ends_early(text), bool)
    position = 0
    for document in found:
        value, position = _next_value(text, position)
        assert repr(document.value) == repr(value)
    if fault is None:
        assert not text[position:].strip(" \t\r\n")
        _check_json_lines(found, text)
    elif not _OURS_ALONE.search(fault.problem):
        try:
            _next_value(text, position)
        except ValueError as error:
            if isinstance(error, json.JSONDecodeError):
                assert fault.line == error.lineno or fault.problem.startswith("not valid JSON: ex")
            return
        raise AssertionError(f"refused only by us: {fault}")


def _check_results(found: list[Document | ManifestError], text: str) -> None:
    """Whatever is read can be said in JSON, and all has its number and a line of the text."""
    # The parser sees a last line break that the text may lack, and on the line behind it a null.
    lines = text.count("\n") + 2
    numbers = [each.number if isinstance(each, Document) else each.document for each in found]
    # Behind a fault the number counts separators, and a separator need not begin a document.
    faults = any(isinstance(each, ManifestError) for each in found)
    assert faults or numbers == list(range(1, len(found) + 1))
    last = 0
    for result in found:
        assert result.line is not None
        assert 1 <= result.line <= lines, result
        if isinstance(result, ManifestError):
            message = str(result)
            assert message.isprintable(), message
        else:
            json.dumps(result.value, allow_nan=False, ensure_ascii=False).encode()
            assert result.offset >= last
            last = result.offset
            for warning in result.warnings:
                assert str(warning).isprintable()


def _check_document(document: Document, read: Read, text: str) -> None:
    assert repr(document.value) == repr(read.value)
    # A null at the end may be on the line that the parser sees behind the last one.
    assert document.value is None or document.line == _line(read.root, text)
    assert read.doubled or not document.warnings
    lines = _item_lines(document.value, read.root, text)
    for item, line in document.lines.items():
        assert lines.get(item, line) == line, "the line of an item"


def _check_fault(fault: ManifestError, expected: Iterator[Read], text: str) -> None:
    """The second reader has a fault in the same document, and as for YAML on the same line."""
    if _OURS_ALONE.search(fault.problem):
        return
    try:
        next(expected)
    except RefusedError as error:
        line = _line(error, text)
        if "contains itself" in fault.problem and fault.line is not None:
            # The second reader knows the anchor, ours names the alias inside, which may be a key.
            assert re.search("contains itself|a key is a map", str(error)), fault
            assert fault.line >= line, fault
        elif "is an alias of" in fault.problem and fault.line is not None:
            assert "a key is a map" in str(error), fault
            assert fault.line >= line, fault
        elif "<< takes" in fault.problem:
            # A null without a text may be on a later line than its key.
            assert fault.line is not None
            assert _has_unknown_tag(error) or fault.line <= line, fault
        else:
            assert _has_unknown_tag(error) or fault.line == line, fault
    except RecursionError:
        pass  # the second reader recurses as deep as a text nests
    except pyyaml.YAMLError as error:
        # Ours may have refused something before the place where the text stops being YAML.
        is_same = fault.problem.startswith("not valid YAML")
        assert not is_same or fault.line in _lines(error, text), (fault, error)
    except StopIteration:
        raise AssertionError(f"refused only by us: {fault}") from None
    else:
        raise AssertionError(f"refused only by us: {fault}")


def _lines(error: pyyaml.YAMLError, text: str) -> set[int | None]:
    """Return the lines that an error of PyYAML names, none of them behind the text."""
    marks = (getattr(error, name, None) for name in ("problem_mark", "context_mark"))
    return {_line(mark, text.rstrip()) for mark in marks if mark is not None}


def _has_unknown_tag(error: Exception) -> bool:
    return isinstance(error, RefusedError) and "a tag" in str(error)


def _line(at: Node | Any, text: str) -> int:
    """Return the line of a node, or of what has an index, as an editor counts lines."""
    mark = at.start_mark if isinstance(at, Node) else at
    return 1 + text.count("\n", 0, mark.index)


def _item_lines(value: Any, root: Node, text: str) -> dict[int, int]:
    """Return the line of each map in lists called ``items`` by its id, but not of aliases."""
    found: dict[int, list[int]] = {}
    for item, node in _items(value, root):
        found.setdefault(id(item), []).append(_line(node, text))
    return {item: lines[0] for item, lines in found.items() if len(lines) == 1}


def _items(value: Any, node: Node) -> Iterator[tuple[dict[str, Any], Node]]:
    for key, inside, child in _children(value, node):
        if not node.start_mark.index <= child.start_mark.index < node.end_mark.index:
            continue  # an alias: its line is not that of the anchor
        if key == "items" and isinstance(inside, list) and isinstance(child, SequenceNode):
            for item, each in zip(inside, child.value, strict=True):
                is_inside = child.start_mark.index <= each.start_mark.index < child.end_mark.index
                if isinstance(item, dict) and is_inside:
                    yield item, each
        yield from _items(inside, child)


def _children(value: Any, node: Node) -> Iterator[tuple[str, Any, Node]]:
    if isinstance(node, MappingNode) and isinstance(value, dict):
        # Of a key that is written twice the last entry counts, and of a merged map none of ours.
        own = {name.value: child for name, child in node.value if isinstance(name, ScalarNode)}
        if "<<" not in own:
            yield from ((key, value[key], own[key]) for key in own.keys() & value.keys())
    elif isinstance(node, SequenceNode) and isinstance(value, list):
        yield from (("", *pair) for pair in zip(value, node.value, strict=True))


def _next_value(text: str, position: int) -> tuple[Any, int]:
    """Return the JSON value that begins behind white space, and where it ends."""
    spaces = re.compile(r"[ \t\r\n]*").match(text, position)
    assert spaces is not None
    value, end = json.JSONDecoder(parse_int=_go_integer).raw_decode(text, spaces.end())
    return value, end


def _go_integer(digits: str) -> int | float:
    value = int(digits)
    return value if -(2**63) <= value < 2**64 else float(digits)


def _check_json_lines(found: list[Document], text: str) -> None:
    if len(found) != 1 or "\t" in text or not isinstance(found[0].value, dict):
        return
    try:
        reads = list(read_nodes(text))
    except (pyyaml.YAMLError, RefusedError, RecursionError):
        return  # not all JSON is YAML
    (document,) = found
    if len(reads) == 1 and repr(reads[0].value) == repr(document.value):
        assert document.line == _line(reads[0].root, text)
        lines = _item_lines(document.value, reads[0].root, text)
        for item, line in document.lines.items():
            assert lines.get(item, line) == line
