"""``labelsel reach``: whether NetworkPolicies let one pod talk to another, and what decides."""

import json
import re
from pathlib import Path

import pytest
import yaml

from labelsel.cli.part_lines import PartLines
from labelsel.kubernetes import Resource, Source
from labelsel.kubernetes.model.resource import TextLocation
from tests.cli.conftest import Run
from tests.cli.test_process import on_a_terminal

SHOP = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{ports: [{name: sql, containerPort: 5432}, {containerPort: 9090}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{ports: [{name: dns, containerPort: 53, protocol: UDP}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: data, labels: {app: job}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from:
    - podSelector: {matchLabels: {app: web}}
    - namespaceSelector: {matchLabels: {team: data}}
    ports:
    - port: sql
  - from:
    - ipBlock: {cidr: 10.0.0.0/8}
    ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: db, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bare, namespace: shop}
spec: {template: {}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: shop}
"""
FILE = ("-f", "shop.yaml")


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)


def shown(run: Run, *words: str) -> str:
    """What a run prints that ends well and has nothing to say beside it."""
    result = run("reach", *FILE, *words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def cells(text: str) -> list[list[str]]:
    """The cells of each line."""
    return [re.split(" {3,}", line) for line in text.splitlines()]


FROM_WEB = "from pods app=web in namespace shop: TCP sql (5432)"
FROM_TEAM = "from all pods in namespaces team=data: TCP sql (5432)"
FROM_BLOCK = "from CIDR 10.0.0.0/8: TCP 80"
NO_EGRESS = ["egress", "allowed", "<none>", "no policy about egress selects pod/web"]


def test_allowed(run: Run) -> None:
    """Each side has its answer, with the term that decides, and the line of the term."""
    assert cells(shown(run, "-n", "shop", "pod/web", "pod/db", "--port", "5432")) == [
        ["allowed: pod/web to pod/db, TCP 5432"],
        ["SIDE", "ANSWER", "POLICY", "TERM", "SOURCE"],
        NO_EGRESS,
        ["ingress", "allowed", "db", FROM_WEB, "shop.yaml:26"],
    ]


def test_denied(run: Run) -> None:
    """All terms are shown with what the other pod has, and policies that have none."""
    words = "-n", "shop", "po", "web", "db", "--port", "5433", "--no-headers"
    assert cells(shown(run, *words)) == [
        ["denied: pod/web to pod/db, TCP 5433"],
        NO_EGRESS,
        ["ingress", "denied", "db", FROM_WEB, "allows other ports", "shop.yaml:26"],
        ["ingress", "denied", "db", FROM_TEAM, NO_TEAM, "shop.yaml:27"],
        ["ingress", "denied", "db", FROM_BLOCK, "not judged: allows CIDR 10.0.0.0/8", SOURCE],
        ["ingress", "denied", "deny", "no rule of ingress", "allows nothing", "shop.yaml:37"],
    ]


NO_TEAM = "the input has no Namespace shop: team is not known"
SOURCE = "shop.yaml:31"


def test_not_known(run: Run) -> None:
    """The terms that may allow the traffic are shown; wide shows all terms, and their paths."""
    words = "-n", "data", "pod/job", "pod/db", "--to-namespace", "shop"
    first, headings, egress, team, block = cells(shown(run, *words))
    assert first == [
        "not known: pod/job in namespace data to pod/db in namespace shop, TCP 80, TCP 5432"
    ]
    assert headings == ["SIDE", "ANSWER", "POLICY", "TERM", "WHY", "SOURCE"]
    assert egress[3] == "no policy about egress selects pod/job"
    assert team[1:4] == ["not known", "db", FROM_TEAM]
    assert team[4] == "the input has no Namespace data: team is not known"
    assert block[1:4] == ["not known", "db", FROM_BLOCK]
    wide = cells(shown(run, *words, "-o", "wide"))
    assert wide[1][-2:] == ["PATH", "SOURCE"]
    assert [row[-2] for row in wide[3:]] == [
        "spec.ingress[0].from[0]",
        "spec.ingress[0].from[1]",
        "spec.ingress[1].from[0]",
        "spec",
    ]
    assert wide[3][4] == "is in namespace data; has app=job"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("-n shop pod/web pod/db", "allowed: pod/web to pod/db, TCP 5432; not known: TCP 80"),
        ("-n shop pod/web pod/db --port sql", "allowed: pod/web to pod/db, TCP 5432"),
        ("-n shop pod/web pod/db --port sql/tcp", "allowed: pod/web to pod/db, TCP 5432"),
        ("-n shop pod/web pod/db --port 5432/UDP", "denied: pod/web to pod/db, UDP 5432"),
        ("-n shop pod/web pod/db --port 80", "not known: pod/web to pod/db, TCP 80"),
        ("-n shop pod/db pod/web", "denied: pod/db to pod/web, all ports"),
        ("-n data pod/job pod/db --port dns/UDP", "allowed: pod/job to pod/db, UDP 53"),
        ("-n data pod/job pod/db", "allowed: pod/job to pod/db, all ports"),
    ],
)
def test_first_lines(run: Run, words: str, first: str) -> None:
    """The first line has the answer, and the ports that it is about."""
    assert shown(run, *words.split()).splitlines()[0] == first


def test_many_terms(run: Run) -> None:
    """Five of them are shown, and how many more there are; wide shows all."""
    peers = "".join(f"    - podSelector: {{matchLabels: {{app: a{n}}}}}\n" for n in range(7))
    policy = "kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {name: many}\n"
    pods = "---\n".join(
        f"kind: Pod\napiVersion: v1\nmetadata: {{name: {name}}}\n" for name in ("a", "b")
    )
    text = f"{policy}spec:\n  ingress:\n  - from:\n{peers}---\n{pods}"
    result = run("reach", "-f", "-", "pod/a", "pod/b", stdin=text)
    assert result.stdout.count("ingress   denied") == 5
    assert result.stderr == "ingress: 2 more terms; -o wide shows them\n"
    # Nobody can read standard input again: each term has the line of its policy.
    assert result.stdout.count("standard input:1\n") == 5
    wide = run("reach", "-f", "-", "pod/a", "pod/b", "-o", "wide", stdin=text)
    assert wide.stdout.count("ingress   denied") == 7
    assert wide.stderr == ""


def test_a_file_that_is_gone() -> None:
    """If nobody can read the text again, a part has the line of its object."""
    source = Source("gone.yaml", 1, 7, TextLocation(b"", 0, json=False))
    policy = Resource("NetworkPolicy", "networking.k8s.io/v1", None, "a", {}, {}, {}, source)
    assert PartLines().source(policy, ("spec", "ingress")) == "gone.yaml:7"


def test_data(run: Run) -> None:
    """JSON and YAML have both sides, with all policies and terms."""
    words = "-n", "shop", "pod/web", "pod/db", "--port", "sql", "-o"
    data = json.loads(shown(run, *words, "json"))
    assert yaml.safe_load(shown(run, *words, "yaml")) == data
    assert (data["source"]["name"], data["destination"]["name"]) == ("web", "db")
    asked = [{"protocol": "TCP", "port": 5432, "endPort": 5432}]
    assert (data["answer"], data["ports"], data["allowed"]) == ("allowed", asked, asked)
    assert data["unknown"] == [{"protocol": "TCP", "port": 80, "endPort": 80}]
    assert (data["egress"]["answer"], data["egress"]["terms"]) == ("allowed", [])
    ingress = data["ingress"]
    assert [each["name"] for each in ingress["policies"]] == ["db", "deny"]
    assert [each["answer"] for each in ingress["terms"]] == ["allowed", "unknown", "denied"]
    assert ingress["terms"][1] == {
        "policy": {
            "kind": "NetworkPolicy",
            "apiVersion": "networking.k8s.io/v1",
            "namespace": "shop",
            "name": "db",
            "source": "shop.yaml:19",
        },
        "path": "spec.ingress[0].from[1]",
        "source": "shop.yaml:27",
        "peer": "all pods in namespaces team=data",
        "ports": "TCP sql (5432)",
        "answer": "unknown",
        "reason": NO_TEAM,
    }
    assert ingress["notes"] == []
    template = "jsonpath={.answer} {.ports}"
    assert shown(run, "-n", "shop", "pod/db", "pod/web", "-o", template) == "denied null"


def test_names(run: Run) -> None:
    """Name prints the policies that decide."""
    name = "networkpolicy.networking.k8s.io/"
    words = "-n", "shop", "pod/web", "pod/db", "-o", "name", "--port"
    assert shown(run, *words, "5432") == f"{name}db\n"
    assert shown(run, *words, "1") == f"{name}db\n{name}deny\n"


def test_pairs(run: Run) -> None:
    """Where several objects have a name, each pair has an answer under its own line."""
    text = shown(run, "-A", "pod/web", "pod/db", "--port", "5432")
    web = "pod/web in namespace shop (shop.yaml:1)"
    lines = [line for line in text.splitlines() if line.startswith("allowed: ")]
    assert lines == [
        f"allowed: {web} to pod/db in namespace shop (shop.yaml:5), TCP 5432",
        f"allowed: {web} to pod/db in namespace data (shop.yaml:10), TCP 5432",
    ]
    data = json.loads(shown(run, "-A", "pod/web", "pod/db", "-o", "json"))
    assert [each["destination"]["namespace"] for each in data] == ["shop", "data"]


def test_itself(run: Run) -> None:
    """A pod always reaches itself, which standard error says."""
    result = run("reach", *FILE, "-n", "shop", "pod/db", "pod/db")
    # Without a policy there is no column of lines.
    assert cells(result.stdout)[1] == ["SIDE", "ANSWER", "POLICY", "TERM"]
    assert cells(result.stdout)[0] == ["allowed: pod/db to pod/db, all ports"]
    note = "pod/db is the source and the destination: a pod always reaches itself\n"
    assert result.stderr == note


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("pod/web pod/db", "pod/web is not in namespace default, but in shop: add -n shop"),
        (
            "-n shop pod/web pod/job",
            "pod/job is not in namespace shop, but in data: add --to-namespace data",
        ),
        ("-n shop pod/web pod/dbx", "pod/dbx not found; did you mean pod/db in namespace shop?"),
        (
            "-n shop svc/db pod/db",
            "shop.yaml:39: reach is about pods; service/db is not a pod, and ",
        ),
        ("-n shop svc/db pod/db", "makes no pods: name a pod or a workload behind it\n"),
        (
            "-n shop pod/db cm/db",
            "reach is about pods; configmap/db is not a pod, and makes no pods\n",
        ),
        (
            "-n shop deploy/bare pod/db",
            "deployment.apps/bare has no labels in its template, so its",
        ),
        (
            "-n shop pod/web pod/db --port http",
            "pod/db has no port TCP http; its containers name sql (TCP 5432)",
        ),
        (
            "-n shop pod/db pod/web --port http",
            "pod/web has no port TCP http; no port of its containers has a name: give its number",
        ),
        (
            "-n shop pod/web prometheus/main --port web",
            "the ports of prometheus.monitoring.coreos.com/main's pods are not known: give its num",
        ),
    ],
)
def test_failures(run: Run, words: str, message: str) -> None:
    """What is not there, or is no pod, ends with status 1 and one message that helps."""
    result = run("reach", *FILE, *words.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("error:") == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("pod/web", "expected two objects, the source and the destination: write KIND/NAME KIND/"),
        ("pod/a pod/b pod/c", "as in deploy/web sts/db; got pod/a pod/b pod/c\n"),
        ("pod", "write KIND/NAME KIND/NAME, as in deploy/web sts/db; got pod\n"),
        ("", "write KIND/NAME KIND/NAME, as in deploy/web sts/db\n"),
        ("checkout cache", "as in deploy/web sts/db; got checkout cache\n"),
        ("app=web app=db", "as in deploy/web sts/db; got app=web app=db\n"),
        ("deploy checkout sts cache", "as in deploy/web sts/db; got deploy checkout sts cache\n"),
        ("pod/a b", '"b" has no kind, as other names here have: write KIND/b\n'),
        ("pod/a/x pod/b", '"pod/a/x" is not the name of an object: write KIND/NAME'),
        ("pod/a pod/b 6379", "6379 is not an object: a port is written --port 6379\n"),
        ("pod/a pod/b :80/udp", ":80/udp is not an object: a port is written --port 80/udp\n"),
        ("pod/a pod/b redis", "redis is not an object: a port is written --port redis\n"),
        ("pod a b 6379", "6379 is not an object: a port is written --port 6379\n"),
        (
            "pod/a pod/b:80",
            "pod/b:80 is not KIND/NAME: write pod/b, and --port 80 for the",
        ),
        (
            "pod/a:80/TCP pod/b",
            "and --port 80/TCP for the port of the second object\n",
        ),
        ("pod/a pod/b -p 80", "labelsel reach has no option -p; did you mean --port?\n"),
        ("pod/a pod/b --port 0", "'0': a port is a number from 1 to 65535, or a name\n"),
        ("pod/a pod/b --port 65536", "'65536': a port is a number from 1 to 65535, or a name\n"),
        ("pod/a pod/b --port 1000000000", "a port is a number from 1 to 65535, or a name\n"),
        ("pod/a pod/b --port /UDP", "'/UDP': a port is a number from 1 to 65535, or a name\n"),
        ("pod/a pod/b --port 80/ICMP", "'80/ICMP': the protocol must be TCP, UDP or SCTP\n"),
        ("pod/a pod/b --port tcp/80", "'tcp/80': the port comes first: 80/TCP\n"),
        ("pod/a pod/b --port 80/", "'80/': the protocol must be TCP, UDP or SCTP\n"),
        ("pod/a pod/b -o custom", "'custom' is not one of"),
    ],
)
def test_usage_errors(run: Run, words: str, message: str) -> None:
    """Words that make no sense have status 2 and a sentence."""
    result = run("reach", *FILE, *words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split(" "))


BAD = """kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: bad, namespace: data}
spec: {ingress: [{form: []}]}
"""


def test_a_policy_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    """It ends the run; in a folder, or with --keep-going, its side is not known, with status 1."""
    (tmp_path / "bad.yaml").write_text(BAD)
    words = "reach", *FILE, "-f", "bad.yaml", "-n", "data", "pod/job", "pod/db"
    problem = (
        "bad.yaml, document 1 (line 1): NetworkPolicy/bad: spec.ingress[0].form: unknown field"
    )
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert problem in result.stderr
    result = run(*words, "--keep-going")
    assert result.exit_code == 1
    assert cells(result.stdout)[0] == ["not known: pod/job to pod/db, all ports"]
    assert result.stderr.count(problem) == 1
    note = "not judged: networkpolicy.networking.k8s.io/bad (bad.yaml:1) cannot be read"
    assert note in result.stderr.splitlines()
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "bad.yaml").write_text(BAD)
    result = run("reach", *FILE, "-f", "dir", "-n", "data", "pod/job", "pod/db")
    assert result.exit_code == 1
    assert cells(result.stdout)[0] == ["not known: pod/job to pod/db, all ports"]
    # It does not matter to pods of another namespace.
    result = run("reach", *FILE, "-f", "bad.yaml", "-n", "shop", "pod/web", "pod/db")
    assert (result.exit_code, result.stderr) == (0, "")


def test_policies_of_other_kinds(run: Run, tmp_path: Path) -> None:
    """Each that selects a pod is named, once, and the answer is not known."""
    (tmp_path / "more.yaml").write_text(
        "kind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\n"
        "metadata: {name: l7, namespace: data}\nspec: {endpointSelector: {}}\n"
    )
    result = run("reach", *FILE, "-f", "more.yaml", "-n", "data", "pod/job", "pod/db")
    assert result.exit_code == 0
    assert cells(result.stdout)[0] == ["not known: pod/job to pod/db, all ports"]
    name = "not judged: ciliumnetworkpolicy.cilium.io/l7 (more.yaml:1) selects"
    assert result.stderr == f"{name} pod/job\n{name} pod/db\n"


def test_what_was_not_judged_has_a_row(run: Run, tmp_path: Path) -> None:
    """Beside the terms that allow the traffic, instead of those that deny it."""
    (tmp_path / "more.yaml").write_text(
        "kind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\n"
        "metadata: {name: l7, namespace: shop}\nspec: {endpointSelector: {}}\n"
    )
    words = "reach", *FILE, "-n", "shop", "pod/web", "pod/db"
    before = cells(run(*words).stdout)
    assert [row[1] for row in before[2:]] == ["allowed", "allowed"]
    answer = ["not known", "<none>", "what was not judged", "see the lines 'not judged:'"]
    for more in ([], ["-o", "wide"]):
        rows = cells(run(*words, "-f", "more.yaml", *more).stdout)
        assert [row[:5] for row in rows if "what was not judged" in row] == [
            ["egress", *answer],
            ["ingress", *answer],
        ]
        assert not any("selects pod/web" in cell for row in rows for cell in row)
    shown = {row[1] for row in cells(run(*words, "-f", "more.yaml").stdout)[2:]}
    assert shown == {"not known", "allowed"}


KUSTOMIZATION = "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", ""),
        ("namespace: prod\n", "in ./shop.yaml; "),
        ("labels: [{pairs: {team: a}, includeTemplates: true}]\n", "in ./shop.yaml; "),
        ("commonLabels: {team: a}\n", "in ./shop.yaml; "),
    ],
)
def test_kustomize(run: Run, tmp_path: Path, more: str, told: str) -> None:
    """If kustomize changes what decides, a message says how to read what it builds."""
    text = f"{KUSTOMIZATION}resources: [shop.yaml]\n{more}"
    (tmp_path / "kustomization.yaml").write_text(text)
    result = run("reach", "-f", ".", "-n", "shop", "pod/web", "pod/db")
    assert result.exit_code == 0
    note = "not considered: kustomize sets labels or the namespace of objects "
    assert (f"{note}{told}-k DIR reads what it builds\n" in result.stderr) == bool(told)


def test_kustomize_in_several_files(run: Run, tmp_path: Path) -> None:
    """One file is named, and how many more there are."""
    pods, policies = SHOP.split("---\n", 4)[:4], SHOP.split("---\n", 4)[4]
    (tmp_path / "shop.yaml").unlink()
    (tmp_path / "pods.yaml").write_text("---\n".join(pods))
    (tmp_path / "policies.yaml").write_text(policies)
    text = f"{KUSTOMIZATION}resources: [pods.yaml, policies.yaml]\nnamespace: prod\n"
    (tmp_path / "kustomization.yaml").write_text(text)
    result = run("reach", "-f", ".", "-n", "shop", "pod/web", "pod/db")
    assert "namespace of objects in ./pods.yaml and 1 more; -k DIR reads" in result.stderr


@pytest.mark.slow
def test_colour_is_for_terminals(tmp_path: Path) -> None:
    """On a terminal the answers have a colour, and everything fits."""
    words = "reach", "-f", str(tmp_path / "shop.yaml"), "-n", "shop", "pod/web", "pod/db", "--port"
    seen = {port: on_a_terminal(*words, port, COLUMNS="300") for port in ("5432", "1", "80")}
    assert "\x1b[1;32mallowed\x1b[0m" in seen["5432"]
    assert "\x1b[1;31mdenied\x1b[0m" in seen["1"]
    assert "\x1b[1;33mnot known\x1b[0m" in seen["80"]


def test_help(run: Run) -> None:
    """Help says what is not judged, and has examples."""
    text = run("reach", "--help").stdout
    assert "Policies of Cilium, Calico, Antrea and administrators are named, and not judged" in (
        " ".join(text.split())
    )
    assert "\n  Examples:\n    labelsel reach -n shop -f shop/ deploy/web sts/db" in text
    assert "reach" in run("--help").stdout


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nkind: NetworkPolicy\n",
        'apiVersion: networking.k8s.io/v1\n"kind": "\\u004eetworkPolicy"\nmetadata: [\n',
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: {{ .x }}}\n",
    ],
)
def test_a_file_that_may_have_a_policy(run: Run, tmp_path: Path, text: str) -> None:
    """What was not read may isolate any pod: nothing is known."""
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "a.yaml").write_text(text)
    result = run("reach", *FILE, "-f", "dir", "-n", "shop", "pod/web", "pod/db")
    assert cells(result.stdout)[0] == ["not known: pod/web to pod/db, all ports"]
    note = "not judged: dir/a.yaml was not read whole, and may have a NetworkPolicy"
    assert note in result.stderr.splitlines()
    (tmp_path / "dir" / "a.yaml").write_text("kind: Pod\nkind: Pod\n")
    result = run("reach", *FILE, "-f", "dir", "-n", "shop", "pod/web", "pod/db")
    assert cells(result.stdout)[0][0].startswith("allowed: pod/web to pod/db, TCP 5432")


@pytest.mark.parametrize(
    "kind",
    [
        "networkPolicy",
        "NetworkPolcy",
        "NetworkPolicys",
        '"NetworkPolicy "',
        '"NetworkPolicy\\u200b"',
    ],
)
def test_a_kind_that_is_near(run: Run, tmp_path: Path, kind: str) -> None:
    """The API server refuses it, so it is a policy that cannot be read."""
    text = f"apiVersion: networking.k8s.io/v1\nkind: {kind}\n"
    (tmp_path / "a.yaml").write_text(f"{text}metadata: {{name: a, namespace: shop}}\n")
    result = run("reach", *FILE, "-f", "a.yaml", "-n", "shop", "pod/web", "pod/db")
    assert cells(result.stdout)[0] == ["not known: pod/web to pod/db, all ports"]
    assert "/a (a.yaml:1) cannot be read: its kind is '" in result.stderr
    assert "'; did you mean NetworkPolicy?\n" in result.stderr
    assert "\u200b" not in result.stderr


POLICY = """{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy,
  metadata: {name: a, namespace: shop}, spec: {podSelector: {}}}"""


@pytest.mark.parametrize(
    ("file", "text", "note"),
    [
        ("a.yaml", f"{{apiVersion: v1, kind: list, items: [{POLICY}]}}", "was not read whole"),
        ("a.yaml", f"{{apiVersion: v1, kind: Things, items: [{POLICY}]}}", "was not read whole"),
        ("a.yaml", f"{{items: [{POLICY}]}}", "was not read whole"),
        ("a.yaml", "{apiVersion: v1, kind: List, items: [], '${A}': 1}", "was not read whole"),
        ("a.yaml", "{apiVersion: v1, kind: List, items: [${A}]}", "was not read whole"),
        ("a.json", '{"apiVersion": "v1", "kind": "List", "items": [{}, ${A}]}', "was not read"),
        ("a.yaml", 'apiVersion: v1\nkind: List\nitems:\n{{ include "all" . }}\n', "was not read"),
        ("a.yaml", "a: b\r---\r${A}\r---\rb: c\r", "was not read whole"),
        ("a.yaml", "a: b\n...\n%YAML 1.1\n---\n((policies))\n", "was not read whole"),
        ("a.yaml", "kind: [x]\nspec: {podSelector: {}, ingress: []}", "was not read whole"),
        ("a.yaml", "apiVersion: v1\nmetadata: {name: a}\nspec: {policyTypes: []}", "was not read"),
        ("a.yaml", "kind: {{ .k }}\nmetadata: {name: a}\nspec: {podSelector: {}}", "was not read"),
        ("a.yaml", "apiVersion: networking.k8s.io/v1\nkind: ${KIND}\nspec: {", "was not read"),
        ("a.yaml", "apiVersion: cilium.io/v2\nkind: {{ .k }}\nspec: {{ .s }}", "was not read"),
        ("a.yaml", "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nspec: {}", "was skipped"),
        ("values.yaml", f"extraObjects: [{POLICY}]", "was skipped"),
        ("a.json", '{// a comment\n"a": "networkPolicy"}', "was skipped"),
        (
            "kustomization.yaml",
            "patches: [{path: a.yaml, target: {kind: NetworkPolicy}}]",
            "was skipped",
        ),
        ("kustomization.yaml", "patches: [{patch: 'kind: NetworkPolicy'}]", "was skipped"),
    ],
)
def test_a_policy_that_was_left_out(
    run: Run, tmp_path: Path, file: str, text: str, note: str
) -> None:
    """Nothing in which a policy may be is left out in silence."""
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / file).write_text(text)
    result = run("reach", *FILE, "-f", "dir", "-n", "shop", "pod/web", "pod/db", "--port", "5432")
    assert cells(result.stdout)[0] == ["not known: pod/web to pod/db, TCP 5432"]
    assert re.search(f"^not judged: dir/{re.escape(file)}.* {note}", result.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("values.yaml", "networkPolicy: {enabled: true, ingress: [{from: [{podSelector: {}}]}]}"),
        ("kustomization.yaml", "configMapGenerator: [{name: networkpolicy}]"),
        ("tsconfig.json", '{// a comment\n"a": 1}'),
        ("config.yaml", "apiVersion: v1\nkind: Config\nclusters: []"),
        ("empty.yaml", "apiVersion: v1\nkind: List\nitems: null"),
        ("a.yaml", "apiVersion: v1\nkind: RoleList\nitems: []\nargs: ${A}\nb: {{ c }}"),
        ("a.json", "[[1, 2], [3]]"),
    ],
)
def test_what_has_no_policy(run: Run, tmp_path: Path, file: str, text: str) -> None:
    """Other files of a folder change nothing."""
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / file).write_text(text)
    result = run(
        "reach",
        *FILE,
        "-f",
        "dir",
        "-n",
        "shop",
        "pod/web",
        "pod/db",
        "--port",
        "5432",
        "--allow-empty",
    )
    assert cells(result.stdout)[0] == ["allowed: pod/web to pod/db, TCP 5432"]


def test_a_patch_of_a_policy(run: Run, tmp_path: Path) -> None:
    """What kustomize makes of the policy is not known; a patch of another object is no matter."""
    patches = "patches: [{path: patch.yaml}]\n"
    (tmp_path / "kustomization.yaml").write_text(
        f"{KUSTOMIZATION}resources: [shop.yaml]\n{patches}"
    )
    (tmp_path / "patch.yaml").write_text(POLICY)
    words = "reach", "-f", ".", "-n", "shop", "pod/web", "pod/db", "--port", "5432"
    result = run(*words)
    assert cells(result.stdout)[0] == ["not known: pod/web to pod/db, TCP 5432"]
    name = "networkpolicy.networking.k8s.io/a (./patch.yaml:1)"
    note = f"not judged: {name} is a patch, which kustomize adds to a policy\n"
    assert note in result.stderr
    (tmp_path / "patch.yaml").write_text("{kind: Pod, apiVersion: v1, metadata: {name: web}}")
    assert cells(run(*words).stdout)[0] == ["allowed: pod/web to pod/db, TCP 5432"]


@pytest.mark.parametrize(
    ("types", "named"),
    [
        (["HelmRelease helm.toolkit.fluxcd.io/v2"], "helmrelease.helm.toolkit.fluxcd.io/a"),
        (
            ["HelmChart helm.cattle.io/v1", "Application argoproj.io/v1alpha1"],
            "helmchart.helm.cattle.io/a and 1 more",
        ),
        (["HelmRelease acme.io/v1"], ""),
    ],
)
def test_objects_that_deploy_others(run: Run, tmp_path: Path, types: list[str], named: str) -> None:
    """What a controller brings is not in the input: a line names who may bring it."""
    text = "{{apiVersion: {1}, kind: {0}, metadata: {{name: a, namespace: shop}}, spec: {{}}}}\n"
    (tmp_path / "more.yaml").write_text("---\n".join(text.format(*each.split()) for each in types))
    result = run("reach", *FILE, "-f", "more.yaml", "-n", "shop", "pod/web", "pod/db")
    line = f"not considered: policies in what {named} may deploy from outside the input"
    assert (line in result.stderr.splitlines()) is bool(named)
    assert ("not considered: policies" in result.stderr) is bool(named)


def test_too_many_pairs(run: Run, tmp_path: Path) -> None:
    """The message says which objects there are, and how to name fewer."""
    for number in range(11):
        (tmp_path / f"{number:02}.yaml").write_text(SHOP)
    result = run("reach", "-f", ".", "-n", "shop", "pod/web", "pod/db")
    assert (result.exit_code, result.stdout) == (1, "")
    # shop.yaml is the twelfth.
    assert result.stderr == (
        "error: 144 pairs of objects have these names, and at most 100 are answered\n"
        "  pod/web: 12 objects, ./00.yaml:1, ./01.yaml:1, ./02.yaml:1 and 9 more\n"
        "  pod/db: 12 objects, ./00.yaml:5, ./01.yaml:5, ./02.yaml:5 and 9 more\n"
        "read fewer files with -f, or name one namespace of each: -n, --to-namespace\n"
    )
    ten = [word for number in range(10) for word in ("-f", f"{number:02}.yaml")]
    result = run("reach", *ten, "-n", "shop", "pod/web", "pod/db", "-o", "json")
    assert len(json.loads(result.stdout)) == 100
    result = run("reach", "-f", "00.yaml", *FILE, "-n", "shop", "pod/web", "pod/db")
    assert result.stdout.count("allowed: ") == 4
