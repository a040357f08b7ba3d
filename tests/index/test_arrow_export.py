"""An index as Arrow data and as a Parquet file: it comes back equal, in each layout."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import LabelIndex
from labelsel.index import arrow_export
from tests.strategies import SMALL_KEYS, labels

#: Arrow's texts are UTF-8, so that halves of surrogate pairs have no place in them.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=4)
LABELS = labels(SMALL_KEYS | TEXTS, SMALL_KEYS | TEXTS)
KEYS = "key of the item"
INDEXES = st.one_of(
    st.dictionaries(TEXTS, LABELS, max_size=8),
    st.dictionaries(st.integers(-(2**63), 2**63 - 1), LABELS, max_size=8),
)
LAYOUTS = ("columns", "map")
PODS = {"web-1": {"app": "web", "tier": "front"}, "db-1": {}, "web-2": {"tier": "", "app": "web"}}


def by_table(index: LabelIndex[Any], layout: Any, _: Path) -> LabelIndex[Any]:
    return LabelIndex.from_arrow(index.to_arrow(layout=layout, keys=KEYS), keys=KEYS)


def by_file(index: LabelIndex[Any], layout: Any, folder: Path) -> LabelIndex[Any]:
    index.to_parquet(folder / "index.parquet", layout=layout, keys=KEYS)
    return LabelIndex.from_parquet(folder / "index.parquet", keys=KEYS)


@pytest.mark.parametrize("way", [by_table, by_file])
@pytest.mark.parametrize("layout", LAYOUTS)
@given(items=INDEXES, removed=st.sets(st.integers(0, 7)), is_compact=st.booleans())
def test_round_trip(
    *,
    tmp_path_factory: pytest.TempPathFactory,
    way: Callable[..., LabelIndex[Any]],
    layout: str,
    items: dict[Any, dict[str, str]],
    removed: set[int],
    is_compact: bool,
) -> None:
    """The same items in the same order, after removals, replacements and `compact`, too."""
    index = LabelIndex(items)
    for position, key in enumerate(items):
        if position in removed:
            del index[key]
            index["" if isinstance(key, str) else 0] = {"app": "again"}
    if is_compact:
        index.compact()
    again = way(index, layout, tmp_path_factory.mktemp("round"))
    again.check_invariants()
    assert list(again.items()) == list(index.items())


@pytest.mark.parametrize("way", [by_table, by_file])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_batches(
    way: Callable[..., LabelIndex[Any]],
    layout: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Labels are cut into batches of rows, of fewer where there are many columns."""
    sets = {n: {f"k{n % 7}": str(n), "all": "x"} for n in range(100)}
    for rows, cells in ((30, 2**24), (2**17, 90), (2**17, 1)):
        monkeypatch.setattr(arrow_export, "_ROWS", rows)
        monkeypatch.setattr(arrow_export, "_CELLS", cells)
        assert list(way(LabelIndex(sets), layout, tmp_path).items()) == list(sets.items())


def test_a_row_group_for_each_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is written batch by batch."""
    monkeypatch.setattr(arrow_export, "_ROWS", 30)
    index = LabelIndex({n: {"a": "b"} for n in range(100)})
    index.to_parquet(tmp_path / "index.parquet")
    groups = pq.ParquetFile(tmp_path / "index.parquet").metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [30, 30, 30, 10]


def test_columns() -> None:
    """One column of strings for each key, null where the label is absent."""
    table = LabelIndex(PODS).to_arrow()
    assert table.schema.equals(
        pa.schema([("key", pa.string()), ("app", pa.string()), ("tier", pa.string())])
    )
    assert table.to_pydict() == {
        "key": ["web-1", "db-1", "web-2"],
        "app": ["web", None, "web"],
        "tier": ["front", None, ""],
    }


def test_map() -> None:
    """One column of maps; an item without labels has an empty one."""
    table = LabelIndex(PODS).to_arrow(layout="map", keys="name")
    assert table.schema.types == [pa.string(), pa.map_(pa.string(), pa.string())]
    assert table.to_pydict() == {
        "name": ["web-1", "db-1", "web-2"],
        "labels": [list(each.items()) for each in PODS.values()],
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_keys(layout: Any) -> None:
    """Then the rows come back under their numbers."""
    index = LabelIndex.from_arrow(LabelIndex(PODS).to_arrow(layout=layout, keys=None))
    assert dict(index.items()) == dict(enumerate(PODS.values()))
    numbers = index.to_arrow(layout=layout)
    assert numbers["key"].to_pylist() == [0, 1, 2]


def test_an_old_value_is_not_written() -> None:
    """A value that no item has any more is in no column, even if Arrow could not hold it."""
    index = LabelIndex({"a": {"app": "\ud800"}, "b": {"app": "web"}})
    del index["a"]
    assert index.to_arrow().to_pylist() == [{"key": "b", "app": "web"}]


@pytest.mark.parametrize("key", [True, None, 1.0, ("a",), 2**63, -(2**63) - 1])
def test_keys_that_are_no_column(key: Any) -> None:
    """They are refused by name, alone and beside others; without keys it works."""
    for index in (LabelIndex({key: {"a": "b"}}), LabelIndex({5: {"a": "b"}, key: {}})):
        with pytest.raises(TypeError, match="keys must be all strings or all integers of 64 bits"):
            index.to_arrow()
        assert index.to_arrow(keys=None).num_rows == 2 - (len(index) == 1)


def test_keys_of_two_types() -> None:
    """A column has one type."""
    with pytest.raises(TypeError, match="not 3; keys=None leaves them out"):
        LabelIndex({"a": {}, 3: {}}).to_arrow()


def test_integers_of_numpy() -> None:
    """They are integers, as for a dict."""
    index = LabelIndex({np.int64(3): {"a": "b"}, np.uint8(4): {}})
    assert index.to_arrow()["key"].to_pylist() == [3, 4]


@pytest.mark.parametrize(("layout", "name"), [("columns", "app"), ("map", "labels")])
def test_a_name_that_is_taken(layout: Any, name: str, tmp_path: Path) -> None:
    """The column of the keys is called as no other one; no file is left."""
    with pytest.raises(ValueError, match=f"cannot be called '{name}'.*give another name"):
        LabelIndex(PODS).to_parquet(tmp_path / "index.parquet", layout=layout, keys=name)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_layout() -> None:
    """It is said which ones there are."""
    with pytest.raises(ValueError, match="layout must be 'columns' or 'map', not 'json'"):
        LabelIndex(PODS).to_arrow(layout="json")  # type: ignore[arg-type]


def test_a_name_that_is_no_text() -> None:
    """The name of a column is a string; `from_arrow` also takes the keys themselves."""
    with pytest.raises(TypeError, match="str"):
        LabelIndex(PODS).to_arrow(keys=["a", "b", "c"])  # type: ignore[arg-type]


def test_no_column_at_all() -> None:
    """A table without columns has no rows, so that they would be lost."""
    with pytest.raises(ValueError, match="a table needs a column"):
        LabelIndex({"a": {}}).to_arrow(keys=None)
    assert LabelIndex({}).to_arrow(keys=None).num_rows == 0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("items", [{"\ud800": {}}, {"a": {"\ud800": ""}}, {"a": {"b": "\ud800"}}])
def test_a_text_that_arrow_cannot_hold(items: dict[str, Any], layout: Any, tmp_path: Path) -> None:
    """It is named. An old file stays as it is, and no other one is left."""
    path = tmp_path / "index.parquet"
    path.write_text("old")
    with pytest.raises(ValueError, match="half of a pair of surrogates, which Arrow cannot hold"):
        LabelIndex(items).to_parquet(path, layout=layout)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "old"


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how to get it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[arrow\]'"):
        LabelIndex(PODS).to_arrow()


@pytest.mark.parametrize(
    ("columns", "rows"), [(1, 6), (2, 5), (3, 3), (9, 1), (10, 1), (11, 1), (12, 1)]
)
def test_the_rows_of_a_batch(monkeypatch: pytest.MonkeyPatch, columns: int, rows: int) -> None:
    """At most so many rows, and at most so many cells, but one row at least."""
    monkeypatch.setattr(arrow_export, "_ROWS", 6)
    monkeypatch.setattr(arrow_export, "_CELLS", 10)
    index = LabelIndex({n: {f"k{key}": str(n) for key in range(columns)} for n in range(12)})
    table = index.to_arrow(layout="columns", keys=None)
    assert {len(chunk) for chunk in table.column(0).chunks[:-1]} == {rows}
    assert table.column("k0").to_pylist() == list(map(str, range(12)))


@pytest.mark.parametrize(("columns", "rows"), [(1, 2**17), (2**11, 2**13)])
def test_the_size_of_a_batch(columns: int, rows: int) -> None:
    """2**17 rows, or 2**24 cells: a column of Arrow's strings holds 2 GiB, 16 KB for each row."""
    index = LabelIndex({0: {f"k{key}": "v" for key in range(columns)}})
    index.update(dict.fromkeys(range(1, rows + 1)))
    table = index.to_arrow(layout="columns", keys=None)
    assert [len(chunk) for chunk in table.column(0).chunks] == [rows, 1]


def test_the_ends_of_int64() -> None:
    """The least and the greatest integer of 64 bits are keys like others."""
    keys = [-(2**63), 2**63 - 1]
    table = LabelIndex({key: {"k": "v"} for key in keys}).to_arrow(keys=KEYS)
    assert table.column(KEYS).to_pylist() == keys
    for key in (-(2**63) - 1, 2**63):
        with pytest.raises(TypeError, match="all integers of 64 bits"):
            LabelIndex({key: {"k": "v"}}).to_arrow(keys=KEYS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_few_rows_are_one_batch(layout: Any) -> None:
    """Also of a hundred columns."""
    table = LabelIndex({n: {f"k{n}": ""} for n in range(100)}).to_arrow(layout=layout)
    assert [column.num_chunks for column in table.columns] == [1] * table.num_columns
