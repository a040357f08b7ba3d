"""``labelsel who-selects``: which objects select the one that is named."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Run
from tests.cli.test_get import MANIFESTS
from tests.cli.test_process import in_process, on_a_terminal

CLUSTER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web, tier: front}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {selector: {app: web}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: front, namespace: shop}
spec: {selector: {matchExpressions: [{key: tier, operator: NotIn, values: [db, cache]}]}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: all, namespace: watch}
spec: {selector: {matchLabels: {app: web}}, namespaceSelector: {any: true}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: some, namespace: watch}
spec: {selector: {matchLabels: {app: db}}, namespaceSelector: {matchNames: [shop, other]}}
---
apiVersion: v1
kind: Pod
metadata: {name: db-1, namespace: shop, labels: {app: db, tier: db}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, labels: {app: web}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: night}
spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: night}}}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
"""


@pytest.fixture(autouse=True)
def _cluster(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(CLUSTER)


def names(run: Run, *words: str) -> list[str]:
    """The lines of ``-o name``, of a run that ends well."""
    result = run("who-selects", "-f", "all.yaml", "-o", "name", *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout.split()


OF_WEB = [
    "deployment.apps/web",
    "service/web",
    "networkpolicy.networking.k8s.io/deny",
    "poddisruptionbudget.policy/front",
]
OF_DB = ["networkpolicy.networking.k8s.io/deny", "podmonitor.monitoring.coreos.com/some"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-n shop deploy/web", OF_WEB),
        ("-n shop deployments.apps/web", OF_WEB),
        ("-n=shop Deployment web", OF_WEB),
        ("-A deploy/web", OF_WEB),
        ("-n shop pod/db-1", OF_DB),
        ("-A po db-1", OF_DB),
        ("pod/web-1", ["service/web"]),
        ("-n default pod/web-1", ["service/web"]),
        ("-n shop svc/web", ["servicemonitor.monitoring.coreos.com/all"]),
        ("svc/web", []),
        ("cj/night", []),
    ],
)
def test_who_selects(run: Run, words: str, expected: list[str]) -> None:
    """An object is named as for kubectl; what selects it comes in the order of the input."""
    assert names(run, *words.split()) == expected


def table(run: Run, *words: str) -> str:
    result = run("who-selects", "-f", "all.yaml", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_table(run: Run) -> None:
    """The table has the selectors in canonical text, and says it where one is empty."""
    assert table(run, "-n", "shop", "deploy/web") == (
        "KIND                  NAME    SELECTOR\n"
        "Deployment            web     app=web\n"
        "Service               web     app=web\n"
        "NetworkPolicy         deny    <everything>\n"
        "PodDisruptionBudget   front   tier notin (cache,db)\n"
    )


def test_namespaces(run: Run) -> None:
    """Namespaces are shown with -A, and where something in another one selects the object."""
    assert table(run, "-n", "shop", "po/db-1") == (
        "NAMESPACE   KIND            NAME   SELECTOR\n"
        "shop        NetworkPolicy   deny   <everything>\n"
        "watch       PodMonitor      some   app=db\n"
    )
    assert table(run, "-A", "po/web-1") == (
        "NAMESPACE   KIND      NAME   SELECTOR\n"
        "default     Service   web    app=web\n"
    )  # fmt: skip


def test_wide(run: Run) -> None:
    """Wide adds where in the object the selector stands, and where the object does."""
    lines = table(run, "-n", "shop", "po/db-1", "-o=wide").splitlines()
    assert [line.split()[-2:] for line in lines] == [
        ["PATH", "SOURCE"],
        ["spec.podSelector", "all.yaml:13"],
        ["spec.selector", "all.yaml:28"],
    ]


def test_data(run: Run) -> None:
    """JSON and YAML are a List of the objects as they were read, empty where there are none."""
    items = json.loads(table(run, "-n", "shop", "po/db-1", "-o", "json"))["items"]
    again = yaml.safe_load(table(run, "-n", "shop", "po/db-1", "-oyaml"))["items"]
    documents = list(yaml.safe_load_all(CLUSTER))
    assert items == again == [documents[2], documents[5]]
    nothing = run("who-selects", "-f", "all.yaml", "svc/web", "-o", "json")
    assert json.loads(nothing.stdout)["items"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("svc/web", "Nothing selects service/web in default namespace.\n"),
        ("-A cj/night", "Nothing selects cronjob.batch/night's pods in default namespace.\n"),
        ("no/n1", "Nothing selects node/n1.\n"),
    ],
)
def test_nothing_selects_it(run: Run, words: str, message: str) -> None:
    """That nothing selects an object is no failure; standard error says so."""
    result = run("who-selects", "-f", "all.yaml", *words.split())
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", message)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("-l teir=x", "No object here has the label teir\n"),
        ("-l ap=web", "No object here has the label ap; did you mean app?\n"),
        ("-l app=wbe", "No object here has app=wbe; there is app=web\n"),
        ("--annotation-selector note=a", "No object here has the annotation note\n"),
    ],
)
def test_a_label_that_no_object_has(run: Run, words: str, told: str) -> None:
    """Among the objects with selectors: pods have the label tier, and select nothing."""
    result = run("who-selects", "-f", "all.yaml", "-n", "shop", "deploy/web", *words.split())
    nothing = (
        "No object with such labels and annotations selects deployment.apps/web's pods in shop"
    )
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{nothing} namespace.\n{told}"


NO_DEPLOYMENT = "deploy/web is not in namespace default, but in shop: add -n shop"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("deploy/web", NO_DEPLOYMENT),
        ("-n shop deploy/wbe", "deploy/wbe not found; did you mean deployment.apps/web in name"),
        ("-n shop po/d", "po/d not found; did you mean pod/db-1 in namespace shop?"),
        # A workload is named where a pod is asked for by the workload's name.
        (
            "-n shop po/web",
            "other objects of that name: deployment.apps/web in namespace shop, service/web in ",
        ),
        ("ds/x", "ds/x not found: the input has no ds"),
        ("-n shop pod/nothing", "pod/nothing not found in namespace shop\n"),
        ("-n shop pod/web,db", "pod/web,db not found: separate names with a space\n"),
        (
            "cm/settings",
            "monitors, nodes and namespaces; configmap/settings is none of them, and makes no po",
        ),
        (
            "depoy/web",
            '"depoy" is not a kind: neither Kubernetes nor the input has a kind',
        ),
        ("-f none.yaml po/x", "none.yaml: no such file or directory"),
    ],
)
def test_failures(run: Run, words: str, message: str) -> None:
    """What is not there, or cannot be selected, ends with status 1 and one message that helps."""
    result = run("who-selects", "-f", "all.yaml", *words.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("error:") == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["po/a"], "nothing to read: name a file or a folder with -f PATH, or standard input"),
        (["-f", "x"], "no object is named: write pod/NAME, or pod NAME\n"),
        (["-f", "x", "po"], "no object is named: write po/NAME, or po NAME\n"),
        (["-f", "x", "web"], "web is no kind: write KIND/NAME, for example deploy/web\n"),
        (["-f", "x", "app=web"], "app=web is no kind: write KIND/NAME, for example deploy/web\n"),
        (["-f", "x", "po/"], '"po/" is not the name of an object'),
        (["-f", "x", "/a"], '"/a" is not the name of an object'),
        (["-f", "x", "a/b/c"], '"a/b/c" is not the name of an object'),
        (["-f", "x", "po/a", "po/b"], "expected one object, got po/a, po/b\n"),
        (["-f", "x", "po", "a", "b"], "expected one object, got po/a, po/b\n"),
        (["-f", "x", "po", ""], "a word is blank"),
        (["-f", "x", "-o", "xml", "po/a"], "'xml' is not one of"),
        (["--nonsense"], "labelsel who-selects has no option --nonsense"),
    ],
)
def test_usage_errors(run: Run, words: list[str], message: str) -> None:
    """Words that make no sense have status 2 and a sentence."""
    result = run("who-selects", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


PATCHED = """\
kind: Pod
apiVersion: v1
metadata: {name: p}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}}
"""
PATCH = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec: {replicas: 2}
---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: wall}
spec: {ingress: [{from: [{podSelector: {}}]}]}
"""


def test_patches(run: Run, tmp_path: Path) -> None:
    """A patch selects nothing, is no second object of its name, and is said to be left out."""
    (tmp_path / "base.yaml").write_text(PATCHED)
    (tmp_path / "more.yaml").write_text(PATCH)
    resources, patches = "resources: [base.yaml]\n", "patches: [{path: more.yaml}]\n"
    (tmp_path / "kustomization.yaml").write_text(resources + patches)
    files = "-f", "base.yaml", "-f", "more.yaml", "-f", "kustomization.yaml", "-o", "name"
    result = run("who-selects", *files, "deploy/web")
    assert (result.exit_code, result.stdout) == (0, "deployment.apps/web\n")
    left_out = "left out as patches of kustomize: 1 of 2 files; -k DIR reads what it builds\n"
    assert left_out in result.stderr
    result = run("who-selects", *files, "po/p")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing selects pod/p" in result.stderr
    # Nothing names the file as a patch, so it is a Deployment whose pods are not known.
    result = run("who-selects", "-f", "more.yaml", "deploy/web")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "deployment.apps/web has no labels in its template, so its pods are" in result.stderr
    (tmp_path / "kustomization.yaml").write_text(resources)
    result = run("who-selects", "-f", "base.yaml", "-f", "kustomization.yaml", "deploy/web")
    assert result.exit_code == 0
    assert "left out" not in result.stderr


COPIES = "".join(
    "{kind: CronJob, apiVersion: batch/v1, metadata: {name: web}, spec: {jobTemplate: "
    f"{{spec: {{template: {{metadata: {{labels: {labels}}}}}}}}}}}}}\n---\n"
    for labels in ("{app: web}", "{app: old}", "{}")
) + "".join(
    f"{{kind: Service, apiVersion: v1, metadata: {{name: {name}}}, "
    "spec: {selector: {app: web}}}\n---\n"
    for name in ("web", "all")
)
UNKNOWN = "cronjob.batch/web has no labels in its template, so its pods are not known; "


def test_copies(run: Run) -> None:
    """Each object of a name has an answer under its file and line; one without labels is told."""
    words = ("who-selects", "-f", "-", "cj/web")
    result = run(*words, stdin=COPIES)
    assert result.stdout == (
        "cronjob.batch/web (standard input:1)\n"
        "KIND      NAME   SELECTOR\n"
        "Service   web    app=web\n"
        "Service   all    app=web\n"
    )
    assert result.stderr.startswith(f"left out, standard input:5: {UNKNOWN}")
    nothing = "Nothing selects cronjob.batch/web's pods (standard input:3) in default namespace.\n"
    assert result.stderr.endswith(nothing)
    assert result.exit_code == 0
    data = json.loads(run(*words, "-o", "json", stdin=COPIES).stdout)
    assert [
        (each["object"]["source"], [owner["metadata"]["name"] for owner in each["selected_by"]])
        for each in data
    ] == [("standard input:1", ["web", "all"]), ("standard input:3", [])]
    assert yaml.safe_load(run(*words, "-o", "yaml", stdin=COPIES).stdout) == data
    both = COPIES.replace("app: old", "app: web")
    one = COPIES.replace("labels: {app: old}", "labels: {}")
    assert run(*words, stdin=one).stdout == result.stdout
    assert len(json.loads(run(*words, "-o", "json", stdin=one).stdout)) == 1
    result = run(*words, "-o", "name", stdin=both)
    assert result.stdout == "service/web\nservice/all\n"
    assert run(*words, stdin=both).stdout.count("\n\ncronjob.batch/web (standard input:3)\n") == 1


def test_copies_in_several_namespaces(run: Run) -> None:
    """-A means all of them."""
    result = run("who-selects", "-f", "all.yaml", "-A", "svc/web")
    assert result.exit_code == 0
    assert result.stdout == (
        "service/web in namespace shop (all.yaml:8)\n"
        "NAMESPACE   KIND             NAME   SELECTOR\n"
        "watch       ServiceMonitor   all    app=web\n"
    )
    assert result.stderr == "Nothing selects service/web (all.yaml:41) in default namespace.\n"


def test_copies_without_labels(run: Run) -> None:
    """Where no object of the name can be selected, the run ends with the reason."""
    copy = "{kind: CronJob, apiVersion: batch/v1, metadata: {name: web}}"
    result = run("who-selects", "-f", "-", "cj/web", stdin=f"{copy}\n---\n{copy}")
    assert (result.exit_code, result.stdout) == (1, "")
    first, second = result.stderr.splitlines()
    assert first.startswith(f"error: standard input:1: {UNKNOWN}if kustomize adds them, read")
    assert second.startswith(f"standard input:3: {UNKNOWN}")


BAD = """
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: bad}
spec: {template: {metadata: {labels: {a: 1}}}}
---
kind: Pod
"""


def test_bad_input(run: Run, tmp_path: Path) -> None:
    """A bad object or selector ends the run; --keep-going tells of all and answers."""
    (tmp_path / "bad.yaml").write_text(BAD)
    words = ("who-selects", "-f", "bad.yaml", "-f", "all.yaml", "po/web-1", "-o", "name")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "bad.yaml, document 2 (line 8): Pod: no apiVersion" in result.stderr
    result = run(*words, "--keep-going")
    assert (result.exit_code, result.stdout) == (1, "service/web\n")
    bad = "bad.yaml, document 1 (line 3): DaemonSet/bad: spec"
    assert f"{bad}.selector: a DaemonSet must have one, and not an empty one" in result.stderr
    assert "error: 2 input errors (above)" in result.stderr
    (tmp_path / "bad.yaml").write_text(BAD.rpartition("---")[0])
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{bad}.selector: a DaemonSet must have one" in result.stderr
    # What is asked about must itself be good: there is no answer without it.
    result = run("who-selects", "-f", "bad.yaml", "ds/bad", "--keep-going")
    assert result.exit_code == 1
    assert f"{bad}.template.metadata.labels.a: must be a string, not the number 1" in result.stderr


def test_standard_input_and_folders(run: Run, tmp_path: Path) -> None:
    """All that -f names is read, folders as deep as -R says."""
    (tmp_path / "dir" / "sub").mkdir(parents=True)
    (tmp_path / "dir" / "a.json").write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    (tmp_path / "dir" / "sub" / "b.yaml").write_text(CLUSTER)
    words = ("who-selects", "-f", "dir", "po/web-1", "-o", "name")
    assert run(*words).stdout == "service/web\n"
    assert run(*words, "--no-recursive").exit_code == 1
    assert run(*words[:2], "-", *words[3:], stdin=CLUSTER).stdout == "service/web\n"


def test_hostile_text_cannot_reach_the_terminal(run: Run) -> None:
    """Names are printed with escapes, and brackets are no markup."""
    item: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "[b]\x1b[31m", "labels": {"a": "b"}},
        "spec": {"selector": {"a": "b"}},
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}}}
    text = json.dumps(item) + json.dumps(pod)
    result = run("who-selects", "-f", "-", "po/p", stdin=text)
    assert r"[b]\x1b[31m   a=b" in result.stdout
    result = run("who-selects", "-f", "-", "svc/[b]\x1b[31m", stdin=text)
    assert r"Nothing selects service/[b]\x1b[31m in" in result.stderr


@pytest.mark.slow
def test_colour_is_for_terminals(tmp_path: Path) -> None:
    """On a terminal the columns have their colours; with NO_COLOR they have none."""
    words = ("who-selects", "-A", "-f", str(tmp_path / "all.yaml"), "po/web-1")
    assert "\x1b[33mapp=web" in on_a_terminal(*words)
    assert "\x1b[3" not in on_a_terminal(*words, NO_COLOR="1")


def test_help(run: Run) -> None:
    """Help says what is looked at, and has examples."""
    text = run("who-selects", "--help").stdout
    assert "\n  Examples:\n    labelsel who-selects -n shop -f shop/ deploy/web" in text
    assert "who-selects" in run("--help").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Output that cannot be written is a failure, in one sentence."""
    path = str(tmp_path / "all.yaml")
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, "who-selects", "-A", "-f", path, "po/web-1") == 1
    expected = "error: the output cannot be written: No space left on device\n"
    assert capsys.readouterr().err == expected


#: In the manifests below all selectors are maps of labels, some as matchLabels.
SELECTING = {
    *("DaemonSet", "Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "PodMonitor"),
    *("ReplicaSet", "Service", "ServiceMonitor", "StatefulSet"),
}
WORKLOADS = {"DaemonSet", "Deployment", "Alertmanager", "Prometheus"}


def documents(folder: Path) -> Iterator[dict[str, Any]]:
    """The objects below a folder, read plainly."""
    for path in sorted(folder.rglob("*.yaml"), key=lambda path: path.parts):
        for document in yaml.safe_load_all(path.read_text()):
            yield from document.get("items", [document])


def of(item: dict[str, Any]) -> str:
    """The namespace of an object."""
    return str(item["metadata"].get("namespace", "default"))


def wanted(item: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The labels that an object selects, by its kind; of a policy those of its peers, too."""
    spec = item["spec"]
    if item["kind"] == "Service":
        yield spec["selector"]
        return
    selectors = [spec["podSelector" if item["kind"] == "NetworkPolicy" else "selector"]]
    if item["kind"] == "NetworkPolicy":
        rules = ((way, rule) for way in ("ingress", "egress") for rule in spec.get(way) or ())
        for way, rule in rules:
            for peer in rule.get("from" if way == "ingress" else "to") or ():
                assert peer.keys() == {"podSelector"}, "this check is too plain for these manifests"
                selectors.append(peer["podSelector"])
    for selector in selectors:
        assert selector.keys() == {"matchLabels"}, "this check is too plain for these manifests"
        yield dict(selector["matchLabels"])


def offered(item: dict[str, Any]) -> dict[str, str]:
    """The labels that an object shows to selectors."""
    if item["kind"] in {"Alertmanager", "Prometheus"}:
        return dict(item["spec"]["podMetadata"]["labels"])
    if item["kind"] == "Service":
        return dict(item["metadata"].get("labels", {}))
    return dict(item["spec"]["template"]["metadata"]["labels"])


def does_select(owner: dict[str, Any], item: dict[str, Any]) -> bool:
    """Whether one object of the manifests selects another."""
    if (owner["kind"] == "ServiceMonitor") != (item["kind"] == "Service"):
        return False
    scope = owner["spec"].get("namespaceSelector", {}).get("matchNames", [of(owner)])
    return of(item) in scope and any(
        labels.items() <= offered(item).items() for labels in wanted(owner)
    )


@pytest.mark.slow
@pytest.mark.skipif(not MANIFESTS.is_dir(), reason=f"no real manifests at {MANIFESTS}")
def test_real_manifests(run: Run) -> None:
    """On real manifests the command finds, for every object, what a plain reading finds."""
    objects = [item for item in documents(MANIFESTS) if "kind" in item]
    owners = [item for item in objects if item["kind"] in SELECTING]
    asked = [item for item in objects if item["kind"] in WORKLOADS | {"Service"}]
    assert not any(item["kind"] in {"Pod", "StatefulSet", "Job", "CronJob"} for item in objects)
    pairs = 0
    for item in asked:
        expected = [
            (owner["kind"], owner["metadata"]["name"], of(owner))
            for owner in owners
            if does_select(owner, item)
        ]
        name = f"{item['kind']}/{item['metadata']['name']}"
        result = run("who-selects", "-f", str(MANIFESTS), "-n", of(item), name, "-o", "json")
        found = json.loads(result.stdout)["items"]
        assert [
            (owner["kind"], owner["metadata"]["name"], of(owner)) for owner in found
        ] == expected
        pairs += len(expected)
    assert len(asked) > 30
    assert pairs > 50


MONITORED = """\
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: watch}
spec:
  serviceMonitorSelector: {matchLabels: {team: a}}
  serviceMonitorNamespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web, namespace: shop, labels: {team: a}}
spec: {selector: {}}
"""


def test_who_selects_a_monitor(run: Run, tmp_path: Path) -> None:
    """A Prometheus selects monitors, also in namespaces that it names by their label."""
    path = tmp_path / "monitors.yaml"
    path.write_text(MONITORED)
    shown = run("who-selects", "-n", "shop", "-f", str(path), "servicemonitor/web", "-o", "wide")
    assert shown.exit_code == 0
    assert "Prometheus" in shown.stdout
    assert "spec.serviceMonitorSelector" in shown.stdout
    data = run("who-selects", "-n", "shop", "-f", str(path), "servicemonitor/web", "-o", "json")
    assert json.loads(data.stdout)["items"][0]["metadata"]["name"] == "main"
