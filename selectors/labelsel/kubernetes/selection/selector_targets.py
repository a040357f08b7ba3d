"""Selector targets: pods, the pods that a workload's template makes, Services, monitors, nodes.

Namespaces are targets, too: of the namespace selectors that stand beside selectors of pods.

Manifests mostly hold workloads and not their pods. Controllers make pods with the labels
of the template, so a workload stands for pods that do not exist yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.errors import ManifestError, Path, require_each, require_type
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE, Kind
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import read_each, strings_at
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.model.served_labels import served_labels
from labelsel.objects import node_labels

__all__ = [
    "HOW_TO_TARGET",
    "MONITORS",
    "MONITOR_GROUP",
    "OPERATOR_WORKLOADS",
    "POD",
    "SERVICE",
    "SelectorTarget",
    "list_targets",
    "pod_labels_path",
    "selector_target",
    "selector_targets",
    "service_targets",
    "template_target",
]

HOW_TO_TARGET: Final = "make targets with labelsel.kubernetes.selector_targets()"
"""What to do with something that is no SelectorTarget."""

POD: Final = Kind("Pod", "")
"""The kind of pods, which most object selectors select: Pod of the core group."""
SERVICE: Final = Kind("Service", "")
"""The kind of Services, which a ServiceMonitor selects: Service of the core group."""

MONITOR_GROUP: Final = "monitoring.coreos.com"
"""The group of the kinds of the Prometheus operator."""

MONITORS: Final = {
    kind: Kind(kind, MONITOR_GROUP)
    for kind in (
        *("AlertmanagerConfig", "PodMonitor", "Probe"),
        *("PrometheusRule", "ScrapeConfig", "ServiceMonitor"),
    )
}
"""The kinds that a Prometheus or another object of the operator selects, by their names."""

#: The name of the app of which the Prometheus operator makes pods for each of its kinds.
_APPS: Final[dict[Kind, str]] = {
    Kind("Alertmanager", MONITOR_GROUP): "alertmanager",
    Kind("Prometheus", MONITOR_GROUP): "prometheus",
    Kind("PrometheusAgent", MONITOR_GROUP): "prometheus-agent",
    Kind("ThanosRuler", MONITOR_GROUP): "thanos-ruler",
}
OPERATOR_WORKLOADS: Final = frozenset(_APPS)
"""The kinds of which the Prometheus operator makes pods; their spec has fields of a pod's spec."""

#: The path of the pods' labels in each kind of workload.
_TEMPLATE_LABELS: Final[Path] = ("spec", "template", "metadata", "labels")
_POD_LABELS: Final[dict[Kind, Path]] = {
    Kind("ReplicationController", ""): _TEMPLATE_LABELS,
    **{
        Kind(kind, group): _TEMPLATE_LABELS
        for group in ("apps", "extensions")
        for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")
    },
    Kind("Job", "batch"): _TEMPLATE_LABELS,
    Kind("CronJob", "batch"): ("spec", "jobTemplate", *_TEMPLATE_LABELS),
    **dict.fromkeys(_APPS, ("spec", "podMetadata", "labels")),
}
#: The keys that controllers add to these labels, with the name of the workload as the value:
#: those of the Job controller, and of the Prometheus operator (its ``makeSelectorLabels``).
_NAME_KEYS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind("Job", "batch"): ("batch.kubernetes.io/job-name", "job-name"),
    Kind("Alertmanager", MONITOR_GROUP): ("app.kubernetes.io/instance", "alertmanager"),
    Kind("Prometheus", MONITOR_GROUP): (
        "app.kubernetes.io/instance",
        "operator.prometheus.io/name",
        "prometheus",
    ),
    Kind("PrometheusAgent", MONITOR_GROUP): (
        "app.kubernetes.io/instance",
        "operator.prometheus.io/name",
    ),
    Kind("ThanosRuler", MONITOR_GROUP): ("app.kubernetes.io/instance", "thanos-ruler"),
}


#: The kinds that are selected by their own labels.
_ITSELF: Final = frozenset({POD, SERVICE, *MONITORS.values()})


@dataclass(frozen=True, slots=True)
class SelectorTarget:
    """A pod, a Service, a monitor, a node or a namespace, as selectors see it.

    `selector_target` and `selector_targets` return them. ``str()`` of one is its name:
    ``pod/web-1``, ``deployment.apps/web's pods``, ``service/web``.

    Attributes:
        kind: `POD`, `SERVICE`, `NODE`, `NAMESPACE`, or a kind of monitors.
        namespace: its namespace; ``default`` where the manifest names none, and "" for nodes
            and namespaces, which are in none.
        labels: its labels; of a node also its name, under ``labelsel.objects.NODE_NAME``.
        origin: the object itself, or the workload whose template makes such pods.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, selector_target
    >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1",
    ...     "metadata": {"name": "web-1", "labels": {"app": "web"}}})
    >>> target = selector_target(pod)
    >>> str(target), target.namespace, target.labels, target.from_template
    ('pod/web-1', 'default', {'app': 'web'}, False)
    """

    kind: Kind
    namespace: str
    labels: Mapping[str, str]
    origin: Resource

    @property
    def from_template(self) -> bool:
        """Whether this is the pods of a template, and not one object of a manifest.

        O(1); raises nothing.
        """
        return self.origin.group_kind != self.kind

    def __str__(self) -> str:
        """Return its name: ``pod/web-1``, ``deployment.apps/web's pods``, ``service/web``."""
        return f"{self.origin.reference}'s pods" if self.from_template else self.origin.reference


def selector_target(resource: Resource) -> SelectorTarget | None:
    """Return the selector target that an object is or makes; None for an object of another kind.

    1. A Pod and a Service are targets themselves.
    2. A Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob and
       ReplicationController make the pods of their template.
    3. The Prometheus operator makes pods of an Alertmanager, Prometheus, PrometheusAgent and
       ThanosRuler.
    4. What these four select are targets, too: a ServiceMonitor, PodMonitor, Probe, ScrapeConfig,
       PrometheusRule and AlertmanagerConfig.
    5. A Node and a Namespace are targets. A Namespace has the label that the API server gives it.
    6. No selector that `read_object_selectors` reads looks for anything else.

    Arguments:
        resource: the object.

    Returns:
        the target with its kind, its namespace and its labels, or None.

    Raises:
        ManifestError: the labels of a template are not a map of strings.
        TypeError: the argument is not a `Resource`.

    Complexity: O(l) for l labels.

    >>> from labelsel.kubernetes import Resource, Source
    >>> spec = {"template": {"metadata": {"labels": {"app": "web"}}}}
    >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, {"spec": spec},
    ...     Source("a.yaml", 1, 1))
    >>> print(found := selector_target(web), found.namespace, found.labels)
    deployment.apps/web's pods default {'app': 'web'}
    """
    kind = require_type(Resource, resource, HOW_TO_READ).group_kind
    if kind in _ITSELF:
        return SelectorTarget(kind, namespace_of(resource), resource.labels, resource)
    if kind == NODE:
        return SelectorTarget(NODE, "", node_labels(resource.name, resource.labels), resource)
    if kind == NAMESPACE:
        return SelectorTarget(NAMESPACE, "", served_labels(resource), resource)
    return template_target(resource)


def selector_targets(
    resources: Iterable[Resource], *, on_error: Callable[[ManifestError], None] | None = None
) -> list[SelectorTarget]:
    """Return all selector targets that objects are or make, in the order of the objects.

    A workload is among them beside the pods that it made: see `selector_target`. Left out is a
    workload whose template has no labels: its pods are not known.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Returns:
        a target for each object that is one or makes pods.

    Raises:
        ManifestError: the labels of a template are not a map of strings.
        TypeError: something among the objects is not a `Resource`.

    Complexity: O(n * l) for n objects with l labels each.

    >>> from labelsel.kubernetes import Inventory
    >>> web = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}}
    >>> node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}
    >>> [str(target) for target in selector_targets(Inventory.of([web, node]))]
    ['service/web', 'node/n1']
    """
    found = read_each(selector_target, require_each(Resource, resources, HOW_TO_READ), on_error)
    return [target for target in found if target.labels or not target.from_template]


def template_target(resource: Resource) -> SelectorTarget | None:
    """Return the pods that a workload makes, as selectors see them; None where it makes none.

    Raises:
        ManifestError: the labels of the template are not a map of strings.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> job = Resource("Job", "batch/v1", None, "load", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> print(target := template_target(job), target.labels)
    job.batch/load's pods {'batch.kubernetes.io/job-name': 'load', 'job-name': 'load'}
    """
    kind = resource.group_kind
    path = pod_labels_path(resource)
    if path is None:
        return None
    labels = dict(strings_at(resource, path))
    if kind in _APPS:
        labels["app.kubernetes.io/managed-by"] = "prometheus-operator"
        labels["app.kubernetes.io/name"] = _APPS[kind]
    labels |= dict.fromkeys(_NAME_KEYS.get(kind, ()), resource.name)
    return SelectorTarget(POD, namespace_of(resource), labels, resource)


def pod_labels_path(resource: Resource) -> Path | None:
    """Return where `template_target` finds the labels of the pods; None where none are made.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod_labels_path(Resource("Job", "batch/v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1)))
    ('spec', 'template', 'metadata', 'labels')
    """
    return _POD_LABELS.get(resource.group_kind)


def list_targets(kind: Kind, resources: Iterable[Resource]) -> list[SelectorTarget]:
    """Return the objects of a kind, `POD` or `SERVICE`, as selectors see them.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> [str(target) for target in list_targets(POD, [pod])], list_targets(SERVICE, [pod])
    (['pod/a'], [])
    """
    return [
        SelectorTarget(kind, namespace_of(resource), resource.labels, resource)
        for resource in resources
        if resource.group_kind == kind
    ]


def service_targets(resources: Iterable[Resource]) -> list[SelectorTarget]:
    """Return the Services among objects, in their order.

    Arguments:
        resources: the objects of an inventory.

    Returns:
        a `SelectorTarget` for each Service.

    Raises:
        TypeError: something among the objects is not a `Resource`.

    Complexity: O(n) for n objects.

    >>> from labelsel.kubernetes import Inventory
    >>> web = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}}
    >>> node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}
    >>> [str(target) for target in service_targets(Inventory.of([web, node]))]
    ['service/web']
    """
    return list_targets(SERVICE, require_each(Resource, resources, HOW_TO_READ))
