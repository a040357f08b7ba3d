"""Labels and objects that exist only in a cluster, never in an input.

A selector for such labels or objects selects nothing in manifests, and is correct.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from labelsel.errors import Path
from labelsel.explain import required_values
from labelsel.index import LabelIndex
from labelsel.kubernetes import SERVICE, Kind, ObjectSelector, Resource, namespace_of
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.run_time_labels import is_run_time_key
from labelsel.lint.selector_parts import requirements
from labelsel.selector import Requirement, Selector, all_of

__all__ = ["SYSTEM_NAMESPACES", "ClusterOnly", "in_manifests"]

#: Namespaces that every cluster fills itself.
SYSTEM_NAMESPACES: Final = frozenset({"kube-system", "kube-public", "kube-node-lease"})

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
_DEFINITION: Final = Kind("CustomResourceDefinition", "apiextensions.k8s.io")
#: Words in the names of groups that say nothing about the operator.
_GENERAL_WORDS: Final = frozenset(
    {"api", "apis", "app", "apps", "cloud", "cluster", "config", "core", "example", "github"}
    | {"infra", "k8s", "kubernetes", "operator", "platform", "x-k8s"}
)
#: Fields of custom objects in which their authors write the labels of what is made of them.
_LABEL_FIELDS: Final = frozenset({"labels", "podLabels", "additionalLabels", "commonLabels"})
#: ``networking.k8s.io`` is Kubernetes' own; ``leaderworkerset.x-k8s.io`` and
#: ``jobset.sigs.k8s.io`` are not.
_BUILT_IN_DOTS: Final = 2
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
    if is_run_time_key(term.key):
        return True
    return term.key.rpartition("/")[2] == "role" and bool(required_values(term) & _ROLES)


class ClusterOnly:
    """The targets that may exist in the cluster although no manifest has them.

    1. The API server makes the Service ``kubernetes``.
    2. Operators make pods and Services of custom objects, with labels that have the object's
       name in a value, or a key of the operator's own domain. A CustomResourceDefinition shows
       such an operator, too: its objects may be made later.
    3. Templates and lists of labels inside custom objects say what labels their pods have.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        self._domains: set[str] = set()
        self._words: set[str] = set()
        self._deployed: set[str] = set()
        self._filled: set[str] = set(SYSTEM_NAMESPACES)
        self._inner_labels: list[dict[str, str]] = []
        for resource in resources:
            if resource.group_kind == _DEFINITION:
                self._read_definition(resource)
            elif resource.kind in _DEPLOYERS:
                self._deployed.add(resource.name)
                self._filled |= _target_namespaces(resource)
            elif _is_custom_kind(resource.group):
                self._read_custom_object(resource)

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
        terms = requirements(object_selector.selector)
        return (
            any(self.is_operator_key(term.key) for term in terms)
            or any(
                _contains_name(value, names) for term in terms for value in required_values(term)
            )
            or self._labels_in_custom_objects.count(in_manifests(object_selector.selector)) > 0
        )

    def is_operator_key(self, key: str) -> bool:
        """Whether a key is in the domain of an operator: ``store.example/component``.

        The domain may be the whole key (``kubevirt.io``), or be written the other way round
        (``io.cilium/app``).
        """
        domain = key.partition("/")[0]
        parts = domain.split(".")
        written = {domain, ".".join(parts[-2:]), ".".join(reversed(parts[:2]))}
        return not self._domains.isdisjoint(written)

    def may_be_named_so(self, object_selector: ObjectSelector) -> bool:
        """Whether a selector requires a value with a word of an operator: ``rook-ceph-mgr``.

        This is weaker than `may_make_targets`: the word may as well be that of the project.
        """
        terms = requirements(object_selector.selector)
        values = (value for term in terms for value in required_values(term))
        return any(_contains_name(value.lower(), self._words) for value in values)

    @cached_property
    def _labels_in_custom_objects(self) -> LabelIndex[int]:
        return LabelIndex(dict(enumerate(self._inner_labels)))

    def _read_definition(self, resource: Resource) -> None:
        group, names = (value_at(resource.body, ("spec", name)) for name in ("group", "names"))
        if not isinstance(group, str) or not group:
            return
        self._domains.add(_domain(group))
        if _makes_pods(group) and isinstance(names, dict):
            words = (names.get(name) for name in ("kind", "singular", "plural"))
            self._words |= {word.lower() for word in words if isinstance(word, str)}
            self._words |= set(group.split(".")[:-1]) - _GENERAL_WORDS

    def _read_custom_object(self, resource: Resource) -> None:
        self._domains.add(_domain(resource.group))
        if _makes_pods(resource.group):
            self._inner_labels += _label_maps(resource.body.get("spec"))
            # Most kinds of Kubernetes' own projects make no pods: snapshots, routes, machines.
            if not resource.group.endswith("k8s.io"):
                self._names[namespace_of(resource)].add(resource.name)


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


def _is_custom_kind(group: str) -> bool:
    """Whether a group is not one of Kubernetes itself; those of its projects are custom kinds."""
    return "." in group and not (group.endswith(".k8s.io") and group.count(".") == _BUILT_IN_DOTS)


def _makes_pods(group: str) -> bool:
    """Whether an operator makes pods of the objects of a group, as far as is known."""
    return _NO_PODS.fullmatch(group) is None


def _domain(group: str) -> str:
    """Return the registered part of a domain: ``strimzi.io`` of ``kafka.strimzi.io``.

    The projects of Kubernetes share a domain, so each has its whole group.
    """
    return group if group.endswith("k8s.io") else ".".join(group.split(".")[-2:])


def _label_maps(value: Data) -> Iterator[dict[str, str]]:
    """Yield the maps of labels at any depth: each map of strings under a key of `_LABEL_FIELDS`."""
    waiting = [value]
    while waiting:
        inside = waiting.pop()
        if isinstance(inside, list):
            waiting += inside
        elif isinstance(inside, dict):
            for key, entry in inside.items():
                if key in _LABEL_FIELDS and _is_label_map(entry):
                    yield entry
                else:
                    waiting.append(entry)


def _is_label_map(value: Data) -> bool:
    entries = value.items() if isinstance(value, dict) else ()
    return bool(entries) and all(isinstance(text, str) for entry in entries for text in entry)


def _contains_name(value: str, names: set[str]) -> bool:
    """Whether a value is a name or contains one: ``events-kafka`` contains ``events``."""
    parts = value.split("-")
    ends = range(1, len(parts) + 1)
    return any("-".join(parts[start:end]) in names for end in ends for start in range(end))
