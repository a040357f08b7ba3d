"""An index in a file: `write` and `read`. docs/file-format.md says the same at length.

    header    magic, format version, number of sections; of each section its name, length
              and checksum; the checksum of the header itself
    sections  one behind the other, in the order of `_SECTIONS`, and nothing behind the last

All numbers are unsigned, little-endian. A section is one of three kinds:

    numbers   uint32, one behind the other
    bitmaps   for each its length as uint32, and the portable roaring serialisation
    texts     JSON in UTF-8; lone surrogates as if they were characters ("surrogatepass")

What stands in the sections, for n row numbers and d distinct labels. The code of a label is its
place in "values":

    keys            texts: the caller's keys, by row; null where rows are their own keys
    rows            bitmaps: one, the rows in use
    order           numbers: the rows in use in the order of insertion; nothing where ascending
    label keys      texts: the keys of labels
    value counts    numbers: how many values each of them has
    values          texts: d values, those of the first key, of the second, …
    key rows        bitmaps: the rows that have each key
    row counts      numbers: on how many rows each of d labels stands
    small postings  numbers: the rows, ascending, of each label that stands on `_SMALL` or fewer
    large postings  bitmaps: the rows of each label that stands on more
    row sizes       numbers: how many labels each of n rows has; 0 where a row is not in use
    row codes       numbers: the codes of the labels of each row

Checksums find all damage. What passes them is still looked at where a file from a faulty writer
would make the index crash, or disagree with itself in its counts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate, pairwise
from math import isfinite
from pathlib import Path
from secrets import token_hex
from struct import Struct
from types import NoneType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast
from zlib import crc32

import numpy as np
from pyroaring import BitMap

from labelsel.errors import IndexFileError, shown
from labelsel.index.postings import Postings, Rows, as_bitmap, rows_array, size_of
from labelsel.index.store import Snapshot

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

__all__ = ["read", "write"]

Contents: TypeAlias = "dict[str, bytes | memoryview]"
"""What is in each section."""

# A byte above 127 and a line feed: what takes files for text spoils one of the two.
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
"""Of the format, and also what `LabelStore` keeps as bytes: loading them is cutting them up."""

_START: Final = Struct("<8sII")
_ENTRY: Final = Struct("<16sQI")
_UINT32: Final = Struct("<I")
_NUMBER: Final = np.dtype("<u4")
_HEADER: Final = _START.size + len(_SECTIONS) * _ENTRY.size + _UINT32.size

_FAULTY: Final = "its section {!r} is not as it should be"

_DEPTH: Final = 32
"""So deep may tuples be nested: far from where Python's own limit would stop a load."""


class _FaultError(Exception):
    """What is wrong with a file."""


# Writing.


def write(
    path: str | PathLike[str],
    labels: Snapshot,
    keys: Sequence[object] | None,
    places: NDArray[np.uint64] | None,
) -> None:
    """Write labels and keys of an index to a file, whole or not at all.

    ``keys`` belong to ``labels.rows``, in their order, as do ``places``, which say what came
    first. TypeError where a key is of a type that the format has no form for.
    """
    rows = rows_array(labels.rows)
    order = np.empty(0, np.uint32) if places is None else rows[np.argsort(places)]
    contents: Contents = {
        "keys": _texts(None if keys is None else _plain_keys(keys)),
        "rows": _bitmaps([labels.rows]),
        "order": _numbers(order if (order[1:] < order[:-1]).any() else order[:0]),
        **_of_labels(labels),
    }
    sections = [contents[name] for name in _SECTIONS]
    with _replacement(path) as file:
        file.write(_header(sections))
        for section in sections:
            file.write(section)


def _of_labels(labels: Snapshot) -> Contents:
    """Return the sections about labels, codes counted anew so that none is free."""
    columns = [np.sort(codes) for _, codes, _ in labels.columns]
    in_order = np.concatenate([np.empty(0, np.uint32), *columns])
    new_codes = np.zeros(len(labels.values), np.uint32)
    new_codes[in_order] = np.arange(len(in_order), dtype=np.uint32)
    old_codes = in_order.tolist()
    postings = [labels.postings[code] for code in old_codes]
    counts = np.fromiter(map(size_of, postings), np.uint32, len(postings))
    small = b"".join(map(_run, (each for each in postings if size_of(each) <= _SMALL)))
    return {
        "label keys": _texts([key for key, _, _ in labels.columns]),
        "value counts": _numbers(np.fromiter(map(len, columns), np.uint32, len(columns))),
        "values": _texts([labels.values[code] for code in old_codes]),
        "key rows": _bitmaps(rows for _, _, rows in labels.columns),
        "row counts": _numbers(counts),
        "small postings": _numbers(np.frombuffer(small, np.uint32)),
        "large postings": _bitmaps(as_bitmap(each) for each in postings if size_of(each) > _SMALL),
        "row sizes": _numbers(labels.sizes),
        "row codes": _numbers(new_codes[labels.codes]),
    }


def _run(postings: Postings) -> bytes:
    """Return the rows as bytes: a bitmap that lost rows has these few."""
    return postings if isinstance(postings, bytes) else postings.to_array().tobytes()


def _numbers(numbers: NDArray[np.uint32]) -> memoryview:
    return np.ascontiguousarray(numbers, dtype=_NUMBER).view(np.uint8).data


def _bitmaps(bitmaps: Iterable[BitMap]) -> bytes:
    serialised = [bitmap.serialize() for bitmap in bitmaps]
    return b"".join(part for each in serialised for part in (_UINT32.pack(len(each)), each))


def _texts(texts: Sequence[object] | None) -> bytes:
    # Not as ASCII: an escaped pair of lone surrogates would come back as one character.
    text = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _plain_keys(keys: Sequence[object]) -> Sequence[object]:
    if set(map(type, keys)) <= {str, bool, NoneType}:
        return keys
    return [_plain(key, key) for key in keys]


def _plain(part: object, key: object, depth: int = 0) -> object:
    """Return a key, or a part of one, as JSON has it: what JSON has no form for as an object."""
    match part:
        case str() | bool() | None if type(part) in {str, bool, NoneType}:
            return part
        case int() if type(part) is int:
            # Python reads and writes thousands of digits only in base 16.
            return part if -(2**63) <= part < 2**63 else {"int": hex(part)}
        case float() if type(part) is float and isfinite(part):
            return part
        case tuple() if type(part) is tuple and depth < _DEPTH:
            return [_plain(each, key, depth + 1) for each in part]
    inside = "" if part is key else f" in the key {shown(key)}"
    message = (
        "only keys that are str, int, bool, None, finite float, or tuples of those nested up to "
        f"{_DEPTH} deep, can be saved, not {shown(part)} of type {type(part).__name__}{inside}"
    )
    raise TypeError(message)


def _header(sections: Sequence[bytes | memoryview]) -> bytes:
    parts = [_START.pack(_MAGIC, _VERSION, len(_SECTIONS))]
    for name, section in zip(_SECTIONS, sections, strict=True):
        parts.append(_ENTRY.pack(name.encode(), len(section), _checksum(section)))
    header = b"".join(parts)
    return header + _UINT32.pack(_checksum(header))


def _checksum(data: bytes | memoryview) -> int:
    # Finds every change within 32 bits, other damage but for one case in 4,000,000,000, and takes
    # a fifth of the time of the fastest cryptographic hash in the standard library.
    return crc32(data)


@contextmanager
def _replacement(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Give a new file, which takes the place of another if all goes well, and else vanishes."""
    # The file that a link leads to is what is replaced, not the link. And only within a folder
    # is it sure that a file can change its name in one step.
    target = Path(os.path.realpath(path))
    new = target.with_name(f".labelsel-{token_hex(8)}.tmp")
    try:
        with new.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    finally:
        with suppress(OSError):  # mostly it has its new name by now
            new.unlink()
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Have the change of the name survive a power cut, where the system can do that."""
    with suppress(OSError):  # Windows opens no folders; the file itself is written by now
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# Reading.


def read(path: str | PathLike[str]) -> tuple[Snapshot, list[object] | None, Rows | None]:
    """Return what a file has: labels, keys of the rows in use, and the rows in order of insertion.

    Keys are None where rows are their own, the order where it is that of the rows.
    `IndexFileError` where the file is anything but what `write` wrote.
    """
    try:
        with Path(path).open("rb") as file:
            contents = _contents(file)
        return _decoded(contents)
    except _FaultError as fault:
        raise IndexFileError(os.fspath(path), str(fault)) from fault.__cause__


def _contents(file: BinaryIO) -> Contents:
    """Return the sections of a file whose bytes are those that were written."""
    header = file.read(_HEADER)
    start = header[: len(_MAGIC)]
    if start != _MAGIC[: len(start)]:
        raise _FaultError("it is no index that labelsel saved")
    if len(header) < _START.size:
        raise _FaultError(f"it ends after {len(header)} bytes, in its header")
    _, version, sections = _START.unpack_from(header)
    if version > _VERSION:
        raise _FaultError(
            f"its format has version {version}, and this release of labelsel reads only version "
            f"{_VERSION}: read it with the release that saved it, or a newer one"
        )
    if len(header) < _HEADER:
        raise _FaultError(f"it ends after {len(header)} bytes, in its header")
    if _checksum(header[: -_UINT32.size]) != _UINT32.unpack(header[-_UINT32.size :])[0]:
        raise _FaultError("its header is damaged")
    entries = list(_ENTRY.iter_unpack(header[_START.size : -_UINT32.size]))
    names = [name.rstrip(b"\0") for name, _, _ in entries]
    if (version, sections, names) != (_VERSION, len(_SECTIONS), [n.encode() for n in _SECTIONS]):
        raise _FaultError("its header is not as it should be")
    return dict(_sections(file, entries))


def _sections(
    file: BinaryIO, entries: Sequence[tuple[bytes, int, int]]
) -> Iterator[tuple[str, bytes]]:
    size = os.fstat(file.fileno()).st_size
    whole = _HEADER + sum(length for _, length, _ in entries)
    if size < whole:
        raise _FaultError(f"it ends after {size} of {whole} bytes")
    if size > whole:
        raise _FaultError(f"{size - whole} bytes too many are at its end")
    for name, (_, length, checksum) in zip(_SECTIONS, entries, strict=True):
        section = file.read(length)
        if _checksum(section) != checksum:
            raise _FaultError(f"its section {name!r} is damaged")
        yield name, section


def _decoded(contents: Contents) -> tuple[Snapshot, list[object] | None, Rows | None]:
    sizes = _read_numbers(contents, "row sizes")
    rows = _read_bitmaps(contents, "rows", [None], len(sizes))[0]
    in_use = rows_array(rows)
    _check(not np.delete(sizes, in_use).any(), "row sizes")
    keys = None
    if contents["keys"] != b"null":
        keys = _keys(_read_texts(contents, "keys"))
        _check(len(keys) == len(in_use), "keys")
    order = _read_numbers(contents, "order") if contents["order"] else None
    _check(order is None or np.array_equal(np.sort(order), in_use), "order")
    return _labels(contents, rows, sizes), keys, order


def _labels(contents: Contents, rows: BitMap, sizes: Rows) -> Snapshot:
    label_keys = _read_strings(contents, "label keys")
    values = _read_strings(contents, "values")
    value_counts = _read_numbers(contents, "value counts")
    bounds = [0, *accumulate(value_counts.tolist())]
    ranges = list(pairwise(bounds))
    _check(len(set(label_keys)) == len(label_keys) == len(value_counts), "label keys")
    _check(bool(value_counts.all()) and bounds[-1] == len(values), "value counts")
    _check(all(len(set(values[first:end])) == end - first for first, end in ranges), "values")

    row_counts = _read_numbers(contents, "row counts")
    _check(len(row_counts) == len(values) and bool(row_counts.all()), "row counts")
    codes = _read_numbers(contents, "row codes")
    _check(len(codes) == sizes.sum(dtype=np.uint64) == row_counts.sum(dtype=np.uint64), "row codes")
    _check(not len(codes) or codes.max() < len(values), "row codes")

    # No row has a key twice.
    having = [int(row_counts[first:end].sum(dtype=np.uint64)) for first, end in ranges]
    key_rows = _read_bitmaps(contents, "key rows", having, len(sizes))
    columns = [
        (key, np.arange(first, end, dtype=np.uint32), bitmap)
        for key, (first, end), bitmap in zip(label_keys, ranges, key_rows, strict=True)
    ]
    postings = _postings(contents, row_counts, len(sizes))
    return Snapshot(columns, values, postings, rows, codes, sizes)


def _postings(contents: Contents, counts: Rows, size: int) -> list[Postings]:
    large = counts > _SMALL
    bitmaps = iter(_read_bitmaps(contents, "large postings", counts[large].tolist(), size))
    runs = _read_numbers(contents, "small postings")
    ends = np.cumsum(np.where(large, 0, counts), dtype=np.uint64)
    _check(len(runs) == (ends[-1] if len(ends) else 0), "small postings")
    rising = runs[1:] > runs[:-1]
    rising[ends[ends < len(runs)].astype(np.intp) - 1] = True  # from one label to the next
    _check(bool(rising.all()) and (not len(runs) or runs.max() < size), "small postings")
    data = runs.tobytes()
    width = runs.itemsize
    return [
        next(bitmaps) if first == end else data[first:end]
        for first, end in pairwise([0, *(ends * width).tolist()])
    ]


def _read_numbers(contents: Contents, name: str) -> Rows:
    data = contents[name]
    _check(len(data) % _NUMBER.itemsize == 0, name)
    return np.frombuffer(data, _NUMBER).astype(np.uint32, copy=False)


def _read_bitmaps(
    contents: Contents, name: str, lengths: Sequence[int | None], size: int
) -> list[BitMap]:
    """Return bitmaps of so many rows each, None for any number, all of the first ``size`` rows."""
    data = bytes(contents[name])
    bitmaps = []
    start = 0
    try:
        for length in lengths:
            first = start + _UINT32.size
            end = first + int.from_bytes(data[start:first], "little")
            bitmap = BitMap.deserialize(data[first:end])
            _check(length in {None, len(bitmap)} and (not bitmap or bitmap.max() < size), name)
            bitmaps.append(bitmap)
            start = end
    except (ValueError, IndexError) as error:
        raise _FaultError(_FAULTY.format(name)) from error
    _check(start == len(data), name)
    return bitmaps


def _read_texts(contents: Contents, name: str) -> list[Any]:
    try:
        texts = json.loads(str(contents[name], "utf-8", "surrogatepass"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _FaultError(_FAULTY.format(name)) from error
    _check(isinstance(texts, list), name)
    return cast("list[Any]", texts)


def _read_strings(contents: Contents, name: str) -> list[str]:
    texts = _read_texts(contents, name)
    _check(set(map(type, texts)) <= {str}, name)
    return texts


def _no_number(name: str) -> object:
    raise ValueError(name)


def _keys(texts: list[Any]) -> list[object]:
    if set(map(type, texts)) & {list, dict}:
        try:
            texts = list(map(_key, texts))
        except (ValueError, RecursionError) as error:
            raise _FaultError(_FAULTY.format("keys")) from error
    # A set of a million takes as long as all the rest; the sorted hashes mostly tell enough.
    hashes = np.sort(np.fromiter(map(hash, texts), np.int64, len(texts)))
    twice = bool((hashes[1:] == hashes[:-1]).any())
    _check(not twice or len(set(texts)) == len(texts), "keys")
    return texts


def _key(text: Any) -> object:
    """Return the key, or the part of one, that JSON tells."""
    match text:
        case list():
            return tuple(map(_key, text))
        case {"int": str(digits)}:
            return int(digits, 16)
        case dict():
            raise ValueError(text)
        case _:
            return text


def _check(holds: bool, name: str) -> None:  # noqa: FBT001  # like assert, of what was read
    if not holds:
        raise _FaultError(_FAULTY.format(name))
