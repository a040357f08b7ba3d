"""Reads files as they are in a commit of a git repository, without a checkout.

The program git runs as a child process, without a shell. It is asked for commits, lists of files
and contents only, and changes nothing in the repository.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from labelsel.errors import RevisionError
from labelsel.kubernetes.read.input_files import MANIFEST_SUFFIXES, error_reason
from labelsel.limits import MAX_LINKS

__all__ = ["GitRepository", "Revision", "RevisionFiles", "parse_range"]

_LINK: Final = "120000"
#: Of files, files that can be run, and links; other entries are repositories of their own.
_SUBMODULE: Final = "160000"


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
            RevisionError: git failed, or a file cannot be written.

        Complexity: O(files of the commit, and size of the manifests).
        """
        tree = self._list_files(revision)
        below = [name for name in tree if path in {".", name} or name.startswith(f"{path}/")]
        submodules = [name for name in below if tree[name].mode == _SUBMODULE]
        below = [name for name in below if tree[name].mode != _SUBMODULE]
        blobs = {
            name: _follow(tree, name)
            for name in below
            if name == path or PurePosixPath(name).suffix in MANIFEST_SUFFIXES
        }
        contents = self._read_blobs({blob for blob in blobs.values() if blob is not None})
        for name, file_blob in blobs.items():
            if file_blob is not None:
                _write(folder, name, contents[file_blob])
        links = [name for name, blob in blobs.items() if blob is None]
        return RevisionFiles(found=bool(below), links=links, submodules=submodules)

    def _list_files(self, revision: Revision) -> dict[str, _GitFile]:
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
        targets = self._read_blobs(set(links.values()))
        for name, link in links.items():
            target = PurePosixPath(name).parent / os.fsdecode(targets[link])
            tree[name] = _GitFile(_LINK, os.path.normpath(target))
        return tree

    def _read_blobs(self, blobs: set[str]) -> dict[str, bytes]:
        """Return the contents of blobs by their hashes."""
        if not blobs:
            return {}
        asked = "".join(f"{blob}\n" for blob in sorted(blobs)).encode()
        answer = _run(self.program, self.root, "cat-file", "--batch", given=asked)
        contents: dict[str, bytes] = {}
        position = 0
        while position < len(answer):
            end = answer.index(b"\n", position)
            blob, _, size = answer[position:end].decode().split()
            contents[blob] = answer[end + 1 : end + 1 + int(size)]
            position = end + 2 + int(size)
        return contents


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


def _write(folder: Path, name: str, data: bytes) -> None:
    # git writes no such names, but a commit that somebody made by hand can have them.
    if {"/", "..", ".git"} & set(PurePosixPath(name).parts):
        raise RevisionError(name, "is not a path that a commit can have")
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise RevisionError(name, f"cannot be written: {error_reason(error)}") from error


def _run(program: str, folder: str, *words: str, given: bytes = b"") -> bytes:
    """Run git in a folder, and return what it prints."""
    # Only --git needs it; it takes 5 ms to load.
    import subprocess  # noqa: PLC0415  # see above

    command = (program, "-C", folder, *words)
    name = f"git {words[0]}"
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603  # no shell
    except (OSError, ValueError) as error:
        raise RevisionError(name, f"cannot be started: {error_reason(error)}") from error
    if done.returncode:
        messages = done.stderr.decode(errors="backslashreplace").splitlines()
        problem = f"ended with status {done.returncode}{':' if messages else ''}"
        raise RevisionError(name, problem, messages)
    return done.stdout
