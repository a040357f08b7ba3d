"""One path for each file and folder, whatever spellings and links lead to it."""

from __future__ import annotations

import os.path
import posixpath
from pathlib import Path

__all__ = ["RealPaths", "folder_of"]


def folder_of(file: str) -> str:
    """Return the folder of a file, without ``.`` and ``..`` in its path.

    >>> folder_of("shop/./base/web.yaml"), folder_of("web.yaml")
    ('shop/base', '.')
    """
    return posixpath.normpath(posixpath.dirname(file))


class RealPaths:
    """Finds the real paths of files and folders, each once.

    The name of something that is not on the disk, such as "standard input", stands for a file
    that is in this folder.

    >>> paths = RealPaths()
    >>> paths.folder("no-folder/x/..") == paths.folder("./no-folder") == f"{Path.cwd()}/no-folder"
    True
    """

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._files: dict[str, str] = {}
        #: By device and inode, which all links to a file have in common, the first path.
        self._first: dict[tuple[int, int], str] = {}

    def folder(self, folder: str) -> str:
        """Return the real path of a folder."""
        if folder not in self._folders:
            try:
                self._folders[folder] = os.path.realpath(folder)
            except ValueError:  # no path: it has a NUL in it
                self._folders[folder] = folder
        return self._folders[folder]

    def folder_of(self, file: str) -> str:
        """Return the real path of the folder that a file, or a link to one, is in."""
        # Not without its "..": behind a link to a folder they lead elsewhere.
        return self.folder(posixpath.dirname(file) or ".")

    def place(self, file: str) -> str:
        """Return the real path of a folder and the name in it: of a link not what it leads to."""
        name = posixpath.basename(file)
        return self.folder(file) if name in {"", ".", ".."} else f"{self.folder_of(file)}/{name}"

    def file(self, file: str) -> str:
        """Return one path for all names of a file: spellings, symbolic links, hard links."""
        if file not in self._files:
            self._files[file] = self._find(self.place(file))
        return self._files[file]

    def _find(self, place: str) -> str:
        try:
            status = Path(place).stat()
        except (OSError, ValueError):  # it is not on the disk, or no path
            return place
        return self._first.setdefault((status.st_dev, status.st_ino), place)
