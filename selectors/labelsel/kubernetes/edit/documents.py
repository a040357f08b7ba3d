"""The changes of the objects in one document, as small replacements in its text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from labelsel.kubernetes.edit.collections import changed_list
from labelsel.kubernetes.edit.edit import Edit
from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.edit.removal import removed_json, removed_yaml
from labelsel.kubernetes.edit.string_maps import check_own, strings_splices
from labelsel.kubernetes.edit.text_edits import RefusedError, TextEdit
from labelsel.kubernetes.edit.verify import Way
from labelsel.kubernetes.errors import ManifestError

__all__ = ["DocumentEdit"]


class DocumentEdit:
    """Collects what to replace in the text of one document.

    Attributes:
        splices: what to replace.
        faults: for each change that cannot be made, why.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.splices: list[TextEdit] = []
        self.faults: list[ManifestError] = []

    def make(self, changes: Mapping[Way, Edit]) -> None:
        """Make all changes, or note what is in the way.

        Complexity: O(n) for n changes, beside the size of the Lists that items go from.
        """
        deleted: defaultdict[Way, dict[int, Edit]] = defaultdict(dict)
        for way, change in changes.items():
            if change.after is None and way:
                deleted[way[:-1]][way[-1]] = change
                continue
            try:
                self.splices += self._made(way, change)
            except RefusedError as error:
                self.faults.append(change.before.fault(error.problem))
        for way, items in deleted.items():
            try:
                entry = self._items(self._part(way))
                self.splices += changed_list(self._layout.text, entry, items)
            except RefusedError as error:
                self.faults += [change.before.fault(error.problem) for change in items.values()]

    def _made(self, way: Way, change: Edit) -> list[TextEdit]:
        if change.after is None:
            return (removed_json if self._layout.json else removed_yaml)(self._layout)
        return strings_splices(self._layout, self._part(way), change.before, change.after)

    def _part(self, way: Way) -> Part:
        """The object at the end of a way, where it is nothing else's, too."""
        part = self._layout.root
        for number in way:
            part = self._items(part).value.members[number]
            check_own(self._layout, part, "it and its parts")
        return part

    def _items(self, part: Part) -> Entry:
        entry = part.entry("items")
        if entry is None:
            raise RefusedError("the items of its List come from << and not from a key of their own")
        check_own(self._layout, entry.value, "the items of its List")
        return entry
