"""The file format of an index: `write` and `read`. docs/file-format.md describes it at length.

    header    magic, format version, number of sections; the name, length and checksum of each
              section; the checksum of the header
    sections  all sections in the order of `_SECTIONS`, without gaps; the file ends after the last

All numbers are unsigned and little-endian. There are three kinds of sections:

    numbers   an array of uint32
    bitmaps   for each bitmap its length as uint32, and its portable roaring serialisation
    texts     JSON in UTF-8; a lone surrogate is encoded like a character ("surrogatepass")

The sections for n row numbers and d distinct labels. The code of a label is its position in
"values":

    keys            texts: the caller's keys, by row; null if each row number is its own key
    rows            bitmaps: one bitmap, the rows in use
    order           numbers: the rows in use in the order of insertion; empty if ascending
    label keys      texts: the keys of labels
    value counts    numbers: the number of values of each label key
    values          texts: d values: those of the first key, of the second, and so on
    key rows        bitmaps: the rows of each label key
    row counts      numbers: the number of rows of each of the d labels
    small postings  numbers: the ascending rows of each label with `_SMALL` rows or fewer
    large postings  bitmaps: the rows of each label with more rows
    row sizes       numbers: the number of labels of each of the n rows; 0 for a row not in use
    row codes       numbers: the codes of the labels of all rows, row by row

The checksums find damage. They do not show who wrote the file, so `read` also compares the contents
with each other: the rows of each label, and those of each label key, must be those of "row codes".
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate, pairwise
from math import isfinite
from pathlib import Path
from struct import Struct
from types import NoneType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast
from zlib import crc32

import numpy as np
from pyroaring import BitMap

from labelsel.atomic_write.replacement import open_replacement
from labelsel.errors import IndexFileError, show
from labelsel.index.postings import Postings, Rows, as_bitmap, rows_array, size_of
from labelsel.index.row_groups import are_rows_of
from labelsel.index.store import Snapshot
from labelsel.limits import MAX_INDEX_KEY_DEPTH, MAX_INT64, MIN_INT64

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

__all__ = ["read", "write"]

Contents: TypeAlias = "dict[str, bytes | memoryview]"
"""The bytes of each section, by name."""

Keys: TypeAlias = "Callable[[], list[object]]"
"""Returns the keys of the rows in use, in the order of the rows."""

# A byte above 127 and a line feed: a program that converts text files changes one of the two.
_MAGIC: Final = b"\x89LABELS\n"
_VERSION: Final = 1
_SECTIONS: Final = (
    "keys",
    "rows",
    "order",
    "label keys",
    "value counts",
    "values",
    "key rows",
    "row counts",
    "small postings",
    "large postings",
    "row sizes",
    "row codes",
)
_SMALL: Final = 64
"""Most rows of a small set in the format. `postings.SMALL` has the same value, so `read` only cuts
the section into pieces."""

_START: Final = Struct("<8sII")
_ENTRY: Final = Struct("<16sQI")
_UINT32: Final = Struct("<I")
_NUMBER: Final = np.dtype("<u4")
_HEADER: Final = _START.size + len(_SECTIONS) * _ENTRY.size + _UINT32.size

_INVALID: Final = "section {!r} is not valid"

_SPREAD: Final = 0x1E3779B97F4A7C15
"""An odd number with many bits: equal hashes of two groups become different ones."""


class _FaultError(Exception):
    """A fault of a file, as a sentence that `IndexFileError` shows."""


# Writing


def write(
    path: str | PathLike[str],
    labels: Snapshot,
    keys: Sequence[object] | None,
    insertion_numbers: NDArray[np.uint64] | None,
    on_warning: Callable[[str], None] | None = None,
) -> None:
    """Write the labels and keys of an index to a file. If it raises, an old file is unchanged.

    ``keys`` and ``insertion_numbers`` are in the order of ``labels.rows``; None means that each
    row is its own key, and that the rows are in the order of insertion. TypeError for a key of a
    type that the format does not support; OSError if the file cannot be written. O(labels).
    """
    rows = rows_array(labels.rows)
    order = np.empty(0, np.uint32)
    if insertion_numbers is not None:
        order = rows[np.argsort(insertion_numbers)]
    contents: Contents = {
        "keys": _encode_texts(None if keys is None else _keys_for_json(keys)),
        "rows": _encode_bitmaps([labels.rows]),
        "order": _encode_numbers(order if (order[1:] < order[:-1]).any() else order[:0]),
        **_label_sections(labels),
    }
    sections = [contents[name] for name in _SECTIONS]
    with open_replacement(path, on_warning) as file:
        file.write(_header(sections))
        for section in sections:
            file.write(section)


def _label_sections(labels: Snapshot) -> Contents:
    """Return the sections of the labels. Codes are numbered again, without the free ones."""
    columns = [np.sort(codes) for _, codes, _ in labels.columns]
    in_order = np.concatenate([np.empty(0, np.uint32), *columns])
    new_codes = np.zeros(len(labels.values), np.uint32)
    new_codes[in_order] = np.arange(len(in_order), dtype=np.uint32)
    old_codes = in_order.tolist()
    postings = [labels.postings[code] for code in old_codes]
    counts = np.fromiter(map(size_of, postings), np.uint32, len(postings))
    small = b"".join(map(_bytes_of, (each for each in postings if size_of(each) <= _SMALL)))
    return {
        "label keys": _encode_texts([key for key, _, _ in labels.columns]),
        "value counts": _encode_numbers(np.fromiter(map(len, columns), np.uint32, len(columns))),
        "values": _encode_texts([labels.values[code] for code in old_codes]),
        "key rows": _encode_bitmaps(rows for _, _, rows in labels.columns),
        "row counts": _encode_numbers(counts),
        "small postings": _encode_numbers(np.frombuffer(small, np.uint32)),
        "large postings": _encode_bitmaps(
            as_bitmap(each) for each in postings if size_of(each) > _SMALL
        ),
        "row sizes": _encode_numbers(labels.sizes),
        "row codes": _encode_numbers(new_codes[labels.codes]),
    }


def _bytes_of(postings: Postings) -> bytes:
    """Return the rows as bytes. A bitmap from which rows were removed can be small, too."""
    return postings if isinstance(postings, bytes) else postings.to_array().tobytes()


def _encode_numbers(numbers: NDArray[np.uint32]) -> memoryview:
    return np.ascontiguousarray(numbers, dtype=_NUMBER).view(np.uint8).data


def _encode_bitmaps(bitmaps: Iterable[BitMap]) -> bytes:
    serialised = [bitmap.serialize() for bitmap in bitmaps]
    return b"".join(part for each in serialised for part in (_UINT32.pack(len(each)), each))


def _encode_texts(texts: Sequence[object] | None) -> bytes:
    # Not as ASCII: two lone surrogates, if escaped, would be read as one character.
    text = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _keys_for_json(keys: Sequence[object]) -> Sequence[object]:
    if set(map(type, keys)) <= {str, bool, NoneType}:
        return keys
    return [_key_for_json(key, key) for key in keys]


def _key_for_json(part: object, key: object, depth: int = 0) -> object:
    """Return a key, or a part of a key, as JSON: tuples as lists, large numbers as objects."""
    match part:
        case str() | bool() | None if type(part) in {str, bool, NoneType}:
            return part
        case int() if type(part) is int:
            # Python converts numbers of thousands of digits only in base 16.
            return part if MIN_INT64 <= part <= MAX_INT64 else {"int": hex(part)}
        case float() if type(part) is float and isfinite(part):
            return part
        case tuple() if type(part) is tuple and depth < MAX_INDEX_KEY_DEPTH:
            return [_key_for_json(each, key, depth + 1) for each in part]
    inside = "" if part is key else f" in the key {show(key)}"
    message = (
        "to save an index, each key must be a str, int, bool, None, finite float, or a tuple of"
        f" those nested up to {MAX_INDEX_KEY_DEPTH} deep, not {show(part)} of type"
        f" {type(part).__name__}{inside}"
    )
    raise TypeError(message)


def _header(sections: Sequence[bytes | memoryview]) -> bytes:
    parts = [_START.pack(_MAGIC, _VERSION, len(_SECTIONS))]
    for name, section in zip(_SECTIONS, sections, strict=True):
        parts.append(_ENTRY.pack(name.encode(), len(section), _checksum(section)))
    header = b"".join(parts)
    return header + _UINT32.pack(_checksum(header))


def _checksum(data: bytes | memoryview) -> int:
    # CRC-32 finds every change within 32 bits, and misses one of 2**32 other changes. It takes a
    # fifth of the time of the fastest cryptographic hash of the standard library.
    return crc32(data)


# Reading


def read(path: str | PathLike[str]) -> tuple[Snapshot, Keys | None, Rows | None]:
    """Return the contents of a file: labels, keys of the rows, and the rows in insertion order.

    The keys are a function that returns them, and raises `IndexFileError` if that section is not
    valid: to read a million takes as long as all the rest, and a query may need none. None if
    each row is its own key. The order is None if it is that of the rows.

    `IndexFileError` if the file is not one that `write` wrote; OSError if it cannot be read.
    O(labels).
    """
    with _faults_of(path):
        _refuse_pipes(Path(path))
        with Path(path).open("rb") as file:
            contents = _read_contents(file)
        labels, order = _decode(contents)
    text = contents["keys"]
    keys = None if text == b"null" else partial(_keys, path, text, len(labels.rows))
    if keys is not None and not labels.rows:
        keys()  # without rows there is no query that would find that they are not valid
    return labels, keys, order


def _keys(path: str | PathLike[str], text: bytes | memoryview, number: int) -> list[object]:
    with _faults_of(path):
        keys = _decode_keys(_decode_texts({"keys": text}, "keys"))
        _check(len(keys) == number, "keys")
    return keys


@contextmanager
def _faults_of(path: str | PathLike[str]) -> Iterator[None]:
    try:
        yield
    except _FaultError as fault:
        raise IndexFileError(os.fspath(path), str(fault)) from fault.__cause__


def _refuse_pipes(path: Path) -> None:
    """Refuse what has no size: to open a pipe would wait for a writer, and no index is in it."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # opening a folder says what it is
        raise _FaultError("a pipe, a device or a socket, and not a file")


def _read_contents(file: BinaryIO) -> Contents:
    """Return the sections of a file, after a check of the header and of all checksums."""
    header = file.read(_HEADER)
    start = header[: len(_MAGIC)]
    if start != _MAGIC[: len(start)]:
        raise _FaultError("not a labelsel index file")
    if len(header) < _START.size:
        raise _FaultError(f"the file ends after {len(header)} bytes, inside its header")
    _, version, sections = _START.unpack_from(header)
    if version > _VERSION:
        raise _FaultError(
            f"the file has format version {version}, and this release of labelsel reads only "
            f"version {_VERSION}; load it with the release that saved it, or with a newer one"
        )
    if len(header) < _HEADER:
        raise _FaultError(f"the file ends after {len(header)} bytes, inside its header")
    if _checksum(header[: -_UINT32.size]) != _UINT32.unpack(header[-_UINT32.size :])[0]:
        raise _FaultError("the header is damaged")
    entries = list(_ENTRY.iter_unpack(header[_START.size : -_UINT32.size]))
    names = [name.rstrip(b"\0") for name, _, _ in entries]
    if (version, sections, names) != (_VERSION, len(_SECTIONS), [n.encode() for n in _SECTIONS]):
        raise _FaultError("the header is not valid")
    return dict(_read_sections(file, entries))


def _read_sections(
    file: BinaryIO, entries: Sequence[tuple[bytes, int, int]]
) -> Iterator[tuple[str, bytes]]:
    size = os.fstat(file.fileno()).st_size
    whole = _HEADER + sum(length for _, length, _ in entries)
    if size < whole:
        raise _FaultError(f"the file ends after {size} of {whole} bytes")
    if size > whole:
        raise _FaultError(f"{size - whole} bytes after the last section")
    for name, (_, length, checksum) in zip(_SECTIONS, entries, strict=True):
        section = file.read(length)
        if _checksum(section) != checksum:
            raise _FaultError(f"section {name!r} is damaged")
        yield name, section


def _decode(contents: Contents) -> tuple[Snapshot, Rows | None]:
    sizes = _decode_numbers(contents, "row sizes")
    rows = _decode_bitmaps(contents, "rows", [None])[0]
    _check(not rows or rows.max() < len(sizes), "rows")
    in_use = rows_array(rows)
    _check(not np.delete(sizes, in_use).any(), "row sizes")
    order = _decode_numbers(contents, "order") if contents["order"] else None
    _check(order is None or np.array_equal(np.sort(order), in_use), "order")
    return _decode_labels(contents, rows, sizes), order


def _decode_labels(contents: Contents, rows: BitMap, sizes: Rows) -> Snapshot:
    label_keys = _decode_strings(contents, "label keys")
    values = _decode_strings(contents, "values")
    value_counts = _decode_numbers(contents, "value counts")
    bounds = [0, *accumulate(value_counts.tolist())]
    ranges = list(pairwise(bounds))
    _check(len(set(label_keys)) == len(label_keys) == len(value_counts), "label keys")
    _check(bool(value_counts.all()) and bounds[-1] == len(values), "value counts")
    numbers = np.repeat(np.arange(len(label_keys), dtype=np.uint32), value_counts)
    if _are_repeated(np.fromiter(map(hash, values), np.int64, len(values)), numbers):
        _check(all(len(set(values[first:end])) == end - first for first, end in ranges), "values")

    row_counts = _decode_numbers(contents, "row counts")
    _check(len(row_counts) == len(values) and bool(row_counts.all()), "row counts")
    codes = _decode_numbers(contents, "row codes")
    _check(len(codes) == sizes.sum(dtype=np.uint64) == row_counts.sum(dtype=np.uint64), "row codes")
    _check(not len(codes) or codes.max() < len(values), "row codes")
    postings, rows_of_labels = _decode_postings(contents, row_counts)
    ends = np.cumsum(row_counts, dtype=np.uint64)
    _check(are_rows_of(codes, sizes, ends, rows_of_labels), "row codes")

    ends = np.concatenate([np.zeros(1, np.uint64), ends])[bounds]
    bitmaps = _decode_bitmaps(contents, "key rows", np.diff(ends).tolist())
    rows_of_keys = np.concatenate([np.empty(0, np.uint32), *map(rows_array, bitmaps)])
    # No bitmap has a row twice, so no row has a key twice.
    _check(are_rows_of(numbers[codes], sizes, ends[1:], rows_of_keys), "key rows")
    columns = [
        (key, np.arange(first, end, dtype=np.uint32), bitmap)
        for key, (first, end), bitmap in zip(label_keys, ranges, bitmaps, strict=True)
    ]
    return Snapshot(columns, values, postings, rows, codes, sizes)


def _decode_postings(contents: Contents, counts: Rows) -> tuple[list[Postings], Rows]:
    """Return the rows of each label, and those of all labels one after the other."""
    large = counts > _SMALL
    bitmaps = _decode_bitmaps(contents, "large postings", counts[large].tolist())
    runs = _decode_numbers(contents, "small postings")
    ends = np.cumsum(np.where(large, 0, counts), dtype=np.uint64)
    _check(len(runs) == (ends[-1] if len(ends) else 0), "small postings")
    parts: list[Rows] = []
    start = 0
    for bitmap, end in zip(bitmaps, ends[large].tolist(), strict=True):
        parts += (runs[start:end], rows_array(bitmap))
        start = end
    data = runs.tobytes()
    width = runs.itemsize
    left = iter(bitmaps)
    postings = [
        next(left) if first == end else data[first:end]
        for first, end in pairwise([0, *(ends * width).tolist()])
    ]
    return postings, np.concatenate([*parts, runs[start:]])


def _decode_numbers(contents: Contents, name: str) -> Rows:
    data = contents[name]
    _check(len(data) % _NUMBER.itemsize == 0, name)
    return np.frombuffer(data, _NUMBER).astype(np.uint32, copy=False)


def _decode_bitmaps(contents: Contents, name: str, lengths: Sequence[int | None]) -> list[BitMap]:
    """Return the bitmaps of a section; ``lengths`` has their sizes, None for any size."""
    data = bytes(contents[name])
    bitmaps = []
    start = 0
    try:
        for length in lengths:
            first = start + _UINT32.size
            end = first + int.from_bytes(data[start:first], "little")
            bitmap = BitMap.deserialize(data[first:end])
            _check(length in {None, len(bitmap)}, name)
            bitmaps.append(bitmap)
            start = end
    except (ValueError, IndexError) as error:
        raise _FaultError(_INVALID.format(name)) from error
    _check(start == len(data), name)
    return bitmaps


def _decode_texts(contents: Contents, name: str) -> list[Any]:
    try:
        texts = json.loads(str(contents[name], "utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise _FaultError(_INVALID.format(name)) from error
    _check(isinstance(texts, list), name)
    return cast("list[Any]", texts)


def _decode_strings(contents: Contents, name: str) -> list[str]:
    texts = _decode_texts(contents, name)
    _check(set(map(type, texts)) <= {str}, name)
    return texts


def _decode_keys(texts: list[Any]) -> list[object]:
    if set(map(type, texts)) & {list, dict, float}:
        try:
            texts = list(map(_decode_key, texts))
        except ValueError as error:
            raise _FaultError(_INVALID.format("keys")) from error
    hashes = np.fromiter(map(hash, texts), np.int64, len(texts))
    _check(not _are_repeated(hashes) or len(set(texts)) == len(texts), "keys")
    return texts


def _are_repeated(hashes: NDArray[np.int64], groups: Rows | None = None) -> bool:
    """Return whether two hashes of one group are equal; without any, neither are two items.

    Sorting the hashes takes a third of the time of a set of the items.
    """
    if groups is not None:
        hashes ^= groups.astype(np.int64) * np.int64(_SPREAD)
    hashes.sort()
    return bool((hashes[1:] == hashes[:-1]).any())


def _decode_key(text: Any, depth: int = 0) -> object:
    """Return the key, or the part of a key, that JSON stands for.

    ValueError if `write` writes no such key.
    """
    match text:
        case list() if depth < MAX_INDEX_KEY_DEPTH:
            return tuple(_decode_key(each, depth + 1) for each in text)
        case {"int": str(digits), **others} if not others:
            return int(digits, 16)
        case list() | dict():
            raise ValueError(text)
        case float() if not isfinite(text):  # Python reads NaN; 1e999 is a number of JSON
            raise ValueError(text)
        case _:
            return text


def _check(holds: bool, name: str) -> None:  # noqa: FBT001  # like an assert about the file
    if not holds:
        raise _FaultError(_INVALID.format(name))
