"""Where the objects of each kind carry selectors, tolerations and topology, and in which syntax.

`_TABLE` has the kinds whose fields are known. A kind that neither Kubernetes nor the table knows
is searched by the names of its fields: there only what is certain in any kind is a fault.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from enum import Enum
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    CLAIM_TEMPLATES,
    MATCH_EXPRESSIONS,
    MATCH_LABELS,
    NODE_SELECTOR_TERMS,
    PREFERRED,
    REQUIRED,
    SPREAD_CONSTRAINTS,
)
from labelsel.kubernetes.model.kinds import Kind, is_namespaced
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.label_locations import makes_others, pod_specs, value_at

__all__ = ["SelectorField", "Syntax", "has_selector_texts", "selector_fields"]

_Pattern: TypeAlias = tuple[str, ...]


class Syntax(Enum):
    """What a field that selects holds."""

    LABEL_SELECTOR = "a LabelSelector"
    MATCH_LABELS = "a LabelSelector without matchExpressions"
    WILDCARDS = "a LabelSelector whose matchLabels may have wildcards"
    CILIUM = "a LabelSelector whose keys may begin with a source, as in k8s:app"
    LABEL_MAP = "a map of labels"
    LABEL_TEXT = "a selector in Kubernetes' text"
    CALICO = "a selector in Calico's language"
    NODE_SELECTOR = "a NodeSelector"
    NODE_TERM = "a term of a NodeSelector"
    TOPOLOGY_TERM = "a term of the topologies of a StorageClass"
    SCOPE_SELECTOR = "a selector for the scopes of a ResourceQuota"
    TOLERATION = "a toleration of a pod"
    TAINT = "a taint of a node"
    SPREAD_CONSTRAINT = "a topology spread constraint"
    POD_AFFINITY_TERM = "a term of affinity to other pods"


class SelectorField(NamedTuple):
    """A field of an object that selects something.

    Attributes:
        path: the path of the field.
        value: what is there; never null.
        syntax: what should be there.
        by_name: whether only the name and the content of the field say that it selects: the kind
            is not known.
    """

    path: Path
    value: Data
    syntax: Syntax
    by_name: bool = False


#: A path may have several ways in braces; ``*`` is each item of a list. REQUIRED and PREFERRED
#: stand for the long names.
_POD_AFFINITY: Final = (
    "affinity.{podAffinity,podAntiAffinity}.{REQUIRED.*,PREFERRED.*.podAffinityTerm}"
)
#: The fields of a pod's spec, wherever that is.
_POD_SPEC: Final = {
    Syntax.LABEL_SELECTOR: f"""
        topologySpreadConstraints.*.labelSelector
        {_POD_AFFINITY}.{{labelSelector,namespaceSelector}}
        volumes.*.ephemeral.volumeClaimTemplate.spec.selector
    """,
    Syntax.LABEL_MAP: "nodeSelector",
    Syntax.NODE_SELECTOR: "affinity.nodeAffinity.REQUIRED",
    Syntax.NODE_TERM: "affinity.nodeAffinity.PREFERRED.*.preference",
    Syntax.TOLERATION: "tolerations.*",
    Syntax.SPREAD_CONSTRAINT: "topologySpreadConstraints.*",
    Syntax.POD_AFFINITY_TERM: _POD_AFFINITY,
}
_ADMISSION: Final = "spec.{matchConstraints,matchResources}.{namespaceSelector,objectSelector}"
_PEERS: Final = "spec.{ingress.*.from,egress.*.to}.*.{podSelector,namespaceSelector}"
_SUBJECTS: Final = "{namespaces,pods.{podSelector,namespaceSelector}}"
_ADMIN_POLICY: Final = f"""
    spec.subject.{_SUBJECTS}
    spec.{{ingress.*.from,egress.*.to}}.*.{_SUBJECTS}
    spec.egress.*.to.*.nodes
""".split()
_CALICO_RULES: Final = (
    "spec.{ingress,egress}.*.{source,destination}"
    ".{selector,notSelector,namespaceSelector,serviceAccounts.selector}"
)
_CILIUM_RULES: Final = """
    RULE.{endpointSelector,nodeSelector}
    RULE.{ingress,ingressDeny}.*.{fromEndpoints.*,fromRequires.*,fromNodes.*}
    RULE.{egress,egressDeny}.*.{toEndpoints.*,toRequires.*,toNodes.*}
    RULE.{egress,egressDeny}.*.toServices.*.k8sServiceSelector.selector
""".replace("RULE", "{spec,specs.*}").split()
_PATCHES: Final = "target.{labelSelector,annotationSelector}"

#: The fields of each kind: lines of kinds with commas between them (``*`` for every kind of the
#: group), then paths. The selector of a workload, a Service, a policy or a monitor itself is not
#: here: `labelsel.kubernetes.read_object_selector` reads those.
_TABLE: Final = {
    ("", Syntax.LABEL_SELECTOR): "PersistentVolumeClaim spec.selector",
    ("", Syntax.NODE_SELECTOR): "PersistentVolume spec.nodeAffinity.required",
    ("", Syntax.SCOPE_SELECTOR): "ResourceQuota spec.scopeSelector",
    ("", Syntax.TAINT): "Node spec.taints.*",
    ("admissionregistration.k8s.io", Syntax.LABEL_SELECTOR): f"""
        MutatingWebhookConfiguration,ValidatingWebhookConfiguration
            webhooks.*.{{namespaceSelector,objectSelector}}
        ValidatingAdmissionPolicy,ValidatingAdmissionPolicyBinding {_ADMISSION}
        MutatingAdmissionPolicy,MutatingAdmissionPolicyBinding {_ADMISSION}
        ValidatingAdmissionPolicyBinding,MutatingAdmissionPolicyBinding spec.paramRef.selector
    """,
    ("autoscaling", Syntax.LABEL_SELECTOR): """
        HorizontalPodAutoscaler spec.metrics.*.{object,pods,external}.metric.selector
            spec.metrics.*.{object,pods}.selector spec.metrics.*.external.metricSelector
    """,
    ("batch", Syntax.LABEL_SELECTOR): "CronJob spec.jobTemplate.spec.selector",
    ("networking.k8s.io", Syntax.LABEL_SELECTOR): f"NetworkPolicy {_PEERS}",
    ("extensions", Syntax.LABEL_SELECTOR): f"NetworkPolicy {_PEERS}",
    ("node.k8s.io", Syntax.LABEL_MAP): "RuntimeClass scheduling.nodeSelector",
    ("node.k8s.io", Syntax.TOLERATION): "RuntimeClass scheduling.tolerations.*",
    ("rbac.authorization.k8s.io", Syntax.LABEL_SELECTOR): """
        ClusterRole aggregationRule.clusterRoleSelectors.*
    """,
    ("resource.k8s.io", Syntax.NODE_SELECTOR): """
        DeviceClass spec.suitableNodes
        ResourceSlice spec.{nodeSelector,devices.*.{nodeSelector,basic.nodeSelector}}
    """,
    ("storage.k8s.io", Syntax.LABEL_SELECTOR): "CSIStorageCapacity nodeTopology",
    ("storage.k8s.io", Syntax.TOPOLOGY_TERM): "StorageClass allowedTopologies.*",
    ("gateway.networking.k8s.io", Syntax.LABEL_SELECTOR): """
        Gateway spec.{listeners.*.allowedRoutes,allowedListeners}.namespaces.selector
    """,
    ("policy.networking.k8s.io", Syntax.LABEL_SELECTOR): f"""
        AdminNetworkPolicy,BaselineAdminNetworkPolicy,ClusterNetworkPolicy
            {" ".join(_ADMIN_POLICY)}
    """,
    ("monitoring.coreos.com", Syntax.LABEL_SELECTOR): """
        Prometheus,PrometheusAgent
            spec.{serviceMonitor,podMonitor,probe,scrapeConfig}{Selector,NamespaceSelector}
            spec.rule{Selector,NamespaceSelector}
        ThanosRuler spec.rule{Selector,NamespaceSelector}
        Alertmanager spec.alertmanagerConfig{Selector,NamespaceSelector}
        Probe spec.targets.ingress.selector
    """,
    ("monitoring.coreos.com", Syntax.LABEL_TEXT): """
        ScrapeConfig spec.kubernetesSDConfigs.*.selectors.*.label
    """,
    ("security.istio.io", Syntax.MATCH_LABELS): """
        AuthorizationPolicy,PeerAuthentication,RequestAuthentication spec.selector
    """,
    ("telemetry.istio.io", Syntax.MATCH_LABELS): "Telemetry spec.selector",
    ("extensions.istio.io", Syntax.MATCH_LABELS): "WasmPlugin spec.selector",
    ("networking.istio.io", Syntax.MATCH_LABELS): """
        ProxyConfig spec.selector
        DestinationRule spec.workloadSelector
    """,
    ("networking.istio.io", Syntax.LABEL_MAP): """
        Gateway spec.selector
        Sidecar,EnvoyFilter,ServiceEntry spec.workloadSelector.labels
        DestinationRule spec.subsets.*.labels
        WorkloadEntry spec.labels
        WorkloadGroup spec.template.labels
        VirtualService spec.{http,tcp,tls}.*.match.*.sourceLabels
    """,
    ("keda.sh", Syntax.LABEL_TEXT): """
        ScaledObject,ScaledJob spec.triggers.*.metadata.podSelector
    """,
    ("kustomize.toolkit.fluxcd.io", Syntax.LABEL_TEXT): f"""
        Kustomization spec.patches.*.{_PATCHES}
    """,
    ("helm.toolkit.fluxcd.io", Syntax.LABEL_TEXT): f"""
        HelmRelease spec.postRenderers.*.kustomize.patches.*.{_PATCHES}
    """,
    ("argoproj.io", Syntax.LABEL_TEXT): f"""
        Application spec.{{source,sources.*}}.kustomize.patches.*.{_PATCHES}
    """,
    ("notification.toolkit.fluxcd.io", Syntax.LABEL_MAP): """
        Alert spec.eventSources.*.matchLabels
        Receiver spec.resources.*.matchLabels
    """,
    ("constraints.gatekeeper.sh", Syntax.LABEL_SELECTOR): """
        * spec.match.{labelSelector,namespaceSelector}
    """,
    ("mutations.gatekeeper.sh", Syntax.LABEL_SELECTOR): """
        * spec.match.{labelSelector,namespaceSelector}
    """,
    ("kyverno.io", Syntax.WILDCARDS): """
        ClusterPolicy,Policy spec.rules.*.{match,exclude}.RESOURCES
        CleanupPolicy,ClusterCleanupPolicy,PolicyException spec.{match,exclude}.RESOURCES
    """.replace("RESOURCES", "{,any.*.,all.*.}resources.{selector,namespaceSelector}"),
    ("policies.kyverno.io", Syntax.LABEL_SELECTOR): f"* {_ADMISSION}",
    **{
        (group, Syntax.CALICO): f"""
            NetworkPolicy,StagedNetworkPolicy spec.{{selector,serviceAccountSelector}}
                {_CALICO_RULES}
            GlobalNetworkPolicy,StagedGlobalNetworkPolicy
                spec.{{selector,namespaceSelector,serviceAccountSelector}} {_CALICO_RULES}
            IPPool spec.{{nodeSelector,namespaceSelector}}
            BGPPeer spec.{{nodeSelector,peerSelector,localWorkloadSelector}}
            KubeControllersConfiguration
                spec.controllers.node.hostEndpoint.templates.*.nodeSelector
        """
        for group in ("projectcalico.org", "crd.projectcalico.org")
    },
    ("operator.tigera.io", Syntax.CALICO): """
        Installation spec.calicoNetwork.ipPools.*.nodeSelector
    """,
    ("cilium.io", Syntax.CILIUM): f"""
        CiliumNetworkPolicy,CiliumClusterwideNetworkPolicy {" ".join(_CILIUM_RULES)}
        CiliumEgressGatewayPolicy
            spec.selectors.*.{{podSelector,namespaceSelector,nodeSelector}}
            spec.egressGateway.nodeSelector
        CiliumLocalRedirectPolicy spec.redirectBackend.localEndpointSelector
        CiliumBGPPeeringPolicy
            spec.{{nodeSelector,virtualRouters.*.{{serviceSelector,podIPPoolSelector}}}}
        CiliumBGPClusterConfig,CiliumNodeConfig,CiliumEnvoyConfig,CiliumClusterwideEnvoyConfig
            spec.nodeSelector
        CiliumBGPAdvertisement spec.advertisements.*.selector
        CiliumBGPPeerConfig spec.families.*.advertisements
        CiliumLoadBalancerIPPool spec.serviceSelector
        CiliumL2AnnouncementPolicy spec.{{serviceSelector,nodeSelector}}
        CiliumPodIPPool spec.{{podSelector,namespaceSelector}}
    """,
}
#: Groups whose objects hold parts of other objects with patterns in them, such as ``?*``, or whose
#: fields are all in the table.
_NOT_SEARCHED: Final = re.compile(r"(.+\.)?(kyverno\.io|gatekeeper\.sh|cilium\.io)")
#: Fields that hold the values of a chart or a schema: who reads them may complete them.
_OPAQUE: Final = frozenset(
    {"openAPIV3Schema", "schema", "values", "valuesInline", "valuesObject", "valuesTemplate"}
)
_OUTSIDE_SPEC: Final = frozenset({"metadata", "status"})
#: The names of lists of taints: of a Node, a NodePool of Karpenter, a ResourceFlavor of Kueue.
_TAINTS: Final = frozenset({"nodeTaints", "startupTaints", "taints"})

_BRACES: Final = re.compile(r"\{([^{}]*)\}")


def _patterns(text: str) -> list[_Pattern]:
    """Return the paths in a text, each way in braces as a path of its own."""
    paths: list[_Pattern] = []
    for word in text.split():
        braces = _BRACES.search(word)
        if braces is None:
            long = word.replace("REQUIRED", REQUIRED).replace("PREFERRED", PREFERRED)
            paths.append(tuple(long.split(".")))
        else:
            before, after = word[: braces.start()], word[braces.end() :]
            ways = (f"{before}{way}{after}" for way in braces[1].split(","))
            paths += chain.from_iterable(map(_patterns, ways))
    return list(dict.fromkeys(paths))


_Patterns: TypeAlias = list[tuple[Syntax, _Pattern]]
_IN_POD_SPECS: Final[_Patterns] = [
    (syntax, pattern) for syntax, text in _POD_SPEC.items() for pattern in _patterns(text)
]
_IN_CLAIMS: Final[_Patterns] = [(Syntax.LABEL_SELECTOR, (CLAIM_TEMPLATES, "*", "spec", "selector"))]


def _table() -> dict[Kind, _Patterns]:
    table: dict[Kind, _Patterns] = defaultdict(list)
    for (group, syntax), text in _TABLE.items():
        kinds: list[str] = []
        for word in text.split():
            # A path begins with a lower-case letter or a brace, a kind does not.
            if word[0].isupper() or word == "*":
                kinds = word.split(",")
            else:
                for kind in kinds:
                    table[Kind(kind, group)] += [(syntax, each) for each in _patterns(word)]
    return dict(table)


_PATTERNS: Final = _table()
#: Syntaxes that are texts, or have patterns in them.
_TEXTS: Final = frozenset({Syntax.CALICO, Syntax.LABEL_TEXT, Syntax.WILDCARDS})
_WITH_TEXTS: Final = frozenset(
    kind
    for kind, patterns in _PATTERNS.items()
    if not _TEXTS.isdisjoint(syntax for syntax, _ in patterns)
)


def has_selector_texts(resource: Resource) -> bool:
    """Whether the kind of an object has selectors that are texts, or that have wildcards.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> has_selector_texts(Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1)))
    False
    """
    return resource.group_kind in _WITH_TEXTS


def selector_fields(resource: Resource) -> Iterator[SelectorField]:
    """Yield the fields of an object that select, each path once; null fields are left out.

    The selector that ``read_object_selector`` reads is among them only in kinds that the table
    does not have.

    Complexity: O(size of the object).

    >>> from labelsel.kubernetes import Source
    >>> body = {"spec": {"selector": {"matchLabels": {"disk": "ssd"}}}}
    >>> claim = Resource("PersistentVolumeClaim", "v1", None, "a", {}, {}, body, Source("a", 1, 1))
    >>> [(field.path, field.syntax.value) for field in selector_fields(claim)]
    [(('spec', 'selector'), 'a LabelSelector')]
    """
    seen: set[Path] = set()
    for above, patterns in _patterns_of(resource):
        whole = value_at(resource.body, above)
        for syntax, pattern in patterns if isinstance(whole, dict) else ():
            # Most objects have few of the fields.
            if pattern[0] in whole:
                for path, value in _expand(whole, pattern):
                    if value is not None:
                        seen.add((*above, *path))
                        yield SelectorField((*above, *path), value, syntax)
    if is_namespaced(resource.group_kind) is None and not _NOT_SEARCHED.fullmatch(resource.group):
        yield from (field for field in _search(resource.body) if field.path not in seen)


def _patterns_of(resource: Resource) -> Iterator[tuple[Path, _Patterns]]:
    """Yield where patterns begin, and the patterns."""
    kind, group = resource.group_kind
    for known in (Kind(kind, group), Kind("*", group)):
        if known in _PATTERNS:
            yield (), _PATTERNS[known]
    if makes_others(resource) and is_namespaced(resource.group_kind) is not None:
        yield ("spec",), _IN_CLAIMS
    for spec in pod_specs(resource):
        yield spec, _IN_POD_SPECS


def _expand(value: Data, pattern: _Pattern) -> Iterator[tuple[Path, Data]]:
    """Yield the paths and values that match a pattern, in which ``*`` is each item of a list."""
    if not pattern:
        yield (), value
    elif pattern[0] != "*":
        inside = value_at(value, pattern[:1])
        yield from (((pattern[0], *path), found) for path, found in _expand(inside, pattern[1:]))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from (((number, *path), found) for path, found in _expand(item, pattern[1:]))


def _search(body: dict[str, Data]) -> Iterator[SelectorField]:
    """Yield the fields of an object of an unknown kind that select, by their names and content.

    A part that several paths share by a YAML alias is searched once, at one of them: there may be
    exponentially many paths.
    """
    seen: set[int] = set()
    stack: list[tuple[Path, Data]] = [
        ((name,), value) for name, value in body.items() if name not in _OUTSIDE_SPEC
    ]
    while stack:
        path, value = stack.pop()
        if not isinstance(value, dict | list) or id(value) in seen:
            continue
        seen.add(id(value))
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inside in entries:
            # Most values are neither: to leave them out here takes a third of the time.
            if isinstance(inside, dict | list) and name not in _OPAQUE:
                for inner, found, syntax in _named(name, inside):
                    yield SelectorField((*path, name, *inner), found, syntax, by_name=True)
                stack.append(((*path, name), inside))


def _named(name: str | int, value: Data) -> Iterator[tuple[Path, Data, Syntax]]:
    """Yield what a field of this name holds that selects, with the paths from the field."""
    match name, value:
        case "nodeAffinity", dict():
            required = value.get(REQUIRED)
            if isinstance(value_at(required, (NODE_SELECTOR_TERMS,)), list):
                yield (REQUIRED,), required, Syntax.NODE_SELECTOR
            yield from _each(value, (PREFERRED, "*", "preference"), Syntax.NODE_TERM)
        case "podAffinity" | "podAntiAffinity", dict():
            yield from _each(value, (REQUIRED, "*"), Syntax.POD_AFFINITY_TERM)
            preferred = (PREFERRED, "*", "podAffinityTerm")
            yield from _each(value, preferred, Syntax.POD_AFFINITY_TERM)
        case "tolerations", list():
            yield from _each(value, ("*",), Syntax.TOLERATION)
        case str(), list() if name in _TAINTS:
            yield from _each(value, ("*",), Syntax.TAINT)
        case str(), list() if name == SPREAD_CONSTRAINTS:
            yield from _each(value, ("*",), Syntax.SPREAD_CONSTRAINT)
        case "nodeSelector", dict() if value and all(map(_is_scalar, value.values())):
            yield (), value, Syntax.LABEL_MAP
        case str(), dict() if name.endswith(("selector", "Selector")) and _is_selector(value):
            yield (), value, Syntax.LABEL_SELECTOR
        case str(), list() if name.endswith(("selectors", "Selectors")):
            items = _each(value, ("*",), Syntax.LABEL_SELECTOR)
            yield from (each for each in items if _is_selector(each[1]))
        case _:
            return


def _each(value: Data, pattern: _Pattern, syntax: Syntax) -> Iterator[tuple[Path, Data, Syntax]]:
    """Yield the maps that match a pattern."""
    for path, found in _expand(value, pattern):
        if isinstance(found, dict):
            yield path, found, syntax


def _is_scalar(value: Data) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _is_selector(value: Data) -> bool:
    """Whether a value has what in every kind only a LabelSelector has."""
    labels, expressions = (value_at(value, (name,)) for name in (MATCH_LABELS, MATCH_EXPRESSIONS))
    if labels is not None and not isinstance(labels, dict):
        return False
    if expressions is None:
        return bool(labels)
    return isinstance(expressions, list) and all(
        isinstance(each, dict) and isinstance(each.get("key"), str) and "operator" in each
        for each in expressions
    )
