"""Reads Kubernetes objects from manifests: files, folders and the output of kubectl."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from labelsel.errors import (
    ManifestError,
    ManifestWarning,
    Path,
    Problem,
    UnreadWarning,
    describe,
    quote,
    require_several,
)
from labelsel.kubernetes.model.document import Data, Document, Progress
from labelsel.kubernetes.model.kinds import type_problem
from labelsel.kubernetes.model.misspelled_keys import MisspelledKey, find_misspelled_keys
from labelsel.kubernetes.model.resource import Resource, Source, TextLocation, make_resource
from labelsel.kubernetes.model.yaml_extra import needs_yaml
from labelsel.kubernetes.read.document_reader import read_documents
from labelsel.kubernetes.read.exclusion import Exclusion
from labelsel.kubernetes.read.input_files import InputFile, input_files, special_file
from labelsel.kubernetes.read.rendering import Rendering
from labelsel.kubernetes.read.skipping import leave_out
from labelsel.placeholders import CERTAIN_PLACEHOLDER

if TYPE_CHECKING:
    from labelsel.kubernetes.read.line_locator import LineLocator

__all__ = ["raise_fault", "read_by_path", "read_list_items", "read_manifests", "report_faults"]

_Input: TypeAlias = InputFile | Rendering
_Named: TypeAlias = _Input | ManifestError | ManifestWarning

_INPUTS: Final = (InputFile, Rendering)
_LIST: Final = "List"
_PAGE: Final = "one page of a longer list (metadata.continue is set): the other pages are not read"


def read_manifests(  # noqa: PLR0913  # one keyword for each option of the command's input
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    exclude: Collection[str] | Exclusion = (),
    any_labels: bool = False,
    on_error: Callable[[ManifestError], None] | None = None,
    on_warning: Callable[[ManifestWarning], None] | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Resource]:
    """Yield the objects in manifests, in the order of the paths, documents and lists.

    1. A path is a file, a folder, which stands for its files ``*.yaml``, ``*.yml``, ``*.json``
       and ``Kustomization``, sorted by path, or ``-`` for standard input.
    2. A file holds any number of YAML documents or JSON values; empty documents are skipped.
    3. A file is read once, even if several paths lead to it: its own, a link, a folder above it.
       The object of a link that was found in a folder cannot be edited: name the target for that.
    4. The items of a ``List`` are read instead of the list. A list is any object with ``items``
       whose kind ends with ``List``. An item of a typed list (``PodList``) that names no kind or
       apiVersion has those of the list.
    5. Files on disk: what is known to hold no object of a cluster is left out with a
       `SkippedWarning`, a template with a `TemplateWarning`; docs/yaml.md has the rules. On
       standard input and in a pipe both are errors.
    6. Nothing is read, and no error is raised, before the first object is asked for.

    Arguments:
        paths: what to read.
        recursive: also read the folders in a folder.
        exclude: patterns of files and folders to leave out: a name (``charts``), the end of a path
            (``charts/*/ci``), or a path from ``/`` or ``..``.
        any_labels: accept objects with labels or annotations that are no strings. Such values
            are in `Resource.body` only. `lint_objects` reports them.
        on_error: called with each error; the rest is still read. Without it the first error
            is raised.
        on_warning: called with each warning: a file or document that is left out, or something
            that is legal and probably a mistake, such as a duplicate key. Without it,
            ``warnings.warn`` is.
        on_progress: called now and then with the bytes or characters read so far, and with how
            many there are; both are 0 if the size is not known.

    Yields:
        a `Resource` for each object.

    Raises:
        ManifestError: a path cannot be read, or something in it is not a Kubernetes object.
        TypeError: ``paths`` or ``exclude`` is one string, which is a collection of its letters.

    Complexity: O(n) in the size n of the input. The text of one file and the data of one document
    are in memory at a time; of a JSON file, and of a file with ``{{``, the data of all documents.

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


def read_by_path(  # noqa: PLR0913  # as `read_manifests`
    paths: Iterable[str | os.PathLike[str] | Rendering],
    *,
    recursive: bool = True,
    exclude: Collection[str] | Exclusion = (),
    any_labels: bool = False,
    on_error: Callable[[ManifestError], None] | None = None,
    on_warning: Callable[[ManifestWarning], None] | None = None,
    on_progress: Progress | None = None,
) -> Iterator[tuple[bool, Iterator[Resource]]]:
    """Yield the objects of each path, in the order of the paths.

    Before them: whether a file of the path was left out because it was read before. Consume the
    objects of a path before those of the next. Arguments
    and errors are those of `read_manifests`; a path may also be a `Rendering`.
    """
    exclusion = Exclusion.of(exclude)
    report_fault = on_error if on_error is not None else raise_fault
    warn = on_warning if on_warning is not None else warnings.warn
    named: list[list[_Named]] = [
        [path]
        if isinstance(path, Rendering)
        else [*input_files([path], recursive=recursive, exclude=exclusion)]
        for path in require_several("paths", paths)
    ]
    listed = _each_once(named)
    types: set[str] = set()
    files = [each for once in listed for each in once if isinstance(each, _INPUTS)]
    progress = _ReadProgress(on_progress, sum(file.size for file in files))

    def objects(found: Iterable[_Named]) -> Iterator[Resource]:
        inputs: list[_Input] = []
        for each in found:
            if isinstance(each, ManifestError):
                report_fault(each)
            elif isinstance(each, ManifestWarning):
                warn(each)
            else:
                inputs.append(each)
        for each in inputs:
            found_in = _read_file(each, progress, warn, any_labels=any_labels)
            for item in report_faults(found_in, report_fault):
                _check_type(item, types, warn)
                yield item
            progress.finish(each)

    for once, every in zip(listed, named, strict=True):
        yield len(once) < len(every), objects(once)


def _check_type(
    resource: Resource, reported: set[str], warn: Callable[[ManifestWarning], None]
) -> None:
    """Warn once of a type that Kubernetes does not have and that is near to one of its own."""
    problem = type_problem(resource.kind, resource.api_version)
    if problem is not None and problem not in reported:
        reported.add(problem)
        source = resource.source
        named = f"{resource.kind}/{resource.name}: {problem}"
        line = source.line or None
        warn(ManifestWarning(source.file, named, document=source.document or None, line=line))


def _each_once(named: Iterable[Iterable[_Named]]) -> list[list[_Named]]:
    """Return the same lists without the files that an earlier name led to."""
    # A file is read under its own name, even if a folder has a link to it before.
    own = {_identity(each) for every in named for each in every if not _is_found_link(each)}
    seen: set[Hashable] = set()
    listed: list[list[_Named]] = []
    for every in named:
        once: list[_Named] = []
        for each in every:
            if isinstance(each, _INPUTS):
                identity = _identity(each)
                if identity in seen or (_is_found_link(each) and identity in own):
                    continue
                seen.add(identity)
            once.append(each)
        listed.append(once)
    return listed


def _identity(each: _Named) -> Hashable:
    """Return what is the same for all names of a file: its device and its inode."""
    if isinstance(each, InputFile) and each.path is not None:
        with suppress(OSError):  # it was deleted meanwhile: reading it is the error
            status = each.path.stat()
            return status.st_dev, status.st_ino
    return each.name if isinstance(each, _INPUTS) else None


def _is_found_link(each: _Named) -> bool:
    return isinstance(each, InputFile) and each.target is not None


def raise_fault(error: ManifestError) -> None:
    """Raise an error: the ``on_error`` of a caller that gave none.

    >>> raise_fault(ManifestError("a.yaml", "no kind"))
    Traceback (most recent call last):
    labelsel.errors.ManifestError: a.yaml: no kind
    """
    try:
        raise error
    finally:
        del error  # in this frame it would refer to itself, by its traceback


def report_faults(
    found: Iterable[Resource | ManifestError], on_error: Callable[[ManifestError], None]
) -> Iterator[Resource]:
    """Yield the objects among the results of a reader, and call ``on_error`` with the errors.

    >>> list(report_faults([ManifestError("a.yaml", "no kind")], print))
    a.yaml: no kind
    []
    """
    for result in found:
        if isinstance(result, ManifestError):
            on_error(result)
        else:
            yield result


class _ReadProgress:
    """The progress over all files, computed from the progress in each."""

    def __init__(self, on_progress: Progress | None, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._before = 0

    def within(self, read: int, _of: int) -> None:
        if self._on_progress is not None:
            self._on_progress(min(self._before + read, self._total), self._total)

    def finish(self, file: _Input) -> None:
        self._before += file.size
        self.within(0, 0)


def _read_file(
    file: _Input,
    progress: _ReadProgress,
    warn: Callable[[ManifestWarning], None],
    *,
    any_labels: bool,
) -> Iterator[Resource | ManifestError]:
    try:
        content, messages = file.run() if isinstance(file, Rendering) else (file.content(), ())
    except ManifestError as error:
        yield error
        return
    for message in messages:
        warn(ManifestWarning(file.name, message))
    # Nobody can write to standard input or to a pipe.
    # What was read, and cannot be looked at any more, is a file: its object must not be left out.
    is_file = file.path is not None and special_file(str(file.path)) is None
    version = content.version if is_file else None
    documents: Iterable[Document | ManifestError]
    documents = read_documents(content.text, file.name, progress.within)
    if version is not None:
        documents = leave_out(documents, content.text, file.name, warn)
    parts = _Parts(content.text, warn)
    for document in documents:
        if isinstance(document, ManifestError):
            yield document
            continue
        for warning in document.warnings:
            warn(warning)
        if document.value is None:
            continue
        if _is_page(document.value):
            warn(UnreadWarning(file.name, _PAGE, line=document.line or None))
        location = (
            None
            if version is None
            else TextLocation(version, document.offset, document.json, target=file.target)
        )
        source = Source(file.name, document.number, document.line, location)
        found = read_list_items(document.value, document, source, any_labels=any_labels)
        # Programs write JSON, and misspell no key; the search would take a twelfth of the time.
        yield from map(parts.locate, found) if document.json else parts.check(found)


class _Parts:
    """Finds the lines of parts of objects of one file, and warns of misspelled keys."""

    def __init__(self, text: str, warn: Callable[[ManifestWarning], None]) -> None:
        self._text = text
        self._warn = warn

    @cached_property
    def _locator(self) -> LineLocator:
        with needs_yaml():
            from labelsel.kubernetes.read.line_locator import (  # noqa: PLC0415  # an extra
                LineLocator,
            )
        return LineLocator(self._text)

    def check(
        self, found: Iterable[Resource | ManifestError]
    ) -> Iterator[Resource | ManifestError]:
        """Yield what was found, and warn of the misspelled keys of each object before it."""
        for each in found:
            if isinstance(each, Resource):
                for misspelled in find_misspelled_keys(each.body):
                    self._warn(self._warning(each, misspelled))
            yield self.locate(each)

    def locate(self, found: Resource | ManifestError) -> Resource | ManifestError:
        """Return what was found: an error about a part of an object with the line of the part."""
        if isinstance(found, Resource) or not found.problems or found.line is None:
            return found
        try:
            line = self._locator.line_of(found.line, found.problems[0].path)
        except ModuleNotFoundError:
            # PyYAML finds lines in JSON, too. Without it the error has the line of the object.
            return found
        return ManifestError(
            found.file,
            found.problem,
            document=found.document,
            line=line,
            problems=found.problems,
        )

    def _warning(self, resource: Resource, misspelled: MisspelledKey) -> ManifestWarning:
        line = self._locator.line(resource, misspelled.path)
        return ManifestWarning(
            resource.source.file,
            f"{resource.kind}/{resource.name}: {misspelled.problem}",
            document=resource.source.document,
            line=line,
        )


def read_list_items(
    value: Data, document: Document, source: Source, *, any_labels: bool = False
) -> Iterator[Resource | ManifestError]:
    """Yield the object in a value, or the objects of the list in it.

    A value that is not an object is a ManifestError in its place.

    Arguments:
        value: the data of an object or a list.
        document: the document that the value is in.
        source: where the value was read.
        any_labels: see `make_resource`.

    >>> pod = {"metadata": {"name": "a"}}
    >>> pods = {"kind": "PodList", "apiVersion": "v1", "items": [pod]}
    >>> source = Source("a.yaml", 1, 1)
    >>> [found.reference for found in read_list_items(pods, Document(1, 1, pods), source)]
    ['pod/a']
    """
    if not _is_list(value):
        try:
            yield make_resource(value, document, source, any_labels=any_labels)
        except ManifestError as error:
            yield error
        return
    items = value["items"]
    for key in filter(_may_be_items, value):
        problem = f"{value['kind']}: the field {quote(key)} is not read: objects stand in items"
        yield _items_fault(source, problem, ("items",), value[key])
    if not isinstance(items, list | None):
        problem = f"{value['kind']}: items must be a list"
        yield _items_fault(source, problem, ("items",), items)
        return
    for index, item in enumerate(items or ()):
        line = document.lines.get(id(item), source.line)
        location = None if source.location is None else source.location.item(index)
        item_source = Source(source.file, source.document, line, location)
        if not isinstance(item, dict):
            problem = f"not a Kubernetes object: expected a map, got {describe(item)}"
            yield _items_fault(source, problem, ("items", index), item)
            continue
        yield from read_list_items(
            _complete_item(item, value), document, item_source, any_labels=any_labels
        )


def _items_fault(source: Source, problem: str, path: Path, value: Data) -> ManifestError:
    """Return an error about the items of a list, of which some or all are not known."""
    return ManifestError(
        source.file,
        problem,
        document=source.document or None,
        line=source.line or None,
        problems=[Problem(path, problem, value)],
    )


def _is_list(value: Data) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("kind")
    return isinstance(kind, str) and kind.endswith(_LIST) and "items" in value


def _may_be_items(key: str) -> bool:
    """Return whether a field of a list may be meant as its items."""
    meant = key.casefold() in {"item", "items", "objects"} or CERTAIN_PLACEHOLDER.search(key)
    return key != "items" and bool(meant)


def _is_page(value: Data) -> bool:
    """Return whether a value is one page of a list: the server has more items."""
    metadata = value.get("metadata") if _is_list(value) else None
    return isinstance(metadata, dict) and bool(metadata.get("continue"))


def _complete_item(item: dict[str, Data], parent: dict[str, Data]) -> Data:
    """Return an item of a typed list with the kind and apiVersion of the list, if it has none."""
    kind: str = parent["kind"].removesuffix(_LIST)
    if not kind or (item.get("kind") and item.get("apiVersion")):
        return item
    typed = {"apiVersion": parent.get("apiVersion"), "kind": kind}
    return typed | {key: entry for key, entry in item.items() if entry or key not in typed}
