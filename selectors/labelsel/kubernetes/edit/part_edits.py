"""Edits single parts of objects in their files: a value, a key, the map around some labels.

`apply_edits` changes labels and annotations of an object. A `PartEdit` changes one part at any
path. The text edits are as small, and verified in the same way: the new text, read again, must be
the old data with exactly these edits.
"""

from __future__ import annotations

import codecs
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final, Literal, NamedTuple

from labelsel.errors import ManifestError, Path
from labelsel.kubernetes.edit.atomic_write import Rewrite
from labelsel.kubernetes.edit.collections import MapStyle
from labelsel.kubernetes.edit.json_layout import json_layout
from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.edit.string_maps import check_not_shared
from labelsel.kubernetes.edit.text_edits import (
    TextEdit,
    UnsafeEditError,
    apply_text_edits,
    blank_before,
    indent_of,
    line_break,
    next_line,
)
from labelsel.kubernetes.edit.verify import find_difference
from labelsel.kubernetes.edit.yaml_layout import yaml_layout
from labelsel.kubernetes.model.document import Data, Document
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.read.input_files import InputFile
from labelsel.kubernetes.read.json_reader import read_json
from labelsel.kubernetes.read.yaml_reader import read_yaml

__all__ = ["PartEdit", "PartEditPlan", "ResourceEdit", "apply_part_edits"]

#: A map is wrapped after the parts in it are edited: these still have their old paths.
_ORDER: Final = {"replace": 0, "rename": 1, "wrap": 2, "unwrap": 2}


@dataclass(frozen=True, slots=True)
class PartEdit:
    """An edit of one part of an object.

    Attributes:
        operation: what is done with the part.

            - replace: the string at the path becomes ``text``;
            - rename: the key at the end of the path becomes ``text``;
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

    operation: Literal["replace", "rename", "wrap", "unwrap"]
    path: Path
    text: str

    def apply(self, value: Data) -> Data:
        """Return the data of an object with the edit; only what is on the path is copied.

        Raises KeyError, IndexError or TypeError if the data has no such part.

        Complexity: O(n) in the number of entries of the maps and lists on the path.
        """
        match self.operation:
            case "replace":
                return _change(value, self.path, lambda _: self.text)
            case "rename":
                return _change(value, self.path[:-1], self._rename)
            case "wrap":
                return _change(value, self.path, lambda inner: {self.text: inner})
            case _:
                return _change(value, self.path, lambda outer: outer[self.text])

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
        if self.operation == "rename":
            return [{"op": "move", "from": pointer, "path": _pointer(self.translate(self.path))}]
        value = self.apply(body)
        for step in self.path:
            value = value[step]
        return [{"op": "replace", "path": pointer, "value": value}]

    def _rename(self, entries: dict[str, Data]) -> dict[str, Data]:
        old = self.path[-1]
        if old not in entries or self.text in entries:
            raise KeyError(old)
        return {self.text if key == old else key: value for key, value in entries.items()}


def apply_part_edits(value: Data, edits: Iterable[PartEdit]) -> Data:
    """Return the data of an object with several edits, whose paths are all from before them.

    Equal edits are made once. Errors are those of `PartEdit.apply`.

    >>> wrap = PartEdit("wrap", ("selector",), "matchLabels")
    >>> edits = [wrap, PartEdit("replace", ("selector", "app"), "web")]
    >>> apply_part_edits({"selector": {"app": "wbe"}}, edits)
    {'selector': {'matchLabels': {'app': 'web'}}}
    """
    once = dict.fromkeys(edits)
    for edit in sorted(once, key=lambda one: (_ORDER[one.operation], -len(one.path))):
        value = edit.apply(value)
    return value


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

    Attributes:
        text_edits: for each edit its text edits; None if the edit cannot be made.
        texts: for each edit the text of its file as it was read; None as above.

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

    def __init__(self, edits: Iterable[ResourceEdit]) -> None:
        self._edits = list(edits)
        self.text_edits: list[tuple[TextEdit, ...] | None] = [None] * len(self._edits)
        self.texts: list[str | None] = [None] * len(self._edits)
        self._files: list[_EditedFile] = []
        numbers: defaultdict[FilePath, list[int]] = defaultdict(list)
        for number, each in enumerate(self._edits):
            location = each.resource.source.location
            # Nobody named the target of a link that was found in a folder.
            if location is not None and location.target is None:
                numbers[FilePath(os.path.realpath(each.resource.source.file))].append(number)
        for path, of_file in numbers.items():
            self._plan_file(path, of_file)

    def _plan_file(self, path: FilePath, numbers: Sequence[int]) -> None:
        try:
            file = _EditedFile(path, self._edits[numbers[0]].resource)
        except ManifestError:
            return
        self._files.append(file)
        by_document: defaultdict[int, list[int]] = defaultdict(list)
        for number in numbers:
            location = self._edits[number].resource.source.location
            assert location is not None
            if location.version == file.version:
                by_document[location.offset].append(number)
        for offset, of_document in by_document.items():
            document = file.add_document(offset, {n: self._edits[n] for n in of_document})
            for number in document.plan():
                self.text_edits[number] = tuple(document.text_edits[number])
                self.texts[number] = file.text

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

    def add_document(self, offset: int, edits: dict[int, ResourceEdit]) -> _EditedDocument:
        document = _EditedDocument(self.name, self.text, offset, edits)
        self._documents.append(document)
        return document

    def rewrite(self, chosen: Collection[int]) -> Rewrite:
        text_edits: list[TextEdit] = []
        for document in self._documents:
            numbers = [number for number in document.edits if number in chosen]
            text_edits += document.combine(numbers)
        after = apply_text_edits(self.text, text_edits) if text_edits else self.text
        mark = codecs.BOM_UTF8 if self._data.startswith(codecs.BOM_UTF8) else b""
        return Rewrite(self.name, self._path, self._data, mark + after.encode())


class _EditedDocument:
    """The edits of the objects in one document.

    Attributes:
        edits: the edits by their numbers.
        text_edits: the text edits of each edit that has some.
    """

    def __init__(self, file: str, text: str, offset: int, edits: dict[int, ResourceEdit]) -> None:
        self.edits = edits
        self.text_edits: dict[int, list[TextEdit]] = {}
        self._file = file
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
                editor = _PartEditor(self._layout, self._whole_path(number), each.edit)
                self.text_edits[number] = editor.text_edits()
            except UnsafeEditError:
                continue
        numbers = list(self.text_edits)
        if self._difference(numbers) is not None:
            numbers = [number for number in numbers if self._difference([number]) is None]
        return numbers

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
        if not numbers:
            return None
        layout = self._layout
        text_edits = dict.fromkeys(edit for n in numbers for edit in self.text_edits[n])
        if _overlap(text_edits):
            return "two edits are of the same part"
        old = self._read(layout.text[layout.start : layout.end])
        new = apply_text_edits(layout.text, text_edits, layout.start, layout.end)
        assert isinstance(old[0], Document)  # it was read before
        whole = [
            PartEdit(self.edits[n].edit.operation, self._whole_path(n), self.edits[n].edit.text)
            for n in numbers
        ]
        try:
            value = apply_part_edits(old[0].value, whole)
        except (KeyError, IndexError, TypeError):
            return "the object has no such part"
        return find_difference([Document(1, 1, value), *old[1:]], self._read(new), {})

    def _read(self, text: str) -> list[Document | ManifestError]:
        """Read the text of the document as the file was read."""
        if not self._json:
            return list(read_yaml(text, self._file))
        documents, fault = read_json(text, self._file)
        return [*documents, *(() if fault is None else (fault,))]


class _PartEditor:
    """Makes the text edits of one edit."""

    def __init__(self, layout: Layout, path: Path, edit: PartEdit) -> None:
        self._layout = layout
        self._text = layout.text
        self._edit = edit
        self._outer, self._entry, self._part = _find(layout, path)

    def text_edits(self) -> list[TextEdit]:
        match self._edit.operation:
            case "replace":
                return self._replace()
            case "rename":
                return self._rename()
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
        if part.kind != "scalar" or self._text.startswith(("&", "!"), part.start):
            raise UnsafeEditError("the value is not a plain string")
        if self._entry is None:
            quotes = part.style if part.style in {'"', "'"} else None
            style = _list_item_style(self._layout, part)
            return [TextEdit(part.start, part.end, style.string_text(self._edit.text, quotes))]
        style, entry = self._style()
        return [style.replace_value(entry, self._edit.text)]

    def _rename(self) -> list[TextEdit]:
        style, entry = self._style()
        name = entry.name
        if name.kind != "scalar" or self._text.startswith(("&", "!", "?"), name.start):
            raise UnsafeEditError("the key is not a plain string")
        return [TextEdit(name.start, name.end, style.string_text(self._edit.text, name.style))]

    def _wrap(self) -> list[TextEdit]:
        part = self._part
        if part.kind != "map" or not part.entries:
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
        lines = blank_before(text, part.entries[0].name.start) is not None
        if not lines:
            return [TextEdit(opening, opening, f"{name}{{"), TextEdit(closing, closing, "}")]
        outer = indent_of(text, part.start)
        inner = blank_before(text, part.entries[0].name.start) or ""
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
        entry = part.entry(self._edit.text) if part.kind == "map" else None
        if entry is None or len(part.entries) != 1 or entry.value.kind != "map":
            raise UnsafeEditError(f"it is not a map with the one key {self._edit.text}")
        inner = entry.value
        check_not_shared(self._layout, inner, "its labels")
        if inner.flow:
            return [
                TextEdit(part.start, inner.start, ""),
                TextEdit(inner.end, part.end, ""),
            ]
        if "#" in self._text[entry.name.start : inner.start] or not inner.entries:
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
            blank = indent_of(self._text, line + removed)[:removed]
            edits.append(TextEdit(line, line + len(blank), ""))
        return edits


def _find(layout: Layout, path: Path) -> tuple[Part | None, Entry | None, Part]:
    """Return the part at a path, the map around it and its entry there; None in a list.

    Raises UnsafeEditError if the part is shared with an alias, or comes from ``<<``.
    """
    outer: Part | None = None
    entry: Entry | None = None
    part = layout.root
    for step in path:
        outer, entry = part, None
        if isinstance(step, int):
            if step >= len(part.items):
                raise UnsafeEditError("there is no such item")
            part = part.items[step]
        else:
            entry = part.entry(step)
            if entry is None:
                raise UnsafeEditError(f"{step} comes from <<, not from a key of its own")
            part = entry.value
        check_not_shared(layout, part, "it")
    return outer, entry, part


def _list_item_style(layout: Layout, part: Part) -> MapStyle:
    """Return a style for the text of an item in a list."""
    name = Part("scalar", part.start, part.start)
    entry = Entry("", name, part)
    flow = layout.json or not _begins_line(layout.text, part.start)
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


def _change(value: Data, path: Path, function: Callable[[Data], Data]) -> Data:
    """Return a value with the part at a path changed; nothing that others share is written to."""
    if not path:
        return function(value)
    step, rest = path[0], path[1:]
    changed = _change(value[step], rest, function)
    if isinstance(value, list):
        return [changed if number == step else item for number, item in enumerate(value)]
    return {**value, step: changed}


def _pointer(path: Path) -> str:
    """Return a path as a JSON Pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)
