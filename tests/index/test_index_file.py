"""`LabelIndex.save` and `load`: what comes back, what is refused, what a save that fails leaves.

Files are taken apart and put together here with struct alone, as docs/file-format.md tells it.
"""

import json
import os
import pickle
import resource
import signal
import struct
import subprocess
import sys
import tomllib
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from pyroaring import BitMap

from labelsel import IndexFileError, LabelIndex
from labelsel.index import index_file
from labelsel.index.postings import SMALL
from labelsel.index.row_keys import KeyTable
from tests import strategies

ROOT = Path(__file__).resolve().parent.parent.parent
VERSION = 1
START = struct.Struct("<8sII")
ENTRY = struct.Struct("<16sQI")

KEYS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.integers(-2, 3),
        st.integers(),
        st.booleans(),
        st.none(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from([0.0, 1.0, 2.0, 2**63, -(2**63), -(2**63) - 1]),
        strategies.WILD,
    ),
    lambda keys: st.lists(keys, max_size=3).map(tuple),
    max_leaves=5,
)
QUERIES = ["a", "!a", "a=b", "a!=b,b", "b in (a,x)", "c notin (4)", "c>4", "c<6,!b", ""]


def bytes_of(index: LabelIndex[Any], folder: Path) -> bytes:
    """Return the file that the index is saved as."""
    path = folder / "saved"
    index.save(path)
    return path.read_bytes()


def load(data: bytes, folder: Path) -> LabelIndex[Any]:
    """Load a file of these bytes."""
    path = folder / "changed"
    path.write_bytes(data)
    return LabelIndex.load(path)


def sections_of(data: bytes) -> dict[str, bytes]:
    """Return the sections of a file by name, in order."""
    _, _, number = START.unpack_from(data)
    entries = [ENTRY.unpack_from(data, START.size + n * ENTRY.size) for n in range(number)]
    place = START.size + number * ENTRY.size + 4
    sections = {}
    for name, length, _ in entries:
        sections[name.rstrip(b"\0").decode()] = data[place : place + length]
        place += length
    return sections


def file_of(sections: dict[str, bytes], version: int = VERSION) -> bytes:
    """Return the file with these sections: its checksums are right, whatever is in it."""
    header = START.pack(b"\x89LABELS\n", version, len(sections)) + b"".join(
        ENTRY.pack(name.encode(), len(section), zlib.crc32(section))
        for name, section in sections.items()
    )
    return header + struct.pack("<I", zlib.crc32(header)) + b"".join(sections.values())


def u32(*numbers: int) -> bytes:
    """Return numbers as they stand in a file."""
    return struct.pack(f"<{len(numbers)}I", *numbers)


def bitmaps(*sets: Any) -> bytes:
    """Return sets of rows as they stand in a file."""
    parts = [BitMap(rows).serialize() for rows in sets]
    return b"".join(u32(len(part)) + part for part in parts)


def identity(key: object) -> object:
    """Return what tells keys apart that are equal, as 1, 1.0 and True are."""
    if isinstance(key, tuple):
        return tuple(map(identity, key))
    return type(key), hex(key) if isinstance(key, int) else repr(key)


def compare(loaded: LabelIndex[Any], saved: LabelIndex[Any]) -> None:
    """Compare all that can be asked of two indexes."""
    loaded.check_invariants()
    assert list(map(identity, loaded)) == list(map(identity, saved))
    assert [list(labels.items()) for labels in loaded.values()] == [
        list(labels.items()) for labels in saved.values()
    ]
    for query in QUERIES:
        one, other = loaded.select(query), saved.select(query)
        assert list(map(identity, one)) == list(map(identity, other))
        assert one.rows().tolist() == other.rows().tolist()
    before, after = saved.stats(), loaded.stats()
    assert (after.rows, after.pairs, after.labels, after.keys) == (
        before.rows, before.pairs, before.labels, before.keys,
    )  # fmt: skip


@pytest.fixture(scope="module")
def small() -> LabelIndex[str]:
    """An index of a few rows, one of them free, that are not in the order of insertion."""
    index = LabelIndex({f"k{n}": {"a": "x", "b": str(n % 2)} for n in range(5)})
    del index["k1"], index["k3"]
    index["new"] = {"a": "y"}
    return index


@pytest.fixture(scope="module")
def large() -> LabelIndex[str]:
    """An index with postings of both kinds."""
    return LabelIndex({f"k{n}": {"a": "x", "b": str(n % 3), "c": str(n)} for n in range(70)})


def rows_as_keys(size: int) -> LabelIndex[Any]:
    """Return an index whose rows are their own keys."""
    index: LabelIndex[Any] = LabelIndex()
    index._contents.table = KeyTable(None, index._lock)
    for row in range(size):
        index[row] = {"a": str(row % 3)}
    assert not index._table.has_keys
    return index


# What is saved comes back.


@given(st.data())
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Keys, labels, both orders, rows and answers are the same, and it can be changed as before."""
    path = tmp_path_factory.getbasetemp() / "round-trip"
    labels = st.one_of(strategies.labels(), strategies.labels(strategies.WILD, strategies.WILD))
    index: LabelIndex[Any] = LabelIndex(data.draw(st.lists(st.tuples(KEYS, labels), max_size=20)))
    if data.draw(st.booleans(), label="rows as keys"):
        index = rows_as_keys(data.draw(st.integers(0, 5)))
    for _ in range(2):
        for key in data.draw(st.lists(st.sampled_from(list(index) or [None]), max_size=5)):
            index.pop(key, None)
        for key, given_labels in data.draw(st.lists(st.tuples(KEYS, labels), max_size=5)):
            index[key] = given_labels
        index.save(path)
        loaded: LabelIndex[Any] = LabelIndex.load(path)
        compare(loaded, index)
        index = loaded


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 300])
def test_sizes(tmp_path: Path, size: int) -> None:
    """Around the limits of postings, blocks of rows, and containers of bitmaps."""
    index = LabelIndex({n: {"a": "b", "b": "ax"[n % 2], "c": str(n % 7)} for n in range(size)})
    compare(load(bytes_of(index, tmp_path), tmp_path), index)


def test_a_label_is_removed_after_loading(tmp_path: Path) -> None:
    """The first change of a loaded index that removes a label keeps the other labels of its key."""
    LabelIndex({n: {"a": "b", "c": str(n % 5)} for n in range(200)}).save(tmp_path / "index")
    changes: list[Callable[[LabelIndex[int]], object]] = [
        lambda index: index.patch(3, {"a": None}),
        lambda index: index.__setitem__(3, {"c": "3"}),
        lambda index: index.exchange(3, {"c": "3"}),
        lambda index: index.update({3: {"c": "3"}, 500: None}),
    ]
    for change in changes:
        index = LabelIndex[int].load(tmp_path / "index")
        change(index)
        index.check_invariants()
        assert (index.count("a"), index[3]) == (199, {"c": "3"})


def test_many_items_are_added_after_loading(tmp_path: Path) -> None:
    """The values of a loaded index are known to a load of many items that follows."""
    LabelIndex({n: {"a": str(n % 50)} for n in range(200)}).save(tmp_path / "index")
    index = LabelIndex[int].load(tmp_path / "index")
    for first in (200, 400):
        index.update({first + n: {"a": str(n % 60), "b": ""} for n in range(200)})
        index.check_invariants()
    assert (index.count("a=7"), index.stats().labels) == (12, 61)


def test_more_rows_than_a_container_has(tmp_path: Path) -> None:
    """A bitmap has a container for each 65,536 rows."""
    index = LabelIndex({n: {"a": "b"} for n in range(2**16 + 1)})
    loaded = load(bytes_of(index, tmp_path), tmp_path)
    assert list(loaded.select("a=b")) == list(loaded) == list(index)
    assert loaded[2**16] == {"a": "b"}


def test_a_bitmap_that_became_small(tmp_path: Path) -> None:
    """In memory a set that shrinks stays a bitmap for a while; in the file it is a small one."""
    index = LabelIndex({n: {"a": "b"} for n in range(SMALL + 1)})
    for n in range(0, 20, 2):
        del index[n]
    data = bytes_of(index, tmp_path)
    assert sections_of(data)["large postings"] == b""
    loaded = load(data, tmp_path)
    compare(loaded, index)
    for mapping in (loaded, index):
        for n in range(0, 40, 2):
            mapping[n] = {"a": "c"}
    compare(loaded, index)


def test_codes_that_are_free_are_left_out(tmp_path: Path) -> None:
    """A file is as large as what is in it, whatever was in the index before."""
    index = LabelIndex({n: {"a": str(n), f"key-{n}": ""} for n in range(50)})
    for n in range(45):
        index[n] = {"a": "0"}
    sections = sections_of(bytes_of(index, tmp_path))
    assert json.loads(sections["label keys"]) == ["a", *(f"key-{n}" for n in range(45, 50))]
    values = ["0", "45", "46", "47", "48", "49", "", "", "", "", ""]
    assert sorted(json.loads(sections["values"])) == sorted(values)
    compare(load(file_of(sections), tmp_path), index)


def test_rows_as_keys_take_nothing(tmp_path: Path) -> None:
    """Rows that are their own keys are not written, and are so again when loaded."""
    index = rows_as_keys(100)
    index[5.0] = {"a": "1"}  # equal keys are one key, as in a dict
    sections = sections_of(bytes_of(index, tmp_path))
    assert (sections["keys"], sections["order"]) == (b"null", b"")
    del index[7], index[9]
    index[7] = {"b": "x"}
    loaded = load(bytes_of(index, tmp_path), tmp_path)
    compare(loaded, index)
    assert not loaded._table.has_keys
    for mapping in (loaded, index):
        mapping[9] = {}
        mapping[100] = {"a": ""}
        mapping["name"] = {"a": "1"}
    compare(loaded, index)


def test_row_numbers_stay(tmp_path: Path, small: LabelIndex[str]) -> None:
    """Rows noted elsewhere mean the same; free ones are given out again."""
    loaded = load(bytes_of(small, tmp_path), tmp_path)
    assert list(loaded) == ["k0", "k2", "k4", "new"]
    assert loaded.select("").rows().tolist() == small.select("").rows().tolist() == [0, 1, 2, 4]
    loaded["more"] = {}
    assert loaded.select("!a").rows().tolist() == [3]
    assert list(loaded)[-1] == "more"


def test_keys_of_every_type(tmp_path: Path) -> None:
    """Types come back, also where Python calls values of two types equal."""
    keys = [
        "", "\0", "\n", "\ud83d\ude00", "\U0001f600", "\udcff", None, True, 0, 2.0, -0.5, 1e-300,
        2**64, -(10**5000), (), ("a",), (1, (True, (None, 1.5, "\ud800"))), (1.0,), (10**5000,),
    ]  # fmt: skip
    for one, other in ((1, 1.0), (True, 1), (0.0, False), (-0.0, 0)):
        for key in (one, other, (one, other)):
            index: LabelIndex[Any] = LabelIndex({key: {"a": "b"}})
            compare(load(bytes_of(index, tmp_path), tmp_path), index)
    index = LabelIndex({key: {"a": "b"} for key in keys})
    compare(load(bytes_of(index, tmp_path), tmp_path), index)


def test_subclasses(tmp_path: Path) -> None:
    """`load` makes an index of the class that it is called on; a path may be a text."""

    class Pods(LabelIndex[str]):
        pass

    path = str(tmp_path / "pods")
    Pods({"a": {"b": "c"}}).save(path)
    loaded = Pods.load(path)
    assert type(loaded) is Pods
    assert loaded == {"a": {"b": "c"}}


def test_what_changes_after_a_save_is_not_in_it(tmp_path: Path, large: LabelIndex[str]) -> None:
    """What a save holds of the index is a copy, or copied before it changes."""
    index: LabelIndex[str] = LabelIndex(large)
    model = dict(index)
    snapshot = index._store.snapshot()
    keys = index._table.keys_of(snapshot.rows)
    for key in list(index)[::2]:
        index[key] = {"a": "y", "d": "z"}
        del index[key]
    index["k70"] = {"b": "0"}
    index.check_invariants()
    index_file.write(tmp_path / "file", snapshot, keys, None)
    loaded: LabelIndex[str] = LabelIndex.load(tmp_path / "file")
    loaded.check_invariants()
    assert loaded == model


def test_the_texts_of_a_file(tmp_path: Path, large: LabelIndex[str]) -> None:
    """JSON without spaces; an integer is a number as long as other languages can read it."""
    sections = sections_of(bytes_of(large, tmp_path))
    assert sections["label keys"] == b'["a","b","c"]'
    assert sections["order"] == b""  # the order of the rows
    keys = [-(2**63), 2**63 - 1, -(2**63) - 1, 2**63, (1, True)]
    index: LabelIndex[Any] = LabelIndex({key: {} for key in keys})
    assert sections_of(bytes_of(index, tmp_path))["keys"] == (
        b'[-9223372036854775808,9223372036854775807,{"int":"-0x8000000000000001"},'
        b'{"int":"0x8000000000000000"},[1,true]]'
    )


def test_an_order_that_is_that_of_the_rows_again(tmp_path: Path) -> None:
    """Once the item that came last into a free row is gone, nothing is written."""
    index = LabelIndex({f"k{n}": {"a": "x"} for n in range(4)})
    del index["k1"]
    index["new"] = {}
    assert sections_of(bytes_of(index, tmp_path))["order"] == u32(0, 2, 3, 1)
    del index["new"]
    sections = sections_of(bytes_of(index, tmp_path))
    assert sections["order"] == b""
    compare(load(file_of(sections), tmp_path), index)


def test_which_rows_are_a_bitmap(tmp_path: Path) -> None:
    """Those of a label on more than 64 rows; others are numbers."""
    index = LabelIndex({n: {"a": "x"} | ({"b": "x"} if n else {}) for n in range(65)})
    sections = sections_of(bytes_of(index, tmp_path))
    assert sections["small postings"] == u32(*range(1, 65))
    assert BitMap.deserialize(sections["large postings"][4:]) == BitMap(range(65))


def test_numbers_are_little_endian() -> None:
    """Whatever the order of bytes of the machine is."""
    for order in "<>":
        assert bytes(index_file._encode_numbers(np.array([1, 2**31], f"{order}u4"))) == u32(
            1, 2**31
        )


# Keys that a file cannot hold.


class Level(IntEnum):
    """Integers that are not just integers."""

    LOW = 1


class Name(str):
    """Strings that are not just strings."""

    __slots__ = ()


class Weight(float):
    """Numbers that are not just numbers."""


class Pair(NamedTuple):
    """Tuples that are not just tuples."""

    first: str
    second: str


def nested(depth: int) -> object:
    """Return a tuple in a tuple, and so on."""
    key: object = 1
    for _ in range(depth):
        key = (key,)
    return key


@pytest.mark.parametrize(
    ("key", "named"),
    [
        (Level.LOW, "of type Level"),
        (Name("b"), "of type Name$"),
        (Weight(1.5), "not 1.5 of type Weight$"),
        (Pair("a", "b"), "of type Pair$"),
        (frozenset({1}), r"frozenset\(\{1\}\) of type frozenset"),
        (b"a", "b'a' of type bytes"),
        (np.int64(3), "of type int64"),
        (float("inf"), "inf of type float"),
        (float("nan"), "nan of type float"),
        (("a", (1, b"c")), r"b'c' of type bytes in the key \('a', \(1, b'c'\)\)"),
        (nested(33), r"not \(1,\) of type tuple in the key"),
    ],
)
def test_other_keys_are_refused(tmp_path: Path, key: object, named: str) -> None:
    """A TypeError names the type, and no file is touched."""
    index: LabelIndex[Any] = LabelIndex({"a": {}, key: {"a": "b"}})
    (tmp_path / "file").write_text("old")
    with pytest.raises(TypeError, match=named):
        index.save(tmp_path / "file")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_the_deepest_key(tmp_path: Path) -> None:
    """Tuples may be nested 32 deep."""
    index: LabelIndex[Any] = LabelIndex({nested(32): {"a": "b"}})
    compare(load(bytes_of(index, tmp_path), tmp_path), index)


# Files that are not whole.


def refused(data: bytes, path: Path, *, late: bool = False) -> str:
    """Return why the file of these bytes is not loaded; late, why its keys are not."""
    path.write_bytes(data)
    index: LabelIndex[Any] | None = LabelIndex.load(path) if late else None
    with pytest.raises(IndexFileError) as caught:
        list(LabelIndex.load(path) if index is None else index)
    assert caught.value.path == str(path)
    assert str(caught.value) == f"{path}: {caught.value.problem}"
    return caught.value.problem


@pytest.mark.slow
def test_every_flipped_bit_is_found(tmp_path: Path, small: LabelIndex[str]) -> None:
    """Any bit of a file, from the first to the last."""
    data = bytes_of(small, tmp_path)
    path = tmp_path / "changed"
    problems = set()
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            problems.add(refused(bytes(flipped), path))
    assert {"the header is damaged", "not a labelsel index file"} < problems
    assert {f"section {name!r} is damaged" for name in sections_of(data)} - problems == {
        "section 'large postings' is damaged"  # it is empty
    }


def test_a_changed_byte_is_found(tmp_path: Path, large: LabelIndex[str]) -> None:
    """In the header, in its checksum, and in each section, whose name is told."""
    data = bytes_of(large, tmp_path)
    sections = sections_of(data)
    place = START.size + len(sections) * ENTRY.size
    places = {place - 1: "the header is damaged", place: "the header is damaged"}
    place += 4
    for name, section in sections.items():
        if section:
            places[place + len(section) // 2] = f"section {name!r} is damaged"
        place += len(section)
    for place, problem in places.items():
        changed = bytearray(data)
        changed[place] ^= 1
        assert refused(bytes(changed), tmp_path / "changed") == problem


def test_every_shorter_file_is_found(tmp_path: Path, small: LabelIndex[str]) -> None:
    """However much of it is missing, down to nothing."""
    data = bytes_of(small, tmp_path)
    path = tmp_path / "changed"
    for length in range(len(data)):
        assert refused(data[:length], path).startswith(f"the file ends after {length} ")


@pytest.mark.parametrize(("more", "problem"), [(b"\0", "1 bytes"), (b"\n" * 9000, "9000 bytes")])
def test_a_longer_file_is_found(
    tmp_path: Path, small: LabelIndex[str], more: bytes, problem: str
) -> None:
    """Nothing may follow the last section."""
    data = bytes_of(small, tmp_path) + more
    assert refused(data, tmp_path / "changed") == f"{problem} after the last section"


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04", b"{}", b"\0" * 10_000, b"\x89PNG\r\n\x1a\n", b"\x89LABELS\r\n" + b"\0" * 500,
        pickle.dumps({"a": 1}),
    ],
)  # fmt: skip
def test_foreign_files(tmp_path: Path, data: bytes) -> None:
    """A file of another kind is told as that."""
    assert refused(data, tmp_path / "changed") == "not a labelsel index file"


def test_a_newer_version(tmp_path: Path, small: LabelIndex[str]) -> None:
    """A later format may have another header: its version is what is told, if it is only that."""
    sections = sections_of(bytes_of(small, tmp_path))
    for data in (
        file_of(sections, VERSION + 1),
        file_of({**sections, "more": b""}, VERSION + 1),
        START.pack(b"\x89LABELS\n", VERSION + 1, 0),
    ):
        problem = refused(data, tmp_path / "changed")
        assert problem.startswith(
            "the file has format version 2, and this release of labelsel reads"
        )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """What the system says is passed on."""
    with pytest.raises(FileNotFoundError):
        LabelIndex.load(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        LabelIndex.load(tmp_path)


def test_a_pipe_is_no_index(tmp_path: Path) -> None:
    """To open it would wait for a writer for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    for each in (path, Path("/dev/zero")):
        with pytest.raises(IndexFileError, match="a pipe, a device or a socket, and not a file"):
            LabelIndex.load(each)


def test_the_error_can_be_pickled() -> None:
    """As an error must that comes out of another process."""
    error = pickle.loads(pickle.dumps(IndexFileError("path", "problem")))  # noqa: S301  # our own
    assert (str(error), error.path) == ("path: problem", "path")
    assert isinstance(error, ValueError)


# Files whose checksums are right, and what is in them is not.

THREE_IN_70: dict[str, bytes] = {
    "keys": json.dumps([f"k{n}" for n in range(70)]).encode(),
    "order": u32(*range(70)),
    "label keys": b'["a","b","c"]',
    "value counts": u32(1, 3, 70),
    "values": json.dumps(["x", "0", "1", "2", *map(str, range(70))]).encode(),
    "key rows": bitmaps(range(70), range(70), range(70)),
    "row counts": u32(70, 24, 23, 23, *[1] * 70),
    "small postings": u32(*range(0, 70, 3), *range(1, 70, 3), *range(2, 70, 3), *range(70)),
    "large postings": bitmaps(range(70)),
    "row sizes": u32(*[3] * 70),
}
"""Sections of the index `large`, of which some are spoilt below."""
NOT_WHOLE: list[tuple[str, bytes]] = [
    ("keys", b""),
    ("keys", b"{}"),
    ("keys", b"[nul"),
    ("keys", b"\xff"),
    ("keys", b"[1]"),
    ("keys", json.dumps([f"k{n}" for n in range(69)] + ["k0"]).encode()),
    ("keys", json.dumps([f"k{n}" for n in range(69)] + [{"int": "x"}]).encode()),
    ("keys", json.dumps([f"k{n}" for n in range(69)] + [{"int": 5}]).encode()),
    ("keys", json.dumps([*range(69), float("nan")]).encode()),
    ("keys", json.dumps([*range(69), [float("inf")]]).encode()),
    ("keys", json.dumps([*range(69), 1]).replace(" 1]", " 1e999]").encode()),
    ("keys", b"[" * 100_000 + b"]" * 100_000),
    ("rows", b""),
    ("rows", bitmaps(range(70))[:-1]),
    ("rows", bitmaps(range(70)) + b"\0"),
    ("rows", bitmaps(range(71))),
    ("rows", u32(20) + bytes(20)),
    ("order", u32(*range(69))),
    ("order", u32(*range(69), 0)),
    ("order", u32(*range(69), 70)),
    ("order", b"\0"),
    ("label keys", b'["a","b"]'),
    ("label keys", b'["a","b","b"]'),
    ("label keys", b'["a","b",1]'),
    ("label keys", b'{"a":0,"b":0,"c":0}'),
    ("label keys", b"5"),
    ("value counts", u32(1, 3, 69)),
    ("value counts", u32(1, 73, 0)),
    ("values", json.dumps(["x", "0", "1", "1", *map(str, range(70))]).encode()),
    ("values", json.dumps(["x", "0", "1", 2, *map(str, range(70))]).encode()),
    ("key rows", bitmaps(range(70), range(70))),
    ("key rows", bitmaps(range(70), range(70), range(69))),
    ("key rows", bitmaps(range(70), range(70), range(1, 71))),
    ("row counts", u32(70, 24, 23, 23, *[1] * 69)),
    ("row counts", u32(70, 24, 23, 23, *[1] * 69, 0)),
    ("row counts", u32(70, 23, 24, 23, *[1] * 68, 2, 0)),
    ("small postings", u32(*range(139))),
    ("small postings", THREE_IN_70["small postings"] + u32(5)),
    ("small postings", THREE_IN_70["small postings"][:-4]),
    ("large postings", b""),
    ("large postings", bitmaps(range(69))),
    ("large postings", bitmaps(range(70), range(70))),
    ("row sizes", u32(*[3] * 70, 1)),
    ("row codes", u32(*[0] * 209)),
    ("row codes", u32(*[0] * 209, 74)),
    ("row codes", b"\0\0\0"),
]
CONTRADICTING: list[tuple[str, bytes, str]] = [
    ("rows", bitmaps(range(69)), "row sizes"),
    ("value counts", u32(1, 3), "label keys"),
    ("value counts", u32(1, 2, 71), "values"),
    ("row counts", u32(70, 24, 23, 23, *[1] * 69, 2), "row codes"),
    ("small postings", u32(*range(140)), "row codes"),
    (
        "small postings",
        u32(3, 0, *range(6, 70, 3), *range(1, 70, 3), *range(2, 70, 3), *range(70)),
        "row codes",
    ),
    ("large postings", bitmaps(range(1, 71)), "row codes"),
    ("row sizes", u32(*[3] * 69, 2), "row codes"),
    ("row sizes", u32(*[3] * 69), "rows"),
]
"""Sections that contradict another one, and which of the two is reported."""


@pytest.mark.parametrize(
    ("name", "section", "reported"),
    [*((name, section, name) for name, section in NOT_WHOLE), *CONTRADICTING],
)
def test_what_a_faulty_writer_wrote(
    tmp_path: Path, large: LabelIndex[str], name: str, section: bytes, reported: str
) -> None:
    """Sections that would make the index crash or disagree with itself are refused."""
    sections = sections_of(bytes_of(large, tmp_path))
    assert name in sections
    late = name == "keys"
    problem = refused(file_of({**sections, name: section}), tmp_path / "changed", late=late)
    assert problem == f"section {reported!r} is not valid"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (
            "row sizes",  # labels on a row that is not in use
            {
                "rows": bitmaps(range(69)),
                "order": b"",
                "keys": json.dumps([f"k{n}" for n in range(69)]).encode(),
            },
        ),
        (
            "value counts",  # values of no key
            {
                "label keys": b'["a","b"]',
                "value counts": u32(1, 3),
                "key rows": bitmaps(range(70), range(70)),
            },
        ),
        (
            "value counts",  # a key of no values
            {
                "label keys": b'["a","b","c","d"]',
                "value counts": u32(1, 3, 70, 0),
                "key rows": bitmaps(range(70), range(70), range(70), ()),
            },
        ),
        (
            "row counts",  # a label on no row
            {
                "value counts": u32(1, 3, 71),
                "values": json.dumps(["x", "0", "1", "2", *map(str, range(71))]).encode(),
                "row counts": THREE_IN_70["row counts"] + u32(0),
            },
        ),
    ],
)
def test_what_a_faulty_writer_wrote_in_several_sections(
    tmp_path: Path, large: LabelIndex[str], name: str, changes: dict[str, bytes]
) -> None:
    """Sections that agree, but should not be so."""
    sections = {**sections_of(bytes_of(large, tmp_path)), **THREE_IN_70, **changes}
    problem = refused(file_of(sections), tmp_path / "changed")
    assert problem == f"section {name!r} is not valid"


def test_a_bitmap_in_another_one() -> None:
    """A bitmap has as many bytes as the section says: it does not go on where the next one is."""
    inner = BitMap([1, 2]).serialize()
    bits = u32(8192 - 4) + inner + b"\xff" * (8192 - 4 - len(inner))
    rows = np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little"))
    outer = BitMap(array("I", rows.tolist()), optimize=False).serialize()
    section = u32(outer.index(bits)) + outer
    with pytest.raises(index_file._FaultError):
        index_file._decode_bitmaps({"rows": section}, "rows", [None, None])
    assert index_file._decode_bitmaps({"rows": u32(len(outer)) + outer}, "rows", [None])


def test_the_sections_to_spoil_are_right_before(tmp_path: Path, large: LabelIndex[str]) -> None:
    """What the tests above put together can be loaded where nothing is wrong with it."""
    sections = sections_of(bytes_of(large, tmp_path))
    compare(load(file_of({**sections, **THREE_IN_70}), tmp_path), large)


@pytest.mark.parametrize(
    "change",
    [
        lambda sections: file_of(dict(reversed(sections.items()))),
        lambda sections: file_of(sections, 0),
        lambda sections: file_of({**sections, "more": b""}),
        lambda sections: file_of(dict(list(sections.items())[1:])),
    ],
)
def test_a_header_of_a_faulty_writer(
    tmp_path: Path, large: LabelIndex[str], change: Callable[[dict[str, bytes]], bytes]
) -> None:
    """Sections are those of the version, all of them and in order."""
    sections = sections_of(bytes_of(large, tmp_path))
    problem = refused(change(sections), tmp_path / "changed")
    assert problem.startswith("the header is ")


def test_keys_are_read_when_one_is_needed(tmp_path: Path, large: LabelIndex[str]) -> None:
    """Until then the index answers without; a fault is found each time, and changes nothing."""
    sections = sections_of(bytes_of(large, tmp_path))
    path = tmp_path / "changed"
    path.write_bytes(file_of({**sections, "keys": b"[1]"}))
    index: LabelIndex[Any] = LabelIndex.load(path)
    assert index.count("a") == large.count("a")
    selection = index.select("a")
    assert selection.rows().tolist() == large.select("a").rows().tolist()
    needing: list[Callable[[], object]] = [
        lambda: list(selection),
        lambda: index["k0"],
        lambda: "k0" in index,
        lambda: index.update({"new": {}}),
        lambda: index.pop("k0"),
        index.compact,
        index.stats,
    ]
    for need in needing:
        with pytest.raises(IndexFileError, match="section 'keys' is not valid"):
            need()
    assert index.count("a") == large.count("a")
    index.clear()
    assert list(index) == []


def test_keys_of_no_rows_are_read_at_once(tmp_path: Path) -> None:
    """No question would need one: the fault would be found in the middle of a change."""
    sections = sections_of(bytes_of(LabelIndex[str](), tmp_path))
    path = tmp_path / "changed"
    path.write_bytes(file_of({**sections, "keys": b'["a"]'}))
    with pytest.raises(IndexFileError, match="section 'keys' is not valid"):
        LabelIndex.load(path)


def test_two_texts_of_one_hash(
    tmp_path: Path, large: LabelIndex[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts are compared themselves where two hashes are equal: each key's values by themselves."""
    data = bytes_of(large, tmp_path)
    monkeypatch.setattr(index_file, "_are_repeated", lambda *_: True)
    compare(load(data, tmp_path), large)
    values = json.loads(THREE_IN_70["values"])
    for place in (2, 73):
        changed = json.dumps([*values[:place], values[place - 1], *values[place + 1 :]]).encode()
        sections = {**sections_of(data), **THREE_IN_70, "values": changed}
        assert refused(file_of(sections), tmp_path / "changed") == "section 'values' is not valid"


def test_two_rows_of_one_key(tmp_path: Path) -> None:
    """Also where no hash differs from another one."""
    index = LabelIndex({"a": {}, "b": {}})
    sections = {**sections_of(bytes_of(index, tmp_path)), "keys": b'["a","a"]'}
    changed = file_of(sections)
    assert refused(changed, tmp_path / "changed", late=True) == "section 'keys' is not valid"


def test_two_keys_of_one_hash(tmp_path: Path) -> None:
    """Equal hashes are no fault: those of -1 and -2 are."""
    index = LabelIndex({-1: {"a": "b"}, -2: {}})
    compare(load(bytes_of(index, tmp_path), tmp_path), index)


# A save that fails leaves all as it was.


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Have the system refuse to write more to a file, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 100, 3000])
def test_a_save_that_cannot_be_written(
    tmp_path: Path, small: LabelIndex[str], large: LabelIndex[str], size: int
) -> None:
    """Wherever in the file the writing stops."""
    data = bytes_of(small, tmp_path)
    with pytest.raises(OSError, match="File too large"), files_of_at_most(size):
        large.save(tmp_path / "saved")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("saved", data)]


def test_a_save_that_cannot_take_its_place(tmp_path: Path, small: LabelIndex[str]) -> None:
    """Where a folder has the name, or there is no such folder, nothing is left behind."""
    with pytest.raises(IsADirectoryError):
        small.save(tmp_path)
    (tmp_path / "folder").mkdir()
    for write in (small.save, small.to_parquet):
        with pytest.raises(IsADirectoryError) as caught:
            write(tmp_path / "folder")
        assert caught.value.filename == str(tmp_path / "folder")
        with pytest.raises(FileNotFoundError) as missing:
            write(tmp_path / "no folder" / "file")
        assert missing.value.filename == str(tmp_path / "no folder")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_a_link_is_followed(tmp_path: Path, small: LabelIndex[str]) -> None:
    """The file that a link leads to is replaced, and the link stays one."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "file")
    small.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert LabelIndex.load(tmp_path / "folder" / "file") == small


def test_no_pyroaring_that_does_not_validate() -> None:
    """`BitMap.deserialize` of 1.0.0 takes a bitmap that lies, and then writes beyond its memory."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = [Requirement(each) for each in project["dependencies"]]
    [pyroaring] = [each.specifier for each in requirements if each.name == "pyroaring"]
    assert ("1.0.0" in pyroaring, "1.0.1" in pyroaring) == (False, True)


SAVE_FOR_EVER = """
import sys
from labelsel import LabelIndex
index = LabelIndex({f"k{n}": {"a": "new", "b": str(n)} for n in range(30_000)})
while True:
    index.save(sys.argv[1])
"""


@pytest.mark.slow
def test_a_save_that_is_killed(tmp_path: Path, small: LabelIndex[str]) -> None:
    """Killed while its new file is half-written, it leaves a whole one: the old or the new."""
    path = tmp_path / "saved"
    for _ in range(3):
        small.save(path)
        process = subprocess.Popen([sys.executable, "-c", SAVE_FOR_EVER, path])
        until = monotonic() + 60
        while not list(tmp_path.glob(".labelsel-*.tmp")):
            assert monotonic() < until
            assert process.poll() is None
            sleep(0.0001)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        loaded: LabelIndex[str] = LabelIndex.load(path)
        loaded.check_invariants()
        assert loaded == small or (len(loaded), loaded.count("a=new")) == (30_000, 30_000)
        left = [file.name for file in tmp_path.iterdir() if file != path]
        assert all(name.startswith(".labelsel-") for name in left)
        for name in left:
            (tmp_path / name).unlink()
