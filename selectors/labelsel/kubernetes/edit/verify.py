"""The proof of an edit: the new text, read again, is the old data with the changes, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from labelsel.kubernetes.edit.edit import STRINGS, Edit, strings_of
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data, Document
from labelsel.kubernetes.model.resource import Resource

__all__ = ["Edits", "Read", "Way", "difference"]

#: What a reader makes of a document.
Read: TypeAlias = Document | ManifestError
#: The way from a document to an object in it, see Place.
Way: TypeAlias = tuple[int, ...]
#: The changes in each document, by its number and the ways of the objects.
Edits: TypeAlias = Mapping[int, Mapping[Way, Edit]]

_GONE: Final = object()
_UNSAFE: Final = "the text is such that something else would change, too"


def difference(old: Iterable[Read], new: Sequence[Read], changes: Edits) -> str | None:
    """What is wrong with a new text, in words; None where it is as it should be.

    1. Maps are the same in any order of their keys; all else must be the same exactly.
    2. A document that cannot be read must be there with the same fault.

    Arguments:
        old: the documents before the change, numbered from 1.
        new: those that the new text holds.
        changes: what was to change.

    Complexity: O(n) in the size of the documents.
    """
    expected = [
        text
        for number, read in enumerate(old, start=1)
        if (text := _expected(read, changes.get(number, {}))) is not None
    ]
    found = [text for read in new if (text := _expected(read, {})) is not None]
    if found == expected:
        return None
    faults = [read.problem for read in new if isinstance(read, ManifestError)]
    return ": ".join((_UNSAFE, *faults[:1]))


def _expected(read: Read, changes: Mapping[Way, Edit]) -> str | None:
    """A document with the changes in it, as a text to compare; None where nothing is left."""
    if isinstance(read, ManifestError):
        return f"fault: {read.problem}"
    value = _changed(read.value, changes, ()) if changes else read.value
    return None if value is None or value is _GONE else json.dumps(value, sort_keys=True)


def _changed(value: Data, changes: Mapping[Way, Edit], way: Way) -> Data:
    """A value with the changes in it and below it; the value itself stays as it is."""
    change = changes.get(way)
    if change is not None:
        return _GONE if change.after is None else _relabelled(value, change.before, change.after)
    touched = {longer[len(way)] for longer in changes if longer[: len(way)] == way}
    items = list(value["items"])
    for number in touched:
        items[number] = _changed(items[number], changes, (*way, number))
    return {**value, "items": [item for item in items if item is not _GONE]}


def _relabelled(body: dict[str, Data], before: Resource, after: Resource) -> dict[str, Data]:
    metadata = dict(body["metadata"])
    for key in STRINGS:
        strings = dict(strings_of(after, key))
        if strings == strings_of(before, key):
            continue
        written = metadata.pop(key, None)
        if strings:
            # A null that stays reads as "", and is still a null in the text.
            nulls = {name for name, value in (written or {}).items() if value is None}
            metadata[key] = strings | {name: None for name in nulls if strings.get(name) == ""}
    return {**body, "metadata": metadata}
