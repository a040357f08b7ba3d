"""JSON text into documents: one value or several, one after the other.

The standard library's decoder reads the values. Only the outermost map is walked here, member
by member, so that each object of a ``List`` keeps its line. As in YAML, the last of two equal
keys in a map counts, with a warning. Keys of labels, annotations and selectors, and the keys that
these stand under, are an error if they stand twice; so is every number that the API server could
not read.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect
from collections.abc import Iterator
from typing import Final, NoReturn

from labelsel.kubernetes.errors import ManifestError, ManifestWarning
from labelsel.kubernetes.model.document import (
    MAX_DEPTH,
    Data,
    Document,
    DoubledKeys,
    Progress,
    refused_key,
)
from labelsel.kubernetes.read.json_keys import doubled_keys

__all__ = ["read_json"]

_BREAK: Final = re.compile("\n")
_SPACE: Final = re.compile(r"[ \t\r\n]*")
#: Half of a pair that stands for one character, and no character where it stands alone.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_ITEMS_A_REPORT: Final = 1024


class _RefusedError(ValueError):
    """The text is JSON, but says something that a manifest cannot."""


def read_json(
    text: str, file: str, progress: Progress | None = None
) -> tuple[list[Document], ManifestError | None]:
    """The documents up to the first fault, and the fault where there is one.

    Complexity: O(n) in the length of the text.
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
        problem = _too_deep()
    except ValueError as error:
        problem = str(error)
    if problem is None:
        return documents, None
    number, line = len(documents) + 1, text.count("\n", 0, reader.position) + 1
    return documents, ManifestError(file, problem, document=number, line=line)


class _Reader:
    """Reads a text from its beginning.

    Attributes:
        position: the offset that is read next, and after a fault that of the value with it.
    """

    def __init__(self, text: str, file: str, progress: Progress | None) -> None:
        self._text = text
        self._file = file
        self._progress = progress
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._map, parse_constant=_no_constant, parse_float=_finite
        )
        self._has_doubled = False
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
            self._has_doubled = False
            value = self._outermost(lines) if self._at("{") else self._value()
            warnings = self._doubled(number, line, offset) if self._has_doubled else []
            yield Document(
                number, line, value, offset=offset, json=True, lines=lines, warnings=warnings
            )
            self._skip_space()

    def _doubled(self, number: int, line: int, start: int) -> list[ManifestWarning]:
        """What is said of the keys that stand twice in a map of the document just read."""
        doubled = DoubledKeys(self._file, number)
        breaks = [found.start() for found in _BREAK.finditer(self._text, start, self.position)]
        for found in doubled_keys(self._text, start, self.position):
            first = line + bisect(breaks, found.first)
            if found.refused:
                self.position = found.offset
                raise _RefusedError(refused_key(found.key, first))
            doubled.add(found.key, first, line + bisect(breaks, found.offset))
        return doubled.warnings()

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
        self._has_doubled = self._has_doubled or len(values) < len(pairs)
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
            if self._progress is not None and len(values) % _ITEMS_A_REPORT == 0:
                self._progress(self.position, len(self._text))
            if not self._at(","):
                break
            self._expect(",")
        self._expect("]")
        return values

    def _value(self) -> Data:
        """The value that begins here; what is too deep or no text is refused."""
        start = self.position
        value, end = self._decoder.raw_decode(self._text, start)
        openings = self._text.count("{", start, end) + self._text.count("[", start, end)
        if openings > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH):
            raise _RefusedError(_too_deep())
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
    msg = f"not valid JSON: {word} is no number"
    raise _RefusedError(msg)


def _finite(word: str) -> float:
    value = float(word)
    if math.isinf(value):
        msg = f"the number {word} is too large"
        raise _RefusedError(msg)
    return value


def _check_text(value: Data) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        msg = r"a \u escape stands for half a character (a lone surrogate)"
        raise _RefusedError(msg) from None


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


def _too_deep() -> str:
    return f"maps and lists lie more than {MAX_DEPTH} deep in one another"
