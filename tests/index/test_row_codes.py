"""`RowCodes`: the codes of each row, in blocks."""

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.index.row_codes import BLOCK, RowCodes

CODES = st.lists(st.integers(0, 2**32 - 1), max_size=4)


def extend(rows: RowCodes, codes: list[list[int]]) -> None:
    """Append rows as the store does."""
    together = [code for row in codes for code in row]
    rows.extend(np.array(together, np.uint32), np.array(list(map(len, codes)), np.intp))


def check(rows: RowCodes, model: list[list[int]]) -> None:
    """Fail unless these are the rows."""
    rows.check_invariants()
    assert len(rows) == len(model)
    assert [rows[number].tolist() for number in range(len(model))] == model


def test_none() -> None:
    """Without rows there is nothing, and nothing appended is nothing."""
    rows = RowCodes()
    extend(rows, [])
    check(rows, [])
    assert (rows.nbytes, list(rows.blocks())) == (0, [])


@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
@pytest.mark.parametrize("before", [0, 1, BLOCK])
def test_blocks(before: int, count: int) -> None:
    """Rows fill the block that is there, and then more blocks, one by one or together."""
    rows = RowCodes()
    model = [[number] * (number % 3) for number in range(before + count)]
    for number in range(before):
        rows[number] = array("I", model[number])
    extend(rows, model[before:])
    check(rows, model)
    assert len(list(rows.blocks())) == -(-(before + count) // BLOCK)
    assert rows.nbytes >= 4 * len(model)
    rows[before + count] = array("I", [9])
    check(rows, [*model, [9]])


def test_a_block_that_becomes_wide_while_it_is_filled() -> None:
    """More codes than two bytes count, in a block that had few."""
    rows = RowCodes()
    model = [[1], [2] * 70_000, [3]]
    rows[0] = array("I", model[0])
    extend(rows, model[1:])
    check(rows, model)


@given(st.lists(st.one_of(st.tuples(st.integers(0, 2**16), CODES), st.lists(CODES, max_size=300))))
def test_against_a_list(changes: list[tuple[int, list[int]] | list[list[int]]]) -> None:
    """Writing rows over, with more codes and with fewer, leaves the others as they are."""
    rows, model = RowCodes(), list[list[int]]()
    for change in changes:
        if isinstance(change, tuple):
            place, codes = change[0] % (len(model) + 1), change[1]
            rows[place] = array("I", codes)
            model[place : place + 1] = [codes]
        else:
            extend(rows, change)
            model += change
        check(rows, model)


def widths(rows: RowCodes) -> list[int]:
    """Return the bytes of an end of a row in each block."""
    return [ends.itemsize for _, ends in rows.blocks()]


def test_as_many_codes_as_two_bytes_count() -> None:
    """A block has short ends up to 65,535 codes: appended together, or written row by row."""
    full = 2**16 - 1
    model = [[1, 2]] * 3 * BLOCK
    for block, size in enumerate((full, full + 1, full)):
        model[block * BLOCK : (block + 1) * BLOCK] = [[], [7] * size, *[[]] * (BLOCK - 2)]
    rows = RowCodes()
    extend(rows, model)
    check(rows, model)
    assert widths(rows) == [2, 4, 2]
    single = RowCodes()
    for row, codes in enumerate(([5], [6] * (full - 1), [7])):
        assert widths(single) == [2][:row]
        single[row] = array("I", codes)
    assert widths(single) == [4]
    check(single, [[5], [6] * (full - 1), [7]])
    extended = RowCodes()
    for row, (codes, width) in enumerate((([5], 2), ([6] * (full - 1), 2), ([7], 4))):
        extend(extended, [codes])
        assert (len(extended), widths(extended)) == (row + 1, [width])
    check(extended, [[5], [6] * (full - 1), [7]])


def test_the_memory_of_rows() -> None:
    """It is that of all arrays, and of the references to them."""
    rows = RowCodes()
    extend(rows, [[1, 2, 3]] * (BLOCK + 1))
    extend(rows, [[4] * 70_000])
    parts = [part for block in rows.copy().blocks() for part in block]
    assert rows.nbytes == sum(part.__sizeof__() + 8 for part in parts)
    assert len(parts) == 4


def test_a_block_of_very_many_codes() -> None:
    """Ends that two bytes cannot count take four; rows behind them stay as they are."""
    rows, model = RowCodes(), [[1], [2, 3], [], [4]]
    extend(rows, model)
    for number, codes in ((1, [7] * 2**16), (0, []), (2, [8, 9]), (1, [5]), (4, [6])):
        model[number : number + 1] = [codes]
        rows[number] = array("I", codes)
        check(rows, model)
    assert widths(rows) == [4]


@pytest.mark.parametrize("row", [-1, 4, 300])
def test_a_row_that_is_not_there(row: int) -> None:
    """It has no codes, and only the next row can be written."""
    rows = RowCodes()
    extend(rows, [[1], [2, 3], [], [4]])
    with pytest.raises(IndexError):
        rows[row]
    with pytest.raises(IndexError):
        rows[row + 1 if row >= 0 else -300] = array("I", [1])


def test_settling_a_row_that_is_not_there() -> None:
    """A change that was interrupted before its first step has nothing to settle."""
    codes = RowCodes()
    codes.settle(0)
    assert len(codes) == 0


def test_a_later_block_that_becomes_wide_while_it_is_filled() -> None:
    """Only that block takes four bytes for an end."""
    rows = RowCodes()
    model = [[number] for number in range(BLOCK + 1)]
    extend(rows, model)
    extend(rows, [[2] * 70_000, [3]])
    check(rows, [*model, [2] * 70_000, [3]])
    assert widths(rows) == [2, 4]


@pytest.mark.parametrize("codes", [[], [7], [7, 8], [7] * 70_000])
def test_settling_a_row(codes: list[int]) -> None:
    """The codes were exchanged, but the ends are still those of the row before."""
    rows = RowCodes()
    extend(rows, [[1], [2, 3], [], [4]])
    rows._codes[0][1:3] = array("I", codes)
    rows.settle(1)
    check(rows, [[1], codes, [], [4]])


def test_settling_a_block_that_has_no_row() -> None:
    """A change that was interrupted after it began a block has nothing to settle, either."""
    rows = RowCodes()
    rows._ends.append(array("H"))
    rows.settle(0)
    assert len(rows) == 0
