"""Parsing texts, new ones and those in the cache."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import labelsel
from benchmarks.cases import CASES
from benchmarks.measures import TEXTS, parsed_anew
from benchmarks.timing import CLOCK

of_each_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@of_each_text
@pytest.mark.benchmark(group="parse a new text", timer=CLOCK, max_time=0.5)
def test_new_text(benchmark: BenchmarkFixture, text: str) -> None:
    """The whole way through the parser; the first call, which builds it, is warmed away."""
    assert benchmark(parsed_anew, text) == labelsel.parse(text)


@pytest.mark.benchmark(group="parse a new text", timer=CLOCK, max_time=0.5)
def test_new_texts_of_the_queries(benchmark: BenchmarkFixture) -> None:
    """All queries of cases.py, one after the other."""
    texts = [case.text for case in CASES]
    parsed = benchmark(lambda: list(map(parsed_anew, texts)))
    assert parsed == [case.selector for case in CASES]


@of_each_text
@pytest.mark.benchmark(group="parse a text in the cache", timer=CLOCK, max_time=0.5)
def test_cached_text(benchmark: BenchmarkFixture, text: str) -> None:
    """One look into the cache, however long the text."""
    selector = labelsel.parse(text)
    assert benchmark(labelsel.parse, text) is selector
