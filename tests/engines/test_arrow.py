"""PyArrow answers as `matches`, over tables and files, and reads no more files than it must."""

import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from labelsel import And, Equals, In, NotEquals, Or, Selector, TranslationError
from labelsel.engines import Columns, JsonColumn, MapColumn, StructColumn, TableLayout
from labelsel.engines.arrow import to_arrow, values_arrow
from tests.engines.conftest import CompareMany
from tests.engines.frames import LAYOUTS, MAP, table_of
from tests.engines.relation import FEW, MANY, Rows, differences, selectors
from tests.vector_parts import PARTS, select_part

REGION = ds.partitioning(pa.schema([("region", pa.string())]), flavor="hive")
LAYOUT = Columns(["region", "app", "debug"])


def as_table(table: pa.Table, _: Path) -> Any:
    return table


def as_parts(table: pa.Table, _: Path) -> Any:
    """As a large row group is read: each part begins in the middle of an array."""
    rows = len(table) // 4
    return pa.concat_tables([table.slice(at, rows) for at in range(0, len(table), rows)])


def as_files(table: pa.Table, folder: Path) -> Any:
    pq.write_table(table, folder / "objects.parquet", row_group_size=500)
    return ds.dataset(folder)


def as_file_of_polars(table: pa.Table, folder: Path) -> Any:
    """Its maps are of large strings."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame.columns = table.column_names
    frame.write_parquet(folder / "objects.parquet")
    return ds.dataset(folder)


def answers(given: Any, layout: str) -> Callable[[Selector], Rows]:
    """Return what selects the rows of a table or of files."""
    values = cache(partial(values_arrow, layout=LAYOUTS[layout], dataset=given))

    def answer(selector: Selector) -> Any:
        condition = to_arrow(selector, LAYOUTS[layout], values=values)
        if isinstance(given, pa.Table):
            return given.filter(condition)["id"].to_numpy()
        return given.to_table(columns=["id"], filter=condition)["id"].to_numpy()

    return answer


Source = Callable[[pa.Table, Path], Any]


@pytest.mark.parametrize(
    ("layout", "source"),
    [
        ("columns", as_table),
        ("columns", as_files),
        ("columns", as_parts),
        ("map", as_table),
        ("map", as_parts),
        ("map", as_file_of_polars),
        ("struct", as_files),
        ("struct", as_parts),
    ],
)
@pytest.mark.parametrize("part", PARTS)
def test_arrow_answers_as_matches(layout: str, source: Source, part: str, tmp_path: Path) -> None:
    """Every selector selects the same rows there."""
    given = source(table_of(layout, FEW), tmp_path)
    assert differences(answers(given, layout), FEW, chosen=select_part(selectors(), part)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layout", "source"), [("columns", as_files), ("map", as_table), ("struct", as_table)]
)
def test_many_label_sets(
    compare_many: CompareMany, layout: str, source: Source, tmp_path: Path
) -> None:
    """Files of maps and structs are read whole for each selector: here these are in memory."""
    given = source(table_of(layout, MANY), tmp_path)
    compare_many("PyArrow", layout, answers(given, layout))


# Files and row groups


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> ds.Dataset:
    """Return 150 rows in three files: of two regions, and of none. A row group has 10 rows."""
    folder = tmp_path_factory.mktemp("regions")
    table = pa.table(
        {
            "region": ["eu"] * 50 + ["us"] * 50 + [None] * 50,
            "app": [f"app-{n:03}" for n in range(150)],
            "debug": [None] * 20 + ["x"] * 130,
        }
    )
    ds.write_dataset(
        table,
        folder,
        format="parquet",
        partitioning=REGION,
        min_rows_per_group=10,
        max_rows_per_group=10,
    )
    return ds.dataset(folder, partitioning=REGION)


@pytest.mark.parametrize(
    ("selector", "files", "row_groups", "rows"),
    [
        ("region=eu", ["eu"], 5, 50),
        ("region!=eu", [None, "us"], 10, 100),
        ("region", ["eu", "us"], 10, 100),
        ("!region", [None], 5, 50),
        ("region in (eu,us),app=app-013", ["eu", "us"], 1, 1),
        ("app in (app-013,app-145)", [None, "eu", "us"], 2, 2),
        ("app>7", [None, "eu", "us"], 0, 0),
        ("!debug", [None, "eu", "us"], 2, 20),
        ("debug!=x", [None, "eu", "us"], 2, 20),
        ("gone", [], 0, 0),
    ],
)
def test_only_what_may_match_is_read(
    regions: ds.Dataset, selector: str, files: list[str | None], row_groups: int, rows: int
) -> None:
    """A partition key selects the files, and the statistics select the row groups of each."""
    values = partial(values_arrow, layout=LAYOUT, dataset=regions)
    condition = to_arrow(selector, LAYOUT, values=values)
    fragments = list(regions.get_fragments(filter=condition))
    if selector != "app>7":  # nothing is > 7: that condition needs no file at all
        opened = [ds.get_partition_keys(each.partition_expression)["region"] for each in fragments]
        assert sorted(opened, key=str) == sorted(files, key=str)
    groups = [each.split_by_row_group(condition, schema=regions.schema) for each in fragments]
    assert sum(map(len, groups)) == row_groups
    assert regions.count_rows(filter=condition) == rows


def test_values_of_a_partition_key(regions: ds.Dataset) -> None:
    """They are read as those of any other column, null among them."""
    assert set(values_arrow("region", LAYOUT, regions)) == {"eu", "us", None}
    assert values_arrow("gone", LAYOUT, regions) == []


# Layouts


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.map_(pa.large_string(), pa.large_string()),
        pa.map_(pa.string(), pa.dictionary(pa.int32(), pa.string())),
    ],
)
def test_types_of_text(kind: Any) -> None:
    """Strings of another type are the same labels."""
    is_map = pa.types.is_map(kind)
    plain = pa.array([[("app", "web")], [], None], MAP) if is_map else pa.array(["web", "", None])
    table = pa.table({"app": plain.cast(kind)})
    layout: TableLayout = MapColumn("app") if is_map else Columns(["app"])
    assert table.filter(to_arrow("app=web", layout)).num_rows == 1
    assert table.filter(to_arrow("app!=web", layout)).num_rows == 2
    assert set(values_arrow("app", layout, table)) - {None, ""} == {"web"}


@pytest.mark.parametrize("given", [7, 7.0, True])
def test_columns_that_are_no_text(given: Any) -> None:
    """They are refused when the expression is used: '007' is not 7. So is a partition of them."""
    table = pa.table({"app": [given]})
    for text in ("app=7", "app=007", "app=true", "app!=1", "app notin (a,b)", "app", "!app"):
        with pytest.raises((pa.ArrowTypeError, pa.ArrowNotImplementedError)):
            table.filter(to_arrow(text, Columns(["app"])))
        with pytest.raises((pa.ArrowTypeError, pa.ArrowNotImplementedError)):
            ds.dataset(table).count_rows(filter=to_arrow(text, Columns(["app"])))


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.struct([("a", pa.string())])])
@pytest.mark.parametrize("text", ["app=web", "app!=web", "app", "!app"])
def test_nested_columns_are_refused(kind: Any, text: str) -> None:
    """A list of texts and a struct of them are no text."""
    table = pa.table({"app": pa.array([None], kind)})
    with pytest.raises(pa.ArrowNotImplementedError):
        table.filter(to_arrow(text, Columns(["app"])))


@pytest.mark.parametrize(
    ("key", "value", "held"),
    [
        (pa.string(), pa.int64(), ("app", 1)),
        (pa.string(), pa.bool_(), ("app", True)),
        (pa.string(), pa.float64(), ("app", 1.0)),
        (pa.string(), pa.date32(), ("app", 1)),
        (pa.string(), pa.list_(pa.string()), ("app", ["1"])),
        (pa.int64(), pa.string(), (1, "1")),
    ],
)
@pytest.mark.parametrize("text", ["app=1", "app!=1", "app", "!app", "1=1", "app in (1,true)"])
def test_maps_that_are_not_of_text_are_refused(key: Any, value: Any, held: Any, text: str) -> None:
    """A cast to strings would make the label ``app=1`` of a number."""
    table = pa.table({"m": pa.array([[held], None], pa.map_(key, value))})
    with pytest.raises(pa.ArrowNotImplementedError, match="Unsupported cast"):
        table.filter(to_arrow(text, MapColumn("m")))
    with pytest.raises(pa.ArrowNotImplementedError, match="Unsupported cast"):
        values_arrow("app", MapColumn("m"), table)


def test_a_partition_whose_type_was_guessed(tmp_path: Path) -> None:
    """PyArrow takes the folders 7 and 007 for the same integer, and is refused."""
    for cores in ("7", "007"):
        folder = tmp_path / f"cores={cores}"
        folder.mkdir()
        pq.write_table(pa.table({"name": [cores]}), folder / "nodes.parquet")
    condition = to_arrow("cores=7", Columns(["cores"]))
    with pytest.raises(pa.ArrowNotImplementedError, match="equal"):
        ds.dataset(tmp_path, partitioning="hive").to_table(filter=condition)
    texts = ds.partitioning(pa.schema([("cores", pa.string())]), flavor="hive")
    right = ds.dataset(tmp_path, partitioning=texts)
    assert right.to_table(filter=condition)["name"].to_pylist() == ["7"]


@pytest.mark.parametrize("strict", [Columns([], strict=True), StructColumn("a", [], strict=True)])
def test_a_strict_layout(strict: TableLayout) -> None:
    """A key without a column or field is an error."""
    with pytest.raises(TranslationError, match=r"'gone'.*strict"):
        to_arrow("gone=a", strict)


def test_other_layouts() -> None:
    """It is said which ones Arrow has."""
    with pytest.raises(TranslationError, match="Columns, MapColumn and StructColumn"):
        to_arrow("app=web", JsonColumn("labels"))


def test_a_text_that_arrow_cannot_hold() -> None:
    """Half of a pair of surrogates is no character."""
    for selector in (Equals("app", "\ud800"), Equals("\ud800", "web")):
        with pytest.raises(TranslationError, match="surrogates"):
            to_arrow(selector, MapColumn())


@pytest.mark.parametrize("node", [And, Or])
def test_many_conditions(node: type[And | Or]) -> None:
    """More of them would end the process: they are refused. A list of values may be long."""
    table = pa.table({f"app-{n}": [str(n), "no", None] for n in range(3)})
    layout = Columns(table.column_names)
    terms = tuple(NotEquals(f"app-{n % 3}", str(n)) for n in range(1_000))
    found = table.filter(to_arrow(node(terms), layout)).num_rows
    assert found == (2 if node is And else 3)
    with pytest.raises(TranslationError, match=r"'1,001 conditions' .*PyArrow's stack"):
        to_arrow(node((*terms, Equals("app-0", "x"))), layout)
    assert table.filter(to_arrow(In("app-0", map(str, range(10_000))), layout)).num_rows == 1


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said which extra to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "labelsel.engines.arrow")
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[arrow\]'"):
        __import__("labelsel.engines.arrow")
