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

from labelsel.engines import JsonColumn, MapColumn
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


JSON = [
    '{"app": "1"}',
    '{"app": 1}',
    '{"app": true}',
    '{"app": null}',
    '{"app": ["1"]}',
    '{"app": {"a": "1"}}',
    '{"app": "1", "app": "2"}',
    r'{"\u0061pp": "\u0031"}',
    '["1"]',
    '"1"',
    "{}",
    None,
]


def test_only_strings_in_an_object_are_labels(session: Any) -> None:
    """A number and a boolean have a text, which is no label."""
    frame = session.createDataFrame(list(enumerate(JSON)), "id int, labels string")
    labelled = [0, 6, 7]
    others = [number for number in range(len(JSON)) if number not in labelled]
    for text, rows in (
        ("app=1", labelled),
        ("app in (1,true)", labelled),
        ("app", labelled),
        ("!app", others),
        ("app!=1", others),
    ):
        found = frame.where(to_spark(text, JsonColumn())).collect()
        assert [row.id for row in found] == rows, text


@pytest.mark.parametrize("body", ["not", '{"app": "1"', ""])
def test_a_text_that_is_no_json_is_refused(session: Any, body: str) -> None:
    """It would have no labels."""
    frame = session.createDataFrame([(body,)], "labels string")
    for text in ("app=1", "!app"):
        with pytest.raises(
            Exception, match="labelsel: the labels are not the text of a JSON value"
        ):
            frame.where(to_spark(text, JsonColumn())).collect()


@pytest.mark.parametrize(
    "held",
    [
        "map('app', 1)",
        "map('app', true)",
        "map(1, '1')",
        "map('app', X'31')",
        "map('app', array('1'))",
        "map('APP' COLLATE UTF8_LCASE, '1')",
    ],
)
def test_a_map_that_is_not_of_texts_is_refused(session: Any, held: str) -> None:
    """A number would be a label, and a collation of the keys may ignore case."""
    frame = session.sql(f"SELECT {held} AS labels")
    for text in ("app=1", "app!=1", "app", "!app"):
        with pytest.raises(Exception, match=r"labelsel: not a map of texts|cannot cast"):
            frame.where(to_spark(text, MapColumn())).collect()


def test_a_collation_of_the_values_selects_no_more(session: Any) -> None:
    """They are compared character by character."""
    frame = session.sql("SELECT map('app', 'WEB' COLLATE UTF8_LCASE) AS labels")
    assert frame.where(to_spark("app=web", MapColumn())).count() == 0
    assert frame.where(to_spark("app=WEB", MapColumn())).count() == 1
