"""Each call that reaches the disk fails once, and the process is killed once at each."""

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labelsel import LabelIndex
from labelsel.atomic_write.journal import JOURNAL
from labelsel.atomic_write.recovery import FileState, recover
from labelsel.kubernetes import ManifestError, Rewrite, write_files
from tests.atomic_write.faults import Killed, failing_at, kill_after

#: EIO is tried by `make test`; the other errors take another way at a few calls only.
ERRORS = [
    pytest.param(errno.EIO, id="EIO"),
    pytest.param(errno.EACCES, id="EACCES", marks=pytest.mark.slow),
    pytest.param(errno.ENOSPC, id="ENOSPC", marks=pytest.mark.slow),
    pytest.param(errno.EINTR, id="EINTR", marks=pytest.mark.slow),
]
KILL = pytest.param(None, id="kill")
OLD = {"a": b"old a", "in/b": b"old b"}
NEW = {"a": b"new a", "in/b": b"new b", "in/c": b"new c"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk: what fails is which call, not how long one takes."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def make_set(folder: Path) -> list[Rewrite]:
    """Two files of two folders, and one that is new; the first has an extended attribute."""
    (folder / "in").mkdir(parents=True)
    for name, content in OLD.items():
        (folder / name).write_bytes(content)
    os.setxattr(folder / "a", "user.note", b"kept")
    return [Rewrite(name, folder / name, OLD.get(name), NEW[name]) for name in NEW]


def contents(folder: Path) -> dict[str, bytes]:
    """The files in a folder and below it, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def each_call(
    tmp_path: Path,
    error: int | None,
    run: Callable[[Path], None],
    prepare: Callable[[Path], object],
) -> Iterator[tuple[Path, str, BaseException | None]]:
    """Run something once for each of its calls, each time in a new folder.

    Yields the folder, the call that failed, and the exception; ends when no call is left.
    """
    for number in itertools.count(1):
        folder = tmp_path / str(number)
        prepare(folder)
        raised: BaseException | None = None
        with failing_at(number, error) as failed:
            try:
                run(folder)
            except (Killed, OSError, ManifestError) as caught:
                raised = caught
        name = failed()
        if name is None:
            assert number > 20
            return
        yield folder, name, raised


@pytest.mark.parametrize("error", ERRORS)
def test_a_set_of_files(tmp_path: Path, error: int) -> None:
    """Whatever fails, all files are old and an error says so, or all are new."""
    warnings: list[str] = []

    def run(folder: Path) -> None:
        rewrites = [Rewrite(n, folder / n, OLD.get(n), NEW[n]) for n in NEW]
        write_files(rewrites, on_warning=warnings.append)

    for folder, name, raised in each_call(tmp_path, error, run, make_set):
        left = contents(folder)
        if raised is not None:
            assert left == OLD, name
            assert "file is as it was" in str(raised) or "no file was written" in str(raised)
            continue
        # A call that may fail: where nothing is left there was another way, or nothing to keep.
        assert {key: left[key] for key in NEW} == NEW, name
        if JOURNAL in left:
            assert "labelsel recover removes it" in warnings.pop()
            assert recover(folder / JOURNAL) is not None
        assert contents(folder) == NEW


def test_a_set_of_files_that_is_killed(tmp_path: Path) -> None:
    """Each file is whole; what is left can be finished, or taken back, and nothing stays."""
    states: set[frozenset[FileState]] = set()

    def run(folder: Path) -> None:
        write_files([Rewrite(n, folder / n, OLD.get(n), NEW[n]) for n in NEW])

    for (folder, name, _), wish in zip(
        each_call(tmp_path, None, run, make_set), itertools.cycle(FileState), strict=False
    ):
        left = contents(folder)
        assert all(left.get(key) in {OLD.get(key), NEW[key]} for key in NEW), name
        if JOURNAL not in left:
            assert left in (OLD, NEW), name
            continue
        found = recover(folder / JOURNAL, dry_run=True)
        assert found is not None
        write, done = found
        seen = frozenset(each.state for each in write.files)
        states.add(seen)
        assert done is not write.is_mixed
        make = {FileState.OLD: FileState.OLD, FileState.NEW: FileState.NEW}.get(wish)
        if make is None or not write.is_mixed:
            make = FileState.OLD if write.is_mixed else None
        recover(folder / JOURNAL, make)
        expected = NEW if make is FileState.NEW or seen == {FileState.NEW} else OLD
        assert contents(folder) == expected, name
    assert {len(each) for each in states} == {0, 1, 2}


@pytest.mark.parametrize("error", [*ERRORS, KILL])
def test_an_index(tmp_path: Path, error: int | None) -> None:
    """A saved index is the old or the new one, and the next save removes what a killed one left."""
    old, new = LabelIndex({"a": {"x": "old"}}), LabelIndex({"a": {"x": "new"}})

    def prepare(folder: Path) -> None:
        folder.mkdir()
        old.save(folder / "saved")
        os.setxattr(folder / "saved", "user.note", b"kept")

    def run(folder: Path) -> None:
        new.save(folder / "saved")

    for folder, name, raised in each_call(tmp_path, error, run, prepare):
        loaded: LabelIndex[str] = LabelIndex.load(folder / "saved")
        assert loaded in (old, new), name
        # The folder is synchronised after the new file has its name.
        if raised is not None and error is not None and loaded != old:
            assert name in {"open", "fsync"}
        if raised is None:
            assert loaded == new, name
        if error is not None:
            assert list(contents(folder)) == ["saved"], name
        new.save(folder / "saved")
        assert list(contents(folder)) == ["saved"], name


@pytest.mark.slow
@pytest.mark.parametrize("make", [FileState.OLD, FileState.NEW])
@pytest.mark.parametrize("error", [errno.EIO, None])
def test_a_recovery(tmp_path: Path, make: FileState, error: int | None) -> None:
    """A recovery that fails or is killed can be done again."""

    def prepare(folder: Path) -> None:
        kill_after(2, make_set(folder))

    def run(folder: Path) -> None:
        recover(folder / JOURNAL, make)

    for folder, name, raised in each_call(tmp_path, error, run, prepare):
        assert raised is not None or JOURNAL not in contents(folder), name
        recover(folder / JOURNAL, make)
        assert contents(folder) == (OLD if make is FileState.OLD else NEW), name
