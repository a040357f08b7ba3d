"""What a killed process left: found, described, finished, taken back; and nothing else touched."""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from labelsel.atomic_write import recovery
from labelsel.atomic_write.journal import JOURNAL, Journal, create_journal, digest, read_journal
from labelsel.atomic_write.recovery import (
    FileState,
    examine,
    folders_above,
    folders_below,
    interrupted_writes,
    journals_of,
    recover,
    remove_leftovers,
)
from labelsel.kubernetes import ManifestError, Rewrite, write_files
from tests.atomic_write.faults import kill_after, unchanged
from tests.atomic_write.test_faults import NEW, OLD, contents, each_call, make_set
from tests.atomic_write.test_journal import ID, write


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """The journal of three files, of which the first is new: its folder is all that a test has."""
    kill_after(1, make_set(tmp_path))
    return tmp_path / JOURNAL


def texts(folder: Path, kind: str) -> list[Path]:
    """The new or the old texts beside the files."""
    return sorted(folder.rglob(f".labelsel-*.{kind}"))


def test_what_is_said(mixed: Path) -> None:
    """The files are named with what they are."""
    found = examine(mixed)
    assert found is not None
    assert found.problem == "a run of labelsel was killed: 1 of 3 files is new, 2 are old"
    assert [(each.entry.name, each.state.value) for each in found.files] == [
        ("a", "new"),
        ("in/b", "old"),
        ("in/c", "old"),
    ]
    assert recover(mixed) == (found, False)
    assert recover(mixed, FileState.NEW, dry_run=True) == (found, True)
    assert examine(mixed) == found


def test_no_journal(tmp_path: Path) -> None:
    """Where there is none there is nothing to do."""
    assert examine(tmp_path / JOURNAL) is None
    assert recover(tmp_path / JOURNAL) is None


@pytest.mark.parametrize("make", [None, *FileState])
def test_the_journal_of_another_user(
    mixed: Path, monkeypatch: pytest.MonkeyPatch, make: FileState | None
) -> None:
    """Nothing is done with it: in a folder above, somebody could name our files in a journal."""
    before = contents(mixed.parent)
    monkeypatch.setattr(os, "geteuid", lambda: mixed.stat().st_uid + 1)
    with pytest.raises(ManifestError, match=r"it belongs to user \d+, and not to you: recover as"):
        recover(mixed, make)
    assert contents(mixed.parent) == before


def test_a_system_without_users(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no numbers of users: each journal is ours."""
    monkeypatch.delattr(os, "geteuid")
    assert recover(mixed, FileState.NEW) is not None
    assert contents(mixed.parent) == NEW


def test_a_journal_in_the_making_beside_old_texts(tmp_path: Path) -> None:
    """Whoever makes it lives: the texts are of another set, and it has lost nothing."""
    (tmp_path / f".labelsel-{ID}-0.new").write_text("of another set")
    held = create_journal(Journal.of(tmp_path, [("a", None, ID * 4)]), 0o666, unchanged)
    assert held is not None
    os.truncate(held.journal.path, 0)
    found = examine(held.journal.path)
    assert found is not None
    assert (found.is_running, found.files) == (True, ())
    held.close()


def test_a_file_that_somebody_changed(tmp_path: Path, mixed: Path) -> None:
    """It stays as it is, and the others are made whole."""
    (tmp_path / "in/b").write_text("other")
    (tmp_path / "in/c").mkdir()
    found = examine(mixed)
    assert found is not None
    assert found.problem.endswith("1 of 3 files is new, 2 are neither, changed by somebody since")
    # The others are new, and these may have been old: a person has to choose.
    assert found.is_mixed
    assert recover(mixed) == (found, False)
    assert recover(mixed, FileState.OLD) == (found, True)
    assert contents(tmp_path) == OLD | {"in/b": b"other"}


def test_a_new_file_that_somebody_changed(tmp_path: Path, mixed: Path) -> None:
    """The others are old, and are not left behind: without a choice nothing is removed."""
    (tmp_path / "a").write_text("other")
    found = recover(mixed)
    assert found is not None
    assert found[1] is False
    assert interrupted_writes([tmp_path / "in/b"]) == [found[0]]
    assert recover(mixed, FileState.NEW) is not None
    assert contents(tmp_path) == NEW | {"a": b"other"}


def test_a_journal_of_others_is_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads files below an empty one, in /tmp say, does not look through all folders."""
    (tmp_path / "in").mkdir()
    (tmp_path / JOURNAL).write_bytes(b"")
    looked: list[Path] = []

    def look(folder: Path, _: object) -> list[Path]:
        looked.append(folder)
        return []

    monkeypatch.setattr(recovery, "folders_below", look)
    assert interrupted_writes([tmp_path / "in/a"]) == []
    assert looked == []


@pytest.mark.parametrize("content", [b"", b"labelsel", b"\0" * 9])
def test_a_journal_that_has_lost_its_text(tmp_path: Path, mixed: Path, content: bytes) -> None:
    """A text of a set stands beside it, so it is not in the making: nothing is removed."""
    mixed.write_bytes(content)
    before = contents(tmp_path)
    with pytest.raises(ManifestError, match="the journal is damaged, and nobody knows which files"):
        recover(mixed)
    assert remove_leftovers(tmp_path / "in") == []
    assert contents(tmp_path) == before


@pytest.mark.parametrize("is_inside", [False, True])
def test_the_texts_of_another_journal(tmp_path: Path, *, is_inside: bool) -> None:
    """They say nothing about one without text, above their folder or in it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    kill_after(1, make_set(folder))
    empty = (folder / "in" if is_inside else tmp_path) / JOURNAL
    empty.touch()
    found = recover(empty, FileState.OLD)
    assert found is not None
    assert (found[1], found[0].counts) == (True, "no file has been changed")
    assert not empty.exists()
    assert recover(folder / JOURNAL, FileState.OLD) is not None
    assert contents(folder) == OLD


def test_another_set_that_ends_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its texts were there, and then neither they nor the journal that named them are."""
    (tmp_path / "shop").mkdir()
    kill_after(1, make_set(tmp_path / "shop"))
    (tmp_path / JOURNAL).touch()
    find = recovery.journals_of

    def end(folders: Iterable[Path]) -> list[Path]:
        found = find(folders)
        monkeypatch.undo()
        assert recover(tmp_path / "shop" / JOURNAL, FileState.OLD) is not None
        return found

    monkeypatch.setattr(recovery, "journals_of", end)
    assert recover(tmp_path / JOURNAL) is not None
    assert contents(tmp_path / "shop") == OLD


@pytest.mark.parametrize("content", ["damaged", "", None])
def test_a_text_that_no_journal_names(tmp_path: Path, content: str | None) -> None:
    """One more text than the other journal names, or one of which nobody knows, is a lost one."""
    (tmp_path / "shop").mkdir()
    kill_after(1, make_set(tmp_path / "shop"))
    (tmp_path / JOURNAL).touch()
    if content is None:
        (tmp_path / "shop" / f".labelsel-{ID}-7.old").touch()
    else:
        (tmp_path / "shop" / JOURNAL).write_text(content)
    with pytest.raises(ManifestError, match="the journal is damaged"):
        recover(tmp_path / JOURNAL, FileState.OLD)
    assert (tmp_path / JOURNAL).exists()


def test_a_journal_with_files_beside_a_text_of_nobody(tmp_path: Path, mixed: Path) -> None:
    """What it names is known: a text that another killed run left is no sign of damage."""
    left = tmp_path / f".labelsel-{ID}-7.old"
    left.touch()
    found = examine(mixed)
    assert found is not None
    assert len(found.files) == 3
    assert recover(mixed, FileState.OLD) == (found, True)
    left.unlink()
    assert contents(tmp_path) == OLD


def test_a_file_that_is_gone(tmp_path: Path, mixed: Path) -> None:
    """So does one that somebody has removed, with its folder."""
    for path in (tmp_path / "in").iterdir():
        path.unlink()
    (tmp_path / "in").rmdir()
    (tmp_path / "in").write_text("no folder")
    found = recover(mixed)
    assert found is not None
    # The new file is not there, which is what it was before.
    states = [each.state for each in found[0].files]
    assert states == [FileState.NEW, FileState.CHANGED, FileState.OLD]


@pytest.mark.parametrize("is_file", [False, True])
def test_a_folder_that_is_gone(tmp_path: Path, mixed: Path, *, is_file: bool) -> None:
    """The files in it stay gone, and the others are recovered: the journal does not stay."""
    shutil.rmtree(tmp_path / "in")
    if is_file:
        (tmp_path / "in").write_text("no folder")
    assert recover(mixed, FileState.OLD) is not None
    assert contents(tmp_path) == {"a": OLD["a"]} | ({"in": b"no folder"} if is_file else {})


@pytest.mark.parametrize(
    ("kind", "make", "words"),
    [("new", FileState.NEW, "can only become old"), ("old", FileState.OLD, "can only become new")],
)
def test_a_text_that_is_missing(
    tmp_path: Path, mixed: Path, kind: str, make: FileState, words: str
) -> None:
    """Without its text a file cannot become what was asked for: then none does."""
    for text in texts(tmp_path, kind):
        text.write_text("another text")
    before = contents(tmp_path)
    with pytest.raises(ManifestError, match=words):
        recover(mixed, make)
    assert contents(tmp_path) == before


def test_links_in_a_journal(tmp_path: Path) -> None:
    """Nothing is done to a file that a link leads to, in the folder or on the way."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "key").write_text("secret")
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "way").symlink_to(outside)
    (folder / "link").symlink_to(outside / "key")
    secret, evil = digest(b"secret"), digest(b"evil")
    path = write(folder, {"id": ID, "files": [["way/key", None, secret]]})
    with pytest.raises(ManifestError, match="way leads through a link: nothing is done outside"):
        recover(path, FileState.OLD)
    # A file that is a link is none of the two texts, also if its target is.
    (folder / f".labelsel-{ID}-0.new").write_text("evil")
    write(folder, {"id": ID, "files": [["link", secret, evil]]})
    found = recover(path, FileState.NEW)
    assert found is not None
    assert found[0].files[0].state is FileState.CHANGED
    assert (outside / "key").read_text() == "secret"
    assert (folder / "link").is_symlink()


def test_a_process_that_lives(tmp_path: Path) -> None:
    """Its files are left alone."""
    rewrites = make_set(tmp_path)
    seen: list[tuple[str, bool]] = []

    def look(_done: int, _total: int) -> None:
        found = recover(tmp_path / JOURNAL, FileState.NEW)
        assert found is not None
        seen.append((found[0].problem, found[1]))
        (write,) = interrupted_writes([tmp_path / "in" / "b"])
        assert write.is_running
        assert remove_leftovers(tmp_path) == []

    write_files(rewrites, on_progress=look)
    assert seen == [("another run of labelsel is writing 3 files", False)] * 3
    assert contents(tmp_path) == NEW


def test_where_journals_are_looked_for(tmp_path: Path, mixed: Path) -> None:
    """In the folder of each file and all above, each once; one about other files does not count."""
    assert folders_above([tmp_path / "x", tmp_path / "in" / "y"])[:2] == [
        tmp_path,
        tmp_path.parent,
    ]
    assert folders_above([tmp_path / "in" / "y", tmp_path / "x"])[0] == tmp_path / "in"
    (found,) = interrupted_writes([tmp_path / "in" / "b"])
    assert found.journal.path == mixed
    assert interrupted_writes([tmp_path / "in" / "other"]) == []
    recover(mixed, FileState.OLD)
    assert interrupted_writes([tmp_path / "in" / "b"]) == []
    mixed.write_text("nothing of ours")
    assert interrupted_writes([tmp_path / "in" / "b"]) == []


def test_a_journal_that_goes_while_it_is_read(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process has ended well, or another one has recovered it: nothing is half-written."""
    text = mixed.with_name(f".labelsel-{ID}-0.new")
    text.write_text("of a set without a journal")
    files = [mixed.parent / "a"]
    real = read_journal

    def end(path: Path) -> Journal | None:
        found = real(path)
        path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(recovery, "read_journal", end)
    assert interrupted_writes(files) == []
    monkeypatch.setattr(recovery, "journals_of", lambda _: [mixed])
    monkeypatch.setattr(recovery, "read_journal", real)
    assert interrupted_writes(files) == []
    assert text in remove_leftovers(mixed.parent)


def test_where_journals_are_looked_for_below_a_folder(tmp_path: Path) -> None:
    """In order, and neither through links nor in hidden folders; what cannot be read is said."""
    for name in ("b", "a/in", ".git"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("b")
    errors: list[OSError] = []
    expected = [tmp_path, tmp_path / "a", tmp_path / "a/in", tmp_path / "b"]
    assert list(folders_below(tmp_path, errors.append)) == expected
    assert errors == []
    assert list(folders_below(tmp_path / "nowhere", errors.append)) == []
    assert [error.filename for error in errors] == [str(tmp_path / "nowhere")]


@pytest.mark.parametrize(("error", "count"), [(errno.EIO, 1), (errno.EACCES, 0)])
def test_a_journal_that_may_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, count: int
) -> None:
    """Where the disk does not say it, there is one; in a folder that nobody may enter is none."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    for name in ("lstat", "stat"):
        monkeypatch.setattr(os, name, fail)
    found = journals_of([tmp_path])
    monkeypatch.undo()
    assert found == [tmp_path / JOURNAL][:count]


def test_all_old_is_not_reported_to_readers(tmp_path: Path) -> None:
    """Files that are all old, or all new, are no news to somebody who only reads."""
    held = create_journal(
        Journal.of(tmp_path, [("a", digest(b""), digest(b"new"))]), 0o666, unchanged
    )
    assert held is not None
    held.close()
    (tmp_path / "a").write_text("")
    assert interrupted_writes([tmp_path / "a"]) == []


def test_leftovers_without_a_journal(tmp_path: Path, mixed: Path) -> None:
    """Texts whose journal somebody removed are removed; those of a journal stay, also far above."""
    assert remove_leftovers(tmp_path) == remove_leftovers(tmp_path / "in") == []
    needed = texts(tmp_path, "new") + texts(tmp_path, "old")
    assert len(needed) == 4
    content = mixed.read_bytes()
    mixed.write_text("damaged")
    assert remove_leftovers(tmp_path / "in") == []
    mixed.write_bytes(b"")
    assert remove_leftovers(tmp_path / "in") == []
    mixed.write_bytes(content)
    mixed.unlink()
    found = remove_leftovers(tmp_path, dry_run=True) + remove_leftovers(tmp_path / "in")
    assert sorted(found) == sorted(needed)
    assert sorted(texts(tmp_path, "new") + texts(tmp_path, "old")) == remove_leftovers(tmp_path)
    assert remove_leftovers(tmp_path / "nowhere") == []


def test_leftovers_beside_a_journal(tmp_path: Path, mixed: Path) -> None:
    """Those that it does not name are removed, but not in a dry run."""
    left = [tmp_path / f".labelsel-{ID}.tmp", tmp_path / f".labelsel-{ID}-0.new"]
    before = contents(tmp_path)
    for path in left:
        path.write_text("left")
    assert remove_leftovers(tmp_path, dry_run=True) == left
    assert all(path.exists() for path in left)
    assert remove_leftovers(tmp_path) == left
    assert contents(tmp_path) == before
    assert mixed.exists()


def test_leftovers_that_cannot_be_removed(tmp_path: Path) -> None:
    """A folder of such a name is not ours."""
    (tmp_path / f".labelsel-{ID}-0.new").mkdir()
    (tmp_path / f".labelsel-{ID}.tmp").mkdir()
    assert remove_leftovers(tmp_path) == []


def test_a_file_that_cannot_be_read(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nobody knows what it is, and nothing is done."""

    def fail(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(recovery, "open_regular", fail)
    with pytest.raises(ManifestError, match="a: cannot be read: permission denied"):
        recover(mixed, FileState.NEW)


def test_a_file_that_takes_hours_to_read(tmp_path: Path, mixed: Path) -> None:
    """A journal of somebody else may name one: it is not read."""
    os.truncate(tmp_path / "in" / "b", 2**40)
    found = examine(mixed)
    assert found is not None
    assert found.files[1].state is FileState.CHANGED


def test_a_file_at_the_limit(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be written, so it can be recovered."""
    monkeypatch.setattr(recovery, "MAX_INPUT_BYTES", len(NEW["a"]))
    assert recover(mixed, FileState.NEW) is not None
    assert contents(mixed.parent) == NEW


def test_the_same_text(tmp_path: Path) -> None:
    """A file whose new text is its old one is old and new, and stays."""
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    rewrites = [
        Rewrite("a", tmp_path / "a", b"a", b"a"),
        Rewrite("b", tmp_path / "b", b"b", b"new"),
    ]
    kill_after(1, rewrites)
    found = recover(tmp_path / JOURNAL, FileState.OLD)
    assert found is not None
    assert contents(tmp_path) == {"a": b"a", "b": b"b"}


def test_the_same_text_whenever_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs no text beside it to be taken back, so it does not keep the others from that."""
    monkeypatch.setattr(os, "fsync", lambda _: None)

    def prepare(folder: Path) -> None:
        folder.mkdir()
        for name in "ab":
            (folder / name).write_text(name)

    def run(folder: Path) -> None:
        write_files(
            [Rewrite("a", folder / "a", b"a", b"a"), Rewrite("b", folder / "b", b"b", b"new")]
        )

    made: set[bytes] = set()
    for folder, name, _ in each_call(tmp_path, None, run, prepare):
        if (folder / JOURNAL).exists():
            # Behind the last file the old texts may be gone, and all files are new.
            found = recover(folder / JOURNAL, dry_run=True)
            assert found is not None
            recover(folder / JOURNAL, None if found[1] else FileState.OLD)
        left = contents(folder)
        assert left in ({"a": b"a", "b": b"b"}, {"a": b"a", "b": b"new"}), name
        made.add(left["b"])
    assert made == {b"b", b"new"}
