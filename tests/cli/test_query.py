"""What ``labelsel query`` reads, shows and refuses: with real files of each kind."""

import json
import os
import pty
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelsel.cli.databases import open_database
from labelsel.cli.label_rows import LabelRows
from labelsel.cli.label_tables import choose_labels
from labelsel.engines import Columns, JsonColumn, LongTable, MapColumn, TableLayout, layout_text
from labelsel.selector import Everything, Selector
from tests.cli.conftest import Run
from tests.engines.relation import KEYS, Labels, differences, label_sets, selectors

COUNT = 2_000
TABLE = 'the "objects"'
COLUMNS = {key: f"column {number} \"'" for number, key in enumerate(KEYS)}
HOLDER = "the 'labels\""
LAYOUTS: dict[str, TableLayout] = {
    "columns": Columns(COLUMNS),
    "map": MapColumn(HOLDER),
    "json": JsonColumn(HOLDER),
    "long": LongTable(TABLE, table="their labels", id="object", key="k", value="v"),
}
MAP = pa.map_(pa.string(), pa.string())


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def arrow(layout: str, sets: Iterable[Labels]) -> pa.Table:
    """The table of the objects."""
    sets = list(sets)
    held: dict[str, Any] = {}
    if layout == "columns":
        held = {COLUMNS[key]: [labels.get(key) for labels in sets] for key in KEYS}
    elif layout == "map":
        held = {HOLDER: pa.array([list(each.items()) if each else None for each in sets], MAP)}
    elif layout == "json":
        held = {HOLDER: [json.dumps(labels) if labels else None for labels in sets]}
    return pa.table({"id": list(range(len(sets))), **held})


def long_rows(sets: Iterable[Labels]) -> list[tuple[int, str, str]]:
    return [(n, key, value) for n, labels in enumerate(sets) for key, value in labels.items()]


def make_parquet(path: Path, layout: str, sets: Iterable[Labels]) -> None:
    """Two files in a folder."""
    path.mkdir()
    table = arrow(layout, sets)
    pq.write_table(table.slice(0, 700), path / "a.parquet")
    pq.write_table(table.slice(700), path / "b.parquet")


def make_duckdb(path: Path, layout: str, sets: Iterable[Labels]) -> None:
    sets = list(sets)
    with duckdb.connect(str(path)) as connection:
        connection.register("given", arrow(layout, sets))
        connection.execute(f"CREATE TABLE {quoted(TABLE)} AS SELECT * FROM given")
        if layout == "long":
            rows = long_rows(sets)
            columns = {"object": [r[0] for r in rows], "k": [r[1] for r in rows]}
            connection.register("labels", pa.table({**columns, "v": [r[2] for r in rows]}))
            connection.execute('CREATE TABLE "their labels" AS SELECT * FROM labels')


def make_sqlite(path: Path, layout: str, sets: Iterable[Labels]) -> None:
    sets = list(sets)
    table = arrow(layout, sets).to_pydict()
    with sqlite3.connect(path) as connection:
        names = ", ".join(f"{quoted(name)} {'INT' if name == 'id' else 'TEXT'}" for name in table)
        connection.execute(f"CREATE TABLE {quoted(TABLE)} ({names})")
        marks = ", ".join("?" * len(table))
        rows = zip(*table.values(), strict=True)
        connection.executemany(f"INSERT INTO {quoted(TABLE)} VALUES ({marks})", rows)
        if layout == "long":
            connection.execute('CREATE TABLE "their labels" (object INT, k TEXT, v TEXT)')
            connection.executemany('INSERT INTO "their labels" VALUES (?, ?, ?)', long_rows(sets))
            connection.execute('CREATE INDEX one ON "their labels" (object, k)')
    connection.close()


Make = Callable[[Path, str, Iterable[Labels]], None]
KINDS: list[tuple[Make, str]] = [
    (make_parquet, "columns"),
    (make_parquet, "map"),
    (make_parquet, "json"),
    (make_duckdb, "columns"),
    (make_duckdb, "map"),
    (make_duckdb, "json"),
    (make_duckdb, "long"),
    (make_sqlite, "columns"),
    (make_sqlite, "json"),
    (make_sqlite, "long"),
]


@pytest.mark.parametrize(("make", "layout"), KINDS)
@pytest.mark.parametrize("every", [pytest.param(9), pytest.param(1, marks=pytest.mark.slow)])
def test_files_answer_as_matches(tmp_path: Path, make: Make, layout: str, every: int) -> None:
    """Each kind of file, with hostile names: the same rows, and the labels that were written."""
    nul = (make, layout) != (make_sqlite, "json")
    sets = label_sets(COUNT, nul=nul)
    make(tmp_path / "objects", layout, sets)
    text = layout_text(LAYOUTS[layout])
    with open_database([str(tmp_path / "objects")]) as database:
        rows = LabelRows(database, choose_labels(database, None, text))

        def answer(selector: Selector) -> list[int]:
            rows.check(selector)
            found = [row.columns["id"] for row in rows.select(selector, with_labels=False)]
            assert rows.count(selector) == len(found)
            return found

        known = [each for each in selectors(nul=nul) if "gone" not in each.keys()]
        assert differences(answer, COUNT, nul=nul, chosen=known[::every]) == []
        everything = rows.select(Everything())
        assert [row.labels for row in everything] == list(sets)
        assert rows.keys == sorted(KEYS)
