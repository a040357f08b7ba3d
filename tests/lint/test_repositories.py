"""Inputs that are repositories: samples, overlays, operators, versions. No false finding in them.

Beside what is right, each input has one fault, which is still found.
"""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    definition,
    kustomization,
    labelled,
    monitor,
    policy,
    repository,
    repository_at,
    service,
    summary,
    workload,
)

SHARED = Path(__file__).resolve().parents[3] / "shared"
#: A Service that misses the pods beside it by a typo, and the finding about it.
TYPO = service("faulty", "app: wrnog", namespace="x") + workload("w", "app: wrong", namespace="x")
TEMPLATE = "kind: Deployment\nspec: {{ .n }}\n"
PEER = labelled(
    "NetworkPolicy",
    "networking.k8s.io/v1",
    "wall",
    "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: qeue}}}]}]}",
)
FAULT = ("error", "selects-nothing", "faulty.yaml", "faulty")


NAMESPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


def default(text: str) -> str:
    """The same objects without a namespace."""
    return text.replace(", namespace: shop", "")


REPOSITORIES: dict[str, dict[str, str]] = {
    "an operator that labels pods with keys of its own domain": {
        "crds.yaml": definition("Disc", "store.example") + definition("Engine", "a.store.example"),
        "manager.yaml": workload("manager", "app: manager"),
        "policies.yaml": policy("{matchLabels: {store.example/component: engine}}")
        + policy("{matchLabels: {a.b.store.example/managed: 'yes'}}")
        + service("webhook", "store.example: hook"),
        "service.yaml": service("reverse", "example.store/part: engine"),
        "other.yaml": definition("Monitor", "monitoring.coreos.com") + definition("X", '""'),
    },
    "an operator whose pods have its name": {
        "crds.yaml": definition("CephCluster", "ceph.rook.io"),
        "operator.yaml": workload("rook-ceph-operator", "app: rook-ceph-operator"),
        "services.yaml": service("rook-ceph-mgr", "app: rook-ceph-mgr, rook_cluster: rook-ceph")
        + service("dashboard", "app: cephcluster"),
    },
    "a custom kind with a template that is not a pod's": {
        "vm.yaml": workload("other", "app: other")
        + labelled("VirtualMachine", "kubevirt.io/v1", "vm1",
                   "{template: {metadata: {labels: {special: key}}, spec: {domain: {}}}}")
        + labelled("JobSet", "jobset.x-k8s.io/v1alpha2", "js",
                   "{jobs: [{template: {metadata: {labels: {part: a}}}}]}")
        + service("vm", "special: key") + service("js", "part: a"),
    },
    "kinds of Kubernetes' own projects": {
        "gateway.yaml": workload("other", "app: other")
        + service("g", "gateway.networking.k8s.io/gateway-name: main")
        + service("l", "leaderworkerset.sigs.x-k8s.io/name: main")
        + definition("LeaderWorkerSet", "leaderworkerset.sigs.x-k8s.io"),
    },
    "samples in folders of their own": {
        "web/nginx.yaml": default(workload("nginx", "app: nginx") + service("nginx", "app: nginx")),
        "load/nginx.yaml": default(workload("my-nginx", "app: nginx", kind="ReplicaSet")),
        "data/service.yaml": default(service("redis", "app: redis, role: leader-x")),
        "front/nginx.yaml": default(service("front", "tier: front")
        + workload("front", "app: front, tier: front")),
        "back/nginx.yaml": default(workload("back", "app: back, tier: front")),
    },
    "several versions of one application": {
        f"v{n}/install.yaml": workload("ctl", f"app: ctl, version: v{n}", selector="app: ctl")
        + service("ctl", "app: ctl")
        for n in (1, 2, 3)
    },
    "a base whose selectors kustomize completes": {
        "base/kustomization.yaml": kustomization(
            "resources: [dep.yaml, svc.yaml]\n"
            "labels: [{pairs: {app: web}, includeTemplates: true}, {pairs: {team: a}}]"
        ),
        "base/dep.yaml": default(workload("web", "part: web")),
        "base/svc.yaml": default(service("web", "app: web, part: web")),
        "prod/kustomization.yaml": kustomization(
            "resources: [../base, extra.yaml]\nnamespace: prod\nnamePrefix: prod-"
        ),
        "prod/extra.yaml": service("extra", "part: web", namespace="prod"),
    },
    "labels of a base that a component adds": {
        "base/kustomization.yaml": kustomization("resources: [all.yaml]"),
        "base/all.yaml": default(service("web", "track: new, app: web"))
        + default(workload("web", "app: web")),
        "prod/kustomization.yaml": kustomization("resources: [../base]\ncomponents: [../new]"),
        "new/kustomization.yaml": kustomization("commonLabels: {track: new}", component=True),
    },
    "patches": {
        "base/kustomization.yaml": kustomization(
            "resources: [all.yaml]\npatches: [{path: more.yaml}, {patch: 'a: b'}]\n"
            "patchesStrategicMerge: [other.yaml, \"a:\\n  b\"]"
        ),
        "base/all.yaml": default(service("web", "app: web") + workload("web", "app: web")
        + service("db", "app: db")),
        "base/more.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        "spec: {replicas: 2}",
        "base/other.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: db}\n"
        "spec: {selector: {app: other}}",
    },
    "objects that kustomize takes from elsewhere": {
        "a/kustomization.yaml": kustomization("resources: [svc.yaml, 'https://x.example/a?ref=v1']"),
        "a/svc.yaml": default(service("web", "app: web") + workload("b", "app: b")),
        "b/kustomization.yaml": kustomization("resources: [svc.yaml]\nhelmCharts: [{name: web}]"),
        "b/svc.yaml": default(service("web", "app: web2") + workload("c", "app: c")),
        "c/kustomization.yaml": kustomization("resources: [svc.yaml, ../missing, ../a]"),
        "c/svc.yaml": default(service("web", "app: web3") + workload("d", "app: d")),
    },
    "overlays whose namespaces differ from the base": {
        "base/kustomization.yaml": kustomization("resources: [dep.yaml]"),
        "base/dep.yaml": default(workload("web", "app: web")),
        "prod/kustomization.yaml": kustomization("namespace: prod\nresources: [../base, m.yaml]"),
        "prod/m.yaml": service("web", "app: web", namespace="prod"),
    },
    "kustomizations that set other labels": {
        f"{name}/{file}": text
        for name in ("a", "b")
        for file, text in {
            "kustomization.yaml": kustomization(
                f"resources: [w.yaml]\ncommonLabels: {{v: {name}}}"
            ),
            "w.yaml": workload(f"w-{name}", "app: same"),
        }.items()
    }
    | {"kustomization.yaml": kustomization("resources: [a, b]")},
    "workloads whose selectors kustomize completes": {
        "kustomization.yaml": kustomization("resources: [w.yaml]\ncommonLabels: {app: web}"),
        "w.yaml": workload("web", "tier: front", selector="tier: front, app: web")
        + workload("none", "tier: x").replace("selector: {matchLabels: {tier: x}}\n  ", ""),
    },
    "a circle of kustomizations": {
        "a/kustomization.yaml": kustomization("resources: [../b, w.yaml]"),
        "b/kustomization.yaml": kustomization("resources: [../a, w.yaml]"),
        "a/w.yaml": workload("a", "app: a"),
        "b/w.yaml": workload("b", "app: b") + service("b", "app: b"),
    },
    "monitors of what a chart installs": {
        "monitor.yaml": monitor("{matchLabels: {app.kubernetes.io/name: queue}}"),
        "svc.yaml": service("web", "app: web", labels="app: web") + workload("web", "app: web"),
        "helm.yaml": labelled("HelmRelease", "helm.toolkit.fluxcd.io/v2", "queue"),
    },
    "webhooks and policies that name namespaces": {
        "hooks.yaml": labelled(
            "Namespace", "v1", "shop", labels="team: a, name: shop"
        ).replace("namespace: shop, ", "")
        + """
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks:
  - namespaceSelector:
      matchExpressions:
        - {key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, cert-manager]}
        - {key: store.example/ignore, operator: DoesNotExist}
  - namespaceSelector: {matchLabels: {istio-injection: enabled}}
  - namespaceSelector: {matchLabels: {name: shop}}
  - namespaceSelector: {}
""",
        "policy.yaml": labelled(
            "NetworkPolicy", "networking.k8s.io/v1", "dns",
            "{podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: "
            "{kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: "
            "{k8s-app: kube-dns}}}, {ipBlock: {cidr: 10.0.0.0/8}}]}], ingress: [{from: "
            "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}},"
            "{podSelector: {matchLabels: {access: granted}}}, {podSelector: {}}]}, {}]}",
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", REPOSITORIES)
def test_no_false_alarm(name: str, tmp_path: Path) -> None:
    """Nothing is reported but the fault beside it."""
    files = {**REPOSITORIES[name], "faulty.yaml": TYPO}
    assert summary(repository(tmp_path, files), tmp_path) == [FAULT]


NOTES: dict[str, tuple[dict[str, str], list[tuple[str, str, str, str]]]] = {
    "alternatives: one name, another kind, another folder": (
        {
            "a/x.yaml": default(workload("ctl", "app: ctl")),
            "b/x.yaml": default(workload("ctl", "app: ctl", kind="StatefulSet")),
        },
        [("note", "workloads-overlap", "b/x.yaml", "ctl")],
    ),
    "alternatives in folders that are joined": (
        {
            "a/x.yaml": default(workload("ctl", "app: ctl") + workload("web", "app: web")),
            "b/x.yaml": default(
                workload("ctl", "app: ctl", kind="StatefulSet")
                + workload("web", "app: web", kind="StatefulSet")
            ),
            "c/x.yaml": default(workload("ctl", "app: ctl", kind="DaemonSet")),
        },
        [("note", "workloads-overlap", "b/x.yaml", "ctl")],
    ),
    "other names in one folder": (
        {
            "a/one.yaml": default(workload("one", "app: x")),
            "a/two.yaml": default(workload("two", "app: x")),
        },
        [("note", "workloads-overlap", "a/two.yaml", "two")],
    ),
    "other names in one folder and one namespace": (
        {"a/one.yaml": workload("one", "app: x"), "a/two.yaml": workload("two", "app: x")},
        [("error", "workloads-overlap", "a/two.yaml", "two")],
    ),
    "other names in one folder, of which one names a namespace": (
        {"a/one.yaml": default(workload("one", "app: x")), "a/two.yaml": workload("two", "app: x")},
        [],
    ),
    "other names in one folder, and the same Namespace in both files": (
        {
            f"a/{name}.yaml": NAMESPACE + workload(name, "app: x", namespace="shop")
            for name in ("one", "two")
        },
        [("error", "workloads-overlap", "a/two.yaml", "two")],
    ),
    "other names in one folder, and the same Service in both files": (
        {
            f"a/{name}.yaml": service("web", "app: x") + workload(name, "app: x")
            for name in ("one", "two", "three")
        },
        [("note", "workloads-overlap", "a/three.yaml", "three")],
    ),
    "the same Service in a file of another folder": (
        {
            "a/one.yaml": service("web", "app: x") + workload("one", "app: x"),
            "a/two.yaml": service("db", "app: x") + workload("two", "app: x"),
            "all/all.yaml": service("web", "app: x") + service("db", "app: x"),
        },
        [("error", "workloads-overlap", "a/two.yaml", "two")],
    ),
    "other names in one namespace": (
        {"a/one.yaml": workload("one", "app: x"), "b/two.yaml": workload("two", "app: x")},
        [("note", "workloads-overlap", "b/two.yaml", "two")],
    ),
    "one kustomization": (
        {
            "kustomization.yaml": kustomization("resources: [a/one.yaml, b]"),
            "b/kustomization.yaml": kustomization("resources: [two.yaml]"),
            "a/one.yaml": default(workload("one", "app: x")),
            "b/two.yaml": default(workload("two", "app: x")),
        },
        [("error", "workloads-overlap", "b/two.yaml", "two")],
    ),
    "one chart": (
        {
            "web/Chart.yaml": "name: web\nversion: 1.0.0",
            "web/templates/a/one.yaml": default(workload("one", "app: x")),
            "web/templates/two.yaml": default(workload("two", "app: x")),
            "out/templates/one.yaml": default(
                workload("o1", "app: z", more=", labels: {helm.sh/chart: web-1}")
            ),
            "out/templates/two.yaml": default(
                workload("o2", "app: z", more=", labels: {helm.sh/chart: web-1}")
            ),
        },
        [
            ("error", "workloads-overlap", "out/templates/two.yaml", "o2"),
            ("error", "workloads-overlap", "web/templates/two.yaml", "two"),
        ],
    ),
    "a partner in another folder": (
        {
            "services/web.yaml": default(service("web", "app: web")),
            "deployments/web.yaml": default(workload("web", "app: frontend")),
        },
        [("note", "selects-nothing", "services/web.yaml", "web")],
    ),
    "a partner in the folder": (
        {
            "a/svc.yaml": default(service("web", "app: web")),
            "a/dep.yaml": default(workload("web", "app: frontend")),
        },
        [("error", "selects-nothing", "a/svc.yaml", "web")],
    ),
    "something like it in the folder": (
        {
            "a/svc.yaml": default(service("cache", "app: shop, part: cache")),
            "a/dep.yaml": default(workload("front", "app: shop, part: front")),
        },
        [("note", "selects-nothing", "a/svc.yaml", "cache")],
    ),
    "something like it in another folder": (
        {
            "a/svc.yaml": default(service("cache", "app: shop, part: cache")),
            "b/dep.yaml": default(workload("front", "app: shop, part: front")),
        },
        [],
    ),
    "a partner in the file, and patches": (
        {
            "kustomization.yaml": kustomization("resources: [a.yaml]\npatches: [{path: p.yaml}]"),
            "a.yaml": default(service("web", "app: web") + workload("web", "app: frontend")),
        },
        [("note", "selects-nothing", "a.yaml", "web")],
    ),
    "a file that was not read": (
        {
            "svc.yaml": default(
                service("web", "app: web")
                + service("db", "app: db")
                + workload("db", "app: database")
            ),
            "dep.yaml": "kind: Deployment\nspec: {{ .n }}\n",
        },
        [("note", "selects-nothing", "svc.yaml", "db")],
    ),
    "a typo, and a template elsewhere": (
        {"a/x.yaml": TYPO, "chart/templates/x.yaml": TEMPLATE, "b/y.yaml": "kind: [\n"},
        [("error", "selects-nothing", "a/x.yaml", "faulty")],
    ),
    "a typo of a peer, and a template elsewhere": (
        {
            "a/x.yaml": PEER + workload("queue", "app: queue"),
            "b/x.yaml": TEMPLATE,
        },
        [("error", "peer-selects-nothing", "a/x.yaml", "wall")],
    ),
    "a typo, and a template in the folder": (
        {"a/x.yaml": TYPO, "a/y.yaml": TEMPLATE},
        [("note", "selects-nothing", "a/x.yaml", "faulty")],
    ),
    "a typo, and a template below its kustomization": (
        {
            "a/kustomization.yaml": kustomization("resources: [b/x.yaml]"),
            "a/b/x.yaml": TYPO,
            "a/c/y.yaml": TEMPLATE,
        },
        [("note", "selects-nothing", "a/b/x.yaml", "faulty")],
    ),
    "a typo, and a template beside its kustomization": (
        {
            "a/kustomization.yaml": kustomization("resources: [b/x.yaml]"),
            "a/b/x.yaml": TYPO,
            "a2/y.yaml": TEMPLATE,
        },
        [("error", "selects-nothing", "a/b/x.yaml", "faulty")],
    ),
    "a typo, and a template of the same kustomization": (
        {
            "all/kustomization.yaml": kustomization("resources: [../a/x.yaml, ../b/y.yaml]"),
            "a/x.yaml": TYPO,
            "b/y.yaml": TEMPLATE,
        },
        [("note", "selects-nothing", "a/x.yaml", "faulty")],
    ),
    "a typo, and a template of the same chart": (
        {
            "web/Chart.yaml": "name: web\nversion: 1.0.0",
            "web/templates/x.yaml": TYPO,
            "web/templates/b/y.yaml": TEMPLATE,
        },
        [("note", "selects-nothing", "web/templates/x.yaml", "faulty")],
    ),
    "a typo, and a kustomization that cannot be read": (
        {"a/x.yaml": TYPO, "b/kustomization.yaml": "kind: [\n"},
        [("note", "selects-nothing", "a/x.yaml", "faulty")],
    ),
    "a typo with two corrections, and a template elsewhere": (
        {
            "a/x.yaml": service("web", "app: wab")
            + workload("w1", "app: web")
            + workload("w2", "app: wib"),
            "b/y.yaml": TEMPLATE,
        },
        [("note", "selects-nothing", "a/x.yaml", "web")],
    ),
    "a typo whose partner is elsewhere, as a template is": (
        {
            "a/x.yaml": service("web", "app: qeue"),
            "c/x.yaml": workload("queue", "app: queue"),
            "b/y.yaml": TEMPLATE,
        },
        [("note", "selects-nothing", "a/x.yaml", "web")],
    ),
    "another namespace in the folder": (
        {"a.yaml": service("web", "app: web"), "b.yaml": workload("w", "app: web", namespace="o")},
        [("error", "selects-nothing", "a.yaml", "web")],
    ),
    "another namespace in the folder, and one that is not written": (
        {"a.yaml": service("web", "app: web"), "b.yaml": default(workload("w", "app: web"))},
        [("note", "selects-nothing", "a.yaml", "web")],
    ),
    "a namespace with a typo": (
        {
            "a/a.yaml": service("web", "app: web"),
            "b/b.yaml": workload("w", "app: web", namespace="shpo"),
        },
        [("error", "selects-nothing", "a/a.yaml", "web")],
    ),
    "another namespace in another folder": (
        {
            "a/a.yaml": service("web", "app: web"),
            "b/b.yaml": workload("w", "app: web", namespace="blog"),
        },
        [],
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_what_is_near_counts_more(name: str, tmp_path: Path) -> None:
    """How sure a rule is depends on the files of the two objects."""
    files, expected = NOTES[name]
    assert summary(repository(tmp_path, files), tmp_path) == expected


def test_the_message_of_alternatives(tmp_path: Path) -> None:
    """One note counts the others."""
    files, _ = NOTES["alternatives in folders that are joined"]
    (found,) = repository(tmp_path, files)
    assert found.message.endswith(
        "both select pods with app=ctl, as do 2 more pairs of workloads in these folders"
    )
    assert found.fix.startswith("apply only one of the two, as alternatives; otherwise add a label")
    two = {name: files[name] for name in ("a/x.yaml", "b/x.yaml")}
    (found,) = repository(tmp_path / "two", two)
    assert "as does one more pair of workloads in these folders" in found.message


def test_the_nearest_partner_is_named(tmp_path: Path) -> None:
    """A partner in the same file goes before one in the folder, and that before one elsewhere."""
    near, beside, far = (
        default(workload(name, f"app: wbe, n: {name}")) for name in ("near", "beside", "far")
    )
    files = {
        "0/far.yaml": far,
        "a/0-beside.yaml": beside,
        "a/svc.yaml": default(service("web", "app: web")) + near,
    }
    (found,) = repository(tmp_path / "one", files)
    assert "deployment.apps/near, which has app=wbe" in found.message
    files["a/svc.yaml"] = default(service("web", "app: web"))
    (found,) = repository(tmp_path / "two", files)
    assert "deployment.apps/beside, which has app=wbe" in found.message
    del files["a/0-beside.yaml"]
    (found,) = repository(tmp_path / "three", files)
    assert "deployment.apps/far, which has app=wbe" in found.message


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("repos/longhorn", set()),
        ("repos/metrics-server", set()),
        ("repos/microservices-demo", set()),
        # Labels that are no strings, on purpose; and placeholders.
        ("repos/flux2", {("error", "illegal-label"), ("note", "illegal-label")}),
        # A ReplicationController of Kubernetes 1.1 without labels in its template.
        (
            "repos/kubernetes-examples",
            {
                ("error", "illegal-selector"),
                ("note", "workloads-overlap"),
            },
        ),
        ("manifests", set()),
    ],
)
def test_public_repositories(folder: str, expected: set[tuple[str, str]]) -> None:
    """What is reported in public repositories was judged one by one: it is true, or a note."""
    if not (SHARED / folder).is_dir():
        pytest.skip(f"public files that are not part of the repository: {folder}")
    found = repository_at(SHARED / folder)
    assert {(one.severity.value, one.rule.id) for one in found} == expected
    assert sum(one.rule.id == "workloads-overlap" for one in found) <= 2
