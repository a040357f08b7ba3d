"""Edits single parts of objects in their files: a value, a key, the map around some labels.

`apply_edits` changes labels and annotations of an object. A `PartEdit` changes one part at any
path. The text edits are as small, and verified in the same way: the new text, read again, must be
the old data with exactly these edits.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, Final, Literal, NamedTuple

from labelsel.atomic_write.file_set import Rewrite
from labelsel.errors import ManifestError, Path
from labelsel.kubernetes.edit.collections import MapStyle, remove_items
from labelsel.kubernetes.edit.json_layout import json_layout
from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.edit.string_maps import check_not_shared
from labelsel.kubernetes.edit.text_edits import (
    TextEdit,
    UnsafeEditError,
    apply_text_edits,
    blank_before,
    encode_like,
    indent_of,
    line_break,
    next_line,
)
from labelsel.kubernetes.edit.verify import ReadResult, find_difference, read_again
from labelsel.kubernetes.edit.yaml_layout import yaml_layout
from labelsel.kubernetes.model.document import Data, Document
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.read.input_files import InputFile

__all__ = ["PartEdit", "PartEditPlan", "ResourceEdit", "apply_part_edits"]

#: Operations on an entry of a map or an item of a list: they change the map or the list.
_ON_ENTRIES: Final = frozenset({"remove", "rename"})
#: The name that aliases use for a value, before the value.
_ANCHOR: Final = re.compile(r"&\S+[ \t]+")


@dataclass(frozen=True, slots=True)
class PartEdit:
    """An edit of one part of an object.

    Attributes:
        operation: what is done with the part.

            - replace: the string at the path becomes ``text``;
            - rename: the key at the end of the path becomes ``text``;
            - remove: the entry of a map or the item of a list at the path goes, ``text`` is empty;
            - wrap: the map at the path becomes a map with the one key ``text``, which has it;
            - unwrap: the map at the path becomes what it has under its one key ``text``.
        path: the path of the part in the object.
        text: the new value or key.

    >>> edit = PartEdit("rename", ("spec", "selector", "ap"), "app")
    >>> edit.apply({"spec": {"selector": {"ap": "web"}}})
    {'spec': {'selector': {'app': 'web'}}}
    >>> edit.translate(("spec", "selector", "ap"))
    ('spec', 'selector', 'app')
    """

    operation: Literal["replace", "rename", "remove", "wrap", "unwrap"]
    path: Path
    text: str = ""

    def apply(self, value: Data) -> Data:
        """Return the data of an object with the edit; only what is on the path is copied.

        Raises KeyError, IndexError or TypeError if the data has no such part.

        Complexity: O(n) in the number of entries of the maps and lists on the path.
        """
        return _apply(value, 0, [self])

    def translate(self, path: Path) -> Path:
        """Return where the part at a path is after the edit."""
        length = len(self.path)
        if path[:length] != self.path:
            return path
        rest = path[length:]
        match self.operation:
            case "rename":
                return (*self.path[:-1], self.text, *rest)
            case "wrap" if rest:
                return (*self.path, self.text, *rest)
            case "unwrap" if rest[:1] == (self.text,):
                return (*self.path, *rest[1:])
            case _:
                return path

    def json_patch(self, body: Data) -> list[dict[str, Any]]:
        """Return the edit of an object as operations of a JSON Patch (RFC 6902).

        >>> PartEdit("rename", ("metadata", "labels", "a/b"), "a/c").json_patch({})
        [{'op': 'move', 'from': '/metadata/labels/a~1b', 'path': '/metadata/labels/a~1c'}]
        """
        pointer = _pointer(self.path)
        if self.operation == "remove":
            return [{"op": "remove", "path": pointer}]
        if self.operation == "rename":
            return [{"op": "move", "from": pointer, "path": _pointer(self.translate(self.path))}]
        value = self.apply(body)
        for step in self.path:
            value = value[step]
        return [{"op": "replace", "path": pointer, "value": value}]


def apply_part_edits(value: Data, edits: Iterable[PartEdit]) -> Data:
    """Return the data of an object with several edits, whose paths are all from before them.

    Equal edits are made once. Errors are those of `PartEdit.apply`. Each map and list on the paths
    is copied once: a List of 100,000 objects, all with edits, takes as long as a copy of it.

    >>> wrap = PartEdit("wrap", ("selector",), "matchLabels")
    >>> edits = [wrap, PartEdit("replace", ("selector", "app"), "web")]
    >>> apply_part_edits({"selector": {"app": "wbe"}}, edits)
    {'selector': {'matchLabels': {'app': 'web'}}}
    """
    return _apply(value, 0, list(dict.fromkeys(edits)))


class ResourceEdit(NamedTuple):
    """An edit of one part of an object that was read from a file."""

    resource: Resource
    edit: PartEdit


class PartEditPlan:
    r"""Which edits of a list can be made in the files, and the text edits of each.

    An edit that cannot be made hinders no other edit. These cannot: edits of objects that were
    not read from a file, whose file is a link that was found in a folder, or whose file has
    changed since; and edits that would change something else, too, for example a value that an
    alias shares.

    Arguments:
        edits: the edits; equal ones are made once.
        together: whether the edits of a document are made all together or not at all. Then a part
            that aliases share can be edited, if the list has the same edit wherever the part is.

    Attributes:
        text_edits: for each edit its text edits; None if the edit cannot be made. With
            ``together`` an edit has none if that of the part that the alias names is enough.
        texts: for each edit the text of its file as it was read; None as above.
        problems: for each edit why it cannot be made; None if it can.

    Complexity: O(n) in the size of the documents with edits, unless some cannot be made: then
    each edit of such a document is verified by itself.

    >>> import tempfile
    >>> from labelsel.kubernetes import read_manifests
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = FilePath(folder, "web.yaml")
    ...     text = "kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {x: v}}\n"
    ...     _ = path.write_text(text)
    ...     (pod,) = read_manifests([path])
    ...     edit = PartEdit("replace", ("metadata", "labels", "x"), "w")
    ...     (rewrite,) = PartEditPlan([ResourceEdit(pod, edit)]).rewrites({0})
    >>> print(rewrite.after.decode().splitlines()[-1])
    metadata: {name: a, labels: {x: w}}
    """

    def __init__(self, edits: Iterable[ResourceEdit], *, together: bool = False) -> None:
        self._edits = list(edits)
        self._together = together
        self.text_edits: list[tuple[TextEdit, ...] | None] = [None] * len(self._edits)
        self.texts: list[str | None] = [None] * len(self._edits)
        self.problems: list[str | None] = [None] * len(self._edits)
        self._documents: list[_EditedDocument | None] = [None] * len(self._edits)
        self._files: list[_EditedFile] = []
        by_name: defaultdict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(self._edits):
            location = each.resource.source.location
            if location is None:
                self.problems[number] = "not read from a file that can be written"
            elif location.target is not None:
                # Nobody named the target of a link that was found in a folder.
                problem = f"the file is a link to {location.target}: name {location.target}"
                self.problems[number] = f"{problem} to change the object"
            else:
                by_name[each.resource.source.file].append(number)
        by_path: defaultdict[FilePath, list[int]] = defaultdict(list)
        for name, of_name in by_name.items():
            by_path[FilePath(os.path.realpath(name))] += of_name
        for path, of_file in by_path.items():
            self._plan_file(path, of_file)

    def _plan_file(self, path: FilePath, numbers: Sequence[int]) -> None:
        try:
            file = _EditedFile(path, self._edits[numbers[0]].resource)
        except ManifestError as error:
            for number in numbers:
                self.problems[number] = error.problem
            return
        self._files.append(file)
        by_document: defaultdict[int, list[int]] = defaultdict(list)
        for number in numbers:
            location = self._edits[number].resource.source.location
            assert location is not None
            if location.version == file.version:
                by_document[location.offset].append(number)
            else:
                self.problems[number] = "the file has changed since it was read"
        for offset, of_document in by_document.items():
            edits = {number: self._edits[number] for number in of_document}
            document = file.add_document(offset, edits, together=self._together)
            for number in document.plan():
                self.text_edits[number] = tuple(document.text_edits[number])
                self.texts[number] = file.text
                self._documents[number] = document
            for number, problem in document.problems.items():
                self.problems[number] = problem

    def reread(self, number: int) -> Data:
        """Return the data of an edited object as the new text of its document was read.

        It has all edits of its document that can be made; `rewrites` proves the same text again
        only for another choice of edits.

        Arguments:
            number: the position of an edit in the list, of one that can be made.

        Raises:
            ManifestError: the edits of the document cannot be made together.
        """
        location = self._edits[number].resource.source.location
        document = self._documents[number]
        assert document is not None
        assert location is not None
        value = document.reread
        for step in location.path:
            value = value[step]
        return value

    def rewrites(self, chosen: Collection[int]) -> list[Rewrite]:
        """Return the files with some edits made in them, for `write_files`.

        Arguments:
            chosen: the positions of the edits in the list, of those that can be made.

        Raises:
            ManifestError: the edits cannot be made together.
        """
        rewrites = [file.rewrite(chosen) for file in self._files]
        return [each for each in rewrites if each.before != each.after]


class _EditedFile:
    """A file with edits, and its documents that have some."""

    def __init__(self, path: FilePath, resource: Resource) -> None:
        self.name = resource.source.file
        self._path = path
        content = InputFile(self.name, 0, path).content()
        self._data, self.text, self.version = content.data, content.text, content.version
        self._documents: list[_EditedDocument] = []

    def add_document(
        self, offset: int, edits: dict[int, ResourceEdit], *, together: bool
    ) -> _EditedDocument:
        document = _EditedDocument(self.name, self.text, offset, edits, together=together)
        self._documents.append(document)
        return document

    def rewrite(self, chosen: Collection[int]) -> Rewrite:
        text_edits: list[TextEdit] = []
        for document in self._documents:
            numbers = [number for number in document.edits if number in chosen]
            text_edits += document.combine(numbers)
        after = apply_text_edits(self.text, text_edits) if text_edits else self.text
        return Rewrite(self.name, self._path, self._data, encode_like(after, self._data))


class _EditedDocument:
    """The edits of the objects in one document.

    Attributes:
        edits: the edits by their numbers.
        text_edits: the text edits of each edit that has some.
        problems: why each of the other edits cannot be made.
    """

    def __init__(
        self,
        file: str,
        text: str,
        offset: int,
        edits: dict[int, ResourceEdit],
        *,
        together: bool,
    ) -> None:
        self.edits = edits
        self.text_edits: dict[int, list[TextEdit]] = {}
        self.problems: dict[int, str] = {}
        self._file = file
        self._together = together
        #: The edits that can be made: each alone, or all together.
        self._good: list[int] = []
        #: The edits that were proven last, and the data of the document with them.
        self._proven: tuple[list[int], Data] | None = None
        paths: set[Path] = set()
        for number, each in edits.items():
            whole = self._whole_path(number)
            paths.update(whole[:length] for length in range(len(whole) + 1))
            paths.add((*whole, each.edit.text))
        location = next(iter(edits.values())).resource.source.location
        assert location is not None
        self._json = location.json
        self._layout = (json_layout if self._json else yaml_layout)(text, offset, paths)

    def plan(self) -> list[int]:
        """Find the text edits; return the numbers of the edits that can be made, alone or all."""
        for number, each in self.edits.items():
            try:
                path = self._whole_path(number)
                editor = _PartEditor(self._layout, path, each.edit, shared=self._together)
                self.text_edits[number] = editor.text_edits()
            except _FollowsAliasError:
                self.text_edits[number] = []
            except UnsafeEditError as error:
                self.problems[number] = error.problem
        numbers = list(self.text_edits)
        if self._together and self.problems:
            self._refuse(numbers, "other edits of the document cannot be made")
            return []
        problem = self._difference(numbers)
        if problem is None:
            self._good = numbers
            return numbers
        if not self._together:
            self._good = [number for number in numbers if self._difference([number]) is None]
        self._refuse([number for number in numbers if number not in self._good], problem)
        return self._good

    def _refuse(self, numbers: Iterable[int], problem: str) -> None:
        self.problems |= dict.fromkeys(numbers, problem)

    @cached_property
    def reread(self) -> Data:
        """The data of the document as its new text was read, with all edits that can be made.

        Raises ManifestError if the edits cannot be made together.
        """
        self.combine(self._good)
        assert self._proven is not None
        return self._proven[1]

    def combine(self, numbers: Sequence[int]) -> list[TextEdit]:
        """Return the text edits of some edits; those of equal edits once.

        Raises ManifestError if the edits cannot be made together.
        """
        problem = self._difference(numbers)
        if problem is not None:
            raise self.edits[numbers[0]].resource.fault(problem)
        return list(dict.fromkeys(edit for n in numbers for edit in self.text_edits[n]))

    def _whole_path(self, number: int) -> Path:
        """Return the path of the edited part in the document, not only in its object."""
        resource, edit = self.edits[number]
        assert resource.source.location is not None
        return (*resource.source.location.path, *edit.path)

    def _difference(self, numbers: Sequence[int]) -> str | None:
        """Return how the document with some edits differs from what it should be."""
        if not numbers or (self._proven is not None and self._proven[0] == list(numbers)):
            return None
        layout = self._layout
        text_edits = dict.fromkeys(edit for n in numbers for edit in self.text_edits[n])
        if _overlap(text_edits):
            return "two edits are of the same part"
        old = self._old()
        new = self._read(apply_text_edits(layout.text, text_edits, layout.start, layout.end))
        assert isinstance(old[0], Document)  # it was read before
        whole = [
            PartEdit(self.edits[n].edit.operation, self._whole_path(n), self.edits[n].edit.text)
            for n in numbers
        ]
        try:
            value = apply_part_edits(old[0].value, whole)
        except (KeyError, IndexError, TypeError):
            return "the object has no such part"
        problem = find_difference([Document(1, 1, value)], new, {})
        if problem is None:
            assert isinstance(new[0], Document)
            self._proven = list(numbers), new[0].value
        return problem

    def _old(self) -> list[ReadResult]:
        """Return the document as it was read from the same bytes."""
        resource = next(iter(self.edits.values())).resource
        location = resource.source.location
        assert location is not None
        if not location.path:
            return [Document(1, 1, resource.body)]
        return self._read(self._layout.text[self._layout.start : self._layout.end])

    def _read(self, text: str) -> list[ReadResult]:
        """Read the text of the document as the file was read."""
        return read_again(text, self._file, is_json=self._json)


class _FollowsAliasError(UnsafeEditError):
    """The part is in a value that an alias or ``<<`` takes from elsewhere."""


class _PartEditor:
    """Makes the text edits of one edit.

    Raises:
        _FollowsAliasError: with ``shared``, the part is in a value that is written elsewhere.
        UnsafeEditError: something else would change, too.
    """

    def __init__(self, layout: Layout, path: Path, edit: PartEdit, *, shared: bool) -> None:
        self._layout = layout
        self._text = layout.text
        self._edit = edit
        self._shared = shared
        self._outer, self._entry, self._part = _find(layout, path, edit.operation, shared=shared)

    def text_edits(self) -> list[TextEdit]:
        match self._edit.operation:
            case "replace":
                return self._replace()
            case "rename":
                return self._rename()
            case "remove":
                return self._remove()
            case "wrap":
                return self._wrap()
            case _:
                return self._unwrap()

    def _style(self) -> tuple[MapStyle, Entry]:
        if self._outer is None or self._entry is None:
            raise UnsafeEditError("it is not in a map")
        return MapStyle.of(self._layout, self._outer), self._entry

    def _replace(self) -> list[TextEdit]:
        part = self._part
        anchor = _ANCHOR.match(self._text, part.start) if self._shared else None
        if anchor is not None:
            part = part._replace(start=anchor.end())
        if part.kind != "scalar" or self._text.startswith(("&", "!"), part.start):
            raise UnsafeEditError("the value is not a plain string")
        if self._entry is None:
            style = _list_item_style(self._layout, part)
            return [TextEdit(part.start, part.end, style.string_text(self._edit.text, part.style))]
        style, entry = self._style()
        return [style.replace_value(entry._replace(value=part), self._edit.text)]

    def _rename(self) -> list[TextEdit]:
        style, entry = self._style()
        name = entry.name
        if self._text.startswith(("&", "!", "?"), name.start):
            raise UnsafeEditError("the key is not a plain string")
        return [TextEdit(name.start, name.end, style.string_text(self._edit.text, name.style))]

    def _remove(self) -> list[TextEdit]:
        assert self._outer is not None  # no edit removes a whole object
        if self._entry is not None:
            return self._style()[0].edit_entries([self._entry], ())
        step = self._outer.items.index(self._part)
        around = Entry("", Part("scalar", self._outer.start, self._outer.start), self._outer)
        return remove_items(self._text, around, {step})

    def _wrap(self) -> list[TextEdit]:
        part = self._part
        if not part.entries:
            raise UnsafeEditError("it is not a map with entries")
        style = MapStyle.of(self._layout, part)
        key = style.string_text(self._edit.text, style.key_quotes)
        if part.flow:
            return self._wrap_in_brackets(style, key)
        start = part.entries[0].name.start
        indent = blank_before(self._text, start)
        if indent is None or part.start != start:
            raise UnsafeEditError("the map does not begin on a line of its own")
        unit = _unit(self._text, self._entry, indent)
        new_line = line_break(self._text, start)
        first = TextEdit(start, start, f"{key}:{new_line}{indent}{unit}")
        return [first, *self._indent_lines(start, part.end, unit)]

    def _wrap_in_brackets(self, style: MapStyle, key: str) -> list[TextEdit]:
        part, text = self._part, self._text
        opening = text.index("{", part.start) + 1
        closing = part.end - 1
        name = f"{key}{style.colon_after(key)}"
        inner = blank_before(text, part.entries[0].name.start)
        if inner is None:
            return [TextEdit(opening, opening, f"{name}{{"), TextEdit(closing, closing, "}")]
        outer = indent_of(text, part.start)
        unit = inner[len(outer) :] or "  "
        new_line = line_break(text, opening)
        head = TextEdit(opening, opening, f"{new_line}{inner}{name}{{")
        return [
            head,
            *self._indent_lines(opening, closing, unit),
            TextEdit(closing, closing, f"}}{new_line}{outer}"),
        ]

    def _unwrap(self) -> list[TextEdit]:
        part = self._part
        entry = part.entry(self._edit.text)
        if entry is None or len(part.entries) != 1 or entry.value.kind != "map":
            raise UnsafeEditError(f"it is not a map with the one key {self._edit.text}")
        inner = entry.value
        check_not_shared(self._layout, inner, "its labels")
        if inner.flow:
            return [
                TextEdit(part.start, inner.start, ""),
                TextEdit(inner.end, part.end, ""),
            ]
        if "#" in self._text[entry.name.start : inner.start]:
            raise UnsafeEditError("a comment would be lost")
        removed = len(indent_of(self._text, inner.start)) - len(indent_of(self._text, part.start))
        head = TextEdit(entry.name.start, inner.entries[0].name.start, "")
        return [head, *self._dedent_lines(inner.start, inner.end, removed)]

    def _line_starts(self, start: int, end: int) -> list[int]:
        """Return where the lines begin that are between two offsets and not blank."""
        starts: list[int] = []
        line = next_line(self._text, start)
        while line < end:
            if self._text[line] not in "\r\n":
                starts.append(line)
            line = next_line(self._text, line)
        return starts

    def _indent_lines(self, start: int, end: int, unit: str) -> list[TextEdit]:
        return [TextEdit(line, line, unit) for line in self._line_starts(start, end)]

    def _dedent_lines(self, start: int, end: int, removed: int) -> list[TextEdit]:
        edits: list[TextEdit] = []
        for line in self._line_starts(start, end):
            # A comment may begin further left: of its line only the white space goes.
            head = self._text[line : line + removed]
            edits.append(TextEdit(line, line + len(head) - len(head.lstrip(" ")), ""))
        return edits


def _find(
    layout: Layout, path: Path, operation: str, *, shared: bool
) -> tuple[Part | None, Entry | None, Part]:
    """Return the part at a path, the map or list around it, and its entry there; None in a list.

    Raises:
        _FollowsAliasError: with ``shared``, the part is in a value that an alias names.
        UnsafeEditError: the part is shared with an alias, or comes from ``<<``.
    """
    outer: Part | None = None
    entry: Entry | None = None
    part = layout.root
    for number, step in enumerate(path, start=1):
        outer, entry = part, None
        if isinstance(step, int):
            if step >= len(part.items):
                raise UnsafeEditError("there is no such item")
            part = part.items[step]
        else:
            entry = part.entry(step)
            if entry is None:
                error = _FollowsAliasError if shared else UnsafeEditError
                raise error(f"{step} comes from <<, not from a key of its own")
            part = entry.value
        # The key of an alias is not shared.
        is_key = number == len(path) and operation in _ON_ENTRIES
        if shared and part.kind == "alias" and not is_key:
            raise _FollowsAliasError("it is an alias")
        if not shared:
            check_not_shared(layout, part, "it and its parts")
    return outer, entry, part


def _list_item_style(layout: Layout, part: Part) -> MapStyle:
    """Return a style for the text of an item in a list."""
    name = Part("scalar", part.start, part.start)
    entry = Entry("", name, part)
    flow = not _begins_line(layout.text, part.start)
    around = Part("map", part.start, part.end, flow=flow, entries=(entry,))
    return MapStyle.of(layout, around)


def _begins_line(text: str, offset: int) -> bool:
    """Return whether only a dash and white space are before an offset on its line."""
    start = offset
    while start and text[start - 1] in " \t-":
        start -= 1
    return not start or text[start - 1] in "\r\n"


def _unit(text: str, entry: Entry | None, indent: str) -> str:
    """Return the further white space of lines in a map, compared with those of its key."""
    outer = "" if entry is None else indent_of(text, entry.name.start)
    return indent[len(outer) :] or "  "


def _overlap(edits: Iterable[TextEdit]) -> bool:
    """Return whether two edits replace a part of the same text."""
    end = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < end:
            return True
        end = max(end, edit.end)
    return False


def _apply(value: Data, depth: int, edits: Sequence[PartEdit]) -> Data:
    """Return a value with edits in it; nothing that others share is written to.

    The parts inside are edited first: these still have their old paths.

    Arguments:
        value: the value.
        depth: how many steps of the paths of the edits lead to the value.
        edits: the edits of the value and of what is inside.
    """
    inside: defaultdict[str | int, list[PartEdit]] = defaultdict(list)
    of_entries: list[PartEdit] = []
    of_value: list[PartEdit] = []
    for edit in edits:
        if len(edit.path) == depth:
            of_value.append(edit)
        elif len(edit.path) == depth + 1 and edit.operation in _ON_ENTRIES:
            of_entries.append(edit)
        else:
            inside[edit.path[depth]].append(edit)
    if inside or of_entries:
        value = _copy(value)
    for step, edits_of_part in inside.items():
        value[step] = _apply(value[step], depth + 1, edits_of_part)
    if of_entries:
        value = _edit_entries(value, of_entries)
    for edit in sorted(of_value, key=lambda one: one.operation != "replace"):
        value = _edit_value(value, edit)
    return value


def _copy(value: Data) -> Data:
    return list(value) if isinstance(value, list) else {**value}


def _edit_entries(value: Data, edits: Sequence[PartEdit]) -> Data:
    """Return a map or a list with keys renamed, and entries or items removed."""
    removed = {edit.path[-1] for edit in edits if edit.operation == "remove"}
    if isinstance(value, list):
        if not all(isinstance(step, int) and step < len(value) for step in removed):
            raise IndexError(removed)
        return [item for number, item in enumerate(value) if number not in removed]
    for step in removed:
        del value[step]
    for edit in edits:
        old = edit.path[-1]
        if edit.operation == "rename":
            if old not in value or edit.text in value:
                raise KeyError(old)
            value = {edit.text if key == old else key: each for key, each in value.items()}
    return value


def _edit_value(value: Data, edit: PartEdit) -> Data:
    match edit.operation:
        case "replace":
            return edit.text
        case "wrap":
            return {edit.text: value}
        case _:
            return value[edit.text]


def _pointer(path: Path) -> str:
    """Return a path as a JSON Pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)
