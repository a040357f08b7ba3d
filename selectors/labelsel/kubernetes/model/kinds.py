"""The kinds of Kubernetes, their plurals, short names and scopes, and lists of kinds as text.

The table has the kinds that Kubernetes itself serves, as ``kubectl api-resources`` prints them.
A custom kind is known by the objects of it in the input; its plural is the one that apimachinery
guesses (``UnsafeGuessKindToResource``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from labelsel.errors import UnknownKindError, escape, require_each, require_type
from labelsel.typos import did_you_mean, is_one_typo_apart, nearest

__all__ = [
    "NAMESPACE",
    "NODE",
    "Kind",
    "groups_of",
    "is_kind",
    "is_namespaced",
    "is_or_resembles_kind",
    "is_served_group",
    "kind_words",
    "parse_kinds",
    "type_problem",
]


class Kind(NamedTuple):
    """A kind and its API group; the core group is the empty string.

    A tuple of two strings: kinds compare, sort and hash as such.

    Attributes:
        kind: the name of the kind, as manifests spell it.
        group: the API group, without a version.

    Raises:
        Nothing. A kind need not exist.

    Complexity: O(1).

    >>> Kind("Deployment", "apps")
    Kind(kind='Deployment', group='apps')
    >>> from labelsel.kubernetes import parse_kinds
    >>> parse_kinds("deploy", []) == {Kind("Deployment", "apps")}
    True
    """

    kind: str
    group: str


NAMESPACE: Final = Kind("Namespace", "")
"""The kind of namespaces: Namespace of the core group."""
NODE: Final = Kind("Node", "")
"""The kind of the nodes of a cluster: Node of the core group."""


@dataclass(frozen=True, slots=True)
class _Names:
    """The other names of a kind, and whether its objects are in namespaces."""

    plural: str
    short: tuple[str, ...] = field(default=())
    namespaced: bool = True

    @property
    def all(self) -> tuple[str, ...]:
        return (self.plural, *self.short)


#: The kinds in namespaces by group, a line for each: "Kind plural short,short"; the short names
#: are missing if there are none.
_NAMESPACED: Final = {
    "": """
        Binding bindings
        ConfigMap configmaps cm
        Endpoints endpoints ep
        Event events ev
        LimitRange limitranges limits
        PersistentVolumeClaim persistentvolumeclaims pvc
        Pod pods po
        PodTemplate podtemplates
        ReplicationController replicationcontrollers rc
        ResourceQuota resourcequotas quota
        Secret secrets
        Service services svc
        ServiceAccount serviceaccounts sa
    """,
    "apps": """
        ControllerRevision controllerrevisions
        DaemonSet daemonsets ds
        Deployment deployments deploy
        ReplicaSet replicasets rs
        StatefulSet statefulsets sts
    """,
    "autoscaling": "HorizontalPodAutoscaler horizontalpodautoscalers hpa",
    "batch": """
        CronJob cronjobs cj
        Job jobs
    """,
    "coordination.k8s.io": "Lease leases",
    "discovery.k8s.io": "EndpointSlice endpointslices",
    "events.k8s.io": "Event events ev",
    "networking.k8s.io": """
        Ingress ingresses ing
        NetworkPolicy networkpolicies netpol
    """,
    "policy": "PodDisruptionBudget poddisruptionbudgets pdb",
    "rbac.authorization.k8s.io": """
        Role roles
        RoleBinding rolebindings
    """,
    "resource.k8s.io": """
        ResourceClaim resourceclaims
        ResourceClaimTemplate resourceclaimtemplates
    """,
    "storage.k8s.io": "CSIStorageCapacity csistoragecapacities",
}
#: The same for the kinds that belong to the whole cluster.
_CLUSTER_SCOPED: Final = {
    "": """
        ComponentStatus componentstatuses cs
        Namespace namespaces ns
        Node nodes no
        PersistentVolume persistentvolumes pv
    """,
    "admissionregistration.k8s.io": """
        MutatingAdmissionPolicy mutatingadmissionpolicies
        MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings
        MutatingWebhookConfiguration mutatingwebhookconfigurations
        ValidatingAdmissionPolicy validatingadmissionpolicies
        ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings
        ValidatingWebhookConfiguration validatingwebhookconfigurations
    """,
    "apiextensions.k8s.io": "CustomResourceDefinition customresourcedefinitions crd,crds",
    "apiregistration.k8s.io": "APIService apiservices",
    "certificates.k8s.io": """
        CertificateSigningRequest certificatesigningrequests csr
        ClusterTrustBundle clustertrustbundles
    """,
    "flowcontrol.apiserver.k8s.io": """
        FlowSchema flowschemas
        PriorityLevelConfiguration prioritylevelconfigurations
    """,
    "networking.k8s.io": """
        IPAddress ipaddresses ip
        IngressClass ingressclasses
        ServiceCIDR servicecidrs
    """,
    "node.k8s.io": "RuntimeClass runtimeclasses",
    "rbac.authorization.k8s.io": """
        ClusterRole clusterroles
        ClusterRoleBinding clusterrolebindings
    """,
    "resource.k8s.io": """
        DeviceClass deviceclasses
        ResourceSlice resourceslices
    """,
    "scheduling.k8s.io": "PriorityClass priorityclasses pc",
    "storage.k8s.io": """
        CSIDriver csidrivers
        CSINode csinodes
        StorageClass storageclasses sc
        VolumeAttachment volumeattachments
        VolumeAttributesClass volumeattributesclasses vac
    """,
}
#: The kinds that ``kubectl get all`` lists.
_ALL: Final = frozenset(
    {
        *("CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Job", "Pod"),
        *("ReplicaSet", "ReplicationController", "Service", "StatefulSet"),
    }
)


def _table() -> dict[Kind, _Names]:
    table: dict[Kind, _Names] = {}
    for groups, namespaced in ((_NAMESPACED, True), (_CLUSTER_SCOPED, False)):
        for group, lines in groups.items():
            for line in lines.strip().splitlines():
                kind, plural, *short = line.replace(",", " ").split()
                table[Kind(kind, group)] = _Names(plural, tuple(short), namespaced)
    return table


_KNOWN: Final = _table()
_GROUPS: Final = frozenset(known.group for known in _KNOWN)
#: The group of old manifests: its kinds are in apps, networking.k8s.io and policy today.
_RETIRED: Final = "extensions"
#: The one group with two stable versions: HorizontalPodAutoscaler is in both.
_TWO_VERSIONS: Final = "autoscaling"
#: The kinds that have no stable version.
_BETA: Final = {
    "ClusterTrustBundle": "certificates.k8s.io/v1beta1",
    "MutatingAdmissionPolicy": "admissionregistration.k8s.io/v1beta1",
    "MutatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1beta1",
}
_VERSION: Final = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?")


def is_namespaced(kind: Kind) -> bool | None:
    """Return whether the objects of a kind are in namespaces; None if the kind is not known.

    The kinds of the old group ``extensions`` are in other groups today.

    >>> is_namespaced(Kind("Pod", "")), is_namespaced(Kind("Node", ""))
    (True, False)
    >>> is_namespaced(Kind("Deployment", "extensions")), is_namespaced(Kind("Widget", "x.io"))
    (True, None)
    """
    for group in groups_of(kind.kind) if kind.group == _RETIRED else (kind.group,):
        names = _KNOWN.get(Kind(kind.kind, group))
        if names is not None:
            return names.namespaced
    return None


def groups_of(kind: str) -> list[str]:
    """Return the groups in which Kubernetes itself has a kind of this name.

    >>> groups_of("Event"), groups_of("Widget")
    (['', 'events.k8s.io'], [])
    """
    return [known.group for known in _KNOWN if known.kind == kind]


def is_served_group(group: str) -> bool:
    """Return whether Kubernetes itself serves a group of kinds.

    >>> is_served_group("apps"), is_served_group("cilium.io"), is_served_group("${GROUP}")
    (True, False, False)
    """
    return group in _GROUPS


@lru_cache(maxsize=1024)
def type_problem(kind: str, api_version: str) -> str | None:
    """Return why Kubernetes has no such kind, and which one was probably meant; None otherwise.

    1. A custom kind has no problem: its group is neither a group of Kubernetes nor near to one.
    2. A version that Kubernetes had once has none, and neither has one of the old group
       ``extensions``.

    Complexity: O(1) for a type that was asked for before: an input has few.

    >>> print(type_problem("deployment", "apps/v1"))
    no such kind in Kubernetes: deployment of apps/v1; did you mean Deployment of apps/v1?
    >>> print(type_problem("Deployment", "v1"))
    no such kind in Kubernetes: Deployment of v1; did you mean Deployment of apps/v1?
    >>> type_problem("Widget", "v1"), type_problem("Service", "serving.knative.dev/v1")
    (None, None)
    """
    group, _, version = api_version.rpartition("/")
    is_known = Kind(kind, group) in _KNOWN
    if group == _RETIRED or (is_known and _is_version(group, version)):
        return None
    meant = Kind(kind, group) if is_known else _nearest_type(kind, group)
    if meant is None:
        return None
    right = _BETA.get(meant.kind) or _newest_version(meant.group)
    problem = f"no such kind in Kubernetes: {kind} of {api_version}"
    return f"{escape(problem)}; did you mean {meant.kind} of {right}?"


def _is_version(group: str, version: str) -> bool:
    """Return whether Kubernetes has or had a version of a group; any alpha and beta counts."""
    match = _VERSION.fullmatch(version)
    is_stable = version == "v1" or (version, group) == ("v2", _TWO_VERSIONS)
    return match is not None and (is_stable or match[1] is not None)


def _newest_version(group: str) -> str:
    version = "v2" if group == _TWO_VERSIONS else "v1"
    return f"{group}/{version}" if group else version


def _nearest_type(kind: str, group: str) -> Kind | None:
    """Return the kind of Kubernetes that a kind of a group was probably meant to be, or None."""
    near = {known.group for known in _KNOWN if _is_near_group(group.lower(), known.group)}
    # Of equal candidates the one in the named group counts, and then the exact kind.
    candidates = sorted(_KNOWN, key=lambda known: (known.group not in near, known.kind != kind))
    for known in candidates if near else ():
        same = known.kind.lower() == kind.lower()
        typo = known.group in near and is_one_typo_apart(known.kind, kind)
        if same or typo:
            return known
    return None


def _is_near_group(group: str, known: str) -> bool:
    """Return whether a group is a known one, also with a typo or without the end of its domain."""
    if not known:
        return group in {"", "core"}
    return group == known or is_one_typo_apart(group, known) or known.startswith(f"{group}.")


def is_or_resembles_kind(word: str) -> bool:
    """Return whether a word is a kind of Kubernetes itself, of any group, or one typo from one.

    >>> [is_or_resembles_kind(word) for word in ("Deployment", "Deploymnt", "Config")]
    [True, True, False]
    """
    return any(word == known.kind or is_one_typo_apart(word, known.kind) for known in _KNOWN)


def kind_words() -> list[str]:
    """Return the words that name known kinds: plurals and short names, sorted.

    >>> [word for word in kind_words() if word.startswith("depl")]
    ['deploy', 'deployments']
    """
    return sorted({word for names in _KNOWN.values() for word in names.all})


def parse_kinds(text: str, present: Iterable[Kind]) -> frozenset[Kind]:
    """Return the kinds in a comma-separated list, known kinds and those in the input.

    1. A word is a kind, its plural or a short name, in any case: ``Pod``, ``pods``, ``po``.
    2. A group may follow, with a version before it or shortened, as in kubectl:
       ``deployments.apps``, ``deployments.v1.apps``, ``ingresses.networking``. Without a group,
       the word names the kinds of that name in all groups.
    3. ``all`` names the kinds that ``kubectl get all`` lists.

    Arguments:
        text: the list.
        present: the kinds of the objects in the input.

    Returns:
        the kinds, each a `Kind` with its group.

    Raises:
        UnknownKindError: a word names no kind.
        TypeError: the list is not a string, or something in ``present`` is not a `Kind`.

    Complexity: O(w * k) for w words and k kinds, those of Kubernetes and of the input.

    >>> sorted(parse_kinds("po,Deployments.apps", []))
    [Kind(kind='Deployment', group='apps'), Kind(kind='Pod', group='')]
    """
    input_kinds = sorted(set(require_each(Kind, present)))
    kinds: set[Kind] = set()
    for word in require_type(str, text, "kinds are words, as in 'pods,svc'").split(","):
        found = _find(word.strip(), input_kinds)
        if not found:
            raise UnknownKindError(word, _unknown_problem(word.strip(), input_kinds))
        kinds |= found
    return frozenset(kinds)


def is_kind(word: str) -> bool:
    """Return whether a word names a kind of Kubernetes, in every input.

    >>> is_kind("deploy"), is_kind("web")
    (True, False)
    """
    return bool(_find(word, []))


def _find(word: str, input_kinds: list[Kind]) -> set[Kind]:
    """Return the kinds that one word names."""
    name, dot, group = word.lower().partition(".")
    candidates = {*_KNOWN, *input_kinds}
    if name == "all" and not dot:
        return {kind for kind in candidates if kind.kind in _ALL}
    kinds = {kind for kind in candidates if name == kind.kind.lower() or name in _names(kind)}
    if not dot:
        return kinds
    version, dot, rest = group.partition(".")
    group = rest if dot and _VERSION.fullmatch(version) else group
    exact = {kind for kind in kinds if kind.group.lower() == group}
    return exact or {kind for kind in kinds if kind.group.lower().startswith(group)}


def _names(kind: Kind) -> tuple[str, ...]:
    """Return the plural and the short names of a kind, in lower case."""
    known = _KNOWN.get(kind)
    if known is not None:
        return known.all
    # In another group, such as the extensions/v1beta1 of old manifests, a kind has the same names.
    other_groups = [names for other, names in _KNOWN.items() if other.kind == kind.kind]
    return other_groups[0].all if other_groups else (_plural(kind.kind.lower()),)


def _plural(name: str) -> str:
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _unknown_problem(word: str, input_kinds: list[Kind]) -> str:
    if "/" in word:
        kind, _, name = word.partition("/")
        problem = (
            f'"{word}" names one object; expected kinds. To select the object, write '
            f"{kind} --field-selector metadata.name={name}"
        )
        return escape(problem)
    problem = f'"{word}" is not a kind: neither Kubernetes nor the input has a kind of that name'
    # The kinds of the input come first: of two names that are equally near, the first is taken.
    kinds = (*input_kinds, *_KNOWN)
    names = [name for kind in kinds for name in (kind.kind.lower(), *_names(kind))]
    problem += did_you_mean(nearest(word.lower(), names))
    present = ", ".join(sorted({kind.kind for kind in input_kinds})) or "none"
    return f"{escape(problem)}\n  kinds in the input: {escape(present)}"
