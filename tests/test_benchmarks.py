"""The benchmarks measure what they say: equal answers, the documented label sets, every query.

Nothing is timed here for its own sake; sizes are small.
"""

import doctest
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import labelsel
from benchmarks import demo, report, timing
from benchmarks.cases import CASES, Case
from benchmarks.data import DOCUMENTED, PAGE, figures, label_sets
from benchmarks.measures import (
    TEXTS,
    parsed_anew,
    population,
    predicate_race,
    query_rivals,
    same_keys,
    same_values,
)
from labelsel.selector import holds

ROOT = Path(__file__).resolve().parent.parent
N = 1_000

of_each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def digest(n: int) -> str:
    """Return a checksum of n label sets, the order of labels included."""
    return hashlib.sha256(json.dumps(label_sets(n)).encode()).hexdigest()


@pytest.mark.parametrize("n", [N, 10 * N])
def test_label_sets_come_to_what_is_documented(n: int) -> None:
    """The figures of the small sizes; ``python -m benchmarks.data`` checks all of them."""
    assert figures(label_sets(n)) == DOCUMENTED[n]


def test_label_sets_are_realistic() -> None:
    """What the documentation says of a million holds of the documented figures."""
    labels, distinct, rare = DOCUMENTED[1_000_000]
    assert 8.7 < labels / 1_000_000 < 8.9
    assert 360_000 < distinct < 380_000
    assert rare / distinct > 0.97


def test_label_sets_are_legal() -> None:
    """Kubernetes would take every one of them."""
    assert not [labels for labels in label_sets(N) if labelsel.validate_labels(labels)]


@pytest.mark.parametrize("seed", ["0", "1"])
def test_label_sets_are_the_same_in_every_process(seed: str) -> None:
    """The seed of Python's string hashes, which changes the order of sets, changes nothing."""
    code = f"from tests.test_benchmarks import digest; print(digest({N}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest(N)


def test_strings_are_shared_like_those_of_a_decoder() -> None:
    """Equal keys of a page are one object; equal values, and keys of two pages, are not."""
    sets = label_sets(2 * PAGE)
    first, page, after = sets[0], sets[:PAGE], sets[PAGE:]
    key = "app.kubernetes.io/name"
    assert len({id(k) for labels in page for k in labels if k == key}) == 1
    assert all(k is not mine for labels in after for k in labels for mine in first)
    same = [value for labels in sets if (value := labels[key]) == first[key]]
    assert len({id(value) for value in same}) == len(same) > 1


def test_there_are_queries_of_every_kind() -> None:
    """At least twenty, each name once, every requirement that a text can say, one to five."""
    assert len({case.name for case in CASES}) == len(CASES) >= 20
    terms = [
        selector.terms if isinstance(selector, labelsel.And) else (selector,)
        for selector in (case.selector for case in CASES)
    ]
    assert {len(some) for some in terms} == {1, 2, 3, 4, 5}
    assert {type(term) for some in terms for term in some} == {
        labelsel.Equals,
        labelsel.NotEquals,
        labelsel.In,
        labelsel.NotIn,
        labelsel.Exists,
        labelsel.DoesNotExist,
        labelsel.GreaterThan,
        labelsel.LessThan,
    }


@of_each_case
def test_a_query_selects_something(case: Case) -> None:
    """At the least size and the next; or nothing, where the case says so."""
    for n in (N, 10 * N):
        assert (population(n).index.count(case.selector) == 0) == case.empty


@of_each_case
def test_what_is_written_by_hand_means_the_selector(case: Case) -> None:
    """As the definition has it, label set by label set."""
    by_hand = case.by_hand()
    for labels in label_sets(10 * N):
        assert by_hand(labels) == holds(case.selector, labels)


@of_each_case
def test_rivals_find_the_same(case: Case) -> None:
    """The scans, the index and its count."""
    among = population(N)
    same_keys(among, {name: rival() for name, rival in query_rivals(case, among).items()})


@pytest.mark.parametrize("rival", ["scan compiled", "select", "count"])
def test_a_rival_that_finds_something_else_is_found_out(rival: str) -> None:
    """One wrong result, and nothing is timed."""
    among = population(N)
    results = {name: answer() for name, answer in query_rivals(CASES[0], among).items()}
    results[rival] = query_rivals(CASES[1], among)[rival]()
    with pytest.raises(AssertionError):
        same_keys(among, results)


def test_texts_have_the_requirements_they_are_named_by() -> None:
    """The texts that are parsed in the benchmarks."""
    for name, text in TEXTS.items():
        selector = parsed_anew(text)
        terms = selector.terms if isinstance(selector, labelsel.And) else (selector,)
        assert len(terms) == int(name.split()[0])
        assert parsed_anew(text) is not selector


def test_a_race_compares_before_it_times() -> None:
    """Rivals that do not agree are not called a second time."""
    calls: list[int] = []
    with pytest.raises(AssertionError):
        timing.race({"a": lambda: calls.append(1), "b": lambda: 2}, same_values)
    assert calls == [1]


def test_a_race_has_rounds_of_all_rivals() -> None:
    """Every rival takes part in every round, the slow one, too."""
    run = timing.race(
        {"slow": lambda: sum(range(1_000_000)) * 0, "fast": lambda: 0}, same_values, seconds=0.05
    )
    assert len(run.seconds["slow"]) == len(run.seconds["fast"]) >= 2
    assert run.ratio("slow", "fast") > 100


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything was slow leaves the ratio as it is."""
    run = timing.Race({"a": [2.0, 40.0, 6.0], "b": [1.0, 20.0, 2.0]})
    assert run.ratio("a", "b") == 2.0
    assert run.median("a") == 6.0
    assert timing.Mix([run, timing.Race({"a": [8.0], "b": [1.0]})]).ratio("a", "b") == 4.0


def test_examples_of_timing() -> None:
    """How durations and ratios are written."""
    found = doctest.testmod(timing)
    assert found.attempted
    assert not found.failed


def test_a_predicate_is_timed_by_the_call() -> None:
    """Not by the sample: one call takes nanoseconds, all of the sample many microseconds."""
    assert predicate_race(CASES[0]).median("by hand") < 2e-6


def test_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what it has to say, in 80 columns."""
    assert demo.main(["--sets", str(N)]) == 0
    shown = capsys.readouterr().out
    assert "An index of 1,000 label sets" in shown
    assert "Selection({'pod-42'})" in shown
    assert "hint: 'notin' is one word" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_report(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table, with a row for each size."""
    monkeypatch.setattr(report, "CASES", CASES[:2])
    assert report.main(["--sizes", "1000,2000", "--queries"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "10 requirements",
        "mean of 2",
        "name=web",
        "An answer from 1,000",
        "1,000",
        "2,000",
    ):
        assert words in shown
