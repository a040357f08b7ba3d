"""Rule selects-nothing: what is reported, what is nearly selected, and no false alarm."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    budget,
    definition,
    findings,
    kustomization,
    labelled,
    lines_and_rules,
    marked,
    monitor,
    policy,
    repository,
    service,
    workload,
)

WEB = workload("web", "app: wbe, tier: front")


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector:
    tier: front
    app: web #! selects-nothing
"""


POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector:
    matchLabels:
      app: web #! selects-nothing
"""


BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchExpressions:
      - {key: tier, operator: Exists}
      - key: app #! selects-nothing
        operator: In
        values: [web]
"""


POD_MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: web} #! selects-nothing
"""


SERVICE_MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web, namespace: watch}
spec:
  namespaceSelector: {matchNames: [shop]}
  selector:
    matchLabels:
      app: web #! selects-nothing
"""


@pytest.mark.parametrize("text", [SERVICE, POLICY, BUDGET, POD_MONITOR])
def test_a_selector_that_misses_pods(tmp_path: Path, text: str) -> None:
    """Each kind is told on the line of the requirement that is not met."""
    found = findings(tmp_path, text, WEB)
    assert lines_and_rules(found) == marked(text)
    assert "deployment.apps/web, which has app=wbe" in found[0].message
    assert "in namespace shop;" in found[0].message


def test_a_monitor_that_misses_services(tmp_path: Path) -> None:
    """A ServiceMonitor looks for Services, where it says."""
    text = SERVICE_MONITOR
    (found,) = findings(tmp_path, text, service("web", "app: wbe", labels="app: wbe"), WEB)
    assert lines_and_rules([found]) == marked(text)
    assert found.message == (
        "spec.selector app=web selects no Service in namespace shop; "
        "nearest: service/web, which has app=wbe"
    )
    assert found.fix == "write app: wbe in the selector, or app: web in service/web"


@pytest.mark.parametrize(
    ("selector", "told", "fix"),
    [
        # A typo in a value, in a key; also where other requirements are met by others.
        ("app: web", "nearest: deployment.apps/web, which has app=wbe",
         "write app: wbe in the selector, or app: web in the template of web"),
        ("app: wbe, teir: front", "nearest: deployment.apps/web, which has no teir, but tier=front",
         "write tier: front in the selector, or teir: front in the template of web"),
        # The app's name under another usual key.
        ("app.kubernetes.io/name: wbe", "has no app.kubernetes.io/name, but app=wbe",
         "write app: wbe in the selector, or app.kubernetes.io/name: wbe in the template of web"),
        # All but one.
        ("app: wbe, track: new", "nearest: deployment.apps/web, which has no track",
         "add track: new to the template of web, or take it out of the selector"),
        ("app: db, tier: front", "nearest: deployment.apps/db, which has tier=data",
         "write tier: data in the selector, or tier: front in the template of db"),
        # Nothing is near but what has the Service's name, and not even that.
        ("role: x", "nearest: deployment.apps/front, which has no role",
         "add role: x to the template of front, or take it out of the selector"),
        ("role: x, track: z", "nearest: deployment.apps/front, which has no role and no track",
         "correct the selector, or the labels of the template of front"),
    ],
)  # fmt: skip
def test_what_was_meant(tmp_path: Path, selector: str, told: str, fix: str) -> None:
    """The nearest pods are named, with what they have instead, and what to write."""
    others = workload("front", "app: front") + workload("db", "app: db, tier: data")
    (found,) = findings(tmp_path, service("front", selector), WEB, others)
    assert told in found.message
    assert found.fix.replace("template of deployment.apps/", "template of ") == fix


def test_a_typo_goes_before_another_key(tmp_path: Path) -> None:
    """A typo explains more than a name that stands under another key."""
    pods = workload("a", "k8s-app: queue") + workload("b", "app: qeue")
    (found,) = findings(tmp_path, pods, service("x", "app: queue"))
    assert "deployment.apps/b, which has app=qeue" in found.message


def test_nothing_is_near(tmp_path: Path) -> None:
    """Where nothing is like it, nothing is made up, and the whole selector is pointed at."""
    (found,) = findings(tmp_path, WEB, service("x", "role: z"))
    assert found.message == "spec.selector role=z selects no Pod in namespace shop"
    assert found.fix.endswith("together with the Pods that it is for")
    assert found.line == 14


def test_a_selector_whose_parts_stand_elsewhere(tmp_path: Path) -> None:
    """Where the line of a requirement cannot be told, it is that of the selector."""
    found = findings(tmp_path, budget("{match_labels: {app: web}}"), WEB)
    assert [one.rule.id for one in found] == ["selects-nothing", "illegal-selector"]
    assert found[0].path == ("spec", "selector")


def test_of_all_but_one_the_fewest(tmp_path: Path) -> None:
    """What few pods have says more than what many have; the Service's own name says most."""
    pods = "".join(workload(f"w{n}", f"app: a{n}, part: shop") for n in range(3))
    other = workload("late", "app: b, part: else")
    (found,) = findings(tmp_path, pods, other, service("s", "app: b, part: shop"))
    assert "nearest: deployment.apps/late, which has part=else" in found.message
    (found,) = findings(tmp_path, pods, other, service("w1", "app: b, part: shop"))
    assert "nearest: deployment.apps/w1, which has app=a1" in found.message


@pytest.mark.parametrize(
    "texts",
    [
        # Nothing that could be selected is in the input, or not in that namespace.
        [service("web", "app: web")],
        [service("web", "app: web"), workload("a", "app: a", namespace="other")],
        [monitor("{matchLabels: {app: web}}"), WEB],
        # In another namespace there is some, and there it is selected, or nothing like it is named.
        [service("web", "app: web"), workload("a", "app: web", namespace="other"),
         service("web", "app: web", namespace="other")],
        [policy("{matchExpressions: [{key: app, operator: Exists}]}"),
         workload("a", "app: a", namespace="other")],
        [service("web", "app: web", namespace="kube-system"), workload("a", "app: web")],
        [workload("web", "app: web"),
         monitor("{matchLabels: {app: web}}", kind="PodMonitor", scope="{any: true}")],
        # Services and objects that look for nothing.
        [WEB, service("web", "")],
        [WEB, service("web", "app: web", more=", type: ExternalName, externalName: a.example")],
        [WEB, policy("{}"), budget("{}"), budget("null"), monitor("{}", kind="PodMonitor")],
        # Meant for what is left over.
        [WEB, policy("{matchExpressions: [{key: app, operator: DoesNotExist}]}")],
        [WEB, policy("{matchExpressions: [{key: app, operator: NotIn, values: [wbe]}]}")],
        # Selected are pods, of templates, of jobs, of custom kinds with a pod template.
        [service("p", "app: p"), labelled("Pod", "v1", "p", labels="app: p")],
        [WEB, service("j", "app: j"), labelled("CronJob", "batch/v1", "j",
         "{jobTemplate: {spec: {template: {metadata: {labels: {app: j}}}}}}")],
        [WEB, service("r", "app: r"), workload("r", "app: r", kind="Rollout",
         version="argoproj.io/v1alpha1")],
        # Labels that controllers and programs put on pods.
        [workload("db", "app: db", kind="StatefulSet"),
         service("db-0", "statefulset.kubernetes.io/pod-name: db-0"),
         service("db", "app: db, role: primary"),
         service("old", "app: db, spilo-role: master"),
         budget("{matchExpressions: [{key: role, operator: In, values: [replica]},"
                "{key: app, operator: Exists}]}")],
        # Pods that an operator makes.
        [WEB, service("k", "strimzi.io/cluster: events, strimzi.io/kind: Kafka"),
         labelled("Kafka", "kafka.strimzi.io/v1beta2", "events")],
        [WEB, service("k", "strimzi.io/cluster: other"),
         labelled("Kafka", "kafka.strimzi.io/v1beta2", "events")],
        [WEB, service("k", "cluster: events-main"),
         labelled("Kafka", "kafka.strimzi.io/v1beta2", "events")],
        [WEB, budget("{matchExpressions: [{key: cluster, operator: In, values: [events]}]}"),
         labelled("Kafka", "kafka.strimzi.io/v1beta2", "events")],
        [WEB, service("q", "app: queue"),
         labelled("HelmRelease", "helm.toolkit.fluxcd.io/v2", "queue", namespace="flux")],
        [WEB, service("p", "prometheus: main, app.kubernetes.io/name: prometheus"),
         labelled("Prometheus", "monitoring.coreos.com/v1", "main")],
        [WEB, budget("{matchLabels: {app: ingress-nginx-controller}}"),
         labelled("HelmChart", "helm.cattle.io/v1", "nginx", namespace="kube-system")],
        [WEB, service("q", "app: anything"),
         labelled("Application", "argoproj.io/v1alpha1", "all", "{destination: {namespace: shop}}",
                  namespace="argocd")],
        [WEB, service("q", "app: anything"),
         labelled("HelmRelease", "helm.toolkit.fluxcd.io/v2", "all")],
        # Services that the cluster and operators make.
        [service("a", ""), monitor("{matchLabels: {operated-prometheus: 'true'}}")],
        [service("a", "", namespace="default"),
         monitor("{matchLabels: {component: apiserver, provider: kubernetes}}",
                 scope="{matchNames: [default]}")],
        # Where manifests never have all there is, and no typo is in sight.
        [service("dns", "k8s-app: kube-dns", namespace="kube-system"),
         workload("a", "k8s-app: proxy", namespace="kube-system")],
        [service("a", "", labels="app: a"),
         monitor("{matchLabels: {app: other}}", scope="{any: true}")],
        [service("a", "", labels="app: a"),
         monitor("{matchLabels: {app: other}}", scope="{matchNames: [shop, more]}")],
        # Without namespaces all of it is in one.
        [service("web", "app: web", namespace="default"), workload("w", "app: web",
         namespace="''")],
    ],
)  # fmt: skip
def test_no_false_alarm(tmp_path: Path, texts: list[str]) -> None:
    """Selectors that select nothing here, and may well select something in the cluster."""
    assert findings(tmp_path, *texts) == []


@pytest.mark.parametrize(
    "text",
    [
        monitor("{matchLabels: {app: queue}}", scope="{any: true}"),
        monitor("{matchLabels: {app: queue}}", scope="{matchNames: [shop, more]}"),
    ],
)
def test_a_typo_is_told_everywhere(tmp_path: Path, text: str) -> None:
    """Where the input never has all, a typo is a typo."""
    (found,) = findings(tmp_path, text, service("queue", "", labels="app: qeue"))
    assert found.rule.id == "selects-nothing"
    assert "nearest: service/queue, which has app=qeue" in found.message
    assert ("in any namespace" in found.message) == ("any" in text)
    assert ("in namespaces more, shop" in found.message) == ("more" in text)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (service("web", "app: web", namespace="other"), "write namespace: shop in the metadata"),
        (service("web", "app: web", namespace="''"), "or default in that of deployment.apps/a"),
        (budget("{matchLabels: {app: web}}").replace("shop", "other"), "namespace: shop in"),
        (
            monitor("{matchLabels: {app: web}}", kind="PodMonitor", scope="{matchNames: [a, b]}"),
            "write namespaceSelector: {matchNames: [shop]} in the spec",
        ),
    ],
)
def test_what_stands_in_another_namespace(tmp_path: Path, text: str, fix: str) -> None:
    """It is told with its namespace, be there other pods here or none."""
    for beside in ("", workload("b", "app: b", namespace="other")):
        (found,) = findings(tmp_path, text, workload("a", "app: web"), beside)
        assert (found.line, found.rule.id) == (6, "selects-nothing")
        assert found.message.endswith("; in shop it would select deployment.apps/a's pods")
        assert fix in found.fix


def test_several_that_stand_in_another_namespace(tmp_path: Path) -> None:
    """Equal selectors are searched once, and each is told."""
    texts = (service(f"s{n}", "app: web", namespace=f"other{n}") for n in range(3))
    found = findings(tmp_path, *texts, workload("a", "app: web"))
    assert [one.resource.name for one in found] == ["s0", "s1", "s2"]


def test_a_template_with_a_label_that_is_no_string(tmp_path: Path) -> None:
    """It is told of the label alone: the other labels are what the pods are known by."""
    found = findings(
        tmp_path,
        workload("web", "app: web, build: 12", selector="app: web"),
        service("web", "app: web"),
        service("db", "app: dbb"),
        workload("d", "app: db"),
    )
    assert [one.rule.id for one in found] == ["illegal-label", "selects-nothing"]
    assert found[1].resource.name == "db"


@pytest.mark.parametrize(
    "maker",
    [
        # Of another namespace, of a kind that makes no pods, of Kubernetes' own groups.
        labelled("Kafka", "kafka.strimzi.io/v1beta2", "web", namespace="other"),
        labelled("ServiceMonitor", "monitoring.coreos.com/v1", "web",
                 "{selector: {}, endpoints: []}"),
        labelled("Ingress", "extensions/v1beta1", "web"),
        labelled("VirtualService", "networking.istio.io/v1", "web"),
        labelled("HelmRelease", "helm.toolkit.fluxcd.io/v2", "all", namespace="other"),
        labelled("HelmRelease", "helm.toolkit.fluxcd.io/v2", "all", "{targetNamespace: other}"),
        labelled("Kafka", "kafka.strimzi.io/v1beta2", "unlike"),
    ],
)  # fmt: skip
def test_who_makes_no_pods(tmp_path: Path, maker: str) -> None:
    """A custom object of that name excuses nothing where it makes no such pods."""
    found = findings(tmp_path, SERVICE, WEB, maker)
    assert lines_and_rules(found) == marked(SERVICE)


def test_a_service_that_kustomize_moves(tmp_path: Path) -> None:
    """In which namespace it looks is not written in its file."""
    files = {
        "s.yaml": service("web", "app: web", namespace="other"),
        "w.yaml": workload("web", "app: web"),
    }
    (found,) = repository(tmp_path, files)
    assert "; in shop it would select deployment.apps/web" in found.message
    files["kustomization.yaml"] = kustomization("resources: [s.yaml]\nnamespace: third")
    assert repository(tmp_path, files) == []


@pytest.mark.parametrize(
    ("selector", "same_file", "expected"),
    [
        # The name of the app under another key, or all labels but one.
        ("app.kubernetes.io/name: wbe", True, ["note"]),
        ("app.kubernetes.io/name: wbe", False, []),
        ("app: wbe, track: new", True, []),
        ("app: wbe, track: new", False, []),
        ("app: web", False, ["error"]),
    ],
)
def test_where_the_input_is_not_complete(
    tmp_path: Path, selector: str, expected: list[str], *, same_file: bool
) -> None:
    """A namespace that the cluster fills, and an input of which a part was not read."""
    texts = [
        each.replace("namespace: shop", "namespace: kube-system")
        for each in (WEB, service("front", selector))
    ]
    files = {"a.yaml": "".join(texts)} if same_file else {"a.yaml": texts[0], "b.yaml": texts[1]}
    assert [one.severity.value for one in repository(tmp_path / "system", files)] == expected
    if same_file:
        found = findings(tmp_path, WEB, service("front", selector), complete=False)
        assert [one.severity.value for one in found] == expected


def test_the_targets_of_one_namespace_of_two(tmp_path: Path) -> None:
    """Services of one of the namespaces are in the file of the monitor."""
    here = service("a", "", labels="app: a")
    there = service("b", "", labels="app: b", namespace="more")
    watch = monitor("{matchLabels: {app: other}}", scope="{matchNames: [shop, more]}")
    for beside, expected in ((here, ["error"]), (there, ["error"]), ("", [])):
        files = {"a/m.yaml": watch + beside, "b/s.yaml": here + there}
        found = repository(tmp_path, files)
        assert [one.severity.value for one in found] == expected


def test_one_value_of_several_requirements(tmp_path: Path) -> None:
    """A selector with one value has a target elsewhere; one that requires no value has none."""
    exists = "matchExpressions: [{key: tier, operator: Exists}]"
    web = workload("web", "app: web, tier: front", namespace="other")
    (found,) = findings(tmp_path, web, budget(f"{{matchLabels: {{app: web}}, {exists}}}"))
    assert found.message.endswith("; in other it would select deployment.apps/web's pods")
    assert findings(tmp_path, web, budget(f"{{{exists}}}")) == []


def test_the_word_of_an_operator(tmp_path: Path) -> None:
    """Its operator may make pods with a value that has the word, so only a typo is reported."""
    operator = definition("Queue", "queues.example")
    for value, count in (("queue-runner", 0), ("runner", 1)):
        found = findings(tmp_path, operator, WEB, service("x", f"role: {value}"))
        assert len(found) == count
