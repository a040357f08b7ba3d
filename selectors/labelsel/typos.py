"""The nearest match of a mistyped word, for "did you mean" in messages.

Open `nearest` first. It compares words by similarity; `is_one_typo_apart` finds exactly one typo.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Final

from labelsel.errors import escape
from labelsel.limits import MAX_COMPARED_NAMES

__all__ = [
    "Comparisons",
    "TypoIndex",
    "did_you_mean",
    "is_one_typo_apart",
    "nearest",
    "nearest_path",
]

_SHORTEST: Final = 3
"""Fewest characters of a word with a typo: of two words of two characters nearly every pair would
be one typo apart."""

_COMPARED: Final = 199
"""Most characters of a word that is compared. difflib takes quadratic time, and leaves frequent
characters out of a word of 200, so that nothing is similar to it."""

#: How many typos a word may have, from which length on: the longest first. "lease" is three
#: characters away from "label", and app four from nope.io/x: neither was meant.
_TYPOS: Final = ((12, 3), (5, 2))

#: How many names are compared character by character. As a whole their similarity must be 0.6, as
#: `difflib` defines it: three wrong characters of twelve leave 0.75, two of five 0.6.
_CANDIDATES: Final = 8

#: How many pairs of characters of two words are one comparison: difflib compares each character
#: of similar words with each, and two words of 199 characters take 0.4 to 3.4 ms.
_PAIRS: Final = 256

#: Runs of digits, which are data in a name: web-1 is not a typo of web-2.
_DIGITS: Final = re.compile(r"[0-9]+")


class Comparisons:
    """How often words may still be compared with names, for one message or answer.

    Many words beside many names would take quadratic time, for a hint: see `MAX_COMPARED_NAMES`.

    >>> Comparisons().take(10), Comparisons().take(10**9)
    (True, False)
    """

    def __init__(self) -> None:
        self._left = MAX_COMPARED_NAMES

    def take(self, count: int) -> bool:
        """Return whether so many more comparisons are allowed; after a False none is."""
        self._left -= count
        return self._left >= 0

    def take_words(self, word: str, names: Iterable[str]) -> bool:
        """Return whether a word may be compared with some names; long words count as several."""
        return self.take(sum(1 + len(word) * len(name) // _PAIRS for name in names))


def nearest(word: str, names: Iterable[str], comparisons: Comparisons | None = None) -> str | None:
    """Return the name that is most similar to a word; None if no name is near.

    A name is near if few characters differ: one in a word of three or four characters, two up to
    eleven, three in longer words; or if only upper and lower case differ. The word itself is never
    returned, because a hint must not offer what was not understood. To a word of more than
    199 characters only a name is near that differs in upper and lower case alone.
    O(names * length ** 2).

    Arguments:
        word: the word that was not understood.
        names: the valid names, in any order; of equally similar names the last in the order of
            strings is returned.
        comparisons: how often names may still be compared, for several words of one message;
            without it one word is compared with as many names.

    >>> nearest("metadata.nme", ["metadata.name", "spec.nodeName"])
    'metadata.name'
    >>> nearest("name", ["name", "kind"]), nearest("label", ["lease"])
    (None, None)
    """
    similar = _most_similar(word, names, comparisons or Comparisons())
    return next((name for name in similar if _is_near(word, name)), None)


def nearest_path(path: str, paths: Iterable[str]) -> str | None:
    """Return the path of keys with dots between them that is nearest to a path; None if none is.

    1. The parts that both paths begin and end with do not count: of ``metadata.labels.nope``
       and ``metadata.labels.app`` only ``nope`` and ``app`` are compared, and they are not near.
    2. A path without its beginning is completed, if only one of the shortest paths ends with it.

    >>> nearest_path("metadata.lables.app", ["metadata.labels.app", "metadata.name"])
    'metadata.labels.app'
    >>> nearest_path("metadata.labels.nope", ["metadata.labels.app"])
    >>> nearest_path(".phase", ["status.phase", "metadata.name"])
    'status.phase'
    """
    known = list(dict.fromkeys(paths))
    similar = _most_similar(path, known, Comparisons())
    near = (each for each in similar if _is_near(*_different_parts(path, each)))
    return next(near, None) or _complete(path, known)


def _complete(path: str, paths: list[str]) -> str | None:
    """Return the shortest path that ends with some parts; None if several are as short."""
    end = path.strip("{}$.").casefold()
    found = [
        each
        for each in paths
        if end and (each.casefold() == end or each.casefold().endswith(f".{end}"))
    ]
    depth = min((each.count(".") for each in found), default=0)
    shortest = [each for each in found if each.count(".") == depth]
    return shortest[0] if len(shortest) == 1 and shortest[0] != path else None


def _different_parts(one: str, other: str) -> tuple[str, str]:
    """Return two paths without the parts that both begin with, and that both end with."""
    parts, others = one.split("."), other.split(".")
    begin = _count_equal(parts, others)
    parts, others = parts[begin:], others[begin:]
    end = _count_equal(parts[::-1], others[::-1])
    return ".".join(parts[: len(parts) - end]), ".".join(others[: len(others) - end])


def _count_equal(parts: list[str], others: list[str]) -> int:
    """Return how many parts are equal, from the first on."""
    pairs = zip(parts, others, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _most_similar(word: str, names: Iterable[str], comparisons: Comparisons) -> list[str]:
    """Return a few names that are similar to a word as a whole, the most similar first."""
    if not comparisons.take(0):
        return []
    others = [name for name in dict.fromkeys(names) if name != word]
    same = [name for name in others if name.casefold() == word.casefold()]
    if same or len(word) > _COMPARED:
        return sorted(same, reverse=True)
    if not comparisons.take_words(word, others):
        return []
    return difflib.get_close_matches(word, others, _CANDIDATES)


def _is_near(one: str, other: str) -> bool:
    """Return whether so few characters differ that one word was probably meant by the other."""
    if one.casefold() == other.casefold() or is_one_typo_apart(one, other):
        return True
    opcodes = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    typos = sum(max(a2 - a1, b2 - b1) for tag, a1, a2, b1, b2 in opcodes if tag != "equal")
    length = max(len(one), len(other))
    return any(length >= least and typos <= most for least, most in _TYPOS)


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
