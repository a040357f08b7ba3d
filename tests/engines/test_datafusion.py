"""DataFusion answers as `matches`, in every layout."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.engines.answers import Asked, engine
from tests.engines.relation import COUNTS
from tests.engines.test_sql_engines import tables

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
    return Asked("datafusion", layout, run, size=0 if layout == "long" else 50)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("layout", ["columns", "map", "long"])
@pytest.mark.parametrize("memory", [True, False], ids=["memory", "parquet"])
def test_answers_as_matches(tmp_path: Path, layout: str, count: int, memory: bool) -> None:
    """Every selector selects the same rows, with values in the text and bound."""
    asked = made(tmp_path, layout, count, memory=memory)
    assert asked.differences(count) == []
    assert asked.differences(count, bound=True) == []
