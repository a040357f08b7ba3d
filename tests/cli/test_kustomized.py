"""What kustomize changes, and what a folder hides, is not read and so not counted as known."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: front, namespace: store, labels: {app: front}}
---
apiVersion: v1
kind: Pod
metadata: {name: data, namespace: store, labels: {app: data}}
"""
CLOSED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
OPEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: store}
spec: {podSelector: {}, ingress: [{}]}
"""
LOCAL = '{config.kubernetes.io/local-config: "true"}'
KIND = "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n"
REACH = "reach", "-n", "store", "-f", ".", "pod/front", "pod/data"


def write(files: dict[str, str]) -> None:
    """Write some files, with their folders."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


MOVED = {
    "apps/pods.yaml": PODS,
    "rules/closed.yaml": CLOSED,
    "rules/kustomization.yaml": f"{KIND}namespace: store\nresources: [closed.yaml]\n",
}
PATCHED = {
    "all.yaml": f"{OPEN}---\n{PODS}",
    "patch.yaml": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    "metadata: {name: open, namespace: store}\nspec: {podSelector: {}, ingress: []}\n",
    "kustomization.yaml": f"{KIND}resources: [all.yaml]\npatches: [{{path: patch.yaml}}]\n",
}
LABELLED = {
    "all.yaml": PODS + "---\n" + CLOSED.replace("{name: closed}", "{name: c, namespace: store}")
    .replace("podSelector: {}", "podSelector: {matchLabels: {env: prod}}"),
    "kustomization.yaml": f"{KIND}resources: [all.yaml]\nlabels: [{{pairs: {{env: prod}}}}]\n",
}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "note"),
    [
        (MOVED, "./rules/kustomization.yaml sets the namespace of networkpolicy"),
        (PATCHED, "not judged: a patch in ./kustomization.yaml may change spec of networkpolicy"),
        (
            {
                **PATCHED,
                "base/kustomization.yaml": f"{KIND}resources: [../all.yaml]\n"
                "commonAnnotations: {a: b}\n",
            },
            "not judged: a patch in ./kustomization.yaml may change spec of networkpolicy",
        ),
        (LABELLED, "./kustomization.yaml sets env of pod/data"),
        (
            {"a.yaml": PODS, "b.yaml": CLOSED.replace("closed}", 'closed, namespace: "${NS}"}')},
            "is '${NS}', which is not a legal name",
        ),
        (
            {
                "a.yaml": PODS,
                "b.yaml": OPEN.replace("store}", f"store, annotations: {LOCAL}}}"),
                "kustomization.yaml": "resources: [b.yaml]",
            },
            "not judged: ./kustomization.yaml may leave networkpolicy.networking.k8s.io/open out",
        ),
        (
            {"a.yaml": PODS, ".prod/kustomization.yaml": "resources: [../a]\nnamespace: prod\n"},
            "not judged: a patch in ./.prod/kustomization.yaml may change spec.hostNetwork",
        ),
        (
            {"a.yaml": PODS, ".prod/Kustomization": "namespace: prod\n"},
            "not judged: a patch in ./.prod/Kustomization may change spec.hostNetwork",
        ),
        ({"a.yaml": PODS, ".closed.yaml": CLOSED}, "./.closed.yaml was not read whole"),
        ({"a.yaml": PODS, ".more/closed.yaml": CLOSED}, "./.more/closed.yaml was not read whole"),
    ],
)
def test_reach(run: Run, files: dict[str, str], note: str) -> None:
    """The answer is "not known" as text and as data, with the file to look at."""
    write(files)
    result = run(*REACH)
    assert result.stdout.startswith("not known: pod/front to pod/data, all ports\n")
    assert note in result.stderr
    assert run(*REACH, "-o", "jsonpath={.answer}").stdout == "unknown"
    data = json.loads(run(*REACH, "-o", "json").stdout)
    assert note in data["ingress"]["notes"][0]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ("resources: [pods.yaml, 'https://github.com/x/y//base?ref=v1']", "x/y//base?ref=v1"),
        ("bases: [../base]", "('../base')"),
        ("components: [more]", "('more')"),
        ("resources: [gone.yaml]", "('gone.yaml')"),
        ("resources: [closed.txt]", "('closed.txt')"),
        ("helmCharts: [{name: web}]", "('helmCharts')"),
        ("resources: [a/a, b/b, c/c, d/d, e/e]", "('a/a', 'b/b', 'c/c' and 2 more)"),
    ],
)
def test_reach_where_objects_are_added(run: Run, fields: str, names: str) -> None:
    """What a Kustomization adds, and nobody read, may hold a policy."""
    write({"pods.yaml": PODS, "closed.txt": CLOSED, "kustomization.yaml": f"{KIND}{fields}\n"})
    result = run(*REACH)
    assert result.stdout.startswith("not known: pod/front to pod/data, all ports\n")
    note = "not judged: ./kustomization.yaml adds objects that were not read ("
    (line,) = (line for line in result.stderr.splitlines() if line.startswith(note))
    assert names in line
    assert line.endswith("and one may be a NetworkPolicy; -k DIR reads what kustomize builds")


@pytest.mark.parametrize(
    ("files", "text", "note"),
    [
        ("files: [a.txt]", CLOSED, "of 'a.txt', which may have a policy"),
        ("files: [rules=a.txt]", CLOSED, "of 'a.txt', which may have a policy"),
        ("file: [a.txt]", CLOSED, "of 'a.txt', which may have a policy"),
        ("envs: [b.env]", "", "of 'b.env', a file that is not there: it may have a policy"),
        ("files: [../a.txt]", "", "of '../a.txt', which is not below its folder and was not read"),
        ("files: '${FILES}'", "", "of '${FILES}', a file that is not there"),
        ("files: ['./a.txt']", "app: web", ""),
        ("literals: [a=b.txt], files: null", "", ""),
        ("files: [a.txt]", "\xff", ""),
    ],
)
def test_reach_where_texts_are_added(run: Run, files: str, text: str, note: str) -> None:
    """A ConfigMap of a file has its text; what is not there may have any, and no binary file."""
    write({"pods.yaml": PODS, "kustomization.yaml": f"{KIND}resources: [pods.yaml]\n"
           f"configMapGenerator: [{{name: a, {files}}}]\n"})  # fmt: skip
    Path("a.txt").write_bytes(text.encode("latin-1"))
    result = run(*REACH)
    assert result.stdout.startswith("not known: " if note else "allowed: ")
    makes = "not judged: ./kustomization.yaml makes a ConfigMap or a Secret "
    assert (f"{makes}{note}" in result.stderr) is bool(note)
    assert ("makes a" in result.stderr) is bool(note)


def test_reach_where_nothing_is_added(run: Run) -> None:
    """Files without an object, and those that are read, add no policy."""
    write({
        "a/pods.yaml": PODS,
        "a/empty.yaml": "# nothing\n",
        "a/broken.yaml": "a: [\n",
        "a/kustomization.yaml": f"{KIND}resources: [pods.yaml, empty.yaml, broken.yaml]\n",
        "kustomization.yaml": f"{KIND}resources: [a]\n",
    })  # fmt: skip
    result = run(*REACH, "--keep-going")
    assert result.stdout.startswith("allowed: ")
    assert "error: ./a/broken.yaml" in result.stderr


NODES = """\
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {disk: slow}}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {disk: "${DISK}"}}
"""
RUNS = """apiVersion: v1
kind: Pod
metadata: {name: keeper, namespace: store}
spec: {nodeName: n1, containers: [{name: a, image: a}]}
"""
LIST = "apiVersion: v1\nkind: List\nmetadata: {name: a}\n"
#: What may be any object, or has any in it.
ANYTHING = (
    "${REST}\n",
    "@REST@\n",
    f"{PODS}---\n${{REST}}\n",
    '{{ include "all" . }}\n',
    "{{ range .Values.more }}\n---\n{{ toYaml . }}\n{{ end }}\n",
    f"{LIST}items: ['${{ITEMS}}']\n",
    f"{LIST}items: ${{ITEMS}}\n",
    f"{LIST}Items: []\n",
    LIST.replace("List", "PodList"),
)
NODES_FOR = ("nodes-for", "-n", "store", "-f", ".", "pod/data")


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"b.txt": RUNS, "kustomization.yaml": f"{KIND}resources: [b.txt]\n"}, "('b.txt')"),
        ({"kustomization.yaml": f"{KIND}resources: [gone.yaml]\n"}, "('gone.yaml')"),
        ({"kustomization.yaml": f"{KIND}helmCharts: [{{name: a}}]\n"}, "('helmCharts')"),
        ({"kustomization.yaml": f"{KIND}resources: ['https://a.example/b']\n"}, "//a.example/b')"),
        ({".b.yaml": RUNS}, "./.b.yaml was not read whole, and may have a node or a pod that runs"),
        ({"b.yaml": RUNS.replace("keeper", "{{ .name }}")}, "./b.yaml was not read whole"),
        ({"b.yaml": RUNS.replace("Pod", "{{ .kind }}")}, "./b.yaml was not read whole"),
        ({"b.yaml": f"{RUNS}---\na: [\n"}, "./b.yaml was not read whole"),
        ({"b.yaml": RUNS.replace("kind: Pod\n", "")}, "./b.yaml was not read whole"),
        ({"b.yaml": NODES.replace("n1", "{{ .name }}")}, "./b.yaml was not read whole"),
        ({"values.yaml": "pods:\n- " + RUNS.replace("\n", "\n  ")}, "./values.yaml:1 was skipped"),
        ({"b.yaml": RUNS.replace("Pod", "pod")}, "pod/keeper (./b.yaml:1) may be or hold a node"),
        *(({"b.yaml": text}, "./b.yaml was not read whole") for text in ANYTHING),
    ],
)
def test_nodes_for_where_a_pod_may_run(run: Run, files: dict[str, str], why: str) -> None:
    """A pod that runs, or a node, may be in what nobody has read: no node fits for sure."""
    write({"pods.yaml": PODS, "n.yaml": NODES, **files})
    result = run(*NODES_FOR, "--keep-going", "-o", "name")
    assert result.stdout == ""
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Assumed: "))
    assert why in line
    assert line.startswith("Assumed: no node fits for sure: ")


@pytest.mark.parametrize("text", ANYTHING)
def test_reach_where_anything_may_be(run: Run, text: str) -> None:
    """A document that is only a placeholder, and a list without its items, may be a policy."""
    write({"pods.yaml": PODS, "b.yaml": text.replace(PODS, LIST + "items: []\n")})
    result = run(*REACH, "--keep-going")
    assert result.stdout.startswith("not known: ")
    assert "not judged: ./b.yaml was not read whole, and may have a NetworkPolicy" in result.stderr


def test_reach_where_a_template_prints_nothing(run: Run) -> None:
    """A condition and a comment print nothing, and a kind says what the document is."""
    text = "{{- if .x }}\n---\nkind: ConfigMap\n{{- end }}\n---\n{{/* the end */}}\n"
    write({"pods.yaml": PODS, "b.yaml": text})
    assert run(*REACH).stdout.startswith("allowed: ")


WAITS = RUNS.replace("nodeName: n1, ", "")
CHART = RUNS.replace("v1", "apps/v1").replace("Pod", "{{ .kind }}")


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"a.yaml": CHART, "b.yaml": CHART}, "./a.yaml and 1 more"),
        ({"a.yaml": WAITS.replace("keeper", "{{ .name }}")}, "./a.yaml"),
        ({"a.yaml": "kind: {{ .kind }}\nspec: {fieldPath: spec.nodeName}\n"}, "./a.yaml"),
        ({".a.yaml": NODES.replace("v1", "longhorn.io/v1")}, "./.a.yaml"),
        ({"a.yaml": "a: [\n---\n" + WAITS}, "./a.yaml"),
        ({"a.yaml": "spec: {names: {kind:\n  description: '{{ . }}'}, nodeName: a}\n"}, "./a.yaml"),
        (
            {"a.txt": PODS, "kustomization.yaml": f"{KIND}resources: [a.txt]\n"},
            "a.txt of ./kustomization.yaml",
        ),
    ],
)  # fmt: skip
def test_nodes_for_where_nothing_runs(run: Run, files: dict[str, str], named: str) -> None:
    """What was not read and names no node and no pod that runs is an assumption, and no more."""
    write({"pods.yaml": PODS, "n.yaml": NODES, **files})
    result = run(*NODES_FOR, "--keep-going", "-o", "name")
    assert result.stdout == "node/n1\nnode/n2\n"
    lines = [line for line in result.stderr.splitlines() if line.startswith("Assumed: ")]
    assert [line.removesuffix(f": {named}.") for line in lines] == [
        "Assumed: no node and no pod that runs is in what was not read"
    ]
    data = json.loads(run(*NODES_FOR, "--keep-going", "-o", "json").stdout)
    assert data["assumptions"] == [lines[0].removeprefix("Assumed: ").removesuffix(".")]


@pytest.mark.parametrize("entry", ["pods.d/pods.yaml", "x//pods.yaml"])
def test_paths_that_look_like_addresses(run: Run, entry: str) -> None:
    """The tool kustomize reads them from the disk, and its patches are for the objects there."""
    patch = "[{op: add, path: /spec/nodeSelector, value: {a: b}}]"
    patches = f"patches: [{{target: {{kind: Pod}}, patch: '{patch}'}}]\n"
    folder = entry.split("/", maxsplit=1)[0]
    write({
        f"{folder}/pods.yaml": PODS,
        "n.yaml": NODES,
        "kustomization.yaml": f"{KIND}resources: [{entry}]\n{patches}",
    })  # fmt: skip
    result = run(*NODES_FOR)
    assert "a patch in ./kustomization.yaml may change spec.nodeSelector of pod/data" in (
        result.stdout
    )


def test_a_kustomization_that_cannot_be_read(run: Run) -> None:
    """It may change whatever it likes: of no pod anything is known, and no node fits."""
    write({"pods.yaml": PODS, "n.yaml": NODES, "kustomization.yaml": f"{KIND}resources: [\n"})
    result = run(*REACH)
    assert result.exit_code == 1
    assert result.stdout.startswith("not known: ")
    assert "a patch in ./kustomization.yaml may change spec.hostNetwork of pod/data" in (
        result.stderr
    )
    result = run("nodes-for", "-n", "store", "-f", ".", "pod/data", "-o", "name")
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        "Assumed: no node fits for sure: a patch in ./kustomization.yaml may change"
        in result.stderr
    )


def test_reach_without_what_changes_it(run: Run) -> None:
    """A Kustomization that changes nothing of the answer leaves it known."""
    write(MOVED | {"rules/kustomization.yaml": f"{KIND}resources: [closed.yaml]\n"})
    assert run(*REACH).stdout.startswith("allowed: ")
    write(PATCHED | {"patch.yaml": PATCHED["patch.yaml"].replace("NetworkPolicy", "Role")})
    assert "open" in run(*REACH, "-o", "name").stdout


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_the_names_of_a_kustomization(run: Run, name: str) -> None:
    """All three names that kustomize reads are read in a folder, and hold no objects."""
    write(LABELLED)
    Path("kustomization.yaml").rename(name)
    assert run(*REACH).stdout.startswith("not known: ")
    result = run("get", "-A", "-f", ".", "-o", "name", "-v")
    assert result.stdout.count("\n") == 3
    assert f"./{name}, document 1 (line 1): skipped: a Kustomization, which" in result.stderr
    assert run("label", "-f", ".", "-n", "store", "pods", "--all", "a=b").exit_code == 0
    assert "a: b" not in Path(name).read_text()


def test_flux(run: Run) -> None:
    """A Kustomization of Flux is an object, and changes those of the folder that it builds."""
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
    write({"apps/all.yaml": LABELLED["all.yaml"], "flux.yaml": f"{flux}spec: {{path: ./apps, "
           "commonMetadata: {labels: {env: prod}}}\n"})  # fmt: skip
    result = run(*REACH)
    assert result.stdout.startswith("not known: ")
    assert "./flux.yaml sets env of pod/data" in result.stderr
    assert run(*REACH[:4], "apps", *REACH[5:]).stdout.startswith("allowed: ")


@pytest.mark.parametrize(
    ("file", "kind", "spec", "changes"),
    [
        ("a.yaml", "Kustomization", "targetNamespace: {{ .ns }}", True),
        (".a.yaml", "Kustomization", "targetNamespace: store", True),
        ("a.yaml", "Kustomization", "targetNamespace: store: x", True),
        ("a.yaml", "{{ .kind }}", "targetNamespace: {{ .ns }}", True),
        ("a.yaml", "HelmRelease", "targetNamespace: {{ .ns }}", False),
        (".a.yaml", "HelmRelease", "targetNamespace: store", False),
    ],
)
def test_flux_that_was_not_read(
    run: Run, file: str, kind: str, spec: str, *, changes: bool
) -> None:
    """A template, a hidden file or one with an error: what may have such an object may do all."""
    text = f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: {kind}\nmetadata: {{name: a}}\n"
    write({"apps/all.yaml": LABELLED["all.yaml"], file: f"{text}spec:\n  {spec}\n"})
    result = run(*REACH)
    assert result.stdout.startswith("not known: " if changes else "allowed: ")
    assert ("a patch in ./" in result.stderr) is changes
    text = text.replace("kustomize.toolkit.fluxcd.io/v1", "{{ .version }}")
    write({file: f"{text}spec:\n  {spec}\n"})
    assert run(*REACH).stdout.startswith("not known: ") is changes


def test_argo_that_was_not_read(run: Run) -> None:
    """A template of a chart of Applications; the definition of their kind is none."""
    argo = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {repoURL: {{ .r }}}\n"
    write({"apps/all.yaml": LABELLED["all.yaml"], "a.yaml": argo})
    assert run(*REACH).stdout.startswith("not known: ")
    write({"a.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: "
           "{group: argoproj.io, names: {kind: Application}, a: {{ .r }}}\n"})  # fmt: skip
    assert run(*REACH).stdout.startswith("allowed: ")


OVERLAY = {
    "base/all.yaml": PODS + "---\n" + CLOSED.replace("closed}", "closed, namespace: lab}"),
    "base/kustomization.yaml": f"{KIND}resources: [all.yaml]\n",
    "over/kustomization.yaml": f"{KIND}resources: [../base]\nnamespace: store\n",
}


@pytest.mark.parametrize(
    "paths",
    [
        ("base", "over"),
        ("{here}/base", "over"),
        ("base", "{here}/over"),
        ("over/../base/.", "over"),
        ("link", "over"),
        ("deep/link/../base", "over"),
        ("base", "linked-over"),
        ("hard", "hard-over"),
    ],
)
def test_spellings_of_paths(run: Run, paths: tuple[str, ...]) -> None:
    """Two spellings of a path, and links, are one file to the Kustomizations that list it."""
    write(OVERLAY)
    Path("link").symlink_to("base")
    Path("linked-over").symlink_to("over")
    write({"deep/a.yaml": "", "over/x/a.yaml": ""})
    Path("deep/link").symlink_to("../over")
    write({"hard-over/kustomization.yaml": f"{KIND}resources: [all.yaml]\nnamespace: store\n",
           "hard/.keep": ""})  # fmt: skip
    Path("hard/all.yaml").hardlink_to("base/all.yaml")
    Path("hard-over/all.yaml").hardlink_to("base/all.yaml")
    named = [word for path in paths for word in ("-f", path.format(here=Path.cwd()))]
    result = run("reach", "-n", "store", *named, "pod/front", "pod/data")
    assert result.stdout.startswith("not known: "), result.stdout
    assert "kustomization.yaml sets the namespace of networkpolicy" in result.stderr
    assert "adds objects" not in result.stderr


@pytest.mark.parametrize(
    "files",
    [
        {"kustomization.yaml": "resources: [a.yaml]\ncommonLabels: ${LABELS}\n"},
        {"kustomization.yaml": "resources: [a.yaml]\ncommonLabels: {'${KEY}': prod}\n"},
        {"kustomization.yaml": "resources: [a.yaml]\nlabels: [{pairs: {env: prod}, fields: "
                               "[{path: metadata/labels, kind: Pod}]}]\n"},
        {"kustomization.yaml": "resources: [a.yaml]\nlabels: [{pairs: {env: prod}}]\n",
         "old.yaml": f"{KIND}resources: [a.yaml]\n"},
        {"kustomization.yaml": "resources: [a.yaml]\nlabels: [{pairs: {env: prod}}]\n"
                               "---\nresources: [a.yaml]\n"},
        {"kustomization.yaml": "resources: ${FILES}\nlabels: [{pairs: {env: prod}}]\n"},
    ],
)  # fmt: skip
def test_kustomizations_that_are_not_sure(run: Run, files: dict[str, str]) -> None:
    """Fields of labels, placeholders in a Kustomization, and several of them in a folder."""
    write({"a.yaml": LABELLED["all.yaml"]})
    assert run(*REACH).stdout.startswith("allowed: ")
    write(files)
    assert run(*REACH).stdout.startswith("not known: ")


WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: data}
spec: {selector: {matchLabels: {app: data}}, template: {metadata: {labels: {app: data}},
  spec: {nodeSelector: {disk: slow}}}}
"""
INLINE = """\
patches:
- target: {kind: Deployment}
  patch: |-
    - {op: add, path: /spec/template/spec/nodeSelector/disk, value: fast}
"""


def test_nodes_for(run: Run) -> None:
    """A patch of the template keeps its pods off all nodes; without it the slow node fits."""
    write({"n.yaml": NODES, "d.yaml": WORKLOAD})
    asked = "nodes-for", "-f", ".", "deploy/data"
    result = run(*asked, "-o", "name")
    assert result.stdout == "node/n1\n"
    assert "Assumed: nodes of which labels or taints are not known do not fit: n2." in result.stderr
    write({"kustomization.yaml": f"{KIND}resources: [d.yaml, n.yaml]\n{INLINE}"})
    result = run(*asked)
    assert "FITS" not in result.stdout
    assert "No node fits deployment.apps/data." in result.stderr
    assert "Assumed: no node fits for sure: a patch in ./kustomization.yaml" in result.stderr
    assert " may change spec.template.spec.nodeSelector of deployment" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("who-selects", "-n", "store", "pod/data"),
        ("graph", "-A"),
        ("get", "pods", "-n", "store", "--selected-by", "netpol/none"),
    ],
)
def test_other_commands(run: Run, words: tuple[str, ...]) -> None:
    """Each command that shows what selects what says that kustomize changes it."""
    note = (
        "not considered: kustomize sets labels or the namespace of objects in ./rules/closed.yaml"
    )
    none = OPEN.replace("open", "none").replace(
        "podSelector: {}", "podSelector: {matchLabels: {a: b}}"
    )
    write(MOVED | {"none.yaml": none})
    assert f"{note}; -k DIR reads what it builds\n" in run(words[0], "-f", ".", *words[1:]).stderr
    patched = f"{KIND}resources: [closed.yaml]\n{INLINE.replace('Deployment', 'NetworkPolicy')}"
    write(
        {"rules/kustomization.yaml": patched.replace("template/spec/nodeSelector", "podSelector")}
    )
    note = "not considered: kustomize patches labels or selectors of objects in ./rules/closed.yaml"
    assert f"{note}; -k DIR reads what it builds\n" in run(words[0], "-f", ".", *words[1:]).stderr
    other = patched.replace("template/spec/nodeSelector/disk", "policyTypes")
    write({"rules/kustomization.yaml": other})  # the field is not one that selects
    assert "not considered" not in run(words[0], "-f", ".", *words[1:]).stderr


def test_selects_and_diff(run: Run) -> None:
    """The message is there for the object that is named, and for both inputs."""
    write(MOVED)
    note = "not considered: kustomize sets labels or the namespace of objects in "
    assert note in run("selects", "-f", ".", "netpol/closed").stderr
    assert run("diff", "-f", "rules", "-f", "rules").stderr.count(note) == 2


def test_hidden_files_are_counted(run: Run) -> None:
    """One line counts hidden files that may hold objects; -v lists them; others are no news."""
    hidden = {".a.yaml": CLOSED, ".more/b.json": '{"\\u0061piVersion": "v1"}', "c/.d.yml": CLOSED}
    others = {".ci.yaml": "steps: []\n", ".github/w.yaml": "on: push\n", ".git/e.yaml": CLOSED,
              "x/.venv/f.yaml": CLOSED, ".notes.txt": CLOSED}  # fmt: skip
    write({"pods.yaml": PODS} | hidden | others)
    result = run("get", "-A", "-f", ".", "-o", "name")
    assert result.stdout == "pod/front\npod/data\n"
    assert result.stderr == "skipped 3 hidden files that may hold objects; -v lists them\n"
    listed = run("get", "-A", "-f", ".", "-o", "name", "-v").stderr.splitlines()
    why = (
        "skipped: its name, or that of its folder, begins with a dot; to read it, give its own path"
    )
    assert listed[:-1] == [f"./{name}: {why}" for name in hidden]
    result = run("get", "-A", "-f", ".", "-R=false", "-o", "name")
    assert result.stderr == "skipped 1 hidden file that may hold objects; -v lists it\n"
    assert run("get", "-A", "-f", ".a.yaml").stdout.count("closed") == 1


def test_lint_names_listed_files_of_another_ending(run: Run) -> None:
    """A file that a Kustomization lists and that nobody reads is no file without objects."""
    kustomization = f"{KIND}resources: [pods.yaml, web.yaml, b.txt, gone.txt]\n"
    write({"pods.yaml": PODS, "b.txt": PODS, "kustomization.yaml": kustomization})
    problem = "not read: it has another ending, but ./kustomization.yaml lists it"
    result = run("lint", ".")
    assert f"warning: b.txt: {problem}\n" in result.stderr
    unread = json.loads(run("lint", ".", "-o", "json").stdout)["unread"]
    assert [(each["file"], each["message"]) for each in unread] == [("b.txt", problem)]
    assert "b.txt" not in run("lint", ".", "--exclude", "b.txt").stderr
    write(
        {
            "c.yaml": PODS.replace("data", "more"),
            "kustomization.yaml": f"{KIND}resources: [c.yaml]\n",
        }
    )
    assert run("lint", "kustomization.yaml", "pods.yaml").stderr.count("not read") == 0
