"""Rule workloads-overlap: a workload's selector selects the pods of another workload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from labelsel.index import LabelIndex
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.lint.context import Context, Workload
from labelsel.lint.disjoint_sets import DisjointSets
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.neighbors import Distance
from labelsel.lint.real_paths import folder_of
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import requirements, selector_text, without_met
from labelsel.requirements import Equals, NotEquals
from labelsel.selector import Selector, any_of, holds

__all__ = ["workloads_overlap"]

#: Keys of the index that no label has: the name of a label key begins with a letter or digit.
_NAME: Final = ".name"
_KIND: Final = ".kind"
_IN_NAMESPACE: Final = ".in-namespace"


@rule(
    "workloads-overlap",
    Severity.ERROR,
    "A workload's selector selects the pods of another workload: they fight over these pods",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#workloads-overlap",
)
def workloads_overlap(context: Context) -> Iterator[Finding]:
    """Find workloads of one namespace of which one selects the pods that another one makes.

    1. Selectors that only could select the same pods do no harm as long as nobody makes such pods:
       ``app=a`` and ``tier=b`` are usual side by side.
    2. Two workloads that select each other's pods are reported once, at the second.
    3. An object with an owner, as the ReplicaSet of a Deployment, has the owner's selector, and
       is not reported; nor is one that does not select its own pods: it is refused, and makes none.
    4. Several versions of one object (a base and its overlay) are one object.
    5. Two workloads are in a cluster together if they are in one file, if one kustomization or
       chart builds both, or if they are in one folder and name the same namespace. Of others,
       those that have one name, or are in one folder, or name the same namespace, may be
       alternatives. All alternatives in the same folders are one note.

    Complexity: a few index queries for each workload.
    """
    namespaces: dict[object, list[Workload]] = defaultdict(list)
    for workload in context.workloads:
        kustomizations, file = context.kustomizations, workload.owner.source.file
        own = without_met(workload.selector, kustomizations.pod_labels(file))
        is_owned = bool(value_at(workload.owner.body, ("metadata", "ownerReferences")))
        if not is_owned and holds(own, workload.pods.labels):
            moved = kustomizations.namespaces(file)
            namespaces[moved or workload.pods.namespace].append(workload)
    alternatives = _Alternatives()
    for workloads in namespaces.values():
        search = _Search(context, workloads)
        for number, workload in enumerate(workloads):
            if not search.selects_others(workload):
                continue
            if (other := search.find(number, search.together(workload))) is not None:
                yield _overlap(workload, other)
            elif (other := search.find(number, search.alternative(workload))) is not None:
                alternatives.add(workload, other)
    yield from alternatives.findings()


class _Search:
    """The workloads of one namespace, indexed by the labels of their pods."""

    def __init__(self, context: Context, workloads: list[Workload]) -> None:
        self._context = context
        self._workloads = workloads
        self._index = LabelIndex({n: self._labels(each) for n, each in enumerate(workloads)})

    def selects_others(self, workload: Workload) -> bool:
        """Whether a workload selects the pods of others. Most do not, and one query tells."""
        # Without the labels that kustomize adds it may not select its own.
        own = int(holds(workload.selector, workload.pods.labels))
        return self._index.count(workload.selector) > own

    def find(self, number: int, others: Selector) -> Workload | None:
        """Return the first of some others whose pods a workload selects, if that is reported."""
        this = self._workloads[number]
        for other in self._index.select(this.selector & others):
            that = self._workloads[other]
            if self._is_reported(this, that, is_second=other < number):
                return that
        return None

    def together(self, workload: Workload) -> Selector:
        """Return the selector for workloads of other names that a cluster has beside one."""
        owner, neighbors = workload.owner, self._context.neighbors
        together = neighbors.built_together(owner)
        if owner.namespace is not None:
            same_namespace = Equals(_IN_NAMESPACE, owner.namespace)
            together = any_of([together, neighbors.applied_together(owner) & same_namespace])
        return together & NotEquals(_NAME, owner.name)

    def alternative(self, workload: Workload) -> Selector:
        """Return the selector for workloads that may be alternatives to one."""
        owner = workload.owner
        same_name = Equals(_NAME, owner.name) & NotEquals(_KIND, _kind(workload))
        nearby = [self._context.neighbors.levels(owner)[Distance.FOLDER]]
        if owner.namespace is not None:
            nearby.append(Equals(_IN_NAMESPACE, owner.namespace))
        return any_of([same_name, NotEquals(_NAME, owner.name) & any_of(nearby)])

    def _labels(self, workload: Workload) -> Mapping[str, str]:
        owner = workload.owner
        labels = {**workload.pods.labels, _NAME: owner.name, _KIND: _kind(workload)}
        if owner.namespace is not None:
            labels[_IN_NAMESPACE] = owner.namespace
        return {**labels, **self._context.neighbors.labels(owner)}

    def _is_reported(self, this: Workload, that: Workload, *, is_second: bool) -> bool:
        """Whether a workload that selects the pods of another one is reported at this one."""
        if self._added_labels(this) != self._added_labels(that):
            return False  # kustomize tells them apart
        return is_second or not that.selector.matches(this.pods.labels)

    def _added_labels(self, workload: Workload) -> set[tuple[str, str]]:
        return self._context.kustomizations.pod_labels(workload.owner.source.file)


class _Alternatives:
    """Pairs of workloads that may be alternatives, joined where they have a folder in common."""

    def __init__(self) -> None:
        self._pairs: list[tuple[Workload, Workload]] = []
        self._folders = DisjointSets()

    def add(self, this: Workload, that: Workload) -> None:
        """Record a pair."""
        self._pairs.append((this, that))
        self._folders.join(_folder(this), _folder(that))

    def findings(self) -> Iterator[Finding]:
        """Yield one note for all pairs whose folders are joined."""
        groups: dict[str, list[tuple[Workload, Workload]]] = defaultdict(list)
        for pair in self._pairs:
            groups[self._folders.name(_folder(pair[0]))].append(pair)
        for pairs in groups.values():
            yield _note(*pairs[0], len(pairs) - 1)


def _folder(workload: Workload) -> str:
    return folder_of(workload.owner.source.file)


def _kind(workload: Workload) -> str:
    return f"{workload.owner.kind}.{workload.owner.group}"


def _overlap(this: Workload, that: Workload) -> Finding:
    path = this.object_selector.path
    return make_finding(workloads_overlap, this.owner, path, _message(this, that), _fix(this, that))


def _message(this: Workload, that: Workload) -> str:
    keys = {term.key for each in (this, that) for term in requirements(each.selector)}
    both = _text({key: value for key, value in that.pods.labels.items() if key in keys})
    location = f"{that.owner.source.file}, line {that.owner.source.line}"
    return (
        f"{selector_text(this.object_selector)} also selects the pods of {that.owner.reference} "
        f"({location}); both select pods with {both}"
    )


def _note(this: Workload, that: Workload, more: int) -> Finding:
    others = "as does one more pair" if more == 1 else f"as do {more} more pairs"
    message = _message(this, that)
    if more:
        message = f"{message}, {others} of workloads in these folders"
    fix = f"apply only one of the two, as alternatives; otherwise {_fix(this, that)}"
    found = make_finding(workloads_overlap, this.owner, this.object_selector.path, message, fix)
    return replace(found, unsure=True)


def _text(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _fix(this: Workload, that: Workload) -> str:
    """Name a label that the pods of one have and those of the other do not, if there is one."""
    for key, value in this.pods.labels.items():
        if that.pods.labels.get(key) != value:
            return f"add {key}: {value} to the selector: only its own pods have that"
    return "add a label to the template and to the selector that only its own pods have"
