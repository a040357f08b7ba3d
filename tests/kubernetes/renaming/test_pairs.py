"""The proof of a rename: every selector selects what it selected, or the pair is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labelsel import InvalidLabelError
from labelsel.kubernetes import LabelRenaming, PairComparison, Resource, rename_label
from labelsel.kubernetes.renaming.pairs import compare_pairs, read_targets
from labelsel.kubernetes.renaming.selector_scopes import label_fields
from tests.kubernetes.yaml_objects import make_object, read_objects

KEYS = frozenset({"app", "name"})


def text(
    kind: str, name: str, labels: str = "{}", spec: str = "{}", namespace: str = "shop"
) -> str:
    version, _, word = kind.rpartition(" ")
    metadata = f"{{name: {name}, namespace: {namespace}, labels: {labels}}}"
    return f"---\nkind: {word}\napiVersion: {version or 'v1'}\nmetadata: {metadata}\nspec: {spec}\n"


def compare(
    objects: list[Resource], change: Callable[[Resource], dict[str, Any]], number: int = 0
) -> PairComparison:
    """What changes if one object gets other parts."""
    after = list(objects)
    after[number] = replace(objects[number], **change(objects[number]))
    return compare_pairs(objects, after, KEYS, range(len(objects)))


def with_labels(labels: dict[str, str]) -> Callable[[Resource], dict[str, Any]]:
    def change(resource: Resource) -> dict[str, Any]:
        metadata = {**resource.body["metadata"], "labels": labels}
        return {"labels": labels, "body": {**resource.body, "metadata": metadata}}

    return change


def with_spec(spec: object) -> Callable[[Resource], dict[str, Any]]:
    return lambda resource: {"body": {**resource.body, "spec": spec}}


POD = text("Pod", "a", "{app: web}")
WEB = text("Service", "web", spec="{selector: {app: web}}")


def test_a_pair_that_stops() -> None:
    """A pod that loses the label is no longer selected: the selector stays as it was."""
    found = compare(read_objects(POD + WEB), with_labels({"name": "web"}))
    (moved,) = found.moved
    assert (moved.owner.name, moved.target.name, moved.starts) == ("web", "a", False)
    assert str(moved) == (
        "service/web: spec.selector would stop selecting pod/a (a.yaml:2): app=web would stay"
    )
    assert (found.selectors, found.pairs) == (1, 1)


def test_a_pair_that_starts() -> None:
    """Another selector starts to select what it did not: only what changes of it is shown."""
    objects = read_objects(text("Pod", "a", "{name: web, b: c}") + WEB)
    found = compare(objects, with_spec({"selector": {"name": "web", "b": "c"}}), 1)
    (moved,) = found.moved
    assert moved.starts
    assert str(moved).endswith("would start selecting pod/a (a.yaml:2): app=web would become "
                               "b=c,name=web")  # fmt: skip


def test_pods_of_a_template() -> None:
    """The pods of a template are named as such."""
    template = "{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}"
    objects = read_objects(text("apps/v1 Deployment", "a", spec=template) + WEB)
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": {}}
    found = compare(objects, with_spec(spec))
    assert [each.owner.name for each in found.moved] == ["a", "web"]
    assert "would stop selecting deployment.apps/a's pods (" in str(found.moved[1])


@pytest.mark.parametrize(
    ("kind", "spec", "labels", "count"),
    [
        # In its own namespace, and in all where namespaces are selected, too.
        ("networking.k8s.io/v1 NetworkPolicy", "{ingress: [{from: [%s]}]}", "podSelector", 1),
        (
            "networking.k8s.io/v1 NetworkPolicy",
            "{ingress: [{from: [{namespaceSelector: {}, %s}]}]}",
            "podSelector",
            2,
        ),
        (
            "v1 Pod",
            "{topologySpreadConstraints: [{topologyKey: zone, %s}]}",
            "labelSelector",
            1,
        ),
        # What an unknown kind selects is not known: everything of all kinds and namespaces.
        ("example.com/v1 Crew", "{%s}", "podSelector", 2),
        ("example.com/v1 Crew", "{%s}", "workerSelector", 3),
    ],
)
def test_scopes(kind: str, spec: str, labels: str, count: int) -> None:
    """A selector is compared on what it can select, and on more where that is not certain."""
    inside = f"{labels}: {{matchLabels: {{app: web}}}}"
    flow = spec % (inside if "{%s}" in spec or "," in spec else f"{{{inside}}}")
    objects = read_objects(
        POD
        + text("Pod", "b", "{app: web}", namespace="blog")
        + text("ConfigMap", "c", "{app: web}")
        + text(kind, "x", spec=flow)
    )
    plan = rename_label(objects, "app", "name")
    assert plan.comparison is not None
    assert plan.comparison.pairs == count
    assert not plan.is_refused


def test_operators_add_labels_of_their_own() -> None:
    """The Prometheus operator gives its pods the label of the app, whatever the object says."""
    prometheus = "{podMetadata: {labels: {app.kubernetes.io/name: prometheus}}}"
    objects = read_objects(
        text("monitoring.coreos.com/v1 Prometheus", "k8s", spec=prometheus)
        + text("Service", "web", spec="{selector: {app.kubernetes.io/name: prometheus}}")
    )
    key = "app.kubernetes.io/name"
    plan = rename_label(objects, f"{key}=prometheus", f"{key}=prom")
    (moved,) = plan.moved
    assert moved.target.name == "k8s"
    assert plan.is_refused


def test_names_of_nodes_and_of_namespaces() -> None:
    """Nodes are selected by their names, too, and namespaces by a label that the server sets."""
    required = (
        "{nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [a]}], "
        "matchFields: [{key: metadata.name, operator: In, values: [n1]}]}]}"
    )
    long = "requiredDuringSchedulingIgnoredDuringExecution"
    affinity = f"{{affinity: {{nodeAffinity: {{{long}: {required}}}}}}}"
    objects = read_objects(
        text("Node", "n1", "{disk: a}") + text("Node", "n2", "{disk: a}")
        + text("Pod", "p", spec=affinity)
    )  # fmt: skip
    plan = rename_label(objects, "disk", "kind-of-disk")
    assert plan.comparison is not None
    assert (plan.comparison.pairs, plan.is_refused) == (1, False)
    name = "kubernetes.io/metadata.name"
    peers = f"{{ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{{name}: blog}}}}}}]}}]}}"
    objects = read_objects(
        text("Namespace", "shop", "{team: shop}")
        + text("Namespace", "blog")
        + text("networking.k8s.io/v1 NetworkPolicy", "x", spec=peers)
    )
    for old, new in (("team", name), (name, "team"), ("team=shop", f"{name}=blog")):
        with pytest.raises(InvalidLabelError, match="the API server gives each namespace"):
            rename_label(objects, old, new)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Service", "{selector: {app: [1]}}"),
        ("apps/v1 Deployment", "{selector: {matchLabels: {app: web}, matchExpressions: [x]}}"),
        ("projectcalico.org/v3 NetworkPolicy", "{selector: 'app =='}"),
        ("projectcalico.org/v3 NetworkPolicy", "{selector: [app]}"),
        ("cilium.io/v2 CiliumNetworkPolicy", "{endpointSelector: {matchLabels: {app: [1]}}}"),
        ("cilium.io/v2 CiliumNetworkPolicy", "{endpointSelector: [app]}"),
        (
            "cilium.io/v2 CiliumNetworkPolicy",
            "{endpointSelector: {matchLabels: [app], matchExpressions: [{key: 5}, app]}}",
        ),
        (
            "kyverno.io/v1 ClusterPolicy",
            "{rules: [{match: {resources: {selector: {matchLabels: {'a*': web}}}}}]}",
        ),
        ("storage.k8s.io/v1 StorageClass", "{}"),
    ],
)
def test_what_cannot_be_read(kind: str, spec: str) -> None:
    """A selector that cannot be read, and may be about the label, forbids the rename."""
    objects = read_objects(POD + text(kind, "x", spec=spec))
    if kind.endswith("StorageClass"):
        objects[1].body["allowedTopologies"] = [{"matchLabelExpressions": {"key": "app"}}]
    plan = rename_label(objects, "app", "name")
    (refusal,) = plan.refusals
    assert "it cannot be read, and may be about the label" in str(refusal)
    assert plan.rewrites == ()


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Service", "{selector: {b: [1]}}"),
        ("apps/v1 Deployment", "{replicas: 1}"),
        ("projectcalico.org/v3 NetworkPolicy", "{selector: 'b =='}"),
        (
            "kyverno.io/v1 ClusterPolicy",
            "{rules: [{match: {resources: {selector: {matchLabels: {'b*': web}}}}}]}",
        ),
        (  # a bracket stands for itself
            "kyverno.io/v1 ClusterPolicy",
            "{rules: [{match: {resources: {selector: {matchLabels: {'[ab]*': web}}}}}]}",
        ),
    ],
)
def test_what_cannot_be_read_and_is_about_others(kind: str, spec: str) -> None:
    """A selector that cannot be read, and cannot be about the label, forbids nothing."""
    objects = read_objects(POD + text(kind, "x", "{app: web}", spec=spec))
    assert not rename_label(objects, "app", "name").is_refused


def test_all_syntaxes_are_compared() -> None:
    """Each field that speaks of the label is compared: none is passed over."""
    objects = read_objects(
        text("Node", "n1", "{app: web}")
        + text("Namespace", "s", "{app: web}")
        + text("Pod", "p", "{app: web}", "{nodeSelector: {app: web}}")
        + text(
            "cilium.io/v2 CiliumNetworkPolicy",
            "c",
            spec="{endpointSelector: {matchLabels: {'k8s:app': web, "
            "'k8s:io.cilium.k8s.namespace.labels.app': web}, matchExpressions: "
            "[{key: app, operator: Exists}]}}",
        )
        + text("projectcalico.org/v3 NetworkPolicy", "d", spec="{selector: \"app == 'web'\"}")
        + text("security.istio.io/v1 PeerAuthentication", "e",
               spec="{selector: {matchLabels: {app: web}}}")
        + text("kyverno.io/v1 ClusterPolicy", "f",
               spec="{rules: [{match: {resources: {selector: {matchLabels: {app: web}}}}}]}")
        + text("example.com/v1 Crew", "g", spec="{xSelector: {matchLabels: {app: web}, more: 1}}")
    )  # fmt: skip
    storage = make_object("storage.k8s.io/v1 StorageClass", "{}")
    expressions = [{"key": "app", "values": ["web"]}]
    storage.body["allowedTopologies"] = [{"matchLabelExpressions": expressions}]
    plan = rename_label([*objects, storage], "app", "name")
    assert plan.comparison is not None
    fields = sum(len(list(label_fields(each))) for each in [*objects, storage])
    assert plan.comparison.selectors == fields == 7
    assert plan.terms == 9
    assert not plan.is_refused


def test_other_changes_are_no_rename() -> None:
    """Labels of other keys and other templates are no outcome of a rename: an error of ours."""
    objects = read_objects(POD + WEB)
    with pytest.raises(ValueError, match="other labels of pod/a have changed"):
        compare(objects, with_labels({"app": "web", "b": "c"}))
    template = "{template: {metadata: {labels: {app: web}}}}"
    objects = read_objects(
        text("example.com/v1 Crew", "x", spec="{selector: {app: a}, " + template[1:])
    )
    with pytest.raises(ValueError, match="the objects have other templates"):
        compare(objects, with_spec({}))


def test_other_selectors_are_no_rename() -> None:
    """An object with other selectors than before cannot be compared."""
    found = compare(read_objects(WEB), with_spec({}))
    (error,) = found.unreadable
    assert "its selectors cannot be compared" in str(error)


def test_targets() -> None:
    """Jobs of a CronJob, claims of a StatefulSet, and pods with what controllers add."""
    objects = read_objects(
        text("batch/v1 CronJob", "c", spec="{jobTemplate: {metadata: {labels: {a: b}}, spec: "
             "{template: {metadata: {labels: {c: d}}}}}}")
        + text("apps/v1 StatefulSet", "s",
               spec="{volumeClaimTemplates: [{metadata: {labels: {e: f}}}], template: "
               "{metadata: {labels: {g: 5, h: i}}}}")
        + text("batch/v1 Job", "j")
    )  # fmt: skip
    found = [(each.kind.kind, dict(each.labels)) for each in read_targets(enumerate(objects))]
    assert found == [
        ("CronJob", {}),
        ("Pod", {"c": "d"}),
        ("Job", {"a": "b"}),
        ("StatefulSet", {}),
        ("Pod", {"h": "i"}),
        ("PersistentVolumeClaim", {"e": "f"}),
        ("Job", {}),
        ("Pod", {"batch.kubernetes.io/job-name": "j", "job-name": "j"}),
    ]


def test_a_selector_of_one_value_and_others() -> None:
    """The witness of a term that cannot be rewritten is what it would no longer select."""
    objects = read_objects(
        POD
        + text("policy/v1 PodDisruptionBudget", "x", spec="{selector: {matchExpressions: "
               "[{key: app, operator: In, values: [web, db]}]}}")
    )  # fmt: skip
    plan = rename_label(objects, "app=web", "name=web")
    assert len(plan.refusals) == 1
    (moved,) = plan.moved
    assert (moved.owner.name, moved.target.name, moved.starts) == ("x", "a", False)
    assert plan.renaming == LabelRenaming.from_texts("app=web", "name=web")


@pytest.mark.parametrize(
    ("kind", "body", "selected"),
    [
        (
            "rbac.authorization.k8s.io/v1 ClusterRole",
            {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"app": "web"}}]}},
            "rbac.authorization.k8s.io/v1 ClusterRole",
        ),
        (
            "monitoring.coreos.com/v1 Prometheus",
            {"spec": {"serviceMonitorSelector": {"matchLabels": {"app": "web"}}}},
            "monitoring.coreos.com/v1 ServiceMonitor",
        ),
        (
            "monitoring.coreos.com/v1 Prometheus",
            {"spec": {"ruleSelector": {"matchLabels": {"app": "web"}}}},
            "monitoring.coreos.com/v1 PrometheusRule",
        ),
        (
            "monitoring.coreos.com/v1 ServiceMonitor",
            {"spec": {"selector": {"matchLabels": {"app": "web"}}}},
            "Service",
        ),
        (
            "gateway.networking.k8s.io/v1 Gateway",
            {"spec": {"listeners": [{"allowedRoutes": {"namespaces": {"from": "Selector",
             "selector": {"matchLabels": {"app": "web"}}}}}]}},
            "Namespace",
        ),
    ],
)  # fmt: skip
def test_other_kinds_that_are_selected(kind: str, body: dict[str, Any], selected: str) -> None:
    """Roles, monitors and rules are selected by their own labels, and no pod is."""
    spec = "{selector: {}}" if "ServiceMonitor" in selected else "{}"
    objects = read_objects(POD + text(selected, "x", "{app: web}", spec) + text(kind, "z"))
    objects[2].body.update(body)
    plan = rename_label(objects, "app", "name")
    assert plan.comparison is not None
    assert (plan.terms, plan.comparison.pairs, plan.is_refused) == (1, 1, False)


@pytest.mark.parametrize(
    ("old", "new"), [("app=", "app=none"), ("app=web", "app="), ("app=web", "app=api")]
)
def test_a_selector_of_the_new_value(old: str, new: str) -> None:
    """A selector that waits for the new label starts to select: also where a value is empty."""
    value = new.partition("=")[2] or "null"
    pod = text("Pod", "a", f"{{app: {old.partition('=')[2] or 'null'}}}")
    objects = read_objects(pod + text("Service", "x", spec=f"{{selector: {{app: {value}}}}}"))
    (moved,) = rename_label(objects, old, new).moved
    assert moved.starts
