"""The difference of two relations: which selector starts or stops selecting which object."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import accumulate
from operator import eq
from typing import Final, NamedTuple, TypeAlias, overload

from labelsel.errors import Path, require_type
from labelsel.index.postings import (
    Rows,
    RowSet,
    bitmap_of,
    positions_of,
    rows_array,
    rows_of,
)
from labelsel.kubernetes.model.object_key import KindScopes, ObjectKey
from labelsel.kubernetes.selection.object_selectors import ObjectSelector
from labelsel.kubernetes.selection.selector_relation import (
    Question,
    SelectorRelation,
    question_of,
)
from labelsel.kubernetes.selection.selector_targets import SelectorTarget

__all__ = ["PairCause", "PairChange", "RelationDiff", "diff_relations"]

#: An object on both sides: its key, and where several objects have the key its file and number.
_Identity: TypeAlias = tuple[ObjectKey, str, int]
_SelectorKey: TypeAlias = tuple[_Identity, Path]


class PairCause(Enum):
    """Why a selector starts or stops selecting an object: an entry of `PairChange.causes`.

    The value of each cause says it in words.

    Raises:
        ValueError: there is no cause of this value.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, SelectorRelation, diff_relations
    >>> from labelsel.kubernetes import read_object_selectors, selector_targets
    >>> def relation(labels):
    ...     service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...                "spec": {"selector": {"app": "web"}}}
    ...     pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "labels": labels}}
    ...     here = Inventory.of([service, pod])
    ...     return SelectorRelation(read_object_selectors(here), selector_targets(here))
    >>> [change] = diff_relations(relation({"app": "db"}), relation({"app": "web"})).changed
    >>> change.causes
    (<PairCause.LABELS: 'the labels of the object changed'>,)
    """

    SELECTOR = "the selector changed"
    NAMESPACES = "the namespaces changed where the selector looks"
    LABELS = "the labels of the object changed"
    NEW_SELECTOR = "the selector is new"
    NEW_OBJECT = "the object is new"
    NO_SELECTOR = "the selector is gone"
    NO_OBJECT = "the object is gone"


@dataclass(frozen=True, slots=True)
class PairChange:
    """A selector that starts or stops selecting an object: an entry of the lists of `RelationDiff`.

    Attributes:
        starts: whether the pair is in the new relation; otherwise it is in the old one.
        object_selector: the selector, on the side where it selects the object.
        target: the object, on that side.
        other_selector: the selector on the other side; None if it is not there.
        other_target: the object on the other side; None if it is not there.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, SelectorRelation, diff_relations
    >>> from labelsel.kubernetes import read_object_selectors, selector_targets
    >>> def relation(*objects):
    ...     here = Inventory.of(objects)
    ...     return SelectorRelation(read_object_selectors(here), selector_targets(here))
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...            "spec": {"selector": {"app": "web"}}}
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> [change] = diff_relations(relation(service, pod), relation(pod)).removed
    >>> change.starts, str(change.target), change.other_selector, change.is_changed
    (False, 'pod/web-1', None, False)
    """

    starts: bool
    object_selector: ObjectSelector
    target: SelectorTarget
    other_selector: ObjectSelector | None
    other_target: SelectorTarget | None

    @property
    def is_changed(self) -> bool:
        """Whether the selector and the object are on both sides. O(1); raises nothing."""
        return self.other_selector is not None and self.other_target is not None

    @property
    def causes(self) -> tuple[PairCause, ...]:
        """Why it starts or stops: one cause or several.

        O(n) for n requirements and labels, which are compared; raises nothing.
        """
        causes = [self._cause_of_selector(), self._cause_of_object()]
        return tuple(cause for cause in causes if cause is not None)

    def _cause_of_selector(self) -> PairCause | None:
        other, found = self.other_selector, self.object_selector
        if other is None:
            return PairCause.NEW_SELECTOR if self.starts else PairCause.NO_SELECTOR
        if (other.selector, other.target) != (found.selector, found.target):
            return PairCause.SELECTOR
        return PairCause.NAMESPACES if other.namespaces != found.namespaces else None

    def _cause_of_object(self) -> PairCause | None:
        if self.other_target is None:
            return PairCause.NEW_OBJECT if self.starts else PairCause.NO_OBJECT
        return PairCause.LABELS if self.other_target.labels != self.target.labels else None


@dataclass(frozen=True, slots=True)
class RelationDiff:
    """What `diff_relations` found; each sequence has what stops before what starts.

    It is true if there is a difference. n selectors that start to select n objects are n * n pairs:
    a sequence has the selectors and the sets of their objects, and makes a pair when it is asked
    for. Its length is known without the pairs.

    Attributes:
        changed: pairs of a selector and an object that are both on both sides.
        removed: pairs of the old side whose selector or object is not on the new side.
        added: pairs of the new side whose selector or object is not on the old side.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, SelectorRelation, diff_relations
    >>> from labelsel.kubernetes import read_object_selectors, selector_targets
    >>> def relation(*objects):
    ...     here = Inventory.of(objects)
    ...     return SelectorRelation(read_object_selectors(here), selector_targets(here))
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...            "spec": {"selector": {"app": "web"}}}
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> found = diff_relations(relation(service), relation(service, pod))
    >>> bool(found), len(found.changed), len(found.removed), len(found.added)
    (True, 0, 0, 1)
    """

    changed: Sequence[PairChange]
    removed: Sequence[PairChange]
    added: Sequence[PairChange]

    def __bool__(self) -> bool:
        """Return whether there is a difference."""
        return bool(self.changed or self.removed or self.added)


def diff_relations(
    old: SelectorRelation,
    new: SelectorRelation,
    *,
    old_name: Callable[[str], str] = str,
    new_name: Callable[[str], str] = str,
) -> RelationDiff:
    """Return which selectors start or stop selecting which objects, from one relation to another.

    1. Objects are the same if they have the same kind, group, namespace and name. If several
       objects of one side have these, each is the same as the one in the file of the same name on
       the other side.
    2. Selectors are the same if they are at the same path of the same object.
    3. A pair is in the difference if it is on one side only: a selector whose text changes and
       that selects the same objects is not.

    Arguments:
        old: the relation before.
        new: the relation after.
        old_name: returns the name of a file of the old side that rule 1 compares, for example
            without the folder of the side.
        new_name: the same for the new side.

    Returns:
        the pairs that one side alone has, each with what is on the other side.

    Raises:
        TypeError: a side is no `SelectorRelation`.

    Complexity: O(s + t) for s selectors and t targets, and for each distinct selector of a side one
    question of a `LabelIndex` and a bitmap of what it selects. The pairs are made when they are
    asked for: O(log s) for one, O(p) for p in a row. Two sides of 100,000 objects with 100,000
    pairs each take 4.4 s (``python -m benchmarks.objects``).

    >>> from labelsel.kubernetes import Inventory, SelectorRelation
    >>> from labelsel.kubernetes import read_object_selectors, selector_targets
    >>> def relation(selector):
    ...     service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...                "spec": {"selector": selector}}
    ...     pod = {"kind": "Pod", "apiVersion": "v1",
    ...            "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    ...     here = Inventory.of([service, pod])
    ...     return SelectorRelation(read_object_selectors(here), selector_targets(here))
    >>> found = diff_relations(relation({"app": "web"}), relation({"app": "shop"}))
    >>> [(change.starts, str(change.target), change.causes[0].value) for change in found.changed]
    [(False, 'pod/web-1', 'the selector changed')]
    """
    require_type(SelectorRelation, old)
    require_type(SelectorRelation, new)
    sides = _Side(old, old_name), _Side(new, new_name)
    several = sides[0].several | sides[1].several
    numbers: dict[_Identity, int] = {}
    before, after = (side.identify(several, numbers) for side in sides)
    known: dict[tuple[Question | None, Question | None], tuple[_Targets, _Targets]] = {}
    stops, starts = _Found([], []), _Found([], [])
    for key in dict.fromkeys((*before.selectors, *after.selectors)):
        was, now = before.selectors.get(key), after.selectors.get(key)
        asked = question_of(was) if was else None, question_of(now) if now else None
        if asked not in known:
            known[asked] = _compare(before, was, after, now)
        gone, added = known[asked]
        if was is not None and any(gone):
            stops.add(_SelectorChange(was, now, before, after, starts=False), gone)
        if now is not None and any(added):
            starts.add(_SelectorChange(now, was, after, before, starts=True), added)
    return RelationDiff(
        changed=_PairChanges([*stops.changed, *starts.changed]),
        removed=_PairChanges(stops.one_sided),
        added=_PairChanges(starts.one_sided),
    )


class _Targets(NamedTuple):
    """Positions of targets that a selector selects on its side alone.

    Attributes:
        changed: those that the other side has, too, if it has the selector.
        one_sided: the others.
    """

    changed: RowSet
    one_sided: RowSet


@dataclass(frozen=True, slots=True)
class _Identified:
    """A relation whose selectors and objects have keys that both sides share.

    Attributes:
        relation: the relation.
        selectors: its selectors by their keys.
        numbers: the numbers of the identities of its targets, by the targets' positions.
        places: the positions of its targets, by the numbers of their identities.
        present: the numbers of the identities that it has.
    """

    relation: SelectorRelation
    selectors: Mapping[_SelectorKey, ObjectSelector]
    numbers: Rows
    places: Rows
    present: RowSet

    def selected(self, found: ObjectSelector | None) -> RowSet:
        """Return the numbers of what a selector selects; None selects nothing."""
        if found is None:
            return RowSet()
        return bitmap_of(self.numbers[self.relation.positions(found)])

    def split(self, numbers: RowSet, on_both: RowSet) -> _Targets:
        """Return the positions of targets, by the numbers of their identities."""
        return _Targets(*map(self._places_of, (numbers & on_both, numbers - on_both)))

    def find(self, number: int) -> SelectorTarget | None:
        """Return the target of an identity, by its number; None if the side has none."""
        return self.relation.targets[self.places[number]] if number in self.present else None

    def _places_of(self, numbers: RowSet) -> RowSet:
        return bitmap_of(self.places[rows_array(numbers)])


class _Side:
    """The objects of a relation, and the keys that several of them have."""

    def __init__(self, relation: SelectorRelation, name_file: Callable[[str], str]) -> None:
        self._relation = relation
        self._name_file = name_file
        owners = (found.owner for found in relation.object_selectors)
        origins = (target.origin for target in relation.targets)
        resources = {id(each): each for each in (*owners, *origins)}
        key_of = KindScopes().key
        self._keys = {number: (each, key_of(each)) for number, each in resources.items()}
        counts = Counter(key for _, key in self._keys.values())
        self.several = {key for key, count in counts.items() if count > 1}

    def identify(self, several: set[ObjectKey], numbers: dict[_Identity, int]) -> _Identified:
        """Return the relation with identities.

        Arguments:
            several: the keys that need the file, too.
            numbers: the numbers of the identities of targets so far. More are added.
        """
        identities = dict(self._identities(several))
        relation = self._relation
        numbered = [
            numbers.setdefault(identities[id(target.origin)], len(numbers))
            for target in relation.targets
        ]
        rows = rows_of(numbered)
        return _Identified(
            relation,
            {(identities[id(each.owner)], each.path): each for each in relation.object_selectors},
            rows,
            positions_of(rows, len(numbers)),
            bitmap_of(rows),
        )

    def _identities(self, several: set[ObjectKey]) -> Iterator[tuple[int, _Identity]]:
        numbers: Counter[tuple[ObjectKey, str]] = Counter()
        for number, (resource, key) in self._keys.items():
            if key not in several:
                yield number, (key, "", 0)
            else:
                file = self._name_file(resource.source.file)
                yield number, (key, file, numbers[key, file])
                numbers[key, file] += 1


_NO_TARGETS: Final = _Targets(RowSet(), RowSet())


def _compare(
    before: _Identified, old: ObjectSelector | None, after: _Identified, new: ObjectSelector | None
) -> tuple[_Targets, _Targets]:
    """Return what stops being selected, and what starts, by the positions on its side."""
    was, now = before.selected(old), after.selected(new)
    # Most selectors select the same on both sides.
    if was == now:
        return _NO_TARGETS, _NO_TARGETS
    on_both = RowSet() if old is None or new is None else before.present & after.present
    return before.split(was - now, on_both), after.split(now - was, on_both)


@dataclass(frozen=True, slots=True)
class _SelectorChange:
    """Pairs of one selector: as `PairChange`, but for the targets.

    Attributes:
        side: the side that has the pairs.
        other_side: the other one.
        positions: the positions of the targets on the side that has the pairs.
    """

    object_selector: ObjectSelector
    other_selector: ObjectSelector | None
    side: _Identified
    other_side: _Identified
    starts: bool
    positions: RowSet = field(default_factory=RowSet)

    def pair(self, position: int) -> PairChange:
        """Return the pair with a target."""
        return PairChange(
            starts=self.starts,
            object_selector=self.object_selector,
            target=self.side.relation.targets[position],
            other_selector=self.other_selector,
            other_target=self.other_side.find(int(self.side.numbers[position])),
        )


class _Found(NamedTuple):
    """What one side alone has: pairs whose parts both sides have, and the others."""

    changed: list[_SelectorChange]
    one_sided: list[_SelectorChange]

    def add(self, change: _SelectorChange, targets: _Targets) -> None:
        """Add the pairs of a selector and its targets."""
        for found, positions in zip(self, targets, strict=True):
            if positions:
                found.append(replace(change, positions=positions))


class _PairChanges(Sequence[PairChange]):
    """Pairs, kept as selectors and the sets of their targets: a pair is made when it is needed."""

    __slots__ = ("_ends", "_selectors")

    def __init__(self, selectors: Sequence[_SelectorChange]) -> None:
        self._selectors = selectors
        self._ends = list(accumulate(len(each.positions) for each in selectors))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[PairChange]:
        for each in self._selectors:
            yield from map(each.pair, rows_array(each.positions).tolist())

    @overload
    def __getitem__(self, index: int) -> PairChange: ...
    @overload
    def __getitem__(self, index: slice) -> list[PairChange]: ...
    def __getitem__(self, index: int | slice) -> PairChange | list[PairChange]:
        numbers = range(len(self))[index]
        return [*map(self._at, numbers)] if isinstance(numbers, range) else self._at(numbers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]  # as that of a list

    def __repr__(self) -> str:
        return f"<{len(self):,} pairs>"

    def _at(self, number: int) -> PairChange:
        place = bisect_right(self._ends, number)
        found = self._selectors[place]
        return found.pair(found.positions[number - self._ends[place]])
