"""The values of a key that are whole numbers, in order. `>` and `<` read them.

The distinct numbers are in up to 2 * `_CHUNKS` chunks, none of which has many numbers or many rows,
and each chunk keeps the rows of all numbers from its first number on. So a range is the difference
of two such bitmaps, corrected by the postings of at most half a chunk at each end. A union of all
values of the range would read hundreds of postings.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from pyroaring import BitMap

from labelsel.index.postings import Postings, bytes_of, size_of, union_of

__all__ = ["NumericRanges"]

_CHUNKS: Final = 32
"""Chunks of a key. With 8, ``n>500,n<600`` takes 69 µs instead of 26; with 128 it takes 12, but
the ranges take four times the memory (``python -m benchmarks.constants chunks``)."""

_MIN_ROWS: Final = 1024
"""Fewest rows that end a chunk: a union of fewer costs no more than another bitmap."""

_MIN_SIZE: Final = 4
"""Fewest distinct numbers of a chunk: a union of two postings costs less than a bitmap."""

PostingsOf = Callable[[int], Postings]
"""A function from the code of a label to its postings."""


class _Chunk:
    """Consecutive numbers with their codes, and the rows of these and all later numbers."""

    __slots__ = ("codes", "numbers", "onwards")

    def __init__(self, numbers: array[int], codes: array[int], onwards: BitMap) -> None:
        self.numbers = numbers
        self.codes = codes
        self.onwards = onwards


class NumericRanges:
    r"""The labels of one key whose values are numbers, in the order of the numbers.

    Made from (number, code) pairs in any order: O(n log n). Two values can be the same number,
    such as "7" and "007".

    >>> ranges = NumericRanges([(80, 0), (8080, 1)], [b"\0\0\0\0", b"\1\0\0\0"].__getitem__)
    >>> ranges.between(100, 9000)[0], ranges.count(0, 9000)
    (BitMap([1]), 2)
    """

    __slots__ = ("_chunks", "_firsts", "_postings", "_size")

    def __init__(self, labels: Iterable[tuple[int, int]], postings: PostingsOf) -> None:
        self._postings = postings
        ordered = sorted(labels)
        self._size = max(_MIN_SIZE, -(-len(ordered) // _CHUNKS))
        self._chunks: list[_Chunk] = []
        self._firsts: list[int] = []
        for part in self._parts(ordered):
            numbers, codes = zip(*part, strict=True)
            self._chunks.append(_Chunk(array("q", numbers), array("I", codes), BitMap()))
            self._firsts.append(numbers[0])
        onwards = BitMap()
        for chunk in reversed(self._chunks):
            onwards = chunk.onwards = BitMap.union(onwards, self._union(chunk.codes))

    def add(self, number: int, code: int) -> bool:
        """Add a label without rows. O(chunk). False if there are too many chunks now."""
        if not self._chunks:
            return False
        found = self._chunk_of(number)
        chunk = self._chunks[found]
        position = bisect_right(chunk.numbers, number)
        chunk.numbers.insert(position, number)
        chunk.codes.insert(position, code)
        if len(chunk.numbers) > 2 * self._size:
            self._split(found)
        return len(self._chunks) <= 3 * _CHUNKS

    def remove(self, number: int, code: int) -> None:
        """Remove a label that has no rows any more. O(chunk)."""
        found = self._chunk_with(number, code)
        chunk = self._chunks[found]
        position = chunk.codes.index(code)
        del chunk.numbers[position], chunk.codes[position]
        if not chunk.codes:
            del self._chunks[found], self._firsts[found]

    def add_row(self, number: int, code: int, row: int) -> None:
        """Add a row of a label. O(chunks)."""
        for chunk in self._chunks[: self._chunk_with(number, code) + 1]:
            chunk.onwards.add(row)

    def discard_row(self, number: int, code: int, row: int) -> None:
        """Remove a row of a label. O(chunks)."""
        for chunk in self._chunks[: self._chunk_with(number, code) + 1]:
            chunk.onwards.discard(row)

    def between(self, least: int, most: int) -> tuple[BitMap, bool]:
        """Return the rows with a number from ``least`` to ``most``, and whether they are writable.

        Rows that are not writable belong to the store, and the caller must not change them.
        O(chunk), and a few operations on bitmaps.
        """
        if not self._chunks:
            return BitMap(), True
        first, last = self._position_of(least), self._position_of(most + 1)
        if first[0] == last[0]:
            codes = self._chunks[first[0]].codes
            within = codes[first[1] : last[1]]
            if 2 * self._rows_of(within) <= self._rows_of(codes):
                return self._union(within), False
        rows = self._onwards(*first)
        if last == (len(self._chunks) - 1, len(self._chunks[-1].codes)):
            return rows, False
        # One after the other: their union would only be made to be subtracted.
        for each in self._parts_onwards(*last):
            rows = rows - each
        return rows, True

    def count(self, least: int, most: int) -> int:
        """Return the number of rows of `between`, without making them. O(chunk).

        No row has two values of a key, so the cardinalities can be added.
        """
        if least > most or not self._chunks:
            return 0
        first, last = self._position_of(least), self._position_of(most + 1)
        return self._count_onwards(*first) - self._count_onwards(*last)

    @property
    def nbytes(self) -> int:
        """The memory of the numbers, codes and bitmaps, in bytes."""
        return sum(12 * len(chunk.codes) + bytes_of(chunk.onwards) for chunk in self._chunks)

    def check_invariants(self, labels: Iterable[tuple[int, int]]) -> None:
        """Raise AssertionError if these are not the ranges of some labels. O(labels)."""
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
        """Return the last chunk that starts with the number or a smaller one, else the first."""
        return max(bisect_right(self._firsts, number) - 1, 0)

    def _chunk_with(self, number: int, code: int) -> int:
        """Return the chunk of a label. Labels with one number may be in two neighbouring chunks."""
        chunk = self._chunk_of(number)
        while code not in self._chunks[chunk].codes:
            chunk -= 1
        return chunk

    def _position_of(self, number: int) -> tuple[int, int]:
        """Return the chunk of the first label with this or a greater number, and its position."""
        # If a chunk starts with this number, the chunk before it may end with the number, too.
        chunk = max(bisect_left(self._firsts, number) - 1, 0)
        return chunk, bisect_left(self._chunks[chunk].numbers, number)

    def _parts(self, labels: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
        """Yield the labels of each chunk: few numbers, and few rows unless a number has many.

        Without the limit on rows the first chunk of ``generation`` has nine tenths of the rows,
        and of a million label sets ``generation<10`` takes 156 µs instead of 66
        (``python -m benchmarks.constants chunk-rows --size 1000000``).
        """
        limit = max(_MIN_ROWS, self._rows_of([code for _, code in labels]) // _CHUNKS)
        part: list[tuple[int, int]] = []
        rows = 0
        for label in labels:
            part.append(label)
            rows += size_of(self._postings(label[1]))
            if len(part) == self._size or rows > limit:
                yield part
                part, rows = [], 0
        if part:
            yield part

    def _onwards(self, number: int, position: int) -> BitMap:
        """Return the rows from a position of a chunk on. They may be the bitmap of a chunk."""
        first, *others = self._parts_onwards(number, position)
        return BitMap.union(first, *others) if others else first

    def _parts_onwards(self, number: int, position: int) -> list[BitMap]:
        """Return one bitmap or two: their union are the rows from a position of a chunk on."""
        chunk = self._chunks[number]
        if position == 0:
            return [chunk.onwards]
        before, rest = chunk.codes[:position], chunk.codes[position:]
        if self._rows_of(before) < self._rows_of(rest):
            return [chunk.onwards - self._union(before)]
        if number + 1 == len(self._chunks):
            return [self._union(rest)]
        later = self._chunks[number + 1].onwards
        return [self._union(rest), later] if rest else [later]

    def _count_onwards(self, number: int, position: int) -> int:
        chunk = self._chunks[number]
        return len(chunk.onwards) - self._rows_of(chunk.codes[:position])

    def _rows_of(self, codes: Sequence[int]) -> int:
        return sum(map(size_of, map(self._postings, codes)))

    def _union(self, codes: Sequence[int]) -> BitMap:
        return union_of(map(self._postings, codes))

    def _split(self, number: int) -> None:
        """Split a chunk into two halves. O(chunk)."""
        chunk = self._chunks[number]
        half = len(chunk.codes) // 2
        numbers, codes = chunk.numbers[half:], chunk.codes[half:]
        del chunk.numbers[half:], chunk.codes[half:]
        later = self._chunks[number + 1].onwards if number + 1 < len(self._chunks) else BitMap()
        onwards = BitMap.union(later, self._union(codes))
        self._chunks.insert(number + 1, _Chunk(numbers, codes, onwards))
        self._firsts.insert(number + 1, numbers[0])
