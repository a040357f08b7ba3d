"""The folders below a folder, however deep they are inside each other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

__all__ = ["walk_folders"]


def walk_folders(
    top: str | os.PathLike[str], on_error: Callable[[OSError], object] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield what `os.walk` yields of a folder and of those below it, in the same order.

    Before Python 3.12 `os.walk` calls itself for each folder in a folder: a thousand of them inside
    each other are a RecursionError. This function asks it about one folder at a time.

    Arguments:
        top: the folder.
        on_error: called with the error of a folder that cannot be read, which is left out.

    Yields:
        the path of a folder, the names of the folders in it, and those of the files in it. Names
        that the caller removes from the first list are not entered; links never are.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as top:
    ...     os.makedirs(f"{top}/a/b")
    ...     [os.path.relpath(folder, top) for folder, _, _ in walk_folders(top)]
    ['.', 'a', 'a/b']
    """
    waiting = [os.fspath(top)]
    while waiting:
        for folder, inner, names in os.walk(waiting.pop(), onerror=on_error):
            yield folder, inner, names
            paths = [os.path.join(folder, name) for name in inner]  # noqa: PTH118  # keeps ./
            waiting += [path for path in reversed(paths) if not os.path.islink(path)]  # noqa: PTH114
            break
