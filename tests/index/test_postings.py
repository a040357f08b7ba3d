"""Sets of rows: small ones are bytes, large ones bitmaps, and both hold the same rows."""

from array import array
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
    append_rows,
    as_bitmap,
    bitmap_of,
    bytes_of,
    discard_row,
    rows_array,
    size_of,
    union_of,
)
from labelsel.index.steps import keep_rows

ROWS = st.sets(st.one_of(st.integers(0, 3 * SMALL), st.integers(0, 2**32 - 1)), max_size=3 * SMALL)


def in_bytes(rows: set[int]) -> bytes:
    """Return rows as the store gives them: ascending, four bytes each."""
    return array("I", sorted(rows)).tobytes()


def made(rows: set[int]) -> Postings:
    """Return the postings of rows."""
    return append_rows(b"", in_bytes(rows))


def check(postings: Postings, rows: set[int]) -> None:
    """Fail unless the postings hold these rows, in the form that is meant for so many."""
    if isinstance(postings, bytes):
        assert len(rows) <= SMALL
        assert array("I", postings).tolist() == sorted(rows)
    else:
        assert len(rows) > SMALL // 2
    assert size_of(postings) == len(rows)
    assert list(as_bitmap(postings)) == sorted(rows)


def test_one_by_one() -> None:
    """Above 64 rows a set becomes a bitmap, at 32 it is bytes again."""
    assert SMALL == 64
    postings: Postings = b""
    kinds = []
    for row in range(80):
        postings = add_row(postings, 100 - row)
        check(postings, {100 - n for n in range(row + 1)})
        kinds.append(type(postings))
    assert kinds == [bytes] * 64 + [BitMap] * 16
    for row in range(80):
        postings = discard_row(postings, 100 - row)
        check(postings, {100 - n for n in range(row + 1, 80)})
        kinds.append(type(postings))
    assert kinds[80:] == [BitMap] * 47 + [bytes] * 33
    # It changes its form twice in all, and not with each step back and forth over a limit.
    assert sum(one is not other for one, other in pairwise(kinds)) == 2


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 5 * SMALL])
@pytest.mark.parametrize("more", [1, SMALL - 1, SMALL, SMALL + 1])
def test_many_at_once(size: int, more: int) -> None:
    """Together as one by one; the form is chosen by how many there are in the end."""
    before = made(set(range(size)))
    check(before, set(range(size)))
    after = append_rows(before, in_bytes(set(range(size, size + more))))
    check(after, set(range(size + more)))
    assert isinstance(after, BitMap) is (size + more > SMALL)


@given(ROWS, ROWS)
def test_against_sets(some: set[int], more: set[int]) -> None:
    """Adding and discarding give what they give for plain sets, over all 32 bits."""
    postings = made(some)
    for row in more - some:
        postings = add_row(postings, row)
    check(postings, some | more)
    for row in some:
        postings = discard_row(postings, row)
    check(postings, more - some)


@given(st.lists(ROWS, max_size=5))
def test_unions(sets: list[set[int]]) -> None:
    """A union of many, of either form, is the union of the sets."""
    postings = [made(rows) for rows in sets]
    assert set(union_of(postings)) == set().union(*sets)
    assert list(map(size_of, postings)) == list(map(len, sets))


def test_what_is_handed_out_as_it_is() -> None:
    """The only large one of a union, and a large one as a bitmap, are not copied."""
    large = made(set(range(SMALL + 1)))
    assert isinstance(large, BitMap)
    assert union_of([large]) is large
    assert as_bitmap(large) is large
    assert union_of([large, large]) is not large
    assert union_of([]) == BitMap()


@given(ROWS)
def test_arrays(rows: set[int]) -> None:
    """Rows go into a bitmap and come out of it as the same ascending numbers."""
    bitmap = bitmap_of(np.array(sorted(rows), dtype=np.uint32))
    assert bitmap == BitMap(rows)
    assert rows_array(bitmap).tolist() == sorted(rows)
    assert rows_array(bitmap).dtype == np.uint32


def test_bytes_are_never_changed() -> None:
    """A small set is handed out as it is: no later change may reach it."""
    postings = made({1, 2, 3})
    kept = bytes(bytearray(postings))
    for change in (
        add_row(postings, 4), discard_row(postings, 2), append_rows(postings, in_bytes({9}))
    ):  # fmt: skip
        assert change != kept
        assert postings == kept


def test_bytes_of() -> None:
    """What a set takes grows with its rows, a bitmap's by the containers that it has."""
    small, large = made({1}), made(set(range(0, 9000, 9)))
    assert bytes_of(small) == bytes_of(b"1234") < 64
    assert bytes_of(large) > 2 * 1000
    far = BitMap(n << 16 for n in range(SMALL + 1))
    assert bytes_of(far) > bytes_of(BitMap(range(SMALL + 1)))
    bits, few = BitMap(range(0, 1 << 16, 2)), BitMap(range(1 << 16, (1 << 16) + 99, 2))
    assert bytes_of(BitMap()) == 120
    assert bytes_of(bits) == 120 + 43 + (1 << 16) // 8
    assert bytes_of(bits | few) + bytes_of(BitMap()) == bytes_of(bits) + bytes_of(few)


def test_a_bitmap_of_any_array() -> None:
    """Of numbers of eight bytes, and of every second one."""
    rows = np.arange(1, 10, dtype=np.int64)
    assert bitmap_of(rows) == BitMap(range(1, 10))  # type: ignore[arg-type]
    assert bitmap_of(rows[::2].astype(np.uint32)) == BitMap(range(1, 10, 2))


@given(ROWS, ROWS, st.booleans())
def test_rows_among_others(some: set[int], others: set[int], keeps: bool) -> None:  # noqa: FBT001  # a parameter
    """Those that the others have, or have not, in order."""
    expected = some & others if keeps else some - others
    assert keep_rows(in_bytes(some), made(others), keeps) == in_bytes(expected)
