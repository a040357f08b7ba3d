"""Replaces one file in one step, with the owner, mode and extended attributes of the old file.

The new text is written to a file beside the old one, and to the disk. Then it takes the name of the
old one: a reader, or a process after a loss of power, sees the old or the new text as a whole.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from io import BufferedReader, BufferedWriter, FileIO
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, Final

__all__ = [
    "DEVICE",
    "ID",
    "NO_FOLLOW",
    "PREFIX",
    "check_writable",
    "close",
    "keep_attributes",
    "lock",
    "not_kept",
    "open_regular",
    "open_replacement",
    "random_id",
    "read_regular",
    "regular_status",
    "remove_stale_files",
    "special_kind",
    "sync_folder",
    "write_new_file",
]

#: How each name begins that labelsel gives to a file of its own in a user's folder.
PREFIX: Final = ".labelsel-"
#: The random part of such a name: 16 hexadecimal digits.
ID: Final = "[0-9a-f]{16}"
_STALE: Final = re.compile(rf"{re.escape(PREFIX)}{ID}\.tmp")

#: What `special_kind` calls a device: unlike a pipe it may never end.
DEVICE: Final = "a device"
_SPECIAL: Final = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: DEVICE,
    stat.S_IFBLK: DEVICE,
}
_WRITE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
#: Errors that say that the system, or this user, cannot keep something. EINVAL is for an owner that
#: a container does not know.
_NOT_POSSIBLE: Final = frozenset(
    {errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
)
#: Errors of a file system that has no extended attributes, and of one that has no locks.
_NO_ATTRIBUTES: Final = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
#: The extended attribute that is an access control list.
_ACL: Final = "system.posix_acl_access"
#: Whether the system can lock a file for as long as a process lives: Windows cannot.
_HAS_LOCKS: Final = find_spec("fcntl") is not None
#: No link is followed, and no pipe waited for.
NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)


# What a path is


def special_kind(mode: int) -> str | None:
    """Return what a file is that is neither regular nor a folder, by its mode; None if it is one.

    >>> special_kind(stat.S_IFIFO), special_kind(stat.S_IFDIR)
    ('a pipe (FIFO)', None)
    """
    return _SPECIAL.get(stat.S_IFMT(mode))


def regular_status(path: Path) -> os.stat_result | None:
    """Return the status of a regular file, or None if there is nothing of this name.

    Raises:
        OSError: there is something else, a link among others: callers resolve links first.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        kind = special_kind(status.st_mode) or "a link"
        problem = f"it is {kind}, and only a regular file can be replaced"
        raise OSError(errno.EINVAL, problem, str(path))
    return status


def check_writable(path: Path) -> os.stat_result | None:
    """Return the status of a file that may be replaced, or None if there is no such file yet.

    Root may write any file, and does not mean one that is read-only.

    Raises:
        OSError: it is no regular file; nobody, or not this user, may write it; or it is in a folder
            such as /tmp, whose files only their owner may replace.
    """
    status = regular_status(path)
    if status is not None and not (os.access(path, os.W_OK) and status.st_mode & _WRITE):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if status is not None and not _is_replaceable(path, status):
        problem = "only the owner of a file may replace it in this folder (sticky bit)"
        raise OSError(errno.EINVAL, problem, str(path))
    return status


def _is_replaceable(path: Path, status: os.stat_result) -> bool:
    """Return whether the sticky bit of the folder lets this user replace a file."""
    folder = path.parent.stat()
    if not folder.st_mode & stat.S_ISVTX or not hasattr(os, "geteuid"):
        return True
    return os.geteuid() in {0, status.st_uid, folder.st_uid}


def read_regular(path: Path) -> bytes | None:
    """Return the content of a regular file, or None if there is nothing of this name.

    Raises:
        OSError: it cannot be read, or is no regular file: reading a pipe may never end.
    """
    if regular_status(path) is None:
        return None
    try:
        with open_regular(path) as file:
            return file.read()
    except FileNotFoundError:  # somebody has just removed it
        return None


def open_regular(path: Path) -> BufferedReader:
    """Open a file that was a regular one a moment ago, and may be a link or a pipe now."""
    return os.fdopen(os.open(path, os.O_RDONLY | NO_FOLLOW | _BINARY), "rb")


# New files


def random_id() -> str:
    """Return 16 hexadecimal digits that no other file has in its name.

    >>> len(random_id())
    16
    """
    return token_hex(8)


def write_new_file(path: Path, data: bytes, like: Path | None) -> list[str]:
    """Write a file that is not there yet, to the disk, with all that belongs to another file.

    Arguments:
        path: the new file.
        data: its content.
        like: the file whose owner, mode and extended attributes it gets; None if there is none.

    Returns:
        what could not be kept, as `keep_attributes` returns it.

    Raises:
        OSError: it cannot be written, or what was written does not read as it should.
    """
    with _create(path, private=like is not None) as file:
        file.write(data)
        lost = _settle(file, path, like)
    if read_regular(path) != data:
        raise OSError(errno.EIO, "the disk has not kept what was written to it", str(path))
    return lost


class _CountedFile(FileIO):
    """A file that counts the bytes that the system says to have written.

    Attributes:
        written: how many these are.
    """

    written = 0

    def write(self, data: Any, /) -> int:
        number = super().write(data)
        self.written += number
        return number


def _create(path: Path, *, private: bool) -> BufferedWriter:
    """Create a file, which only its owner may read as long as it has no other mode."""
    mode = 0o600 if private else 0o666

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    return BufferedWriter(_CountedFile(str(path), "xb", opener=opener))


def _settle(file: BufferedWriter, path: Path, like: Path | None) -> list[str]:
    """Write what is in the buffer to the disk, and give the file its attributes."""
    file.flush()
    lost = [] if like is None else keep_attributes(like, path)
    os.fsync(file.fileno())
    assert isinstance(file.raw, _CountedFile)
    if os.fstat(file.fileno()).st_size != file.raw.written:
        raise OSError(errno.EIO, "the disk has not taken all that was written to it", str(path))
    return lost


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, on systems that can do that.

    Raises:
        OSError: the disk has failed.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # Windows opens no folders, and a folder may be writable and not readable
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_POSSIBLE:
            raise
    finally:
        close(descriptor)


# What belongs to a file


def keep_attributes(old: Path, new: Path) -> list[str]:
    """Give a new file the owner, group, mode and extended attributes of an old one.

    1. If the group cannot be kept, the new group may do only what everybody may.
    2. An access control list is kept, or the file is not written: without the list its group could
       read more than before.

    Returns:
        what the system, or this user, cannot keep, in words: ``owner 0``, ``user.mime_type``.

    Raises:
        OSError: the disk has failed, or rule 2.
    """
    lost: list[str] = []
    status, given = old.stat(), new.stat()
    mode = stat.S_IMODE(status.st_mode)
    names = _attribute_names(old)
    if given.st_gid != status.st_gid and not _change_owner(new, -1, status.st_gid):
        if _ACL in names:
            problem = "its group cannot be kept, and its access control list names that"
            raise PermissionError(errno.EPERM, problem, str(old))
        lost.append(f"group {status.st_gid}")
        mode = mode & ~(stat.S_IRWXG | stat.S_ISGID) | (mode & stat.S_IRWXO) << 3
    if given.st_uid != status.st_uid and not _change_owner(new, status.st_uid, -1):
        lost.append(f"owner {status.st_uid}")
        mode &= ~stat.S_ISUID
    # A list that the new file has from its folder would change what the mode means.
    if _ACL in _attribute_names(new) - names:
        os.removexattr(new, _ACL)
    new.chmod(mode)
    return lost + [name for name in sorted(names) if not _keep_attribute(old, new, name)]


def _attribute_names(path: Path) -> set[str]:
    if not hasattr(os, "listxattr"):  # only Linux has it
        return set()
    try:
        return set(os.listxattr(path))
    except OSError as error:
        if error.errno in _NO_ATTRIBUTES:
            return set()
        raise


def _keep_attribute(old: Path, new: Path, name: str) -> bool:
    """Copy an extended attribute; return whether that was possible."""
    try:
        value = os.getxattr(old, name)
        # A label of SELinux that the new file has already may need rights to be set again.
        if name not in os.listxattr(new) or os.getxattr(new, name) != value:
            os.setxattr(new, name, value)
    except OSError as error:
        if error.errno not in _NOT_POSSIBLE or name == _ACL:
            raise
        return False
    return True


def _change_owner(path: Path, user: int, group: int) -> bool:
    """Change the owner or the group of a file; return whether that was possible."""
    try:
        os.chown(path, user, group)
    except OSError as error:
        if error.errno not in _NOT_POSSIBLE:
            raise
        return False
    return True


# Locks


def close(descriptor: int) -> None:
    """Close a descriptor through which nothing was written, or all of it is on the disk already.

    So an error in it says nothing of the files, and would hide what has happened to them.
    """
    with suppress(OSError):
        os.close(descriptor)


def lock(descriptor: int, *, wait: bool = False) -> bool:
    """Lock an open file, until the file is closed or the process ends; return whether that worked.

    Where the system or the disk has no locks, this is True: whoever needs to know asks in vain.
    """
    if not _HAS_LOCKS:
        return True
    fcntl = import_module("fcntl")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


# One file


def not_kept(name: str, lost: Sequence[str]) -> str:
    """Return the line that says what a new file could not keep of the old one.

    >>> not_kept("a.yaml", ["owner 0", "user.mime_type"])
    'a.yaml: could not be kept: owner 0, user.mime_type'
    """
    return f"{name}: could not be kept: {', '.join(lost)}"


@contextmanager
def open_replacement(
    path: str | os.PathLike[str], on_warning: Callable[[str], None] | None = None
) -> Iterator[BinaryIO]:
    """Open a new file that replaces another one on success, and is removed on failure.

    1. A symbolic link is followed: its target is replaced, not the link.
    2. The new file has the owner, mode and extended attributes of the old one, as far as the
       system lets this user set them; without an old one, those of any new file.
    3. What a killed process left in the folder is removed.

    ``on_warning`` is called with a line if something of rule 2 could not be kept, before the new
    file replaces the old one.

    Raises:
        OSError: the file cannot be written, is read-only, or is no regular file. The old file is
            then unchanged, unless the folder could not be written to the disk: then it is the old
            or the new one.
    """
    with _naming(path):
        # What a link leads to may have no name of its own: /dev/stdout is a pipe.
        with suppress(FileNotFoundError):
            kind = special_kind(Path(path).stat().st_mode)
            if kind is not None:
                raise OSError(
                    errno.EINVAL, f"it is {kind}, and only a regular file can be replaced"
                )
        target = Path(os.path.realpath(path))
        is_new = check_writable(target) is None
    remove_stale_files(target.parent)
    with ExitStack() as at_end:
        with _naming(target.parent):
            new, file = _create_locked(target.parent, at_end, private=not is_new)
        with _naming(path), file:
            yield file
            lost = _settle(file, new, None if is_new else target)
        if lost and on_warning is not None:
            on_warning(not_kept(os.fspath(path), lost))
        with _naming(path):
            check_writable(target)
            new.replace(target)
            sync_folder(target.parent)


def _create_locked(
    folder: Path, at_end: ExitStack, *, private: bool
) -> tuple[Path, BufferedWriter]:
    """Create a file of a new name; its lock is held, and its name is kept, until the end.

    Windows renames no file that is open, and has no such locks.
    """
    while True:
        new = folder / f"{PREFIX}{random_id()}.tmp"
        file = _create(new, private=private)
        at_end.callback(_unlink, new)  # after a success it has its new name
        at_end.callback(file.close)
        if not _HAS_LOCKS:
            return new, file
        # The caller closes the file, and with the second descriptor the lock lives on.
        held = os.dup(file.fileno())
        at_end.callback(close, held)
        lock(held, wait=True)
        # `remove_stale_files` of another process may have come first.
        if new.exists():
            return new, file


def _unlink(path: Path) -> bool:
    """Remove a file; return whether that was possible."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def remove_stale_files(folder: Path, *, dry_run: bool = False) -> list[Path]:
    """Remove the new files that killed processes left in a folder; return which these are.

    Such a file has a lock as long as its process lives. A file that cannot be removed stays.
    """
    try:
        names = [name for name in os.listdir(folder) if _STALE.fullmatch(name)]  # noqa: PTH208  # names
    except OSError:
        return []  # whatever is done there next says why
    return [
        folder / name for name in sorted(names) if _remove_unlocked(folder / name, dry_run=dry_run)
    ]


def _remove_unlocked(path: Path, *, dry_run: bool) -> bool:
    try:
        if regular_status(path) is None:
            return False
        descriptor = os.open(path, os.O_RDWR | NO_FOLLOW | _BINARY)
    except OSError:
        return False
    try:
        is_stale = lock(descriptor)
    except OSError:
        return False
    finally:
        close(descriptor)
    # Windows removes no file that is open.
    return is_stale and (dry_run or _unlink(path))


@contextmanager
def _naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Name a path in an OSError, instead of the new file, which nobody has named."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # an error of another library, in its own words
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
