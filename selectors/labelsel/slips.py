"""Typing slips: whether one word is nearly another, for hints that say what was perhaps meant."""

from __future__ import annotations

from typing import Final

__all__ = ["one_slip_apart"]

#: Of words of two letters nearly all are one slip from each other.
_SHORTEST: Final = 3


def one_slip_apart(one: str, other: str) -> bool:
    """Return whether two different words are one typing slip apart.

    1. A slip is a character too many, too few or wrong, or two neighbours that changed places.
    2. Words that differ in nothing but upper and lower case are one slip apart, too.
    3. Words of less than three characters are no slips of each other.

    Complexity: O(length).

    >>> [one_slip_apart("tier", word) for word in ("teir", "tiers", "tie", "toer", "Tier")]
    [True, True, True, True, True]
    >>> [one_slip_apart("tier", word) for word in ("tier", "tieres", "rite")]
    [False, False, False]
    """
    short, long = (one, other) if len(one) < len(other) else (other, one)
    if one == other or len(long) < _SHORTEST or len(long) - len(short) > 1:
        return False
    pairs = enumerate(zip(short, long, strict=False))
    begin = next((place for place, (a, b) in pairs if a != b), len(short))
    short_end, long_end = short[begin:], long[begin:]
    return (
        short_end == long_end[1:]
        or short_end[1:] == long_end[1:]
        or (short_end[:2] == long_end[1::-1] and short_end[2:] == long_end[2:])
        or one.casefold() == other.casefold()
    )
