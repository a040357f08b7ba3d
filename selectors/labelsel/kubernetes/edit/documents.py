"""The edits of the objects in one document, as text edits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from labelsel.errors import ManifestError, Path
from labelsel.kubernetes.edit.collections import remove_items
from labelsel.kubernetes.edit.edit import Edit
from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.edit.removal import remove_json_document, remove_yaml_document
from labelsel.kubernetes.edit.string_maps import check_not_shared, edit_string_maps
from labelsel.kubernetes.edit.text_edits import TextEdit, UnsafeEditError

__all__ = ["DocumentEdits"]


class DocumentEdits:
    """Collects the text edits of one document.

    Attributes:
        text_edits: the edits of the text.
        faults: an error for each edit that cannot be made.

    >>> layout = Layout("", json=True, start=0, root=Part("map", 0, 0), end=0)
    >>> DocumentEdits(layout).text_edits
    []
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.text_edits: list[TextEdit] = []
        self.faults: list[ManifestError] = []

    def add(self, edits: Mapping[Path, Edit]) -> None:
        """Add the text edits for edits of objects, or the errors.

        Arguments:
            edits: the edits, by the paths of the objects in the document.

        Complexity: O(n) for n edits, beside the size of the Lists that lose items.
        """
        deleted: defaultdict[Path, dict[int, Edit]] = defaultdict(dict)
        for path, edit in edits.items():
            if edit.after is None and path:
                number = path[-1]
                assert isinstance(number, int)
                deleted[path[:-2]][number] = edit
                continue
            try:
                self.text_edits += self._edit_object(path, edit)
            except UnsafeEditError as error:
                self.faults.append(edit.before.fault(error.problem))
        for path, items in deleted.items():
            try:
                entry = self._items(self._object(path))
                self.text_edits += remove_items(self._layout.text, entry, items)
            except UnsafeEditError as error:
                self.faults += [edit.before.fault(error.problem) for edit in items.values()]

    def _edit_object(self, path: Path, edit: Edit) -> list[TextEdit]:
        if edit.after is None:
            remove = remove_json_document if self._layout.json else remove_yaml_document
            return remove(self._layout)
        return edit_string_maps(self._layout, self._object(path), edit)

    def _object(self, path: Path) -> Part:
        """Return the object at a path, which must not be shared with another object."""
        part = self._layout.root
        for number in path[1::2]:
            assert isinstance(number, int)
            part = self._items(part).value.items[number]
            check_not_shared(self._layout, part, "it and its parts")
        return part

    def _items(self, part: Part) -> Entry:
        """Return the entry ``items`` of a List."""
        entry = part.entry("items")
        if entry is None:
            raise UnsafeEditError("the items of its List come from <<, not from a key of their own")
        check_not_shared(self._layout, entry.value, "the items of its List")
        return entry
