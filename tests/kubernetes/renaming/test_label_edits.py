"""The edits of one object: each field that speaks of the label, in the syntax of the field."""

import pytest
import yaml

from labelsel.kubernetes import NODE, POD, SERVICE, Kind, LabelRenaming, Resource
from labelsel.kubernetes.edit.part_edits import apply_part_edits
from labelsel.kubernetes.renaming.label_edits import LabelEdits
from tests.kubernetes.yaml_objects import make_object

NAMESPACE = Kind("Namespace", "")
VOLUME = Kind("PersistentVolume", "")
KEY = ("app", "example.com/name")
PAIR = ("app=web", "name=web")
VALUE = ("app=web", "app=api")
ALL = frozenset({POD, NODE, NAMESPACE, SERVICE, VOLUME})


def find(
    resource: Resource, rename: tuple[str, str], carriers: frozenset[Kind] = ALL
) -> LabelEdits:
    return LabelEdits(resource, LabelRenaming.from_texts(*rename), carriers)


def renamed(resource: Resource, found: LabelEdits) -> object:
    return apply_part_edits(resource.body, found.edits)["spec"]


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
IN = "{key: app, operator: In, values: [web]}"


@pytest.mark.parametrize(
    ("kind", "rename", "before", "after"),
    [
        ("Service", KEY, "{selector: {app: web}}", "{selector: {example.com/name: web}}"),
        ("Service", PAIR, "{selector: {app: web}}", "{selector: {name: web}}"),
        ("Service", VALUE, "{selector: {app: web}}", "{selector: {app: api}}"),
        ("Service", VALUE, "{selector: {app: db}}", "{selector: {app: db}}"),
        ("Service", PAIR, "{selector: {app: web, name: web}}", "{selector: {name: web}}"),
        ("Service", ("app=", "name=x"), "{selector: {app: null}}", "{selector: {name: x}}"),
        ("ReplicationController", KEY, "{selector: {app: a}}", "{selector: {example.com/name: a}}"),
        (
            "apps/v1 Deployment",
            KEY,
            f"{{selector: {{matchLabels: {{app: a}}, matchExpressions: [{IN}]}}}}",
            (
                "{selector: {matchLabels: {example.com/name: a}, "
                "matchExpressions: [{key: example.com/name, operator: In, values: [web]}]}}"
            ),
        ),
        (
            "apps/v1 Deployment",
            PAIR,
            f"{{selector: {{matchExpressions: [{IN}]}}}}",
            "{selector: {matchExpressions: [{key: name, operator: In, values: [web]}]}}",
        ),
        (
            "apps/v1 Deployment",
            VALUE,
            "{selector: {matchExpressions: [{key: app, operator: NotIn, values: [db, web]}]}}",
            "{selector: {matchExpressions: [{key: app, operator: NotIn, values: [db, api]}]}}",
        ),
        (
            "apps/v1 Deployment",
            VALUE,
            "{selector: {matchExpressions: [{key: app, operator: In, values: [web, api]}]}}",
            "{selector: {matchExpressions: [{key: app, operator: In, values: [api]}]}}",
        ),
        (
            "apps/v1 Deployment",
            KEY,
            "{template: {metadata: {labels: {app: a}}}}",
            "{template: {metadata: {labels: {example.com/name: a}}}}",
        ),
        (
            "batch/v1 CronJob",
            PAIR,
            (
                "{jobTemplate: {metadata: {labels: {app: web}}, "
                "spec: {template: {metadata: {labels: {app: web}}}}}}"
            ),
            (
                "{jobTemplate: {metadata: {labels: {name: web}}, "
                "spec: {template: {metadata: {labels: {name: web}}}}}}"
            ),
        ),
        (
            "apps/v1 StatefulSet",
            KEY,
            (
                "{volumeClaimTemplates: [{metadata: {labels: {app: a}}, "
                "spec: {selector: {matchLabels: {app: a}}}}]}"
            ),
            (
                "{volumeClaimTemplates: [{metadata: {labels: {example.com/name: a}}, "
                "spec: {selector: {matchLabels: {example.com/name: a}}}}]}"
            ),
        ),
        (
            "example.com/v1 Crew",
            KEY,
            (
                "{x: [{metadata: {labels: {app: a}}, spec: {containers: []}}], "
                "podSelector: {matchLabels: {app: a}}}"
            ),
            (
                "{x: [{metadata: {labels: {example.com/name: a}}, spec: {containers: []}}], "
                "podSelector: {matchLabels: {example.com/name: a}}}"
            ),
        ),
        (
            "networking.k8s.io/v1 NetworkPolicy",
            VALUE,
            (
                "{podSelector: {matchLabels: {app: web}}, "
                "egress: [{to: [{podSelector: {matchLabels: {app: web}}, "
                "namespaceSelector: {matchLabels: {app: web}}}]}]}"
            ),
            (
                "{podSelector: {matchLabels: {app: api}}, "
                "egress: [{to: [{podSelector: {matchLabels: {app: api}}, "
                "namespaceSelector: {matchLabels: {app: api}}}]}]}"
            ),
        ),
        (
            "v1 Pod",
            KEY,
            (
                "{nodeSelector: {app: a}, topologySpreadConstraints: [{topologyKey: app, "
                "matchLabelKeys: [app, b], labelSelector: {matchLabels: {app: a}}}]}"
            ),
            (
                "{nodeSelector: {example.com/name: a}, topologySpreadConstraints: "
                "[{topologyKey: example.com/name, matchLabelKeys: [example.com/name, b], "
                "labelSelector: {matchLabels: {example.com/name: a}}}]}"
            ),
        ),
        (
            "v1 Pod",
            PAIR,
            (
                f"{{affinity: {{nodeAffinity: {{{REQUIRED}: {{nodeSelectorTerms: "
                f"[{{matchExpressions: [{IN}]}}]}}, "
                f"{PREFERRED}: [{{preference: {{matchExpressions: [{IN}]}}}}]}}}}}}"
            ),
            (
                f"{{affinity: {{nodeAffinity: {{{REQUIRED}: {{nodeSelectorTerms: "
                f"[{{matchExpressions: [{IN.replace('app', 'name')}]}}]}}, {PREFERRED}: "
                f"[{{preference: {{matchExpressions: [{IN.replace('app', 'name')}]}}}}]}}}}}}"
            ),
        ),
        (
            "v1 Pod",
            KEY,
            (
                "{affinity: {nodeAffinity: {x: 1}, podAffinity: {"
                f"{REQUIRED}: [{{topologyKey: zone, mismatchLabelKeys: [app], labelSelector: "
                "{matchLabels: {app: a}}}]}}}"
            ),
            (
                "{affinity: {nodeAffinity: {x: 1}, podAffinity: {"
                f"{REQUIRED}: [{{topologyKey: zone, mismatchLabelKeys: [example.com/name], "
                "labelSelector: {matchLabels: {example.com/name: a}}}]}}}"
            ),
        ),
        (
            "projectcalico.org/v3 NetworkPolicy",
            PAIR,
            """{selector: "app in {'web', 'db'}", ingress: [{source: {selector: "has(b)"}}]}""",
            (
                """{selector: '(name == "web" || app in {"db"})', """
                """ingress: [{source: {selector: "has(b)"}}]}"""
            ),
        ),
        (
            "projectcalico.org/v3 NetworkPolicy",
            KEY,
            """{ingress: [{source: {selector: "pcns.app == 'a' && app == 'a'"}}]}""",
            (
                """{ingress: [{source: {selector: '(pcns.example.com/name == "a" && """
                """example.com/name == "a")'}}]}"""
            ),
        ),
        (
            "cilium.io/v2 CiliumNetworkPolicy",
            KEY,
            (
                "{endpointSelector: {matchLabels: {'k8s:app': a, 'any:app': b, app: c}}, "
                "ingress: [{fromEndpoints: [{matchExpressions: "
                "[{key: 'k8s:io.cilium.k8s.namespace.labels.app', operator: Exists}]}]}]}"
            ),
            (
                "{endpointSelector: {matchLabels: {'k8s:example.com/name': a, "
                "'any:example.com/name': b, example.com/name: c}}, "
                "ingress: [{fromEndpoints: [{matchExpressions: [{key: "
                "'k8s:io.cilium.k8s.namespace.labels.example.com/name', operator: Exists}]}]}]}"
            ),
        ),
        (
            "monitoring.coreos.com/v1 ScrapeConfig",
            KEY,
            "{kubernetesSDConfigs: [{selectors: [{label: 'app=a,b'}]}]}",
            "{kubernetesSDConfigs: [{selectors: [{label: 'b,example.com/name=a'}]}]}",
        ),
        (
            "security.istio.io/v1 PeerAuthentication",
            KEY,
            "{selector: {matchLabels: {app: a}}}",
            "{selector: {matchLabels: {example.com/name: a}}}",
        ),
        (
            "autoscaling/v2 HorizontalPodAutoscaler",
            KEY,
            "{metrics: [{pods: {metric: {selector: {matchLabels: {app: a}}}}}]}",
            "{metrics: [{pods: {metric: {selector: {matchLabels: {example.com/name: a}}}}}]}",
        ),
        # An annotation of the same name is no label.
        (
            "kustomize.toolkit.fluxcd.io/v1 Kustomization",
            KEY,
            "{patches: [{target: {labelSelector: app=a, annotationSelector: app=a}}]}",
            "{patches: [{target: {labelSelector: example.com/name=a, annotationSelector: app=a}}]}",
        ),
        # Bounds are no values of labels.
        (
            "v1 Pod",
            ("app=5", "app=6"),
            (
                "{nodeSelector: {app: '5'}, affinity: {nodeAffinity: {"
                f"{REQUIRED}: {{nodeSelectorTerms: [{{matchExpressions: "
                "[{key: app, operator: Gt, values: ['5']}]}]}}}}"
            ),
            (
                "{nodeSelector: {app: '6'}, affinity: {nodeAffinity: {"
                f"{REQUIRED}: {{nodeSelectorTerms: [{{matchExpressions: "
                "[{key: app, operator: Gt, values: ['5']}]}]}}}}"
            ),
        ),
    ],
)
def test_fields(kind: str, rename: tuple[str, str], before: str, after: str) -> None:
    """Each field gets the new label, and nothing else changes."""
    resource = make_object(kind, before)
    found = find(resource, rename)
    assert renamed(resource, found) == yaml.safe_load(after)
    assert not found.refusals


@pytest.mark.parametrize(
    ("kind", "rename", "spec", "path", "problem"),
    [
        (
            "Service",
            KEY,
            "{selector: {app: web, example.com/name: db}}",
            ("spec", "selector", "app"),
            "example.com/name is already 'db' there: it cannot be 'web', too",
        ),
        (
            "apps/v1 Deployment",
            PAIR,
            "{selector: {matchExpressions: [{key: app, operator: In, values: [web, db]}]}}",
            ("spec", "selector", "matchExpressions", 0),
            "it is about app=web and other values of app, and one term has one key",
        ),
        (
            "v1 Pod",
            PAIR,
            "{topologySpreadConstraints: [{topologyKey: zone, matchLabelKeys: [app]}]}",
            ("spec", "topologySpreadConstraints", 0, "matchLabelKeys", 0),
            "it is about all values of app, and not only about web",
        ),
        (
            "monitoring.coreos.com/v1 ScrapeConfig",
            PAIR,
            "{kubernetesSDConfigs: [{selectors: [{label: app}]}]}",
            ("spec", "kubernetesSDConfigs", 0, "selectors", 0, "label"),
            "no such selector can say the same",
        ),
    ],
)
def test_what_cannot_be_rewritten(
    kind: str, rename: tuple[str, str], spec: str, path: tuple[str | int, ...], problem: str
) -> None:
    """A term that cannot say the same of the new label is refused, with its path."""
    found = find(make_object(kind, spec), rename)
    (refusal,) = found.refusals
    assert refusal.path == path
    assert problem in refusal.problem
    assert (found.edits, found.has_conflict, found.is_about) == ([], False, True)


def test_a_label_that_has_another_value() -> None:
    """A label of the new key with another value is a conflict."""
    resource = make_object("v1 Pod", "{}")
    resource.body["metadata"]["labels"] = {"app": "web", "name": "x"}
    found = find(resource, PAIR)
    assert found.has_conflict
    assert found.labels == 0


@pytest.mark.parametrize(
    ("kind", "spec", "rename", "remark"),
    [
        ("v1 Pod", "{nodeSelector: {app: web}}", KEY, "no Node of the input has app"),
        (
            "v1 Pod",
            "{topologySpreadConstraints: [{topologyKey: app}]}",
            KEY,
            "no Node of the input has app",
        ),
        (
            "networking.k8s.io/v1 NetworkPolicy",
            (
                "{ingress: [{from: [{namespaceSelector: {matchExpressions: "
                "[{key: app, operator: Exists}]}}]}]}"
            ),
            KEY,
            "no Namespace of the input has app",
        ),
        (
            "PersistentVolumeClaim",
            "{selector: {matchLabels: {app: web}}}",
            PAIR,
            "no PersistentVolume of the input has app=web",
        ),
        (
            "projectcalico.org/v3 IPPool",
            "{nodeSelector: app == 'web'}",
            VALUE,
            "no Node of the input has app=web",
        ),
        (
            "apps/v1 Deployment",
            "{selector: {matchExpressions: [{key: app, operator: Exists}]}}",
            PAIR,
            "it is about all values of app (Exists), and stays",
        ),
    ],
)
def test_what_stays(kind: str, spec: str, rename: tuple[str, str], remark: str) -> None:
    """What selects other things than those that are renamed stays, and a remark says so."""
    resource = make_object(kind, spec)
    found = find(resource, rename, frozenset({POD}))
    assert (found.edits, found.refusals) == ([], [])
    assert [each.problem for each in found.remarks] == [remark]


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("projectcalico.org/v3 NetworkPolicy", "{selector: 'app ==', types: 5}"),
        ("projectcalico.org/v3 NetworkPolicy", "{selector: [app]}"),
        ("apps/v1 Deployment", "{selector: {matchExpressions: [app, {key: 5}], matchLabels: 5}}"),
        ("apps/v1 Deployment", "{template: {metadata: {labels: [app]}}}"),
        ("v1 Pod", "{nodeSelector: {b: c}, topologySpreadConstraints: [{matchLabelKeys: app}]}"),
        ("v1 Node", "{taints: [{key: app}]}"),
        ("apps/v1 Deployment", "{selector: {matchExpressions: [{key: b, operator: Exists}]}}"),
        (
            "apps/v1 Deployment",
            "{selector: {matchExpressions: [{key: app, operator: In, values: [db]}]}}",
        ),
    ],
)
def test_what_is_not_about_the_label(kind: str, spec: str) -> None:
    """Parts that cannot be read, and that say nothing of the label, are passed over here."""
    found = find(make_object(kind, spec), PAIR)
    assert not found.is_about
