"""What selectors look for: pods, the pods that a workload's template makes, and Services.

Manifests mostly hold workloads and not their pods. Controllers make pods with the labels
of the template, so the template answers for pods that nobody has seen yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import starmap
from typing import Final

from labelsel.errors import Path
from labelsel.index import LabelIndex
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import read_each, strings_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.requirements import Equals
from labelsel.selector import all_of

__all__ = ["POD", "SERVICE", "SelectorTarget", "pod_targets", "selector_target", "service_targets"]

POD: Final = Kind("Pod", "")
SERVICE: Final = Kind("Service", "")

_OPERATOR: Final = "monitoring.coreos.com"
#: The name of the app of which the Prometheus operator makes pods for each of its kinds.
_APPS: Final[dict[Kind, str]] = {
    Kind("Alertmanager", _OPERATOR): "alertmanager",
    Kind("Prometheus", _OPERATOR): "prometheus",
    Kind("PrometheusAgent", _OPERATOR): "prometheus-agent",
    Kind("ThanosRuler", _OPERATOR): "thanos-ruler",
}
#: Where each kind of workload has the labels of its pods.
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
#: Keys that controllers add to these, with the name of the workload for a value: what the Job
#: controller sets, and what the Prometheus operator promises (its ``makeSelectorLabels``).
_NAME_KEYS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind("Job", "batch"): ("batch.kubernetes.io/job-name", "job-name"),
    Kind("Alertmanager", _OPERATOR): ("app.kubernetes.io/instance", "alertmanager"),
    Kind("Prometheus", _OPERATOR): (
        "app.kubernetes.io/instance",
        "operator.prometheus.io/name",
        "prometheus",
    ),
    Kind("PrometheusAgent", _OPERATOR): (
        "app.kubernetes.io/instance",
        "operator.prometheus.io/name",
    ),
    Kind("ThanosRuler", _OPERATOR): ("app.kubernetes.io/instance", "thanos-ruler"),
}


@dataclass(frozen=True, slots=True)
class SelectorTarget:
    """A pod or a Service, as selectors see it.

    Attributes:
        kind: `POD` or `SERVICE`.
        namespace: where selectors find it; ``default`` where the manifest names none.
        labels: what they see of it.
        origin: the Pod or Service, or the workload whose template makes such pods.
    """

    kind: Kind
    namespace: str
    labels: Mapping[str, str]
    origin: Resource

    @property
    def from_template(self) -> bool:
        """Whether this stands for the pods of a template, not for one object of a manifest."""
        return self.origin.group_kind != self.kind

    def __str__(self) -> str:
        """What people call it: ``pod/web-1``, ``deployment.apps/web's pods``, ``service/web``."""
        return f"{self.origin.reference}'s pods" if self.from_template else self.origin.reference


def selector_target(resource: Resource) -> SelectorTarget | None:
    """What selectors see of an object: itself, or the pods of its template; else None.

    1. A Pod and a Service are themselves.
    2. A Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob and
       ReplicationController stand for the pods of their template.
    3. An Alertmanager, Prometheus, PrometheusAgent and ThanosRuler stand for the pods that the
       Prometheus operator makes of them.
    4. Nothing else is looked for by the selectors that ``selecting`` reads.

    Raises:
        ManifestError: the labels of a template are no map of strings.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spec = {"template": {"metadata": {"labels": {"app": "web"}}}}
    >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, {"spec": spec},
    ...     Source("a.yaml", 1, 1))
    >>> print(found := selector_target(web), found.namespace, found.labels)
    deployment.apps/web's pods default {'app': 'web'}
    """
    kind = resource.group_kind
    if kind in {POD, SERVICE}:
        return SelectorTarget(kind, namespace_of(resource), resource.labels, resource)
    return _template_pods(resource)


def _template_pods(resource: Resource) -> SelectorTarget | None:
    kind = resource.group_kind
    path = _POD_LABELS.get(kind)
    if path is None:
        return None
    labels = dict(strings_at(resource, path))
    if kind in _APPS:
        labels["app.kubernetes.io/managed-by"] = "prometheus-operator"
        labels["app.kubernetes.io/name"] = _APPS[kind]
    labels |= dict.fromkeys(_NAME_KEYS.get(kind, ()), resource.name)
    return SelectorTarget(POD, namespace_of(resource), labels, resource)


def _themselves(kind: Kind, resources: Iterable[Resource]) -> list[SelectorTarget]:
    return [
        SelectorTarget(kind, namespace_of(resource), resource.labels, resource)
        for resource in resources
        if resource.group_kind == kind
    ]


def service_targets(resources: Iterable[Resource]) -> list[SelectorTarget]:
    """The Services among objects, in their order."""
    return _themselves(SERVICE, resources)


def pod_targets(
    resources: Iterable[Resource], *, on_error: Callable[[ManifestError], None] | None = None
) -> list[SelectorTarget]:
    """The Pods among objects, then the pods of the templates of which there is no Pod.

    A Pod is one of a template where it stands in the workload's namespace and has all labels
    of the template: controllers add labels to these and change none. A template without
    labels has nothing that its Pods could be known by, and is never left out.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Raises:
        ManifestError: the labels of a template are no map of strings.

    Complexity: O(n * l) for n objects with l labels each.
    """
    everything = list(resources)
    real = _themselves(POD, everything)
    indexes: dict[str, LabelIndex[int]] = defaultdict(LabelIndex)
    for number, pod in enumerate(real):
        indexes[pod.namespace][number] = pod.labels
    templates = read_each(_template_pods, everything, on_error)
    return real + [
        pod
        for pod in templates
        if not pod.labels
        or not indexes[pod.namespace].count(all_of(starmap(Equals, pod.labels.items())))
    ]
