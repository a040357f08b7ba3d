"""The selectors in the spec of a pod: for its nodes, for pods near it, and for their namespaces.

They are those of a Pod and of the pod template of a workload. Reading is strict: a field of a
term that is not known is an error, since the term without it could select too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import starmap
from typing import Final

from labelsel.errors import Path, Problem, describe
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import PREFERRED, REQUIRED, SPREAD_CONSTRAINTS
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import check_fields, list_at, map_at, selector_at, strings_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.affinity import node_preferences, node_requirements
from labelsel.kubernetes.selection.object_selectors import (
    ObjectSelector,
    SelectNamespaces,
)
from labelsel.kubernetes.selection.pod_templates import pod_specs
from labelsel.kubernetes.selection.pod_terms import (
    POD_AFFINITY,
    POD_ANTI_AFFINITY,
    SPREAD_FIELDS,
    TERM_FIELDS,
)
from labelsel.kubernetes.selection.selector_targets import (
    OPERATOR_WORKLOADS,
    POD,
    selector_target,
)
from labelsel.objects import from_label_selector
from labelsel.requirements import Equals, NotEquals
from labelsel.selector import Everything, Nothing, Selector, all_of

__all__ = ["has_pod_selectors", "read_near_pod_selectors", "read_node_selectors"]

_NODE_FIELDS: Final = frozenset({"nodeSelector", "affinity"})
_POD_FIELDS: Final = frozenset({SPREAD_CONSTRAINTS, "affinity"})
#: Of the Prometheus operator: it adds the labels that it gives the pods to the selector.
_OPERATOR_FIELD: Final = "additionalLabelSelectors"
_SPREAD_FIELDS: Final = (*SPREAD_FIELDS, _OPERATOR_FIELD)


def has_pod_selectors(resource: Resource) -> bool:
    """Whether an object is a pod, or makes pods of a template.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> has_pod_selectors(Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1)))
    True
    """
    return bool(_specs(resource))


def _specs(resource: Resource) -> list[Path]:
    """Return the paths of what has the fields of a pod's spec."""
    if resource.group_kind in OPERATOR_WORKLOADS:
        return [("spec",)]
    return pod_specs(resource)


def _specs_with(resource: Resource, fields: frozenset[str]) -> Iterator[Path]:
    """Yield the paths of the specs that have one of the fields: most specs have none.

    One look at the keys of a spec is cheaper than to walk the path of each field.
    """
    for spec in _specs(resource):
        if not fields.isdisjoint(map_at(resource, spec)):
            yield spec


def read_node_selectors(resource: Resource) -> Iterator[ObjectSelector]:
    """Yield what the pods of an object require or prefer of their nodes: labels and names.

    They are ``nodeSelector`` and each term of node affinity; a pod needs the first and one of
    the required terms, which `nodes_for` answers. A required affinity without a term that can
    hold selects nothing. ``nodeName`` is no selector.

    Raises:
        ManifestError: a part cannot be read, or is a field that is not known.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "db", {}, {}, {"spec": {"nodeSelector": {"disk": "ssd"}}},
    ...     Source("a.yaml", 1, 1))
    >>> [(found.path, found.text) for found in read_node_selectors(pod)]
    [(('spec', 'nodeSelector'), 'disk=ssd')]
    """
    for spec in _specs_with(resource, _NODE_FIELDS):
        for requirement in node_requirements(resource, spec):
            if requirement.path != (*spec, "nodeName"):
                for path, selector in requirement.alternatives or [(requirement.path, Nothing())]:
                    if not isinstance(selector, Everything):
                        yield ObjectSelector(resource, path, selector, NODE, None)
        for preference in node_preferences(resource, spec):
            path = (*preference.path, "preference")
            yield ObjectSelector(resource, path, preference.selector, NODE, None)


def read_near_pod_selectors(
    resource: Resource, select_namespaces: SelectNamespaces
) -> Iterator[ObjectSelector]:
    """Yield the selectors of pods in affinity, anti-affinity and topology spread of an object.

    1. A term of affinity looks in the namespaces that ``namespaces`` names and those that
       ``namespaceSelector`` selects; with neither in the namespace of the object. A namespace
       selector is a selector of namespaces, too.
    2. A topology spread constraint looks in the namespace of the object. An empty selector
       counts no pods there, as in the scheduler.
    3. A missing ``labelSelector`` selects nothing.
    4. ``matchLabelKeys`` and ``mismatchLabelKeys`` add the values of the pod's own labels; a key
       that it does not have adds nothing.

    Raises:
        ManifestError: a part cannot be read, or is a field that is not known.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spread = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}
    >>> pod = Resource("Pod", "v1", "shop", "db", {}, {},
    ...     {"spec": {"topologySpreadConstraints": [spread]}}, Source("a.yaml", 1, 1))
    >>> [(str(found.selector), sorted(found.namespaces))
    ...  for found in read_near_pod_selectors(pod, lambda selector: None)]
    [('app=web', ['shop'])]
    """
    for spec in _specs_with(resource, _POD_FIELDS):
        for path, term in _affinity_terms(resource, spec):
            yield from _read_term(resource, path, term, select_namespaces)
        for number, constraint in enumerate(list_at(resource, (*spec, SPREAD_CONSTRAINTS))):
            path = (*spec, SPREAD_CONSTRAINTS, number)
            check_fields(resource, path, constraint, _SPREAD_FIELDS)
            yield _read_constraint(resource, path, constraint)


def _affinity_terms(resource: Resource, spec: Path) -> Iterator[tuple[Path, Data]]:
    """Yield the terms of affinity and anti-affinity to pods, each with its path."""
    for name in (POD_AFFINITY, POD_ANTI_AFFINITY):
        above = (*spec, "affinity", name)
        check_fields(resource, above, map_at(resource, above), (REQUIRED, PREFERRED))
        yield from (
            ((*above, REQUIRED, number), term)
            for number, term in enumerate(list_at(resource, (*above, REQUIRED)))
        )
        for number, item in enumerate(list_at(resource, (*above, PREFERRED))):
            path = (*above, PREFERRED, number)
            check_fields(resource, path, item, ("weight", "podAffinityTerm"))
            yield (*path, "podAffinityTerm"), item.get("podAffinityTerm") or {}


def _read_term(
    resource: Resource, path: Path, term: Data, select_namespaces: SelectNamespaces
) -> Iterator[ObjectSelector]:
    check_fields(resource, path, term, TERM_FIELDS)
    named = frozenset(_strings(resource, path, term, "namespaces"))
    inside: frozenset[str] | None = named or frozenset((namespace_of(resource),))
    scope = term.get("namespaceSelector")
    if scope is not None:
        scope_path = (*path, "namespaceSelector")
        namespaces = selector_at(resource, scope_path, from_label_selector, scope)
        yield ObjectSelector(resource, scope_path, namespaces, NAMESPACE, None)
        selected = select_namespaces(namespaces)
        inside = None if selected is None else named | selected
    selector = _pod_selector(resource, path, term)
    yield ObjectSelector(resource, (*path, "labelSelector"), selector, POD, inside)


def _read_constraint(resource: Resource, path: Path, constraint: dict[str, Data]) -> ObjectSelector:
    selector = _pod_selector(resource, path, constraint)
    if isinstance(selector, Everything):
        selector = Nothing()
    if constraint.get(_OPERATOR_FIELD) is not None:
        own_labels = _own_labels(resource, path)
        selector = all_of([selector, *starmap(Equals, own_labels.items())])
    own_namespace = frozenset((namespace_of(resource),))
    return ObjectSelector(resource, (*path, "labelSelector"), selector, POD, own_namespace)


def _pod_selector(resource: Resource, path: Path, term: dict[str, Data]) -> Selector:
    """Return the label selector of a term, with the values of the keys that must match or not."""
    value = term.get("labelSelector")
    if value is None:
        return Nothing()
    selector = selector_at(resource, (*path, "labelSelector"), from_label_selector, value)
    same = _strings(resource, path, term, "matchLabelKeys")
    other = _strings(resource, path, term, "mismatchLabelKeys")
    labels = _own_labels(resource, path) if same or other else {}
    added: list[Selector] = [Equals(key, labels[key]) for key in same if key in labels]
    added += [NotEquals(key, labels[key]) for key in other if key in labels]
    return all_of([selector, *added])


def _own_labels(resource: Resource, path: Path) -> Mapping[str, str]:
    """Return the labels of the pods in whose spec a path is."""
    target = selector_target(resource)
    if target is not None:
        return target.labels
    above = max((spec for spec in pod_specs(resource) if path[: len(spec)] == spec), key=len)[:-1]
    return strings_at(resource, (*above, "metadata", "labels"))


def _strings(resource: Resource, path: Path, term: dict[str, Data], name: str) -> list[str]:
    value = term.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        problem = f"must be a list of strings, not {describe(value)}"
        raise resource.fault(Problem((*path, name), problem, value))
    return value
