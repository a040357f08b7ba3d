"""Fuzz target: a damaged index file is refused, and a wrong one is refused or gives an index."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from labelsel import And, Exists, LabelIndex, Not, StartsWith, parse
from labelsel.errors import IndexFileError
from tests.fuzzing.editor_target import folder

__all__ = ["index_file"]

# docs/file-format.md: the magic, version and number of sections; an entry for each; a checksum.
_START: Final = struct.Struct("<8sII")
_ENTRY: Final = struct.Struct("<16sQI")
_SECTIONS: Final = 12
_ENTRIES: Final = _START.size + _SECTIONS * _ENTRY.size
_HEADER: Final = _ENTRIES + 4
_SELECTORS: Final = (
    parse("a"),
    parse("!a,b!=x"),
    parse("n>3"),
    And((StartsWith("a", "x"), Not(Exists("c")))),
)


def index_file(data: bytes) -> None:
    """As it is, damage is found by the checksums; with right checksums the contents must agree."""
    path = folder() / "index.labels"
    for content in (data, _with_checksums(data)):
        path.write_bytes(content)
        try:
            index: LabelIndex[Any] = LabelIndex.load(path)
            _check_again(index, path)
        except IndexFileError as error:
            assert str(error).isprintable()
            continue
        _use(index)


def _with_checksums(data: bytes) -> bytes:
    """Return a file with the lengths and the checksums that its contents must have."""
    if len(data) < _HEADER:
        return data
    start, at = data[: _START.size], _HEADER
    entries = []
    for number in range(_SECTIONS):
        name, length, _ = _ENTRY.unpack_from(data, _START.size + number * _ENTRY.size)
        length = min(length, len(data) - at) if number < _SECTIONS - 1 else len(data) - at
        entries.append(_ENTRY.pack(name, length, crc32(data[at : at + length])))
        at += length
    header = start + b"".join(entries)
    return header + struct.pack("<I", crc32(header)) + data[_HEADER:]


def _use(index: LabelIndex[Any]) -> None:
    """Ask an index, look at all of it and change it."""
    items = list(index.items())
    for selector in _SELECTORS:
        expected = [key for key, labels in items if selector.matches(labels)]
        assert list(index.select(selector)) == expected
        assert index.count(selector) == len(expected)
    index.label_values("a")
    for key, labels in items[:3]:
        index[key] = {**labels, "a": "y"}
        del index[key]
    index["new", 1] = {"a": "x", "n": "5"}
    index.check_invariants()


def _check_again(index: LabelIndex[Any], path: Path) -> None:
    """An index that was loaded is whole, and is saved and loaded as the same."""
    index.check_invariants()
    before = list(index.items())
    index.save(path)
    assert list(LabelIndex.load(path).items()) == before
