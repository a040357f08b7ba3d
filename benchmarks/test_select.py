"""`LabelIndex.select` and `count` beside plain scans, and what making the index takes."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import labelsel
from benchmarks.cases import CASES, Case
from benchmarks.measures import (
    Results,
    population,
    query_race,
    query_rivals,
    same_keys,
)
from benchmarks.timing import CLOCK


@pytest.mark.benchmark(timer=CLOCK)
def test_build(benchmark: BenchmarkFixture, size: int, results: Results) -> None:
    """An index of a dict of label sets."""
    benchmark.group = "index made from dicts"
    items = population(size).items
    rounds = max(1, min(20, 300_000 // size))
    index = benchmark.pedantic(  # type: ignore[no-untyped-call]  # typed in part only
        labelsel.LabelIndex, args=(items,), rounds=rounds
    )
    assert len(index) == size
    if benchmark.stats is not None:
        results.builds[size] = benchmark.stats["median"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.benchmark(timer=CLOCK, max_time=0.03)
def test_select(benchmark: BenchmarkFixture, case: Case, size: int, results: Results) -> None:
    """Each query alone, its rows taken; the ratios to the scans stand below the tables."""
    benchmark.group = f"select from {size:,} label sets"
    among = population(size)
    rivals = query_rivals(case, among)
    if benchmark.enabled:
        results.queries.setdefault(size, {})[case.name] = query_race(case, among)
    else:
        same_keys(among, {name: rival() for name, rival in rivals.items()})
    benchmark(rivals["select"])
