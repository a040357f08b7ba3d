"""DuckDB's own operators are equal, and no collation makes it select more."""

import duckdb
import pytest

from labelsel import Equals, Exists, Not, StartsWith, compile_predicate
from labelsel.engines import DIALECTS, Columns, JsonColumn, LongTable, MapColumn, to_sql, values_sql
from tests.engines.answers import PATTERNS, UNENDED_PATTERNS, native_requirements
from tests.engines.relation import FEW
from tests.engines.test_sql_engines import duck
from tests.vector_parts import PARTS, select_part


@pytest.mark.parametrize("bound", [False, True], ids=["text", "bound"])
@pytest.mark.parametrize("layout", ["columns", "map", "json", "long"])
@pytest.mark.parametrize("part", PARTS)
def test_own_operators_answer_as_matches(layout: str, bound: bool, part: str) -> None:
    """The operators of DuckDB that `native` uses are equal, for every operand."""
    asked = duck(layout, FEW)
    chosen = native_requirements(DIALECTS["duckdb"].native, [*PATTERNS, *UNENDED_PATTERNS])
    if layout == "long":  # each is a join
        chosen = chosen[::12]
    chosen = select_part(chosen, part)
    assert asked.differences(FEW, chosen, native=True, bound=bound) == []


LABELS = [{"app": "Web"}, {"app": "web"}, {"App": "web"}, {"app": "wéb"}, {}]
COLLATED = (
    (Columns(["app"]), "t"),
    (MapColumn("map"), "t"),
    (JsonColumn("json"), "t"),
    (LongTable("t", table="labels"), "t"),
)


@pytest.mark.parametrize(("layout", "table"), COLLATED)
@pytest.mark.parametrize("native", [False, True])
def test_a_collation_selects_no_more(layout: Columns, table: str, native: bool) -> None:
    """Columns and a session that ignore case and accents are compared character by character."""
    connection = duckdb.connect()
    type_ = "VARCHAR COLLATE NOCASE.NOACCENT"
    columns = f"id INTEGER, app {type_}, map MAP(VARCHAR, VARCHAR), json JSON"
    connection.execute(f"CREATE TABLE t ({columns})")
    connection.execute(f"CREATE TABLE labels (object_id INTEGER, key {type_}, value {type_})")
    for number, labels in enumerate(LABELS):
        row = [number, labels.get("app"), labels, labels]
        connection.execute("INSERT INTO t VALUES ($1, $2, $3, to_json($4))", row)
        for key, value in labels.items():
            connection.execute("INSERT INTO labels VALUES ($1, $2, $3)", [number, key, value])
    connection.execute("PRAGMA default_collation='NOCASE.NOACCENT'")

    def values(key: str) -> list[str]:
        text = values_sql(key, layout, table, dialect="duckdb")
        return [row[0] for row in connection.execute(text).fetchall()]

    for selector in (Equals("app", "web"), StartsWith("app", "w"), Exists("app")):
        for asked in (selector, Not(selector)):
            condition = to_sql(asked, layout, dialect="duckdb", values=values, native=native)
            rows = connection.execute(f"SELECT {condition} FROM t ORDER BY id").fetchall()
            assert [row[0] for row in rows] == list(map(compile_predicate(asked), LABELS)), asked


def test_a_null_in_a_long_table_is_an_absent_label() -> None:
    """A row of the table of labels whose value is NULL is no label."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT 0 AS id")
    connection.execute(
        "CREATE TABLE labels AS SELECT 0 AS object_id, 'k' AS key, NULL::VARCHAR AS value"
    )
    condition = to_sql(Exists("k"), LongTable("t"), dialect="duckdb")
    assert connection.execute(f"SELECT {condition} FROM t").fetchall() == [(False,)]


QUERIES = ("app=1", "app!=1", "app", "!app", "1=web", "app in (1,true)")


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize(
    ("type_", "held"),
    [
        ("MAP(VARCHAR, INTEGER)", "MAP {'app': 1}"),
        ("MAP(VARCHAR, BOOLEAN)", "MAP {'app': true}"),
        ("MAP(INTEGER, VARCHAR)", "MAP {1: 'web'}"),
        ("MAP(VARCHAR, JSON)", "MAP {'app': '1'}"),
        ("MAP(VARCHAR, VARCHAR[])", "MAP {'app': ['1']}"),
        ("MAP(VARCHAR, ENUM('web', '1'))", "MAP {'app': 'web'}"),
        ("MAP(BLOB, BLOB)", "MAP {'app': '1'}"),
        ("JSON", """'{"app": 1}'"""),
        ("STRUCT(app VARCHAR)", "{'app': '1'}"),
        ("VARCHAR[]", "['web', '1']"),
    ],
)
def test_a_column_that_is_no_map_of_texts_is_refused(type_: str, held: str, text: str) -> None:
    """A number would have become a label, and a list or JSON have been read by position.

    By DuckDB's types, or, of what it takes for a text or for a map, by our check.
    """
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE t (m {type_})")
    connection.execute(f"INSERT INTO t VALUES ({held}), (NULL)")
    condition = to_sql(text, MapColumn("m"), dialect="duckdb")
    with pytest.raises(duckdb.Error):
        connection.execute(f"SELECT * FROM t WHERE {condition}")
