"""The soak runs to its end, finds each kind of wrong answer, and writes what it measured.

Sizes are small and a minute is short. Nothing is timed here.
"""

import doctest
import gc
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import allocators, plots, soak, soak_live, soak_record
from benchmarks.soak_live import Live
from labelsel import LabelIndex, LiveIndex, SelectorIndex
from labelsel.kubernetes import Inventory

SHORT = ["--size=1000", "--minutes=2", "--minute=0.001", "--share=1"]


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "_WARM_ROUNDS", 2)


def test_a_short_soak(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything is done once at least, all answers are right, and one line says so."""
    assert soak.main(SHORT) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert re.match(
        r"2 minutes: [\d,]+ MiB after 1 minute, [\d,]+ MiB at the end, [01]\.\d+ times; "
        r"of that \d+ and \d+ MiB are free memory of the allocators; "
        r"in use are [01]\.\d+ times as much as at the start; ",
        line,
    )
    assert re.search(r"; \d,\d+ answers compared, 0 wrong; ", line)
    assert line.count(", then ") == len(plots.SOAKED)
    assert re.search(r"; the longest call took [\d.]+ .s \(.+\), and the garbage collector", line)


def test_free_memory_of_the_allocators() -> None:
    """Holes between objects count."""
    assert doctest.testmod(allocators).failed == 0
    assert allocators._unused_by_c() > 0


def test_the_times_of_calls() -> None:
    """Buckets are 2 % wide, and percentiles are those of all calls."""
    assert doctest.testmod(soak_record).failed == 0
    times = soak_record.Times()
    assert times.percentile(50) == 0.0
    for milliseconds in range(1, 1001):
        times.add(milliseconds / 1000)
    found = times.percentiles()
    expected = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "p100": 1.0}
    assert found == {name: pytest.approx(seconds, rel=0.011) for name, seconds in expected.items()}
    both = soak_record.merged([{"a": times}, {"a": times, "b": times}])
    assert (both["a"].total(), both["b"].total()) == (2000, 1000)


def test_the_collector_is_no_part_of_a_call() -> None:
    """The longest call is without the time of the garbage collector, which has times of its own."""
    record = soak_record.Record()
    gc.callbacks.append(record.time_collector)
    try:
        record.timed("call", gc.collect)
    finally:
        gc.callbacks.remove(record.time_collector)
    collector = record.times[soak_record.COLLECTOR]
    assert collector.total() == 1
    assert record.longest["call"] < collector.percentile(100)


def test_the_times_of_a_soak_are_kept_for_few_minutes() -> None:
    """Else they would be what grows."""
    run = soak.Soak(soak.Sizes(10, 10, 10, 10, 10), Path(), share=1)
    for _ in range(3 * soak._LONGEST):
        run.record.timed("change", lambda: None)
        run._look()
        run._end_minute()
    assert len(run._first) == len(run._last) == soak._LONGEST
    assert run.result()["calls"] == {"change": 3 * soak._LONGEST}


def test_a_comparison_that_fails() -> None:
    """It is counted, the first ones are described, and nothing is raised."""
    record = soak_record.Record()
    record.check(1, 1, "one")
    record.check_true([1], "true")
    record.check_raises(KeyError, lambda: dict[str, str]()["a"], "key")
    record.check_whole(lambda: None, "whole")
    assert (record.checked, record.wrong) == (4, 0)
    record.check(1, 2, "one", "and", 2)
    record.check_true([], "true")
    record.check_raises(KeyError, dict, "key")
    record.check_whole(_broken, "whole")
    assert (record.checked, record.wrong) == (8, 4)
    assert record.descriptions == [
        "one and 2: 1 instead of 2", "true", "key: no KeyError", "whole: AssertionError('torn')",
    ]  # fmt: skip
    for _ in range(100):
        record.check(1, 2, "more")
    assert (record.wrong, len(record.descriptions)) == (104, 20)


def _broken() -> None:
    raise AssertionError("torn")


def one_less(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call whose answer lacks one, if there is any."""

    def lying(*arguments: Any, **named: Any) -> Any:
        found = call(*arguments, **named)
        return found - 1 if isinstance(found, int) else type(found)(list(found)[1:])

    return lying


def torn(_: Callable[..., Any]) -> Callable[..., None]:
    """Return a check that always fails."""
    return lambda _: _broken()


def nothing(_: Callable[..., Any]) -> Callable[..., None]:
    """Return a call that does nothing."""
    return lambda *_: None


LIES: dict[str, tuple[type, str, Callable[[Any], Any], str]] = {
    "a count": (LabelIndex, "count", one_less, "length of"),
    "a change that is not made": (LabelIndex, "patch", nothing, "after a mistake|contents|loaded"),
    "broken invariants": (LabelIndex, "check_invariants", torn, "torn"),
    "matching selectors": (SelectorIndex, "matching", one_less, "matching"),
    "a subscriber that is kept": (LiveIndex, "_unsubscribe", nothing, "kept after their end"),
    "changes that are not told": (Live, "_follow", nothing, "all changes of|changes received"),
    "an event that is lost": (Inventory, "apply", nothing, "number of|pods|raised NotFoundError"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", LIES)
def test_a_fault_is_found(
    fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever lies, the soak says what is wrong, and its exit status tells."""
    owner, name, lie, told = LIES[fault]
    monkeypatch.setattr(soak, "_WARM_ROUNDS", 10)
    monkeypatch.setattr(soak_live, "_SUBSCRIBERS", 0)
    monkeypatch.setattr(owner, name, lie(getattr(owner, name)))
    assert soak.main([*SHORT, "--minutes=20"]) == 1
    assert re.search(told, capsys.readouterr().out)


@pytest.mark.parametrize(
    ("minutes", "last", "grew"),
    [(60, 110, False), (60, 111, True), (30, 111, True), (29, 200, False)],
)
def test_memory_that_grows(minutes: int, last: int, *, grew: bool) -> None:
    """More than a tenth in half an hour is too much. In a shorter run tables still fill."""
    words = soak.growth({"minutes": minutes, "memory": {"in use": {"first": 100, "last": last}}})
    told = f"the memory in use grew to {last / 100:.2f} times what it was: 1.1 times is allowed"
    assert words == (told if grew else "")


def test_memory_that_grows_fails_the_soak(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is kept of each change is found: here 2 MB of each minute."""
    monkeypatch.setattr(soak, "_JUDGED", 6)
    ends, kept = soak.Soak._end_minute, []

    def keeps(self: soak.Soak) -> None:
        kept.append(b"x" * 2_000_000 * (1 + self.minutes))
        self._look()
        ends(self)

    monkeypatch.setattr(soak.Soak, "_end_minute", keeps)
    assert soak.main([*SHORT, "--minutes=12"]) == 1
    assert "the memory in use grew to " in capsys.readouterr().out


def test_an_interrupt_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The minutes that were over count; without one there is no result."""
    ends = soak.Soak._end_minute

    def interrupted(self: soak.Soak) -> None:
        if self.minutes:
            raise KeyboardInterrupt
        ends(self)

    monkeypatch.setattr(soak.Soak, "_end_minute", interrupted)
    assert soak.main(SHORT) == 0
    assert capsys.readouterr().out.startswith("1 minute: ")


def test_an_interrupt_in_the_first_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(soak.Soak, "_warm_up", interrupted)
    assert soak.main(SHORT) == 1
    assert capsys.readouterr().out == "no minute was over, so there is no result\n"


@pytest.mark.slow
def test_what_is_written(tmp_path: Path) -> None:
    """The results as JSON, and a picture that the same results make again."""
    pytest.importorskip("matplotlib")
    assert soak.main([*SHORT, f"--output={tmp_path}"]) == 0
    found = json.loads((tmp_path / "soak.json").read_text(encoding="utf-8"))
    assert (found["minutes"], found["window"], found["wrong"]) == (2, 1, 0)
    assert found["there are"]["labels"] == 1000
    assert "labelsel" in found["setting"]["packages"]
    assert len(found["sizes"]) == 2
    plots.plot_soak(found, tmp_path / "again.svg")
    drawn = (tmp_path / "soak.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "again.svg").read_text(encoding="utf-8")
    assert "fill: #ffffff" not in drawn
