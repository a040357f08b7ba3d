"""Makes edits of objects in the files that they were read from, and changes nothing else there.

No YAML or JSON is generated for the rest of a file. An edit becomes a few small text edits, at
the offsets where a parser found the parts; comments, order, quotes, indentation and line ends of
the rest stay as they are.

**Every edit is verified.** Each new text is read again, with the reader that read the old one,
and must be the old data with exactly the changes that were asked for. Otherwise the edit is an
error. New texts are returned only if all of them are verified.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path as FilePath
from typing import Final, NamedTuple

from labelsel.atomic_write.file_set import Rewrite
from labelsel.errors import EditError, ManifestError, Path, require_each, require_type
from labelsel.kubernetes.edit.documents import DocumentEdits
from labelsel.kubernetes.edit.edit import Edit
from labelsel.kubernetes.edit.json_layout import json_layout
from labelsel.kubernetes.edit.layout import Layout, paths_to_edit
from labelsel.kubernetes.edit.removal import restore_json_end, restore_yaml_head
from labelsel.kubernetes.edit.text_edits import TextEdit, apply_text_edits, encode_like, line_break
from labelsel.kubernetes.edit.verify import Edits, ReadResult, find_difference, read_again
from labelsel.kubernetes.edit.yaml_layout import yaml_layout
from labelsel.kubernetes.model.document import Data, Document, Progress
from labelsel.kubernetes.model.serializer import json_text, yaml_text
from labelsel.kubernetes.read.document_reader import read_documents
from labelsel.kubernetes.read.input_files import InputFile

__all__ = ["append_objects", "apply_edits"]

#: A file whose documents are removed is gone through three times: to find the documents, and to
#: read the old and the new text. Otherwise only the edited documents are.
_PASSES_OVER_WHOLE_FILE: Final = 3
#: The parts to edit in a document that is one object.
_TOP: Final = paths_to_edit([()])
#: The most documents that are read again together. For each document alone a parser is started;
#: that took a quarter of the time of 20,000 small ones.
_READ_TOGETHER: Final = 64


def apply_edits(edits: Iterable[Edit], *, on_progress: Progress | None = None) -> list[Rewrite]:
    r"""Return the files with edits made in them, for `write_files`; no file is written here.

    1. Labels and annotations of an object may change, and those of the templates that its edit
       names; nothing else of it.
    2. A deleted object is removed with its document, or from its List. A List stays, even if
       it becomes empty, and so does a file.
    3. Edits that change nothing are left out; a file that has no others is not read.

    Arguments:
        edits: the edits, of objects as `read_manifests` returned them.
        on_progress: called now and then with the number of characters done, and the number of
            all characters.

    Returns:
        a `Rewrite` for each file whose text changes, in the order of the edits.

    Raises:
        EditError: an object was not read from a file, its file has changed since, or something
            else would change with it, for example if an alias shares its labels.
        TypeError: something among the edits is not an `Edit`.

    Complexity: O(n) for documents with edits of n characters together; for the n characters of
    the whole file if documents are deleted.

    >>> import pathlib, tempfile
    >>> from dataclasses import replace
    >>> from labelsel.kubernetes import Edit, read_manifests
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     metadata = "metadata: {name: a, labels: {x: v}}"
    ...     _ = path.write_text(f"kind: Pod\napiVersion: v1\n{metadata}\n")
    ...     (pod,) = read_manifests([path])
    ...     (rewrite,) = apply_edits([Edit(pod, replace(pod, labels={"x": "w"}))])
    >>> print(rewrite.after.decode().splitlines()[-1])
    metadata: {name: a, labels: {x: w}}
    """
    by_name: defaultdict[str, list[Edit]] = defaultdict(list)
    faults: list[ManifestError] = []
    for edit in require_each(Edit, edits, "an edit is Edit(before, after)"):
        fault = edit.fault
        if fault is not None:
            faults.append(fault)
        elif not edit.is_idle:
            by_name[edit.before.source.file].append(edit)
    by_path: defaultdict[FilePath, list[Edit]] = defaultdict(list)
    for name, edits_of_file in by_name.items():
        by_path[FilePath(os.path.realpath(name))] += edits_of_file
    rewrites: list[Rewrite] = []
    try:
        file_texts = [_FileEdits(path, edits_of_file) for path, edits_of_file in by_path.items()]
    except ManifestError as error:
        raise EditError([*faults, error]) from None
    progress = _EditProgress(on_progress, sum(file.characters for file in file_texts))
    for file in file_texts:
        progress.begin(file.characters)
        try:
            rewrites.append(file.rewrite(progress))
        except EditError as error:
            faults += error.faults
    if faults:
        raise EditError(faults)
    return rewrites


def append_objects(file: str, value: Data, version: bytes | None = None) -> Rewrite:
    r"""Return a file with one more document at its end; a new file if there is none.

    No file is written here: `write_files` does that.

    Arguments:
        file: the name of the file; a new file whose name ends with ``.json`` is JSON.
        value: the data of the document: maps with string keys, lists, strings, numbers,
            booleans and None.
        version: the version that the file must have, as in ``Source.location.version`` of an
            object that was read from it; None for any. It counts only if there is a file.

    Returns:
        the `Rewrite` of the file; its ``before`` is None for a new file.

    Raises:
        EditError: the file cannot be read or has changed, or the new text does not read as the
            old documents and the new one.
        TypeError: ``file`` is not a string, or the value has something of another type.
        ValueError: a number is not finite, which neither JSON nor YAML of Kubernetes can express.

    Complexity: O(n) for a file and a document of n characters together.

    >>> append_objects("no-such-file.yaml", {"kind": "Namespace"}).after
    b'kind: Namespace\n'
    """
    path = FilePath(os.path.realpath(require_type(str, file, "name a file")))
    if not path.exists():
        text = json_text(value) if file.endswith(".json") else yaml_text(value)
        return Rewrite(file, path, None, text.encode())
    try:
        content = InputFile(file, 0, path).content()
    except ManifestError as error:
        raise EditError([error]) from None
    if version not in {None, content.version}:
        raise EditError([_file_changed_error(file)])
    text = content.text
    old = list(read_documents(text, file))
    new_line = line_break(text, 0)
    is_json = any(isinstance(result, Document) and result.json for result in old)
    addition = json_text(value) if is_json else yaml_text(value)
    if old and not is_json:
        addition = f"---\n{addition}"
    gap = new_line if text and not text.endswith(("\n", "\r")) else ""
    new = f"{text}{gap}{addition.replace(chr(10), new_line)}"
    expected = [*old, Document(0, 0, value)]
    problem = find_difference(expected, read_again(new, file, is_json=is_json), {})
    if problem is not None:
        raise EditError([ManifestError(file, problem)])
    return Rewrite(file, path, content.data, encode_like(new, content.data))


class _EditProgress:
    """The progress over all files, computed from the progress in each."""

    def __init__(self, on_progress: Progress | None, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._before = 0
        self._next = 0

    def begin(self, characters: int) -> None:
        self._before, self._next = self._next, self._next + characters

    def within(self, done: int) -> None:
        if self._on_progress is not None:
            self._on_progress(self._before + done, self._total)


class _Unverified(NamedTuple):
    """The edits of a document between two offsets, which have to be verified."""

    document: DocumentEdits
    edits: Mapping[Path, Edit]
    start: int
    end: int


class _FileEdits:
    """The edits of one file.

    Attributes:
        characters: about how many characters are gone through.
    """

    def __init__(self, path: FilePath, edits: list[Edit]) -> None:
        self._path = path
        self._name = edits[0].before.source.file
        content = InputFile(self._name, 0, path).content()
        self._data, self._text, version = content.data, content.text, content.version
        self._documents: defaultdict[int, dict[Path, Edit]] = defaultdict(dict)
        for edit in edits:
            location = edit.before.source.location
            assert location is not None
            if location.version != version:
                raise _file_changed_error(self._name)
            self._documents[location.offset][location.path] = edit
            self._json = location.json
        # If documents are removed, the whole file has to be verified.
        self._whole = any(
            () in by_path and by_path[()].after is None for by_path in self._documents.values()
        )
        self.characters = len(self._text) * (_PASSES_OVER_WHOLE_FILE if self._whole else 1)

    def rewrite(self, progress: _EditProgress) -> Rewrite:
        """Return the file with its edits, after verifying each new part of it."""
        text_edits: list[TextEdit] = []
        faults: list[ManifestError] = []
        for document in self._edit_documents(progress):
            text_edits += document.text_edits
            faults += document.faults
        text = apply_text_edits(self._text, text_edits)
        if self._whole and not faults:
            restore = restore_json_end if self._json else restore_yaml_head
            text = restore(self._text, text)
            faults += self._verify_file(text, progress)
        if faults:
            raise EditError(faults)
        return Rewrite(self._name, self._path, self._data, encode_like(text, self._data))

    def _edit_documents(self, progress: _EditProgress) -> Iterator[DocumentEdits]:
        """Yield the edits of each document; verified, unless the whole file will be.

        Documents that follow each other are read again together.
        """
        run: list[_Unverified] = []
        for number, (offset, edits) in enumerate(self._documents.items()):
            progress.within(len(self._text) * number // len(self._documents))
            found = self._edit_top(offset, edits)
            if found is None or len(run) == _READ_TOGETHER or (run and run[-1].end != offset):
                yield from self._verify_run(run)
                run = []
            if found is None:
                yield self._edit_document(offset, edits)
            else:
                run.append(found)
        yield from self._verify_run(run)

    def _edit_top(self, offset: int, edits: Mapping[Path, Edit]) -> _Unverified | None:
        """Return the edits of a document, of which only the top was parsed.

        None unless one object is the whole YAML document. If its labels cannot be edited so,
        `_verify_run` sees that the new text is not as it should be.
        """
        if self._json or self._whole or edits.keys() != {()} or edits[()].templates:
            return None
        layout = yaml_layout(self._text, offset, _TOP, last_key="metadata")
        document = DocumentEdits(layout)
        document.add(edits)
        return _Unverified(document, edits, offset, layout.end)

    def _verify_run(self, run: Sequence[_Unverified]) -> Iterator[DocumentEdits]:
        """Yield the edits of documents that follow each other, verified.

        If they are not proven, each document is parsed whole, and verified alone.
        """
        if not run:
            return
        text_edits = chain.from_iterable(each.document.text_edits for each in run)
        new = self._read(apply_text_edits(self._text, text_edits, run[0].start, run[-1].end))
        old = [Document(1, 1, each.edits[()].before.body) for each in run]
        if find_difference(old, new, {n: each.edits for n, each in enumerate(run, 1)}) is None:
            yield from (each.document for each in run)
        else:
            yield from (self._edit_document(each.start, each.edits) for each in run)

    def _edit_document(self, offset: int, edits: Mapping[Path, Edit]) -> DocumentEdits:
        """Return the edits of a document that is parsed whole; verified, as above."""
        layout_of = json_layout if self._json else yaml_layout
        templates = [(*path, *each) for path, edit in edits.items() for each in edit.templates]
        layout = layout_of(self._text, offset, paths_to_edit(edits, templates))
        document = DocumentEdits(layout)
        document.add(edits)
        if not document.faults and not self._whole:
            document.faults += self._verify_document(document.text_edits, layout, edits)
        return document

    def _verify_document(
        self, text_edits: list[TextEdit], layout: Layout, edits: Mapping[Path, Edit]
    ) -> Iterator[ManifestError]:
        """Yield the error if the new text of one document is not as it should be."""
        only = edits.get(())
        old: list[ReadResult]
        if only is not None:
            # The object is the whole document, as the same reader read it from the same bytes.
            old = [Document(1, 1, only.before.body)]
        else:
            old = self._read(self._text[layout.start : layout.end])
        new = self._read(apply_text_edits(self._text, text_edits, layout.start, layout.end))
        yield from _verify(old, new, {1: edits})

    def _verify_file(self, text: str, progress: _EditProgress) -> Iterator[ManifestError]:
        """Yield the error if the new text of the file is not as it should be."""
        length = len(self._text)
        old = self._read(self._text, lambda read, _: progress.within(length + read))
        new = self._read(text, lambda read, _: progress.within(2 * length + read))
        edits = {
            next(iter(by_path.values())).before.source.document: by_path
            for by_path in self._documents.values()
        }
        yield from _verify(old, new, edits)

    def _read(self, text: str, progress: Progress | None = None) -> list[ReadResult]:
        return read_again(text, self._name, is_json=self._json, progress=progress)


def _verify(old: list[ReadResult], new: list[ReadResult], edits: Edits) -> Iterator[ManifestError]:
    """Yield the error, as one of the first object with an edit, if the new text is wrong."""
    problem = find_difference(old, new, edits)
    if problem is not None:
        first = next(iter(next(iter(edits.values())).values()))
        yield first.before.fault(problem)


def _file_changed_error(file: str) -> ManifestError:
    return ManifestError(file, "changed since it was read")
