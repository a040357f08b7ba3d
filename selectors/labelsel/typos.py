"""Typing slips: whether one word is nearly another, for hints that say what was perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from labelsel.errors import escaped

__all__ = ["did_you_mean", "nearest", "one_slip_apart"]

#: Of words of two letters nearly all are one slip from each other.
_SHORTEST: Final = 3
#: Characters of a word that are compared: difflib takes quadratic time. The longest word that
#: has a meaning somewhere, a field with the key of an annotation, has 336.
_COMPARED: Final = 400


def nearest(word: str, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the name that is most like a word, as what was perhaps meant; None without one.

    The word itself is never returned: it was not understood, so no hint may offer it.

    Arguments:
        word: what was found in the place of a name.
        names: the names that would have been understood there; of equals the first is taken.
        cutoff: how much of both must be the same, from 0 to 1.

    >>> nearest("metadata.nme", ["metadata.name", "spec.nodeName"])
    'metadata.name'
    >>> nearest("name", ["name", "kind"])
    """
    others = [name for name in dict.fromkeys(names) if name != word]
    close = difflib.get_close_matches(word[:_COMPARED], others, n=1, cutoff=cutoff)
    return close[0] if close else None


def did_you_mean(near: str | None) -> str:
    """Return the end of a sentence that offers a name; empty where there is none to offer.

    >>> did_you_mean("pods"), did_you_mean(None)
    ('; did you mean pods?', '')
    """
    return "" if near is None else f"; did you mean {escaped(near)}?"


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
