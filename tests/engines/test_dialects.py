"""What the dialects write, where a character has a meaning to the engine or to its clients."""

import sys
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from labelsel import Equals, Exists, Or, Selector, TranslationError
from labelsel.engines import (
    DIALECTS,
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    TableLayout,
    to_bound_sql,
    to_sql,
    to_sqlalchemy,
)
from labelsel.engines.layout_writer import WIDE
from labelsel.engines.spark import to_spark

MAP = MapColumn("m")


@pytest.mark.parametrize(
    ("dialect", "value", "written"),
    [
        ("clickhouse", "it's\\", "'it\\'s\\\\'"),
        ("clickhouse", "a\0b", "'a\\0b'"),
        ("datafusion", "it's\\", "'it''s\\'"),
        ("duckdb", "a\0b", "('a' || chr(0) || 'b')"),
        ("spark", "a b", "'a b'"),
        ("spark", "it's", "CAST(X'69742773' AS STRING)"),
        ("spark", "${x}", "CAST(X'247b787d' AS STRING)"),
        ("spark", "a\\", "CAST(X'615c' AS STRING)"),
        ("spark", "\n", "CAST(X'0a' AS STRING)"),
    ],
)
def test_literals(dialect: str, value: str, written: str) -> None:
    """A string is one literal, or an expression that means exactly the string."""
    assert f"IN ({written})" in to_sql(Equals("k", value), MAP, dialect=dialect)


@pytest.mark.parametrize(
    ("dialect", "layout", "text", "written"),
    [
        (
            "duckdb",
            Columns(["k"]),
            "k=v",
            """("k" IS NOT NULL AND "k" IN ('v') AND CAST("k" AS VARCHAR) COLLATE C IN ('v'))""",
        ),
        (
            "sqlite",
            Columns(["k"]),
            "k=v",
            (
                "(`k` IS NOT NULL AND `k` IN ('v', CAST('v' AS NUMERIC)) AND "
                "(CAST(`k` AS TEXT) || '') COLLATE BINARY IN ('v', CAST('v' AS NUMERIC)))"
            ),
        ),
        ("datafusion", MAP, "k", """(map_extract("m", 'k')[1] IS NOT NULL)"""),
        ("datafusion", MAP, "k=v", """coalesce(map_extract("m", 'k')[1] IN ('v'), FALSE)"""),
        (
            "duckdb",
            JsonColumn("m"),
            "a/b",
            (
                """((CASE WHEN json_type("m") = 'OBJECT' AND json_type("m", '/a~1b') = 'VARCHAR' """
                """THEN json_extract_string("m", '/a~1b') END) IS NOT NULL)"""
            ),
        ),
    ],
)
def test_whole_conditions(dialect: str, layout: TableLayout, text: str, written: str) -> None:
    """A column is compared as it is first, so that an index is used, and then letter by letter."""
    assert to_sql(text, layout, dialect=dialect) == written


def test_what_clients_of_clickhouse_escape_is_bound_in_hexadecimal() -> None:
    """A tab would be escaped by some clients, and be sent as it is by others."""
    text, parameters = to_bound_sql(Equals("k", "\t"), MAP, dialect="clickhouse")
    assert text.endswith("IN (unhex({p2:String})), FALSE), FALSE)")
    assert parameters == {"p1": "k", "p2": "09"}


def test_the_longest_name_of_postgresql() -> None:
    """It has 63 bytes: a longer one would be cut off, and be the name of another column."""
    name = "é" * 31 + "x"
    assert f'"{name}"' in to_sql("k", Columns({"k": name}), dialect="postgresql")
    with pytest.raises(TranslationError, match="cuts a name off after 63 bytes"):
        to_sql("k", Columns({"k": name + "x"}), dialect="postgresql")


def test_jsonb_of_letters_beyond_ascii() -> None:
    """They are written as they are: an escape would need the encoding UTF8 in the database."""
    written = to_sql(Equals("k", "é"), JsonColumn("m"), dialect="postgresql")
    assert """ARRAY['{"k": "é"}']""" in written


@pytest.mark.parametrize(
    ("dialect", "ignores_case", "doubles_percent", "without_nul"),
    [
        ("duckdb", True, False, []),
        ("sqlite", True, False, []),
        ("postgresql", False, True, [Columns, JsonColumn, Hstore]),
        ("clickhouse", False, False, []),
        ("datafusion", False, False, []),
        ("spark", True, False, []),
    ],
)
def test_what_an_engine_cannot_tell_apart_or_hold(
    dialect: str,
    ignores_case: bool,
    doubles_percent: bool,
    without_nul: list[type[TableLayout]],
) -> None:
    """Names that differ in case, the sign of its parameters, and strings with a NUL."""

    def is_refused(selector: Selector, layout: TableLayout) -> bool:
        try:
            to_sql(selector, layout, dialect=dialect)
        except TranslationError:
            return True
        return False

    assert is_refused(Exists("a"), Columns({"a": "x", "b": "X"})) == ignores_case
    text, _ = to_bound_sql("k", Columns({"k": "a%"}), dialect=dialect)
    assert ("a%%" in text, "a%" in text) == (doubles_percent, True)
    makers = {
        form: Columns(["k"]) if form is Columns else form() for form in DIALECTS[dialect].forms
    }
    refused = [form for form in makers if is_refused(Equals("k", "a\0"), makers[form])]
    assert refused == without_nul


@pytest.mark.parametrize("layout", [Columns({"k": "a${x}"}), MapColumn("${x}"), LongTable("${x}")])
def test_spark_would_replace_a_part_of_a_name(layout: Columns) -> None:
    """Spark replaces variables in names, too, and has no other way to write a name."""
    with pytest.raises(TranslationError, match="Spark substitutes"):
        to_sql("k=v", layout, dialect="spark")


def test_many_conditions_stand_in_groups() -> None:
    """No more than 32 conditions are side by side, so that no tree is deep."""
    many: Selector = Or(tuple(Equals(f"k{number}", "v") for number in range(100)))
    text = to_sql(many, MAP, dialect="duckdb")
    groups = text[1:-1].split(") OR (")
    assert [group.count(" OR ") for group in groups] == [31, 31, 31, 3]


def test_as_many_conditions_as_may_be_side_by_side() -> None:
    """They need no group."""
    keys = [f"k{number}" for number in range(WIDE)]
    selector, layout = Or(tuple(map(Exists, keys))), Columns(keys)
    assert to_sql(selector, layout, dialect="datafusion") == (
        "(" + " OR ".join(f'("{key}" IS NOT NULL)' for key in keys) + ")"
    )
    table = sa.table("t", *map(sa.column, keys))
    assert str(to_sqlalchemy(selector, layout, table, dialect="sqlite")) == (
        " OR ".join(f"(t.{key} IS NOT NULL)" for key in keys)
    )


def test_spark_reads_the_condition_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """`to_spark` is the condition of `to_sql`; this needs no pyspark."""
    stand_in = SimpleNamespace(functions=SimpleNamespace(expr=lambda text: ("expr", text)))
    monkeypatch.setitem(sys.modules, "pyspark.sql", stand_in)
    monkeypatch.setitem(sys.modules, "pyspark", SimpleNamespace(sql=stand_in))
    assert to_spark("k=v", MAP) == ("expr", to_sql("k=v", MAP, dialect="spark"))


def test_what_spark_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyspark the error says what to install."""
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ImportError, match="pip install pyspark"):
        to_spark("k=v", MAP)
