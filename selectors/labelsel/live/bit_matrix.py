"""A block of selectors that are asked together: one bit each, all of them in one operation.

Every key that they speak of has a column. It holds, for a value and for absence, a number whose
bits are the selectors that fail there; selectors that do not speak of the key have no bit in it.
So the selectors that hold are those that no key fails: for each key one look at a dict and one
"or", whether one selector speaks of it or a thousand do. Conjunctions are answered so exactly;
of a selector with an `Or` in it, the bit says what its conjunction says, and where that holds the
selector itself is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, Generic, TypeVar, cast

from labelsel.live.indexed_selector import IndexedSelector
from labelsel.live.restrictions import Restrictions
from labelsel.reasoning.values import Values

__all__ = ["SIZE", "BitMatrix"]

K = TypeVar("K")

SIZE: Final = 1024
"""Most selectors of a block: up to here an "or" costs no more than a look at a dict."""

_REMEMBERED: Final = 4096
"""So many values are kept for which tests were asked; then all are forgotten."""


class _Column:
    """One key: which selectors fail at its values, as bits.

    Attributes:
        absent: those that fail where the key is absent.
        others: those that fail at values that are not listed.
        listed: by value, those that do otherwise than at other values.
        asked: those whose selector is asked, and who speak of the key.
        members: how many speak of the key.
    """

    __slots__ = ("absent", "asked", "failing", "listed", "members", "others", "tests")

    def __init__(self) -> None:
        self.absent = 0
        self.others = 0
        self.asked = 0
        self.members = 0
        self.listed: dict[str, int] = {}
        self.tests: dict[int, Values] = {}
        self.failing: dict[str, int] = {}

    def fails(self, value: str | None) -> int:
        """Return the selectors that fail at a value, or where the key is absent."""
        if value is None:
            return self.absent
        fails = self.others ^ self.listed.get(value, 0)
        return fails | self.tested(value) if self.tests else fails

    def tested(self, value: str) -> int:
        """Return those that fail a test which no list can stand for. Each value is asked once."""
        failing = self.failing.get(value)
        if failing is None:
            failing = sum(bit for bit, values in self.tests.items() if not values.passes(value))
            if len(self.failing) == _REMEMBERED:
                self.failing.clear()
            self.failing[value] = failing
        return failing

    def put(self, bit: int, values: Values) -> None:
        self.absent |= 0 if values.absent else bit
        self.others |= 0 if values.others else bit
        for value in values.listed:
            self.listed[value] = self.listed.get(value, 0) | bit
        if values.tests:
            self.tests[bit] = values
            self.failing.clear()

    def take(self, bit: int, values: Values) -> None:
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


class BitMatrix(Generic[K]):
    """At most `SIZE` selectors, numbered."""

    __slots__ = ("_asked", "_bits", "_columns", "_free", "_members", "_needed")

    def __init__(self) -> None:
        self._members: list[IndexedSelector[K] | None] = []
        self._free: list[int] = []
        self._bits = 0
        # Those of which the conditions do not tell all, and which have to be asked themselves.
        self._asked = 0
        self._columns: dict[str, _Column] = {}
        # Of these keys absence fails some selector.
        self._needed: dict[str, _Column] = {}

    def __len__(self) -> int:
        return len(self._members) - len(self._free)

    @property
    def is_full(self) -> bool:
        """Whether no more selectors fit in."""
        return len(self) == SIZE

    def __iter__(self) -> Iterator[IndexedSelector[K]]:
        return (member for member in self._members if member is not None)

    def add(self, member: IndexedSelector[K], form: Restrictions) -> int:
        """Take a selector in, and return its number. O(values that it lists).

        ``form`` is what is left to be asked of it where it stands.
        """
        if self._free:
            number = self._free.pop()
            self._members[number] = member
        else:
            number = len(self._members)
            self._members.append(member)
        bit = 1 << number
        self._bits |= bit
        for key, values in form.conditions.items():
            column = self._column(key)
            column.put(bit, values)
            if column.absent:
                self._needed[key] = column
        if not form.is_exact:
            self._asked |= bit
            for key in set(form.keys()):
                self._column(key).asked |= bit
        for key in set(form.keys()):
            self._column(key).members += 1
        return number

    def remove(self, number: int, form: Restrictions) -> None:
        """Take a selector out that was added so. O(values that it lists)."""
        self._members[number] = None
        self._free.append(number)
        bit = 1 << number
        self._bits &= ~bit
        self._asked &= ~bit
        for key, values in form.conditions.items():
            self._columns[key].take(bit, values)
        for key in set(form.keys()):
            column = self._columns[key]
            column.asked &= ~bit
            column.members -= 1
            if not column.absent:
                self._needed.pop(key, None)
            if not column.members:
                del self._columns[key]

    def holding(self, labels: Mapping[str, str]) -> int:
        """Return the selectors that hold, as bits. O(keys) and what asking costs."""
        return self._held(self._fails(labels, ()), labels)

    def exchanged(
        self, before: Mapping[str, str], after: Mapping[str, str], changed: Collection[str]
    ) -> tuple[int, int]:
        """Return selectors that hold before and after a change of some keys, as bits.

        Those are left out that hold both times or neither, but for some that had to be asked.
        """
        old = new = asked = 0
        for key in changed:
            column = self._columns.get(key)
            if column is not None:
                old |= column.fails(before.get(key))
                new |= column.fails(after.get(key))
                asked |= column.asked
        turned = self._bits & ((old ^ new) | asked)
        if not turned:
            return 0, 0
        fails = self._fails(after, changed) | ~turned
        was, now = self._held(fails | old, before), self._held(fails | new, after)
        same = was & now & ~self._asked
        return was ^ same, now ^ same

    def _fails(self, labels: Mapping[str, str], but: Collection[str]) -> int:
        """Return the selectors that fail at some key, but for the keys in ``but``."""
        columns = self._columns
        fails = 0
        if len(columns) <= 2 * len(labels):
            for key, column in columns.items():
                if key not in but:
                    fails |= column.fails(labels.get(key))
            return fails
        for key, column in self._needed.items():
            if key not in labels and key not in but:
                fails |= column.absent
        for key in columns.keys() & labels.keys():
            if key not in but:
                fails |= columns[key].fails(labels[key])
        return fails

    def _held(self, fails: int, labels: Mapping[str, str]) -> int:
        """Return the selectors that no key fails, and that hold where they have to be asked."""
        held = self._bits & ~fails
        asked = held & self._asked
        while asked:
            bit = asked & -asked
            asked ^= bit
            if not self.members(bit)[0].selector.matches(labels):
                held ^= bit
        return held

    def check_invariants(self, left_of: Callable[[Restrictions], Restrictions]) -> None:
        """Raise AssertionError where it is not what its selectors make it."""
        made: BitMatrix[K] = BitMatrix()
        for number, member in enumerate(self._members):
            if member is None:
                assert number in self._free
                made._members.append(None)
            else:
                assert member.form is not None
                assert made.add(member, left_of(member.form)) == number
        assert len(self._free) + sum(1 for _ in self) == len(self._members) <= SIZE
        assert (made._bits, made._asked) == (self._bits, self._asked)
        assert made._needed.keys() == self._needed.keys()
        assert made._columns.keys() == self._columns.keys()
        for key, column in self._columns.items():
            of_made = made._columns[key]
            for part in ("absent", "asked", "listed", "members", "others", "tests"):
                assert getattr(of_made, part) == getattr(column, part)
            assert column.failing.items() <= {v: of_made.tested(v) for v in column.failing}.items()

    def members(self, bits: int) -> list[IndexedSelector[K]]:
        """Return the selectors of bits. O(selectors)."""
        found = []
        members = self._members
        while bits:
            bit = bits & -bits
            bits ^= bit
            found.append(members[bit.bit_length() - 1])
        return cast("list[IndexedSelector[K]]", found)

    def _column(self, key: str) -> _Column:
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = _Column()
        return column
