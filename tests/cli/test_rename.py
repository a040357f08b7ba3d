"""``labelsel rename``: what it prints and writes, and what it refuses."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}}
"""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    file = tmp_path / "web.yaml"
    file.write_text(WEB)
    return file


def test_rename(run: Run, web: Path) -> None:
    """The objects are printed; what was done, and what was proven, stands on standard error."""
    result = run("rename", "app=web", "app.kubernetes.io/name=web", "-f", "web.yaml")
    assert result.exit_code == 0
    assert result.stdout == "deployment.apps/web renamed\nservice/web renamed\n"
    assert result.stderr.splitlines() == [
        ("warning: the API server lets nobody change spec.selector of a Deployment that exists: "
        "delete and create it anew: deployment.apps/web (web.yaml:1)"),
        ("renamed app=web to app.kubernetes.io/name=web in 2 objects in 1 file: 2 labels and "
        "2 terms of selectors"),
        ("proof: the new texts, read again, have the same pairs: 2 selectors that the rename may "
        "concern, 3 label sets, 2 pairs before and after"),
    ]  # fmt: skip
    assert web.read_text() == WEB.replace("app: web", "app.kubernetes.io/name: web")


def test_dry_run_prints_the_diff(run: Run, web: Path) -> None:
    """A dry run prints what patch and git apply can read, and writes nothing."""
    result = run("rename", "app", "name", "-f", "web.yaml", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.startswith("--- a/web.yaml\n+++ b/web.yaml\n@@ ")
    assert "-spec: {selector: {app: web}}\n+spec: {selector: {name: web}}\n" in result.stdout
    assert "would rename app to name in 2 objects in 1 file" in result.stderr
    assert "proof: " in result.stderr
    assert web.read_text() == WEB


@pytest.mark.parametrize("words", [["-o", "json"], ["-o", "json", "--dry-run"]])
def test_data(run: Run, web: Path, words: list[str]) -> None:
    """As JSON the changed objects are printed, and nothing is written."""
    result = run("rename", "app", "name", "-f", "web.yaml", *words)
    items = json.loads(result.stdout)["items"]
    assert items[1]["spec"] == {"selector": {"name": "web"}}
    assert web.read_text() == WEB


def test_names(run: Run, web: Path) -> None:
    """The names of the objects, also in a dry run."""
    result = run("rename", "app", "name", "-f", "web.yaml", "--dry-run", "-o", "name")
    assert result.stdout == "deployment.apps/web\nservice/web\n"
    assert web.read_text() == WEB


def test_standard_input(run: Run) -> None:
    """Standard input cannot be written: refused, unless the result is shown."""
    result = run("rename", "app", "name", "-f", "-", stdin=WEB)
    assert result.exit_code == 2
    assert "standard input cannot be written: add -o yaml or --dry-run" in result.stderr
    result = run("rename", "app", "name", "-f", "-", "-o", "yaml", stdin=WEB)
    assert "name: web" in result.stdout
    result = run("rename", "app", "name", "-f", "-", "--dry-run", stdin=WEB)
    assert result.stdout == "deployment.apps/web renamed (dry run)\nservice/web renamed (dry run)\n"
    assert "in 2 objects: 2 labels" in result.stderr


def test_a_pair_that_would_start(run: Run, web: Path) -> None:
    """The selector and the pod are named with their lines, and nothing is written."""
    metadata = "metadata:\n  name: x\n  namespace: shop\n  labels:\n    app: api\n"
    more = f"---\napiVersion: v1\nkind: Pod\n{metadata}"
    web.write_text(WEB + more)
    result = run("rename", "app=web", "app=api", "-f", "web.yaml")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines()[-2:] == [
        ("refused: web.yaml:11: service/web: spec.selector would start selecting pod/x "
        "(web.yaml:18): app=web would become app=api"),
        "error: nothing was renamed: 2 selectors would select something else (above)",
    ]  # fmt: skip
    assert web.read_text() == WEB + more


def test_a_term_that_cannot_be_renamed(run: Run, web: Path) -> None:
    """The part is named, and the pair that it would lose."""
    term = "{matchExpressions: [{key: app, operator: In, values: [web, db]}]}"
    text = WEB.replace("selector: {matchLabels: {app: web}}", f"selector: {term}")
    web.write_text(text)
    result = run("rename", "app=web", "name=web", "-f", "web.yaml")
    assert result.exit_code == 1
    assert (
        "refused: web.yaml:5: deployment.apps/web: spec.selector.matchExpressions[0]: it is about"
        in result.stderr
    )
    assert "spec.selector would stop selecting deployment.apps/web's pods" in result.stderr
    assert "1 part cannot be renamed, and 1 selector would select something else" in result.stderr
    assert web.read_text() == text


def test_many_refusals(run: Run, web: Path) -> None:
    """The first twenty are shown, and how many more there are."""
    pod = "kind: Pod\napiVersion: v1\nmetadata: {{name: x{}, labels: {{app: web, name: b}}}}\n"
    web.write_text("---\n".join(map(pod.format, range(22))))
    result = run("rename", "app", "name", "-f", "web.yaml")
    assert result.stderr.count("refused: ") == 20
    assert "and 2 more\n" in result.stderr
    assert "nothing was renamed: 22 parts cannot be renamed (above)" in result.stderr


def test_nothing_has_the_label(run: Run, web: Path) -> None:
    """Without the label nothing is renamed: status 1, and who speaks of the label."""
    result = run("rename", "b", "c", "-f", "web.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error: nothing was renamed: no object and no template has the label b\n"
    )
    web.write_text(WEB.rpartition("---\n")[2])
    result = run("rename", "app", "c", "-f", "web.yaml")
    assert result.stderr.splitlines()[1:] == [
        "these name it, and may select objects that are not in the input:",
        "  service/web (web.yaml:1)",
    ]


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (["app"], 2, "expected two labels, OLD and NEW, got 1; an example is labelsel rename"),
        (["app", "b", "c"], 2, "expected two labels, OLD and NEW, got 3"),
        (["app", "na me"], 1, "error: the new label 'na me': a key's name may hold only letters"),
        (["app=web", "app=my web"], 1, "error: the new label 'app=my web': a value may hold only"),
        (["app=my,web", "app=web"], 1, "error: the old label 'app=my,web': a value may hold only"),
        (["app=web", "b"], 1, "app=web has a value and b has none"),
    ],
)
@pytest.mark.usefixtures("web")
def test_bad_words(run: Run, words: list[str], status: int, problem: str) -> None:
    """A bad label is an error before anything is read, and is not called a selector."""
    result = run("rename", *words, "-f", "web.yaml")
    assert result.exit_code == status
    assert problem in result.stderr


@pytest.mark.parametrize(
    ("old", "meant"),
    [
        ("ap.kubernetes.io/nme", ""),
        ("appp", "; did you mean app?"),
        ("app=wbe", "; did you mean app=web?"),
        ("appp=web", "; did you mean app?"),
        ("app=other", ""),
        # Only the template has this label.
        ("teir", "; did you mean tier?"),
    ],
)
def test_the_nearest_label_is_offered(run: Run, web: Path, old: str, meant: str) -> None:
    """A typo of a key, or of the value of a key, is no search for the reason."""
    web.write_text(WEB.replace("{app: web}}", "{app: web, tier: a}}"))
    result = run("rename", old, "new=a" if "=" in old else "new", "-f", "web.yaml")
    problem = f"no object and no template has the label {old}{meant}"
    assert result.stderr.splitlines()[0] == f"error: nothing was renamed: {problem}"


def test_what_stays(run: Run, web: Path) -> None:
    """What speaks of the label and stays is named, and what holds no objects."""
    web.write_text(
        WEB + "---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: {a: app=web}\n"
    )
    (web.parent / "kustomization.yaml").write_text("commonLabels: {app: web}\n")
    result = run("rename", "app=web", "app=api", "-f", ".")
    assert result.exit_code == 0
    stays = [line for line in result.stderr.splitlines() if line.startswith("stays: ")]
    assert stays[0].startswith("stays: ./web.yaml:16: configmap/x: data.a: has app=web in a text")
    assert "commonLabels.app: has app=web in it: kustomize adds" in stays[1]


def test_many_immutable_objects(run: Run, web: Path) -> None:
    """One line for each kind, with the first objects."""
    one = WEB.partition("---")[0]
    web.write_text("---\n".join(one.replace("name: web", f"name: w{n}") for n in range(5)))
    result = run("rename", "app", "name", "-f", "web.yaml")
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert "create them anew: deployment.apps/w0 (web.yaml:1)" in line
    assert line.endswith("and 2 more")


def test_an_input_error(run: Run, web: Path) -> None:
    """A bad file of a folder that does not speak of the label: the rest is renamed, status 1."""
    (web.parent / "bad.yaml").write_text("kind: Pod\napiVersion: v1\nmetadata: [\n")
    result = run("rename", "app", "name", "-f", ".")
    assert result.exit_code == 1
    assert "1 file" in result.stderr
    assert "name: web" in web.read_text()
    web.write_text(WEB)


@pytest.mark.parametrize("words", ["app name", "app=web app=shop"])
@pytest.mark.parametrize(
    "line",
    [
        "app: db",
        "- {key: app, operator: In, values: [db]}",
        "topologyKey: app",
        "selector: has(app)",
        'selector: {"\\u0061\\x70p": db}',
        "? app",
    ],
)
def test_an_input_error_beside_the_label(run: Run, web: Path, line: str, words: str) -> None:
    """A document that cannot be read may select by the label, however it is written there."""
    (web.parent / "bad.yaml").write_text(f"kind: Pod\napiVersion: v1\nmetadata: [\n{line}\n")
    result = run("rename", *words.split(), "-f", ".")
    assert result.exit_code == 1
    assert (
        "refused: ./bad.yaml (line 4): the file has app in it, and has an input error"
        in result.stderr
    )
    assert web.read_text() == WEB


def test_the_label_that_the_api_server_sets(run: Run, web: Path) -> None:
    result = run("rename", "kubernetes.io/metadata.name", "team", "-f", ".")
    problem = "the API server gives each namespace the label kubernetes.io/metadata.name"
    assert result.stderr == f"error: {problem}, with its name: no rename changes that\n"
    assert web.read_text() == WEB
