"""ClickHouse (chdb) answers as `matches`, in every layout, and with its own operators."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelsel import Matches
from labelsel.engines import DIALECTS, Columns, JsonColumn, MapColumn, to_sql
from tests.engines.answers import PATTERNS, UNENDED_PATTERNS, Asked, engine, native_requirements
from tests.engines.conftest import CompareMany
from tests.engines.relation import FEW, KEYS, MANY, selectors
from tests.engines.sql_tables import LAYOUTS, tables

sessions = engine("chdb.session")
quoted = DIALECTS["clickhouse"].identifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clickhouse")


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Any]:
    with sessions.Session(str(folder / "data")) as opened:
        yield opened


def made(session: Any, folder: Path, layout: str, count: int) -> Asked:
    """Make the tables of a layout, and return what asks about them."""
    for name, (table, _) in tables(layout, count).items():
        file = folder / "table.parquet"
        pq.write_table(table, file)
        types = ", ".join(f"{quoted(each)} {type_of(layout, each)}" for each in table.column_names)
        session.query(f"DROP TABLE IF EXISTS {quoted(name)}")
        session.query(f"CREATE TABLE {quoted(name)} ({types}) ENGINE = MergeTree ORDER BY tuple()")
        session.query(f"INSERT INTO {quoted(name)} SELECT * FROM file('{file}', Parquet)")

    def run(text: str, parameters: dict[str, str]) -> pa.Table:
        answer = session.query(text, "Arrow", params=parameters).bytes()
        return pa.ipc.open_file(answer).read_all()

    return Asked("clickhouse", LAYOUTS[layout], run)


def type_of(layout: str, column: str) -> str:
    if column in ("id", "object"):
        return "UInt32"
    return "Map(String, String)" if layout == "map" else "Nullable(String)"


ROOT = Path(__file__).parents[2]
LAYOUT_NAMES = ["columns", "map", "json", "long"]


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_many_label_sets(
    compare_many: CompareMany, session: Any, folder: Path, layout: str
) -> None:
    """Every selector selects the same rows, with values in the text."""
    answer = made(session, folder, layout, MANY).answers(selectors())
    compare_many("ClickHouse", layout, answer)


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_answers_as_matches(session: Any, folder: Path, layout: str) -> None:
    """Every selector selects the same rows in a WHERE, and with values bound."""
    asked = made(session, folder, layout, FEW)
    assert asked.differences(FEW, bound=True) == []
    assert replace(asked, size=0).differences(FEW, selectors()[::4]) == []


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_own_operators_answer_as_matches(session: Any, folder: Path, layout: str) -> None:
    """The operators of ClickHouse that `native` uses are equal, for every operand."""
    asked = made(session, folder, layout, FEW)
    chosen = native_requirements(DIALECTS["clickhouse"].native, PATTERNS)
    if layout == "long":  # each is a join
        chosen = chosen[::12]
    assert asked.differences(FEW, chosen, native=True) == []
    assert asked.differences(FEW, chosen, native=True, bound=True) == []


@pytest.mark.parametrize("pattern", UNENDED_PATTERNS)
def test_an_expression_that_does_not_end_its_literal_part_is_an_error(
    session: Any, folder: Path, pattern: str
) -> None:
    """ClickHouse refuses it, instead of reading it in another way."""
    asked = made(session, folder, "columns", FEW)
    with pytest.raises(RuntimeError, match="CANNOT_COMPILE_REGEXP"):
        asked.differences(FEW, [Matches(KEYS[0], pattern)], native=True)


def test_the_recipe_runs() -> None:
    """The code in docs/engines.md selects what it says. One process has one session."""
    code = "from tests.engines.answers import run_recipe; run_recipe('ClickHouse')"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def answers(session: Any, type_: str, held: list[str], layout: Any, text: str) -> list[bool]:
    """Return the answers for a table with a column of a type, which has some values."""
    session.query("DROP TABLE IF EXISTS hostile")
    create = "CREATE TABLE hostile (id Int32, c {}) ENGINE = MergeTree ORDER BY id"
    session.query(create.format(type_))
    rows = ", ".join(f"({number}, {value})" for number, value in enumerate(held))
    session.query(f"INSERT INTO hostile VALUES {rows}")
    condition = to_sql(text, layout, dialect="clickhouse")
    answer = session.query(f"SELECT {condition} FROM hostile ORDER BY id", "Arrow").bytes()
    return [bool(each) for each in pa.ipc.open_file(answer).read_all().column(0).to_pylist()]


TEXTS = [
    ("Nullable(String)", ["'web'", "NULL"], Columns({"app": "c"})),
    ("LowCardinality(Nullable(String))", ["'web'", "NULL"], Columns({"app": "c"})),
    ("Nullable(FixedString(9))", ["'web'", "NULL"], Columns({"app": "c"})),
    ("Nullable(Enum('web', 'x'))", ["'web'", "NULL"], Columns({"app": "c"})),
    ("Map(String, String)", ["{'app': 'web'}", "{}"], MapColumn("c")),
    (
        "Map(LowCardinality(String), LowCardinality(String))",
        ["{'app': 'web'}", "{}"],
        MapColumn("c"),
    ),
    ("Map(String, Nullable(String))", ["{'app': 'web'}", "{'app': NULL}"], MapColumn("c")),
    ("Map(FixedString(5), FixedString(9))", ["{'app': 'web'}", "{}"], MapColumn("c")),
    ("Map(String, Enum('web', 'x'))", ["{'app': 'web'}", "{}"], MapColumn("c")),
    ("LowCardinality(String)", [r"'{\"app\": \"web\"}'", "'[]'"], JsonColumn("c")),
    ("Nullable(String)", [r"'{\"app\": \"web\"}'", "NULL"], JsonColumn("c")),
]


@pytest.mark.parametrize(("type_", "held", "layout"), TEXTS)
def test_types_of_text(session: Any, type_: str, held: list[str], layout: Any) -> None:
    """Each type of text holds the same labels."""
    assert answers(session, type_, held, layout, "app=web") == [True, False]
    assert answers(session, type_, held, layout, "!app") == [False, True]
    assert answers(session, type_, held, layout, "app!=x") == [True, True]


NO_TEXTS = [
    ("Map(String, Int32)", "{'app': 1}", MapColumn("c")),
    ("Map(String, Bool)", "{'app': true}", MapColumn("c")),
    ("Map(Int32, String)", "{1: 'web'}", MapColumn("c")),
    ("Map(String, Array(String))", "{'app': ['1']}", MapColumn("c")),
    ("Array(String)", "['1']", MapColumn("c")),
    ("String", r"'{\"app\": '", JsonColumn("c")),
    ("String", "''", JsonColumn("c")),
    ("JSON", r"'{\"app\": 1}'", JsonColumn("c")),
]


@pytest.mark.parametrize("text", ["app=1", "app!=1", "app", "!app"])
@pytest.mark.parametrize(("type_", "held", "layout"), NO_TEXTS)
def test_what_is_no_text_is_refused(
    session: Any, type_: str, held: str, layout: Any, text: str
) -> None:
    """Numbers would become labels, and what cannot be read would have none."""
    with pytest.raises(RuntimeError, match=r"labelsel: |supertype|type Map"):
        answers(session, type_, [held], layout, text)
