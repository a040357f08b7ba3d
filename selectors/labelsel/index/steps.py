"""Steps: the operations over postings that a plan consists of.

A step has one method for each use of its rows: all of them, the intersection with other rows,
the difference from other rows, or only their number. Each step answers each in the cheapest
way. A step is valid while the labels that it names keep their codes, whatever rows come and go;
`Query` makes a new plan when they do not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from pyroaring import BitMap

from labelsel.core import compiled
from labelsel.index.numeric_ranges import NumericRanges
from labelsel.index.postings import (
    DENSE,
    Postings,
    as_bitmap,
    copy_of,
    size_of,
    union_of,
)
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

_MAX_SINGLE: Final = 8
"""Most postings that are intersected with some rows one by one, instead of their union. One by
one is faster if the rows are few and the postings large (16 µs instead of 29 for 8 values), and
slower if the postings are small (25 µs instead of 15 for 16 values). With 8 the gain is the larger
one (``python -m benchmarks.constants single``)."""

_FEW_ROWS: Final = 1024
"""Most rows that are combined one by one with dense postings. Of a million rows 1,000 with two
values on 250,000 each take 8 µs one by one instead of 12, and 10,000 take 30 µs instead of 19
(``python -m benchmarks.constants few-rows --size 1000000``)."""


class Step(ABC):
    """One operation over the postings of a store.

    Attributes:
        operation: the name of the operation, one word.
        steps: the steps whose rows it combines, in the order of their execution.
        weight: about how many bitmaps it reads.
        is_writable: whether `rows` always returns a new bitmap, which the caller may change.
        is_kept: whether `rows` returns what the store keeps, or makes a bitmap of few rows.
    """

    __slots__ = ()

    operation: ClassVar[str]
    steps: Sequence[Step] = ()
    weight: ClassVar[int] = 1
    is_writable: ClassVar[bool] = False
    is_kept: ClassVar[bool] = False

    @property
    def detail(self) -> str:
        """The requirement that the step answers, as a selector; empty if `steps` says it."""
        return ""

    @abstractmethod
    def estimate(self) -> int:
        """Return an upper bound on the number of rows. O(1), or O(labels)."""

    @abstractmethod
    def rows(self) -> BitMap:
        """Return the rows. They may be a bitmap of the store, which the caller must not change."""

    def share(self) -> Postings:
        """Return the rows as postings that do not change when the store changes."""
        return self.rows()

    def kept(self) -> Postings:
        """Return the rows in the form that the store keeps. They may change with the store."""
        return self.rows()

    def count(self) -> int:
        """Return the number of rows."""
        return len(self.rows())

    def intersection(self, rows: BitMap) -> BitMap:
        """Return the intersection of some rows with the rows of the step."""
        return rows & self.rows()

    def difference(self, rows: BitMap) -> BitMap:
        """Return some rows minus the rows of the step."""
        return rows - self.rows()

    def intersect_update(self, rows: BitMap) -> BitMap:
        """Return the same as `intersection`. ``rows`` is writable and may be changed in place."""
        rows &= self.rows()
        return rows

    def difference_update(self, rows: BitMap) -> BitMap:
        """Return the same as `difference`. ``rows`` is writable and may be changed in place.

        For dense rows: CRoaring subtracts two lists in place element by element. Of a million
        rows ``a,!b,!c``, with 5 % each, takes 325 µs with it instead of 40
        (``python -m benchmarks.constants in-place --size 1000000``).
        """
        rows -= self.rows()
        return rows

    def intersection_count(self, rows: BitMap) -> int:
        """Return the size of the intersection of some rows with the rows of the step."""
        return rows.intersection_cardinality(self.rows())


class Empty(Step):
    """No rows."""

    __slots__ = ()
    operation = "none"
    is_writable = True

    def estimate(self) -> int:
        return 0

    def rows(self) -> BitMap:
        return BitMap()

    def share(self) -> Postings:
        return b""


class AllRows(Step):
    """All rows of the store."""

    __slots__ = ("_store",)
    operation = "all"
    is_kept = True

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
    is_kept = True

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
    """The rows that have one label."""

    __slots__ = ("_code", "_column", "_store")
    operation = "label"
    is_kept = True

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

    def share(self) -> Postings:
        return self._store.share(self._code)

    def kept(self) -> Postings:
        return self._store.postings[self._code]


class AnyLabelRows(Step):
    """The rows that have one of several labels of one key. The postings are disjoint."""

    __slots__ = ("_codes", "_column", "_store")
    operation = "labels"
    is_writable = True

    def __init__(self, store: LabelStore, column: Column, codes: Sequence[int]) -> None:
        self._store = store
        self._column = column
        self._codes = codes

    @property
    def weight(self) -> int:  # type: ignore[override]  # computed, not kept
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
        if len(rows) > self.estimate() or self._is_union_first(rows):
            return rows & self.rows()
        return BitMap.union(*(rows & each for each in self._bitmaps()))

    def difference(self, rows: BitMap) -> BitMap:
        is_dense = _is_dense(rows, self._store)
        if not is_dense and self._is_union_first(rows):
            return rows - self.rows()
        first, *others = self._parts()
        rows = rows - first
        for each in others:
            if is_dense:
                rows -= each
            else:
                rows = rows - each
        return rows

    def intersect_update(self, rows: BitMap) -> BitMap:
        return self.intersection(rows)

    def difference_update(self, rows: BitMap) -> BitMap:
        for each in self._parts():
            rows -= each
        return rows

    def intersection_count(self, rows: BitMap) -> int:
        if not _is_dense(rows, self._store) and self._is_union_first(rows):
            return rows.intersection_cardinality(self.rows())
        return sum(map(rows.intersection_cardinality, self._parts()))

    def _is_union_first(self, rows: BitMap) -> bool:
        """Whether the union of the postings costs less than some rows with each of them."""
        number = len(self._codes)
        if number > _MAX_SINGLE:
            return True
        return len(rows) > _FEW_ROWS and self.estimate() > number * DENSE * len(self._store.rows)

    def _parts(self) -> Sequence[BitMap]:
        """Return bitmaps whose union are the rows: few."""
        return self._bitmaps() if len(self._codes) <= _MAX_SINGLE else [self.rows()]

    def _bitmaps(self) -> Sequence[BitMap]:
        postings = self._store.postings
        return [as_bitmap(postings[code]) for code in self._codes]


class NumericRows(Step):
    """The rows whose value of a key is a number in a range."""

    __slots__ = ("_bounds", "_column", "_detail", "_store")
    operation = "numbers"
    weight = 4

    def __init__(
        self, store: LabelStore, column: Column, bounds: tuple[int, int], detail: str
    ) -> None:
        self._store = store
        self._column = column
        self._bounds = bounds
        self._detail = detail

    @property
    def detail(self) -> str:
        return self._detail

    def estimate(self) -> int:
        return self._ranges().count(*self._bounds)

    count = estimate

    def rows(self) -> BitMap:
        return self._ranges().between(*self._bounds)[0]

    def share(self) -> BitMap:
        rows, is_new = self._ranges().between(*self._bounds)
        return rows if is_new else copy_of(rows)

    def _ranges(self) -> NumericRanges:
        return self._store.numeric_ranges_of(self._column)


class Union(Step):
    """The rows of at least one of the steps."""

    __slots__ = ("steps",)
    operation = "union"
    is_writable = True

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
    """The rows of the first step after the other steps were applied, in order.

    Attributes:
        keeps: for each step except the first, whether its rows are kept (True: intersection) or
            removed (False: difference).
    """

    __slots__ = ("_are_kept", "_others", "_store", "keeps", "steps")
    is_writable = True

    def __init__(self, store: LabelStore, first: Step, others: Iterable[tuple[Step, bool]]) -> None:
        self._store = store
        others = self._others = tuple(others)
        self.steps = (first, *(step for step, _ in others))
        self.keeps = tuple(keeps for _, keeps in others)
        # All steps but the first: if it has bytes, its rows are looked up in the others.
        self._are_kept = all(step.is_kept for step, _ in others)

    @property
    def operation(self) -> str:  # type: ignore[override]  # it depends on the steps
        if all(self.keeps):
            return "intersect"
        return "narrow" if any(self.keeps) else "subtract"

    def estimate(self) -> int:
        steps = zip(self.steps, (True, *self.keeps), strict=True)
        return min(step.estimate() for step, keeps in steps if keeps)

    def rows(self) -> BitMap:
        return self._rows(len(self.keeps))

    def share(self) -> Postings:
        few = self._few()
        return self.rows() if few is None else few

    def count(self) -> int:
        few = self._few()
        if few is not None:
            return size_of(few)
        # The rows that the last step leaves are counted, and not made.
        last = len(self.keeps) - 1
        rows = self._rows(last)
        common = self.steps[-1].intersection_count(rows)
        return common if self.keeps[last] else len(rows) - common

    def apply(self, number: int, rows: BitMap) -> BitMap:
        """Return the rows that a step leaves of some rows; steps are numbered from 0."""
        step = self.steps[number]
        return step.intersection(rows) if self.keeps[number - 1] else step.difference(rows)

    def _few(self) -> bytes | None:
        """Return the rows if the first step has few and the others are kept, else None."""
        few = self.steps[0].kept() if self._are_kept else None
        if type(few) is not bytes:
            return None
        for step, keeps in self._others:
            few = keep_rows(few, step.kept(), keeps)
        return few

    def _rows(self, others: int) -> BitMap:
        """Return the rows of the first step that so many other steps leave."""
        first = self.steps[0]
        rows, is_writable = first.rows(), first.is_writable
        for number in range(1, others + 1):
            if not rows:
                return BitMap()
            if not is_writable:
                rows, is_writable = self.apply(number, rows), True
            elif self.keeps[number - 1]:
                rows = self.steps[number].intersect_update(rows)
            elif _is_dense(rows, self._store):
                rows = self.steps[number].difference_update(rows)
            else:
                rows = self.steps[number].difference(rows)
        return rows


class KeyMinus(Intersect):
    """The rows that have a key minus those that have one of some labels of the key.

    All rows with such a label have the key, so the number of rows is a subtraction.
    """

    __slots__ = ()

    def __init__(self, store: LabelStore, key: KeyRows, labels: Step) -> None:
        super().__init__(store, key, [(labels, False)])

    def estimate(self) -> int:
        key, labels = self.steps
        return key.estimate() - labels.estimate()

    count = estimate


def _is_dense(rows: BitMap, store: LabelStore) -> bool:
    """Whether most containers of some rows are bits, and not lists."""
    return len(rows) > DENSE * len(store.rows)


@compiled
def keep_rows(rows: bytes, postings: Postings, keeps: bool) -> bytes:  # noqa: FBT001  # positional: a keyword takes as long as one row
    """Return those of a few rows that the postings have, or with ``keeps=False`` the others.

    Two rows are looked up in 0.3 µs, pure 0.9, and by way of a bitmap in 1.9
    (``python -m benchmarks.constants few``).
    """
    others = array("I", postings) if isinstance(postings, bytes) else postings
    return array("I", [row for row in array("I", rows) if (row in others) is keeps]).tobytes()
