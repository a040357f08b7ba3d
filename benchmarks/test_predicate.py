"""The compiled predicate beside a lambda that a person writes for the same selector."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.cases import CASES, Case
from benchmarks.measures import (
    Results,
    Rivals,
    predicate_race,
    predicate_rivals,
    same_values,
    sample,
)
from benchmarks.timing import CLOCK
from labelsel.selector import holds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.benchmark(group="predicate over 500 label sets, compiled", timer=CLOCK, max_time=0.05)
def test_predicate(benchmark: BenchmarkFixture, case: Case, results: Results) -> None:
    """Each selector alone; the ratio to the lambda stands below the tables."""
    rivals = predicate_rivals(case)
    if benchmark.enabled:
        results.predicates[case.name] = predicate_race(case)
    else:
        same_values({name: rival() for name, rival in rivals.items()})
    benchmark(rivals["compiled"])


@pytest.mark.parametrize("rival", ["by hand", "compiled", "checked", "matches", "holds"])
@pytest.mark.benchmark(
    group="predicate over 500 label sets, all selectors in turn", timer=CLOCK, max_time=0.5
)
def test_mix(benchmark: BenchmarkFixture, rival: str) -> None:
    """Each rival through all selectors; `holds`, the definition, shows what compiling saves."""
    turns = [_rivals(case)[rival] for case in CASES]
    benchmark(lambda: [turn() for turn in turns])


def _rivals(case: Case) -> Rivals:
    selector = case.selector
    walk = {"holds": lambda: [holds(selector, labels) for labels in sample()]}
    return predicate_rivals(case) | walk
