"""Rule selects-nothing: a selector that has to find something finds nothing in the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.kubernetes import ObjectSelector, SelectorTarget, namespace_of
from labelsel.lint.certain_edits import target_edit
from labelsel.lint.cluster_only import ClusterOnly, in_manifests
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.nearest_match import NearestMatch, find_nearest_match
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import key_path, requirements, selector_text
from labelsel.lint.target_group import TargetGroup
from labelsel.requirements import Equals
from labelsel.selector import Selector

__all__ = ["selects_nothing"]

#: These look in their own namespace unless they name others.
_MONITORS: Final = frozenset({"PodMonitor", "ServiceMonitor"})


@rule(
    "selects-nothing",
    Severity.ERROR,
    "A Service, NetworkPolicy, PodDisruptionBudget or monitor selects nothing in the input",
    needs_all=True,
    docs="docs/lint.md#selects-nothing",
)
def selects_nothing(context: Context) -> Iterator[Finding]:
    """Find selectors that find nothing, where the input could have contained a target.

    1. The input must have pods, or Services for a ServiceMonitor, where the selector looks; or
       targets that the selector would select, in another namespace where no equal selector looks.
    2. Labels that exist only in a cluster are not looked for.
    3. Pods that an operator may make of a custom object are not missed.
    4. Some namespaces are never complete in an input: ``kube-system``, a namespace that a chart is
       deployed to, a namespace without any target in the input, and all namespaces together.
       There only a selector that looks like a typo is reported.
    """
    cluster_only = ClusterOnly(context.resources)
    misplaced = _MisplacedTargets(context)
    for object_selector in context.seekers:
        groups = context.target_groups(object_selector)
        selector = in_manifests(object_selector.selector)
        if any(group.index.count(selector) for group in groups):
            continue
        if _requires_no_label(selector) or cluster_only.may_make_targets(object_selector):
            continue
        names = object_selector.namespaces
        if (
            names is not None
            and not cluster_only.fills(names)
            and (target := misplaced.find(object_selector, selector))
        ):
            yield _in_other_namespace(object_selector, target)
        elif groups:
            match = find_nearest_match(selector, object_selector.owner.name, groups)
            certain = _is_complete(object_selector, groups, cluster_only)
            if certain or (match is not None and match.is_typo):
                edit = target_edit(object_selector, selector, groups, context.words)
                yield _without_target(object_selector, match).with_edit(edit)


class _MisplacedTargets:
    """Targets that a selector would select in another namespace, where no equal one looks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._covered = {
            (each.owner.kind, each.selector, name)
            for each in context.seekers
            for name in each.namespaces or ()
        }
        self._found: dict[tuple[str, Selector], SelectorTarget | None] = {}

    def find(self, object_selector: ObjectSelector, selector: Selector) -> SelectorTarget | None:
        """Return the first target that ``selector`` selects elsewhere, or None.

        A selector that requires no value may be meant for anything, so it has no such target.
        Searched once for all equal selectors of a kind: O(targets that the selector selects).
        """
        key = kind, whole_selector = object_selector.owner.kind, object_selector.selector
        if key not in self._found:
            has_value = any(isinstance(term, Equals) for term in requirements(selector))
            group = self._context.all_targets(object_selector.target)
            targets = group.select(selector) if has_value else iter(())
            free = (
                target
                for target in targets
                if (kind, whole_selector, target.namespace) not in self._covered
            )
            self._found[key] = next(free, None)
        return self._found[key]


def _requires_no_label(selector: Selector) -> bool:
    """Whether a pod without labels matches: such a selector is for the pods that others leave."""
    return selector.matches({})


def _is_complete(
    object_selector: ObjectSelector, groups: list[TargetGroup], cluster_only: ClusterOnly
) -> bool:
    """Whether the input has all targets of the namespaces in which a selector looks."""
    names = object_selector.namespaces
    return names is not None and len(groups) == len(names) and not cluster_only.fills(names)


def _without_target(object_selector: ObjectSelector, match: NearestMatch | None) -> Finding:
    kind, owner = object_selector.target.kind, object_selector.owner
    message = f"{selector_text(object_selector)} selects no {kind} {_where(object_selector)}"
    if match is None:
        fix = f"correct the selector, or check it together with the {kind}s that it is for"
        return make_finding(selects_nothing, owner, object_selector.path, message, fix)
    origin = match.item.origin.reference
    differences = ", ".join(f"{fault.selector}: {origin} has {fault.has}" for fault in match.faults)
    path = key_path(object_selector, match.faults[0].key)
    return make_finding(selects_nothing, owner, path, f"{message}; {differences}", match.fix)


def _in_other_namespace(object_selector: ObjectSelector, target: SelectorTarget) -> Finding:
    kind, owner = object_selector.target.kind, object_selector.owner
    namespace = target.namespace
    message = f"{selector_text(object_selector)} selects no {kind} {_where(object_selector)}"
    message += f"; in {namespace} it would select {target}"
    if owner.kind in _MONITORS:
        fix = f"write namespaceSelector: {{matchNames: [{namespace}]}} in the spec"
    else:
        fix = f"write namespace: {namespace} in the metadata, or {namespace_of(owner)} in "
        fix += f"that of {target.origin.reference}"
    return make_finding(selects_nothing, owner, object_selector.path, message, fix)


def _where(object_selector: ObjectSelector) -> str:
    if object_selector.namespaces is None:
        return "in any namespace"
    plural = "s" if len(object_selector.namespaces) > 1 else ""
    return f"in the namespace{plural} {', '.join(sorted(object_selector.namespaces))}"
