"""What is left out of a folder is told, and nothing is concluded from its absence."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run

POD = "{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {app: web}}}"
SERVICE = "{kind: Service, apiVersion: v1, metadata: {name: s}, spec: {selector: {app: other}}}"
LINK = "skipped: it is a link to a folder; in a folder, such links are not followed"


def _linked() -> None:
    Path("d").mkdir()
    Path("other").mkdir()
    Path("d/a.yaml").write_text(f"{POD}\n---\n{SERVICE}\n")
    Path("other/b.yaml").write_text(POD.replace("web", "other"))
    Path("d/link").symlink_to("../other")


def test_a_link_to_a_folder(run: Run) -> None:
    """It is named, with what to do; named itself it is read."""
    _linked()
    result = run("get", "-f", "d", "-o", "name")
    assert (result.exit_code, result.stdout) == (0, "pod/a\nservice/s\n")
    assert result.stderr == f"warning: d/link: {LINK}; to read it, give its own path\n"
    assert run("get", "-f", "d/link", "-o", "name").stderr == ""
    assert run("get", "-f", "d", "--exclude", "link", "-o", "name").stderr == ""
    assert run("get", "-f", "d", "--no-recursive", "-o", "name").stderr == ""


@pytest.mark.parametrize("left_out", ["link", "pipe.yaml"])
def test_lint_of_a_part(run: Run, left_out: str) -> None:
    """What was not read may have the pods: a selector without any is no finding then."""
    _linked()
    if left_out != "link":
        Path("d/link").unlink()
        assert run("lint", "-f", "d").exit_code == 1
        os.mkfifo("d/pipe.yaml")
    result = run("lint", "-f", "d", "--select", "selects-nothing")
    assert result.exit_code == 0
    assert result.stdout.startswith("no findings in ")
    assert "skipped: it is a" in result.stderr


def test_the_only_object_of_a_part(run: Run) -> None:
    """What was not read may be another: the only object that was must be named."""
    _linked()
    Path("d/a.yaml").write_text(POD)
    result = run("label", "-f", "d", "x=y")
    assert result.exit_code == 1
    assert "error: a part of the input was not read: name the objects" in result.stderr
    assert Path("d/a.yaml").read_text() == POD


def test_a_page_of_a_list(run: Run) -> None:
    """A list that goes on is a part: that is told, and lint concludes nothing from it."""
    page = f"{{kind: List, apiVersion: v1, metadata: {{continue: x}}, items: [{SERVICE}, {POD}]}}"
    result = run("lint", "-f", "-", "--select", "selects-nothing", stdin=page)
    assert (result.exit_code, result.stdout) == (0, "no findings in 2 objects\n")
    assert "one page of a longer list" in result.stderr
    assert run("lint", "-f", "-", stdin=page.replace("continue: x", "a: b")).exit_code == 1
