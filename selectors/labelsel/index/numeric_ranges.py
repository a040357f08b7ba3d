"""The values of a key that are whole numbers, in order: what '>' and '<' look at.

Numbers stand in up to `_CHUNKS` chunks of about as many distinct values, and each chunk keeps the
rows of all numbers from its first one on. So a range is the difference of two such sets, but
for the postings of half a chunk at each end: two bitmaps, where one union of all its values
would take hundreds.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pyroaring import BitMap

from labelsel.index.postings import Postings, bytes_of, size_of, union_of

__all__ = ["NumericRanges"]

_CHUNKS: Final = 32
_LEAST: Final = 4

PostingsOf = Callable[[int], Postings]
"""What gives the postings of a label by its code."""


class _Chunk:
    """Distinct values in the order of their numbers, and the rows of all from here on."""

    __slots__ = ("codes", "numbers", "onwards")

    def __init__(self, numbers: array[int], codes: array[int], onwards: BitMap) -> None:
        self.numbers = numbers
        self.codes = codes
        self.onwards = onwards


class NumericRanges:
    """Labels of one key by the number that their value is.

    Made from (number, code) pairs, in any order: O(n log n). Two values may be one number.
    """

    __slots__ = ("_chunks", "_firsts", "_postings", "_size")

    def __init__(self, labels: Iterable[tuple[int, int]], postings: PostingsOf) -> None:
        self._postings = postings
        ordered = sorted(labels)
        self._size = max(_LEAST, -(-len(ordered) // _CHUNKS))
        self._chunks: list[_Chunk] = []
        self._firsts: list[int] = []
        for start in range(0, len(ordered), self._size):
            numbers, codes = zip(*ordered[start : start + self._size], strict=True)
            self._chunks.append(_Chunk(array("q", numbers), array("I", codes), BitMap()))
            self._firsts.append(numbers[0])
        onwards = BitMap()
        for chunk in reversed(self._chunks):
            onwards = chunk.onwards = BitMap.union(onwards, self._union(chunk.codes))

    def add(self, number: int, code: int) -> bool:
        """Take in a label without rows. O(chunk). False where it is time to make the view anew."""
        if not self._chunks:
            return False
        place = self._chunk_of(number)
        chunk = self._chunks[place]
        where = bisect_right(chunk.numbers, number)
        chunk.numbers.insert(where, number)
        chunk.codes.insert(where, code)
        if len(chunk.numbers) > 2 * self._size:
            self._split(place)
        return len(self._chunks) <= 2 * _CHUNKS

    def remove(self, number: int, code: int) -> None:
        """Forget a label that has no rows any more. O(chunk)."""
        place = self._chunk_with(number, code)
        chunk = self._chunks[place]
        where = chunk.codes.index(code)
        del chunk.numbers[where], chunk.codes[where]
        if not chunk.codes:
            del self._chunks[place], self._firsts[place]

    def add_row(self, number: int, code: int, row: int) -> None:
        """Take in a row of a label. O(chunks)."""
        for chunk in self._chunks[: self._chunk_with(number, code) + 1]:
            chunk.onwards.add(row)

    def discard_row(self, number: int, code: int, row: int) -> None:
        """Forget a row of a label. O(chunks)."""
        for chunk in self._chunks[: self._chunk_with(number, code) + 1]:
            chunk.onwards.discard(row)

    def between(self, least: int, most: int) -> tuple[BitMap, bool]:
        """Return the rows with a number from ``least`` to ``most``, and whether they are new.

        What is not new belongs to the store, and may not be changed. O(chunk), and a few
        operations on bitmaps.
        """
        if least > most or not self._chunks:
            return BitMap(), True
        first, last = self._place(least), self._place(most + 1)
        if first[0] == last[0]:
            codes = self._chunks[first[0]].codes
            within = codes[first[1] : last[1]]
            if 2 * self._rows_of(within) <= self._rows_of(codes):
                return self._union(within), False
        onwards = self._onwards(*first)
        if last == (len(self._chunks) - 1, len(self._chunks[-1].codes)):
            return onwards, False
        return onwards - self._onwards(*last), True

    def count(self, least: int, most: int) -> int:
        """Return how many rows `between` has, without making them. O(chunk).

        No row has two values, so cardinalities add up.
        """
        if least > most or not self._chunks:
            return 0
        return self._count_onwards(*self._place(least)) - self._count_onwards(
            *self._place(most + 1)
        )

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers, codes and bitmaps."""
        return sum(12 * len(chunk.codes) + bytes_of(chunk.onwards) for chunk in self._chunks)

    def check_invariants(self, labels: Iterable[tuple[int, int]]) -> None:
        """Raise AssertionError where the view is not one of these labels."""
        pairs = [pair for c in self._chunks for pair in zip(c.numbers, c.codes, strict=True)]
        assert sorted(pairs) == sorted(labels)
        assert [number for number, _ in pairs] == sorted(number for number, _ in pairs)
        assert len(self._firsts) == len(self._chunks)
        onwards = BitMap()
        for chunk in reversed(self._chunks):
            onwards = BitMap.union(onwards, self._union(chunk.codes))
            assert chunk.codes
            assert chunk.onwards == onwards

    def _chunk_of(self, number: int) -> int:
        """Return the last chunk that begins with the number or a smaller one, else the first."""
        return max(bisect_right(self._firsts, number) - 1, 0)

    def _chunk_with(self, number: int, code: int) -> int:
        """Return the chunk of a label: a number may end one chunk and go on in the next."""
        place = self._chunk_of(number)
        while code not in self._chunks[place].codes:
            place -= 1
        return place

    def _place(self, number: int) -> tuple[int, int]:
        """Return the chunk and the place in it where numbers from this one on begin."""
        # The chunk before one that begins with this very number may end with it, too.
        chunk = max(bisect_left(self._firsts, number) - 1, 0)
        return chunk, bisect_left(self._chunks[chunk].numbers, number)

    def _onwards(self, chunk: int, place: int) -> BitMap:
        """Return the rows from a place on; it may be a chunk's own bitmap."""
        own = self._chunks[chunk]
        if place == 0:
            return own.onwards
        before, rest = own.codes[:place], own.codes[place:]
        if self._rows_of(before) < self._rows_of(rest):
            return own.onwards - self._union(before)
        if chunk + 1 == len(self._chunks):
            return self._union(rest)
        behind = self._chunks[chunk + 1].onwards
        return BitMap.union(behind, self._union(rest)) if rest else behind

    def _count_onwards(self, chunk: int, place: int) -> int:
        own = self._chunks[chunk]
        return len(own.onwards) - self._rows_of(own.codes[:place])

    def _rows_of(self, codes: Sequence[int]) -> int:
        return sum(map(size_of, map(self._postings, codes)))

    def _union(self, codes: Sequence[int]) -> BitMap:
        return union_of(map(self._postings, codes))

    def _split(self, place: int) -> None:
        chunk = self._chunks[place]
        half = len(chunk.codes) // 2
        numbers, codes = chunk.numbers[half:], chunk.codes[half:]
        del chunk.numbers[half:], chunk.codes[half:]
        behind = self._chunks[place + 1].onwards if place + 1 < len(self._chunks) else BitMap()
        onwards = BitMap.union(behind, self._union(codes))
        self._chunks.insert(place + 1, _Chunk(numbers, codes, onwards))
        self._firsts.insert(place + 1, numbers[0])
