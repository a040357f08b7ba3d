"""Fuzz target: an edited file is the old one with the change and nothing else, or is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import yaml

from labelsel.errors import LabelselError
from labelsel.kubernetes import Edit, Resource, annotate, apply_edits, label, read_manifests
from tests.fuzzing.second_yaml import Read, RefusedError, read_nodes

__all__ = ["editor", "folder"]

Changes = Mapping[str, str | None]


class Request(NamedTuple):
    """The first line of an input: what to change in the file that the rest is.

    ``a=b,c-`` sets the label a and removes c, ``@a=b`` is about annotations, and ``!`` deletes the
    first object. A text that begins with ``{`` is a file of JSON.
    """

    key: str
    changes: Changes
    deletes: bool
    text: str

    @classmethod
    def of(cls, data: bytes) -> Request:
        """Read an input."""
        line, _, text = data.decode("utf-8", "replace").partition("\n")
        key = "annotations" if line.startswith("@") else "labels"
        pairs = (each.partition("=") for each in line.removeprefix("@").split(",")[:4])
        changes = {
            name if sign else name.removesuffix("-"): value if sign else None
            for name, sign, value in pairs
        }
        return cls(key, changes, line == "!", text)


def editor(data: bytes) -> None:
    """A second reader finds the old data with the change; text outside of metadata is the same."""
    request = Request.of(data)
    path = folder() / ("a.json" if request.text.startswith("{") else "a.yaml")
    path.write_bytes(request.text.encode())
    try:
        resources = list(read_manifests([path], on_warning=lambda _: None))
        edits = _edits(resources, request)
        rewrites = apply_edits(edits)
    except LabelselError as error:
        assert str(error)
        return
    assert path.read_bytes() == request.text.encode()
    for rewrite in rewrites:
        after = rewrite.after
        assert after is not None
        _check(request, edits, after.decode())
        path.write_bytes(after)
        again = list(read_manifests([path], on_warning=lambda _: None))
        assert request.deletes or not apply_edits(_edits(again, request))
    if not rewrites:
        assert all(edit.is_idle for edit in edits)


@cache
def folder() -> Path:
    """Return a folder for files, the same each time; it is removed when the process ends."""
    kept = TemporaryDirectory(prefix="labelsel-fuzz-")
    _FOLDERS.append(kept)
    return Path(kept.name)


_FOLDERS: Final[list[TemporaryDirectory[str]]] = []
"""Keeps the folder until the process ends."""
_MISSING: Final = "no legal value: \0"


def _edits(resources: list[Resource], request: Request) -> list[Edit]:
    if request.deletes:
        return [Edit(resource, None) for resource in resources[:1]]
    if request.key == "labels":
        outcomes = label(resources, request.changes, overwrite=True)
    else:
        outcomes = annotate(resources, request.changes, overwrite=True)
    return [Edit(each.before, each.after) for each in outcomes]


def _check(request: Request, edits: list[Edit], after: str) -> None:
    old_text, new_text = (text.removeprefix("\ufeff") for text in (request.text, after))
    try:
        old = list(read_nodes(old_text))
    except (yaml.YAMLError, RefusedError, RecursionError):
        return  # JSON that is no YAML, several values of JSON, and the tags that the second lacks
    new = [read.value for read in read_nodes(new_text)]
    # What JSON says, so that nothing is shared, and 1 is not 1.0.
    expected = json.loads(json.dumps([read.value for read in old]))
    for edit in edits:
        _change(expected, edit, request)
    found, wanted = (
        [json.dumps(value, sort_keys=True) for value in values if value is not None]
        for values in (new, expected)
    )
    assert found == wanted
    if not request.deletes:
        _check_text(old_text, new_text, [_metadata(old, edit) for edit in edits])


def _change(documents: list[Any], edit: Edit, request: Request) -> None:
    """Make a change in the data, as README.md says it is made."""
    holder, step = _place(documents, edit)
    if request.deletes:
        if holder is documents:
            documents[step] = None
        else:
            del holder[step]
        return
    metadata = holder[step]["metadata"]
    strings = {} if metadata.get(request.key) is None else dict(metadata[request.key])
    before = dict(strings)
    for name, value in request.changes.items():
        if value is None:
            strings.pop(name, None)
        elif (strings.get(name, _MISSING) or "") != value:  # a null is read as ""
            strings[name] = value
    if strings == before:
        return
    metadata[request.key] = strings
    if not strings:
        del metadata[request.key]


def _place(documents: Any, edit: Edit) -> tuple[Any, Any]:
    """Return what holds an object, and where in it the object is."""
    location = edit.before.source.location
    assert location is not None
    holder: Any = documents
    step: str | int = edit.before.source.document - 1
    for each in location.path:
        holder, step = holder[step], each
    return holder, step


def _metadata(old: list[Read], edit: Edit) -> tuple[int, int]:
    """Return where the metadata of an object begins with its key, and where it ends."""
    location = edit.before.source.location
    assert location is not None
    node: Any = old[edit.before.source.document - 1].root
    start = node.start_mark.index
    for step in (*location.path, "metadata"):
        if isinstance(step, int):
            node = node.value[step]
        else:
            *_, (name, node) = (pair for pair in node.value if pair[0].value == step)
            start = name.start_mark.index
    return start, node.end_mark.index


def _check_text(old: str, new: str, spans: list[tuple[int, int]]) -> None:
    """What is outside of all metadata is the same, byte by byte and in the same order."""
    starts, ends = zip(*sorted(spans), strict=True)
    gaps = [old[end:start] for end, start in zip((0, *ends), (*starts, len(old)), strict=True)]
    assert new.startswith(gaps[0])
    assert new.endswith(gaps[-1])
    at = 0
    for gap in gaps:
        found = new.find(gap, at)
        assert found >= 0, gap
        at = found + len(gap)
