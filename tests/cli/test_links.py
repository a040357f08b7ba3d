"""Links in a folder: read once, and never written through, since nobody named their target."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run

POD = "{kind: Pod, apiVersion: v1, metadata: {name: NAME, labels: {app: web}}}\n"
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {ap: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
"""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file outside of the folder ``in``, which has a link to it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").mkdir()
    target = tmp_path / "secret" / "o.yaml"
    target.write_text(POD.replace("NAME", "o"))
    (tmp_path / "in" / "l.yaml").symlink_to("../secret/o.yaml")
    return target


@pytest.mark.parametrize(
    "words", ["label pods --all x=y", "annotate pods --all x=y", "delete pods --all -y"]
)
def test_edits_stay_in_the_folder(run: Run, secret: Path, words: str) -> None:
    """The target of a link is read, and not changed; the error names it."""
    before = secret.read_text()
    assert run("get", "po", "-f", "in", "-o", "name").stdout == "pod/o\n"
    result = run(*words.split(), "-f", "in")
    assert (secret.read_text(), result.stdout, result.exit_code) == (before, "", 1)
    assert f"the file is a link to {secret}: name {secret} to change the object" in result.stderr


def test_an_edit_that_changes_nothing(run: Run, secret: Path) -> None:
    """What has its labels already needs no change."""
    result = run("label", "pods", "--all", "-f", "in", "app=web")
    assert (result.stdout, result.exit_code) == ("pod/o not labeled\n", 0)
    assert secret.exists()


def test_a_link_that_was_named(run: Run, secret: Path) -> None:
    """Whoever names a link means its target, as in an editor; the link stays a link."""
    result = run("label", "pods", "--all", "-f", "in/l.yaml", "x=y")
    assert (result.stdout, result.exit_code) == ("pod/o labeled\n", 0)
    assert "x: 'y'" in secret.read_text()
    assert Path("in/l.yaml").is_symlink()


def test_fixes_stay_in_the_folder(run: Run, secret: Path) -> None:
    """``lint --fix`` writes through no link that it found, either."""
    secret.write_text(SERVICE)
    run("lint", "in", "--fix")
    assert secret.read_text() == SERVICE
    run("lint", "in/l.yaml", "--fix")
    assert "selector: {app: web}" in secret.read_text()


@pytest.mark.parametrize("paths", ["in", "in,secret", "secret,in"])
def test_a_file_and_its_link(run: Run, secret: Path, paths: str) -> None:
    """They are one file under its own name, whichever is found first."""
    Path("in/z.yaml").write_text(POD.replace("NAME", "z"))
    Path("in/a.yaml").symlink_to("z.yaml")
    result = run("label", "pods", "z", "-f", paths, "x=y")
    assert (result.stdout, result.exit_code) == ("pod/z labeled\n", 0)
    assert run("get", "po", "-f", paths, "-o", "name").stdout.split().count("pod/o") == 1
    assert "x: 'y'" in Path("in/z.yaml").read_text()
    assert secret.exists()


def test_hard_links(run: Run, tmp_path: Path) -> None:
    """Two names of one file are one object; an edit says that the other name keeps the old text."""
    (tmp_path / "a.yaml").write_text(POD.replace("NAME", "a"))
    os.link(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert run("get", "po", "-f", ".", "-o", "name").stdout == "pod/a\n"
    dry = run("label", "pods", "--all", "-f", ".", "x=y", "--dry-run")
    result = run("label", "pods", "--all", "-f", ".", "x=y")
    message = "./a.yaml: the file has 2 names (hard links): the others keep the old text\n"
    assert (dry.stderr, result.stderr) == (message, message)
    assert "x" not in Path("b.yaml").read_text()


@pytest.mark.parametrize("paths", ["a.yaml,b.yaml", "./*.yaml"])
def test_hard_links_that_are_both_named(run: Run, tmp_path: Path, paths: str) -> None:
    """Whoever names both wants both changed: nothing is written. Reading them is no fault."""
    (tmp_path / "a.yaml").write_text(POD.replace("NAME", "a"))
    os.link(tmp_path / "a.yaml", tmp_path / "b.yaml")
    before = Path("a.yaml").read_text()
    result = run("label", "pods", "--all", "-f", paths, "-f", "c.yaml", "x=y")
    assert result.exit_code == 2
    assert "are two names of one file (hard links)" in " ".join(result.stderr.split())
    assert Path("a.yaml").read_text() == before
    assert run("get", "po", "-f", paths, "-o", "name").stdout == "pod/a\n"
    Path("c.yaml").symlink_to("a.yaml")
    result = run("label", "pods", "--all", "-f", "a.yaml,./a.yaml,c.yaml", "x=y")
    assert result.exit_code == 0
    assert Path("a.yaml").read_text() != before


def test_hard_links_of_what_lint_fixes(run: Run, tmp_path: Path) -> None:
    """They are named, too, when the file is written."""
    service = "{kind: Service, apiVersion: v1, metadata: {name: s}, spec: {selector: {ap: web}}}\n"
    workload = (
        "{kind: Deployment, apiVersion: apps/v1, metadata: {name: d}, spec: {selector: "
        "{matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}}\n"
    )
    (tmp_path / "in").mkdir()
    Path("in/a.yaml").write_text(f"{service}---\n{workload}")
    os.link("in/a.yaml", "b.yaml")
    message = "a.yaml: the file has 2 names (hard links): the others keep the old text\n"
    assert message not in run("lint", "in", "--fix", "--dry-run").stderr
    assert message in run("lint", "in", "--fix").stderr
    assert "{app: web}" in Path("in/a.yaml").read_text().splitlines()[0]
    assert "{ap: web}" in Path("b.yaml").read_text().splitlines()[0]
