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
from labelsel.engines import DIALECTS
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
    return {"map": "Map(String, String)", "json": "String"}.get(layout, "Nullable(String)")


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
