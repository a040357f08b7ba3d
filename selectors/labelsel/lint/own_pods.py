"""Selectors that are meant for the pods of their own object: of a template, or of a custom kind."""

from __future__ import annotations

from typing import Final

from labelsel.errors import InvalidObjectError, Path
from labelsel.kubernetes import POD, Kind, ObjectSelector, Resource, SelectorTarget, namespace_of
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import MATCH_EXPRESSIONS, MATCH_LABELS
from labelsel.kubernetes.model.kinds import is_namespaced
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.label_locations import (
    FOR_OTHERS,
    POD_MAKERS,
    is_custom,
    pod_spec_above,
    value_at,
)
from labelsel.lint.cluster_only import in_manifests
from labelsel.lint.selector_parts import requirements
from labelsel.objects import from_label_selector, from_labels
from labelsel.selector import Selector, all_of

__all__ = ["custom_workload", "fulfilled_in_manifests", "own_pods"]

_SELECTOR: Final[Path] = ("spec", "selector")
_TEMPLATE: Final[Path] = ("spec", "template")
#: Its selector is a map of labels.
_DEPLOYMENT_CONFIG: Final = Kind("DeploymentConfig", "apps.openshift.io")


def own_pods(resource: Resource, path: Path) -> SelectorTarget | None:
    """Return the pods of the pod spec that a path is in; None if their labels are not known.

    >>> from labelsel.kubernetes import Source
    >>> body = {"metadata": {"labels": {"app": "web"}}, "spec": {}}
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, body, Source("a", 1, 1))
    >>> own_pods(pod, ("spec", "affinity")).labels
    {'app': 'web'}
    """
    spec = pod_spec_above(resource, path)
    if spec is None:
        return None
    labels = _labels_at(resource, (*spec[:-1], "metadata", "labels"))
    return SelectorTarget(POD, namespace_of(resource), labels, resource) if labels else None


def _labels_at(resource: Resource, path: Path) -> dict[str, str] | None:
    """Return the labels at a path; None if there are none, or some are not strings."""
    labels = nulls_as_empty(value_at(resource.body, path))
    if not isinstance(labels, dict) or not all(isinstance(each, str) for each in labels.values()):
        return None
    return labels


def custom_workload(resource: Resource) -> tuple[ObjectSelector, SelectorTarget] | None:
    """Return the selector and the pods of an object of a custom kind; None if it has not both.

    1. A selector is a LabelSelector with ``matchLabels``, in ``spec.selector``; that of a
       DeploymentConfig of OpenShift is a map of labels.
    2. The template has labels, some of the selector's keys among them, or is one of pods.
    3. Labels that are not strings are left out of the pods.
    4. The operator of the kind adds labels of its own domain to both, and labels at run time.

    >>> from labelsel.kubernetes import Source
    >>> spec = {"selector": {"matchLabels": {"app": "web"}},
    ...         "template": {"metadata": {"labels": {"app": "wbe"}}}}
    >>> body = {"spec": spec}
    >>> rollout = Resource("Rollout", "argoproj.io/v1", None, "a", {}, {}, body, Source("a", 1, 1))
    >>> written, pods = custom_workload(rollout)
    >>> str(written.selector), pods.labels
    ('app=web', {'app': 'wbe'})
    """
    if is_namespaced(resource.group_kind) is not None or resource.group_kind in FOR_OTHERS:
        return None
    labels = nulls_as_empty(value_at(resource.body, (*_TEMPLATE, "metadata", "labels")))
    written = value_at(resource.body, _SELECTOR)
    selector = _read_selector(written, is_map=resource.group_kind == _DEPLOYMENT_CONFIG)
    if not labels or not isinstance(labels, dict) or selector is None:
        return None
    names = {term.key for term in requirements(selector)}
    containers = value_at(resource.body, (*_TEMPLATE, "spec", "containers"))
    of_pods = containers or resource.group_kind in POD_MAKERS
    if names.isdisjoint(labels) and not of_pods:
        return None
    # `illegal_label` reports the others.
    labels = {key: value for key, value in labels.items() if isinstance(value, str)}
    selector = fulfilled_in_manifests(selector, resource)
    namespaces = frozenset((namespace_of(resource),))
    return (
        ObjectSelector(resource, _SELECTOR, selector, POD, namespaces),
        SelectorTarget(POD, namespace_of(resource), labels, resource),
    )


def _read_selector(written: Data, *, is_map: bool) -> Selector | None:
    """Return the meaning of the selector of a custom object; None if it is something else."""
    try:
        if is_map:
            return from_labels(written) if written else None
        if not isinstance(written, dict) or not {MATCH_LABELS, MATCH_EXPRESSIONS} >= {*written}:
            return None
        return from_label_selector(written) if written.get(MATCH_LABELS) else None
    except InvalidObjectError:
        return None


def fulfilled_in_manifests(selector: Selector, resource: Resource) -> Selector:
    """Return a selector without the requirements that only a cluster or an operator fulfills.

    The operator of a custom kind sets labels of its own domain on what it makes.

    >>> from labelsel import parse
    >>> from labelsel.kubernetes import Source
    >>> source = Source("a.yaml", 1, 1)
    >>> machines = Resource("MachineSet", "x.example.com/v1", None, "a", {}, {}, {}, source)
    >>> str(fulfilled_in_manifests(parse("app=web,example.com/cluster=a"), machines))
    'app=web'
    """
    own_domain = f".{'.'.join(resource.group.split('.')[-2:])}" if is_custom(resource) else None
    return all_of(
        term
        for term in requirements(in_manifests(selector))
        if own_domain is None or not f".{term.key.rpartition('/')[0]}".endswith(own_domain)
    )
