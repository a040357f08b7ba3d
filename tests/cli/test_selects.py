"""``labelsel selects`` and ``get --selected-by``: what the selectors of an object select."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run

CLUSTER = """\
{kind: Namespace, apiVersion: v1, metadata: {name: shop, labels: {team: a}}}
---
{kind: Node, apiVersion: v1, metadata: {name: n1, labels: {disk: ssd}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web-1, namespace: shop, labels: {app: web}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: db-1, namespace: shop, labels: {app: db}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web-1, labels: {app: web}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {disk: ssd}
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - {weight: 1, podAffinityTerm: {topologyKey: zone,
             labelSelector: {matchLabels: {app: db}}, namespaceSelector: {}}}
---
{kind: Service, apiVersion: v1, metadata: {name: web, namespace: shop, labels: {app: web}},
 spec: {selector: {app: web}}}
---
{kind: Service, apiVersion: v1, metadata: {name: gone, namespace: shop}, spec: {selector: {app: x}}}
---
{kind: Service, apiVersion: v1, metadata: {name: hand-made, namespace: shop}, spec: {ports: []}}
---
{kind: Service, apiVersion: v1, metadata: {name: outside, namespace: shop},
 spec: {type: ExternalName, externalName: example.com, selector: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: wall, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from:
    - podSelector: {matchLabels: {app: web}}
    - namespaceSelector: {matchLabels: {team: b}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: all, namespace: watch}
spec: {selector: {matchLabels: {app: web}}, namespaceSelector: {matchNames: [shop, blog]}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: settings, namespace: shop}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: some, namespace: shop}
spec: {selector: {matchLabels: {app: x}}, namespaceSelector: {matchNames: [shop, blog]}}
"""
#: Each object of the cluster that carries selectors, with its namespace.
OWNERS = [
    ("shop", "deploy/web"),
    ("shop", "svc/web"),
    ("shop", "svc/gone"),
    ("shop", "netpol/wall"),
    ("watch", "servicemonitor/all"),
]
#: Each object that can be selected.
TARGETS = [
    ("shop", "ns/shop"),
    ("shop", "no/n1"),
    ("shop", "po/web-1"),
    ("shop", "po/db-1"),
    ("default", "po/web-1"),
    ("shop", "deploy/web"),
    ("shop", "svc/web"),
    ("shop", "svc/gone"),
    ("watch", "servicemonitor/all"),
]


@pytest.fixture(autouse=True)
def _cluster(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(CLUSTER)


def printed(run: Run, *words: str) -> str:
    """What a command prints that ends well."""
    result = run(*words, "-f", "all.yaml")
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_table(run: Run) -> None:
    """A selector that is the only one of its object needs no path."""
    assert printed(run, "selects", "-n", "shop", "svc/web") == (
        "KIND         NAME    SELECTOR\n"
        "Pod          web-1   app=web\n"
        "Deployment   web     app=web\n"
    )  # fmt: skip


def test_several_selectors(run: Run) -> None:
    """Of several selectors each has its rows, with the path that says which one it is."""
    result = run("selects", "-n", "shop", "netpol/wall", "-f", "all.yaml")
    assert result.stdout == (
        "KIND         NAME    SELECTOR   PATH\n"
        "Pod          db-1    app=db     spec.podSelector\n"
        "Pod          web-1   app=web    spec.ingress[0].from[0].podSelector\n"
        "Deployment   web     app=web    spec.ingress[0].from[0].podSelector\n"
    )
    assert result.stderr == (
        "spec.ingress[0].from[1] <everything> of networkpolicy.networking.k8s.io/wall selects no "
        "Pod: no namespace is selected to look in.\n"
        "spec.ingress[0].from[1].namespaceSelector team=b of networkpolicy.networking.k8s.io/wall "
        "selects no Namespace.\n"
    )


def test_other_namespaces(run: Run) -> None:
    """Namespaces are shown where something outside the object's own one is selected."""
    assert printed(run, "selects", "-n", "watch", "servicemonitor/all") == (
        "NAMESPACE   KIND      NAME   SELECTOR\n"
        "shop        Service   web    app=web\n"
    )  # fmt: skip
    wide = printed(run, "selects", "-n", "shop", "deploy/web", "-o", "wide").splitlines()
    start = "spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuring"
    assert [line.split()[:4] for line in wide[1:]] == [
        ["shop", "Pod", "web-1", "app=web"],
        ["shop", "Deployment", "web", "app=web"],
        ["<none>", "Node", "n1", "disk=ssd"],
        ["<none>", "Namespace", "shop", "<everything>"],
        ["shop", "Pod", "db-1", "app=db"],
    ]
    assert wide[-1].split()[4].startswith(start)
    assert wide[-1].endswith("all.yaml:7")


def test_data(run: Run) -> None:
    """JSON and YAML have each selector with what it selects; names have each object once."""
    words = "selects", "-n", "shop", "svc/web", "-o"
    data = json.loads(printed(run, *words, "json"))
    assert data == yaml.safe_load(printed(run, *words, "yaml"))
    assert data["object"]["name"] == "web"
    [selector] = data["selectors"]
    selected = selector.pop("selects")
    assert selector == {
        "path": "spec.selector",
        "selector": "app=web",
        "kind": "Pod",
        "namespaces": ["shop"],
    }
    assert [(each["kind"], each["name"], each["template"]) for each in selected] == [
        ("Pod", "web-1", False),
        ("Deployment", "web", True),
    ]
    assert printed(run, *words, "name") == "pod/web-1\ndeployment.apps/web\n"


NOTHING = [
    ("svc/gone", "spec.selector app=x of service/gone selects no Pod in shop namespace."),
    (
        "podmonitor/some",
        (
            "spec.selector app=x of podmonitor.monitoring.coreos.com/some selects no Pod in the "
            "namespaces blog, shop."
        ),
    ),
    ("svc/hand-made", "service/hand-made selects nothing: it has no selector."),
    (
        "svc/outside",
        (
            "service/outside selects nothing: it is of type ExternalName, which ignores its "
            "selector."
        ),
    ),
]


@pytest.mark.parametrize(("word", "message"), NOTHING)
def test_nothing(run: Run, word: str, message: str) -> None:
    """That an object selects nothing is no failure; standard error says why."""
    result = run("selects", "-n", "shop", word, "-f", "all.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{message}\n")
    data = json.loads(printed(run, "selects", "-n", "shop", word, "-o", "json"))
    assert [each["selects"] for each in data["selectors"]] in ([], [[]])
    got = run("get", "pods", "-n", "shop", "--selected-by", word, "-f", "all.yaml")
    assert (got.exit_code, got.stdout) == (0, "")
    assert got.stderr == f"{message}\nNo resources found in shop namespace.\n"


NO_SELECTORS = "all.yaml:51: configmap/settings is of a kind without selectors that labelsel knows"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("selects -n shop cm/settings", NO_SELECTORS),
        ("selects svc/web", "svc/web is not in namespace default, but in shop: add -n shop"),
        ("get -n shop --selected-by cm/settings", NO_SELECTORS),
        ("get -n shop --selected-by svc/wep", "svc/wep not found; did you mean service/web"),
        (
            "get -n shop --selected-by netpol/wall:spec.podSelectr",
            (
                "networkpolicy.networking.k8s.io/wall has no selector at spec.podSelectr; did you "
                "mean spec.podSelector?"
            ),
        ),
        (
            "get -n shop --selected-by netpol/wall:status",
            (
                "has no selector at status; it has spec.podSelector, spec.ingress[0].from[0]."
                "podSelector, spec.ingress[0].from[1] and 1 more"
            ),
        ),
        ("get -n shop --selected-by svc/hand-made:spec.selector", "no selector at spec.selector\n"),
    ],
)
def test_failures(run: Run, words: str, message: str) -> None:
    """What is not there, or has no selectors, ends with status 1 and one message."""
    result = run(*words.split(), "-f", "all.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert message in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("get --selected-by svc", "--selected-by 'svc' is not KIND/NAME or KIND/NAME:PATH"),
        ("get --selected-by svc/web:", "--selected-by 'svc/web:' is not KIND/NAME or KIND/NAME"),
        ("get --selected-by svc/", '"svc/" is not the name of an object'),
        ("get pod/a --selected-by svc/web", "names and --selected-by cannot be combined"),
        ("get --selected-by svc/a --selected-by svc/b", "--selected-by"),
        ("selects svc/web svc/gone", "expected one object, got svc/web, svc/gone"),
    ],
)
def test_usage_errors(run: Run, words: str, message: str) -> None:
    result = run(*words.split(), "-f", "all.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_selected_by(run: Run) -> None:
    """Any kind can be shown, with other selectors beside it, and in the other output formats."""
    words = "get", "-n", "shop", "-o", "name", "--selected-by", "svc/web"
    assert printed(run, *words) == "pod/web-1\ndeployment.apps/web\n"
    assert printed(run, *words, "pods") == "pod/web-1\n"
    assert printed(run, *words, "deploy") == "deployment.apps/web\n"
    assert printed(run, *words, "-l", "app=db") == ""
    by_monitor = "get", "-A", "-o", "name", "--selected-by", "servicemonitor/all"
    assert printed(run, *by_monitor) == "service/web\n"


def test_selected_by_one_selector(run: Run) -> None:
    """A path takes one selector, or those below it; without it a message names them."""
    words = "get", "-n", "shop", "-o", "name", "-f", "all.yaml", "--selected-by"
    result = run(*words, "netpol/wall")
    assert result.stdout == "pod/web-1\npod/db-1\ndeployment.apps/web\n"
    assert result.stderr == (
        "networkpolicy.networking.k8s.io/wall has several selectors: spec.podSelector, "
        "spec.ingress[0].from[0].podSelector; for one add its path: netpol/wall:PATH\n"
    )
    result = run(*words, "netpol/wall:spec.podSelector")
    assert (result.stdout, result.stderr) == ("pod/db-1\n", "")
    result = run(*words, "netpol/wall:spec.ingress")
    assert (result.stdout, result.stderr) == ("pod/web-1\ndeployment.apps/web\n", "")


def test_other_namespaces_are_counted(run: Run) -> None:
    """Objects in other namespaces are counted where the selector selects them."""
    result = run("get", "-o", "name", "--selected-by", "servicemonitor/all", "-f", "all.yaml")
    assert result.exit_code == 1
    (Path("more.yaml")).write_text(CLUSTER.replace("namespace: watch", "namespace: default"))
    result = run("get", "-o", "name", "--selected-by", "servicemonitor/all", "-f", "more.yaml")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 in other namespaces: shop (1); use -A" in result.stderr


def names(run: Run, command: str, namespace: str, word: str) -> set[str]:
    return set(printed(run, command, "-n", namespace, word, "-o", "name").split())


def reference(run: Run, namespace: str, word: str) -> str:
    return printed(run, "get", "-n", namespace, word, "-o", "name").strip()


def test_the_inverse_of_who_selects(run: Run) -> None:
    """Of every pair of objects, both commands and get --selected-by say the same."""
    references = {each: reference(run, *each) for each in {*OWNERS, *TARGETS}}
    selects = {owner: names(run, "selects", *owner) for owner in OWNERS}
    who = {target: names(run, "who-selects", *target) for target in TARGETS}
    for owner, selected in selects.items():
        for target, selecting in who.items():
            if target == ("default", "po/web-1"):  # has the reference of the one in shop
                continue
            assert (references[target] in selected) == (references[owner] in selecting)
        got = printed(run, "get", "-A", "-o", "name", "--selected-by", owner[1]).split()
        assert set(got) == selected
    assert who["default", "po/web-1"] == set()


def test_several_objects_of_a_name(run: Run, tmp_path: Path) -> None:
    """The command answers for each, under a heading; --selected-by needs one."""
    (tmp_path / "all.yaml").write_text(CLUSTER.replace("name: gone, namespace: shop", "name: web"))
    result = run("selects", "-A", "svc/web", "-f", "all.yaml")
    assert result.stdout == (
        "service/web in namespace shop (all.yaml:26)\n"
        "NAMESPACE   KIND         NAME    SELECTOR\n"
        "shop        Pod          web-1   app=web\n"
        "shop        Deployment   web     app=web\n"
    )
    nothing = "spec.selector app=x of service/web selects no Pod in default namespace.\n"
    assert result.stderr == f"all.yaml:29: {nothing}"
    data = json.loads(printed(run, "selects", "-A", "svc/web", "-o", "json"))
    assert [each["object"]["source"] for each in data] == ["all.yaml:26", "all.yaml:29"]
    result = run("get", "-A", "--selected-by", "svc/web", "-f", "all.yaml")
    assert result.exit_code == 1
    assert "svc/web: expected one object, found 2: choose a namespace with -n" in result.stderr


def test_left_out_and_bad_input(run: Run, tmp_path: Path) -> None:
    """A workload without template labels is left out; a bad selector is an error with its place."""
    (tmp_path / "all.yaml").write_text(
        "{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {name: a}, spec: {}}\n"
        "---\n{kind: Job, apiVersion: batch/v1, metadata: {name: j}, spec: {}}\n"
        "---\n{kind: CronJob, apiVersion: batch/v1, metadata: {name: c}, spec: {}}\n"
        "---\n{kind: Service, apiVersion: v1, metadata: {name: bad}, spec: {selector: [x]}}\n"
    )
    assert printed(run, "selects", "netpol/a", "-o", "name") == "job.batch/j\n"
    result = run("selects", "svc/bad", "-f", "all.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "all.yaml, document 4" in result.stderr
    assert "spec.selector: must be a map, not a list" in result.stderr
