"""Files written anew: all of them or none."""

import errno
import os
import re
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from labelsel.atomic_write import file_set, journal
from labelsel.atomic_write.journal import (
    JOURNAL,
    HeldJournal,
    Journal,
    create_journal,
    digest,
    hold_journal,
)
from labelsel.atomic_write.recovery import FileState, recover, remove_texts
from labelsel.atomic_write.replacement import write_new_file
from labelsel.kubernetes import ManifestError, Rewrite, write_files
from tests.atomic_write.faults import kill_after, unchanged


def rewrites(folder: Path, *names: str) -> list[Rewrite]:
    """Files with their name in them, and the rewrites that put more there."""
    for name in names:
        (folder / name).write_text(name)
    return [
        Rewrite(name, folder / name, name.encode(), f"{name} and more".encode()) for name in names
    ]


def contents(folder: Path) -> dict[str, str]:
    """All that a folder has in it, hidden things too."""
    return {
        path.name: path.read_text() if path.is_file() else "a folder" for path in folder.iterdir()
    }


def test_all_are_written(tmp_path: Path) -> None:
    """New texts are there, with the mode of the old files, and nothing else is left."""
    files = rewrites(tmp_path, "a", "b")
    (tmp_path / "a").chmod(0o640)
    told: list[tuple[int, int]] = []
    write_files(
        [*files, Rewrite("c", tmp_path / "c", None, b"new")],
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert contents(tmp_path) == {"a": "a and more", "b": "b and more", "c": "new"}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    # The umask decides, as it did of the other file when it was new.
    assert (tmp_path / "c").stat().st_mode == (tmp_path / "b").stat().st_mode
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_rewrite_does_not_show_its_contents() -> None:
    """Both may be long, or secret."""
    rewrite = Rewrite("a", Path("a"), b"before", b"after")
    assert repr(rewrite) == f"Rewrite(file='a', path={Path('a')!r})"


@pytest.fixture
def no_umask() -> Iterator[None]:
    """New files have the mode that they are created with."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
@pytest.mark.parametrize(
    ("modes", "expected"), [([0o777], 0o666), ([0o644, 0o660], 0o640), ([0o600], 0o600)]
)
def test_a_journal_is_as_private_as_the_files(
    tmp_path: Path, modes: list[int], expected: int
) -> None:
    """Nobody may read the digest of a file who may not read the file; a new file all may read."""
    files = rewrites(tmp_path, *map(str, modes))
    for mode in modes:
        (tmp_path / str(mode)).chmod(mode)
    seen: set[int] = set()
    write_files(
        [*files, Rewrite("new", tmp_path / "new", None, b"new")],
        on_progress=lambda *_: seen.add(stat.S_IMODE((tmp_path / JOURNAL).stat().st_mode)),
    )
    assert seen == {expected}


@pytest.mark.parametrize(("before", "after"), [(b"long", b"a"), (b"a", b"long"), (None, b"long")])
def test_a_file_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None, after: bytes
) -> None:
    """It is written; one that a reader would refuse, before or after, is not."""
    path = tmp_path / "a"
    if before is not None:
        path.write_bytes(before)
    rewrite = Rewrite("a", path, before, after)
    monkeypatch.setattr(file_set, "MAX_INPUT_BYTES", 3)
    with pytest.raises(ManifestError, match="a: larger than 3 bytes: not written"):
        write_files([rewrite])
    assert contents(tmp_path) == ({} if before is None else {"a": before.decode()})
    monkeypatch.setattr(file_set, "MAX_INPUT_BYTES", 4)
    write_files([rewrite])
    assert contents(tmp_path) == {"a": after.decode()}


def test_a_journal_that_somebody_removes(tmp_path: Path) -> None:
    """The files are written, and nothing is said: it had to go."""
    write_files(
        rewrites(tmp_path, "a"),
        on_progress=lambda *_: (tmp_path / JOURNAL).unlink(),
        on_warning=pytest.fail,
    )
    assert contents(tmp_path) == {"a": "a and more"}


def test_a_failure_half_way(tmp_path: Path) -> None:
    """Where one file cannot take its place, those before it are back: the very same files."""
    files = rewrites(tmp_path, "a", "b", "c")
    identity = (tmp_path / "a").stat()

    def spoil(done: int, _total: int) -> None:
        if done == 2:
            (tmp_path / "c").unlink()
            (tmp_path / "c").mkdir()

    new = Rewrite("n", tmp_path / "n", None, b"new")
    with pytest.raises(ManifestError, match=r"^c: cannot be written: .*; every file is as it "):
        write_files([files[0], new, files[2], files[1]], on_progress=spoil)
    assert contents(tmp_path) == {"a": "a", "b": "b", "c": "a folder"}
    after = (tmp_path / "a").stat()
    assert (after.st_ino, after.st_mtime_ns) == (identity.st_ino, identity.st_mtime_ns)


def test_a_file_that_is_changed_after_it_was_written(tmp_path: Path) -> None:
    """It has the new text and a change of somebody else: what is said is true, and texts stay."""
    files = rewrites(tmp_path, "a", "b", "c")

    def spoil(done: int, _total: int) -> None:
        if done == 2:
            (tmp_path / "a").write_text("a and more and a change")
            (tmp_path / "c").write_text("other")

    problem = f"a: it was written, and somebody has changed it since; labelsel recover {tmp_path}"
    with pytest.raises(ManifestError, match=re.escape(problem)):
        write_files(files, on_progress=spoil)
    found = recover(tmp_path / JOURNAL, FileState.OLD)
    assert found is not None
    assert contents(tmp_path) == {"a": "a and more and a change", "b": "b", "c": "other"}


def test_an_interruption_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files are written: it is said that the journal stays, and what removes it."""
    said: list[str] = []

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(file_set, "remove_texts", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_files(rewrites(tmp_path, "a"), on_warning=said.append)
    expected = f"all files are written, but {tmp_path / JOURNAL} stays: interrupted; labelsel"
    assert said[0].startswith(expected)
    monkeypatch.undo()
    # The journal is not held any more.
    assert recover(tmp_path / JOURNAL) is not None
    assert contents(tmp_path) == {"a": "a and more"}


def test_a_disk_that_may_lose_the_removal_of_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is gone, and may come back after a loss of power: not said to stay."""
    said: list[str] = []

    def fail(_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def remove(held: HeldJournal) -> None:
        monkeypatch.setattr(journal, "sync_folder", fail)
        remove_texts(held)

    monkeypatch.setattr(file_set, "remove_texts", remove)
    write_files(rewrites(tmp_path, "a"), on_warning=said.append)
    path = tmp_path / JOURNAL
    expected = f"all files are written, and {path} is removed, but the disk may lose that: "
    assert said == [
        f"{expected}input/output error; if the file is there again, labelsel recover removes it"
    ]
    assert contents(tmp_path) == {"a": "a and more"}


def test_a_folder_in_which_others_may_not_replace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In /tmp a file that all may write is replaced by its owner alone: nothing is begun."""
    files = rewrites(tmp_path, "a")
    tmp_path.chmod(0o1777)
    user = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    with pytest.raises(ManifestError, match="a: cannot be written: only the owner of a file may"):
        write_files(files)
    assert contents(tmp_path) == {"a": "a"}
    monkeypatch.undo()
    write_files(files)
    assert contents(tmp_path) == {"a": "a and more"}


def test_a_held_journal_that_nobody_closes(tmp_path: Path) -> None:
    """After an exception in an odd place: it is free as soon as nobody has it."""
    held = create_journal(Journal.of(tmp_path, [("a", None, "0" * 64)]), 0o666, unchanged)
    assert held is not None
    assert hold_journal(held.journal.path) is None
    path = held.journal.path
    del held
    again = hold_journal(path)
    assert again is not None
    again.close()


def test_an_interruption_half_way(tmp_path: Path) -> None:
    """Who interrupts gets the old files."""

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    files = rewrites(tmp_path, "a", "b")
    with pytest.raises(KeyboardInterrupt):
        write_files(files, on_progress=interrupt)
    assert contents(tmp_path) == {"a": "a", "b": "b"}


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_a_file_that_changed(tmp_path: Path, moment: str) -> None:
    """A file that somebody else has changed is not written, and no other is."""
    files = rewrites(tmp_path, "a", "b")

    def change(*_: int) -> None:
        (tmp_path / "b").write_text("other")

    if moment == "before":
        change()
    with pytest.raises(ManifestError, match="b: changed since it was read"):
        write_files(files, on_progress=change)
    assert contents(tmp_path) == {"a": "a", "b": "other"}


def test_a_new_file_that_is_there(tmp_path: Path) -> None:
    """A file that was to be new, and is there, stays; so does a link that leads nowhere."""
    new = Rewrite("a", tmp_path / "a", None, b"new")
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ManifestError, match="a: "):
        write_files([new])
    assert (tmp_path / "a").is_symlink()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A file in a folder that is not there cannot be written."""
    new = Rewrite("x/a", tmp_path / "x" / "a", None, b"new")
    expected = "x/a: cannot be written: no such file or directory; every file is as it was"
    with pytest.raises(ManifestError, match=f"^{re.escape(expected)}$"):
        write_files([new])


def test_a_read_only_file(tmp_path: Path) -> None:
    """A file that must not be written is not, though its folder could be."""
    files = rewrites(tmp_path, "a")
    (tmp_path / "a").chmod(0o444)
    with pytest.raises(ManifestError, match="the file is read-only: make it writable"):
        write_files(files)
    assert contents(tmp_path) == {"a": "a"}


def test_nothing_to_write() -> None:
    """No files are written at once, without a journal."""
    write_files([])


def test_names_that_a_journal_cannot_have(tmp_path: Path) -> None:
    """A file twice, a file of git, or more than a journal can name: nothing is written."""
    (file,) = rewrites(tmp_path, "a")
    with pytest.raises(ManifestError, match="a: cannot be written: a is named twice; every file"):
        write_files([file, file])
    (tmp_path / ".git").mkdir()
    with pytest.raises(ManifestError, match=r"'\.git/x' is not a path of a file that labelsel"):
        write_files([file, Rewrite("x", tmp_path / ".git" / "x", None, b"new")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "MAX_JOURNAL_BYTES", 10)
        with pytest.raises(ManifestError, match="more files than a journal can name"):
            write_files([file])
    (tmp_path / ".git").rmdir()
    assert contents(tmp_path) == {"a": "a"}


def test_what_is_no_file(tmp_path: Path) -> None:
    """A pipe is never read, which may take for ever."""
    os.mkfifo(tmp_path / "a")
    with pytest.raises(ManifestError, match=r"a: cannot be written: it is a pipe \(FIFO\), and"):
        write_files([Rewrite("a", tmp_path / "a", b"", b"new")])


def test_a_folder_in_which_nothing_can_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a journal no file is written; the message says where it would be."""
    files = rewrites(tmp_path, "a")

    def fail(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(file_set, "create_journal", fail)
    expected = f"a: cannot be written: permission denied (the journal in {tmp_path}); every file"
    with pytest.raises(ManifestError, match=re.escape(expected)):
        write_files(files)


@pytest.mark.parametrize("link", ["a", "new"])
def test_a_disk_without_second_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    """Where a file cannot get a second name, a copy is kept, with the time of the old file."""
    files = [*rewrites(tmp_path, "a", "b"), Rewrite("new", tmp_path / "new", None, b"new")]
    os.utime(tmp_path / "a", ns=(1, 2))

    def fail(*_: object) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(os, "link", fail)
    if link == "new":
        write_files(files)
        assert contents(tmp_path) == {"a": "a and more", "b": "b and more", "new": "new"}
        return

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_files(files, on_progress=interrupt)
    assert contents(tmp_path) == {"a": "a", "b": "b"}
    assert (tmp_path / "a").stat().st_mtime_ns == 2


@pytest.mark.parametrize("disk", ["with links", "without links"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "now",
    [
        {"b": "b"},
        {"a": "other", "b": "b"},
        {"a": "a and more", "b": "b and more", "new": "new"},
        {"a": "a", "b": "b and more", "new": "new"},
    ],
)
def test_a_file_that_changes_beside_the_journal(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    now: dict[str, str],
    moment: str,
    disk: str,
) -> None:
    """What another run wrote stays, also if that is what this one would have written."""
    files = [*rewrites(tmp_path, "a", "b"), Rewrite("new", tmp_path / "new", None, b"new")]
    real = journal.create_journal

    def change(journal: Journal, mode: int, check: Callable[[], None]) -> HeldJournal | None:
        held = real(journal, mode, check) if moment == "after" else None
        for path in (tmp_path / "a", tmp_path / "b"):
            path.unlink()
        for name, text in now.items():
            (tmp_path / name).write_text(text)
        if held is not None:
            return held
        # No journal says what is not so: a killed process would leave it.
        with pytest.raises(ManifestError) as caught:
            real(journal, mode, check)
        raise caught.value

    def fail(*_: object) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(file_set, "create_journal", change)
    if disk == "without links":
        monkeypatch.setattr(os, "link", fail)
    with pytest.raises(ManifestError, match="changed since it was read: no file was written"):
        write_files(files)
    assert contents(tmp_path) == now


def test_a_file_that_goes_while_it_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk without second names: that it is gone is a change like any other."""
    (file,) = rewrites(tmp_path, "a")

    def fail(*_: object) -> None:
        raise OSError(errno.EPERM, "no")

    def write(path: Path, data: bytes, like: Path) -> list[str]:
        file.path.unlink()
        return write_new_file(path, data, like)

    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(file_set, "write_new_file", write)
    with pytest.raises(ManifestError, match="a: changed since it was read: no file was written"):
        write_files([file])
    assert contents(tmp_path) == {}


def test_a_file_that_is_another_one_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept as the old text is what was read, or no file is written."""
    files = rewrites(tmp_path, "a", "b")
    real = os.link

    def link(_old: Path, new: Path) -> None:
        real(tmp_path / "b", new)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(ManifestError, match="a: changed since it was read: no file was written"):
        write_files(files[:1])
    assert contents(tmp_path) == {"a": "a", "b": "b"}


@pytest.mark.parametrize("text", ["other", "new"])
def test_a_new_file_that_somebody_else_creates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """At the last moment: it is not replaced, which a rename would do, and not taken back."""
    real = os.link

    def create(old: Path, new: Path) -> None:
        (tmp_path / "new").write_text(text)
        real(old, new)

    monkeypatch.setattr(os, "link", create)
    with pytest.raises(ManifestError, match="new: changed since it was read"):
        write_files([Rewrite("new", tmp_path / "new", None, b"new")])
    assert contents(tmp_path) == {"new": text}


def test_what_cannot_be_kept_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each file."""
    monkeypatch.setattr(file_set, "write_new_file", lambda *_: write_new_file(*_) or ["owner 7"])
    said: list[str] = []
    write_files(rewrites(tmp_path, "a"), on_warning=said.append)
    assert said == ["a: could not be kept: owner 7"]
    write_files([Rewrite("a", tmp_path / "a", b"a and more", b"a")])


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_a_disk_that_does_not_take_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    """Then the journal stays, and what is said is true: some files are new."""
    files = rewrites(tmp_path, "a", "b")
    said: list[str] = []

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    def stop(_done: int, _total: int) -> None:
        monkeypatch.setattr(os, "replace", fail)
        raise kind

    expected = f"a: cannot be written: input/output error; labelsel recover {tmp_path} says which"
    with pytest.raises(ManifestError if kind is OSError else kind) as caught:
        write_files(files, on_progress=stop, on_warning=said.append)
    said.append(str(caught.value))
    assert any(expected in each for each in said)
    monkeypatch.undo()
    # So does the next run say, until it is recovered.
    problem = "a run of labelsel was killed: 1 of 2 files is new, 1 is old; no file was written"
    with pytest.raises(ManifestError, match=f"{problem}; first run: labelsel recover {tmp_path}"):
        write_files([Rewrite("b", tmp_path / "b", b"b", b"more")])
    with pytest.raises(ManifestError, match=problem):
        write_files([Rewrite("c", tmp_path / "c", None, b"new")])
    recover(tmp_path / JOURNAL, FileState.OLD)
    assert contents(tmp_path) == {"a": "a", "b": "b"}


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_an_interrupt_while_files_are_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    """Who interrupts once more is told that some files are new, and how to see which."""
    files = rewrites(tmp_path, "a", "b", "c")
    replace = os.replace
    said: list[str] = []

    def interrupt(source: Path, target: Path) -> None:
        replace(source, target)
        raise KeyboardInterrupt

    def stop(done: int, _total: int) -> None:
        if done == len(files) - 1:
            monkeypatch.setattr(os, "replace", interrupt)
            raise kind

    with pytest.raises(KeyboardInterrupt):
        write_files(files, on_progress=stop, on_warning=said.append)
    monkeypatch.undo()
    assert [(tmp_path / name).read_text() for name in "abc"] == ["a", "b and more", "c"]
    problem = "interrupted before all files were as they were"
    advice = f"labelsel recover {tmp_path} says which files are new"
    assert said == [f"{tmp_path / JOURNAL}: {problem}; {advice}"]
    recover(tmp_path / JOURNAL, FileState.OLD)
    assert contents(tmp_path) == {"a": "a", "b": "b", "c": "c"}


def test_a_killed_run_about_other_files(tmp_path: Path) -> None:
    """It does not keep anybody from writing files below it that it does not name."""
    kill_after(1, rewrites(tmp_path, "a", "b"))
    (tmp_path / "in").mkdir()
    write_files([Rewrite("c", tmp_path / "in" / "c", None, b"new")])
    assert contents(tmp_path / "in") == {"c": "new"}


def test_two_runs_at_a_time(tmp_path: Path) -> None:
    """The second waits until the first has ended, and sees then that its file has changed."""
    files = [*rewrites(tmp_path, "a"), Rewrite("b", tmp_path / "b", None, b"b and more")]
    second: list[Future[None]] = []
    with ThreadPoolExecutor() as pool:

        def start(done: int, _total: int) -> None:
            if done == 1:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(file_set, "_PATIENCE", 0)
                    with pytest.raises(ManifestError, match="another run of labelsel is writing 2"):
                        write_files([files[1]])
                second.append(pool.submit(write_files, [files[1]]))

        write_files(files, on_progress=start)
        with pytest.raises(ManifestError, match="b: changed since it was read"):
            second[0].result()
    assert contents(tmp_path) == {"a": "a and more", "b": "b and more"}


def test_a_killed_run_above(tmp_path: Path) -> None:
    """One of its files is enough; a journal above without text is about other files."""
    (tmp_path / "in").mkdir()
    kill_after(1, rewrites(tmp_path, "a", "in/b"))
    file = Rewrite("b", tmp_path / "in/b", b"in/b", b"more")
    problem = "a run of labelsel was killed: 1 of 2 files is new, 1 is old; no file was written"
    with pytest.raises(ManifestError, match=problem):
        write_files([file])
    recover(tmp_path / JOURNAL, FileState.OLD)
    (tmp_path / JOURNAL).write_text("")
    write_files([file])
    assert contents(tmp_path / "in") == {"b": "more"}


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        assert self.now < 100


RUNNING = "another run of labelsel is writing {}; run this again when it has ended"
KILLED = "a run of labelsel was killed: {}; no file was written; first run: labelsel recover "


@pytest.mark.parametrize(
    ("folder", "name", "is_held", "seconds", "problem"),
    [
        (".", "a", True, 30, RUNNING.format("1 file")),
        (".", "a", False, 0, KILLED.format("1 of 1 file is old")),
        # Its journal is where ours would be.
        (".", "other", True, 30, RUNNING.format("1 file")),
        (".", "other", False, 0, KILLED.format("1 of 1 file is old")),
        ("in", "b", True, 30, RUNNING.format("1 file")),
        # Without a text, as when it has just been created.
        (".", None, True, 30, RUNNING.format("0 files")),
        (".", None, False, 1, KILLED.format("no file has been changed")),
    ],
)
def test_how_long_another_run_is_waited_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    folder: str,
    name: str | None,
    is_held: bool,
    seconds: float,
    problem: str,
) -> None:
    """As long as it lives, but not for ever; one that was killed is not waited for."""
    (tmp_path / "in").mkdir()
    files = rewrites(tmp_path, "a", "in/b")
    old = {"a": digest(b"a"), "b": digest(b"in/b")}
    entry = (name or "other", old.get(name or "other"), "0" * 64)
    other = create_journal(Journal.of(tmp_path / folder, [entry]), 0o666, unchanged)
    assert other is not None
    if name is None:
        os.truncate(other.journal.path, 0)
    if not is_held:
        other.close()
    # A Python may end objects late: nobody else waits for that.
    held: list[HeldJournal | None] = []

    def hold(path: Path) -> HeldJournal | None:
        held.append(hold_journal(path))
        return held[-1]

    clock = Clock()
    monkeypatch.setattr(file_set, "hold_journal", hold)
    monkeypatch.setattr(file_set, "time", clock)
    monkeypatch.setattr(file_set, "random", lambda: 0.5 / file_set._INTERVAL)
    expected = f"^{re.escape(f'{other.journal.path}: {problem}')}"
    with pytest.raises(ManifestError, match=expected):
        write_files(files)
    assert clock.now == seconds
    other.close()


def test_a_journal_in_the_making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without text is waited for, and is of a killed process if it stays so."""
    files = rewrites(tmp_path, "a")
    (tmp_path / JOURNAL).write_text("")
    monkeypatch.setattr(file_set, "_GRACE", 0)
    problem = "a run of labelsel was killed: no file has been changed; no file was written"
    with pytest.raises(ManifestError, match=problem):
        write_files(files)
    monkeypatch.undo()
    monkeypatch.setattr(time, "sleep", lambda _: (tmp_path / JOURNAL).unlink())
    write_files(files)
    assert contents(tmp_path) == {"a": "a and more"}


def test_a_run_that_looks_at_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its journal has no text as long as it looks, and it lives: another run waits for it."""
    files = rewrites(tmp_path, "a")
    second: list[Future[None]] = []
    has_waited = threading.Event()

    def begin(ours: Journal, mode: int, check: Callable[[], None]) -> HeldJournal | None:
        def look() -> None:
            check()
            if not second:
                second.append(pool.submit(write_files, files))
                assert has_waited.wait(60)

        return create_journal(ours, mode, look)

    monkeypatch.setattr(file_set, "create_journal", begin)
    monkeypatch.setattr(file_set, "_GRACE", 0)
    monkeypatch.setattr(time, "sleep", lambda _: has_waited.set())
    with ThreadPoolExecutor() as pool:
        write_files(files)
        with pytest.raises(ManifestError, match="a: changed since it was read"):
            second[0].result()
    assert contents(tmp_path) == {"a": "a and more"}


def test_two_runs_that_begin_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose journal is in another folder was not seen before both were there: it is now."""
    (tmp_path / "in").mkdir()
    files = rewrites(tmp_path, "a", "in/b")
    began: list[HeldJournal] = []

    def begin(ours: Journal, mode: int, check: Callable[[], None]) -> HeldJournal | None:
        if not began:
            other = create_journal(
                Journal.of(tmp_path / "in", [("b", "0" * 64, "1" * 64)]), mode, unchanged
            )
            assert other is not None
            began.append(other)
        return create_journal(ours, mode, check)

    def end() -> float:
        began[0].remove()
        began[0].close()
        return 0.0

    monkeypatch.setattr(file_set, "create_journal", begin)
    with monkeypatch.context() as impatient:
        impatient.setattr(file_set, "_PATIENCE", 0)
        with pytest.raises(ManifestError, match="another run of labelsel began to write: run this"):
            write_files(files)
    assert not (tmp_path / JOURNAL).exists()
    began[0].journal.path.unlink()
    began.clear()
    monkeypatch.setattr(file_set, "random", end)
    write_files(files)
    assert contents(tmp_path) == {"a": "a and more", "in": "a folder"}
    assert contents(tmp_path / "in") == {"b": "in/b and more"}


def test_a_journal_that_goes_and_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes first writes; who finds no end of others says so."""
    files = rewrites(tmp_path, "a")
    monkeypatch.setattr(file_set, "create_journal", lambda *_: None)
    monkeypatch.setattr(file_set, "_PATIENCE", 0)
    with pytest.raises(ManifestError, match="another run of labelsel began to write: run this"):
        write_files(files)
    monkeypatch.setattr(file_set, "journals_of", lambda _: [tmp_path / JOURNAL])
    with pytest.raises(ManifestError, match="another run of labelsel began to write"):
        write_files(files)
