"""Sets of rows: small ones are tuples, large ones bitmaps, and both hold the same rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from labelsel.index.postings import (
    SMALL,
    Postings,
    add_row,
    add_rows,
    as_bitmap,
    bitmap_of,
    discard_row,
    rows_array,
)

ROWS = st.sets(st.one_of(st.integers(0, 3 * SMALL), st.integers(0, 2**32 - 1)), max_size=3 * SMALL)


def array(rows: set[int]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """Return rows as the store gives them: ascending and distinct."""
    return np.array(sorted(rows), dtype=np.uint32)


def check(postings: Postings, rows: set[int]) -> None:
    """Fail unless the postings hold these rows, in the form that is meant for so many."""
    assert list(postings) == sorted(rows)
    if isinstance(postings, BitMap):
        assert len(rows) > SMALL // 2
    else:
        assert isinstance(postings, tuple)
        assert len(rows) <= SMALL
    assert list(as_bitmap(postings)) == sorted(rows)


def test_one_by_one() -> None:
    """Above sixteen rows a set becomes a bitmap, below nine a tuple again."""
    assert SMALL == 16
    postings: Postings = ()
    kinds = []
    for row in range(20):
        postings = add_row(postings, 100 - row)
        check(postings, {100 - n for n in range(row + 1)})
        kinds.append(type(postings))
    assert kinds == [tuple] * 16 + [BitMap] * 4
    for row in range(20):
        postings = discard_row(postings, 100 - row)
        check(postings, {100 - n for n in range(row + 1, 20)})
        kinds.append(type(postings))
    assert kinds[20:] == [BitMap] * 11 + [tuple] * 9
    # It changes its form twice in all, and not with each step back and forth over a limit.
    assert sum(one is not other for one, other in pairwise(kinds)) == 2


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 5 * SMALL])
@pytest.mark.parametrize("more", [1, SMALL - 1, SMALL, SMALL + 1])
def test_many_at_once(size: int, more: int) -> None:
    """Together as one by one; the form is chosen by how many there are in the end."""
    before = add_rows((), array(set(range(size)))) if size else ()
    check(before, set(range(size)))
    after = add_rows(before, array(set(range(size, size + more))))
    check(after, set(range(size + more)))
    assert isinstance(after, BitMap) is (size + more > SMALL)


@given(ROWS, ROWS)
def test_against_sets(some: set[int], more: set[int]) -> None:
    """Adding and discarding give what they give for plain sets, over all 32 bits."""
    postings = add_rows((), array(some)) if some else ()
    for row in more:
        postings = add_row(postings, row)
    check(postings, some | more)
    for row in some:
        postings = discard_row(postings, row)
    check(postings, more - some)
    absent = discard_row(postings, 2**32 - 1 if 2**32 - 1 not in more else 0)
    assert set(absent) <= set(more)


@given(ROWS)
def test_arrays(rows: set[int]) -> None:
    """Rows go into a bitmap and come out of it as the same ascending numbers."""
    bitmap = bitmap_of(array(rows))
    assert bitmap == BitMap(rows)
    assert rows_array(bitmap).tolist() == sorted(rows)
    assert rows_array(bitmap).dtype == np.uint32


def test_tuples_are_never_changed() -> None:
    """A small set is handed out as it is: no later change may reach it."""
    postings: Postings = (1, 2, 3)
    kept = postings
    for change in (add_row(postings, 4), discard_row(postings, 2), add_rows(postings, array({9}))):
        assert change != kept
        assert kept == (1, 2, 3)
