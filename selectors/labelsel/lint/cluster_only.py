"""Labels and objects that exist only in a cluster, never in an input.

A selector for such labels or objects selects nothing in manifests, and is correct.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from labelsel.errors import Path
from labelsel.explain import required_values
from labelsel.kubernetes import SERVICE, ObjectSelector, Resource, namespace_of
from labelsel.lint.label_locations import is_custom, value_at
from labelsel.lint.selector_parts import requirements
from labelsel.selector import Requirement, Selector, all_of

__all__ = ["ClusterOnly", "in_manifests"]

#: Namespaces that every cluster fills itself.
_SYSTEM_NAMESPACES: Final = frozenset({"kube-system", "kube-public", "kube-node-lease"})

#: Labels that controllers, service meshes and the programs in pods put on running pods.
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
#: A replicated database labels its pods with the role that the pods elected.
_ROLES: Final = frozenset({"leader", "master", "primary", "replica", "secondary", "standby"})

#: Groups of custom kinds whose operators make no pods and no Services of the objects.
_NO_PODS: Final = re.compile(
    r"""(.+\.)?(
        monitoring\.coreos\.com | cert-manager\.io | istio\.io | traefik\.io
        | traefik\.containo\.us | external-secrets\.io | bitnami\.com | kyverno\.io | cilium\.io
        | projectcalico\.org | keda\.sh | gatekeeper\.sh | linkerd\.io
    )""",
    re.VERBOSE,
)
#: Custom kinds that deploy objects into the namespace that they name.
_DEPLOYERS: Final = frozenset({"Application", "HelmChart", "HelmRelease", "Kustomization"})
#: The paths of that name.
_TARGET_NAMESPACE_PATHS: Final[tuple[Path, ...]] = (
    ("spec", "targetNamespace"),
    ("spec", "destination", "namespace"),
)


def in_manifests(selector: Selector) -> Selector:
    """Return a selector without its requirements on labels that exist only in a cluster.

    >>> from labelsel import parse
    >>> str(in_manifests(parse("app=db,role=primary,statefulset.kubernetes.io/pod-name=db-0")))
    'app=db'
    """
    return all_of(term for term in requirements(selector) if not _is_set_at_run_time(term))


def _is_set_at_run_time(term: Requirement) -> bool:
    key = term.key
    if key in _RUN_TIME_KEYS or _RUN_TIME_PREFIXES.match(key):
        return True
    return key.rpartition("/")[2] == "role" and bool(required_values(term) & _ROLES)


class ClusterOnly:
    """The targets that may exist in the cluster although no manifest has them.

    1. The API server makes the Service ``kubernetes``.
    2. Operators make pods and Services of custom objects, with labels that have the object's
       name in a value, or a key of the operator's own domain.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        self._domains: dict[str, set[str]] = defaultdict(set)
        self._deployed: set[str] = set()
        self._filled: set[str] = set(_SYSTEM_NAMESPACES)
        for resource in resources:
            if resource.kind in _DEPLOYERS:
                self._deployed.add(resource.name)
                self._filled |= _target_namespaces(resource)
            elif _makes_pods(resource):
                self._names[namespace_of(resource)].add(resource.name)
                self._domains[namespace_of(resource)].add(_domain(resource.group))

    def fills(self, namespaces: frozenset[str]) -> bool:
        """Whether one of some namespaces contains objects that no manifest has.

        Every cluster fills its system namespaces, and a chart fills the one it is deployed to.
        """
        return not self._filled.isdisjoint(namespaces)

    def may_make_targets(self, object_selector: ObjectSelector) -> bool:
        """Whether the API server or an operator may make the targets of a selector."""
        if _is_the_api_server(object_selector):
            return True
        namespaces = object_selector.namespaces
        if namespaces is None:
            namespaces = frozenset(self._names)
        names = self._deployed.union(*(self._names.get(name, ()) for name in namespaces))
        domains = set[str]().union(*(self._domains.get(name, ()) for name in namespaces))
        return any(
            _domain(term.key.rpartition("/")[0]) in domains
            or any(_contains_name(value, names) for value in required_values(term))
            for term in requirements(object_selector.selector)
        )


def _target_namespaces(resource: Resource) -> set[str]:
    """Return the namespaces that a custom object may fill: its own, or the one it names."""
    named = (value_at(resource.body, path) for path in _TARGET_NAMESPACE_PATHS)
    return {name for name in named if isinstance(name, str)} or {namespace_of(resource)}


def _is_the_api_server(object_selector: ObjectSelector) -> bool:
    namespaces = object_selector.namespaces
    return (
        object_selector.target == SERVICE
        and (namespaces is None or "default" in namespaces)
        and object_selector.selector.matches({"component": "apiserver", "provider": "kubernetes"})
    )


def _makes_pods(resource: Resource) -> bool:
    """Whether an object is of a custom kind, and the kind is not known to make no pods."""
    return is_custom(resource) and _NO_PODS.fullmatch(resource.group) is None


def _domain(name: str) -> str:
    """Return the registered part of a domain: ``strimzi.io`` of ``kafka.strimzi.io``."""
    return ".".join(name.split(".")[-2:])


def _contains_name(value: str, names: set[str]) -> bool:
    """Whether a value is a name or contains one: ``events-kafka`` contains ``events``."""
    parts = value.split("-")
    ends = range(1, len(parts) + 1)
    return any("-".join(parts[start:end]) in names for end in ends for start in range(end))
