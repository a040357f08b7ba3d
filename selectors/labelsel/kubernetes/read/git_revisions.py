"""Reads files as they are in a commit of a git repository, without a checkout.

The program git runs as a child process, without a shell. It is asked for commits, lists of files
and contents only, and changes nothing in the repository.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from labelsel.errors import RevisionError
from labelsel.kubernetes.read.child_process import ChildProcess, run_program, start_program
from labelsel.kubernetes.read.input_files import error_reason, is_manifest_name
from labelsel.limits import MAX_INPUT_BYTES, MAX_LINK_BYTES, MAX_LINKS, MAX_LISTED_BYTES

__all__ = ["GitRepository", "Revision", "RevisionFiles", "parse_range"]

_LINK: Final = "120000"
#: Of files, files that can be run, and links; other entries are repositories of their own.
_SUBMODULE: Final = "160000"
#: The bytes that are read of a file at a time.
_PART: Final = 2**20


def parse_range(text: str) -> tuple[str, str | None, bool]:
    """Return the two revisions of a range, and whether the first is where the two part.

    ``A..B`` compares two commits, ``A...B`` the commit where B left A with B, as ``git diff``
    does. A side that is left out is HEAD. A single revision is compared with the files as they
    are now: the second is None.

    >>> parse_range("main..HEAD"), parse_range("main..."), parse_range("v1.0")
    (('main', 'HEAD', False), ('main', 'HEAD', True), ('v1.0', None, False))
    """
    for dots in ("...", ".."):
        old, found, new = text.partition(dots)
        if found:
            return old or "HEAD", new or "HEAD", dots == "..."
    return text, None, False


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a repository.

    Attributes:
        name: the revision as the user wrote it.
        commit: the hash of the commit.
    """

    name: str
    commit: str


class RevisionFiles(NamedTuple):
    """What a commit has at a path.

    Attributes:
        found: whether there is a file at the path or below it.
        links: links with the name of a manifest that were not followed.
        submodules: folders of other repositories, of which a commit has no files.
    """

    found: bool
    links: list[str]
    submodules: list[str]


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A git repository, and its files in commits.

    Attributes:
        program: the path of the program git.
        root: the folder of the working tree, without links in its path.
    """

    program: str
    root: str

    @classmethod
    def around(cls, folder: str) -> GitRepository:
        """Return the repository that a folder is in.

        Raises:
            RevisionError: git is not installed, or the folder is in no working tree.
        """
        program = shutil.which("git")
        if program is None:
            raise RevisionError("git", "is not installed, or not in a folder of PATH")
        found = _run(program, folder, "rev-parse", "--show-toplevel")
        return cls(program, os.path.realpath(os.fsdecode(found.rstrip(b"\n"))))

    def revision(self, name: str) -> Revision:
        """Return the commit that a revision names: a branch, a tag, a hash, ``HEAD~2``.

        Raises:
            RevisionError: it names no commit.
        """
        words = "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        problem = f"names no commit of the repository in {self.root}"
        try:
            found = _run(self.program, self.root, *words).decode().strip()
        except RevisionError as error:
            raise RevisionError(name, problem) from error
        if not found.isalnum():  # ^HEAD gives ^ and a hash
            raise RevisionError(name, problem)
        return Revision(name, found)

    def merge_base(self, old: Revision, new: Revision) -> Revision:
        """Return the commit where two revisions part; its name is that of the first.

        Raises:
            RevisionError: they have no commit in common.
        """
        try:
            found = _run(self.program, self.root, "merge-base", old.commit, new.commit)
        except RevisionError as error:
            problem = f"has no commit in common with {new.name}"
            raise RevisionError(old.name, problem) from error
        return Revision(old.name, found.decode().strip())

    def relative(self, path: str) -> str:
        """Return a path below the root of the repository; ``.`` for the root.

        Raises:
            RevisionError: the path is outside of the repository.

        >>> GitRepository("git", os.path.realpath(".")).relative("shop/web.yaml")
        'shop/web.yaml'
        """
        whole, root = Path(path).resolve(), Path(self.root)
        if not whole.is_relative_to(root):
            raise RevisionError(path, f"is outside of the repository in {self.root}")
        return whole.relative_to(root).as_posix()

    def write_files(self, revision: Revision, path: str, folder: Path) -> RevisionFiles:
        """Write the manifests at a path and below it, as a commit has them.

        Written are files whose names end as those of manifests, and the path itself if it is a
        file. A link to a file of the commit is written as that file; no other link is followed.

        Arguments:
            revision: the commit.
            path: a path below the root of the repository, from `relative`.
            folder: the folder that gets the files of the root; it exists.

        Raises:
            RevisionError: git failed, a file cannot be written, the files have together more than
                `MAX_INPUT_BYTES`, or the list of the commit's files more than `MAX_LISTED_BYTES`.

        Complexity: O(files of the commit, and size of the manifests). In memory are the list of
        the files, and one part of a file.
        """
        with self._open_blobs() as contents:
            tree = self._list_files(revision, contents)
            below = [name for name in tree if path in {".", name} or name.startswith(f"{path}/")]
            submodules = [name for name in below if tree[name].mode == _SUBMODULE]
            below = [name for name in below if tree[name].mode != _SUBMODULE]
            blobs = {
                name: _follow(tree, name)
                for name in below
                if name == path or is_manifest_name(name)
            }
            for name, file_blob in blobs.items():
                if file_blob is not None:
                    _write(folder, name, contents.parts(name, file_blob, MAX_INPUT_BYTES))
        links = [name for name, blob in blobs.items() if blob is None]
        return RevisionFiles(found=bool(below), links=links, submodules=submodules)

    def _list_files(self, revision: Revision, contents: _Blobs) -> dict[str, _GitFile]:
        """Return the files and links of a commit by their paths."""
        listed = _run(
            self.program, self.root, "ls-tree", "-r", "-z", "--full-tree", revision.commit
        )
        tree: dict[str, _GitFile] = {}
        for line in listed.split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            mode, _, blob = about.decode().split()
            tree[os.fsdecode(path)] = _GitFile(mode, blob)
        links = {name: file.blob for name, file in tree.items() if file.mode == _LINK}
        for name, link in links.items():
            read = b"".join(contents.parts(name, link, MAX_LINK_BYTES))
            target = PurePosixPath(name).parent / os.fsdecode(read)
            tree[name] = _GitFile(_LINK, os.path.normpath(target))
        return tree

    @contextmanager
    def _open_blobs(self) -> Iterator[_Blobs]:
        command = self.program, "-C", self.root, "cat-file", "--batch"
        with start_program("git cat-file", command, RevisionError, reads=True) as program:
            yield _Blobs(program)


class _Blobs:
    """The contents of the repository's files, read one by one.

    A few kilobytes of a repository can stand for gigabytes, so the size is looked at first.
    """

    def __init__(self, program: ChildProcess) -> None:
        self._program = program
        self._left = MAX_INPUT_BYTES

    def parts(self, name: str, blob: str, limit: int) -> Iterator[bytes]:
        """Yield the content of a file in parts; all of them must be taken.

        Raises:
            RevisionError: the repository does not have it, or it has too many bytes.
            EOFError: git has ended.
        """
        left = self._size(name, blob, limit)
        while left:
            part = self._program.output.read(min(left, _PART))
            if not part:
                raise EOFError
            left -= len(part)
            yield part
        self._program.output.read(1)  # the end of the line

    def _size(self, name: str, blob: str, limit: int) -> int:
        """Ask for a file, and return how many bytes follow."""
        try:
            self._program.write(f"{blob}\n".encode())
        except OSError as error:
            raise EOFError from error
        match self._program.output.readline().split():
            case []:
                raise EOFError
            case [_, b"blob", number]:
                size = int(number)
            case _:
                raise RevisionError(name, "the repository does not have its content")
        if size > limit:
            raise RevisionError(name, f"more than {limit:,} bytes")
        self._left -= size
        if self._left < 0:
            problem = f"the files of the commit have together more than {MAX_INPUT_BYTES:,} bytes"
            raise RevisionError(name, problem)
        return size


class _GitFile(NamedTuple):
    """A file of a commit: its mode and blob; of a link the path that it leads to."""

    mode: str
    blob: str


def _follow(tree: Mapping[str, _GitFile], name: str) -> str | None:
    """Return the blob of a file, or of the file that a link leads to; None if it leads nowhere."""
    for _ in range(MAX_LINKS + 1):
        file = tree.get(name)
        if file is None or file.mode == _SUBMODULE:
            return None
        if file.mode != _LINK:
            return file.blob
        name = file.blob
    return None


def _write(folder: Path, name: str, parts: Iterator[bytes]) -> None:
    # git writes no such names, but a commit that somebody made by hand can have them.
    if {"/", "..", ".git"} & set(PurePosixPath(name).parts):
        raise RevisionError(name, "is not a path that a commit can have")
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(parts)
    except OSError as error:
        raise RevisionError(name, f"cannot be written: {error_reason(error)}") from error


def _run(program: str, folder: str, *words: str) -> bytes:
    """Run git in a folder, and return what it prints."""
    command = (program, "-C", folder, *words)
    return run_program(f"git {words[0]}", command, RevisionError, MAX_LISTED_BYTES)[0]
