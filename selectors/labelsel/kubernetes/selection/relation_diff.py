"""The difference of two relations: which selector starts or stops selecting which object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from labelsel.errors import Path, require_type
from labelsel.kubernetes.model.object_key import KindScopes, ObjectKey
from labelsel.kubernetes.selection.object_selectors import ObjectSelector
from labelsel.kubernetes.selection.selector_relation import SelectorRelation
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
    """What `diff_relations` found; each list has what stops before what starts.

    It is true if there is a difference.

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
    >>> bool(found), found.changed, found.removed, len(found.added)
    (True, [], [], 1)
    """

    changed: list[PairChange]
    removed: list[PairChange]
    added: list[PairChange]

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

    Complexity: O(p) for p pairs of both sides. Two sides of 100,000 objects with 100,000 pairs each
    take 4.4 s (``python -m benchmarks.objects``).

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
    before, after = (side.identify(several) for side in sides)
    changes = list(_compare(before, after))
    changes.sort(key=lambda change: change.starts)
    return RelationDiff(
        changed=[change for change in changes if change.is_changed],
        removed=[each for each in changes if not each.is_changed and not each.starts],
        added=[each for each in changes if not each.is_changed and each.starts],
    )


@dataclass(frozen=True, slots=True)
class _Identified:
    """A relation whose selectors and objects have keys that both sides share."""

    relation: SelectorRelation
    selectors: Mapping[_SelectorKey, ObjectSelector]
    targets: Mapping[_Identity, SelectorTarget]
    identities: Mapping[int, _Identity]

    def selected(self, found: ObjectSelector | None) -> dict[_Identity, SelectorTarget]:
        """Return what a selector selects, by the objects' identities; None selects nothing."""
        targets = [] if found is None else self.relation.selected_by(found)
        return {self.identities[id(target.origin)]: target for target in targets}


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

    def identify(self, several: set[ObjectKey]) -> _Identified:
        """Return the relation with identities; ``several``: the keys that need the file, too."""
        identities = dict(self._identities(several))
        relation = self._relation
        return _Identified(
            relation,
            {(identities[id(each.owner)], each.path): each for each in relation.object_selectors},
            {identities[id(target.origin)]: target for target in relation.targets},
            identities,
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


def _compare(before: _Identified, after: _Identified) -> Iterator[PairChange]:
    """Yield the pairs that one side alone has, by the order of the selectors."""
    for key in dict.fromkeys((*before.selectors, *after.selectors)):
        old, new = before.selectors.get(key), after.selectors.get(key)
        was, now = before.selected(old), after.selected(new)
        # Most selectors select the same on both sides.
        if was.keys() == now.keys():
            continue
        if old is not None:
            gone = {identity: was[identity] for identity in was if identity not in now}
            yield from _changes(gone, old, new, after, starts=False)
        if new is not None:
            added = {identity: now[identity] for identity in now if identity not in was}
            yield from _changes(added, new, old, before, starts=True)


def _changes(
    targets: Mapping[_Identity, SelectorTarget],
    selector: ObjectSelector,
    other: ObjectSelector | None,
    other_side: _Identified,
    *,
    starts: bool,
) -> Iterator[PairChange]:
    """Yield a change for each target that a selector selects on its side alone."""
    for identity, target in targets.items():
        yield PairChange(
            starts=starts,
            object_selector=selector,
            target=target,
            other_selector=other,
            other_target=other_side.targets.get(identity),
        )
