"""The journal: what is written is read, and a journal that somebody made up does no harm."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.atomic_write import journal as module
from labelsel.atomic_write.journal import (
    JOURNAL,
    Journal,
    create_journal,
    digest,
    hold_journal,
    read_journal,
)
from labelsel.atomic_write.replacement import lock
from labelsel.kubernetes import ManifestError
from tests.atomic_write.faults import looked_at, unchanged

DIGEST = "0" * 64
ID = "0123456789abcdef"


def write(folder: Path, data: object) -> Path:
    """Write a journal whose length and digest are right, whatever is in it."""
    rest = (data if isinstance(data, str) else json.dumps(data)).encode()
    header = f"labelsel journal 1 {len(rest)} {digest(rest)}\n".encode()
    path = folder / JOURNAL
    path.write_bytes(header + rest)
    return path


NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=8
)


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, names: list[list[str]]) -> None:
    """A journal that may be written reads as it was, with each name of a file."""
    folder = tmp_path_factory.mktemp("journal")
    files = [("/".join(parts), None if len(parts) == 1 else DIGEST, DIGEST) for parts in names]
    try:
        made = Journal.of(folder, files)
    except ValueError:
        return
    (folder / JOURNAL).write_bytes(made.encode())
    assert read_journal(folder / JOURNAL) == made


@pytest.mark.parametrize(
    "name",
    [
        *("", "/etc/passwd", "..", "../x", "a/../../x", "a//b", "./a", "a/", "a\0b"),
        *(".git/config", "a/.GIT/hooks/x", JOURNAL, f"a/{JOURNAL.upper()}"),
        *(f"a/.labelsel-{ID}-0.new", f".labelsel-{ID}-12.old", f".labelsel-{ID}.tmp"),
        # No file can have these names, and Python raises an error of its own for them.
        *("\ud800", "a\udfff/b"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    """A name that leaves the folder, or leads into git's own, makes the journal none."""
    path = write(tmp_path, {"id": ID, "files": [[name, None, DIGEST]]})
    with pytest.raises(ManifestError, match="is not a path of a file that labelsel writes"):
        read_journal(path)


def test_a_name_that_only_begins_like_our_own(tmp_path: Path) -> None:
    """A baseline of lint mostly has such a name."""
    write(tmp_path, {"id": ID, "files": [[".labelsel-baseline.json", None, DIGEST]]})
    journal = read_journal(tmp_path / JOURNAL)
    assert journal is not None
    assert [entry.name for entry in journal.entries] == [".labelsel-baseline.json"]


def test_names_of_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a backslash separates, it leads elsewhere, and so does a drive."""
    monkeypatch.setattr(os, "sep", "\\")
    (entry,) = Journal.of(tmp_path, [("a/b", None, DIGEST)]).entries
    assert entry.path == tmp_path / "a" / "b"
    for name in ("a\\..\\b", "c:x"):
        with pytest.raises(ValueError, match="is not a path"):
            Journal.of(tmp_path, [(name, None, DIGEST)])


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"id": ID},
        {"id": ID, "files": []},
        {"id": ID, "files": [["a", None, DIGEST]], "more": 1},
        {"id": "../x", "files": [["a", None, DIGEST]]},
        {"id": "x", "files": [["a", None, DIGEST]]},
        {"id": ID, "files": [["a", None, "0"]]},
        {"id": ID, "files": [["a", "0", DIGEST]]},
        {"id": ID, "files": [["a", DIGEST, "0"]]},
        {"id": ID, "files": [["a", 1, DIGEST]]},
        {"id": ID, "files": [["a", None, DIGEST], ["a", None, DIGEST]]},
        "{",
        "[" * 100_000,
    ],
)
def test_other_data(tmp_path: Path, data: object) -> None:
    """Data of another shape is no journal."""
    with pytest.raises(ManifestError, match="not a journal of labelsel: "):
        read_journal(write(tmp_path, data))


def test_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is another text, a damaged journal, a huge one, a link, a pipe or a folder."""
    path = tmp_path / JOURNAL
    assert read_journal(path) is None
    for text in ("hello\n", "hello", "labelsel journal 1 hello\n"):
        path.write_text(text)
        with pytest.raises(ManifestError, match="not a journal of labelsel"):
            read_journal(path)
    write(tmp_path, {"id": ID, "files": [["a", None, DIGEST]]})
    path.write_bytes(path.read_bytes().replace(b'"a"', b'"b"'))
    with pytest.raises(ManifestError, match="the journal is damaged"):
        read_journal(path)
    path.write_bytes(b"")
    os.truncate(path, 2**26 + 1)
    with pytest.raises(ManifestError, match="more than 67,108,864 bytes"):
        read_journal(path)
    path.unlink()
    # To open a pipe may take for ever.
    monkeypatch.setattr(os, "open", pytest.fail)
    for make in (os.mkfifo, os.mkdir, lambda link: link.symlink_to("elsewhere")):
        make(path)
        for read in (read_journal, hold_journal):
            with pytest.raises(ManifestError, match="cannot be read: "):
                read(path)
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize("version", [b"0", b"2", b"10"])
def test_the_journal_of_another_version(tmp_path: Path, version: bytes) -> None:
    """It says so: whoever takes it for no journal removes it, and loses the old files."""
    path = write(tmp_path, {"id": ID, "files": [["a", None, DIGEST]]})
    path.write_bytes(path.read_bytes().replace(b" 1 ", b" " + version + b" ", 1))
    # The second one who wants to hold it finds no lock of the first.
    for read in (read_journal, hold_journal, hold_journal):
        with pytest.raises(ManifestError, match=r"another version .* recover with that"):
            read(path)


def test_a_journal_that_was_not_written_to_its_end(tmp_path: Path) -> None:
    """Each shorter text, and zeros for what did not reach the disk, is a journal of no file."""
    path = tmp_path / JOURNAL
    content = Journal.of(tmp_path, [("a", None, DIGEST)]).encode()
    header = content.index(b"\n") + 1
    for end in (*range(0, len(content), 7), header - 1, header, len(content) - 1):
        for text in (content[:end], content[:end] + bytes(len(content) - end)):
            if end > header and len(text) == len(content):
                continue  # a text with some zeros in it is damaged
            path.write_bytes(text)
            assert read_journal(path) == Journal(path, ()), text


def test_it_is_as_private_as_the_files(tmp_path: Path) -> None:
    """Nobody may read the digest of a file that may not read the file."""
    held = create_journal(Journal.of(tmp_path, [("a", None, DIGEST)]), 0o600, unchanged)
    assert held is not None
    assert stat.S_IMODE((tmp_path / JOURNAL).stat().st_mode) == 0o600
    held.remove()
    held.close()


def test_one_at_a_time(tmp_path: Path) -> None:
    """Nobody creates or holds a journal that another holds; when that ends, it can be held."""
    journal = Journal.of(tmp_path, [("a", None, DIGEST)])
    held = create_journal(journal, 0o666, unchanged)
    assert held is not None
    assert create_journal(journal, 0o666, unchanged) is None
    assert hold_journal(journal.path) is None
    held.close()
    again = hold_journal(journal.path)
    assert again is not None
    assert again.journal == journal
    assert hold_journal(journal.path) is None
    again.remove()
    again.close()
    assert hold_journal(journal.path) is None


def test_a_journal_that_ends_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process has removed it between two looks: then there is none."""
    monkeypatch.setattr(module, "regular_status", lambda _: tmp_path.stat())
    assert hold_journal(tmp_path / JOURNAL) is None


def test_another_journal_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has ended, and another one writes: its journal is not held with the old lock."""
    path = write(tmp_path, {"id": ID, "files": [["a", None, DIGEST]]})
    real = lock

    def change(descriptor: int) -> bool:
        path.unlink()
        write(tmp_path, {"id": ID, "files": [["b", None, DIGEST]]})
        return real(descriptor)

    monkeypatch.setattr(module, "lock", change)
    assert hold_journal(path) is None


def test_a_journal_that_is_removed_before_it_has_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not one any more: whoever created it begins again."""
    journal = Journal.of(tmp_path, [("a", None, DIGEST)])
    monkeypatch.setattr(module, "lock", lambda *_, **__: journal.path.unlink())
    assert create_journal(journal, 0o666, unchanged) is None
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_another_run_has_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays: only the own one is removed."""
    journal = Journal.of(tmp_path, [("a", None, DIGEST)])

    def lose(*_: object, **__: object) -> None:
        journal.path.unlink()
        journal.path.write_text("of another run")

    monkeypatch.setattr(module, "lock", lose)
    assert create_journal(journal, 0o666, unchanged) is None
    assert journal.path.read_text() == "of another run"


def test_a_journal_that_somebody_looks_at(tmp_path: Path) -> None:
    """It is held all the same, as soon as nobody else holds it."""
    with looked_at():
        held = create_journal(Journal.of(tmp_path, [("a", None, DIGEST)]), 0o666, unchanged)
    assert held is not None
    assert hold_journal(held.journal.path) is None
    held.close()


def test_a_journal_that_cannot_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error it is free at once, and not when Python forgets the error."""

    def fail(*_: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "unlink", fail)
    with pytest.raises(PermissionError) as caught:
        create_journal(Journal.of(tmp_path, [("a", None, DIGEST)]), 0o666, fail)
    left = hold_journal(tmp_path / JOURNAL)
    assert left is not None
    left.close()
    del caught


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal at the limit is written and read; a longer one is neither."""
    made = Journal.of(tmp_path, [("a", None, DIGEST)])
    content = made.encode()
    made.path.write_bytes(content)
    monkeypatch.setattr(module, "MAX_JOURNAL_BYTES", len(content))
    assert (made.encode(), read_journal(made.path)) == (content, made)
    monkeypatch.setattr(module, "MAX_JOURNAL_BYTES", len(content) - 1)
    with pytest.raises(ValueError, match="more files than a journal can name"):
        made.encode()
    with pytest.raises(ManifestError, match="not a journal: more than"):
        read_journal(made.path)


def test_a_disk_that_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is read again before anything is done that relies on it."""
    monkeypatch.setattr(module, "read_regular", lambda _: b"")
    with pytest.raises(OSError, match="has not kept") as caught:
        create_journal(Journal.of(tmp_path, [("a", None, DIGEST)]), 0o666, unchanged)
    assert caught.value.errno == errno.EIO
    assert list(tmp_path.iterdir()) == []


def test_the_journal_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be read, not written: that is enough to see whether the process lives."""
    path = write(tmp_path, {"id": ID, "files": [["a", None, DIGEST]]})
    opened: list[int] = []
    real = os.open

    def only_reading(name: Path, flags: int, *mode: int) -> int:
        opened.append(flags & os.O_ACCMODE)
        if opened[-1] != os.O_RDONLY:
            raise PermissionError(errno.EACCES, "no")
        return real(name, flags, *mode)

    monkeypatch.setattr(os, "open", only_reading)
    held = hold_journal(path)
    assert held is not None
    held.close()
    assert opened[:2] == [os.O_RDWR, os.O_RDONLY]


def test_a_journal_that_becomes_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not followed: another user could have it lead anywhere."""
    path = write(tmp_path, {"id": ID, "files": [["a", None, DIGEST]]})
    real = os.open

    def change(name: Path, flags: int) -> int:
        if flags & os.O_ACCMODE != os.O_RDONLY:
            path.rename(tmp_path / "target")
            path.symlink_to(tmp_path / "target")
            raise PermissionError(errno.EACCES, "no")
        return real(name, flags)

    monkeypatch.setattr(os, "open", change)
    with pytest.raises(ManifestError, match="cannot be read: too many levels of symbolic links"):
        hold_journal(path)


@pytest.mark.parametrize("function", ["fcntl.flock", "os.fstat"])
def test_a_lock_that_the_disk_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Nobody knows whether the process lives, so nothing is done."""
    path = write(tmp_path, {"id": ID, "files": [["a", None, DIGEST]]})

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(function, fail)
        with pytest.raises(ManifestError, match="cannot be read: input/output error"):
            hold_journal(path)
    held = hold_journal(path)
    assert held is not None
    held.close()
