"""One thread changes an index while others read it: each answer is from before or after.

Each scenario is changes that keep something true, and questions that see whether it is. A
reader that looked into the middle of a change would find it untrue, or fail. That the scenarios
would notice is shown with an index whose lock is none.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

import pytest

from labelsel import (
    Change,
    GreaterThan,
    In,
    LabelIndex,
    LessThan,
    LiveIndex,
    Or,
    SelectorIndex,
    parse,
)

Index: TypeAlias = LabelIndex[int]
Selectors: TypeAlias = SelectorIndex[int]
Live: TypeAlias = LiveIndex[int, str]
T = TypeVar("T", Index, Selectors, Live)

ITEMS: Final = 80
READERS: Final = 3
ROUNDS: Final = 120
ANSWERS: Final = 500
#: Without the lock a fault is found in the first rounds; so many are tried before giving up.
UNGUARDED_ROUNDS: Final = 2000
NUMBERED: Final = GreaterThan("n", "-1")


@dataclass(frozen=True)
class Scenario(Generic[T]):
    """Changes that keep something true.

    Attributes:
        start: makes the index as it is at first.
        change: one round of changes.
        wrong: what a reader finds that cannot be; None where all is right.
    """

    start: Callable[[], T]
    change: Callable[[T, int], None]
    wrong: Callable[[T], object]


def unless(holds: bool, *found: object) -> object:  # noqa: FBT001  # a verdict
    """Return what was found, None where it is right."""
    return None if holds else found


# Every item is in one of two environments, and moves from one to the other.

IN_A: Final = parse("env=a")
IN_B: Final = parse("env=b")
IN_BOTH: Final = IN_A & IN_B
IN_EITHER: Final = Or((IN_A, IN_B))


def environments() -> Index:
    return LabelIndex({n: {"env": "ab"[n % 2], "n": str(n), "all": ""} for n in range(ITEMS)})


def move(index: Index, number: int) -> None:
    for key in range(ITEMS):
        index.patch(key, {"env": "ab"[(key + number + 1) % 2]})


def lost_or_doubled(index: Index) -> object:
    """Ask in one question for both environments: nothing is in none of them, or in both."""
    either = list(index.select(IN_EITHER))
    counts = [index.count(each) for each in (In("env", ["a", "b"]), IN_EITHER, "env", "all,env!=c")]
    neither = [index.count(each) for each in (IN_BOTH, "!env", "env,env notin (a,b)")]
    right = either == list(range(ITEMS)) and counts == [ITEMS] * 4 and not any(neither)
    return unless(right, either, counts, neither)


def torn_item(index: Index) -> object:
    """Look at items: each has all of its labels, in their order."""
    items = [index[key] for key in range(0, ITEMS, 7)]
    right = all(list(item) == ["env", "n", "all"] and item["env"] in "ab" for item in items)
    return unless(right, items)


# Two labels of an item are always equal, and are replaced together.


def pairs() -> Index:
    return LabelIndex({n: {"x": "0", "y": "0"} for n in range(ITEMS)})


def replace(index: Index, number: int) -> None:
    value = str(number % 3)
    for key in range(ITEMS):
        index[key] = {"x": value, "y": value}


def unequal(index: Index) -> object:
    """Ask for items whose labels differ: there are none."""
    found = {
        text: index.count(text)
        for value in "012"
        for text in (f"x={value},y!={value}", f"y={value},x!={value}", f"x={value},!y")
    }
    total = index.count(Or(tuple(parse(f"x={value},y={value}") for value in "012")))
    return unless(not any(found.values()) and total == ITEMS, found, total)


# As many items as come go, in one call or as a pair whose sum is told by labels.


def sums() -> Index:
    return LabelIndex({n: {"kind": "old" if n % 2 else "new", "n": str(n)} for n in range(ITEMS)})


def turn_over(index: Index, number: int) -> None:
    """Swap old and new: all of them in one update, and then one item comes and goes."""
    update = {
        n: {"kind": "old" if (n + number) % 2 else "new", "n": str(n + ITEMS * (number % 2))}
        for n in range(ITEMS)
    }
    index.update(update)
    index[ITEMS] = {"extra": str(number)}
    index.check_invariants()
    del index[ITEMS]


def count_off(index: Index) -> object:
    """Ask for numbers, kinds and keys: there are always as many, or one more of another kind."""
    inside = Or((LessThan("n", str(ITEMS)), GreaterThan("n", str(ITEMS - 1))))
    counts = [index.count(each) for each in ("kind in (old,new)", NUMBERED, inside, "kind,n")]
    sizes = [len(index), len(list(index)), index.count(""), len(index.select(""))]
    kinds = sum(index.label_values("kind").values())
    right = counts == [ITEMS] * 4 and kinds == ITEMS and set(sizes) <= {ITEMS, ITEMS + 1}
    return unless(right, counts, sizes, kinds)


# A selection, and a prepared query, from before the changes and in between.


def freed(index: Index, number: int) -> None:
    """Let items go and others take their rows; each has the label that its key says."""
    for key in range(ITEMS):
        gone = key + ITEMS * number
        del index[gone]
        index[gone + ITEMS] = {"key": str(gone + ITEMS), "some": "y"}


def first_keys() -> Index:
    return LabelIndex({n: {"key": str(n), "some": "y"} for n in range(ITEMS)})


def moved_selection(index: Index) -> object:
    """Ask twice for the keys of one selection, which never change, and of keys that differ."""
    query = index.prepare("some=y")
    selection = query.select()
    keys = list(selection)
    again = list(selection)
    inside = all(key in selection for key in keys[::9])
    right = keys == again and inside and len(keys) in {ITEMS - 1, ITEMS}
    right = right and keys == sorted(set(keys)) and query.explain().actual in {ITEMS - 1, ITEMS}
    return unless(right, keys, again)


# All of it goes, and comes again.


def empty_and_fill(index: Index, number: int) -> None:
    index.clear()
    index.update({n: {"round": str(number), "n": str(n)} for n in range(ITEMS)})


def filled() -> Index:
    return LabelIndex({n: {"round": "none", "n": str(n)} for n in range(ITEMS)})


def half_full(index: Index) -> object:
    """Ask how many there are: all of one round, or none."""
    counts = [index.count(each) for each in ("", "round", NUMBERED)]
    keys = list(index.select("round"))
    values = index.label_values("round")
    right = set(counts) <= {0, ITEMS} and keys in ([], list(range(ITEMS)))
    right = right and list(values.values()) in ([], [ITEMS])
    return unless(right, counts, keys, values)


# Selectors that are set again and again, and always select the same.


def both_ways() -> Selectors:
    return SelectorIndex({n: f"n!={n},env=a" for n in range(ITEMS)})


def refile(index: Selectors, number: int) -> None:
    """File each selector under the other label, one after the other, and look at places again."""
    for key in range(ITEMS):
        index[key] = (f"n!={key},env=a", f"n!={key},tier=b")[number % 2]
    index.check_invariants()


def lost_selectors(index: Selectors) -> object:
    """Ask with both labels: all selectors select them, wherever they are filed."""
    labels = {"env": "a", "n": "5", "tier": "b"}
    found = index.matching(labels)
    right = found == set(range(ITEMS)) - {5} and index.any_matching(labels)
    return unless(right, found)


# All selectors change at once.


def one_text() -> Selectors:
    return SelectorIndex(dict.fromkeys(range(ITEMS), "env=a"))


def turn_selectors(index: Selectors, number: int) -> None:
    """Give all keys another selector; every third time they go before."""
    if number % 3 == 0:
        index.clear()
    index.update(dict.fromkeys(range(ITEMS), ("env=b", "env=a")[number % 2]))


def half_turned(index: Selectors) -> object:
    """Ask which selectors there are, in many ways: all of them, or none."""
    counts = [
        len(index.matching({"env": "a"})),
        len(index.matching({"env": "b"})),
        *(len(keys) for _, keys in index.groups()),
        *(len(keys) for some in index.difference({"env": "b"}, {"env": "a"}) for keys in some),
    ]
    return unless(set(counts) <= {0, ITEMS} and index.distinct <= 1, counts)


# An item and its selector change in turn, and always match.


def followed() -> Live:
    live: Live = LiveIndex({1: {"n": "0"}}, {"follows": "n in (0,1)"})
    return live


def follow(live: Live, number: int) -> None:
    for step in range(number * 20, number * 20 + 20):
        live.set_item(1, {"n": str(step + 1)})
        live.set_selector("follows", In("n", [str(step + 1), str(step + 2)]))


def unfollowed(live: Live) -> object:
    """Ask for what matches from either side: it is never nothing."""
    found = live.selected_by(1), set(live.selection("follows"))
    return unless(found == ({"follows"}, {1}), found)


# The rows get other numbers, and items stay where they are.


def compact(index: Index, number: int) -> None:
    move(index, number)
    index.compact()


SCENARIOS: Final[dict[str, Scenario[Any]]] = {
    "lost or doubled": Scenario(environments, move, lost_or_doubled),
    "compact": Scenario(environments, compact, lost_or_doubled),
    "torn item": Scenario(environments, move, torn_item),
    "unequal": Scenario(pairs, replace, unequal),
    "count off": Scenario(sums, turn_over, count_off),
    "moved selection": Scenario(first_keys, freed, moved_selection),
    "half full": Scenario(filled, empty_and_fill, half_full),
    "lost selectors": Scenario(both_ways, refile, lost_selectors),
    "half turned": Scenario(one_text, turn_selectors, half_turned),
    "unfollowed": Scenario(followed, follow, unfollowed),
}


class NoLock(nullcontext[Any]):
    """A lock that every thread has."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass

    def _is_owned(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def stress(scenario: Scenario[T], index: T, rounds: int) -> list[object]:
    """Change the index in this thread while others read it. Return what is wrong, if anything.

    It ends with the first fault; or after so many rounds, and then as many answers.
    """
    faults: list[object] = []
    answers = [0] * READERS
    ended = threading.Event()
    ready = threading.Barrier(READERS + 1)

    def read(reader: int) -> None:
        ready.wait()
        while not ended.is_set() and not faults:
            try:
                found = scenario.wrong(index)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is a fault
                found = error
            if found is not None:
                faults.append(found)
            answers[reader] += 1

    readers = [threading.Thread(target=read, args=(n,), daemon=True) for n in range(READERS)]
    for reader in readers:
        reader.start()
    ready.wait()
    try:
        for number in count():
            if faults or (number >= rounds and sum(answers) >= ANSWERS):
                break
            scenario.change(index, number)
    except Exception as error:  # noqa: BLE001  # the writer is not to fail either
        faults.append(error)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    return faults


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_readers_beside_a_writer(name: str) -> None:
    """Readers see each change whole or not at all, and never an error."""
    scenario = SCENARIOS[name]
    index = scenario.start()
    assert stress(scenario, index, ROUNDS) == []
    assert scenario.wrong(index) is None
    index.check_invariants()


@pytest.mark.parametrize(
    "name",
    [
        "lost or doubled", "compact", "unequal", "moved selection", "lost selectors",
        "half turned", "unfollowed",
    ],
)  # fmt: skip
def test_without_the_lock_a_fault_is_found(name: str) -> None:
    """The stress can fail: with no lock a reader looks into the middle of a change."""
    scenario = SCENARIOS[name]
    index = scenario.start()
    index._lock = cast("Any", NoLock())
    if isinstance(index, LabelIndex):
        index._table.lock = index._lock
    if isinstance(index, LiveIndex):
        index._items_lock = index._lock
    assert stress(scenario, index, UNGUARDED_ROUNDS)


@pytest.mark.parametrize("ask", [lost_or_doubled, torn_item])
def test_the_questions_can_tell(ask: Callable[[Index], object]) -> None:
    """Each question finds what is not as it should be."""
    index = environments()
    assert ask(index) is None
    index[7] = {"n": "7"}
    assert ask(index) is not None


WRITERS: Final = 3
CHANGES: Final = 150


def followers(live: Live, rounds: int) -> list[object]:
    """Change items in many threads, while a subscriber applies all changes; return what is wrong.

    Each thread has every item, and sets it to labels that the others do not.
    """
    now: set[tuple[int, str]] = set()
    faults: list[object] = []
    ready = threading.Barrier(WRITERS)

    def apply(change: Change[int, str]) -> None:
        if not now >= set(change.stopped) or not now.isdisjoint(change.started):
            faults.append(change)
        now.difference_update(change.stopped)
        now.update(change.started)

    def write(writer: int) -> None:
        ready.wait()
        try:
            for number in range(rounds):
                if not faults:
                    live.set_item(number % 3, {"env": "abc"[writer], "n": str(number % 2)})
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a fault
            faults.append(error)

    live.subscribe(apply)
    live.update_selectors({name + n: f"env={name},n={n}" for name in "abc" for n in "01"})
    writers = [threading.Thread(target=write, args=(n,), daemon=True) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    matches = {(item, key) for item in live.items for key in live.selected_by(item)}
    return faults or ([] if matches == now else [matches, now])


def test_changes_of_many_threads_have_one_order() -> None:
    """Whoever applies them as they are told has what matches."""
    live: Live = LiveIndex()
    assert followers(live, CHANGES) == []
    live.check_invariants()


def test_without_the_lock_there_is_no_order() -> None:
    """The subscriber can tell: with no lock a pair stops that did not start, or starts twice."""
    live: Live = LiveIndex()
    live._lock = cast("Any", NoLock())
    # With one processor the threads seldom meet: 45,000 changes had no fault in one run of five.
    assert followers(live, 1000 * CHANGES)
