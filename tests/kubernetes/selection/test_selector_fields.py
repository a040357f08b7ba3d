"""The fields of each kind that select: an illegal one is found on its line, a legal one is fine."""

import re
from pathlib import Path

import pytest

from labelsel.kubernetes import Resource, Source
from labelsel.kubernetes.selection.selector_fields import selector_fields
from tests.lint.manifests import findings, lines_and_rules

#: The kind, its apiVersion, and the object below metadata, in which SELECTOR, MAP, TERMS, CALICO or
#: TEXT stands on a line of its own. What they are is in `GOOD` and `BAD`.
KINDS = [
    ("MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1",
     "webhooks: [{namespaceSelector: \nSELECTOR}]"),
    ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1",
     "webhooks: [{name: a}, {objectSelector: \nSELECTOR}]"),
    ("ValidatingAdmissionPolicy", "admissionregistration.k8s.io/v1",
     "spec: {matchConstraints: {namespaceSelector: \nSELECTOR}}"),
    ("ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io/v1",
     "spec: {matchResources: {objectSelector: \nSELECTOR}}"),
    ("ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io/v1",
     "spec: {paramRef: {selector: \nSELECTOR}}"),
    ("MutatingAdmissionPolicy", "admissionregistration.k8s.io/v1alpha1",
     "spec: {matchConstraints: {objectSelector: \nSELECTOR}}"),
    ("PersistentVolume", "v1", "spec: {nodeAffinity: {required: \nTERMS}}"),
    ("ResourceSlice", "resource.k8s.io/v1", "spec: {nodeSelector: \nTERMS}"),
    ("ResourceSlice", "resource.k8s.io/v1", "spec: {devices: [{nodeSelector: \nTERMS}]}"),
    ("DeviceClass", "resource.k8s.io/v1alpha3", "spec: {suitableNodes: \nTERMS}"),
    ("HorizontalPodAutoscaler", "autoscaling/v2",
     "spec: {metrics: [{pods: {metric: {selector: \nSELECTOR}}}]}"),
    ("HorizontalPodAutoscaler", "autoscaling/v2beta1",
     "spec: {metrics: [{external: {metricSelector: \nSELECTOR}}]}"),
    ("CronJob", "batch/v1", "spec: {jobTemplate: {spec: {selector: \nSELECTOR}}}"),
    ("RuntimeClass", "node.k8s.io/v1", "scheduling: {nodeSelector: \nMAP}"),
    ("ClusterRole", "rbac.authorization.k8s.io/v1",
     "aggregationRule: {clusterRoleSelectors: [\nSELECTOR]}"),
    ("CSIStorageCapacity", "storage.k8s.io/v1", "nodeTopology: \n SELECTOR"),
    ("Gateway", "gateway.networking.k8s.io/v1",
     "spec: {listeners: [{allowedRoutes: {namespaces: {from: Selector, selector: \nSELECTOR}}}]}"),
    ("AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1",
     "spec: {subject: {namespaces: \nSELECTOR}}"),
    ("AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1",
     "spec: {ingress: [{from: [{pods: {podSelector: \nSELECTOR}}]}]}"),
    ("BaselineAdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1",
     "spec: {egress: [{to: [{nodes: \nSELECTOR}]}]}"),
    ("NetworkPolicy", "networking.k8s.io/v1",
     "spec: {podSelector: {}, egress: [{to: [{namespaceSelector: \nSELECTOR}]}]}"),
    ("Prometheus", "monitoring.coreos.com/v1", "spec: {serviceMonitorSelector: \nSELECTOR}"),
    ("Prometheus", "monitoring.coreos.com/v1", "spec: {ruleNamespaceSelector: \nSELECTOR}"),
    ("ThanosRuler", "monitoring.coreos.com/v1", "spec: {ruleSelector: \nSELECTOR}"),
    ("Alertmanager", "monitoring.coreos.com/v1",
     "spec: {alertmanagerConfigSelector: \nSELECTOR}"),
    ("Probe", "monitoring.coreos.com/v1", "spec: {targets: {ingress: {selector: \nSELECTOR}}}"),
    ("ScrapeConfig", "monitoring.coreos.com/v1alpha1",
     "spec: {kubernetesSDConfigs: [{selectors: [{role: pod, label: TEXT}]}]}"),
    ("AuthorizationPolicy", "security.istio.io/v1", "spec: {selector: \nLABELS}"),
    ("Telemetry", "telemetry.istio.io/v1", "spec: {selector: \nLABELS}"),
    ("DestinationRule", "networking.istio.io/v1", "spec: {workloadSelector: \nLABELS}"),
    ("DestinationRule", "networking.istio.io/v1", "spec: {subsets: [{name: v1, labels: \nMAP}]}"),
    ("Gateway", "networking.istio.io/v1", "spec: {selector: \nMAP}"),
    ("Sidecar", "networking.istio.io/v1", "spec: {workloadSelector: {labels: \nMAP}}"),
    ("VirtualService", "networking.istio.io/v1",
     "spec: {http: [{match: [{sourceLabels: \nMAP}]}]}"),
    ("ScaledObject", "keda.sh/v1alpha1",
     "spec: {triggers: [{type: kubernetes-workload, metadata: {podSelector: TEXT}}]}"),
    ("Kustomization", "kustomize.toolkit.fluxcd.io/v1",
     "spec: {patches: [{target: {labelSelector: TEXT}}]}"),
    ("Receiver", "notification.toolkit.fluxcd.io/v1",
     "spec: {resources: [{kind: GitRepository, name: '*', matchLabels: \nMAP}]}"),
    ("K8sRequiredLabels", "constraints.gatekeeper.sh/v1beta1",
     "spec: {match: {namespaceSelector: \nSELECTOR}}"),
    ("ClusterPolicy", "kyverno.io/v1",
     "spec: {rules: [{match: {any: [{resources: {selector: \nSELECTOR}}]}}]}"),
    ("ClusterPolicy", "kyverno.io/v1",
     "spec: {rules: [{exclude: {resources: {namespaceSelector: \nSELECTOR}}}]}"),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: CALICO}"),
    ("NetworkPolicy", "crd.projectcalico.org/v1",
     "spec: {ingress: [{source: {notSelector: CALICO}}]}"),
    ("GlobalNetworkPolicy", "projectcalico.org/v3", "spec: {namespaceSelector: CALICO}"),
    ("GlobalNetworkPolicy", "projectcalico.org/v3",
     "spec: {egress: [{destination: {serviceAccounts: {selector: CALICO}}}]}"),
    ("IPPool", "projectcalico.org/v3", "spec: {nodeSelector: CALICO}"),
    ("BGPPeer", "projectcalico.org/v3", "spec: {peerSelector: CALICO}"),
    ("CiliumNetworkPolicy", "cilium.io/v2", "spec: {endpointSelector: \nCILIUM}"),
    ("CiliumNetworkPolicy", "cilium.io/v2", "specs: [{ingress: [{fromEndpoints: [\nCILIUM]}]}]"),
    ("CiliumClusterwideNetworkPolicy", "cilium.io/v2", "spec: {nodeSelector: \nCILIUM}"),
    ("CiliumEgressGatewayPolicy", "cilium.io/v2", "spec: {selectors: [{podSelector: \nCILIUM}]}"),
    # By the names of the fields.
    ("ClusterSecretStore", "external-secrets.io/v1",
     "spec: {conditions: [{namespaceSelector: \nSELECTOR}]}"),
    ("ApplicationSet", "argoproj.io/v1alpha1",
     "spec: {generators: [{matrix: {generators: [{clusters: {selector: \nSELECTOR}}]}}]}"),
    ("ClusterIssuer", "cert-manager.io/v1",
     "spec: {acme: {solvers: [{selector: {dnsZones: [a.example], \nmatchLabels: MAP}}]}}"),
    ("Bucket", "s3.aws.upbound.io/v1beta1",
     ("spec: {forProvider: {kmsKeySelector: {policy: {}, matchControllerRef: true, "
     "\nmatchLabels: MAP}}}")),
    ("ImagePolicy", "image.toolkit.fluxcd.io/v1", "spec: {podSelector: \nSELECTOR}"),
    ("L2Advertisement", "metallb.io/v1beta1", "spec: {nodeSelectors: [\nSELECTOR]}"),
    ("CephCluster", "ceph.rook.io/v1",
     ("spec: {placement: {all: {nodeAffinity: "
     "{requiredDuringSchedulingIgnoredDuringExecution: \nTERMS}}}}")),
    ("CephCluster", "ceph.rook.io/v1",
     ("spec: {placement: {all: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
     "[{weight: 1, preference: \nTERM}]}}}}")),
    ("Rollout", "argoproj.io/v1alpha1", ("spec: {template: {spec: {containers: [{image: a}], "
     "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
     "[{topologyKey: a, labelSelector: \nSELECTOR}]}}}}}")),
    ("Widget", "example.com/v1", "spec: {deep: [{nodeSelector: \nMAP}]}"),
    ("Widget", "example.com/v1", "spec: {selector: \nSELECTOR}"),
]  # fmt: skip
EXPRESSION = "{key: tier, operator: OPERATOR, values: [front]}"
SYNTAXES = {
    "SELECTOR": f"{{matchLabels: {{app: web}}, matchExpressions: [{EXPRESSION}]}}",
    "LABELS": "{matchLabels: {app: VALUE}}",
    "MAP": "{app: VALUE}",
    "TERMS": f"{{nodeSelectorTerms: [{{matchExpressions: [{EXPRESSION}]}}]}}",
    "TERM": f"{{matchExpressions: [{EXPRESSION}]}}",
    "CALICO": "\"app EQUALS 'web'\"",
    "TEXT": '"app IN (web,db)"',
    "CILIUM": f"{{matchLabels: {{'k8s:app': web}}, matchExpressions: [{EXPRESSION}]}}",
}
GOOD = {"OPERATOR": "In", "VALUE": "web", "EQUALS": "==", "IN": "in"}
BAD = {"OPERATOR": "in", "VALUE": "a b", "EQUALS": "=", "IN": "among"}


def written(kind: str, version: str, body: str, words: dict[str, str]) -> str:
    """The object, with its selector on the last line."""
    syntaxes = re.compile(rf"\b({'|'.join(SYNTAXES)})\b")
    text = syntaxes.sub(lambda found: SYNTAXES[found[0]], body)
    text = re.sub(rf"\b({'|'.join(words)})\b", lambda found: words[found[0]], text)
    return f"kind: {kind}\napiVersion: {version}\nmetadata: {{name: a}}\n{text}\n"


@pytest.mark.parametrize(("kind", "version", "body"), KINDS)
def test_fields(tmp_path: Path, kind: str, version: str, body: str) -> None:
    """An illegal selector is found once, on its line, with a fix; a legal one is not."""
    bad = written(kind, version, body, BAD)
    found = findings(tmp_path, bad)
    assert lines_and_rules(found) == [(bad.count("\n"), "illegal-selector")], bad
    assert found[0].fix
    assert findings(tmp_path, written(kind, version, body, GOOD)) == []


OTHER = [
    # Not selectors, whatever the names of their fields are.
    ("Widget", "example.com/v1", "spec: {selector: 'https://example.com/?a b'}"),
    ("Widget", "example.com/v1", "spec: {selector: {pattern: 'a b'}}"),
    ("Widget", "example.com/v1", "spec: {labelSelector: [a b]}"),
    ("Widget", "example.com/v1", "spec: {selector: {matchLabels: [a b]}}"),
    ("Widget", "example.com/v1", "spec: {selector: {matchExpressions: 'object.a in [b]'}}"),
    ("Widget", "example.com/v1", "spec: {selector: {matchExpressions: [{path: a, op: in}]}}"),
    ("Widget", "example.com/v1", "spec: {selectors: [{matchLabels: {app: web}}, 'a b']}"),
    ("Widget", "example.com/v1", "spec: {nodeSelector: {name: {first: a b}}}"),
    ("Widget", "example.com/v1", "spec: {nodeSelector: 'a b'}"),
    ("Widget", "example.com/v1", "spec: {tolerations: [low, high]}"),
    ("Widget", "example.com/v1", "spec: {nodeAffinity: {weight: 5}, podAffinity: 3}"),
    ("Widget", "example.com/v1", "status: {nodeSelector: {a: b c}}"),
    # More operators, wildcards and placeholders, which a kind may accept.
    ("Widget", "example.com/v1",
     "spec: {selector: {matchExpressions: [{key: a, operator: Matches, values: [b]}]}}"),
    ("Widget", "example.com/v1", "spec: {podSelector: {matchLabels: {app: 'web-*'}}}"),
    ("ApplicationSet", "argoproj.io/v1alpha1",
     "spec: {generators: [{clusters: {selector: {matchLabels: {env: '{{env}}'}}}}]}"),
    ("ClusterPolicy", "kyverno.io/v1",
     "spec: {rules: [{match: {resources: {selector: {matchLabels: {'app*': '?*'}}}}}]}"),
    ("ClusterPolicy", "kyverno.io/v1",
     "spec: {rules: [{validate: {pattern: {spec: {nodeSelector: {a: '?* b'}}}}}]}"),
    # Values of charts, which their templates complete.
    ("HelmRelease", "helm.toolkit.fluxcd.io/v2", "spec: {values: {nodeSelector: {a: b c}}}"),
    # Texts of Calico are no Kubernetes selectors, and an empty one selects everything.
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: \"app in {'a', 'b'}\"}"),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: all()}"),
    ("GlobalNetworkPolicy", "projectcalico.org/v3", "spec: {selector: ''}"),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: 'app == ${APP}'}"),
    ("Installation", "operator.tigera.io/v1",
     "spec: {calicoNetwork: {ipPools: [{nodeSelector: '!all()'}]}}"),
    # Keys of Cilium may name their source.
    ("CiliumNetworkPolicy", "cilium.io/v2",
     ("spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: "
     "{'k8s:io.kubernetes.pod.namespace': shop, 'any:app.kubernetes.io/name': web}}]}]}")),
    ("CiliumNetworkPolicy", "cilium.io/v2",
     "spec: {endpointSelector: {matchLabels: {'reserved:ingress': ''}}}"),
    ("CiliumNetworkPolicy", "cilium.io/v2",
     "spec: {endpointSelector: {matchExpressions: [{key: 'cidr:10.0.0.0/8', operator: Exists}]}}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "version", "body"), OTHER)
def test_what_is_no_fault(tmp_path: Path, kind: str, version: str, body: str) -> None:
    text = f"kind: {kind}\napiVersion: {version}\nmetadata: {{name: a}}\n{body}\n"
    assert findings(tmp_path, text) == []


MESSAGES = [
    ("NetworkPolicy", "projectcalico.org/v3", 'spec: {selector: "app=web"}',
     "spec.selector: not a selector in Calico's language: found '=' behind 'app'",
     """write app == "web\""""),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: {matchLabels: {app: web}}}",
     "spec.selector: must be a selector as text, in Calico's language, not a map",
     """write app == "web\""""),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: [a]}",
     "spec.selector: must be a selector as text, in Calico's language, not a list",
     "correct it: its operator refuses the object as it is"),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: '!has(a, b)'}",
     "spec.selector: not a selector in Calico's language: found ',' behind '!has(a'",
     ("has() takes one key: write !has(a) && !has(b) for neither, "
      "!has(a) || !has(b) where one of them may be there")),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: 'all('}",
     "spec.selector: not a selector in Calico's language: the text ends too early",
     "expected there: ')'"),
    ("NetworkPolicy", "projectcalico.org/v3", "spec: {selector: \"app = 'a'\"}",
     "spec.selector: not a selector in Calico's language: found '=' behind 'app '",
     "equality is written with two signs; write: app == 'a'"),
    ("ScaledObject", "keda.sh/v1alpha1",
     "spec: {triggers: [{metadata: {podSelector: {matchLabels: {app: web}}}}]}",
     ("spec.triggers[0].metadata.podSelector: must be a selector as text, in the language of "
      "kubectl -l, not a map"),
     "write app=web"),
    ("AuthorizationPolicy", "security.istio.io/v1", "spec: {selector: {app: web}}",
     ("spec.selector.app: unknown field; known are matchLabels, matchExpressions; write under "
      'matchLabels: {"app": "web"}'),
     "write selector: {matchLabels: {app: web}}"),
    ("AuthorizationPolicy", "security.istio.io/v1",
     "spec: {selector: {matchExpressions: [{key: app, operator: Exists}]}}",
     "spec.selector.matchExpressions: unknown field: this selector knows only matchLabels",
     "write equal labels under matchLabels"),
    ("CiliumNetworkPolicy", "cilium.io/v2",
     "spec: {endpointSelector: {matchLabels: {'k8s:app name': web}}}",
     ("spec.endpointSelector.matchLabels[\"k8s:app name\"]: a key's name may hold only letters, "
      "digits, '-', '_' and '.', this one has ' '"),
     "write a key and a value of letters, digits, '-', '_' and '.'"),
    ("HorizontalPodAutoscaler", "autoscaling/v2",
     ("spec: {metrics: [{object: {metric: {selector: {matchExpressions: [{key: a, "
     "operator: is}]}}}}]}"),
     ("spec.metrics[0].object.metric.selector.matchExpressions[0].operator: must be In, NotIn, "
     "Exists or DoesNotExist, not 'is'"),
     "correct it: the autoscaler cannot read the selector as it is"),
    ("Gateway", "networking.istio.io/v1", "spec: {selector: {matchLabels: {istio: ingress}}}",
     "spec.selector: label 'matchLabels': a value must be a string, this is a map",
     "write selector: {istio: ingress}"),
    ("StorageClass", "storage.k8s.io/v1",
     "allowedTopologies: [{matchLabelExpressions: [{key: a, values: []}]}]",
     "allowedTopologies[0].matchLabelExpressions[0].values: must be a list of one value or more",
     "correct it: the API server refuses the object as it is"),
    ("StorageClass", "storage.k8s.io/v1",
     "allowedTopologies: [{matchLabelExpressions: [{key: a b, values: [c]}]}]",
     ("allowedTopologies[0].matchLabelExpressions[0].key: a key's name may hold only letters, "
     "digits, '-', '_' and '.', this one has ' '"),
     "correct it: the API server refuses the object as it is"),
    ("StorageClass", "storage.k8s.io/v1", "allowedTopologies: [{matchLabelExpressions: zone}]",
     "allowedTopologies[0].matchLabelExpressions: must be a list, not 'zone'",
     "correct it: the API server refuses the object as it is"),
    ("ResourceQuota", "v1",
     ("spec: {scopeSelector: {matchExpressions: [{scopeName: Terminating, operator: In, "
     "values: [a]}]}}"),
     "spec.scopeSelector.matchExpressions[0].operator: must be Exists for the scope Terminating",
     "correct it: the API server refuses the object as it is"),
    ("ResourceQuota", "v1",
     "spec: {scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In}]}}",
     "spec.scopeSelector.matchExpressions[0].values: In takes at least one value, got 0",
     "correct it: the API server refuses the object as it is"),
    ("ResourceQuota", "v1",
     "spec: {scopeSelector: {matchExpressions: [{scopeName: Ending, operator: Exists}]}}",
     ("spec.scopeSelector.matchExpressions[0].scopeName: must be BestEffort, "
     "CrossNamespacePodAffinity, NotBestEffort, NotTerminating, PriorityClass, Terminating or "
     "VolumeAttributesClass, not 'Ending'"),
     "correct it: the API server refuses the object as it is"),
]  # fmt: skip


@pytest.mark.parametrize("row", MESSAGES)
def test_messages(tmp_path: Path, row: tuple[str, str, str, str, str]) -> None:
    kind, version, body, message, fix = row
    text = f"kind: {kind}\napiVersion: {version}\nmetadata: {{name: a}}\n{body}\n"
    (found,) = findings(tmp_path, text)
    assert (found.rule.id, found.line) == ("illegal-selector", 4)
    assert (found.message, found.fix) == (message, fix)


def test_legal_scopes_and_topologies(tmp_path: Path) -> None:
    for kind, version, body in (
        ("ResourceQuota", "v1",
         ("spec: {scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, "
         "values: [high]}, {scopeName: Terminating, operator: Exists}]}}")),
        ("StorageClass", "storage.k8s.io/v1",
         ("allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, "
         "values: [a]}]}, {}]")),
    ):  # fmt: skip
        text = f"kind: {kind}\napiVersion: {version}\nmetadata: {{name: a}}\n{body}\n"
        assert findings(tmp_path, text) == []


def test_shared_parts_are_searched_once() -> None:
    """With YAML aliases an object may have more paths than atoms: each part counts once."""
    value: object = {"selector": {"matchLabels": {"app": "web"}}}
    for _ in range(100):
        value = {"a": value, "b": value}
    widget = Resource(
        "Widget", "example.com/v1", None, "a", {}, {}, {"spec": value}, Source("a", 1, 1)
    )
    assert len(list(selector_fields(widget))) == 1
