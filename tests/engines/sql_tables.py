"""Tables for the tests of SQL, and a check that no text leaves its literal or its quotes."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from labelsel import Equals, TranslationError
from labelsel.engines import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    TableLayout,
    to_bound_sql,
    to_sql,
    values_sql,
)
from tests.engines.relation import KEYS, Labels, label_sets

_PARTS = (
    "'", "''", '"', '""', "\\", "\\'", ";", "--", "/*", "*/", "%", "%s", "%(p1)s", "$1", "$p1",
    "$$", ":p1", "?", "{value}", "{", "}", "E'", "U&'", "X'", "`", "[", "]", "\n", "\r", "\u2019",
    "' OR '1'='1", "'; DROP TABLE canary; --", '"; DROP TABLE canary; --', "\\'); --", "chr(0)",
)  # fmt: skip
_CHARACTER = st.characters(exclude_categories=["Cs"])
NAMES = st.lists(
    st.one_of(st.sampled_from(_PARTS), st.text(_CHARACTER, max_size=3)), max_size=4
).map("".join)
"""Texts that try to leave a literal."""

TABLE = 'the "objects"'
COLUMNS = {key: f"column {number} \"'" for number, key in enumerate(KEYS)}
LONG = LongTable(TABLE, table="their labels", id="object", key="k", value="v")
LAYOUTS = {
    "columns": Columns(COLUMNS),
    "map": MapColumn("the labels"),
    "json": JsonColumn("the labels"),
    "long": LONG,
}


@dataclass(frozen=True, slots=True)
class SqlEngine:
    """An engine that the check can use: how it runs a query, its parameters, its types."""

    dialect: str
    run: Callable[..., list[tuple[Any, ...]]]
    mark: str
    types: dict[type[TableLayout], str]
    list_tables: str


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def labels_of(sets: Iterable[Labels]) -> Iterable[tuple[int, str, str]]:
    for number, labels in enumerate(sets):
        for key, value in labels.items():
            yield number, key, value


@cache
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


def hstore_text(labels: Labels) -> str:
    """Return labels as PostgreSQL reads an hstore."""

    def word(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return ", ".join(f"{word(key)}=>{word(value)}" for key, value in labels.items())


def check_that_nothing_escapes(engine: SqlEngine, name: str, key: str, value: str) -> None:
    """Require that a value selects its own rows alone, whatever the names, in every layout.

    The names of the table and of its column are made from one text.
    """
    name = name.replace("\0", "")
    table, column = f"t{name[:11]}", f"c{name[:11]}"
    for kind, type_ in engine.types.items():
        layout: Any = {
            Columns: Columns({key: column}),
            LongTable: LongTable(table, table=column, id="id", key=f"k{name[:11]}", value="value"),
        }.get(kind) or kind(column)  # type: ignore[call-arg]  # the others have one column
        try:
            text = to_sql(Equals(key, value), layout, dialect=engine.dialect)
        except TranslationError:
            assert "\0" in key + value
            continue
        _check_layout(engine, layout, (table, column, type_), (key, value), text)


def _check_layout(
    engine: SqlEngine, layout: Any, names: tuple[str, str, str], label: tuple[str, str], text: str
) -> None:
    table, column, type_ = names
    key, value = label
    values = [value, f"{value}x", f"x{value}", "", None]
    expected = [n for n, held in enumerate(values) if held == value]
    percent = "%%" if engine.mark == "%s" else "%"

    def fill(created: str, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
        kinds = ", ".join(f"{quoted(each)} {kind}" for each, kind in columns.items())
        engine.run(f"CREATE TABLE {quoted(created)} ({kinds})")
        marks = ", ".join([engine.mark] * len(columns))
        insert = f"INSERT INTO {quoted(created).replace('%', percent)} VALUES ({marks})"
        for row in rows:
            engine.run(insert, row)

    if isinstance(layout, LongTable):
        fill(table, {"id": "INTEGER"}, [(n,) for n in range(len(values))])
        labels = {"id": "INTEGER", layout.key: "TEXT", "value": "TEXT"}
        rows = [(n, key, held) for n, held in enumerate(values)]
        fill(column, labels, [*rows, (0, f"{key}x", f"{value}x"), (1, f"{key}x", value)])
    else:
        fill(
            table,
            {"id": "INTEGER", column: type_},
            [(n, _held(layout, key, held)) for n, held in enumerate(values)],
        )
    before = engine.run(engine.list_tables)
    start = f"SELECT id FROM {quoted(table)} WHERE "
    assert sorted(engine.run(start + text)) == [(n,) for n in expected]
    bound, parameters = to_bound_sql(Equals(key, value), layout, dialect=engine.dialect)
    start = start.replace("%", percent)
    assert sorted(engine.run(start + bound, parameters)) == [(n,) for n in expected]
    read = values_sql(key, layout, table, dialect=engine.dialect)
    assert {row[0] for row in engine.run(read)} == set(values) - {None}
    assert engine.run(engine.list_tables) == before
    engine.run(f"DROP TABLE {quoted(table)}")
    if isinstance(layout, LongTable):
        engine.run(f"DROP TABLE {quoted(column)}")


def _held(layout: TableLayout, key: str, value: str | None) -> Any:
    """Return what a column holds for a label, None for no labels."""
    if isinstance(layout, Columns) or value is None:
        return value
    match layout:
        case MapColumn():
            return {"key": [key], "value": [value]}  # what DuckDB reads as a map
        case JsonColumn():
            return json.dumps({key: value})
        case _:
            assert isinstance(layout, Hstore)
            return hstore_text({key: value})
