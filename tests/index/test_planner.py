"""The order in which a plan applies its steps, and the costs behind it."""

from dataclasses import dataclass
from typing import Any

import pytest

from labelsel.index.planner import _order, _rank

TOTAL = 1600
"""Rows of the made-up store. More than 100 of them, 1/16, are kept as bits."""


@dataclass(frozen=True)
class Made:
    """A step of a weight."""

    name: str
    weight: int = 1


@dataclass(frozen=True)
class Store:
    """A store of so many rows."""

    rows: range = range(TOTAL)


@pytest.mark.parametrize(
    ("size", "step", "rank", "left"),
    [
        # A list: each of its rows is looked up in each bitmap of the step.
        (100, (2, True, 400), 2 * 100 / (1.0001 - 0.25), 25),
        (100, (2, False, 400), 2 * 100 / (1.0001 - 0.75), 75),
        # Bits stay bits: the whole bitmap is read, 64 rows at once, whatever the size.
        (404, (2, True, 400), 2 * 25 / (1.0001 - 0.25), 101),
        (404, (2, False, 1200), 2 * 25 / (1.0001 - 0.25), 101),
        # Bits become a list: each row that is left is also written, at three times the cost.
        (400, (2, True, 400), (2 * 25 + 3 * 100) / (1.0001 - 0.25), 100),
        (101, (2, True, 400), (2 * 25 + 3 * 25.25) / (1.0001 - 0.25), 25.25),
        # A step that removes nothing comes last.
        (100, (1, True, 1600), 1_000_000, 100),
    ],
)  # fmt: skip
def test_the_rank_of_a_step(
    size: float, step: tuple[int, bool, int], rank: float, left: float
) -> None:
    """The cost divided by the share of the rows that go; a step has a weight, and keeps or not."""
    weight, keeps, rows = step
    made: Any = Made("step", weight)
    assert _rank(size, (made, keeps, rows), TOTAL) == pytest.approx((rank, left))


@pytest.mark.parametrize(
    ("before", "expected"), [(0, "half list most"), (7, "half list most"), (8, "half most list")]
)
def test_steps_are_ranked_again_eight_times(before: int, expected: str) -> None:
    """After the first step fewer rows are left, so that to make them a list costs less."""
    free: list[Any] = [(Made(f"free {n}", 0), True, TOTAL) for n in range(before)]
    steps: list[Any] = [
        (Made("most"), False, 160), (Made("list"), True, 320), (Made("half"), True, 800),
    ]  # fmt: skip
    store: Any = Store()
    ordered = list(_order(400, [*steps, *free], store))
    names = " ".join(step.name for step, _ in ordered[before:])  # type: ignore[attr-defined]
    assert names == expected
    assert {(step.name, keeps) for step, keeps in ordered} == {  # type: ignore[attr-defined]
        (step.name, keeps) for step, keeps, _ in [*steps, *free]
    }
