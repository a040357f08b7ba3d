"""No text leaves its literal, nor a name its quotes: DuckDB and SQLite run what is written."""

from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import Equals, any_of
from labelsel.engines import Columns, JsonColumn, LongTable, MapColumn, to_sql
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
