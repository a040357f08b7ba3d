"""The labels that a controller sets on the pods of a template, whose values a manifest lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.selection.pod_terms import PodView
from labelsel.kubernetes.selection.running_pods import RunningPods
from labelsel.kubernetes.selection.selector_targets import POD
from labelsel.requirements import Equals
from labelsel.selector import all_of

__all__ = ["possible_labels", "unknown_keys"]

_REVISION: Final = "controller-revision-hash"
_OF_JOBS: Final = (
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
)
#: The keys of labels that the controller of each kind sets on each pod.
_KEYS: Final[dict[Kind, frozenset[str]]] = {
    POD: frozenset(),
    Kind("ReplicaSet", "apps"): frozenset(),
    Kind("ReplicationController", ""): frozenset(),
    Kind("Deployment", "apps"): frozenset({"pod-template-hash"}),
    Kind("DaemonSet", "apps"): frozenset({_REVISION, "pod-template-generation"}),
    Kind("StatefulSet", "apps"): frozenset(
        {_REVISION, "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"}
    ),
    Kind("Job", "batch"): frozenset(_OF_JOBS),
    Kind("CronJob", "batch"): frozenset({*_OF_JOBS, "job-name", "batch.kubernetes.io/job-name"}),
}
#: A value that no pod has: it is no legal value.
_NEW: Final = "(new)"


def unknown_keys(view: PodView, used: AbstractSet[str], taken: AbstractSet[str]) -> list[str]:
    """Return the keys of labels that the pod has with a value that is not known here.

    Arguments:
        view: the pod, with the labels that are known.
        used: the keys that the selectors of affinity and spread name.
        taken: the keys whose values the terms of the pod take from it: of a kind whose controller
            is not known, each of them may be set.

    >>> from labelsel.kubernetes.model.resource import Resource, Source
    >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> view = PodView(web, ("spec", "template", "spec"), "default", {"app": "web"})
    >>> unknown_keys(view, {"app"}, {"pod-template-hash", "tier"})
    ['pod-template-hash']
    """
    keys = _KEYS.get(view.origin.group_kind)
    found = taken if keys is None else (used | taken) & keys
    return sorted(found - view.labels.keys())


def possible_labels(
    view: PodView, keys: list[str], running: RunningPods
) -> Iterator[tuple[Mapping[str, str], str]]:
    """Yield the values that some labels of the pod may have, and words for them.

    They are those of the pods that run with all known labels of the pod, since a controller gives
    equal pods equal values; new values, which no pod has; and of a kind whose controller is not
    known, none.
    """
    template = all_of(Equals(key, value) for key, value in view.labels.items())
    pods = running.select(template, frozenset((view.namespace,)))
    rows = dict.fromkeys(tuple(each.pod.labels.get(key) for key in keys) for each in pods)
    if view.origin.group_kind not in _KEYS:
        rows[(None,) * len(keys)] = None
    for row in rows:
        labels = {key: value for key, value in zip(keys, row, strict=True) if value is not None}
        missing = (f"no {key}" for key, value in zip(keys, row, strict=True) if value is None)
        yield labels, ", ".join([*(f"{key}={value}" for key, value in labels.items()), *missing])
    yield dict.fromkeys(keys, _NEW), ", ".join(f"a new {key}" for key in keys)
