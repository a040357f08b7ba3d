"""No text leaves its literal, nor a name its quotes: DuckDB and SQLite run what is written."""

import sqlite3
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.engines import Columns, JsonColumn, LongTable, MapColumn
from tests.engines.sql_tables import NAMES, SqlEngine, check_that_nothing_escapes


def sqlite_engine() -> SqlEngine:
    connection = sqlite3.connect(":memory:")
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
