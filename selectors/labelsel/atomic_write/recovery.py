"""What a killed process left of a set of files: found, described, finished or taken back."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum
from hashlib import file_digest
from pathlib import Path
from typing import Final

from labelsel.atomic_write.journal import (
    DAMAGED,
    JOURNAL,
    HeldJournal,
    Journal,
    JournalEntry,
    hold_journal,
    read_journal,
)
from labelsel.atomic_write.replacement import (
    ID,
    PREFIX,
    open_regular,
    regular_status,
    remove_stale_files,
    sync_folder,
)
from labelsel.errors import ManifestError, error_reason
from labelsel.folders import walk_folders
from labelsel.limits import MAX_INPUT_BYTES

__all__ = [
    "FileState",
    "InterruptedWrite",
    "JournalFile",
    "examine",
    "folders_above",
    "folders_below",
    "interrupted_writes",
    "journals_of",
    "recover",
    "remove_leftovers",
    "remove_texts",
    "take_back",
]

_TEXT: Final = re.compile(rf"{re.escape(PREFIX)}{ID}-\d+\.(?:new|old)")


#: Errors of a path that is not there, or that this user cannot come to.
_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EACCES})
#: Why a path is not read that is a folder, a pipe or a link.
_NO_FILE: Final = frozenset({errno.EISDIR, errno.EINVAL, errno.ELOOP})


class FileState(Enum):
    """What a file of a journal is."""

    OLD = "old"
    NEW = "new"
    CHANGED = "changed"
    """Neither: somebody has changed or removed it since."""


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A file of a journal, as it is.

    Attributes:
        entry: what the journal says of it.
        state: whether it is old or new.
        has_new: whether its new content is beside it.
        has_old: whether its old content is there, in the file or beside it.
    """

    entry: JournalEntry
    state: FileState
    has_new: bool
    has_old: bool


@dataclass(frozen=True, slots=True)
class InterruptedWrite:
    """A set of files that a process did not write to its end, or is writing now.

    Attributes:
        journal: what the journal says.
        files: its files, as they are.
        is_running: whether the process lives.
    """

    journal: Journal
    files: tuple[JournalFile, ...]
    is_running: bool

    @property
    def is_mixed(self) -> bool:
        """Whether the files are not all old, or all new, so that a person has to choose.

        One that somebody has changed since may have been either.
        """
        return len({each.state for each in self.files}) > 1

    @property
    def counts(self) -> str:
        """How many files are what: ``2 of 3 files are new, 1 is old``."""
        counts = Counter(each.state for each in self.files)
        total = len(self.files)
        if not total:
            return "no file has been changed"
        parts: list[str] = []
        for state, count in ((state, counts[state]) for state in _STATES if counts[state]):
            of = f" of {total:,} file{'s' * (total > 1)}" if not parts else ""
            parts.append(f"{count:,}{of} {'is' if count == 1 else 'are'} {_WORDS[state]}")
        return ", ".join(parts)

    @property
    def problem(self) -> str:
        """What happened, in words without a full stop."""
        if self.is_running:
            number = len(self.files)
            return f"another run of labelsel is writing {number:,} file{'s' * (number != 1)}"
        return f"a run of labelsel was killed: {self.counts}"


_STATES: Final = (FileState.NEW, FileState.OLD, FileState.CHANGED)
_WORDS: Final = {
    FileState.NEW: "new",
    FileState.OLD: "old",
    FileState.CHANGED: "neither, changed by somebody since",
}


# Finding


def folders_above(paths: Iterable[Path]) -> list[Path]:
    """Return the folders of some files and all folders above them, each once, the nearest first.

    The journal of a file is in one of them.
    """
    folders = dict.fromkeys(Path(os.path.realpath(path.parent)) for path in paths)
    return list(dict.fromkeys(each for folder in folders for each in (folder, *folder.parents)))


def folders_below(folder: Path, on_error: Callable[[OSError], object]) -> Iterator[Path]:
    """Yield a folder and the folders in it, but links and those whose name begins with a dot.

    ``on_error`` is called with the error of a folder that cannot be read: what is in it is not
    looked at.
    """
    for name, inner, _ in walk_folders(folder, on_error):
        inner[:] = sorted(each for each in inner if not each.startswith("."))
        yield Path(name)


def journals_of(folders: Iterable[Path]) -> list[Path]:
    """Return the paths of the journals in some folders.

    One of which the disk does not say whether it is there is one of them. In a folder that this
    user may not enter there is none for this user.
    """
    return [path for path in (folder / JOURNAL for folder in folders) if _may_be_there(path)]


def _may_be_there(path: Path) -> bool:
    try:
        path.lstat()
    except OSError as error:
        return error.errno not in _NOT_THERE
    return True


def examine(path: Path) -> InterruptedWrite | None:
    """Return what a journal says and what its files are; None if there is no journal.

    Raises:
        ManifestError: the journal or one of its files cannot be read, or is not one.
    """
    held = hold_journal(path)
    if held is None:
        journal = read_journal(path)
        return None if journal is None else _examine(journal, is_running=True)
    with closing(held):
        return _examine(held.journal, is_running=False)


def _examine(journal: Journal, *, is_running: bool) -> InterruptedWrite:
    if not journal.entries and not is_running:
        _require_no_texts(journal)
    return InterruptedWrite(journal, _files(journal), is_running)


def _files(journal: Journal) -> tuple[JournalFile, ...]:
    """Return the files of a journal, as they are.

    Raises:
        ManifestError: one cannot be read, or is not in the folder of the journal.
    """
    root = Path(os.path.realpath(journal.folder))
    for folder in {each.path.parent for each in journal.entries}:
        inner = folder.relative_to(journal.folder)
        if Path(os.path.realpath(folder)) != root / inner:
            problem = f"{inner} leads through a link: nothing is done outside of this folder"
            raise ManifestError(str(journal.path), problem)
    return tuple(map(_file, journal.entries))


def _require_no_texts(journal: Journal) -> None:
    """Raise ManifestError if a journal without text is one that has lost it.

    A journal is written before any text of its set: with such a text beside it, it is not in the
    making.
    """
    for folder in folders_below(journal.folder, lambda _: None):
        if _texts(folder):
            raise ManifestError(str(journal.path), DAMAGED)


def _file(entry: JournalEntry) -> JournalFile:
    found = _digest(entry.path)
    if found == entry.new:
        state = FileState.NEW
    else:
        state = FileState.OLD if found == entry.old else FileState.CHANGED
    return JournalFile(
        entry,
        state,
        has_new=_digest(entry.new_text) == entry.new,
        has_old=found == entry.old or entry.old in {None, _digest(entry.old_text)},
    )


def _digest(path: Path) -> str | None:
    """Return the digest of a file; None if there is none, and no digest if it is no file."""
    try:
        status = regular_status(path)
        if status is None:
            return None
        # A journal of somebody else may name a file that takes hours to read.
        if status.st_size > MAX_INPUT_BYTES:
            return ""
        with open_regular(path) as file:
            return file_digest(file, "sha256").hexdigest()
    except NotADirectoryError:
        return None
    except OSError as error:
        if error.errno in _NO_FILE:
            return ""
        raise ManifestError(str(path), f"cannot be read: {error_reason(error)}") from error


def interrupted_writes(files: Iterable[Path]) -> list[InterruptedWrite]:
    """Return what was left half-written of some files, or is being written now.

    What cannot be read is left out: whoever writes these files is told of it.
    """
    read = list(files)
    ours = {os.path.realpath(each) for each in read}
    found: list[InterruptedWrite] = []
    for path in journals_of(folders_above(read)):
        try:
            journal = read_journal(path)
            entries = () if journal is None else journal.entries
            # The journal of others may be far above, and about much.
            if not any(os.path.realpath(each.path) in ours for each in entries):
                continue
            write = examine(path)
        except ManifestError:
            continue
        if write is not None and (write.is_mixed or write.is_running):
            found.append(write)
    return found


# Finishing and taking back


def recover(
    path: Path, make: FileState | None = None, *, dry_run: bool = False
) -> tuple[InterruptedWrite, bool] | None:
    """Make all files of a journal new, or all old, and remove the journal and what belongs to it.

    1. A file that is neither old nor new stays as it is: somebody has changed it.
    2. If all are new, all old, or all changed, nothing but the journal and what belongs to it has
       to be removed, and ``make`` may be None.

    Arguments:
        path: the journal.
        make: what the files shall be.
        dry_run: whether nothing is done.

    Returns:
        what was found, and whether it is done, or would be: False if the process that writes the
        files lives, or ``make`` is None and the files are mixed. None if there is no journal.

    Raises:
        ManifestError: the journal is not one, belongs to another user, or a file cannot be made
            what it shall be. If the disk fails in the middle, the journal stays, and the function
            can be called again.
    """
    held = hold_journal(path)
    if held is None:
        found = examine(path)
        return None if found is None else (found, False)
    with closing(held):
        _check_owner(path)
        found = _examine(held.journal, is_running=False)
        if make is None and found.is_mixed:
            return found, False
        _check_possible(found, make)
        if not dry_run:
            _settle(held, found.files, make)
        return found, True


def take_back(held: HeldJournal, replaced: Collection[JournalEntry]) -> None:
    """Make the files old that this process replaced, and remove the journal that it holds.

    Another file may have the new content, too: somebody else wrote that.

    Raises:
        ManifestError: a file cannot be made old, or somebody has changed it since it was replaced.
            The journal stays.
    """
    ours = [file for file in _files(held.journal) if file.entry in replaced]
    changed = next((file for file in ours if file.state is FileState.CHANGED), None)
    if changed is not None:
        problem = "it was written, and somebody has changed it since"
        raise ManifestError(str(changed.entry.path), problem)
    _settle(held, ours, FileState.OLD)


def _check_owner(path: Path) -> None:
    """Refuse the journal of another user.

    Whoever may write in a folder above, such as /tmp, could make one that names our files.
    """
    user = os.geteuid() if hasattr(os, "geteuid") else None  # Windows has no such numbers
    owner = path.lstat().st_uid
    if user is not None and owner != user:
        problem = (
            f"it belongs to user {owner}, and not to you: recover as that user, or remove the "
            "file if you do not know what it is for"
        )
        raise ManifestError(str(path), problem)


def _check_possible(found: InterruptedWrite, make: FileState | None) -> None:
    for file in found.files:
        if make is FileState.NEW and file.state is FileState.OLD and not file.has_new:
            problem = "its new text was not written to the end, so the files can only become old"
            raise ManifestError(str(file.entry.path), problem)
        if make is FileState.OLD and file.state is FileState.NEW and not file.has_old:
            problem = "its old text is not there any more, so the files can only become new"
            raise ManifestError(str(file.entry.path), problem)


def _settle(held: HeldJournal, files: Iterable[JournalFile], make: FileState | None) -> None:
    path = held.journal.path
    try:
        for file in files:
            path = file.entry.path
            if make is FileState.NEW and file.state is FileState.OLD:
                file.entry.new_text.replace(path)
            elif make is FileState.OLD and file.state is FileState.NEW:
                _make_old(file.entry)
        for folder in dict.fromkeys(each.path.parent for each in held.journal.entries):
            # Somebody may have removed it since, with all that was in it.
            if folder.is_dir():
                sync_folder(folder)
        remove_texts(held)
    except OSError as error:
        raise ManifestError(str(path), f"cannot be written: {error_reason(error)}") from error


def _make_old(entry: JournalEntry) -> None:
    if entry.old is None:
        entry.path.unlink()
    elif entry.old != entry.new:
        entry.old_text.replace(entry.path)


def remove_texts(held: HeldJournal) -> None:
    """Remove the texts beside the files of a journal, and at last the journal.

    Raises:
        OSError: the disk has failed. The journal stays.
    """
    for entry in held.journal.entries:
        for path in (entry.new_text, entry.old_text):
            # Its folder may be gone, or be a file now.
            with suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
    held.remove()


# Files without a journal


def remove_leftovers(folder: Path, *, dry_run: bool = False) -> list[Path]:
    """Remove the temporary files in a folder that no process and no journal needs; return them."""
    return [*remove_stale_files(folder, dry_run=dry_run), *_remove_orphans(folder, dry_run=dry_run)]


def _remove_orphans(folder: Path, *, dry_run: bool) -> list[Path]:
    """Remove the texts of sets whose journal somebody has removed."""
    names = _texts(folder)
    if not names:
        return []
    # Looked for after the names: a journal is there before its texts are, and longer.
    needed: set[Path] = set()
    for path in journals_of(folders_above([folder / JOURNAL])):
        try:
            journal = read_journal(path)
        except ManifestError:
            return []  # nobody knows what it needs
        if journal is None:  # it has just been removed
            continue
        if not journal.entries:
            return []  # or it has lost its text
        for entry in journal.entries:
            needed |= {entry.new_text, entry.old_text}
    root = Path(os.path.realpath(folder))
    left = [name for name in names if root / name not in needed]
    return [folder / name for name in left if dry_run or _remove(folder / name)]


def _texts(folder: Path) -> list[str]:
    """Return the names of the texts of sets in a folder; none if it cannot be read."""
    names: list[str] = []
    with suppress(OSError):
        names = os.listdir(folder)  # noqa: PTH208  # names
    return sorted(name for name in names if _TEXT.fullmatch(name))


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
