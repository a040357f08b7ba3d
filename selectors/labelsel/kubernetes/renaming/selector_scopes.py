"""What each field of an object selects: objects of which kind, and in which namespaces.

Where a field is not certain to select one kind, it counts as if it could select every object: a
rename compares more pairs then, and refuses more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from labelsel.errors import Path
from labelsel.kubernetes.model.field_names import CLAIM_TEMPLATES, SPREAD_CONSTRAINTS
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE, Kind, is_namespaced
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.monitor_selectors import has_monitor_selectors
from labelsel.kubernetes.selection.object_selectors import own_selector_path
from labelsel.kubernetes.selection.pod_terms import POD_AFFINITY, POD_ANTI_AFFINITY
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax, selector_fields
from labelsel.kubernetes.selection.selector_targets import MONITORS, POD, SERVICE

__all__ = ["CLAIM", "ScopedField", "label_fields", "selector_paths"]

CLAIM: Final = Kind("PersistentVolumeClaim", "")
_VOLUME: Final = Kind("PersistentVolume", "")
_CLUSTER_ROLE: Final = Kind("ClusterRole", "rbac.authorization.k8s.io")

_OF_NODES: Final = frozenset({Syntax.NODE_SELECTOR, Syntax.NODE_TERM, Syntax.TOPOLOGY_TERM})
#: What a field selects by the end of its name, in lower case.
_BY_NAME: Final = {
    "namespaceselector": NAMESPACE,
    "namespaces": NAMESPACE,
    "nodeselector": NODE,
    "nodes": NODE,
    "podselector": POD,
    "serviceaccountselector": Kind("ServiceAccount", ""),
    "serviceaccounts": Kind("ServiceAccount", ""),
    "serviceselector": SERVICE,
    "fromnodes": NODE,
    "tonodes": NODE,
}
#: What a Prometheus and the other kinds of the operator select, by their fields.
_MONITORS: Final = {
    **{f"{kind[0].lower()}{kind[1:]}Selector": each for kind, each in MONITORS.items()},
    "ruleSelector": MONITORS["PrometheusRule"],
}
#: The parts of a pod's spec whose ``labelSelector`` selects pods.
_POD_FIELDS: Final = frozenset({POD_AFFINITY, POD_ANTI_AFFINITY, SPREAD_CONSTRAINTS})
_CLAIM_FIELDS: Final = frozenset({CLAIM_TEMPLATES, "volumeClaimTemplate"})
_OF_ANNOTATIONS: Final = "annotationSelector"
#: Fields that look in the namespace of their object, unless one of these stands beside them.
_LOCAL: Final = frozenset({"podSelector", "labelSelector"})
_NAMESPACE_FIELDS: Final = ("namespaceSelector", "namespaces")
#: The kinds whose own selector is a plain map of labels; that of others is a LabelSelector.
_WITH_MAPS: Final = frozenset({SERVICE, Kind("ReplicationController", "")})
#: Syntaxes whose keys are not labels of objects, or no selector at all.
_NO_LABELS: Final = frozenset({Syntax.SCOPE_SELECTOR, Syntax.TAINT, Syntax.TOLERATION})


class ScopedField(NamedTuple):
    """A field of an object that selects by labels, and what it can select.

    Attributes:
        field: the field.
        kind: the kind of what it selects; None if that is not certain.
        namespaces: the namespaces that it looks in; None for all, or if that is not certain.
        is_own: whether it is the selector of the object itself, as ``spec.selector`` of a Service.
    """

    field: SelectorField
    kind: Kind | None
    namespaces: frozenset[str] | None
    is_own: bool = False


def label_fields(resource: Resource) -> Iterator[ScopedField]:
    """Yield the fields of an object that speak of labels: each path once, null left out.

    Spread constraints and terms of pod affinity are among them for their ``topologyKey`` and
    ``matchLabelKeys``.

    Complexity: O(size of the object).

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"selector": {"app": "web"}}}
    >>> web = Resource("Service", "v1", "shop", "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> [(found.kind.kind, found.namespaces, found.is_own) for found in label_fields(web)]
    [('Pod', frozenset({'shop'}), True)]
    """
    own = own_selector_path(resource)
    value = None if own is None else value_at(resource.body, own)
    if own is not None and value is not None:
        syntax = Syntax.LABEL_SELECTOR
        if resource.group_kind in _WITH_MAPS:
            syntax = Syntax.LABEL_MAP
        kind = SERVICE if resource.kind == "ServiceMonitor" else POD
        namespaces = None if resource.kind.endswith("Monitor") else _own_namespace(resource)
        yield ScopedField(SelectorField(own, value, syntax), kind, namespaces, is_own=True)
    for field in selector_fields(resource):
        if field.path != own and field.syntax not in _NO_LABELS:
            if field.path[-1] == _OF_ANNOTATIONS:
                continue
            selected = _kind(resource, field)
            yield ScopedField(field, selected, _namespaces(resource, field, selected))


def selector_paths(resource: Resource) -> set[Path]:
    """Return the paths of all fields of an object that are known to select, tolerations included.

    Complexity: O(size of the object).

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"selector": {"app": "web"}}}
    >>> selector_paths(Resource("Service", "v1", "shop", "web", {}, {}, body, Source("a", 1, 1)))
    {('spec', 'selector')}
    """
    own = own_selector_path(resource)
    fields = {field.path for field in selector_fields(resource)}
    return fields if own is None else {own, *fields}


def _kind(resource: Resource, field: SelectorField) -> Kind | None:
    names = [step for step in field.path if isinstance(step, str)]
    # `namespaces.selector` has its name above it.
    name = names[-2] if names[-1] == "selector" and len(names) > 1 else names[-1]
    if field.syntax in _OF_NODES:
        return NODE
    if names[-1] == "labelSelector" and not _POD_FIELDS.isdisjoint(names):
        return POD
    if resource.group_kind == CLAIM or not _CLAIM_FIELDS.isdisjoint(names):
        return _VOLUME
    if resource.group_kind == _CLUSTER_ROLE:
        return _CLUSTER_ROLE
    if has_monitor_selectors(resource) and name in _MONITORS:
        return _MONITORS[name]
    found = (kind for end, kind in _BY_NAME.items() if name.lower().endswith(end))
    return next(found, None)


def _namespaces(
    resource: Resource, field: SelectorField, kind: Kind | None
) -> frozenset[str] | None:
    if kind != POD or field.path[-1] not in _LOCAL:
        return None
    around = value_at(resource.body, field.path[:-1])
    if any(value_at(around, (name,)) is not None for name in _NAMESPACE_FIELDS):
        return None
    return _own_namespace(resource)


def _own_namespace(resource: Resource) -> frozenset[str] | None:
    """Return the namespace of an object; None if its kind may have none."""
    is_certain = is_namespaced(resource.group_kind)
    return frozenset((namespace_of(resource),)) if is_certain else None
