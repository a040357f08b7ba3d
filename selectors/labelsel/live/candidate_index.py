"""Which selectors to test for a label set: those whose anchor the label set has.

Each selector is indexed under its most selective required label, its *anchor*: every label set
that it selects has this label, or this key. A label set is tested against the buckets of its
labels and keys, and against the selectors that require nothing. Before the first label set
nobody knows which label is rare among label sets, so the one that fewest selectors require is
taken. From then on every bucket counts the label sets that look it up. From time to time a
bucket is reviewed, one bit matrix at a time, and a selector moves to another anchor if that is
looked up half as often.

An `Or` such as ``a || b || c`` requires one of several keys and is indexed under each of them.
Such a selector is *branched*. It is in no bit matrix, where it would need a column for each of
its n keys in each of n buckets; it is evaluated itself, once for a label set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Final, Generic, TypeVar

from labelsel.core import compiled
from labelsel.live.bit_matrix import BitMatrix
from labelsel.live.change import NO_PAIRS, Change, Pairs
from labelsel.live.indexed_selector import Answer, IndexedSelector, rectangles
from labelsel.live.restrictions import (
    Anchor,
    AnchorChoice,
    Restrictions,
    anchor_set,
    branch_anchors,
    cheapest_anchors,
    cheapest_set,
    possible_anchors,
)

__all__ = ["Bucket", "CandidateIndex", "find_change", "find_difference", "find_keys"]

I = TypeVar("I")  # noqa: E741  # of items
K = TypeVar("K")

_PRIOR_LOOKUPS: Final = 32
"""How many look-ups the guess from the selectors counts for: a label is taken to be as frequent
among label sets as among selectors until about as many label sets were seen. Without a guess
(0) the first selectors would have no order. From 1 to 128 it makes no difference; with 1,024 the
first 2,000 label sets are tested against 10 % more selectors
(``python -m benchmarks.constants prior-lookups``)."""

_SAMPLING: Final = 7
"""One of so many label sets is counted, for all of them: counting looks up each label and each
key of the label set. A prime number, so that of label sets that come in a cycle each is counted
in turn, unless the length of the cycle is a multiple of 7. Compared with counting all, the first
2,000 label sets are tested against 7.1 instead of 6.5 selectors; with 31, against 9.4
(``python -m benchmarks.constants sampling``)."""

_REVIEW_AFTER: Final = 64
"""Look-ups of a bucket before its first review; the next review of the same matrix is due when
they have doubled. If the first anchors are bad ones, the first 2,000 label sets are tested against
7 selectors with 64, and against 52 with 512. With 8, 4,235 of 5,000 selectors that have good
anchors are reviewed for nothing, with 64 none
(``python -m benchmarks.constants review-after``)."""

_MIN_GAIN: Final = 2
"""A selector moves to an anchor that is looked up this many times less often. Counts vary, so with
a factor near 1 a selector would move back and forth between two anchors of about the same
frequency. Where one anchor is much better, factors from 1.01 to 4 make no difference
(``python -m benchmarks.constants min-gain``)."""


_NO_ANCHOR: Final = AnchorChoice(1.0, (), is_branched=False)
"""The choice for a selector that requires nothing: every label set looks it up."""


@compiled
class BucketState:
    """The part of `Bucket` that a look-up reads, and counts in."""

    __slots__ = ("lookups", "matrices", "next_review")


class Bucket(BucketState, Generic[K]):
    """All selectors that are indexed under one anchor.

    Attributes:
        anchor: the anchor; None for the selectors that require nothing.
        matrices: the selectors in bit matrices, all of which but the last were full once.
        branched: the selectors that are indexed under other anchors, too.
        possible: the number of selectors that could have this anchor.
        since: how many label sets were looked up before the bucket was made.
        lookups: how many look-ups of the bucket were counted since then.
        next_review: the number of look-ups at which the next review is due.
        next_part: the part of the matrices that was reviewed last; the branched selectors are one.
    """

    __slots__ = ("anchor", "branched", "next_part", "possible", "since")

    def __init__(self, anchor: Anchor | None, since: int) -> None:
        self.anchor = anchor
        self.matrices: list[BitMatrix[K]] = []
        self.branched: dict[IndexedSelector[K], None] = {}
        self.possible = 0
        self.since = since
        self.lookups = 0
        self.next_review = _REVIEW_AFTER
        self.next_part = 0

    @property
    def is_empty(self) -> bool:
        """Whether no selector is indexed under the anchor."""
        return not self.matrices and not self.branched

    def to_review(self) -> list[IndexedSelector[K]]:
        """Return the selectors to review now, and set the next review. O(selectors)."""
        parts = [(matrix, number) for matrix in self.matrices for number in range(matrix.parts)]
        count = len(parts) + bool(self.branched)
        self.next_part = (self.next_part + 1) % count
        self.next_review = self.lookups + max(_REVIEW_AFTER, self.lookups // count)
        if self.next_part == len(parts):
            return list(self.branched)
        matrix, number = parts[self.next_part]
        return matrix.part(number)

    def open_matrix(self) -> BitMatrix[K]:
        """Return a matrix that is not full, a new one if all are."""
        if not self.matrices or self.matrices[-1].is_full:
            room = next((n for n, each in enumerate(self.matrices) if not each.is_full), None)
            self.matrices.append(BitMatrix() if room is None else self.matrices.pop(room))
        return self.matrices[-1]

    def met_key(self, restrictions: Restrictions) -> str | None:
        """Return the key whose condition every label set with the anchor meets, None if none.

        The restrictions are those of a selector that has the anchor, and is not branched.
        """
        if self.anchor is None:
            return None
        key, value = self.anchor
        values = restrictions.conditions[key]
        # A label is a value that the selector lists. A key is all, unless values are excluded,
        # tested, or too many to be anchors.
        return key if value is not None or not (values.listed or values.tests) else None

    def unmet_restrictions(self, restrictions: Restrictions) -> Restrictions:
        """Return the restrictions that a label set with the anchor does not meet by that."""
        met = self.met_key(restrictions)
        return restrictions if met is None else restrictions.without(met)


@compiled
class CandidateState:
    """The part of `CandidateIndex` that a look-up reads, and counts in."""


class CandidateIndex(CandidateState, Generic[K]):
    """Selectors by anchor.

    Attributes:
        due: the buckets that were looked up so often that `review` has something to do.
        classes: what the compiled core makes and looks for: it imports nothing.
    """

    classes: Final = (IndexedSelector, Pairs, Change, NO_PAIRS)

    def __init__(self) -> None:
        # A bucket for each anchor that a selector could have, and those that are not empty; both
        # by key and value.
        self._buckets: dict[str, dict[str | None, Bucket[K]]] = {}
        self._by_key: dict[str, dict[str | None, Bucket[K]]] = {}
        self._unanchored: Bucket[K] = Bucket(None, 0)
        # The buckets of each branched selector, and how many of these selectors name each key.
        self._branched: dict[IndexedSelector[K], list[Bucket[K]]] = {}
        self._branched_keys: Counter[str] = Counter()
        self.lookups = 0
        self.sampling = _SAMPLING
        self.due: list[Bucket[K]] = []
        # The positions of each selector: bucket, matrix, and number in the matrix.
        self._positions: dict[IndexedSelector[K], list[tuple[Bucket[K], BitMatrix[K], int]]] = {}
        self._count = 0

    # Queries

    def matrices(
        self, labels: Mapping[str, str], without: Collection[str] = ()
    ) -> list[BitMatrix[K]]:
        """Return matrices with all selectors, except branched ones, that may select a label set.

        Without the buckets of the keys in ``without``. O(labels + matrices).
        """
        count_lookup(self, labels)
        by_key = self._by_key
        found = self._unanchored.matrices.copy()
        # The fewer keys of both: anchors often have one key, or two.
        for key in by_key if len(by_key) < len(labels) else labels:
            value = labels.get(key)
            buckets = by_key.get(key)
            if value is not None and buckets is not None and key not in without:
                found += _matrices_of(buckets, None)
                found += _matrices_of(buckets, value)
        return found

    def branched(self, labels: Mapping[str, str]) -> set[IndexedSelector[K]]:
        """Return the branched selectors that may select a label set. O(labels + selectors)."""
        found: set[IndexedSelector[K]] = set()
        if not self._branched:
            return found
        for key, value in labels.items():
            buckets = self._by_key.get(key)
            if buckets is not None:
                for each in (None, value):
                    bucket = buckets.get(each)
                    if bucket is not None:
                        found.update(bucket.branched)
        return found

    def matrices_for_change(
        self, before: Mapping[str, str], after: Mapping[str, str], keys: Collection[str]
    ) -> tuple[list[BitMatrix[K]], list[BitMatrix[K]], list[BitMatrix[K]]]:
        """Return the matrices for a label set before and after a change of some keys.

        First those for both, then those only for before, then those only for after.
        O(labels + matrices).
        """
        both = self.matrices(after, keys)
        old: list[BitMatrix[K]] = []
        new: list[BitMatrix[K]] = []
        for key in keys:
            buckets = self._by_key.get(key)
            if buckets is not None:
                was, now = before.get(key), after.get(key)
                of_key = new if was is None else old if now is None else both
                of_key += _matrices_of(buckets, None)
                if was is not None:
                    old += _matrices_of(buckets, was)
                if now is not None:
                    new += _matrices_of(buckets, now)
        return both, old, new

    def branched_for_change(
        self, before: Mapping[str, str], after: Mapping[str, str], keys: Collection[str]
    ) -> list[IndexedSelector[K]]:
        """Return the branched selectors whose answer a change of some keys may change."""
        named = {key for key in keys if key in self._branched_keys}
        if not named:
            return []
        found = self.branched(before) | self.branched(after)
        return [indexed for indexed in found if not indexed.label_keys.isdisjoint(named)]

    def add_branched_keys(self, labels: Mapping[str, str], found: set[K]) -> None:
        """Add the caller's keys of the branched selectors that select a label set."""
        for indexed in self.branched(labels):
            if indexed.selector.matches(labels):
                found.update(indexed.keys)

    def add_branched_answers(self, labels: Mapping[str, str], found: list[Answer[K]]) -> None:
        """Append the answer of each branched selector that selects a label set."""
        branched = self.branched(labels)
        found += [each.answer() for each in branched if each.selector.matches(labels)]

    def add_branched_changes(
        self,
        before: Mapping[str, str],
        after: Mapping[str, str],
        changed: Collection[str],
        stopped: list[Answer[K]],
        started: list[Answer[K]],
    ) -> None:
        """Append the answer of each branched selector that stops or starts matching."""
        for indexed in self.branched_for_change(before, after, changed):
            was, now = indexed.selector.matches(before), indexed.selector.matches(after)
            if was != now:
                (stopped if was else started).append(indexed.answer())

    # Mutations

    def add(self, selectors: Sequence[IndexedSelector[K]]) -> None:
        """Index selectors, each under the anchors that are least frequent. O(requirements)."""
        possible = []
        known: dict[tuple[str, int], tuple[Bucket[K], ...]] = {}
        for indexed in selectors:
            restrictions = indexed.restrictions
            if restrictions is None:
                continue
            sets = self._possible_buckets(restrictions, known)
            if restrictions.choices:
                for anchor in branch_anchors(restrictions):
                    self._bucket(anchor).possible += 1
            possible.append((indexed, restrictions, sets))
        self._count += len(possible)
        self._put_each(possible)

    def _possible_buckets(
        self, restrictions: Restrictions, known: dict[tuple[str, int], tuple[Bucket[K], ...]]
    ) -> list[tuple[Bucket[K], ...]]:
        """Return the buckets of the `anchor_sets` of a new selector, and count it in each.

        ``known`` has the buckets that were returned before, by the key and the ``id()`` of its
        values: selectors that are added together share equal values (`restrictions_of`).
        """
        sets = []
        for key, values in restrictions.conditions.items():
            if values.absent:
                continue
            buckets = known.get((key, id(values)))
            if buckets is None:
                anchors = anchor_set(key, values, restrictions.size)
                buckets = tuple(map(self._bucket, anchors))
                if len(values.listed) <= 1:  # of several, the size of the selector counts, too
                    known[key, id(values)] = buckets
            for bucket in buckets:
                bucket.possible += 1
            sets.append(buckets)
        return sets

    def _put_each(
        self,
        selectors: Iterable[tuple[IndexedSelector[K], Restrictions, list[tuple[Bucket[K], ...]]]],
    ) -> None:
        """Put selectors under their cheapest anchors, given the buckets of their `anchor_sets`."""
        cost = cache(self._cost)  # nothing changes a cost meanwhile
        # One bucket after the other: of a million selectors the buckets in turn are not in a
        # processor's cache.
        by_bucket: dict[Bucket[K], list[IndexedSelector[K]]] = {}
        for indexed, restrictions, sets in selectors:
            if restrictions.choices:
                self._put(indexed, cheapest_anchors(restrictions, self._cost_of) or _NO_ANCHOR)
                continue
            _, buckets = cheapest_set(sets, cost)
            for bucket in buckets or (self._unanchored,):
                some = by_bucket.get(bucket)
                if some is None:
                    by_bucket[bucket] = [indexed]
                else:
                    some.append(indexed)
        for bucket, of_bucket in by_bucket.items():
            self._fill(bucket, of_bucket)

    def remove(self, indexed: IndexedSelector[K]) -> None:
        """Remove a selector. O(requirements)."""
        if indexed.restrictions is None:
            return
        self._take(indexed)
        self._count -= 1
        for anchor in possible_anchors(indexed.restrictions):
            bucket = self._bucket(anchor)
            bucket.possible -= 1
            if not bucket.possible:
                _remove_bucket(self._buckets, anchor)

    def refresh(self, indexed: IndexedSelector[K]) -> None:
        """Read the caller's keys of a selector again, after they changed. O(anchors)."""
        for _, matrix, number in self._positions.get(indexed, ()):
            matrix.refresh(number, indexed)

    def review(self) -> None:
        """Review selectors of the buckets that were looked up often, one matrix of each."""
        reviewed: set[IndexedSelector[K]] = set()
        while self.due:
            bucket = self.due.pop()
            # A branched selector is in many buckets, several of which may be due.
            for indexed in () if bucket.is_empty else bucket.to_review():
                if indexed not in reviewed:
                    reviewed.add(indexed)
                    self._review(indexed)

    # Internals

    def _cost_of(self, anchor: Anchor) -> float:
        """Return the cost of the bucket of an anchor."""
        return self._cost(self._bucket(anchor))

    def _cost(self, bucket: Bucket[K]) -> float:
        """Return the estimated share of label sets that look up a bucket.

        The look-ups that were counted, and `_PRIOR_LOOKUPS` more in which the label is as
        frequent as among the selectors.
        """
        prior = _PRIOR_LOOKUPS * bucket.possible / self._count
        return (bucket.lookups + prior) / (self.lookups - bucket.since + _PRIOR_LOOKUPS)

    def _review(self, indexed: IndexedSelector[K]) -> None:
        """Move a selector to other anchors if they are looked up `_MIN_GAIN` times less often."""
        assert indexed.restrictions is not None
        best = cheapest_anchors(indexed.restrictions, self._cost_of)
        assert best is not None  # it has an anchor: only buckets of anchors are reviewed
        if best.cost * _MIN_GAIN < sum(map(self._cost, self._buckets_of(indexed))):
            self._take(indexed)
            self._put(indexed, best)

    def _buckets_of(self, indexed: IndexedSelector[K]) -> list[Bucket[K]]:
        branched = self._branched.get(indexed)
        return (
            [bucket for bucket, _, _ in self._positions[indexed]] if branched is None else branched
        )

    def _put(self, indexed: IndexedSelector[K], choice: AnchorChoice) -> None:
        assert indexed.restrictions is not None
        buckets = [self._bucket(anchor) for anchor in choice.anchors] or [self._unanchored]
        if choice.is_branched:
            self._branched[indexed] = buckets
            self._branched_keys.update(indexed.label_keys)
            for bucket in buckets:
                self._note_filled(bucket)
                bucket.branched[indexed] = None
            return
        for bucket in buckets:
            self._fill(bucket, (indexed,))

    def _fill(self, bucket: Bucket[K], selectors: Sequence[IndexedSelector[K]]) -> None:
        """Add selectors to the matrices of a bucket."""
        self._note_filled(bucket)
        positions = self._positions
        key, value = bucket.anchor or (None, None)
        while selectors:
            matrix = bucket.open_matrix()
            room = matrix.room
            for indexed in selectors[:room]:
                restrictions = indexed.restrictions
                assert restrictions is not None
                # Of its own anchors, a label is a value that the selector lists.
                met = bucket.met_key(restrictions) if value is None else key
                position = bucket, matrix, matrix.add(indexed, restrictions, met)
                others = positions.get(indexed)
                if others is None:
                    positions[indexed] = [position]
                else:
                    others.append(position)
            selectors = selectors[room:]

    def _note_filled(self, bucket: Bucket[K]) -> None:
        """Note that a bucket is not empty, before selectors are added to it."""
        if bucket.anchor is not None:
            key, value = bucket.anchor
            self._by_key.setdefault(key, {})[value] = bucket

    def _take(self, indexed: IndexedSelector[K]) -> None:
        buckets = self._buckets_of(indexed)
        if indexed in self._branched:
            self._take_branched(indexed)
        else:
            self._take_from_matrices(indexed)
        for bucket in buckets:
            if bucket.is_empty and bucket.anchor is not None:
                _remove_bucket(self._by_key, bucket.anchor)

    def _take_branched(self, indexed: IndexedSelector[K]) -> None:
        for bucket in self._branched.pop(indexed):
            del bucket.branched[indexed]
        for key in indexed.label_keys:
            self._branched_keys[key] -= 1
            if not self._branched_keys[key]:
                del self._branched_keys[key]

    def _take_from_matrices(self, indexed: IndexedSelector[K]) -> None:
        assert indexed.restrictions is not None
        for bucket, matrix, number in self._positions.pop(indexed):
            restrictions = indexed.restrictions
            matrix.remove(number, restrictions, bucket.met_key(restrictions))
            if not len(matrix):
                bucket.matrices.remove(matrix)

    def _bucket(self, anchor: Anchor) -> Bucket[K]:
        """Return the bucket of an anchor; a new one if there is none."""
        key, value = anchor
        buckets = self._buckets.get(key)
        if buckets is None:
            buckets = self._buckets[key] = {}
        bucket = buckets.get(value)
        if bucket is None:
            bucket = buckets[value] = Bucket(anchor, self.lookups)
        return bucket

    # Diagnostics

    def check_invariants(self, selectors: Collection[IndexedSelector[K]]) -> None:
        """Raise AssertionError if the index does not have exactly these selectors. O(values)."""
        possible = [indexed for indexed in selectors if indexed.restrictions is not None]
        assert self._count == len(possible)
        counts = Counter(
            anchor
            for indexed in possible
            if indexed.restrictions is not None
            for anchor in possible_anchors(indexed.restrictions)
        )
        every = {
            (key, value): bucket
            for key, buckets in self._buckets.items()
            for value, bucket in buckets.items()
        }
        assert every.keys() == counts.keys()
        assert all(self._buckets.values())
        found: dict[IndexedSelector[K], list[BitMatrix[K]]] = {}
        branched: dict[IndexedSelector[K], list[Bucket[K]]] = {}
        for anchor, bucket in ((None, self._unanchored), *every.items()):
            assert bucket.anchor == anchor
            if anchor is not None:
                key, value = anchor
                assert bucket.possible == counts[anchor]
                by_key = self._by_key.get(key, {}).get(value)
                assert by_key is (None if bucket.is_empty else bucket)
            for indexed in bucket.branched:
                branched.setdefault(indexed, []).append(bucket)
            for matrix in bucket.matrices:
                assert len(matrix)
                matrix.check_invariants(bucket.unmet_restrictions)
                for indexed in matrix:
                    positions = self._positions[indexed]
                    assert any(b is bucket and m is matrix for b, m, _ in positions)
                    for _, each, number in positions:
                        keys: set[K] = set()
                        each.add_keys(1 << number, keys)
                        assert keys == indexed.keys.keys()
                    found.setdefault(indexed, []).append(matrix)
        assert found.keys() == self._positions.keys()
        assert found.keys() | self._branched.keys() == set(possible)
        assert sum(map(len, self._by_key.values())) == sum(
            not bucket.is_empty for bucket in every.values()
        )
        assert all(self._by_key.values())
        assert all(len(self._positions[indexed]) == len(found[indexed]) for indexed in found)
        self._check_branched(branched)

    def _check_branched(self, found: Mapping[IndexedSelector[K], Sequence[Bucket[K]]]) -> None:
        assert found.keys() == self._branched.keys()
        assert found.keys().isdisjoint(self._positions)
        for indexed, buckets in found.items():
            assert sorted(map(id, buckets)) == sorted(map(id, self._branched[indexed]))
        # As dicts: for Counter a key that is counted 0 times equals one that is not there.
        keys = Counter(key for indexed in found for key in indexed.label_keys)
        assert dict(self._branched_keys) == dict(keys)


# What selects a label set


@compiled
def count_lookup(candidates: CandidateIndex[K], labels: Mapping[str, str]) -> None:
    """Count a look-up of a label set, and one of `_SAMPLING` for each of its labels and keys.

    Empty buckets are counted, too.
    """
    candidates.lookups += 1
    sampling = candidates.sampling
    if candidates.lookups % sampling:
        return
    for key, value in labels.items():
        buckets = candidates._buckets.get(key)  # noqa: SLF001  # as a method of it would
        if buckets is not None:
            for bucket in (buckets.get(None), buckets.get(value)):
                if bucket is not None:
                    bucket.lookups += sampling
                    if bucket.lookups >= bucket.next_review and not bucket.is_empty:
                        candidates.due.append(bucket)


@compiled
def find_keys(candidates: CandidateIndex[K], labels: Mapping[str, str]) -> set[K]:
    """Return the caller's keys of the selectors that select a label set.

    O(labels + keys that the candidates name + matches).
    """
    found: set[K] = set()
    for matrix in candidates.matrices(labels):
        matrix.add_keys(matrix.matching(labels), found)
    candidates.add_branched_keys(labels, found)
    return found


@compiled
def find_answers(candidates: CandidateIndex[K], labels: Mapping[str, str]) -> list[Answer[K]]:
    """Return the answer of each selector that selects a label set; no selector twice.

    The anchors of a selector that is in several matrices are values of one key, so a label set
    has one of them at most.
    """
    found = _matching(candidates.matrices(labels), labels)
    candidates.add_branched_answers(labels, found)
    return found


@compiled
def find_changes(
    candidates: CandidateIndex[K],
    before: Mapping[str, str],
    after: Mapping[str, str],
    changed: Collection[str],
) -> tuple[list[Answer[K]], list[Answer[K]]]:
    """Return the answer of each selector that stops, and of each that starts matching.

    ``changed`` has the keys that differ between both label sets, each once.
    """
    stopped: list[Answer[K]] = []
    started: list[Answer[K]] = []
    both, old, new = candidates.matrices_for_change(before, after, changed)
    for matrix in both:
        was, now = matrix.changed(before, after, changed)
        if was != now:
            matrix.add_answers(was & ~now, stopped)
            matrix.add_answers(now & ~was, started)
    if old or new:
        # A selector that has both labels of a key as anchors is among both; its answer is one
        # object.
        was_in, now_in = _matching(old, before), _matching(new, after)
        kept = set(map(id, was_in)).intersection(map(id, now_in))
        stopped += [answer for answer in was_in if id(answer) not in kept]
        started += [answer for answer in now_in if id(answer) not in kept]
    if candidates._branched_keys:  # noqa: SLF001  # as a method of it would
        candidates.add_branched_changes(before, after, changed, stopped, started)
    return stopped, started


def find_difference(
    candidates: CandidateIndex[K],
    before: Mapping[str, str] | None,
    after: Mapping[str, str] | None,
    changed: Collection[str],
) -> tuple[list[Answer[K]], list[Answer[K]]]:
    """Return what `find_changes` does. None is no item; then ``changed`` is not read."""
    if before is not None and after is not None:
        return find_changes(candidates, before, after, changed)
    return (
        [] if before is None else find_answers(candidates, before),
        [] if after is None else find_answers(candidates, after),
    )


@compiled
def find_change(
    candidates: CandidateIndex[K],
    item: I,
    before: Mapping[str, str] | None,
    after: Mapping[str, str] | None,
    changed: Collection[str],
) -> Change[I, K] | None:
    """Return which selectors stop and start selecting an item; None if there are none.

    The arguments are those of `find_difference`.
    """
    stopped, started = find_difference(candidates, before, after, changed)
    if not stopped and not started:
        return None
    items = (item,)
    return Change(
        Pairs(rectangles(items, started)) if started else NO_PAIRS,
        Pairs(rectangles(items, stopped)) if stopped else NO_PAIRS,
    )


def _matching(matrices: Iterable[BitMatrix[K]], labels: Mapping[str, str]) -> list[Answer[K]]:
    """Return the answers of the selectors in matrices that select a label set."""
    found: list[Answer[K]] = []
    for matrix in matrices:
        matrix.add_answers(matrix.matching(labels), found)
    return found


def _remove_bucket(buckets: dict[str, dict[str | None, Bucket[K]]], anchor: Anchor) -> None:
    """Remove a bucket from a table by key and value."""
    key, value = anchor
    del buckets[key][value]
    if not buckets[key]:
        del buckets[key]


def _matrices_of(
    buckets: Mapping[str | None, Bucket[K]], value: str | None
) -> Sequence[BitMatrix[K]]:
    bucket = buckets.get(value)
    return () if bucket is None else bucket.matrices
