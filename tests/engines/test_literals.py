"""No text leaves its literal, nor a name its quotes: DuckDB and SQLite run what is written."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import Equals, any_of
from labelsel.engines import DIALECTS, Columns, JsonColumn, LongTable, MapColumn, to_sql
from tests.databases import connect
from tests.engines.sql_tables import NAMES, SqlEngine, check_that_nothing_escapes


def sqlite_engine() -> SqlEngine:
    connection = connect()
    return SqlEngine(
        "sqlite",
        lambda *given: connection.execute(*given).fetchall(),
        "?",
        {Columns: "TEXT", JsonColumn: "JSON", LongTable: ""},
        "SELECT name FROM sqlite_master ORDER BY name",
    )


def duckdb_engine() -> SqlEngine:
    connection = duckdb.connect()
    types = {
        Columns: "VARCHAR",
        JsonColumn: "JSON",
        MapColumn: "MAP(VARCHAR, VARCHAR)",
        LongTable: "",
    }

    return SqlEngine(
        "duckdb",
        lambda *given: connection.execute(*given).fetchall(),
        "?",
        types,
        "SELECT table_name FROM duckdb_tables ORDER BY table_name",
    )


@pytest.mark.parametrize("engine", [sqlite_engine, duckdb_engine])
def test_nothing_escapes(engine: Callable[[], SqlEngine]) -> None:
    """Every value selects its own rows alone, and all tables are still there."""
    known = engine()
    known.run("CREATE TABLE canary (id INTEGER)")

    @given(NAMES, NAMES, NAMES | st.text(st.characters(exclude_categories=["Cs"])))
    def check(name: str, key: str, value: str) -> None:
        check_that_nothing_escapes(known, name, key, value)

    check()


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_is_no_name_is_refused(name: str) -> None:
    """No engine has a column without a name, nor a NUL in a name."""
    with pytest.raises(ValueError, match="no column and no table can be called"):
        to_sql("app", JsonColumn(name), dialect="sqlite")


def test_many_conditions_and_a_table_called_label() -> None:
    """SQLite refuses an OR of a thousand conditions, and reads groups of them."""
    run = sqlite_engine().run
    run("CREATE TABLE label (id, app)")
    run("INSERT INTO label VALUES (1, 'web'), (2, 'db')")
    names = [f"k{number}" for number in range(2_000)]
    web = any_of([Equals(name, "web" if name == "k7" else name) for name in names])
    text = to_sql(web, Columns(dict.fromkeys(names, "app")), dialect="sqlite")
    assert run(f"SELECT id FROM label WHERE {text}") == [(1,)]
    run("CREATE TABLE labels (object_id, key, value)")
    run("INSERT INTO labels VALUES (2, 'app', 'db')")
    text = to_sql("app=db", LongTable("label"), dialect="sqlite")
    assert run(f"SELECT id FROM label WHERE {text}") == [(2,)]


#: Values with a NUL beside what stands for one in a literal.
WITH_NUL = st.lists(
    st.sampled_from(["\0", "<", ">", "0", "1", "<0>", "<1>", "'", "\\", "é", "😀", "a"]),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("name", "make"), [("sqlite", connect), ("duckdb", duckdb.connect)], ids=["sqlite", "duckdb"]
)
def test_a_literal_with_nuls_is_the_value(name: str, make: Callable[[], Any]) -> None:
    """Character by character, however many there are: a chain of 1,000 is too deep for both."""
    connection = make()

    def read(value: str) -> object:
        return connection.execute(f"SELECT {DIALECTS[name].literal(value)}").fetchone()[0]

    @given(WITH_NUL)
    def check(value: str) -> None:
        assert read(value) == value

    check()
    for value in ("\0" * 100_000, "a'\0" * 5_000, "<0>\0<1>\0" * 5_000, "<\0" + "0>" * 9):
        assert read(value) == value
    marks = "".join(f"<{number}>" for number in range(20_000)) + "\0"  # each is tried once
    assert read(marks) == marks


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_nuls_in_any_encoding(encoding: str) -> None:
    """SQLite reads a blob in the encoding of the database; a literal is the same in each."""
    connection = connect()
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute("CREATE TABLE t (id, app TEXT)")
    value = "é\0" * 2_000
    connection.execute("INSERT INTO t VALUES (1, ?), (2, ?)", (value, value[:-1]))
    text = to_sql(Equals("app", value), Columns({"app": "app"}), dialect="sqlite")
    assert connection.execute(f"SELECT id FROM t WHERE {text}").fetchall() == [(1,)]
