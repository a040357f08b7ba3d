"""A matrix of bits, with one bit for each of up to `SIZE` selectors that are tested together.

Each label key that the selectors name has a column. For a value, and for absence, the column has
an integer whose bits are the selectors that fail there. A selector that does not name the key
has no bit in it. The selectors that match are those without a bit in any column: for each key
one look-up in a dict and one "or", for one selector or for a thousand.

For a conjunction this is exact. A selector that contains an `Or` has the bits of its
conjunction. If these do not exclude the selector, it is evaluated itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar, cast

from labelsel.core import compiled
from labelsel.live.indexed_selector import Answer, IndexedSelector
from labelsel.live.restrictions import Restrictions
from labelsel.value_sets import Values

__all__ = ["SIZE", "BitMatrix"]

K = TypeVar("K")

SIZE: Final = 8192
"""Most selectors of a matrix. With fewer there are more matrices to look up: 5,000 selectors that
require nothing are tested in 11 µs with 8,192, in 30 with 1,024, and in 430 with 64. With more, a
change of one selector copies longer integers (``python -m benchmarks.constants matrix-size``)."""

_PART: Final = 1024
"""Selectors of a matrix that are reviewed together; a review of one takes some 8 µs."""

_MAX_COLUMNS_PER_LABEL: Final = 2
"""Up to this number of columns for each label of a label set, all columns are looked up;
otherwise only those of the labels, after one set operation on the keys. For 10 labels, 10 columns
take 2.7 µs instead of 3.6, and 80 columns 10 µs instead of 19; from 20 to 40 columns both take
about the same time (``python -m benchmarks.constants columns``)."""

_MAX_CACHED_VALUES: Final = 4096
"""Most values of a column whose tests are cached; then the cache is emptied. 200 selectors with
tests take 9 µs for a cached value and 400 µs for another one
(``python -m benchmarks.constants cached-values``). 4,096 values take 1 MB at most."""


_NO_TESTS: Final[dict[int, Values]] = {}
_NO_VALUES: Final[dict[str, int]] = {}
"""Of all columns without tests, which are nearly all: two dicts of each would be half its memory.
They never change."""


class _Column:
    """One label key: the selectors that fail at each value, as bits.

    Attributes:
        absent: the selectors that fail if the key is absent.
        others: the selectors that fail at values that are not listed.
        listed: for each listed value the selectors that differ there from ``others``.
        tests: for each bit of a selector with tests (`Values.tests`) its values.
        failing: for each value that was tested, the selectors whose tests it fails.
        evaluated: the selectors that name the key and must be evaluated themselves.
        count: the number of selectors that name the key.
    """

    __slots__ = ("absent", "count", "evaluated", "failing", "listed", "others", "tests")

    def __init__(self) -> None:
        self.absent = 0
        self.others = 0
        self.evaluated = 0
        self.count = 0
        self.listed: dict[str, int] = {}
        self.tests: dict[int, Values] = _NO_TESTS
        self.failing: dict[str, int] = _NO_VALUES

    def fails(self, value: str | None) -> int:
        """Return the selectors that fail at a value; None is an absent key."""
        if value is None:
            return self.absent
        fails = self.others ^ self.listed.get(value, 0)
        return fails | self.failing_tests(value) if self.tests else fails

    def failing_tests(self, value: str) -> int:
        """Return the selectors whose tests a value fails. Each value is tested once."""
        failing = self.failing.get(value)
        if failing is None:
            failing = sum(bit for bit, values in self.tests.items() if not values.passes(value))
            if len(self.failing) == _MAX_CACHED_VALUES:
                self.failing.clear()
            self.failing[value] = failing
        return failing

    def add(self, bit: int, values: Values) -> None:
        """Add a selector that allows some values."""
        self.count += 1
        if not values.absent:
            self.absent |= bit
        if not values.others:
            self.others |= bit
        for value in values.listed:
            self.listed[value] = self.listed.get(value, 0) | bit
        if values.tests:
            if self.tests is _NO_TESTS:
                self.tests, self.failing = {}, {}
            self.tests[bit] = values
            self.failing.clear()

    def remove(self, bit: int, values: Values) -> None:
        """Remove a selector, given the values with which it was added."""
        self.count -= 1
        self.absent &= ~bit
        self.others &= ~bit
        for value in values.listed:
            left = self.listed[value] & ~bit
            if left:
                self.listed[value] = left
            else:
                del self.listed[value]
        if self.tests.pop(bit, None) is not None:
            self.failing.clear()


@compiled
class MatrixState:
    """The part of `BitMatrix` that the compiled core reads directly."""

    __slots__ = ("image",)


class BitMatrix(MatrixState, Generic[K]):
    """At most `SIZE` selectors, each with a number, which is the position of its bit.

    Attributes:
        image: what the compiled core keeps of the matrix; None after each change.
    """

    __slots__ = (
        "_answers",
        "_bits",
        "_columns",
        "_evaluated",
        "_free",
        "_required",
        "_selectors",
    )

    def __init__(self) -> None:
        self.image: object = None
        self._selectors: list[IndexedSelector[K] | None] = []
        # What `IndexedSelector.answer` returns for each selector. Where this is the caller's key,
        # a look-up reads neither the selector nor its dict of keys: two thirds of the memory that
        # an answer touches.
        self._answers: list[Any] = []
        self._free: list[int] = []
        self._bits = 0
        # The selectors that must be evaluated if no column excludes them.
        self._evaluated = 0
        self._columns: dict[str, _Column] = {}
        # The columns at which some selector fails if the key is absent.
        self._required: dict[str, _Column] = {}

    def __len__(self) -> int:
        return len(self._selectors) - len(self._free)

    @property
    def is_full(self) -> bool:
        """Whether the matrix has `SIZE` selectors."""
        return not self.room

    @property
    def room(self) -> int:
        """How many more selectors the matrix takes."""
        return SIZE - len(self)

    def __iter__(self) -> Iterator[IndexedSelector[K]]:
        return (indexed for indexed in self._selectors if indexed is not None)

    @property
    def parts(self) -> int:
        """The number of parts in which the selectors are reviewed."""
        return -(-len(self._selectors) // _PART)

    def part(self, number: int) -> list[IndexedSelector[K]]:
        """Return the selectors of a part, which may be none. O(selectors of the part)."""
        selectors = self._selectors[number * _PART : (number + 1) * _PART]
        return [indexed for indexed in selectors if indexed is not None]

    # Queries

    def matching(self, labels: Mapping[str, str]) -> int:
        """Return the selectors that select a label set, as bits.

        O(labels + keys that some selector requires), and the evaluation of selectors with an Or.
        """
        return self._evaluate(self._bits & ~self._fails(labels, ()), labels)

    def changed(
        self, before: Mapping[str, str], after: Mapping[str, str], keys: Collection[str]
    ) -> tuple[int, int]:
        """Return the selectors that match before, and those that match after a change of keys.

        Both as bits, without those that match both times. Selectors that were evaluated may be
        in both.
        """
        old = new = evaluated = 0
        for key in keys:
            column = self._columns.get(key)
            if column is not None:
                old |= column.fails(before.get(key))
                new |= column.fails(after.get(key))
                evaluated |= column.evaluated
        affected = self._bits & ((old ^ new) | evaluated)
        if not affected:
            return 0, 0
        left = affected & ~self._fails(after, keys)
        was, now = left & ~old, left & ~new
        if not evaluated:
            return was, now
        was, now = self._evaluate(was, before), self._evaluate(now, after)
        same = was & now & ~self._evaluated
        return was ^ same, now ^ same

    def selectors(self, bits: int) -> list[IndexedSelector[K]]:
        """Return the selectors of bits. O(selectors)."""
        found = []
        selectors = self._selectors
        while bits:
            bit = bits & -bits
            bits ^= bit
            found.append(selectors[bit.bit_length() - 1])
        return cast("list[IndexedSelector[K]]", found)

    def add_keys(self, bits: int, found: set[K]) -> None:
        """Add the caller's keys of the selectors of bits to a set. O(keys)."""
        answers = self._answers
        while bits:
            bit = bits & -bits
            bits ^= bit
            answer = answers[bit.bit_length() - 1]
            if type(answer) is IndexedSelector:
                found.update(answer.keys)
            else:
                found.add(answer)

    def add_answers(self, bits: int, found: list[Answer[K]]) -> None:
        """Append the answer (`IndexedSelector.answer`) of each selector of bits."""
        answers = self._answers
        while bits:
            bit = bits & -bits
            bits ^= bit
            found.append(answers[bit.bit_length() - 1])

    # Mutations

    def add(
        self, indexed: IndexedSelector[K], restrictions: Restrictions, met: str | None = None
    ) -> int:
        """Add a selector, and return its number. O(values that it lists).

        ``met`` is the key whose condition the anchor of the bucket implies, if there is one.
        """
        if self._free:
            number = self._free.pop()
            self._selectors[number] = indexed
            self._answers[number] = indexed.answer()
        else:
            number = len(self._selectors)
            self._selectors.append(indexed)
            self._answers.append(indexed.answer())
        self.image = None
        bit = 1 << number
        self._bits |= bit
        columns = self._columns
        for key, values in restrictions.conditions.items():
            if key == met:
                continue
            column = columns.get(key)
            if column is None:
                column = columns[key] = _Column()
            column.add(bit, values)
            if not values.absent:
                self._required[key] = column
        if restrictions.choices or not restrictions.is_complete:
            self._add_evaluated(bit, restrictions if met is None else restrictions.without(met))
        return number

    def remove(self, number: int, restrictions: Restrictions, met: str | None = None) -> None:
        """Remove a selector, given the arguments with which it was added.

        O(values that it lists).
        """
        self._selectors[number] = self._answers[number] = None
        self.image = None
        self._free.append(number)
        bit = 1 << number
        self._bits &= ~bit
        self._evaluated &= ~bit
        left = restrictions if met is None else restrictions.without(met)
        for key, values in left.conditions.items():
            self._columns[key].remove(bit, values)
        for key in set(left.keys()):
            column = self._columns[key]
            column.evaluated &= ~bit
            # A condition was subtracted with its values.
            column.count -= key not in left.conditions
            if not column.absent:
                self._required.pop(key, None)
            if not column.count:
                del self._columns[key]

    def refresh(self, number: int, indexed: IndexedSelector[K]) -> None:
        """Read the caller's keys of a selector again, after they changed. O(1)."""
        self._answers[number] = indexed.answer()
        self.image = None

    # Internals

    def _fails(self, labels: Mapping[str, str], without: Collection[str]) -> int:
        """Return the selectors that fail at some key, except at the keys in ``without``."""
        columns = self._columns
        fails = 0
        if len(columns) <= _MAX_COLUMNS_PER_LABEL * len(labels):
            for key, column in columns.items():
                if key in without:
                    continue
                # As `_Column.fails`, without a call for each column.
                value = labels.get(key)
                if value is None:
                    fails |= column.absent
                elif column.tests:
                    fails |= column.fails(value)
                else:
                    fails |= column.others ^ column.listed.get(value, 0)
            return fails
        for key, column in self._required.items():
            if key not in labels and key not in without:
                fails |= column.absent
        for key in columns.keys() & labels.keys():
            if key not in without:
                fails |= columns[key].fails(labels[key])
        return fails

    def _evaluate(self, matches: int, labels: Mapping[str, str]) -> int:
        """Return the selectors of bits that match; evaluate those for which bits do not decide."""
        undecided = matches & self._evaluated
        while undecided:
            bit = undecided & -undecided
            undecided ^= bit
            if not self.selectors(bit)[0].selector.matches(labels):
                matches ^= bit
        return matches

    def _add_evaluated(self, bit: int, restrictions: Restrictions) -> None:
        """Note that a selector must be evaluated itself if any of its keys changes."""
        self._evaluated |= bit
        for key in set(restrictions.keys()):
            column = self._columns.get(key)
            if column is None:
                column = self._columns[key] = _Column()
            column.evaluated |= bit
            column.count += key not in restrictions.conditions

    # Diagnostics

    def check_invariants(self, unmet_restrictions: Callable[[Restrictions], Restrictions]) -> None:
        """Raise AssertionError if the matrix is not the one of its selectors. O(values).

        ``unmet_restrictions`` returns the restrictions that the bucket's anchor does not imply.
        """
        expected: BitMatrix[K] = BitMatrix()
        for number, indexed in enumerate(self._selectors):
            if indexed is None:
                assert number in self._free
                expected._selectors.append(None)
            else:
                assert indexed.restrictions is not None
                assert expected.add(indexed, unmet_restrictions(indexed.restrictions)) == number
        assert len(self._free) + sum(1 for _ in self) == len(self._selectors) <= SIZE
        assert (expected._bits, expected._evaluated) == (self._bits, self._evaluated)
        required = {key: column for key, column in self._columns.items() if column.absent}
        assert self._required == required
        assert expected._columns.keys() == self._columns.keys()
        for key, column in self._columns.items():
            other = expected._columns[key]
            for part in ("absent", "evaluated", "listed", "count", "others", "tests"):
                assert getattr(other, part) == getattr(column, part)
            tested = {value: other.failing_tests(value) for value in column.failing}
            assert column.failing.items() <= tested.items()
