"""`group_rows` and `add_groups`: many pairs of a number and a row, by number."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.index.postings import SMALL, Postings
from labelsel.index.row_groups import add_groups, group_rows
from tests.cores import pure

FUNCTIONS = {"as it runs": group_rows, "pure": pure("labelsel.index.row_groups").group_rows}


@pytest.mark.parametrize("groups", [5, 2**16 + 5])
@given(sets=st.lists(st.lists(st.integers(0, 4), max_size=6)), first=st.integers(0, 2**31))
def test_against_a_dict(groups: int, sets: list[list[int]], first: int) -> None:
    """Each group has the rows with its number, ascending, with few groups and with many."""
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


@pytest.mark.parametrize("group", FUNCTIONS.values(), ids=FUNCTIONS)
def test_numbers_out_of_range(group: object) -> None:
    """A number that has no group is refused, and nothing outside of an array is touched."""
    assert callable(group)
    with pytest.raises(IndexError):
        group(array("I", [0, 3]), array("I", [2]), 0, 3)
    for sizes in ([3], [1], [2**32 - 1]):
        with pytest.raises(ValueError, match="numbers"):
            group(array("I", [0, 1]), array("I", sizes), 0, 3)


def test_groups_become_postings() -> None:
    """A rare new label has the bytes of its group; all others are appended."""
    postings: list[Postings] = [b"", b"", b"\0\0\0\0", b""]
    appended: dict[int, bytes] = {}
    rows = array("I", range(SMALL + 3)).tobytes()
    ends = array("Q", [1, SMALL + 2, SMALL + 3])
    add_groups(postings, array("I", [3, 1, 2]), rows, ends, appended.__setitem__)
    assert postings == [b"", b"", b"\0\0\0\0", b"\0\0\0\0"]
    assert {code: len(group) // 4 for code, group in appended.items()} == {1: SMALL + 1, 2: 1}
