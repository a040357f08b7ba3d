"""Python's garbage collector does not work because many objects are made, nor meanwhile."""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labelsel import LabelIndex, LiveIndex, SelectorIndex, collector
from labelsel.collector import collector_paused
from tests.interrupts import after_calls, at_each, interrupt_at

pytestmark = pytest.mark.usefixtures("nothing_frozen")

MANY = 3000
ITEMS: dict[int, dict[str, Any]] = {
    number: {"app": f"a{number % 7}", "n": str(number)} for number in range(MANY)
}
TEXTS = {number: f"app=a{number % 7},n!={number}" for number in range(MANY)}

LOADS: dict[str, Callable[[], object]] = {
    "label sets": lambda: LabelIndex(ITEMS),
    "selectors": lambda: SelectorIndex(TEXTS),
    "items of both": lambda: LiveIndex[int, str]((), {"s": "app"}).update_items(ITEMS),
    "selectors of both": lambda: LiveIndex[str, int]({"i": {"app": "a1"}}).update_selectors(TEXTS),
}


@pytest.fixture
def runs() -> Iterator[list[int]]:
    """The generations that the collector looked at."""
    found: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            found.append(info["generation"])

    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)


def young() -> int:
    """How many objects the next run of the collector looks at."""
    return len(gc.get_objects(generation=0))


@pytest.mark.parametrize("name", LOADS)
def test_a_load_makes_no_work(name: str, runs: list[int]) -> None:
    """No thread waits for the collector, neither during the load nor just after it."""
    gc.collect(1)
    runs.clear()
    kept = LOADS[name]()
    assert young() < MANY
    assert runs == []
    del kept


def test_few_items_make_the_usual_work(runs: list[int]) -> None:
    """The collector is paused for very many items only, and not if the program turned it off."""
    with collector_paused(10):
        assert gc.isenabled()
        gc.collect(0)
    assert runs == [0]
    gc.disable()
    with collector_paused(MANY):
        pass
    assert not gc.isenabled()
    gc.enable()


def test_what_the_program_froze_stays_so() -> None:
    """A program that calls gc.freeze() does not want the collector to look at this any more."""
    gc.freeze()
    frozen = gc.get_freeze_count()
    assert frozen > MANY
    with collector_paused(MANY):
        kept = [[number] for number in range(MANY)]
    assert gc.get_freeze_count() >= frozen - 10
    gc.unfreeze()
    del kept


def test_frozen_objects_are_seldom_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python counts them one by one: a load that is small beside them does not ask for that."""
    counted: list[int] = []
    count = gc.get_freeze_count

    def counting() -> int:
        counted.append(count())
        return counted[-1]

    monkeypatch.setattr("gc.get_freeze_count", counting)
    gc.freeze()
    for _ in range(2):
        with collector_paused(MANY):
            pass
    assert len(counted) == 1
    assert counted[0] > 10 * MANY
    with collector_paused(counted[0]):
        pass
    assert len(counted) == 2
    gc.unfreeze()
    with collector_paused(counted[0]):
        pass
    assert collector._frozen < MANY
    with collector_paused(MANY):
        pass
    assert len(counted) == 4


def test_an_interrupt_leaves_the_collector_as_it_was() -> None:
    """Wherever Python looks for signals: it is on, and no object is frozen."""

    def load() -> None:
        with collector_paused(MANY):
            pass

    def check(step: int) -> bool:
        is_interrupted = interrupt_at(step, load, "labelsel.collector", after_calls)
        assert gc.isenabled()
        assert gc.get_freeze_count() < MANY
        return is_interrupted

    try:
        assert at_each(1, check) > 5
    finally:
        gc.enable()
        gc.unfreeze()
