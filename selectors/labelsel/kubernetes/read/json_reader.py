"""JSON text into documents: one value or several, one after the other.

The standard library's decoder reads the values. Only the outermost map is read here, entry by
entry, so that each object of a ``List`` keeps its line. As in YAML, the last of two entries with
the same key counts, and the document gets a warning. Duplicate keys in labels, annotations and
selectors, or of these, are errors. So are numbers that the API server cannot read.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect
from collections.abc import Iterator
from typing import Final, NoReturn

from labelsel.errors import ManifestError, ManifestWarning, shorten
from labelsel.kubernetes.model.document import (
    LONE_SURROGATE,
    TOO_DEEP,
    Data,
    Document,
    DuplicateKeys,
    Progress,
    duplicate_key_problem,
    is_below_data,
    is_below_env,
)
from labelsel.kubernetes.read.json_keys import find_duplicate_keys
from labelsel.limits import MAX_DOCUMENT_DEPTH, MAX_INTEGER_LENGTH, MAX_UINT64, MIN_INT64

__all__ = ["ends_early", "is_json", "is_too_deep", "read_json"]

_WORDS: Final = ("true", "false", "null")
_LINE_BREAK: Final = re.compile("\n")
_SPACE: Final = re.compile(r"[ \t\r\n]*")
#: An escape that is half of a surrogate pair, and no character without the other half.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
#: An integer that may be no int64.
_LONG_INTEGER: Final = re.compile(r"[0-9]{19}")
#: 1,024 objects take some 10 ms: often enough for a progress bar, and too seldom to cost time.
_ITEMS_PER_REPORT: Final = 1024


class _RefusedJsonError(ValueError):
    """The text is JSON, but no manifest can say this."""


def read_json(
    text: str, file: str, progress: Progress | None = None
) -> tuple[list[Document], ManifestError | None]:
    """Return the documents up to the first error, and the error; None if there is none.

    Complexity: O(n) in the length of the text.

    >>> documents, error = read_json('{"a": 1} {"a": ', "a.json")
    >>> [document.value for document in documents], str(error)
    ([{'a': 1}], 'a.json, document 2 (line 1): not valid JSON: expecting value')
    """
    documents: list[Document] = []
    reader = _Reader(text, file, progress)
    problem = None
    try:
        documents.extend(reader.documents())
    except json.JSONDecodeError as error:
        problem = f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        reader.position = error.pos
    except RecursionError:
        problem = TOO_DEEP
    except ValueError as error:
        problem = str(error)
    if problem is None:
        return documents, None
    number, line = len(documents) + 1, text.count("\n", 0, reader.position) + 1
    return documents, ManifestError(file, problem, document=number, line=line)


def ends_early(text: str) -> bool:
    """Return whether a text is JSON of which the end is missing, or may be.

    Of a text that is too deep for Python nobody has seen the end.

    Complexity: O(n) in the length of the text.

    >>> ends_early('{"a": {"b'), ends_early('{"a": 1,  // b'), ends_early('{"a": 1}')
    (True, False, False)
    """
    try:
        for _ in _Reader(text, "", None).documents():
            pass
    except json.JSONDecodeError as error:
        rest = text[error.pos :].rstrip()
        is_cut_word = any(word.startswith(rest) for word in _WORDS)  # also if nothing is left
        return is_cut_word or error.msg.startswith("Unterminated string")
    except RecursionError:
        return True
    except ValueError:
        return False
    return False


def is_json(text: str) -> bool:
    """Return whether a text is JSON as any program reads it.

    >>> is_json("[[1, 2], [3]]"), is_json("[[NAME]]")
    (True, False)
    """
    try:
        json.loads(text)
    except (RecursionError, ValueError):
        return False
    return True


class _Reader:
    """Reads a text from its beginning.

    Attributes:
        position: the offset that is read next; after an error, the offset of the bad value.
    """

    def __init__(self, text: str, file: str, progress: Progress | None) -> None:
        self._text = text
        self._file = file
        self._progress = progress
        # Python reads small integers faster itself.
        whole = None if _LONG_INTEGER.search(text) is None else _whole
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._map,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=whole,
        )
        self._has_duplicates = False
        self._check_surrogates = _SURROGATE.search(text) is not None
        self._counted_to = 0
        self._line = 1
        self.position = 0

    def documents(self) -> Iterator[Document]:
        number = 0
        self._skip_space()
        while self.position < len(self._text):
            number += 1
            line, offset = self._line_here(), self.position
            lines: dict[int, int] = {}
            self._has_duplicates = False
            value = self._outermost(lines) if self._at("{") else self._value()
            warnings = self._duplicates(number, value, line, offset) if self._has_duplicates else []
            yield Document(
                number, line, value, offset=offset, json=True, lines=lines, warnings=warnings
            )
            self._skip_space()

    def _duplicates(self, number: int, value: Data, line: int, start: int) -> list[ManifestWarning]:
        """Return the warnings about duplicate keys in the document just read."""
        duplicates = DuplicateKeys(self._file, number)
        breaks = [found.start() for found in _LINE_BREAK.finditer(self._text, start, self.position)]
        for duplicate in find_duplicate_keys(self._text, start, self.position):
            first = line + bisect(breaks, duplicate.first)
            path = duplicate.path
            if duplicate.refused and not (is_below_env(path) or is_below_data(path, value)):
                self.position = duplicate.offset
                raise _RefusedJsonError(duplicate_key_problem(duplicate.key, first))
            duplicates.add(duplicate.key, first, line + bisect(breaks, duplicate.offset))
        return duplicates.warnings()

    def _outermost(self, lines: dict[int, int]) -> dict[str, Data]:
        pairs: list[tuple[str, Data]] = []
        self._expect("{")
        while not (self._at("}") and not pairs):
            if not self._at('"'):
                self._fail("expecting a key in double quotes")
            key = self._value()
            self._expect(":")
            pairs.append((key, self._items(lines) if key == "items" else self._value()))
            if not self._at(","):
                break
            self._expect(",")
        self._expect("}")
        return self._map(pairs)

    def _map(self, pairs: list[tuple[str, Data]]) -> dict[str, Data]:
        values = dict(pairs)
        self._has_duplicates = self._has_duplicates or len(values) < len(pairs)
        return values

    def _items(self, lines: dict[int, int]) -> Data:
        if not self._at("["):
            return self._value()
        values: list[Data] = []
        self._expect("[")
        while not (self._at("]") and not values):
            line = self._line_here()
            value = self._value()
            values.append(value)
            lines[id(value)] = line
            if self._progress is not None and len(values) % _ITEMS_PER_REPORT == 0:
                self._progress(self.position, len(self._text))
            if not self._at(","):
                break
            self._expect(",")
        self._expect("]")
        return values

    def _value(self) -> Data:
        """Return the value that begins here; refuse a value that is too deep, or no text."""
        start = self.position
        value, end = self._decoder.raw_decode(self._text, start)
        if is_too_deep(value, self._text, start, end):
            raise _RefusedJsonError(TOO_DEEP)
        if self._check_surrogates:
            _check_text(value)
        self.position = end
        self._skip_space()
        return value

    def _at(self, character: str) -> bool:
        return self._text.startswith(character, self.position)

    def _expect(self, character: str) -> None:
        if not self._at(character):
            self._fail(f"expecting '{character}'")
        self.position += 1
        self._skip_space()

    def _fail(self, problem: str) -> NoReturn:
        raise json.JSONDecodeError(problem, self._text, self.position)

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self.position)
        self.position = space.end() if space is not None else self.position

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted_to, self.position)
        self._counted_to = self.position
        return self._line


def _no_constant(word: str) -> NoReturn:
    msg = f"not valid JSON: {word} is not a number"
    raise _RefusedJsonError(msg)


def _finite(word: str) -> float:
    value = float(word)
    if math.isinf(value):
        msg = f"the number {shorten(word)} is too large"
        raise _RefusedJsonError(msg)
    return value


def _whole(word: str) -> int | float:
    """Return an integer as Go reads it: one that is no int64 or uint64 is a float."""
    value = int(word) if len(word) <= MAX_INTEGER_LENGTH else MAX_UINT64 + 1
    return value if MIN_INT64 <= value <= MAX_UINT64 else _finite(word)


def _check_text(value: Data) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _RefusedJsonError(LONE_SURROGATE) from None


def is_too_deep(value: Data, text: str, start: int = 0, end: int | None = None) -> bool:
    """Return whether the maps and lists of a value are nested deeper than `MAX_DOCUMENT_DEPTH`.

    Arguments:
        value: the value.
        text: JSON with the value in it.
        start: where the value begins.
        end: where it ends.

    >>> is_too_deep([[1]], "[[1]]")
    False
    """
    openings = text.count("{", start, end) + text.count("[", start, end)
    return openings > MAX_DOCUMENT_DEPTH and _depth_exceeds(value, MAX_DOCUMENT_DEPTH)


def _depth_exceeds(value: Data, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return bool(level)
