"""The diffs of ``lint --diff`` and ``rename --dry-run``: git apply and patch apply them."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.hostile_world import call
from tests.hostile_texts import leaks, without_colours

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


def apply(program: Sequence[str], diff: bytes, folder: Path) -> None:
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


#: What YAML may have in a text and in a comment, and a terminal shows as something else; and what a
#: CI service obeys.
ODD = "\x85 \u2028 \u2029 \u202e \u200b \u3000 \xa0 ##[error]x ##vso[a]b ::error::x"
#: JSON may have some characters more that a terminal obeys.
ODD_POD = (
    '\ufeff{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a",\n'
    f'"annotations": {{"x": "{ODD} \ufeff \x7f \x9b31m"}},\n"labels": {{"app": "web"}}}}}}'
)
#: Files with one label: of two a byte order mark is the beginning, and of two a \\r is in a line.
ODD_FILES = {
    "b.json": ODD_POD,
    "c.yaml": f"\ufeff{WEB}# \t\u202e##[error]x\n::error::x: '{ODD}'".replace("\n", "\r\n"),
    "d.yaml": f"{WEB}  annotations:\n    ::error::x: '\x85\u2028{ODD}'\n    '##[group]': x\n",
    "e.json": ODD_POD.replace(': "', ':\r"'),
}


@needs_programs
@pytest.mark.parametrize("name", ODD_FILES)
def test_the_bytes_of_a_file_are_in_its_diff(run: Run, tmp_path: Path, name: str) -> None:
    """Whatever is in the file: in a pipe the diff applies, and gives the file that is written."""
    path, old = tmp_path / name, ODD_FILES[name].encode()
    path.write_bytes(old)
    diff = run("rename", "app", "name", "-f", name, "--dry-run").stdout_bytes
    assert run("rename", "app", "name", "-f", name).exit_code == 0
    new = path.read_bytes()
    assert b"name" in new
    for program in PROGRAMS:
        path.write_bytes(old)
        apply(program, diff, tmp_path)
        assert path.read_bytes() == new


@pytest.mark.parametrize("name", ODD_FILES)
def test_a_terminal_shows_escapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It obeys no byte of the file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(ODD_FILES[name].encode())
    output = call(["rename", "app", "name", "-f", name, "--dry-run"], "", terminal=True).output
    shown = without_colours(output).replace("\r\n", "\n")
    assert shown.startswith(f"--- a/{name}\n+++ b/{name}\n@@ ")
    assert list(leaks(shown, tabs=True)) == []
    assert ("\\ufeff" in shown) == name.endswith(".json")
