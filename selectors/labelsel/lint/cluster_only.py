"""What an input cannot hold: labels and objects that come into being in the cluster alone.

A selector for these selects nothing in manifests and is right all the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from labelsel.errors import Path
from labelsel.explain import named_values
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.object_selectors import ObjectSelector
from labelsel.kubernetes.selection.selector_targets import SERVICE
from labelsel.lint.context import requirements
from labelsel.lint.label_locations import at, is_custom
from labelsel.selector import Requirement, Selector, all_of

__all__ = ["ClusterOnly", "in_manifests"]

_CLUSTERS_OWN: Final = frozenset({"kube-system", "kube-public", "kube-node-lease"})

#: Labels that controllers, meshes and the programs in pods put on pods that run.
_RUN_TIME_KEYS: Final = frozenset(
    {
        *("pod-template-hash", "controller-revision-hash", "pod-template-generation"),
        *("rollouts-pod-template-hash", "job-name", "controller-uid", "deploymentconfig"),
        *("apps.kubernetes.io/pod-index", "spilo-role", "vault-active", "vault-initialized"),
        *("vault-perf-standby", "vault-sealed", "vault-version"),
        *("operated-alertmanager", "operated-prometheus", "operated-thanos-ruler"),
    }
)
_RUN_TIME_PREFIXES: Final = re.compile(
    r"(statefulset\.kubernetes\.io|batch\.kubernetes\.io|(.+\.)?istio\.io|(.+\.)?linkerd\.io)/"
)
#: A replicated database that elects a leader tells it with a label of its own making.
_ROLES: Final = frozenset({"leader", "master", "primary", "replica", "secondary", "standby"})

#: Groups of custom kinds of which no pods and Services are made.
_NO_PODS: Final = re.compile(
    r"""(.+\.)?(
        monitoring\.coreos\.com | cert-manager\.io | istio\.io | traefik\.io
        | traefik\.containo\.us | external-secrets\.io | bitnami\.com | kyverno\.io | cilium\.io
        | projectcalico\.org | keda\.sh | gatekeeper\.sh | linkerd\.io
    )""",
    re.VERBOSE,
)
#: Custom kinds that put objects into whatever namespace they name.
_DEPLOYERS: Final = frozenset({"Application", "HelmChart", "HelmRelease", "Kustomization"})
#: Where they name it.
_DEPLOYED_TO: Final[tuple[Path, ...]] = (
    ("spec", "targetNamespace"),
    ("spec", "destination", "namespace"),
)


def in_manifests(selector: Selector) -> Selector:
    """A selector without what it requires of labels that no manifest has.

    >>> from labelsel import parse
    >>> str(in_manifests(parse("app=db,role=primary,statefulset.kubernetes.io/pod-name=db-0")))
    'app=db'
    """
    return all_of(term for term in requirements(selector) if not _at_run_time(term))


def _at_run_time(term: Requirement) -> bool:
    key = term.key
    if key in _RUN_TIME_KEYS or _RUN_TIME_PREFIXES.match(key):
        return True
    return key.rpartition("/")[2] == "role" and bool(named_values(term) & _ROLES)


class ClusterOnly:
    """Knows who may make what a selector looks for, though no manifest shows it.

    1. The API server makes the Service ``kubernetes``.
    2. Operators make pods and Services of custom objects, with labels that have the object's
       name in a value, or a key of the operator's own domain.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        self._domains: dict[str, set[str]] = defaultdict(set)
        self._deployed: set[str] = set()
        self._filled: set[str] = set(_CLUSTERS_OWN)
        for resource in resources:
            if resource.kind in _DEPLOYERS:
                self._deployed.add(resource.name)
                self._filled |= _deployed_to(resource)
            elif _makes_pods(resource):
                self._names[namespace_of(resource)].add(resource.name)
                self._domains[namespace_of(resource)].add(_domain(resource.group))

    def fills(self, namespaces: frozenset[str]) -> bool:
        """Whether one of some namespaces has more in it than any manifest shows.

        Those that every cluster fills itself have, and those into which a chart is deployed.
        """
        return not self._filled.isdisjoint(namespaces)

    def makes(self, selecting: ObjectSelector) -> bool:
        """Whether somebody may make what a selector looks for."""
        if _is_the_api_server(selecting):
            return True
        namespaces = self._names if selecting.namespaces is None else selecting.namespaces
        names = self._deployed.union(*(self._names.get(name, ()) for name in namespaces))
        domains = set[str]().union(*(self._domains.get(name, ()) for name in namespaces))
        return any(
            _domain(term.key.rpartition("/")[0]) in domains
            or any(_is_of(value, names) for value in named_values(term))
            for term in requirements(selecting.selector)
        )


def _deployed_to(resource: Resource) -> set[str]:
    """The namespaces that a custom object may fill: its own, or the one that it names."""
    named = (at(resource.body, path) for path in _DEPLOYED_TO)
    return {name for name in named if isinstance(name, str)} or {namespace_of(resource)}


def _is_the_api_server(selecting: ObjectSelector) -> bool:
    return (
        selecting.target == SERVICE
        and (selecting.namespaces is None or "default" in selecting.namespaces)
        and selecting.selector.matches({"component": "apiserver", "provider": "kubernetes"})
    )


def _makes_pods(resource: Resource) -> bool:
    """Whether an object is of a custom kind, and not of one that is known to make none."""
    return is_custom(resource) and _NO_PODS.fullmatch(resource.group) is None


def _domain(name: str) -> str:
    """The registered part of a domain: ``strimzi.io`` of ``kafka.strimzi.io``."""
    return ".".join(name.split(".")[-2:])


def _is_of(value: str, names: set[str]) -> bool:
    """Whether a value is a name, or has one in it: ``events-kafka`` is of ``events``."""
    parts = value.split("-")
    ends = range(1, len(parts) + 1)
    return any("-".join(parts[start:end]) in names for end in ends for start in range(end))
