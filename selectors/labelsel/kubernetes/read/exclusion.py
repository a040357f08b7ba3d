"""Decides which files and folders patterns leave out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple, TypeAlias

from labelsel.errors import require_several

__all__ = ["Exclusion"]

_Parts: TypeAlias = tuple[str, ...]


class _Pattern(NamedTuple):
    """One pattern.

    Attributes:
        text: the pattern as it was given.
        parts: the names of its path, with ``*``.
        from_root: whether it is a whole path, not the end of one.
    """

    text: str
    parts: _Parts
    from_root: bool


class _Paths(NamedTuple):
    """The names in one path, as patterns are compared with them.

    Attributes:
        below: from the current folder on, or from the root if the path is not below it.
        is_below: whether it is.
        typed: as the path was typed.
        whole: from the root on: with the links in the path, and without.
    """

    below: _Parts
    is_below: bool
    typed: _Parts
    whole: frozenset[_Parts]

    def child(self, name: str) -> _Paths:
        """Return the paths of a file or a folder in this folder."""
        whole = frozenset((*parts, name) for parts in self.whole)
        return _Paths((*self.below, name), self.is_below, (*self.typed, name), whole)


class Exclusion:
    """The patterns of files and folders to leave out, and which of them matched something.

    1. A pattern is a name (``values.yaml``, ``charts``) or the end of a path (``charts/*/ci``).
       ``*`` is any part of a name, ``?`` any letter, ``[a-c]`` one of some letters, ``**`` any
       number of folders.
    2. An absolute path, and one with ``..`` in it, is that path alone, seen from the current
       folder; links in it are followed.
    3. Of a path that was named, each folder below the current folder counts, too: ``v`` leaves
       out ``v/a.yaml``.

    Arguments:
        patterns: the patterns.

    >>> exclusion = Exclusion(["v", "b.*", "c.*"])
    >>> [exclusion.leaves_out(path) for path in ("a.yaml", "x/b.yaml", "v")]
    [False, True, True]
    >>> exclusion.leaves_out_named("v/a.yaml"), exclusion.unmatched()
    (True, ['c.*'])
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        given = require_several("patterns", patterns)
        self._patterns = [each for text in given for each in _read_pattern(text)]
        self._matched: set[str] = set()
        # Links are followed once for each folder: for 10,000 files in one folder that takes
        # 0.1 s instead of 1.4 s.
        self._folders: dict[str, _Paths] = {}

    @classmethod
    def of(cls, patterns: Iterable[str] | Exclusion) -> Exclusion:
        """Return patterns as an Exclusion; one stays what it is."""
        return patterns if isinstance(patterns, Exclusion) else cls(patterns)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def leaves_out(self, path: str) -> bool:
        """Return whether a path matches a pattern itself, as a path in a folder that is read."""
        if not self._patterns:
            return False
        paths = self._paths(path)
        return self._match([paths.below, paths.typed], paths.whole)

    def leaves_out_named(self, path: str) -> bool:
        """Return whether a path that was named matches a pattern, or a folder above it does."""
        if not self._patterns:
            return False
        paths = self._paths(path)
        ends = _and_above(paths.below) if paths.is_below else [paths.below]
        return self._match(ends, [above for parts in paths.whole for above in _and_above(parts)])

    def unmatched(self) -> list[str]:
        """Return the patterns that matched no path so far."""
        texts = dict.fromkeys(pattern.text for pattern in self._patterns)
        return [text for text in texts if text not in self._matched]

    def _paths(self, path: str) -> _Paths:
        folder, name = os.path.split(path)
        if name in {"", os.curdir, os.pardir}:
            return _read_path(path)
        if folder not in self._folders:
            self._folders[folder] = _read_path(folder)
        return self._folders[folder].child(name)

    def _match(self, ends: Iterable[_Parts], whole: Iterable[_Parts]) -> bool:
        ends, whole = list(ends), list(whole)
        # Each pattern is tried, so that `unmatched` is right about all of them.
        matched = {
            pattern.text
            for pattern in self._patterns
            if any(
                _ends_with(parts, pattern.parts, whole=pattern.from_root)
                for parts in (whole if pattern.from_root else ends)
            )
        }
        self._matched |= matched
        return bool(matched)


def _read_pattern(text: str) -> Iterator[_Pattern]:
    # Python writes [!a] where Go, and so kubectl, writes [^a].
    path = PurePath(text.replace("[^", "[!"))
    from_root = path.is_absolute() or os.pardir in path.parts
    for parts in _whole_paths(str(path)) if from_root else [path.parts]:
        yield _Pattern(text, tuple(map(_escape_open_sets, parts)), from_root)


def _escape_open_sets(name: str) -> str:
    """Return a pattern of a name in which a ``[`` that no ``]`` closes is written as a set.

    It means the same. fnmatch looks for the end of each set, which is quadratic where there is
    none: 4,000 of them take 0.5 s.

    >>> _escape_open_sets("[a-c].[y")
    '[a-c].[[]y'
    """
    start = name.find("[")
    while start >= 0:
        first = start + 1 + name.startswith("!", start + 1)
        end = name.find("]", first + name.startswith("]", first))
        if end < 0:  # nor does anything close one behind it
            return name[:start] + name[start:].replace("[", "[[]")
        start = name.find("[", end)
    return name


def _read_path(path: str) -> _Paths:
    whole, here = PurePath(os.path.abspath(path)), PurePath(os.path.abspath(os.curdir))  # noqa: PTH100  # Path.resolve follows links
    is_below = whole.is_relative_to(here)
    typed = PurePath(path)
    return _Paths(
        below=whole.relative_to(here).parts if is_below else whole.parts[1:],
        is_below=is_below,
        # An absolute path ends with more than what was found in the folder that was named.
        typed=() if typed.is_absolute() else typed.parts,
        whole=frozenset(_whole_paths(path)),
    )


def _whole_paths(path: str) -> set[_Parts]:
    """Return the parts of an absolute path: with the links in it, and without."""
    real = path if "\0" in path else os.path.realpath(path)
    return {PurePath(os.path.abspath(each)).parts for each in (path, real)}  # noqa: PTH100  # as above


def _and_above(parts: _Parts) -> list[_Parts]:
    """Return a path and the folders above it, without the folder where it begins."""
    return [parts[:end] for end in range(1, len(parts) + 1)]


@lru_cache(maxsize=4096)
def _ends_with(parts: _Parts, pattern: _Parts, *, whole: bool) -> bool:
    """Return whether a path ends with a pattern; with ``whole``, whether it is one of it.

    O(n * m) for n names and m parts of the pattern: without the cache a pattern of several ``**``
    would be tried in each combination of its folders.
    """
    if not pattern:
        return not (whole and parts)
    *before, last = pattern
    if last == "**":
        ends = range(len(parts), -1, -1)
        return any(_ends_with(parts[:end], tuple(before), whole=whole) for end in ends)
    if not parts or not fnmatchcase(parts[-1], last):
        return False
    return _ends_with(parts[:-1], tuple(before), whole=whole)
