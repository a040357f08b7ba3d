"""Which objects ``labelsel get`` shows, by the words a kubectl user types."""

import json
from pathlib import Path

import pytest
import yaml

from labelsel.kubernetes import Resource, read_manifests
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT.parent / "shared" / "manifests"


def lines(run: Run, *words: str) -> list[str]:
    """The lines of ``-o name``, of a run that ends well."""
    result = run("get", "-f", "shop.yaml", "-o", "name", *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "node/n1 pod/tool"),
        ("-n default", "node/n1 pod/tool"),
        ("-n shop", "pod/web-1 pod/db-1 deployment.apps/web"),
        ("-n=shop", "pod/web-1 pod/db-1 deployment.apps/web"),
        ("-nshop -lapp=web", "pod/web-1 deployment.apps/web"),
        ("--namespace=shop --selector=app=web", "pod/web-1 deployment.apps/web"),
        ("-n shop -l=app=web", "pod/web-1 deployment.apps/web"),
        ("-n shop -l app!=web", "pod/db-1"),
        ("-A -l app", "pod/web-1 pod/db-1 deployment.apps/web pod/tool"),
        ("-A -l !app", "node/n1 probe.example.com/door"),
        ("-A -n shop -l disk", "node/n1"),
        ("pods", "pod/tool"),
        ("po,deploy -A", "pod/web-1 pod/db-1 deployment.apps/web pod/tool"),
        ("Deployments.apps -A", "deployment.apps/web"),
        ("probes -n ops", "probe.example.com/door"),
        ("no -n shop", "node/n1"),
        ("all -n shop", "pod/web-1 pod/db-1 deployment.apps/web"),
        ("pods -A --field-selector spec.nodeName=n1", "pod/web-1"),
        ("pods -A --field-selector status.phase!=Running", "pod/db-1 pod/tool"),
        ("-A --field-selector metadata.namespace=shop,metadata.name!=web -l app=web", "pod/web-1"),
        ("-A -f shop.yaml -l disk", "node/n1"),
        ("pod tool", "pod/tool"),
        ("-n shop pods db-1 web-1 db-1", "pod/db-1 pod/web-1"),
        ("-n shop deploy/web po/web-1 no/n1", "deployment.apps/web pod/web-1 node/n1"),
        ("-A all web", "deployment.apps/web"),
    ],
)
def test_get(run: Run, words: str, expected: str) -> None:
    """Each line of words shows exactly these objects, in the order of the input."""
    assert lines(run, *words.split()) == expected.split()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(
    ("words", "kind"),
    [("pod tool", "Pod"), ("pod/tool -A", "Pod"), ("pods", "List"), ("pod/tool no/n1", "List")],
)
def test_one_object_that_is_named_stands_in_no_list(
    run: Run, words: str, kind: str, form: str
) -> None:
    """As with kubectl; more objects, and those that are not named, stand in a List."""
    data = yaml.safe_load(run("get", *words.split(), "-f", "shop.yaml", "-o", form).stdout)
    assert data["kind"] == kind
    Path("copy.yaml").write_text(Path("shop.yaml").read_text())
    twice = run("get", "pod/tool", "-f", "shop.yaml", "-f", "copy.yaml", "-o", form)
    assert len(yaml.safe_load(twice.stdout)["items"]) == 2


@pytest.mark.usefixtures("shop")
def test_a_selector_with_spaces(run: Run) -> None:
    """A selector in quotes may have spaces and brackets."""
    assert lines(run, "-A", "-l", "app in (web, tool), ! tier") == [
        "deployment.apps/web",
        "pod/tool",
    ]


def test_folders_files_and_standard_input(run: Run, tmp_path: Path) -> None:
    """All that -f names is read, in that order; -R and --no-recursive say how deep."""

    def pod(name: str) -> str:
        return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}})

    (tmp_path / "dir" / "sub").mkdir(parents=True)
    for path in ("dir/a.yaml", "dir/sub/b.json", "c.txt"):
        (tmp_path / path).write_text(pod(Path(path).stem))
    words = ("get", "-o", "name", "-f", "c.txt", "-f", "-", "--filename", "dir")
    everything = ["pod/c", "pod/in", "pod/a", "pod/b"]
    for more in ((), ("-R",), ("--recursive",)):
        assert run(*words, *more, stdin=pod("in")).stdout.splitlines() == everything
    flat = run(*words, "--no-recursive", stdin=pod("in"))
    assert flat.stdout.splitlines() == everything[:3]


@pytest.mark.usefixtures("shop")
def test_the_output_of_kubectl_and_of_the_command_itself(run: Run) -> None:
    """What -o json and -o yaml print is read again, by way of a pipe."""
    for form in ("json", "yaml"):
        first = run("get", "-A", "-f", "shop.yaml", "-o", form)
        again = run("get", "-A", "-f", "-", "-o", form, stdin=first.stdout)
        assert again.stdout == first.stdout
        assert len(yaml.safe_load(first.stdout)["items"]) == 6


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "4 more in other namespaces: ops (1), shop (3); use -A to see all of them"),
        ("-l app=web", "2 in other namespaces: shop (2); use -A to see all of them"),
        ("pods -l app=db", "1 in other namespaces: shop (1); use -A to see all of them"),
    ],
)
def test_matches_in_other_namespaces_are_told(run: Run, words: str, message: str) -> None:
    """Where no namespace is asked for, standard error says what the default one hides."""
    result = run("get", "-f", "shop.yaml", *words.split())
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == message


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("words", ["-n default", "-A", "no", "-n shop -l app=web"])
def test_nothing_is_told_where_nothing_is_hidden(run: Run, words: str) -> None:
    """Whoever names a namespace, or asks for all, knows what is left out."""
    assert run("get", "-f", "shop.yaml", *words.split()).stderr == ""


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "-l app=none",
            "No resources found in default namespace.\nNo object here has app=none; app is tool\n",
        ),
        ("-n none", "No resources found in none namespace.\n"),
        (
            "-A -l app=none",
            "No resources found\nNo object here has app=none; app is db, tool or web\n",
        ),
        (
            "ing -A -o wide",
            """No resources found
The input has no ing; it has Pod (3), Deployment (1), Node (1), Probe (1)
""",
        ),
    ],
)
def test_nothing_found(run: Run, words: str, message: str) -> None:
    """Nothing found is no failure; kubectl's words say so on standard error."""
    result = run("get", "-f", "shop.yaml", *words.split())
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", message)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("get pod/none", ""),
        ("get pod/none -o json", ""),
        ("get pods -l app=none -o yaml", ""),
        ("get pod web-1 none -n shop -o name", "pod/web-1\n"),
        ("get pod/web-1 -n ops", ""),
        ("delete pod none", ""),
        ("delete pod none tool --dry-run", 'pod "tool" deleted (dry run)\n'),
    ],
)
def test_names_that_no_object_has(run: Run, words: str, expected: str) -> None:
    """With --ignore-not-found they are no error, and nothing is said of them."""
    command, *rest = words.split()
    result = run(command, "-f", "shop.yaml", *rest, "--ignore-not-found")
    assert (result.exit_code, result.stdout, result.stderr) == (0, expected, "")
    unknown = run(command, "-f", "shop.yaml", "gadget/none", "--ignore-not-found")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


def naive(resource: Resource) -> bool:
    """The selector of the test below, written by hand."""
    labels = resource.labels
    return labels.get("app.kubernetes.io/part-of") == "kube-prometheus" and (
        labels.get("app.kubernetes.io/name") != "grafana"
    )


@pytest.mark.skipif(not MANIFESTS.is_dir(), reason=f"no real manifests at {MANIFESTS}")
def test_real_manifests(run: Run) -> None:
    """On the manifests of kube-prometheus the command finds what a plain reading finds."""
    expected = []
    for path in sorted(MANIFESTS.rglob("*.yaml"), key=lambda path: path.parts):
        for document in yaml.safe_load_all(path.read_text()):
            of_list = document.get("items", [document])
            kind = document["kind"].removesuffix("List")
            for item in of_list:
                labels = item["metadata"].get("labels", {})
                if labels.get("app.kubernetes.io/part-of") == "kube-prometheus" and (
                    labels.get("app.kubernetes.io/name") != "grafana"
                ):
                    expected.append(f"{item.get('kind', kind).lower()} {item['metadata']['name']}")
    selector = "app.kubernetes.io/part-of=kube-prometheus,app.kubernetes.io/name notin (grafana)"
    result = run("get", "-f", str(MANIFESTS), "-A", "-l", selector, "-o", "name")
    found = [line.partition("/") for line in result.stdout.splitlines()]
    assert [f"{kind.partition('.')[0]} {name}" for kind, _, name in found] == expected
    assert len(expected) > 50
    assert sum(map(naive, read_manifests([MANIFESTS]))) == len(expected)
