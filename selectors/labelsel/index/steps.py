"""Steps: the operations over postings that a plan is made of.

Each step is asked in the way that costs least for what is wanted of it: all its rows, those
among some rows, those but for some rows, or only how many. A step is good for as long as the
labels that it names keep their codes, whatever rows come and go (`plan.py` sees to that).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from pyroaring import BitMap

from labelsel.index.numeric_ranges import NumericRanges
from labelsel.index.postings import as_bitmap, size_of, union_of
from labelsel.index.store import Column, LabelStore
from labelsel.requirements import Equals, Exists, In

__all__ = [
    "AllRows",
    "AnyLabelRows",
    "Empty",
    "Intersect",
    "KeyMinus",
    "KeyRows",
    "LabelRows",
    "NumericRows",
    "Step",
    "Union",
]

_FEW: Final = 8
"""So many postings are gone through one by one where that spares a union of them."""


class Step(ABC):
    """One operation over the postings of a store.

    Attributes:
        operation: what it does, in a word.
        steps: the steps whose rows it combines, in the order they are taken.
        weight: about how many bitmaps it touches.
        makes: whether its rows are always a bitmap of the caller's own.
    """

    __slots__ = ()

    operation: ClassVar[str]
    steps: Sequence[Step] = ()
    weight: ClassVar[int] = 1
    makes: ClassVar[bool] = False

    @property
    def detail(self) -> str:
        """What it does it to, as a selector says it; empty where the steps tell."""
        return ""

    @abstractmethod
    def estimate(self) -> int:
        """Return how many rows there are at most. O(1), or O(labels)."""

    @abstractmethod
    def rows(self) -> BitMap:
        """Return the rows. It may be the store's own bitmap, which is not to be changed."""

    def share(self) -> BitMap:
        """Return the rows as they are now, whatever becomes of the store."""
        return self.rows()

    def count(self) -> int:
        """Return how many rows there are."""
        return len(self.rows())

    def intersection(self, rows: BitMap) -> BitMap:
        """Return which of some rows are among these."""
        return rows & self.rows()

    def difference(self, rows: BitMap) -> BitMap:
        """Return which of some rows are not among these."""
        return rows - self.rows()

    def intersect_update(self, rows: BitMap) -> BitMap:
        """Return what `intersection` does, of rows that may be changed in place."""
        rows &= self.rows()
        return rows

    def difference_update(self, rows: BitMap) -> BitMap:
        """Return what `without` does, of rows that may be changed in place."""
        rows -= self.rows()
        return rows

    def intersection_count(self, rows: BitMap) -> int:
        """Return how many of some rows are among these."""
        return rows.intersection_cardinality(self.rows())


class Empty(Step):  # None is taken
    """No rows."""

    __slots__ = ()
    operation = "none"
    makes = True

    def estimate(self) -> int:
        return 0

    def rows(self) -> BitMap:
        return BitMap()


class AllRows(Step):
    """All rows there are."""

    __slots__ = ("_store",)
    operation = "all"

    def __init__(self, store: LabelStore) -> None:
        self._store = store

    def estimate(self) -> int:
        return len(self._store.rows)

    count = estimate

    def rows(self) -> BitMap:
        return self._store.rows

    def share(self) -> BitMap:
        return self._store.share_rows()


class KeyRows(Step):
    """The rows that have a key."""

    __slots__ = ("_column", "_store")
    operation = "key"

    def __init__(self, store: LabelStore, column: Column) -> None:
        self._store = store
        self._column = column

    @property
    def detail(self) -> str:
        return str(Exists(self._column.key))

    def estimate(self) -> int:
        return len(self._column.rows)

    count = estimate

    def rows(self) -> BitMap:
        return self._column.rows

    def share(self) -> BitMap:
        return self._store.share_column(self._column)


class LabelRows(Step):
    """The rows that carry one label."""

    __slots__ = ("_code", "_column", "_store")
    operation = "label"

    def __init__(self, store: LabelStore, column: Column, code: int) -> None:
        self._store = store
        self._column = column
        self._code = code

    @property
    def detail(self) -> str:
        return str(Equals(self._column.key, self._store.values[self._code]))

    def estimate(self) -> int:
        return size_of(self._store.postings[self._code])

    count = estimate

    def rows(self) -> BitMap:
        return as_bitmap(self._store.postings[self._code])

    def share(self) -> BitMap:
        return self._store.share(self._code)


class AnyLabelRows(Step):
    """The rows that carry one of several labels of one key: their postings never overlap."""

    __slots__ = ("_codes", "_column", "_store")
    operation = "labels"
    makes = True

    def __init__(self, store: LabelStore, column: Column, codes: Sequence[int]) -> None:
        self._store = store
        self._column = column
        self._codes = codes

    @property
    def weight(self) -> int:  # type: ignore[override]
        return len(self._codes)

    @property
    def detail(self) -> str:
        return str(In(self._column.key, map(self._store.values.__getitem__, self._codes)))

    def estimate(self) -> int:
        return sum(map(size_of, map(self._store.postings.__getitem__, self._codes)))

    count = estimate

    def rows(self) -> BitMap:
        return union_of(map(self._store.postings.__getitem__, self._codes))

    def intersection(self, rows: BitMap) -> BitMap:
        if len(self._codes) > _FEW or len(rows) > self.estimate():
            return rows & self.rows()
        return BitMap.union(*(rows & each for each in self._bitmaps()))

    def difference(self, rows: BitMap) -> BitMap:
        if len(self._codes) > _FEW:
            return rows - self.rows()
        for each in self._bitmaps():
            rows = rows - each
        return rows

    def intersect_update(self, rows: BitMap) -> BitMap:
        return self.intersection(rows)

    def difference_update(self, rows: BitMap) -> BitMap:
        for each in self._bitmaps() if len(self._codes) <= _FEW else [self.rows()]:
            rows -= each
        return rows

    def intersection_count(self, rows: BitMap) -> int:
        if len(self._codes) > _FEW:
            return rows.intersection_cardinality(self.rows())
        return sum(map(rows.intersection_cardinality, self._bitmaps()))

    def _bitmaps(self) -> Iterable[BitMap]:
        postings = self._store.postings
        return [as_bitmap(postings[code]) for code in self._codes]


class NumericRows(Step):
    """The rows whose value of a key is a whole number in a range."""

    __slots__ = ("_column", "_detail", "_least", "_most", "_store")
    operation = "numbers"
    weight = 4

    def __init__(
        self, store: LabelStore, column: Column, bounds: tuple[int, int], detail: str
    ) -> None:
        self._store = store
        self._column = column
        self._least, self._most = bounds
        self._detail = detail

    @property
    def detail(self) -> str:
        return self._detail

    def estimate(self) -> int:
        return self._view().count(self._least, self._most)

    count = estimate

    def rows(self) -> BitMap:
        return self._view().between(self._least, self._most)[0]

    def share(self) -> BitMap:
        rows, new = self._view().between(self._least, self._most)
        return rows if new else rows.copy()

    def _view(self) -> NumericRanges:
        return self._store.numbers_of(self._column)


class Union(Step):
    """The rows of any of the steps."""

    __slots__ = ("steps",)
    operation = "union"
    makes = True

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = tuple(steps)

    def estimate(self) -> int:
        return sum(step.estimate() for step in self.steps)

    def rows(self) -> BitMap:
        return BitMap.union(*(step.rows() for step in self.steps))

    def count(self) -> int:
        if len(self.steps) > 2:
            return len(self.rows())
        one, other = self.steps
        return one.rows().union_cardinality(other.rows())


class Intersect(Step):
    """The rows of the first step, narrowed by the others, one after the other.

    Attributes:
        wanted: of each step but the first, whether its rows are to stay or to go.
    """

    __slots__ = ("steps", "wanted")
    makes = True

    def __init__(self, first: Step, others: Iterable[tuple[Step, bool]]) -> None:
        others = tuple(others)
        self.steps = (first, *(step for step, _ in others))
        self.wanted = tuple(wanted for _, wanted in others)

    @property
    def operation(self) -> str:  # type: ignore[override]  # it depends on the steps
        if all(self.wanted):
            return "intersect"
        return "narrow" if any(self.wanted) else "subtract"

    def estimate(self) -> int:
        staying = zip(self.steps, (True, *self.wanted), strict=True)
        return min(step.estimate() for step, wanted in staying if wanted)

    def rows(self) -> BitMap:
        return self._rows(len(self.wanted))

    def count(self) -> int:
        last = len(self.wanted) - 1
        rows = self._rows(last)
        among = self.steps[-1].intersection_count(rows)
        return among if self.wanted[last] else len(rows) - among

    def narrowed(self, rows: BitMap, place: int) -> BitMap:
        """Return which of some rows the step at a place, from 1 on, leaves."""
        step = self.steps[place]
        return step.intersection(rows) if self.wanted[place - 1] else step.difference(rows)

    def _rows(self, others: int) -> BitMap:
        first = self.steps[0]
        rows, own = first.rows(), first.makes
        for place in range(1, others + 1):
            if not rows:
                return BitMap()
            if own:
                step = self.steps[place]
                rows = (
                    step.intersect_update(rows)
                    if self.wanted[place - 1]
                    else step.difference_update(rows)
                )
            else:
                rows, own = self.narrowed(rows, place), True
        return rows


class KeyMinus(Intersect):
    """The rows that have a key but none of some labels of it, which all are among them."""

    __slots__ = ()

    def __init__(self, key: KeyRows, labels: Step) -> None:
        super().__init__(key, [(labels, False)])

    def estimate(self) -> int:
        key, labels = self.steps
        return key.estimate() - labels.estimate()

    count = estimate
