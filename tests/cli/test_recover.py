"""``labelsel recover``, and what the other commands say of files that are half-written."""

import errno
import fcntl  # noqa: F401  # a test replaces a function of it
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from labelsel.atomic_write import file_set
from labelsel.atomic_write.journal import JOURNAL
from labelsel.atomic_write.replacement import write_new_file
from labelsel.kubernetes import Rewrite, write_files
from tests.atomic_write.faults import Killed, failing_at, kill_after
from tests.cli.conftest import Run
from tests.cli.test_process import in_process

POD = "{kind: Pod, apiVersion: v1, metadata: {name: NAME, labels: {app: web}}}\n"
NAMES = ("a", "b", "in/c")
STATE = "a run of labelsel was killed: 1 of 3 files is new, 2 are old"


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """A folder of three files, of which a killed run has made the first new."""
    shop = tmp_path / "shop"
    (shop / "in").mkdir(parents=True)
    rewrites = []
    for name in NAMES:
        path, old = shop / f"{name}.yaml", POD.replace("NAME", Path(name).name)
        path.write_text(old)
        rewrites.append(Rewrite(str(path), path, old.encode(), old.replace("web", "new").encode()))
    kill_after(1, rewrites)
    return shop


def values(shop: Path) -> list[str]:
    """The value of each file's label, after a check that nothing else is left."""
    assert not list(shop.rglob(".labelsel-*"))
    return ["new" if "new" in (shop / f"{name}.yaml").read_text() else "old" for name in NAMES]


def test_nobody_has_chosen(run: Run, half: Path) -> None:
    """Without a flag it says which files are new, and does nothing."""
    result = run("recover", "shop")
    assert result.stdout.splitlines() == [
        f"shop/{JOURNAL}: {STATE}",
        "shop/a.yaml is new",
        "shop/b.yaml is old",
        "shop/in/c.yaml is old",
    ]
    advice = "nothing was done: --finish makes all files new, --undo all old"
    assert (result.stderr, result.exit_code) == (f"error: shop/{JOURNAL}: {advice}\n", 1)
    assert (half / JOURNAL).exists()


@pytest.mark.parametrize(
    ("words", "lines", "expected"),
    [
        ("shop --finish", ["a.yaml is new", "b.yaml finished", "in/c.yaml finished"], "new"),
        (". --undo", ["a.yaml taken back", "b.yaml is old", "in/c.yaml is old"], "old"),
    ],
)
def test_a_choice(run: Run, half: Path, words: str, lines: list[str], expected: str) -> None:
    """All files become new, or old; a dry run says so, and does nothing."""
    dry = run("recover", *words.split(), "--dry-run")
    assert (half / JOURNAL).exists()
    result = run("recover", *words.split())
    expected_lines = [f"shop/{JOURNAL}: {STATE}", *(f"shop/{line}" for line in lines)]
    assert result.stdout.splitlines() == [*expected_lines, f"shop/{JOURNAL} removed"]
    assert dry.stdout.replace(" (dry run)", "") == result.stdout
    assert (result.stderr, result.exit_code, dry.exit_code) == ("", 0, 0)
    assert values(half) == [expected] * 3
    again = run("recover")
    assert (again.stdout, again.stderr, again.exit_code) == ("", "nothing to recover\n", 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("words", [[], ["--dry-run", "--undo"], ["--undo"]])
def test_a_full_output(
    monkeypatch: pytest.MonkeyPatch,
    half: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    """It says that files are written only where some are."""
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, "recover", str(half), *words) == 1
    assert ("; the files are written" in capsys.readouterr().err) is (words == ["--undo"])


def test_from_a_folder_inside(run: Run, half: Path) -> None:
    """The journal is found in a folder above, as the file itself."""
    assert run("recover", "shop/in/c.yaml", "--undo").exit_code == 0
    assert values(half) == ["old"] * 3


@pytest.mark.parametrize("words", ["shop/other", "shop/other.yaml", "shop/other shop/other.yaml"])
def test_a_journal_above_that_is_about_other_files(run: Run, half: Path, words: str) -> None:
    """Nothing is done to files that are not named; what is no journal is none of this folder's."""
    (half / "other").mkdir()
    (half / "other.yaml").write_text("a: 1")
    stale = half / ".labelsel-0123456789abcdef.tmp"
    stale.write_text("")
    before = {path: path.read_bytes() for path in half.rglob("*") if path.is_file()}
    for content in ((half / JOURNAL).read_bytes(), b"no journal\n"):
        (half / JOURNAL).write_bytes(content)
        before[half / JOURNAL] = content
        result = run("recover", *words.split(), "--undo")
        assert (result.stdout, result.stderr) == ("", "nothing to recover\n")
        assert {path: path.read_bytes() for path in half.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("words", ["shop/a.yaml", "shop/in/c.yaml", "shop/in", "shop/b.yaml"])
def test_all_files_of_a_journal_that_names_one(run: Run, half: Path, words: str) -> None:
    """Half of a set is never recovered."""
    assert run("recover", words, "--undo").exit_code == 0
    assert values(half) == ["old"] * 3


def test_json(run: Run, half: Path) -> None:
    """A program reads what was found."""
    (half / ".labelsel-0123456789abcdef.tmp").write_text("")
    data = json.loads(run("recover", "shop", "-o", "json", "--dry-run").stdout)
    assert data == {
        "journals": [
            {
                "journal": f"shop/{JOURNAL}",
                "running": False,
                "recovered": False,
                "files": [
                    {"file": "shop/a.yaml", "was": "new"},
                    {"file": "shop/b.yaml", "was": "old"},
                    {"file": "shop/in/c.yaml", "was": "old"},
                ],
            }
        ],
        "temporaryFiles": ["shop/.labelsel-0123456789abcdef.tmp"],
    }


def test_temporary_files(run: Run, tmp_path: Path) -> None:
    """Those of a killed save are removed; a folder whose name begins with a dot is not entered."""
    names = ["in", ".git"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / ".labelsel-0123456789abcdef.tmp").write_text("")
    result = run("recover")
    assert result.stdout == "in/.labelsel-0123456789abcdef.tmp removed\n"
    assert [path.parent.name for path in tmp_path.rglob("*.tmp")] == [".git"]


def test_a_file_that_somebody_changed(run: Run, half: Path) -> None:
    """It is named, and the status says that not all was recovered."""
    (half / "b.yaml").write_text("other")
    result = run("recover", "shop", "--undo")
    assert "shop/b.yaml was changed by somebody, and stays as it is\n" in result.stdout
    problem = "error: shop/b.yaml: changed by somebody since: look at it\n"
    assert (result.stderr, result.exit_code) == (problem, 1)
    assert values(half) == ["old"] * 3
    assert (half / "b.yaml").read_text() == "other"


def test_a_journal_that_is_none(run: Run, half: Path) -> None:
    """It is an error, and stays."""
    (half / JOURNAL).write_text("hello\n")
    result = run("recover", "shop")
    assert result.stderr == f"error: shop/{JOURNAL}: not a journal of labelsel\n"
    assert (result.exit_code, (half / JOURNAL).exists()) == (1, True)


def failing(function: Callable[..., Any], path: Path, number: int) -> Callable[..., Any]:
    """Return a function that fails with an error number for one path, or an open file of it."""

    def call(name: Any, *words: Any, **options: Any) -> Any:
        at = Path(f"/proc/self/fd/{name}").readlink() if isinstance(name, int) else Path(name)
        if at.absolute() == path:
            raise OSError(number, os.strerror(number), str(name))
        return function(name, *words, **options)

    return call


@pytest.mark.parametrize("functions", ["fcntl.flock", "os.fstat", "os.lstat os.stat"])
def test_a_journal_that_the_disk_does_not_read(
    run: Run, half: Path, monkeypatch: pytest.MonkeyPatch, functions: str
) -> None:
    """It is an error, and not as if there were no journal; the files can be recovered later."""
    with monkeypatch.context() as patch:
        for function in functions.split():
            module, _, name = function.partition(".")
            broken = failing(getattr(sys.modules[module], name), half / JOURNAL, errno.EIO)
            patch.setattr(function, broken)
        for words in ([], ["shop/in"]):
            result = run("recover", *words, "--finish")
            # Nobody knows whether a journal above is about these files: that is a warning.
            assert result.exit_code == 1 or words
            assert "shop/.labelsel-journal: cannot be read: input/output error" in result.stderr
    assert run("recover", "--finish").exit_code == 0
    assert values(half) == ["new"] * 3


def test_a_folder_that_cannot_be_read(
    run: Run, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in it was not looked at, and nobody is told that there is nothing to recover."""
    with monkeypatch.context() as patch:
        patch.setattr("os.scandir", failing(os.scandir, half, errno.EACCES))
        result = run("recover", "--finish")
    assert result.stderr == "error: ./shop: cannot be read: permission denied\n"
    assert (result.exit_code, (half / JOURNAL).exists()) == (1, True)


def test_a_folder_above_that_nobody_may_enter(
    run: Run, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its journal is none of this user."""
    for name in ("lstat", "stat"):
        broken = failing(getattr(os, name), half.parent / JOURNAL, errno.EACCES)
        monkeypatch.setattr(os, name, broken)
    assert run("recover", "--finish").exit_code == 0
    assert values(half) == ["new"] * 3


def test_a_journal_that_ends_meanwhile(
    run: Run, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run of ``recover`` was faster."""
    assert half.exists()
    monkeypatch.setattr("labelsel.cli.recover.recover", lambda *_, **__: None)
    assert run("recover").stderr == "nothing to recover\n"


def test_the_command_line(run: Run) -> None:
    """Two choices are none, and a path must exist."""
    result = run("recover", "--finish", "--undo")
    assert "--finish makes all files new and --undo all old: give one" in result.stderr
    assert result.exit_code == 2
    result = run("recover", "nowhere")
    assert (result.stderr, result.exit_code) == ("error: nowhere: no such file or directory\n", 1)


@pytest.mark.usefixtures("half")
@pytest.mark.parametrize(
    "words", ["get pods", "lint", "who-selects pod/a", "label pods --all --list"]
)
def test_commands_that_read(run: Run, words: str) -> None:
    """They say it in one line, and go on."""
    result = run(*words.split(), "-f", "shop")
    assert f"warning: shop/{JOURNAL}: {STATE}\n" in result.stderr
    assert result.exit_code in {0, 1}
    assert "recover" not in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        "label pods --all x=y -f shop",
        "annotate pods --all x=y -f shop",
        "delete pods --all -y -f shop",
        "rename app name -f shop",
        "create namespace x -f shop/b.yaml",
        "lint shop --baseline base.json --write-baseline",
    ],
)
def test_commands_that_write(run: Run, half: Path, words: str) -> None:
    """They refuse, unless they only show what they would do."""
    before = {path: path.read_bytes() for path in half.rglob("*") if path.is_file()}
    result = run(*words.split())
    advice = "no file was written: the input is half-written; first run: labelsel recover shop"
    assert f"error: {advice}\n" in result.stderr
    assert result.exit_code == 1
    if "lint" not in words:
        assert "half-written" not in run(*words.split(), "--dry-run").stderr
    assert {path: path.read_bytes() for path in half.rglob("*") if path.is_file()} == before


def test_a_file_that_is_not_written_has_no_line(run: Run, tmp_path: Path) -> None:
    """A killed run has left second names of files: the next run says nothing of these."""
    refused = 0
    for number in count(1, 23):
        folder = tmp_path / str(number)
        folder.mkdir()
        paths, old = [folder / "a.yaml", folder / "b.yaml"], POD.encode()
        for path in paths:
            path.write_bytes(old)
        new = old.replace(b"web", b"new")
        with failing_at(number, None) as failed, suppress(Killed):
            write_files([Rewrite(path.name, path, old, new) for path in paths])
        if not failed():
            break
        if any(path.stat().st_nlink > 1 for path in paths):
            result = run("label", "pods", "--all", "x=y", "-f", folder.name)
            assert result.exit_code == 1
            assert "no file was written" in result.stderr
            assert "hard links" not in result.stderr
            refused += 1
    assert refused


def test_lint_fix(run: Run, half: Path) -> None:
    """``lint --fix`` refuses, too, where there is something to fix."""
    service = "{kind: Service, apiVersion: v1, metadata: {name: s}, spec: {selector: {ap: web}}}"
    (half / "s.yaml").write_text(service)
    result = run("lint", "shop", "--fix")
    assert "no file was written: the input is half-written" in result.stderr
    assert (half / "s.yaml").read_text() == service


def test_another_run(run: Run, tmp_path: Path) -> None:
    """While another run writes the files, readers say so, and writers and recover wait for it."""
    (tmp_path / "a.yaml").write_text(POD)
    results: list[Result] = []

    def look(_done: int, _total: int) -> None:
        results.extend(
            run(*words.split())
            for words in ("get pods -f .", "label pods --all x=y -f .", "recover --undo")
        )

    old = POD.encode()
    write_files([Rewrite("a", tmp_path / "a.yaml", old, old)], on_progress=look)
    reader, writer, recovery = results
    running = f"{JOURNAL}: another run of labelsel is writing 1 file"
    again = "run this again when it has ended\n"
    assert reader.stderr == f"warning: {running}\n"
    assert writer.stderr.endswith(f"the input is half-written; {again}")
    assert recovery.stderr == f"error: {running}; nothing was done: {again}"
    assert [each.exit_code for each in results] == [0, 1, 1]


def test_a_warning_of_a_write(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be kept of a file is said on standard error."""
    (tmp_path / "a.yaml").write_text(POD)
    real = write_new_file
    monkeypatch.setattr(file_set, "write_new_file", lambda *_: [*real(*_), "owner 7"])
    result = run("label", "pods", "--all", "x=y", "-f", ".")
    assert result.stderr == "warning: ./a.yaml: could not be kept: owner 7\n"
    assert result.exit_code == 0
