"""One file replaced: what belongs to it is kept, what is no file is refused, nothing is left."""

import errno
import os
import resource
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path

import pytest

from labelsel import LabelIndex
from labelsel.atomic_write import replacement
from labelsel.atomic_write.replacement import (
    keep_attributes,
    lock,
    open_regular,
    open_replacement,
    read_regular,
    remove_stale_files,
    sync_folder,
    write_new_file,
)
from tests.atomic_write.faults import looked_at
from tests.loading import load_again

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root may give a file to another user")
#: An access control list: the owner reads and writes, user 1 reads, the group and others nothing.
ACL = struct.pack(
    "<I" + 5 * "HHI", 2,
    *(0x01, 6, 0xFFFFFFFF), *(0x02, 4, 1), *(0x04, 0, 0xFFFFFFFF),
    *(0x10, 4, 0xFFFFFFFF), *(0x20, 0, 0xFFFFFFFF),
)  # fmt: skip
LIST = "system.posix_acl_access"


def replace(path: Path, content: bytes = b"new") -> None:
    """Replace a file as `save` does."""
    with open_replacement(path) as file:
        file.write(content)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file with the content ``old``, and nothing else in its folder."""
    path = tmp_path / "old"
    path.write_text("old")
    return path


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_is_kept(old: Path, mode: int) -> None:
    """Also one that the umask would not give."""
    old.chmod(mode)
    replace(old)
    assert (old.read_bytes(), stat.S_IMODE(old.stat().st_mode)) == (b"new", mode)


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    """The umask decides, as for each other program."""
    replace(tmp_path / "a")
    (tmp_path / "b").write_text("")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


@as_root
def test_the_owner_is_kept(old: Path) -> None:
    """Root writes a file of somebody: it stays theirs, set-user-ID and all."""
    os.chown(old, 1234, 5678)
    old.chmod(0o6750)
    replace(old)
    status = old.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1234, 5678, 0o6750)


@as_root
def test_extended_attributes_are_kept(old: Path) -> None:
    """An access control list among them, and none that only the folder would give."""
    os.setxattr(old, "user.note", b"kept")
    os.setxattr(old, LIST, ACL)
    replace(old)
    assert os.getxattr(old, "user.note") == b"kept"
    assert os.getxattr(old, LIST) == ACL
    os.removexattr(old, LIST)
    old.chmod(0o600)
    os.setxattr(old.parent, "system.posix_acl_default", ACL)
    replace(old)
    assert os.listxattr(old) == ["user.note"]
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


def test_what_is_there_already(old: Path) -> None:
    """It is not set again: a label of SELinux may need rights for that, and an owner, too."""
    new = old.with_name("new")
    new.write_text("new")
    for path in (old, new):
        os.setxattr(path, "user.note", b"same")
    for _ in refuse("setxattr", "removexattr", "chown"):
        assert keep_attributes(old, new) == []
    os.setxattr(new, "user.note", b"other")
    assert keep_attributes(old, new) == []
    assert os.getxattr(new, "user.note") == b"same"


@as_root
def test_an_owner_that_is_right_already(old: Path) -> None:
    """Only the group is changed."""
    new = old.with_name("new")
    new.write_text("new")
    os.chown(old, 1234, 5678)
    os.chown(new, 1234, 0)
    assert keep_attributes(old, new) == []
    assert (new.stat().st_uid, new.stat().st_gid) == (1234, 5678)


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_nobody_reads_a_new_text_before_it_has_its_mode(
    old: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """Until it has the owner and the mode of the old file only its owner may."""
    old.chmod(mode)
    seen: list[int] = []

    def keep(like: Path, new: Path) -> list[str]:
        seen.append(stat.S_IMODE(new.stat().st_mode))
        return keep_attributes(like, new)

    monkeypatch.setattr(replacement, "keep_attributes", keep)
    replace(old)
    assert (seen, stat.S_IMODE(old.stat().st_mode)) == ([0o600], mode)


def refuse(*names: str, error: int = errno.EPERM) -> Iterator[pytest.MonkeyPatch]:
    """Functions of `os` that the system does not let this user call."""
    with pytest.MonkeyPatch.context() as patch:

        def no(*_: object) -> None:
            raise OSError(error, os.strerror(error))

        for name in names:
            patch.setattr(os, name, no)
        yield patch


@as_root
def test_what_cannot_be_kept_is_said(old: Path) -> None:
    """Then the new group may do only what everybody may, and nothing runs as the new owner."""
    os.chown(old, 1234, 5678)
    os.setxattr(old, "user.note", b"lost")
    old.chmod(0o6774)
    new = old.with_name("new")
    for _ in refuse("chown", "setxattr"):
        assert write_new_file(new, b"new", old) == ["group 5678", "owner 1234", "user.note"]
    assert stat.S_IMODE(new.stat().st_mode) == 0o744


@as_root
@pytest.mark.parametrize("write", [LabelIndex.save, LabelIndex.to_parquet])
def test_save_says_what_could_not_be_kept(old: Path, write: Callable[..., None]) -> None:
    """In the words of the commands, and before the old file is replaced."""
    index = LabelIndex({"a": {"app": "web"}})
    os.chown(old, 1234, 5678)
    said: list[tuple[str, int]] = []
    for _ in refuse("chown"):
        write(index, old, on_warning=lambda line: said.append((line, old.stat().st_uid)))
    os.chown(old, 1234, 5678)
    for _ in refuse("chown"):
        write(index, old)
    assert said == [(f"{old}: could not be kept: group 5678, owner 1234", 1234)]
    write(index, old, on_warning=pytest.fail)  # the owner and the group are those of this process


@as_root
def test_a_warning_that_raises(old: Path) -> None:
    """It stops the call: the old file stays, and nothing is left."""
    os.chown(old, 1234, 5678)

    def refuse_it(line: str) -> None:
        raise ValueError(line)

    for _ in refuse("chown"):
        with pytest.raises(ValueError, match="could not be kept"):
            LabelIndex({"a": {}}).save(old, on_warning=refuse_it)
    assert (old.read_text(), list(old.parent.iterdir())) == ("old", [old])


@as_root
def test_a_list_that_cannot_be_kept(old: Path) -> None:
    """Without its access control list a file would be open to its group: it is not written."""
    os.setxattr(old, LIST, ACL)
    for _ in refuse("setxattr"):
        with pytest.raises(PermissionError):
            replace(old)
    os.chown(old, -1, 5678)
    for _ in refuse("chown"):
        with pytest.raises(PermissionError, match="its group cannot be kept"):
            replace(old)
    assert old.read_text() == "old"
    assert list(old.parent.iterdir()) == [old]


@as_root
@pytest.mark.parametrize("name", ["chown", "setxattr", "listxattr"])
def test_a_disk_that_fails(old: Path, name: str) -> None:
    """An error of the disk is none of these: the file is not written."""
    os.chown(old, 1234, 5678)
    os.setxattr(old, "user.note", b"kept")
    for _ in refuse(name, error=errno.EIO):
        with pytest.raises(OSError, match="Input/output error"):
            replace(old)
    os.chown(old, 0, 5678)
    for _ in refuse(name, error=errno.EIO):
        with pytest.raises(OSError, match="Input/output error"):
            replace(old)
    assert old.read_text() == "old"


def test_a_system_without_attributes(old: Path) -> None:
    """Neither macOS nor Windows has them, nor has every disk."""
    new = old.with_name("new")
    new.write_text("new")
    for _ in refuse("listxattr", error=errno.ENOTSUP):
        assert keep_attributes(old, new) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(os, "listxattr")
        patch.delattr(os, "removexattr")
        assert keep_attributes(old, new) == []


def test_what_is_no_file(tmp_path: Path) -> None:
    """A pipe, a device and a folder are not replaced by a file, nor what a link leads to."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "circle").symlink_to("circle")
    for name, problem in (
        ("pipe", r"it is a pipe \(FIFO\), and only a regular file can be replaced"),
        ("link", r"it is a pipe \(FIFO\)"),
        ("/dev/null", "it is a device"),
        (".", "Is a directory"),
        ("circle", "Too many levels of symbolic links"),
    ):
        with pytest.raises(OSError, match=problem) as caught:
            replace(tmp_path / name)
        assert caught.value.filename == str(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["circle", "link", "pipe"]


def test_a_pipe_without_a_name() -> None:
    """As /dev/stdout may be one: a link leads to it, and nothing has the name in that link."""
    read, write = os.pipe()
    path = Path(f"/proc/self/fd/{write}")
    with pytest.raises(OSError, match=r"it is a pipe \(FIFO\), and only a regular file"):
        replace(path)
    os.close(read)
    os.close(write)


def test_a_read_only_file(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who made it read-only does not want it replaced; nor does who keeps it from this user."""
    old.chmod(0o444)
    with pytest.raises(PermissionError):
        replace(old)
    old.chmod(0o644)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError):
        replace(old)
    assert old.read_text() == "old"


def test_a_new_file_in_a_folder_of_all(tmp_path: Path) -> None:
    """In /tmp everybody may create one."""
    tmp_path.chmod(0o1777)
    replace(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("has_users", [True, False])
def test_folders_of_others(old: Path, monkeypatch: pytest.MonkeyPatch, *, has_users: bool) -> None:
    """Without a sticky bit whoever may write replaces each file; Windows has no such bit."""
    old.parent.chmod(0o777 if has_users else 0o1777)
    if has_users:
        monkeypatch.setattr(os, "geteuid", lambda: old.stat().st_uid + 1)
    else:
        monkeypatch.delattr(os, "geteuid")
    replace(old)
    assert old.read_bytes() == b"new"


def test_it_becomes_something_else_meanwhile(old: Path) -> None:
    """What is there when the new file is complete is looked at again."""

    def write() -> None:
        with open_replacement(old) as file:
            file.write(b"new")
            old.unlink()
            old.mkdir()

    with pytest.raises(OSError, match=r"Is a directory"):
        write()
    assert list(old.parent.iterdir()) == [old]


def test_it_becomes_read_only_meanwhile(old: Path) -> None:
    """Then it is not replaced."""

    def write() -> None:
        with open_replacement(old) as file:
            file.write(b"new")
            old.chmod(0o444)

    with pytest.raises(PermissionError):
        write()
    assert (old.read_text(), list(old.parent.iterdir())) == ("old", [old])


def test_links(old: Path) -> None:
    """The target of a link is replaced and the link stays; another name keeps the old text."""
    link, name = old.with_name("link"), old.with_name("name")
    link.symlink_to(old)
    os.link(old, name)
    replace(link)
    assert link.is_symlink()
    assert (old.read_text(), name.read_text()) == ("new", "old")
    missing = old.with_name("missing")
    missing.symlink_to("target")
    replace(missing)
    assert (old.with_name("target").read_text(), missing.is_symlink()) == ("new", True)


@pytest.mark.parametrize("size", [0, 1, 100, 8191, 8192, 100_000])
def test_a_disk_that_is_full(old: Path, size: int) -> None:
    """The system writes a part, and then no more: a real short write, and the old file stays."""
    index = LabelIndex({number: {"app": str(number)} for number in range(20_000)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            index.save(old)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.filename == str(old)
    assert (old.read_text(), list(old.parent.iterdir())) == ("old", [old])


def test_a_write_that_was_lost(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that says that it has written, and has not, is found out."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: os.ftruncate(descriptor, 1))
    with pytest.raises(OSError, match="the disk has not taken all that was written to it"):
        replace(old)
    monkeypatch.setattr(os, "fsync", lambda descriptor: os.pwrite(descriptor, b"N", 0))
    with pytest.raises(OSError, match="the disk has not kept what was written to it"):
        write_new_file(old.with_name("new"), b"new", old)
    assert old.read_text() == "old"


def test_errors_of_other_libraries_keep_their_words(old: Path) -> None:
    """One without a number is not ours to word."""
    with pytest.raises(OSError, match="in other words"), open_replacement(old):
        raise OSError("in other words")
    assert (old.read_text(), list(old.parent.iterdir())) == ("old", [old])


def test_folders_that_cannot_be_synchronised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows opens no folders, and some disks write them by themselves; others fail."""
    for _ in refuse("fsync", error=errno.EINVAL):
        sync_folder(tmp_path)
    for _ in refuse("fsync", error=errno.EIO):
        with pytest.raises(OSError, match="Input/output"):
            sync_folder(tmp_path)
    for _ in refuse("open", error=errno.EACCES):
        sync_folder(tmp_path)
    monkeypatch.undo()
    before = os.listdir("/proc/self/fd")  # noqa: PTH208  # names
    sync_folder(tmp_path)
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208  # names


def test_reading(tmp_path: Path) -> None:
    """Nothing is None, and a pipe is never opened: that may wait for ever."""
    assert read_regular(tmp_path / "nothing") is None
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is a pipe"):
        read_regular(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nothing")
    with pytest.raises(OSError, match="it is a link"):
        read_regular(tmp_path / "link")
    # It was a regular file a moment ago: a link is not followed, and a pipe not waited for.
    (tmp_path / "a").write_text("a")
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        open_regular(tmp_path / "link")
    with open_regular(tmp_path / "pipe") as pipe:
        assert pipe.read() == b""


def test_a_system_with_fewer_flags(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has neither of these, and opens files without."""
    monkeypatch.delattr(os, "O_NOFOLLOW")
    monkeypatch.delattr(os, "O_NONBLOCK")
    windows = load_again(replacement)
    assert windows.read_regular(old) == b"old"


def test_locks(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One open file has the lock; without locks, on Windows or some disks, everyone does."""
    with old.open() as first, old.open() as second:
        assert lock(first.fileno())
        assert not lock(second.fileno())
        with pytest.raises(OSError, match="Bad file descriptor"):
            lock(9999)
        monkeypatch.setattr(replacement, "_NO_LOCKS", {errno.EBADF})
        assert lock(9999)
        monkeypatch.setattr(replacement, "_HAS_LOCKS", False)
        assert lock(second.fileno())
    real = os.replace

    def rename(new: Path, target: Path) -> None:
        # Windows renames no file that is open.
        assert str(new) not in map(os.path.realpath, Path("/proc/self/fd").iterdir())
        real(new, target)

    monkeypatch.setattr(os, "replace", rename)
    replace(old)
    assert (old.read_text(), list(old.parent.iterdir())) == ("new", [old])


def test_a_lock_that_is_waited_for(old: Path) -> None:
    """Whoever looks whether a file is locked has the lock for a moment."""
    with looked_at(), old.open() as text:
        assert not lock(text.fileno())
        assert lock(text.fileno(), wait=True)
    with ExitStack() as stack:
        with looked_at():
            file = stack.enter_context(open_replacement(old))
        file.write(b"new")
        # So nobody takes the new file for one of a killed process.
        assert remove_stale_files(old.parent) == []
    assert old.read_text() == "new"


def test_what_a_killed_process_left(tmp_path: Path) -> None:
    """It goes with the next file that is written there; what a living process writes stays."""
    stale = tmp_path / ".labelsel-0123456789abcdef.tmp"
    stale.write_text("half")
    other = tmp_path / ".labelsel-notes.tmp"
    other.write_text("not ours")
    with open_replacement(tmp_path / "a") as file:
        file.write(b"new")
        (living,) = (each for each in tmp_path.iterdir() if each not in {stale, other})
        assert not stale.exists()
        stale.write_text("half")
        assert remove_stale_files(tmp_path, dry_run=True) == [stale]
        assert remove_stale_files(tmp_path) == [stale]
        assert living.exists()
    assert sorted(tmp_path.iterdir()) == [other, tmp_path / "a"]


def test_stale_files_that_stay(tmp_path: Path) -> None:
    """One that cannot be opened or removed is left: a folder, a link, a file that is gone."""
    for number in range(3):
        (tmp_path / f".labelsel-{number:016}.tmp").write_text("")
    for _ in refuse("open", error=errno.EACCES):
        assert remove_stale_files(tmp_path) == []
    for _ in refuse("unlink"):
        assert remove_stale_files(tmp_path) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replacement, "regular_status", lambda _: None)
        assert remove_stale_files(tmp_path) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "close", lambda _: None)
        patch.setattr(os, "open", lambda *_: 9999)
        assert remove_stale_files(tmp_path) == []
    with pytest.MonkeyPatch.context() as patch:
        # It becomes a link behind that look.
        patch.setattr(replacement, "regular_status", Path.stat)
        (tmp_path / "target").write_text("")
        link = tmp_path / f".labelsel-{9:016}.tmp"
        link.symlink_to("target")
        assert link not in remove_stale_files(tmp_path, dry_run=True)
        link.unlink()
    assert remove_stale_files(tmp_path / "nowhere") == []
    assert len(remove_stale_files(tmp_path)) == 3


def test_a_new_file_that_is_taken_for_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed before it has its lock, it is created again under another name."""
    real = replacement.lock
    removed: list[Path] = []

    def late(descriptor: int, *, wait: bool = False) -> bool:
        if not removed:
            removed.extend(tmp_path.iterdir())
            removed[0].unlink()
        return real(descriptor, wait=wait)

    monkeypatch.setattr(replacement, "lock", late)
    replace(tmp_path / "a")
    assert len(removed) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_that_goes_while_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not there, as if it had gone before."""
    path = tmp_path / "a"
    path.write_text("a")

    def remove(path: Path) -> BufferedReader:
        path.unlink()
        return open_regular(path)

    monkeypatch.setattr(replacement, "open_regular", remove)
    assert read_regular(path) is None
