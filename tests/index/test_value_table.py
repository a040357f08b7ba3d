"""`ValueTable`: a hash table of numbers alone, which grows without stopping the world."""

from collections.abc import Hashable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from labelsel.index.value_table import _REMOVED, ValueTable, _larger, _mix


class Hostile:
    """An item with a hash of the attacker's choice."""

    def __init__(self, name: int, hashed: int = 7) -> None:
        self.name = name
        self.hashed = hashed

    def __hash__(self) -> int:
        return self.hashed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hostile) and self.name == other.name


def of_slot(slot: int, size: int) -> int:
    """Return a hash that belongs in a slot of a table of so many."""
    return next(hashed for hashed in range(10**6) if _mix(hashed) % size == slot)


def grown_to_two_tables() -> tuple[list[Hashable], ValueTable[Hashable]]:
    """Return a numbering in the middle of growing: some of its items moved, some did not."""
    items: list[Hashable] = [f"item {number}" for number in range(200)]
    numbers = ValueTable[Hashable](items)
    for number in range(len(items)):
        numbers.add(number)
        if numbers._old is not None and 0 < numbers._cursor < len(numbers._old) // 2:
            del items[number + 1 :]
            return items, numbers
    pytest.fail("it never grew")


def test_growing() -> None:
    """At each moment of growing every item is found, and nothing else."""
    items: list[Hashable] = []
    numbers = ValueTable[Hashable](items)
    two_tables = 0
    for number in range(300):
        items.append(str(number))
        numbers.add(number)
        two_tables += numbers._old is not None
        assert [numbers.find(item) for item in items] == list(range(number + 1))
        assert (numbers.find("none"), len(numbers)) == (-1, number + 1)
        numbers.check_invariants()
    assert two_tables > 20
    assert numbers.nbytes >= 4 * 300


def test_when_a_table_grows() -> None:
    """At a load of 0.65, counted anew in the larger table, into which the items move meanwhile."""
    items: list[Hashable] = list(range(64))
    numbers = ValueTable[Hashable](items)
    sizes = []
    for number in range(64):
        numbers.add(number)
        sizes.append(len(numbers._slots))
        if numbers._old is None:
            assert numbers.nbytes == 4 * sizes[-1]
    grown = [sizes.index(size) for size in sorted(set(sizes))]
    assert list(zip(grown, sorted(set(sizes)), strict=True)) == [
        (0, 8), (6, 12), (8, 16), (11, 24), (16, 32), (21, 48), (32, 64), (42, 96), (63, 128),
    ]  # fmt: skip


def test_the_sizes_of_tables() -> None:
    """Powers of two, and between two of them one and a half times the smaller."""
    sizes = [8]
    while sizes[-1] < 1000:
        sizes.append(_larger(sizes[-1]))
    assert sizes == [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]


@pytest.mark.parametrize(("removed", "size"), [(2, 12), (3, 8)])
def test_a_table_full_of_marks(removed: int, size: int) -> None:
    """It grows only if half of its slots have items; else it is made anew as large as before."""
    items: list[Hashable] = list(range(7))
    numbers = ValueTable[Hashable](items)
    for number in range(6):
        numbers.add(number)
    for number in range(removed):
        numbers.remove(number)
    numbers.add(6)
    assert len(numbers._slots) == size
    numbers.check_invariants()


def test_no_mark_where_no_item_was() -> None:
    """An item that has not moved yet leaves a mark in the smaller table alone."""
    items, numbers = grown_to_two_tables()
    assert numbers._old is not None
    left = [entry for entry in numbers._old[numbers._cursor + 8 :] if entry]
    number = next(entry for entry in left if entry not in numbers._slots) - 1
    used = len(numbers._slots) - numbers._slots.count(0)
    numbers.remove(number)
    assert (numbers._slots.count(_REMOVED), numbers._old.count(_REMOVED)) == (0, 1)
    assert len(numbers._slots) - numbers._slots.count(0) <= used + 8
    assert numbers.find(items[number]) == -1


def test_both_tables_take_memory() -> None:
    """While the smaller table still answers it is counted."""
    _, numbers = grown_to_two_tables()
    assert numbers._old is not None
    assert numbers.nbytes == 4 * (len(numbers._slots) + len(numbers._old))
    assert sorted(numbers.numbers().tolist()) == list(range(len(numbers)))


def test_removing_while_growing() -> None:
    """What was moved and what was not can go, and come again under the same number."""
    items, numbers = grown_to_two_tables()
    has_moved = False
    for number in range(0, len(items), 3):
        gone = items[number]
        numbers.remove(number)
        assert numbers.find(gone) == -1
        items[number] = f"another {number}"
        numbers.add(number)
        numbers.check_invariants()
        assert (numbers.find(gone), numbers.find(items[number])) == (-1, number)
        has_moved |= numbers._old is None
    assert has_moved, "it has not moved everything"
    assert [numbers.find(item) for item in items] == list(range(len(items)))


@pytest.mark.parametrize("count", [3, 64, 500])
def test_many_while_growing(count: int) -> None:
    """Many at once, in the middle of growing: the tables are made one."""
    items, numbers = grown_to_two_tables()
    first = len(items)
    items += [f"more {number}" for number in range(count)]
    numbers.extend(range(first, len(items)))
    numbers.check_invariants()
    assert [numbers.find(item) for item in items] == list(range(len(items)))


@pytest.mark.parametrize("count", [0, 1, 63, 64, 1000])
def test_many_at_once(count: int) -> None:
    """Together as one by one, also where there is room left for them."""
    items: list[Hashable] = [f"item {number}" for number in range(1500)]
    numbers = ValueTable[Hashable](items)
    for start in (0, count, 2 * count):
        numbers.extend(range(start, min(start + count, len(items))))
        numbers.check_invariants()
    known = min(3 * count, len(items))
    assert [numbers.find(item) for item in items] == [*range(known), *[-1] * (1500 - known)]


@pytest.mark.parametrize("many", [False, True])
def test_equal_hashes(many: bool) -> None:  # noqa: FBT001  # a parameter
    """Items that all have one hash are told apart, and go one by one from any place."""
    items: list[Hashable] = [Hostile(number) for number in range(100)]
    numbers = ValueTable[Hashable](items)
    if many:
        numbers.extend(range(100))
    else:
        for number in range(100):
            numbers.add(number)
    for number in (50, 0, 99, 1, 98, *range(2, 50)):
        numbers.remove(number)
        assert numbers.find(Hostile(number)) == -1
        numbers.check_invariants()
    assert [numbers.find(Hostile(number)) for number in range(51, 98)] == list(range(51, 98))


def test_round_the_end() -> None:
    """Items of the last slot go on in the first, and are found behind a removed one."""
    last, first = of_slot(7, 8), of_slot(0, 8)
    items: list[Hashable] = [Hostile(0, last), Hostile(1, last), Hostile(2, first)]
    numbers = ValueTable[Hashable](items)
    for number in range(3):
        numbers.add(number)
    assert numbers._slots.tolist() == [2, 3, 0, 0, 0, 0, 0, 1]
    numbers.remove(0)
    assert numbers._slots.tolist() == [2, 3, 0, 0, 0, 0, 0, 2**32 - 1]
    assert [numbers.find(item) for item in items] == [-1, 1, 2]


@pytest.mark.parametrize("live", [3, 20, 100])
def test_removed_items_take_no_room_for_long(live: int) -> None:
    """Items that come and go leave marks; a table has at most four slots for each item in it."""
    items: list[Hashable] = list(map(str, range(live)))
    numbers = ValueTable[Hashable](items)
    numbers.extend(range(live))
    for number in range(2000):
        numbers.remove(number % live)
        items[number % live] = f"new {number}"
        numbers.add(number % live)
        assert len(numbers._slots) <= max(8, 4 * live)
    numbers.check_invariants()
    assert sorted(numbers.numbers().tolist()) == list(range(live))


def test_many_round_the_end() -> None:
    """A table that is made at once goes round its end, too."""
    last = of_slot(127, 128)
    items: list[Hashable] = [Hostile(number, last) for number in range(70)]
    numbers = ValueTable[Hashable](items)
    numbers.extend(range(70))
    assert len(numbers._slots) == 128
    assert [number > 0 for number in numbers._slots] == [*[True] * 69, *[False] * 58, True]
    numbers.check_invariants()


def test_items_without_a_hash() -> None:
    """A look-up of what cannot be hashed is a TypeError, as in a dict."""
    with pytest.raises(TypeError, match="unhashable"):
        ValueTable[str]([]).find([])


def test_an_item_that_does_not_equal_itself() -> None:
    """Such as NaN: it is found by identity, as in a dict, at each moment of growing."""
    items: list[Hashable] = [float("nan")]
    numbers = ValueTable[Hashable](items)
    numbers.add(0)
    for number in range(1, 100):
        items.append(str(number))
        numbers.add(number)
        assert (numbers.find(items[0]), numbers.find(float("nan"))) == (0, -1)
    numbers.check_invariants()


class NumberingMachine(RuleBasedStateMachine):
    """Does the same to a numbering and to a dict, with few hashes for many items."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Hashable] = []
        self.numbers = ValueTable[Hashable](self.items)
        self.model: dict[Hashable, int] = {}
        self.fresh = 0

    def item(self, spread: int) -> Hostile:
        """Return a new item, one of so many hashes."""
        self.fresh += 1
        return Hostile(self.fresh, -(self.fresh % spread))

    @rule(count=st.integers(1, 12), spread=st.integers(1, 40))
    def add(self, count: int, spread: int) -> None:
        """Number some new items, one by one."""
        for _ in range(count):
            item = self.item(spread)
            self.items.append(item)
            self.numbers.add(len(self.items) - 1)
            self.model[item] = len(self.items) - 1

    # Every item is looked for after each step, among all others of its hash. So many are enough
    # for a table to grow several times.
    @precondition(lambda self: len(self.model) < 150)
    @rule(count=st.integers(0, 100), spread=st.integers(1, 40))
    def extend(self, count: int, spread: int) -> None:
        """Number many new items at once."""
        first = len(self.items)
        self.items += [self.item(spread) for _ in range(count)]
        self.numbers.extend(range(first, first + count))
        self.model |= {item: first + number for number, item in enumerate(self.items[first:])}

    @precondition(lambda self: self.model)
    @rule(data=st.data(), spread=st.integers(1, 40), again=st.booleans())
    def remove(self, data: st.DataObject, spread: int, again: bool) -> None:  # noqa: FBT001  # drawn
        """Forget an item; perhaps another takes its number."""
        item = data.draw(st.sampled_from(list(self.model)))
        number = self.model.pop(item)
        self.numbers.remove(number)
        assert self.numbers.find(item) == -1
        if again:
            self.items[number] = self.item(spread)
            self.numbers.add(number)
            self.model[self.items[number]] = number

    @invariant()
    def equals_the_model(self) -> None:
        """Every item is found under its number, and there are no others."""
        self.numbers.check_invariants()
        assert sorted(self.numbers.numbers().tolist()) == sorted(self.model.values())
        assert len(self.numbers) == len(self.model)


TestNumberingEqualsModel = NumberingMachine.TestCase


def test_many_numbers_of_any_home() -> None:
    """A table that is made at once has each item where it is searched, whichever has number 0."""
    # Of the first number the slot is 32 of 96.
    some = [1443889905133404307, *range(1, 50)]
    for first in range(len(some)):
        items: list[Hashable] = [*some[first:], *some[:first]]
        numbers = ValueTable[Hashable](items)
        numbers.extend(range(len(items)))
        assert len(numbers._slots) == 96
        numbers.check_invariants()
