"""DataFusion answers as `matches`, in every layout."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelsel import Selector
from labelsel.engines import to_bound_sql, to_sql
from tests.engines.answers import Asked, engine, run_recipe
from tests.engines.conftest import CompareMany
from tests.engines.relation import FEW, MANY, selectors
from tests.engines.sql_tables import LAYOUTS, tables
from tests.engines.test_wide_and_deep import LAYOUT, NAMES, ROWS, SELECTORS, expected, nested

datafusion = engine("datafusion")


def made(folder: Path, layout: str, count: int, *, memory: bool = False) -> Asked:
    """Make the tables of a layout, in memory or as Parquet, and return what asks about them."""
    context = datafusion.SessionContext()
    for name, (table, _) in tables(layout, count).items():
        file = folder / "table.parquet" if name != "their labels" else folder / "labels.parquet"
        if memory:
            context.from_arrow(table, name=f'"{name.replace(chr(34), chr(34) * 2)}"')
        else:
            pq.write_table(table, file)
            context.register_parquet(f'"{name.replace(chr(34), chr(34) * 2)}"', str(file))

    def run(text: str, parameters: dict[str, str]) -> pa.Table:
        return context.sql(text, param_values=parameters).to_arrow_table()

    # DataFusion has no EXISTS in a SELECT.
    return Asked("datafusion", LAYOUTS[layout], run, size=0 if layout == "long" else 50)


LAYOUT_NAMES = ["columns", "map", "long"]


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_many_label_sets(compare_many: CompareMany, tmp_path: Path, layout: str) -> None:
    """Every selector selects the same rows of Parquet files, with values in the text."""
    compare_many("DataFusion", layout, made(tmp_path, layout, MANY).answers(selectors()))


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
@pytest.mark.parametrize("memory", [True, False], ids=["memory", "parquet"])
def test_answers_as_matches(tmp_path: Path, layout: str, memory: bool) -> None:
    """Every selector selects the same rows in a WHERE, with values in the text or bound."""
    asked = replace(made(tmp_path, layout, FEW, memory=memory), size=0)
    assert asked.differences(FEW, bound=memory) == []


def test_the_recipe_runs() -> None:
    """The code in docs/engines.md selects what it says."""
    assert "context" in run_recipe("DataFusion")


@pytest.mark.parametrize("name", [each for each in NAMES if each.values != ("nested",)])
@pytest.mark.parametrize("bound", [False, True], ids=["text", "bound"])
def test_wide_selectors_are_answered(name: str, bound: bool) -> None:
    """Thousands of values and of terms are answered."""
    assert rows(SELECTORS[name], bound=bound) == expected(SELECTORS[name])


def test_deep_selectors_are_refused() -> None:
    """A hundred levels are an error of DataFusion, and the process goes on."""
    assert rows(nested(15)) == expected(nested(15))
    with pytest.raises(ValueError, match="RecursionLimitExceeded"):
        rows(nested(100))


def rows(selector: Selector, *, bound: bool = False) -> list[int]:
    """Return the rows of a selector in the table of test_wide_and_deep.py."""
    context = datafusion.SessionContext()
    columns = dict(zip(("id", "app", "tier"), map(list, zip(*ROWS, strict=True)), strict=True))
    context.from_arrow(pa.table(columns), name="t")
    text, parameters = to_bound_sql(selector, LAYOUT, dialect="datafusion")
    if not bound:
        text, parameters = to_sql(selector, LAYOUT, dialect="datafusion"), {}
    answer = context.sql(f"SELECT id FROM t WHERE {text} ORDER BY id", param_values=parameters)
    found: list[int] = answer.to_arrow_table().column(0).to_pylist()
    return found
