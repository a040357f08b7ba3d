"""Rule template-not-selected: a workload's selector does not match its own template."""

from __future__ import annotations

from collections.abc import Iterator

from labelsel.kubernetes.selection.label_locations import TEMPLATE_LABELS, value_at
from labelsel.lint.context import Context, Workload
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.nearest_match import NearestMatch, what_it_has
from labelsel.lint.own_pods import custom_workload
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import key_path, selector_text, unmet, without_met

__all__ = ["template_not_selected"]


@rule(
    "template-not-selected",
    Severity.ERROR,
    "A workload's selector does not select the pods of its own template",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#template-not-selected",
)
def template_not_selected(context: Context) -> Iterator[Finding]:
    """Find workloads that would not recognize their own pods: the API server refuses them.

    Of custom kinds with a selector and a template, such as a Rollout, the operator refuses them.
    """
    is_patch = context.kustomizations.is_patch
    custom = (custom_workload(one) for one in context.resources if not is_patch(one.source.file))
    custom_workloads = (Workload(*found) for found in custom if found is not None)
    for workload in (*context.workloads, *context.partial_workloads, *custom_workloads):
        added = context.kustomizations.pod_labels(workload.owner.source.file)
        missed = unmet(without_met(workload.selector, added), workload.pods.labels)
        faults = tuple(each for each in missed if not _is_unread(workload, each.key))
        if faults:
            message = f"{selector_text(workload.object_selector)} does not select the pods of its "
            message += f"own template, which has {what_it_has(faults)}"
            path = key_path(workload.object_selector, faults[0].key)
            fix = NearestMatch(workload.pods, faults, is_typo=False).fix
            yield make_finding(template_not_selected, workload.owner, path, message, fix)


def _is_unread(workload: Workload, key: str) -> bool:
    """Whether the template has a label that is no string, which illegal-label reports."""
    labels = value_at(workload.owner.body, TEMPLATE_LABELS)
    return isinstance(labels, dict) and key in labels and key not in workload.pods.labels
