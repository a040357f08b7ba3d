"""The nearest match of a mistyped word, for "did you mean" in messages.

Open `nearest` first. It compares words by similarity; `is_one_typo_apart` finds exactly one typo.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from labelsel.errors import escape

__all__ = ["TypoIndex", "did_you_mean", "is_one_typo_apart", "nearest"]

_SHORTEST: Final = 3
"""Fewest characters of a word with a typo: of two words of two characters nearly every pair would
be one typo apart."""

_COMPARED: Final = 400
"""Most characters of a word that are compared, because difflib takes quadratic time. The longest
valid word, a field that names an annotation, has 336."""

#: Runs of digits, which are data in a name: web-1 is not a typo of web-2.
_DIGITS: Final = re.compile(r"[0-9]+")


def nearest(word: str, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the name that is most similar to a word; None if no name is similar.

    The word itself is never returned, because a hint must not offer what was not understood.
    O(names * length ** 2), with `_COMPARED` characters at most.

    Arguments:
        word: the word that was not understood.
        names: the valid names; of equally similar names the first is returned.
        cutoff: the least similarity, from 0 to 1, as `difflib` defines it.

    >>> nearest("metadata.nme", ["metadata.name", "spec.nodeName"])
    'metadata.name'
    >>> nearest("name", ["name", "kind"])
    """
    others = [name for name in dict.fromkeys(names) if name != word]
    close = difflib.get_close_matches(word[:_COMPARED], others, n=1, cutoff=cutoff)
    return close[0] if close else None


def did_you_mean(name: str | None) -> str:
    """Return the end of a message that offers a name; empty for None.

    >>> did_you_mean("pods"), did_you_mean(None)
    ('; did you mean pods?', '')
    """
    return "" if name is None else f"; did you mean {escape(name)}?"


def is_one_typo_apart(one: str, other: str) -> bool:
    """Return whether one word is the other word with one typo.

    1. A typo is an extra, a missing or a wrong character, or two neighbouring characters in the
       wrong order.
    2. Words that differ only in upper and lower case are one typo apart, too.
    3. Words of fewer than three characters are not one typo apart.

    O(length).

    >>> [is_one_typo_apart("tier", word) for word in ("teir", "tiers", "tie", "toer", "Tier")]
    [True, True, True, True, True]
    >>> [is_one_typo_apart("tier", word) for word in ("tier", "tieres", "rite")]
    [False, False, False]
    """
    short, long = (one, other) if len(one) < len(other) else (other, one)
    if one == other or len(long) < _SHORTEST or len(long) - len(short) > 1:
        return False
    pairs = enumerate(zip(short, long, strict=False))
    begin = next((index for index, (a, b) in pairs if a != b), len(short))
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
        """Return the indexed words that are one typo from a word, sorted; see `is_one_typo_apart`.

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
            if is_one_typo_apart(word, other) and without_digits != _DIGITS.sub("", other)
        )


def _parts(word: str) -> Iterator[str]:
    yield word
    yield word.casefold()
    for position in range(len(word)):
        yield word[:position] + word[position + 1 :]
