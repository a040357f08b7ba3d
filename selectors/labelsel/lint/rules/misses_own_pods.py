"""Rule misses-own-pods: a spread constraint or affinity for its own pods misses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from labelsel.errors import InvalidObjectError, Path, path_text
from labelsel.explain import Reason
from labelsel.kubernetes import POD, ObjectSelector, Resource, SelectorTarget
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import MATCH_LABELS
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import labels_text
from labelsel.lint.nearest_match import APP_KEYS, NearestMatch, what_it_has
from labelsel.lint.own_pods import fulfilled_in_manifests, own_pods
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import key_path, selector_text, unmet, without_met
from labelsel.objects import from_label_selector
from labelsel.requirements import Equals, In
from labelsel.selector import Selector
from labelsel.typos import is_one_typo_apart

__all__ = ["misses_own_pods"]

_SELECTOR: Final = "labelSelector"
_LABEL_KEYS: Final = ("matchLabelKeys", "mismatchLabelKeys")
_DIGITS: Final = re.compile(r"[0-9]+")
#: The workload's own selector, which says best which labels tell its pods from others.
_OWN_SELECTOR: Final[Path] = ("spec", "selector", MATCH_LABELS)


@rule(
    "misses-own-pods",
    Severity.WARNING,
    "A topology spread constraint, or affinity of pods to their like, misses the pods themselves",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#misses-own-pods",
)
def misses_own_pods(context: Context) -> Iterator[Finding]:
    """Find spread constraints and affinity that miss the pods that they are written in.

    1. Without a ``labelSelector`` both select no pods.
    2. A spread constraint is for its own pods.
    3. Affinity to other pods is reported only if it selects no pod of the input, and is one typo
       apart from its own pods, or has their name under another key.
    4. Patches, whose labels are elsewhere, and labels that only a cluster sets or kustomize adds
       are left out. Affinity is, too, where kustomize adds objects.
    """
    for resource, field in context.selector_fields:
        if field.syntax not in {Syntax.SPREAD_CONSTRAINT, Syntax.POD_AFFINITY_TERM}:
            continue
        if not isinstance(field.value, dict):
            continue
        pods, written = own_pods(resource, field.path), field.value.get(_SELECTOR)
        if pods is None or context.is_patch(resource, field.path):
            continue
        if written is None:
            yield from _missing_finding(resource, field, pods)
        # The selector of most constraints is that of their workload: it is not read at all.
        elif not _requires_own_labels(written, pods):
            selector = _read(context, resource, written)
            if selector is not None and field.syntax is Syntax.SPREAD_CONSTRAINT:
                yield from _spread_finding(field, selector, pods)
            elif selector is not None:
                yield from _affinity_finding(context, field, selector, pods)


def _requires_own_labels(selector: Data, pods: SelectorTarget) -> bool:
    """Whether a LabelSelector requires nothing but labels that the pods have."""
    if not isinstance(selector, dict) or selector.keys() != {MATCH_LABELS}:
        return False
    labels = selector[MATCH_LABELS]
    return isinstance(labels, dict) and labels.items() <= pods.labels.items()


def _read(context: Context, resource: Resource, selector: Data) -> Selector | None:
    """Return the meaning of a LabelSelector; None if it is illegal.

    What only a cluster or kustomize fulfills is left out.
    """
    try:
        read = fulfilled_in_manifests(from_label_selector(selector), resource)
    except InvalidObjectError:
        return None
    return without_met(read, context.kustomizations.pod_labels(resource.source.file))


def _missing_finding(
    resource: Resource, field: SelectorField, pods: SelectorTarget
) -> Iterator[Finding]:
    """Find a constraint or a term without a selector: it selects no pods, and not all of them."""
    # With these, the API server refuses it.
    if not any(field.value.get(name) for name in _LABEL_KEYS):
        message = f"{path_text(field.path)} has no {_SELECTOR}, so it selects no pods"
        fix = f"add {_SELECTOR}: {{matchLabels: {labels_text(_own_labels(resource, pods))}}}"
        if field.syntax is Syntax.POD_AFFINITY_TERM:
            fix = f"{fix}, or the labels of the other pods that it is for"
        yield make_finding(misses_own_pods, resource, field.path, message, fix)


def _spread_finding(
    field: SelectorField, selector: Selector, pods: SelectorTarget
) -> Iterator[Finding]:
    if faults := unmet(selector, pods.labels):
        yield _finding(field, selector, pods, faults)


def _own_labels(resource: Resource, pods: SelectorTarget) -> dict[str, str]:
    """Return the labels by which a workload selects its pods; without a selector, all of them."""
    selected = value_at(resource.body, _OWN_SELECTOR)
    names = selected if isinstance(selected, dict) else ()
    return {key: value for key, value in pods.labels.items() if key in names} or dict(pods.labels)


def _affinity_finding(
    context: Context, field: SelectorField, selector: Selector, pods: SelectorTarget
) -> Iterator[Finding]:
    faults = unmet(selector, pods.labels)
    is_open = context.kustomizations.is_open(pods.origin.source.file) or not context.complete
    if len(faults) != 1 or is_open or "namespaceSelector" in field.value:
        return
    if _is_meant_for(faults[0], pods) and not _selects_any(context, field, selector, pods):
        yield _finding(field, selector, pods, faults)


def _is_meant_for(fault: Reason, pods: SelectorTarget) -> bool:
    """Whether a requirement was most likely written for the pods that do not meet it.

    It has the app's or the workload's name under one of `APP_KEYS`, or it is one typo away from a
    label of the pods. Names that differ in a number are names of two things.
    """
    wanted = _single_value(fault.selector)
    if wanted is None:
        return False
    key, value = wanted
    names = {pods.labels.get(each) for each in APP_KEYS} | {pods.origin.name}
    if key in APP_KEYS and value in names:
        return True
    own = pods.labels.get(key)
    if own is not None:
        return is_one_typo_apart(value, own) and _DIGITS.sub("", value) != _DIGITS.sub("", own)
    keys = (other for other, each in pods.labels.items() if each == value)
    return any(is_one_typo_apart(key, other) for other in keys)


def _single_value(requirement: Selector) -> tuple[str, str] | None:
    """Return the label that a requirement asks for; None if it does not ask for a single one."""
    match requirement:
        case Equals(key=key, value=value):
            return key, value
        case In(key=key, values=values) if len(values) == 1:
            return key, next(iter(values))
    return None


def _selects_any(
    context: Context, field: SelectorField, selector: Selector, pods: SelectorTarget
) -> bool:
    """Whether affinity selects a pod of the input."""
    named = field.value.get("namespaces")
    names = [each for each in named if isinstance(each, str)] if isinstance(named, list) else []
    namespaces = frozenset(names or [pods.namespace])
    looks = ObjectSelector(pods.origin, field.path, selector, POD, namespaces)
    return any(group.index.count(selector) for group in context.target_groups(looks))


def _finding(
    field: SelectorField, selector: Selector, pods: SelectorTarget, faults: tuple[Reason, ...]
) -> Finding:
    path = (*field.path, _SELECTOR)
    written = ObjectSelector(pods.origin, path, selector, POD, frozenset((pods.namespace,)))
    message = f"{selector_text(written)} misses its own pods, which have {what_it_has(faults)}"
    equal = tuple(map(_as_equality, faults))
    fix = NearestMatch(pods, equal, is_typo=False).fix
    line = key_path(written, faults[0].key)
    return make_finding(misses_own_pods, pods.origin, line, message, fix)


def _as_equality(fault: Reason) -> Reason:
    """Return a reason whose requirement is an equality, if it asks for one label."""
    wanted = _single_value(fault.selector)
    return fault if wanted is None else replace(fault, selector=Equals(*wanted))
