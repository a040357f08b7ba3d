"""Rule selects-nothing: a selector that has to find something finds nothing in the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from labelsel.kubernetes import ObjectSelector, SelectorTarget, namespace_of
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.missing_target import missing_target, selects_none, typo_finding
from labelsel.lint.nearest_match import NearestMatch, find_nearest_match
from labelsel.lint.neighbors import Distance
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import requirements
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
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#selects-nothing",
)
def selects_nothing(context: Context) -> Iterator[Finding]:
    """Find selectors that find nothing, where the input could have contained a target.

    1. The input must have pods, or Services for a ServiceMonitor, where the selector looks; or
       targets that the selector would select, in another namespace where no equal selector looks.
    2. Labels that exist only in a cluster, and those that kustomize adds, are not looked for.
    3. Pods that an operator may make of a custom object are not missed.
    4. Some namespaces are never complete in an input: ``kube-system``, a namespace that a chart is
       deployed to, a namespace without any target in the input, and all namespaces together. Nor
       is an input of which a part was not read, or to which kustomize adds objects. There only a
       typo is reported, and, as a note, a target nearby that is most likely meant.
    5. Elsewhere the nearer the targets are, the surer the rule is: see `_severity_of`.
    """
    search = _Search(context)
    for object_selector in context.seekers:
        found = search.find_fault(object_selector)
        if found is not None:
            yield found


class _Search:
    """What is read once for all selectors of an input."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cluster_only = context.cluster_only
        self._misplaced = _MisplacedTargets(context)

    def find_fault(self, object_selector: ObjectSelector) -> Finding | None:
        """Return what is wrong with a selector; None if it selects something, or may do so."""
        selector = self._context.missing_part(object_selector)
        if selector is None:
            return None
        groups = self._context.target_groups(object_selector)
        if (misplaced := self._find_misplaced(object_selector, selector)) is not None:
            return misplaced
        return self._find_nearest(object_selector, selector, groups)

    def _find_misplaced(
        self, object_selector: ObjectSelector, selector: Selector
    ) -> Finding | None:
        names = object_selector.namespaces
        if names is None or self._cluster_only.fills(names):
            return None
        target = self._misplaced.find(object_selector, names, selector)
        if target is None or self._context.kustomizations.sets_namespace(
            object_selector.owner.source.file
        ):
            return None
        owner = object_selector.owner
        distance = self._context.neighbors.distance(owner, target.origin)
        # Where only one of two files names a namespace, `kubectl apply -n` may bring them together.
        # A target elsewhere is in a namespace that is one typo apart.
        both_named = bool(owner.namespace and target.origin.namespace)
        is_sure = distance is not Distance.FOLDER or both_named
        found = _in_other_namespace(object_selector, target)
        return found if is_sure else replace(found, unsure=True)

    def _find_nearest(
        self, object_selector: ObjectSelector, selector: Selector, groups: list[TargetGroup]
    ) -> Finding | None:
        match = find_nearest_match(selector, object_selector.owner, groups)
        severity = self._severity_of(object_selector, match, groups)
        if severity is None:
            return None
        found = missing_target(selects_nothing, object_selector, match)
        if severity is not Severity.ERROR:
            return replace(found, unsure=True)
        return typo_finding(found, object_selector, selector, groups, self._context.words)

    def _severity_of(
        self, object_selector: ObjectSelector, match: NearestMatch | None, groups: list[TargetGroup]
    ) -> Severity | None:
        """Return how bad it is that a selector selects nothing; None if it may well be right.

        1. A typo is an error, wherever its partner is.
        2. If targets are in the file of the selector, what it is for would be there, too.
        3. A partner in the folder or the kustomization is an error, another target there a note.
        4. Elsewhere only a partner is reported, as a note: samples are for many things.
        5. Where the input may not be complete, only a partner nearby is reported, as a note.
        """
        owner, neighbors = object_selector.owner, self._context.neighbors
        if match is not None and match.is_typo:
            return Severity.ERROR
        distance = neighbors.distance(owner, match.item.origin) if match else Distance.ELSEWHERE
        is_partner = match is not None and match.is_partner
        if not self._is_complete(object_selector, groups):
            return Severity.NOTE if is_partner and distance is Distance.FILE else None
        if any(group.has_near(owner, Distance.FILE) for group in groups):
            return Severity.ERROR
        if is_partner:
            return Severity.ERROR if distance is Distance.FOLDER else Severity.NOTE
        return Severity.NOTE if distance is Distance.FOLDER else None

    def _is_complete(self, object_selector: ObjectSelector, groups: list[TargetGroup]) -> bool:
        """Whether the input has all targets of the namespaces in which a selector looks."""
        names = object_selector.namespaces
        return (
            self._context.complete
            and names is not None
            and len(groups) == len(names)
            and not self._cluster_only.fills(names)
            and not self._cluster_only.may_be_named_so(object_selector)
            and not self._context.kustomizations.is_open(object_selector.owner.source.file)
        )


class _MisplacedTargets:
    """Targets that a selector would select in another namespace, where no equal one looks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._covered = {
            (each.owner.kind, each.selector, name)
            for each in context.seekers
            for name in each.namespaces or ()
        }
        self._found: dict[tuple[str, Selector, Selector], SelectorTarget | None] = {}

    def find(
        self, object_selector: ObjectSelector, names: Iterable[str], selector: Selector
    ) -> SelectorTarget | None:
        """Return a target that ``selector`` selects in another namespace; None if there is none.

        It is in the selector's file or folder, or in a namespace whose name is one typo away.
        A selector that requires no value may be meant for anything, so it has no such target.
        """
        if not any(isinstance(term, Equals) for term in requirements(selector)):
            return None
        group = self._context.all_targets(object_selector.target)
        in_file, in_folder, _ = group.levels(object_selector.owner)
        meant = (namespace for name in names for namespace in group.namespaces.typos_of(name))
        for level in (in_file, in_folder, *(group.of_namespace(each) for each in meant)):
            target = self._first(object_selector, selector, level)
            if target is not None:
                return target
        return None

    def _first(
        self, object_selector: ObjectSelector, selector: Selector, level: Selector
    ) -> SelectorTarget | None:
        """Return the first target of a level, searched once for all equal selectors of a kind."""
        kind, whole_selector = object_selector.owner.kind, object_selector.selector
        key = kind, whole_selector, level
        if key not in self._found:
            targets = self._context.all_targets(object_selector.target).select(selector & level)
            free = (
                target
                for target in targets
                if (kind, whole_selector, target.namespace) not in self._covered
            )
            self._found[key] = next(free, None)
        return self._found[key]


def _in_other_namespace(object_selector: ObjectSelector, target: SelectorTarget) -> Finding:
    owner, namespace = object_selector.owner, target.namespace
    message = f"{selects_none(object_selector)}; in {namespace} it would select {target}"
    if owner.kind in _MONITORS:
        fix = f"write namespaceSelector: {{matchNames: [{namespace}]}} in the spec"
    else:
        fix = f"write namespace: {namespace} in the metadata, or {namespace_of(owner)} in "
        fix += f"that of {target.origin.reference}"
    return make_finding(selects_nothing, owner, object_selector.path, message, fix)
