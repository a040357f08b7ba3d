"""Where selectors are filed: under the rarest of what a label set must have to be selected.

A label set is shown the selectors that are filed under its labels and its keys, and those that
require nothing. Which label is the rarest nobody knows beforehand: at first it is taken to be the
one that the fewest selectors name, and then every place counts how often it is asked for. From
time to time a place looks at its selectors again, one block of them at once, and those that would
be asked half as often elsewhere go there.

A selector that requires one of several keys, ``a || b || c``, is filed under each of them, but not
in a block: there it would take a column for each of n keys in each of n blocks. It stands there
loose, and is asked itself, once for a label set, whatever number of its keys that has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Final, Generic, TypeVar

from labelsel.live.bit_matrix import BitMatrix
from labelsel.live.indexed_selector import IndexedSelector
from labelsel.live.restrictions import Place, Restrictions, Way, cheapest, places_of
from labelsel.reasoning.values import Values

__all__ = ["Bucket", "CandidateIndex"]

K = TypeVar("K")

_BELIEVED: Final = 32
"""So many label sets count as seen before the first one, in which labels were as frequent as they
are among selectors."""

_COUNTED: Final = 7
"""Of so many label sets one is counted, and stands for all of them."""

_REVIEWED: Final = 64
"""After so many label sets a place looks at a block again, and whenever they have doubled."""

_WORTH: Final = 2
"""Selectors move to where they are asked this much less often."""


class Bucket(Generic[K]):
    """What is filed under one place.

    Attributes:
        place: the place; None where nothing is required.
        blocks: the selectors, in blocks of which all but the last were full once.
        loose: those that stand in no block, because they are filed under other keys, too.
        named: how many selectors may be filed here.
        since: how many label sets had been seen when it was made.
        asked: how many came by since.
        review: how many have to come for the next review.
        next: the block that is reviewed next; behind the last one come those that are loose.
    """

    __slots__ = ("asked", "blocks", "loose", "named", "next", "place", "review", "since")

    def __init__(self, place: Place | None, since: int) -> None:
        self.place = place
        self.blocks: list[BitMatrix[K]] = []
        self.loose: dict[IndexedSelector[K], None] = {}
        self.named = 0
        self.since = since
        self.asked = 0
        self.review = _REVIEWED
        self.next = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filed under the place."""
        return not self.blocks and not self.loose

    def to_review(self) -> list[IndexedSelector[K]]:
        """Return the selectors whose turn it is to be reviewed, and set the next review."""
        parts: list[Iterable[IndexedSelector[K]]] = [
            *self.blocks,
            *([self.loose] if self.loose else []),
        ]
        self.next = (self.next + 1) % len(parts)
        self.review = self.asked + max(_REVIEWED, self.asked // len(parts))
        return list(parts[self.next])

    def open_block(self) -> BitMatrix[K]:
        """Return a block with room for one selector more."""
        if not self.blocks or self.blocks[-1].is_full:
            room = next((n for n, block in enumerate(self.blocks) if not block.is_full), None)
            self.blocks.append(BitMatrix() if room is None else self.blocks.pop(room))
        return self.blocks[-1]

    def left_of(self, form: Restrictions) -> Restrictions:
        """Return what is left to be asked of a selector for a label set that has the place."""
        if self.place is None:
            return form
        key, value = self.place
        values = form.conditions.get(key)
        return form if values is None or not _always(values, value) else form.without(key)


def _always(values: Values, value: str | None) -> bool:
    """Whether a key may be what a place says of it: has this value, or is there."""
    if value is not None:
        return values.has(value)
    return values.others and not values.listed and not values.tests


class CandidateIndex(Generic[K]):
    """Selectors by place."""

    def __init__(self) -> None:
        self._shelves: dict[Place, Bucket[K]] = {}
        # Those that are not empty, by key and value.
        self._filed: dict[str, dict[str | None, Bucket[K]]] = {}
        self._always: Bucket[K] = Bucket(None, 0)
        # Where each selector stands: shelves, the block in each, and its number in that.
        self._stands: dict[IndexedSelector[K], list[tuple[Bucket[K], BitMatrix[K], int]]] = {}
        # Or, of one that is loose, the shelves alone; and how many of these speak of each key.
        self._loose: dict[IndexedSelector[K], list[Bucket[K]]] = {}
        self._loose_keys: Counter[str] = Counter()
        self._members = 0
        self._seen = 0
        self._due: list[Bucket[K]] = []

    def add(self, members: Sequence[IndexedSelector[K]]) -> None:
        """File selectors; those come first that all of them name least. O(requirements)."""
        able = [(member, form) for member in members if (form := member.form) is not None]
        self._members += len(able)
        for _, form in able:
            for place in places_of(form):
                self._shelf(place).named += 1
        for member, form in able:
            self._put(member, self._best(form))

    def remove(self, member: IndexedSelector[K]) -> None:
        """Take a selector out. O(requirements)."""
        if member.form is None:
            return
        self._take(member)
        self._members -= 1
        for place in places_of(member.form):
            self._shelves[place].named -= 1
            if not self._shelves[place].named:
                del self._shelves[place]

    def blocks(self, labels: Mapping[str, str], but: Collection[str] = ()) -> list[BitMatrix[K]]:
        """Return blocks in which every selector stands that selects the labels. O(labels).

        But for those that are `loose`. Without the blocks for the keys in ``but``.
        """
        self._seen += 1
        if self._seen % _COUNTED == 0:
            self._count(labels)
        filed = self._filed
        blocks = self._always.blocks.copy()
        for key, value in labels.items():
            shelves = filed.get(key)
            if shelves is not None and key not in but:
                blocks += _blocks(shelves, None)
                blocks += _blocks(shelves, value)
        return blocks

    def loose(self, labels: Mapping[str, str]) -> set[IndexedSelector[K]]:
        """Return the selectors in no block that may select the labels. O(labels + selectors)."""
        found: set[IndexedSelector[K]] = set()
        if not self._loose:
            return found
        for key, value in labels.items():
            shelves = self._filed.get(key)
            if shelves is not None:
                for wanted in (None, value):
                    shelf = shelves.get(wanted)
                    if shelf is not None:
                        found.update(shelf.loose)
        return found

    def between(
        self, before: Mapping[str, str], after: Mapping[str, str], changed: Collection[str]
    ) -> tuple[list[BitMatrix[K]], list[BitMatrix[K]], list[BitMatrix[K]]]:
        """Return the blocks for labels before and after a change of some keys.

        Those for both of them, for the first alone, and for the second alone. O(labels).
        """
        both = self.blocks(after, changed)
        gone: list[BitMatrix[K]] = []
        come: list[BitMatrix[K]] = []
        for key in changed:
            shelves = self._filed.get(key)
            if shelves is not None:
                old, new = before.get(key), after.get(key)
                there = come if old is None else gone if new is None else both
                there += _blocks(shelves, None)
                if old is not None:
                    gone += _blocks(shelves, old)
                if new is not None:
                    come += _blocks(shelves, new)
        return both, gone, come

    def loose_between(
        self, before: Mapping[str, str], after: Mapping[str, str], changed: Collection[str]
    ) -> list[IndexedSelector[K]]:
        """Return the selectors in no block that may be turned by a change of some keys."""
        keys = {key for key in changed if key in self._loose_keys}
        if not keys:
            return []
        found = self.loose(before) | self.loose(after)
        return [member for member in found if not member.spoken.isdisjoint(keys)]

    def review(self) -> None:
        """Look again at selectors in places that were often asked for, some of each."""
        looked: set[IndexedSelector[K]] = set()
        while self._due:
            shelf = self._due.pop()
            # What is loose stands in many places, and many of them may be due.
            for member in () if shelf.is_empty else shelf.to_review():
                if member not in looked:
                    looked.add(member)
                    self._review(member)

    def check_invariants(self, members: Collection[IndexedSelector[K]]) -> None:
        """Raise AssertionError where these are not the selectors that are filed, as they should."""
        able = [member for member in members if member.form is not None]
        assert self._members == len(able)
        named = Counter(place for m in able if m.form is not None for place in places_of(m.form))
        assert self._shelves.keys() == named.keys()
        found: dict[IndexedSelector[K], list[BitMatrix[K]]] = {}
        loose: dict[IndexedSelector[K], list[Bucket[K]]] = {}
        for place, shelf in ((None, self._always), *self._shelves.items()):
            assert shelf.place == place
            if place is not None:
                key, value = place
                assert shelf.named == named[place]
                filed = self._filed.get(key, {}).get(value)
                assert filed is (None if shelf.is_empty else shelf)
            for member in shelf.loose:
                loose.setdefault(member, []).append(shelf)
            for block in shelf.blocks:
                assert len(block)
                block.check_invariants(shelf.left_of)
                for member in block:
                    assert any(s is shelf and b is block for s, b, _ in self._stands[member])
                    found.setdefault(member, []).append(block)
        assert found.keys() == self._stands.keys()
        assert found.keys() | self._loose.keys() == set(able)
        assert sum(map(len, self._filed.values())) == sum(
            not s.is_empty for s in self._shelves.values()
        )
        assert all(self._filed.values())
        assert all(len(self._stands[member]) == len(found[member]) for member in found)
        self._check_loose(loose)

    def _check_loose(self, found: Mapping[IndexedSelector[K], Sequence[Bucket[K]]]) -> None:
        assert found.keys() == self._loose.keys()
        assert found.keys().isdisjoint(self._stands)
        for member, shelves in found.items():
            assert sorted(map(id, shelves)) == sorted(map(id, self._loose[member]))
        assert self._loose_keys == Counter(key for member in found for key in member.spoken)

    # The rest is how.

    def _count(self, labels: Mapping[str, str]) -> None:
        """Note what was asked for, also where nothing is filed, and what is due for review."""
        for place in chain(zip(labels, repeat(None)), labels.items()):
            shelf = self._shelves.get(place)
            if shelf is not None:
                shelf.asked += _COUNTED
                if shelf.asked >= shelf.review and not shelf.is_empty:
                    self._due.append(shelf)

    def _cost(self, shelf: Bucket[K]) -> float:
        """Return how many of the label sets to come will probably ask for what is filed here."""
        believed = _BELIEVED * shelf.named / self._members
        return (shelf.asked + believed) / (self._seen - shelf.since + _BELIEVED)

    def _best(self, form: Restrictions) -> Way:
        """Return where to file a selector, and what that costs."""
        way = cheapest(form, lambda place: self._cost(self._shelves[place]))
        return way or Way(1.0, (), is_branched=False)

    def _review(self, member: IndexedSelector[K]) -> None:
        assert member.form is not None
        best = self._best(member.form)
        if best.cost * _WORTH < sum(map(self._cost, self._shelves_of(member))):
            self._take(member)
            self._put(member, best)

    def _shelves_of(self, member: IndexedSelector[K]) -> list[Bucket[K]]:
        loose = self._loose.get(member)
        return [shelf for shelf, _, _ in self._stands[member]] if loose is None else loose

    def _put(self, member: IndexedSelector[K], way: Way) -> None:
        assert member.form is not None
        shelves = [self._shelves[place] for place in way.places] or [self._always]
        for shelf in shelves:
            if shelf.place is not None:
                key, value = shelf.place
                self._filed.setdefault(key, {})[value] = shelf
        if way.is_branched:
            self._loose[member] = shelves
            self._loose_keys.update(member.spoken)
            for shelf in shelves:
                shelf.loose[member] = None
            return
        stands = self._stands[member] = []
        for shelf in shelves:
            block = shelf.open_block()
            stands.append((shelf, block, block.add(member, shelf.left_of(member.form))))

    def _take(self, member: IndexedSelector[K]) -> None:
        shelves = self._shelves_of(member)
        if member in self._loose:
            self._take_loose(member)
        else:
            self._take_from_blocks(member)
        for shelf in shelves:
            if shelf.is_empty and shelf.place is not None:
                key, value = shelf.place
                del self._filed[key][value]
                if not self._filed[key]:
                    del self._filed[key]

    def _take_loose(self, member: IndexedSelector[K]) -> None:
        for shelf in self._loose.pop(member):
            del shelf.loose[member]
        for key in member.spoken:
            self._loose_keys[key] -= 1
            if not self._loose_keys[key]:
                del self._loose_keys[key]

    def _take_from_blocks(self, member: IndexedSelector[K]) -> None:
        assert member.form is not None
        for shelf, block, number in self._stands.pop(member):
            block.remove(number, shelf.left_of(member.form))
            if not len(block):
                shelf.blocks.remove(block)

    def _shelf(self, place: Place) -> Bucket[K]:
        """Return the shelf of a place; an empty one where there was none."""
        shelf = self._shelves.get(place)
        if shelf is None:
            shelf = self._shelves[place] = Bucket(place, self._seen)
        return shelf


def _blocks(shelves: Mapping[str | None, Bucket[K]], value: str | None) -> Sequence[BitMatrix[K]]:
    shelf = shelves.get(value)
    return () if shelf is None else shelf.blocks
