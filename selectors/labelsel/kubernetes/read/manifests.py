"""Kubernetes objects out of manifests: files, folders and the output of kubectl."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, TypeAlias

from labelsel.kubernetes.errors import ManifestError, ManifestWarning, UnreadWarning
from labelsel.kubernetes.model.document import Data, Document, Progress
from labelsel.kubernetes.model.resource import Resource, TextLocation, make_resource
from labelsel.kubernetes.read.document_reader import read_documents
from labelsel.kubernetes.read.input_files import InputFile, input_files

__all__ = ["objects_in", "raise_fault", "read_by_path", "read_manifests", "sound"]

_Named: TypeAlias = InputFile | ManifestError | UnreadWarning

_LIST: Final = "List"
_PAGE: Final = "one page of a list that goes on (metadata.continue): the other pages are not read"


def read_manifests(  # noqa: PLR0913 - what is read, and how
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    exclude: Collection[str] = (),
    any_labels: bool = False,
    on_error: Callable[[ManifestError], None] | None = None,
    on_warning: Callable[[ManifestWarning], None] | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Resource]:
    """The objects in manifests, in the order of the paths, the documents, and the lists in them.

    1. A path is a file, a folder (see ``input_files``), or ``-`` for standard input.
    2. A file holds YAML documents or JSON values, any number of them; empty ones are skipped.
    3. A file is read once, though several paths lead to it: its own, a link, a folder above it.
    4. A ``List``, or any kind that ends so and has ``items``, stands for its items. Items of a
       typed list (``PodList``) that name no kind or apiVersion have those of the list.

    Arguments:
        paths: what to read.
        recursive: read folders with everything below them.
        exclude: patterns of what is left out in folders; see ``input_files``.
        any_labels: take objects whose labels or annotations are not what Kubernetes takes.
            What is no string then stands in `Resource.body` alone: for `lint`, which tells of it.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.
        on_warning: called with what is read and perhaps not meant, as a key that stands twice
            in one map, and with what is left out. Without it Python's ``warnings`` are told.
        on_progress: called now and then with how much is read, of how much, in bytes or
            characters; both are 0 where the size is not known.

    Raises:
        ManifestError: a path cannot be read, or something in it is no Kubernetes object.

    Complexity: O(n) in the size of the input. One file's text and one document's data are
    held at a time; a JSON file's documents all at once.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     _ = path.write_text("{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {x: b}}}")
    ...     [(pod.reference, pod.labels) for pod in read_manifests([path])]
    [('pod/a', {'x': 'b'})]
    """
    by_path = read_by_path(
        paths,
        recursive=recursive,
        exclude=exclude,
        any_labels=any_labels,
        on_error=on_error,
        on_warning=on_warning,
        on_progress=on_progress,
    )
    for _, resources in by_path:
        yield from resources


def read_by_path(  # noqa: PLR0913 - as `read_manifests`
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    exclude: Collection[str] = (),
    any_labels: bool = False,
    on_error: Callable[[ManifestError], None] | None = None,
    on_warning: Callable[[ManifestWarning], None] | None = None,
    on_progress: Progress | None = None,
) -> Iterator[tuple[bool, Iterator[Resource]]]:
    """The objects of each path, in the order of the paths: take them before the next path's.

    With them comes whether a file of the path is left out because it was read before. Arguments
    and errors are those of `read_manifests`.
    """
    faults = on_error if on_error is not None else raise_fault
    warned = on_warning if on_warning is not None else warnings.warn
    named = [list(input_files([path], recursive=recursive, exclude=exclude)) for path in paths]
    listed = _each_once(named)
    files = [each for once in listed for each in once if isinstance(each, InputFile)]
    report = _Report(on_progress, sum(file.size for file in files))

    def objects(found: Iterable[_Named]) -> Iterator[Resource]:
        inputs: list[InputFile] = []
        for each in found:
            if isinstance(each, ManifestError):
                faults(each)
            elif isinstance(each, ManifestWarning):
                warned(each)
            else:
                inputs.append(each)
        for each in inputs:
            yield from sound(_objects(each, report, warned, any_labels=any_labels), faults)
            report.finished(each)

    for once, every in zip(listed, named, strict=True):
        yield len(once) < len(every), objects(once)


def _each_once(named: Iterable[Iterable[_Named]]) -> list[list[_Named]]:
    """The same, without files that came before under any name."""
    seen: set[str] = set()
    listed: list[list[_Named]] = []
    for every in named:
        once: list[_Named] = []
        for each in every:
            if isinstance(each, InputFile):
                real = "-" if each.path is None else os.path.realpath(each.path)
                if real in seen:
                    continue
                seen.add(real)
            once.append(each)
        listed.append(once)
    return listed


def raise_fault(error: ManifestError) -> None:
    """What is done with a fault where nobody else is told of it."""
    raise error


def sound(
    found: Iterable[Resource | ManifestError], on_error: Callable[[ManifestError], None]
) -> Iterator[Resource]:
    """The objects among what was found; the faults are reported."""
    for each in found:
        if isinstance(each, ManifestError):
            on_error(each)
        else:
            yield each


class _Report:
    """Progress over all files, made of the progress in each."""

    def __init__(self, on_progress: Progress | None, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._before = 0

    def within(self, read: int, _of: int) -> None:
        if self._on_progress is not None:
            self._on_progress(min(self._before + read, self._total), self._total)

    def finished(self, file: InputFile) -> None:
        self._before += file.size
        self.within(0, 0)


def _objects(
    file: InputFile,
    report: _Report,
    warned: Callable[[ManifestWarning], None],
    *,
    any_labels: bool,
) -> Iterator[Resource | ManifestError]:
    try:
        content = file.content()
    except ManifestError as error:
        yield error
        return
    # Standard input has no place to write to, nor has a pipe.
    version = content.version if file.path is not None and file.path.is_file() else None
    for document in read_documents(content.text, file.name, report.within):
        if isinstance(document, ManifestError):
            yield document
            continue
        for warning in document.warnings:
            warned(warning)
        if document.value is not None:
            if _is_page(document.value):
                warned(UnreadWarning(file.name, _PAGE, line=document.line or None))
            place = (
                None if version is None else TextLocation(version, document.offset, document.json)
            )
            yield from objects_in(
                document.value, document, file.name, document.line, place, any_labels=any_labels
            )


def objects_in(  # noqa: PLR0913 - where they were read, and how
    value: Data,
    document: Document,
    file: str,
    line: int,
    place: TextLocation | None = None,
    *,
    any_labels: bool = False,
) -> Iterator[Resource | ManifestError]:
    """The object that a value is, or the objects of the list that it is.

    What is none is a ManifestError in its place.
    """
    if not _is_list(value):
        try:
            yield make_resource(value, document, file, line, place, any_labels=any_labels)
        except ManifestError as error:
            yield error
        return
    items = value["items"]
    if not isinstance(items, list | None):
        problem = f"{value['kind']}: items is no list"
        yield ManifestError(file, problem, document=document.number or None, line=line or None)
        return
    for number, item in enumerate(items or ()):
        item_line = document.lines.get(id(item), line)
        item_place = None if place is None else place.item(number)
        yield from objects_in(
            _completed(item, value), document, file, item_line, item_place, any_labels=any_labels
        )


def _is_list(value: Data) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("kind")
    return isinstance(kind, str) and kind.endswith(_LIST) and "items" in value


def _is_page(value: Data) -> bool:
    """Whether it is a list that the server has more of."""
    metadata = value.get("metadata") if _is_list(value) else None
    return isinstance(metadata, dict) and bool(metadata.get("continue"))


def _completed(item: Data, parent: dict[str, Data]) -> Data:
    """An item of a typed list, with the type that the list gives it where it names none."""
    kind: str = parent["kind"].removesuffix(_LIST)
    if not isinstance(item, dict) or not kind or (item.get("kind") and item.get("apiVersion")):
        return item
    typed = {"apiVersion": parent.get("apiVersion"), "kind": kind}
    return typed | {key: entry for key, entry in item.items() if entry or key not in typed}
