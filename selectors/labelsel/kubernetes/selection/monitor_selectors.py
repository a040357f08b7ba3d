"""The selectors with which the Prometheus operator finds monitors and rules.

A Prometheus has a selector for each kind of monitor, and one for the namespaces to look in. These
are the rules of the operator (its ``ResourceSelector``): a selector that is missing or null
selects nothing, an empty one everything; a namespace selector that is missing or null stands for
the namespace of the Prometheus, an empty one for all namespaces.
"""

from __future__ import annotations

from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.kinds import NAMESPACE, Kind
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import selector_at, value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.object_selectors import (
    ObjectSelector,
    SelectNamespaces,
)
from labelsel.kubernetes.selection.selector_targets import MONITOR_GROUP, MONITORS
from labelsel.objects import from_label_selector
from labelsel.selector import Nothing, Selector

__all__ = [
    "has_monitor_selectors",
    "namespace_selector_path",
    "read_monitor_namespaces",
    "read_monitor_selectors",
]

#: The beginnings of the two fields for each kind: ``ruleSelector``, ``ruleNamespaceSelector``.
_SCRAPED: Final = {
    "PodMonitor": "podMonitor",
    "Probe": "probe",
    "ScrapeConfig": "scrapeConfig",
    "ServiceMonitor": "serviceMonitor",
}
_RULES: Final = {"PrometheusRule": "rule"}
_FIELDS: Final[dict[Kind, dict[str, str]]] = {
    Kind("Alertmanager", MONITOR_GROUP): {"AlertmanagerConfig": "alertmanagerConfig"},
    Kind("Prometheus", MONITOR_GROUP): _SCRAPED | _RULES,
    Kind("PrometheusAgent", MONITOR_GROUP): _SCRAPED,
    Kind("ThanosRuler", MONITOR_GROUP): _RULES,
}


def has_monitor_selectors(resource: Resource) -> bool:
    """Whether an object is of a kind that selects monitors or rules.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> def item(kind):
    ...     return Resource(kind, "monitoring.coreos.com/v1", None, "a", {}, {}, {},
    ...         Source("a.yaml", 1, 1))
    >>> has_monitor_selectors(item("Prometheus")), has_monitor_selectors(item("ServiceMonitor"))
    (True, False)
    """
    return resource.group_kind in _FIELDS


def read_monitor_selectors(
    resource: Resource, select_namespaces: SelectNamespaces
) -> list[ObjectSelector]:
    """Return the selectors for monitors and rules of an object; none for other kinds.

    One that is missing selects nothing.

    Arguments:
        resource: a Prometheus, PrometheusAgent, ThanosRuler or Alertmanager.
        select_namespaces: returns the namespaces that a selector selects, None for all:
            ``KnownNamespaces.select``.

    Raises:
        ManifestError: a selector is not a LabelSelector.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spec = {"serviceMonitorSelector": {"matchLabels": {"team": "a"}}, "ruleSelector": None}
    >>> main = Resource("Prometheus", "monitoring.coreos.com/v1", "watch", "main", {}, {},
    ...     {"spec": spec}, Source("a.yaml", 1, 1))
    >>> read = read_monitor_selectors(main, lambda selector: None)
    >>> [(str(found.selector), found.target.kind, sorted(found.namespaces))
    ...  for found in read if not isinstance(found.selector, Nothing)]
    [('team=a', 'ServiceMonitor', ['watch'])]
    """
    found = []
    for kind, field in _FIELDS.get(resource.group_kind, {}).items():
        path = ("spec", f"{field}Selector")
        selector = _read(resource, path)
        scope = _read(resource, ("spec", f"{field}NamespaceSelector"))
        own = frozenset((namespace_of(resource),))
        inside = own if scope is None else select_namespaces(scope)
        selects = Nothing() if selector is None else selector
        found.append(ObjectSelector(resource, path, selects, MONITORS[kind], inside))
    return found


def read_monitor_namespaces(resource: Resource) -> list[ObjectSelector]:
    """Return the selectors of the namespaces where an object looks for monitors and rules.

    Raises:
        ManifestError: a selector is not a LabelSelector.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spec = {"ruleNamespaceSelector": {"matchLabels": {"team": "a"}}}
    >>> main = Resource("Prometheus", "monitoring.coreos.com/v1", "watch", "main", {}, {},
    ...     {"spec": spec}, Source("a.yaml", 1, 1))
    >>> [(str(found.selector), found.target.kind) for found in read_monitor_namespaces(main)]
    [('team=a', 'Namespace')]
    """
    paths = (
        ("spec", f"{field}NamespaceSelector")
        for field in _FIELDS.get(resource.group_kind, {}).values()
    )
    return [
        ObjectSelector(resource, path, selector, NAMESPACE, None)
        for path in paths
        if (selector := _read(resource, path)) is not None
    ]


def namespace_selector_path(object_selector: ObjectSelector) -> Path:
    """Return the path of the namespace selector beside a selector for monitors.

    >>> from labelsel import parse
    >>> from labelsel.kubernetes.model.resource import Source
    >>> main = Resource("Prometheus", "v1", None, "main", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> path = ("spec", "ruleSelector")
    >>> namespace_selector_path(ObjectSelector(main, path, parse(""), main.group_kind, None))
    ('spec', 'ruleNamespaceSelector')
    """
    return ("spec", f"{str(object_selector.path[-1]).removesuffix('Selector')}NamespaceSelector")


def _read(resource: Resource, path: Path) -> Selector | None:
    value = value_at(resource, path)
    return None if value is None else selector_at(resource, path, from_label_selector, value)
