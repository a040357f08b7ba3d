"""Typing slips, case by case."""

import pytest

from labelsel.slips import one_slip_apart


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("tier", "tier", False),
        ("tier", "teir", True),  # changed places, in the middle
        ("tier", "itier", True),  # one too many: first,
        ("tier", "tiier", True),  # within,
        ("tier", "tierr", True),  # last
        ("tier", "tiere", True),
        ("tier", "toer", True),  # one wrong
        ("tier", "tief", True),
        ("tier", "itre", False),  # two slips
        ("tier", "tire", True),  # changed places, at the end
        ("tier", "tiers2", False),
        ("tier", "rtie", False),
        ("app.kubernetes.io/name", "app.kubernetes.io/nmae", True),
        ("app.kubernetes.io/name", "app.kubernetes.io/part", False),
        ("partOf", "partof", True),
        ("PARTOF", "partof", True),
        ("os", "so", False),  # of words this short nearly all are
        ("a", "", False),
        ("ab", "abc", True),
        ("", "", False),
    ],
)
def test_slips(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a column
    """A slip is one character, or two that changed places, or case alone; either way round."""
    assert one_slip_apart(one, other) == one_slip_apart(other, one) == expected
