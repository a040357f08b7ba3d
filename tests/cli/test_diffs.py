"""The diffs of ``lint --diff`` and ``rename --dry-run``: git apply and patch apply them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.hostile_world import call

WEB = "kind: Pod\napiVersion: v1\nmetadata:\n  name: web\n  labels:\n    app: web\n"
RENAMED = WEB.replace("app: web", "name: web")
#: A file, the folder in which labelsel runs, and the folder in which the diff applies.
CASES = [
    ("x/web.yaml", ".", "."),
    ("sub/web.yaml", "sub", "sub"),
    ("x/web.yaml", "sub", "."),
    ("sub/web.yaml", "sub/deep", "."),
    # git apply takes off sub/ in sub/: the path of this file is that from the root.
    ("sub/sub/web.yaml", "sub", "."),
    ("sub/sub.yaml", "sub", "sub"),
]
PROGRAMS = (["git", "apply", "-"], ["patch", "-p1", "--binary", "-s"])
needs_programs = pytest.mark.skipif(
    any(shutil.which(program) is None for program, *_ in PROGRAMS),
    reason="needs the programs git and patch",
)


def make_folders(top: Path, *, repository: bool) -> None:
    for folder in ("sub/deep", "sub/sub", "x"):
        (top / folder).mkdir(parents=True)
    if repository:
        apply(["git", "init", "-q", "."], b"", top)


def apply(program: list[str], diff: bytes, folder: Path) -> None:
    subprocess.run(program, input=diff, cwd=folder, check=True, capture_output=True)


@needs_programs
@pytest.mark.parametrize(("file", "here", "applies_in"), CASES)
def test_git_and_patch_apply_it(  # noqa: PLR0917 - a case has three values
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, here: str, applies_in: str
) -> None:
    """In a repository both apply a diff: here, or in the root, which a line then names."""
    make_folders(tmp_path, repository=True)
    path = tmp_path / file
    monkeypatch.chdir(tmp_path / here)
    path.write_text(WEB)
    result = run("rename", "app", "name", "-f", str(path), "--dry-run")
    folder = tmp_path / applies_in
    told = f"the paths of the diff begin in {folder}: apply it there\n"
    assert (told in result.stderr) == (applies_in != here)
    assert ".." not in result.stdout
    for program in PROGRAMS:
        path.write_text(WEB)
        apply(program, result.stdout_bytes, folder)
        assert path.read_text() == RENAMED


@needs_programs
def test_several_files_have_one_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file above the current folder is enough: all paths begin in the same folder."""
    make_folders(tmp_path, repository=False)
    files = [tmp_path / "sub" / "web.yaml", tmp_path / "x" / "web.yaml"]
    monkeypatch.chdir(tmp_path / "sub")
    for path in files:
        path.write_text(WEB)
    result = run("rename", "app", "name", "-f", ".", "-f", "../x", "--dry-run")
    assert f"the paths of the diff begin in {tmp_path}: apply it there\n" in result.stderr
    for program in PROGRAMS:
        for path in files:
            path.write_text(WEB)
        apply(program, result.stdout_bytes, tmp_path)
        assert [path.read_text() for path in files] == [RENAMED] * 2


@needs_programs
def test_a_link_is_followed(run: Run, tmp_path: Path) -> None:
    """The diff names the file itself: git apply changes nothing behind a link."""
    make_folders(tmp_path, repository=True)
    (tmp_path / "x" / "web.yaml").write_text(WEB)
    (tmp_path / "link").symlink_to("x")
    result = run("rename", "app", "name", "-f", "link/web.yaml", "--dry-run")
    assert result.stdout.startswith("--- a/x/web.yaml\n+++ b/x/web.yaml\n")
    apply(PROGRAMS[0], result.stdout_bytes, tmp_path)
    assert (tmp_path / "x" / "web.yaml").read_text() == RENAMED


def test_colour_is_for_terminals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal shows a diff in git's colours, unless NO_COLOR is set."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text(WEB)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    words = ["rename", "app", "name", "-f", "web.yaml", "--dry-run"]
    output = call(words, "", terminal=True).output
    assert output.startswith(
        "\x1b[1m--- a/web.yaml\x1b[0m\n\x1b[1m+++ b/web.yaml\x1b[0m\n"
        "\x1b[36m@@ -3,4 +3,4 @@\x1b[0m\n metadata:\n"
    )
    assert "\n\x1b[31m-    app: web\x1b[0m\n\x1b[32m+    name: web\x1b[0m\n" in output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in call(words, "", terminal=True).output
    assert "\x1b[" not in call(words, "").output
