"""A folder as people have it: every command works in it without a flag, and says what it left out.

The folder holds two manifests, a kustomization, a chart with templates, values and a CI file.
"""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FOLDER = {
    "web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}}
""",
    "db.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec: {selector: {app: web}}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {disk: ssd}}
""",
    "kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [web.yaml, db.yaml]
""",
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "chart/values.yaml": "replicas: 2\n",
    "chart/templates/web.yaml": """\
{{- if .Values.web }}
apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }}}
{{- end }}
""",
    "chart/templates/db.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Name }}\n",
    "ci.yml": "on: [push]\njobs: {test: {steps: [{run: make}]}}\n",
}
SUMMARY = """\
skipped 4 files that hold no objects; -v lists them
not read: 2 templates ({{ … }}); --helm CHART renders a chart; -v lists them
"""
COMMANDS = [
    ("get", "deploy,svc"),
    ("get", "deploy/web", "-o", "yaml"),
    ("explain", "-l", "app=web"),
    ("groups", "-L", "app"),
    ("why", "-l", "app=web", "deploy/web"),
    ("who-selects", "deploy/web"),
    ("selects", "deploy/web"),
    ("graph",),
    ("get", "--selected-by", "deploy/web"),
    ("nodes-for", "deploy/web"),
    ("reach", "deploy/web", "deploy/web"),
    ("lint",),
    ("label", "deploy/web", "tier=front"),
    ("annotate", "deploy,svc", "-l", "app=web", "note=x"),
    ("delete", "deploy", "--all"),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    write_folder(tmp_path)


def write_folder(folder: Path) -> None:
    """Write the files of the folder."""
    for name, text in FOLDER.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """The command works, and says in two lines what it left out, and changes none of that."""
    result = run(*words, "-f", ".")
    assert result.exit_code == 0
    assert any(word in result.stdout for word in ("web", "n1", "no findings in 3 objects"))
    assert result.stderr.startswith(SUMMARY)
    changed = {name for name, text in FOLDER.items() if (tmp_path / name).read_text() != text}
    expected = {"label": {"web.yaml"}, "annotate": {"web.yaml", "db.yaml"}, "delete": {"web.yaml"}}
    assert changed == expected.get(words[0], set())


LIST = """\
./chart/Chart.yaml, document 1 (line 1): skipped: a Helm chart, which Helm reads (--helm CHART \
renders it)
./chart/templates/db.yaml (line 4): skipped: a template, which has to be rendered first: the line \
has {{ … }}
./chart/templates/web.yaml (line 1): skipped: a template, which has to be rendered first: the line \
has {{ … }}
./chart/values.yaml, document 1 (line 1): skipped: the values of a chart, \
which Helm reads (--helm CHART renders it)
./ci.yml, document 1 (line 1): skipped: it has no apiVersion and no kind
./kustomization.yaml, document 1 (line 1): skipped: a Kustomization, which kustomize reads (-k DIR \
renders it)
"""


@pytest.mark.parametrize("flag", ["-v", "--verbose"])
def test_verbose(run: Run, flag: str) -> None:
    """The flag lists each file with the reason."""
    result = run("get", "-f", ".", flag, "-o", "name")
    assert result.exit_code == 0
    assert result.stderr == LIST + SUMMARY.replace("; -v lists them", "")


@pytest.mark.parametrize("text", ["${REST}\n", "@REST@\n", "- ${REST}\n"])
def test_placeholders(run: Run, tmp_path: Path, text: str) -> None:
    """What is only a placeholder may hold objects; Helm does not replace it."""
    path = tmp_path / "a" / "rest.yaml"
    path.parent.mkdir()
    path.write_text(text)
    (path.parent / "web.yaml").write_text(FOLDER["web.yaml"])
    line = "not read: 1 file with a placeholder that another program replaces; -v lists it\n"
    assert run("get", "-f", "a").stderr == line
    path.write_text(f"{FOLDER['db.yaml']}---\n{text}")
    assert run("get", "-f", "a").stderr == line.replace("file", "file or a part of one")
    result = run("lint", "a", "-o", "json")
    (unread,) = json.loads(result.stdout)["unread"]
    assert "placeholder" in unread["message"]


def test_the_only_object(run: Run, tmp_path: Path) -> None:
    """What a template makes may be a second object; what holds no object is none."""
    (tmp_path / "db.yaml").unlink()
    result = run("label", "-f", ".", "a=b")
    assert result.exit_code == 1
    assert "a part of the input was not read: name the objects" in result.stderr
    result = run("label", "-f", ".", "--exclude", "templates", "a=b")
    assert (result.exit_code, result.stdout) == (0, "deployment.apps/web labeled\n")
    assert result.stderr == "skipped 4 files that hold no objects; -v lists them\n"


def test_documents(run: Run, tmp_path: Path) -> None:
    """A document beside objects is counted as one, and an edit leaves it as it is."""
    values = "# values\nreplicas:   2\n---\n"
    (tmp_path / "a.yaml").write_text(values + FOLDER["web.yaml"])
    result = run("label", "deploy/web", "-f", "a.yaml", "-f", "ci.yml", "x=y")
    assert (result.exit_code, result.stdout) == (0, "deployment.apps/web labeled\n")
    assert result.stderr == "skipped 1 file and 1 document that hold no objects; -v lists them\n"
    assert (tmp_path / "a.yaml").read_text().startswith(values)
    result = run("get", "-f", "a.yaml")
    assert result.stderr == "skipped 1 document that holds no objects; -v lists it\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (
            "chart/values.yaml",
            "the values of a chart, which Helm reads (--helm CHART renders it); ",
        ),
        ("kustomization.yaml", "a Kustomization, which kustomize reads (-k DIR renders it); "),
        ("chart/templates/db.yaml", "a template, which has to be rendered first: the line has"),
        ("chart", "everything in it was skipped; "),
    ],
)
def test_nothing_else(run: Run, path: str, reason: str) -> None:
    """If the whole input holds no object, that is an error with the reason."""
    result = run("get", "-f", path)
    assert (result.exit_code, result.stdout) == (1, "")
    error = result.stderr.splitlines()[-1]
    assert error.startswith(f"error: no objects in the input ({path}): {reason}")
    assert error.endswith("add --allow-empty if that is correct")
    assert run("get", "-f", path, "--allow-empty").exit_code == 0
    assert run("get", "-f", path, "-f", "web.yaml", "-o", "name").stdout == "deployment.apps/web\n"


def test_an_empty_file_beside(run: Run) -> None:
    """A file in which nothing stands is an error beside others: its program may have failed."""
    Path("empty.yaml").write_text("---\n")
    result = run("get", "-f", "empty.yaml", "-f", "ci.yml", "-f", "web.yaml")
    assert result.exit_code == 1
    assert "error: no objects in the input (empty.yaml): everything" not in result.stderr
    assert "error: no objects in the input (empty.yaml): add --allow-empty" in result.stderr


@pytest.mark.parametrize("path", ["chart/values.yaml", "chart/templates/db.yaml"])
def test_create_refuses(run: Run, tmp_path: Path, path: str) -> None:
    """A namespace is not put into a file of another purpose."""
    result = run("create", "namespace", "shop", "-f", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(": name a file of manifests\n")
    assert (tmp_path / path).read_text() == FOLDER[path]


def test_errors_in_a_folder(run: Run, tmp_path: Path) -> None:
    """An error in a file of the folder is no skipped file: it is reported, and the status is 1.

    The result covers the rest. An error in a path that was named ends the run without a result.
    """
    (tmp_path / "bad.yaml").write_text("kind: Pod\n")
    error = "error: ./bad.yaml, document 1 (line 1): Pod: no apiVersion\n"
    covered = "error: 1 input error (above); the result covers only the files that were read\n"
    for more in ([], ["--keep-going"]):
        result = run("get", "-f", ".", "-o", "name", *more)
        assert (result.exit_code, len(result.stdout.splitlines())) == (1, 3)
        assert error in result.stderr
        assert result.stderr.endswith(covered)
    result = run("get", "-f", ".", "-f", "bad.yaml", "-o", "name")
    assert (result.exit_code, result.stdout) == (1, "")
    result = run("label", "deploy", "web", "-f", ".", "tier=front")
    assert (result.exit_code, "labeled" in result.stdout) == (1, True)


def test_many_errors_in_a_folder(run: Run, tmp_path: Path) -> None:
    """Twenty errors are shown, and how many more there are; with --keep-going all of them."""
    (tmp_path / "bad.yaml").write_text("kind: Pod\n---\n" * 25)
    result = run("get", "-f", ".", "-o", "name")
    assert (result.exit_code, result.stderr.count("no apiVersion")) == (1, 20)
    assert result.stderr.endswith(
        "error: 25 input errors, 20 of them above; --keep-going shows the other 5; the result "
        "covers only the files that were read\n"
    )
    result = run("get", "-f", ".", "-o", "name", "--keep-going")
    assert (result.exit_code, result.stderr.count("no apiVersion")) == (1, 25)


def test_errors_in_selectors(run: Run, tmp_path: Path) -> None:
    """who-selects shows all selectors that cannot be read: the API server has no such objects."""
    bad = "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {selector: {app: 'a b'}}\n"
    text = f"{bad.replace('NAME', 'one')}---\n{bad.replace('NAME', 'two')}"
    (tmp_path / "bad.yaml").write_text(text)
    result = run("who-selects", "deploy/web", "-f", ".", "-o", "name")
    assert (result.exit_code, "service/web" in result.stdout) == (1, True)
    assert "Service/one" in result.stderr
    assert "Service/two" in result.stderr
    assert "error: 2 input errors (above); the result covers only" in result.stderr
    result = run("who-selects", "deploy/web", "-f", ".", "-f", "bad.yaml", "-o", "name")
    assert (result.exit_code, result.stdout) == (1, "")
