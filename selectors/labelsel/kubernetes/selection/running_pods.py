"""The pods that run on nodes: which of them a term selects, and what they keep away."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from labelsel.errors import Path, Problem, describe
from labelsel.index import LabelIndex
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import MATCH_LABEL_KEYS, MISMATCH_LABEL_KEYS, REQUIRED
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import list_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.kubernetes.selection.pod_terms import (
    POD_ANTI_AFFINITY,
    PodTerm,
    PodView,
    concerns_namespace,
    read_pod_terms,
)
from labelsel.labels import node_name_problems
from labelsel.requirements import In
from labelsel.selector import Everything, Nothing, Selector, all_of

__all__ = ["RunningPod", "RunningPods", "is_done"]

#: The key under which the index has the namespace of a pod: no legal label key.
_NAMESPACE: Final = ".metadata.namespace"
_SPEC: Final[Path] = ("spec",)
_FINISHED: Final = ("Succeeded", "Failed")


class RunningPod(NamedTuple):
    """A pod that runs on a node.

    Attributes:
        pod: the pod.
        node: the node.
    """

    pod: Resource
    node: Resource


class RunningPods:
    """Those of some pods that run: ``spec.nodeName`` names their node, and they are not done.

    Attributes:
        pods: the pods whose node is known.
        without_node: the pods whose node is not in the input. The scheduler does not see them.
        anywhere: the pods that may run on any node: the name of theirs, or that of a node of the
            input, is no legal name, such as a placeholder.
        waiting: the pods that run nowhere. A patch may put them on a node.

    Raises:
        ManifestError: ``spec.nodeName`` of a pod is not a string.
    """

    def __init__(self, pods: Iterable[Resource], nodes: Mapping[str, Resource]) -> None:
        self.pods: list[RunningPod] = []
        self.without_node: list[Resource] = []
        self.waiting: list[Resource] = []
        for pod in pods:
            name = _node_name(pod)
            node = nodes.get(name) if name else None
            if node is not None:
                self.pods.append(RunningPod(pod, node))
            elif name:
                self.without_node.append(pod)
            elif name is None:
                self.waiting.append(pod)
        every = self.without_node
        if every and not any(map(node_name_problems, nodes)):
            every = [pod for pod in every if node_name_problems(_node_name(pod) or "")]
        self.anywhere = every
        open_ones = set(map(id, every))
        self.without_node = [pod for pod in self.without_node if id(pod) not in open_ones]

    @cached_property
    def _index(self) -> LabelIndex[int]:
        """The numbers of the pods, by their labels and namespaces."""
        return LabelIndex(
            {
                number: {**running.pod.labels, _NAMESPACE: namespace_of(running.pod)}
                for number, running in enumerate(self.pods)
            }
        )

    def select(self, selector: Selector, namespaces: frozenset[str] | None) -> list[RunningPod]:
        """Return the pods that a selector selects in some namespaces; None for all namespaces."""
        return self._select((selector, _inside(namespaces)))

    def select_by_all(self, terms: Iterable[PodTerm], *, surely: bool) -> list[RunningPod]:
        """Return the pods that all of the terms select for sure, or may select."""
        return self._select(
            part
            for term in terms
            for part in (term.selector, _inside(term.namespaces if surely else term.possible))
        )

    def _select(self, parts: Iterable[Selector]) -> list[RunningPod]:
        return [self.pods[number] for number in self._index.select(all_of(parts))]

    def group_by_anti_affinity(
        self, namespace: str, known: KnownNamespaces
    ) -> list[tuple[PodTerm, list[RunningPod]]]:
        """Return the terms with which pods keep pods of a namespace away, with the pods.

        Terms that cannot concern the namespace are not read. Equal terms of pods in one namespace
        are read once: most pods come from few templates.

        Raises:
            ManifestError: a term that may concern the namespace cannot be read.
        """
        read: dict[Hashable, list[tuple[PodTerm, list[RunningPod]]]] = {}
        for running in self.pods:
            own = namespace_of(running.pod)
            terms = _anti_affinity(running.pod)
            if any(concerns_namespace(term, own, namespace) for term in terms):
                text = repr(terms)
                labels = running.pod.labels
                # A term takes values from the pod only where it names keys of the pod's labels.
                uses_labels = MATCH_LABEL_KEYS in text or MISMATCH_LABEL_KEYS in text
                key = own, text, frozenset(labels.items()) if uses_labels else None
                if key not in read:
                    view = PodView(running.pod, _SPEC, own, labels)
                    found = read_pod_terms(view, POD_ANTI_AFFINITY, known)
                    read[key] = [(term, []) for term in found]
                for _, pods in read[key]:
                    pods.append(running)
        return [group for groups in read.values() for group in groups]


def _inside(namespaces: frozenset[str] | None) -> Selector:
    """Return the selector of the pods in some namespaces; None for all namespaces."""
    if namespaces is None:
        return Everything()
    return In(_NAMESPACE, namespaces) if namespaces else Nothing()


def is_done(pod: Resource) -> bool:
    """Return whether a pod has ended, and so does not run any more."""
    status = pod.body.get("status")
    return isinstance(status, dict) and status.get("phase") in _FINISHED


def _node_name(pod: Resource) -> str | None:
    """Return the name of the node that a pod runs on: None without one, empty if it is done."""
    spec = pod.body.get("spec")
    name = spec.get("nodeName") if isinstance(spec, dict) else None
    if name is not None and not isinstance(name, str):
        problem = f"must be a string, not {describe(name)}"
        raise pod.fault(Problem((*_SPEC, "nodeName"), problem, name))
    return "" if is_done(pod) else name or None


def _anti_affinity(pod: Resource) -> list[Data]:
    """Return the required terms of a pod's anti-affinity as they are written."""
    # Of most pods the first look is enough: 0.2 µs instead of 1.
    spec = pod.body.get("spec")
    if isinstance(spec, dict) and not spec.get("affinity"):
        return []
    return list_at(pod, (*_SPEC, "affinity", POD_ANTI_AFFINITY, REQUIRED))
