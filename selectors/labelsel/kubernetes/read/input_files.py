"""From the paths that a user names to the texts in them: files, folders, standard input."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from labelsel.kubernetes.errors import ManifestError, NoManifestError, UnreadWarning

__all__ = ["STANDARD_INPUT", "Content", "InputFile", "input_files", "read_text", "reason"]

#: How messages and sources call the path ``-``.
STANDARD_INPUT: Final = "standard input"

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_SPECIAL: Final = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Content(NamedTuple):
    """What a file holds.

    Attributes:
        text: the whole text; a byte order mark at its beginning is no part of it.
        data: the bytes that it was read from.
    """

    text: str
    data: bytes

    @property
    def version(self) -> bytes:
        """A digest of the bytes: another one means that the file has changed."""
        return hashlib.blake2b(self.data, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read.

    Attributes:
        name: the path as the user gave it, or found below a folder that was given.
        size: its length in bytes; 0 where it is not known, as for standard input.
        path: where to read it; None for standard input.
    """

    name: str
    size: int
    path: Path | None

    def text(self) -> str:
        """The whole text; see ``content``."""
        return self.content().text

    def content(self) -> Content:
        """What it holds.

        Raises:
            ManifestError: it cannot be read, or is not UTF-8.
        """
        try:
            data = sys.stdin.buffer.read() if self.path is None else self.path.read_bytes()
        except (OSError, ValueError) as error:
            raise ManifestError(self.name, reason(error)) from error
        try:
            return Content(data.removeprefix(codecs.BOM_UTF8).decode(), data)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ManifestError(self.name, _encoding(data, error), line=line) from None


def input_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    exclude: Collection[str] = (),
) -> Iterator[InputFile | ManifestError | UnreadWarning]:
    """The files that paths name, in the order of the paths.

    1. ``-`` is standard input.
    2. A file is itself, whatever it is called, and whatever it is: a pipe, too.
    3. A folder is its files ``*.yaml``, ``*.yml`` and ``*.json``, sorted by path, with those in
       the folders below it where ``recursive``. Files and folders whose name begins with a dot
       are left out. So is what matches a pattern of
       ``exclude``: a name (``values.yaml``, ``charts``), or the end of the path below the folder
       (``charts/*/templates``), in which ``*`` is any name and ``?`` any letter.
    4. Of a folder only regular files are read, and links to them: reading a pipe or a device
       may never end. Nor are links to folders followed: they may lead in a circle. What is
       left out for that is an UnreadWarning.

    A path that leads to nothing is a ManifestError in its place, and so is a broken link.
    """
    for given in paths:
        path = os.fspath(given)
        if path == "-":
            yield InputFile(STANDARD_INPUT, 0, None)
        elif Path(path).is_dir():
            yield from _folder(path, recursive=recursive, exclude=exclude)
        else:
            yield _file(path)


def read_text(path: str) -> str:
    """The text of one file, or of standard input for ``-``; see ``InputFile.content``."""
    standard_input = path == "-"
    name = STANDARD_INPUT if standard_input else path
    return InputFile(name, 0, None if standard_input else Path(path)).text()


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
        return InputFile(name, status.st_size, Path(name))
    found = _SPECIAL.get(stat.S_IFMT(status.st_mode), "no regular file")
    problem = f"left out: it is {found}, and of a folder only regular files are read"
    return UnreadWarning(name, f"{problem}; to read it, name it itself")


def _status(name: str) -> os.stat_result | ManifestError:
    try:
        return Path(name).stat()
    except (OSError, ValueError) as error:
        return ManifestError(name, reason(error))


def _folder(
    name: str, *, recursive: bool, exclude: Collection[str]
) -> Iterator[InputFile | ManifestError | UnreadWarning]:
    faults: list[OSError] = []
    found: list[str] = []
    links: list[str] = []
    for folder, folders, files in os.walk(name, onerror=faults.append):
        above = Path(folder).relative_to(name)
        kept = (each for each in folders if recursive and not each.startswith("."))
        folders[:] = [each for each in kept if not _is_excluded(above / each, exclude)]
        inside = (os.path.join(folder, each) for each in folders)  # noqa: PTH118 - as below
        links += filter(os.path.islink, inside)
        found += [
            os.path.join(folder, file)  # noqa: PTH118 - keeps the path as the user typed it
            for file in files
            if _is_manifest(file) and not _is_excluded(above / file, exclude)
        ]
    yield from (ManifestError(str(fault.filename), reason(fault)) for fault in faults)
    if not found and not faults:
        below = "in it or below it" if recursive else "in it"
        left = " that is not excluded" if exclude else ""
        problem = f"a folder with no manifest (*.yaml, *.yml, *.json) {below}{left}"
        yield NoManifestError(name, problem)
    yield from map(_left_out, sorted(links))
    yield from map(_file_in_folder, sorted(found, key=lambda path: Path(path).parts))


def _left_out(link: str) -> UnreadWarning:
    problem = "left out: it is a link to a folder, and in a folder these are not followed"
    return UnreadWarning(link, f"{problem}; to read it, name it itself with -f")


def _is_manifest(file: str) -> bool:
    return not file.startswith(".") and Path(file).suffix in _SUFFIXES


def _is_excluded(path: Path, patterns: Iterable[str]) -> bool:
    return any(path.match(pattern) for pattern in patterns)


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read: ``no such file or directory``.

    1. The system's words for what the system refuses.
    2. Our words for a path that Python does not pass to the system (a ValueError): each version
       of Python words it differently.
    """
    if isinstance(error, UnicodeEncodeError):
        return "a path cannot hold half of a surrogate pair"
    if isinstance(error, ValueError):
        return "a path cannot hold a null byte"
    words = error.strerror or str(error)
    return f"{words[:1].lower()}{words[1:]}"


def _encoding(data: bytes, error: UnicodeDecodeError) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "not UTF-8 but UTF-16, as Windows PowerShell's > writes it: save it as UTF-8"
    return f"not UTF-8: the byte 0x{data[error.start]:02x} cannot stand there"
