"""Comments that give a number name a command, and the command knows the constant."""

import re
from pathlib import Path

import pytest

from benchmarks.constants import CONSTANTS, Constant, grid, main, measure_values

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "selectors" / "labelsel").rglob("*.py"))


def test_the_commands_that_comments_name_exist() -> None:
    """Each NAME of ``python -m benchmarks.constants NAME`` in the code is measured."""
    found = set()
    for source in SOURCES:
        for names in re.findall(
            r"python -m benchmarks\.constants ([a-z -]+)``", source.read_text()
        ):
            found.update(names.split())
    assert found
    assert found <= CONSTANTS.keys()


@pytest.mark.parametrize("name", CONSTANTS)
def test_the_chosen_value_is_measured(name: str) -> None:
    """The value in the code is one of the values that are compared, or between two of them."""
    values = CONSTANTS[name].values
    assert min(values) <= CONSTANTS[name].chosen <= max(values)


def test_a_value_is_set_only_while_it_is_measured() -> None:
    """Whatever the measurement does, the constant has its value again."""
    module = CONSTANTS["columns"].module
    seen: list[int] = []

    def measure(size: int) -> dict[str, float]:
        seen.append(module.SIZE)
        return {"took": float(size - len(seen))}

    chosen = module.SIZE
    constant = Constant(module, "SIZE", (1, 2), measure)
    assert measure_values(constant, 10, 2) == {1: {"took": 7.0}, 2: {"took": 6.0}}
    assert seen == [1, 2, 1, 2]
    assert chosen == module.SIZE


def test_a_table_marks_the_chosen_value(capsys: pytest.CaptureFixture[str]) -> None:
    """One row for each value, one column for each number."""
    rows = grid("short-cut", 1_000, 1).rows
    assert [row[0] for row in rows] == ["8*"]
    assert main(["columns", "--size", "1000", "--rounds", "1"]) == 0
    assert "live.bit_matrix._MAX_COLUMNS_PER_LABEL" in capsys.readouterr().out
