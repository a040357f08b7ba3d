"""SQLite and DuckDB answer as `matches`, in every layout; no string leaves its literal."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from labelsel import Equals, Exists, NotEquals, TranslationError, parse
from labelsel.engines import (
    Columns,
    JsonColumn,
    LongTable,
    TableLayout,
    to_bound_sql,
    to_sql,
    values_sql,
)
from tests.databases import connect
from tests.engines.answers import Asked, fetched
from tests.engines.conftest import CompareMany
from tests.engines.relation import FEW, MANY, differences, selectors
from tests.engines.sql_tables import LAYOUTS, quoted, statement, tables
from tests.vector_parts import PARTS, select_part

# What an engine of the standard library and one of a wheel answer


Make = Callable[[str, int], Asked]


def size_of(layout: str) -> int:
    """Return how many conditions a query has; EXISTS takes half as long again in a SELECT."""
    return 0 if layout == "long" else 50


def sqlite(layout: str, count: int) -> Asked:
    """Make the tables of a layout in SQLite, and return what asks about them."""
    connection = connect()
    for name, (table, types) in tables(layout, count).items():
        connection.execute(statement(name, types))
        marks = ", ".join("?" * len(types))
        rows = zip(*table.to_pydict().values(), strict=True)
        connection.executemany(f"INSERT INTO {quoted(name)} VALUES ({marks})", rows)
    if layout == "long":  # without it each object takes a scan of all labels
        connection.execute('CREATE UNIQUE INDEX one ON "their labels" (object, k)')

    def run(text: str, parameters: dict[str, str]) -> pa.Table:
        return fetched(connection.execute(text, parameters))

    return Asked("sqlite", LAYOUTS[layout], run, size=size_of(layout))


def duck(layout: str, count: int) -> Asked:
    """Make the tables of a layout in DuckDB, and return what asks about them."""
    connection = duckdb.connect()
    for name, (table, types) in tables(layout, count).items():
        connection.execute(statement(name, types))
        connection.register("given", table)
        connection.execute(f"INSERT INTO {quoted(name)} SELECT * FROM given")

    def run(text: str, parameters: dict[str, str]) -> pa.Table:
        return connection.sql(text, params=parameters).to_arrow_table()

    return Asked("duckdb", LAYOUTS[layout], run, size=size_of(layout))


NAMES: dict[Make, str] = {sqlite: "SQLite", duck: "DuckDB"}
CASES = [
    (sqlite, "columns"),
    (sqlite, "json"),
    (sqlite, "long"),
    (duck, "columns"),
    (duck, "map"),
    (duck, "json"),
    (duck, "long"),
]
of_each_layout = pytest.mark.parametrize(("engine", "layout"), CASES)


@of_each_layout
@pytest.mark.parametrize("bound", [False, True], ids=["text", "bound"])
@pytest.mark.parametrize("part", PARTS)
def test_engine_answers_as_matches(engine: Make, layout: str, bound: bool, part: str) -> None:
    """Every selector selects the same rows there in a WHERE, with values in the text and bound."""
    asked = replace(engine(layout, FEW), size=0)
    chosen = select_part(selectors(), part)
    answer = asked.answers(chosen, bound=bound)
    assert differences(answer, FEW, chosen=chosen) == []


@pytest.mark.slow
@of_each_layout
def test_many_label_sets(compare_many: CompareMany, engine: Make, layout: str) -> None:
    """Every selector selects the same rows of many; those of a SELECT are NULL in none."""
    answer = engine(layout, MANY).answers(selectors())
    compare_many(NAMES[engine], layout, answer)


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_a_column_of_numbers_is_compared_as_text(dialect: str) -> None:
    """``cores=007`` is not the number 7: an engine would read the literal as a number."""
    connection: Any = connect() if dialect == "sqlite" else duckdb.connect()
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


def test_a_column_that_is_not_there_is_an_error_of_sqlite() -> None:
    """Between double quotes SQLite would take the name for a string: each row would match."""
    connection = connect()
    connection.execute("CREATE TABLE nodes (id INTEGER)")
    for text in ("app=app", "app", "!app"):
        where = to_sql(text, Columns(["app"]), dialect="sqlite")
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            connection.execute(f"SELECT id FROM nodes WHERE {where}")
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        connection.execute(values_sql("app", Columns(["app"]), "nodes", dialect="sqlite"))


@pytest.mark.parametrize("name", ["json", "Value", "ROOT", "rowid"])
def test_a_column_that_json_functions_hide_is_refused(name: str) -> None:
    """``json_each("json")`` would read its own column, and find no label in any row."""
    with pytest.raises(TranslationError, match="rename it in a view"):
        to_sql("!app", JsonColumn(name), dialect="sqlite")
    assert name in to_sql("!app", JsonColumn(name), dialect="duckdb")


@pytest.mark.parametrize("name", ["label", "Label", "LABEL", "label_"])
def test_the_alias_of_the_labels_hides_no_queried_table(name: str) -> None:
    """The names of tables are the same in upper and lower case."""
    layout = LongTable(name, table="tags", id="id")
    for dialect, opened in (("duckdb", duckdb.connect), ("sqlite", connect)):
        connection: Any = opened(":memory:")
        connection.execute(f"CREATE TABLE {quoted(name)} (id INTEGER)")
        connection.execute("CREATE TABLE tags (id INTEGER, key TEXT, value TEXT)")
        connection.execute(f"INSERT INTO {quoted(name)} VALUES (1), (2)")
        connection.execute("INSERT INTO tags VALUES (1, 'app', 'web')")
        for text, expected in (("app=web", [(1,)]), ("!app", [(2,)])):
            where = to_sql(text, layout, dialect=dialect)
            found = connection.execute(f"SELECT id FROM {quoted(name)} WHERE {where}")
            assert found.fetchall() == expected


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "spark"])
def test_columns_that_differ_in_case_only_are_refused(dialect: str) -> None:
    """To these engines they are one column, whose labels both keys would have."""
    with pytest.raises(TranslationError, match="the case does not count"):
        to_sql("app=web", Columns(["app", "App"]), dialect=dialect)
    assert "App" in to_sql("App=web", Columns(["app", "App"]), dialect="postgresql")


def test_duckdb_takes_only_strings_in_an_object_for_labels() -> None:
    """A pointer leads into a list, too, and numbers have a text."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE pods (id INTEGER, labels JSON)")
    bodies = ['{"app": "7"}', '{"app": 7}', '{"app": ["7"]}', '["7"]', '{"app": null}', "7"]
    connection.executemany("INSERT INTO pods VALUES (?, ?)", list(enumerate(bodies)))
    for text, expected in (("app=7", [0]), ("app", [0]), ("0=7", []), ("0", [])):
        where = to_sql(text, JsonColumn(), dialect="duckdb")
        found = connection.execute(f"SELECT id FROM pods WHERE {where}").fetchall()
        assert [row[0] for row in found] == expected, text


def test_a_key_that_is_twice_in_an_object_has_one_value_in_sqlite() -> None:
    """It is the first one, as in DuckDB: with both, a row would match ``app=a`` and ``app=b``."""
    bodies = [
        '{"app": "a", "app": "b"}',
        '{"app": 1, "app": "a"}',
        '{"app": "a", "app": 1}',
        '["a", "b"]',
        '"a"',
        None,
    ]
    for dialect, opened in (("sqlite", connect), ("duckdb", duckdb.connect)):
        connection: Any = opened(":memory:")
        connection.execute("CREATE TABLE pods (id INTEGER, labels JSON)")
        connection.executemany("INSERT INTO pods VALUES (?, ?)", list(enumerate(bodies)))
        for text, expected in (
            ("app=a", [0, 2]),
            ("app=b", []),
            ("app", [0, 2]),
            ("!app", [1, 3, 4, 5]),
            ("app!=a", [1, 3, 4, 5]),
            ("0=a", []),
        ):
            where = to_sql(text, JsonColumn(), dialect=dialect)
            found = connection.execute(f"SELECT id FROM pods WHERE {where} ORDER BY id").fetchall()
            assert [row[0] for row in found] == expected, (dialect, text)


_NULS = ("app", "app\0x", "app\1bx", "\1a", "\0", "\\u0000", "\\\0", "")
"""Texts with NUL, with what stands for it within SQLite, and what looks like its escape in JSON."""


def _made(dialect: str, sets: list[dict[str, str]]) -> Any:
    """Return a database with labels as JSON, in columns, and in a long table."""
    connection: Any = connect() if dialect == "sqlite" else duckdb.connect()
    columns = ", ".join(f"c{number} TEXT" for number in range(len(_NULS)))
    connection.execute(f"CREATE TABLE pods (id INTEGER, body JSON, {columns})")
    connection.execute("CREATE TABLE labels (object_id INTEGER, key TEXT, value TEXT)")
    marks = ", ".join("?" * len(_NULS))
    for number, labels in enumerate(sets):
        row = [number, json.dumps(labels), *map(labels.get, _NULS)]
        connection.execute(f"INSERT INTO pods VALUES (?, ?, {marks})", row)
        for label in labels.items():
            connection.execute("INSERT INTO labels VALUES (?, ?, ?)", [number, *label])
    return connection


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
@pytest.mark.parametrize(
    "layout",
    [
        JsonColumn("body"),
        Columns({text: f"c{number}" for number, text in enumerate(_NULS)}),
        LongTable("pods"),
    ],
)
def test_nul_in_keys_and_values(dialect: str, layout: TableLayout) -> None:
    """No key and no value ends there, also if the selector has none, but a label has one."""
    sets = [{}, *({key: value} for key in _NULS for value in _NULS)]
    sets += [{"app": "\0", "app\0x": "app"}, {"app\0x": "app", "app": "\0"}]
    connection = _made(dialect, sets)
    for key in _NULS:
        query = values_sql(key, layout, "pods", dialect=dialect)
        read = [value for (value,) in connection.execute(query).fetchall()]
        assert sorted(read) == sorted({labels[key] for labels in sets if key in labels})
        for selector in (
            Exists(key),
            *(make(key, v) for v in _NULS for make in (Equals, NotEquals)),
        ):
            expected = [(n,) for n, each in enumerate(sets) if selector.matches(each)]
            for where, given in (
                (to_sql(selector, layout, dialect=dialect), {}),
                to_bound_sql(selector, layout, dialect=dialect),
            ):
                found = connection.execute(f"SELECT id FROM pods WHERE {where} ORDER BY id", given)
                assert found.fetchall() == expected, selector


@pytest.mark.parametrize(
    "body", ['{"app": "web"}\0', '{"app": "web"}\0"}', "null\0x", '{"app": "w\0b"}', "\0", ""]
)
def test_what_follows_a_nul_is_no_json(body: str) -> None:
    """SQLite itself reads JSON up to a NUL: the row would have the label of the part before it."""
    for dialect in ("sqlite", "duckdb"):
        connection: Any = connect() if dialect == "sqlite" else duckdb.connect()
        connection.execute("CREATE TABLE pods (labels TEXT)")
        connection.execute("INSERT INTO pods VALUES (?)", [body])
        for text in ("app=web", "app", "!app"):
            where = to_sql(text, JsonColumn(), dialect=dialect)
            with pytest.raises(
                (sqlite3.OperationalError, duckdb.Error), match=r"[mM]alformed JSON"
            ):
                connection.execute(f"SELECT 1 FROM pods WHERE {where}").fetchall()


@pytest.mark.parametrize("layout", [Columns(["app"]), LongTable("pods")])
@pytest.mark.parametrize("bound", [False, True], ids=["text", "bound"])
def test_a_column_of_sqlite_without_a_type(layout: Any, bound: bool) -> None:
    """In a view a number may be equal to no text; it is compared as its text, as in a table."""
    held = [1, "1", 0, "0", 1.5, "web", "007", 7, None]
    connection = connect()
    connection.execute("CREATE TABLE raw (id, app)")
    connection.executemany("INSERT INTO raw VALUES (?, ?)", list(enumerate(held)))
    connection.execute("CREATE VIEW pods AS SELECT id, app FROM raw")
    connection.execute(
        "CREATE VIEW labels AS SELECT id AS object_id, 'app' AS key, app AS value FROM raw"
    )
    labels = [{} if value is None else {"app": str(value)} for value in held]
    for text in (
        "app=1",
        "app!=1",
        "app in (0,web)",
        "app=007",
        "app!=7",
        "app in (1.5,x)",
        "!app",
    ):
        selector = parse(text)
        where, given = to_bound_sql(selector, layout, dialect="sqlite")
        if not bound:
            where, given = to_sql(selector, layout, dialect="sqlite"), {}
        found = connection.execute(f"SELECT id FROM pods WHERE {where} ORDER BY id", given)
        expected = [n for n, each in enumerate(labels) if selector.matches(each)]
        assert [row[0] for row in found] == expected, text


def test_sqlite_uses_an_index_of_a_column() -> None:
    """The comparison with numbers beside texts does not hinder it."""
    connection = connect()
    connection.execute("CREATE TABLE pods (app TEXT)")
    connection.execute("CREATE INDEX by_app ON pods (app)")
    where = to_sql("app in (a,b)", Columns(["app"]), dialect="sqlite")
    plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM pods WHERE {where}").fetchall()
    assert "by_app (app=?)" in str(plan)
