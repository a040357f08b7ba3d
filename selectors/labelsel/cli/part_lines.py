"""The file and line of a part of an object, for tables that name few parts of large files."""

from __future__ import annotations

from labelsel.errors import Path
from labelsel.kubernetes import Resource
from labelsel.kubernetes.read.input_files import read_text_again
from labelsel.kubernetes.read.line_locator import LineLocator

__all__ = ["PartLines"]


class PartLines:
    """Finds the lines of parts of objects; each file is read once more."""

    def __init__(self) -> None:
        self._locators: dict[str, LineLocator | None] = {}

    def source(self, resource: Resource, path: Path) -> str:
        """Return the file and line of the part at a path: ``shop/web.yaml:14``.

        It is the line of the object where nobody can read the text again, as that of standard
        input.
        """
        file = resource.source.file
        locator = None if resource.source.location is None else self._locator(file)
        return str(resource.source) if locator is None else f"{file}:{locator.line(resource, path)}"

    def _locator(self, file: str) -> LineLocator | None:
        if file not in self._locators:
            text = read_text_again(file)
            self._locators[file] = None if text is None else LineLocator(text)
        return self._locators[file]
