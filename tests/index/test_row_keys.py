"""`KeyTable`: keys by row and rows by key."""

from array import array
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pytest
from pyroaring import BitMap

from labelsel.index.postings import bytes_of
from labelsel.index.row_keys import KeyTable
from labelsel.index.selection import Selection
from labelsel.locks import new_lock
from tests.interrupts import at_each, interrupt_at


def test_rows_are_their_own_keys() -> None:
    """Without keys of its own a table finds rows by their number, and takes next to no memory."""
    table = KeyTable[int](None)
    assert table.extend_rows(1000) == 0
    assert table.extend_rows(2) == 1000
    assert [table.find(key) for key in (0, 1001, np.int64(7), True, 1.0)] == [0, 1001, 7, 1, 1]
    assert [table.find(key) for key in (-1, 1002, "7", None, 7.5)] == [-1] * 5
    with pytest.raises(TypeError, match="unhashable"):
        table.find([])
    assert (table.key_of(7), table.keys_of(BitMap([9, 3]))) == (7, [3, 9])
    assert table.nbytes < 200
    table.check_invariants(BitMap(range(1002)))


def test_keys_of_very_many_rows() -> None:
    """65,536 keys are read in one call, more in several: none is left out, none is read twice."""
    table = KeyTable[str](None)
    table.extend([f"k{number}" for number in range(131_073)])
    for size in (65_536, 65_537, 131_072, 131_073):
        assert table.keys_of(BitMap(range(size))) == [f"k{number}" for number in range(size)]


def test_rows_go_and_come() -> None:
    """A row that went is free; it is its own key again when it comes, the last in order."""
    table = KeyTable[int](None)
    table.extend_rows(4)
    everyone = Selection(table, BitMap(range(4)))
    assert table.remove(1) == 1
    with pytest.raises(KeyError):
        table.remove(1)
    assert table.find(1) == -1
    table.check_invariants(BitMap([0, 2, 3]))
    assert (table.insertion_number(2), table.insertion_numbers(np.array([2], np.uint32))) == (
        2,
        None,
    )
    assert table.add(1) == 1
    assert table.add(4) == 4
    table.check_invariants(BitMap(range(5)))
    assert list(Selection(table, BitMap(range(5)))) == [0, 2, 3, 1, 4]
    assert table.extend_rows(2) == 5
    assert list(Selection(table, BitMap(range(7)))) == [0, 2, 3, 1, 4, 5, 6]
    assert list(everyone) == [0, 1, 2, 3]
    table.check_invariants(BitMap(range(7)))
    assert table.nbytes < 300


@pytest.mark.parametrize("key", ["a", 7, -1, 1.5, None])
def test_a_key_that_is_no_row(key: Hashable) -> None:
    """The first key that is not the next row makes the table keep all of them."""
    table = KeyTable[Hashable](None)
    table.extend_rows(3)
    table.remove(1)
    assert table.add(key) == 1
    table.check_invariants(BitMap(range(3)))
    assert [table.find(each) for each in (0, 1, 2, key)] == [0, -1, 2, 1]
    assert list(Selection(table, BitMap(range(3)))) == [0, 2, key]
    assert table.extend_rows(2) == 3
    assert table.keys_of(BitMap([1, 3, 4])) == [key, 3, 4]
    table.check_invariants(BitMap(range(5)))


@pytest.mark.parametrize("size", [0, 1, 2])
def test_many_keys_that_are_no_rows(size: int) -> None:
    """Many keys at once make it keep all of them, too; also where there is no row yet."""
    table = KeyTable[Hashable](None)
    table.extend_rows(size)
    assert table.extend(["a", "b"]) == size
    assert [table.find(key) for key in (*range(size), "a", "b")] == list(range(size + 2))
    assert table.has_keys
    table.check_invariants(BitMap(range(size + 2)))


def test_freed_rows() -> None:
    """A row that is free is given to the next key; each keeps its place in the order."""
    table = KeyTable(["a", "b", "c"])
    assert table.remove("b") == 1
    assert (table.add("d"), table.add("e")) == (1, 3)
    assert table.extend(["f", "g"]) == 4
    assert table.keys_of(BitMap(range(6))) == ["a", "d", "c", "e", "f", "g"]
    assert list(Selection(table, BitMap(range(6)))) == ["a", "c", "d", "e", "f", "g"]
    assert (table.insertion_number(0), table.insertion_number(1)) == (0, 3)
    table.check_invariants(BitMap(range(6)))


def test_a_removal_tells_the_key_that_came_in() -> None:
    """What removes a key may be another that equals it: a selection still shows the first."""
    table = KeyTable[Hashable]([True, "a"])
    everyone = Selection(table, BitMap([0, 1]))
    table.remove(1.0)
    assert repr(list(everyone)) == "[True, 'a']"


def test_equal_hashes() -> None:
    """A key whose hash is a row number, but that is another number, is no row."""
    table = KeyTable[int](None)
    table.extend_rows(9)
    key = 2**61 - 1 + 5
    assert hash(key) == 5
    assert table.find(key) == -1


def test_rows_that_come_again() -> None:
    """The first row, and one given as a number of numpy, are rows like others."""
    table = KeyTable[int](None)
    table.extend_rows(2)
    assert (table.remove(0), table.add(0)) == (0, 0)
    assert table.add(np.int64(2)) == 2  # type: ignore[arg-type]
    assert not table.has_keys
    assert list(Selection(table, BitMap(range(3)))) == [1, 0, 2]
    assert table.add(-1) == 3
    assert table.has_keys


@pytest.mark.parametrize(
    ("row", "expected"), [(0, "bca"), (1, "acb"), (2, "abc")]
)  # fmt: skip
def test_the_last_in_order(row: int, expected: str) -> None:
    """A row is made the last, also when another row was made so before."""
    table = KeyTable("abc")
    table.make_last(row)
    assert "".join(Selection(table, BitMap(range(3)))) == expected
    table.make_last(2)
    assert "".join(Selection(table, BitMap(range(3)))) == expected.replace("c", "") + "c"
    table.make_last(0)
    assert "".join(Selection(table, BitMap(range(3)))) == "bca"


def test_another_order_of_rows() -> None:
    """The order of insertion stays: with all rows as they came, and after some were used again."""
    table = KeyTable("abc")
    assert "".join(table.reordered(np.array([2, 0, 1], np.uint32)).keys_of(BitMap([0]))) == "c"
    other = table.reordered(np.array([2, 0, 1], np.uint32))
    assert "".join(Selection(other, BitMap(range(3)))) == "abc"
    table.remove("a")
    table.add("d")
    other = table.reordered(np.array([2, 0, 1], np.uint32))
    assert other.keys_of(BitMap(range(3))) == ["c", "d", "b"]
    assert "".join(Selection(other, BitMap(range(3)))) == "bcd"


def test_what_finds_keys_is_made_where_it_was() -> None:
    """`prepare_like` makes it if the other table has it, and not before."""
    used, unused = KeyTable("ab"), KeyTable("ab")
    assert used.find("b") == 1
    assert unused._table is None
    for other in (unused, used):
        table = KeyTable("ab")
        table.prepare_like(other)
        assert (table._table is None) == (other is unused)


def test_keys_that_are_made_later() -> None:
    """They are made once, and what made them is not kept."""
    made: list[int] = []

    def keys() -> list[str]:
        made.append(1)
        return ["a", "c"]

    table = KeyTable[str].of(3, BitMap([0, 2]), keys, None, KeyTable[str](None).lock)
    assert table.has_keys
    assert made == []
    table.make()
    assert (table.find("c"), table.find("b"), table.key_of(0), made) == (2, -1, "a", [1])
    assert table._make_keys is None
    table.check_invariants(BitMap([0, 2]))


def test_every_step_of_making_keys() -> None:
    """They can be made again until they are there."""

    def make() -> KeyTable[str]:
        lock = KeyTable[str](None).lock
        return KeyTable[str].of(3, BitMap([0, 2]), lambda: ["a", "c"], None, lock)

    def check(step: int) -> bool:
        table = make()
        was_interrupted = interrupt_at(step, table.make)
        assert table.keys_of(BitMap([0, 2])) == ["a", "c"]
        return was_interrupted

    assert at_each(1, check) > 5
    assert make().key_of(2) == "c"


def test_rows_that_are_free_when_keys_come() -> None:
    """They stay free, and the next keys get them."""
    table = KeyTable[Hashable](None)
    table.extend_rows(4)
    table.remove(1)
    table.remove(2)
    row = table.add("a")
    table.check_invariants(BitMap([0, row, 3]))
    table.settle()
    table.check_invariants(BitMap([0, row, 3]))
    assert {row, table.add("b")} == {1, 2}


@pytest.mark.parametrize("size", [0, 1, 20])
def test_all_rows_of_a_table(size: int) -> None:
    """The array of all rows is the numbers from 0 on, whatever the table has been."""
    table = KeyTable[int](None)
    for more in (size, 1, size):
        table.extend_rows(more)
        rows = Selection(table, BitMap(range(table.size))).rows()
        assert rows.tolist() == list(range(table.size))
        assert rows.dtype == np.uint32
    table.remove(0)
    rows = Selection(table, BitMap(range(1, table.size))).rows()
    assert rows.tolist() == list(range(1, table.size))


def test_what_finds_keys_is_made_once() -> None:
    """Not again by a change or a copy, and not for the first keys before one is looked up."""
    table = KeyTable[str]()
    assert table.find("a") == -1
    table.extend("ab")
    assert table._table is None
    assert table.find("a") == 0
    numbers = table._table
    changes: list[Callable[[], object]] = [
        lambda: table.find("b"),
        lambda: table.add("c"),
        lambda: table.remove("a"),
        lambda: table.add("d"),
        lambda: table.extend("ef"),
        lambda: table.nbytes,
    ]
    for change in changes:
        change()
        assert table._table is numbers
    assert table.copy()._table is not None
    rows = KeyTable[Hashable](None)
    rows.add("a")
    assert rows._table is not None


@pytest.mark.parametrize("keys", [None, "abc"])
def test_the_lock_and_the_origin_of_a_copy(keys: str | None) -> None:
    """Those of the table that it takes the place of; with a lock it is that of another index."""
    lock, other = new_lock(), new_lock()
    table = KeyTable[Any](keys, lock)
    copied, another = table.copy(), table.copy(other)
    assert [each.lock for each in (table, copied, another)] == [lock, lock, other]
    assert copied.origin is table.origin
    assert another.origin is not table.origin
    assert [each.has_keys for each in (copied, another)] == [keys is not None] * 2


def test_removals_are_counted() -> None:
    """A copy goes on from there."""
    table = KeyTable("abc")
    assert table.removals == 0
    table.remove("b")
    table.remove("a")
    copied = table.copy()
    copied.remove("c")
    assert (table.removals, copied.removals) == (2, 3)


def test_the_memory_of_a_table() -> None:
    """Keys, what finds them, the order of insertion, free rows, and the array of all rows."""
    assert KeyTable[int](None).nbytes == bytes_of(BitMap())
    table = KeyTable("abcd")
    Selection(table, BitMap(range(4))).rows()
    table.remove("b")
    table.remove("c")
    table.add("e")
    parts: list[Any] = [table._keys, table._table, table._insertion_numbers, table._all_rows]
    keys, numbers, order, rows = parts
    assert table.nbytes == keys.__sizeof__() + numbers.nbytes + order.__sizeof__() + (
        bytes_of(table._free) + rows.nbytes
    )
    assert rows.nbytes == 16


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("name", ["add", "extend", "remove"])
def test_every_step_of_a_change_of_keys(name: str, size: int) -> None:
    """A selection reads the table before anything repairs it: it finds its keys as before."""

    def check(step: int) -> bool:
        table = KeyTable("abcdefg"[:size])
        selection = Selection(table, BitMap(range(size)))
        assert "a" in selection
        was_interrupted = interrupt_at(
            step,
            lambda: getattr(table, name)(["x", "y"] if name == "extend" else "ax"[name == "add"]),
        )
        assert "".join(key for key in "abcdefgxy" if key in selection) == "abcdefg"[:size]
        assert "".join(selection) == "abcdefg"[:size]
        return was_interrupted

    assert at_each(1, check) > 5


def test_settling_keys() -> None:
    """The keys say which rows there are; a size says which of them stay."""
    table = KeyTable("abcd")
    table.remove("b")
    # A key that came in half: its row has a key, but all else is as before.
    assert table._keys is not None
    table._keys += ["e"]
    table._table = None
    table.settle()
    assert (table.size, table.find("e"), table.find("b")) == (5, 4, -1)
    table.check_invariants(BitMap([0, 2, 3, 4]))
    table.settle(3)
    assert (table.size, table.find("c"), table.find("d"), table.find("e")) == (3, 2, -1, -1)
    table.check_invariants(BitMap([0, 2]))
    # A key that went in half: the table that finds keys was put aside.
    table._keys[2] = table._keys[1]
    table._table = None
    table.settle()
    table.check_invariants(BitMap([0]))
    assert (table.add("f"), table.add("g"), table.add("h")) == (1, 2, 3)


def test_settling_a_table_that_found_keys() -> None:
    """It does not find rows that went, or that came, by what it knew before."""
    table = KeyTable("abc")
    assert table.find("c") == 2
    table.settle(2)
    assert table.find("c") == -1
    table.check_invariants(BitMap([0, 1]))


def test_settling_rows() -> None:
    """Rows that are their own keys go from a size on, and are free no more."""
    table = KeyTable[int](None)
    table.extend_rows(5)
    table.remove(1)
    table.remove(4)
    table.settle()
    table.check_invariants(BitMap([0, 2, 3]))
    table.settle(3)
    table.check_invariants(BitMap([0, 2]))
    assert (table.size, table.free, table.find(3)) == (3, 1, -1)
    assert table.add(3) == 3


@pytest.mark.parametrize("left", [0, 2, 3])
def test_settling_the_order(left: int) -> None:
    """Rows without a number in the order of insertion are the last; those that went have none."""
    table = KeyTable("abc")
    table.make_last(0)
    assert table._keys is not None
    assert table._insertion_numbers is not None
    # A change was interrupted between the key and its number.
    table._keys += ["d", "e"]
    del table._insertion_numbers[left:]
    table.settle()
    table.check_invariants(BitMap(range(5)))
    expected = {0: "abcde", 2: "bacde", 3: "bcade"}[left]
    assert "".join(Selection(table, BitMap(range(5)))) == expected
    table.make_last(1)
    assert "".join(Selection(table, BitMap(range(5)))) == expected.replace("b", "") + "b"
    table.settle(2)
    assert len(table._insertion_numbers or ()) == 2
    assert table.add("f") == 2
    assert table.keys_of(BitMap(range(3))) == ["a", "b", "f"]
    assert "".join(Selection(table, BitMap(range(3)))) == "abf"


def test_the_check_sees_each_part() -> None:
    """What finds keys, and the numbers of the order of insertion."""
    table = KeyTable("ab")
    table.remove("b")
    table.add("c")
    table.check_invariants(BitMap([0, 1]))
    assert table._table is not None
    assert table._insertion_numbers is not None
    slots = table._table._slots
    slots[:] = slots[4:] + slots[:4]
    with pytest.raises(AssertionError):
        table.check_invariants(BitMap([0, 1]))
    slots[:] = slots[4:] + slots[:4]
    table.check_invariants(BitMap([0, 1]))
    table._insertion_numbers[0] = table._insertion_numbers[1]
    with pytest.raises(AssertionError):
        table.check_invariants(BitMap([0, 1]))


# Selections of a table


def test_few_rows_of_a_table() -> None:
    """One row, four bytes, is not taken for all rows of a table of four."""
    selection = Selection(KeyTable("abcd"), array("I", [2]).tobytes())
    assert selection.rows().tolist() == [2]


def test_selections_of_a_copy() -> None:
    """A row that only the copy has is no row of the first table."""
    table = KeyTable("ab")
    copied = table.copy()
    assert copied.add("c") == 2
    first, second = Selection(table, BitMap([0, 1])), Selection(copied, BitMap([1, 2]))
    assert set(first | second) == set(second | first) == {"a", "b", "c"}
    assert set(first & second) == set(second & first) == {"b"}
    assert (set(first - second), set(second - first)) == ({"a"}, {"c"})


def test_combining_what_was_removed_later() -> None:
    """The combination knows the keys of both, and is of the moment of both."""
    table = KeyTable("abc")
    first, second = Selection(table, BitMap([0])), Selection(table, BitMap([1]))
    table.remove("b")
    assert table.add("z") == 1
    both = first | second
    assert list(both) == ["a", "b"]
    now = Selection(table, BitMap([1]))
    assert list(now) == ["z"]
    assert set(both & now) == set()
    assert set(both - now) == {"a", "b"}
    assert ("b" in both, "z" in both) == (True, False)


def test_a_selection_lets_go_of_removals() -> None:
    """Once it has read them it keeps only those of its own rows in memory."""
    table = KeyTable("abc")
    selection = Selection(table, BitMap([0]))
    table.remove("c")
    table.remove("a")
    assert list(selection) == ["a"]
    assert selection._last_removal is table.last_removal
