"""The relation between the selectors of objects and what they select, asked from both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from labelsel.errors import require_each, require_type
from labelsel.index import LabelIndex
from labelsel.index.postings import Rows, read_only, rows_of
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.selection.object_selectors import HOW_TO_READ_SELECTORS, ObjectSelector
from labelsel.kubernetes.selection.selector_targets import HOW_TO_TARGET, SelectorTarget
from labelsel.requirements import In
from labelsel.selector import Selector

if TYPE_CHECKING:  # only a type here
    from labelsel.kubernetes.selection.object_selector_index import ObjectSelectorIndex

__all__ = ["Question", "SelectorRelation", "question_of"]

Question: TypeAlias = tuple[Selector, Kind, "frozenset[str] | None"]
"""What an object selector asks: object selectors that ask the same select the same targets."""

#: The key of an index that no label has: the namespace of the target.
_NAMESPACE: Final = ".namespace"
#: The positions of no target.
_NONE: Final[Rows] = rows_of([])


def question_of(object_selector: ObjectSelector) -> Question:
    """Return what an object selector asks."""
    return object_selector.selector, object_selector.target, object_selector.namespaces


class SelectorRelation:
    """Which object selectors select which targets.

    The pairs are those for which `ObjectSelector.selects` is true. Indexes are built when a
    question first needs them: one for the targets of a kind and namespace, one for all targets
    of a kind, and an `ObjectSelectorIndex` for the other direction.

    Arguments:
        object_selectors: the selectors, as `read_object_selectors` returns them.
        targets: the targets, as `selector_targets` returns them.

    Attributes:
        object_selectors: the selectors, in the order in which they were given.
        targets: the targets, in the order in which they were given.

    Raises:
        TypeError: something among the selectors is not an `ObjectSelector`, or among the targets
            not a `SelectorTarget`.

    Complexity: O(n) to make one of n selectors and targets.

    >>> from labelsel.kubernetes import Inventory, read_object_selectors, selector_targets
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...            "spec": {"selector": {"app": "web"}}}
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> here = Inventory.of([service, pod])
    >>> relation = SelectorRelation(read_object_selectors(here), selector_targets(here))
    >>> [(found.owner.reference, str(target)) for found, target in relation.pairs()]
    [('service/web', 'pod/web-1')]
    """

    def __init__(
        self, object_selectors: Iterable[ObjectSelector], targets: Iterable[SelectorTarget]
    ) -> None:
        self.object_selectors = require_each(
            ObjectSelector, object_selectors, HOW_TO_READ_SELECTORS
        )
        self.targets = require_each(SelectorTarget, targets, HOW_TO_TARGET)
        self._indexes: dict[tuple[Kind, str | None], LabelIndex[int]] = {}
        self._answers: dict[Question, list[SelectorTarget]] = {}

    def selected_by(self, object_selector: ObjectSelector) -> list[SelectorTarget]:
        """Return the targets that a selector selects, in the order in which they were given.

        The selector need not be one of `SelectorRelation.object_selectors`. The answer is kept for
        selectors that ask the same.

        Arguments:
            object_selector: the selector.

        Raises:
            TypeError: the argument is not an `ObjectSelector`, or the labels of a target are not
                strings.

        Complexity: O(n) for an answer of n targets, which is copied. A new question costs one
        `LabelIndex.select` more, and the first one of a kind and namespace the index of its
        targets.

        >>> from labelsel.kubernetes import Inventory, read_object_selectors, selector_targets
        >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
        ...            "spec": {"selector": {"app": "web"}}}
        >>> pod = {"kind": "Pod", "apiVersion": "v1",
        ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
        >>> here = Inventory.of([service, pod])
        >>> relation = SelectorRelation(read_object_selectors(here), selector_targets(here))
        >>> [str(target) for target in relation.selected_by(relation.object_selectors[0])]
        ['pod/web-1']
        """
        found = require_type(ObjectSelector, object_selector, HOW_TO_READ_SELECTORS)
        question = question_of(found)
        answer = self._answers.get(question)
        if answer is None:
            answer = [self.targets[number] for number in self.positions(found).tolist()]
            self._answers[question] = answer
        return answer.copy()

    def positions(self, object_selector: ObjectSelector) -> Rows:
        """Return the positions in `SelectorRelation.targets` of what a selector selects, ascending.

        Nothing is kept: a position takes four bytes, and `SelectorRelation.selected_by` keeps eight
        for each target of each distinct selector.

        Arguments:
            object_selector: the selector; it need not be one of the relation.

        Returns:
            A read-only numpy array of uint32.

        Raises:
            TypeError: the argument is not an `ObjectSelector`, or the labels of a target are not
                strings.

        Complexity: one `LabelIndex.select`, and O(n) for n positions: 3 ns each. The first question
        of a kind and namespace also costs the index of its targets.

        >>> from labelsel.kubernetes import Inventory, read_object_selectors, selector_targets
        >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
        ...            "spec": {"selector": {"app": "web"}}}
        >>> pod = {"kind": "Pod", "apiVersion": "v1",
        ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
        >>> here = Inventory.of([service, pod])
        >>> relation = SelectorRelation(read_object_selectors(here), selector_targets(here))
        >>> relation.positions(relation.object_selectors[0]).tolist()
        [1]
        """
        found = require_type(ObjectSelector, object_selector, HOW_TO_READ_SELECTORS)
        if found.namespaces is None:
            return self._select(found.selector, found.target, None)
        if len(found.namespaces) == 1:
            [namespace] = found.namespaces
            return self._select(found.selector, found.target, namespace)
        inside = In(_NAMESPACE, found.namespaces)
        return self._select(found.selector & inside, found.target, None)

    def selecting(self, target: SelectorTarget) -> list[ObjectSelector]:
        """Return the selectors that select a target, in the order in which they were given.

        Arguments:
            target: the target; it need not be one of `SelectorRelation.targets`.

        Raises:
            TypeError: the argument is not a `SelectorTarget`, or its labels are not strings.

        Complexity: that of `ObjectSelectorIndex.matching`; the first call also makes the index.

        >>> from labelsel.kubernetes import Inventory, read_object_selectors, selector_targets
        >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
        ...            "spec": {"selector": {"app": "web"}}}
        >>> pod = {"kind": "Pod", "apiVersion": "v1",
        ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
        >>> here = Inventory.of([service, pod])
        >>> relation = SelectorRelation(read_object_selectors(here), selector_targets(here))
        >>> [[found.owner.name for found in relation.selecting(each)] for each in relation.targets]
        [[], ['web']]
        """
        return self._reverse.matching(target)

    def pairs(self) -> Iterator[tuple[ObjectSelector, SelectorTarget]]:
        """Yield all pairs, by the order of the selectors and then of the targets.

        Yields:
            a selector and a target that it selects.

        Raises:
            TypeError: the labels of a target are not strings.

        Complexity: one `LabelIndex.select` for each distinct selector, kind and namespaces, and
        O(p) for p pairs. The 50,000 selectors and 75,000 targets in 100,000 objects take 1.4 s
        (``python -m benchmarks.objects``).

        >>> from labelsel.kubernetes import Inventory, read_object_selectors, selector_targets
        >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
        ...            "spec": {"selector": {"app": "web"}}}
        >>> pods = [{"kind": "Pod", "apiVersion": "v1",
        ...          "metadata": {"name": name, "labels": {"app": "web"}}} for name in ("a", "b")]
        >>> here = Inventory.of([service, *pods])
        >>> relation = SelectorRelation(read_object_selectors(here), selector_targets(here))
        >>> [(found.owner.name, str(target)) for found, target in relation.pairs()]
        [('web', 'pod/a'), ('web', 'pod/b')]
        """
        for found in self.object_selectors:
            yield from ((found, target) for target in self.selected_by(found))

    def _select(self, selector: Selector, kind: Kind, namespace: str | None) -> Rows:
        """Return the positions of the targets of a kind in a namespace, or in all, that match."""
        rows = self._index(kind, namespace).select(selector).rows()
        # The index numbers its rows in the order of the group.
        group = self._groups.get((kind, namespace), _NONE)
        return read_only(group[rows])

    def _index(self, kind: Kind, namespace: str | None) -> LabelIndex[int]:
        """Return the index of the targets of a kind in a namespace, or in all."""
        key = kind, namespace
        if key not in self._indexes:
            numbers = self._groups.get(key, _NONE).tolist()
            targets = ((number, self.targets[number]) for number in numbers)
            self._indexes[key] = LabelIndex(
                {
                    number: {**target.labels, _NAMESPACE: target.namespace}
                    if namespace is None
                    else target.labels
                    for number, target in targets
                }
            )
        return self._indexes[key]

    @cached_property
    def _groups(self) -> dict[tuple[Kind, str | None], Rows]:
        """The positions of the targets of each kind and namespace, and of each kind."""
        groups: dict[tuple[Kind, str | None], list[int]] = defaultdict(list)
        for number, target in enumerate(self.targets):
            for namespace in (target.namespace, None):
                groups[target.kind, namespace].append(number)
        return {key: rows_of(numbers) for key, numbers in groups.items()}

    @cached_property
    def _reverse(self) -> ObjectSelectorIndex:
        # Imported here: it takes 35 ms to load, and most commands ask the other direction.
        from labelsel.kubernetes.selection.object_selector_index import (  # noqa: PLC0415
            ObjectSelectorIndex,
        )

        return ObjectSelectorIndex(self.object_selectors)
