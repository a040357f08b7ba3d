"""Finds the files that a user's paths name, and reads them: files, folders, standard input."""

from __future__ import annotations

import codecs
import errno
import glob
import hashlib
import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final, NamedTuple

from labelsel.atomic_write.replacement import DEVICE, special_kind
from labelsel.errors import (
    ExcludedWarning,
    HiddenWarning,
    ManifestError,
    NoManifestError,
    UnreadWarning,
    error_reason,
    require_several,
)
from labelsel.folders import walk_folders
from labelsel.kubernetes.model.scalars import unescape_text
from labelsel.kubernetes.read.exclusion import Exclusion
from labelsel.kubernetes.read.skipping import KUSTOMIZATION_FILES, is_near_kustomization
from labelsel.limits import MAX_INPUT_BYTES
from labelsel.placeholders import may_become_anything

__all__ = [
    "DEVICE",
    "MANIFEST_SUFFIXES",
    "STANDARD_INPUT",
    "Content",
    "InputFile",
    "decode",
    "error_reason",
    "input_files",
    "is_manifest_name",
    "read_bytes",
    "read_stream",
    "read_text",
    "read_text_again",
    "special_file",
]

#: The name of the path ``-`` in messages and sources.
STANDARD_INPUT: Final = "standard input"

MANIFEST_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
"""The ends of the names of files that are read in a folder."""

#: Hidden folders in which programs keep their own files, often thousands: what git and the like
#: store, environments and packages that are installed, and caches.
_PROGRAM_FOLDERS: Final = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr", ".jj"),
        *(".venv", ".tox", ".nox", ".eggs", ".direnv", ".terraform", ".terragrunt-cache"),
        *(".gradle", ".m2", ".npm", ".pnpm-store", ".yarn", ".next", ".nuxt"),
        *(".cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
    }
)
#: What an object must have, in any letter case.
_TYPE: Final = "apiversion"
_HIDDEN: Final = (
    "skipped: its name, or that of its folder, begins with a dot; to read it, give its own path"
)
_NO_MATCH: Final = "no file matches this pattern"
#: The bytes that are read of a file or a pipe at a time. Most manifests are shorter.
_PART: Final = 2**20


class Content(NamedTuple):
    """The content of a file.

    Attributes:
        text: the whole text, without a byte order mark at its beginning.
        data: the bytes of the file.

    >>> Content("a", b"a").version == Content("b", b"b").version
    False
    """

    text: str
    data: bytes

    @property
    def version(self) -> bytes:
        """A digest of the bytes: if the digest differs, the file was changed."""
        # 16 bytes: no two versions of a file have the same digest by accident.
        return hashlib.blake2b(self.data, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read.

    Attributes:
        name: the path as the user gave it, or as it was found in a folder that the user gave.
        size: the length in bytes; 0 if it is not known, as for standard input.
        path: where to read; None for standard input.
        target: what the file is a link to, if the link was found in a folder: nobody named the
            target, so it may be read and not written.

    >>> InputFile(STANDARD_INPUT, 0, None).name
    'standard input'
    """

    name: str
    size: int
    path: Path | None
    target: str | None = None

    def text(self) -> str:
        """Read the whole text; see `content`."""
        return self.content().text

    def content(self) -> Content:
        """Read the file.

        Raises:
            ManifestError: the file cannot be read, or is not UTF-8.
        """
        try:
            data = read_stream(sys.stdin.buffer) if self.path is None else read_bytes(self.path)
        except (OSError, ValueError) as error:
            raise ManifestError(self.name, error_reason(error)) from error
        return decode(self.name, data)


def decode(name: str, data: bytes) -> Content:
    """Return the content of a file; a ManifestError if its bytes are not UTF-8.

    >>> decode("a.yaml", b"a: 1").text
    'a: 1'
    """
    try:
        return Content(data.removeprefix(codecs.BOM_UTF8).decode(), data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(name, _encoding_problem(data, error), line=line) from None


def input_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    exclude: Collection[str] | Exclusion = (),
) -> Iterator[InputFile | ManifestError | UnreadWarning | ExcludedWarning]:
    """Yield the files that paths name, in the order of the paths.

    1. ``-`` is standard input.
    2. The path of a file names that file, with any suffix; the file may be a pipe.
    3. The path of a folder names its files ``*.yaml``, ``*.yml``, ``*.json`` and
       ``Kustomization``, sorted by path. If ``recursive``, those in the folders below it, too.
    4. In a folder, files and folders whose name begins with a dot are skipped. For each such file
       that names an apiVersion there, or is named as a Kustomization, is a HiddenWarning. Folders
       of other programs, such as ``.git`` and ``.venv``, are not looked into.
    5. What matches a pattern of ``exclude`` is left out; see `Exclusion`. A path that was named
       is then an ExcludedWarning.
    6. In a folder, only regular files and links to them are read, since reading a pipe or a
       device may never end. Links to folders are not followed, since they may form a circle.
       For each of these there is an UnreadWarning.

    A path to nothing, or a broken link, is a ManifestError in its place.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("b.yaml", "a.json", ".c.yaml", "notes.txt"):
    ...         _ = Path(folder, name).write_text("")
    ...     [Path(file.name).name for file in input_files([folder])]
    ['a.json', 'b.yaml']
    """
    exclusion = Exclusion.of(exclude)
    for item in require_several("paths", paths):
        path = os.fspath(item)
        if path == "-":
            yield InputFile(STANDARD_INPUT, 0, None)
        elif exclusion.leaves_out_named(path):
            yield ExcludedWarning(path, "skipped: it is excluded")
        elif os.path.isdir(path):  # noqa: PTH112  # pathlib raises where nothing can be looked at
            yield from _folder(path, recursive=recursive, exclusion=exclusion)
        else:
            yield _file(path)


def is_manifest_name(name: str) -> bool:
    """Return whether a file of a name or path is read in a folder.

    >>> [is_manifest_name(name) for name in ("a.yaml", "b/Kustomization", "notes.txt", ".yaml")]
    [True, True, False, False]
    """
    path = Path(name)
    # The name ".yaml" has no suffix.
    return path.suffix in MANIFEST_SUFFIXES or path.name in KUSTOMIZATION_FILES


def read_bytes(path: Path, limit: int = MAX_INPUT_BYTES) -> bytes:
    """Read a file that may come from anybody, or a pipe.

    Arguments:
        path: the path.
        limit: the most bytes that are read.

    Raises:
        OSError: the file cannot be read, is longer, or is a device other than a terminal: a
            device may never end.
        ValueError: the path is not one.

    >>> read_bytes(Path("/dev/null")), read_bytes(Path("/dev/zero"))
    Traceback (most recent call last):
    OSError: [Errno 19] it is a device, which may never end: '/dev/zero'
    """
    # The size first: Python would reserve the memory for a file of 1 TiB with holes.
    status = path.stat()
    if stat.S_ISREG(status.st_mode) and status.st_size > limit:
        raise _too_long(limit)
    if _is_endless(path, status):
        raise OSError(errno.ENODEV, f"it is {DEVICE}, which may never end", str(path))
    with path.open("rb") as file:
        return read_stream(file, limit)


def _is_endless(path: Path, status: os.stat_result) -> bool:
    """Return whether a path is a device other than a terminal and /dev/null."""
    is_device = stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode)
    if not is_device or os.path.samestat(status, Path(os.devnull).stat()):
        return False
    with path.open("rb", buffering=0) as file:
        return not file.isatty()


def read_stream(stream: IO[bytes], limit: int = MAX_INPUT_BYTES) -> bytes:
    """Return all bytes of a stream; OSError if they are more than the limit.

    >>> import io
    >>> read_stream(io.BytesIO(b"abc"), limit=2)
    Traceback (most recent call last):
    OSError: [Errno 27] more than 2 bytes
    """
    parts: list[bytes] = []
    left = limit
    while part := stream.read(_PART):
        left -= len(part)
        if left < 0:
            raise _too_long(limit)
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_long(limit: int) -> OSError:
    return OSError(errno.EFBIG, f"more than {limit:,} bytes")


def read_text(path: str) -> str:
    """Read the text of one file, or of standard input for ``-``; see `InputFile.content`.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w") as file:
    ...     _ = file.write("a: 1")
    ...     file.flush()
    ...     read_text(file.name)
    'a: 1'
    """
    standard_input = path == "-"
    name = STANDARD_INPUT if standard_input else path
    return InputFile(name, 0, None if standard_input else Path(path)).text()


def read_text_again(path: str) -> str | None:
    """Return the text of a file that was read before; None if it cannot be read any more.

    None, too, for what is no file: to open a pipe again would wait for a writer.

    >>> read_text_again("no-such-file")
    """
    try:
        return None if special_file(path) else read_text(path)
    except ManifestError:
        return None


def special_file(path: str) -> str | None:
    """Return what a path is that is neither a regular file nor a folder; None if there is none.

    >>> special_file("/dev/null"), special_file("no-such-file"), special_file(".")
    ('a device', None, None)
    """
    status = _status(path)
    return None if isinstance(status, ManifestError) else special_kind(status.st_mode)


def _file(name: str) -> InputFile | ManifestError:
    status = _status(name)
    if isinstance(status, ManifestError):
        return status
    return InputFile(name, status.st_size, Path(name))


def _file_in_folder(name: str) -> InputFile | ManifestError | UnreadWarning:
    status = _status(name)
    if isinstance(status, ManifestError):
        return status
    if stat.S_ISREG(status.st_mode):
        target = os.path.realpath(name) if Path(name).is_symlink() else None
        return InputFile(name, status.st_size, Path(name), target)
    found = special_kind(status.st_mode) or "not a regular file"
    problem = f"skipped: it is {found}; in a folder, only regular files are read"
    return UnreadWarning(name, f"{problem}; to read it, give its own path")


def _status(name: str) -> os.stat_result | ManifestError:
    try:
        return Path(name).stat()
    except FileNotFoundError as error:
        is_pattern = glob.has_magic(name)
        return ManifestError(name, _NO_MATCH if is_pattern else error_reason(error))
    except (OSError, ValueError) as error:
        return ManifestError(name, error_reason(error))


def _folder(
    name: str, *, recursive: bool, exclusion: Exclusion
) -> Iterator[InputFile | ManifestError | UnreadWarning]:
    faults: list[OSError] = []
    found: list[str] = []
    links: list[str] = []
    hidden: list[str] = []
    hidden_folders: set[str] = set()
    for folder, folders, file_names in walk_folders(name, faults.append):
        left = partial(_names_left, folder, exclusion=exclusion)
        # The walk goes on to the folders that are left in its list.
        folders[:] = [
            inner for inner in left(folders) if recursive and inner not in _PROGRAM_FOLDERS
        ]
        inner_paths = [os.path.join(folder, inner) for inner in folders]  # noqa: PTH118  # as below
        is_hidden = folder in hidden_folders
        hidden_folders.update(
            path
            for path, inner in zip(inner_paths, folders, strict=True)
            if is_hidden or inner.startswith(".")
        )
        links += [
            path for path in inner_paths if path not in hidden_folders and Path(path).is_symlink()
        ]
        for file in filter(is_manifest_name, left(file_names)):
            path = os.path.join(folder, file)  # noqa: PTH118  # keeps the path as the user typed it
            (hidden if is_hidden or file.startswith(".") else found).append(path)
    yield from (ManifestError(str(fault.filename), error_reason(fault)) for fault in faults)
    if not found and not faults:
        folders_searched = "this folder or the folders below it" if recursive else "this folder"
        excluded = " that is not excluded" if exclusion else ""
        problem = f"no manifest (*.yaml, *.yml, *.json) in {folders_searched}{excluded}"
        yield NoManifestError(name, problem)
    yield from map(_link_warning, sorted(links))
    yield from (HiddenWarning(path, _HIDDEN) for path in sorted(hidden) if _may_hold_object(path))
    yield from map(_file_in_folder, sorted(found, key=lambda path: Path(path).parts))


def _link_warning(link: str) -> UnreadWarning:
    problem = "skipped: it is a link to a folder; in a folder, such links are not followed"
    return UnreadWarning(link, f"{problem}; to read it, give its own path")


def _may_hold_object(path: str) -> bool:
    """Return whether a file that is not read may hold an object.

    It names an apiVersion, is named as a Kustomization, cannot be read, or is only a placeholder.
    """
    if is_near_kustomization(path):  # which needs no apiVersion
        return True
    text = read_text_again(path)
    return text is None or may_become_anything(text) or _TYPE in unescape_text(text).lower()


def _names_left(folder: str, names: Iterable[str], *, exclusion: Exclusion) -> list[str]:
    """Return the names in a folder that are not excluded."""
    paths = ((name, os.path.join(folder, name)) for name in names)  # noqa: PTH118  # as above
    return [name for name, path in paths if not exclusion.leaves_out(path)]


def _encoding_problem(data: bytes, error: UnicodeDecodeError) -> str:
    # First UTF-32: its mark begins with the mark of UTF-16.
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "not UTF-8 but UTF-32: save it as UTF-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "not UTF-8 but UTF-16, as Windows PowerShell's > writes it: save it as UTF-8"
    if b"\0" in data:
        return "a binary file, and no manifest; labelsel query reads databases and Parquet files"
    return f"not UTF-8: the byte 0x{data[error.start]:02x} is not allowed at this position"
