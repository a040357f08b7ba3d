"""Workloads: whether each selects the pods of its own template, and of no other's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from labelsel.errors import path_text
from labelsel.explain import Reason
from labelsel.index import LabelIndex
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.object_selectors import ObjectSelector
from labelsel.kubernetes.selection.selector_targets import SelectorTarget
from labelsel.lint.context import Context, key_path
from labelsel.lint.finding import Finding, finding
from labelsel.lint.label_locations import at
from labelsel.lint.nearest_match import Nearest
from labelsel.lint.rules import TEMPLATE_NOT_SELECTED, WORKLOADS_OVERLAP

__all__ = ["template_not_selected", "workloads_overlap"]


class _Workload(NamedTuple):
    """A workload's selector, and the pods that it makes."""

    selecting: ObjectSelector
    pods: SelectorTarget

    @property
    def owner(self) -> Resource:
        return self.selecting.owner

    @property
    def words(self) -> str:
        return f"{path_text(self.selecting.path)} {self.selecting.selector}"


def template_not_selected(scene: Context) -> Iterator[Finding]:
    """Workloads that would not know their own pods: the API server refuses them."""
    for workload in _workloads(scene):
        why = workload.selecting.selector.why(workload.pods.labels)
        faults = tuple(fault for fault in why.faults if isinstance(fault, Reason))
        if faults:
            told = ", ".join(f"{fault.selector}: the template has {fault.has}" for fault in faults)
            message = f"{workload.words} does not select the pods of its own template; {told}"
            path = key_path(workload.selecting, faults[0].key)
            fix = Nearest(workload.pods, faults, slip=False).fix
            yield finding(TEMPLATE_NOT_SELECTED, workload.owner, path, message, fix)


def _workloads(scene: Context) -> Iterator[_Workload]:
    for selecting in scene.selectings:
        pods = scene.templates.get(id(selecting.owner))
        if pods is not None:
            yield _Workload(selecting, pods)


def workloads_overlap(scene: Context) -> Iterator[Finding]:
    """Workloads of a namespace of which one selects the pods that another one makes.

    1. Selectors that only could select the same pods do no harm as long as nobody makes such:
       ``app=a`` and ``tier=b`` are usual side by side.
    2. Two that select each other's pods are told once, where the second stands.
    3. What another object made, as a Deployment makes ReplicaSets, has its owner's selector.
    4. The same object in several versions (a base and its overlay) is one.

    Complexity: a question to an index for each workload.
    """
    namespaces: dict[str, list[_Workload]] = defaultdict(list)
    for workload in _workloads(scene):
        if not at(workload.owner.body, ("metadata", "ownerReferences")):
            namespaces[workload.pods.namespace].append(workload)
    for workloads in namespaces.values():
        index = LabelIndex({n: workload.pods.labels for n, workload in enumerate(workloads)})
        for number, workload in enumerate(workloads):
            selected = index.select(workload.selecting.selector)
            others = (other for other in selected if _fight(workloads, number, other))
            other = next(others, None)
            if other is not None:
                yield _overlap(workload, workloads[other])


def _fight(workloads: list[_Workload], number: int, other: int) -> bool:
    """Whether a workload that selects another one's pods is to be told of here."""
    this, that = workloads[number], workloads[other]
    if _identity(this.owner) == _identity(that.owner):
        return False
    if not that.selecting.selector.matches(that.pods.labels):
        return False  # that one makes no pods at all
    return other < number or not that.selecting.selector.matches(this.pods.labels)


def _identity(owner: Resource) -> tuple[str, str, str]:
    return owner.kind, owner.group, owner.name


def _overlap(this: _Workload, that: _Workload) -> Finding:
    both = this.selecting.selector.overlaps(that.selecting.selector)
    witness = _text(that.pods.labels if both.witness is None else both.witness)
    place = f"{that.owner.source.file}, line {that.owner.source.line}"
    message = (
        f"{this.words} selects the pods of {that.owner.reference} ({place}), too; "
        f"both select pods with {witness}"
    )
    return finding(WORKLOADS_OVERLAP, this.owner, this.selecting.path, message, _fix(this, that))


def _text(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _fix(this: _Workload, that: _Workload) -> str:
    """A label that tells the pods of one from those of the other, where they have one."""
    for key, value in this.pods.labels.items():
        if that.pods.labels.get(key) != value:
            return f"add {key}: {value} to the selector: only its own pods have that"
    return "add a label to the template and to the selector that only its own pods have"
