"""SQLite and DuckDB answer as `matches`, in every layout; no string leaves its literal."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from labelsel import parse
from labelsel.engines import (
    Columns,
    JsonColumn,
    LongTable,
    MapColumn,
    to_bound_sql,
    to_sql,
    values_sql,
)
from tests.engines.relation import COUNTS, KEYS, differences, label_sets
from tests.engines.sql_tables import labels_of, quoted

TABLE = 'the "objects"'
COLUMNS = {key: f"column {number} \"'" for number, key in enumerate(KEYS)}
LONG = LongTable(TABLE, table="their labels", id="object", key="k", value="v")
LAYOUTS = {
    "columns": Columns(COLUMNS),
    "map": MapColumn("the labels"),
    "json": JsonColumn("the labels"),
    "long": LONG,
}
Run = Callable[..., list[tuple[Any, ...]]]


def tables(
    layout: str, count: int, *, nul: bool = True
) -> dict[str, tuple[pa.Table, dict[str, str]]]:
    """Return the tables of a layout by their names, each with the types of its columns."""
    sets = label_sets(count, nul=nul)
    ids = list(range(count))
    if layout == "columns":
        columns = {COLUMNS[key]: [labels.get(key) for labels in sets] for key in KEYS}
        types = {"id": "INTEGER PRIMARY KEY", **dict.fromkeys(columns, "TEXT")}
        return {TABLE: (pa.table({"id": ids, **columns}), types)}
    if layout == "long":
        rows = list(zip(*labels_of(sets), strict=True))
        long = pa.table({"object": rows[0], "k": rows[1], "v": rows[2]})
        return {
            TABLE: (pa.table({"id": ids}), {"id": "INTEGER PRIMARY KEY"}),
            "their labels": (long, {"object": "INTEGER", "k": "TEXT", "v": "TEXT"}),
        }
    if layout == "map":
        given = [list(labels.items()) if labels else None for labels in sets]
        held = pa.array(given, pa.map_(pa.string(), pa.string()))
        type_ = "MAP(VARCHAR, VARCHAR)"
    else:
        held = pa.array([json.dumps(labels) if labels else None for labels in sets])
        type_ = "JSON"
    types = {"id": "INTEGER PRIMARY KEY", "the labels": type_}
    return {TABLE: (pa.table({"id": ids, "the labels": held}), types)}


def statement(name: str, types: dict[str, str]) -> str:
    columns = ", ".join(f"{quoted(column)} {type_}" for column, type_ in types.items())
    return f"CREATE TABLE {quoted(name)} ({columns})"


def sqlite(layout: str, count: int) -> Run:
    connection = sqlite3.connect(":memory:")
    for name, (table, types) in tables(layout, count, nul=layout != "json").items():
        connection.execute(statement(name, types))
        marks = ", ".join("?" * len(types))
        rows = zip(*table.to_pydict().values(), strict=True)
        connection.executemany(f"INSERT INTO {quoted(name)} VALUES ({marks})", rows)
    if layout == "long":  # without it each object takes a scan of all labels
        connection.execute('CREATE UNIQUE INDEX one ON "their labels" (object, k)')
    return lambda *given: connection.execute(*given).fetchall()


def duck(layout: str, count: int) -> Run:
    connection = duckdb.connect()
    for name, (table, types) in tables(layout, count).items():
        connection.execute(statement(name, types))
        connection.register("given", table)
        connection.execute(f"INSERT INTO {quoted(name)} SELECT * FROM given")
    return lambda *given: connection.execute(*given).fetchall()


NO_NUL = {("sqlite", "json")}
CASES = [
    ("sqlite", sqlite, "columns"),
    ("sqlite", sqlite, "json"),
    ("sqlite", sqlite, "long"),
    ("duckdb", duck, "columns"),
    ("duckdb", duck, "map"),
    ("duckdb", duck, "json"),
    ("duckdb", duck, "long"),
]


@pytest.mark.parametrize(("dialect", "engine", "name"), CASES)
@pytest.mark.parametrize("bound", [False, True], ids=["text", "bound"])
@pytest.mark.parametrize("count", COUNTS)
def test_engine_answers_as_matches(
    count: int, dialect: str, engine: Callable[[str, int], Run], name: str, bound: bool
) -> None:
    """Every selector selects the same rows there, with values in the text and bound."""
    run, layout = engine(name, count), LAYOUTS[name]
    read: dict[str, list[str]] = {}

    def values(key: str) -> list[str]:
        if key not in read:
            text = values_sql(key, layout, TABLE, dialect=dialect)
            read[key] = [row[0] for row in run(text)]
        return read[key]

    def answer(selector: Any) -> list[int]:
        start = f"SELECT id FROM {quoted(TABLE)} WHERE "
        if bound:
            text, parameters = to_bound_sql(selector, layout, dialect=dialect, values=values)
            return [row[0] for row in run(start + text, parameters)]
        text = to_sql(selector, layout, dialect=dialect, values=values)
        return [row[0] for row in run(start + text)]

    assert differences(answer, count, nul=(dialect, name) not in NO_NUL) == []


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_a_column_of_numbers_is_compared_as_text(dialect: str) -> None:
    """``cores=007`` is not the number 7: an engine would read the literal as a number."""
    connection: Any = sqlite3.connect(":memory:") if dialect == "sqlite" else duckdb.connect()
    connection.execute("CREATE TABLE nodes (id INTEGER, cores INTEGER)")
    connection.execute("INSERT INTO nodes VALUES (0, 7), (1, 8), (2, NULL)")
    layout = Columns(["cores"])
    query = values_sql("cores", layout, "nodes", dialect=dialect)
    read = [row[0] for row in connection.execute(query).fetchall()]
    assert sorted(read) == ["7", "8"]
    labels = [{"cores": "7"}, {"cores": "8"}, {}]
    for text in ("cores=007", "cores=7", "cores!=007", "cores notin (7,08)", "cores>7", "!cores"):
        selector = parse(text)
        for where, given in (
            (to_sql(selector, layout, dialect=dialect, values=lambda _: read), {}),
            to_bound_sql(selector, layout, dialect=dialect, values=lambda _: read),
        ):
            found = connection.execute(f"SELECT id FROM nodes WHERE {where} ORDER BY id", given)
            expected = [n for n, each in enumerate(labels) if selector.matches(each)]
            assert [row[0] for row in found.fetchall()] == expected, text
