"""What a user may call a kind: ``Pod``, ``pods``, ``po``, ``deployments.apps``, a comma list.

The table holds the kinds that Kubernetes itself serves: facts of its API (``kubectl
api-resources``). Kinds that are not in it, custom ones, are known by the objects in the input,
under the names that apimachinery guesses for a kind (``UnsafeGuessKindToResource``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from labelsel.errors import escaped
from labelsel.typos import did_you_mean, nearest

__all__ = ["Kind", "UnknownKindError", "groups_of", "has_namespaces", "kinds_named"]


class Kind(NamedTuple):
    """A kind and the API group it is in; the core group is empty."""

    kind: str
    group: str


@dataclass(frozen=True, slots=True)
class _Names:
    """What else a kind is called, and whether its objects stand in namespaces."""

    plural: str
    short: tuple[str, ...] = field(default=())
    namespaced: bool = True

    @property
    def all(self) -> tuple[str, ...]:
        return (self.plural, *self.short)


#: group: lines of "Kind plural short,short", the last word missing where there are none.
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
#: What ``kubectl get all`` means by all.
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
_RETIRED: Final = "extensions"
_VERSION: Final = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?")


class UnknownKindError(ValueError):
    """A word names no kind: none of Kubernetes' own, none in the input.

    Attributes:
        word: the word.
        problem: what is wrong, what was perhaps meant, and which kinds there are.
    """

    def __init__(self, word: str, problem: str) -> None:
        super().__init__(word, problem)
        self.word = word
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


def has_namespaces(kind: Kind) -> bool | None:
    """Whether objects of a kind stand in namespaces; None where the kind is not known.

    The group ``extensions``, which is gone, had kinds that others have now.
    """
    for group in groups_of(kind.kind) if kind.group == _RETIRED else (kind.group,):
        names = _KNOWN.get(Kind(kind.kind, group))
        if names is not None:
            return names.namespaced
    return None


def groups_of(kind: str) -> list[str]:
    """The groups in which Kubernetes itself has a kind of this name.

    >>> groups_of("Event"), groups_of("Widget")
    (['', 'events.k8s.io'], [])
    """
    return [known.group for known in _KNOWN if known.kind == kind]


def kinds_named(text: str, present: Iterable[Kind]) -> frozenset[Kind]:
    """The kinds that a comma list of words names, known ones and those in the input.

    1. A word is a kind, its plural or a short name, in any case: ``Pod``, ``pods``, ``po``.
    2. A group may follow, with a version before it or cut short, as kubectl has it:
       ``deployments.apps``, ``deployments.v1.apps``, ``ingresses.networking``. Without one
       the word names the kinds of that name in all groups.
    3. ``all`` is what ``kubectl get all`` lists.

    Raises:
        UnknownKindError: a word names nothing.

    >>> sorted(kinds_named("po,Deployments.apps", []))
    [Kind(kind='Deployment', group='apps'), Kind(kind='Pod', group='')]
    """
    here = sorted(set(present))
    named: set[Kind] = set()
    for word in text.split(","):
        found = _named(word.strip(), here)
        if not found:
            raise UnknownKindError(word, _unknown(word.strip(), here))
        named |= found
    return frozenset(named)


def _named(word: str, here: list[Kind]) -> set[Kind]:
    name, dot, group = word.lower().partition(".")
    candidates = {*_KNOWN, *here}
    if name == "all" and not dot:
        return {kind for kind in candidates if kind.kind in _ALL}
    named = {kind for kind in candidates if name == kind.kind.lower() or name in _names(kind)}
    if not dot:
        return named
    version, dot, rest = group.partition(".")
    group = rest if dot and _VERSION.fullmatch(version) else group
    exact = {kind for kind in named if kind.group.lower() == group}
    return exact or {kind for kind in named if kind.group.lower().startswith(group)}


def _names(kind: Kind) -> tuple[str, ...]:
    """The names of a kind beside its own, in lower case."""
    known = _KNOWN.get(kind)
    if known is not None:
        return known.all
    # A group of its own, as old manifests have (extensions/v1beta1), changes no names.
    same = [names for other, names in _KNOWN.items() if other.kind == kind.kind]
    return same[0].all if same else (_plural(kind.kind.lower()),)


def _plural(name: str) -> str:
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _unknown(word: str, here: list[Kind]) -> str:
    if "/" in word:
        kind, _, name = word.partition("/")
        problem = (
            f'"{word}" names one object, but kinds are wanted here: '
            f"{kind} --field-selector metadata.name={name}"
        )
        return escaped(problem)
    problem = f'"{word}" is no kind: Kubernetes has none of that name, and the input has none'
    # Of names that are equally like the word, one that the input has objects of.
    names = [name for kind in (*here, *_KNOWN) for name in (kind.kind.lower(), *_names(kind))]
    problem += did_you_mean(nearest(word.lower(), names, cutoff=0.7))
    kinds = ", ".join(sorted({kind.kind for kind in here})) or "none"
    return f"{escaped(problem)}\n  kinds in the input: {escaped(kinds)}"
