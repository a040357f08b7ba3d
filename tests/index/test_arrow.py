"""Label sets from Arrow, Polars and Parquet: the same index as from dicts, from every source."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import LabelIndex
from labelsel.index import arrow
from tests.strategies import SMALL_KEYS, labels

Sets: TypeAlias = list[dict[str, str]]

#: Arrow's texts are UTF-8, so that halves of surrogate pairs have no place in them.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=4)
LABEL_SETS = st.lists(labels(SMALL_KEYS | TEXTS, SMALL_KEYS | TEXTS), max_size=8)

SETS: Sets = [
    {"app": "web", "tier": "front"}, {}, {"tier": "back", "app": "db"}, {"app": "web"}, {"app": ""},
]  # fmt: skip
AROUND: Sets = [{"app": "around", "around": "app"}]

STRING, LARGE = pa.string(), pa.large_string()
MAP = pa.map_(STRING, STRING)
#: Views came with pyarrow 16.
VIEW = getattr(pa, "string_view", pa.large_string)()


def maps(sets: Sets, kind: Any = MAP) -> Any:
    """Return label sets as an array of maps; those without labels are null and empty in turn."""
    entries = [list(each.items()) for each in sets]
    return pa.array([each or (None, [])[row % 2] for row, each in enumerate(entries)], kind)


def maps_of(sets: Sets, convert: Callable[[Any], Any]) -> Any:
    """Return maps whose null entries are not empty, and whose keys and values are converted."""
    plain = maps([each or AROUND[0] for each in sets], MAP)
    return pa.MapArray.from_buffers(
        pa.map_(convert(plain.keys).type, convert(plain.items).type),
        len(sets),
        [pa.array([bool(each) for each in sets], pa.bool_()).buffers()[1], plain.buffers()[1]],
        children=[
            pa.StructArray.from_arrays(
                [convert(plain.keys), convert(plain.items)],
                fields=[
                    pa.field("key", convert(plain.keys).type, nullable=False),
                    pa.field("value", convert(plain.items).type),
                ],
            )
        ],
    )


def columns(sets: Sets, kind: Any = STRING) -> Any:
    """Return label sets as a table with a column for each key, and one that no row has."""
    keys = dict.fromkeys([*(key for each in sets for key in each), "nobody's"])
    return pa.table({key: pa.array([each.get(key) for each in sets], kind) for key in keys})


def as_dictionary(array: Any) -> Any:
    """Return texts with a dictionary that has nulls, texts twice, and texts that stand nowhere."""
    texts = array.to_pylist()
    indices = [
        None if text is None and place % 2 else 1 + place + place % 3 // 2 * len(texts)
        for place, text in enumerate(texts)
    ]
    dictionary = pa.array(["nowhere", *texts, *texts], STRING)
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.uint16()), dictionary)


def with_dictionaries(sets: Sets) -> Any:
    """Return columns in two pieces, each with a dictionary of its own."""
    table = columns(sets)
    return pa.table(
        {
            name: pa.chunked_array(
                [as_dictionary(column.slice(0, 2)), as_dictionary(column.slice(2))]
            )
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def in_pieces(array: Any) -> list[Any]:
    """Return an empty slice, and slices of two."""
    return [array.slice(0, 0), *(array.slice(at, 2) for at in range(0, len(array), 2))]


def with_a_part_of_the_entries(sets: Sets) -> Any:
    """Return maps whose array of entries begins in the middle of another, as a cast leaves it."""
    whole, before = maps(AROUND + sets), sum(map(len, AROUND))
    ends = pa.array(whole.offsets.to_numpy()[len(AROUND) :] - before, pa.int32())
    entries = whole.values.slice(before)
    return pa.Array.from_buffers(MAP, len(sets), [None, ends.buffers()[1]], children=[entries])


def mixed(sets: Sets) -> Iterator[Any]:
    """Yield one kind after the other."""
    yield columns(sets[:1]).to_batches()[0] if sets else columns(sets)
    yield pa.chunked_array(in_pieces(maps(sets[1:2])), MAP)
    yield columns(sets[2:3])
    yield columns(sets[3:4])
    yield maps(sets[4:])


SOURCES: dict[str, Callable[[Sets], Any]] = {
    "columns": columns,
    "columns of large strings": lambda sets: columns(sets, LARGE),
    "columns of views": lambda sets: columns(sets, VIEW),
    "columns of dictionaries": with_dictionaries,
    "a slice of columns": lambda sets: columns(AROUND + sets + AROUND).slice(1, len(sets)),
    "columns in pieces": lambda sets: pa.concat_tables(in_pieces(columns(sets))),
    "record batches": lambda sets: iter(columns(sets).to_batches(max_chunksize=2)),
    "a reader": lambda sets: columns(sets).to_reader(max_chunksize=2),
    "maps": maps,
    "maps of large strings": lambda sets: maps(sets, pa.map_(LARGE, LARGE)),
    "maps of views": lambda sets: maps_of(sets, lambda texts: pa.array(texts.to_pylist(), VIEW)),
    "maps of dictionaries": lambda sets: maps_of(sets, as_dictionary),
    "maps, null but not empty": lambda sets: maps_of(sets, lambda texts: texts),
    "a slice of maps": lambda sets: maps(AROUND + sets + AROUND).slice(1, len(sets)),
    "maps of a part of the entries": with_a_part_of_the_entries,
    "maps in pieces": lambda sets: pa.chunked_array(in_pieces(maps(sets)), MAP),
    "a column of maps": lambda sets: pa.table({"labels": maps(sets)}),
    "a list of arrays": lambda sets: in_pieces(maps(sets)),
    "one kind after the other": mixed,
}


@given(
    source=st.sampled_from([*SOURCES.values()]),
    sets=LABEL_SETS,
    rows=st.sampled_from([1, 3, arrow.ROWS]),
)
def test_it_is_the_index_of_the_dicts(source: Callable[[Sets], Any], sets: Sets, rows: int) -> None:
    """Whatever the source and the size of batches; and its parts agree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow, "ROWS", rows)
        index = LabelIndex.from_arrow(source(sets))
    expected = LabelIndex(enumerate(sets))
    assert list(index.items()) == list(expected.items())
    found, wanted = index.stats(), expected.stats()
    assert (found.rows, found.pairs, found.labels) == (wanted.rows, wanted.pairs, wanted.labels)
    for key in [key for each in sets for key in each]:
        assert index.label_values(key) == expected.label_values(key)
    index.check_invariants()


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_the_sources_are(source: Callable[[Sets], Any]) -> None:
    """The label sets of this page, through each of them."""
    index = LabelIndex.from_arrow(source(SETS))
    assert list(index.values()) == SETS
    assert index.select("app=web").rows().tolist() == [0, 3]
    assert index.select("!tier,app").rows().tolist() == [3, 4]


def test_many_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than have numbers of 16 bits."""
    monkeypatch.setattr(arrow, "_SORTED_BY_RADIX", 1)
    assert list(LabelIndex.from_arrow(maps(SETS)).values()) == SETS


def test_numbers_of_keys_that_take_more_than_16_bits() -> None:
    """The key 65,536 is not taken for the key 0, whose number has the same 16 bits."""
    for last in (2**16 - 1, 2**16):
        numbers = np.array([last, 0, 1] * 100, np.int32)
        order = [*range(1, 300, 3), *range(2, 300, 3), *range(0, 300, 3)]
        assert arrow._order_of(numbers, last + 1).tolist() == order


def test_the_order_of_labels() -> None:
    """In a row labels stand as in its map, or as the columns do."""
    assert [*map(list, LabelIndex.from_arrow(maps(SETS)).values())][2] == ["tier", "app"]
    assert [*map(list, LabelIndex.from_arrow(columns(SETS)).values())][2] == ["app", "tier"]


def test_rows_without_labels() -> None:
    """No rows at all, and rows without a column."""
    assert len(LabelIndex.from_arrow(pa.table({}))) == 0
    assert len(LabelIndex.from_arrow(iter([]))) == 0
    assert len(LabelIndex.from_arrow(pa.chunked_array([], MAP))) == 0
    bare = pa.table({"id": ["a", "b"]}).remove_column(0)
    assert len(LabelIndex.from_arrow([columns(SETS), bare, bare, columns(SETS)])) == 14
    assert LabelIndex.from_arrow(pa.table({"id": ["a", "b"]}), keys="id") == {"a": {}, "b": {}}
    empty = LabelIndex.from_arrow(pa.table({"a": pa.nulls(2)}))
    assert empty == {0: {}, 1: {}}
    assert list(empty.label_values("a")) == []
    empty.check_invariants()


def test_it_changes_like_any_other() -> None:
    """Without keys rows are their own keys, until another comes."""
    index = LabelIndex.from_arrow(columns(SETS))
    assert index.stats().bytes["keys of items"] < 200
    del index[0]
    index["more"] = {"app": "web"}
    index.update({7: {"app": "web", "new": "x"}, 8: {"app": "old"}})
    assert list(index.select("app=web")) == [3, "more", 7]
    index.check_invariants()


@pytest.mark.parametrize("keys", [["a", "b", "c", "d", "e"], [4, 3, 2, 1, 0]], ids=["str", "int"])
@pytest.mark.parametrize("rows", [2, arrow.ROWS])
def test_keys(monkeypatch: pytest.MonkeyPatch, keys: list[Any], rows: int) -> None:
    """Of a column, which is no label then, or given beside the source."""
    monkeypatch.setattr(arrow, "ROWS", rows)
    expected = list(zip(keys, SETS, strict=True))
    for table in (columns(SETS), pa.table({"labels": maps(SETS)})):
        named = table.append_column("id", pa.array(keys))
        index = LabelIndex.from_arrow(named, keys="id")
        assert list(index.items()) == expected
        index.check_invariants()
        for given_keys in (keys, iter(keys), pa.array(keys), np.array(keys)):
            assert list(LabelIndex.from_arrow(table, keys=given_keys).items()) == expected


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["a", "b", "a", "c", "d"], "row 2 has a key that another row has: 'a'"),
        (["a", "b", "c", "d", "b"], "row 4 has a key that another row has: 'b'"),
        (["a", "b", "c", None, "d"], "row 3 has no key"),
    ],
)
@pytest.mark.parametrize("rows", [2, arrow.ROWS])
def test_keys_are_distinct(
    monkeypatch: pytest.MonkeyPatch, keys: list[str | None], message: str, rows: int
) -> None:
    """Within a batch and across batches; the first that is not is named."""
    monkeypatch.setattr(arrow, "ROWS", rows)
    table = columns(SETS)
    with pytest.raises(ValueError, match=f"^{message}$"):
        LabelIndex.from_arrow(table, keys=keys)
    with pytest.raises(ValueError, match=f"^{message}$"):
        LabelIndex.from_arrow(table.append_column("id", pa.array(keys)), keys="id")


def test_as_many_keys_as_rows() -> None:
    """Neither more nor fewer."""
    with pytest.raises(ValueError, match=r"fewer keys than .*: there are 3$"):
        LabelIndex.from_arrow(columns(SETS), keys=[1, 2, 3])
    with pytest.raises(ValueError, match="more keys than label sets, which are 5: 5"):
        LabelIndex.from_arrow(columns(SETS), keys=range(7))


def test_the_column_of_the_keys() -> None:
    """It is there once, and holds strings or integers."""
    with pytest.raises(ValueError, match="there are 0 columns 'id' for the keys, not one"):
        LabelIndex.from_arrow(columns(SETS), keys="id")
    twice = pa.table([["a"], ["b"]], names=["id", "id"])
    with pytest.raises(ValueError, match="there are 2 columns 'id' for the keys, not one"):
        LabelIndex.from_arrow(twice, keys="id")
    with pytest.raises(TypeError, match="strings or integers: column 'id' is double"):
        LabelIndex.from_arrow(pa.table({"id": [1.5]}), keys="id")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"a": ["x"], "n": [1]}), "column 'n' is int64"),
        (pa.table({"a": pa.array([b"x"])}), "column 'a' is binary"),
        (pa.table({"a": pa.array([1]).dictionary_encode()}), "column 'a' is dictionary<values=int"),
        (pa.table({"m": maps(SETS), "a": ["x"] * 5}), r"column 'm' is map<string, string>"),
        (
            pa.table({"m": pa.array([[("a", 1)]], pa.map_(STRING, pa.int64()))}),
            r"column 'm' is map<string, int64>",
        ),
        (
            pa.table({"m": pa.array([[(1, "a")]], pa.map_(pa.int64(), STRING))}),
            r"column 'm' is map<int64, string>",
        ),
        (pa.array(["x"]), "an array of label sets must be of maps, not of string"),
        ([{"a": "b"}], "label sets come from a table .* not from {'a': 'b'}"),
        ({"a": {"b": "c"}}, "label sets come from a table .* not from 'a'"),
        (None, "label sets come from a table .* not from None"),
    ],
)
def test_what_is_no_source(table: Any, message: str) -> None:
    """A TypeError says which column is of what type."""
    with pytest.raises(TypeError, match=message):
        LabelIndex.from_arrow(table)


def test_a_column_twice() -> None:
    """It would be a label key twice."""
    with pytest.raises(ValueError, match="two columns are called 'a'"):
        LabelIndex.from_arrow(pa.table([["x"], ["y"]], names=["a", "a"]))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([[("a", "x")], [("a", None)]], "row 1 has a label whose value is null"),
        ([[("a", "x")], None, [], [("a", "x"), ("b", "y"), ("a", "x")]], "row 3 .* key 'a' twice"),
    ],
)
@pytest.mark.parametrize("rows", [1, arrow.ROWS])
def test_bad_maps(
    monkeypatch: pytest.MonkeyPatch, entries: list[Any], message: str, rows: int
) -> None:
    """They are never skipped; the row is counted from the start of the source."""
    monkeypatch.setattr(arrow, "ROWS", rows)
    with pytest.raises(ValueError, match=message):
        LabelIndex.from_arrow(pa.array(entries, MAP))


@pytest.mark.parametrize("what", ["key", "value"])
def test_nulls_in_a_dictionary(what: str) -> None:
    """A key or value may be null by its place in a dictionary."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None]))
    plain = pa.array(["x", "y"])
    children = (texts, plain) if what == "key" else (plain, texts)
    array = pa.MapArray.from_arrays(pa.array([0, 1, 2], pa.int32()), *children)
    with pytest.raises(ValueError, match=f"row 1 has a label whose {what} is null"):
        LabelIndex.from_arrow(array)


def test_no_text() -> None:
    """What says that it is text, and is not UTF-8, is refused before anything is changed."""
    bad = pa.array([b"\xff"]).view(STRING)
    with pytest.raises(ValueError, match="invalid start byte"):
        LabelIndex.from_arrow(pa.table({"a": bad}))


def test_a_batch_is_taken_whole_or_not_at_all() -> None:
    """What came before a bad batch is there, of the bad one nothing."""
    index: LabelIndex[Any] = LabelIndex()
    tables = [pa.table({"a": ["x", "y"]}), pa.table({"m": pa.array([[("a", None)]], MAP)})]
    with pytest.raises(ValueError, match="row 2 has a label whose value is null"):
        arrow.append(index._contents, tables, keys=["k", "l", "m"], rows=None, progress=None)
    assert index == {"k": {"a": "x"}, "l": {"a": "y"}}
    with pytest.raises(ValueError, match="row 1 has a key that another row has: 'k'"):
        arrow.append(index._contents, tables[:1], keys=["n", "k"], rows=None, progress=None)
    index.check_invariants()


def test_what_was_selected_stays() -> None:
    """Rows that are added later are in no selection from before, however large its bitmaps."""
    index: LabelIndex[Any] = LabelIndex()
    table = pa.table({"a": ["x"] * 100 + ["y"] * 40})
    for keys in (range(140), range(140, 280)):
        before = index.select("a=x"), index.select("a"), index.select("a=y"), index.select("!b")
        sizes = list(map(len, before))
        arrow.append(index._contents, [table], keys=keys, rows=None, progress=None)
        assert list(map(len, before)) == sizes
    assert [index.count(text) for text in ("a=x", "a=y", "a")] == [200, 80, 280]
    index.check_invariants()


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Called after each batch; small tables are put together, large ones cut."""
    monkeypatch.setattr(arrow, "ROWS", 4)
    table = columns(SETS)
    calls: list[tuple[int, int | None]] = []

    def called(source: Any) -> list[tuple[int, int | None]]:
        calls.clear()
        LabelIndex.from_arrow(source, progress=lambda *call: calls.append(call))
        return calls

    assert called(table) == [(4, 5), (5, 5)]
    assert called(maps(SETS)) == [(4, 5), (5, 5)]
    assert called(iter(table.to_batches(max_chunksize=1))) == [(2, None), (4, None), (5, None)]
    assert called([table, maps(SETS)]) == [(4, None), (5, None), (9, None), (10, None)]
    assert called([table.slice(4), maps(SETS[:1])]) == [(1, None), (2, None)]
    assert called(table.slice(0, 0)) == [(0, 0)]


def test_wide_tables_are_cut_into_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in memory at a time depends on the columns, too."""
    monkeypatch.setattr(arrow, "_CELLS", 6)
    calls: list[int] = []
    LabelIndex.from_arrow(columns(SETS), progress=lambda done, _: calls.append(done))
    assert calls == [2, 4, 5]


@pytest.mark.parametrize("kind", ["columns", "columns of large strings", "a column of maps"])
def test_parquet(tmp_path: Path, kind: str) -> None:
    """Written and read back, by batches; keys from a column of the file."""
    path = tmp_path / "labels.parquet"
    table = SOURCES[kind](SETS).append_column("id", pa.array([5, 4, 3, 2, 1]))
    pq.write_table(table, path, row_group_size=2)
    calls: list[tuple[int, int | None]] = []
    index = LabelIndex.from_parquet(path, keys="id", progress=lambda *call: calls.append(call))
    assert list(index.items()) == list(zip([5, 4, 3, 2, 1], SETS, strict=True))
    assert calls == [(5, 5)]
    index.check_invariants()


def test_columns_of_parquet(tmp_path: Path) -> None:
    """Only those asked for, and the one of the keys; each must be there."""
    path = tmp_path / "labels.parquet"
    pq.write_table(columns(SETS).append_column("id", pa.array(["a", "b", "c", "d", "e"])), path)
    app = [{"app": each["app"]} if "app" in each else {} for each in SETS]
    assert list(LabelIndex.from_parquet(str(path), columns=["app"]).values()) == app
    index = LabelIndex.from_parquet(path, columns=["app", "app"], keys="id")
    assert list(index.items()) == list(zip("abcde", app, strict=True))
    assert list(LabelIndex.from_parquet(path, columns=["id", "app"], keys="id").values()) == app
    assert list(LabelIndex.from_parquet(path, columns=["app"], keys=range(5)).values()) == app
    with pytest.raises(ValueError, match="no columns to read"):
        LabelIndex.from_parquet(path, columns=[])
    with pytest.raises(ValueError, match="no column 'none' in the file: it has app, tier, nobody"):
        LabelIndex.from_parquet(path, columns=["app", "none"])
    with pytest.raises(ValueError, match="no column 'none' in the file"):
        LabelIndex.from_parquet(path, columns=["app"], keys="none")


class Frame:
    """A table that is handed over as a DataFrame of Polars hands itself over."""

    def __init__(self, table: pa.Table) -> None:
        self.height = table.num_rows
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def test_frames() -> None:
    """What a DataFrame hands over is read, and how many rows it has is known; no other is taken."""
    done: list[tuple[int, int | None]] = []
    table = pa.table({"app": ["web", None, "db"]})
    index = LabelIndex.from_polars(Frame(table), progress=lambda *rows: done.append(rows))
    assert dict(index) == {0: {"app": "web"}, 1: {}, 2: {"app": "db"}}
    assert done == [(3, 3)]
    for other in (table, [table], None):
        with pytest.raises(TypeError, match="not a DataFrame"):
            LabelIndex.from_polars(other)


def test_polars() -> None:
    """Strings, categoricals and enums."""
    pl = pytest.importorskip("polars")
    data = {
        "app": pl.Series(["web", None, "db", "web"], dtype=pl.Categorical),
        "tier": pl.Series(["front", None, None, "back"], dtype=pl.Enum(["front", "back"])),
        "env": ["", "prod", None, None],
    }
    expected = [
        {"app": "web", "tier": "front", "env": ""},
        {"env": "prod"},
        {"app": "db"},
        {"app": "web", "tier": "back"},
    ]
    frame = pl.DataFrame(data)
    for each in (frame, pl.concat([frame[:2], frame[2:]], rechunk=False)):
        index = LabelIndex.from_polars(each)
        assert list(index.values()) == expected
        index.check_invariants()
    named = frame.with_columns(id=pl.Series([4, 3, 2, 1]))
    assert list(LabelIndex.from_polars(named, keys="id")) == [4, 3, 2, 1]
    assert list(LabelIndex.from_polars(frame, keys=named["id"])) == [4, 3, 2, 1]
    with pytest.raises(TypeError, match="column 'id' is int64"):
        LabelIndex.from_polars(named)
    with pytest.raises(TypeError, match="a LazyFrame"):
        LabelIndex.from_polars(frame.lazy())


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how to get it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[arrow\]'"):
        LabelIndex.from_arrow([])


def test_pyarrow_is_an_extra() -> None:
    """It is not imported until it is asked for; where it is missing, it is said how to get it."""
    program = """
import sys
from labelsel import LabelIndex
assert LabelIndex({1: {"a": "b"}}).count("a") == 1
assert "pyarrow" not in sys.modules
sys.modules["pyarrow"] = None
for ask in (LabelIndex.from_arrow, LabelIndex.from_parquet, LabelIndex.from_polars):
    try:
        ask([])
    except ImportError as error:
        assert "pip install 'labelsel[arrow]'" in str(error), error
    else:
        raise AssertionError(ask)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("columns", "rows"),
    [(0, 1000), (1, 1000), (16, 1000), (17, 941), (8000, 2), (8001, 1), (16000, 1), (16001, 1)],
)
def test_rows_of_wide_tables(monkeypatch: pytest.MonkeyPatch, columns: int, rows: int) -> None:
    """At most so many rows, and at most so many cells, but one row at least."""
    monkeypatch.setattr(arrow, "ROWS", 1000)
    monkeypatch.setattr(arrow, "_CELLS", 16000)
    assert arrow._rows_of(columns) == rows
    monkeypatch.setattr(arrow, "ROWS", 20000)
    assert arrow._rows_of(1) == arrow._rows_of(0) == 16000


def test_a_key_twice_among_many_rows() -> None:
    """The error names the row, also where the labels of a key are many."""
    sets: list[list[tuple[str, str]]] = [
        [(f"k{key}", str(row)) for key in range(row % 7)] for row in range(3000)
    ]
    index = LabelIndex.from_arrow(pa.array(sets, MAP))
    assert list(index.values()) == list(map(dict, sets))
    sets[2345] = [("k1", "a"), ("k0", "b"), ("k1", "c")]
    with pytest.raises(ValueError, match="row 2345 has the label key 'k1' twice"):
        LabelIndex.from_arrow(pa.array(sets, MAP))


def test_what_only_looks_like_a_frame() -> None:
    """It has a height, but no rows."""

    class Box:
        height = 3

    with pytest.raises(TypeError, match="not a DataFrame"):
        arrow.frame_tables(Box())


def test_parquet_without_columns(tmp_path: Path) -> None:
    """Nothing of it can be read, whatever the keys are."""
    pq.write_table(pa.table({}), tmp_path / "empty.parquet")
    pq.write_table(pa.table({"app": ["web"]}), tmp_path / "one.parquet")
    for keys in (None, "name", ["a"]):
        with pytest.raises(ValueError, match="no columns to read"):
            LabelIndex.from_parquet(tmp_path / "empty.parquet", keys=keys)
        if not isinstance(keys, str):
            with pytest.raises(ValueError, match="no columns to read"):
                LabelIndex.from_parquet(tmp_path / "one.parquet", columns=[], keys=keys)
    index = LabelIndex.from_parquet(tmp_path / "one.parquet", columns=[], keys="app")
    assert dict(index) == {"web": {}}
    index = LabelIndex.from_parquet(tmp_path / "one.parquet", columns=["app"], keys="app")
    assert dict(index) == {"web": {}}


def test_parquet_without_pyarrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[arrow\]'"):
        LabelIndex.from_parquet(tmp_path / "any.parquet")
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[arrow\]'"):
        arrow.frame_tables(None)


def test_tables_that_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row comes once: of a table without columns, and of one that is wide and has no rows."""
    monkeypatch.setattr(arrow, "ROWS", 2)
    monkeypatch.setattr(arrow, "_CELLS", 1)
    for rows in (0, 1, 2, 5):
        bare = pa.table({"x": ["y"] * rows}, schema=pa.schema([("x", STRING)])).select([])
        assert dict(LabelIndex.from_arrow(bare)) == {key: {} for key in range(rows)}
        wide = pa.table({"x": ["y"] * rows, "z": [None] * rows}).cast(
            pa.schema([("x", STRING), ("z", STRING)])
        )
        assert dict(LabelIndex.from_arrow(wide)) == {key: {"x": "y"} for key in range(rows)}


def test_what_is_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables without columns are not joined, and one without rows is one table, not two."""
    monkeypatch.setattr(arrow, "ROWS", 2)
    bare = pa.table({"x": ["y"] * 3}).select([])
    tables = arrow._batches([bare, pa.table({"x": ["y"]}), bare])
    assert [table.num_rows for table in tables] == [2, 1, 1, 2, 1]
    monkeypatch.setattr(arrow, "ROWS", 1)
    for rows in (0, 1, 2):
        found = arrow._batches([pa.table({"x": ["y"] * rows})])
        assert [table.num_rows for table in found] == ([1] * rows or [0])


def test_many_values_beside_absent_labels() -> None:
    """No code of a label is taken for that of an absent label."""
    sets: Sets = [{}, *({"a": str(row)} for row in range(200)), {}]
    assert list(LabelIndex.from_arrow(columns(sets)).values()) == sets


def test_no_tables() -> None:
    """An index with keys of its own, though it has none yet, can be made compact."""
    index = LabelIndex[Any].from_arrow([], keys=[])
    index.compact()
    assert dict(index) == {}
