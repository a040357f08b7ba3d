"""The text of all files of an input, also of those in which labelsel reads no object.

A word that is corrected in some places, and stays in others, breaks what belongs together. The
others may be anything: a policy in another language, a template, a patch, a broken file, a script.
So words are searched in the bytes of the files, not in objects.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from string import ascii_letters, digits
from typing import Final

from labelsel.kubernetes.read.input_files import is_manifest_name
from labelsel.limits import MAX_INPUT_BYTES, MAX_SEARCHED_BYTES

__all__ = ["find_words", "has_word", "read_files"]

#: Words of labels are ASCII.
_ASCII: Final = 128
#: Letters and digits stay; all else divides words, as ``app.kubernetes.io/name`` is written
#: ``app_kubernetes_io_name`` in Prometheus.
_DIVIDED: Final = bytes(
    code if chr(code) in ascii_letters + digits else ord(" ") for code in range(256)
)
#: A line that goes on, a character by its number, another escape, and ``/`` in a JSON pointer and
#: in a URL.
_ESCAPE: Final = re.compile(
    rb"\\\r?\n[ \t]*"
    rb"|\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\[a-z]"
    rb"|~[01]|%2[fF]"
)


def read_files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[tuple[Path, bytes]]:
    """Yield the resolved path and the bytes of all files that a fix may have to change, too.

    1. Of a folder these are its files with any suffix and those of the folders below it, apart
       from hidden ones. Of a file these are the files of its folder.
    2. A file that is larger than 1 MB and no manifest is left out.

    Raises:
        OSError: a file or a folder cannot be read, or a link leads to a folder elsewhere.
        ValueError: a path is not a file that can be read twice, as standard input.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "run.sh").write_text("kubectl get pods")
    ...     [(path.name, data) for path, data in read_files([folder])]
    [('run.sh', b'kubectl get pods')]
    """
    done: set[Path] = set()
    named = [os.fspath(path) for path in paths]
    roots = list(map(Path, named))
    folders = {root.resolve() for root in roots if root.is_dir()}
    for name, root in zip(named, roots, strict=True):
        if name == "-" or not (root.is_dir() or root.is_file()):
            message = f"{name} cannot be read twice"
            raise ValueError(message)
        is_folder = root.is_dir()
        beside = _files_below(root, folders) if is_folder else _visible(root.resolve().parent)
        for file in chain([root], beside):
            path = file.resolve()
            # In a folder only regular files are read: a pipe may never end.
            if path not in done and path.is_file():
                done.add(path)
                most = MAX_INPUT_BYTES if is_manifest_name(file.name) else MAX_SEARCHED_BYTES
                if path.stat().st_size <= most:
                    yield path, path.read_bytes()


def _files_below(root: Path, roots: set[Path]) -> Iterator[Path]:
    folders = [root]
    while folders:
        for path in _visible(folders.pop()):
            if not path.is_dir():
                yield path
            elif not path.is_symlink():
                folders.append(path)
            elif not roots & {path.resolve(), *path.resolve().parents}:
                message = f"{path} is a link to a folder elsewhere"
                raise OSError(message)


def _visible(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if not path.name.startswith("."))


def find_words(
    words: Collection[str], paths: Iterable[str | os.PathLike[str]]
) -> dict[str, set[Path]] | None:
    """Return for each word the files that have it; None if a part of the text cannot be read.

    Complexity: O(w n) for w words and n bytes in the files, at the speed of a text search.
    """
    found: dict[str, set[Path]] = {word: set() for word in words}
    needles = {word: _divide(word.encode()) for word in words}
    try:
        for path, data in read_files(paths):
            text = _divide(data)
            for word, needle in needles.items():
                if needle in text:
                    found[word].add(path)
    except (OSError, ValueError):
        return None
    return found


def has_word(data: bytes, word: str) -> bool:
    r"""Return whether a text has a word, also in other spellings.

    1. Letters and digits must be equal, and a word ends where these end. All other characters
       divide words, and count as one another.
    2. Escapes of YAML, JSON and JSON pointers count as what they stand for, and so does UTF-16.

    >>> has_word(b"path: /spec/selector/a.io~1app", "a.io/app"), has_word(b"apps", "app")
    (True, False)
    >>> has_word(b'{"text": "\\nwbe"}', "wbe"), has_word(b'"\\x77be"', "wbe")
    (True, True)
    """
    return _divide(word.encode()) in _divide(data)


def _divide(data: bytes) -> bytes:
    """Return the words of a text, with one space around each."""
    data = _ESCAPE.sub(_character, data.replace(b"\0", b""))
    return b" ".join([b"", *data.translate(_DIVIDED).split(), b""])


def _character(escape: re.Match[bytes]) -> bytes:
    """Return what an escape stands for, as far as it matters in a word."""
    if escape[0].endswith((b"\n", b" ", b"\t")):
        return b""  # a line that goes on
    number = escape[1] or escape[2] or escape[3]
    code = int(number, 16) if number else _ASCII
    return chr(code).encode() if code < _ASCII else b" "
