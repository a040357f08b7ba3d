"""The journal: the file that says which files are being written, until all of them are.

It is in the folder that holds all of these files, under the name `JOURNAL`::

    labelsel journal 1 <length of the rest> <SHA-256 of the rest>
    {"id": "<16 hexadecimal digits>", "files": [["shop/web.yaml", "<old>", "<new>"], ...]}

A file has its path below the folder, and the SHA-256 of its old and of its new content; the old one
is null for a new file. Beside a file are in the meantime its new text, ``.labelsel-<id>-<n>.new``,
and its old text, ``.labelsel-<id>-<n>.old``, where n is its position in the journal. So the state
of each file follows from its content, and the journal is written only once, before all else.

A journal may come from anybody: a repository can have one. `read_journal` takes no path that leaves
the folder, and recovery.py does nothing to a file whose content is not one of the two.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from labelsel.atomic_write.replacement import (
    ID,
    NO_FOLLOW,
    PREFIX,
    close,
    lock,
    random_id,
    read_regular,
    regular_status,
    sync_folder,
)
from labelsel.errors import ManifestError, error_reason
from labelsel.limits import MAX_JOURNAL_BYTES

__all__ = [
    "JOURNAL",
    "HeldJournal",
    "Journal",
    "JournalEntry",
    "create_journal",
    "digest",
    "hold_journal",
    "read_journal",
]

JOURNAL: Final = f"{PREFIX}journal"
"""The name of the file."""

#: What is said of a journal that does not say any more what it is about.
DAMAGED: Final = (
    f"the journal is damaged, and nobody knows which files are new; their old texts are in"
    f" {PREFIX}*.old beside them: look at these, then remove the journal"
)

_HEADER: Final = "labelsel journal 1 {} {}\n"
_START: Final = b"labelsel journal 1 "
_ANY_VERSION: Final = re.compile(rb"labelsel journal (?!1 )\d{1,9} ")
_HEADER_PATTERN: Final = re.compile(rb"labelsel journal 1 (\d{1,9}) ([0-9a-f]{64})\n")
_ID: Final = re.compile(ID)
_DIGEST: Final = re.compile("[0-9a-f]{64}")
#: The names that labelsel gives to files of its own. The baseline of lint is none of them.
_OWN_NAME: Final = re.compile(
    rf"{re.escape(PREFIX)}(?:journal|{ID}(?:\.tmp|-\d+\.(?:new|old)))", re.IGNORECASE
)
#: Parts of a path that leave the folder, or lead to where a program is told what to run.
_BAD_PARTS: Final = frozenset({"", ".", "..", ".git"})


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content, in hexadecimal.

    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A file that is being written.

    Attributes:
        name: its path below the folder of the journal, with slashes.
        path: the file.
        old: the digest of its old content; None if there was no such file.
        new: the digest of its new content.
        new_text: the file that holds the new content until it takes the name of the file.
        old_text: the file that holds the old content until all is done.
    """

    name: str
    path: Path
    old: str | None
    new: str
    new_text: Path
    old_text: Path


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal says.

    Attributes:
        path: the file of the journal.
        entries: the files that are written; none if the journal itself was not written to its end.
    """

    path: Path
    entries: tuple[JournalEntry, ...]

    @classmethod
    def of(
        cls, folder: Path, files: Iterable[tuple[str, str | None, str]], own_id: str | None = None
    ) -> Journal:
        """Return the journal of some files: name, old and new digest of each.

        Raises:
            ValueError: a name leaves the folder, or is there twice.
        """
        own_id = random_id() if own_id is None else own_id
        entries: dict[str, JournalEntry] = {}
        for number, (name, old, new) in enumerate(files):
            _check_name(name)
            if name in entries:
                message = f"{name} is named twice"
                raise ValueError(message)
            path = folder / name
            new_text, old_text = (
                path.with_name(f"{PREFIX}{own_id}-{number}.{kind}") for kind in ("new", "old")
            )
            entries[name] = JournalEntry(name, path, old, new, new_text, old_text)
        return cls(folder / JOURNAL, tuple(entries.values()))

    @property
    def folder(self) -> Path:
        """The folder that holds all files."""
        return self.path.parent

    def encode(self) -> bytes:
        """Return the content of the file.

        Raises:
            ValueError: it is longer than `read_journal` would read.
        """
        own_id = self.entries[0].new_text.name.removeprefix(PREFIX).partition("-")[0]
        files = [[each.name, each.old, each.new] for each in self.entries]
        # ASCII alone: a name that is not UTF-8 has halves of surrogate pairs.
        rest = json.dumps({"id": own_id, "files": files}).encode()
        content = _HEADER.format(len(rest), digest(rest)).encode() + rest
        if len(content) > MAX_JOURNAL_BYTES:
            raise ValueError("more files than a journal can name")
        return content


def _check_name(name: str) -> None:
    """Raise a ValueError for a path that leaves the folder, or is of labelsel itself."""
    parts = name.split("/")
    is_bad = bool(
        not _BAD_PARTS.isdisjoint(part.casefold() for part in parts)
        or "\0" in name
        or not _is_file_name(name)
        or _OWN_NAME.fullmatch(parts[-1])
        # On Windows these lead elsewhere, too.
        or (os.sep != "/" and (os.sep in name or ":" in name))
    )
    if is_bad:
        message = f"{name!r} is not a path of a file that labelsel writes"
        raise ValueError(message)


def _is_file_name(name: str) -> bool:
    """Return whether the system can have a file of this name: it has no half of a character."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


# Reading


def read_journal(path: Path) -> Journal | None:
    """Read a journal; None if there is none.

    Raises:
        ManifestError: the file cannot be read, or is not a journal.
    """
    try:
        status = regular_status(path)
        if status is not None and status.st_size > MAX_JOURNAL_BYTES:
            raise ManifestError(str(path), f"not a journal: more than {MAX_JOURNAL_BYTES:,} bytes")
        content = read_regular(path)
    except OSError as error:
        raise ManifestError(str(path), f"cannot be read: {error_reason(error)}") from error
    return None if content is None else _decode(path, content)


def _decode(path: Path, content: bytes) -> Journal:
    match = _HEADER_PATTERN.match(content)
    if _is_beginning(content):
        return Journal(path, ())
    if _ANY_VERSION.match(content):
        problem = "another version of labelsel wrote this journal: recover with that version"
        raise ManifestError(str(path), problem)
    if match is None:
        raise ManifestError(str(path), "not a journal of labelsel")
    rest = content[match.end() :]
    # A process that is killed while it writes leaves less than all, or zeros where the text was to
    # be. No other file had been written by then.
    if len(rest) < int(match[1]) or not rest.strip(b"\0"):
        return Journal(path, ())
    if digest(rest).encode() != match[2]:
        raise ManifestError(str(path), DAMAGED)
    problem = "not a journal of labelsel"
    try:
        data = json.loads(rest)
    except (ValueError, RecursionError):  # it says which function of Python refused what
        raise ManifestError(str(path), f"{problem}: its data cannot be read") from None
    try:
        return Journal.of(path.parent, *_fields(data))
    except ValueError as error:
        raise ManifestError(str(path), f"{problem}: {error}") from None


def _is_beginning(content: bytes) -> bool:
    """Return whether a content is the beginning of a header, or nothing but zeros."""
    text = content.rstrip(b"\0")
    return b"\n" not in text and (_START.startswith(text) or text.startswith(_START))


def _fields(data: Any) -> tuple[list[tuple[str, str | None, str]], str]:
    """Return the files and the id in the data of a journal; a ValueError if it has others."""
    match data:
        case {"id": str(own_id), "files": [_, *_] as files, **rest} if not rest and _ID.fullmatch(
            own_id
        ):
            return [_file(each) for each in files], own_id
    raise ValueError("it must be a map with an id and files")


def _file(data: Any) -> tuple[str, str | None, str]:
    match data:
        case [str(name), None, str(new)] if _DIGEST.fullmatch(new):
            return name, None, new
        case [str(name), str(old), str(new)] if _DIGEST.fullmatch(old) and _DIGEST.fullmatch(new):
            return name, old, new
    raise ValueError("each file must be a path and two digests")


# Holding and writing


class HeldJournal:
    """A journal on the disk that this process holds: others see by its lock that it lives.

    Attributes:
        journal: what it says.
    """

    def __init__(self, journal: Journal, descriptor: int) -> None:
        self.journal = journal
        self._descriptor: int | None = descriptor

    def __del__(self) -> None:
        # After an exception that came where nobody could close it: others would wait for ever.
        self.close()

    def close(self) -> None:
        """Let others see that this process is done with it, or has failed."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            close(descriptor)

    def remove(self) -> None:
        """Remove the journal from the disk: all is done."""
        self.journal.path.unlink(missing_ok=True)
        sync_folder(self.journal.folder)


def hold_journal(path: Path) -> HeldJournal | None:
    """Hold the journal that a process left; None if that process lives, or the journal is gone.

    Raises:
        ManifestError: it cannot be read, or is not a journal.
    """
    try:
        regular_status(path)  # a pipe is never opened
        descriptor = _open(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    with ExitStack() as otherwise:
        otherwise.callback(close, descriptor)
        # Read only now: the process may have written the rest a moment ago.
        try:
            is_left = lock(descriptor) and _is_there(path, descriptor)
        except OSError as error:
            raise _unreadable(path, error) from error
        journal = read_journal(path) if is_left else None
        if journal is not None:
            otherwise.pop_all()
            return HeldJournal(journal, descriptor)
    return None


def _unreadable(path: Path, error: OSError) -> ManifestError:
    return ManifestError(str(path), f"cannot be read: {error_reason(error)}")


def create_journal(journal: Journal, mode: int, check: Callable[[], object]) -> HeldJournal | None:
    """Write a journal to the disk, and hold it; None if there is one already.

    Arguments:
        journal: what it says.
        mode: the mode of the file: whoever may not read the files may not read their digests.
        check: is called when other runs see the journal, and nothing is in it yet. It raises an
            error if the files are not as the journal says: another run may just have ended.

    Raises:
        OSError: it cannot be written. It is removed then, if it can be; as it is if ``check``
            raises an error.
    """
    content = journal.encode()
    try:
        descriptor = os.open(journal.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return None
    held = HeldJournal(journal, descriptor)
    with ExitStack() as otherwise:
        otherwise.callback(held.close)
        otherwise.callback(_remove, journal.path, descriptor)
        lock(descriptor, wait=True)
        # `labelsel recover` of another process may have removed it, as it had no lock yet.
        if not _is_there(journal.path, descriptor):
            return None
        check()
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.fsync(descriptor)
        if read_regular(journal.path) != content:
            raise OSError(errno.EIO, "the disk has not kept what was written to it")
        sync_folder(journal.folder)
        otherwise.pop_all()
    return held


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | NO_FOLLOW)
    except PermissionError:  # of another user: it can be read, and seen whether that one lives
        return os.open(path, os.O_RDONLY | NO_FOLLOW)


def _is_there(path: Path, descriptor: int) -> bool:
    """Return whether an open file still has its name."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove(path: Path, descriptor: int) -> None:
    with suppress(OSError):
        if _is_there(path, descriptor):
            path.unlink()
