"""Rule budgets-overlap: two PodDisruptionBudgets select the same pod, which nobody can evict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from pathlib import PurePath
from typing import Final

from labelsel.kubernetes import Kind, ObjectSelector, SelectorTarget
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import selector_text
from labelsel.selector import Nothing

__all__ = ["budgets_overlap"]

_BUDGET: Final = Kind("PodDisruptionBudget", "policy")


@rule(
    "budgets-overlap",
    Severity.ERROR,
    "Two PodDisruptionBudgets select the same pods: the API server evicts none of these pods",
    docs="docs/lint.md#budgets-overlap",
)
def budgets_overlap(context: Context) -> Iterator[Finding]:
    """Find budgets that select a pod that another budget selects, too.

    1. Several versions of one budget (a base and its overlay) are one budget.
    2. Budgets in two folders may be alternatives of each other, and are not reported.
    3. Where the input has no such pods, two budgets with equal selectors are reported.

    Complexity: one index query for each budget, and one look-up for each pod that it selects.
    """
    # For each pod or selector, and each folder, the budgets by their names.
    known: dict[Hashable, dict[str, ObjectSelector]] = defaultdict(dict)
    for budget in context.object_selectors:
        if budget.owner.group_kind != _BUDGET or isinstance(budget.selector, Nothing):
            continue
        groups = context.target_groups(budget)
        pods: list[SelectorTarget | None] = [
            pod for group in groups for pod in group.select(budget.selector)
        ]
        folder = PurePath(budget.owner.source.file).parent
        for pod in pods or [None]:
            selected: Hashable = (
                id(pod) if pod is not None else (budget.namespaces, budget.selector)
            )
            others = known[selected, folder]
            # The names differ, so at most one is passed over.
            name = budget.owner.name
            other = next((each for other, each in others.items() if other != name), None)
            others.setdefault(name, budget)
            if other is not None:
                yield _overlap(budget, other, "the same pods" if pod is None else str(pod))
                break


def _overlap(budget: ObjectSelector, other: ObjectSelector, pods: str) -> Finding:
    """Return the finding of two budgets for the same pods, at the second one."""
    location = f"{other.owner.source.file}, line {other.owner.source.line}"
    message = (
        f"{selector_text(budget)} selects {pods}, as {other.owner.reference} does ({location}): "
        "the API server evicts no pod that has two budgets"
    )
    fix = "take one of the two out, or give each a label that only its own pods have"
    return make_finding(budgets_overlap, budget.owner, budget.path, message, fix)
