"""Rule selects-other-app: a Service selects only pods of another app than its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.kubernetes import SERVICE, ObjectSelector, SelectorTarget
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.neighbors import Distance
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import key_path, selector_text, unmet
from labelsel.lint.target_group import TargetGroup
from labelsel.requirements import Equals

__all__ = ["selects_other_app"]

#: Workloads whose pods end, and serve nobody.
_BATCH: Final = frozenset({"CronJob", "Job"})


@rule(
    "selects-other-app",
    Severity.WARNING,
    "A Service selects only pods of another app, and none of the workload of its own name",
    needs_all=True,
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#selects-other-app",
)
def selects_other_app(context: Context) -> Iterator[Finding]:
    """Find Services whose selector was copied from another app.

    1. The Service selects pods, but none of the workload that has the Service's name and is
       near it, or in the namespace that both name.
    2. The pods of that workload have the Service's name, or the Service's own label, where the
       selector requires another value.
    3. One value is not the other one with a suffix: ``web`` and ``web-canary`` are one app.
    4. No other Service selects the workload's pods: a pooler or a proxy may have the name.

    Complexity: a few index queries for each Service.
    """
    for object_selector in context.seekers:
        if object_selector.owner.group_kind == SERVICE:
            for group in context.target_groups(object_selector):
                own = _own_pods(object_selector, group)
                finding = None if own is None else _check(object_selector, group, own)
                if finding is not None and id(own) not in context.pods_of_services:
                    yield finding


def _own_pods(object_selector: ObjectSelector, group: TargetGroup) -> SelectorTarget | None:
    """Return the pods of the workload that has the Service's name."""
    owner = object_selector.owner
    distance = Distance.FOLDER if owner.namespace is None else Distance.ELSEWHERE
    own = group.first_named(owner.name, group.levels(owner)[distance])
    return None if own is None or own.origin.kind in _BATCH else own


def _check(
    object_selector: ObjectSelector, group: TargetGroup, own: SelectorTarget
) -> Finding | None:
    owner, selector = object_selector.owner, object_selector.selector
    selected = next(group.select(selector), None)
    faults = unmet(selector, own.labels)
    differences = [
        fault
        for fault in faults
        if isinstance(fault.selector, Equals)
        and fault.value in {owner.name, owner.labels.get(fault.key)}
        and not _is_one_app(fault.selector.value, fault.value)
    ]
    if selected is None or not differences or len(differences) < len(faults):
        return None
    first = differences[0]
    message = (
        f"{selector_text(object_selector)} selects only pods of other apps, such as {selected}, "
        f"and none of {own.origin.reference}, which has the Service's name and {first.has}"
    )
    fix = "write " + ", ".join(f"{each.key}: {each.value}" for each in differences)
    path = key_path(object_selector, first.key)
    return make_finding(selects_other_app, owner, path, message, f"{fix} in the selector")


def _is_one_app(one: str, other: str | None) -> bool:
    """Whether two names are of one app: ``web`` and ``web-canary``."""
    return other is None or one.startswith(f"{other}-") or other.startswith(f"{one}-")
