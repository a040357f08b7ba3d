"""Edits of objects brought into the files they were read from, and nothing else changed there.

Nothing is written as YAML or JSON anew. A change becomes a few small replacements in the text,
at the places where a parser found its parts; comments, order, quotes, indentation and line ends
of all the rest stay as they are.

**The proof.** Every text that is changed is read again, with the reader that read it first, and
must be the old data with exactly the changes that were asked for. What cannot be proven so is an
error. New texts come back only when all of them are proven.
"""

from __future__ import annotations

import codecs
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from labelsel.kubernetes.edit.atomic_write import Rewrite
from labelsel.kubernetes.edit.documents import DocumentEdit
from labelsel.kubernetes.edit.edit import Edit, EditError
from labelsel.kubernetes.edit.json_layout import json_layout
from labelsel.kubernetes.edit.layout import Layout, wanted
from labelsel.kubernetes.edit.removal import tidied_json, tidied_yaml
from labelsel.kubernetes.edit.text_edits import TextEdit, apply_text_edits, line_break
from labelsel.kubernetes.edit.verify import Edits, Read, Way, difference
from labelsel.kubernetes.edit.yaml_layout import yaml_layout
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data, Document, Progress
from labelsel.kubernetes.model.serializer import json_text, yaml_text
from labelsel.kubernetes.read.document_reader import read_documents
from labelsel.kubernetes.read.input_files import InputFile
from labelsel.kubernetes.read.json_reader import read_json
from labelsel.kubernetes.read.yaml_reader import read_yaml

__all__ = ["append_objects", "apply_edits"]


def apply_edits(changes: Iterable[Edit], *, on_progress: Progress | None = None) -> list[Rewrite]:
    """The files with changes made in them, for `write_files`; nothing is written here.

    1. Of an object that stays, labels and annotations may change, and nothing else.
    2. An object that is deleted goes with its document, or as an item out of its List. A List
       stays, if need be empty, and so does a file.
    3. A file whose text stays the same is not among those that come back.

    Arguments:
        changes: the objects, as ``read_manifests`` returned them, and what becomes of them.
        on_progress: told now and then how much is done, of how much, in characters.

    Raises:
        EditError: an object was read from no file, or its file has changed since; or something
            else would change with it, as where an alias stands for its labels.

    Complexity: O(n) in the size of the documents with changes in them, and of whole files
    where documents are deleted.
    """
    by_file: defaultdict[str, list[Edit]] = defaultdict(list)
    faults: list[ManifestError] = []
    for change in changes:
        fault = change.fault
        if fault is not None:
            faults.append(fault)
        elif not change.is_idle:
            by_file[change.before.source.file].append(change)
    by_path: defaultdict[Path, list[Edit]] = defaultdict(list)
    for name, of_name in by_file.items():
        by_path[Path(os.path.realpath(name))] += of_name
    rewrites: list[Rewrite] = []
    try:
        files = [_File(path, of_file) for path, of_file in by_path.items()]
    except ManifestError as error:
        raise EditError([*faults, error]) from None
    report = _Report(on_progress, sum(file.effort for file in files))
    for file in files:
        report.begin(file.effort)
        try:
            rewrites.append(file.rewrite(report))
        except EditError as error:
            faults += error.faults
    if faults:
        raise EditError(faults)
    return [rewrite for rewrite in rewrites if rewrite.before != rewrite.after]


def append_objects(file: str, value: Data, version: bytes | None = None) -> Rewrite:
    """A file with one more document at its end; a new file where there is none of that name.

    Arguments:
        file: its name; a new one whose name ends with ``.json`` is JSON.
        value: the document's data.
        version: the version that the file must have, see Place; None for any.

    Raises:
        EditError: it cannot be read, has changed, or does not read with the document as it
            should.

    Complexity: O(n) in the size of the file.
    """
    path = Path(os.path.realpath(file))
    if not path.exists():
        text = json_text(value) if file.endswith(".json") else yaml_text(value)
        return Rewrite(file, path, None, text.encode())
    try:
        content = InputFile(file, 0, path).content()
    except ManifestError as error:
        raise EditError([error]) from None
    if version not in {None, content.version}:
        raise EditError([_changed_since(file)])
    text = content.text
    old = list(read_documents(text, file))
    new_line = line_break(text, 0)
    is_json = any(isinstance(read, Document) and read.json for read in old)
    addition = json_text(value) if is_json else yaml_text(value)
    if old and not is_json:
        addition = f"---\n{addition}"
    gap = new_line if text and not text.endswith(("\n", "\r")) else ""
    new = f"{text}{gap}{addition.replace(chr(10), new_line)}"
    problem = difference([*old, Document(0, 0, value)], _read(new, file, is_json=is_json), {})
    if problem is not None:
        raise EditError([ManifestError(file, problem)])
    return Rewrite(file, path, content.data, _encoded(new, content.data))


class _Report:
    """Progress over all files."""

    def __init__(self, on_progress: Progress | None, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._before = 0
        self._next = 0

    def begin(self, effort: int) -> None:
        self._before, self._next = self._next, self._next + effort

    def within(self, done: int) -> None:
        if self._on_progress is not None:
            self._on_progress(self._before + done, self._total)


class _File:
    """One file, and the changes in it.

    Attributes:
        effort: how many characters are gone through, about.
    """

    def __init__(self, path: Path, changes: list[Edit]) -> None:
        self._path = path
        self._name = changes[0].before.source.file
        content = InputFile(self._name, 0, path).content()
        self._data, self._text, version = content.data, content.text, content.version
        self._documents: defaultdict[int, dict[Way, Edit]] = defaultdict(dict)
        for change in changes:
            place = change.before.source.place
            assert place is not None
            if place.version != version:
                raise _changed_since(self._name)
            self._documents[place.offset][place.items] = change
            self._json = place.json
        # Where documents go, the whole file has to be proven.
        self._whole = any(
            () in ways and ways[()].after is None for ways in self._documents.values()
        )
        self.effort = len(self._text) * (3 if self._whole else 1)

    def rewrite(self, report: _Report) -> Rewrite:
        """The file with its changes; every new part of it is proven."""
        splices: list[TextEdit] = []
        faults: list[ManifestError] = []
        for number, (offset, changes) in enumerate(self._documents.items()):
            report.within(len(self._text) * number // len(self._documents))
            layout = self._layout(offset, changes)
            edit = DocumentEdit(layout)
            edit.make(changes)
            if not edit.faults and not self._whole:
                edit.faults += self._unproven(edit.splices, layout, changes)
            splices += edit.splices
            faults += edit.faults
        text = apply_text_edits(self._text, splices)
        if self._whole and not faults:
            text = (tidied_json if self._json else tidied_yaml)(self._text, text)
            faults += self._unproven_whole(text, report)
        if faults:
            raise EditError(faults)
        return Rewrite(self._name, self._path, self._data, _encoded(text, self._data))

    def _layout(self, offset: int, changes: Mapping[Way, Edit]) -> Layout:
        want = wanted(changes)
        if self._json:
            return json_layout(self._text, offset, want)
        return yaml_layout(self._text, offset, want)

    def _unproven(
        self, splices: list[TextEdit], layout: Layout, changes: Mapping[Way, Edit]
    ) -> Iterator[ManifestError]:
        """What is wrong with the new text of one document."""
        sole = changes.get(())
        old: list[Read]
        if sole is not None:
            # What the same reader read, from a file that is still the same.
            old = [Document(1, 1, sole.before.body)]
        else:
            old = self._read(self._text[layout.start : layout.end])
        new = self._read(apply_text_edits(self._text, splices, layout.start, layout.end))
        yield from _fault(old, new, {1: changes})

    def _unproven_whole(self, text: str, report: _Report) -> Iterator[ManifestError]:
        """What is wrong with the new text of the file."""
        length = len(self._text)
        old = self._read(self._text, lambda read, _: report.within(length + read))
        new = self._read(text, lambda read, _: report.within(2 * length + read))
        changes = {
            next(iter(ways.values())).before.source.document: ways
            for ways in self._documents.values()
        }
        yield from _fault(old, new, changes)

    def _read(self, text: str, progress: Progress | None = None) -> list[Read]:
        return _read(text, self._name, is_json=self._json, progress=progress)


def _fault(old: list[Read], new: list[Read], changes: Edits) -> Iterator[ManifestError]:
    """The fault of the first object with a change, where the proof fails."""
    problem = difference(old, new, changes)
    if problem is not None:
        first = next(iter(next(iter(changes.values())).values()))
        yield first.before.fault(problem)


def _read(text: str, file: str, *, is_json: bool, progress: Progress | None = None) -> list[Read]:
    if not is_json:
        return list(read_yaml(text, file, progress))
    documents, fault = read_json(text, file, progress)
    return [*documents, *(() if fault is None else (fault,))]


def _changed_since(file: str) -> ManifestError:
    return ManifestError(file, "it has changed since it was read")


def _encoded(text: str, before: bytes) -> bytes:
    """A new text as bytes, with the byte order mark of the old ones."""
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode()
