"""`group_rows`, `are_rows_of` and `add_groups`: many pairs of a number and a row, by number."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.index.postings import SMALL, Postings
from labelsel.index.row_groups import add_groups, are_rows_of, group_rows
from tests.cores import pure

PURE = pure("labelsel.index.row_groups")
FUNCTIONS = {"as it runs": group_rows, "pure": PURE.group_rows}
CHECKS = {"as it runs": are_rows_of, "pure": PURE.are_rows_of}


@pytest.mark.parametrize("groups", [5, 2**16 + 5])
@given(sets=st.lists(st.lists(st.integers(0, 4), max_size=6)), first=st.integers(0, 2**31))
def test_against_a_dict(groups: int, sets: list[list[int]], first: int) -> None:
    """Each group has the rows with its number, ascending, with few groups and with many."""
    # Of the many groups some have numbers that differ only above 16 bits.
    sets = [[number + number % 2 * (groups - 5) for number in numbers] for numbers in sets]
    model: dict[int, list[int]] = {}
    for row, numbers in enumerate(sets, first):
        for number in numbers:
            model.setdefault(number, []).append(row)
    flat = array("I", [number for numbers in sets for number in numbers])
    for group in FUNCTIONS.values():
        rows, ends = group(flat, array("I", map(len, sets)), first, groups)
        bounds = [0, *ends]
        found = array("I", rows)
        assert len(ends) == groups
        assert {
            number: found[bounds[number] : bounds[number + 1]].tolist()
            for number in range(groups)
            if bounds[number] < bounds[number + 1]
        } == model


@given(st.data(), st.lists(st.lists(st.integers(0, 4), max_size=6)))
def test_only_the_rows_of_the_groups_are_these(data: st.DataObject, sets: list[list[int]]) -> None:
    """The result of `group_rows` is, and nothing else: not another row, end or number of these."""
    flat = array("I", [number for numbers in sets for number in numbers])
    sizes = array("I", map(len, sets))
    rows_bytes, ends = group_rows(flat, sizes, 0, 5)
    rows = array("I", rows_bytes)
    for are_rows in CHECKS.values():
        assert are_rows(flat, sizes, ends, rows) is True
    for numbers, at_most in ((rows, len(sets)), (ends, len(flat) + 1)):
        changed = numbers[:]
        place = data.draw(st.integers(0, len(numbers)))
        if place == len(numbers):
            changed.append(data.draw(st.integers(0, at_most)))
        else:
            changed[place] = data.draw(st.integers(0, at_most))
        given_rows, given_ends = (changed, ends) if numbers is rows else (rows, changed)
        if numbers is rows or len(changed) == len(ends):
            for are_rows in CHECKS.values():
                assert are_rows(flat, sizes, given_ends, given_rows) is (changed == numbers)


@pytest.mark.parametrize("are_rows", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("more", [0, 1])
def test_many_rows_of_groups(are_rows: object, more: int) -> None:
    """Wherever the one wrong row is; the compiled function compares some hundred at once."""
    assert callable(are_rows)
    numbers, sizes = array("I", [0, 1] * 600), array("I", [2] * 600)
    for wrong in (*range(0, 1200, 97), 511, 512, 1023, 1024, 1199):
        rows = array("I", [*range(600), *range(600)])
        rows[wrong] += more
        assert are_rows(numbers, sizes, array("Q", [600, 1200]), rows) is (not more)


@pytest.mark.parametrize("group", FUNCTIONS.values(), ids=FUNCTIONS)
def test_numbers_out_of_range(group: object) -> None:
    """A number that has no group is refused, and nothing outside of an array is touched."""
    assert callable(group)
    with pytest.raises(IndexError):
        group(array("I", [0, 3]), array("I", [2]), 0, 3)
    for sizes in ([3], [1], [2**32 - 1]):
        with pytest.raises(ValueError, match="numbers"):
            group(array("I", [0, 1]), array("I", sizes), 0, 3)


@pytest.mark.parametrize("are_rows", CHECKS.values(), ids=CHECKS)
def test_rows_of_numbers_out_of_range(are_rows: object) -> None:
    """As `group_rows`."""
    assert callable(are_rows)
    ends, rows = array("Q", [1, 2, 2]), array("I", [0, 0])
    with pytest.raises(IndexError):
        are_rows(array("I", [0, 3]), array("I", [2]), ends, rows)
    for sizes in ([3], [1], [2**32 - 1]):
        with pytest.raises(ValueError, match="numbers"):
            are_rows(array("I", [0, 1]), array("I", sizes), ends, rows)


def test_groups_become_postings() -> None:
    """A rare new label has the bytes of its group; all others are appended."""
    before: Postings = array("I", [0]).tobytes()
    postings: list[Postings] = [b"", b"", before, b"", before]
    appended: dict[int, bytes] = {}
    rows = array("I", range(1, 2 * SMALL + 4))
    ends = array("Q", [1, SMALL + 2, SMALL + 3, SMALL + 3, 2 * SMALL + 3])
    codes = array("I", [3, 1, 2, 4, 0])
    add_groups(postings, codes, rows.tobytes(), ends, appended.__setitem__)
    large = rows[-SMALL:].tobytes()
    assert postings == [large, b"", before, array("I", [1]).tobytes(), before]
    assert appended == {
        1: array("I", range(2, SMALL + 3)).tobytes(),
        2: array("I", [SMALL + 3]).tobytes(),
    }
