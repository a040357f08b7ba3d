"""``python -m benchmarks.engines``: the queries on each engine, beside an index of the same.

Each engine loads the label sets of data.py in each of its table layouts, with the indexes that
docs/engines.md names for it. Then it counts the label sets of each query of cases.py, with the
condition that `labelsel.engines` wrote. A count that is not the index's is an error. The equality
of the rows themselves, with every character that some engine gives a meaning, is what
tests/engines proves.

An engine that is not installed is left out, and the table says so: `make engines` installs all.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from statistics import geometric_mean
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from rich.console import Console

import labelsel
from benchmarks.cases import CASES
from benchmarks.data import LabelSet, label_sets
from benchmarks.options import documented_parser
from benchmarks.tables import Grid
from benchmarks.timing import WALL, duration, timed
from labelsel.engines import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    StructColumn,
    TableLayout,
    to_sql,
    values_sql,
)
from tests.engines.postgres_server import postgres_server

__all__ = ["ENGINES", "LAYOUTS", "main", "measure", "write_tables"]

Count: TypeAlias = Callable[[labelsel.Selector], int]
Rows: TypeAlias = Sequence[Sequence[Any]]

OBJECTS: Final = "objects"
LABELS: Final = "object_labels"
LAYOUTS: Final[Mapping[str, TableLayout]] = {
    "columns": Columns(()),  # of the keys that there are: see `_layout`
    "struct": StructColumn("labels", ()),  # of the same
    "map": MapColumn("labels"),
    "json": JsonColumn("labels"),
    "hstore": Hstore("labels"),
    "long": LongTable(of=OBJECTS, table=LABELS),
}


def write_tables(folder: Path, sets: Sequence[LabelSet]) -> None:
    """Write the label sets as Parquet: a file for each layout, and two for the long one."""
    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    ids = list(range(len(sets)))
    columns = {key: [labels.get(key) for labels in sets] for key in _keys(sets)}
    maps = pa.array([list(labels.items()) for labels in sets], pa.map_(pa.string(), pa.string()))
    structs = pa.array(sets, pa.struct([(key, pa.string()) for key in _keys(sets)]))
    long = [(n, key, value) for n, labels in enumerate(sets) for key, value in labels.items()]
    objects, keys, values = zip(*long, strict=True)
    tables = {
        "columns": {"id": ids, **columns},
        "map": {"id": ids, "labels": maps},
        "struct": {"id": ids, "labels": structs},
        "json": {"id": ids, "labels": [json.dumps(labels) for labels in sets]},
        OBJECTS: {"id": ids},
        LABELS: {"object_id": objects, "key": keys, "value": values},
    }
    for name, columns in tables.items():
        parquet.write_table(pa.table(columns), folder / f"{name}.parquet")


def _keys(sets: Sequence[LabelSet]) -> list[str]:
    return sorted(set().union(*sets))


def _layout(name: str, folder: Path) -> TableLayout:
    if name not in ("columns", "struct"):
        return LAYOUTS[name]
    schema = import_module("pyarrow.parquet").read_schema(folder / "columns.parquet")
    keys = [key for key in schema.names if key != "id"]
    return Columns(keys) if name == "columns" else StructColumn("labels", keys)


def _files(name: str, folder: Path) -> dict[str, Path]:
    """Return the file of each table of a layout."""
    if name == "long":
        return {table: folder / f"{table}.parquet" for table in (OBJECTS, LABELS)}
    of = {"hstore": "json", "dicts": "json"}.get(name, name)
    return {OBJECTS: folder / f"{of}.parquet"}


def _by_sql(dialect: str, name: str, folder: Path, run: Callable[[str], Rows]) -> Count:
    layout = _layout(name, folder)

    @cache
    def values(key: str) -> list[str]:
        return [row[0] for row in run(values_sql(key, layout, OBJECTS, dialect=dialect))]

    def count(selector: labelsel.Selector) -> int:
        condition = to_sql(selector, layout, dialect=dialect, values=values)
        return int(run(f"SELECT count(*) FROM {OBJECTS} WHERE {condition}")[0][0])  # noqa: S608  # quoted by to_sql

    return count


@contextmanager
def _duckdb(name: str, folder: Path) -> Iterator[Count]:
    connection = import_module("duckdb").connect()
    for table, file in _files(name, folder).items():
        connection.read_parquet(str(file)).create(table)
    yield _by_sql("duckdb", name, folder, lambda text: connection.execute(text).fetchall())


@contextmanager
def _sqlite(name: str, folder: Path) -> Iterator[Count]:
    connection = sqlite3.connect(":memory:")
    for table, file in _files(name, folder).items():
        read = import_module("pyarrow.parquet").read_table(file)
        names = ", ".join(f'"{column}"' for column in read.column_names)
        marks = ", ".join("?" * read.num_columns)
        connection.execute(f"CREATE TABLE {table} ({names})")
        for batch in read.to_batches():
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  # names of ours
    if name == "long":
        connection.execute(f"CREATE UNIQUE INDEX of_object ON {LABELS} (object_id, key, value)")
        connection.execute(f"CREATE INDEX of_label ON {LABELS} (key, value, object_id)")
    elif name == "columns":
        for key in _layout(name, folder).columns:  # type: ignore[attr-defined]  # these are columns
            connection.execute(f'CREATE INDEX "of {key}" ON {OBJECTS} ("{key}")')
    connection.execute("ANALYZE")
    yield _by_sql("sqlite", name, folder, lambda text: connection.execute(text).fetchall())


@contextmanager
def _datafusion(name: str, folder: Path) -> Iterator[Count]:
    module = import_module("datafusion")
    context = module.SessionContext()
    for table, file in _files(name, folder).items():
        context.register_parquet(table, str(file))

    def run(text: str) -> Rows:
        read = context.sql(text).to_arrow_table()
        return list(zip(*read.to_pydict().values(), strict=True))

    yield _by_sql("datafusion", name, folder, run)


@contextmanager
def _clickhouse(name: str, folder: Path) -> Iterator[Count]:
    session = import_module("chdb.session").Session()
    try:
        for table, file in _files(name, folder).items():
            session.query(
                f"CREATE TABLE {table} ENGINE = MergeTree ORDER BY tuple() AS"  # noqa: S608  # our file
                f" SELECT * FROM file('{file}', Parquet)"
            )

        def run(text: str) -> Rows:
            found = str(session.query(text, "JSONCompactEachRow"))
            return [json.loads(line) for line in found.splitlines()]

        yield _by_sql("clickhouse", name, folder, run)
    finally:
        session.close()


@contextmanager
def _spark(name: str, folder: Path) -> Iterator[Count]:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # or it warns about the name of the machine
    sql = import_module("pyspark.sql")
    if shutil.which("java") is None:
        message = "there is no Java (Debian: apt-get install default-jre-headless)"
        raise FileNotFoundError(message)
    session = (
        sql.SparkSession.builder.master("local[*]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "4g")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    for table, file in _files(name, folder).items():
        session.read.parquet(str(file)).createOrReplaceTempView(table)
    yield _by_sql("spark", name, folder, lambda text: session.sql(text).collect())


@contextmanager
def _polars(name: str, folder: Path) -> Iterator[Count]:
    pl, ours = import_module("polars"), import_module("labelsel.engines.polars")
    layout = _layout(name, folder)
    frame = pl.read_parquet(_files(name, folder)[OBJECTS])
    values = cache(lambda key: ours.values_polars(key, layout, frame))

    def count(selector: labelsel.Selector) -> int:
        return int(frame.select(ours.to_polars(selector, layout, values=values).sum()).item())

    yield count


@contextmanager
def _pandas(name: str, folder: Path) -> Iterator[Count]:
    """Ask the predicate of a column of dicts, and an index of columns: the recipes of the page."""
    pandas = import_module("pandas")
    frame = pandas.read_parquet(_files(name, folder)[OBJECTS])
    if name == "dicts":
        labels = frame["labels"].map(json.loads)
        yield lambda selector: int(labels.map(labelsel.compile_predicate(selector)).sum())
    else:
        of = frame.drop(columns="id")
        table = import_module("pyarrow").Table.from_pandas(of, preserve_index=False)
        index = labelsel.LabelIndex.from_arrow(table)
        yield lambda selector: len(frame.iloc[index.select(selector).rows()])


@contextmanager
def _arrow(name: str, folder: Path) -> Iterator[Count]:
    ours = import_module("labelsel.engines.arrow")
    layout = _layout(name, folder)
    dataset = import_module("pyarrow.dataset").dataset(_files(name, folder)[OBJECTS])
    values = cache(lambda key: ours.values_arrow(key, layout, dataset))

    def count(selector: labelsel.Selector) -> int:
        return int(dataset.count_rows(filter=ours.to_arrow(selector, layout, values=values)))

    yield count


@contextmanager
def _postgresql(name: str, folder: Path) -> Iterator[Count]:
    """Ask a server of our own."""
    connect = import_module("psycopg").connect
    with (
        postgres_server("2GB") as host,
        connect(host=host, user="labelsel", dbname="postgres", autocommit=True) as connection,
    ):
        for table, file in _files(name, folder).items():
            read = import_module("pyarrow.parquet").read_table(file)
            held = {"json": "jsonb", "hstore": "jsonb"}.get(name, "text")
            types = {"id": "integer", "object_id": "integer", "labels": held}
            columns = ", ".join(f'"{each}" {types.get(each, "text")}' for each in read.column_names)
            connection.execute(f"CREATE TABLE {table} ({columns})")
            with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                for batch in read.to_batches():
                    for row in zip(*(each.to_pylist() for each in batch.columns), strict=True):
                        copy.write_row(row)
        for text in _POSTGRESQL_INDEXES[name]:
            connection.execute(text)
        if name == "columns":
            for key in _layout(name, folder).columns:  # type: ignore[attr-defined]  # as above
                connection.execute(f'CREATE INDEX ON {OBJECTS} ("{key}")')
        connection.execute("VACUUM ANALYZE")
        yield _by_sql("postgresql", name, folder, lambda text: connection.execute(text).fetchall())


_AS_HSTORE: Final = "(SELECT hstore(array_agg(key), array_agg(value)) FROM jsonb_each_text(labels))"
_POSTGRESQL_INDEXES: Final = {
    "columns": (),
    "json": (f"CREATE INDEX ON {OBJECTS} USING gin (labels)",),
    "hstore": (
        "CREATE EXTENSION IF NOT EXISTS hstore",
        f"ALTER TABLE {OBJECTS} ADD held hstore",
        f"UPDATE {OBJECTS} SET held = {_AS_HSTORE}",  # noqa: S608  # names of ours
        f"ALTER TABLE {OBJECTS} DROP labels",
        f"ALTER TABLE {OBJECTS} RENAME held TO labels",
        f"CREATE INDEX ON {OBJECTS} USING gin (labels)",
    ),
    "long": (
        f"CREATE UNIQUE INDEX ON {LABELS} (object_id, key)",
        f"CREATE INDEX ON {LABELS} (key, value, object_id)",
        f"CREATE UNIQUE INDEX ON {OBJECTS} (id)",
    ),
}

ENGINES: Final = {
    "DuckDB": (_duckdb, ("columns", "map", "json", "long")),
    "SQLite": (_sqlite, ("columns", "json", "long")),
    "PostgreSQL": (_postgresql, ("columns", "json", "hstore", "long")),
    "ClickHouse": (_clickhouse, ("columns", "map", "json", "long")),
    "DataFusion": (_datafusion, ("columns", "map", "long")),
    "Spark": (_spark, ("columns", "map", "json", "long")),
    "Polars": (_polars, ("columns", "map", "struct")),
    "PyArrow": (_arrow, ("columns", "map", "struct")),
    "pandas": (_pandas, ("columns", "dicts")),
}
"""What loads a layout and returns how to count, and the layouts, of each engine."""


def measure(engines: Sequence[str], size: int) -> tuple[Grid, list[str]]:
    """Ask each engine, and return the table, and what could not be asked, with the reason.

    AssertionError, with the query, where an engine counts otherwise than the index.
    """
    sets = label_sets(size)
    index = labelsel.LabelIndex(enumerate(sets))
    selectors = {case.text: case.selector for case in CASES}
    expected = {text: index.count(each) for text, each in selectors.items()}
    indexed = [timed(partial(index.count, each), WALL)[0] for each in selectors.values()]
    missing: list[str] = []
    made = Grid(
        f"The count of {len(CASES)} queries on each engine, {size:,} label sets",
        ("engine", "table layout", "load", "mean", "slowest", "index"),
        note=(
            "One call a query by the wall's clock, with the resolving and all threads; geometric "
            "means. PostgreSQL, SQLite: with indexes. Spark, DataFusion and PyArrow read Parquet "
            "each time, the others loaded it. Every count is the index's."
        ),
    )
    with TemporaryDirectory() as folder:
        write_tables(Path(folder), sets)
        for engine in engines:
            load, layouts = ENGINES[engine]
            for layout in layouts:
                try:
                    # A run takes a quarter of an hour, and a wrong count ends it.
                    print(f"{engine}, {layout}", file=sys.stderr)
                    taken = _asked(load(layout, Path(folder)), selectors, expected)
                except (ImportError, FileNotFoundError) as error:
                    missing.append(f"{engine}: {error}")
                    break
                loading, seconds = taken
                made.rows.append(
                    (
                        engine,
                        layout,
                        duration(loading),
                        duration(geometric_mean(seconds)),
                        duration(max(seconds)),
                        duration(geometric_mean(indexed)),
                    )
                )
    return made, missing


def _asked(
    loaded: AbstractContextManager[Count],
    selectors: Mapping[str, labelsel.Selector],
    expected: Mapping[str, int],
) -> tuple[float, list[float]]:
    """Return the seconds of loading, and those of each query."""
    start = WALL()
    with loaded as count:
        loading = WALL() - start
        seconds = []
        for text, selector in selectors.items():
            count(selector)  # reads the distinct values of a key, which is done once
            taken, found = timed(partial(count, selector), WALL)
            assert found == expected[text], f"{text}: {found} instead of {expected[text]}"
            seconds.append(taken)
    return loading, seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and print the table."""
    parser = documented_parser("benchmarks.engines", __doc__)
    parser.add_argument(
        "engines", nargs="*", metavar="ENGINE", help=f"of {', '.join(ENGINES)} (all)"
    )
    parser.add_argument("--size", type=int, default=1_000_000, help="label sets (1000000)")
    given = parser.parse_args(arguments)
    unknown = set(given.engines) - set(ENGINES)
    if unknown:
        parser.error(
            f"no such engine: {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}"
        )
    console = Console()
    console.width = max(console.width, 100)
    made, missing = measure(given.engines or list(ENGINES), given.size)
    console.print(made.rich())
    for line in missing:
        console.print(f"left out, {line}", style="red")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
