"""Apache Spark answers as `matches`, in every layout: as SQL, with parameters and as a Column.

One local session serves the file; it takes half a minute to start.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelsel.engines.spark import to_spark
from tests.engines.answers import Asked, engine, rows_of, run_recipe
from tests.engines.conftest import CompareMany
from tests.engines.relation import FEW, MANY, differences, selectors
from tests.engines.sql_tables import LAYOUTS, TABLE, tables
from tests.engines.test_wide_and_deep import LAYOUT, ROWS, SELECTORS, expected

pyspark_sql = engine("pyspark.sql")
SIZE = 150
"""How many conditions one query has: with 450, compiling the query takes longer than three."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Any]:
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # A condition of many operators is not worth compiling for 20,000 rows.
        "spark.sql.codegen.wholeStage": "false",
    }
    builder = pyspark_sql.SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    opened = builder.getOrCreate()
    opened.sparkContext.setLogLevel("OFF")
    # What ${x} would become inside a literal.
    opened.sql("SET x=substituted")
    yield opened
    opened.stop()


def made(session: Any, folder: Path, layout: str, count: int) -> Asked:
    """Make the tables of a layout, and return what asks about them."""
    for name, (table, _) in tables(layout, count).items():
        file = folder / f"{layout}-{count}-{name.replace(chr(34), '')}.parquet"
        pq.write_table(table, file)
        session.read.parquet(str(file)).createOrReplaceTempView(f"`{name}`")

    def run(text: str, parameters: dict[str, str]) -> pa.Table:
        return session.sql(text, args=parameters).toArrow()

    # Spark has no EXISTS in a SELECT.
    return Asked("spark", LAYOUTS[layout], run, size=0 if layout == "long" else SIZE)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["columns", "map", "json", "long"])
def test_many_label_sets(
    compare_many: CompareMany, session: Any, folder: Path, layout: str
) -> None:
    """Every selector selects the same rows; of a long table an eighth: each is a query."""
    chosen = selectors()[:: 8 if layout == "long" else 1]
    answer = made(session, folder, layout, MANY).answers(chosen)
    compare_many("Spark", layout, answer, chosen=chosen)


@pytest.mark.parametrize("layout", ["columns", "map", "json", "long"])
def test_bound_values_answer_as_matches(session: Any, folder: Path, layout: str) -> None:
    """Selectors of every node select the same rows, with values bound: some of them."""
    asked = made(session, folder, layout, FEW)
    every = 16 if layout == "long" else 3
    assert asked.differences(FEW, selectors()[1::every], bound=True) == []


@pytest.mark.parametrize("layout", ["columns", "map", "json"])
def test_a_where_answers_as_matches(session: Any, folder: Path, layout: str) -> None:
    """A condition that Spark pushes down to the file selects the same rows."""
    asked = replace(made(session, folder, layout, FEW), size=0)
    assert asked.differences(FEW, selectors()[::16]) == []


@pytest.mark.parametrize("layout", ["columns"])
def test_columns_answer_as_matches(session: Any, folder: Path, layout: str) -> None:
    """`to_spark` selects the same rows."""
    asked = made(session, folder, layout, FEW)
    frame = session.table(f"`{TABLE}`").orderBy("id")
    chosen = selectors()[::4]
    columns = [
        to_spark(each, LAYOUTS[layout], values=asked.values).alias(f"c{number}")
        for number, each in enumerate(chosen)
    ]
    table = frame.select(*columns).toArrow()
    found = dict(zip(chosen, map(rows_of, table.columns), strict=True))
    assert differences(found.__getitem__, FEW, chosen=chosen) == []


def test_the_recipe_runs(session: Any) -> None:
    """The code in docs/engines.md selects what it says."""
    assert run_recipe("Spark")["spark"] is session


@pytest.mark.parametrize("name", ["values", "or", "nested"])
def test_wide_and_deep_selectors_are_answered(session: Any, name: str) -> None:
    """Five thousand values, a thousand terms and a hundred levels are answered."""
    frame = session.createDataFrame(ROWS, "id int, app string, tier string")
    selected = frame.where(to_spark(SELECTORS[name], LAYOUT)).collect()
    assert [row.id for row in selected] == expected(SELECTORS[name])
