"""The words that are one typing slip from a word, found without comparing it with each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from labelsel.typos import is_one_typo_apart

__all__ = ["Neighbours"]

_DIGITS: Final = re.compile(r"[0-9]+")


class Neighbours:
    """Words, to be found by words that are nearly theirs.

    Two words one slip apart have a part in common: the word itself, or what is left of it
    without one of its characters. So a word is looked up by its parts.

    >>> Neighbours(["tier", "env", "zone-1"]).near("teir")
    ['tier']
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[str, set[str]] = defaultdict(set)
        for word in words:
            for part in _parts(word):
                self._words[part].add(word)

    def near(self, word: str) -> list[str]:
        """The words one slip from a word, sorted; see ``is_one_typo_apart``.

        Words that differ in digits alone are numbered, not mistyped: ``zone-1``, ``zone-2``.

        Complexity: O(length**2), and O(length) for each word that shares a part.
        """
        candidates = {other for part in _parts(word) for other in self._words.get(part, ())}
        bare = _DIGITS.sub("", word)
        return sorted(
            other
            for other in candidates
            if is_one_typo_apart(word, other) and bare != _DIGITS.sub("", other)
        )


def _parts(word: str) -> Iterator[str]:
    yield word
    yield word.casefold()
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
