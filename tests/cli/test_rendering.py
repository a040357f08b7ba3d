"""-k and --helm: what kustomize and Helm print is read by every command, and never written."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.programs import Install

OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
"""
COMMANDS = [
    ("get",),
    ("explain",),
    ("groups", "-L", "app"),
    ("lint",),
    ("why", "-l", "app=web", "deploy/web"),
    ("who-selects", "deploy/web"),
    ("selects", "deploy/web"),
    ("graph", "-l", "app"),
    ("get", "--selected-by", "deploy/web"),
    ("nodes-for", "deploy/web"),
    ("reach", "deploy/web", "deploy/web"),
    ("label", "deploy/web", "a=b", "--dry-run"),
    ("annotate", "deploy/web", "a=b", "-o", "yaml"),
    ("label", "deploy/web", "--list"),
    ("delete", "deploy/web", "--dry-run"),
]
EDITS = [("label", "deploy/web", "a=b"), ("annotate", "--all", "a=b"), ("delete", "deploy/web")]
#: An option, its program, and the name of what the program prints.
FLAGS = {"-k": ("kustomize", "kustomize build base"), "--helm": ("helm", "helm template base")}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("flag", FLAGS)
def test_every_command(run: Run, install: Install, words: tuple[str, ...], flag: str) -> None:
    """Each command reads the output, in all namespaces, as it reads standard input."""
    install(FLAGS[flag][0], f"echo '{OBJECTS}'")
    result = run(*words, flag, "base")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout


@pytest.mark.parametrize("words", EDITS, ids=" ".join)
@pytest.mark.parametrize("flag", FLAGS)
def test_edits(run: Run, install: Install, words: tuple[str, ...], flag: str) -> None:
    """Output cannot be written: the program is not even started."""
    program, name = FLAGS[flag]
    install(program, "echo started >&2; exit 1")
    Path("a.yaml").write_text(OBJECTS)
    result = run(*words, "-f", "a.yaml", flag, "base")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"what {name} prints cannot be written: name the files that it is" in result.stderr
    assert "started" not in result.stderr
    assert Path("a.yaml").read_text() == OBJECTS


def test_failures(run: Run, install: Install) -> None:
    """A program that fails ends the run with its own words, and nothing is selected."""
    install("helm", f"echo '{OBJECTS}'; echo 'Error: no\x1b[31m\n  chart' >&2; exit 3")
    Path("a.yaml").write_text(OBJECTS)
    words = ("get", "-A", "--helm", "x", "-f", "a.yaml", "-o", "name")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    error = "error: helm template x: ended with status 3:\n  Error: no\\x1b[31m\n    chart\n"
    assert result.stderr == error
    result = run(*words, "--keep-going")
    assert (result.exit_code, result.stdout) == (1, "deployment.apps/web\nnode/n1\n")
    assert result.stderr.startswith(error)


def test_empty_output(run: Run, install: Install) -> None:
    """A program that prints nothing gives no objects, which is an error as of a file."""
    install("helm", "echo 'a deprecated chart' >&2")
    result = run("get", "--helm", "x")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "warning: helm template x: a deprecated chart",
        "error: no objects in the input (helm template x): add --allow-empty if that is correct",
    ]


@pytest.mark.usefixtures("install")
def test_missing_programs(run: Run) -> None:
    """The error names what is to be installed."""
    assert "helm is not installed, or not in a folder of PATH" in run("get", "--helm", "x").stderr
    assert "kustomize or kubectl is not installed" in run("get", "-k", "x").stderr


@pytest.mark.parametrize("flag", ["-k", "--kustomize", "--helm"])
def test_a_folder_that_looks_like_an_option(run: Run, flag: str) -> None:
    """It would change what the program does."""
    result = run("get", flag, "--enable-exec")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'--enable-exec' begins with '-': write ./--enable-exec" in result.stderr


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_real_kubectl(run: Run) -> None:
    """A patch of an overlay is in what is read, and the file of its base stays as it is."""
    Path("base").mkdir()
    Path("base/a.yaml").write_text(OBJECTS)
    Path("base/kustomization.yaml").write_text("resources: [a.yaml]\ncommonLabels: {team: web}\n")
    result = run("get", "deploy", "-k", "base", "-l", "team=web", "-o", "name")
    assert (result.exit_code, result.stdout) == (0, "deployment.apps/web\n")
    assert run("get", "-f", "base", "-A", "-l", "team", "-o", "name").stdout == ""
