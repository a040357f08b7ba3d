"""``labelsel nodes-for``: the nodes that a pod may run on, and what the others lack."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run
from tests.cli.test_process import on_a_terminal

CLUSTER = """\
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {disk: ssd, zone: a}}
spec: {taints: [{key: a, effect: PreferNoSchedule}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {disk: ssd, zone: b}}
---
apiVersion: v1
kind: Node
metadata: {name: n3, labels: {disk: hdd, zone: b}}
---
apiVersion: longhorn.io/v1beta2
kind: Node
metadata: {name: n4, namespace: longhorn, labels: {disk: ssd}}
"""
PODS = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    spec:
      nodeSelector: {disk: ssd}
      affinity:
        nodeAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 20
              preference: {matchExpressions: [{key: zone, operator: In, values: [b]}]}
            - weight: 5
              preference: {matchFields: [{key: metadata.name, operator: In, values: [n2]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: any}
---
apiVersion: v1
kind: Pod
metadata: {name: none}
spec: {nodeSelector: {disk: tape}}
---
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec: {affinity: {nodeAfinity: {}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: any}
"""
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


@pytest.fixture(autouse=True)
def manifests(tmp_path: Path) -> Path:
    """The files that the command reads, in the folder that it runs in."""
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    (tmp_path / "pods.yaml").write_text(PODS)
    return tmp_path


FILES = ("-f", "cluster.yaml", "-f", "pods.yaml")


def test_tables(run: Run) -> None:
    """Nodes that fit come first, the most preferred on top; then the others with what they lack."""
    result = run("nodes-for", *FILES, "-n", "shop", "sts/db")
    assert result.exit_code == 0
    assert result.stdout == (
        "FITS   WEIGHT   PREFERNOSCHEDULE   PREFERENCE\n"
        "n2     25                          +20 zone in (b)\n"
        "                                   +5 metadata.name in (n2)\n"
        "n1     0        a\n"
        "\n"
        "REFUSED   REQUIREMENT   HAS\n"
        "n3        disk=ssd      disk=hdd\n"
    )
    assert result.stderr == ""


def test_wide(run: Run) -> None:
    """Wide says where each line comes from: the part of the object, and the node's document."""
    lines = run("nodes-for", *FILES, "-n", "shop", "sts/db", "-o", "wide").stdout.splitlines()
    path = f"spec.template.spec.affinity.nodeAffinity.{PREFERRED}"
    assert [line.split() for line in lines[1:3]] == [
        ["n2", "25", "+20", "zone", "in", "(b)", f"{path}[0]", "cluster.yaml:6"],
        ["+5", "metadata.name", "in", "(n2)", f"{path}[1]"],
    ]
    headings = ["FITS", "WEIGHT", "PREFERNOSCHEDULE", "PREFERENCE", "PREFERRED", "BY", "SOURCE"]
    assert lines[0].split() == headings
    assert lines[-1].split() == [
        *("n3", "disk=ssd", "disk=hdd", "spec.template.spec.nodeSelector", "cluster.yaml:10")
    ]


def test_without_preferences(run: Run) -> None:
    """A pod that asks for nothing fits every node; there is no second table."""
    result = run("nodes-for", *FILES, "pod", "any")
    assert result.stdout == (
        "FITS   WEIGHT   PREFERNOSCHEDULE\nn1     0        a\nn2     0\nn3     0\n"
    )
    wide = run("nodes-for", *FILES, "pod/any", "-o=wide").stdout
    assert wide.splitlines()[0] == "FITS   WEIGHT   PREFERNOSCHEDULE   SOURCE"


def test_no_node_fits(run: Run) -> None:
    """Then there is one table, and standard error says so; the status is 0."""
    result = run("nodes-for", *FILES, "pod/none")
    assert result.stdout.splitlines()[:2] == [
        "REFUSED   REQUIREMENT   HAS",
        "n1        disk=tape     disk=ssd",
    ]
    assert (result.exit_code, result.stderr) == (0, "No node fits pod/none.\n")


def test_no_nodes(run: Run) -> None:
    """Where the input has no nodes, or -l leaves none, that is said."""
    expected = "The input has no nodes: name their manifests with -f, too.\n"
    for words, message in (
        (("-f", "pods.yaml"), expected),
        ((*FILES, "-l", "rack"), "No resources found\nNo Node here has the label rack\n"),
    ):
        result = run("nodes-for", *words, "pod/any")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", message)


def test_some_of_the_nodes(run: Run) -> None:
    """-l leaves out nodes; a custom kind that is called Node is none."""
    result = run("nodes-for", *FILES, "-l", "zone=b", "-A", "sts/db", "-o", "name")
    assert result.stdout == "node/n2\n"
    assert run("nodes-for", *FILES, "pod/any", "-o", "name").stdout == "node/n1\nnode/n2\nnode/n3\n"


def test_data(run: Run) -> None:
    """JSON and YAML have all that the tables have."""
    words = ("nodes-for", *FILES, "-n", "shop", "sts/db")
    data = json.loads(run(*words, "-o", "json").stdout)
    assert data == {
        "object": {
            "kind": "StatefulSet",
            "apiVersion": "apps/v1",
            "namespace": "shop",
            "name": "db",
            "source": "pods.yaml:1",
        },
        "fitting": [
            {
                "node": "n2",
                "weight": 25,
                "preferences": [
                    {
                        "path": f"spec.template.spec.affinity.nodeAffinity.{PREFERRED}[0]",
                        "weight": 20,
                        "selector": "zone in (b)",
                    },
                    {
                        "path": f"spec.template.spec.affinity.nodeAffinity.{PREFERRED}[1]",
                        "weight": 5,
                        "selector": "metadata.name in (n2)",
                    },
                ],
                "avoided": [],
            },
            {"node": "n1", "weight": 0, "preferences": [], "avoided": ["a:PreferNoSchedule"]},
        ],
        "refused": [
            {
                "node": "n3",
                "unmet": [
                    {
                        "cause": "nodeSelector",
                        "object": data["object"],
                        "path": "spec.template.spec.nodeSelector",
                        "requirement": "disk=ssd",
                        "has": "disk=hdd",
                    }
                ],
            }
        ],
        "ignored": [],
        "assumptions": [],
        "errors": [],
    }
    assert yaml.safe_load(run(*words, "-o", "yaml").stdout) == data


COPIES = """\
{kind: Pod, apiVersion: v1, metadata: {name: p}, spec: {nodeSelector: {disk: ssd}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: p}, spec: {nodeSelector: {zone: b}}}
"""


def test_copies(run: Run) -> None:
    """Each object of a name has an answer under its file and line; names fit all of them."""
    words = ("nodes-for", "-f", "cluster.yaml", "-f", "-", "po/p")
    lines = run(*words, stdin=COPIES).stdout.splitlines()
    at = lines.index("pod/p (standard input:3)")
    assert (lines[0], lines[at - 1]) == ("pod/p (standard input:1)", "")
    assert [line.split()[0] for line in lines[at + 1 :] if line] == [
        *("FITS", "n2", "n3"),
        *("REFUSED", "n1"),
    ]
    data = json.loads(run(*words, "-o", "json", stdin=COPIES).stdout)
    assert [
        (each["object"]["source"], [fitting["node"] for fitting in each["fitting"]])
        for each in data
    ] == [("standard input:1", ["n1", "n2"]), ("standard input:3", ["n2", "n3"])]
    assert run(*words, "-o", "name", stdin=COPIES).stdout == "node/n2\n"
    tape = run(*words, stdin=COPIES.replace("zone: b", "disk: tape"))
    assert tape.stderr == "No node fits pod/p (standard input:3).\n"
    nowhere = run("nodes-for", "-f", "-", "po/p", stdin=COPIES)
    assert nowhere.stdout == ""
    assert nowhere.stderr == "The input has no nodes: name their manifests with -f, too.\n"


def test_patches(run: Run, manifests: Path) -> None:
    """A patch that a Kustomization names is no object, which a line says."""
    (manifests / "patch.yaml").write_text("{kind: Pod, apiVersion: v1, metadata: {name: any}}\n")
    (manifests / "kustomization.yaml").write_text("patches: [{path: patch.yaml}]\n")
    files = (*FILES, "-f", "patch.yaml", "-f", "kustomization.yaml")
    result = run("nodes-for", *files, "pod/any", "-o", "json")
    assert json.loads(result.stdout)["object"]["source"].startswith("pods.yaml:")
    assert "left out as patches of kustomize: 1 of 3 files; -k DIR reads what" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("cm/any", "pods.yaml, document 5 (line 30): ConfigMap/any: it makes no pods: "),
        (
            "pod/bad",
            "pods.yaml, document 4 (line 25): Pod/bad: spec.affinity.nodeAfinity: unknown field; ",
        ),
        ("sts/db", "sts/db is not in namespace default, but in shop: add -n shop\n"),
        ("pod/ay", "pod/ay not found; did you mean pod/any?\n"),
        ("pod/any -l a,,", "-l 'a,,': not a valid selector: "),
        ("nope/any", '"nope" is not a kind: '),
        ("pod/any -f none.yaml", "none.yaml: no such file or directory\n"),
    ],
)
def test_failures(run: Run, words: str, message: str) -> None:
    """A failure has status 1, one message on standard error, and nothing on standard output."""
    result = run("nodes-for", *FILES, *words.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {message}")
    assert result.stderr.count("error:") == 1


def test_usage_errors(run: Run) -> None:
    """Words that make no sense have status 2 and a sentence."""
    for words, message in (
        (("pod/any",), "nothing to read"),
        (("-f", "x"), "no object is named: write pod/NAME, or pod NAME"),
        (("-f", "x", "pod", "any", "none"), "expected one object, got pod/any, pod/none"),
    ):
        result = run("nodes-for", *words)
        assert (result.exit_code, message in result.stderr) == (2, True)


def test_keep_going(run: Run, manifests: Path) -> None:
    """With --keep-going bad input is told, and the rest is answered."""
    (manifests / "bad.yaml").write_text("kind: Pod\n")
    result = run("nodes-for", *FILES, "-f", "bad.yaml", "pod/any", "-o", "name", "--keep-going")
    assert (result.exit_code, result.stdout.count("node/")) == (1, 3)
    assert "error: 1 input error (above)" in result.stderr


@pytest.mark.slow
def test_colour_is_for_terminals(manifests: Path) -> None:
    """On a terminal nodes that fit are green, the others red."""
    paths = [str(manifests / name) for name in ("cluster.yaml", "pods.yaml")]
    seen = on_a_terminal("nodes-for", "-f", paths[0], "-f", paths[1], "-A", "sts/db")
    assert "\x1b[1;32mn2" in seen
    assert "\x1b[1;31mn3" in seen
    assert "\x1b[33m+20 zone in (b)" in seen


def test_help(run: Run) -> None:
    """Help says what is not looked at, and has examples."""
    text = run("nodes-for", "--help").stdout
    assert "Not considered are resources, volumes, host ports" in " ".join(text.split())
    assert "\n  Examples:\n    labelsel nodes-for" in text


def test_no_column_of_what_no_node_has(run: Run) -> None:
    """Nodes without taints have no column about them."""
    result = run("nodes-for", *FILES, "pod", "any", "-l", "disk=hdd")
    assert (result.stdout, result.stderr) == ("FITS   WEIGHT\nn3     0\n", "")


SCHEDULED = """\
{kind: Pod, apiVersion: v1, metadata: {name: old, labels: {app: web}},
 spec: {nodeName: n2, affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [
   {topologyKey: zone, labelSelector: {matchLabels: {app: web}}}]}}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: new, labels: {app: web}},
 spec: {tolerations: [{key: gpu, operator: Exist}], schedulingGates: [{name: wait}],
   affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [
     {topologyKey: zone, labelSelector: {matchLabels: {app: web}}}]},
   nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
     {matchExpressions: [{key: disk, operator: Gt, values: [many]}]},
     {matchExpressions: [{key: disk, operator: Exists}]}]}}}}}
---
{kind: Node, apiVersion: v1, metadata: {name: n5, labels: {disk: ssd, zone: c}},
 spec: {taints: [{key: gpu, value: "yes", effect: NoExecute}], unschedulable: true}}
"""


def test_what_keeps_the_pod_off(run: Run) -> None:
    """Each obstacle has a row; wide names the object and the path that it comes from."""
    words = ("nodes-for", "-f", "cluster.yaml", "-f", "-", "pod/new")
    result = run(*words, "-o", "wide", stdin=SCHEDULED)
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    affinity = "spec.affinity.podA{}ffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
    taints = "tolerated taints only"
    source = "node/n5: spec.unschedulable standard input:13"
    near = "a pod with app=web in its zone no such pod"
    closed = "node.kubernetes.io/unschedulable:NoSchedule"
    old = "pod/old of namespace default in zone=b"
    repelled = f"no pod in its zone that keeps away pods with app=web {old} pod/old: "
    assert rows == [
        "REFUSED REQUIREMENT HAS REQUIRED BY SOURCE",
        f"n1 {near} in zone=a {affinity.format('')} cluster.yaml:1",
        f"n2 {repelled}{affinity.format('ntiA')} cluster.yaml:6",
        f"n3 {repelled}{affinity.format('ntiA')} cluster.yaml:10",
        f"n5 {taints} gpu=yes:NoExecute node/n5: spec.taints[0] standard input:13",
        f"n5 {taints} {closed} {source}",
        f"n5 {near} in zone=c {affinity.format('')} standard input:13",
    ]
    # What cannot be read is left out, reported with its path, and the status is 1.
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[:2] == ["No node fits pod/new.", "Not considered: schedulingGates of pod/new."]
    terms = "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    assert "(line 5): Pod/new: spec.affinity.nodeAffinity." + terms in lines[2]
    assert "spec.tolerations[0].operator: must be Equal or Exists, not 'Exist'" in lines[3]
    ending = "2 input errors (above); the result covers only the parts that were read"
    assert lines[4].endswith(ending)


def test_data_of_obstacles(run: Run) -> None:
    """The data has the object and the path of each obstacle, and what the answer rests on."""
    words = ("nodes-for", "-f", "cluster.yaml", "-f", "-", "pod/new", "-o", "json")
    data = json.loads(run(*words, stdin=SCHEDULED).stdout)
    first, *_ = data["refused"][1]["unmet"]
    assert (first["cause"], first["object"]["name"]) == ("podAntiAffinity", "old")
    assert (data["ignored"], len(data["errors"])) == (["schedulingGates"], 2)
    alone = SCHEDULED.replace("nodeName: n2, ", "")
    data = json.loads(run(*words, stdin=alone).stdout)
    assert [each["node"] for each in data["fitting"]] == ["n1", "n2", "n3"]
    assert data["assumptions"] == [
        (
            "the cluster runs no pods, because no pod of the input has a spec.nodeName; "
            "that is for podAffinity"
        )
    ]
    assert "Assumed: the cluster runs no pods" in run(*words[:-2], stdin=alone).stderr


def test_other_nodes_count(run: Run) -> None:
    """-l leaves nodes out of the answer, and not out of the domains of the spread."""
    spread = """\
{kind: Pod, apiVersion: v1, metadata: {name: old, labels: {app: web}}, spec: {nodeName: n1}}
---
{kind: Pod, apiVersion: v1, metadata: {name: new, labels: {app: web}},
 spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone,
   whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]}}
"""
    words = ("nodes-for", "-f", "cluster.yaml", "-f", "-", "pod/new", "-l", "zone=a")
    data = json.loads(run(*words, "-o", "json", stdin=spread).stdout)
    assert (data["fitting"], len(data["refused"])) == ([], 1)
