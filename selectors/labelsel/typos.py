"""Typing slips: whether one word is nearly another, for hints that say what was perhaps meant."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from labelsel.errors import escaped

__all__ = ["TypoIndex", "did_you_mean", "nearest", "one_slip_apart"]

#: Of words of two letters nearly all are one slip from each other.
_SHORTEST: Final = 3
#: Characters of a word that are compared: difflib takes quadratic time. The longest word that
#: has a meaning somewhere, a field with the key of an annotation, has 336.
_COMPARED: Final = 400
_DIGITS: Final = re.compile(r"[0-9]+")


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


class TypoIndex:
    """Words, indexed so that the ones that are one typo from a given word are found directly.

    Two words that are one typo apart have a part in common: the word itself, or the word without
    one of its characters. So each word is indexed under these parts, and no word is compared
    with all others.

    >>> TypoIndex(["tier", "env", "zone-1"]).typos_of("teir")
    ['tier']
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[str, set[str]] = defaultdict(set)
        for word in words:
            for part in _parts(word):
                self._words[part].add(word)

    def typos_of(self, word: str) -> list[str]:
        """Return the indexed words that are one typo from a word, sorted; see `one_slip_apart`.

        Words that differ in digits alone are numbered, not mistyped: ``zone-1``, ``zone-2``.

        Complexity: O(length**2), and O(length) for each word that shares a part.

        >>> TypoIndex(["zone-1", "zoen-2"]).typos_of("zone-2")
        ['zoen-2']
        """
        candidates = {other for part in _parts(word) for other in self._words.get(part, ())}
        without_digits = _DIGITS.sub("", word)
        return sorted(
            other
            for other in candidates
            if one_slip_apart(word, other) and without_digits != _DIGITS.sub("", other)
        )


def _parts(word: str) -> Iterator[str]:
    yield word
    yield word.casefold()
    for position in range(len(word)):
        yield word[:position] + word[position + 1 :]
