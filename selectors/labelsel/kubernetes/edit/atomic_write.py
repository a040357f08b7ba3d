"""Writes files atomically: all of them, or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from labelsel.errors import ManifestError, require_each
from labelsel.kubernetes.model.document import Progress
from labelsel.kubernetes.read.input_files import error_reason

__all__ = ["Rewrite", "write_files"]

#: The mode of a file that somebody may write.
_WRITE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


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


def write_files(rewrites: Sequence[Rewrite], *, on_progress: Progress | None = None) -> None:
    r"""Write files: all of them, or none if one cannot be written.

    1. Each new text is first written to the disk, beside its file. Then one after the other
       replaces its file, with the mode and the owner of the file: a reader sees the old or the
       new text. A second name of the same file (a hard link) keeps the old text. A file that
       nobody may write (mode 444) is an error, as in an editor.
    2. If a file cannot be replaced, the files that were replaced are put back.

    Arguments:
        rewrites: the files; no two have the same path.
        on_progress: called after each file with the number of files that are written, and the
            number of all files.

    Raises:
        ManifestError: a file cannot be written, or its content is no longer `Rewrite.before`.
            Every file is then as it was.
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
    with contextlib.ExitStack() as at_end, contextlib.ExitStack() as at_failure:
        given = require_each(Rewrite, rewrites, "make them with labelsel.kubernetes.apply_edits()")
        staged = [_StagedFile(rewrite, at_end) for rewrite in given]
        for number, file in enumerate(staged, start=1):
            file.replace(at_failure)
            if on_progress is not None:
                on_progress(number, len(staged))
        at_failure.pop_all()


class _StagedFile:
    """A new text on the disk beside its file, to replace it."""

    def __init__(self, rewrite: Rewrite, at_end: contextlib.ExitStack) -> None:
        self._rewrite = rewrite
        self._path = rewrite.path
        try:
            folder = tempfile.mkdtemp(prefix=".labelsel-", dir=self._path.parent)
            at_end.callback(shutil.rmtree, folder, ignore_errors=True)
            self._new, self._old = Path(folder, "new"), Path(folder, "old")
            self._check()
            with self._new.open("xb") as stream:
                stream.write(rewrite.after)
                stream.flush()
                os.fsync(stream.fileno())
            if rewrite.before is not None:
                _copy_mode(self._path, self._new)
                _keep_copy(self._path, self._old)
        except OSError as error:
            raise self._failure(error) from error

    def replace(self, at_failure: contextlib.ExitStack) -> None:
        """Replace the file, and push the call that puts it back to a stack."""
        try:
            self._check()
            self._new.replace(self._path)
            if self._rewrite.before is None:
                at_failure.callback(self._path.unlink)
            else:
                at_failure.callback(self._old.replace, self._path)
        except OSError as error:
            raise self._failure(error) from error

    def _check(self) -> None:
        """Check that the file has its old content, and may be written."""
        content = self._path.read_bytes() if os.path.lexists(self._path) else None
        read_only = content is not None and not _is_writable(self._path)
        for problem, found in (
            ("changed since it was read", content != self._rewrite.before),
            ("is not writable", read_only),
        ):
            if found:
                raise ManifestError(self._rewrite.file, f"{problem}: no file was written")

    def _failure(self, error: OSError) -> ManifestError:
        problem = f"cannot be written: {error_reason(error)}; every file is as it was"
        return ManifestError(self._rewrite.file, problem)


def _is_writable(file: Path) -> bool:
    """Return whether a file may be written: root may write any, and means no read-only one."""
    return os.access(file, os.W_OK) and bool(file.stat().st_mode & _WRITE)


def _copy_mode(file: Path, new: Path) -> None:
    """Give a new file the mode and, if that is allowed, the owner of the old one."""
    status = file.stat()
    # Windows has no owners of this kind.
    with contextlib.suppress(AttributeError, PermissionError):
        os.chown(new, status.st_uid, status.st_gid)
    new.chmod(stat.S_IMODE(status.st_mode))


def _keep_copy(file: Path, old: Path) -> None:
    """Keep a file under a second name: as a hard link, or on a disk without these as a copy."""
    try:
        os.link(file, old)
    except OSError:
        shutil.copy2(file, old)
