"""``python -m benchmarks.parquet_scale``: the same selectors on 100 million label sets in Parquet.

Writes the label sets of scale.py as Parquet, one file of a million each, partitioned by the label
``cluster``. Then Spark (a local cluster of two workers), DuckDB and Polars answer the queries over
the files, and an index of the same answers them in memory. Of each answer the number of rows and
the sum of their numbers must be those of the index before it counts.

The files stay in ``--folder`` if that is given, and are read again the next time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from rich.console import Console

import labelsel
from benchmarks.options import documented_parser
from benchmarks.process import resident
from benchmarks.scale import BATCH, QUERIES, batches
from benchmarks.tables import Grid
from benchmarks.timing import WALL, duration, timed
from labelsel.engines import Columns, to_sql, values_sql
from labelsel.engines.polars import to_polars

__all__ = ["ENGINES", "Answer", "main", "measure", "write_files"]

CLUSTER: Final = "cluster"
"""The label by which the files are partitioned: its value is in the name of a folder."""
ROW: Final = "row"
"""The column with the number of the label set."""
ROW_GROUP: Final = 2**17
PRUNED: Final = "cluster=c-000,env=prod"
"""A selector that names a partition: an engine need read only its file."""

Ask: TypeAlias = Callable[[labelsel.Selector], "Answer"]


class Answer(NamedTuple):
    """An answer, so far that two of them can be compared.

    Attributes:
        matches: how many label sets are selected.
        total: the sum of their numbers.
    """

    matches: int
    total: int


def write_files(folder: Path, rows: int) -> None:
    """Write so many label sets, unless they are there: one partition and one file a batch."""
    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    for number, batch in enumerate(batches(rows)):
        part = folder / f"{CLUSTER}=c-{number:03}"
        if (part / "labels.parquet").exists():
            continue
        part.mkdir(parents=True, exist_ok=True)
        start = number * BATCH
        numbers = pa.array(np.arange(start, start + batch.num_rows))
        unfinished = part / "unfinished"
        parquet.write_table(batch.append_column(ROW, numbers), unfinished, row_group_size=ROW_GROUP)
        unfinished.rename(part / "labels.parquet")


def _layout() -> Columns:
    schema = next(batches(1)).schema
    return Columns([*schema.names, CLUSTER])


@contextmanager
def _duckdb(folder: Path) -> Iterator[Ask]:
    connection = import_module("duckdb").connect()
    files = connection.read_parquet(f"{folder}/*/*.parquet", hive_partitioning=True)
    files.create_view("sets")
    yield _by_sql("duckdb", lambda text: connection.execute(text).fetchall())


@contextmanager
def _spark(folder: Path) -> Iterator[Ask]:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # where the workers listen
    sql = import_module("pyspark.sql")
    session = (
        sql.SparkSession.builder.master("local-cluster[2,1,3072]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.executor.memory", "3g")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    try:
        session.sparkContext.setLogLevel("OFF")  # its workers complain when they are ended
        session.read.parquet(str(folder)).createOrReplaceTempView("sets")
        yield _by_sql("spark", lambda text: session.sql(text).collect())
    finally:
        session.stop()


def _by_sql(dialect: str, run: Callable[[str], Sequence[Any]]) -> Ask:
    layout = _layout()

    @cache
    def values(key: str) -> list[str]:
        return [row[0] for row in run(values_sql(key, layout, "sets", dialect=dialect))]

    def ask(selector: labelsel.Selector) -> Answer:
        condition = to_sql(selector, layout, dialect=dialect, values=values)
        ((count, total),) = run(f"SELECT count(*), sum({ROW}) FROM sets WHERE {condition}")  # noqa: S608  # quoted by to_sql
        return Answer(count, int(total or 0))

    return ask


@contextmanager
def _polars(folder: Path) -> Iterator[Ask]:
    pl = import_module("polars")
    frame = pl.scan_parquet(f"{folder}/*/*.parquet", hive_partitioning=True)
    layout = _layout()

    @cache
    def values(key: str) -> list[str]:
        found = frame.select(pl.col(key).unique()).collect()
        return [value for value in found.to_series().to_list() if value is not None]

    def ask(selector: labelsel.Selector) -> Answer:
        chosen = frame.filter(to_polars(selector, layout, values=values)).select(
            pl.len(), pl.col(ROW).sum()
        )
        count, total = chosen.collect(engine="streaming").row(0)
        return Answer(count, total or 0)

    yield ask


ENGINES: Final = {"DuckDB": _duckdb, "Polars": _polars, "Spark": _spark}


@contextmanager
def _index(folder: Path) -> Iterator[Ask]:
    dataset = import_module("pyarrow.dataset").dataset(folder, partitioning="hive")
    names = [name for name in dataset.schema.names if name != ROW]
    # Batches in the order of the files, so that a row has the number of its label set.
    tables = dataset.to_batches(columns=names, batch_size=ROW_GROUP)
    pa = import_module("pyarrow")
    index = labelsel.LabelIndex.from_arrow(
        pa.Table.from_batches([batch]) for batch in tables if batch.num_rows
    )

    def ask(selector: labelsel.Selector) -> Answer:
        rows = index.select(selector).rows()
        return Answer(len(rows), int(rows.sum(dtype="int64")))

    yield ask


def measure(folder: Path, engines: Sequence[str]) -> Grid:
    """Ask each engine and the index, and compare what they answer. Seconds by the wall's clock.

    AssertionError, with the query, where an engine and the index differ.
    """
    selectors = {text: labelsel.parse(text) for text in (*QUERIES, PRUNED)}
    before = resident()
    start, building = WALL(), _index(folder)
    with building as ask:
        built, memory = WALL() - start, resident() - before
        expected = {text: timed(partial(ask, each), WALL) for text, each in selectors.items()}
    del ask  # and the index with it: 11 GB at 100 million label sets, which the engines can use
    taken: dict[str, dict[str, float]] = {}
    starts = {}
    for name in engines:
        start = WALL()
        with ENGINES[name](folder) as ask:
            ask(labelsel.parse("gone"))  # reads the files' footers, starts the workers
            starts[name] = WALL() - start
            taken[name] = {}
            for text, selector in selectors.items():
                seconds, answer = timed(partial(ask, selector), WALL)
                assert answer == expected[text][1], f"{name}: {text}: {answer}"
                taken[name][text] = seconds
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    made = Grid(
        "Label sets in Parquet, and an index of the same in memory",
        ("query", "matches", "index", *engines),
        note=(
            f"{size / 2**30:.2f} GiB of Parquet. The index is read from it in {duration(built)} and"
            f" holds {memory / 2**30:.1f} GiB. Until their first answer: "
            + ", ".join(f"{name} {duration(seconds)}" for name, seconds in starts.items())
            + ". Number and sum of the rows are equal everywhere."
        ),
    )
    for text, (seconds, answer) in expected.items():
        cells = [duration(taken[name][text]) for name in engines]
        made.rows.append((text, f"{answer.matches:,}", duration(seconds), *cells))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, ask, and print the table."""
    parser = documented_parser("benchmarks.parquet_scale", __doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="label sets (10000000)")
    parser.add_argument(
        "--folder", type=Path, help="where the files stay; else in a folder that is removed"
    )
    parser.add_argument(
        "--engines", nargs="+", choices=ENGINES, default=list(ENGINES), help="(all)"
    )
    given = parser.parse_args(arguments)
    console = Console()
    console.width = max(console.width, 120)
    with TemporaryDirectory() as made:
        folder = (given.folder or Path(made)) / f"{given.rows}"
        seconds, _ = timed(lambda: write_files(folder, given.rows), WALL)
        console.print(f"files: {duration(seconds)}", style="dim")
        console.print(measure(folder, given.engines).rich())
    return 0


if __name__ == "__main__":
    sys.exit(main())
