"""Selectors of thousands of values or terms, and of a hundred levels, are answered or refused."""

from collections.abc import Callable

import duckdb
import pytest

from labelsel import And, Equals, Exists, In, Not, Or, Selector, compile_predicate
from labelsel.engines import Columns, to_bound_sql, to_sql
from tests.databases import connect

LABELS: list[dict[str, str]] = [
    {"app": f"v{number}", "tier": str(number % 3)} if number % 7 else {"tier": "1"}
    for number in range(50)
]
LAYOUT = Columns(["app", "tier"])
ROWS = [(number, each.get("app"), each.get("tier")) for number, each in enumerate(LABELS)]
TABLE = "CREATE TABLE t (id INTEGER, app {type}, tier {type})"


def nested(depth: int) -> Selector:
    """Return And, Or and Not in turn, which no rule flattens."""
    selector: Selector = Equals("app", "v1")
    for level in range(depth):
        tier = Equals("tier", str(level % 3))
        app = Equals("app", f"v{level}")
        selector = (Not(selector), And((selector, Not(tier))), Or((selector, app)))[level % 3]
    return selector


def terms(count: int) -> tuple[Selector, ...]:
    """Return terms that are not joined to one: each has two keys."""
    return tuple(And((Equals("app", f"v{n}"), Not(Equals("tier", "1")))) for n in range(count))


SELECTORS = {
    "values": In("app", [f"v{number}" for number in range(5_000)]),
    "not values": Not(In("app", [f"v{number}" for number in range(20, 5_020)])),
    "or": Or(terms(1_000)),
    "and": And(tuple(map(Not, terms(1_000)))),
    "nested": nested(100),
    "or of 5,000": Or(terms(5_000)),
    "all": And((Exists("app"), nested(10))),
}

NAMES = [
    pytest.param(name, marks=[pytest.mark.slow] if name == "or of 5,000" else [])
    for name in SELECTORS
]
"""The names of all, of which the widest takes most of the time."""


def sqlite_rows(condition: str, parameters: dict[str, str] | None = None) -> list[int]:
    connection = connect()
    connection.execute(TABLE.format(type="TEXT"))
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    query = f"SELECT id FROM t WHERE {condition}"
    return [row[0] for row in connection.execute(query, parameters or {})]


def duckdb_rows(condition: str, parameters: dict[str, str] | None = None) -> list[int]:
    connection = duckdb.connect()
    connection.execute(TABLE.format(type="VARCHAR"))
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    query = f"SELECT id FROM t WHERE {condition}"
    return [row[0] for row in connection.execute(query, parameters or {}).fetchall()]


def expected(selector: Selector) -> list[int]:
    matches = compile_predicate(selector)
    return [number for number, labels in enumerate(LABELS) if matches(labels)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bound", [False, True], ids=["text", "bound"])
@pytest.mark.parametrize(("dialect", "rows"), [("sqlite", sqlite_rows), ("duckdb", duckdb_rows)])
def test_answered(dialect: str, rows: Callable[..., list[int]], bound: bool, name: str) -> None:
    """SQLite and DuckDB answer each of them."""
    selector = SELECTORS[name]
    if bound:
        text, parameters = to_bound_sql(selector, LAYOUT, dialect=dialect)
        assert rows(text, parameters) == expected(selector)
    else:
        assert rows(to_sql(selector, LAYOUT, dialect=dialect)) == expected(selector)
