"""Writes several files: all of them, or none, also if the process is killed in the middle.

1. The journal says which files will be written: names, and digests of old and new contents.
2. Each new text is written beside its file, and each old text gets a second name there.
3. Each new text takes the name of its file, if the file still has its old content.
4. The second names and the journal are removed.

Each step is on the disk before the next one begins. An error in it takes back what was done; a
process that is killed leaves the journal, and recovery.py finishes or takes back what it says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import random
from typing import Final

from labelsel.atomic_write.journal import (
    HeldJournal,
    Journal,
    JournalEntry,
    create_journal,
    digest,
    hold_journal,
    read_journal,
)
from labelsel.atomic_write.recovery import (
    examine,
    folders_above,
    journals_of,
    remove_texts,
    take_back,
)
from labelsel.atomic_write.replacement import (
    check_writable,
    not_kept,
    read_regular,
    sync_folder,
    write_new_file,
)
from labelsel.errors import ManifestError, error_reason, require_each
from labelsel.limits import MAX_INPUT_BYTES

__all__ = ["Rewrite", "write_files"]

#: How long another run may write the same files before this one gives up, in seconds.
_PATIENCE: Final = 30.0
#: How long a journal may have no text and no lock, in seconds: who creates one locks it at once.
_GRACE: Final = 1.0
#: How often is looked whether it has ended, in seconds.
_INTERVAL: Final = 0.02


@dataclass(frozen=True, slots=True)
class Rewrite:
    r"""A file, with its old and its new content.

    `apply_edits`, `append_objects` and `rename_label` make it, and `write_files` writes it.

    Attributes:
        file: the file's name as the caller gave it.
        path: the file itself, if the name is a link to it.
        before: the old content; None if there is no such file yet.
        after: the new content.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import append_objects
    >>> new = append_objects("no-such-file.yaml", {"kind": "Namespace"})
    >>> new.file, new.before, new.after
    ('no-such-file.yaml', None, b'kind: Namespace\n')
    """

    file: str
    path: Path
    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)


def write_files(
    rewrites: Sequence[Rewrite],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    on_warning: Callable[[str], None] | None = None,
) -> None:
    r"""Write files: all of them, or none if one cannot be written.

    1. Each new text is first written to the disk, beside its file. Then one after the other
       replaces its file: a reader sees the old or the new text. A file has its mode, owner, group
       and extended attributes, as far as the system lets this user set them. A second name of the
       same file (a hard link) keeps the old text. A file that nobody may write (mode 444) is an
       error, as in an editor, and so is what is no regular file.
    2. If a file cannot be replaced, the files that were replaced are put back.
    3. A process that is killed meanwhile leaves a journal, ``.labelsel-journal``, in the folder
       that holds all files. Until ``labelsel recover`` has finished or taken back what it says,
       these files are not written again.
    4. If another process is writing the same files, this one waits up to 30 seconds.

    Arguments:
        rewrites: the files; no two have the same path.
        on_progress: called after each file with the number of files that are written, and the
            number of all files.
        on_warning: called with a line for each file that does not keep all that belonged to it, if
            the journal could not be removed after all files were written, and if an interrupt came
            while the files were put back.

    Raises:
        ManifestError: a file cannot be written, or its content is no longer `Rewrite.before`.
            Every file is then as it was; if the disk does not allow that, the error says so.
        TypeError: something in ``rewrites`` is not a `Rewrite`.

    Complexity: O(n) for files of n bytes together.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import Rewrite
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.yaml")
    ...     write_files([Rewrite("a.yaml", path, None, b"a: 1\n")])
    ...     path.read_text()
    'a: 1\n'
    """
    given = require_each(Rewrite, rewrites, "make them with labelsel.kubernetes.apply_edits()")
    if not given:
        return
    warn = on_warning or _ignore
    with closing(_begin(given)) as held:
        writing = _Writing(given, held)
        try:
            writing.stage(warn)
            writing.replace(on_progress)
        except BaseException as error:
            writing.take_back(error, warn)
            raise
        try:
            remove_texts(held)
        except OSError as error:
            warn(_stays(held, error_reason(error)))
        except BaseException:
            warn(_stays(held, "interrupted"))
            raise


def _stays(held: HeldJournal, reason: str) -> str:
    path = held.journal.path
    if os.path.lexists(path):
        return f"all files are written, but {path} stays: {reason}; labelsel recover removes it"
    problem = f"all files are written, and {path} is removed, but the disk may lose that: {reason}"
    return f"{problem}; if the file is there again, labelsel recover removes it"


def _ignore(_: str) -> None:
    """Pass over a warning that nobody wants."""


# Beginning


def _begin(rewrites: Sequence[Rewrite]) -> HeldJournal:
    """Write the journal, once no other run writes these files."""
    mode = 0o666
    paths: list[Path] = []
    for each in rewrites:
        with _failure_of(each):
            folder = Path(os.path.realpath(each.path.parent))
            folder.stat()
            paths.append(folder / each.path.name)
            status = _check_unchanged(each, paths[-1])
            if max(len(each.before or b""), len(each.after)) > MAX_INPUT_BYTES:
                raise ManifestError(
                    each.file, f"larger than {MAX_INPUT_BYTES:,} bytes: not written"
                )
            if status is not None:
                mode &= status.st_mode | 0o600
    digests = [
        (None if each.before is None else digest(each.before), digest(each.after))
        for each in rewrites
    ]
    try:
        # On two drives of Windows no folder holds all files: that is a ValueError, too.
        folder = Path(os.path.commonpath([path.parent for path in paths]))
        names = [path.relative_to(folder).as_posix() for path in paths]
        files = [(name, *two) for name, two in zip(names, digests, strict=True)]
        journal = Journal.of(folder, files)
        journal.encode()
    except ValueError as error:
        raise _failure(rewrites[0], str(error)) from error

    def check() -> None:
        for each, path in zip(rewrites, paths, strict=True):
            with _failure_of(each):
                _check_unchanged(each, path)

    try:
        return _create_when_free(journal, mode, check)
    except OSError as error:
        reason = f"{error_reason(error)} (the journal in {folder})"
        raise _failure(rewrites[0], reason) from error


def _create_when_free(journal: Journal, mode: int, check: Callable[[], None]) -> HeldJournal:
    """Create a journal; wait as long as another run writes these files.

    Raises:
        ManifestError: a process that was killed has left such a journal, the other run takes too
            long, or ``check`` raises it.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        other = _first_other(journal)
        if other is None:
            held = create_journal(journal, mode, check)
            if held is not None and _is_alone(held):
                return held
        elif _is_left(other.path):
            until = min(until, time.monotonic() + _GRACE)
        if time.monotonic() >= until:
            raise _not_free(journal.path if other is None else other.path)
        # Of two runs that see each other one comes first, since they do not wait equally long.
        time.sleep(_INTERVAL * random())  # noqa: S311 - no secret


def _is_alone(held: HeldJournal) -> bool:
    """Return whether no other run writes files of a journal; if one does, remove the journal.

    The other run may have begun in another folder at the same moment: neither saw a journal then.
    So each looks again behind its own. At least the one that was later sees the other.

    Raises:
        ManifestError: a process that was killed has left such a journal.
    """
    with ExitStack() as otherwise:
        otherwise.callback(held.close)
        otherwise.callback(held.remove)
        if _first_other(held.journal, but=held.journal.path) is None:
            otherwise.pop_all()
            return True
    return False


def _first_other(journal: Journal, but: Path | None = None) -> Journal | None:
    """Return the journal of another run that is about files of this one; None if there is none.

    Raises:
        ManifestError: that run was killed.
    """
    folders = folders_above(each.path for each in journal.entries)
    paths = (path for path in journals_of(folders) if path != but)
    return next(filter(None, (_other(path, journal) for path in paths)), None)


def _other(path: Path, journal: Journal) -> Journal | None:
    """Return the journal of another run that is about files of this one; None if it is not.

    Raises:
        ManifestError: that run was killed.
    """
    is_ours = path == journal.path
    held = hold_journal(path)
    if held is None:
        other = read_journal(path)
    else:
        held.close()
        other = held.journal
    ours = {each.path for each in journal.entries}
    if other is None or not (is_ours or any(each.path in ours for each in other.entries)):
        return None
    # One without entries may be in the making.
    if held is not None and other.entries:
        raise _not_free(path)
    return other


def _is_left(path: Path) -> bool:
    """Return whether no process holds a journal."""
    held = hold_journal(path)
    if held is None:
        return False
    held.close()
    return True


def _not_free(path: Path) -> ManifestError:
    """Return the error for files that another run is writing, or has left half-written."""
    found = examine(path)
    if found is None:
        return ManifestError(str(path), "another run of labelsel began to write: run this again")
    advice = "run this again when it has ended"
    if not found.is_running:
        advice = f"no file was written; first run: labelsel recover {path.parent}"
    return ManifestError(str(path), f"{found.problem}; {advice}")


# Writing


class _Writing:
    """The writing of some files whose journal is on the disk."""

    def __init__(self, rewrites: Sequence[Rewrite], held: HeldJournal) -> None:
        self._held = held
        self._files = list(zip(rewrites, held.journal.entries, strict=True))
        self._begun: list[JournalEntry] = []

    def stage(self, warn: Callable[[str], None]) -> None:
        """Write each new text beside its file, and give each old text a second name there."""
        for rewrite, entry in self._files:
            with _failure_of(rewrite):
                like = None
                if rewrite.before is not None:
                    like = entry.path
                    _keep_old(rewrite, rewrite.before, entry)
                lost = write_new_file(entry.new_text, rewrite.after, like)
            if lost:
                warn(not_kept(rewrite.file, lost))
        self._sync_folders()

    def replace(self, on_progress: Callable[[int, int], None] | None) -> None:
        """Let each new text take the name of its file."""
        for number, (rewrite, entry) in enumerate(self._files, start=1):
            with _failure_of(rewrite):
                _check_unchanged(rewrite, entry.path)
                self._begun.append(entry)
                if rewrite.before is None:
                    _name_new(rewrite, entry)
                else:
                    entry.new_text.replace(entry.path)
            if on_progress is not None:
                on_progress(number, len(self._files))
        self._sync_folders()

    def _sync_folders(self) -> None:
        by_folder = {entry.path.parent: rewrite for rewrite, entry in self._files}
        for folder, rewrite in by_folder.items():
            with _failure_of(rewrite):
                sync_folder(folder)

    def take_back(self, error: BaseException, warn: Callable[[str], None]) -> None:
        """Put back what this run replaced: another one may have written the same.

        Raises:
            ManifestError: the disk does not allow that.
        """
        journal = self._held.journal
        advice = f"labelsel recover {journal.folder} says which files are new"
        try:
            take_back(self._held, [entry for entry in self._begun if _is_replaced(entry)])
        except ManifestError as failed:
            problem = f"{failed.problem}; {advice}"
            if isinstance(error, Exception):
                raise ManifestError(failed.file, problem) from error
            warn(f"{failed.file}: {problem}")
        except BaseException:
            warn(f"{journal.path}: interrupted before all files were as they were; {advice}")
            raise


def _keep_old(rewrite: Rewrite, before: bytes, entry: JournalEntry) -> None:
    """Give a file a second name, under which its old text is kept; on a disk without these a copy.

    What is compared with the text that was read is what is kept.
    """
    try:
        try:
            os.link(entry.path, entry.old_text)
        except OSError:
            status = entry.path.stat()
            write_new_file(entry.old_text, before, entry.path)
            os.utime(entry.old_text, ns=(status.st_atime_ns, status.st_mtime_ns))
    except FileNotFoundError:
        raise _changed(rewrite) from None
    if read_regular(entry.old_text) != before:
        raise _changed(rewrite)


def _name_new(rewrite: Rewrite, entry: JournalEntry) -> None:
    """Give a new file its name, unless there is a file of this name by now."""
    try:
        os.link(entry.new_text, entry.path)
    except FileExistsError:
        raise _changed(rewrite) from None
    except OSError:  # a disk without second names
        entry.new_text.replace(entry.path)


def _is_replaced(entry: JournalEntry) -> bool:
    """Return whether the new text has the name of its file: besides its own, or instead of it."""
    try:
        return entry.new_text.lstat().st_nlink > 1
    except FileNotFoundError:
        return True


def _check_unchanged(rewrite: Rewrite, path: Path) -> os.stat_result | None:
    """Return the status of a file, which must have its old content and be writable."""
    try:
        status = check_writable(path)
    except PermissionError:
        raise ManifestError(
            rewrite.file, "the file is read-only: make it writable (chmod u+w); no file was written"
        ) from None
    if read_regular(path) != rewrite.before:
        raise _changed(rewrite)
    return status


def _changed(rewrite: Rewrite) -> ManifestError:
    return ManifestError(rewrite.file, "changed since it was read: no file was written")


@contextmanager
def _failure_of(rewrite: Rewrite) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _failure(rewrite, error_reason(error)) from error


def _failure(rewrite: Rewrite, reason: str) -> ManifestError:
    return ManifestError(rewrite.file, f"cannot be written: {reason}; every file is as it was")
