"""Verifies an edit: the new text, read again, is the old data with the changes and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from labelsel.errors import ManifestError, Path
from labelsel.kubernetes.edit.edit import Edit
from labelsel.kubernetes.model.document import Data, Document, Progress
from labelsel.kubernetes.read.json_reader import read_json
from labelsel.kubernetes.read.yaml_reader import read_yaml

__all__ = ["Edits", "ReadResult", "find_difference", "read_again"]

#: A document as a reader returns it, or the error of one that cannot be read.
ReadResult: TypeAlias = Document | ManifestError
#: The edits of each document: by its number, then by the paths of the objects in it.
Edits: TypeAlias = Mapping[int, Mapping[Path, Edit]]


class _Problem(NamedTuple):
    """The error of a document that cannot be read; no data are equal to it."""

    text: str


_DELETED: Final = object()
_UNSAFE: Final = "something else would change, too"


def read_again(
    text: str, file: str, *, is_json: bool, progress: Progress | None = None
) -> list[ReadResult]:
    """Return the documents of a text, with the reader that read it first, and their errors.

    Complexity: O(n) in the length of the text.

    >>> [document] = read_again('{"a": 1}', "a.json", is_json=True)
    >>> document.value
    {'a': 1}
    """
    if not is_json:
        return list(read_yaml(text, file, progress))
    documents, fault = read_json(text, file, progress)
    return [*documents, *(() if fault is None else (fault,))]


def find_difference(
    old: Iterable[ReadResult], new: Sequence[ReadResult], edits: Edits
) -> str | None:
    """Return how a new text differs from what it should be; None if it does not.

    1. The order of the keys in a map does not count; all else must be exactly the same.
    2. A document that cannot be read must still be there, with the same error.

    Arguments:
        old: the documents before the edits, numbered from 1.
        new: the documents of the new text.
        edits: the edits that were to be made.

    Complexity: O(n) in the size of the documents.

    >>> find_difference([Document(1, 1, {"a": 1})], [Document(1, 1, {"a": 1})], {})
    >>> find_difference([Document(1, 1, {"a": 1})], [Document(1, 1, {"a": 2})], {})
    'something else would change, too'
    """
    expected = [
        value
        for number, result in enumerate(old, start=1)
        if (value := _expected(result, edits.get(number, {}))) is not None
    ]
    found = [value for result in new if (value := _expected(result, {})) is not None]
    # Mostly the keys have kept their order, too: then the data are equal if their repr is, which
    # tells 1 from 1.0 and True. It takes a third of the time of the texts with sorted keys.
    if repr(found) == repr(expected) or [*map(_text, found)] == [*map(_text, expected)]:
        return None
    problems = [result.problem for result in new if isinstance(result, ManifestError)]
    return ": ".join((_UNSAFE, *problems[:1]))


def _expected(result: ReadResult, edits: Mapping[Path, Edit]) -> Data | _Problem | None:
    """Return the data of an edited document, or its error; None if nothing is left of it."""
    if isinstance(result, ManifestError):
        return _Problem(result.problem)
    value = _edit_value(result.value, edits, ()) if edits else result.value
    return None if value is _DELETED else value


def _text(value: Data | _Problem) -> str:
    """Return data or an error as a text to compare."""
    is_error = isinstance(value, _Problem)
    return f"error: {value.text}" if is_error else json.dumps(value, sort_keys=True)


def _edit_value(value: Data, edits: Mapping[Path, Edit], path: Path) -> Data:
    """Return a copy of the value at a path with the edits of it, or of the items in it."""
    edit = edits.get(path)
    if edit is not None:
        return _DELETED if edit.after is None else _relabel(value, edit)
    items_path = (*path, "items")
    length = len(items_path)
    numbers = {longer[length] for longer in edits if longer[:length] == items_path}
    items = [
        _edit_value(item, edits, (*items_path, number)) if number in numbers else item
        for number, item in enumerate(value["items"])
    ]
    return {**value, "items": [item for item in items if item is not _DELETED]}


def _relabel(body: dict[str, Data], edit: Edit) -> dict[str, Data]:
    for path, key, _, strings in edit.changes:
        body = _set_strings(body, (*path, key), strings)
    return body


def _set_strings(value: Data, path: Path, strings: Mapping[str, str]) -> Data:
    """Return data with other labels or annotations at a path; without the map if it is empty."""
    key, rest = path[0], path[1:]
    inside = value.get(key)
    if rest:
        return {**value, key: _set_strings(inside, rest, strings)}
    others = {name: each for name, each in value.items() if name != key}
    if not strings:
        return others
    # A null that stays reads as "", and is still a null in the text.
    nulls = {name for name, each in (inside or {}).items() if each is None}
    return {**others, key: {**strings, **{n: None for n in nulls if strings.get(n) == ""}}}
