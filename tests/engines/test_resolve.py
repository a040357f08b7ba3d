"""What `resolve` makes of a selector, and what it refuses."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given

from labelsel import (
    GreaterThan,
    In,
    Matches,
    Requirement,
    Selector,
    StartsWith,
    TranslationError,
    compile_predicate,
    parse,
    parse_expression,
)
from labelsel.engines import (
    DIALECTS,
    Columns,
    JsonColumn,
    LongTable,
    MapColumn,
    resolve,
    to_arrow,
    to_bound_sql,
    to_polars,
    to_sql,
    to_sqlalchemy,
    values_sql,
)
from labelsel.engines.arrow import _ArrowWriter
from labelsel.engines.spark import to_spark
from labelsel.engines.writer import write
from tests.engines.relation import Labels
from tests.strategies import SELECTORS, label_sets


@given(SELECTORS, label_sets())
def test_the_resolved_selector_selects_the_same(selector: Selector, sets: list[Labels]) -> None:
    """By construction: the values of each key are those of the label sets."""
    values = lambda key: {labels[key] for labels in sets if key in labels}  # noqa: E731
    one, other = compile_predicate(selector), compile_predicate(resolve(selector, values))
    assert [one(labels) for labels in sets] == [other(labels) for labels in sets]


def test_the_values_of_a_key_are_read_once() -> None:
    read: list[str] = []

    def values(key: str) -> list[str | None]:
        read.append(key)
        return ["1", None, "10", "100", "1"]

    found = resolve("cores>5,cores<50,!gpu", values)
    assert str(found) == "cores in (10,100),cores in (1,10),!gpu"
    assert read == ["cores"]


def test_values_that_are_needed_and_not_given() -> None:
    with pytest.raises(TranslationError, match="distinct values of the key 'cores' must be read"):
        to_sql("cores>5", MapColumn(), dialect="duckdb")


def test_own_operators_of_an_engine_need_no_values() -> None:
    """Nor do their negations."""
    for selector in (StartsWith("app", "w"), ~StartsWith("app", "w")):
        assert "w" in to_sql(selector, MapColumn(), dialect="duckdb", native=True)
        with pytest.raises(TranslationError, match="must be read first"):
            to_sql(selector, MapColumn(), dialect="duckdb")


def test_more_values_than_the_limit() -> None:
    with pytest.raises(TranslationError, match="3 values of the key 'cores' are accepted, more"):
        resolve("cores>5", lambda _: ["6", "7", "8"], limit=2)
    assert resolve("cores>5", lambda _: ["6", "7", "8"], limit=3) == In("cores", ["6", "7", "8"])


NODES = sa.table("nodes", sa.column("cores"))
WRITERS: dict[str, Callable[..., Any]] = {
    "to_sql": partial(to_sql, dialect="duckdb"),
    "to_bound_sql": partial(to_bound_sql, dialect="duckdb"),
    "to_sqlalchemy": partial(to_sqlalchemy, table=NODES, dialect="sqlite"),
    "to_polars": to_polars,
    "to_arrow": to_arrow,
    "to_spark": to_spark,
}


@pytest.mark.parametrize("name", WRITERS)
def test_each_engine_takes_values_and_a_limit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They reach `resolve`: as many values as the limit are taken, and no more."""
    spark = SimpleNamespace(functions=SimpleNamespace(expr=str))  # needs no pyspark
    monkeypatch.setitem(sys.modules, "pyspark.sql", spark)
    monkeypatch.setitem(sys.modules, "pyspark", SimpleNamespace(sql=spark))
    values = lambda _: ["5", "6", "7"]  # noqa: E731
    written = partial(WRITERS[name], layout=Columns(["cores"]), values=values)
    assert str(written("cores>5", limit=2)) == str(written("cores in (6,7)"))
    with pytest.raises(TranslationError, match=r"3 values .* are accepted, more than the limit"):
        written("cores>4", limit=2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (lambda _: "67", r"values\('cores'\) must return strings, not "),
        (lambda _: 7, r"values\('cores'\) must return strings, not the number 7"),
        (lambda _: ["6", 7], r"values\('cores'\) must return strings, not 7"),
    ],
)
def test_values_that_are_no_strings(values: Callable[[str], Iterable[Any]], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        resolve("cores>5", values)


@pytest.mark.parametrize("limit", [None, "3", 2.5, True])
def test_a_limit_that_is_no_number(limit: Any) -> None:
    """Also where no values are read."""
    with pytest.raises(TypeError, match="expected a whole number as limit, got "):
        resolve("app=web", limit=limit)


@dataclass(frozen=True)
class _OneOf(Requirement):
    """A requirement with a field that has no hash."""

    key: str
    listed: list[str]

    def allows(self, value: str | None, /) -> bool:
        return value in self.listed

    def __str__(self) -> str:
        return f"{self.key} is one of {self.listed}"


def test_a_requirement_without_a_hash() -> None:
    """The message names its class."""
    for selector in (_OneOf("app", ["web"]), ~_OneOf("app", ["web"])):
        with pytest.raises(TypeError, match="_OneOf has a field without a hash: unhashable type"):
            resolve(selector, lambda _: ["web"])


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([], "the name of a table needs at least one part"),
        ("", "no column and no table can be called ''"),
        (None, "expected the name of a table, or the list of its parts, got None"),
        (["a", 1], "expected str in the collection, got int 1"),
    ],
)
def test_tables_without_a_name(table: Any, problem: str) -> None:
    """Not one of them is left out of the query."""
    with pytest.raises((ValueError, TypeError), match=problem):
        values_sql("cores", MapColumn(), table, dialect="duckdb")


@pytest.mark.parametrize("dialect", [None, ["duckdb"], 3])
def test_a_dialect_that_is_no_name(dialect: Any) -> None:
    """The message has the names."""
    with pytest.raises(TypeError, match="a dialect is duckdb, sqlite, postgresql, "):
        to_sql("app", MapColumn(), dialect=dialect)


def test_an_operator_that_an_engine_has_not() -> None:
    """Only what the engine was proven to answer is left to it."""
    pytest.importorskip("re2")
    selector = Matches("app", "web.*")
    table = sa.table("pods", sa.column("app"))
    for written_by in (to_sql, to_bound_sql, partial(to_sqlalchemy, table=table)):
        in_duckdb: Any = partial(written_by, selector, Columns(["app"]), dialect="duckdb")
        assert "regexp_full_match" in str(in_duckdb(native=True))
        with pytest.raises(TranslationError, match="must be read"):
            in_duckdb()
    with pytest.raises(TranslationError, match="must be read"):
        to_sql(selector, MapColumn(), dialect="spark", native=True)


def test_a_leaf_that_was_not_resolved() -> None:
    """`write` takes what `resolve` returned; no engine guesses at anything else."""
    with pytest.raises(TranslationError, match="the engine has no such operator"):
        write(GreaterThan("cores", "5"), _ArrowWriter(MapColumn()))


def test_names_of_dialects_and_layouts() -> None:
    with pytest.raises(ValueError, match="no dialect is called 'duck': there are duckdb, sqlite"):
        to_sql("app", MapColumn(), dialect="duck")
    assert to_sql("app", MapColumn(), dialect=DIALECTS["duckdb"])
    with pytest.raises(TypeError, match="expected a collection of keys, or a mapping from keys to"):
        Columns("app")
    with pytest.raises(TranslationError, match="the layout is strict and has no column for it"):
        to_sql("tier=web", Columns(["app"], strict=True), dialect="sqlite")
    with pytest.raises(TranslationError):
        to_polars(GreaterThan("cores", "5"), Columns(["cores"]))


def test_many_values_in_postgresql() -> None:
    """More than 100 are looked up in a hash table; the text says that with ``?``."""
    few, many = (In("app", map(str, range(count))) for count in (100, 101))
    assert '"labels" @> ' in to_sql(few, JsonColumn(), dialect="postgresql")
    assert '"labels" ? ' in to_sql(many, JsonColumn(), dialect="postgresql")
    assert len(to_bound_sql(many, JsonColumn(), dialect="postgresql").parameters) == 102


def test_sqlite_alone_lists_the_ids_of_a_long_table() -> None:
    """As text and in SQLAlchemy."""
    nodes = sa.table("nodes", sa.column("id"))
    layout = LongTable("nodes")
    for dialect in DIALECTS:
        listed = "IN (SELECT" in to_sql("a", layout, dialect=dialect)
        assert listed == (dialect == "sqlite")
        assert listed == ("EXISTS (SELECT 1" not in to_sql("a", layout, dialect=dialect))
    texts = {
        dialect: str(sa.select(nodes).where(to_sqlalchemy("a", layout, nodes, dialect=dialect)))
        for dialect in ("postgresql", "sqlite")
    }
    same = 'WHERE labels_1."object_id" = nodes.id AND '
    assert f'EXISTS (SELECT 1 \nFROM "labels" AS labels_1 \n{same}' in texts["postgresql"]
    assert "nodes.id IN (SELECT" in texts["sqlite"]


def test_expressions_of_the_other_language() -> None:
    selector = parse_expression("app starts with 'we' || !has(app)")
    found = resolve(selector, lambda _: ["web", "db"])
    assert found == parse("app in (web)") | parse("!app")
