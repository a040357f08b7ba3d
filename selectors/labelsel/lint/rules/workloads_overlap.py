"""Rule workloads-overlap: a workload's selector selects the pods of another workload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from labelsel.index import LabelIndex
from labelsel.kubernetes import Resource
from labelsel.lint.context import Context, Workload
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.label_locations import value_at
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import selector_text

__all__ = ["workloads_overlap"]


@rule(
    "workloads-overlap",
    Severity.ERROR,
    "A workload's selector selects the pods of another workload: they fight over these pods",
    docs="docs/lint.md#workloads-overlap",
)
def workloads_overlap(context: Context) -> Iterator[Finding]:
    """Find workloads of one namespace of which one selects the pods that another one makes.

    1. Selectors that only could select the same pods do no harm as long as nobody makes such pods:
       ``app=a`` and ``tier=b`` are usual side by side.
    2. Two workloads that select each other's pods are reported once, at the second.
    3. An object with an owner, as the ReplicaSet of a Deployment, has the owner's selector, and
       is not reported.
    4. Several versions of one object (a base and its overlay) are one object.

    Complexity: one index query for each workload.
    """
    namespaces: dict[str, list[Workload]] = defaultdict(list)
    for workload in context.workloads:
        if not value_at(workload.owner.body, ("metadata", "ownerReferences")):
            namespaces[workload.pods.namespace].append(workload)
    for workloads in namespaces.values():
        index = LabelIndex({n: workload.pods.labels for n, workload in enumerate(workloads)})
        for number, workload in enumerate(workloads):
            selected = index.select(workload.selector)
            others = (other for other in selected if _is_reported(workloads, number, other))
            other = next(others, None)
            if other is not None:
                yield _overlap(workload, workloads[other])


def _is_reported(workloads: Sequence[Workload], number: int, other: int) -> bool:
    """Whether a workload that selects the pods of another one is reported at this one."""
    this, that = workloads[number], workloads[other]
    if _identity(this.owner) == _identity(that.owner):
        return False
    if not that.selector.matches(that.pods.labels):
        return False  # that workload makes no pods at all
    return other < number or not that.selector.matches(this.pods.labels)


def _identity(owner: Resource) -> tuple[str, str, str]:
    return owner.kind, owner.group, owner.name


def _overlap(this: Workload, that: Workload) -> Finding:
    both = this.selector.overlaps(that.selector)
    witness = _text(that.pods.labels if both.witness is None else both.witness)
    location = f"{that.owner.source.file}, line {that.owner.source.line}"
    message = (
        f"{selector_text(this.object_selector)} selects the pods of {that.owner.reference} "
        f"({location}), too; both select pods with {witness}"
    )
    path = this.object_selector.path
    return make_finding(workloads_overlap, this.owner, path, message, _fix(this, that))


def _text(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _fix(this: Workload, that: Workload) -> str:
    """Name a label that the pods of one have and those of the other do not, if there is one."""
    for key, value in this.pods.labels.items():
        if that.pods.labels.get(key) != value:
            return f"add {key}: {value} to the selector: only its own pods have that"
    return "add a label to the template and to the selector that only its own pods have"
