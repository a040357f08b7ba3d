"""`KeyTable`: keys by row and rows by key."""

from collections.abc import Hashable

import numpy as np
import pytest
from pyroaring import BitMap

from labelsel.index.row_keys import KeyTable
from labelsel.index.selection import Selection


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


def test_many_keys_that_are_no_rows() -> None:
    """Many keys at once make it keep all of them, too."""
    table = KeyTable[Hashable](None)
    table.extend_rows(2)
    assert table.extend(["a", "b"]) == 2
    assert [table.find(key) for key in (0, 1, "a", "b")] == [0, 1, 2, 3]
    table.check_invariants(BitMap(range(4)))


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
