"""Rule monitor-not-selected: no Prometheus of the input selects a monitor beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from labelsel.errors import path_text
from labelsel.index import LabelIndex
from labelsel.kubernetes import Kind, ObjectSelector, SelectorTarget
from labelsel.kubernetes.selection.monitor_selectors import namespace_selector_path
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.nearest_match import what_it_has
from labelsel.lint.neighbors import Distance
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import selector_text, unmet
from labelsel.lint.target_group import TargetGroup
from labelsel.requirements import Equals
from labelsel.selector import Nothing, any_of

__all__ = ["monitor_not_selected"]

#: Keys of the index that no label has: the namespace of a Prometheus, and whether it lacks the
#: selector.
_NAMESPACE: Final = ".namespace"
_IS_MISSING: Final = ".is-missing"


@rule(
    "monitor-not-selected",
    Severity.WARNING,
    "No Prometheus in the input selects a monitor or a rule beside it",
    needs_all=True,
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#monitor-not-selected",
)
def monitor_not_selected(context: Context) -> Iterator[Finding]:
    """Find monitors and rules that no Prometheus object of the input selects.

    1. Only monitors with a Prometheus in their file or folder are reported; and those in its
       namespace, as a note: another Prometheus may be for them.
    2. A Prometheus without any selector does not take its configuration from monitors.
    3. An AlertmanagerConfig is not reported: an Alertmanager may name it instead.
    """
    managed = {
        id(each.owner)
        for each in context.monitor_selectors
        if not isinstance(each.selector, Nothing)
    }
    selectors: dict[Kind, list[ObjectSelector]] = defaultdict(list)
    for each in context.monitor_selectors:
        if id(each.owner) in managed:
            selectors[each.target].append(each)
    for kind, of_kind in selectors.items():
        if kind.kind != "AlertmanagerConfig":
            search = _Search(context, of_kind)
            for target in _not_selected_by(context, kind, of_kind):
                yield from search.find_fault(target)


def _not_selected_by(
    context: Context, kind: Kind, selectors: list[ObjectSelector]
) -> Iterator[SelectorTarget]:
    """Yield the monitors that no selector selects, with the labels that kustomize adds."""
    labels_of = context.kustomizations.object_labels
    group = TargetGroup(context.neighbors)
    group.items += [
        replace(each, labels={**each.labels, **dict(labels_of(each.origin.source.file))})
        for each in context.all_targets(kind).items
    ]
    selected: set[int] = set()
    for each in selectors:
        inside = each.selector
        if each.namespaces is not None:
            inside &= any_of(map(group.of_namespace, sorted(each.namespaces)))
        selected.update(map(id, group.select(inside)))
    yield from (item for item in group.items if id(item) not in selected)


class _Search:
    """The selectors for one kind of monitor, indexed by where they are."""

    def __init__(self, context: Context, selectors: list[ObjectSelector]) -> None:
        self._context = context
        self._selectors = selectors
        self._index = LabelIndex(
            {
                number: {
                    **context.neighbors.labels(each.owner),
                    _NAMESPACE: each.owner.namespace or "",
                    _IS_MISSING: str(isinstance(each.selector, Nothing)),
                }
                for number, each in enumerate(selectors)
            }
        )

    def find_fault(self, target: SelectorTarget) -> Iterator[Finding]:
        """Yield what is wrong with a monitor that nothing selects."""
        monitor = target.origin
        in_file, in_folder, _ = self._context.neighbors.levels(monitor)
        in_namespace = Equals(_NAMESPACE, monitor.namespace or ".none")
        for level in (in_file, in_folder, in_namespace):
            for is_missing in (False, True):
                near = level & Equals(_IS_MISSING, str(is_missing))
                number = next(iter(self._index.select(near)), None)
                if number is not None:
                    found = _not_selected(target, self._selectors[number])
                    yield found if self._is_sure(target, number) else replace(found, unsure=True)
                    return

    def _is_sure(self, target: SelectorTarget, number: int) -> bool:
        monitor, owner = target.origin, self._selectors[number].owner
        is_near = self._context.neighbors.distance(monitor, owner) <= Distance.FOLDER
        return is_near and not self._context.kustomizations.is_open(monitor.source.file)


def _not_selected(target: SelectorTarget, selector: ObjectSelector) -> Finding:
    monitor, prometheus = target.origin, selector.owner.reference
    if isinstance(selector.selector, Nothing):
        path = path_text(selector.path)
        message = f"{prometheus} has no {path}, and so selects no {target.kind.kind}"
        return _finding(target, message, f"write {path}: {{}} in {prometheus}, to select all")
    if reasons := unmet(selector.selector, target.labels):
        field = path_text(selector.path)
        message = f"{prometheus} selects only {selector.selector} ({field}), and this "
        message += f"{target.kind.kind} has {what_it_has(reasons)}"
        return _finding(target, message, f"correct its labels, or {selector_text(selector)}")
    names = ", ".join(sorted(selector.namespaces or ()))
    where = f"only in namespace {names}" if names else "in no namespace"
    message = f"{prometheus} looks for it {where}"
    path = path_text(namespace_selector_path(selector))
    label = f"kubernetes.io/metadata.name: {target.namespace}"
    fix = f"write {path}: {{matchLabels: {{{label}}}}} in {prometheus}, or {{}} for all namespaces"
    return make_finding(monitor_not_selected, monitor, ("metadata",), message, fix)


def _finding(target: SelectorTarget, message: str, fix: str) -> Finding:
    return make_finding(monitor_not_selected, target.origin, ("metadata", "labels"), message, fix)
