"""Files written anew: all of them, or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Progress
from labelsel.kubernetes.read.input_files import reason

__all__ = ["Rewrite", "write_files"]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file and what is to stand in it.

    Attributes:
        file: its name as the caller gave it.
        path: the file itself, where that is a link to it.
        before: what stands in it; None where there is no such file yet.
        after: what is to stand in it.
    """

    file: str
    path: Path
    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)


def write_files(rewrites: Sequence[Rewrite], *, on_progress: Progress | None = None) -> None:
    r"""Write files: all of them, or none where one cannot be written.

    1. Each new text is first written beside its file, to the disk. Then one after the other
       takes its file's place, with its mode and owner: a reader sees the old or the new text.
       A second name of the same file (a hard link) keeps the old one.
    2. Where one cannot take its place, the old files come back, the very same ones.

    Arguments:
        rewrites: the files; each path stands there once.
        on_progress: told after each file how many are written, of how many.

    Raises:
        ManifestError: a file cannot be written, or does not hold any more what it held
            before. Then every file is as it was.

    Complexity: O(n) in the size of the files.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.yaml")
    ...     write_files([Rewrite("a.yaml", path, None, b"a: 1\n")])
    ...     path.read_text()
    'a: 1\n'
    """
    with contextlib.ExitStack() as at_end, contextlib.ExitStack() as at_failure:
        staged = [_Staged(rewrite, at_end) for rewrite in rewrites]
        for number, file in enumerate(staged, start=1):
            file.take_place(at_failure)
            if on_progress is not None:
                on_progress(number, len(staged))
        at_failure.pop_all()


class _Staged:
    """A new text that waits beside its file to take its place."""

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
                _take_over(self._path, self._new)
                _keep(self._path, self._old)
        except OSError as error:
            raise self._failure(error) from error

    def take_place(self, at_failure: contextlib.ExitStack) -> None:
        """Replace the file, and leave on a stack what puts it back."""
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
        """Fail where the file is not what it was, or must not be written."""
        there = self._path.read_bytes() if os.path.lexists(self._path) else None
        read_only = there is not None and not os.access(self._path, os.W_OK)
        for problem, holds in (
            ("it has changed since it was read", there != self._rewrite.before),
            ("it is read-only", read_only),
        ):
            if holds:
                raise ManifestError(self._rewrite.file, f"{problem}: nothing is written")

    def _failure(self, error: OSError) -> ManifestError:
        problem = f"it cannot be written: {reason(error)}; every file is as it was"
        return ManifestError(self._rewrite.file, problem)


def _take_over(file: Path, new: Path) -> None:
    """Give a new file the mode and, where that is allowed, the owner of another."""
    status = file.stat()
    # Windows has no owners of this kind.
    with contextlib.suppress(AttributeError, PermissionError):
        os.chown(new, status.st_uid, status.st_gid)
    new.chmod(stat.S_IMODE(status.st_mode))


def _keep(file: Path, old: Path) -> None:
    """Keep a file under a second name: the file itself where the disk can do that."""
    try:
        os.link(file, old)
    except OSError:
        shutil.copy2(file, old)
